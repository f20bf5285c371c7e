/* test_attack_memory.c - nothing is allocated between two steps of a method, and whatever allocation fails, from the model file to the
 * result, is told as lack of memory and leaves no block behind. */
#include "allocations.h"

#include "attack/method.h"
#include "attack/run.h"
#include "attack/toy.h"
#include "oracle/small_model.h"

/* ---- Between two steps ------------------------------------------------------------------------------------------- */

/* Allocations at the first and at the latest step. */
typedef struct tally {
    size_t n_steps, first, last;
} tally;

static void count_step(void *user, const pp_run *run)
{
    (void)run;
    tally *t = user;
    t->last = heap.n_allocations;
    if (t->n_steps++ == 0)
        t->first = t->last;
}

static size_t n_steps_seen;

static void watch_attack(pp_model *model, const pp_image *image, const pp_params *params, const char *what)
{
    tally t = { 0 };
    pp_step_watch watch = { .on_step = count_step, .user = &t };
    pp_result *result = NULL;
    pp_error err;
    heap.n_allocations = 0;
    assert_ok(pp_run_attack(&result, model, image, -1, params, NULL, NULL, &watch, &err), err);
    if (t.last != t.first)
        fail_msg("%s: %zu allocations in %zu steps", what, t.last - t.first, t.n_steps);
    n_steps_seen += t.n_steps;
    pp_result_free(result);
}

static void no_method_allocates_between_two_steps(void **state)
{
    (void)state;
    for (size_t m = 0; pp_methods[m]; m++)
        for (size_t i = 0; i < N_TOYS; i++) {
            toy t = TOYS[i];
            pp_callback spec = toy_spec(&t);
            pp_image *image = toy_image(&t);
            pp_params *params = NULL;
            pp_model *model = NULL;
            pp_error err;
            assert_ok(pp_params_new(&params, pp_methods[m]->name, &err), err);
            assert_ok(pp_params_set(params, "output", t.probabilities ? "softmax" : "auto", &err), err);
            assert_ok(pp_params_set(params, "queries", "2000", &err), err);
            assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
            watch_attack(model, image, params, pp_methods[m]->name);
            pp_model_free(model);
            pp_params_free(params);
            pp_image_free(image);
        }
    assert_true(n_steps_seen > 500);
}

/* The same with ONNX Runtime behind it (whose own allocations are its own). */
static void nor_does_the_engine_of_model_files(void **state)
{
    (void)state;
    const small_model m = { .tail = "Softmax" };
    for (size_t k = 0; pp_methods[k]; k++) {
        pp_params *params = NULL;
        pp_error err;
        pp_model *model = open_small_model(&m, (const char *[]){ "batch", "7", "threads", "2", NULL });
        pp_image *image = small_image(&m, 1);
        assert_ok(pp_params_new(&params, pp_methods[k]->name, &err), err);
        watch_attack(model, image, params, pp_methods[k]->name);
        pp_params_free(params);
        pp_image_free(image);
        pp_model_free(model);
    }
}

/* ---- Each allocation in turn ------------------------------------------------------------------------------------- */

typedef struct scene {
    const char *method;
    toy t;
    size_t n_queries; /* of a whole attack; 0: not known yet */
    pp_callback spec;
    pp_image *image;
    pp_model *model;
    pp_params *params;
    char folder[256], path[300];
} scene;

static pp_code make_params(void *user, pp_error *err)
{
    const scene *s = user;
    pp_params *params = NULL;
    char *text = NULL;
    pp_code code = pp_params_new(&params, s->method, err);
    if (code != PP_OK) {
        assert_null(params);
        return code;
    }
    code = pp_params_set(params, "positive", "1", err);
    if (code == PP_OK)
        code = pp_params_get(params, "queries", &text, err);
    free(text);
    pp_params_free(params);
    return code;
}

