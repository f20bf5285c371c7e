/* test_engine_callback.c - a classifier that is a function: it sees the images it should, in order, in batches. */
#include "support.h"

#include "oracle/engine.h"

#include <math.h>
#include <string.h>

enum { W = 4, H = 3, N = 10 };

/* Scores an image by its bytes: output 0 their sum, output 1 the byte at `probe`. */
typedef struct witness {
    size_t n_calls, n_images, largest, probe, fail_at; /* fail_at: the call that fails, from 1; 0: none */
    float answer;                                      /* put in place of the sum if not 0 */
    bool silent;                                       /* writes no score */
    int channels;
} witness;

static pp_code witness_predict(void *user, const uint8_t *images, size_t n, float *scores)
{
    witness *w = user;
    size_t size = (size_t)(W * H * w->channels);
    w->n_images += n;
    w->largest = n > w->largest ? n : w->largest;
    if (++w->n_calls == w->fail_at)
        return PP_MODEL;
    for (size_t i = 0; i < n && !w->silent; i++) {
        scores[2 * i] = w->answer;
        for (size_t b = 0; b < size && w->answer == 0; b++)
            scores[2 * i] += images[i * size + b];
        scores[2 * i + 1] = images[i * size + w->probe];
    }
    return PP_OK;
}

static pp_callback spec_of(witness *w)
{
    return (pp_callback){ .name = "witness", .width = W, .height = H, .channels = w->channels, .n_outputs = 2,
                          .predict = witness_predict, .user = w };
}

static void *open_engine(const pp_callback *spec, size_t batch)
{
    void *engine = NULL;
    pp_error err;
    assert_ok(pp_callback_open(&engine, spec, batch, &err), err);
    return engine;
}

/* A base of tens; candidate i changes i pixels to 100 + i, the first of them at place i. */
static void make_candidates(pp_image *base, pp_pixel pixels[N][N], pp_candidate candidates[N])
{
    memset(base->data, 10, (size_t)(W * H * base->channels));
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i; k++) {
            size_t place = (i + k) % (W * H);
            pixels[i][k] = (pp_pixel){ .x = (uint16_t)(place % W), .y = (uint16_t)(place / W) };
            memset(pixels[i][k].value, 100 + (int)i, 3);
        }
        candidates[i] = (pp_candidate){ pixels[i], i };
    }
}

static void each_candidate_is_the_base_with_its_own_pixels(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2)
        for (size_t batch = 1; batch <= N + 1; batch++) {
            witness w = { .channels = channels, .probe = (size_t)(W * H * channels) - 1 };
            pp_callback spec = spec_of(&w);
            pp_image *base = NULL;
            pp_pixel pixels[N][N];
            pp_candidate candidates[N];
            float scores[2 * N];
            pp_error err;
            void *engine = open_engine(&spec, batch);
            assert_ok(pp_image_new(&base, W, H, channels, &err), err);
            make_candidates(base, pixels, candidates);
            assert_ok(pp_engine_callback.rebase(engine, base, &err), err);
            assert_ok(pp_engine_callback.score(engine, candidates, N, scores, &err), err);
            for (size_t i = 0; i < N; i++) {
                bool last_changed = i > 0 && (W * H - 1 + W * H - i) % (W * H) < i;
                assert_true(scores[2 * i] == (float)(channels * (W * H * 10 + (int)i * (90 + (int)i))));
                assert_true(scores[2 * i + 1] == (last_changed ? 100.0f + (float)i : 10.0f));
            }
            for (int b = 0; b < W * H * channels; b++)
                assert_int_equal(base->data[b], 10); /* borrowed, and left as it was */
            assert_int_equal(w.n_images, N);
            assert_int_equal(w.n_calls, (N + batch - 1) / batch);
            assert_int_equal(w.largest, batch < N ? batch : N);
            pp_engine_callback.close(engine);
            pp_image_free(base);
        }
}

