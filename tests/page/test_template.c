/* The template language: holes, sections, and that whatever is filled in is escaped. */
#include "support.h"

#include "page/template.h"

#include <string.h>

static void assert_filled(const char *template, const char *json, const char *expected)
{
    char *text = NULL;
    size_t size;
    pp_error err;
    json_t *root = json_loads(json, JSON_DECODE_ANY, NULL);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(root);
    assert_ok(pp_template_write(out, template, root, &err), err);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
    json_decref(root);
}

static void names_are_replaced_by_their_members(void **state)
{
    (void)state;
    assert_filled("no hole", "{}", "no hole");
    assert_filled("{{a}} and {{b.c}}!", "{\"a\": 7, \"b\": {\"c\": \"x\"}}", "7 and x!");
    assert_filled("[{{nothing}}{{none}}]", "{\"none\": null}", "[]");
    assert_filled("{{p:4}} {{n:1}} {{p}}", "{\"p\": 0.123456789, \"n\": 5}", "0.1235 5.0 0.123457");
}

static void what_is_filled_in_is_escaped(void **state)
{
    (void)state;
    assert_filled("<b title=\"{{a}}\">{{a}}</b>", "{\"a\": \"<script>&\\\"\"}",
                  "<b title=\"&lt;script&gt;&amp;&quot;\">&lt;script&gt;&amp;&quot;</b>");
    assert_filled("{{#list}}{{.}}{{/list}}", "{\"list\": [\"<\", \">\"]}", "&lt;&gt;");
    assert_filled("{{a}}", "{\"a\": \"{{b}}\", \"b\": \"x\"}", "{{b}}"); /* what is filled in is no template */
    assert_filled("{{&a}}", "{\"a\": \"<b>\"}", "<b>");
}

static void sections_are_written_once_for_each_item_or_not_at_all(void **state)
{
    (void)state;
    assert_filled("{{#l}}<{{v}}>{{/l}}{{^l}}none{{/l}}", "{\"l\": [{\"v\": 1}, {\"v\": 2}]}", "<1><2>");
    assert_filled("{{#l}}<{{v}}>{{/l}}{{^l}}none{{/l}}", "{\"l\": []}", "none");
    assert_filled("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": false}", "no");
    assert_filled("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": 0}", "no");
    assert_filled("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": 0.0}", "yes"); /* a probability of 0 is one */
    assert_filled("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\": \"\"}", "no");
    assert_filled("{{#a}}yes{{/a}}", "{}", "");
}

static void names_are_looked_up_from_the_inside_outwards(void **state)
{
    (void)state;
    assert_filled("{{#l}}{{a}}{{b}} {{/l}}", "{\"a\": 1, \"b\": 2, \"l\": [{\"b\": 3}, {}]}", "13 12 ");
    assert_filled("{{#o}}{{#o}}{{v}}{{/o}}{{/o}}", "{\"o\": {\"v\": 1, \"o\": {\"v\": 2}}}", "2"); /* sections of one name in each other */
}

static void a_part_is_filled_in_where_it_stands(void **state)
{
    (void)state;
    assert_filled("{{#l}}{{>part}}{{/l}}", "{\"part\": \"({{v}})\", \"l\": [{\"v\": 1}, {\"v\": \"&\"}]}", "(1)(&amp;)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_replaced_by_their_members),
        cmocka_unit_test(what_is_filled_in_is_escaped),
        cmocka_unit_test(sections_are_written_once_for_each_item_or_not_at_all),
        cmocka_unit_test(names_are_looked_up_from_the_inside_outwards),
        cmocka_unit_test(a_part_is_filled_in_where_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
