/* pursuit.c - the search for few pixels, ours.
 *
 * Screen single pixels, since a pixel tells about its neighbourhood. Start from a set drawn from what the screen promises, as large as it
 * takes to reach the goal. Shrink it by dropping the members that seem worth least, learning their worth from what dropping does. Then try
 * for one pixel less, again and again: drop the weakest and swap members one for one until the goal is reached; where that stalls, tear a
 * part down and build it up anew. Near misses are kept, since a margin just above 0 is worth polishing.
 *
 * Effects are those in the context of the set at hand: what a pixel does alone misleads once there are many (measured: they add up to some
 * five pixels, and saturate beyond). Nothing here depends on the model: sizes follow from what the screen measures.
 *
 * Ancestors: Sparse-RS (Croce et al. 2022) and BruSLi (Vo et al. 2024) for random exchange under a margin, random-key DE for the difference
 * move, large neighbourhood search (Shaw 1998) for tearing down and building up. */
#include "attack/pursuit.h"
#include "base/param.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct pursuit_params {
    uint64_t screen, swaps, patience;
} pursuit_params;

#define PURSUIT(member) PP_FIELD(pursuit_params, member)

static const pp_param pursuit_rows[] = {
    { "screen", PP_COUNT, PURSUIT(screen), 1, 1024, "64", "N", "queries", "measured", "single pixels measured first; at most a fifth of the budget" },
    { "swaps", PP_COUNT, PURSUIT(swaps), 1, PP_AT_ONCE, "4", "N", "queries", "measured", "swaps tried at once, the best of which is taken" },
    { "patience", PP_COUNT, PURSUIT(patience), 1, 100000, "80", "N", "queries", "measured", "swaps without gain after which a set is rebuilt" },
    { 0 },
};

static pp_code screen(pp_run *run, pp_error *err);
static pp_code start(pp_run *run, pp_error *err);
static pp_code widen(pp_run *run, pp_error *err);
static pp_code shrink(pp_run *run, pp_error *err);
static pp_code measure(pp_run *run, pp_error *err);
static pp_code polish(pp_run *run, pp_error *err);
static pp_code rebuild(pp_run *run, pp_error *err);
static void try_for_less(pp_run *run);

static size_t pursuit_state_size(const pp_params *params, size_t n_pixels)
{
    (void)params, (void)n_pixels;
    return sizeof(pursuit_state);
}

static pp_code pursuit_init(pp_run *run, pp_error *err)
{
    (void)err;
    pursuit_state *state = run->state;
    state->phase = screen;
    state->cut = 0.2;
    return PP_OK;
}

static pp_code pursuit_step(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_code code = pp_oracle_expect(run->oracle, state->now.pixels, state->now.n, err);
    return code == PP_OK ? state->phase(run, err) : code;
}

/* ---- Sets -------------------------------------------------------------------------------------------------------- */

static void copy_set(pp_set *to, const pp_set *from)
{
    to->n = from->n;
    to->margin = from->margin;
    memcpy(to->pixels, from->pixels, from->n * sizeof *from->pixels);
    memcpy(to->worth, from->worth, from->n * sizeof *from->worth);
}

static void remove_member(pp_set *set, size_t i)
{
    set->n--;
    set->pixels[i] = set->pixels[set->n];
    set->worth[i] = set->worth[set->n];
}

static void add_member(pp_set *set, pp_pixel pixel, double worth)
{
    if (set->n == PP_MOST_MEMBERS)
        return;
    set->pixels[set->n] = pixel;
    set->worth[set->n++] = (float)worth;
}

