/* test_onepixel.c - the one-pixel attack's operators as the paper has them, and how its queries are shared. */
#include "support.h"

#define pp_method_onepixel method_under_test /* the library has its own */
#include "../../src/attack/onepixel.c"
#undef pp_method_onepixel

#include "attack/fixed_k.h"

enum { NP = 10, SIDE = 30, HEIGHT = 7, N_CASES = 300 };

typedef struct fixture {
    pp_run run;
    pp_params params;
    onepixel_params own;
    pp_image original;
    uint8_t data[SIDE * HEIGHT * 3];
    pp_oracle oracle;
} fixture;

/* A state with NP random chromosomes of k pixels. */
static void set_up(fixture *f, uint64_t k, int channels, uint64_t seed)
{
    *f = (fixture){ .own = { .pixels = k, .NP = NP, .generations = 5, .F = 0.5 } };
    f->original = (pp_image){ .width = SIDE, .height = HEIGHT, .channels = channels, .data = f->data };
    f->params.own = &f->own;
    f->run.params = &f->params;
    f->run.original = f->run.constraint.original = &f->original;
    f->run.oracle = &f->oracle;
    f->run.state = calloc(1, onepixel_state_size(&f->params, SIDE * HEIGHT));
    pp_rng_seed(&f->run.rng, seed);
    assert_int_equal(onepixel_init(&f->run, NULL), PP_OK);
    onepixel_state *state = f->run.state;
    for (size_t i = 0; i < NP; i++)
        initiate(&f->run, state->population + i * state->n_genes);
}

static void tear_down(fixture *f)
{
    free(f->run.state);
}

/* Range of gene j: x, y, then the colours. */
static bool in_range(const fixture *f, size_t j, float gene)
{
    size_t place = j % (2 + (size_t)f->original.channels);
    return gene >= 0 && gene < (place == 0 ? SIDE : place == 1 ? HEIGHT : 256);
}

static void the_first_population_is_spread_over_the_image_and_the_colours(void **state)
{
    (void)state;
    double sum[5] = { 0 }, squares[5] = { 0 };
    size_t n = 0;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        set_up(&f, 3, 3, seed);
        const onepixel_state *s = f.run.state;
        assert_int_equal(s->n_genes, 15);
        for (size_t i = 0; i < NP * s->n_genes; i++) {
            assert_true(in_range(&f, i, s->population[i]));
            sum[i % 5] += s->population[i];
            squares[i % 5] += (double)s->population[i] * s->population[i];
        }
        n += NP * 3;
        tear_down(&f);
    }
    assert_true(fabs(sum[0] / (double)n - SIDE / 2.0) < 0.5 && fabs(sum[1] / (double)n - HEIGHT / 2.0) < 0.15);
    for (int c = 2; c < 5; c++) { /* N(128, 127) cut off at 0 and 255: its mean stays, its deviation is 95 */
        double mean = sum[c] / (double)n;
        assert_true(fabs(mean - 128) < 4 && fabs(sqrt(squares[c] / (double)n - mean * mean) - 95) < 4);
    }
}

static void mutation_is_de_rand_1_and_what_leaves_its_range_is_drawn_anew(void **state)
{
    (void)state;
    size_t n_kept = 0, n_anew = 0;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        size_t r[3], i = seed % NP;
        set_up(&f, 1 + seed % 5, seed % 2 ? 3 : 1, seed);
        f.own.F = seed % 3 * 0.5;
        const onepixel_state *s = f.run.state;
        pp_rng draws = f.run.rng; /* the same draws, for the reference */
        float trial[5 * 5];
        mutate(&f.run, i, trial);
        pp_rng_three_others(&draws, NP, i, r);
        for (size_t j = 0; j < s->n_genes; j++) {
            double expected = s->population[r[0] * s->n_genes + j] +
                              f.own.F * ((double)s->population[r[1] * s->n_genes + j] - s->population[r[2] * s->n_genes + j]);
            assert_true(in_range(&f, j, trial[j]));
            if (in_range(&f, j, (float)expected))
                assert_true(fabs(trial[j] - expected) < 1e-4);
            n_kept += in_range(&f, j, (float)expected);
            n_anew += !in_range(&f, j, (float)expected);
        }
        tear_down(&f);
    }
    assert_true(n_kept > 500 && n_anew > 50); /* both were seen */
}

static void genes_are_rounded_down_only_when_they_are_scored(void **state)
{
    (void)state;
    fixture f;
    pp_pixel pixels[2];
    set_up(&f, 2, 3, 1);
    float chromosome[] = { 0.99f, 6.99f, 0, 255.99f, 1.5f, 29.99f, 0, 10, 20, 30 };
    express(&f.run, chromosome, pixels);
    assert_true(pixels[0].x == 0 && pixels[0].y == 6 && pixels[1].x == 29 && pixels[1].y == 0);
    assert_memory_equal(pixels[0].value, ((uint8_t[]){ 0, 255, 1 }), 3);
    assert_memory_equal(pixels[1].value, ((uint8_t[]){ 10, 20, 30 }), 3);
    f.run.gray = f.run.constraint.gray = true; /* the first colour is that of all */
    express(&f.run, chromosome, pixels);
    assert_memory_equal(pixels[1].value, ((uint8_t[]){ 10, 10, 10 }), 3);
    tear_down(&f);
}

