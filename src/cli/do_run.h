/* do_run.h - a run folder is worked on, and how that goes is told on standard error. */
#ifndef PP_CLI_DO_RUN_H
#define PP_CLI_DO_RUN_H

#include "cli/options.h"

/* Does what is missing. @return true: it is done, *code is PP_OK or PP_PARTIAL; false: it failed or was stopped, *status is the exit
 * status, and it was said how to go on with `pinprick COMMAND --resume` */
bool cli_do_run(pp_audit *audit, const char *command, const cli_options *options, pp_code *code, int *status);

#endif
