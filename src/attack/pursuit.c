/* pursuit.c - the search for few pixels, ours.
 *
 * Where another method was here before (--start, or dgde --refine), its result is thinned out first (pursuit_start.c), and is the set that is
 * shrunk in place of one that is grown.
 *
 * Screen single pixels: effects are smooth in place and colour, so that a model of them (pursuit_effects.c) says after few queries where
 * more is to be had. Grow a set until it reaches the goal, by the single pixels that the model promises most of; if that takes long, noise is
 * tried, so that there is something to have early (pursuit_start.c). Shrink it: leave members out, alone or together, and learn what each is
 * worth. Then try for fewer, again and again: the weakest go, as many but one are grown anew, and members are exchanged one by one until the
 * goal is reached; where that stalls, a part is torn down and grown anew.
 *
 * Pixels are preferred at those places in the classifier's strides where the members of the last such set lie more often than chance would have
 * it (pursuit_strides.c). Small sets that are made smaller are kept from crowding (pursuit_moves.c).
 *
 * Effects are measured and modelled in the context of the set at hand: what a pixel does alone misleads as soon as there is a member near it
 * (measured: those of near pixels do not add up, those of far ones do). Nothing here depends on the classifier: sizes follow from what is measured.
 *
 * Ancestors: Sparse-RS (Croce et al. 2022) for exchanging pixels under a margin, kriging and expected improvement (Krige 1951, Mockus 1975)
 * for where to look, large neighbourhood search (Shaw 1998) for tearing down and building up. */
#include "attack/pursuit.h"

#include "base/param.h"

#include <math.h>
#include <string.h>

#define PURSUIT(member) PP_FIELD(pursuit_params, member)

static const pp_param pursuit_rows[] = {
    { "start", PP_CHOICE, PURSUIT(start), 0, 0, "empty", "empty|dgde|noise", "", "",
      "what it begins with: nothing, the result of DGDE, or noise that flips; the latter two are thinned out" },
    { "start-share", PP_REAL, PURSUIT(start_share), 0.01, 1, "0.1", "C", "", "", "share of the budget that the start may spend" },
    { "screen", PP_COUNT, PURSUIT(screen), 1, 1024, "48", "N", "queries", "measured", "single pixels measured first; at most a fifth of the budget" },
    { "swaps", PP_COUNT, PURSUIT(swaps), 1, PP_MOST_SINGLE, "4", "N", "queries", "measured", "single pixels tried at once" },
    { "price", PP_REAL, PURSUIT(price), 0, 1, "0.2", "C", "", "measured",
      "what a pixel must do to come in, as a share of the best tried with it, before the goal is reached once" },
    { "cut", PP_REAL, PURSUIT(cut), 0, 0.9, "0.15", "C", "", "measured", "share of the members that a try for fewer replaces" },
    { "rounds", PP_COUNT, PURSUIT(rounds), 1, 1000, "2", "N", "rounds", "measured",
      "generations without a pixel worth its place, until the best come in nevertheless; twice as many before the first success" },
    { "patience", PP_COUNT, PURSUIT(patience), 1, 100000, "60", "N", "queries", "measured", "exchanges without gain after which a part is torn down" },
    { "rescue", PP_COUNT, PURSUIT(rescue), 0, 100000, "24", "N", "generations", "measured",
      "noise is tried, to have a result early, after so many without success, or at 0.6 of the budget; 0: never" },
    { "without", PP_CHOICE, PURSUIT(without), 0, 0, "nothing",
      "nothing|fresh|good|near-good|recoloured|shifted|flipped|model|strides|spread|shares|each|exchange", "", "",
      "a part of the search that is left out, to measure what it is worth (docs/methods.md)" },
    { 0 },
};

static size_t pursuit_state_size(const pp_params *params, size_t n_pixels)
{
    (void)params;
    return sizeof(pursuit_state) + n_pixels * sizeof(pp_pixel);
}

static pp_code pursuit_init(pp_run *run, pp_error *err)
{
    (void)err;
    pursuit_state *state = run->state;
    state->now.margin = pp_oracle_original_margin(run->oracle);
    pp_effects_init(&state->effects, run->original);
    pp_strides_init(&state->strides, &run->constraint);
    state->now.unit = state->best.unit = state->near_miss.unit = state->effects.unit;
    pp_begin_to_grow(state, true);
    state->phase = pp_screen;
    state->share = 0.4;
    if (run->n_best) /* another method was here before */
        pp_begin_to_thin(state);
    return PP_OK;
}

/* --start: noise is what DGDE begins with. */
static bool pursuit_partner(const pp_params *params, pp_partner *partner)
{
    const pursuit_params *own = params->own;
    *partner = (pp_partner){ .method = &pp_method_dgde, .option = "start", .before = true, .after_init = own->start == PP_START_NOISE,
                             .share = own->start_share };
    return own->start != PP_START_EMPTY;
}

static pp_code pursuit_step(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_code code = pp_oracle_expect(run->oracle, state->now.pixels, state->now.n, err);
    return code == PP_OK ? state->phase(run, err) : code;
}

/* ---- What all parts use ------------------------------------------------------------------------------------------ */

bool pp_does_without(const pp_run *run, pp_part part)
{
    const pursuit_params *params = run->params->own;
    return params->without == (int)part;
}

