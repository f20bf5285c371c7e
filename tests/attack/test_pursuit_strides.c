/* test_pursuit_strides.c - which places in the strides of a classifier pursuit favours. */
#include "support.h"

#include "attack/corner.h"
#include "attack/pursuit.h"
#include "attack/toy.h"

enum { SIDE = 224 };

static double favour_at(const pp_strides *strides, int x, int y)
{
    pp_pixel pixel = pixel_at(x, y, 0);
    return pp_strides_favour(strides, &pixel);
}

/* n members at any y; at any x of the form a + step * k. */
static void learn(pp_strides *strides, size_t n, int a, int step, uint64_t seed)
{
    pp_pixel pixels[256];
    pp_rng rng;
    pp_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        pixels[i] = pixel_at(a + step * (int)pp_rng_below(&rng, (uint64_t)(SIDE / step)), (int)pp_rng_below(&rng, SIDE), 0);
    pp_strides_learn(strides, pixels, n);
}

static void nothing_is_favoured_before_there_are_members(void **state)
{
    (void)state;
    pp_strides strides;
    pp_strides_init(&strides);
    pp_strides_learn(&strides, NULL, 0);
    for (int at = 0; at < 2 * PP_STRIDE; at++)
        assert_true(favour_at(&strides, at, 3 * at) == 1);
}

static void where_all_members_are_odd_an_odd_place_is_favoured_wherever_it_is(void **state)
{
    (void)state;
    pp_strides strides;
    pp_strides_init(&strides);
    learn(&strides, 64, 1, 2, 1);
    for (int at = 0; at < SIDE; at += 2) {
        assert_true(favour_at(&strides, at, 5) < 0.1 * favour_at(&strides, at + 1, 5));
        assert_true(favour_at(&strides, at + 1, 5) == favour_at(&strides, (at + 1 + PP_STRIDE) % SIDE, 5));
    }
}

static void where_members_are_at_one_place_of_the_stride_those_around_are_favoured_too(void **state)
{
    (void)state;
    pp_strides strides;
    pp_strides_init(&strides);
    learn(&strides, 64, 9, PP_STRIDE, 1);
    assert_true(favour_at(&strides, 9, 0) > favour_at(&strides, 11, 0));
    assert_true(favour_at(&strides, 11, 0) > 1 && favour_at(&strides, 7, 0) > 1);
    assert_true(favour_at(&strides, 1, 0) < 0.3 && favour_at(&strides, 15, 0) < 0.3);
}

/* Of many sets whose members lie anywhere, few favour any place, and those but a little. */
static void chance_is_rarely_taken_for_more(void **state)
{
    (void)state;
    enum { N = 400 };
    int n_favour = 0;
    double most = 0;
    for (uint64_t seed = 0; seed < N; seed++) {
        pp_strides strides;
        pp_strides_init(&strides);
        learn(&strides, 20, 0, 1, seed);
        bool favours = false;
        for (int at = 0; at < PP_STRIDE; at++) {
            favours |= favour_at(&strides, at, 0) != favour_at(&strides, 0, 0);
            most = fmax(most, strides.favour[0][at]);
        }
        n_favour += favours;
    }
    assert_in_range(n_favour, 1, N / 3);
    assert_true(most < 3);
}

/* What was learnt before is forgotten: the set at hand tells. */
static void the_last_members_tell(void **state)
{
    (void)state;
    pp_strides a, b;
    pp_strides_init(&a);
    pp_strides_init(&b);
    learn(&a, 64, 1, 2, 1);
    learn(&a, 64, 0, 2, 2);
    learn(&b, 64, 0, 2, 2);
    assert_memory_equal(&a, &b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_favoured_before_there_are_members),
        cmocka_unit_test(where_all_members_are_odd_an_odd_place_is_favoured_wherever_it_is),
        cmocka_unit_test(where_members_are_at_one_place_of_the_stride_those_around_are_favoured_too),
        cmocka_unit_test(chance_is_rarely_taken_for_more),
        cmocka_unit_test(the_last_members_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
