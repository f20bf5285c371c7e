/* pursuit_polish.c - a set that does not reach the goal yet: its members are exchanged one by one; where that stalls, some are torn down. */
#include "attack/pursuit.h"

#include <math.h>

static const double LEAST = 0.15, MOST = 0.4; /* of the members, that are torn down */

/* Tears a part of the near miss down, for it to be built up anew (large neighbourhood search, Shaw 1998). */
static void tear_down(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    if (state->near_miss.n && pp_rng_below(&run->rng, 5))
        pp_set_copy(now, &state->near_miss);
    double share = LEAST + (MOST - LEAST) * pp_rng_unit(&run->rng);
    size_t n = (size_t)fmax(1, round(share * (double)now->n));
    for (size_t i = 0; i < n; i++) {
        size_t member = (size_t)pp_rng_below(&run->rng, now->n);
        pp_effects_disturb(&state->effects, &now->pixels[member]);
        pp_set_remove(now, member);
    }
    pp_begin_to_grow(state, false);
}

/* The member to be replaced, one of the weak, becomes the last. */
static void choose_outgoing(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    double u = pp_rng_unit(&run->rng);
    pp_set_order(now, 0.1, &run->rng, state->orders[0]);
    size_t i = state->orders[0][(size_t)(u * u * (double)now->n)].index, last = now->n - 1;
    pp_pixel pixel = now->pixels[i];
    float worth = now->worth[i];
    now->pixels[i] = now->pixels[last];
    now->worth[i] = now->worth[last];
    now->pixels[last] = pixel;
    now->worth[last] = worth;
    pp_effects_disturb(&state->effects, &pixel);
    pp_effects_add(&state->effects, &pixel, worth);
    state->has_outgoing = true;
    state->n_rounds = 0;
}

static void replace_outgoing(pp_run *run, const pp_pixel *pixel, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    now->worth[now->n - 1] += (float)(now->margin - verdict->margin);
    now->margin = verdict->margin;
    now->pixels[now->n - 1] = *pixel;
    pp_effects_disturb(&state->effects, pixel);
    state->has_outgoing = false;
    state->n_tries = 0;
}

static void keep_near_miss(pursuit_state *state)
{
    if (state->near_miss.n == 0 || state->now.margin < state->near_miss.margin)
        pp_set_copy(&state->near_miss, &state->now);
}

void pp_begin_to_polish(pursuit_state *state)
{
    keep_near_miss(state);
    state->n_tries = 0;
    state->phase = pp_polish;
}

/* What the outgoing member is worth was measured by leaving it out. @return whether the set can do without it */
static bool leave_outgoing(pp_run *run, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    now->worth[now->n - 1] = (float)(verdict->margin - now->margin);
    if (!verdict->reached)
        return false;
    now->n--;
    pp_succeed(run, verdict);
    return true;
}

/* Some proposals in place of one member; the best is taken if it brings the margin down. In a member's first round the first candidate is
 * the set without it. */
pp_code pp_polish(pp_run *run, pp_error *err)
{
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    pp_pixel proposals[PP_AT_ONCE];
    if (pp_does_without(run, PP_PART_EXCHANGE)) {
        tear_down(run);
        return PP_OK;
    }
    if (!state->has_outgoing)
        choose_outgoing(run);
    size_t first = state->n_rounds == 0, last = now->n - 1, n = (size_t)params->swaps + first, n_scored, best = 0;
    pp_propose(run, now, &now->pixels[last], now->worth[last], (size_t)params->swaps, proposals);
    if (first)
        pp_pool_slot(state, 0, last);
    for (size_t i = first; i < n; i++)
        pp_pool_slot(state, i, now->n)[last] = proposals[i - first];
    pp_code code = pp_score_pool(run, n, &n_scored, err);
    if (code < 0 || n_scored == 0 || (first && leave_outgoing(run, &state->verdicts[0])))
        return code;
    double without = now->margin + now->worth[last];
    best = first;
    for (size_t i = first; i < n_scored; i++) {
        pp_effects_add(&state->effects, &proposals[i - first], without - state->verdicts[i].margin);
        if (state->verdicts[i].margin < state->verdicts[best].margin)
            best = i;
    }
    state->n_tries += n_scored;
    state->n_rounds++;
    if (best < n_scored && (state->verdicts[best].reached || state->verdicts[best].margin < now->margin)) {
        replace_outgoing(run, &proposals[best - first], &state->verdicts[best]);
        if (state->verdicts[best].reached) {
            pp_succeed(run, &state->verdicts[best]);
            return code;
        }
        keep_near_miss(state);
    } else if (state->n_rounds >= params->rounds) {
        state->has_outgoing = false;
    }
    if (state->n_tries >= params->patience)
        tear_down(run);
    return code;
}
