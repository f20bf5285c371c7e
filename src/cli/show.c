/* show.c - `pinprick show` and `pinprick verify`: what a run folder tells, and whether it holds. */
#include "cli/commands.h"

#include <stdlib.h>

/* A table for other programs, straight to standard output. */
static int show_table(const cli_options *options)
{
    pp_error err;
    if (options->pareto || cli_has_own(options, "format"))
        return cli_wrong_arguments(&cli_show, "--csv is a form of its own: no --format or --pareto beside it");
    pp_code code = pp_show_rows(options->arguments[0], options->csv, stdout, &err);
    return code == PP_OK ? 0 : cli_report(code, &err);
}

static int run_show(const cli_options *options)
{
    pp_error err;
    char *text;
    if (options->n_arguments != 1)
        return cli_wrong_arguments(&cli_show, "expected a run folder");
    if (*options->csv)
        return show_table(options);
    if (*options->image && !options->pareto)
        return cli_wrong_arguments(&cli_show, "--image goes with --pareto");
    const char *dir = options->arguments[0], *format = cli_format_name(options), *image = *options->image ? options->image : NULL;
    pp_code code = options->pareto ? pp_show_pareto(dir, image, format, &text, &err) : pp_show(dir, format, &text, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    fputs(text, stdout);
    free(text);
    return 0;
}

static int run_verify(const cli_options *options)
{
    pp_error err;
    char *text;
    if (options->n_arguments != 1)
        return cli_wrong_arguments(&cli_verify, "expected a run folder");
    pp_code code = pp_verify(options->arguments[0], *options->model ? options->model : NULL, &text, &err);
    if (code < 0)
        return cli_report(code, &err);
    fputs(text, stdout);
    free(text);
    return cli_exit_status(code);
}

static const pp_param show_rows[] = {
    { "pareto", PP_FLAG, offsetof(cli_options, pareto), 0, 1, "0", "", "", "",
      "pixels against confidence instead: for each number of pixels worth having the lowest P of the original's class" },
    { "image", PP_TEXT, offsetof(cli_options, image), 0, 0, "", "NAME", "", "", "with --pareto: of this image only, by its path or its name in originals/" },
    { "csv", PP_TEXT, offsetof(cli_options, csv), 0, 0, "", "TABLE", "", "",
      "one whole table as CSV instead: images (all that is known of each), trace (every decrease), stages (their pixels), pixels (of the results) "
      "or parameters" },
    CLI_FORMAT_ROW, CLI_HELP_ROW, { 0 },
};
static const pp_param verify_rows[] = {
    { "model", PP_TEXT, offsetof(cli_options, model), 0, 0, "", "MODEL", "", "", "where the model lies now, if it was moved" },
    CLI_HELP_ROW, { 0 },
};

const cli_command cli_show = {
    .name = "show", .arguments = "DIR", .summary = "what a run came to: per image, Table 2 (Table 1 of a noise run)",
    .rows = show_rows, .run = run_show, .description = "Prints what a run folder holds.",
};

const cli_command cli_verify = {
    .name = "verify", .arguments = "DIR", .summary = "score the saved images again: does every one still flip?",
    .rows = verify_rows, .run = run_verify,
    .description = "Reads every saved adversarial image back, compares it with the original and with run.db, and scores it again with the "
                   "reference engine. Names each one that does not hold; exit status 1 if there is any.",
};