static void selection_is_greedy_over_the_scored_prefix(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 1, 3, 1);
    onepixel_state *s = f.run.state;
    f.run.generation = s->first_generation + 1;
    for (size_t i = 0; i < NP; i++) {
        s->margins[i] = 1;
        s->verdicts[i].margin = i % 3 == 0 ? 0.5 : i % 3 == 1 ? 1 : 1.5;
        for (size_t j = 0; j < s->n_genes; j++)
            s->trials[i * s->n_genes + j] = 1000;
    }
    select_survivors(&f.run, NP - 1);
    for (size_t i = 0; i < NP; i++) {
        bool taken = i < NP - 1 && i % 3 != 2; /* a tie is taken, the last was not scored */
        assert_true((s->population[i * s->n_genes] == 1000) == taken);
        assert_true(s->margins[i] == (taken ? s->verdicts[i].margin : 1));
    }
    tear_down(&f);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

static pp_result *attack(toy *t, const char *const *options)
{
    census c = { .t = *t };
    return attack_counted(&c, "onepixel", NULL, options);
}

static void at_most_k_pixels_are_changed(void **state)
{
    (void)state;
    static const char *const PIXELS[] = { "1", "2", "3", "5", "9" };
    for (size_t i = 0; i < N_TOYS; i++)
        for (size_t k = 0; k < 5; k++) {
            toy t = TOYS[i];
            pp_result *result = attack(&t, (const char *[]){ "pixels", PIXELS[k], "population", "40", "queries", "2000", NULL });
            assert_true(result->l0 <= (size_t)atoi(PIXELS[k]));
            for (size_t r = 0; r < result->n_trace; r++)
                assert_true(result->trace[r].n_pixels <= (size_t)atoi(PIXELS[k]));
            pp_result_free(result);
        }
}

static void it_stops_at_the_first_flip(void **state)
{
    (void)state;
    toy t = { .name = "easy", .channels = 3, .n_outputs = 2, .bias = 0.01, .weight = 1 };
    pp_result *result = attack(&t, (const char *[]){ "pixels", "1", NULL });
    assert_true(result->status == PP_SUCCESS && result->l0 == 1 && result->stop == PP_STOP_EXHAUSTED);
    assert_int_equal(result->generations, 1);
    pp_result_free(result);
}

/* NP of each generation and the original; nothing flips this toy. */
static void it_ends_after_its_generations(void **state)
{
    (void)state;
    toy t = TOYS[7], again = TOYS[7];
    pp_result *result = attack(&t, (const char *[]){ "pixels", "1", "population", "30", "generations", "7", "queries", "0", NULL });
    assert_true(result->status == PP_FAILED && result->stop == PP_STOP_GENERATIONS);
    assert_int_equal(result->queries, 1 + 30 * 7);
    pp_result_free(result);
    result = attack(&again, (const char *[]){ "population", "30", "generations", "7", "queries", "0", NULL }); /* 1, then 3, then 5 */
    assert_true(result->status == PP_FAILED && result->stop == PP_STOP_GENERATIONS);
    assert_int_equal(result->queries, 1 + 3 * 30 * 7);
    pp_result_free(result);
}

/* With a budget, 1, 3 and 5 pixels get a third of it each. */
static void the_ladder_shares_the_budget_equally(void **state)
{
    (void)state;
    census c = { .t = TOYS[7] };
    pp_result *result = attack_counted(&c, "onepixel", NULL, (const char *[]){ "queries", "1501", "population", "40", NULL });
    assert_int_equal(result->queries, 1501);
    assert_int_equal(result->stop, PP_STOP_QUERIES);
    /* Two pixels of a chromosome may fall on one place, and a colour may be the original's: a few have fewer pixels. */
    assert_in_range(c.n[1], 490, 510);
    assert_in_range(c.n[2] + c.n[3], 490, 510);
    assert_in_range(c.n[4] + c.n[5], 480, 510);
    for (size_t k = 6; k <= CENSUS_MOST; k++)
        assert_int_equal(c.n[k], 0);
    pp_result_free(result);
}

static void budgets_too_small_to_share_are_kept(void **state)
{
    (void)state;
    for (int queries = 1; queries <= 12; queries++) {
        char text[8];
        toy t = TOYS[7];
        snprintf(text, sizeof text, "%d", queries);
        pp_result *result = attack(&t, (const char *[]){ "queries", text, "population", "4", NULL });
        assert_int_equal(result->queries, queries);
        assert_int_equal(result->stop, PP_STOP_QUERIES);
        pp_result_free(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_population_is_spread_over_the_image_and_the_colours),
        cmocka_unit_test(mutation_is_de_rand_1_and_what_leaves_its_range_is_drawn_anew),
        cmocka_unit_test(genes_are_rounded_down_only_when_they_are_scored),
        cmocka_unit_test(selection_is_greedy_over_the_scored_prefix),
        cmocka_unit_test(at_most_k_pixels_are_changed),
        cmocka_unit_test(it_stops_at_the_first_flip),
        cmocka_unit_test(it_ends_after_its_generations),
        cmocka_unit_test(the_ladder_shares_the_budget_equally),
        cmocka_unit_test(budgets_too_small_to_share_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
