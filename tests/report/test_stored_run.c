/* What a run had found after so many queries, read off its trace. */
#include "support.h"

#include "report/stored_run.h"

#include <math.h>

static void pixels_at_a_budget_are_those_of_the_last_row_within_it(void **state)
{
    (void)state;
    const pp_trace_record trace[] = { { .queries = 21, .n_pixels = 90 }, { .queries = 100, .n_pixels = 40 },
                                      { .queries = 100, .n_pixels = 39 }, { .queries = 250, .n_pixels = 12 } };
    assert_true(isinf(pp_pixels_at(trace, 0, 1000)));
    assert_true(isinf(pp_pixels_at(trace, 4, 20)));
    assert_true(pp_pixels_at(trace, 4, 21) == 90 && pp_pixels_at(trace, 4, 99) == 90);
    assert_true(pp_pixels_at(trace, 4, 100) == 39);
    assert_true(pp_pixels_at(trace, 4, 249) == 39 && pp_pixels_at(trace, 4, 250) == 12 && pp_pixels_at(trace, 4, 1000000) == 12);
}

static void an_attack_is_read_off_its_own_rows_and_a_failure_has_no_pixels(void **state)
{
    (void)state;
    pp_trace_record trace[] = { { .image = 1, .queries = 10, .n_pixels = 9 }, { .image = 1, .queries = 20, .n_pixels = 8 },
                                { .image = 2, .queries = 5, .n_pixels = 7 }, { .image = 4, .queries = 5, .n_pixels = 3 } };
    char success[] = "success", failed[] = "failed";
    pp_attack_record attacks[] = { { .image = 1, .status = success }, { .image = 2, .status = failed }, { .image = 3, .status = success },
                                   { .image = 4, .status = success } };
    const pp_stored_run stored = { .attacks = attacks, .n_attacks = 4, .trace = trace, .n_trace = 4 };
    size_t from = 0;
    assert_true(pp_attack_pixels_at(&stored, &attacks[0], &from, 15) == 9);
    assert_true(pp_attack_pixels_at(&stored, &attacks[0], &from, 100) == 8);
    assert_true(isinf(pp_attack_pixels_at(&stored, &attacks[1], &from, 100)));
    assert_true(isinf(pp_attack_pixels_at(&stored, &attacks[2], &from, 100)));
    assert_true(pp_attack_pixels_at(&stored, &attacks[3], &from, 100) == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_at_a_budget_are_those_of_the_last_row_within_it),
        cmocka_unit_test(an_attack_is_read_off_its_own_rows_and_a_failure_has_no_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
