/* compare.json: what is written is what is read, and a file that somebody spoilt is refused. */
#include "folder.h"

#include "attack/params.h"
#include "audit/plan.h"

#include <string.h>

static void write_text(const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/compare.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_plan_is_read_as_written(void **state)
{
    (void)state;
    pp_error err;
    pp_params *params[2];
    pp_plan read;
    char *path;
    const uint64_t budgets[] = { 250, 1000000000000 };
    assert_false(pp_plan_is_in(folder));
    assert_ok(pp_params_new(&params[0], "onepixel", &err), err);
    assert_ok(pp_params_new(&params[1], "dgde", &err), err);
    const pp_compare_plan plan = { (const pp_params *const *)params, 2, 4, budgets, 2 };
    assert_ok(pp_plan_write(&plan, 1000, folder, &err), err);
    assert_true(pp_plan_is_in(folder));
    assert_ok(pp_plan_read(&read, folder, &err), err);
    assert_true(read.n_methods == 2 && read.n_seeds == 4 && read.seed == 1000 && read.n_budgets == 2);
    assert_string_equal(read.methods[0], "onepixel");
    assert_string_equal(read.methods[1], "dgde");
    assert_true(read.budgets[0] == 250 && read.budgets[1] == 1000000000000);
    pp_plan_clear(&read);
    assert_ok(pp_plan_run_dir(&path, "a/b", "dgde", 1003, &err), err);
    assert_string_equal(path, "a/b/dgde-1003");
    free(path);
    pp_params_free(params[0]);
    pp_params_free(params[1]);
}

static void a_folder_without_a_plan_is_no_comparison(void **state)
{
    (void)state;
    pp_error err;
    pp_plan plan;
    assert_int_equal(pp_plan_read(&plan, folder, &err), PP_IO);
    assert_non_null(strstr(err.message, "no comparison there"));
}

static void a_spoilt_plan_is_refused(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "", "{", "[]", "7", "{}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": []}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": [5, 5]}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": [0]}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": [\"5\"]}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": 5}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 0, \"budgets\": [5]}",
        "{\"methods\": [\"dgde\"], \"seed\": 1, \"seeds\": 1000000000, \"budgets\": [5]}",
        "{\"methods\": [\"dgde\"], \"seed\": -1, \"seeds\": 1, \"budgets\": [5]}",
        "{\"methods\": [\"dgde\"], \"seeds\": 1, \"budgets\": [5]}",
        "{\"methods\": [], \"seed\": 1, \"seeds\": 1, \"budgets\": [5]}",
        "{\"methods\": [\"dgde\", \"dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": [5]}",
        "{\"methods\": [\"../dgde\"], \"seed\": 1, \"seeds\": 1, \"budgets\": [5]}",
        "{\"methods\": [4], \"seed\": 1, \"seeds\": 1, \"budgets\": [5]}",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        pp_error err;
        pp_plan plan = { 0 };
        write_text(TEXTS[i]);
        if (pp_plan_read(&plan, folder, &err) != PP_FORMAT || !strstr(err.message, "/compare.json: "))
            fail_msg("not refused: %s", TEXTS[i]);
        assert_null(plan.methods);
    }
}

static void budgets_rise_from_above_nothing(void **state)
{
    (void)state;
    pp_error err;
    assert_int_equal(pp_check_budgets((uint64_t[]){ 1, 2, 1000 }, 3, &err), PP_OK);
    assert_int_equal(pp_check_budgets((uint64_t[]){ 0, 2 }, 2, &err), PP_ARG);
    assert_int_equal(pp_check_budgets((uint64_t[]){ 3, 2 }, 2, &err), PP_ARG);
    assert_int_equal(pp_check_budgets(NULL, 0, &err), PP_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plan_is_read_as_written, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_folder_without_a_plan_is_no_comparison, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_spoilt_plan_is_refused, make_folder, drop_folder),
        cmocka_unit_test(budgets_rise_from_above_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
