/* Rows of text in aligned columns. */
#include "support.h"

#include "report/text_table.h"

#include <string.h>

/* The table as text, to be freed. */
static char *printed(pp_text_table *table)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(pp_text_table_print(table, out), 0);
    fclose(out);
    pp_text_table_clear(table);
    return text;
}

static void add_row(pp_text_table *table, const char *a, const char *b, const char *c)
{
    pp_text_table_add(table, "%s", a);
    pp_text_table_add(table, "%s", b);
    pp_text_table_add(table, "%s", c);
}

static void assert_printed(pp_text_table *table, const char *expected)
{
    char *text = printed(table);
    assert_string_equal(text, expected);
    free(text);
}

static void numbers_go_right_and_all_else_left(void **state)
{
    (void)state;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    add_row(&table, "image", "pixels", "stop");
    add_row(&table, "a.png", "7", "stall");
    add_row(&table, "longer.png", "1234567", "-");
    assert_printed(&table, "image        pixels  stop\n"
                           "a.png             7  stall\n"
                           "longer.png  1234567  -\n");
}

static void infinite_medians_are_numbers(void **state)
{
    (void)state;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    add_row(&table, "method", "median", "x");
    add_row(&table, "a", "7.5", "x");
    add_row(&table, "b", "inf", "x");
    assert_printed(&table, "method  median  x\n"
                           "a          7.5  x\n"
                           "b          inf  x\n");
}

static void names_that_begin_with_a_digit_are_no_numbers(void **state)
{
    (void)state;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    add_row(&table, "image", "P", "x");
    add_row(&table, "1.png", "0.25", "x");
    add_row(&table, "10.png", "-", "x");
    assert_printed(&table, "image      P  x\n"
                           "1.png   0.25  x\n"
                           "10.png     -  x\n");
}

static void a_column_of_nothing_goes_left(void **state)
{
    (void)state;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    table.indent = 2;
    add_row(&table, "label", "", "x");
    add_row(&table, "-", "one", "x");
    assert_printed(&table, "  label       x\n"
                           "  -      one  x\n");
}

static void letters_of_two_bytes_take_one_place(void **state)
{
    (void)state;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    add_row(&table, "name", "x", "y");
    add_row(&table, "größe", "x", "y");
    assert_printed(&table, "name   x  y\n"
                           "größe  x  y\n");
}

static void what_would_move_the_cursor_is_shown_as_a_question_mark(void **state)
{
    (void)state;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    add_row(&table, "a\nb", "\033[31m", "\x7f");
    assert_printed(&table, "a?b  ?[31m  ?\n");
}

static void long_cells_are_not_cut(void **state)
{
    (void)state;
    pp_text_table table;
    char path[2000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    pp_text_table_init(&table, 1);
    pp_text_table_add(&table, "%s", path);
    char *text = printed(&table);
    assert_int_equal(strlen(text), sizeof path); /* and the line feed */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_right_and_all_else_left),
        cmocka_unit_test(infinite_medians_are_numbers),
        cmocka_unit_test(names_that_begin_with_a_digit_are_no_numbers),
        cmocka_unit_test(a_column_of_nothing_goes_left),
        cmocka_unit_test(letters_of_two_bytes_take_one_place),
        cmocka_unit_test(what_would_move_the_cursor_is_shown_as_a_question_mark),
        cmocka_unit_test(long_cells_are_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
