/* test_inspect.c - what is told of a model is told of its file, whatever has been done with it since it was opened. */
#include "support.h"

#include "oracle/model.h"
#include "oracle/small_model.h"

typedef struct fixture {
    char folder[256], path[300];
    pp_model *model;
} fixture;

static void write_model(const fixture *f, const small_model *m)
{
    Onnx__ModelProto *proto = new_small_model(m);
    save_model(proto, f->path);
    free_model(proto);
}

static void set_up(fixture *f, const small_model *m)
{
    pp_error err;
    new_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/model.onnx", f->folder);
    write_model(f, m);
    assert_ok(open_file_with(&f->model, f->path, (const char *[]){ "engine", "incremental", NULL }, &err), err);
}

static void tear_down(fixture *f)
{
    pp_model_free(f->model);
    remove_folder(f->folder);
}

static void an_engine_chosen_for_a_search_changes_nothing(void **state)
{
    (void)state;
    static const char *const FORMATS[] = { "table", "json" };
    const small_model m = { .n_outputs = 3, .tail = "Softmax" };
    fixture f;
    char *before[2], *after;
    pp_error err;
    set_up(&f, &m);
    for (size_t i = 0; i < 2; i++)
        assert_ok(pp_model_inspect(f.model, FORMATS[i], &before[i], &err), err);
    assert_non_null(strstr(before[0], "multiply-adds"));
    pp_image *image = small_image(&m, 1);
    assert_ok(pp_model_choose_engine(f.model, image, 1, &err), err);
    assert_string_equal(f.model->engine->name, "incremental");
    for (size_t i = 0; i < 2; i++) {
        assert_ok(pp_model_inspect(f.model, FORMATS[i], &after, &err), err);
        assert_string_equal(after, before[i]);
        free(before[i]);
        free(after);
    }
    pp_image_free(image);
    tear_down(&f);
}

static void a_file_that_was_changed_is_refused(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 3 }, other = { .n_outputs = 2 };
    fixture f;
    char *text = NULL;
    pp_error err;
    set_up(&f, &m);
    write_model(&f, &other);
    assert_int_equal(pp_model_inspect(f.model, "table", &text, &err), PP_MODEL);
    assert_non_null(strstr(err.message, "was changed since it was opened"));
    assert_null(text);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_engine_chosen_for_a_search_changes_nothing),
        cmocka_unit_test(a_file_that_was_changed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
