/* test_dgde.c - DGDE's operators against the slow reference, and what the paper states of its traces: the group only decreases. */
#include "support.h"

#define pp_method_dgde method_under_test /* the library has its own */
#include "../../src/attack/dgde.c"
#undef pp_method_dgde

#include "attack/run.h"
#include "attack/toy.h"
#include "reference/dgde_reference.h"

enum { N = 40, NP = 8, N_CASES = 300 };

/* A state with NP random chromosomes over a group of n pixels; some keys are equal on purpose. */
typedef struct fixture {
    pp_run run;
    pp_params params;
    dgde_params own;
} fixture;

static void set_up(fixture *f, size_t n, uint64_t seed)
{
    *f = (fixture){ .own = { .NP = NP, .F = 0.5, .CR = 0.9, .rs = 0.5, .generations = 10, .stall = 10, .noise_draws = 1 } };
    f->params.own = &f->own;
    f->run.params = &f->params;
    f->run.state = calloc(1, dgde_state_size(&f->params, N));
    pp_rng_seed(&f->run.rng, seed);
    dgde_state *state = f->run.state;
    lay_out(state, NP, N);
    state->n_group = state->n_start = n;
    for (size_t j = 0; j < n; j++)
        state->group[j] = (pp_pixel){ .x = (uint16_t)j };
    for (size_t i = 0; i < NP; i++) {
        float *x = state->population + i * state->stride;
        initiate(&f->run, x);
        for (size_t j = 2; j <= n && seed % 3 == 0; j += 2)
            x[j] = x[1];
    }
}

static void tear_down(fixture *f)
{
    free(f->run.state);
}

static size_t size_of_case(uint64_t seed)
{
    static const size_t SIZES[] = { 1, 2, 3, 7, N - 1, N };
    return SIZES[seed % 6];
}

static void a_chromosome_keeps_the_smallest_keys_ties_by_index(void **unused)
{
    (void)unused;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        size_t n = size_of_case(seed);
        set_up(&f, n, seed);
        dgde_state *state = f.run.state;
        float *x = state->population;
        if (seed % 5 == 0)
            x[0] = seed % 2 ? 0 : 1; /* the bounds of gene 0 */
        bool expected[N];
        pp_pixel kept[N];
        reference_subset(x, n, expected);
        size_t n_kept = express(state, x, kept), at = 0;
        for (size_t j = 0; j < n; j++)
            if (expected[j] && (at >= n_kept || kept[at++].x != j))
                fail_msg("seed %llu: pixel %zu", (unsigned long long)seed, j);
        assert_int_equal(at, n_kept);
        tear_down(&f);
    }
}

static void mutation_is_de_rand_1_mirrored_at_the_bounds(void **unused)
{
    (void)unused;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        size_t n = size_of_case(seed), r[3];
        set_up(&f, n, seed);
        f.own.F = seed % 4 * 0.6;
        dgde_state *state = f.run.state;
        pp_rng draws = f.run.rng; /* the same draws, for the reference */
        float mutant[1 + N];
        mutate(&f.run, seed % NP, mutant);
        pp_rng_three_others(&draws, NP, seed % NP, r);
        for (size_t j = 0; j <= n; j++) {
            double expected = reference_mutant(state->population[r[0] * state->stride + j], state->population[r[1] * state->stride + j],
                                               state->population[r[2] * state->stride + j], f.own.F);
            assert_true(fabs(mutant[j] - expected) < 1e-6 && mutant[j] >= 0 && mutant[j] <= 1);
        }
        tear_down(&f);
    }
}