/* The set at hand reaches the goal: it is told, and the best if it is smaller. */
static void take_success(pp_run *run, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    pp_run_report(run, state->now.pixels, state->now.n, verdict);
    if (state->has_best && state->now.n >= state->best.n)
        return;
    copy_set(&state->best, &state->now);
    state->has_best = true;
    state->near_miss.n = 0;
    if (state->best.n == 1 && run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_MINIMUM;
}

/* A member that came too near to one before it changes nothing: it gets the original's colour, and so keeps its place in the set. */
static void space_out(const pp_run *run, pp_pixel *pixels, size_t n)
{
    for (size_t i = 1; run->constraint.spacing > 1 && i < n; i++)
        if (!pp_may_join(&run->constraint, &pixels[i], pixels, i, NULL))
            pp_image_get(run->original, &pixels[i]);
}

/* Scores the first n sets of the pool. */
static pp_code score_pool(pp_run *run, size_t n, size_t *n_scored, pp_error *err)
{
    pursuit_state *state = run->state;
    for (size_t i = 0; i < n; i++)
        space_out(run, state->pool[i], state->candidates[i].n);
    return pp_oracle_score(run->oracle, state->candidates, n, state->verdicts, n_scored, err);
}

/* Slot of the pool: the set at hand, for the caller to change. */
static pp_pixel *pool_slot(pursuit_state *state, size_t slot, size_t n)
{
    memcpy(state->pool[slot], state->now.pixels, state->now.n * sizeof(pp_pixel));
    state->candidates[slot] = (pp_candidate){ state->pool[slot], n };
    return state->pool[slot];
}

static int by_key(const void *left, const void *right)
{
    const pp_keyed *a = left, *b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key) : (a->index > b->index) - (a->index < b->index);
}

/* Members by worth, the least first, blurred by some noise. */
static void order_members(pp_run *run, const pp_set *set, double noise, pp_keyed order[PP_MOST_MEMBERS])
{
    double total = 0;
    for (size_t i = 0; i < set->n; i++)
        total += fabs((double)set->worth[i]);
    for (size_t i = 0; i < set->n; i++)
        order[i] = (pp_keyed){ set->worth[i] + noise * total / (double)set->n * pp_rng_normal(&run->rng), i };
    qsort(order, set->n, sizeof *order, by_key);
}

/* ---- Screen ------------------------------------------------------------------------------------------------------ */

static size_t screen_size(const pp_run *run)
{
    const pursuit_params *params = run->params->own;
    uint64_t n = params->screen, budget = run->oracle->query_budget;
    return (size_t)(budget && budget / 5 < n ? budget / 5 : n);
}

/* The i-th of n cells of a grid over the image, and a random place in it. */
static pp_pixel place_on_grid(pp_run *run, size_t i, size_t n)
{
    pp_pixel pixel;
    double width = run->original->width, height = run->original->height;
    size_t columns = (size_t)fmax(1, round(sqrt((double)n * width / height))), rows = (n + columns - 1) / columns;
    double x = ((double)(i % columns) + pp_rng_unit(&run->rng)) / (double)columns;
    double y = ((double)(i / columns) + pp_rng_unit(&run->rng)) / (double)rows;
    pixel = (pp_pixel){ .x = (uint16_t)(x * width), .y = (uint16_t)(y * height) };
    if (!pp_may_change(&run->constraint, pixel.x, pixel.y))
        pixel = pp_random_place(&run->constraint, &run->rng);
    pp_random_corner(&run->constraint, &run->rng, &pixel);
    return pixel;
}

static pp_code screen(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    size_t n_all = screen_size(run), n = n_all - state->n_screened, n_scored;
    n = n > PP_AT_ONCE ? PP_AT_ONCE : n;
    for (size_t i = 0; i < n; i++) {
        state->pool[i][0] = place_on_grid(run, state->n_screened + i, n_all);
        state->candidates[i] = (pp_candidate){ state->pool[i], 1 };
    }
    pp_code code = score_pool(run, n, &n_scored, err);
    for (size_t i = 0; i < n_scored; i++) {
        pp_archive_add(&state->archive, state->pool[i][0], pp_oracle_original_margin(run->oracle) - state->verdicts[i].margin);
        if (!state->verdicts[i].reached)
            continue;
        state->now.n = 1;
        state->now.margin = state->verdicts[i].margin;
        state->now.pixels[0] = state->pool[i][0];
        take_success(run, &state->verdicts[i]);
    }
    state->n_screened += n_scored;
    if (state->n_screened >= n_all)
        state->phase = start;
    return code;
}

/* ---- Start ------------------------------------------------------------------------------------------------------- */

