/* engine_incremental.c - the engine: a program, the base's maps, and a batch for each worker.
 *
 * What it answers for an image is a function of the image alone: the same bits whatever the base, the batch or the number of threads
 * (kernel.h). With a change threshold it is a function of the image, of the original and of what is expected. */
#include "oracle/engine.h"

#include "base/array.h"
#include "base/error.h"
#include "incremental/batch.h"
#include "incremental/translate.h"
#include "oracle/pool.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#if defined __SSE__
#include <xmmintrin.h>
#endif

enum { MOST_LANES = 8 }; /* measured: more fall out of the caches */

static const size_t LEAST_MEMORY = (size_t)16 << 20; /* what small models may take in any case */

/* Changes of the candidates at hand. seen: per position, the number of the last candidate that had it. */
typedef struct worker_input {
    pp_input_change *changes;
    size_t n, capacity;
    uint32_t *seen, candidate;
} worker_input;

typedef struct incremental_state {
    pp_input_plan plan;
    pp_program program;
    pp_base base;
    pp_image *original;   /* what candidates are told over */
    pp_image *image;      /* what the base's maps are of: the original, or near what is expected */
    int *moved;           /* room for all: positions where image is not the original */
    size_t n_moved;
    bool is_fresh;        /* they are of nothing yet */
    double change_threshold;
    pp_pool *pool;
    size_t n_workers, n_lanes;
    pp_batch **batches;   /* n_workers */
    worker_input *inputs; /* n_workers */
    float lut[3][256];
} incremental_state;

/* One call of score, shared by the workers. */
typedef struct scoring {
    incremental_state *state;
    const pp_candidate *candidates;
    size_t n, at_once;
    float *scores;
    pthread_mutex_t lock;
    size_t failed_at; /* lowest candidate of those that failed; n if none did */
    pp_error error;
} scoring;

static void incremental_close(void *opaque);
static pp_code open_batches(incremental_state *state, size_t memory, pp_error *err);

/* Numbers too small for full precision are taken as 0: they cost a hundred times as much and say nothing. */
static unsigned flush_denormals(void)
{
#if defined __SSE__
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);
    return before;
#else
    return 0;
#endif
}

static void restore_denormals(unsigned before)
{
#if defined __SSE__
    _mm_setcsr(before);
#else
    (void)before;
#endif
}

/* ---- Opening and closing ----------------------------------------------------------------------------------------- */

pp_code pp_incremental_open(void **opaque, const pp_onnx *onnx, const char *input, const char *output, const pp_input_plan *plan,
                            size_t n_threads, size_t memory, double change_threshold, size_t *n_outputs, pp_error *err)
{
    if (plan->element != PP_ELEMENT_FLOAT32)
        return pp_fail(err, PP_MODEL, "its input is not float32");
    incremental_state *state = pp_array_new(1, sizeof *state);
    if (!state)
        return pp_no_memory(err, "the incremental engine");
    memory = memory > LEAST_MEMORY ? memory : LEAST_MEMORY;
    state->plan = *plan;
    state->n_workers = n_threads;
    state->is_fresh = true;
    state->change_threshold = change_threshold;
    for (int c = 0; c < plan->channels; c++)
        for (int v = 0; v < 256; v++)
            state->lut[c][v] = (float)((v * plan->scale - plan->mean[c]) / plan->std[c]);
    pp_code code = pp_translate(&state->program, onnx, input, output, plan->height, plan->width, plan->channels, plan->nhwc,
                                memory, err);
    if (code == PP_OK)
        code = pp_program_finish(&state->program, pp_kernel_best(), err);
    if (code == PP_OK)
        code = open_batches(state, memory, err);
    if (code != PP_OK) {
        incremental_close(state);
        return code;
    }
    *n_outputs = (size_t)state->program.maps[state->program.output].channels;
    *opaque = state;
    return PP_OK;
}

