/* test_pursuit_effects.c - pursuit's model of what a pixel does: against a slow one, and what it says near and far. */
#include "support.h"

#include "attack/corner.h"
#include "attack/pursuit.h"
#include "attack/toy.h"

enum { SIDE = 100 };

static pp_pixel any_pixel(pp_rng *rng, int side)
{
    int x = (int)pp_rng_below(rng, (uint64_t)side), y = (int)pp_rng_below(rng, (uint64_t)side);
    return pixel_at(x, y, (unsigned)pp_rng_below(rng, 8));
}

enum { MOST_EQUATIONS = 20 };

/* Gaussian elimination with the largest pivot; b becomes the solution. */
static void eliminate(double A[MOST_EQUATIONS][MOST_EQUATIONS], double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t pivot = i;
        for (size_t r = i + 1; r < n; r++)
            pivot = fabs(A[r][i]) > fabs(A[pivot][i]) ? r : pivot;
        for (size_t c = 0; c < n; c++) {
            double swap = A[i][c];
            A[i][c] = A[pivot][c];
            A[pivot][c] = swap;
        }
        double swap = b[i];
        b[i] = b[pivot];
        b[pivot] = swap;
        for (size_t r = 0; r < n; r++) {
            double factor = r == i ? 0 : A[r][i] / A[i][i];
            for (size_t c = i; c < n; c++)
                A[r][c] -= factor * A[i][c];
            b[r] -= factor * b[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        b[i] /= A[i][i];
}

/* Kriging with all observations, those too that share nothing with the pixel. */
static void predict_slowly(const pp_effects *effects, const pp_pixel *pixel, double *mean, double *spread)
{
    double K[MOST_EQUATIONS][MOST_EQUATIONS], weight[MOST_EQUATIONS], average = 0, variance = 0, explained = 0;
    size_t n = effects->n;
    for (size_t i = 0; i < n; i++)
        average += effects->items[i].effect / (double)n;
    for (size_t i = 0; i < n; i++) {
        variance += pow(effects->items[i].effect - average, 2) / (double)n;
        weight[i] = pp_effects_correlation(&effects->items[i].pixel, pixel);
        for (size_t j = 0; j < n; j++)
            K[i][j] = pp_effects_correlation(&effects->items[i].pixel, &effects->items[j].pixel) + (i == j ? effects->items[i].noise : 0);
    }
    eliminate(K, weight, n);
    *mean = average;
    for (size_t i = 0; i < n; i++) {
        *mean += weight[i] * (effects->items[i].effect - average);
        explained += weight[i] * pp_effects_correlation(&effects->items[i].pixel, pixel);
    }
    *spread = sqrt(variance * (1 - explained));
}

/* Within 40 pixels, so that all share something. */
static void the_prediction_is_that_of_a_dense_solver(void **state)
{
    (void)state;
    enum { CLOSE = 40 };
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (size_t n = 2; n < MOST_EQUATIONS; n++)
        for (int repeat = 0; repeat < 20; repeat++) {
            pp_effects effects = { 0 };
            for (size_t i = 0; i < n; i++) {
                pp_pixel pixel = any_pixel(&rng, CLOSE), disturbed = any_pixel(&rng, CLOSE);
                pp_effects_add(&effects, &pixel, pp_rng_normal(&rng));
                if (repeat % 2)
                    pp_effects_disturb(&effects, &disturbed);
            }
            pp_pixel asked = any_pixel(&rng, CLOSE);
            double mean, spread, slow_mean, slow_spread;
            pp_effects_predict(&effects, &asked, &mean, &spread);
            predict_slowly(&effects, &asked, &slow_mean, &slow_spread);
            assert_true(fabs(mean - slow_mean) < 1e-6 && fabs(spread - slow_spread) < 1e-5);
        }
}

static void an_observed_pixel_is_near_its_effect_and_a_far_one_is_the_mean_with_the_full_spread(void **state)
{
    (void)state;
    pp_effects effects = { 0 };
    pp_pixel a = pixel_at(0, 0, 0), b = pixel_at(0, 90, 0), far = pixel_at(500, 500, 0);
    double mean, spread;
    pp_effects_add(&effects, &a, 1);
    pp_effects_add(&effects, &b, 3);
    pp_effects_predict(&effects, &a, &mean, &spread);
    assert_true(fabs(mean - 1) < 0.1 && spread < 0.3 && spread > 0);
    pp_effects_predict(&effects, &b, &mean, &spread);
    assert_true(fabs(mean - 3) < 0.1 && spread < 0.3 && spread > 0);
    pp_effects_predict(&effects, &far, &mean, &spread);
    assert_true(fabs(mean - 2) < 1e-9 && fabs(spread - 1) < 1e-9);
}

static void of_many_observations_the_nearest_count(void **state)
{
    (void)state;
    pp_effects effects = { 0 };
    pp_pixel asked = pixel_at(50, 50, 0);
    double mean, spread;
    for (int i = 0; i < 100; i++) { /* the near ones neither first nor last */
        bool is_near = i >= 40 && i < 60;
        pp_pixel pixel = is_near ? pixel_at(48 + i % 5, 48 + i % 4, 0) : pixel_at(50 + 30 * (i % 2 ? 1 : -1), i, 0);
        pp_effects_add(&effects, &pixel, is_near ? 1 : 0);
    }
    pp_effects_predict(&effects, &asked, &mean, &spread);
    assert_true(mean > 0.9);
}

static void a_change_makes_what_is_near_less_certain_than_what_is_far(void **state)
{
    (void)state;
    pp_effects effects = { 0 };
    pp_pixel a = pixel_at(10, 10, 0), b = pixel_at(10, 55, 0), changed = pixel_at(12, 10, 7);
    double mean, near_before, far_before, near_after, far_after;
    pp_effects_add(&effects, &a, 1);
    pp_effects_add(&effects, &b, 3);
    pp_effects_predict(&effects, &a, &mean, &near_before);
    pp_effects_predict(&effects, &b, &mean, &far_before);
    pp_effects_disturb(&effects, &changed);
    pp_effects_predict(&effects, &a, &mean, &near_after);
    pp_effects_predict(&effects, &b, &mean, &far_after);
    assert_true(far_after > far_before && near_after - near_before > 3 * (far_after - far_before));
}

static void the_oldest_observation_is_overwritten(void **state)
{
    (void)state;
    static pp_effects effects;
    memset(&effects, 0, sizeof effects);
    pp_pixel old = pixel_at(0, 0, 0), other = pixel_at(300, 300, 0), latest = pixel_at(600, 600, 0);
    double mean, spread;
    pp_effects_add(&effects, &old, 100);
    for (int i = 1; i < PP_MOST_OBSERVATIONS; i++)
        pp_effects_add(&effects, &other, i % 2);
    pp_effects_predict(&effects, &old, &mean, &spread);
    assert_true(mean > 90 && effects.n == PP_MOST_OBSERVATIONS);
    pp_effects_add(&effects, &latest, 5);
    assert_int_equal(effects.n, PP_MOST_OBSERVATIONS);
    pp_effects_predict(&effects, &old, &mean, &spread);
    assert_true(mean < 1 && mean == effects.mean);
    pp_effects_predict(&effects, &latest, &mean, &spread);
    assert_true(mean > 4);
    for (int i = 0; i < PP_MOST_OBSERVATIONS; i++)
        pp_effects_add(&effects, &other, 2); /* the mean is of those that are left */
    assert_true(effects.mean == 2 && effects.variance < 1e-9);
}

static void expected_improvement_is_the_integral_over_the_normal_density(void **state)
{
    (void)state;
    enum { N_STEPS = 20000 };
    static const double OVER[] = { -3, 0, 1, 2, 3.5 };
    pp_effects effects = { 0 };
    pp_pixel a = pixel_at(0, 0, 0), b = pixel_at(30, 0, 0), c = pixel_at(10, 20, 3), asked = pixel_at(9, 9, 1);
    double mean, spread;
    pp_effects_add(&effects, &a, 1);
    pp_effects_add(&effects, &b, 3);
    pp_effects_add(&effects, &c, 0);
    pp_effects_predict(&effects, &asked, &mean, &spread);
    for (size_t i = 0; i < sizeof OVER / sizeof *OVER; i++) {
        double low = fmax(OVER[i], mean - 10 * spread), high = mean + 10 * spread, step = (high - low) / N_STEPS, sum = 0;
        for (int k = 0; k < N_STEPS; k++) {
            double value = low + (k + 0.5) * step, z = (value - mean) / spread;
            sum += (value - OVER[i]) * exp(-z * z / 2) / (spread * sqrt(2 * 3.14159265358979)) * step;
        }
        assert_true(fabs(pp_effects_improvement(&effects, &asked, OVER[i]) - sum) < 1e-6);
    }
}

static void the_correlation_is_symmetric_and_1_for_a_pixel_with_itself(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 1000; i++) {
        pp_pixel a = any_pixel(&rng, SIDE), b = any_pixel(&rng, SIDE);
        double both = pp_effects_correlation(&a, &b);
        assert_true(both == pp_effects_correlation(&b, &a) && both >= 0 && both <= 1);
        assert_true(pp_effects_correlation(&a, &a) == 1);
        assert_true(both < 1 || same_pixels(&a, &b, 1));
    }
    pp_pixel a = pixel_at(5, 5, 0), near = pixel_at(7, 5, 0), far = pixel_at(15, 5, 0), one = pixel_at(5, 5, 1), all = pixel_at(5, 5, 7);
    assert_true(pp_effects_correlation(&a, &near) > pp_effects_correlation(&a, &far));
    assert_true(pp_effects_correlation(&a, &one) > pp_effects_correlation(&a, &all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prediction_is_that_of_a_dense_solver),
        cmocka_unit_test(an_observed_pixel_is_near_its_effect_and_a_far_one_is_the_mean_with_the_full_spread),
        cmocka_unit_test(of_many_observations_the_nearest_count),
        cmocka_unit_test(a_change_makes_what_is_near_less_certain_than_what_is_far),
        cmocka_unit_test(the_oldest_observation_is_overwritten),
        cmocka_unit_test(expected_improvement_is_the_integral_over_the_normal_density),
        cmocka_unit_test(the_correlation_is_symmetric_and_1_for_a_pixel_with_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
