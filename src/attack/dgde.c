/* dgde.c - decrease group differential evolution ("Attacking medical images with minimal noise", QIMS 2025).
 *
 * Noise that flips the classifier is a group of changed pixels. Each generation proposes subsets of the group, by random search
 * and by differential evolution over random keys (Bean 1994); the smallest that still flips becomes the new group. Nothing is
 * ever added again, so each solution is a subset of the one before.
 *
 * The paper leaves NP, F, CR, the gene and the fitness open: docs/methods.md says how we read it, and that page is what this
 * file does. One generation costs NP queries. */
#include "attack/noise.h"
#include "base/error.h"
#include "base/param.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct dgde_params {
    uint64_t NP, generations, stall, noise_draws;
    double F, CR, rs, refine_after;
    bool refine;
} dgde_params;

#define DGDE(member) PP_FIELD(dgde_params, member)

static const pp_param dgde_rows[] = {
    { "population", PP_COUNT, DGDE(NP), 4, 10000, "20", "NP", "chromosomes", "measured", "population size NP" },
    { "scale-factor", PP_REAL, DGDE(F), 0, 2, "0.5", "F", "", "Storn & Price 1997", "weight F of a difference" },
    { "crossover-rate", PP_REAL, DGDE(CR), 0, 1, "0.9", "CR", "", "Storn & Price 1997", "chance CR of a mutant gene" },
    { "random-search", PP_REAL, DGDE(rs), 0, 1, "0.5", "P", "", "measured",
      "chance that a trial is a fresh random chromosome instead of a mutant's child" },
    { "generations", PP_COUNT, DGDE(generations), 1, 1e12, "400", "N", "generations", "QIMS 2025", "generations at most" },
    { "stall", PP_COUNT, DGDE(stall), 1, 1e12, "200", "N", "generations", "", "stop after so many generations without a decrease" },
    { "refine", PP_FLAG, DGDE(refine), 0, 1, "0", "", "", "", "pursuit goes on from the result: shrinks it, exchanges its pixels" },
    { "refine-after", PP_REAL, DGDE(refine_after), 0.01, 1, "0.5", "C", "", "",
      "share of the budget after which it does, if no other limit is met before" },
    { "noise-draws", PP_COUNT, DGDE(noise_draws), 1, 1000000, "4", "N", "draws", "", "draws from each rung of the noise ladder" },
    { 0 },
};

/* What is known of a chromosome's subset. Unscored chromosomes lose against any scored child. */
typedef struct fitness {
    bool scored;
    size_t n_kept;
    pp_verdict verdict;
} fitness;

typedef struct ranked_key {
    float key;
    uint32_t index;
} ranked_key;

/* A chromosome has 1 + n_group genes in [0, 1]: gene 0 is the share of the group that is kept, the others are keys, one for each
 * pixel of the group; the pixels with the smallest keys are kept, ties by index. */
typedef struct dgde_state {
    size_t n_start, n_group, stride; /* |G_0|, |G|, and 1 + room: genes from one chromosome to the next */
    uint64_t last_decrease;          /* generation */
    pp_pixel *group;                 /* n_group */
    float *population, *trials;      /* NP x stride */
    fitness *fits, *trial_fits;      /* NP */
    pp_candidate *candidates;        /* NP */
    pp_pixel *kept;                  /* NP x room: the candidates' pixels */
    float *keys;                     /* room: scratch */
    uint8_t *marks;                  /* room: which pixels of the group a chromosome keeps */
    uint32_t *stays;                 /* room: places in the old group of the pixels of the new one */
    ranked_key *ranking;             /* room: scratch */
} dgde_state;

static pp_code start_from_noise(pp_run *run, pp_error *err);
static void initiate(pp_run *run, float *chromosome);
static void mutate(pp_run *run, size_t i, float *mutant);
static void crossover(pp_run *run, const float *parent, float *trial);
static pp_code score_trials(pp_run *run, size_t *n_scored, pp_error *err);
static void select_survivors(pp_run *run, size_t n_scored);
static bool decrease(pp_run *run);
static void check_limits(pp_run *run);

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static size_t round_up(size_t n)
{
    return (n + 15) / 16 * 16;
}

