/* sparse_rs.c - Sparse-RS, the L0 version ("Sparse-RS: a versatile framework for query-efficient sparse black-box adversarial attacks",
 * Croce, Andriushchenko, Singh, Flammarion & Hein, AAAI 2022).
 *
 * A set of k pixels with colours from the corners of the colour cube. Each query exchanges alpha k of them for others, places and colours
 * uniform; the new set is kept if the margin falls. alpha falls stepwise from alpha_init as the authors published it for 10,000 queries,
 * scaled to the budget at hand. With --pixels K this is the published attack: it ends as soon as K pixels reach the goal.
 *
 * What differs: k descends by itself where none is given (ladder.h). A new colour is never the one that the original has there, since it
 * would change nothing. Targeted goals are searched by the margin too, where the paper takes the cross-entropy. */
#include "attack/ladder.h"
#include "base/param.h"

#include <string.h>

typedef struct sparse_rs_params {
    uint64_t pixels;
    double alpha_init;
} sparse_rs_params;

#define SPARSE_RS(member) PP_FIELD(sparse_rs_params, member)

static const pp_param sparse_rs_rows[] = {
    { "pixels", PP_COUNT, SPARSE_RS(pixels), 0, 1e9, "0", "K", "pixels", "", "pixels changed; 0: as few as can be found, from 64 down" },
    { "alpha-init", PP_REAL, SPARSE_RS(alpha_init), 0, 1, "0.3", "A", "", "Croce et al. 2022", "share of the pixels exchanged at the beginning" },
    { 0 },
};

typedef struct sparse_rs_state {
    pp_ladder ladder;
    size_t n;              /* members of the set */
    bool is_scored;        /* the set was not changed by the ladder since */
    double margin;         /* of the set */
    pp_pixel *set, *trial; /* n_pixels */
    uint8_t *taken;        /* n_pixels: whether a place is in the set or the trial */
} sparse_rs_state;

static void fit_to_ladder(pp_run *run);
static size_t n_to_exchange(const pp_run *run);
static void exchange(pp_run *run, size_t n);
static void keep_or_take_back(pp_run *run, size_t n, const pp_verdict *verdict);

static size_t sparse_rs_state_size(const pp_params *params, size_t n_pixels)
{
    (void)params;
    return sizeof(sparse_rs_state) + n_pixels * (2 * sizeof(pp_pixel) + 1);
}

static pp_code sparse_rs_init(pp_run *run, pp_error *err)
{
    (void)err;
    const sparse_rs_params *params = run->params->own;
    sparse_rs_state *state = run->state;
    size_t n_pixels = (size_t)run->original->width * (size_t)run->original->height;
    state->set = (pp_pixel *)(state + 1);
    state->trial = state->set + n_pixels;
    state->taken = (uint8_t *)(state->trial + n_pixels);
    size_t n_places = run->constraint.n_places;
    pp_ladder_begin(&state->ladder, run, params->pixels, n_places > 1 ? n_places / 2 : 1);
    return PP_OK;
}

/* One query: the set with some members exchanged, or the set itself where it is new. */
static pp_code sparse_rs_step(pp_run *run, pp_error *err)
{
    sparse_rs_state *state = run->state;
    fit_to_ladder(run);
    size_t n = state->is_scored ? n_to_exchange(run) : 0, n_scored;
    exchange(run, n);
    pp_candidate candidate = { state->trial, state->n };
    pp_verdict verdict;
    pp_code code = pp_oracle_expect(run->oracle, state->set, state->n, err);
    if (code == PP_OK)
        code = pp_oracle_score(run->oracle, &candidate, 1, &verdict, &n_scored, err);
    if (code != PP_OK)
        return code;
    keep_or_take_back(run, n, &verdict);
    if (verdict.reached)
        pp_run_report(run, state->set, state->n, &verdict);
    pp_ladder_step(&state->ladder, run, verdict.reached);
    return PP_OK;
}

/* ---- Sets -------------------------------------------------------------------------------------------------------- */

static uint8_t *place_of(const pp_run *run, const pp_pixel *pixel)
{
    const sparse_rs_state *state = run->state;
    return &state->taken[(size_t)pixel->y * (size_t)run->original->width + pixel->x];
}

