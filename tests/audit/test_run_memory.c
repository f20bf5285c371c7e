/* test_run_memory.c - a whole run, and what is told of it: whatever allocation fails is told as lack of memory and leaves no block behind. */
#include "allocations.h"

#include "oracle/small_model.h"

#include <sqlite3.h>

static char folder[256];
static size_t n_runs;
static pp_params *params;
static pp_inputs *inputs;
static pp_model *model;

static const char *in_folder(char path[400], const char *name)
{
    snprintf(path, 400, "%s/%s", folder, name);
    return path;
}

/* Two images, one of them broken, labelled by a list; a model; a run that is done. */
static int set_scene(void **state)
{
    (void)state;
    char path[400];
    pp_error err;
    const small_model m = { .n_outputs = 2, .tail = "Softmax" };
    new_folder(folder);
    pp_image *image = small_image(&m, 1);
    assert_ok(pp_image_save_png(image, in_folder(path, "a.png"), &err), err);
    pp_image_free(image);
    write_file(in_folder(path, "b.png"), "no image", 8);
    write_file(in_folder(path, "list.csv"), "path,label\na.png,0\nb.png,1\na.png,1\n", 34);
    Onnx__ModelProto *proto = new_small_model(&m);
    save_model(proto, in_folder(path, "model.onnx"));
    free_model(proto);
    assert_ok(pp_params_new(&params, "dgde", &err), err);
    assert_ok(pp_params_set(params, "preset", "unit", &err), err);
    assert_ok(pp_params_set(params, "queries", "300", &err), err);
    assert_ok(pp_params_set(params, "engine", "onnxruntime", &err), err); /* auto makes do without memory for the other */
    assert_ok(pp_inputs_new(&inputs, &err), err);
    assert_ok(pp_inputs_add(inputs, in_folder(path, "list.csv"), &err), err);
    assert_ok(pp_model_open(&model, in_folder(path, "model.onnx"), params, &err), err);
    return 0;
}

static int clear_scene(void **state)
{
    (void)state;
    pp_model_free(model);
    pp_inputs_free(inputs);
    pp_params_free(params);
    remove_folder(folder);
    return 0;
}

/* ---- Without a run ----------------------------------------------------------------------------------------------- */

static const char *format;

static pp_code score(void *user, pp_error *err)
{
    (void)user;
    char *text = NULL;
    pp_code code = pp_score(model, inputs, params, format, &text, err);
    assert_true((text != NULL) == (code >= 0));
    free(text);
    return code;
}

static pp_code inspect(void *user, pp_error *err)
{
    (void)user;
    char *text = NULL;
    pp_code code = pp_model_inspect(model, format, &text, err);
    assert_true((text != NULL) == (code >= 0));
    free(text);
    return code;
}

static void scores_and_inspection_survive_any_lack_of_memory(void **state)
{
    (void)state;
    static const char *const FORMATS[] = { "table", "csv", "json" };
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        format = FORMATS[i];
        assert_true(fail_each_allocation(score, NULL, format) > 5);
        if (strcmp(format, "csv") != 0) /* which inspect does not have */
            assert_true(fail_each_allocation(inspect, NULL, format) > 5);
    }
}

/* ---- A run ------------------------------------------------------------------------------------------------------- */

/* Makes a run and does it, in a folder of its own; what failed can be resumed or was never there. */
static pp_code whole_run(void *user, pp_error *err)
{
    (void)user;
    char path[400], dir[400], name[40];
    pp_audit *audit = NULL;
    snprintf(name, sizeof name, "run-%zu", ++n_runs);
    in_folder(dir, name);
    pp_code code = pp_audit_create(&audit, dir, in_folder(path, "model.onnx"), inputs, params, err);
    assert_true((audit != NULL) == (code == PP_OK));
    if (code == PP_OK)
        code = pp_audit_run(audit, NULL, err);
    pp_audit_free(audit);
    return code;
}

static pp_code resume(void *user, pp_error *err)
{
    pp_audit *audit = NULL;
    pp_code code = pp_audit_resume(&audit, user, err);
    assert_true((audit != NULL) == (code == PP_OK));
    if (code == PP_OK)
        code = pp_audit_run(audit, NULL, err);
    pp_audit_free(audit);
    return code;
}

