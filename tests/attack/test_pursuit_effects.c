/* test_pursuit_effects.c - pursuit's model of what a pixel does: against a slow one, and what it says near and far. */
#include "support.h"

#include "attack/corner.h"
#include "attack/pursuit.h"
#include "attack/toy.h"

enum { SIDE = 100, IMAGE_SIDE = 700 };
static const pp_context NOBODY = { 0 };
static pp_image *image; /* mid-gray, the right half black */

static pp_effects nothing_seen(void)
{
    pp_effects effects;
    pp_effects_init(&effects, image);
    return effects;
}

/* How far a pixel is from the image there, as the eye has it. */
static double extent_of(const pp_pixel *pixel)
{
    double was = pixel->x < IMAGE_SIDE / 2 ? 128 : 0;
    return 0.1 + (0.299 * fabs(pixel->value[0] - was) + 0.587 * fabs(pixel->value[1] - was) + 0.114 * fabs(pixel->value[2] - was)) / 255;
}

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

static double overlap_with_nearest(const pp_pixel *pixel, const pp_pixel *set, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, pp_effects_overlap(1, pixel, &set[i]));
    return most;
}

typedef struct seen {
    pp_pixel pixel, set[3];
    size_t n_set;
    double effect;
} seen;

/* The slope of effects over extents against the overlap with the nearest member: least squares, with one more equation that says what is usual.
 * *rest: root of the mean square of what it leaves. */
static double slope_of(const seen *observed, size_t n, double *rest)
{
    double normal[MOST_EQUATIONS][MOST_EQUATIONS] = { { 0 } }, line[MOST_EQUATIONS] = { 0 }, squares = 0, left = 0;
    for (size_t i = 0; i < n; i++) {
        double row[2] = { 1, overlap_with_nearest(&observed[i].pixel, observed[i].set, observed[i].n_set) };
        double effect = observed[i].effect / extent_of(&observed[i].pixel);
        squares += effect * effect / (double)n;
        for (int j = 0; j < 2; j++) {
            line[j] += row[j] * effect;
            for (int k = 0; k < 2; k++)
                normal[j][k] += row[j] * row[k];
        }
    }
    normal[1][1] += 1;
    line[1] += -0.3 * sqrt(squares);
    eliminate(normal, line, 2);
    for (size_t i = 0; i < n; i++)
        left += pow(observed[i].effect / extent_of(&observed[i].pixel) -
                        line[1] * overlap_with_nearest(&observed[i].pixel, observed[i].set, observed[i].n_set), 2) / (double)n;
    *rest = sqrt(left);
    return line[1];
}

/* Kriging with all observations, those too that share nothing with the pixel, of effects over extents less what is expected of a crowd. */
static void predict_slowly(const pp_effects *effects, const seen *observed, const pp_pixel *pixel, const pp_pixel *set, size_t n_set, double *mean,
                           double *spread)
{
    double K[MOST_EQUATIONS][MOST_EQUATIONS], weight[MOST_EQUATIONS], deviation[MOST_EQUATIONS], explained = 0, scale;
    size_t used[MOST_EQUATIONS], n = 0;
    for (size_t i = 0; i < effects->n; i++)
        if (effects->items[i].noise <= 20)
            used[n++] = i;
    double slope = slope_of(observed, effects->n, &scale);
    for (size_t i = 0; i < n; i++) {
        const seen *o = &observed[used[i]];
        deviation[i] = o->effect / extent_of(&o->pixel) - slope * overlap_with_nearest(&o->pixel, o->set, o->n_set);
        weight[i] = pp_effects_correlation(1, &o->pixel, pixel);
        for (size_t j = 0; j < n; j++)
            K[i][j] = pp_effects_correlation(1, &o->pixel, &observed[used[j]].pixel) + (i == j ? effects->items[used[i]].noise : 0);
    }
    eliminate(K, weight, n);
    *mean = slope * overlap_with_nearest(pixel, set, n_set);
    for (size_t i = 0; i < n; i++) {
        *mean += weight[i] * deviation[i];
        explained += weight[i] * pp_effects_correlation(1, &observed[used[i]].pixel, pixel);
    }
    *mean *= extent_of(pixel);
    *spread = extent_of(pixel) * scale * sqrt(1 - explained);
}