/* A pixel at a free place, which is taken then. */
static pp_pixel draw_pixel(pp_run *run)
{
    pp_pixel pixel;
    do
        pixel = pp_random_place(&run->constraint, &run->rng);
    while (*place_of(run, &pixel));
    do
        pp_random_corner(&run->constraint, &run->rng, &pixel);
    while (pp_image_has(run->original, pixel));
    *place_of(run, &pixel) = true;
    return pixel;
}

/* The ladder asks for fewer or more pixels: random ones go, new ones come. */
static void fit_to_ladder(pp_run *run)
{
    sparse_rs_state *state = run->state;
    if (state->n != state->ladder.k)
        state->is_scored = false;
    while (state->n > state->ladder.k) {
        pp_pixel *gone = &state->set[pp_rng_below(&run->rng, state->n)];
        *place_of(run, gone) = false;
        *gone = state->set[--state->n];
    }
    while (state->n < state->ladder.k)
        state->set[state->n++] = draw_pixel(run);
}

/* ---- Exchange ---------------------------------------------------------------------------------------------------- */

/* The authors' schedule for L0: alpha = alpha_init / divisor up to so many of 10,000 queries. */
static double alpha_at(double alpha_init, uint64_t query, uint64_t budget)
{
    static const struct {
        double until, divisor;
    } SCHEDULE[] = { { 0, 1 },    { 50, 2 },    { 200, 4 },   { 500, 5 },   { 1000, 6 },
                     { 2000, 8 }, { 4000, 10 }, { 6000, 12 }, { 8000, 15 }, { 10000, 20 } };
    enum { LAST = sizeof SCHEDULE / sizeof *SCHEDULE - 1 };
    double at = (double)(uint64_t)((double)query / (double)budget * 10000);
    size_t i = 0;
    while (i < LAST && at > SCHEDULE[i].until)
        i++;
    return alpha_init / SCHEDULE[i].divisor;
}

static size_t n_to_exchange(const pp_run *run)
{
    const sparse_rs_params *params = run->params->own;
    const sparse_rs_state *state = run->state;
    double alpha = alpha_at(params->alpha_init, run->oracle->queries - 1, pp_ladder_budget(run));
    size_t n = (size_t)(alpha * (double)state->n);
    return run->constraint.n_places == 1 ? 0 : n ? n : 1;
}

/* The trial: the set, whose first n members, drawn at random, are exchanged for new pixels. */
static void exchange(pp_run *run, size_t n)
{
    sparse_rs_state *state = run->state;
    for (size_t i = 0; i < n; i++) {
        size_t other = i + (size_t)pp_rng_below(&run->rng, state->n - i);
        pp_pixel swapped = state->set[i];
        state->set[i] = state->set[other];
        state->set[other] = swapped;
    }
    memcpy(state->trial, state->set, state->n * sizeof *state->set);
    for (size_t i = 0; i < n; i++)
        state->trial[i] = draw_pixel(run);
}

/* The trial becomes the set if the margin falls. Places that are free again are given back. */
static void keep_or_take_back(pp_run *run, size_t n, const pp_verdict *verdict)
{
    sparse_rs_state *state = run->state;
    bool keep = !state->is_scored || verdict->margin < state->margin || verdict->reached;
    for (size_t i = 0; i < n; i++)
        *place_of(run, keep ? &state->set[i] : &state->trial[i]) = false;
    if (!keep)
        return;
    pp_pixel *old = state->set;
    state->set = state->trial;
    state->trial = old;
    state->margin = verdict->margin;
    state->is_scored = true;
}

const pp_method pp_method_sparse_rs = {
    .name = "sparse-rs",
    .summary = "Sparse-RS: random exchange of some of k pixels, k descending",
    .source = "Croce et al. 2022",
    .rows = sparse_rs_rows,
    .own_size = sizeof(sparse_rs_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE,
    .n_changes = 4,
    .needs_scores = true,
    .state_size = sparse_rs_state_size,
    .init = sparse_rs_init,
    .step = sparse_rs_step,
};