void pp_take_best(pp_run *run)
{
    pursuit_state *state = run->state;
    pp_set_copy(&state->best, &state->now);
    state->has_best = true;
    state->near_miss.n = 0;
    if (state->best.n == 1 && run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_MINIMUM;
}

void pp_take_success(pp_run *run, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    state->now.margin = verdict->margin;
    pp_strides_learn(&state->strides, state->now.pixels, state->now.n);
    if (!state->has_best && state->now.n < run->n_best)
        run->rung = NULL; /* what grew has nothing of the noise that was the result so far */
    pp_run_report(run, state->now.pixels, state->now.n, verdict);
    if (!state->has_best || state->now.n < state->best.n)
        pp_take_best(run);
}

void pp_succeed(pp_run *run, const pp_verdict *verdict)
{
    pursuit_state *state = run->state;
    pp_take_success(run, verdict);
    state->share = fmax(state->share, 0.1);
    pp_begin_to_shrink(run);
}

pp_code pp_score_pool(pp_run *run, size_t n, size_t *n_scored, pp_error *err)
{
    pursuit_state *state = run->state;
    return pp_oracle_score(run->oracle, state->candidates, n, state->verdicts, n_scored, err);
}

pp_code pp_leave_out(pp_run *run, const size_t *members, size_t n, size_t *n_scored, pp_error *err)
{
    pursuit_state *state = run->state;
    pp_set *now = &state->now;
    for (size_t i = 0; i < n; i++)
        pp_pool_without(state, i, &(pp_keyed){ .index = members[i] }, 1);
    pp_code code = pp_score_pool(run, n, n_scored, err);
    for (size_t i = 0; code >= 0 && i < *n_scored; i++) {
        now->worth[members[i]] = (float)(state->verdicts[i].margin - now->margin);
        now->doubt[members[i]] = 0;
    }
    return code;
}

pp_pixel *pp_pool_slot(pursuit_state *state, size_t slot, size_t n)
{
    memcpy(state->pool[slot], state->now.pixels, state->now.n * sizeof(pp_pixel));
    state->candidates[slot] = (pp_candidate){ state->pool[slot], n };
    return state->pool[slot];
}

void pp_pool_without(pursuit_state *state, size_t slot, const pp_keyed *members, size_t n)
{
    const pp_set *now = &state->now;
    bool goes[PP_MOST_MEMBERS] = { false };
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++)
        goes[members[i].index] = true;
    for (size_t i = 0; i < now->n; i++)
        if (!goes[i])
            state->pool[slot][n_kept++] = now->pixels[i];
    state->candidates[slot] = (pp_candidate){ state->pool[slot], n_kept };
}

/* ---- Screen ------------------------------------------------------------------------------------------------------ */

static size_t screen_size(const pp_run *run)
{
    const pursuit_params *params = run->params->own;
    uint64_t n = params->screen, budget = run->oracle->query_budget;
    n = budget && budget / 5 < n ? budget / 5 : n;
    return (size_t)(n ? n : 1);
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

/* The first half on a grid, the rest where the model promises most. */
static size_t propose_to_screen(pp_run *run, size_t n_all)
{
    pursuit_state *state = run->state;
    size_t on_grid = (n_all + 1) / 2, n = (state->n_screened < on_grid ? on_grid : n_all) - state->n_screened;
    bool by_model = state->n_screened >= on_grid;
    pp_pixel pixels[PP_AT_ONCE];
    n = n < PP_AT_ONCE ? n : PP_AT_ONCE;
    if (by_model)
        n = pp_propose(run, &state->now, state->effects.mean, n, pixels);
    for (size_t i = 0; i < n; i++)
        *pp_pool_slot(state, i, 1) = by_model ? pixels[i] : place_on_grid(run, state->n_screened + i, on_grid);
    return n;
}

pp_code pp_screen(pp_run *run, pp_error *err)
{
    pursuit_state *state = run->state;
    size_t n_all = screen_size(run), n_scored;
    pp_code code = pp_score_pool(run, propose_to_screen(run, n_all), &n_scored, err);
    for (size_t i = 0; i < n_scored; i++) {
        pp_effects_add(&state->effects, &state->pool[i][0], pp_oracle_original_margin(run->oracle) - state->verdicts[i].margin, (pp_context){ 0 });
        if (!state->verdicts[i].reached)
            continue;
        pp_set_add(&state->now, state->pool[i][0], 0, 1);
        pp_take_success(run, &state->verdicts[i]);
        return code;
    }
    state->n_screened += n_scored;
    if (n_scored && state->n_screened < n_all)
        return code;
    state->phase = pp_grow;
    if (state->has_best) {
        pp_set_copy(&state->now, &state->best);
        pp_begin_to_shrink(run);
    }
    return code;
}

const pp_method pp_method_pursuit = {
    .name = "pursuit",
    .summary = "screen, grow, shrink, exchange: the fewest pixels for a budget",
    .source = "ours; after Sparse-RS (Croce et al. 2022), with a model of what pixels do (kriging)",
    .rows = pursuit_rows,
    .own_size = sizeof(pursuit_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE | PP_KEEPS_SPACING,
    .n_changes = 2,
    .needs_scores = true,
    .state_size = pursuit_state_size,
    .init = pursuit_init,
    .step = pursuit_step,
    .partner = pursuit_partner,
};