/* All memory is there before the first query: lack of it shows at the start, or when the result is written at the end. */
static pp_code attack(void *user, pp_error *err)
{
    scene *s = user;
    pp_result *result = NULL;
    size_t before = s->t.n_images;
    pp_code code = pp_attack(&result, s->model, s->image, s->params, err);
    size_t n_queries = s->t.n_images - before;
    assert_true((result != NULL) == (code == PP_OK));
    if (code == PP_OK)
        s->n_queries = n_queries;
    else
        assert_true(n_queries == 0 || n_queries == s->n_queries);
    pp_result_free(result);
    return code;
}

/* Made, written to a file, drawn and told. */
static pp_code map(void *user, pp_error *err)
{
    scene *s = user;
    pp_map_result *map = NULL;
    pp_image *picture = NULL;
    char *text = NULL;
    unlink(s->path);
    pp_code code = pp_map_make(&map, s->model, s->image, s->params, &(pp_map_plan){ .stride = 6, .csv = s->path }, NULL, err);
    assert_true((map != NULL) == (code == PP_OK));
    if (code == PP_OK)
        code = pp_map_picture(&picture, map, err);
    if (code == PP_OK)
        code = pp_map_text(map, s->model, "table", &text, err);
    free(text);
    pp_image_free(picture);
    pp_map_result_free(map);
    return code;
}

static void maps_survive_any_lack_of_memory(void **state)
{
    (void)state;
    scene s = { .method = "noise", .t = TOYS[0] };
    pp_error err;
    s.spec = toy_spec(&s.t);
    s.image = toy_image(&s.t);
    snprintf(s.path, sizeof s.path, "%s/map.csv", new_folder(s.folder));
    assert_ok(pp_params_new(&s.params, s.method, &err), err);
    assert_ok(pp_model_from_callback(&s.model, &s.spec, s.params, &err), err);
    assert_ok(map(&s, &err), err);
    assert_true(fail_each_allocation(map, &s, "a map") > 5);
    pp_model_free(s.model);
    pp_params_free(s.params);
    pp_image_free(s.image);
    remove_folder(s.folder);
}

static void parameters_and_attacks_survive_any_lack_of_memory(void **state)
{
    (void)state;
    for (size_t m = 0; pp_methods[m]; m++) {
        scene s = { .method = pp_methods[m]->name, .t = TOYS[0] };
        pp_error err;
        s.spec = toy_spec(&s.t);
        s.image = toy_image(&s.t);
        assert_ok(pp_params_new(&s.params, s.method, &err), err);
        assert_ok(pp_params_set(s.params, "queries", "400", &err), err);
        assert_ok(pp_model_from_callback(&s.model, &s.spec, s.params, &err), err);
        assert_true(fail_each_allocation(make_params, &s, s.method) > 5);
        assert_ok(attack(&s, &err), err);
        assert_true(fail_each_allocation(attack, &s, s.method) > 10);
        pp_model_free(s.model);
        pp_params_free(s.params);
        pp_image_free(s.image);
    }
}

static pp_code open_function(void *user, pp_error *err)
{
    const scene *s = user;
    pp_model *model = NULL;
    int decision;
    pp_code code = pp_model_from_callback(&model, &s->spec, s->params, err);
    assert_true((model != NULL) == (code == PP_OK));
    if (code == PP_OK)
        code = pp_classify(model, s->image, NULL, &decision, err);
    pp_model_free(model);
    return code;
}

static pp_code open_file(void *user, pp_error *err)
{
    const scene *s = user;
    pp_model *model = NULL;
    pp_code code = pp_model_open(&model, s->path, s->params, err);
    assert_true((model != NULL) == (code == PP_OK));
    pp_model_free(model);
    return code;
}

static void write_text(const scene *s, const char *name, const char *text)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    write_file(path, text, strlen(text));
}

