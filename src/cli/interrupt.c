/* interrupt.c - Ctrl-C asks a run to stop. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile int cancel;

/* The first Ctrl-C asks to stop; a second one, with the handler gone, kills. */
static void on_interrupt(int number)
{
    (void)number;
    cancel = 1;
}

const volatile int *cli_watch_for_interrupt(void)
{
    struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &cancel;
}