/* The set in a slot of the pool becomes the one at hand. Of two pixels at one place the last counts. */
static void take_slot(pp_run *run, size_t slot)
{
    pursuit_state *state = run->state;
    const pp_candidate *candidate = &state->candidates[slot];
    const pp_pixel *pixels = candidate->pixels;
    state->now.n = 0;
    state->now.margin = state->verdicts[slot].margin;
    for (size_t p = 0; p < candidate->n; p++) {
        double mean, spread;
        bool taken = pp_image_has(run->original, pixels[p]);
        for (size_t q = p + 1; q < candidate->n && !taken; q++)
            taken = pixels[q].x == pixels[p].x && pixels[q].y == pixels[p].y;
        pp_archive_predict(&state->archive, pixels[p], run->original->channels, &mean, &spread);
        if (!taken)
            add_member(&state->now, pixels[p], mean);
    }
}

/* What comes after a set was found that may or may not reach the goal. */
static void go_on_from(pp_run *run, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    if (verdict->reached) {
        take_success(run, verdict);
        state->share = 0.5;
        state->phase = shrink;
    } else {
        state->share = 0.3;
        state->phase = widen;
    }
}

/* Sets of doubling size, drawn from what the archive promises: the smallest that reaches the goal, or the one that comes nearest. */
static pp_code start(pp_run *run, pp_error *err)
{
    enum { SMALLEST = 4, N_SIZES = 8 }; /* 4 to 512 */
    pursuit_state *state = run->state;
    size_t n_scored, chosen = 0, limit = (size_t)run->original->width * (size_t)run->original->height / 2;
    state->now.n = 0;
    for (size_t i = 0; i < N_SIZES; i++) {
        size_t n = (size_t)SMALLEST << i;
        n = n > limit ? limit : n;
        for (size_t p = 0; p < n; p++) {
            bool predicted = pp_rng_below(&run->rng, 3) == 0 || n <= 16;
            if (!pp_propose_by(run, predicted ? 6 : 2, NULL, &state->pool[i][p]))
                state->pool[i][p] = pp_random_pixel(run);
        }
        state->candidates[i] = (pp_candidate){ state->pool[i], n };
    }
    pp_code code = score_pool(run, N_SIZES, &n_scored, err);
    if (code < 0 || n_scored == 0)
        return code;
    for (size_t i = 1; i < n_scored; i++)
        if (!state->verdicts[chosen].reached && state->verdicts[i].margin < state->verdicts[chosen].margin)
            chosen = i;
    take_slot(run, chosen);
    go_on_from(run, &state->verdicts[chosen]);
    return code;
}

/* Members are exchanged, or more are added, many at once: half of the attempts each. The best is taken if it brings the margin down. */
static pp_code widen(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    size_t n_scored, best = PP_DROPS_AT_ONCE, n_change = (size_t)fmax(1, round(state->share * (double)now->n));
    for (size_t i = 0; i < PP_DROPS_AT_ONCE; i++) {
        pp_keyed *order = state->orders[i];
        size_t n_drop = i % 2 ? 0 : n_change, n = 0, n_add = n_change;
        order_members(run, now, 0.5, order);
        for (size_t p = n_drop; p < now->n; p++)
            state->pool[i][n++] = now->pixels[order[p].index];
        for (int move; n_add > 0 && n < PP_MOST_MEMBERS; n_add--, n++)
            state->pool[i][n] = pp_propose(run, state->pool[i], n, NULL, &move);
        state->candidates[i] = (pp_candidate){ state->pool[i], n };
    }
    pp_code code = score_pool(run, PP_DROPS_AT_ONCE, &n_scored, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < n_scored; i++)
        if (state->verdicts[i].margin < now->margin && (best == PP_DROPS_AT_ONCE || state->verdicts[i].margin < state->verdicts[best].margin))
            best = i;
    if (best == PP_DROPS_AT_ONCE) {
        state->share = fmax(0.7 * state->share, 0.02);
        return code;
    }
    double gain = (now->margin - state->verdicts[best].margin) / (double)n_change;
    for (size_t i = 0; i < n_change; i++)
        pp_archive_add(&state->archive, state->pool[best][state->candidates[best].n - 1 - i], gain);
    take_slot(run, best);
    if (state->verdicts[best].reached)
        go_on_from(run, &state->verdicts[best]);
    return code;
}

