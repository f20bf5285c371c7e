/* test_sparse_evo.c - SparseEvo: its operators against what the paper says of them, and that it asks for nothing but decisions. */
#include "support.h"

#define pp_method_sparse_evo method_under_test /* the library has its own */
#include "../../src/attack/sparse_evo.c"
#undef pp_method_sparse_evo

#include "attack/fixed_k.h"

enum { SIDE = 9, HEIGHT = 7, N = SIDE * HEIGHT, NP = 5, N_CASES = 300 };

typedef struct fixture {
    pp_run run;
    pp_params params;
    sparse_evo_params own;
    pp_image original;
    uint8_t *memory;
} fixture;

/* A finished population over a group of all pixels, whose weights are powers of 2: fits tell which bits are on. */
static sparse_evo_state *set_up(fixture *f, uint64_t seed)
{
    *f = (fixture){ .own = { .NP = NP, .CR = 0.5, .mutation = 0.1, .initial = 0.1, .noise_draws = 1 } };
    f->original = (pp_image){ .width = SIDE, .height = HEIGHT, .channels = 3 };
    f->params.own = &f->own;
    f->run.params = &f->params;
    f->run.original = &f->original;
    sparse_evo_state *state = f->run.state = calloc(1, sparse_evo_state_size(&f->params, N));
    pp_rng_seed(&f->run.rng, seed);
    state->weights = (double *)(state + 1);
    state->fits = state->weights + N;
    state->on = (uint32_t *)(state->fits + NP);
    state->group = (pp_pixel *)(state->on + N);
    state->pixels = state->group + N;
    state->population = (uint8_t *)(state->pixels + N);
    state->child = state->population + NP * N;
    state->n_group = N;
    for (size_t j = 0; j < N; j++)
        state->weights[j] = 1;
    for (size_t i = 0; i < NP; i++) {
        for (size_t j = 0; j < N; j++)
            state->child[j] = pp_rng_unit(&f->run.rng) < 0.6;
        select_survivor(&f->run);
    }
    return state;
}

static void tear_down(fixture *f)
{
    free(f->run.state);
}

static size_t count(const uint8_t *bits)
{
    size_t n = 0;
    for (size_t j = 0; j < N; j++)
        n += bits[j];
    return n;
}

static void mutation_switches_a_number_of_pixels_off_but_not_the_last(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        sparse_evo_state *s = set_up(&f, seed);
        uint8_t before[N];
        memcpy(before, s->child, N);
        size_t n_off = seed % 9, n_on = count(before);
        mutate(&f.run, n_off);
        assert_int_equal(count(s->child), n_on - n_off);
        for (size_t j = 0; j < N; j++)
            assert_true(s->child[j] <= before[j]);
        mutate(&f.run, N);
        assert_int_equal(count(s->child), 1);
        tear_down(&f);
    }
    assert_int_equal(n_to_switch_off(0.004, 1000), 4);
    assert_int_equal(n_to_switch_off(0.004, 10), 1);
}

/* Only what the best and one of two others have: at CR 1 of the first, at 0 of the second, else of either. */
static void a_child_has_only_what_the_best_and_one_of_two_others_have(void **state)
{
    (void)state;
    size_t n_bits = 0, n_of_first = 0;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        sparse_evo_state *s = set_up(&f, seed);
        f.own.mutation = 0;
        size_t best = extreme(&f.run, 1), r1 = best, r2 = best;
        pp_rng draws = f.run.rng; /* the same draws, for the reference */
        while (r1 == best)
            r1 = (size_t)pp_rng_below(&draws, NP);
        while (r2 == best || r2 == r1)
            r2 = (size_t)pp_rng_below(&draws, NP);
        f.own.CR = seed % 3 * 0.5;
        recombine(&f.run);
        const uint8_t *x0 = individual(&f.run, best), *x1 = individual(&f.run, r1), *x2 = individual(&f.run, r2);
        size_t n_missing = 0;
        for (size_t j = 0; j < N; j++) {
            uint8_t least = x0[j] && x1[j] && x2[j], most = x0[j] && (x1[j] || x2[j]);
            if (f.own.CR != 0.5)
                least = most = x0[j] && (f.own.CR == 1 ? x1[j] : x2[j]);
            assert_true(s->child[j] <= most);
            n_missing += s->child[j] < least;
            if (f.own.CR == 0.5 && x0[j] && x1[j] != x2[j]) {
                n_bits++;
                n_of_first += s->child[j] == x1[j];
            }
        }
        assert_true(n_missing == 1 || (n_missing == 0 && f.own.CR == 0.5)); /* mutation takes one at least */
        tear_down(&f);
    }
    assert_true(fabs((double)n_of_first / (double)n_bits - 0.5) < 0.05);
}

