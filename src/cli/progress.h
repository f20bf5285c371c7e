/* progress.h - what a person sees while a run goes on: on a terminal a line that changes and a table that grows, else plain lines.
 * All on stderr. */
#ifndef PP_CLI_PROGRESS_H
#define PP_CLI_PROGRESS_H

#include "pinprick/pinprick.h"

typedef struct cli_progress {
    bool quiet, terminal, line_shown, header_shown;
    double last_shown; /* seconds, to change the line at most ten times a second */
    int columns, name_width; /* of the terminal; of an image's name in the running table */
} cli_progress;

void cli_progress_init(cli_progress *progress, bool quiet);
/* A pp_watch's progress function; user is the cli_progress. */
void cli_progress_show(void *user, const pp_progress *now);
/* Takes the changing line away. */
void cli_progress_end(cli_progress *progress);

#endif