static pp_code open_batches(incremental_state *state, size_t memory, pp_error *err)
{
    size_t lane_bytes = pp_batch_lane_bytes(&state->program), lanes = memory / state->n_workers / lane_bytes;
    if (lanes == 0)
        return pp_fail(err, PP_MODEL, "%zu MiB are not enough for %zu threads with %zu MiB each", memory >> 20, state->n_workers,
                       lane_bytes >> 20);
    state->n_lanes = lanes > MOST_LANES ? MOST_LANES : lanes;
    state->batches = pp_array_new(state->n_workers, sizeof *state->batches);
    state->inputs = pp_array_new(state->n_workers, sizeof *state->inputs);
    pp_code code = state->batches && state->inputs ? pp_base_new(&state->base, &state->program, err) : pp_no_memory(err, "the incremental engine");
    if (code == PP_OK)
        code = pp_image_new(&state->image, state->plan.width, state->plan.height, state->plan.channels, err);
    if (code == PP_OK)
        code = pp_image_copy(&state->original, state->image, err);
    state->moved = pp_array_new((size_t)state->plan.width * (size_t)state->plan.height, sizeof *state->moved);
    if (code == PP_OK && !state->moved)
        code = pp_no_memory(err, "the incremental engine");
    for (size_t i = 0; code == PP_OK && i < state->n_workers; i++) {
        state->inputs[i].seen = pp_array_new((size_t)state->plan.width * (size_t)state->plan.height, sizeof(uint32_t));
        if (!state->inputs[i].seen)
            return pp_no_memory(err, "the incremental engine");
        code = pp_batch_new(&state->batches[i], &state->program, &state->base, (int)state->n_lanes, err);
    }
    if (code == PP_OK)
        code = pp_pool_new(&state->pool, state->n_workers, err);
    return code;
}

static void incremental_close(void *opaque)
{
    incremental_state *state = opaque;
    pp_pool_free(state->pool);
    for (size_t i = 0; i < state->n_workers; i++) {
        if (state->batches)
            pp_batch_free(state->batches[i]);
        if (state->inputs) {
            free(state->inputs[i].changes);
            free(state->inputs[i].seen);
        }
    }
    pp_base_clear(&state->base, &state->program);
    free(state->batches);
    free(state->inputs);
    pp_image_free(state->image);
    pp_image_free(state->original);
    free(state->moved);
    pp_program_clear(&state->program);
    free(state);
}

/* ---- Base and candidates ----------------------------------------------------------------------------------------- */

/* Adds a position with its new colour. @return false when out of memory */
static bool add_change(const incremental_state *state, worker_input *input, int position, const uint8_t *value)
{
    if (pp_array_grow((void **)&input->changes, &input->capacity, input->n + 1, sizeof *input->changes) != 0)
        return false;
    pp_input_change *change = &input->changes[input->n++];
    change->position = position;
    for (int c = 0; c < state->plan.channels; c++)
        change->values[c] = state->lut[c][value[c]];
    return true;
}

static uint8_t *colour_at(const pp_image *image, int position)
{
    return image->data + (size_t)position * (size_t)image->channels;
}

static bool is_colour(const pp_image *image, int position, const uint8_t *value)
{
    return memcmp(colour_at(image, position), value, (size_t)image->channels) == 0;
}

/* Adds a candidate's pixels, told over the original, as changes over the base. Where one comes twice the last one counts, as in painting. */
static bool add_candidate(const incremental_state *state, worker_input *input, const pp_candidate *candidate)
{
    bool room = true;
    if (++input->candidate == 0) { /* after four thousand million candidates */
        memset(input->seen, 0, (size_t)state->plan.width * (size_t)state->plan.height * sizeof *input->seen);
        input->candidate = 1;
    }
    for (size_t i = candidate->n; room && i-- > 0;) {
        const pp_pixel *pixel = &candidate->pixels[i];
        int position = pixel->y * state->plan.width + pixel->x;
        if (input->seen[position] != input->candidate && !is_colour(state->image, position, pixel->value))
            room = add_change(state, input, position, pixel->value);
        input->seen[position] = input->candidate;
    }
    for (size_t i = 0; room && i < state->n_moved; i++)
        if (input->seen[state->moved[i]] != input->candidate)
            room = add_change(state, input, state->moved[i], colour_at(state->original, state->moved[i]));
    return room;
}

/* Makes the base that of the worker's changes. */
static pp_code commit(incremental_state *state, const worker_input *input, pp_error *err)
{
    unsigned before = flush_denormals();
    pp_code code = pp_batch_commit(state->batches[0], &state->base, input->changes, input->n, state->is_fresh, err);
    restore_denormals(before);
    state->is_fresh = code != PP_OK; /* maps of two images mixed are of none */
    return code;
}

static pp_code incremental_rebase(void *opaque, const pp_image *base, pp_error *err)
{
    incremental_state *state = opaque;
    pp_image *image = state->image;
    worker_input *input = &state->inputs[0];
    if (base->width != image->width || base->height != image->height || base->channels != image->channels)
        return pp_fail(err, PP_ARG, "an image of %dx%d with %d channels; the model takes %dx%d with %d", base->width, base->height,
                       base->channels, image->width, image->height, image->channels);
    input->n = 0;
    for (int i = 0; i < base->width * base->height; i++)
        if ((state->is_fresh || !is_colour(image, i, colour_at(base, i))) && !add_change(state, input, i, colour_at(base, i)))
            return pp_no_memory(err, "changed pixels");
    size_t size = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    memcpy(image->data, base->data, size);
    memcpy(state->original->data, base->data, size);
    state->n_moved = 0;
    pp_code code = commit(state, input, err);
    if (code == PP_OK && state->change_threshold > 0)
        pp_base_set_limits(&state->base, &state->program, state->change_threshold);
    return code;
}

