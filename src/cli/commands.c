/* commands.c - the commands, in the order that help shows them. */
#include "cli/commands.h"

const cli_command *const cli_commands[] = { &cli_attack, &cli_noise, &cli_compare, &cli_gate, &cli_map, &cli_score, &cli_inspect, &cli_bench,
                                             &cli_show, &cli_plot, &cli_report_page, &cli_export, &cli_verify, &cli_merge, NULL };

int cli_wrong_arguments(const cli_command *command, const char *what)
{
    fprintf(stderr, "pinprick %s: %s\nusage: pinprick %s [options] %s\n", command->name, what, command->name, command->arguments);
    return cli_exit_status(PP_ARG);
}
