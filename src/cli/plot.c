/* plot.c - `pinprick plot`: the paper's figures, and the robust-accuracy curve, of one or more runs. */
#include "cli/commands.h"

static int run_plot(const cli_options *options)
{
    pp_error err;
    if (options->n_arguments == 0)
        return cli_wrong_arguments(&cli_plot, "expected one or more run folders");
    if (!*options->figure || !*options->out)
        return cli_wrong_arguments(&cli_plot, "--figure says which, and -o where it goes");
    pp_code code = pp_plot(options->out, options->figure, (const char *const *)options->arguments, options->n_arguments, (size_t)options->images,
                           options->keep_script, &err);
    return code == PP_OK ? 0 : cli_report(code, &err);
}

static const pp_param plot_rows[] = {
    { "figure", PP_TEXT, offsetof(cli_options, figure), 0, 0, "", "NAME", "", "",
      "2 stages of images, 3 pixels against iterations, 4 P(positive) against pixels, 5 original and adversarial images, 6 distribution of "
      "pixels; robust or robust-queries: share of images still classified right against pixels or queries" },
    { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "", "FILE", "", "",
      "ends in .svg, .pdf or .png, or in .csv for the numbers behind the figure; one that is there is replaced" },
    { "images", PP_COUNT, offsetof(cli_options, images), 0, 15, "0", "N", "images", "",
      "figures 2 to 5: at most so many of each run, chosen by the seed; 0: 15, of figure 2 five" },
    { "keep-script", PP_FLAG, offsetof(cli_options, keep_script), 0, 1, "0", "", "", "",
      "leave gnuplot's script and what it needs in a folder beside the figure" },
    CLI_HELP_ROW, { 0 },
};

const cli_command cli_plot = {
    .name = "plot", .arguments = "DIR...", .summary = "the paper's figures of one or more runs, drawn by gnuplot",
    .rows = plot_rows, .run = run_plot,
    .description = "Draws a figure of one or more run folders: curves of several runs over each other, or a panel for each.",
};