/* Where more than this share of the pixels is expected to change, the base stays with the original: everything is computed anew anyway. */
static const size_t LARGEST_SHARE = 64;

static pp_code incremental_expect(void *opaque, const pp_pixel *pixels, size_t n, pp_error *err)
{
    incremental_state *state = opaque;
    pp_image *image = state->image;
    worker_input *input = &state->inputs[0];
    bool many = n > (size_t)image->width * (size_t)image->height / LARGEST_SHARE;
    pp_candidate expected = { pixels, many ? 0 : n };
    if (state->is_fresh)
        return PP_OK;
    input->n = 0;
    if (!add_candidate(state, input, &expected))
        return pp_no_memory(err, "changed pixels");
    for (size_t i = 0; i < state->n_moved; i++) /* back to the original, then to what is expected */
        memcpy(colour_at(image, state->moved[i]), colour_at(state->original, state->moved[i]), (size_t)image->channels);
    state->n_moved = 0;
    pp_image_paint(image, expected.pixels, expected.n);
    for (size_t i = 0; i < expected.n; i++) {
        int position = pixels[i].y * image->width + pixels[i].x;
        bool listed = input->seen[position] != input->candidate; /* a pixel that comes twice is listed once */
        input->seen[position] = input->candidate - 1;
        if (!listed && !is_colour(state->original, position, colour_at(image, position)))
            state->moved[state->n_moved++] = position;
    }
    return commit(state, input, err);
}

/* Scores candidates [index * at_once, ...) with the worker's own batch. */
static void score_some(void *user, size_t worker, size_t index)
{
    scoring *call = user;
    incremental_state *state = call->state;
    size_t first = index * call->at_once, n = call->n - first < call->at_once ? call->n - first : call->at_once;
    worker_input *input = &state->inputs[worker];
    size_t counts[MOST_LANES];
    bool room = true;
    pp_error error;
    input->n = 0;
    for (size_t i = 0; room && i < n; i++) {
        size_t before = input->n;
        room = add_candidate(state, input, &call->candidates[first + i]);
        counts[i] = input->n - before;
    }
    size_t n_outputs = (size_t)state->program.maps[state->program.output].channels;
    unsigned before = flush_denormals();
    pp_code code = room ? pp_batch_score(state->batches[worker], input->changes, counts, n, call->scores + first * n_outputs, &error)
                        : pp_no_memory(&error, "changed pixels");
    restore_denormals(before);
    if (code == PP_OK)
        return;
    pthread_mutex_lock(&call->lock);
    if (first < call->failed_at) {
        call->failed_at = first;
        call->error = error;
    }
    pthread_mutex_unlock(&call->lock);
}

static pp_code incremental_score(void *opaque, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    incremental_state *state = opaque;
    size_t share = (n + state->n_workers - 1) / state->n_workers;
    scoring call = { .state = state, .candidates = candidates, .n = n, .scores = scores, .failed_at = n,
                     .at_once = share < 1 ? 1 : share > state->n_lanes ? state->n_lanes : share };
    pthread_mutex_init(&call.lock, NULL);
    pp_pool_run(state->pool, score_some, &call, (n + call.at_once - 1) / call.at_once);
    pthread_mutex_destroy(&call.lock);
    if (call.failed_at < n) {
        if (err)
            *err = call.error;
        return call.error.code;
    }
    for (size_t i = 0; i < n * (size_t)state->program.maps[state->program.output].channels; i++)
        if (!isfinite(scores[i]))
            return pp_fail(err, PP_MODEL, "the model answered %f; its scores must be finite numbers", (double)scores[i]);
    return PP_OK;
}

uint64_t pp_incremental_dense_multiply_adds(const void *opaque)
{
    return ((const incremental_state *)opaque)->program.multiply_adds;
}

uint64_t pp_incremental_multiply_adds(const void *opaque)
{
    const incremental_state *state = opaque;
    uint64_t n = 0;
    for (size_t i = 0; i < state->n_workers; i++)
        n += state->batches[i]->multiply_adds;
    return n;
}

const pp_engine pp_engine_incremental = {
    .name = "incremental",
    .summary = "recomputes what a candidate's pixels change",
    .rebase = incremental_rebase,
    .expect = incremental_expect,
    .score = incremental_score,
    .close = incremental_close,
};
