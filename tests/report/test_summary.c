/* The numbers of Table 1 and Table 2, against sums done by hand. */
#include "support.h"

#include "attack/noise.h"
#include "report/summary.h"

#include <math.h>
#include <string.h>

static void statistics_of_nothing_are_not_numbers(void **state)
{
    (void)state;
    pp_statistics s = pp_statistics_of(NULL, 0);
    assert_int_equal(s.n, 0);
    assert_true(isnan(s.max) && isnan(s.min) && isnan(s.mean) && isnan(s.std) && isnan(s.median));
}

static void one_value_has_no_deviation(void **state)
{
    (void)state;
    double values[] = { 7 };
    pp_statistics s = pp_statistics_of(values, 1);
    assert_true(s.max == 7 && s.min == 7 && s.mean == 7 && s.median == 7);
    assert_true(isnan(s.std));
}

/* 10 20 40 50: mean 30, deviations -20 -10 10 20, squares 400 100 100 400, sum 1000, over n - 1 = 3. */
static void deviation_divides_by_n_minus_one(void **state)
{
    (void)state;
    double values[] = { 40, 10, 50, 20 };
    pp_statistics s = pp_statistics_of(values, 4);
    assert_true(s.max == 50 && s.min == 10 && s.mean == 30);
    assert_true(fabs(s.std - sqrt(1000.0 / 3)) < 1e-12);
    assert_true(s.median == 30); /* between 20 and 40 */
}

static void median_of_an_odd_number_is_the_middle_one(void **state)
{
    (void)state;
    double values[] = { 900, 1, 8 };
    assert_true(pp_statistics_of(values, 3).median == 8);
}

static pp_attack_record attack_row(int64_t image, const char *status, int class_original, uint64_t l0, uint64_t queries)
{
    return (pp_attack_record){ .image = image, .status = (char *)(uintptr_t)status, .class_original = class_original, .l0 = l0,
                               .queries = queries, .seconds = 1.5, .engine_seconds = 1 };
}

static void summary_counts_failures_in_queries_but_not_in_pixels(void **state)
{
    (void)state;
    pp_run_record run = { .width = 20, .height = 10, .positive = 1 };
    static const char *const STATUSES[] = { "success", "failed", "misclassified", "unreadable", "not-in-goal", "ready", "pending", "success" };
    pp_image_record images[8] = { 0 };
    for (int i = 0; i < 8; i++)
        images[i] = (pp_image_record){ .id = i + 1, .status = (char *)(uintptr_t)STATUSES[i] };
    pp_attack_record attacks[] = { attack_row(1, "success", 1, 4, 100), attack_row(2, "failed", 1, 0, 400), attack_row(8, "success", 0, 8, 200) };
    pp_summary s;
    pp_error err;
    assert_ok(pp_summarise(&s, &run, images, 8, attacks, 3, &err), err);
    assert_int_equal(s.n_images, 8);
    assert_int_equal(s.n_pending, 2);
    assert_int_equal(s.n_unreadable, 1);
    assert_int_equal(s.n_misclassified, 1);
    assert_int_equal(s.n_not_in_goal, 1);
    assert_int_equal(s.n_attacked, 3);
    assert_int_equal(s.n_succeeded, 2);
    assert_true(s.l0.n == 2 && s.l0.mean == 6 && s.l0.max == 8 && s.l0.min == 4);
    assert_true(s.percent == 3); /* 6 of 200 */
    assert_int_equal(s.queries, 700);
    assert_true(fabs(s.queries_mean - 700.0 / 3) < 1e-9);
    assert_true(s.queries_mean_success == 150);
    assert_true(s.seconds == 4.5 && s.engine_seconds == 3);
}

static void table_one_has_both_sides_and_the_ladder_in_its_order(void **state)
{
    (void)state;
    pp_run_record run = { .positive = 1 };
    pp_attack_record attacks[] = { attack_row(1, "success", 1, 4, 9), attack_row(2, "failed", 1, 0, 60), attack_row(3, "success", 0, 8, 2),
                                   attack_row(4, "success", 2, 8, 5) };
    char last[] = "corners", first[] = "additive 16";
    attacks[0].rung = last, attacks[0].rung_queries = 21, attacks[0].strict_flip = true;
    attacks[2].rung = first, attacks[2].rung_queries = 1;
    attacks[3].rung = first, attacks[3].rung_queries = 4;
    pp_noise_share both = pp_noise_share_of(&run, attacks, 4, PP_SIDE_BOTH);
    pp_noise_share positive = pp_noise_share_of(&run, attacks, 4, PP_SIDE_POSITIVE);
    pp_noise_share negative = pp_noise_share_of(&run, attacks, 4, PP_SIDE_NEGATIVE);
    assert_true(both.n_attacked == 4 && both.n_strict == 1 && both.n_ladder == 3);
    assert_true(positive.n_attacked == 2 && positive.n_strict == 1 && positive.n_ladder == 1);
    assert_true(negative.n_attacked == 2 && negative.n_strict == 0 && negative.n_ladder == 2);

    pp_rung_share share;
    size_t n = 0;
    for (; pp_rung_share_at(&share, n, attacks, 4); n++) {
        assert_string_equal(share.name, pp_noise_ladder[n].name);
        if (strcmp(share.name, first) == 0)
            assert_true(share.n == 2 && share.draws == 2.5);
        else if (strcmp(share.name, last) == 0)
            assert_true(share.n == 1 && share.draws == 21);
        else
            assert_true(share.n == 0 && isnan(share.draws));
    }
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_of_nothing_are_not_numbers),
        cmocka_unit_test(one_value_has_no_deviation),
        cmocka_unit_test(deviation_divides_by_n_minus_one),
        cmocka_unit_test(median_of_an_odd_number_is_the_middle_one),
        cmocka_unit_test(summary_counts_failures_in_queries_but_not_in_pixels),
        cmocka_unit_test(table_one_has_both_sides_and_the_ladder_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