/* ---- Shrink ------------------------------------------------------------------------------------------------------ */

enum { MEASURE_FROM = 12, FEW = 8 }; /* members up to which each is measured; up to which one goes at a time */

/* What dropping these did, shared among them: each one's worth moves towards it. */
static void learn_worth(pp_set *set, const pp_keyed *dropped, size_t n, double rise)
{
    double expected = 0;
    for (size_t i = 0; i < n; i++)
        expected += set->worth[dropped[i].index];
    for (size_t i = 0; i < n; i++)
        set->worth[dropped[i].index] += (float)(0.7 * (rise - expected) / (double)n);
}

static void drop(pp_set *set, pp_keyed *dropped, size_t n)
{
    for (size_t i = 0; i < n; i++) /* the last index first, so that the others stay where they are */
        for (size_t j = i + 1; j < n; j++)
            if (dropped[j].index > dropped[i].index) {
                pp_keyed swapped = dropped[i];
                dropped[i] = dropped[j];
                dropped[j] = swapped;
            }
    for (size_t i = 0; i < n; i++)
        remove_member(set, dropped[i].index);
}

/* Several ways to drop a share of the members at once; the one that stays furthest beyond the goal is taken. */
static pp_code shrink(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    pp_keyed (*orders)[PP_MOST_MEMBERS] = state->orders;
    if (now->n <= MEASURE_FROM) {
        state->phase = measure;
        return PP_OK;
    }
    size_t n_drop = (size_t)fmax(1, round(state->share * (double)now->n)), n_scored, best = PP_DROPS_AT_ONCE;
    if (n_drop >= now->n)
        n_drop = now->n - 1;
    for (size_t i = 0; i < PP_DROPS_AT_ONCE; i++) {
        order_members(run, now, i == 0 ? 0.1 : 0.7, orders[i]);
        for (size_t p = n_drop; p < now->n; p++)
            state->pool[i][p - n_drop] = now->pixels[orders[i][p].index];
        state->candidates[i] = (pp_candidate){ state->pool[i], now->n - n_drop };
    }
    pp_code code = score_pool(run, PP_DROPS_AT_ONCE, &n_scored, err);
    for (size_t i = 0; i < n_scored; i++) {
        learn_worth(now, orders[i], n_drop, state->verdicts[i].margin - now->margin);
        if (state->verdicts[i].reached && (best == PP_DROPS_AT_ONCE || state->verdicts[i].margin < state->verdicts[best].margin))
            best = i;
    }
    if (best < PP_DROPS_AT_ONCE) {
        drop(now, orders[best], n_drop);
        now->margin = state->verdicts[best].margin;
        take_success(run, &state->verdicts[best]);
        state->share = fmin(0.6, 1.2 * state->share);
    } else if (n_drop == 1 || state->share < 0.05) {
        try_for_less(run);
    } else {
        state->share /= 2;
    }
    return code;
}

/* ---- Measure ----------------------------------------------------------------------------------------------------- */

/* Leaves each member out once, so that its worth is known in this set; then drops as many as can go together. */
static pp_code measure(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    pp_code code = PP_OK;
    size_t n_all = now->n < 2 * PP_AT_ONCE ? now->n : 2 * PP_AT_ONCE, best = now->n;
    pp_verdict best_verdict = { 0 };
    pp_keyed *order = state->orders[0];
    order_members(run, now, 0, order); /* of many, only the weakest are measured */
    for (size_t first = 0; code == PP_OK && first < n_all && now->n > 1; first += PP_AT_ONCE) {
        size_t n = n_all - first < PP_AT_ONCE ? n_all - first : PP_AT_ONCE, n_scored;
        for (size_t i = 0; i < n; i++) {
            pp_pixel *pool = pool_slot(state, i, now->n - 1);
            pool[order[first + i].index] = now->pixels[now->n - 1];
        }
        code = score_pool(run, n, &n_scored, err);
        if (code < 0)
            return code;
        for (size_t i = 0; i < n_scored; i++) {
            size_t member = order[first + i].index;
            now->worth[member] = (float)(state->verdicts[i].margin - now->margin);
            if (state->verdicts[i].reached && (best == now->n || now->worth[member] < now->worth[best])) {
                best = member;
                best_verdict = state->verdicts[i];
            }
        }
    }
    if (best < now->n) {
        now->margin = best_verdict.margin;
        remove_member(now, best);
        take_success(run, &best_verdict);
        if (now->n > 1 && code == PP_OK)
            return code; /* measured again, in the smaller set */
    }
    if (code == PP_OK)
        try_for_less(run);
    return code;
}

