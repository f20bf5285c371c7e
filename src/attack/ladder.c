/* ladder.c - see ladder.h. */
#include "attack/ladder.h"

enum { FIRST = 64, PATIENCE_SHARE = 4, PUBLISHED_BUDGET = 10000 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

uint64_t pp_ladder_budget(const pp_run *run)
{
    return run->oracle->query_budget ? run->oracle->query_budget : PUBLISHED_BUDGET;
}

void pp_ladder_begin(pp_ladder *ladder, const pp_run *run, uint64_t pixels, size_t most)
{
    *ladder = (pp_ladder){ .fixed = pixels > 0, .most = most, .since = run->oracle->queries };
    ladder->k = smaller(pixels ? (size_t)pixels : FIRST, most);
}

void pp_ladder_step(pp_ladder *ladder, pp_run *run, bool reached)
{
    uint64_t tried = run->oracle->queries - ladder->since;
    if (reached && run->stop == PP_STOP_NONE)
        run->stop = ladder->fixed ? PP_STOP_EXHAUSTED : run->n_best == 1 ? PP_STOP_MINIMUM : PP_STOP_NONE;
    if (ladder->fixed || run->stop != PP_STOP_NONE || (!reached && tried < pp_ladder_budget(run) / PATIENCE_SHARE))
        return;
    if (reached) /* 80 %, rounded, and one less at least */
        ladder->k = smaller((4 * ladder->k + 2) / 5, ladder->k - 1);
    else
        ladder->k = smaller(2 * ladder->k, run->n_best ? run->n_best - 1 : ladder->most);
    ladder->since = run->oracle->queries;
}
