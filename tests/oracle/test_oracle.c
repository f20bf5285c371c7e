/* test_oracle.c - queries are counted, budgets kept, and verdicts come in the candidates' order. */
#include "support.h"

#include "attack/toy.h"
#include "oracle/oracle.h"

#include <time.h>

enum { N = 200 };

/* An oracle over a toy; batch: of the engine. */
typedef struct fixture {
    toy t;
    pp_callback spec;
    pp_params *params;
    pp_model *model;
    pp_image *image;
    pp_oracle oracle;
    pp_pixel pixels[N];
    pp_candidate candidates[N];
    pp_verdict verdicts[N];
} fixture;

/* Candidate i changes the toy's one planted pixel by i levels: the margin falls with i. */
static void set_up(fixture *f, const char *batch)
{
    pp_error err;
    *f = (fixture){ .t = TOYS[1] };
    f->spec = toy_spec(&f->t);
    f->image = toy_image(&f->t);
    assert_ok(pp_params_new(&f->params, "dgde", &err), err);
    assert_ok(pp_params_set(f->params, "batch", batch, &err), err);
    assert_ok(pp_model_from_callback(&f->model, &f->spec, f->params, &err), err);
    assert_ok(pp_oracle_init(&f->oracle, f->model, &err), err);
    f->t.n_images = f->t.n_calls = 0; /* without those of the model's first look */
    for (size_t i = 0; i < N; i++) {
        uint8_t level = (uint8_t)(128 - (i < 128 ? i : 127));
        f->pixels[i] = (pp_pixel){ .value = { level, level, level } };
        f->candidates[i] = (pp_candidate){ &f->pixels[i], 1 };
    }
}

static void begin(fixture *f)
{
    pp_error err;
    assert_ok(pp_oracle_begin(&f->oracle, f->image, &err), err);
    f->oracle.goal = (pp_goal){ .class_index = f->oracle.class_original };
}

static void tear_down(fixture *f)
{
    pp_oracle_clear(&f->oracle);
    pp_model_free(f->model);
    pp_params_free(f->params);
    pp_image_free(f->image);
}

static void the_original_is_the_first_query(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, "32");
    begin(&f);
    assert_int_equal(f.oracle.queries, 1);
    assert_int_equal(f.t.n_images, 1);
    assert_int_equal(f.oracle.class_original, 1); /* the toy's margin is 0.2 on it */
    assert_true(fabs(f.oracle.p_original - 1 / (1 + exp(-0.2))) < 1e-6);
    begin(&f); /* on the next image it starts again */
    assert_int_equal(f.oracle.queries, 1);
    tear_down(&f);
}

static void verdicts_come_in_order_and_each_candidate_counts_once(void **state)
{
    (void)state;
    static const char *const BATCHES[] = { "1", "7", "32", "64", "1000" };
    for (size_t b = 0; b < 5; b++) {
        fixture f;
        size_t n_scored = 0;
        pp_error err;
        set_up(&f, BATCHES[b]);
        begin(&f);
        assert_ok(pp_oracle_score(&f.oracle, f.candidates, N, f.verdicts, &n_scored, &err), err);
        assert_int_equal(n_scored, N);
        assert_int_equal(f.oracle.queries, N + 1);
        assert_int_equal(f.t.n_images, N + 1);
        for (size_t i = 0; i < N; i++) {
            double margin = 0.2 - (double)(i < 128 ? i : 127) / 128;
            const pp_verdict *v = &f.verdicts[i];
            assert_true(fabs(v->margin - margin) < 1e-6);
            assert_true(fabs(v->p_original - 1 / (1 + exp(-margin))) < 1e-6);
            assert_int_equal(v->reached, margin < 0);
            assert_int_equal(v->decision, margin < 0 ? 0 : 1);
        }
        tear_down(&f);
    }
}

/* With too little budget the first candidates are scored, and *n_scored says how many. */
static void at_the_budget_s_end_the_first_candidates_are_scored(void **state)
{
    (void)state;
    static const uint64_t BUDGETS[] = { 1, 2, 3, 63, 64, 65, 66, 128, 129, 200, 201 };
    for (size_t b = 0; b < sizeof BUDGETS / sizeof *BUDGETS; b++) {
        fixture f;
        size_t n_scored = 99;
        uint64_t left = BUDGETS[b] - 1;
        set_up(&f, "32");
        f.oracle.query_budget = BUDGETS[b];
        begin(&f);
        f.verdicts[left < N ? left : 0].margin = 77;
        pp_code code = pp_oracle_score(&f.oracle, f.candidates, N, f.verdicts, &n_scored, NULL);
        assert_int_equal(code, left < N ? PP_BUDGET : PP_OK);
        assert_int_equal(n_scored, left < N ? left : N);
        assert_int_equal(f.oracle.queries, BUDGETS[b] < N + 1 ? BUDGETS[b] : N + 1);
        assert_int_equal(f.t.n_images, f.oracle.queries);
        if (left < N)
            assert_true(f.verdicts[left].margin == 77); /* nothing behind the prefix is touched */
        for (size_t i = 0; i < n_scored; i++)
            assert_true(fabs(f.verdicts[i].margin - (0.2 - (double)(i < 128 ? i : 127) / 128)) < 1e-6);
        assert_int_equal(pp_oracle_score(&f.oracle, f.candidates, 1, f.verdicts, &n_scored, NULL), PP_BUDGET); /* and stays so */
        assert_int_equal(n_scored, 0);
        assert_int_equal(f.oracle.queries, BUDGETS[b]);
        tear_down(&f);
    }
}

