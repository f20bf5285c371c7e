/* test_engines.c - which engine the search asks, and that a candidate's answer depends on nothing but its pixels. */
#include "support.h"

#include "base/rng.h"
#include "oracle/oracle.h"
#include "oracle/small_model.h"

enum { N = 100 };

/* A small model in a folder that stays until the end: the incremental engine reads the file anew. */
typedef struct fixture {
    char folder[256], path[300];
    pp_model *model;
    pp_image *image;
    pp_oracle oracle;
    pp_pixel pixels[N][8];
    pp_candidate candidates[N];
    pp_verdict verdicts[N];
} fixture;

static void set_up(fixture *f, const small_model *m, const char *const *options)
{
    pp_rng rng;
    pp_error err;
    memset(f, 0, sizeof *f);
    new_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/model.onnx", f->folder);
    Onnx__ModelProto *proto = new_small_model(m);
    save_model(proto, f->path);
    free_model(proto);
    assert_ok(open_file_with(&f->model, f->path, options, &err), err);
    f->image = small_image(m, 3);
    pp_rng_seed(&rng, 5);
    for (size_t i = 0; i < N; i++) { /* of 1 to 8 pixels */
        for (size_t p = 0; p < 8; p++)
            f->pixels[i][p] = (pp_pixel){ .x = (uint16_t)pp_rng_below(&rng, SMALL_W), .y = (uint16_t)pp_rng_below(&rng, SMALL_H),
                                          .value = { (uint8_t)pp_rng_below(&rng, 256), (uint8_t)pp_rng_below(&rng, 256), 7 } };
        f->candidates[i] = (pp_candidate){ f->pixels[i], 1 + i % 8 };
    }
}

static void tear_down(fixture *f)
{
    pp_oracle_clear(&f->oracle);
    pp_image_free(f->image);
    pp_model_free(f->model);
    remove_folder(f->folder);
}

static void score_all(fixture *f)
{
    pp_error err;
    size_t n_scored;
    assert_ok(pp_model_choose_engine(f->model, f->image, 2, &err), err);
    assert_ok(pp_oracle_init(&f->oracle, f->model, &err), err);
    assert_ok(pp_oracle_begin(&f->oracle, f->image, &err), err);
    f->oracle.goal = (pp_goal){ .class_index = f->oracle.class_original };
    assert_ok(pp_oracle_score(&f->oracle, f->candidates, N, f->verdicts, &n_scored, &err), err);
    assert_int_equal(n_scored, N);
    assert_int_equal(f->oracle.queries, N + 1);
}

static void the_engine_asked_for_is_taken(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "onnxruntime", "incremental" };
    const small_model m = { 0 };
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        set_up(&f, &m, (const char *[]){ "engine", NAMES[i], NULL });
        score_all(&f);
        assert_string_equal(f.model->engine->name, NAMES[i]);
        assert_int_equal(strncmp(f.model->engine_note, NAMES[i], strlen(NAMES[i])), 0);
        assert_string_equal(f.model->reference->name, "onnxruntime");
        tear_down(&f);
    }
}

static void both_engines_give_the_same_verdicts(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 3, .tail = "Softmax" };
    fixture dense, incremental;
    set_up(&dense, &m, (const char *[]){ "engine", "onnxruntime", NULL });
    set_up(&incremental, &m, (const char *[]){ "engine", "incremental", NULL });
    score_all(&dense);
    score_all(&incremental);
    for (size_t i = 0; i < N; i++) {
        assert_true(fabs(dense.verdicts[i].margin - incremental.verdicts[i].margin) < 1e-5);
        assert_int_equal(dense.verdicts[i].decision, incremental.verdicts[i].decision);
    }
    tear_down(&dense);
    tear_down(&incremental);
}

/* From so many pixels on a candidate is the reference's, wherever it stands among the others: the same bits as alone. */
static void candidates_with_many_pixels_go_to_the_reference_and_come_back_in_order(void **state)
{
    (void)state;
    const small_model m = { 0 };
    fixture mixed, dense, incremental;
    set_up(&mixed, &m, (const char *[]){ "engine", "incremental", "dense-from", "4", NULL });
    set_up(&dense, &m, (const char *[]){ "engine", "onnxruntime", NULL });
    set_up(&incremental, &m, (const char *[]){ "engine", "incremental", NULL });
    score_all(&mixed);
    score_all(&dense);
    score_all(&incremental);
    size_t n_apart = 0;
    for (size_t i = 0; i < N; i++) {
        const fixture *owner = mixed.candidates[i].n > 4 ? &dense : &incremental;
        assert_true(mixed.verdicts[i].margin == owner->verdicts[i].margin);
        n_apart += dense.verdicts[i].margin != incremental.verdicts[i].margin;
    }
    assert_true(n_apart > 0); /* the two can be told apart at all */
    tear_down(&mixed);
    tear_down(&dense);
    tear_down(&incremental);
}