/* Lays the arrays out behind the struct. @return bytes for all; with state NULL that is all that is done */
static size_t lay_out(dgde_state *state, size_t NP, size_t n_pixels)
{
    size_t at = round_up(sizeof *state);
#define PLACE(member, n) \
    do { \
        if (state) \
            state->member = (void *)((char *)state + at); \
        at += round_up((n) * sizeof *state->member); \
    } while (0)
    PLACE(group, n_pixels);
    PLACE(population, NP * (1 + n_pixels));
    PLACE(trials, NP * (1 + n_pixels));
    PLACE(fits, NP);
    PLACE(trial_fits, NP);
    PLACE(candidates, NP);
    PLACE(kept, NP * n_pixels);
    PLACE(keys, n_pixels);
    PLACE(marks, n_pixels);
    PLACE(stays, n_pixels);
    PLACE(ranking, n_pixels);
#undef PLACE
    if (state)
        state->stride = 1 + n_pixels;
    return at;
}

static size_t dgde_state_size(const pp_params *params, size_t n_pixels)
{
    const dgde_params *own = params->own;
    size_t per_pixel = own->NP * (2 * sizeof(float) + sizeof(pp_pixel)) + 64;
    if (n_pixels > ((size_t)-1 / 4) / per_pixel)
        return 0;
    return lay_out(NULL, own->NP, n_pixels);
}

/* ---- The story --------------------------------------------------------------------------------------------------- */

static pp_code dgde_init(pp_run *run, pp_error *err)
{
    const dgde_params *params = run->params->own;
    dgde_state *state = run->state;
    lay_out(state, params->NP, (size_t)run->original->width * (size_t)run->original->height);
    return start_from_noise(run, err);
}

/* One generation. */
static pp_code dgde_step(pp_run *run, pp_error *err)
{
    const dgde_params *params = run->params->own;
    dgde_state *state = run->state;
    size_t n_scored = 0;
    for (size_t i = 0; i < params->NP; i++) {
        float *trial = state->trials + i * state->stride;
        if (run->generation == 1 || pp_rng_unit(&run->rng) < params->rs) {
            initiate(run, trial);
        } else {
            mutate(run, i, trial);
            crossover(run, state->population + i * state->stride, trial);
        }
    }
    pp_code code = score_trials(run, &n_scored, err); /* the only line that spends queries */
    if (code < 0)
        return code;
    select_survivors(run, n_scored);
    if (decrease(run)) { /* subsets to come are told most cheaply over the new group */
        pp_code expected = pp_oracle_expect(run->oracle, state->group, state->n_group, err);
        code = expected == PP_OK ? code : expected;
    }
    check_limits(run);
    return code;
}

/* G_0: uniform replacement as in the paper; where that does not flip, the rest of the ladder. */
static pp_code start_from_noise(pp_run *run, pp_error *err)
{
    const dgde_params *params = run->params->own;
    dgde_state *state = run->state;
    size_t n_pixels;
    pp_verdict verdict;
    pp_code code = pp_noise_start(run, pp_noise_uniform, params->noise_draws, params->noise_draws, &n_pixels, &verdict, err);
    if (code != PP_OK || n_pixels == 0)
        return code;
    memcpy(state->group, run->scratch, n_pixels * sizeof *state->group);
    state->n_start = state->n_group = n_pixels;
    pp_run_report(run, state->group, n_pixels, &verdict);
    check_limits(run);
    return PP_OK;
}

/* X_ij = L + rand(0,1) (U - L) with L = 0, U = 1: a random subset of random size. This is the random search. */
static void initiate(pp_run *run, float *chromosome)
{
    const dgde_state *state = run->state;
    for (size_t j = 0; j <= state->n_group; j++)
        chromosome[j] = pp_rng_unit_float(&run->rng);
}

/* A gene back into [0, 1], mirrored at the bound it crossed. */
static float reflect(float gene)
{
    while (gene < 0 || gene > 1)
        gene = gene < 0 ? -gene : 2 - gene;
    return gene;
}

/* DE/rand/1: V_i = X_r1 + F (X_r2 - X_r3); i, r1, r2, r3 all different. */
static void mutate(pp_run *run, size_t i, float *mutant)
{
    const dgde_params *params = run->params->own;
    const dgde_state *state = run->state;
    size_t r[3];
    pp_rng_three_others(&run->rng, params->NP, i, r);
    const float *x1 = state->population + r[0] * state->stride;
    const float *x2 = state->population + r[1] * state->stride;
    const float *x3 = state->population + r[2] * state->stride;
    for (size_t j = 0; j <= state->n_group; j++)
        mutant[j] = reflect(x1[j] + (float)params->F * (x2[j] - x3[j]));
}

