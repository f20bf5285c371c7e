/* sparse_evo.c - SparseEvo ("Query efficient decision based sparse attacks against black-box deep learning models", Vo, Abbasnejad &
 * Ranasinghe, ICLR 2022). It asks for decisions only.
 *
 * Noise that flips the classifier is a group of changed pixels; an individual says which of them are changed, as bits. A child is the best
 * one's bits, of which those stay that one of two others, drawn anew for each bit, has too; then a share of them is switched off. Fitness is
 * the distance to the original, sum of squares over values, and infinite if it does not flip; the child replaces the worst if it is nearer.
 *
 * The start is the authors': salt and pepper on more and more pixels until it flips; we go through it once, they twice. Where no share of
 * pixels flips, the ladder of noises does (noise.h). They switch 196 pixels off in each first individual, 0.004 of a 224 x 224 image; we
 * take that share of the group, since a sparse start may have hardly more than 196. */
#include "attack/noise.h"
#include "base/param.h"

#include <math.h>
#include <string.h>

typedef struct sparse_evo_params {
    uint64_t NP, noise_draws;
    double CR, mutation, initial;
} sparse_evo_params;

#define SPARSE_EVO(member) PP_FIELD(sparse_evo_params, member)

static const pp_param sparse_evo_rows[] = {
    { "population", PP_COUNT, SPARSE_EVO(NP), 3, 1000, "10", "NP", "individuals", "Vo et al. 2022", "population size NP" },
    { "crossover-rate", PP_REAL, SPARSE_EVO(CR), 0, 1, "0.5", "CR", "", "Vo et al. 2022", "chance that a bit is the first one's of two" },
    { "mutation-rate", PP_REAL, SPARSE_EVO(mutation), 0, 1, "0.004", "MU", "", "Vo et al. 2022", "share of a child's pixels switched off" },
    { "initial-rate", PP_REAL, SPARSE_EVO(initial), 0, 1, "0.004", "ALPHA", "", "Vo et al. 2022",
      "share of the pixels switched off in the first population" },
    { "noise-draws", PP_COUNT, SPARSE_EVO(noise_draws), 1, 1000000, "4", "N", "draws", "", "draws from each rung of the noise ladder" },
    { 0 },
};

typedef struct sparse_evo_state {
    size_t n_group, n_ready, n_off; /* pixels of the group; individuals made; pixels to switch off in the next */
    bool best_is_new;
    double *weights;                /* n_pixels: squared distance of each pixel of the group from the original */
    double *fits;                   /* NP */
    uint32_t *on;                   /* n_pixels: scratch, places of the child's bits that are on */
    pp_pixel *group, *pixels;       /* n_pixels: the group, the candidate */
    uint8_t *population, *child;    /* NP x n_pixels, n_pixels: bits */
} sparse_evo_state;

static pp_code start_from_noise(pp_run *run, pp_error *err);
static void initiate(pp_run *run);
static void recombine(pp_run *run);
static void mutate(pp_run *run, size_t n_off);
static pp_code score_child(pp_run *run, bool *flips, pp_error *err);
static void select_survivor(pp_run *run);

static size_t n_pixels_of(const pp_run *run)
{
    return (size_t)run->original->width * (size_t)run->original->height;
}

static size_t sparse_evo_state_size(const pp_params *params, size_t n_pixels)
{
    const sparse_evo_params *own = params->own;
    return sizeof(sparse_evo_state) + own->NP * sizeof(double) +
           n_pixels * (sizeof(double) + sizeof(uint32_t) + 2 * sizeof(pp_pixel) + own->NP + 1);
}

static pp_code sparse_evo_init(pp_run *run, pp_error *err)
{
    const sparse_evo_params *params = run->params->own;
    sparse_evo_state *state = run->state;
    size_t n = n_pixels_of(run);
    state->weights = (double *)(state + 1);
    state->fits = state->weights + n;
    state->on = (uint32_t *)(state->fits + params->NP);
    state->group = (pp_pixel *)(state->on + n);
    state->pixels = state->group + n;
    state->population = (uint8_t *)(state->pixels + n);
    state->child = state->population + params->NP * n;
    return start_from_noise(run, err);
}

