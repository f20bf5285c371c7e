/* pursuit_grow.c - members come into a set until it reaches the goal, or until it is as large as it may be. */
#include "attack/pursuit.h"

#include <math.h>

enum { LEAST_GROUP = 2, GROUP_AT_FIRST = 8, NEXT_GROUP = 4 }; /* members; a second group is that many times the first */

/* One generation of candidates in the pool: the set itself if its margin is not known, single proposals, groups, a leap. */
typedef struct layout {
    size_t single, groups, leap, end; /* where each begins */
    size_t limit;                     /* members that the set may have */
    double price;                     /* what a member must do to be worth its place */
} layout;

void pp_begin_to_grow(pursuit_state *state, bool is_known)
{
    size_t room = state->has_best ? state->best.n - 1 - state->now.n : GROUP_AT_FIRST;
    state->is_known = is_known;
    state->has_outgoing = false;
    state->n_rounds = 0;
    state->group = room / 2 > LEAST_GROUP ? room / 2 : LEAST_GROUP;
    state->phase = pp_grow;
}

/* ---- Proposals --------------------------------------------------------------------------------------------------- */

static layout lay_out(const pp_run *run)
{
    const pursuit_params *params = run->params->own;
    const pursuit_state *state = run->state;
    size_t n = state->now.n, most = run->constraint.n_places < PP_MOST_MEMBERS ? run->constraint.n_places : PP_MOST_MEMBERS;
    layout l = { .single = state->is_known ? 0 : 1, .limit = state->has_best ? state->best.n - 1 : most };
    size_t room = n < l.limit ? l.limit - n : 0;
    l.groups = l.single + (room ? params->swaps : 0);
    l.leap = l.groups + (room > 1 ? params->groups : 0);
    l.end = l.leap + (state->has_best || !room || pp_does_without(run, PP_PART_LEAPS) ? 0 : 1);
    l.price = state->has_best && room ? fmax(state->now.margin, 0) / (double)room : 0;
    return l;
}

static void propose_single(pp_run *run, const layout *l)
{
    pursuit_state *state = run->state;
    size_t n = state->now.n;
    pp_pixel pixels[PP_AT_ONCE];
    pp_propose(run, &state->now, NULL, state->has_best ? l->price : state->effects.mean, l->groups - l->single, pixels);
    for (size_t i = l->single; i < l->groups; i++)
        pp_pool_slot(state, i, n + 1)[n] = pixels[i - l->single];
}

/* At most as many as there are members already: the model knows the set at hand, not one twice as large. */
static void propose_groups(pp_run *run, const layout *l)
{
    pursuit_state *state = run->state;
    size_t n = state->now.n, most = n > GROUP_AT_FIRST ? n : GROUP_AT_FIRST, size = state->group;
    most = most < l->limit - n ? most : l->limit - n;
    for (size_t i = l->groups; i < l->leap; i++, size *= NEXT_GROUP) {
        size = size < most ? size : most;
        pp_propose_group(run, &state->now, size, pp_pool_slot(state, i, n + size) + n);
    }
}

/* A large set beside the small one, with whatever was found for that, first of several sizes, then with some members exchanged:
 * something to have as long as the small one does not reach the goal. */
static void propose_leap(pp_run *run, const layout *l)
{
    enum { N_SIZES = 4, SMALLEST = 16, KEPT = 6 };
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    const pp_set *large = &state->large;
    size_t n = now->n, n_add = state->n_leaps < N_SIZES ? (size_t)SMALLEST << 2 * (N_SIZES - 1 - state->n_leaps) : 1 + large->n / KEPT;
    for (size_t i = 0; state->n_leaps >= N_SIZES && i < large->n && now->n < l->limit; i++) /* they are the set at hand for a moment */
        if (pp_may_join(&run->constraint, &large->pixels[i], now->pixels, now->n, NULL) && pp_rng_below(&run->rng, KEPT))
            pp_set_add(now, large->pixels[i], 0);
    if (state->has_large)
        n_add = 0;
    n_add = now->n + n_add < l->limit ? n_add : l->limit - now->n;
    pp_propose_group(run, now, n_add, pp_pool_slot(state, l->leap, now->n + n_add) + now->n);
    now->n = n;
}

