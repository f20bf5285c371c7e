/* test_rng.c - the generator against its authors' algorithm run by hand, and the properties that the searches rely on. */
#include "support.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* The first outputs of xoshiro256** from the state {1, 2, 3, 4}, as the authors' C code gives them. */
static void it_is_xoshiro256_star_star(void **state)
{
    (void)state;
    static const uint64_t EXPECTED[] = { 11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u, 607988272756665600u,
                                         16172922978634559625u, 8476171486693032832u, 10595114339597558777u, 2904607092377533576u };
    pp_rng rng = { { 1, 2, 3, 4 } };
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++)
        assert_true(pp_rng_next(&rng) == EXPECTED[i]);
}

/* splitmix64 from 0, as its author's C code gives it: the state that a seed of 0 makes. */
static void a_seed_goes_through_splitmix64(void **state)
{
    (void)state;
    static const uint64_t EXPECTED[] = { 0xe220a8397b1dcdafu, 0x6e789e6aa1b965f4u, 0x06c45d188009454fu, 0xf88bb8a8724c81ecu };
    pp_rng rng;
    pp_rng_seed(&rng, 0);
    assert_memory_equal(rng.s, EXPECTED, sizeof EXPECTED);
}

static void seeds_images_and_methods_give_different_streams(void **state)
{
    (void)state;
    const uint8_t image[] = { 1, 2, 3 }, other[] = { 1, 2, 4 };
    pp_rng a, b;
    pp_rng_seed_for(&a, 1, image, 3, "dgde");
    pp_rng_seed_for(&b, 1, image, 3, "dgde");
    assert_memory_equal(&a, &b, sizeof a);
    pp_rng_seed_for(&b, 2, image, 3, "dgde");
    assert_memory_not_equal(&a, &b, sizeof a);
    pp_rng_seed_for(&b, 1, other, 3, "dgde");
    assert_memory_not_equal(&a, &b, sizeof a);
    pp_rng_seed_for(&b, 1, image, 3, "noise");
    assert_memory_not_equal(&a, &b, sizeof a);
}

static void bounded_draws_stay_in_range_and_are_even(void **state)
{
    (void)state;
    size_t counts[6] = { 0 };
    pp_rng rng;
    pp_rng_seed(&rng, 7);
    for (int i = 0; i < 60000; i++) {
        uint64_t draw = pp_rng_below(&rng, 6);
        assert_true(draw < 6);
        counts[draw]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(counts[i], 9600, 10400); /* four standard deviations and more */
    assert_true(pp_rng_below(&rng, 1) == 0);
}

static void three_others_are_different_and_not_i(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 7);
    for (int i = 0; i < 1000; i++) {
        size_t r[3];
        pp_rng_three_others(&rng, 4, (size_t)i % 4, r);
        assert_true(r[0] != r[1] && r[0] != r[2] && r[1] != r[2]);
        for (int k = 0; k < 3; k++)
            assert_true(r[k] < 4 && r[k] != (size_t)i % 4);
    }
}

static void unit_draws_lie_in_the_half_open_interval(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 7);
    double sum = 0, sum_normal = 0, squares = 0;
    for (int i = 0; i < 100000; i++) {
        double u = pp_rng_unit(&rng);
        float f = pp_rng_unit_float(&rng);
        double z = pp_rng_normal(&rng);
        assert_true(u >= 0 && u < 1 && f >= 0 && f < 1 && isfinite(z));
        sum += u;
        sum_normal += z;
        squares += z * z;
    }
    assert_true(fabs(sum / 100000 - 0.5) < 0.005);
    assert_true(fabs(sum_normal / 100000) < 0.02 && fabs(squares / 100000 - 1) < 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_xoshiro256_star_star),
        cmocka_unit_test(a_seed_goes_through_splitmix64),
        cmocka_unit_test(seeds_images_and_methods_give_different_streams),
        cmocka_unit_test(bounded_draws_stay_in_range_and_are_even),
        cmocka_unit_test(three_others_are_different_and_not_i),
        cmocka_unit_test(unit_draws_lie_in_the_half_open_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
