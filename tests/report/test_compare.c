/* A comparison's figures, read off traces that are made by hand. */
#include "folder.h"

#include "report/compare.h"
#include "report/made_run.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Runs made by hand ------------------------------------------------------------------------------------------- */

/* A run of 400 queries on images a, b and c, of which c is misclassified. */
static void write_run(const char *method, uint64_t seed, const char *model, const char *last, const made_attack *attacks, size_t n)
{
    char dir[300], seed_text[32];
    pp_params *params;
    pp_error err;
    snprintf(seed_text, sizeof seed_text, "%d", (int)seed);
    snprintf(dir, sizeof dir, "%s/%s-%s", folder, method, seed_text);
    assert_int_equal(mkdir(dir, 0777), 0);
    pp_run_record run = { .version = text("1"), .method = text(method), .goal = text("untargeted"), .seed = seed, .model_path = text("/m.onnx"),
                          .model_sha256 = text(model), .class_names = text("[]"), .score_source = text("logits"),
                          .preprocessing = text("none"), .preprocessing_source = text(""), .engine = text(""), .created = text("") };
    assert_ok(pp_params_new(&params, method, &err), err);
    assert_ok(pp_params_set(params, "queries", "400", &err), err);
    assert_ok(pp_params_set(params, "seed", seed_text, &err), err);
    const made_image images[] = { { "a", "a", "ready" }, { "b", "b", "ready" }, { last, last, "misclassified" } };
    write_made_run(dir, &run, params, images, 3, attacks, n);
    pp_params_free(params);
}

static void write_plan(size_t n_seeds)
{
    pp_error err;
    pp_params *params[2];
    const uint64_t budgets[] = { 100, 400 };
    assert_ok(pp_params_new(&params[0], "pursuit", &err), err);
    assert_ok(pp_params_new(&params[1], "dgde", &err), err);
    const pp_compare_plan plan = { (const pp_params *const *)params, 2, n_seeds, budgets, 2 };
    assert_ok(pp_plan_write(&plan, 5, folder, &err), err);
    pp_params_free(params[0]);
    pp_params_free(params[1]);
}

/* pursuit: 9 then 3 pixels of a, 5 then 4 of b, the second run fails on b. dgde: finds a at 90 queries, and b after 100. */
static void write_comparison(void)
{
    write_plan(2);
    write_run("pursuit", 5, "abc", "c", (made_attack[]){ { 1, PP_SUCCESS, { 10, 200 }, { 9, 3 }, 400 }, { 2, PP_SUCCESS, { 100, 300 }, { 5, 4 }, 300 } }, 2);
    write_run("pursuit", 6, "abc", "c", (made_attack[]){ { 1, PP_SUCCESS, { 10, 200 }, { 9, 3 }, 400 }, { 2, PP_FAILED, { 50, 60 }, { 7, 6 }, 400 } }, 2);
    write_run("dgde", 5, "abc", "c", (made_attack[]){ { 1, PP_SUCCESS, { 90, 201 }, { 9, 8 }, 400 }, { 2, PP_SUCCESS, { 101, 400 }, { 90, 60 }, 400 } }, 2);
    write_run("dgde", 6, "abc", "c", (made_attack[]){ { 1, PP_SUCCESS, { 90, 201 }, { 9, 8 }, 400 }, { 2, PP_SUCCESS, { 101, 400 }, { 90, 60 }, 400 } }, 2);
}

static char *show(const char *format, const uint64_t *budgets, size_t n)
{
    char *told = NULL;
    pp_error err;
    assert_ok(pp_compare_show(folder, budgets, n, format, &told, &err), err);
    return told;
}

/* At 100: pursuit 9, 9, 5 and a failure (what was not verified at the end counts for nothing before): mean 23/3, median 9, of all 9;
 * dgde 9, 9 and two failures. At 400: 3, 3, 4 and a failure; 8, 8, 60, 60. b is in the interval alone, or a is. */
static void figures_are_those_of_the_traces(void **state)
{
    (void)state;
    write_comparison();
    char *csv = show("csv", NULL, 0);
    assert_string_equal(csv,
        "budget,method,images,attacks,succeeded,success_percent,mean,mean_low,mean_high,median,median_low,median_high,median_all,"
        "median_all_low,median_all_high,queries\n"
        "100,pursuit,2,4,3,75,7.66666667,5,9,9,5,9,9,9,inf,100\n"
        "100,dgde,2,4,2,50,9,9,9,9,9,9,inf,9,inf,100\n"
        "400,pursuit,2,4,3,75,3.33333333,3,4,3,3,4,3.5,3,inf,375\n"
        "400,dgde,2,4,4,100,34,8,60,34,8,60,34,8,60,400\n");
    free(csv);
}

