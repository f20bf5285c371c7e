/* test_brusli.c - BruSLi: the published schedule, who stays and who comes by weight, what is learnt, and that only what lowers the margin is
 * kept. */
#include "support.h"

#define pp_method_brusli method_under_test /* the library has its own */
#include "../../src/attack/brusli.c"
#undef pp_method_brusli

#include "attack/begun.h"
#include "attack/fixed_k.h"

enum { N_CASES = 200, N_DRAWS = 20000 };

static brusli_state *set_up(fixture *f, uint64_t k, int channels, uint64_t seed)
{
    static brusli_params own;
    own = (brusli_params){ .pixels = k, .lambda = 0.3, .m1 = 0.24, .m2 = 0.997 };
    *f = (fixture){ 0 };
    for (int i = 0; i < N_PLACES * channels; i++)
        f->data[i] = (uint8_t)(i * 37);
    begin_method(f, &method_under_test, &own, channels, seed);
    fit_to_ladder(&f->run);
    return f->run.state;
}

static bool has_place(const uint32_t *places, size_t n, uint32_t place)
{
    for (size_t i = 0; i < n; i++)
        if (places[i] == place)
            return true;
    return false;
}

/* Different places; and the weights are those of all others, added up. */
static void check_set(const fixture *f, const uint32_t *set, size_t n)
{
    const brusli_state *state = f->run.state;
    double total = 0;
    for (size_t i = 0; i < n; i++)
        assert_true(set[i] < N_PLACES && !has_place(set, i, set[i]));
    for (uint32_t place = 0; place < N_PLACES; place++) {
        double expected = has_place(set, n, place) ? 0 : worth(state, place) * difference(&f->run, place);
        assert_true(state->tree[N_PLACES + place] == expected);
        total += expected;
    }
    assert_true(fabs(state->tree[1] - total) < 1e-9);
}

static void lambda_follows_the_published_schedule(void **state)
{
    (void)state;
    static const struct {
        uint64_t t;
        double lambda; /* 0.3 (t^-0.24 + 0.997^t) / 2, worked out by hand */
    } TABLE[] = { { 1, 0.29955 }, { 10, 0.23188 }, { 100, 0.16074 }, { 1000, 0.03602 }, { 10000, 0.01645 } };
    const brusli_params params = { .lambda = 0.3, .m1 = 0.24, .m2 = 0.997 };
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        assert_true(fabs(lambda_at(&params, TABLE[i].t) - TABLE[i].lambda) < 2e-5);
}

static void the_synthetic_image_differs_from_the_original_everywhere(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        fixture f;
        brusli_state *s = set_up(&f, 5, channels, 1);
        for (uint32_t i = 0; i < N_PLACES; i++) {
            const pp_pixel *pixel = &s->synthetic[i];
            assert_true(pixel->x == i % SIDE && pixel->y == i / SIDE && !pp_image_has(&f.original, *pixel));
            for (int c = 0; c < channels; c++)
                assert_true(pixel->value[c] == 0 || pixel->value[c] == 255);
        }
        uint8_t *at = &f.data[7 * channels];
        memset(at, 51, (size_t)channels); /* a fifth of the way to white */
        memset(s->synthetic[7].value, 255, 3);
        assert_true(fabs(difference(&f.run, 7) - 0.8) < 1e-9);
        tear_down(&f);
    }
}

static void places_come_in_proportion_to_their_weights(void **state)
{
    (void)state;
    fixture f;
    brusli_state *s = set_up(&f, 5, 3, 1);
    size_t n[N_PLACES] = { 0 };
    for (uint32_t place = 0; place < N_PLACES; place++)
        set_weight(s, place, 0);
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        set_weight(s, 0, 1);
        set_weight(s, 20, 2);
        set_weight(s, N_PLACES - 1, 5);
        uint32_t drawn = draw_place(&f.run);
        assert_true(s->tree[N_PLACES + drawn] == 0);
        n[drawn]++;
    }
    assert_true(n[0] + n[20] + n[N_PLACES - 1] == N_DRAWS);
    assert_in_range(n[0], N_DRAWS / 8 - 300, N_DRAWS / 8 + 300);
    assert_in_range(n[20], N_DRAWS / 4 - 400, N_DRAWS / 4 + 400);
    tear_down(&f);
}