/* Within 40 pixels, so that all share something. */
static void the_prediction_is_that_of_a_dense_solver(void **state)
{
    (void)state;
    enum { CLOSE = 40, N_SET = 2 };
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (size_t n = 2; n < MOST_EQUATIONS; n++)
        for (int repeat = 0; repeat < 20; repeat++) {
            pp_effects effects = nothing_seen();
            seen observed[MOST_EQUATIONS];
            pp_pixel set[N_SET];
            size_t n_set = repeat % 2 ? N_SET : 0;
            for (size_t i = 0; i < N_SET; i++)
                set[i] = any_pixel(&rng, 3 * CLOSE);
            for (size_t i = 0; i < n; i++) {
                observed[i] = (seen){ .pixel = any_pixel(&rng, CLOSE), .n_set = n_set, .effect = (float)pp_rng_normal(&rng) };
                memcpy(observed[i].set, set, sizeof set);
                if (n_set && i % 2) /* one more, so that it does not hold as it is */
                    observed[i].set[observed[i].n_set++] = any_pixel(&rng, 3 * CLOSE);
                pp_effects_add(&effects, &observed[i].pixel, observed[i].effect, (pp_context){ observed[i].set, observed[i].n_set, NULL });
            }
            pp_pixel asked = any_pixel(&rng, CLOSE);
            double mean, spread, slow_mean, slow_spread;
            pp_effects_look_at(&effects, (pp_context){ set, n_set, NULL });
            pp_effects_predict(&effects, &asked, &mean, &spread);
            predict_slowly(&effects, observed, &asked, set, n_set, &slow_mean, &slow_spread);
            assert_true(fabs(mean - slow_mean) < 1e-5 && fabs(spread - slow_spread) < 1e-4);
        }
}

static void an_observed_pixel_is_near_its_effect_and_of_a_far_one_nothing_is_known(void **state)
{
    (void)state;
    pp_effects effects = nothing_seen();
    pp_pixel a = pixel_at(0, 0, 0), b = pixel_at(0, 90, 0), far = pixel_at(300, 500, 0);
    double mean, spread, size = extent_of(&a);
    pp_effects_add(&effects, &a, 1, NOBODY);
    pp_effects_add(&effects, &b, 3, NOBODY);
    pp_effects_predict(&effects, &a, &mean, &spread);
    assert_true(fabs(mean - 1) < 0.2 && spread < 0.6 && spread > 0);
    pp_effects_predict(&effects, &b, &mean, &spread);
    assert_true(fabs(mean - 3) < 0.2 && spread < 0.6 && spread > 0);
    pp_effects_predict(&effects, &far, &mean, &spread);
    assert_true(mean == 0 && fabs(spread - sqrt((1 + 9) / 2.0)) < 1e-6 && size > 0);
}

/* White in the black half is twice as far from the image as white in the gray one. */
static void what_is_further_from_the_image_can_do_more(void **state)
{
    (void)state;
    pp_effects effects = nothing_seen();
    pp_pixel seen_one = pixel_at(IMAGE_SIDE / 2, 0, 7), on_black = pixel_at(IMAGE_SIDE / 2, 600, 7), on_gray = pixel_at(100, 600, 7);
    pp_pixel left = pixel_at(IMAGE_SIDE / 2 - 1, 0, 7);
    double mean, spread, mean_gray, spread_gray;
    pp_effects_add(&effects, &seen_one, 1, NOBODY);
    pp_effects_predict(&effects, &on_black, &mean, &spread);
    pp_effects_predict(&effects, &on_gray, &mean_gray, &spread_gray);
    assert_true(fabs(spread / spread_gray - extent_of(&on_black) / extent_of(&on_gray)) < 1e-9 && spread > 1.5 * spread_gray);
    pp_effects_predict(&effects, &seen_one, &mean, &spread);
    pp_effects_predict(&effects, &left, &mean_gray, &spread_gray);
    assert_true(mean > 1.5 * mean_gray && mean_gray > 0.3);
}

static void of_many_observations_the_nearest_count(void **state)
{
    (void)state;
    pp_effects effects = nothing_seen();
    pp_pixel asked = pixel_at(50, 50, 0);
    double mean, spread;
    for (int i = 0; i < 100; i++) { /* the near ones neither first nor last */
        bool is_near = i >= 40 && i < 60;
        pp_pixel pixel = is_near ? pixel_at(48 + i % 5, 48 + i % 4, 0) : pixel_at(50 + 30 * (i % 2 ? 1 : -1), i, 0);
        pp_effects_add(&effects, &pixel, is_near ? 1 : 0, NOBODY);
    }
    pp_effects_predict(&effects, &asked, &mean, &spread);
    assert_true(mean > 0.9);
}

