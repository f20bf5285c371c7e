/* A comparison's runs: begun whole or not at all, stopped and gone on with. */
#include "support.h"

#include "attack/params.h"
#include "audit/plan.h"
#include "oracle/small_model.h"
#include "store/store.h"

#include <sys/stat.h>

static const char *const METHODS[] = { "pursuit", "dgde" };
static char folder[256], model_path[300], dir[300];
static pp_params *params[2];
static pp_inputs *inputs;
static const uint64_t BUDGETS[] = { 60, 120 };
static pp_compare_plan plan = { (const pp_params *const *)params, 2, 2, BUDGETS, 2 };

/* Two images and a model in a new folder. */
static int set_up(void **state)
{
    (void)state;
    pp_error err;
    char path[300];
    const small_model m = { .n_outputs = 2, .tail = "Softmax" };
    new_folder(folder);
    snprintf(dir, sizeof dir, "%s/both", folder);
    snprintf(model_path, sizeof model_path, "%s/model.onnx", folder);
    Onnx__ModelProto *proto = new_small_model(&m);
    save_model(proto, model_path);
    free_model(proto);
    assert_ok(pp_inputs_new(&inputs, &err), err);
    for (unsigned i = 1; i <= 2; i++) {
        snprintf(path, sizeof path, "%s/%u.png", folder, i);
        pp_image *image = small_image(&m, i);
        assert_ok(pp_image_save_png(image, path, &err), err);
        pp_image_free(image);
        assert_ok(pp_inputs_add(inputs, path, &err), err);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_ok(pp_params_new(&params[i], METHODS[i], &err), err);
        assert_ok(pp_params_set(params[i], "preset", "unit", &err), err);
        assert_ok(pp_params_set(params[i], "queries", "120", &err), err);
        assert_ok(pp_params_set(params[i], "seed", "7", &err), err);
        assert_ok(pp_params_set(params[i], "engine", "onnxruntime", &err), err);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pp_inputs_free(inputs);
    pp_params_free(params[0]);
    pp_params_free(params[1]);
    remove_folder(folder);
    return 0;
}

static pp_code create(pp_error *err)
{
    char *made = NULL;
    pp_code code = pp_compare_create(&made, dir, model_path, inputs, &plan, err);
    assert_true((made != NULL) == (code == PP_OK));
    if (made)
        assert_string_equal(made, dir);
    free(made);
    return code;
}

static char *show(void)
{
    char *text = NULL;
    pp_error err;
    assert_ok(pp_compare_show(dir, NULL, 0, "csv", &text, &err), err);
    return text;
}

/* Seeds of the runs, in the order they are done; each has its own parameters. */
static void every_method_has_a_run_with_each_seed(void **state)
{
    (void)state;
    static const struct { const char *name, *method; uint64_t seed; } RUNS[] = {
        { "pursuit-7", "pursuit", 7 }, { "dgde-7", "dgde", 7 }, { "pursuit-8", "pursuit", 8 }, { "dgde-8", "dgde", 8 } };
    pp_error err;
    assert_ok(create(&err), err);
    for (size_t i = 0; i < 4; i++) {
        char path[400];
        pp_store *store;
        pp_run_record run;
        pp_params *stored;
        pp_image_record *images;
        size_t n;
        snprintf(path, sizeof path, "%s/%s", dir, RUNS[i].name);
        assert_ok(pp_store_open(&store, path, false, &err), err);
        assert_ok(pp_store_read_run(store, &run, &err), err);
        assert_ok(pp_store_read_params(store, &stored, &err), err);
        assert_ok(pp_store_read_images(store, &images, &n, &err), err);
        assert_string_equal(run.method, RUNS[i].method);
        assert_true(run.seed == RUNS[i].seed && stored->budget.seed == RUNS[i].seed && stored->budget.queries == 120 && n == 2);
        pp_image_records_free(images, n);
        pp_params_free(stored);
        pp_run_record_clear(&run);
        pp_store_close(store);
    }
}

/* What a watch sees, and when it stops. */
typedef struct watcher {
    size_t n_runs, n_finished, stop_after;
    int cancel;
} watcher;

static void look(void *user, const pp_progress *progress)
{
    watcher *w = user;
    if (progress->what == PP_RUN_BEGUN)
        assert_true(progress->n_images == 4 && strncmp(progress->path, dir, strlen(dir)) == 0);
    w->n_runs += progress->what == PP_RUN_BEGUN;
    w->n_finished += progress->what == PP_FINISHED;
    w->cancel = w->stop_after && w->n_finished >= w->stop_after;
}

static pp_code go_on(watcher *w, pp_error *err)
{
    pp_watch watch = { .progress = look, .user = w, .cancel = &w->cancel };
    return pp_compare_run(dir, &watch, err);
}

static void one_that_is_stopped_goes_on_where_it_was(void **state)
{
    (void)state;
    pp_error err;
    watcher whole = { .stop_after = 0 };
    assert_ok(create(&err), err);
    assert_ok(go_on(&whole, &err), err);
    assert_true(whole.n_runs == 4 && whole.n_finished == 8);
    char *expected = show();
    watcher again = { .stop_after = 0 };
    assert_ok(go_on(&again, &err), err); /* nothing is left to do */
    assert_true(again.n_runs == 0 && again.n_finished == 0);

    snprintf(dir, sizeof dir, "%s/cut", folder);
    assert_ok(create(&err), err);
    watcher first = { .stop_after = 3 }, rest = { .stop_after = 0 };
    assert_int_equal(go_on(&first, &err), PP_INTERRUPTED);
    assert_true(first.n_runs == 2 && first.n_finished == 3);
    assert_ok(go_on(&rest, &err), err);
    assert_true(rest.n_runs == 3 && rest.n_finished == 5);
    char *found = show();
    assert_string_equal(found, expected);
    free(found);
    free(expected);
}

static void a_comparison_is_not_begun_over_another(void **state)
{
    (void)state;
    pp_error err;
    assert_ok(create(&err), err);
    assert_int_equal(create(&err), PP_IO);
    assert_non_null(strstr(err.message, "holds a comparison already; say --resume"));
    assert_true(pp_plan_is_in(dir));
}

/* What lies where the last run would be is not touched, and no other run is begun. */
static void what_is_in_the_way_is_not_written_over(void **state)
{
    (void)state;
    pp_error err;
    char first[400], path[400];
    assert_int_equal(mkdir(dir, 0777), 0);
    snprintf(first, sizeof first, "%s/pursuit-7", dir);
    snprintf(path, sizeof path, "%s/dgde-8", dir);
    write_file(path, "x", 1);
    assert_int_equal(create(&err), PP_IO);
    assert_non_null(strstr(err.message, "dgde-8: is there already"));
    assert_int_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(first, F_OK), 0);
}

