/* commands.h - the commands, one file each. */
#ifndef PP_CLI_COMMANDS_H
#define PP_CLI_COMMANDS_H

#include "cli/options.h"

extern const cli_command cli_attack, cli_noise, cli_compare, cli_gate, cli_map, cli_merge, cli_score, cli_inspect, cli_bench, cli_show, cli_plot, cli_report_page, cli_export,
    cli_verify;

/* Rows that several commands have. */
#define CLI_RESUME_ROW { "resume", PP_TEXT, offsetof(cli_options, resume), 0, 0, "", "DIR", "", "", "go on with a run that was stopped: only what is missing is done" }
#define CLI_QUIET_ROW { "quiet", PP_FLAG, offsetof(cli_options, quiet), 0, 1, "0", "", "", "", "no progress on standard error" }
#define CLI_FORMAT_ROW { "format", PP_CHOICE, offsetof(cli_options, format), 0, 0, "table", "table|csv|json", "", "", "how the result is printed" }
#define CLI_HELP_ROW { "help", PP_FLAG, offsetof(cli_options, help), 0, 1, "0", "", "", "", "this list" }

/* Says that a command's arguments are not what they should be. @return exit status */
int cli_wrong_arguments(const cli_command *command, const char *what);

#endif
