/* onepixel.c - one-pixel attack ("One pixel attack for fooling deep neural networks", Su, Vargas & Sakurai, 2019).
 *
 * A chromosome is k pixels of 2 + C genes (x, y, one value per channel). DE/rand/1 without crossover, NP = 400, F = 0.5, at most 100
 * generations, stopped as soon as one flips. The paper runs k = 1, 3 and 5 as attacks of their own; --pixels 0 runs them one
 * after the other, the queries that are left shared equally. A gene that leaves its range is drawn anew, as in SciPy's differential
 * evolution; the paper does not say. It minimises the probability of the true class; we the margin, which orders alike for two
 * classes and does not saturate. */
#include "attack/method.h"
#include "base/param.h"

#include <math.h>
#include <string.h>

typedef struct onepixel_params {
    uint64_t pixels, NP, generations;
    double F;
} onepixel_params;

#define ONEPIXEL(member) PP_FIELD(onepixel_params, member)

static const pp_param onepixel_rows[] = {
    { "pixels", PP_COUNT, ONEPIXEL(pixels), 0, 1000, "0", "K", "pixels", "Su et al. 2019", "pixels changed; 0: 1, then 3, then 5" },
    { "population", PP_COUNT, ONEPIXEL(NP), 4, 100000, "400", "NP", "chromosomes", "Su et al. 2019", "population size NP" },
    { "scale-factor", PP_REAL, ONEPIXEL(F), 0, 2, "0.5", "F", "", "Su et al. 2019", "weight F of a difference" },
    { "generations", PP_COUNT, ONEPIXEL(generations), 1, 1e12, "100", "N", "generations", "Su et al. 2019",
      "generations at most, for each number of pixels" },
    { 0 },
};

static const uint64_t LADDER[] = { 1, 3, 5 };
enum { N_LADDER = sizeof LADDER / sizeof *LADDER };

typedef struct onepixel_state {
    size_t rung;               /* place in the ladder */
    uint64_t k;                /* pixels now */
    uint64_t first_generation; /* of this k */
    uint64_t queries_at_end;   /* of this k; 0: no limit */
    size_t n_genes;            /* k (2 + C) */
    float *population, *trials; /* NP x n_genes */
    double *margins;           /* NP */
    pp_pixel *pixels;          /* NP x k: the trials' */
    pp_candidate *candidates;  /* NP */
    pp_verdict *verdicts;      /* NP */
} onepixel_state;

static void begin_k(pp_run *run);
static void initiate(pp_run *run, float *chromosome);
static void mutate(pp_run *run, size_t i, float *trial);
static size_t express(pp_run *run, float *chromosome, pp_pixel *pixels);
static void select_survivors(pp_run *run, size_t n_scored);
static void next_k(pp_run *run);

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static size_t most_pixels(const onepixel_params *params)
{
    return params->pixels ? (size_t)params->pixels : (size_t)LADDER[N_LADDER - 1];
}

/* Lays the arrays out behind the struct. @return bytes for all; with state NULL that is all that is done */
static size_t lay_out(onepixel_state *state, const onepixel_params *params)
{
    size_t at = (sizeof *state + 15) / 16 * 16, k = most_pixels(params), NP = params->NP;
#define PLACE(member, n) \
    do { \
        if (state) \
            state->member = (void *)((char *)state + at); \
        at += ((n) * sizeof *state->member + 15) / 16 * 16; \
    } while (0)
    PLACE(population, NP * k * 5);
    PLACE(trials, NP * k * 5);
    PLACE(margins, NP);
    PLACE(pixels, NP * k);
    PLACE(candidates, NP);
    PLACE(verdicts, NP);
#undef PLACE
    return at;
}

static size_t onepixel_state_size(const pp_params *params, size_t n_pixels)
{
    (void)n_pixels;
    return lay_out(NULL, params->own);
}

/* ---- The story --------------------------------------------------------------------------------------------------- */

static pp_code onepixel_init(pp_run *run, pp_error *err)
{
    (void)err;
    onepixel_state *state = run->state;
    lay_out(state, run->params->own);
    begin_k(run);
    return PP_OK;
}

/* One generation of NP queries; the first of each k scores the initial population. */
static pp_code onepixel_step(pp_run *run, pp_error *err)
{
    const onepixel_params *params = run->params->own;
    onepixel_state *state = run->state;
    for (size_t i = 0; i < params->NP; i++) {
        float *trial = state->trials + i * state->n_genes;
        if (run->generation == state->first_generation)
            initiate(run, trial);
        else
            mutate(run, i, trial);
        pp_pixel *pixels = state->pixels + i * state->k;
        state->candidates[i] = (pp_candidate){ pixels, express(run, trial, pixels) };
    }
    uint64_t left = state->queries_at_end ? state->queries_at_end - run->oracle->queries : params->NP;
    size_t n = left < params->NP ? (size_t)left : (size_t)params->NP, n_scored;
    pp_code code = pp_oracle_score(run->oracle, state->candidates, n, state->verdicts, &n_scored, err);
    if (code < 0)
        return code;
    select_survivors(run, n_scored);
    if (run->stop == PP_STOP_NONE && code == PP_OK)
        next_k(run);
    return code;
}