static void crossover_is_binomial_as_in_equation_12(void **unused)
{
    (void)unused;
    static const double RATES[] = { 0, 0.3, 0.9, 1 };
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        size_t n = size_of_case(seed);
        set_up(&f, n, seed);
        f.own.CR = RATES[seed % 4];
        dgde_state *state = f.run.state;
        const float *parent = state->population, *mutant = state->population + state->stride;
        float trial[1 + N];
        memcpy(trial, mutant, sizeof trial);
        pp_rng draws = f.run.rng;
        crossover(&f.run, parent, trial);
        size_t j_rand = pp_rng_below(&draws, n + 1);
        for (size_t j = 0; j <= n; j++) {
            float rand = pp_rng_unit_float(&draws);
            assert_true(trial[j] == reference_crossed(parent[j], mutant[j], rand, (float)f.own.CR, j == j_rand));
        }
        assert_true(trial[j_rand] == mutant[j_rand]);
        tear_down(&f);
    }
}

/* Our order of fitness is that of the published reading's formula, whatever two subsets are compared. */
static void selection_orders_as_the_fitness_formula(void **unused)
{
    (void)unused;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 2000; i++) {
        fitness a[2];
        double value[2], f[2];
        for (int k = 0; k < 2; k++) {
            double margin = pp_rng_unit(&rng) * 4 - 2;
            f[k] = 1 / (1 + exp(-margin));
            a[k] = (fitness){ .scored = true, .n_kept = 1 + pp_rng_below(&rng, 5), .verdict = { .margin = margin, .reached = margin < 0 } };
            value[k] = reference_fitness(margin < 0, a[k].n_kept, 5, f[k]);
        }
        bool better = value[0] != value[1] ? value[0] > value[1] : f[0] <= f[1];
        assert_int_equal(not_worse(&a[0], &a[1]), better);
    }
    fitness unscored = { .scored = false }, worst = { .scored = true, .verdict = { .margin = 99 } };
    assert_true(not_worse(&worst, &unscored)); /* any scored child replaces an unscored parent */
    assert_true(not_worse(&worst, &worst));    /* not worse is enough */
}

/* Restricting keeps the part of a chromosome's subset that lies in the new group. */
static void a_restricted_chromosome_is_its_subset_cut_with_the_group(void **unused)
{
    (void)unused;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        set_up(&f, N, seed);
        dgde_state *state = f.run.state;
        float *x = state->population;
        size_t n = 0;
        bool before[N], after[N];
        size_t n_common = 0;
        reference_subset(x, N, before);
        for (uint32_t j = 0; j < N; j++)
            if (pp_rng_below(&f.run.rng, 3) == 0)
                state->stays[n++] = j;
        if (n == 0)
            state->stays[n++] = 5;
        restrict_chromosome(state, x, n);
        reference_subset(x, n, after);
        for (size_t k = 0; k < n; k++)
            n_common += before[state->stays[k]];
        for (size_t k = 0; k < n && n_common > 0; k++) /* of nothing, the pixel with the smallest key is kept */
            assert_int_equal(after[k], before[state->stays[k]]);
        tear_down(&f);
    }
}