static void a_change_makes_what_is_near_worth_little_and_what_is_far_holds(void **state)
{
    (void)state;
    pp_effects effects = nothing_seen();
    pp_pixel a = pixel_at(10, 10, 0), b = pixel_at(10, 200, 0), set[] = { pixel_at(12, 10, 7), pixel_at(300, 300, 7) };
    double mean, near_before, far_before, near_after, far_after;
    pp_effects_add(&effects, &a, 1, NOBODY);
    pp_effects_add(&effects, &b, 1, NOBODY);
    pp_effects_predict(&effects, &a, &mean, &near_before);
    pp_effects_predict(&effects, &b, &mean, &far_before);
    pp_effects_look_at(&effects, (pp_context){ set, 1, NULL });
    pp_effects_predict(&effects, &a, &mean, &near_after);
    assert_true(mean < 0.2 && near_after > 3 * near_before);
    pp_effects_predict(&effects, &b, &mean, &far_after);
    assert_true(mean > 0.9 && far_after > far_before && far_after < 1.5 * far_before);
    pp_effects_look_at(&effects, (pp_context){ set, 1, set }); /* it went again */
    pp_effects_predict(&effects, &a, &mean, &near_after);
    assert_true(near_after == near_before);
}

/* More members are near than an observation remembers. */
static void in_its_own_set_an_observation_holds(void **state)
{
    (void)state;
    enum { MANY = 100 };
    pp_effects effects = nothing_seen();
    pp_pixel set[MANY + 1], pixel = pixel_at(25, 25, 0);
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (size_t i = 0; i <= MANY; i++)
        set[i] = any_pixel(&rng, 50);
    pp_effects_add(&effects, &pixel, 1, (pp_context){ set, MANY, &set[3] });
    float noise = effects.items[0].noise;
    pp_effects_look_at(&effects, (pp_context){ set, MANY, &set[3] });
    assert_true(effects.items[0].noise == noise);
    pp_effects_look_at(&effects, (pp_context){ set, MANY, NULL });
    assert_true(effects.items[0].noise > noise);
    set[MANY] = pixel_at(26, 25, 0);
    pp_effects_look_at(&effects, (pp_context){ set, MANY + 1, &set[3] });
    assert_true(effects.items[0].noise > noise + 1);
}

static void beside_a_member_less_is_expected(void **state)
{
    (void)state;
    pp_effects effects = nothing_seen();
    pp_pixel observed = pixel_at(10, 10, 0), member = pixel_at(300, 300, 0), beside = pixel_at(303, 300, 0), far = pixel_at(10, 600, 0);
    double mean, spread;
    pp_effects_add(&effects, &observed, 1, NOBODY);
    pp_effects_look_at(&effects, (pp_context){ &member, 1, NULL });
    pp_effects_predict(&effects, &beside, &mean, &spread);
    assert_true(mean < -0.2);
    pp_effects_predict(&effects, &far, &mean, &spread);
    assert_true(mean == 0);
}

static void the_oldest_observation_is_overwritten(void **state)
{
    (void)state;
    static pp_effects effects;
    effects = nothing_seen();
    pp_pixel old = pixel_at(0, 0, 0), other = pixel_at(300, 300, 0), latest = pixel_at(600, 600, 0);
    double mean, spread;
    pp_effects_add(&effects, &old, 100, NOBODY);
    for (int i = 1; i < PP_MOST_OBSERVATIONS; i++)
        pp_effects_add(&effects, &other, i % 2, NOBODY);
    pp_effects_predict(&effects, &old, &mean, &spread);
    assert_true(mean > 90 && effects.n == PP_MOST_OBSERVATIONS);
    pp_effects_add(&effects, &latest, 5, NOBODY);
    assert_int_equal(effects.n, PP_MOST_OBSERVATIONS);
    pp_effects_predict(&effects, &old, &mean, &spread);
    assert_true(mean == 0);
    pp_effects_predict(&effects, &latest, &mean, &spread);
    assert_true(mean > 4);
    for (int i = 0; i < PP_MOST_OBSERVATIONS; i++)
        pp_effects_add(&effects, &other, 2, NOBODY); /* the mean is of those that are left */
    assert_true(effects.mean == 2);
}

