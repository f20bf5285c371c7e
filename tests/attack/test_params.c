/* test_params.c - all parameters of a run: set and read back by name, each method with its own. */
#include "support.h"

#include "attack/method.h"
#include "attack/params.h"

#include <string.h>

static void every_default_is_read_back_as_it_stands_in_the_table(void **state)
{
    (void)state;
    const pp_section *section;
    for (size_t m = 0; pp_methods[m]; m++) {
        pp_params *params = NULL;
        pp_error err;
        assert_ok(pp_params_new(&params, pp_methods[m]->name, &err), err);
        for (size_t i = 0; (section = pp_section_at(i)); i++) {
            bool others = pp_method_find(section->name) && strcmp(section->name, pp_methods[m]->name) != 0;
            for (const pp_param *row = section->rows; row->option && !others; row++) {
                char *text = NULL;
                assert_ok(pp_params_get(params, row->option, &text, &err), err);
                assert_string_equal(text, row->fallback);
                assert_ok(pp_params_set(params, row->option, text, &err), err); /* and could have been typed */
                free(text);
            }
        }
        pp_params_free(params);
    }
}

/* An option's name must mean one thing in one run. */
static void no_option_is_there_twice(void **state)
{
    (void)state;
    const pp_section *a, *b;
    for (size_t i = 0; (a = pp_section_at(i)); i++)
        for (size_t k = 0; k <= i && (b = pp_section_at(k)); k++) {
            if (a != b && pp_method_find(a->name) && pp_method_find(b->name))
                continue; /* two methods are never in one run */
            for (const pp_param *row = a->rows; row->option; row++)
                for (const pp_param *other = b->rows; other->option; other++)
                    if (row != other && strcmp(row->option, other->option) == 0)
                        fail_msg("--%s is in %s and in %s", row->option, a->name, b->name);
        }
}

static void an_option_of_another_method_is_told_as_such(void **state)
{
    (void)state;
    pp_params *params = NULL;
    pp_error err;
    char *text = (char[]){ "untouched" };
    assert_ok(pp_params_new(&params, "noise", &err), err);
    assert_int_equal(pp_params_set(params, "crossover-rate", "0.5", &err), PP_ARG);
    assert_non_null(strstr(err.message, "--crossover-rate is an option of: dgde, sparse-evo; not of noise"));
    assert_int_equal(pp_params_set(params, "no-such", "1", &err), PP_ARG);
    assert_non_null(strstr(err.message, "--no-such: no such option"));
    assert_int_equal(pp_params_get(params, "no-such", &text, &err), PP_ARG);
    assert_string_equal(text, "untouched");
    assert_int_equal(pp_params_set(params, "queries", "many", &err), PP_ARG);
    assert_non_null(strstr(err.message, "--queries: 'many'"));
    pp_params_free(params);
    pp_params_free(NULL);
}

static void an_unknown_method_is_refused_with_those_there_are(void **state)
{
    (void)state;
    pp_params *params = NULL;
    pp_error err;
    assert_int_equal(pp_params_new(&params, "magic", &err), PP_ARG);
    assert_null(params);
    for (size_t m = 0; pp_methods[m]; m++)
        assert_non_null(strstr(err.message, pp_methods[m]->name));
}

/* What a visitor saw. */
typedef struct visit {
    size_t n, stop_after;
    char first[40], last[40];
} visit;

static pp_code look(void *user, const char *option, const char *value, pp_error *err)
{
    (void)err;
    visit *v = user;
    assert_non_null(value);
    snprintf(v->n ? v->last : v->first, sizeof v->last, "%s", option);
    return ++v->n == v->stop_after ? PP_STORE : PP_OK;
}

static void all_parameters_are_visited_in_the_table_s_order(void **state)
{
    (void)state;
    pp_params *params = NULL;
    pp_error err;
    visit all = { 0 }, some = { .stop_after = 3 };
    size_t n_rows = 0;
    const pp_section *section;
    assert_ok(pp_params_new(&params, "onepixel", &err), err);
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; row->option && (!pp_method_find(section->name) || params->method->rows == section->rows);
             row++)
            n_rows++;
    assert_ok(pp_params_each(params, look, &all, &err), err);
    assert_int_equal(all.n, n_rows);
    assert_string_equal(all.first, "goal");
    assert_string_equal(all.last, "generations");
    assert_int_equal(pp_params_each(params, look, &some, &err), PP_STORE);
    assert_int_equal(some.n, 3);
    pp_params_free(params);
}

static void methods_are_told_in_order(void **state)
{
    (void)state;
    const char *name, *summary, *source;
    size_t n = 0;
    for (; pp_method_at(n, &name, &summary, &source); n++) {
        assert_string_equal(name, pp_methods[n]->name);
        assert_true(*summary && *source);
        assert_ptr_equal(pp_method_find(name), pp_methods[n]);
    }
    assert_null(pp_methods[n]);
    assert_false(pp_method_at(n + 1, &name, &summary, &source));
    assert_null(pp_method_find("magic"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_read_back_as_it_stands_in_the_table),
        cmocka_unit_test(no_option_is_there_twice),
        cmocka_unit_test(an_option_of_another_method_is_told_as_such),
        cmocka_unit_test(an_unknown_method_is_refused_with_those_there_are),
        cmocka_unit_test(all_parameters_are_visited_in_the_table_s_order),
        cmocka_unit_test(methods_are_told_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