/* The seed after the last that there can be: the second run of each method cannot be made. */
static void a_beginning_that_fails_leaves_no_run(void **state)
{
    (void)state;
    pp_error err;
    for (size_t i = 0; i < 2; i++)
        assert_ok(pp_params_set(params[i], "seed", "1000000000000000", &err), err);
    assert_int_equal(create(&err), PP_ARG);
    assert_non_null(strstr(err.message, "--seed: '1000000000000001'"));
    assert_int_not_equal(access(dir, F_OK), 0);
}

static void a_wrong_model_leaves_no_folder(void **state)
{
    (void)state;
    pp_error err;
    snprintf(model_path, sizeof model_path, "%s/1.png", folder);
    assert_true(create(&err) < 0);
    assert_int_not_equal(access(dir, F_OK), 0);
}

static void assert_refused(const pp_compare_plan *wrong, const char *part)
{
    char *made = NULL;
    pp_error err;
    assert_int_equal(pp_compare_create(&made, dir, model_path, inputs, wrong, &err), PP_ARG);
    if (!strstr(err.message, part))
        fail_msg("'%s' has no '%s'", err.message, part);
    assert_int_not_equal(access(dir, F_OK), 0);
}

static void a_plan_that_is_none_is_refused(void **state)
{
    (void)state;
    pp_error err;
    const pp_params *const twice[] = { params[0], params[1], params[0] };
    pp_compare_plan wrong = plan;
    wrong.methods = twice, wrong.n_methods = 3;
    assert_refused(&wrong, "--methods: pursuit is there twice");
    wrong = plan, wrong.n_methods = 0;
    assert_refused(&wrong, "--methods: none");
    wrong = plan, wrong.n_seeds = 0;
    assert_refused(&wrong, "--seeds: 0");
    wrong = plan, wrong.n_budgets = 0;
    assert_refused(&wrong, "--budgets: none");
    wrong = plan, wrong.budgets = (const uint64_t[]){ 60, 121 };
    assert_refused(&wrong, "--budgets: 121 is above --queries 120");
    assert_ok(pp_params_set(params[1], "seed", "8", &err), err);
    assert_refused(&plan, "--seed: differs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_method_has_a_run_with_each_seed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_stopped_goes_on_where_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_comparison_is_not_begun_over_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_the_way_is_not_written_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_beginning_that_fails_leaves_no_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_model_leaves_no_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plan_that_is_none_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
