/* fixed_k.h - what the attacks for a given number of pixels are watched with: a toy that counts how many pixels each image shown has
 * changed, and a run of it with options and a look at each step. */
#ifndef PP_TESTS_FIXED_K_H
#define PP_TESTS_FIXED_K_H

#include "support.h"

#include "attack/run.h"
#include "attack/toy.h"

enum { CENSUS_MOST = TOY_SIDE * TOY_SIDE };

/* Number of images shown with as many pixels changed. */
typedef struct census {
    toy t;
    size_t n[CENSUS_MOST + 1];
} census;

static pp_code count_pixels(void *user, const uint8_t *images, size_t n, float *scores)
{
    census *c = user;
    size_t n_channels = (size_t)c->t.channels, size = (size_t)(TOY_SIDE * TOY_SIDE) * n_channels;
    for (size_t i = 0; i < n; i++) {
        size_t n_changed = 0;
        for (size_t p = 0; p < size; p += n_channels)
            for (size_t channel = 0; channel < n_channels; channel++)
                if (images[i * size + p + channel] != 128) {
                    n_changed++;
                    break;
                }
        c->n[n_changed]++;
    }
    return toy_predict(&c->t, images, n, scores);
}

/* Attacks the toy; options: "name", "value", ..., NULL. watch: may be NULL. */
static inline pp_result *attack_counted(census *c, const char *method, const pp_step_watch *watch, const char *const *options)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_callback spec = toy_spec(&c->t);
    spec.predict = count_pixels;
    spec.user = c;
    pp_image *image = toy_image(&c->t);
    assert_ok(pp_params_new(&params, method, &err), err);
    for (; *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    memset(c->n, 0, sizeof c->n); /* the model was tried with images of noise */
    assert_ok(pp_run_attack(&result, model, image, -1, params, NULL, NULL, watch, &err), err);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    return result;
}

/* With --pixels each query but that of the original changes so many, at most half of all, and the first success is the end. */
static inline void check_fixed_k(const char *method)
{
    static const char *const PIXELS[] = { "2", "5", "64", "1000" };
    static const size_t EXPECTED[] = { 2, 5, 64, CENSUS_MOST / 2 };
    for (size_t i = 0; i < 4; i++) {
        census c = { .t = TOYS[0] };
        pp_result *result = attack_counted(&c, method, NULL, (const char *[]){ "pixels", PIXELS[i], NULL });
        assert_int_equal(c.n[EXPECTED[i]], result->queries - 1);
        assert_true(result->status == PP_SUCCESS && result->l0 == EXPECTED[i]);
        assert_int_equal(result->stop, PP_STOP_EXHAUSTED);
        pp_result_free(result);
    }
}

/* Without it the ladder ends with the pixels that are planted. */
static inline void check_descent(const char *method)
{
    census planted = { .t = TOYS[0] }, one = { .t = TOYS[1] };
    pp_result *result = attack_counted(&planted, method, NULL, (const char *[]){ "queries", "6000", NULL });
    assert_int_equal(result->l0, 2); /* bias 1, 0.8 a pixel */
    pp_result_free(result);
    result = attack_counted(&one, method, NULL, (const char *[]){ "queries", "6000", NULL });
    assert_true(result->l0 == 1 && result->stop == PP_STOP_MINIMUM);
    pp_result_free(result);
}

#endif
