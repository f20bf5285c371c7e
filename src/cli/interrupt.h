/* interrupt.h - Ctrl-C asks a run to stop. */
#ifndef PP_CLI_INTERRUPT_H
#define PP_CLI_INTERRUPT_H

/* From now on the first SIGINT or SIGTERM sets what is returned, for a pp_watch; a second one kills. */
const volatile int *cli_watch_for_interrupt(void);

#endif