static void nothing_asked_is_nothing_spent(void **state)
{
    (void)state;
    fixture f;
    size_t n_scored = 99;
    set_up(&f, "32");
    f.oracle.query_budget = 1;
    begin(&f);
    assert_int_equal(pp_oracle_score(&f.oracle, f.candidates, 0, f.verdicts, &n_scored, NULL), PP_OK);
    assert_int_equal(n_scored, 0);
    assert_int_equal(f.oracle.queries, 1);
    tear_down(&f);
}

static void when_the_time_is_up_no_more_is_asked(void **state)
{
    (void)state;
    fixture f;
    size_t n_scored = 99;
    set_up(&f, "32");
    f.oracle.time_budget = 0.01;
    begin(&f);
    nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
    assert_true(pp_oracle_time_is_up(&f.oracle));
    assert_int_equal(pp_oracle_score(&f.oracle, f.candidates, N, f.verdicts, &n_scored, NULL), PP_BUDGET);
    assert_int_equal(n_scored, 0);
    assert_int_equal(f.oracle.queries, 1);
    f.oracle.time_budget = 1000;
    assert_false(pp_oracle_time_is_up(&f.oracle));
    f.oracle.time_budget = 0; /* none */
    assert_false(pp_oracle_time_is_up(&f.oracle));
    tear_down(&f);
}

/* Asks for an end in the middle of a long call. */
typedef struct interrupter {
    toy *t;
    volatile int cancel;
} interrupter;

static pp_code predict_then_cancel(void *user, const uint8_t *images, size_t n, float *scores)
{
    interrupter *i = user;
    i->cancel = i->t->n_images + n > 50;
    return toy_predict(i->t, images, n, scores);
}

static void a_wish_to_stop_is_heard_between_chunks(void **state)
{
    (void)state;
    fixture f;
    size_t n_scored = 0;
    set_up(&f, "32");
    interrupter i = { .t = &f.t };
    f.spec.predict = predict_then_cancel;
    f.spec.user = &i;
    f.oracle.cancel = &i.cancel;
    begin(&f);
    assert_int_equal(pp_oracle_score(&f.oracle, f.candidates, N, f.verdicts, &n_scored, NULL), PP_INTERRUPTED);
    assert_in_range(n_scored, 1, N - 1); /* what was scored before is kept and counted */
    assert_int_equal(f.oracle.queries, n_scored + 1);
    assert_int_equal(f.t.n_images, f.oracle.queries);
    assert_true(fabs(f.verdicts[n_scored - 1].margin - (0.2 - (double)(n_scored - 1) / 128)) < 1e-6);
    tear_down(&f);
}

static pp_code refuse(void *user, const uint8_t *images, size_t n, float *scores)
{
    toy *t = user;
    return t->n_images + n > 100 ? PP_MODEL : toy_predict(user, images, n, scores);
}

static void a_classifier_that_fails_is_told_and_what_failed_is_not_counted(void **state)
{
    (void)state;
    fixture f;
    size_t n_scored = 0;
    pp_error err;
    set_up(&f, "1000");
    f.spec.predict = refuse;
    begin(&f);
    assert_int_equal(pp_oracle_score(&f.oracle, f.candidates, N, f.verdicts, &n_scored, &err), PP_MODEL);
    assert_int_equal(f.oracle.queries, n_scored + 1);
    assert_int_equal(f.t.n_images, f.oracle.queries);
    assert_non_null(strstr(err.message, "one pixel:"));
    tear_down(&f);
}

static void goals_turn_the_margin(void **state)
{
    (void)state;
    const pp_head head = { .n_outputs = 3, .softmax = true, .logits = true, .threshold = 0.5, .n_classes = 3 };
    const float raw[] = { 0.5f, 2, 1 };
    pp_goal away = { .class_index = 1 }, towards_1 = { .towards = true, .class_index = 1 }, away_from_2 = { .class_index = 2 };
    assert_false(pp_goal_reached(&away, &head, raw));
    assert_true(pp_goal_reached(&towards_1, &head, raw));
    assert_true(pp_goal_reached(&away_from_2, &head, raw));
    double p = pp_head_probability(&head, raw, 1);
    towards_1.confidence = p - 1e-6;
    assert_true(pp_goal_reached(&towards_1, &head, raw));
    towards_1.confidence = p + 1e-6;
    assert_false(pp_goal_reached(&towards_1, &head, raw)); /* decided for, but not surely enough */
    away_from_2.confidence = 1 - pp_head_probability(&head, raw, 2) + 1e-6;
    assert_false(pp_goal_reached(&away_from_2, &head, raw));
}

/* The engine must not hold on to the image when its owner frees it. */
static void after_the_end_no_image_is_borrowed(void **state)
{
    (void)state;
    fixture f;
    int decision = -1;
    set_up(&f, "32");
    begin(&f);
    pp_oracle_end(&f.oracle);
    pp_image_free(f.image);
    f.image = toy_image(&f.t);
    assert_int_equal(pp_classify(f.model, f.image, NULL, &decision, NULL), PP_OK);
    assert_int_equal(decision, 1);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_is_the_first_query),
        cmocka_unit_test(verdicts_come_in_order_and_each_candidate_counts_once),
        cmocka_unit_test(at_the_budget_s_end_the_first_candidates_are_scored),
        cmocka_unit_test(nothing_asked_is_nothing_spent),
        cmocka_unit_test(when_the_time_is_up_no_more_is_asked),
        cmocka_unit_test(a_wish_to_stop_is_heard_between_chunks),
        cmocka_unit_test(a_classifier_that_fails_is_told_and_what_failed_is_not_counted),
        cmocka_unit_test(goals_turn_the_margin),
        cmocka_unit_test(after_the_end_no_image_is_borrowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
