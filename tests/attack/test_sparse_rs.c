/* test_sparse_rs.c - Sparse-RS: the published schedule, what an exchange changes, and that only what lowers the margin is kept. */
#include "support.h"

#define pp_method_sparse_rs method_under_test /* the library has its own */
#include "../../src/attack/sparse_rs.c"
#undef pp_method_sparse_rs

#include "attack/begun.h"
#include "attack/fixed_k.h"

enum { N_CASES = 300 };

/* A set of k pixels over an image of corner colours, where a random corner may be the original's. */
static sparse_rs_state *set_up(fixture *f, uint64_t k, int channels, uint64_t seed)
{
    static sparse_rs_params own;
    own = (sparse_rs_params){ .pixels = k, .alpha_init = 0.3 };
    *f = (fixture){ 0 };
    for (int i = 0; i < N_PLACES * channels; i++)
        f->data[i] = i % 3 ? 255 : 0;
    begin_method(f, &method_under_test, &own, channels, seed);
    fit_to_ladder(&f->run);
    return f->run.state;
}

static bool has_place(const pp_pixel *pixels, size_t n, const pp_pixel *pixel)
{
    for (size_t i = 0; i < n; i++)
        if (pixels[i].x == pixel->x && pixels[i].y == pixel->y)
            return true;
    return false;
}

/* Different places, each a corner colour that is not the original's; and the map of taken places is just these. */
static void check_set(const fixture *f, const pp_pixel *pixels, size_t n)
{
    const sparse_rs_state *state = f->run.state;
    size_t n_taken = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(pixels[i].x < SIDE && pixels[i].y < HEIGHT);
        assert_false(has_place(pixels, i, &pixels[i]));
        assert_false(pp_image_has(&f->original, pixels[i]));
        for (int c = 0; c < f->original.channels; c++)
            assert_true(pixels[i].value[c] == 0 || pixels[i].value[c] == 255);
        assert_true(state->taken[pixels[i].y * SIDE + pixels[i].x]);
    }
    for (size_t i = 0; i < N_PLACES; i++)
        n_taken += state->taken[i];
    assert_int_equal(n_taken, n);
}

static void alpha_follows_the_published_schedule(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, to;
        double divisor;
    } TABLE[] = { { 0, 0, 1 },        { 1, 50, 2 },       { 51, 200, 4 },     { 201, 500, 5 },    { 501, 1000, 6 },
                  { 1001, 2000, 8 },  { 2001, 4000, 10 }, { 4001, 6000, 12 }, { 6001, 8000, 15 }, { 8001, 10000, 20 } };
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        for (uint64_t query = TABLE[i].from; query <= TABLE[i].to; query++)
            assert_true(alpha_at(0.3, query, 10000) == 0.3 / TABLE[i].divisor);
    assert_true(alpha_at(0.8, 5, 1000) == 0.8 / 2 && alpha_at(0.8, 6, 1000) == 0.8 / 4); /* scaled to the budget */
    assert_true(alpha_at(0.3, 1, 20000) == 0.3 && alpha_at(0.3, 2, 20000) == 0.3 / 2);
    assert_true(alpha_at(0.3, 999999, 10000) == 0.3 / 20);
}

static void a_share_of_alpha_is_exchanged_but_one_at_least(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 20, 3, 1);
    f.oracle.queries = 2; /* the original and one more: alpha 0.15 */
    assert_int_equal(n_to_exchange(&f.run), 3);
    f.oracle.queries = 10001;
    assert_int_equal(n_to_exchange(&f.run), 1);
    tear_down(&f);
}

static void an_exchange_changes_so_many_members_and_no_other(void **state)
{
    (void)state;
    size_t n_kept = 0;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        size_t k = 1 + seed % (N_PLACES / 2), n = 1 + seed % 7 % k, n_same = 0;
        sparse_rs_state *s = set_up(&f, k, seed % 2 ? 3 : 1, seed);
        check_set(&f, s->set, k);
        s->is_scored = true;
        s->margin = 1;
        exchange(&f.run, n);
        for (size_t i = 0; i < n; i++)
            assert_false(has_place(s->set, k, &s->trial[i])); /* not even where a member just left */
        for (size_t i = n; i < k; i++)
            n_same += same_pixels(&s->set[i], &s->trial[i], 1);
        assert_int_equal(n_same, k - n);
        const pp_pixel *expected = seed % 3 ? s->set : s->trial;
        keep_or_take_back(&f.run, n, &(pp_verdict){ .margin = seed % 3 ? 1 : 0.5 });
        assert_ptr_equal(s->set, expected);
        check_set(&f, s->set, k);
        n_kept += seed % 3 == 0;
        tear_down(&f);
    }
    assert_true(n_kept > 50);
}

