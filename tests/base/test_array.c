/* test_array.c - allocation of arrays: no size product may wrap around. */
#include "support.h"

#include "base/array.h"

#include <string.h>

/* Behind volatile, so that the compiler does not see the sizes. */
static volatile size_t huge = (size_t)-1 / 2;

static void a_new_array_is_zeroed(void **state)
{
    (void)state;
    unsigned char *bytes = pp_array_new(1000, 3);
    assert_non_null(bytes);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(bytes[i], 0);
    free(bytes);
}

static void null_means_failure_and_nothing_else(void **state)
{
    (void)state;
    void *none = pp_array_new(0, 8), *empty = pp_array_new(8, 0);
    assert_non_null(none);
    assert_non_null(empty);
    free(none);
    free(empty);
    assert_null(pp_array_new(huge, 3)); /* 3/2 of the address space, which wraps around to half of it */
    assert_null(pp_array_new(huge + 2, 2));
}

static void growing_keeps_what_is_there_and_doubles(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0, n_moves = 0;
    for (int i = 0; i < 1000; i++) {
        size_t before = capacity;
        assert_int_equal(pp_array_grow((void **)&items, &capacity, (size_t)i + 1, sizeof *items), 0);
        assert_true(capacity > (size_t)i);
        n_moves += capacity != before;
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    assert_in_range(n_moves, 1, 10);
    free(items);
}

static void what_does_not_fit_is_refused_and_all_stays(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    assert_int_equal(pp_array_grow((void **)&items, &capacity, 3, sizeof *items), 0);
    int *before = items;
    size_t room = capacity;
    items[2] = 7;
    assert_int_equal(pp_array_grow((void **)&items, &capacity, huge, sizeof *items), -1);
    assert_int_equal(pp_array_grow((void **)&items, &capacity, (size_t)-1, 1), -1);
    assert_true(items == before && capacity == room && items[2] == 7);
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_array_is_zeroed),
        cmocka_unit_test(null_means_failure_and_nothing_else),
        cmocka_unit_test(growing_keeps_what_is_there_and_doubles),
        cmocka_unit_test(what_does_not_fit_is_refused_and_all_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
