/* test_pareto.c - of many pairs of pixels and probability those remain that no other beats. */
#include "support.h"

#include "attack/pareto.h"
#include "base/rng.h"

#include <string.h>

enum { N_CASES = 200, MOST_PAIRS = 300 };

/* Whether some pair has no more pixels and no higher P than pair i, and less of one. */
static bool is_beaten(const pp_pareto_point *pairs, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (pairs[k].n_pixels <= pairs[i].n_pixels && pairs[k].p_original <= pairs[i].p_original &&
            (pairs[k].n_pixels < pairs[i].n_pixels || pairs[k].p_original < pairs[i].p_original))
            return true;
    return false;
}

static void the_front_is_what_no_other_pair_beats(void **state)
{
    (void)state;
    pp_rng rng;
    for (uint64_t seed = 0; seed < N_CASES; seed++) {
        pp_pareto pareto = { 0 };
        pp_pareto_point pairs[MOST_PAIRS], front[PP_PARETO_SLOTS];
        pp_rng_seed(&rng, seed);
        size_t n = 1 + (size_t)pp_rng_below(&rng, MOST_PAIRS), most = seed % 2 ? 30 : PP_PARETO_EACH - 1, n_found = 0;
        for (size_t i = 0; i < n; i++) {
            pairs[i].n_pixels = 1 + (size_t)pp_rng_below(&rng, most);
            pairs[i].p_original = (double)pp_rng_below(&rng, 50) / 50; /* ties, too */
            pp_pareto_add(&pareto, pairs[i].n_pixels, pairs[i].p_original);
        }
        size_t n_front = pp_pareto_front(&pareto, front);
        for (size_t i = 0; i < n_front; i++)
            assert_true(i == 0 || (front[i].n_pixels > front[i - 1].n_pixels && front[i].p_original < front[i - 1].p_original));
        for (size_t i = 0; i < n; i++) {
            bool found = false;
            for (size_t k = 0; k < n_front && !found; k++)
                found = front[k].n_pixels == pairs[i].n_pixels && front[k].p_original == pairs[i].p_original;
            assert_int_equal(found, !is_beaten(pairs, n, i));
            n_found += found;
        }
        assert_true(n_found >= n_front); /* nothing was made up */
    }
}

/* Of 1,024 pixels and more, one pair for each doubling: the surest. */
static void large_numbers_share_a_slot_for_each_doubling(void **state)
{
    (void)state;
    pp_pareto pareto = { 0 };
    pp_pareto_point front[PP_PARETO_SLOTS];
    pp_pareto_add(&pareto, 1023, 0.5);
    pp_pareto_add(&pareto, 1024, 0.4);
    pp_pareto_add(&pareto, 2047, 0.3);
    pp_pareto_add(&pareto, 1500, 0.3);
    pp_pareto_add(&pareto, 2048, 0.2);
    pp_pareto_add(&pareto, (size_t)65535 * 65535, 0.1);
    assert_int_equal(pp_pareto_front(&pareto, front), 4);
    assert_true(front[0].n_pixels == 1023 && front[1].n_pixels == 1500 && front[2].n_pixels == 2048);
    assert_true(front[3].n_pixels == (size_t)65535 * 65535 && front[3].p_original == 0.1);
}

static void nothing_seen_is_no_front(void **state)
{
    (void)state;
    static const pp_pareto NOTHING;
    pp_pareto_point front[PP_PARETO_SLOTS];
    assert_int_equal(pp_pareto_front(&NOTHING, front), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_is_what_no_other_pair_beats),
        cmocka_unit_test(large_numbers_share_a_slot_for_each_doubling),
        cmocka_unit_test(nothing_seen_is_no_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
