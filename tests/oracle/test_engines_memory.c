/* test_engines_memory.c - whatever allocation fails while an engine is chosen, the search still has one, or the failure is told; nothing
 * is left behind. */
#include "allocations.h"

#include "oracle/model.h"
#include "oracle/small_model.h"

typedef struct fixture {
    char folder[256], path[300];
    pp_model *model;
    pp_image *image;
} fixture;

/* The file stays until the end: the incremental engine reads it anew. */
static void set_up(fixture *f, const char *engine)
{
    const small_model m = { .n_outputs = 3, .tail = "Softmax" };
    pp_error err;
    new_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/model.onnx", f->folder);
    Onnx__ModelProto *proto = new_small_model(&m);
    save_model(proto, f->path);
    free_model(proto);
    assert_ok(open_file_with(&f->model, f->path, (const char *[]){ "engine", engine, "threads", "1", NULL }, &err), err);
    f->image = small_image(&m, 3);
}

/* As if no engine had been chosen yet. */
static void choose_no_engine(pp_model *model)
{
    if (model->engine != model->reference)
        model->engine->close(model->engine_state);
    model->engine = model->reference;
    model->engine_state = model->reference_state;
    model->engine_chosen = false;
    model->dense_from = SIZE_MAX;
}

static void tear_down(fixture *f)
{
    pp_image_free(f->image);
    pp_model_free(f->model);
    remove_folder(f->folder);
}

static void the_reference_does_without_the_memory_that_auto_lacks(void **state)
{
    (void)state;
    fixture f;
    size_t k = 1;
    set_up(&f, "auto");
    for (bool failed = true; failed; k++) {
        pp_error err = { 0 };
        heap.n_blocks = heap.n_allocations = 0;
        heap.fail_at = k;
        pp_code code = pp_model_choose_engine(f.model, f.image, 2, &err);
        failed = heap.n_allocations >= k;
        heap.fail_at = 0;
        assert_ok(code, err);
        if (failed) {
            assert_ptr_equal(f.model->engine, f.model->reference);
            assert_true(f.model->dense_from == SIZE_MAX);
            assert_non_null(strstr(f.model->engine_note, "out of memory"));
            assert_int_equal(heap.n_blocks, 0);
        }
        choose_no_engine(f.model);
    }
    assert_true(k > 50); /* the engine and its maps were among them */
    tear_down(&f);
}

static pp_code choose(void *user, pp_error *err)
{
    const fixture *f = user;
    pp_code code = pp_model_choose_engine(f->model, f->image, 2, err);
    choose_no_engine(f->model);
    return code;
}

static void lack_of_memory_is_told_where_the_incremental_engine_was_asked_for(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, "incremental");
    assert_true(fail_each_allocation(choose, &f, "the incremental engine") > 50);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_does_without_the_memory_that_auto_lacks),
        cmocka_unit_test(lack_of_memory_is_told_where_the_incremental_engine_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