static void models_survive_any_lack_of_memory(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "a", "b" };
    static const char *const TAILS[] = { "Softmax Identity", "Sigmoid" };
    scene s = { .method = "dgde", .t = TOYS[0] };
    pp_error err;
    s.spec = toy_spec(&s.t);
    s.spec.class_names = NAMES;
    s.image = toy_image(&s.t);
    assert_ok(pp_params_new(&s.params, s.method, &err), err);
    assert_ok(pp_params_set(s.params, "positive", "1", &err), err);
    assert_ok(pp_params_set(s.params, "threads", "2", &err), err);
    assert_ok(pp_params_set(s.params, "label-map", "ill=1", &err), err);
    assert_true(fail_each_allocation(open_function, &s, "a function") > 5);
    new_folder(s.folder);
    snprintf(s.path, sizeof s.path, "%s/model.onnx", s.folder);
    write_text(&s, "config.json", "{\"id2label\": {\"0\": \"well\", \"1\": \"ill\"}}");
    write_text(&s, "preprocessor_config.json", "{\"do_rescale\": true, \"size\": {\"height\": 5, \"width\": 6}, \"image_mean\": [0.5], "
                                               "\"image_std\": [0.5], \"do_normalize\": true}");
    for (size_t i = 0; i < 2; i++) { /* two classes, and two findings */
        Onnx__ModelProto *proto = new_small_model(&(small_model){ .tail = TAILS[i] });
        save_model(proto, s.path);
        free_model(proto);
        assert_true(fail_each_allocation(open_file, &s, TAILS[i]) > 30);
    }
    remove_folder(s.folder);
    pp_params_free(s.params);
    pp_image_free(s.image);
}

static pp_code load_and_save(void *user, pp_error *err)
{
    const scene *s = user;
    pp_image *image = NULL;
    pp_code code = pp_image_load(&image, s->path, s->model, s->params, err);
    assert_true((image != NULL) == (code == PP_OK));
    if (code == PP_OK)
        code = pp_image_save_png(image, s->path, err);
    pp_image_free(image);
    return code;
}

static pp_code list_inputs(void *user, pp_error *err)
{
    const scene *s = user;
    char path[400];
    pp_inputs *inputs = NULL;
    pp_code code = pp_inputs_new(&inputs, err);
    if (code != PP_OK)
        return code;
    code = pp_inputs_add(inputs, s->folder, err);
    size_t n = pp_inputs_count(inputs);
    snprintf(path, sizeof path, "%s/list.csv", s->folder);
    if (code == PP_OK) {
        code = pp_inputs_add(inputs, path, err);
        if (code != PP_OK)
            assert_int_equal(pp_inputs_count(inputs), n); /* all of it or nothing */
    }
    rewind(stdin);
    if (code == PP_OK)
        code = pp_inputs_add(inputs, "-", err);
    pp_inputs_free(inputs);
    return code;
}

static void images_and_lists_survive_any_lack_of_memory(void **state)
{
    (void)state;
    scene s = { .method = "dgde", .t = TOYS[0] };
    char path[400];
    pp_error err;
    s.spec = toy_spec(&s.t);
    s.image = toy_image(&s.t);
    new_folder(s.folder);
    snprintf(s.path, sizeof s.path, "%s/a.png", s.folder);
    assert_ok(pp_params_new(&s.params, s.method, &err), err);
    assert_ok(pp_model_from_callback(&s.model, &s.spec, s.params, &err), err);
    assert_ok(pp_image_save_png(s.image, s.path, &err), err);
    assert_true(fail_each_allocation(load_and_save, &s, "an image") > 2);
    for (int i = 0; i < 20; i++) { /* more than the list has room for at first */
        char name[20];
        snprintf(name, sizeof name, "%d.png", i);
        write_text(&s, name, "");
    }
    write_text(&s, "list.csv", "path,label,more\na.png,x,1\n\"b, c.png\",y,2\n");
    write_text(&s, "paths", "/x/a.png\n/x/b.png\n");
    snprintf(path, sizeof path, "%s/paths", s.folder);
    assert_non_null(freopen(path, "r", stdin));
    assert_true(fail_each_allocation(list_inputs, &s, "a list") > 30);
    remove_folder(s.folder);
    pp_model_free(s.model);
    pp_params_free(s.params);
    pp_image_free(s.image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_method_allocates_between_two_steps),
        cmocka_unit_test(nor_does_the_engine_of_model_files),
        cmocka_unit_test(parameters_and_attacks_survive_any_lack_of_memory),
        cmocka_unit_test(maps_survive_any_lack_of_memory),
        cmocka_unit_test(models_survive_any_lack_of_memory),
        cmocka_unit_test(images_and_lists_survive_any_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