static void only_what_lowers_the_margin_is_kept(void **state)
{
    (void)state;
    static const struct {
        bool is_scored, reached;
        double margin;
        bool kept;
    } CASES[] = { { true, false, 0.9, true }, { true, false, 1, false }, { true, false, 1.1, false }, { true, true, 1, true }, { false, false, 9, true } };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        fixture f;
        sparse_rs_state *s = set_up(&f, 5, 3, 1);
        s->is_scored = CASES[i].is_scored;
        s->margin = 1;
        exchange(&f.run, 2);
        keep_or_take_back(&f.run, 2, &(pp_verdict){ .margin = CASES[i].margin, .reached = CASES[i].reached });
        assert_true(s->margin == (CASES[i].kept ? CASES[i].margin : 1));
        tear_down(&f);
    }
}

static void the_ladder_takes_random_members_away_and_adds_new_ones(void **state)
{
    (void)state;
    fixture f;
    sparse_rs_state *s = set_up(&f, 20, 3, 1);
    pp_pixel before[N_PLACES];
    memcpy(before, s->set, 20 * sizeof *before);
    s->is_scored = true;
    fit_to_ladder(&f.run);
    assert_true(s->is_scored); /* nothing to do */
    s->ladder.k = 16;
    fit_to_ladder(&f.run);
    assert_false(s->is_scored);
    check_set(&f, s->set, 16);
    for (size_t i = 0; i < 16; i++)
        assert_true(has_place(before, 20, &s->set[i]));
    memcpy(before, s->set, 16 * sizeof *before);
    s->ladder.k = 30;
    fit_to_ladder(&f.run);
    check_set(&f, s->set, 30);
    assert_memory_equal(before, s->set, 16 * sizeof *before);
    tear_down(&f);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

/* The set of the step before. */
typedef struct past {
    size_t n, n_steps;
    double margin;
} past;

static void check_margin(void *user, const pp_run *run)
{
    past *before = user;
    const sparse_rs_state *now = run->state;
    if (now->is_scored && now->n == before->n && now->ladder.k == now->n) {
        assert_true(now->margin <= before->margin);
        before->n_steps++;
    }
    *before = (past){ .n = now->n, .margin = now->is_scored ? now->margin : INFINITY, .n_steps = before->n_steps };
}

static void the_margin_never_rises_while_k_stays(void **state)
{
    (void)state;
    past before = { 0 };
    const pp_step_watch watch = { .on_step = check_margin, .user = &before };
    for (size_t i = 0; i < N_TOYS; i++) {
        census c = { .t = TOYS[i] };
        const char *output = TOYS[i].probabilities ? "softmax" : "auto";
        pp_result_free(attack_counted(&c, "sparse-rs", &watch, (const char *[]){ "output", output, "queries", "1000", NULL }));
    }
    assert_true(before.n_steps > 1000);
}

static void with_k_given_each_query_changes_k_pixels_and_the_first_success_ends_it(void **state)
{
    (void)state;
    check_fixed_k("sparse-rs");
}

static void it_descends_to_the_pixels_that_matter(void **state)
{
    (void)state;
    check_descent("sparse-rs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alpha_follows_the_published_schedule),
        cmocka_unit_test(a_share_of_alpha_is_exchanged_but_one_at_least),
        cmocka_unit_test(an_exchange_changes_so_many_members_and_no_other),
        cmocka_unit_test(only_what_lowers_the_margin_is_kept),
        cmocka_unit_test(the_ladder_takes_random_members_away_and_adds_new_ones),
        cmocka_unit_test(the_margin_never_rises_while_k_stays),
        cmocka_unit_test(with_k_given_each_query_changes_k_pixels_and_the_first_success_ends_it),
        cmocka_unit_test(it_descends_to_the_pixels_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
