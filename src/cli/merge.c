/* merge.c - `pinprick merge`: the parts of a run into one folder, and what it came to. */
#include "cli/commands.h"

#include <stdlib.h>

static int run_merge(const cli_options *options)
{
    pp_error err;
    char *text;
    if (options->n_arguments == 0)
        return cli_wrong_arguments(&cli_merge, "expected run folders");
    if (!*options->out)
        return cli_wrong_arguments(&cli_merge, "expected --out DIR: where the merged run is kept");
    pp_code code = pp_merge((const char *const *)options->arguments, options->n_arguments, options->out, &err);
    if (code == PP_OK)
        code = pp_show(options->out, cli_format_name(options), &text, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    fputs(text, stdout);
    free(text);
    if (!options->quiet)
        fprintf(stderr, "\nin %s: run.db, originals/, adversarial/\n", options->out);
    return 0;
}

static const pp_param merge_rows[] = {
    { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "", "DIR", "", "",
      "where the merged run is kept; what it lacks is added to one that is there already" },
    CLI_FORMAT_ROW, CLI_QUIET_ROW, CLI_HELP_ROW, { 0 },
};

const cli_command cli_merge = {
    .name = "merge", .arguments = "RUN... --out DIR", .summary = "bring the parts of a run together (attack --shard)",
    .rows = merge_rows, .run = run_merge,
    .description = "Copies what several run folders hold into one: rows and pictures, each image once. The runs must be of one model, one version of "
                   "pinprick and the same parameters, but for --shard and what changes no result; the first difference is named. Done twice, it "
                   "changes nothing. Images that no run has finished are left to be done: pinprick attack --resume DIR does them.",
};