/* ---- What came of them ------------------------------------------------------------------------------------------- */

static void join(pp_run *run, const pp_pixel *pixel, double effect)
{
    pursuit_state *state = run->state;
    pp_set_add(&state->now, *pixel, effect);
    pp_effects_disturb(&state->effects, pixel);
}

/* The members that a candidate has more than the set at hand. */
static void join_slot(pp_run *run, size_t slot)
{
    pursuit_state *state = run->state;
    size_t n_now = state->now.n, n = state->candidates[slot].n;
    double effect = (state->now.margin - state->verdicts[slot].margin) / (double)(n - n_now);
    for (size_t p = n_now; p < n; p++)
        join(run, &state->pool[slot][p], effect);
    state->now.margin = state->verdicts[slot].margin;
    state->is_known = true;
}

static void look_at_leap(pp_run *run, size_t slot)
{
    pursuit_state *state = run->state;
    const pp_candidate *leap = &state->candidates[slot];
    const pp_verdict *verdict = &state->verdicts[slot];
    pp_set *large = &state->large;
    bool is_better = state->has_large ? verdict->reached && leap->n < large->n : verdict->reached || verdict->margin < large->margin;
    if (state->n_leaps++ > 0 && !is_better)
        return;
    large->n = 0;
    large->margin = verdict->margin;
    for (size_t p = 0; p < leap->n; p++)
        pp_set_add(large, leap->pixels[p], 0);
    if (!verdict->reached)
        return;
    if (!state->has_large)
        run->rung = NULL; /* what was found so far, if anything, is noise */
    state->has_large = true;
    pp_run_report(run, leap->pixels, leap->n, verdict);
}

/* The smallest candidate that reaches the goal; end: none. */
static size_t find_success(const pursuit_state *state, size_t first, size_t end)
{
    size_t best = end;
    for (size_t i = first; i < end; i++)
        if (state->verdicts[i].reached && (best == end || state->candidates[i].n < state->candidates[best].n))
            best = i;
    return best;
}

/* The model learns what each single proposal did. @return the most that one did, or 0 */
static double learn_effects(pursuit_state *state, size_t first, size_t end)
{
    double most = 0;
    for (size_t i = first; i < end; i++) {
        double effect = state->now.margin - state->verdicts[i].margin;
        pp_effects_add(&state->effects, &state->pool[i][state->now.n], effect);
        most = fmax(most, effect);
    }
    return most;
}

/* Single proposals, the best first, and how many of them are worth their place. @return what these do beyond the price of their places,
 * if effects add up */
static double pick_singles(const pursuit_state *state, const layout *l, size_t end, pp_keyed picked[PP_AT_ONCE], size_t *n_picked)
{
    double surplus = 0, expected = state->now.margin;
    size_t n = end - l->single, room = l->limit - state->now.n;
    for (size_t i = 0; i < n; i++)
        picked[i] = (pp_keyed){ state->verdicts[l->single + i].margin, l->single + i };
    pp_keyed_sort(picked, n);
    for (*n_picked = 0; *n_picked < n && *n_picked < room && expected >= 0; (*n_picked)++) {
        double effect = state->now.margin - picked[*n_picked].key;
        if (effect < l->price)
            break;
        surplus += effect - l->price;
        expected -= effect;
    }
    return surplus;
}

/* The group that does most beyond the price of its places; *surplus: how much. end: none does any. */
static size_t pick_group(const pursuit_state *state, const layout *l, size_t end, double *surplus)
{
    size_t best = end;
    *surplus = 0;
    for (size_t i = l->groups; i < end; i++) {
        double price = l->price * (double)(state->candidates[i].n - state->now.n);
        if (state->now.margin - state->verdicts[i].margin - price > *surplus) {
            *surplus = state->now.margin - state->verdicts[i].margin - price;
            best = i;
        }
    }
    return best;
}

