/* pursuit_start.c - a set to begin with, that another method left, or noise where nothing else has reached the goal for long: random subsets of
 * it are tried until it is as small as the sets that pursuit holds; of noise, as long as one reaches the goal. There may be tens of thousands of
 * pixels: nothing is known of them, and nothing is learnt. */
#include "attack/noise.h"
#include "attack/pursuit.h"

#include <math.h>
#include <string.h>

static const double KEPT_AT_FIRST = 0.5, MOST_KEPT = 0.98; /* beyond that there is nothing to be had by chance */
static const double RESCUED_AT = 0.6;    /* share of the budget after which noise is tried, however few generations it was */
static const double RESCUED_KEPT = 0.6;  /* one round in vain is enough where a small set grows on */

void pp_begin_to_thin(pursuit_state *state)
{
    state->kept = KEPT_AT_FIRST;
    state->phase = pp_thin;
}

/* Each member is thought to be worth as much as any other. */
static void take_result(const pp_run *run, pp_set *set)
{
    pp_set_make(set, run->best, run->n_best, -run->best_verdict.margin / (double)run->n_best);
    set->margin = run->best_verdict.margin;
}

bool pp_may_try_noise(const pp_run *run)
{
    const pursuit_params *params = run->params->own;
    const pursuit_state *state = run->state;
    return params->rescue && !state->tried_noise && run->n_best == 0 && run->constraint.spacing <= 1; /* noise keeps none */
}

bool pp_wants_noise(const pp_run *run)
{
    const pursuit_params *params = run->params->own;
    const pursuit_state *state = run->state;
    const pp_oracle *oracle = run->oracle;
    bool is_late = oracle->query_budget && (double)oracle->queries >= RESCUED_AT * (double)oracle->query_budget;
    return pp_may_try_noise(run) && (state->n_generations >= params->rescue || is_late);
}

bool pp_has_noise(const pp_run *run)
{
    const pursuit_state *state = run->state;
    return state->tried_noise && !state->has_best && run->n_best && run->n_best <= PP_MOST_MEMBERS;
}

void pp_take_noise(pp_run *run)
{
    pursuit_state *state = run->state;
    take_result(run, &state->now);
    pp_take_best(run);
    pp_begin_to_shrink(run);
}

/* What was thinned out is small enough, or chance has no more to give: a start is the set to be shrunk once single pixels are screened; noise
 * is something to have while a small set grows on. */
static void end_thinning(pp_run *run)
{
    pursuit_state *state = run->state;
    state->has_best = !state->tried_noise && run->n_best <= PP_MOST_MEMBERS;
    if (state->has_best)
        take_result(run, &state->best);
    state->phase = state->tried_noise ? pp_grow : pp_screen;
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
    enum { FEW = 1 << PP_DROPS_AT_ONCE }; /* so that the smallest subset is not empty */
    pursuit_state *state = run->state;
    size_t n_scored;
    bool is_small = run->n_best <= (state->tried_noise ? FEW : PP_MOST_MEMBERS);
    if (is_small || state->kept > (state->tried_noise ? RESCUED_KEPT : MOST_KEPT)) {
        end_thinning(run);
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

/* One kind of noise a step: of corner colours, then the ladder's, the mildest first; one colour all over and other images, which end the ladder,
 * are none. Noise that does not flip leaves the search as it was, but for its queries. */
pp_code pp_rescue(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    const pp_rung *rung = state->rung ? pp_noise_next(pp_noise_corners, state->rung) : pp_noise_corners;
    bool is_noise = rung->name && !rung->max_draws, flipped = false;
    pp_rng before = run->rng;
    pp_verdict verdict;
    size_t n;
    pp_code code = is_noise ? pp_noise_try(run, rung, 1, &n, &verdict, &flipped, &run->rung_queries, err) : PP_OK;
    state->tried_noise = true;
    state->rung = rung;
    if (!is_noise)
        state->phase = pp_grow;
    run->rng = before;
    if (!flipped)
        return code;
    run->rung = rung->name;
    memcpy(state->start, run->scratch, n * sizeof *state->start);
    pp_run_report(run, state->start, n, &verdict);
    pp_begin_to_thin(state);
    return code;
}