static pp_code show(void *user, pp_error *err)
{
    char *text = NULL;
    pp_code code = pp_show(user, format, &text, err);
    assert_true((text != NULL) == (code >= 0));
    free(text);
    return code;
}

static pp_code verify(void *user, pp_error *err)
{
    char *text = NULL;
    pp_code code = pp_verify(user, NULL, &text, err);
    assert_true((text != NULL) == (code >= 0));
    free(text);
    return code;
}

static void a_run_survives_any_lack_of_memory(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(whole_run, NULL, "a run") > 50);
}

static void what_is_told_of_a_run_survives_any_lack_of_memory(void **state)
{
    (void)state;
    static const char *const FORMATS[] = { "table", "csv", "json" };
    char dir[400], name[40];
    pp_error err;
    assert_true(whole_run(NULL, &err) >= 0);
    snprintf(name, sizeof name, "run-%zu", n_runs);
    in_folder(dir, name);
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        format = FORMATS[i];
        assert_true(fail_each_allocation(show, dir, format) > 5);
    }
    assert_true(fail_each_allocation(verify, dir, "verify") > 5);
    assert_true(fail_each_allocation(resume, dir, "resume") > 5);
}

/* ---- A database that cannot be written for a while --------------------------------------------------------------- */

static void change(const char *dir, const char *sql)
{
    char path[500];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/run.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void what_could_not_be_written_down_is_done_when_the_run_goes_on(void **state)
{
    (void)state;
    char path[400], dir[400], *text;
    pp_audit *audit;
    pp_error err;
    in_folder(dir, "locked");
    assert_ok(pp_audit_create(&audit, dir, in_folder(path, "model.onnx"), inputs, params, &err), err);
    change(dir, "ALTER TABLE images RENAME TO away");
    assert_int_equal(pp_audit_run(audit, NULL, &err), PP_STORE);
    change(dir, "ALTER TABLE away RENAME TO images");
    assert_int_equal(pp_audit_run(audit, NULL, &err), PP_PARTIAL); /* one image is broken */
    pp_audit_free(audit);
    assert_ok(pp_verify(dir, NULL, &text, &err), err);
    assert_string_equal(text, "1 of 1 saved adversarial images hold\n"); /* and nothing is still to be done */
    free(text);
}

/* ---- A comparison ------------------------------------------------------------------------------------------------ */

/* In the same folder each time: one that was not begun leaves nothing in the way of the next. */
static pp_code begin_comparison(void *user, pp_error *err)
{
    static const uint64_t BUDGETS[] = { 100, 300 };
    char path[400], *made = NULL;
    const pp_params *const methods[] = { params };
    const pp_compare_plan plan = { methods, 1, 1, BUDGETS, 2 };
    pp_code code = pp_compare_create(&made, user, in_folder(path, "model.onnx"), inputs, &plan, err);
    assert_true((made != NULL) == (code == PP_OK));
    free(made);
    return code;
}

static pp_code go_on(void *user, pp_error *err)
{
    return pp_compare_run(user, NULL, err);
}

static pp_code show_comparison(void *user, pp_error *err)
{
    char *text = NULL;
    pp_code code = pp_compare_show(user, NULL, 0, format, &text, err);
    assert_true((text != NULL) == (code >= 0));
    free(text);
    return code;
}

static void a_comparison_survives_any_lack_of_memory(void **state)
{
    (void)state;
    static const char *const FORMATS[] = { "table", "csv", "json" };
    char dir[400];
    pp_error err;
    in_folder(dir, "compared");
    assert_true(fail_each_allocation(begin_comparison, dir, "a comparison") > 20);
    assert_true(pp_compare_run(dir, NULL, &err) >= 0);
    assert_true(fail_each_allocation(go_on, dir, "a comparison that is done") > 5);
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        format = FORMATS[i];
        assert_true(fail_each_allocation(show_comparison, dir, format) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_and_inspection_survive_any_lack_of_memory),
        cmocka_unit_test(a_run_survives_any_lack_of_memory),
        cmocka_unit_test(what_is_told_of_a_run_survives_any_lack_of_memory),
        cmocka_unit_test(what_could_not_be_written_down_is_done_when_the_run_goes_on),
        cmocka_unit_test(a_comparison_survives_any_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