static void members_stay_in_proportion_to_their_worth(void **state)
{
    (void)state;
    fixture f;
    brusli_state *s = set_up(&f, 3, 3, 1);
    const uint32_t members[] = { 3, 8, 40 };
    size_t n[3] = { 0 };
    for (size_t i = 0; i < 3; i++) { /* worth 1/8, 2/8, 5/8 of the sum */
        s->set[i] = members[i];
        s->visits[members[i]] = 1000;
        s->fails[members[i]] = (uint32_t[]){ 100, 200, 500 }[i];
    }
    for (size_t i = 0; i < N_DRAWS; i++) {
        order_members(&f.run);
        for (size_t m = 0; m < 3; m++)
            n[m] += s->set[2] == members[m];
    }
    assert_in_range(n[0], N_DRAWS / 8 - 300, N_DRAWS / 8 + 300);
    assert_in_range(n[1], N_DRAWS / 4 - 400, N_DRAWS / 4 + 400);
    tear_down(&f);
}

static void an_exchange_changes_so_many_members_and_its_outcome_is_learnt(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        fixture f;
        size_t k = 1 + seed % (N_PLACES / 2), n = 1 + seed % 7 % k;
        bool kept = seed % 3 == 0, first = seed % 5 == 0;
        brusli_state *s = set_up(&f, k, seed % 2 ? 3 : 1, seed);
        check_set(&f, s->set, k);
        s->is_scored = true;
        s->margin = 1;
        exchange(&f.run, n);
        uint32_t before[N_PLACES], after[N_PLACES];
        memcpy(before, s->set, k * sizeof *before);
        memcpy(after, s->trial, k * sizeof *after);
        for (size_t i = 0; i < n; i++)
            assert_false(has_place(before, k, after[i]));
        assert_memory_equal(before + n, after + n, (k - n) * sizeof *before);
        learn(&f.run, n, first, &(pp_verdict){ .margin = kept ? 0.5 : 1 });
        assert_memory_equal(s->set, kept ? after : before, k * sizeof *before);
        assert_true(s->margin == (kept ? 0.5 : 1));
        check_set(&f, s->set, k);
        for (uint32_t place = 0; place < N_PLACES; place++) {
            bool went = has_place(before, n, place) && !first, seen = has_place(after, k, place);
            assert_int_equal(s->visits[place], went + seen);
            assert_int_equal(s->fails[place], went && !kept);
        }
        tear_down(&f);
    }
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
        brusli_state *s = set_up(&f, 5, 3, 1);
        s->is_scored = CASES[i].is_scored;
        s->margin = 1;
        exchange(&f.run, 2);
        const uint32_t *expected = CASES[i].kept ? s->trial : s->set;
        learn(&f.run, 2, false, &(pp_verdict){ .margin = CASES[i].margin, .reached = CASES[i].reached });
        assert_ptr_equal(s->set, expected);
        tear_down(&f);
    }
}

static void the_ladder_takes_members_away_and_adds_others(void **state)
{
    (void)state;
    fixture f;
    brusli_state *s = set_up(&f, 20, 3, 1);
    uint32_t before[N_PLACES];
    memcpy(before, s->set, 20 * sizeof *before);
    s->is_scored = true;
    s->ladder.k = 16;
    fit_to_ladder(&f.run);
    assert_false(s->is_scored);
    check_set(&f, s->set, 16);
    for (size_t i = 0; i < 16; i++)
        assert_true(has_place(before, 20, s->set[i]));
    s->ladder.k = 30;
    fit_to_ladder(&f.run);
    check_set(&f, s->set, 30);
    tear_down(&f);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

static void with_k_given_each_query_changes_k_pixels_and_the_first_success_ends_it(void **state)
{
    (void)state;
    check_fixed_k("brusli");
}

static void it_descends_to_the_pixels_that_matter(void **state)
{
    (void)state;
    check_descent("brusli");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lambda_follows_the_published_schedule),
        cmocka_unit_test(the_synthetic_image_differs_from_the_original_everywhere),
        cmocka_unit_test(places_come_in_proportion_to_their_weights),
        cmocka_unit_test(members_stay_in_proportion_to_their_worth),
        cmocka_unit_test(an_exchange_changes_so_many_members_and_its_outcome_is_learnt),
        cmocka_unit_test(only_what_lowers_the_margin_is_kept),
        cmocka_unit_test(the_ladder_takes_members_away_and_adds_others),
        cmocka_unit_test(with_k_given_each_query_changes_k_pixels_and_the_first_success_ends_it),
        cmocka_unit_test(it_descends_to_the_pixels_that_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
