/* test_engine_onnxruntime.c - what reaches the model's input and what is read at its output, for each layout, element type and batch: held
 * against the same arithmetic in doubles. */
#include "oracle/small_model.h"

enum { N = 40 };

/* Options as the engine meets them. */
static const char *const THREADS_AND_BATCHES[][5] = {
    { "threads", "1", "batch", "1" }, { "threads", "2", "batch", "1" },  { "threads", "1", "batch", "7" },
    { "threads", "2", "batch", "7" }, { "threads", "1", "batch", "32" }, { "threads", "2", "batch", "32" },
    { "threads", "4", "batch", "3" },
};
enum { N_WAYS = sizeof THREADS_AND_BATCHES / sizeof *THREADS_AND_BATCHES };

/* A base and candidates over it: candidate i changes i pixels. */
typedef struct scene {
    pp_image *base;
    pp_pixel pixels[N][N];
    pp_candidate candidates[N];
} scene;

static void set_scene(scene *s, const small_model *m)
{
    s->base = small_image(m, 1);
    for (size_t i = 0; i < N; i++) {
        size_t n = i < SMALL_W * SMALL_H ? i : SMALL_W * SMALL_H;
        for (size_t k = 0; k < n; k++) {
            size_t place = (k * 7 + i) % (SMALL_W * SMALL_H);
            s->pixels[i][k] = (pp_pixel){ .x = (uint16_t)(place % SMALL_W), .y = (uint16_t)(place / SMALL_W),
                                          .value = { (uint8_t)(i * 37 + k), (uint8_t)(255 - k), (uint8_t)(k * 9) } };
        }
        s->candidates[i] = (pp_candidate){ s->pixels[i], n };
    }
}

static void score_scene(pp_model *model, const scene *s, float *scores)
{
    pp_error err;
    assert_ok(model->engine->rebase(model->engine_state, s->base, &err), err);
    assert_ok(model->engine->score(model->engine_state, s->candidates, N, scores, &err), err);
}

/* Each candidate's scores against the arithmetic, within a tolerance relative to 1. */
static void assert_scene(const small_model *m, const char *const *options, double tolerance)
{
    scene s;
    float scores[N * SMALL_MOST];
    size_t n_outputs = (size_t)small_outputs(m);
    pp_model *model = open_small_model(m, options);
    assert_int_equal(model->head.n_outputs, n_outputs);
    set_scene(&s, m);
    score_scene(model, &s, scores);
    for (size_t i = 0; i < N; i++) {
        double expected[SMALL_MOST];
        pp_image *painted = NULL;
        assert_int_equal(pp_image_copy(&painted, s.base, NULL), PP_OK);
        pp_image_paint(painted, s.candidates[i].pixels, s.candidates[i].n);
        small_logits(m, painted, &model->plan, expected);
        for (size_t k = 0; k < n_outputs; k++)
            if (fabs(scores[i * n_outputs + k] - expected[k]) > tolerance * (1 + fabs(expected[k])))
                fail_msg("candidate %zu, output %zu: %g; expected %g", i, k, (double)scores[i * n_outputs + k], expected[k]);
        pp_image_free(painted);
    }
    pp_image_free(s.base);
    pp_model_free(model);
}

static void every_layout_and_number_of_channels_is_fed_right(void **state)
{
    (void)state;
    static const char *const VALUES[] = { "preset", "imagenet", NULL };
    static const char *const GRAY[] = { "mean", "0.3", "std", "0.25", NULL };
    for (int nhwc = 0; nhwc < 2; nhwc++) {
        assert_scene(&(small_model){ .nhwc = nhwc, .channels = 3, .n_outputs = 4 }, VALUES, 1e-5);
        assert_scene(&(small_model){ .nhwc = nhwc, .channels = 1, .n_outputs = 4 }, GRAY, 1e-5);
    }
}