/* From the best set, the weakest member less, or a share of them if there are many: not there any more, but near. */
static void try_for_less(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    if (now->n != state->best.n)
        copy_set(now, &state->best);
    if (now->n < 2)
        return;
    size_t n_drop = now->n > FEW ? (size_t)fmax(1, round(state->cut * (double)now->n)) : 1;
    order_members(run, now, 0, state->orders[0]);
    for (size_t i = 0; i < n_drop; i++)
        now->margin += fmax(now->worth[state->orders[0][i].index], 0);
    drop(now, state->orders[0], n_drop);
    copy_set(&state->near_miss, now);
    state->n_tries = 0;
    state->is_estimate = n_drop > 1;
    state->share = now->n > FEW ? 0.15 : 0;
    state->phase = polish;
}

/* ---- Polish ------------------------------------------------------------------------------------------------------ */

/* A member to go: mostly one of the weak. */
static size_t choose_outgoing(pp_run *run, const pp_keyed *order, size_t n)
{
    double u = pp_rng_unit(&run->rng);
    return order[(size_t)(u * u * (double)n)].index;
}

/* The set at hand with `n` members exchanged, in a slot of the pool. members, moves: n of the last exchanged. */
static void exchange(pp_run *run, size_t slot, size_t n, size_t *member, int *move)
{
    pursuit_state *state = run->state;
    pp_pixel *pool = pool_slot(state, slot, state->now.n);
    for (size_t i = 0; i < n; i++) {
        *member = choose_outgoing(run, state->orders[0], state->now.n);
        pool[*member] = pp_propose(run, pool, state->now.n, &pool[*member], move);
    }
}

/* Some exchanges of members for others; the best is taken if it brings the margin down. Of a large set many members go at once. */
static pp_code polish(pp_run *run, pp_error *err)
{
    const pursuit_params *params = run->params->own;
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    size_t members[PP_AT_ONCE], n = (size_t)params->swaps, n_scored, best = PP_AT_ONCE;
    size_t n_swap = (size_t)fmax(1, round(state->share * (double)now->n));
    int moves[PP_AT_ONCE];
    order_members(run, now, 0, state->orders[0]);
    for (size_t i = 0; i < n; i++)
        exchange(run, i, i == 0 && state->is_estimate ? 0 : n_swap, &members[i], &moves[i]);
    pp_code code = score_pool(run, n, &n_scored, err);
    if (code < 0 || n_scored == 0)
        return code;
    if (state->is_estimate) { /* slot 0 is the set itself */
        now->margin = state->verdicts[0].margin;
        copy_set(&state->near_miss, now);
    }
    for (size_t i = state->is_estimate && !state->verdicts[0].reached; i < n_scored; i++) {
        double gain = now->margin - state->verdicts[i].margin;
        if (n_swap == 1 && !(i == 0 && state->is_estimate)) {
            pp_archive_add(&state->archive, state->pool[i][members[i]], gain + now->worth[members[i]]);
            pp_moves_learn(&state->record, moves[i], gain > 0);
        }
        if ((gain > 0 || state->verdicts[i].reached) && (best == PP_AT_ONCE || state->verdicts[i].margin < state->verdicts[best].margin))
            best = i;
    }
    state->n_tries += n_scored;
    state->is_estimate = false;
    if (best < PP_AT_ONCE) {
        double gain = (now->margin - state->verdicts[best].margin) / (double)n_swap;
        for (size_t i = 0; i < now->n; i++)
            if (!pp_same_pixel(&now->pixels[i], &state->pool[best][i])) {
                now->pixels[i] = state->pool[best][i];
                now->worth[i] += (float)gain;
            }
        now->margin = state->verdicts[best].margin;
        state->n_tries = 0;
        if (state->verdicts[best].reached) {
            take_success(run, &state->verdicts[best]);
            state->cut = fmin(0.3, 1.3 * state->cut);
            state->share = state->cut;
            state->phase = now->n > MEASURE_FROM ? shrink : measure;
        } else if (state->near_miss.n == 0 || now->margin < state->near_miss.margin) {
            copy_set(&state->near_miss, now);
        }
        return code;
    }
    state->share *= 0.8;
    if (state->n_tries < (n_swap > 1 ? params->patience / 2 : params->patience))
        return code;
    if (now->n > FEW && state->best.n - now->n > 1) { /* that was too much at once */
        state->cut /= 2;
        copy_set(now, &state->best);
        try_for_less(run);
    } else {
        state->phase = rebuild;
    }
    return code;
}