/* The base may move along with the search; the answers are the same bits. */
static void what_is_expected_changes_no_answer(void **state)
{
    (void)state;
    const small_model m = { 0 };
    fixture f;
    pp_verdict before[N];
    size_t n_scored;
    pp_error err;
    set_up(&f, &m, (const char *[]){ "engine", "incremental", NULL });
    score_all(&f);
    memcpy(before, f.verdicts, sizeof before);
    for (size_t hint = 0; hint < N; hint += 7) {
        assert_ok(pp_oracle_expect(&f.oracle, f.pixels[hint], hint % 9, &err), err);
        assert_ok(pp_oracle_score(&f.oracle, f.candidates, N, f.verdicts, &n_scored, &err), err);
        for (size_t i = 0; i < N; i++)
            assert_true(before[i].margin == f.verdicts[i].margin && before[i].p_original == f.verdicts[i].p_original);
    }
    assert_int_equal(f.oracle.queries, 1 + N + N * ((N + 6) / 7)); /* a hint is no query */
    tear_down(&f);
}

/* A worker whose first candidate has no pixels at all has no rows to make room for, and that is no lack of memory. */
static void an_unchanged_image_is_answered_by_every_worker(void **state)
{
    (void)state;
    const small_model m = { 0 };
    for (int repeat = 0; repeat < 20; repeat++) {
        fixture f;
        pp_candidate unchanged[8] = { 0 };
        size_t n_scored;
        pp_error err;
        set_up(&f, &m, (const char *[]){ "engine", "incremental", "threads", "4", NULL });
        void *engine = NULL;
        assert_ok(pp_model_open_incremental(&engine, f.model, &err), err);
        f.model->engine = &pp_engine_incremental; /* fresh: nothing was compared with it */
        f.model->engine_state = engine;
        f.model->engine_chosen = true;
        assert_ok(pp_oracle_init(&f.oracle, f.model, &err), err);
        assert_ok(pp_oracle_begin(&f.oracle, f.image, &err), err);
        f.oracle.goal = (pp_goal){ .class_index = f.oracle.class_original };
        for (int call = 0; call < 20; call++) {
            assert_ok(pp_oracle_score(&f.oracle, unchanged, 8, f.verdicts, &n_scored, &err), err);
            for (size_t i = 0; i < 8; i++)
                assert_true(f.verdicts[i].p_original == f.oracle.p_original && f.oracle.p_original != 0.5);
        }
        tear_down(&f);
    }
}

/* The reference, a little off to one side: what another engine's rounding is at its worst. */
static double offset;

static pp_code rebase_off(void *state, const pp_image *base, pp_error *err)
{
    return pp_engine_onnxruntime.rebase(state, base, err);
}

static pp_code score_off(void *state, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    pp_code code = pp_engine_onnxruntime.score(state, candidates, n, scores, err);
    for (size_t i = 0; i < n; i++) /* one score each */
        scores[i] += (float)offset;
    return code;
}

static const pp_engine engine_off = { .name = "off", .rebase = rebase_off, .score = score_off };

/* So close to the boundary that the two engines differ, the reference says which side it is: what is saved is scored by it. */
static void close_answers_are_the_references(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 1, .tail = "Sigmoid" };
    fixture f;
    float raw[N];
    size_t n_scored;
    pp_error err;
    set_up(&f, &m, (const char *[]){ "engine", "onnxruntime", NULL });
    f.model->engine = &engine_off;
    f.model->engine_state = f.model->reference_state;
    f.model->engine_chosen = true;
    assert_ok(pp_oracle_init(&f.oracle, f.model, &err), err);
    assert_ok(pp_oracle_begin(&f.oracle, f.image, &err), err);
    assert_ok(f.model->reference->score(f.model->reference_state, f.candidates, N, raw, &err), err);
    for (size_t i = 0; i < N; i++)
        for (int side = -1; side <= 1; side += 2)
            for (int by_confidence = 0; by_confidence < 2; by_confidence++) {
                double boundary = 1 / (1 + exp(-(raw[i] + side * 1e-6)));
                pp_verdict verdict;
                offset = side * 1e-5;
                f.model->head.threshold = by_confidence ? 1e-6 : boundary;
                f.oracle.goal = (pp_goal){ .towards = true, .class_index = 1, .confidence = by_confidence ? boundary : 0 };
                assert_ok(pp_oracle_score(&f.oracle, &f.candidates[i], 1, &verdict, &n_scored, &err), err);
                assert_int_equal(verdict.reached, side < 0);
            }
    assert_int_equal(f.oracle.queries, 1 + 4 * N); /* a second look is no query */
    tear_down(&f);
}

/* Two engines that see the two classes beside the original's in another order, by next to nothing. */
static pp_code score_second(void *state, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    (void)state, (void)candidates, (void)err;
    for (size_t i = 0; i < n; i++)
        memcpy(scores + 3 * i, (const float[]){ 0, 1, 1.00001F }, 3 * sizeof *scores);
    return PP_OK;
}

static pp_code score_first(void *state, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    (void)state, (void)candidates, (void)err;
    for (size_t i = 0; i < n; i++)
        memcpy(scores + 3 * i, (const float[]){ 0, 1.00001F, 1 }, 3 * sizeof *scores);
    return PP_OK;
}