static uint8_t *individual(const pp_run *run, size_t i)
{
    const sparse_evo_state *state = run->state;
    return state->population + i * n_pixels_of(run);
}

/* One query: an individual of the first population, later a child. */
static pp_code sparse_evo_step(pp_run *run, pp_error *err)
{
    const sparse_evo_params *params = run->params->own;
    sparse_evo_state *state = run->state;
    bool flips, first = state->n_ready < params->NP;
    if (first)
        initiate(run);
    else
        recombine(run);
    pp_code code = score_child(run, &flips, err);
    if (code != PP_OK)
        return code;
    if (first && !flips && --state->n_off > 0)
        return PP_OK; /* again, with fewer switched off */
    if (first && !flips)
        memset(state->child, 1, state->n_group); /* the noise itself */
    if (first || flips)
        select_survivor(run);
    if (run->n_best == 1 && run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_MINIMUM;
    return PP_OK;
}

/* ---- Start ------------------------------------------------------------------------------------------------------- */

enum { N_DENSITIES = 110 };

/* Each pixel black or white with the same chance, which grows from draw to draw up to 1. */
static pp_code draw_denser(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)rung, (void)err;
    double density = (double)(draw + 1) / N_DENSITIES;
    size_t n_channels = (size_t)canvas->channels, n = n_pixels_of(run);
    for (size_t i = 0; i < n; i++) {
        double u = pp_rng_unit(&run->rng);
        if (u < density)
            memset(canvas->data + i * n_channels, u < density / 2 ? 0 : 255, n_channels);
    }
    return PP_OK;
}

static const pp_rung denser_and_denser = { "sparse salt and pepper", draw_denser, 0, false, N_DENSITIES };

static size_t n_to_switch_off(double rate, size_t n)
{
    size_t n_off = (size_t)(rate * (double)n);
    return n_off ? n_off : 1;
}