static void expected_improvement_is_the_integral_over_the_normal_density(void **state)
{
    (void)state;
    enum { N_STEPS = 20000 };
    static const double OVER[] = { -3, 0, 1, 2, 3.5 };
    pp_effects effects = nothing_seen();
    pp_pixel a = pixel_at(0, 0, 0), b = pixel_at(30, 0, 0), c = pixel_at(10, 20, 3), asked = pixel_at(9, 9, 1);
    double mean, spread;
    pp_effects_add(&effects, &a, 1, NOBODY);
    pp_effects_add(&effects, &b, 3, NOBODY);
    pp_effects_add(&effects, &c, 0, NOBODY);
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
        double both = pp_effects_correlation(1, &a, &b);
        assert_true(both == pp_effects_correlation(1, &b, &a) && both >= 0 && both <= 1);
        assert_true(pp_effects_correlation(1, &a, &a) == 1);
        assert_true(both < 1 || same_pixels(&a, &b, 1));
    }
    pp_pixel a = pixel_at(5, 5, 0), near = pixel_at(7, 5, 0), far = pixel_at(15, 5, 0), one = pixel_at(5, 5, 1), all = pixel_at(5, 5, 7);
    assert_true(pp_effects_correlation(1, &a, &near) > pp_effects_correlation(1, &a, &far));
    assert_true(pp_effects_correlation(1, &a, &one) > pp_effects_correlation(1, &a, &all));
}

static void the_overlap_is_symmetric_and_fades_with_the_distance(void **state)
{
    (void)state;
    pp_pixel a = pixel_at(5, 5, 0), other_colour = pixel_at(5, 5, 7);
    double last = 1;
    assert_true(pp_effects_overlap(1, &a, &other_colour) == 1);
    for (int x = 6; x < 200; x++) {
        pp_pixel b = pixel_at(x, 9, 3);
        double overlap = pp_effects_overlap(1, &a, &b);
        assert_true(overlap == pp_effects_overlap(1, &b, &a) && (overlap < last || overlap == 0));
        last = overlap;
    }
    assert_true(last == 0);
}

static void in_a_small_image_all_lengths_are_shorter(void **state)
{
    (void)state;
    enum { SMALL_SIDE = 56 };
    pp_effects effects;
    pp_image *small = NULL;
    assert_int_equal(pp_image_new(&small, SMALL_SIDE, SMALL_SIDE, 3, NULL), PP_OK);
    pp_effects_init(&effects, small);
    assert_true(effects.unit == 4 && nothing_seen().unit == 1);
    pp_pixel a = pixel_at(1, 1, 0), near = pixel_at(3, 1, 0), far = pixel_at(9, 1, 0);
    assert_true(pp_effects_overlap(4, &a, &near) == pp_effects_overlap(1, &a, &far));
    assert_true(pp_effects_correlation(4, &a, &near) == pp_effects_correlation(1, &a, &far));
    pp_image_free(small);
}

static int make_image(void **state)
{
    (void)state;
    if (pp_image_new(&image, IMAGE_SIDE, IMAGE_SIDE, 3, NULL) != PP_OK)
        return -1;
    for (int i = 0; i < IMAGE_SIDE * IMAGE_SIDE * 3; i++)
        image->data[i] = i / 3 % IMAGE_SIDE < IMAGE_SIDE / 2 ? 128 : 0;
    return 0;
}

static int free_image(void **state)
{
    (void)state;
    pp_image_free(image);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prediction_is_that_of_a_dense_solver),
        cmocka_unit_test(an_observed_pixel_is_near_its_effect_and_of_a_far_one_nothing_is_known),
        cmocka_unit_test(what_is_further_from_the_image_can_do_more),
        cmocka_unit_test(of_many_observations_the_nearest_count),
        cmocka_unit_test(a_change_makes_what_is_near_worth_little_and_what_is_far_holds),
        cmocka_unit_test(in_its_own_set_an_observation_holds),
        cmocka_unit_test(beside_a_member_less_is_expected),
        cmocka_unit_test(the_oldest_observation_is_overwritten),
        cmocka_unit_test(expected_improvement_is_the_integral_over_the_normal_density),
        cmocka_unit_test(the_correlation_is_symmetric_and_1_for_a_pixel_with_itself),
        cmocka_unit_test(in_a_small_image_all_lengths_are_shorter),
        cmocka_unit_test(the_overlap_is_symmetric_and_fades_with_the_distance),
    };
    return cmocka_run_group_tests(tests, make_image, free_image);
}