static void begin_k(pp_run *run)
{
    const onepixel_params *params = run->params->own;
    onepixel_state *state = run->state;
    const pp_oracle *oracle = run->oracle;
    bool ladder = params->pixels == 0;
    state->k = ladder ? LADDER[state->rung] : params->pixels;
    state->n_genes = (size_t)state->k * (2 + (size_t)run->original->channels);
    state->first_generation = run->generation + 1;
    uint64_t left = oracle->query_budget - oracle->queries, shares = ladder ? N_LADDER - state->rung : 1;
    state->queries_at_end = oracle->query_budget && shares > 1 ? oracle->queries + left / shares : 0;
    if (state->queries_at_end == oracle->queries)
        state->queries_at_end++; /* a share of less than one query */
}

/* After enough generations or queries: more pixels, or the end. */
static void next_k(pp_run *run)
{
    const onepixel_params *params = run->params->own;
    onepixel_state *state = run->state;
    bool spent = state->queries_at_end && run->oracle->queries >= state->queries_at_end;
    if (!spent && run->generation - state->first_generation + 1 < params->generations)
        return;
    if (params->pixels || state->rung + 1 == N_LADDER) {
        run->stop = PP_STOP_GENERATIONS;
        return;
    }
    state->rung++;
    begin_k(run);
}

/* Range of the gene at a place: x and y over the image, colours over 0..255. */
static float gene_limit(const pp_run *run, size_t j)
{
    size_t place = j % (2 + (size_t)run->original->channels);
    return place == 0 ? (float)run->original->width : place == 1 ? (float)run->original->height : 256.0f;
}

static float random_gene(pp_run *run, size_t j)
{
    return pp_rng_unit_float(&run->rng) * gene_limit(run, j);
}

/* Places uniform, colours N(128, 127), as in the paper. */
static void initiate(pp_run *run, float *chromosome)
{
    const onepixel_state *state = run->state;
    for (size_t j = 0; j < state->n_genes; j++) {
        bool place = j % (2 + (size_t)run->original->channels) < 2;
        double colour = place ? 0 : 128 + 127 * pp_rng_normal(&run->rng);
        chromosome[j] = place ? random_gene(run, j) : (float)fmin(fmax(colour, 0), 255);
    }
}

/* DE/rand/1 without crossover: X_r1 + F (X_r2 - X_r3); r1, r2, r3 and i all different. */
static void mutate(pp_run *run, size_t i, float *trial)
{
    const onepixel_params *params = run->params->own;
    const onepixel_state *state = run->state;
    size_t r[3];
    pp_rng_three_others(&run->rng, params->NP, i, r);
    const float *x1 = state->population + r[0] * state->n_genes;
    const float *x2 = state->population + r[1] * state->n_genes;
    const float *x3 = state->population + r[2] * state->n_genes;
    for (size_t j = 0; j < state->n_genes; j++) {
        float gene = x1[j] + (float)params->F * (x2[j] - x3[j]);
        trial[j] = gene >= 0 && gene < gene_limit(run, j) ? gene : random_gene(run, j);
    }
}

/* The place of one pixel's genes, drawn anew while it is not allowed beside the n pixels before it. @return whether one was found */
static bool find_place(pp_run *run, float *genes, const pp_pixel *before, size_t n, pp_pixel *pixel)
{
    enum { DRAWS = 50 };
    const pp_constraint *c = &run->constraint;
    *pixel = (pp_pixel){ .x = (uint16_t)genes[0], .y = (uint16_t)genes[1] };
    size_t n_near = c->spacing > 1 ? n : 0; /* the paper does not forbid two pixels at one place */
    for (int i = 0; i < DRAWS && !pp_may_join(c, pixel, before, n_near, NULL); i++) {
        *pixel = pp_random_place(c, &run->rng);
        genes[0] = pixel->x;
        genes[1] = pixel->y;
    }
    return pp_may_join(c, pixel, before, n_near, NULL);
}

/* The pixels of a chromosome. One for which no allowed place is found is left out. @return how many */
static size_t express(pp_run *run, float *chromosome, pp_pixel *pixels)
{
    const onepixel_state *state = run->state;
    size_t n_channels = (size_t)run->original->channels, n = 0;
    for (size_t i = 0; i < state->k; i++, chromosome += 2 + n_channels) {
        if (!find_place(run, chromosome, pixels, n, &pixels[n]))
            continue;
        for (size_t c = 0; c < 3 && c < n_channels; c++)
            pixels[n].value[c] = (uint8_t)chromosome[2 + (run->gray ? 0 : c)];
        pp_clamp_colour(&run->constraint, &pixels[n++]);
    }
    return n;
}

static void select_survivors(pp_run *run, size_t n_scored)
{
    onepixel_state *state = run->state;
    for (size_t i = 0; i < n_scored; i++) {
        const pp_verdict *verdict = &state->verdicts[i];
        if (run->generation != state->first_generation && verdict->margin > state->margins[i])
            continue;
        memcpy(state->population + i * state->n_genes, state->trials + i * state->n_genes, state->n_genes * sizeof(float));
        state->margins[i] = verdict->margin;
        if (!verdict->reached)
            continue;
        pp_run_report(run, state->candidates[i].pixels, state->candidates[i].n, verdict);
        if (run->stop == PP_STOP_NONE && run->n_best)
            run->stop = PP_STOP_EXHAUSTED; /* early stop */
    }
}

const pp_method pp_method_onepixel = {
    .name = "onepixel",
    .summary = "one-pixel attack: differential evolution over 1, 3, 5 pixels",
    .source = "Su et al. 2019",
    .rows = onepixel_rows,
    .own_size = sizeof(onepixel_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE | PP_KEEPS_SPACING,
    .n_changes = 3,
    .needs_scores = true,
    .state_size = onepixel_state_size,
    .init = onepixel_init,
    .step = onepixel_step,
};