static pp_code start_from_noise(pp_run *run, pp_error *err)
{
    const sparse_evo_params *params = run->params->own;
    sparse_evo_state *state = run->state;
    const pp_image *original = run->original;
    size_t n_channels = (size_t)original->channels;
    pp_verdict verdict;
    pp_code code = pp_noise_start(run, &denser_and_denser, N_DENSITIES, params->noise_draws, &state->n_group, &verdict, err);
    if (code != PP_OK || state->n_group == 0)
        return code;
    memcpy(state->group, run->scratch, state->n_group * sizeof *state->group);
    for (size_t i = 0; i < state->n_group; i++) {
        const pp_pixel *pixel = &state->group[i];
        const uint8_t *before = original->data + ((size_t)pixel->y * (size_t)original->width + pixel->x) * n_channels;
        for (size_t c = 0; c < n_channels; c++)
            state->weights[i] += (pixel->value[c] - before[c]) * (pixel->value[c] - before[c]);
    }
    state->n_off = n_to_switch_off(params->initial, state->n_group);
    pp_run_report(run, state->group, state->n_group, &verdict);
    if (state->n_group == 1 && run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_MINIMUM;
    return PP_OK;
}

/* The group with some pixels switched off. */
static void initiate(pp_run *run)
{
    sparse_evo_state *state = run->state;
    memset(state->child, 1, state->n_group);
    mutate(run, state->n_off);
}

/* ---- Operators --------------------------------------------------------------------------------------------------- */

/* Index of the nearest individual, or of the farthest (sign -1). Ties: the first. */
static size_t extreme(const pp_run *run, int sign)
{
    const sparse_evo_params *params = run->params->own;
    const sparse_evo_state *state = run->state;
    size_t found = 0;
    for (size_t i = 1; i < params->NP; i++)
        if (sign * state->fits[i] < sign * state->fits[found])
            found = i;
    return found;
}

/* The child: the best, and either of two others bit by bit. Then some of it is switched off. */
static void recombine(pp_run *run)
{
    const sparse_evo_params *params = run->params->own;
    sparse_evo_state *state = run->state;
    size_t best = extreme(run, 1), r1 = best, r2 = best, n_on = 0;
    while (r1 == best)
        r1 = (size_t)pp_rng_below(&run->rng, params->NP);
    while (r2 == best || r2 == r1)
        r2 = (size_t)pp_rng_below(&run->rng, params->NP);
    const uint8_t *x0 = individual(run, best), *x1 = individual(run, r1), *x2 = individual(run, r2);
    for (size_t j = 0; j < state->n_group; j++) {
        state->child[j] = x0[j] && (x1[j] == x2[j] || pp_rng_unit(&run->rng) < params->CR ? x1[j] : x2[j]);
        n_on += state->child[j];
    }
    if (n_on == 0) { /* nothing in common: a mutant of the best */
        memcpy(state->child, x0, state->n_group);
        for (size_t j = 0; j < state->n_group; j++)
            n_on += x0[j];
    }
    mutate(run, n_to_switch_off(params->mutation, n_on));
}

/* Switches so many pixels of the child off, but not the last. */
static void mutate(pp_run *run, size_t n_off)
{
    sparse_evo_state *state = run->state;
    size_t n_on = 0;
    for (size_t j = 0; j < state->n_group; j++)
        if (state->child[j])
            state->on[n_on++] = (uint32_t)j;
    for (; n_off > 0 && n_on > 1; n_off--) {
        uint32_t *chosen = &state->on[pp_rng_below(&run->rng, n_on)];
        state->child[*chosen] = 0;
        *chosen = state->on[--n_on];
    }
}

/* ---- Selection --------------------------------------------------------------------------------------------------- */

static size_t express(const sparse_evo_state *state, const uint8_t *bits)
{
    size_t n = 0;
    for (size_t j = 0; j < state->n_group; j++)
        if (bits[j])
            state->pixels[n++] = state->group[j];
    return n;
}

/* The only place that asks, and of the answer it takes the decision alone. */
static pp_code score_child(pp_run *run, bool *flips, pp_error *err)
{
    sparse_evo_state *state = run->state;
    pp_code code = PP_OK;
    pp_verdict verdict;
    size_t n_scored;
    if (state->best_is_new) {
        size_t n = express(state, individual(run, extreme(run, 1)));
        code = pp_oracle_expect(run->oracle, state->pixels, n, err);
        state->best_is_new = false;
    }
    pp_candidate candidate = { state->pixels, express(state, state->child) };
    if (code == PP_OK)
        code = pp_oracle_score(run->oracle, &candidate, 1, &verdict, &n_scored, err);
    if (code != PP_OK)
        return code;
    *flips = verdict.reached;
    if (*flips)
        pp_run_report(run, state->pixels, candidate.n, &verdict);
    return PP_OK;
}

/* The child joins the first population, or replaces the worst if it is nearer to the original. */
static void select_survivor(pp_run *run)
{
    const sparse_evo_params *params = run->params->own;
    sparse_evo_state *state = run->state;
    double fit = 0;
    for (size_t j = 0; j < state->n_group; j++)
        fit += state->child[j] * state->weights[j];
    bool first = state->n_ready < params->NP;
    size_t place = first ? state->n_ready++ : extreme(run, -1);
    if (!first && fit >= state->fits[place])
        return;
    memcpy(individual(run, place), state->child, state->n_group);
    state->fits[place] = fit;
    state->n_off = n_to_switch_off(params->initial, state->n_group); /* of the next, while the first population is made */
    state->best_is_new = state->n_ready == params->NP && extreme(run, 1) == place;
}

const pp_method pp_method_sparse_evo = {
    .name = "sparse-evo",
    .summary = "SparseEvo: noise that flips, thinned out by evolution on decisions alone",
    .source = "Vo et al. 2022",
    .rows = sparse_evo_rows,
    .own_size = sizeof(sparse_evo_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE, /* as the noise does */
    .n_changes = 8,
    .state_size = sparse_evo_state_size,
    .init = sparse_evo_init,
    .step = sparse_evo_step,
};