static void other_budgets_can_be_told(void **state)
{
    (void)state;
    const uint64_t budgets[] = { 9, 201 };
    write_comparison();
    char *csv = show("csv", budgets, 2);
    assert_non_null(strstr(csv, "\n9,pursuit,2,4,0,0,,,,,,,inf,inf,inf,9\n"));
    assert_non_null(strstr(csv, "\n201,dgde,2,4,4,100,49,8,90,49,8,90,"));
    free(csv);
}

/* At 400: a with either seed 3 against 8; b with seed 5 4 against 60, with seed 6 a failure against 60. At 100 a ties, and b's two failures. */
static void methods_are_held_against_each_other_image_by_image(void **state)
{
    (void)state;
    write_comparison();
    char *told = show("json", NULL, 0);
    json_t *object = json_loads(told, 0, NULL), *pairs = json_object_get(object, "pairs");
    const char *method, *against;
    int budget, fewer, more, same;
    double p;
    assert_int_equal(json_array_size(pairs), 2);
    assert_int_equal(json_unpack(json_array_get(pairs, 0), "{s:i,s:s,s:s,s:i,s:i,s:i,s:F}", "budget", &budget, "method", &method, "against",
                                 &against, "fewer", &fewer, "more", &more, "same", &same, "p", &p), 0);
    assert_string_equal(method, "pursuit");
    assert_string_equal(against, "dgde");
    assert_true(budget == 100 && fewer == 1 && more == 0 && same == 3 && p == 1);
    assert_int_equal(json_unpack(json_array_get(pairs, 1), "{s:i,s:i,s:i,s:i,s:F}", "budget", &budget, "fewer", &fewer, "more", &more, "same",
                                 &same, "p", &p), 0);
    assert_true(budget == 400 && fewer == 3 && more == 1 && same == 0 && fabs(p - 0.625) < 1e-12);
    json_decref(object);
    free(told);
}

static void what_is_not_attacked_yet_is_counted_and_left_out(void **state)
{
    (void)state;
    write_plan(1);
    write_run("pursuit", 5, "abc", "c", (made_attack[]){ { 1, PP_SUCCESS, { 10, 200 }, { 9, 3 }, 400 } }, 1);
    write_run("dgde", 5, "abc", "c", NULL, 0);
    char *csv = show("csv", NULL, 0), *table = show("table", NULL, 0);
    assert_non_null(strstr(csv, "\n400,pursuit,1,1,1,100,3,3,3,3,3,3,3,3,3,400\n400,dgde,0,0,0,,,,,,,,,,,\n"));
    assert_non_null(strstr(table, "3 images; 1 misclassified already; 3 attacks still to do\n"));
    free(csv);
    free(table);
}

static void assert_refused(pp_code code, const char *part)
{
    char *told = NULL;
    pp_error err;
    assert_int_equal(pp_compare_show(folder, NULL, 0, "table", &told, &err), code);
    assert_null(told);
    if (!strstr(err.message, part))
        fail_msg("'%s' has no '%s'", err.message, part);
}

static void runs_of_other_models_or_images_are_not_compared(void **state)
{
    (void)state;
    char command[1000];
    write_plan(1);
    write_run("pursuit", 5, "abc", "c", NULL, 0);
    assert_refused(PP_IO, "dgde-5: no run there");
    write_run("dgde", 5, "def", "c", NULL, 0);
    assert_refused(PP_MISMATCH, "dgde-5: has another model than the first run");
    snprintf(command, sizeof command, "rm -r %s/dgde-5", folder);
    assert_int_equal(system(command), 0);
    write_run("dgde", 5, "abc", "d", NULL, 0);
    assert_refused(PP_MISMATCH, "dgde-5: has another list of images than the first run");
    snprintf(command, sizeof command, "rm -r %s/dgde-5; cp -r %s/pursuit-5 %s/dgde-5", folder, folder, folder);
    assert_int_equal(system(command), 0);
    assert_refused(PP_MISMATCH, "dgde-5: is not the run that its name says");
}

static void budgets_that_no_run_reached_are_refused(void **state)
{
    (void)state;
    char *told = NULL;
    pp_error err;
    const uint64_t above[] = { 100, 401 }, falling[] = { 100, 100 };
    write_comparison();
    assert_int_equal(pp_compare_show(folder, above, 2, "csv", &told, &err), PP_ARG);
    assert_non_null(strstr(err.message, "--budgets: 401; "));
    assert_int_equal(pp_compare_show(folder, falling, 2, "csv", &told, &err), PP_ARG);
    assert_non_null(strstr(err.message, "--budgets: 100 after 100"));
    assert_int_equal(pp_compare_show(folder, NULL, 0, "xml", &told, &err), PP_ARG);
    assert_null(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(figures_are_those_of_the_traces, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(other_budgets_can_be_told, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(methods_are_held_against_each_other_image_by_image, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(what_is_not_attacked_yet_is_counted_and_left_out, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(runs_of_other_models_or_images_are_not_compared, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(budgets_that_no_run_reached_are_refused, make_folder, drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
