/* test_pursuit_set.c - pursuit's sets: what comes, goes and is put in order. */
#include "support.h"

#include "attack/corner.h"
#include "attack/pursuit.h"
#include "attack/toy.h"

/* n members, the i-th at x = i and worth i. */
static void fill(pp_set *set, size_t n)
{
    set->n = 0;
    set->unit = 1;
    for (size_t i = 0; i < n; i++)
        pp_set_add(set, pixel_at((int)i, 0, 0), (double)i, 0);
}

static void a_full_set_takes_no_more_and_when_one_goes_the_others_keep_their_order(void **state)
{
    (void)state;
    static pp_set set, copy;
    fill(&set, PP_MOST_MEMBERS);
    assert_int_equal(set.n, PP_MOST_MEMBERS);
    set.margin = -1;
    pp_set_copy(&copy, &set);
    pp_set_add(&set, pixel_at(5000, 0, 0), 9, 0);
    assert_true(set.n == PP_MOST_MEMBERS && same_pixels(set.pixels, copy.pixels, set.n) && copy.margin == -1);
    assert_memory_equal(set.worth, copy.worth, sizeof set.worth);
    assert_memory_equal(set.doubt, copy.doubt, sizeof set.doubt);
    pp_set_remove(&set, 3);
    assert_true(set.n == PP_MOST_MEMBERS - 1 && set.pixels[3].x == 4 && set.worth[3] == 4 && set.pixels[set.n - 1].x == PP_MOST_MEMBERS - 1);
    pp_set_remove(&set, set.n - 1);
    assert_true(set.n == PP_MOST_MEMBERS - 2 && set.pixels[set.n - 1].x == PP_MOST_MEMBERS - 2);
}

/* Whatever the order they are named in, the last members among them. */
static void all_that_are_named_go_and_no_other(void **state)
{
    (void)state;
    enum { N = 50, N_GO = 20 };
    static pp_set set;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int repeat = 0; repeat < 200; repeat++) {
        pp_keyed order[PP_MOST_MEMBERS];
        bool goes[N] = { false };
        fill(&set, N);
        pp_set_order(&set, 5, &rng, order);
        for (size_t i = 0; i < N_GO; i++)
            goes[order[i].index] = true;
        pp_set_remove_all(&set, order, N_GO);
        assert_int_equal(set.n, N - N_GO);
        for (size_t i = 0; i < set.n; i++) {
            assert_true(!goes[set.pixels[i].x] && set.worth[i] == set.pixels[i].x);
            assert_true(i == 0 || set.pixels[i].x > set.pixels[i - 1].x); /* in their order, nobody twice */
        }
    }
    pp_keyed order[PP_MOST_MEMBERS];
    fill(&set, PP_MOST_MEMBERS);
    pp_set_order(&set, 0, &rng, order);
    pp_set_remove_all(&set, order, PP_MOST_MEMBERS);
    assert_int_equal(set.n, 0);
}

static void the_least_worth_comes_first_and_noise_blurs_that(void **state)
{
    (void)state;
    static pp_set set;
    static pp_keyed order[PP_MOST_MEMBERS];
    pp_rng rng;
    size_t n_out_of_place = 0;
    pp_rng_seed(&rng, 1);
    fill(&set, PP_MOST_MEMBERS);
    for (size_t i = 0; i < set.n; i++)
        set.worth[i] = -(float)i;
    pp_set_order(&set, 0, &rng, order);
    for (size_t i = 0; i < set.n; i++)
        assert_int_equal(order[i].index, set.n - 1 - i);
    pp_set_order(&set, 0.1, &rng, order);
    for (size_t i = 0; i < set.n; i++)
        n_out_of_place += order[i].index != set.n - 1 - i;
    assert_true(n_out_of_place > set.n / 2 && order[0].index > set.n / 2);
}

static void equal_keys_keep_the_order_of_their_indices(void **state)
{
    (void)state;
    pp_keyed list[] = { { 1, 4 }, { 0, 3 }, { 1, 2 }, { -2, 1 }, { 1, 0 } };
    static const size_t EXPECTED[] = { 1, 3, 0, 2, 4 };
    pp_keyed_sort(list, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(list[i].index, EXPECTED[i]);
}

static void what_comes_or_goes_casts_doubt_on_what_is_near(void **state)
{
    (void)state;
    static pp_set set;
    size_t members[] = { 1, 0 };
    set.n = 0;
    set.unit = 1;
    pp_set_add(&set, pixel_at(10, 10, 0), 1, 0);
    pp_set_add(&set, pixel_at(300, 10, 0), 1, 0);
    assert_int_equal(pp_doubted(&set, members, 2), 0);
    pp_set_add(&set, pixel_at(12, 10, 0), 1, 0);
    assert_true(set.doubt[0] > 0.9 && set.doubt[1] > 0 && set.doubt[1] < 0.01 && set.doubt[2] == 0); /* far away a little all the same */
    assert_true(pp_doubted(&set, members, 2) == 1 && members[0] == 0 && members[1] == 1);
    set.doubt[0] = 0;
    pp_set_remove(&set, 2);
    assert_true(set.doubt[0] > 0.9 && set.doubt[1] > 0 && set.doubt[1] < 0.01);
}

static void an_exchanged_member_keeps_its_place_and_its_doubt(void **state)
{
    (void)state;
    static pp_set set;
    set.n = 0;
    set.unit = 1;
    pp_set_add(&set, pixel_at(10, 10, 0), 1, 0);
    pp_set_add(&set, pixel_at(100, 10, 0), 2, 0.2);
    pp_set_add(&set, pixel_at(300, 10, 0), 3, 0);
    float doubt = set.doubt[1], other = set.doubt[0];
    pp_set_exchange(&set, 1, pixel_at(11, 10, 7), 2.5);
    assert_true(set.n == 3 && set.pixels[1].x == 11 && set.worth[1] == 2.5F && set.doubt[1] == doubt);
    assert_true(set.pixels[0].x == 10 && set.pixels[2].x == 300 && set.worth[2] == 3);
    assert_true(set.doubt[0] > other + 0.9 && set.doubt[2] < 0.01);
}

static void of_a_set_that_is_made_nothing_was_measured(void **state)
{
    (void)state;
    static pp_set set;
    pp_pixel pixels[] = { pixel_at(1, 1, 0), pixel_at(200, 1, 0), pixel_at(1, 200, 0) };
    size_t members[] = { 0, 1, 2 };
    pp_set_make(&set, pixels, 3, 0.5);
    assert_true(set.n == 3 && same_pixels(set.pixels, pixels, 3) && set.worth[2] == 0.5F);
    assert_int_equal(pp_doubted(&set, members, 3), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_set_takes_no_more_and_when_one_goes_the_others_keep_their_order),
        cmocka_unit_test(all_that_are_named_go_and_no_other),
        cmocka_unit_test(the_least_worth_comes_first_and_noise_blurs_that),
        cmocka_unit_test(what_comes_or_goes_casts_doubt_on_what_is_near),
        cmocka_unit_test(an_exchanged_member_keeps_its_place_and_its_doubt),
        cmocka_unit_test(of_a_set_that_is_made_nothing_was_measured),
        cmocka_unit_test(equal_keys_keep_the_order_of_their_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
