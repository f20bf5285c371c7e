/* do_run.c - a run folder is worked on. */
#include "cli/do_run.h"

#include "cli/interrupt.h"
#include "cli/progress.h"

bool cli_do_run(pp_audit *audit, const char *command, const cli_options *options, pp_code *code, int *status)
{
    pp_error err;
    cli_progress progress;
    cli_progress_init(&progress, options->quiet);
    if (!options->quiet)
        fprintf(stderr, "run folder %s\n", pp_audit_dir(audit));
    pp_watch watch = { .progress = cli_progress_show, .user = &progress, .cancel = cli_watch_for_interrupt() };
    *code = pp_audit_run(audit, &watch, &err);
    cli_progress_end(&progress);
    if (*code < 0) {
        *status = cli_report(*code, &err);
        fprintf(stderr, "what was finished is in %s; go on with: pinprick %s --resume %s\n", pp_audit_dir(audit), command,
                pp_audit_dir(audit));
    } else if (*code == PP_INTERRUPTED) {
        fprintf(stderr, "stopped; go on with: pinprick %s --resume %s\n", command, pp_audit_dir(audit));
        *status = cli_exit_status(*code);
    }
    return *code >= 0 && *code != PP_INTERRUPTED;
}