static void a_child_replaces_the_farthest_if_it_is_nearer(void **state)
{
    (void)state;
    fixture f;
    sparse_evo_state *s = set_up(&f, 1);
    size_t worst = extreme(&f.run, -1), best = extreme(&f.run, 1);
    for (size_t i = 0; i < NP; i++)
        assert_true(s->fits[i] == (double)count(individual(&f.run, i)) && s->fits[i] <= s->fits[worst] && s->fits[i] >= s->fits[best]);
    double fit = s->fits[worst];
    uint8_t before[N];
    memcpy(before, individual(&f.run, worst), N);
    for (size_t j = 0; j < N; j++)
        s->child[j] = before[N - 1 - j];
    select_survivor(&f.run); /* another, but as far: nothing changes */
    assert_true(s->fits[worst] == fit && !s->best_is_new);
    assert_memory_equal(individual(&f.run, worst), before, N);
    memset(s->child, 0, N);
    s->child[3] = 1;
    select_survivor(&f.run);
    assert_true(s->fits[worst] == 1 && count(individual(&f.run, worst)) == 1 && extreme(&f.run, 1) == worst && s->best_is_new);
    tear_down(&f);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

static void each_result_is_a_part_of_the_noise_that_it_started_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TOYS; i++) {
        census c = { .t = TOYS[i] };
        const char *output = TOYS[i].probabilities ? "softmax" : "auto";
        pp_result *result = attack_counted(&c, "sparse-evo", NULL, (const char *[]){ "output", output, "queries", "1500", NULL });
        const pp_trace_row *start = result->trace;
        for (size_t r = 1; r < result->n_trace; r++)
            for (size_t p = 0; p < result->trace[r].n_stored; p++) {
                bool found = false;
                for (size_t q = 0; q < start->n_stored && !found; q++)
                    found = same_pixels(&start->pixels[q], &result->trace[r].pixels[p], 1);
                assert_true(found);
            }
        assert_true(result->status == (i == 7 ? PP_FAILED : PP_SUCCESS));
        pp_result_free(result);
    }
}

/* It begins with few pixels of salt and pepper, and goes on to more where those do not flip. */
static void the_start_has_more_and_more_salt_and_pepper(void **state)
{
    (void)state;
    census c = { .t = { .name = "spread", .channels = 3, .n_outputs = 2, .bias = 4, .weight = 0.05 } }; /* 81 pixels of 400 */
    pp_result *result = attack_counted(&c, "sparse-evo", NULL, (const char *[]){ "queries", "200", NULL });
    assert_string_equal(result->rung, "sparse salt and pepper");
    assert_in_range(result->trace[0].n_pixels, 81, 115);
    assert_in_range(result->rung_queries, 15, 30); /* 81 of 400 is 22 of 110 */
    pp_result_free(result);
    c.t = TOYS[7]; /* nothing flips it */
    result = attack_counted(&c, "sparse-evo", NULL, (const char *[]){ "noise-draws", "1", NULL });
    assert_true(result->status == PP_FAILED && result->stop == PP_STOP_EXHAUSTED);
    assert_int_equal(result->queries, 1 + N_DENSITIES + 14); /* there is no donor, and mid-gray is the original */
    pp_result_free(result);
}

static void it_comes_near_the_pixels_that_matter(void **state)
{
    (void)state;
    census c = { .t = TOYS[0] };
    pp_result *result = attack_counted(&c, "sparse-evo", NULL, (const char *[]){ "queries", "4000", NULL });
    assert_int_equal(result->l0, 2); /* bias 1, 0.8 a pixel */
    pp_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutation_switches_a_number_of_pixels_off_but_not_the_last),
        cmocka_unit_test(a_child_has_only_what_the_best_and_one_of_two_others_have),
        cmocka_unit_test(a_child_replaces_the_farthest_if_it_is_nearer),
        cmocka_unit_test(each_result_is_a_part_of_the_noise_that_it_started_from),
        cmocka_unit_test(the_start_has_more_and_more_salt_and_pepper),
        cmocka_unit_test(it_comes_near_the_pixels_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
