/* engines.h - a model file opened with both engines, and their answers compared: within 1e-4 relative or 1e-5 absolute. */
#ifndef PP_TESTS_ENGINES_H
#define PP_TESTS_ENGINES_H

#include "support.h"

#include "base/rng.h"
#include "onnx/onnx_file.h"
#include "oracle/engine.h"

#include <math.h>
#include <string.h>

static const double RELATIVE = 1e-4, ABSOLUTE = 1e-5;
static const size_t PLENTY = (size_t)1 << 30; /* memory for candidates' rows */

typedef struct engines {
    void *dense, *incremental;
    size_t n_outputs;
    pp_input_plan plan;
} engines;

/* Input of the model: N x C x H x W or N x H x W x C, with C = 1 or 3. Open dimensions become 1 and side. */
static inline pp_input_plan plan_of(const pp_onnx_port *port, int side)
{
    int dims[4];
    assert_int_equal(port->n_dims, 4);
    for (int i = 1; i < 4; i++)
        dims[i] = port->dims[i] > 0 ? (int)port->dims[i] : side;
    bool nhwc = port->dims[3] == 1 || port->dims[3] == 3;
    pp_input_plan plan = { .height = dims[nhwc ? 1 : 2], .width = dims[nhwc ? 2 : 3], .channels = dims[nhwc ? 3 : 1], .nhwc = nhwc,
                           .scale = 1 / 255.0, .mean = { 0.5, 0.4, 0.45 }, .std = { 0.25, 0.3, 0.2 } };
    return plan;
}

static inline void close_engines(engines *both)
{
    if (both->dense)
        pp_engine_onnxruntime.close(both->dense);
    if (both->incremental)
        pp_engine_incremental.close(both->incremental);
    memset(both, 0, sizeof *both);
}

/* @return PP_OK, or what an engine said. */
static inline pp_code open_engines(engines *both, const char *path, int side, size_t threads, double change_threshold, pp_error *err)
{
    pp_onnx *onnx = NULL;
    pp_onnx_port input, output;
    size_t n_incremental = 0;
    memset(both, 0, sizeof *both);
    pp_code code = pp_onnx_open(&onnx, path, err);
    if (code == PP_OK)
        code = pp_onnx_image_input(onnx, &input, err);
    if (code == PP_OK)
        code = pp_onnx_first_output(onnx, &output, err);
    if (code == PP_OK) {
        both->plan = plan_of(&input, side);
        pp_onnx_session session = { .path = path, .bytes = onnx->bytes, .n_bytes = onnx->n_bytes, .input = input.name,
                                    .output = output.name, .fixed_batch = input.dims[0] > 0 ? input.dims[0] : 0,
                                    .n_threads = threads, .batch = 1, .plan = both->plan };
        code = pp_onnxruntime_open(&both->dense, &session, &both->n_outputs, err);
    }
    if (code == PP_OK)
        code = pp_incremental_open(&both->incremental, onnx, input.name, output.name, &both->plan, threads, PLENTY, change_threshold,
                                   &n_incremental, err);
    pp_onnx_free(onnx);
    if (code != PP_OK)
        close_engines(both);
    else
        assert_int_equal(both->n_outputs, n_incremental);
    return code;
}

static inline bool is_close(double a, double b)
{
    return fabs(a - b) <= ABSOLUTE || fabs(a - b) <= RELATIVE * fmax(fabs(a), fabs(b));
}

/* Scores the candidates over the base with both. @return the first candidate that they do not agree on; n if they do.
 * difference: its text. */
static inline size_t compare_engines(engines *both, const pp_image *base, const pp_candidate *candidates, size_t n,
                                     char difference[200])
{
    pp_error err;
    float *dense = calloc(n * both->n_outputs, sizeof *dense), *incremental = calloc(n * both->n_outputs, sizeof *dense);
    assert_true(dense && incremental);
    assert_ok(pp_engine_onnxruntime.rebase(both->dense, base, &err), err);
    assert_ok(pp_engine_incremental.rebase(both->incremental, base, &err), err);
    assert_ok(pp_engine_onnxruntime.score(both->dense, candidates, n, dense, &err), err);
    assert_ok(pp_engine_incremental.score(both->incremental, candidates, n, incremental, &err), err);
    size_t i = 0;
    while (i < n * both->n_outputs && is_close(dense[i], incremental[i]))
        i++;
    if (i < n * both->n_outputs)
        snprintf(difference, 200, "output %zu: %.9g by ONNX Runtime, %.9g incrementally", i % both->n_outputs, (double)dense[i],
                 (double)incremental[i]);
    free(dense);
    free(incremental);
    return i / both->n_outputs;
}

/* ---- Images and candidates --------------------------------------------------------------------------------------- */

static inline pp_image *noise_image(const pp_input_plan *plan, pp_rng *rng)
{
    pp_image *image = NULL;
    assert_int_equal(pp_image_new(&image, plan->width, plan->height, plan->channels, NULL), PP_OK);
    for (int i = 0; i < plan->width * plan->height * plan->channels; i++)
        image->data[i] = (uint8_t)pp_rng_below(rng, 256);
    return image;
}

static inline pp_pixel random_colour(pp_rng *rng, int x, int y)
{
    return (pp_pixel){ .x = (uint16_t)x, .y = (uint16_t)y,
                       .value = { (uint8_t)pp_rng_below(rng, 256), (uint8_t)pp_rng_below(rng, 256), (uint8_t)pp_rng_below(rng, 256) } };
}

static inline pp_pixel random_pixel(const pp_input_plan *plan, pp_rng *rng)
{
    int x = (int)pp_rng_below(rng, (uint64_t)plan->width), y = (int)pp_rng_below(rng, (uint64_t)plan->height);
    return random_colour(rng, x, y);
}

/* The candidates that matter most: no change; one pixel in each corner, at each border and inside; two to nine scattered; all. */
enum { N_SPECIAL = 16 };

typedef struct special_candidates {
    pp_candidate candidates[N_SPECIAL];
    pp_pixel *pixels;
} special_candidates;

static inline special_candidates new_candidates(const pp_input_plan *plan, pp_rng *rng)
{
    int w = plan->width, h = plan->height, n = 0;
    special_candidates made = { .pixels = calloc((size_t)(w * h) + 100, sizeof(pp_pixel)) };
    assert_non_null(made.pixels);
    int places[9][2] = { { 0, 0 }, { w - 1, 0 }, { 0, h - 1 }, { w - 1, h - 1 }, { w / 2, 0 }, { w / 2, h - 1 }, { 0, h / 2 },
                         { w - 1, h / 2 }, { w / 2, h / 2 } };
    made.candidates[0] = (pp_candidate){ made.pixels, 0 };
    for (int i = 0; i < 9; i++) {
        made.pixels[n] = random_colour(rng, places[i][0], places[i][1]);
        made.candidates[1 + i] = (pp_candidate){ made.pixels + n++, 1 };
    }
    for (int i = 10; i < N_SPECIAL - 1; i++) {
        size_t d = 2 + pp_rng_below(rng, 8);
        made.candidates[i] = (pp_candidate){ made.pixels + n, d };
        for (size_t j = 0; j < d; j++)
            made.pixels[n++] = random_pixel(plan, rng);
    }
    made.candidates[N_SPECIAL - 1] = (pp_candidate){ made.pixels + n, (size_t)(w * h) };
    for (int i = 0; i < w * h; i++)
        made.pixels[n++] = random_colour(rng, i % w, i / w);
    return made;
}

#endif