/* The flipping chromosome with the fewest pixels becomes the group; ties go to the lower margin, then to the lower index. */
static void the_group_decreases_to_the_smallest_that_flips(void **unused)
{
    (void)unused;
    size_t n_decreased = 0;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        pp_image *original = NULL;
        pp_pixel kept[N], scratch[N];
        set_up(&f, N, seed);
        dgde_state *state = f.run.state;
        assert_int_equal(pp_image_new(&original, N, 1, 1, NULL), PP_OK); /* of the pixels' colour: the run is told of nothing new */
        f.run.original = original;
        f.run.scratch = scratch;
        assert_int_equal(pp_image_copy(&f.run.canvas, original, NULL), PP_OK);
        f.run.generation = 9;
        size_t best = NP, n_kept = N;
        for (size_t i = 0; i < NP; i++) {
            float *x = state->population + i * state->stride;
            if (i % 3 == 2)
                memcpy(x, state->population, state->stride * sizeof *x); /* as large as the first */
            fitness *fit = &state->fits[i];
            *fit = (fitness){ .scored = pp_rng_below(&f.run.rng, 4) > 0, .n_kept = count_kept(state, x) };
            fit->verdict = (pp_verdict){ .reached = pp_rng_below(&f.run.rng, 3) == 0, .margin = -(double)pp_rng_below(&f.run.rng, 3) };
            bool counts = fit->scored && fit->verdict.reached && fit->n_kept < N;
            if (counts && (best == NP || fit->n_kept < state->fits[best].n_kept ||
                           (fit->n_kept == state->fits[best].n_kept && fit->verdict.margin < state->fits[best].verdict.margin)))
                best = i;
        }
        if (best < NP)
            n_kept = express(state, state->population + best * state->stride, kept);
        assert_int_equal(decrease(&f.run), best < NP);
        assert_int_equal(state->n_group, n_kept);
        assert_int_equal(state->last_decrease, best < NP ? 9 : 0);
        for (size_t k = 0; best < NP && k < n_kept; k++)
            assert_memory_equal(&state->group[k], &kept[k], sizeof *kept);
        for (size_t i = 0; best < NP && i < NP; i++)
            assert_false(state->fits[i].scored); /* their sets changed: any scored child replaces them */
        n_decreased += best < NP;
        pp_image_free(original);
        pp_image_free(f.run.canvas);
        tear_down(&f);
    }
    assert_in_range(n_decreased, 1, N_CASES - 1); /* both were seen */
}

static void the_nth_smallest_key_is_found(void **unused)
{
    (void)unused;
    pp_rng rng;
    pp_rng_seed(&rng, 3);
    for (int i = 0; i < 2000; i++) {
        float keys[N], copy[N];
        size_t n = 1 + pp_rng_below(&rng, N), m = 1 + pp_rng_below(&rng, n);
        for (size_t j = 0; j < n; j++)
            keys[j] = copy[j] = (float)pp_rng_below(&rng, i % 2 ? 5 : 1000);
        float found = smallest_key(copy, n, m);
        size_t n_below = 0, n_equal = 0;
        for (size_t j = 0; j < n; j++) {
            n_below += keys[j] < found;
            n_equal += keys[j] == found;
        }
        assert_true(n_below < m && m <= n_below + n_equal);
    }
}

/* The paper: nothing is added again; each solution is a subset of the one before. */
static void each_stage_is_a_subset_of_the_one_before(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < N_TOYS; i++) {
        toy t = TOYS[i];
        pp_callback spec = toy_spec(&t);
        pp_image *image = toy_image(&t);
        pp_params *params = NULL;
        pp_model *model = NULL;
        pp_result *result = NULL;
        pp_error err;
        assert_ok(pp_params_new(&params, "dgde", &err), err);
        if (t.probabilities)
            assert_ok(pp_params_set(params, "output", "softmax", &err), err);
        assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
        assert_ok(pp_attack(&result, model, image, params, &err), err);
        const pp_trace_row *before = NULL;
        size_t n_stages = 0;
        for (size_t r = 0; r < result->n_trace; r++) {
            const pp_trace_row *now = &result->trace[r];
            if (!now->n_stored)
                continue;
            for (size_t a = 0, b = 0; before && a < now->n_stored; a++, b++) {
                while (b < before->n_stored && memcmp(&before->pixels[b], &now->pixels[a], 7) != 0)
                    b++;
                assert_true(b < before->n_stored); /* both are sorted the same way */
            }
            before = now;
            n_stages++;
        }
        if (strcmp(t.name, "planted") == 0)
            assert_true(n_stages > 3 && result->l0 <= 6);
        if (strcmp(t.name, "one pixel") == 0)
            assert_true(result->l0 == 1 && result->stop == PP_STOP_MINIMUM);
        pp_result_free(result);
        pp_model_free(model);
        pp_params_free(params);
        pp_image_free(image);
    }
}

