/* test_ladder.c - which number of pixels is tried after which. */
#include "support.h"

#include "attack/ladder.h"

enum { MANY = 1000 };

typedef struct fixture {
    pp_run run;
    pp_oracle oracle;
    pp_ladder ladder;
} fixture;

static void set_up(fixture *f, uint64_t budget, uint64_t pixels, size_t most)
{
    *f = (fixture){ .oracle = { .query_budget = budget, .queries = 1 } };
    f->run.oracle = &f->oracle;
    pp_ladder_begin(&f->ladder, &f->run, pixels, most);
}

/* A query. @return the k after it */
static size_t tell(fixture *f, bool reached)
{
    f->oracle.queries++;
    if (reached)
        f->run.n_best = f->ladder.k;
    pp_ladder_step(&f->ladder, &f->run, reached);
    return f->ladder.k;
}

static void it_starts_at_64_or_as_many_as_there_are(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 100, 0, MANY);
    assert_int_equal(f.ladder.k, 64);
    set_up(&f, 100, 0, 10);
    assert_int_equal(f.ladder.k, 10);
    set_up(&f, 100, 7, MANY);
    assert_int_equal(f.ladder.k, 7);
    set_up(&f, 100, 7, 5);
    assert_int_equal(f.ladder.k, 5);
}

static void each_success_leaves_80_percent_until_one_is_left(void **state)
{
    (void)state;
    static const size_t RUNGS[] = { 51, 41, 33, 26, 21, 17, 14, 11, 9, 7, 6, 5, 4, 3, 2, 1 };
    fixture f;
    set_up(&f, 0, 0, MANY);
    for (size_t i = 0; i < sizeof RUNGS / sizeof *RUNGS; i++) {
        assert_int_equal(tell(&f, true), RUNGS[i]);
        assert_int_equal(f.run.stop, PP_STOP_NONE);
    }
    tell(&f, true);
    assert_int_equal(f.run.stop, PP_STOP_MINIMUM);
}

static void a_quarter_of_the_budget_without_success_doubles_it(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 100, 0, 200);
    for (int i = 1; i < 25; i++)
        assert_int_equal(tell(&f, false), 64);
    for (int i = 0; i < 25; i++)
        assert_int_equal(tell(&f, false), 128);
    for (int i = 0; i < 50; i++)
        assert_int_equal(tell(&f, false), 200); /* there are no more */
}

static void a_success_begins_a_new_quarter(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 100, 0, MANY);
    for (int i = 1; i < 25; i++)
        tell(&f, false);
    for (int i = 0; i < 25; i++)
        assert_int_equal(tell(&f, i == 0), 51);
}

static void it_never_goes_back_to_what_is_reached_already(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 40, 0, MANY);
    for (int i = 0; i < 10; i++)
        tell(&f, true); /* best 9, now 7 */
    for (int i = 1; i < 10; i++)
        assert_int_equal(tell(&f, false), 7);
    for (int i = 0; i < 50; i++)
        assert_int_equal(tell(&f, false), 8);
}

static void without_a_limit_the_published_budget_is_what_counts(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 0, 0, MANY);
    assert_int_equal(pp_ladder_budget(&f.run), 10000);
    for (int i = 1; i < 2500; i++)
        assert_int_equal(tell(&f, false), 64);
    assert_int_equal(tell(&f, false), 128);
}

static void a_number_that_was_given_stays_and_the_first_success_is_the_end(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 20, 7, MANY);
    for (int i = 0; i < 15; i++)
        assert_int_equal(tell(&f, false), 7);
    assert_int_equal(f.run.stop, PP_STOP_NONE);
    assert_int_equal(tell(&f, true), 7);
    assert_int_equal(f.run.stop, PP_STOP_EXHAUSTED);
}

static void a_reason_to_stop_that_is_there_already_stays(void **state)
{
    (void)state;
    fixture f;
    for (uint64_t pixels = 0; pixels < 2; pixels++) {
        set_up(&f, 20, pixels, MANY);
        f.run.stop = PP_STOP_TARGET;
        tell(&f, true);
        assert_int_equal(f.run.stop, PP_STOP_TARGET);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_at_64_or_as_many_as_there_are),
        cmocka_unit_test(each_success_leaves_80_percent_until_one_is_left),
        cmocka_unit_test(a_quarter_of_the_budget_without_success_doubles_it),
        cmocka_unit_test(a_success_begins_a_new_quarter),
        cmocka_unit_test(it_never_goes_back_to_what_is_reached_already),
        cmocka_unit_test(without_a_limit_the_published_budget_is_what_counts),
        cmocka_unit_test(a_number_that_was_given_stays_and_the_first_success_is_the_end),
        cmocka_unit_test(a_reason_to_stop_that_is_there_already_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
