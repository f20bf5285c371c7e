/* pursuit_grow.c - members come into a set until it reaches the goal, or until it is as large as it may be. */
#include "attack/pursuit.h"

#include <math.h>

static const double ADDING_UP = 0.3; /* the overlap up to which the effects of two pixels are thought to add up */

/* One generation of candidates in the pool: the set itself if its margin is not known, then single proposals. */
typedef struct layout {
    size_t single, end; /* where the proposals begin and end */
    size_t limit;       /* members that the set may have */
} layout;

void pp_begin_to_grow(pursuit_state *state, bool is_known)
{
    state->is_known = is_known;
    state->n_rounds = 0;
    state->phase = pp_grow;
}

/* ---- Proposals --------------------------------------------------------------------------------------------------- */

/* What a member must bring the margin down by, for all that there is room for to reach the goal. There is room. */
static double price_of_room(const pursuit_state *state, const layout *l)
{
    return fmax(state->now.margin, 0) / (double)(l->limit - state->now.n);
}

static layout lay_out(const pp_run *run)
{
    const pursuit_params *params = run->params->own;
    const pursuit_state *state = run->state;
    size_t n = state->now.n, most = run->constraint.n_places < PP_MOST_MEMBERS ? run->constraint.n_places : PP_MOST_MEMBERS;
    layout l = { .single = state->is_known ? 0 : 1, .limit = state->has_best ? state->best.n - 1 : most };
    size_t room = n < l.limit ? l.limit - n : 0;
    l.end = l.single + (room ? params->swaps : 0);
    return l;
}

/* There may be fewer than there is room for. */
static void propose_single(pp_run *run, layout *l)
{
    pursuit_state *state = run->state;
    size_t n = state->now.n;
    pp_pixel pixels[PP_AT_ONCE];
    size_t wanted = l->end - l->single;
    if (wanted == 0)
        return;
    double threshold = state->has_best ? price_of_room(state, l) : state->effects.mean;
    size_t found = pp_propose(run, &state->now, threshold, wanted, pixels);
    l->end = l->single + found;
    for (size_t i = 0; i < found; i++)
        pp_pool_slot(state, l->single + i, n + 1)[n] = pixels[i];
}

/* ---- What came of them ------------------------------------------------------------------------------------------- */

/* The model learns what each single proposal did. @return the most that one did, or 0 */
static double learn_effects(pursuit_state *state, size_t first, size_t end)
{
    double most = 0;
    for (size_t i = first; i < end; i++) {
        double effect = state->now.margin - state->verdicts[i].margin;
        pp_effects_add(&state->effects, &state->pool[i][state->now.n], effect, (pp_context){ state->now.pixels, state->now.n, NULL });
        most = fmax(most, effect);
    }
    return most;
}

/* The n single proposals of the generation, the best first. */
static void sort_singles(const pursuit_state *state, size_t first, size_t n, pp_keyed order[PP_AT_ONCE])
{
    for (size_t i = 0; i < n; i++)
        order[i] = (pp_keyed){ state->verdicts[first + i].margin, first + i };
    pp_keyed_sort(order, n);
}

/* Whether what a pixel does adds up with what those picked before do, and it may stand beside them. */
static bool goes_with(const pp_run *run, const pp_pixel *pixel, const pp_pixel *picked, size_t n)
{
    const pursuit_state *state = run->state;
    for (size_t i = 0; i < n; i++)
        if (pp_effects_overlap(state->effects.unit, pixel, &picked[i]) > ADDING_UP)
            return false;
    return pp_may_join(&run->constraint, pixel, picked, n, NULL);
}

/* The single proposals worth their place that go together: as many as it takes. @return how many are left in the list */
static size_t pick_singles(const pp_run *run, const layout *l, double price, pp_keyed *list, size_t n)
{
    const pursuit_state *state = run->state;
    const pp_set *now = &state->now;
    pp_pixel picked[PP_AT_ONCE];
    double expected = now->margin;
    size_t n_picked = 0, room = l->limit - now->n;
    for (size_t i = 0; i < n && n_picked < room && (n_picked == 0 || expected >= 0); i++) {
        double effect = now->margin - list[i].key;
        picked[n_picked] = state->pool[list[i].index][now->n];
        if (effect < price)
            break;
        if (!goes_with(run, &picked[n_picked], picked, n_picked))
            continue;
        list[n_picked++] = list[i];
        expected -= effect;
    }
    return n_picked;
}