/* ---- Rebuild ----------------------------------------------------------------------------------------------------- */

/* Tears a part of the near miss down. */
static void tear_down(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    copy_set(now, pp_rng_below(&run->rng, 5) ? &state->near_miss : now);
    double share = 0.3 + 0.4 * pp_rng_unit(&run->rng);
    size_t n = (size_t)fmax(1, round(share * (double)now->n));
    for (size_t i = 0; i < n; i++)
        remove_member(now, (size_t)pp_rng_below(&run->rng, now->n));
}

/* Adds the best of some proposals until the set is as large as it was; then it is polished again. */
static pp_code rebuild(pp_run *run, pp_error *err)
{
    enum { PROPOSALS = 8 };
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    size_t n_wanted = state->best.n - 1, n_scored;
    pp_code code = PP_OK;
    tear_down(run);
    bool known = false; /* whether now->margin is that of the set torn down */
    while (code == PP_OK && now->n < n_wanted) {
        int moves[PROPOSALS];
        size_t best = 0, n = PROPOSALS;
        for (size_t i = 0; i < n; i++)
            pool_slot(state, i, now->n + 1)[now->n] = pp_propose(run, now->pixels, now->n, NULL, &moves[i]);
        code = score_pool(run, n, &n_scored, err);
        if (code < 0 || n_scored == 0)
            return code;
        double sum = 0;
        for (size_t i = 0; i < n_scored; i++) {
            sum += state->verdicts[i].margin;
            if (state->verdicts[i].margin < state->verdicts[best].margin)
                best = i;
        }
        double before = known ? now->margin : sum / (double)n_scored;
        for (size_t i = 0; i < n_scored; i++) {
            pp_archive_add(&state->archive, state->pool[i][now->n], before - state->verdicts[i].margin);
            pp_moves_learn(&state->record, moves[i], i == best && state->verdicts[i].margin < before);
        }
        add_member(now, state->pool[best][now->n], before - state->verdicts[best].margin);
        now->margin = state->verdicts[best].margin;
        known = true;
        if (state->verdicts[best].reached) {
            take_success(run, &state->verdicts[best]);
            state->phase = measure;
            return code;
        }
    }
    if (state->near_miss.n == 0 || now->margin < state->near_miss.margin)
        copy_set(&state->near_miss, now);
    state->n_tries = 0;
    state->phase = polish;
    return code;
}

const pp_method pp_method_pursuit = {
    .name = "pursuit",
    .summary = "screen, shrink, swap: the fewest pixels for a budget",
    .source = "ours; after Sparse-RS (Croce et al. 2022) and BruSLi (Vo et al. 2024)",
    .rows = pursuit_rows,
    .own_size = sizeof(pursuit_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE | PP_KEEPS_SPACING,
    .n_changes = 2,
    .needs_scores = true,
    .state_size = pursuit_state_size,
    .init = pursuit_init,
    .step = pursuit_step,
};