/* Runs DGDE on a toy; options are pairs, ended by NULL. */
static pp_result *attack(toy *t, const char *const *options)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_callback spec = toy_spec(t);
    pp_image *image = toy_image(t);
    assert_ok(pp_params_new(&params, "dgde", &err), err);
    for (; *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_attack(&result, model, image, params, &err), err);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    return result;
}

/* One generation is NP queries; the original and one draw of noise, which flips, come before. */
static void it_ends_after_its_generations(void **state)
{
    (void)state;
    toy t = TOYS[2];
    pp_result *result = attack(&t, (const char *[]){ "generations", "5", "population", "70", "queries", "0", NULL });
    assert_true(result->stop == PP_STOP_GENERATIONS && result->generations == 5);
    assert_int_equal(result->queries, 2 + 5 * 70);
    assert_string_equal(result->rung, "uniform");
    pp_result_free(result);
}

/* The toy needs two pixels: one is never enough, so the group stops decreasing before it has one. */
static void it_ends_when_nothing_decreases_for_long(void **state)
{
    (void)state;
    toy t = TOYS[0];
    pp_result *result = attack(&t, (const char *[]){ "stall", "30", "generations", "100000", "queries", "0", NULL });
    const pp_trace_row *last = &result->trace[result->n_trace - 1];
    assert_int_equal(result->stop, PP_STOP_STALL);
    assert_true(result->l0 > 1);
    assert_int_equal(result->generations, last->generation + 30);
    pp_result_free(result);
}

/* Where uniform noise does not flip, the rest of the ladder is climbed, and the run begins with what does. */
static void it_starts_from_the_first_noise_that_flips(void **state)
{
    (void)state;
    toy t = { .name = "spread", .channels = 3, .n_outputs = 2, .bias = 0.8 * TOY_SIDE * TOY_SIDE, .weight = 1 };
    pp_result *result = attack(&t, (const char *[]){ "queries", "300", NULL });
    assert_true(result->status == PP_SUCCESS);
    assert_string_equal(result->rung, "corners");
    assert_int_equal(result->rung_queries, 4 + 4 * 4 + 1); /* uniform, four additive rungs, and the first of the corners */
    assert_true(result->trace[0].generation == 0 && result->trace[0].n_pixels == TOY_SIDE * TOY_SIDE);
    pp_result_free(result);
    t.bias = 1.5 * TOY_SIDE * TOY_SIDE;
    result = attack(&t, (const char *[]){ "queries", "300", NULL });
    assert_true(result->status == PP_FAILED && result->stop == PP_STOP_EXHAUSTED && !result->rung && result->n_trace == 0);
    pp_result_free(result);
}

static void memory_that_cannot_be_counted_is_told(void **state)
{
    (void)state;
    dgde_params own = { .NP = 10000 };
    pp_params params = { .own = &own };
    assert_true(dgde_state_size(&params, 65535u * 65535u) > 65535ull * 65535 * 10000);
    assert_true(dgde_state_size(&params, (size_t)-1 / 1000) == 0);
    assert_true(dgde_state_size(&params, (size_t)-1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chromosome_keeps_the_smallest_keys_ties_by_index),
        cmocka_unit_test(mutation_is_de_rand_1_mirrored_at_the_bounds),
        cmocka_unit_test(crossover_is_binomial_as_in_equation_12),
        cmocka_unit_test(selection_orders_as_the_fitness_formula),
        cmocka_unit_test(a_restricted_chromosome_is_its_subset_cut_with_the_group),
        cmocka_unit_test(the_group_decreases_to_the_smallest_that_flips),
        cmocka_unit_test(the_nth_smallest_key_is_found),
        cmocka_unit_test(each_stage_is_a_subset_of_the_one_before),
        cmocka_unit_test(it_ends_after_its_generations),
        cmocka_unit_test(it_ends_when_nothing_decreases_for_long),
        cmocka_unit_test(it_starts_from_the_first_noise_that_flips),
        cmocka_unit_test(memory_that_cannot_be_counted_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