/* Paints what it is told over the base, and asks the witness. */
static pp_code witness_changes(void *user, const uint8_t *base, const pp_candidate *candidates, size_t n, float *scores)
{
    witness *w = user;
    uint8_t images[N * W * H * 3];
    size_t size = (size_t)(W * H * w->channels);
    for (size_t i = 0; i < n; i++) {
        pp_image image = { W, H, w->channels, memcpy(images + i * size, base, size) };
        pp_image_paint(&image, candidates[i].pixels, candidates[i].n);
    }
    return witness_predict(user, images, n, scores);
}

static void a_function_may_be_told_what_changes_instead(void **state)
{
    (void)state;
    pp_image *base = NULL;
    pp_pixel pixels[N][N];
    pp_candidate candidates[N];
    float scores[2][2 * N];
    pp_error err;
    assert_ok(pp_image_new(&base, W, H, 3, &err), err);
    make_candidates(base, pixels, candidates);
    for (int told = 0; told < 2; told++) {
        witness w = { .channels = 3, .probe = 7 };
        pp_callback spec = spec_of(&w);
        if (told) {
            spec.predict = NULL;
            spec.predict_changes = witness_changes;
        }
        void *engine = open_engine(&spec, 4);
        assert_ok(pp_engine_callback.rebase(engine, base, &err), err);
        assert_ok(pp_engine_callback.score(engine, candidates, N, scores[told], &err), err);
        assert_int_equal(w.n_images, N);
        assert_int_equal(w.largest, 4);
        w.fail_at = w.n_calls + 1;
        assert_int_equal(pp_engine_callback.score(engine, candidates, N, scores[told], &err), PP_MODEL);
        assert_non_null(strstr(err.message, "the prediction function failed"));
        w.fail_at = 0;
        assert_ok(pp_engine_callback.score(engine, candidates, N, scores[told], &err), err);
        pp_engine_callback.close(engine);
    }
    assert_memory_equal(scores[0], scores[1], sizeof scores[0]);
    assert_true(scores[0][2] != scores[0][4]);
    pp_image_free(base);
}

/* Scores one unchanged image with this witness. */
static pp_code score_once(witness *w, int width, pp_error *err)
{
    pp_callback spec = spec_of(w);
    pp_image *base = NULL;
    pp_candidate unchanged = { NULL, 0 };
    float scores[2] = { 1, 2 };
    void *engine = open_engine(&spec, 4);
    assert_int_equal(pp_image_new(&base, width, H, w->channels, NULL), PP_OK);
    pp_code code = pp_engine_callback.rebase(engine, base, err);
    if (code == PP_OK)
        code = pp_engine_callback.score(engine, &unchanged, 1, scores, err);
    pp_engine_callback.close(engine);
    pp_image_free(base);
    return code;
}

static void a_function_that_fails_or_answers_no_number_is_named(void **state)
{
    (void)state;
    witness failing = { .channels = 3, .fail_at = 1 }, nan = { .channels = 3, .answer = NAN },
            infinite = { .channels = 3, .answer = -INFINITY }, silent = { .channels = 3, .silent = true };
    witness *all[] = { &failing, &nan, &infinite, &silent };
    for (size_t i = 0; i < 4; i++) {
        pp_error err = { 0 };
        assert_int_equal(score_once(all[i], W, &err), PP_MODEL);
        assert_non_null(strstr(err.message, "witness:"));
        assert_int_equal(score_once(all[i], W, NULL), i ? PP_MODEL : PP_OK); /* the second call does not fail */
    }
}

static void an_image_of_another_size_is_refused(void **state)
{
    (void)state;
    witness w = { .channels = 3 };
    pp_error err = { 0 };
    assert_int_equal(score_once(&w, W + 1, &err), PP_ARG);
    assert_non_null(strstr(err.message, "5x3"));
    assert_int_equal(w.n_calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_candidate_is_the_base_with_its_own_pixels),
        cmocka_unit_test(a_function_may_be_told_what_changes_instead),
        cmocka_unit_test(a_function_that_fails_or_answers_no_number_is_named),
        cmocka_unit_test(an_image_of_another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