/* Which class it is now is verified too. */
static void a_tie_of_other_classes_is_the_references_to_settle(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 3, .tail = "Softmax" };
    const pp_engine search = { .name = "search", .rebase = rebase_off, .score = score_second };
    const pp_engine reference = { .name = "reference", .rebase = rebase_off, .score = score_first, .close = pp_engine_onnxruntime.close };
    fixture f;
    set_up(&f, &m, NULL);
    f.model->reference = &reference;
    f.model->engine = &search;
    f.model->engine_state = f.model->reference_state;
    f.model->engine_chosen = true;
    score_all(&f);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(f.verdicts[i].decision, 1);
    tear_down(&f);
}

static void auto_makes_do_where_the_model_is_not_covered(void **state)
{
    (void)state;
    const small_model m = { .type = PP_ONNX_UINT8 }; /* the incremental engine takes float32 */
    fixture f;
    pp_error err;
    set_up(&f, &m, NULL);
    score_all(&f);
    assert_string_equal(f.model->engine->name, "onnxruntime");
    assert_non_null(strstr(f.model->engine_note, "its input is not float32"));
    tear_down(&f);
    set_up(&f, &m, (const char *[]){ "engine", "incremental", NULL });
    assert_int_equal(pp_model_choose_engine(f.model, f.image, 2, &err), PP_MODEL);
    assert_non_null(strstr(err.message, "its input is not float32"));
    tear_down(&f);
}

/* Whichever engine is the faster one here. */
static void auto_keeps_to_the_limit_that_was_said(void **state)
{
    (void)state;
    const small_model m = { 0 };
    fixture f;
    pp_error err;
    set_up(&f, &m, (const char *[]){ "engine", "auto", "dense-from", "5", NULL });
    assert_ok(pp_model_choose_engine(f.model, f.image, 2, &err), err);
    assert_int_equal(f.model->dense_from, 5);
    tear_down(&f);
}

/* With nearly all changes left out the scores are no longer the classifier's. */
static void a_change_threshold_with_which_the_engines_do_not_agree_is_refused(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "auto", "incremental" };
    const small_model m = { .front = "Relu" };
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        pp_error err;
        set_up(&f, &m, (const char *[]){ "engine", NAMES[i], NULL });
        f.model->change_threshold = 10;
        pp_code code = pp_model_choose_engine(f.model, f.image, 2, &err);
        assert_int_equal(code, i == 0 ? PP_OK : PP_MODEL);
        assert_string_equal(f.model->engine->name, "onnxruntime");
        assert_non_null(strstr(i == 0 ? f.model->engine_note : err.message, "its outputs differ by"));
        tear_down(&f);
    }
}

static void a_change_threshold_is_said_with_the_engine(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "onnxruntime", "incremental" };
    static const char *const SAID[] = { "; --change-threshold is for the incremental engine", "changed pixels and within" };
    const small_model m = { .front = "Relu" };
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        set_up(&f, &m, (const char *[]){ "engine", NAMES[i], "change-threshold", "1e-6", NULL });
        score_all(&f);
        assert_string_equal(f.model->engine->name, NAMES[i]);
        assert_non_null(strstr(f.model->engine_note, SAID[i]));
        tear_down(&f);
    }
}

static void a_model_file_that_changed_is_not_read_again(void **state)
{
    (void)state;
    const small_model m = { 0 };
    fixture f;
    pp_error err;
    set_up(&f, &m, (const char *[]){ "engine", "incremental", NULL });
    const small_model other = { .n_outputs = 3 };
    Onnx__ModelProto *proto = new_small_model(&other);
    save_model(proto, f.path);
    free_model(proto);
    assert_int_equal(pp_model_choose_engine(f.model, f.image, 2, &err), PP_MODEL);
    assert_non_null(strstr(err.message, "was changed since it was opened"));
    tear_down(&f);
}

static void a_method_that_changes_every_pixel_stays_with_the_reference(void **state)
{
    (void)state;
    const small_model m = { 0 };
    fixture f;
    pp_error err;
    set_up(&f, &m, NULL);
    assert_ok(pp_model_choose_engine(f.model, f.image, 0, &err), err);
    assert_string_equal(f.model->engine->name, "onnxruntime");
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_asked_for_is_taken),
        cmocka_unit_test(both_engines_give_the_same_verdicts),
        cmocka_unit_test(candidates_with_many_pixels_go_to_the_reference_and_come_back_in_order),
        cmocka_unit_test(what_is_expected_changes_no_answer),
        cmocka_unit_test(an_unchanged_image_is_answered_by_every_worker),
        cmocka_unit_test(close_answers_are_the_references),
        cmocka_unit_test(a_tie_of_other_classes_is_the_references_to_settle),
        cmocka_unit_test(auto_makes_do_where_the_model_is_not_covered),
        cmocka_unit_test(auto_keeps_to_the_limit_that_was_said),
        cmocka_unit_test(a_change_threshold_with_which_the_engines_do_not_agree_is_refused),
        cmocka_unit_test(a_change_threshold_is_said_with_the_engine),
        cmocka_unit_test(a_model_file_that_changed_is_not_read_again),
        cmocka_unit_test(a_method_that_changes_every_pixel_stays_with_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
