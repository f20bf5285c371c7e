/* CSV fields, JSON texts, and folders that paths share. */
#include "support.h"

#include "report/format.h"

#include <math.h>
#include <string.h>

static void assert_csv(const char *field, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    pp_csv_text(out, field, false);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void csv_fields_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    assert_csv("plain text", "plain text,");
    assert_csv("a,b", "\"a,b\",");
    assert_csv("say \"x\"", "\"say \"\"x\"\"\",");
    assert_csv("two\nlines", "\"two\nlines\",");
    assert_csv("", ",");
}

static void assert_mended(const char *text, const char *expected)
{
    json_t *string = pp_json_string(text);
    assert_non_null(string);
    assert_string_equal(json_string_value(string), expected);
    json_decref(string);
}

static void bytes_that_are_no_utf8_are_replaced_in_json(void **state)
{
    (void)state;
    assert_mended("größe \xe2\x82\xac", "größe \xe2\x82\xac");
    assert_mended("caf\xe9.png", "caf\xef\xbf\xbd.png");
    assert_mended("\xe9\xc3\xa9\xff", "\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd");
    assert_mended("cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd");
    assert_mended("", "");
    json_t *nothing = pp_json_string(NULL);
    assert_true(json_is_null(nothing));
    json_decref(nothing);
}

static void numbers_that_are_none_are_null_in_json(void **state)
{
    (void)state;
    json_t *values[] = { pp_json_real(NAN), pp_json_real(INFINITY), pp_json_real(0.5) };
    assert_true(json_is_null(values[0]) && json_is_null(values[1]) && json_real_value(values[2]) == 0.5);
    for (size_t i = 0; i < 3; i++)
        json_decref(values[i]);
}

static void a_shared_folder_ends_with_its_slash(void **state)
{
    (void)state;
    assert_int_equal(pp_shared_folder("set/sick/1.png", 14, "set/sick/2.png"), 9);
    assert_int_equal(pp_shared_folder("set/sick/1.png", 9, "set/well/1.png"), 4);
    assert_int_equal(pp_shared_folder("set/sick/1.png", 4, "1.png"), 0);
    assert_int_equal(pp_shared_folder("/a/1.png", 8, "/b/1.png"), 1);
    assert_int_equal(pp_shared_folder("sick/1.png", 10, "sick"), 0);
}

static void formats_are_found_by_name(void **state)
{
    (void)state;
    pp_format format;
    pp_error err;
    assert_ok(pp_format_find(&format, "json", &err), err);
    assert_int_equal(format, PP_FORMAT_JSON);
    assert_int_equal(pp_format_find(&format, "JSON", &err), PP_ARG);
    assert_string_equal(err.message, "--format: 'JSON'; expected table, csv or json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_fields_are_quoted_where_they_must_be),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced_in_json),
        cmocka_unit_test(numbers_that_are_none_are_null_in_json),
        cmocka_unit_test(a_shared_folder_ends_with_its_slash),
        cmocka_unit_test(formats_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
