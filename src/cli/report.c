/* report.c - `pinprick report`: one page that tells what runs came to. */
#include "cli/commands.h"

static int run_report(const cli_options *options)
{
    pp_error err;
    if (options->n_arguments == 0)
        return cli_wrong_arguments(&cli_report_page, "expected one or more run folders");
    pp_code code = pp_report(options->out, (const char *const *)options->arguments, options->n_arguments, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (!options->quiet)
        fprintf(stderr, "report in %s: open it in a browser\n", options->out);
    return 0;
}

static const pp_param report_rows[] = {
    { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "report.html", "FILE", "", "", "the page; one that is there is replaced" },
    { "quiet", PP_FLAG, offsetof(cli_options, quiet), 0, 1, "0", "", "", "", "do not say where it is" },
    CLI_HELP_ROW, { 0 },
};

const cli_command cli_report_page = {
    .name = "report", .arguments = "DIR...", .summary = "one HTML page: how robust the model is, and where it is weak",
    .rows = report_rows, .run = run_report,
    .description = "Writes one HTML file that needs nothing else: the answer first, robust-accuracy curves, the paper's tables and figures, and "
                   "each image with the pixels that flip it. Of several runs: side by side, on the images they share. Figures are drawn by gnuplot, "
                   "where it is installed; without it their numbers are there.",
};
