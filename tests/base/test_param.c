/* test_param.c - the mechanics of the parameter table. */
#include "support.h"

#include "base/param.h"

#include <string.h>

typedef struct sample {
    uint64_t count;
    double real;
    bool flag;
    int choice;
    char *text;
} sample;

static const pp_param rows[] = {
    { "count", PP_COUNT, offsetof(sample, count), 1, 100, "7", "", "", "", "" },
    { "real", PP_REAL, offsetof(sample, real), -1, 1, "0.1", "", "", "", "" },
    { "flag", PP_FLAG, offsetof(sample, flag), 0, 1, "1", "", "", "", "" },
    { "choice", PP_CHOICE, offsetof(sample, choice), 0, 0, "two", "one|two|three", "", "", "" },
    { "text", PP_TEXT, offsetof(sample, text), 0, 0, "hello", "", "", "", "" },
    { 0 },
};

static void defaults_are_parsed_like_what_a_user_types(void **state)
{
    (void)state;
    sample s = { 0 };
    pp_error err;
    assert_ok(pp_param_defaults(rows, &s, &err), err);
    assert_int_equal(s.count, 7);
    assert_true(s.real == 0.1 && s.flag && s.choice == 1);
    assert_string_equal(s.text, "hello");
    pp_param_clear(rows, &s);
    assert_null(s.text);
}

static void what_is_printed_parses_to_the_same_value(void **state)
{
    (void)state;
    static const char *const VALUES[][2] = { { "count", "99" }, { "real", "0.30000000000000004" }, { "real", "-1" }, { "flag", "0" },
                                             { "choice", "three" }, { "choice", "one" }, { "text", "a b, c" }, { "text", "" } };
    sample s = { 0 };
    pp_error err;
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        const pp_param *row = pp_param_find(rows, VALUES[i][0]);
        char *text;
        assert_ok(pp_param_parse(row, &s, VALUES[i][1], &err), err);
        assert_ok(pp_param_print(row, &s, &text, &err), err);
        assert_string_equal(text, VALUES[i][1]);
        free(text);
    }
    pp_param_clear(rows, &s);
}

static void what_is_out_of_range_or_no_value_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const VALUES[][2] = { { "count", "0" },   { "count", "101" }, { "count", "-3" },  { "count", "7x" },
                                             { "count", "" },    { "count", "1.5" }, { "count", "99999999999999999999999" },
                                             { "real", "1.01" }, { "real", "nan" },  { "real", "inf" },  { "real", "abc" },
                                             { "real", "" },     { "flag", "yes" },  { "choice", "on" }, { "choice", "one|two" },
                                             { "choice", "" } };
    sample s = { .count = 5, .real = 0.5, .choice = 2 };
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        pp_error err = { 0 };
        assert_int_equal(pp_param_parse(pp_param_find(rows, VALUES[i][0]), &s, VALUES[i][1], &err), PP_ARG);
        assert_non_null(strstr(err.message, VALUES[i][0]));
        assert_true(s.count == 5 && s.real == 0.5 && s.choice == 2); /* untouched */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_parsed_like_what_a_user_types),
        cmocka_unit_test(what_is_printed_parses_to_the_same_value),
        cmocka_unit_test(what_is_out_of_range_or_no_value_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
