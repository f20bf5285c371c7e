/* pursuit_start.c - a set to begin with, that another method left: random subsets of it are tried until it is as small as the sets that pursuit
 * holds. There may be tens of thousands of pixels: nothing is known of them, and nothing is learnt. */
#include "attack/pursuit.h"

#include <math.h>
#include <string.h>

static const double KEPT_AT_FIRST = 0.5, MOST_KEPT = 0.98; /* beyond that there is nothing to be had by chance */

void pp_begin_to_thin(pursuit_state *state)
{
    state->kept = KEPT_AT_FIRST;
    state->phase = pp_thin;
}

/* Each member is thought to be worth as much as any other. */
static void take_start(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set *best = &state->best;
    best->margin = run->best_verdict.margin;
    for (size_t i = 0; i < run->n_best; i++)
        pp_set_add(best, run->best[i], -best->margin / (double)run->n_best);
    state->has_best = true;
}

/* The result so far in random order (Fisher & Yates). */
static void shuffle(pp_run *run)
{
    pursuit_state *state = run->state;
    memcpy(state->start, run->best, run->n_best * sizeof *state->start);
    for (size_t i = run->n_best; i > 1; i--) {
        size_t k = (size_t)pp_rng_below(&run->rng, i);
        pp_pixel pixel = state->start[i - 1];
        state->start[i - 1] = state->start[k];
        state->start[k] = pixel;
    }
}

/* Subsets within subsets, each a share of the one before. The smallest that reaches the goal is the result from then on; if none does, larger
 * shares are tried. */
pp_code pp_thin(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    size_t n_scored;
    if (run->n_best <= PP_MOST_MEMBERS || state->kept > MOST_KEPT) {
        if (run->n_best <= PP_MOST_MEMBERS)
            take_start(run);
        state->phase = pp_screen;
        return PP_OK;
    }
    shuffle(run);
    for (size_t i = 0; i < PP_DROPS_AT_ONCE; i++)
        state->candidates[i] = (pp_candidate){ state->start, (size_t)((double)run->n_best * pow(state->kept, (double)(i + 1))) };
    pp_code code = pp_oracle_score(run->oracle, state->candidates, PP_DROPS_AT_ONCE, state->verdicts, &n_scored, err);
    bool is_smaller = false;
    for (size_t i = 0; code >= 0 && i < n_scored; i++)
        if (state->verdicts[i].reached) {
            pp_run_report(run, state->start, state->candidates[i].n, &state->verdicts[i]);
            is_smaller = true;
        }
    if (!is_smaller)
        state->kept = sqrt(state->kept);
    return code;
}