/* They were measured one by one: what they do together is not known if there are several. */
static void join_singles(pp_run *run, const pp_keyed *picked, size_t n)
{
    pursuit_state *state = run->state;
    size_t n_now = state->now.n;
    double before = state->now.margin;
    for (size_t i = 0; i < n; i++) {
        join(run, &state->pool[picked[i].index][n_now], before - picked[i].key);
        state->now.margin -= before - picked[i].key;
    }
    state->is_known = n == 1;
}

/* The large set becomes the one to shrink. */
static void take_large(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set_copy(&state->now, &state->large);
    pp_take_best(run);
    pp_begin_to_shrink(run);
}

/* Either the good ones of the single proposals come in, or a group, whichever does more beyond its price. highest: the most that a
 * single one did. */
static void choose(pp_run *run, layout *l, size_t n_scored, double highest)
{
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    size_t single_end = n_scored < l->groups ? n_scored : l->groups, n_picked;
    double group_surplus;
    pp_keyed picked[PP_AT_ONCE];
    if (!state->has_best)
        l->price = params->price * highest;
    double surplus = pick_singles(state, l, single_end, picked, &n_picked);
    size_t group = pick_group(state, l, n_scored, &group_surplus), n_before = state->now.n;
    state->n_rounds++;
    if (group_surplus > surplus) {
        state->group = state->candidates[group].n - n_before;
        join_slot(run, group);
    } else {
        state->group = state->group > 2 * LEAST_GROUP ? state->group / 2 : LEAST_GROUP;
        if (n_picked == 0 && (state->n_rounds >= params->rounds || !state->has_best) && single_end > l->single)
            n_picked = 1; /* nothing is worth its place: the best of these */
        if (n_picked)
            join_singles(run, picked, n_picked);
    }
    if (state->now.n > n_before)
        state->n_rounds = 0;
    if (!state->has_best && state->has_large && (highest <= 0 || state->now.n >= state->large.n))
        take_large(run); /* no way on from here */
}

/* Nothing has reached the goal for long, or can grow any further. Noise keeps no spacing. */
static bool wants_rescue(const pp_run *run, const layout *l)
{
    const pursuit_params *params = run->params->own;
    const pursuit_state *state = run->state;
    return params->rescue && (state->n_leaps >= params->rescue || l->end == 0) && !state->tried_noise && run->n_best == 0 &&
           run->constraint.spacing <= 1;
}

pp_code pp_grow(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    layout l = lay_out(run);
    size_t n_scored;
    if (wants_rescue(run, &l)) {
        state->phase = pp_rescue;
        return PP_OK;
    }
    if (l.end == 0) {
        if (!state->has_best && state->has_large)
            take_large(run);
        else
            pp_begin_to_polish(state);
        return PP_OK;
    }
    if (l.single)
        pp_pool_slot(state, 0, state->now.n);
    propose_single(run, &l);
    if (l.leap > l.groups)
        propose_groups(run, &l);
    if (l.end > l.leap)
        propose_leap(run, &l);
    pp_code code = pp_score_pool(run, l.end, &n_scored, err);
    if (code < 0 || n_scored == 0)
        return code;
    if (l.single) {
        state->now.margin = state->verdicts[0].margin;
        state->is_known = true;
        if (state->verdicts[0].reached) {
            pp_succeed(run, &state->verdicts[0]);
            return code;
        }
    }
    if (n_scored > l.leap)
        look_at_leap(run, l.leap);
    n_scored = n_scored < l.leap ? n_scored : l.leap;
    double highest = learn_effects(state, l.single, n_scored < l.groups ? n_scored : l.groups);
    size_t success = find_success(state, l.single, n_scored);
    if (success < n_scored) {
        join_slot(run, success);
        pp_succeed(run, &state->verdicts[success]);
    } else if (n_scored > l.single) {
        choose(run, &l, n_scored, highest);
    }
    return code;
}
