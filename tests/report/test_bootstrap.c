/* Means, medians and their intervals, and the sign test, against what can be worked out by hand. */
#include "support.h"

#include "base/rng.h"
#include "report/bootstrap.h"
#include "report/summary.h"

#include <math.h>

static pp_estimates bootstrap(const double *values, size_t n_groups, size_t group_size)
{
    pp_estimates e;
    pp_error err;
    assert_ok(pp_bootstrap(&e, values, n_groups, group_size, &err), err);
    return e;
}

static void assert_estimate(pp_estimate e, double value, double low, double high)
{
    if (e.value != value || e.low != low || e.high != high)
        fail_msg("%g [%g, %g]; expected %g [%g, %g]", e.value, e.low, e.high, value, low, high);
}

/* Resamples are (1, 1), (1, 3), (3, 3) with chances 1/4, 1/2, 1/4: both ends are more than 2.5 % of them. */
static void two_images_give_an_interval_from_the_one_to_the_other(void **state)
{
    (void)state;
    const double values[] = { 3, 1 };
    pp_estimates e = bootstrap(values, 2, 1);
    assert_true(e.n_groups == 2 && e.n == 2 && e.n_finite == 2);
    assert_estimate(e.mean, 2, 1, 3);
    assert_estimate(e.median, 2, 1, 3);
    assert_estimate(e.median_all, 2, 1, 3);
}

/* Drawn one by one, the seeds of the one image would give means from 1 to 100. */
static void the_seeds_of_an_image_are_drawn_together(void **state)
{
    (void)state;
    const double values[] = { 1, 100, 10 };
    pp_estimates e = bootstrap(values, 1, 3);
    assert_true(e.n_groups == 1 && e.n == 3);
    assert_estimate(e.mean, 37, 37, 37);
    assert_estimate(e.median, 10, 10, 10);
}

/* Of 27 resamples of three, one has no success: it has no mean, and is left out. Two or three failures are 7 of 27. */
static void a_failure_is_infinite_in_the_median_of_all_alone(void **state)
{
    (void)state;
    const double values[] = { INFINITY, 2, 4 };
    pp_estimates e = bootstrap(values, 3, 1);
    assert_true(e.n_groups == 3 && e.n == 3 && e.n_finite == 2);
    assert_estimate(e.mean, 3, 2, 4);
    assert_estimate(e.median, 3, 2, 4);
    assert_estimate(e.median_all, 4, 2, INFINITY);
}

static void half_failures_make_an_infinite_median_of_all(void **state)
{
    (void)state;
    const double values[] = { 2, INFINITY };
    assert_estimate(bootstrap(values, 2, 1).median_all, INFINITY, 2, INFINITY);
}

static void nothing_but_failures_have_no_mean(void **state)
{
    (void)state;
    const double values[] = { INFINITY, INFINITY };
    pp_estimates e = bootstrap(values, 2, 1);
    assert_true(e.n == 2 && e.n_finite == 0);
    assert_true(isnan(e.mean.value) && isnan(e.mean.low) && isnan(e.mean.high) && isnan(e.median.value) && isnan(e.median.low));
    assert_estimate(e.median_all, INFINITY, INFINITY, INFINITY);
}

static void images_without_a_value_are_left_out(void **state)
{
    (void)state;
    const double values[] = { NAN, NAN, 5, NAN, NAN, NAN, 7, 8 };
    pp_estimates e = bootstrap(values, 4, 2);
    assert_true(e.n_groups == 2 && e.n == 3 && e.n_finite == 3);
    assert_estimate(e.median, 7, 5, 7.5);
    e = bootstrap(values, 1, 2);
    assert_true(e.n_groups == 0 && e.n == 0);
    assert_true(isnan(e.mean.value) && isnan(e.mean.low) && isnan(e.median_all.value) && isnan(e.median_all.high));
}

/* 1 to 100: deviation 28.87, of a mean of 100 of them 2.887; 1.96 times that on both sides of 50.5 is 44.84 to 56.16. */
static void the_interval_of_many_values_is_that_of_the_normal_distribution(void **state)
{
    (void)state;
    double values[100];
    for (int i = 0; i < 100; i++)
        values[i] = i + 1;
    pp_estimate mean = bootstrap(values, 100, 1).mean;
    assert_true(mean.value == 50.5);
    assert_true(fabs(mean.low - 44.84) < 0.6 && fabs(mean.high - 56.16) < 0.6);
}

static void values_are_those_of_the_plain_statistics(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 7);
    for (size_t n = 1; n <= 40; n++) {
        double values[40];
        for (size_t i = 0; i < n; i++)
            values[i] = (double)pp_rng_below(&rng, 12);
        pp_estimates e = bootstrap(values, n, 1), again = bootstrap(values, n, 1);
        pp_statistics plain = pp_statistics_of(values, n);
        assert_true(fabs(e.mean.value - plain.mean) < 1e-12 && e.median.value == plain.median && e.median_all.value == plain.median);
        assert_true(e.mean.low <= e.mean.value && e.mean.value <= e.mean.high);
        assert_estimate(again.mean, e.mean.value, e.mean.low, e.mean.high); /* no chance in it from one time to the next */
        assert_estimate(again.median, e.median.value, e.median.low, e.median.high);
    }
}

static void the_sign_test_counts_tosses_of_a_coin(void **state)
{
    (void)state;
    assert_true(pp_sign_test(0, 0) == 1 && pp_sign_test(5, 5) == 1 && pp_sign_test(1, 0) == 1);
    assert_true(fabs(pp_sign_test(10, 0) - 2.0 / 1024) < 1e-12);
    assert_true(fabs(pp_sign_test(0, 10) - 2.0 / 1024) < 1e-12);
    assert_true(fabs(pp_sign_test(3, 1) - 2.0 * (1 + 4) / 16) < 1e-12);
    assert_true(fabs(pp_sign_test(2, 7) - 2.0 * (1 + 9 + 36) / 512) < 1e-12);
    assert_true(pp_sign_test(3000, 100) < 1e-100); /* and none of its terms overflows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_images_give_an_interval_from_the_one_to_the_other),
        cmocka_unit_test(the_seeds_of_an_image_are_drawn_together),
        cmocka_unit_test(a_failure_is_infinite_in_the_median_of_all_alone),
        cmocka_unit_test(half_failures_make_an_infinite_median_of_all),
        cmocka_unit_test(nothing_but_failures_have_no_mean),
        cmocka_unit_test(images_without_a_value_are_left_out),
        cmocka_unit_test(the_interval_of_many_values_is_that_of_the_normal_distribution),
        cmocka_unit_test(values_are_those_of_the_plain_statistics),
        cmocka_unit_test(the_sign_test_counts_tosses_of_a_coin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