/* They were measured one by one: what they do together is not known if there are several. */
static void join_singles(pursuit_state *state, const pp_keyed *picked, size_t n)
{
    size_t n_now = state->now.n;
    double before = state->now.margin;
    for (size_t i = 0; i < n; i++) {
        const pp_pixel *pixel = &state->pool[picked[i].index][n_now];
        double doubt = 0;
        for (size_t k = n_now; k < state->now.n; k++)
            doubt += pp_doubt(state->now.unit, pixel, &state->now.pixels[k]);
        pp_set_add(&state->now, *pixel, before - picked[i].key, doubt);
        state->now.margin -= before - picked[i].key;
    }
    state->is_known = n == 1;
    state->n_rounds = 0;
}

/* There is no room, or nothing to propose, or nothing does any good: what else is there? */
static void stop_growing(pp_run *run)
{
    pursuit_state *state = run->state;
    if (pp_may_try_noise(run))
        state->phase = pp_rescue;
    else if (pp_has_noise(run))
        pp_take_noise(run);
    else if (state->now.n)
        pp_begin_to_polish(state);
    else if (run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_EXHAUSTED;
}

/* Whether growing is over where single pixels are in vain: there is noise, or the set does some good, and its members can be exchanged. Where
 * nothing shows anything it goes on: pixels may do together what none does alone. */
static bool is_stuck(const pp_run *run)
{
    const pursuit_state *state = run->state;
    bool does_good = state->now.margin < pp_oracle_original_margin(run->oracle);
    return !state->has_best && (does_good || pp_may_try_noise(run) || pp_has_noise(run));
}

/* The good ones of the n single proposals in the list come in; if there was none for some generations, those as good as the best, or growing ends.
 * Before the goal was reached once, all that does any good is good: it takes twice as many generations. highest: the most that one did, or 0. */
static void choose(pp_run *run, const layout *l, pp_keyed *list, size_t n, double highest)
{
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    double price = state->has_best ? price_of_room(state, l) : params->price * highest;
    size_t n_picked = highest > 0 ? pick_singles(run, l, price, list, n) : 0;
    state->n_rounds++;
    bool is_in_vain = n_picked == 0 && state->n_rounds >= (state->has_best ? 1 : 2) * params->rounds;
    if (is_in_vain && is_stuck(run)) {
        stop_growing(run);
        return;
    }
    if (is_in_vain)
        n_picked = pick_singles(run, l, state->now.margin - list[0].key, list, n);
    if (n_picked)
        join_singles(state, list, n_picked);
}

/* The best of the single proposals reaches the goal. */
static bool succeeds(pp_run *run, const pp_keyed *list)
{
    pursuit_state *state = run->state;
    if (!state->verdicts[list[0].index].reached)
        return false;
    join_singles(state, list, 1);
    pp_succeed(run, &state->verdicts[list[0].index]);
    return true;
}

pp_code pp_grow(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    layout l = lay_out(run);
    size_t n_scored;
    if (pp_wants_noise(run)) {
        state->phase = pp_rescue;
        return PP_OK;
    }
    if (pp_has_noise(run) && state->now.n >= run->n_best) { /* the noise is ahead */
        pp_take_noise(run);
        return PP_OK;
    }
    state->n_generations += !state->has_best;
    propose_single(run, &l);
    if (l.end == 0) {
        stop_growing(run);
        return PP_OK;
    }
    if (l.single)
        pp_pool_slot(state, 0, state->now.n);
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
    if (n_scored <= l.single)
        return code;
    double highest = learn_effects(state, l.single, n_scored);
    size_t n = n_scored - l.single;
    pp_keyed list[PP_AT_ONCE];
    sort_singles(state, l.single, n, list);
    if (!succeeds(run, list))
        choose(run, &l, list, n, highest);
    return code;
}