static void float16_and_uint8_inputs_are_fed_right(void **state)
{
    (void)state;
    for (int nhwc = 0; nhwc < 2; nhwc++) {
        assert_scene(&(small_model){ .type = PP_ONNX_FLOAT16, .nhwc = nhwc }, NULL, 2e-3); /* 11 bits of each value */
        assert_scene(&(small_model){ .type = PP_ONNX_UINT8, .nhwc = nhwc }, (const char *[]){ "preset", "none", NULL }, 1e-4);
    }
}

static void an_open_and_a_fixed_batch_give_the_same(void **state)
{
    (void)state;
    static const char *const BATCHES[] = { "N", "1", "4", "64" };
    for (size_t i = 0; i < 4; i++)
        for (size_t w = 0; w < N_WAYS; w++)
            assert_scene(&(small_model){ .batch = BATCHES[i], .n_outputs = 3 }, THREADS_AND_BATCHES[w], 1e-5);
}

static void outputs_of_any_number_and_floating_type_are_read(void **state)
{
    (void)state;
    for (int n = 1; n <= SMALL_MOST; n++) {
        assert_scene(&(small_model){ .n_outputs = n }, NULL, 1e-5);
        assert_scene(&(small_model){ .n_outputs = n, .tail = "Unsqueeze" }, NULL, 1e-5); /* N x K x 1 */
        assert_scene(&(small_model){ .n_outputs = n, .output_type = PP_ONNX_DOUBLE }, NULL, 1e-5);
        assert_scene(&(small_model){ .n_outputs = n, .output_type = PP_ONNX_FLOAT16 }, NULL, 1e-3);
    }
}

/* Bit by bit: a stored run must not depend on the machine's number of cores. */
static void the_same_scores_whatever_threads_and_batch(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 5 };
    float first[N * 5], scores[N * 5];
    scene s;
    set_scene(&s, &m);
    for (size_t w = 0; w < N_WAYS; w++) {
        pp_model *model = open_small_model(&m, THREADS_AND_BATCHES[w]);
        for (int again = 0; again < 3; again++) {
            score_scene(model, &s, w == 0 && again == 0 ? first : scores);
            if (w > 0 || again > 0)
                assert_memory_equal(scores, first, sizeof first);
        }
        pp_model_free(model);
    }
    pp_image_free(s.base);
}

/* A candidate leaves nothing behind in a worker's tensor. */
static void a_candidate_scores_the_same_alone_and_after_others(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 2 };
    scene s;
    float all[N * 2], alone[2];
    pp_error err;
    pp_model *model = open_small_model(&m, NULL);
    set_scene(&s, &m);
    score_scene(model, &s, all);
    for (size_t i = 0; i < N; i++) {
        assert_ok(model->engine->score(model->engine_state, &s.candidates[i], 1, alone, &err), err);
        assert_memory_equal(alone, all + 2 * i, sizeof alone);
    }
    pp_image_free(s.base);
    pp_model_free(model);
}

static void an_image_of_another_size_is_refused(void **state)
{
    (void)state;
    pp_model *model = open_small_model(&(small_model){ .n_outputs = 2 }, NULL);
    pp_image *image = NULL;
    pp_error err = { 0 };
    float raw[2];
    assert_int_equal(pp_image_new(&image, SMALL_H, SMALL_W, 3, NULL), PP_OK);
    assert_int_equal(pp_model_raw(model, image, raw, &err), PP_ARG);
    assert_non_null(strstr(err.message, "model.onnx"));
    pp_image_free(image);
    pp_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_and_number_of_channels_is_fed_right),
        cmocka_unit_test(float16_and_uint8_inputs_are_fed_right),
        cmocka_unit_test(an_open_and_a_fixed_batch_give_the_same),
        cmocka_unit_test(outputs_of_any_number_and_floating_type_are_read),
        cmocka_unit_test(the_same_scores_whatever_threads_and_batch),
        cmocka_unit_test(a_candidate_scores_the_same_alone_and_after_others),
        cmocka_unit_test(an_image_of_another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
