/* engine_callback.c - a classifier that is a function of the caller's. Whole images are painted for it, batch by batch, unless it wants
 * to be told what changes. */
#include "base/array.h"
#include "base/error.h"
#include "oracle/engine.h"

#include <math.h>
#include <string.h>

typedef struct callback_state {
    const pp_callback *spec;
    size_t batch, image_bytes;
    uint8_t *images; /* batch x image_bytes */
    const pp_image *base;
} callback_state;

static void callback_close(void *opaque)
{
    callback_state *state = opaque;
    free(state->images);
    free(state);
}

pp_code pp_callback_open(void **opaque, const pp_callback *spec, size_t batch, pp_error *err)
{
    callback_state *state = pp_array_new(1, sizeof *state);
    if (!state)
        return pp_no_memory(err, "the engine");
    state->spec = spec;
    state->batch = batch;
    state->image_bytes = (size_t)spec->width * (size_t)spec->height * (size_t)spec->channels;
    state->images = pp_array_new(batch, state->image_bytes);
    if (!state->images) {
        free(state);
        return pp_no_memory(err, "a batch of images");
    }
    *opaque = state;
    return PP_OK;
}

static pp_code callback_rebase(void *opaque, const pp_image *base, pp_error *err)
{
    callback_state *state = opaque;
    const pp_callback *spec = state->spec;
    if (base->width != spec->width || base->height != spec->height || base->channels != spec->channels)
        return pp_fail(err, PP_ARG, "%s: an image of %dx%d with %d channels; the model takes %dx%d with %d", spec->name,
                       base->width, base->height, base->channels, spec->width, spec->height, spec->channels);
    state->base = base;
    return PP_OK;
}

static pp_code predict_painted(callback_state *state, const pp_candidate *candidates, size_t n, float *scores)
{
    for (size_t i = 0; i < n; i++) {
        pp_image image = *state->base;
        image.data = memcpy(state->images + i * state->image_bytes, state->base->data, state->image_bytes);
        pp_image_paint(&image, candidates[i].pixels, candidates[i].n);
    }
    return state->spec->predict(state->spec->user, state->images, n, scores);
}

static pp_code callback_score(void *opaque, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    callback_state *state = opaque;
    const pp_callback *spec = state->spec;
    size_t n_outputs = (size_t)spec->n_outputs;
    for (size_t i = 0; i < n * n_outputs; i++)
        scores[i] = NAN; /* what the function leaves unwritten is no answer */
    for (size_t first = 0; first < n; first += state->batch) {
        size_t n_now = n - first < state->batch ? n - first : state->batch;
        float *rows = scores + first * n_outputs;
        pp_code code = spec->predict_changes
                           ? spec->predict_changes(spec->user, state->base->data, candidates + first, n_now, rows)
                           : predict_painted(state, candidates + first, n_now, rows);
        if (code != PP_OK)
            return pp_fail(err, PP_MODEL, "%s: the prediction function failed", spec->name);
    }
    for (size_t i = 0; i < n * n_outputs; i++)
        if (!isfinite(scores[i]))
            return pp_fail(err, PP_MODEL, "%s: the model answered %s; its scores must be finite numbers", spec->name,
                           isnan(scores[i]) ? "NaN" : "infinity");
    return PP_OK;
}

const pp_engine pp_engine_callback = {
    .name = "callback",
    .summary = "a function of the caller's",
    .rebase = callback_rebase,
    .score = callback_score,
    .close = callback_close,
};