/* Binomial, Eq. 12: the mutant's gene if rand <= CR or j = j_rand, else the parent's. trial holds the mutant. */
static void crossover(pp_run *run, const float *parent, float *trial)
{
    const dgde_params *params = run->params->own;
    const dgde_state *state = run->state;
    size_t j_rand = (size_t)pp_rng_below(&run->rng, state->n_group + 1);
    for (size_t j = 0; j <= state->n_group; j++)
        if (pp_rng_unit_float(&run->rng) > (float)params->CR && j != j_rand)
            trial[j] = parent[j];
}

/* ---- From chromosome to subset ----------------------------------------------------------------------------------- */

/* The m-th smallest (from 1) of n keys, which are reordered (Hoare 1961). */
static float smallest_key(float *keys, size_t n, size_t m)
{
    size_t low = 0, high = n - 1, k = m - 1;
    while (low < high) {
        float pivot = keys[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (keys[i] < pivot)
                i++;
            while (keys[j] > pivot)
                j--;
            if (i >= j)
                break;
            float swapped = keys[i];
            keys[i++] = keys[j];
            keys[j--] = swapped;
        }
        /* now keys up to j are at most the pivot, those from j + 1 on at least */
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return keys[k];
}

static size_t count_kept(const dgde_state *state, const float *chromosome)
{
    size_t n = (size_t)ceil((double)chromosome[0] * (double)state->n_group);
    return n < 1 ? 1 : n > state->n_group ? state->n_group : n;
}

/* Marks the pixels of the group that a chromosome keeps: those with the smallest keys, ties by index. @return how many */
static size_t mark_kept(dgde_state *state, const float *chromosome)
{
    const float *keys = chromosome + 1;
    size_t n = count_kept(state, chromosome), n_below = 0;
    memcpy(state->keys, keys, state->n_group * sizeof *keys);
    float limit = smallest_key(state->keys, state->n_group, n);
    for (size_t j = 0; j < state->n_group; j++)
        n_below += keys[j] < limit;
    size_t n_ties = n - n_below; /* of the keys equal to the limit, so many are kept */
    for (size_t j = 0; j < state->n_group; j++)
        state->marks[j] = keys[j] < limit || (keys[j] == limit && n_ties > 0 && n_ties--);
    return n;
}

/* The pixels that a chromosome keeps, in the group's order. @return how many */
static size_t express(dgde_state *state, const float *chromosome, pp_pixel *kept)
{
    size_t n = mark_kept(state, chromosome), at = 0;
    for (size_t j = 0; j < state->n_group && at < n; j++)
        if (state->marks[j])
            kept[at++] = state->group[j];
    return n;
}

static pp_code score_trials(pp_run *run, size_t *n_scored, pp_error *err)
{
    const dgde_params *params = run->params->own;
    dgde_state *state = run->state;
    size_t room = state->stride - 1;
    for (size_t i = 0; i < params->NP; i++) {
        pp_pixel *kept = state->kept + i * room;
        size_t n_kept = express(state, state->trials + i * state->stride, kept);
        state->candidates[i] = (pp_candidate){ kept, n_kept };
        state->trial_fits[i] = (fitness){ .n_kept = n_kept };
    }
    for (size_t i = 0; i < params->NP;) { /* NP may be more than a batch of verdicts */
        pp_verdict verdicts[64];
        size_t n = params->NP - i < 64 ? params->NP - i : 64, n_now;
        pp_code code = pp_oracle_score(run->oracle, state->candidates + i, n, verdicts, &n_now, err);
        for (size_t k = 0; k < n_now; k++) {
            state->trial_fits[i + k].scored = true;
            state->trial_fits[i + k].verdict = verdicts[k];
        }
        i += n_now;
        *n_scored = i;
        if (code != PP_OK)
            return code;
    }
    return PP_OK;
}

/* Whether a is not worse than b. Fitness of a subset that flips: 2 - |kept| / |G_0|, ties by the lower probability of the original
 * class; of one that does not: 1 - f, so always below. The margin stands for f: it orders alike and does not saturate. */
static bool not_worse(const fitness *a, const fitness *b)
{
    if (!b->scored)
        return true;
    if (a->verdict.reached != b->verdict.reached)
        return a->verdict.reached;
    if (a->verdict.reached && a->n_kept != b->n_kept)
        return a->n_kept < b->n_kept;
    return a->verdict.margin <= b->verdict.margin;
}

/* Greedy: a child replaces its parent if it is not worse. Only over the scored prefix. */
static void select_survivors(pp_run *run, size_t n_scored)
{
    dgde_state *state = run->state;
    for (size_t i = 0; i < n_scored; i++) {
        if (!not_worse(&state->trial_fits[i], &state->fits[i]))
            continue;
        memcpy(state->population + i * state->stride, state->trials + i * state->stride, (1 + state->n_group) * sizeof(float));
        state->fits[i] = state->trial_fits[i];
    }
}

/* ---- Decrease ---------------------------------------------------------------------------------------------------- */

static int by_key_then_index(const void *left, const void *right)
{
    const ranked_key *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Restricts a chromosome to the n pixels at state->stays: keys become ranks, gene 0 the share of the new group that it keeps. Both keep
 * the order of the keys, so the subset is the old one cut with the new group. */
static void restrict_chromosome(dgde_state *state, float *chromosome, size_t n)
{
    size_t n_left = 0;
    mark_kept(state, chromosome);
    for (size_t k = 0; k < n; k++) {
        state->ranking[k] = (ranked_key){ chromosome[1 + state->stays[k]], (uint32_t)k };
        n_left += state->marks[state->stays[k]];
    }
    qsort(state->ranking, n, sizeof *state->ranking, by_key_then_index);
    for (size_t rank = 0; rank < n; rank++)
        chromosome[1 + state->ranking[rank].index] = ((float)rank + 0.5f) / (float)n;
    chromosome[0] = n_left ? ((float)n_left - 0.5f) / (float)n : 0;
}

/* The scored flipping chromosome with the fewest pixels, if fewer than the group has. Ties: lower margin, then lower index. */
static bool find_smaller(const dgde_state *state, size_t NP, size_t *best)
{
    bool found = false;
    for (size_t i = 0; i < NP; i++) {
        const fitness *fit = &state->fits[i];
        if (!fit->scored || !fit->verdict.reached || fit->n_kept >= state->n_group)
            continue;
        if (!found || !not_worse(&state->fits[*best], fit))
            *best = i;
        found = true;
    }
    return found;
}

/* The best subset becomes the group, and every chromosome is restricted to it. @return whether there was a smaller one */
static bool decrease(pp_run *run)
{
    const dgde_params *params = run->params->own;
    dgde_state *state = run->state;
    size_t best = 0, n = 0;
    if (!find_smaller(state, params->NP, &best))
        return false;
    mark_kept(state, state->population + best * state->stride);
    for (size_t j = 0; j < state->n_group; j++)
        if (state->marks[j])
            state->stays[n++] = (uint32_t)j;
    pp_verdict verdict = state->fits[best].verdict;
    for (size_t i = 0; i < params->NP; i++) {
        restrict_chromosome(state, state->population + i * state->stride, n);
        state->fits[i].scored = false;
    }
    for (size_t k = 0; k < n; k++)
        state->group[k] = state->group[state->stays[k]];
    state->n_group = n;
    state->last_decrease = run->generation;
    pp_run_report(run, state->group, n, &verdict);
    return true;
}

/* --refine: our last stages after the published method. */
static bool dgde_partner(const pp_params *params, pp_partner *partner)
{
    const dgde_params *own = params->own;
    *partner = (pp_partner){ .method = &pp_method_pursuit, .option = "refine", .share = own->refine_after };
    return own->refine;
}

static void check_limits(pp_run *run)
{
    const dgde_params *params = run->params->own;
    const dgde_state *state = run->state;
    if (run->stop != PP_STOP_NONE)
        return;
    if (state->n_group == 1)
        run->stop = PP_STOP_MINIMUM;
    else if (run->generation >= params->generations)
        run->stop = PP_STOP_GENERATIONS;
    else if (run->generation - state->last_decrease >= params->stall)
        run->stop = PP_STOP_STALL;
}

const pp_method pp_method_dgde = {
    .name = "dgde",
    .summary = "decrease group differential evolution: noise that flips, thinned out",
    .source = "QIMS 2025",
    .rows = dgde_rows,
    .own_size = sizeof(dgde_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE, /* as the noise it starts from does */
    .n_changes = 16, /* subsets of random size of a group of some thirty pixels */
    .state_size = dgde_state_size,
    .init = dgde_init,
    .step = dgde_step,
    .partner = dgde_partner,
};
