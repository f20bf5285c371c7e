/* pursuit_polish.c - a set that does not reach the goal yet: its members are exchanged one by one; where that stalls, some are torn down. */
#include "attack/pursuit.h"

#include <math.h>
#include <string.h>

static const double LEAST = 0.15, MOST = 0.4; /* of the members, that are torn down */
enum { N_DRAWN = 3 };                          /* members that are looked at, to exchange one of them */

/* Tears a part of the near miss down, for it to be built up anew (large neighbourhood search, Shaw 1998). */
static void tear_down(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    if (state->near_miss.n && pp_rng_below(&run->rng, 5))
        pp_set_copy(now, &state->near_miss);
    double share = LEAST + (MOST - LEAST) * pp_rng_unit(&run->rng);
    size_t n = (size_t)fmax(1, round(share * (double)now->n));
    for (size_t i = 0; i < n; i++)
        pp_set_remove(now, (size_t)pp_rng_below(&run->rng, now->n));
    bool is_empty = now->n == 0;
    if (is_empty)
        now->margin = pp_oracle_original_margin(run->oracle);
    pp_begin_to_grow(state, is_empty);
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

/* Some members, the weak ones more likely. @return how many */
static size_t draw_members(pp_run *run, size_t members[N_DRAWN])
{
    pursuit_state *state = run->state;
    pp_keyed *order = state->orders[0];
    size_t n = 0;
    pp_set_order(&state->now, 0.1, &run->rng, order);
    for (size_t left = state->now.n; n < N_DRAWN && left > 0; left--) {
        double u = pp_rng_unit(&run->rng);
        size_t at = (size_t)(u * u * (double)left);
        members[n++] = order[at].index;
        memmove(&order[at], &order[at + 1], (left - 1 - at) * sizeof *order);
    }
    return n;
}

/* What these members are worth is measured; the set may turn out to do without one. */
static pp_code measure(pp_run *run, const size_t *members, size_t n, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    size_t n_scored;
    pp_code code = pp_leave_out(run, members, n, &n_scored, err);
    for (size_t i = 0; code >= 0 && i < n_scored; i++) {
        const pp_pixel *member = &now->pixels[members[i]];
        pp_effects_add(&state->effects, member, now->worth[members[i]], (pp_context){ now->pixels, now->n, member });
    }
    for (size_t i = 0; code >= 0 && i < n_scored; i++)
        if (state->verdicts[i].reached) {
            pp_set_remove(now, members[i]);
            pp_succeed(run, &state->verdicts[i]);
            return code;
        }
    state->n_tries += n_scored;
    return code;
}

static void exchange(pp_run *run, const pp_exchange *e, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    double worth = now->worth[e->member] + now->margin - verdict->margin;
    pp_set_exchange(now, e->member, e->pixel, worth);
    now->margin = verdict->margin;
    state->n_tries = 0;
    if (verdict->reached)
        pp_succeed(run, verdict);
    else
        keep_near_miss(state);
}

/* Tries the most promising exchanges of these members, whose worth is known. The best is made if it brings the margin down. */
static pp_code try_exchanges(pp_run *run, const size_t *members, size_t n_members, pp_error *err)
{
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    pp_exchange exchanges[PP_MOST_SINGLE];
    size_t n = pp_propose_exchanges(run, now, members, n_members, (size_t)params->swaps, exchanges), n_scored, best = 0;
    for (size_t i = 0; i < n; i++)
        pp_pool_slot(state, i, now->n)[exchanges[i].member] = exchanges[i].pixel;
    pp_code code = pp_score_pool(run, n, &n_scored, err);
    if (code < 0 || n_scored == 0) {
        state->n_tries = n ? state->n_tries : (size_t)params->patience; /* nothing to propose */
        return code;
    }
    for (size_t i = 0; i < n_scored; i++) {
        const pp_exchange *e = &exchanges[i];
        double effect = now->margin + now->worth[e->member] - state->verdicts[i].margin;
        pp_effects_add(&state->effects, &e->pixel, effect, (pp_context){ now->pixels, now->n, &now->pixels[e->member] });
        if (state->verdicts[i].margin < state->verdicts[best].margin)
            best = i;
    }
    state->n_tries += n_scored;
    if (state->verdicts[best].reached || state->verdicts[best].margin < now->margin)
        exchange(run, &exchanges[best], &state->verdicts[best]);
    return code;
}

pp_code pp_polish(pp_run *run, pp_error *err)
{
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    size_t members[N_DRAWN];
    if (pp_does_without(run, PP_PART_EXCHANGE) || state->n_tries >= params->patience) {
        tear_down(run);
        return PP_OK;
    }
    size_t n = draw_members(run, members), n_doubted = pp_doubted(&state->now, members, n);
    return n_doubted ? measure(run, members, n_doubted, err) : try_exchanges(run, members, n, err);
}
