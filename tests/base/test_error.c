/* test_error.c - how a failure is told. */
#include "support.h"

#include "base/error.h"

#include <string.h>

static void a_failure_gives_its_code_and_one_line(void **state)
{
    (void)state;
    pp_error err;
    assert_int_equal(pp_fail(&err, PP_IO, "%s: cannot be opened: %s", "a.png", "no reason"), PP_IO);
    assert_int_equal(err.code, PP_IO);
    assert_string_equal(err.message, "a.png: cannot be opened: no reason");
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_int_equal(pp_fail(NULL, PP_ARG, "%d", 1), PP_ARG);
    assert_int_equal(pp_no_memory(NULL, "a list"), PP_MEMORY);
}

static void a_long_message_is_cut_and_still_a_string(void **state)
{
    (void)state;
    struct {
        pp_error err;
        char guard[8];
    } s = { .guard = "guarded" };
    char path[3000];
    memset(path, 'p', sizeof path);
    path[sizeof path - 1] = '\0';
    pp_fail(&s.err, PP_FORMAT, "%s: is empty", path);
    assert_int_equal(strlen(s.err.message), sizeof s.err.message - 1);
    assert_string_equal(s.guard, "guarded");
}

static void lack_of_memory_says_what_there_was_no_room_for(void **state)
{
    (void)state;
    pp_error err;
    assert_int_equal(pp_no_memory(&err, "a result"), PP_MEMORY);
    assert_int_equal(err.code, PP_MEMORY);
    assert_non_null(strstr(err.message, "a result"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_gives_its_code_and_one_line),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(a_long_message_is_cut_and_still_a_string),
        cmocka_unit_test(lack_of_memory_says_what_there_was_no_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
