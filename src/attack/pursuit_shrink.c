/* pursuit_shrink.c - a set that reaches the goal: which members can it do without? Where there are many, groups of them are left out; where
 * there are few, each. Then a try for fewer: some of the weakest go, to be replaced by fewer. */
#include "attack/pursuit.h"

#include <math.h>

void pp_begin_to_shrink(pp_run *run)
{
    pursuit_state *state = run->state;
    if (state->now.n < 2 && run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_MINIMUM;
    bool are_many = pp_does_without(run, PP_PART_EACH) || (state->now.n > PP_MANY && !pp_does_without(run, PP_PART_SHARES));
    state->phase = are_many ? pp_shrink : pp_measure;
}

/* What dropping these did: of one alone it is its worth; of several, each one's worth moves towards its share. */
static void learn_worth(pp_set *set, const pp_keyed *dropped, size_t n, double rise)
{
    double expected = 0;
    for (size_t i = 0; i < n; i++)
        expected += set->worth[dropped[i].index];
    for (size_t i = 0; i < n; i++) {
        set->worth[dropped[i].index] += (float)((n == 1 ? 1 : 0.7) * (rise - expected) / (double)n);
        set->doubt[dropped[i].index] = n > 1;
    }
}

/* How many of the members, in that order, can go if effects add up; at least one. */
static size_t count_spare(const pp_set *set, const pp_keyed *order)
{
    double margin = set->margin;
    size_t n = 0;
    while (n + 1 < set->n && (margin += set->worth[order[n].index]) < 0)
        n++;
    return n ? n : 1;
}

/* From the best set, some of the weakest less; others are to be found for them, one fewer. */
static void try_for_less(pp_run *run)
{
    enum { FEW = 8 };
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    if (now->n != state->best.n)
        pp_set_copy(now, &state->best);
    if (now->n < 2)
        return;
    state->near_miss.n = 0;
    size_t n_drop = now->n > FEW ? (size_t)fmax(1, round(params->cut * (double)now->n)) : 1;
    pp_set_order(now, 0, &run->rng, state->orders[0]);
    for (size_t i = 0; i < n_drop; i++)
        now->margin += now->worth[state->orders[0][i].index];
    bool is_known = n_drop == 1 && now->doubt[state->orders[0][0].index] <= 0;
    pp_set_remove_all(now, state->orders[0], n_drop);
    pp_begin_to_grow(state, is_known);
}

/* Several ways to drop a share of the members at once; the one that stays furthest beyond the goal is taken. */
pp_code pp_shrink(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    pp_keyed (*orders)[PP_MOST_MEMBERS] = state->orders;
    pp_begin_to_shrink(run);
    if (state->phase != pp_shrink)
        return PP_OK;
    size_t n_drop = (size_t)fmax(1, round(state->share * (double)now->n)), n_scored, best = PP_DROPS_AT_ONCE;
    for (size_t i = 0; i < PP_DROPS_AT_ONCE; i++) {
        pp_set_order(now, i == 0 ? 0.1 : 0.7, &run->rng, orders[i]);
        pp_pool_without(state, i, orders[i], n_drop);
    }
    pp_code code = pp_score_pool(run, PP_DROPS_AT_ONCE, &n_scored, err);
    for (size_t i = 0; i < n_scored; i++) {
        learn_worth(now, orders[i], n_drop, state->verdicts[i].margin - now->margin);
        if (state->verdicts[i].reached && (best == PP_DROPS_AT_ONCE || state->verdicts[i].margin < state->verdicts[best].margin))
            best = i;
    }
    if (best < PP_DROPS_AT_ONCE) {
        pp_set_remove_all(now, orders[best], n_drop);
        pp_take_success(run, &state->verdicts[best]);
        state->share = fmin(0.6, 1.2 * state->share);
    } else if (n_drop == 1 || state->share < 0.1) {
        try_for_less(run);
    } else {
        state->share /= 2;
    }
    return code;
}

/* Leaves each member out whose worth in this set is in doubt. */
static pp_code leave_each_out(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    size_t members[PP_MOST_MEMBERS];
    pp_code code = PP_OK;
    for (size_t i = 0; i < now->n; i++)
        members[i] = i;
    size_t n_doubted = pp_doubted(now, members, now->n);
    for (size_t first = 0; code == PP_OK && first < n_doubted; first += PP_AT_ONCE) {
        size_t n = n_doubted - first < PP_AT_ONCE ? n_doubted - first : PP_AT_ONCE, n_scored;
        code = pp_leave_out(run, &members[first], n, &n_scored, err);
        for (size_t i = 0; code >= 0 && i < n_scored; i++)
            if (state->verdicts[i].reached) /* kept whatever comes */
                pp_run_report(run, state->pool[i], now->n - 1, &state->verdicts[i]);
    }
    return code;
}

/* Drops as many of the weakest as can go together. */
static pp_code drop_spare(pp_run *run, bool *dropped, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    pp_keyed *order = state->orders[0];
    size_t sizes[PP_DROPS_AT_ONCE], n_sizes = 0, n_scored;
    pp_set_order(now, 0, &run->rng, order);
    for (size_t i = 0, most = count_spare(now, order); i < PP_DROPS_AT_ONCE; i++) {
        size_t n = i + 1 < PP_DROPS_AT_ONCE ? most * (PP_DROPS_AT_ONCE - i) / PP_DROPS_AT_ONCE : 1;
        if (n == 0 || (n_sizes && sizes[n_sizes - 1] == n))
            continue;
        pp_pool_without(state, n_sizes, order, n);
        sizes[n_sizes++] = n;
    }
    pp_code code = pp_score_pool(run, n_sizes, &n_scored, err);
    *dropped = false;
    for (size_t i = 0; i < n_scored && !*dropped; i++) {
        if (sizes[i] == 1)
            learn_worth(now, order, 1, state->verdicts[i].margin - now->margin);
        if (state->verdicts[i].reached) {
            pp_set_remove_all(now, order, sizes[i]);
            pp_take_success(run, &state->verdicts[i]);
            *dropped = true;
        }
    }
    return code;
}

static double least_worth(const pp_set *set)
{
    double least = INFINITY;
    for (size_t i = 0; i < set->n; i++)
        least = fmin(least, set->worth[i]);
    return least;
}

pp_code pp_measure(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    bool dropped = false;
    pp_code code = leave_each_out(run, err);
    if (code == PP_OK && now->margin + least_worth(now) < 0)
        code = drop_spare(run, &dropped, err);
    if (code == PP_OK && !dropped)
        try_for_less(run);
    return code;
}
