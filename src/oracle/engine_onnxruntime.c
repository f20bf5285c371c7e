/* engine_onnxruntime.c - the dense reference engine: ONNX Runtime's C API.
 *
 * Threads work side by side on different candidates, each with one session run of its own on one core: measured, that is as
 * fast as or faster than larger batches or parallel kernels on CPUs, and a candidate's arithmetic is then the same
 * whatever the number of threads. Each worker keeps an input tensor that holds the base; a candidate's pixels are
 * painted into it and taken out again, so the cost besides the run is that of the pixels changed.
 *
 * The environment is one for the process and lives as long as it does. Nothing of ONNX Runtime's own logging is printed. */
#include "base/array.h"
#include "base/error.h"
#include "base/half.h"
#include "oracle/engine.h"
#include "oracle/pool.h"
#include "oracle/provider.h"

#include <onnxruntime_c_api.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* A worker's input tensor: batch images, each the base except while a candidate is painted into it. */
typedef struct worker_input {
    void *elements;
    OrtValue *tensor; /* borrows elements */
} worker_input;

typedef struct session_state {
    char *path, *input, *output;
    pp_input_plan plan;
    OrtSession *session;
    pp_pool *pool;
    size_t n_workers, batch, n_outputs;
    worker_input *inputs;  /* n_workers */
    float lut[3][256];     /* channel, 8-bit value -> what the tensor holds, as a float */
    const pp_image *base;
} session_state;

/* One call of score, shared by the workers. */
typedef struct scoring {
    session_state *state;
    const pp_candidate *candidates;
    size_t n;
    float *scores;
    pthread_mutex_t lock;
    size_t failed_at; /* lowest chunk that failed; n if none did */
    pp_error error;
} scoring;

static const OrtApi *api;
static OrtEnv *environment;
static pthread_once_t environment_once = PTHREAD_ONCE_INIT;

static void onnxruntime_close(void *opaque);
static pp_code create_session(session_state *state, const pp_onnx_session *options, pp_error *err);
static pp_code create_inputs(session_state *state, const pp_onnx_session *options, pp_error *err);
static pp_code count_outputs(session_state *state, size_t *n_outputs, pp_error *err);
static pp_code run_worker(session_state *state, size_t worker, const char *const *names, size_t n, OrtValue **outputs,
                          pp_error *err);

/* ---- Small things ------------------------------------------------------------------------------------------------ */

static void discard_log(void *param, OrtLoggingLevel level, const char *category, const char *id, const char *where,
                        const char *message)
{
    (void)param, (void)level, (void)category, (void)id, (void)where, (void)message;
}

static void start_onnxruntime(void)
{
    api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    if (!api)
        return;
    OrtStatus *status = api->CreateEnvWithCustomLogger(discard_log, NULL, ORT_LOGGING_LEVEL_ERROR, "pinprick", &environment);
    if (status) {
        api->ReleaseStatus(status);
        environment = NULL;
    }
}

/* ONNX Runtime's complaint as our one line; PP_OK if status is NULL. Releases status. */
static pp_code check(OrtStatus *status, const char *path, const char *doing, pp_error *err)
{
    if (!status)
        return PP_OK;
    const char *message = api->GetErrorMessage(status);
    pp_fail(err, PP_MODEL, "%s: ONNX Runtime cannot %s: %.*s", path, doing, (int)strcspn(message, "\n"), message);
    api->ReleaseStatus(status);
    return PP_MODEL;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static size_t element_size(pp_element element)
{
    return element == PP_ELEMENT_FLOAT32 ? sizeof(float) : element == PP_ELEMENT_FLOAT16 ? sizeof(uint16_t) : sizeof(uint8_t);
}

static size_t image_elements(const pp_input_plan *plan)
{
    return (size_t)plan->width * (size_t)plan->height * (size_t)plan->channels;
}

const char *pp_onnxruntime_version(void)
{
    return OrtGetApiBase()->GetVersionString();
}

/* ---- Opening and closing ----------------------------------------------------------------------------------------- */

static void fill_lut(session_state *state)
{
    const pp_input_plan *plan = &state->plan;
    for (int c = 0; c < plan->channels; c++)
        for (int v = 0; v < 256; v++)
            state->lut[c][v] = (float)((v * plan->scale - plan->mean[c]) / plan->std[c]);
}

pp_code pp_onnxruntime_open(void **opaque, const pp_onnx_session *options, size_t *n_outputs, pp_error *err)
{
    pthread_once(&environment_once, start_onnxruntime);
    if (!environment)
        return pp_fail(err, PP_MODEL, "ONNX Runtime %s is too old: API version %d is needed", pp_onnxruntime_version(),
                       ORT_API_VERSION);
    session_state *state = pp_array_new(1, sizeof *state);
    if (!state)
        return pp_no_memory(err, "the engine");
    state->plan = options->plan;
    state->path = copy_text(options->path);
    state->input = copy_text(options->input);
    state->output = copy_text(options->output);
    state->n_workers = options->n_threads;
    state->batch = options->fixed_batch > 0 ? (size_t)options->fixed_batch : options->batch;
    state->inputs = pp_array_new(state->n_workers, sizeof *state->inputs);
    fill_lut(state);
    pp_code code = PP_OK;
    if (!state->path || !state->input || !state->output || !state->inputs)
        code = pp_no_memory(err, "the engine");
    if (code == PP_OK)
        code = create_session(state, options, err);
    if (code == PP_OK)
        code = create_inputs(state, options, err);
    if (code == PP_OK)
        code = pp_pool_new(&state->pool, state->n_workers, err);
    if (code == PP_OK)
        code = count_outputs(state, &state->n_outputs, err);
    if (code != PP_OK) {
        onnxruntime_close(state);
        return code;
    }
    *n_outputs = state->n_outputs;
    *opaque = state;
    return PP_OK;
}

static void onnxruntime_close(void *opaque)
{
    session_state *state = opaque;
    pp_pool_free(state->pool);
    for (size_t i = 0; state->inputs && i < state->n_workers; i++) {
        if (state->inputs[i].tensor)
            api->ReleaseValue(state->inputs[i].tensor);
        free(state->inputs[i].elements);
    }
    if (state->session)
        api->ReleaseSession(state->session);
    free(state->inputs);
    free(state->path);
    free(state->input);
    free(state->output);
    free(state);
}

/* One thread inside a run: parallelism is over candidates. */
static pp_code create_session(session_state *state, const pp_onnx_session *options, pp_error *err)
{
    OrtSessionOptions *session_options = NULL;
    pp_code code = check(api->CreateSessionOptions(&session_options), options->path, "start", err);
    if (code == PP_OK)
        code = check(api->SetIntraOpNumThreads(session_options, 1), options->path, "start", err);
    if (code == PP_OK)
        code = check(api->SetInterOpNumThreads(session_options, 1), options->path, "start", err);
    if (code == PP_OK && options->external_folder)
        code = check(api->AddSessionConfigEntry(session_options, "session.model_external_initializers_file_folder_path",
                                                options->external_folder),
                     options->path, "take external weights", err);
    if (code == PP_OK && options->provider)
        code = pp_provider_append(api, session_options, options->provider, pp_onnxruntime_version(), err);
    if (code == PP_OK)
        code = check(api->CreateSessionFromArray(environment, options->bytes, options->n_bytes, session_options,
                                                 &state->session),
                     options->path, "load the model", err);
    if (session_options)
        api->ReleaseSessionOptions(session_options);
    return code;
}

static pp_code create_inputs(session_state *state, const pp_onnx_session *options, pp_error *err)
{
    static const ONNXTensorElementDataType TYPES[] = { ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
                                                       ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
                                                       ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 };
    const pp_input_plan *plan = &state->plan;
    int64_t n = (int64_t)state->batch, w = plan->width, h = plan->height, c = plan->channels;
    int64_t nchw[] = { n, c, h, w }, nhwc[] = { n, h, w, c };
    size_t size = element_size(plan->element);
    OrtMemoryInfo *memory = NULL;
    pp_code code = check(api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory), options->path, "start", err);
    for (size_t i = 0; code == PP_OK && i < state->n_workers; i++) {
        worker_input *input = &state->inputs[i];
        input->elements = pp_array_new(state->batch * image_elements(plan), size);
        if (!input->elements)
            code = pp_no_memory(err, "input tensors");
        else
            code = check(api->CreateTensorWithDataAsOrtValue(memory, input->elements,
                                                             state->batch * image_elements(plan) * size,
                                                             plan->nhwc ? nhwc : nchw, 4, TYPES[plan->element], &input->tensor),
                         options->path, "make an input", err);
    }
    if (memory)
        api->ReleaseMemoryInfo(memory);
    return code;
}

/* The shape of a value that a run gave, "1x1000" in text too. */
static pp_code read_shape(session_state *state, const OrtValue *value, int64_t dims[8], size_t *n_dims, char text[128],
                          ONNXTensorElementDataType *type, pp_error *err)
{
    OrtTensorTypeAndShapeInfo *info = NULL;
    int is_tensor = 0;
    pp_code code = check(api->IsTensor(value, &is_tensor), state->path, "tell what an output is", err);
    if (code == PP_OK && !is_tensor)
        return pp_fail(err, PP_MODEL, "%s: output '%s' is not a tensor; expected a classifier's N x K scores", state->path,
                       state->output);
    if (code == PP_OK)
        code = check(api->GetTensorTypeAndShape(value, &info), state->path, "tell an output's shape", err);
    if (code != PP_OK)
        return code;
    OrtStatus *status = api->GetDimensionsCount(info, n_dims);
    if (!status && *n_dims <= 8)
        status = api->GetDimensions(info, dims, *n_dims);
    if (!status)
        status = api->GetTensorElementType(info, type);
    code = check(status, state->path, "tell an output's shape", err);
    api->ReleaseTensorTypeAndShapeInfo(info);
    if (code == PP_OK && *n_dims > 8)
        return pp_fail(err, PP_MODEL, "%s: output '%s' has %zu dimensions; expected N x K", state->path, state->output, *n_dims);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; code == PP_OK && i < *n_dims && used < 100; i++)
        used += (size_t)snprintf(text + used, 128 - used, "%s%lld", i ? "x" : "", (long long)dims[i]);
    return code;
}

/* Runs the blank input once: the output must be one row of scores for each image. */
static pp_code count_outputs(session_state *state, size_t *n_outputs, pp_error *err)
{
    OrtValue *output = NULL;
    int64_t dims[8];
    size_t n_dims = 0, n_wide = 0;
    int64_t n_values = 1;
    char shape[128];
    ONNXTensorElementDataType type;
    pp_code code = run_worker(state, 0, (const char *const *)&state->output, 1, &output, err);
    if (code == PP_OK)
        code = read_shape(state, output, dims, &n_dims, shape, &type, err);
    if (output)
        api->ReleaseValue(output);
    if (code != PP_OK)
        return code;
    bool has_batch = n_dims > 0 && dims[0] == (int64_t)state->batch;
    for (size_t i = has_batch ? 1 : 0; i < n_dims; i++) {
        n_values *= dims[i];
        n_wide += dims[i] > 1;
    }
    if (!has_batch)
        return pp_fail(err, PP_MODEL, "%s: output '%s' has shape %s for %zu images; expected a classifier's N x K", state->path,
                       state->output, shape, state->batch);
    if (n_wide > 1)
        return pp_fail(err, PP_MODEL, "%s: output '%s' has shape %s: a segmentation or detection model? "
                       "pinprick takes classifiers, whose output is N x K", state->path, state->output, shape);
    if (n_values < 1 || n_values > 1000000)
        return pp_fail(err, PP_MODEL, "%s: output '%s' has shape %s; expected N x K with K from 1 to a million", state->path,
                       state->output, shape);
    if (type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT && type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 &&
        type != ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE)
        return pp_fail(err, PP_MODEL, "%s: output '%s' holds no floating-point scores but labels or indices; "
                       "pinprick needs a classifier that gives scores", state->path, state->output);
    *n_outputs = (size_t)n_values;
    return PP_OK;
}

/* ---- Painting ---------------------------------------------------------------------------------------------------- */

/* Puts one colour value into image `slot` of a worker's tensor. */
static inline void put(const session_state *state, void *elements, size_t slot, int x, int y, int c, uint8_t value)
{
    const pp_input_plan *plan = &state->plan;
    size_t w = (size_t)plan->width, h = (size_t)plan->height, n_channels = (size_t)plan->channels;
    size_t place = plan->nhwc ? ((slot * h + (size_t)y) * w + (size_t)x) * n_channels + (size_t)c
                              : ((slot * n_channels + (size_t)c) * h + (size_t)y) * w + (size_t)x;
    float element = state->lut[c][value];
    if (plan->element == PP_ELEMENT_FLOAT32)
        ((float *)elements)[place] = element;
    else if (plan->element == PP_ELEMENT_FLOAT16)
        ((uint16_t *)elements)[place] = pp_half_from_float(element);
    else
        ((uint8_t *)elements)[place] = (uint8_t)fminf(fmaxf(roundf(element), 0), 255);
}

static void paint(const session_state *state, void *elements, size_t slot, const pp_candidate *candidate)
{
    for (size_t i = 0; i < candidate->n; i++)
        for (int c = 0; c < state->plan.channels; c++)
            put(state, elements, slot, candidate->pixels[i].x, candidate->pixels[i].y, c, candidate->pixels[i].value[c]);
}

static void unpaint(const session_state *state, void *elements, size_t slot, const pp_candidate *candidate)
{
    const pp_image *base = state->base;
    for (size_t i = 0; i < candidate->n; i++) {
        int x = candidate->pixels[i].x, y = candidate->pixels[i].y;
        const uint8_t *value = base->data + ((size_t)y * (size_t)base->width + (size_t)x) * (size_t)base->channels;
        for (int c = 0; c < base->channels; c++)
            put(state, elements, slot, x, y, c, value[c]);
    }
}

static void copy_base(void *user, size_t worker, size_t index)
{
    (void)worker;
    const session_state *state = user;
    const pp_image *base = state->base;
    const uint8_t *value = base->data;
    for (int y = 0; y < base->height; y++)
        for (int x = 0; x < base->width; x++)
            for (int c = 0; c < base->channels; c++, value++)
                for (size_t slot = 0; slot < state->batch; slot++)
                    put(state, state->inputs[index].elements, slot, x, y, c, *value);
}

static pp_code onnxruntime_rebase(void *opaque, const pp_image *base, pp_error *err)
{
    session_state *state = opaque;
    const pp_input_plan *plan = &state->plan;
    if (base->width != plan->width || base->height != plan->height || base->channels != plan->channels)
        return pp_fail(err, PP_ARG, "%s: an image of %dx%d with %d channels; the model takes %dx%d with %d", state->path,
                       base->width, base->height, base->channels, plan->width, plan->height, plan->channels);
    state->base = base;
    pp_pool_run(state->pool, copy_base, state, state->n_workers);
    return PP_OK;
}

/* ---- Scoring ----------------------------------------------------------------------------------------------------- */

static pp_code run_worker(session_state *state, size_t worker, const char *const *names, size_t n, OrtValue **outputs,
                          pp_error *err)
{
    const char *input = state->input;
    return check(api->Run(state->session, NULL, &input, (const OrtValue *const *)&state->inputs[worker].tensor, 1, names, n,
                          outputs),
                 state->path, "run the model", err);
}

/* The first n_rows rows of an output, as floats. */
static pp_code read_scores(session_state *state, OrtValue *output, size_t n_rows, float *scores, pp_error *err)
{
    int64_t dims[8];
    size_t n_dims, n_values = 1, wanted = n_rows * state->n_outputs;
    char shape[128];
    ONNXTensorElementDataType type;
    void *data;
    pp_code code = read_shape(state, output, dims, &n_dims, shape, &type, err);
    if (code != PP_OK)
        return code;
    for (size_t i = 0; i < n_dims; i++)
        n_values *= (size_t)dims[i];
    if (n_values != state->batch * state->n_outputs)
        return pp_fail(err, PP_MODEL, "%s: output '%s' has shape %s where it had %zu scores an image before", state->path,
                       state->output, shape, state->n_outputs);
    code = check(api->GetTensorMutableData(output, &data), state->path, "give its scores", err);
    if (code != PP_OK)
        return code;
    for (size_t i = 0; i < wanted; i++) {
        scores[i] = type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT    ? ((const float *)data)[i]
                    : type == ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE ? (float)((const double *)data)[i]
                                                                   : pp_half_to_float(((const uint16_t *)data)[i]);
        if (!isfinite(scores[i]))
            return pp_fail(err, PP_MODEL, "%s: the model answered %s; its scores must be finite numbers "
                           "(wrong preprocessing, or broken weights?)", state->path, isnan(scores[i]) ? "NaN" : "infinity");
    }
    return PP_OK;
}

/* Scores candidates [index * batch, ...) with the worker's own tensor. */
static void score_chunk(void *user, size_t worker, size_t index)
{
    scoring *call = user;
    session_state *state = call->state;
    void *elements = state->inputs[worker].elements;
    size_t first = index * state->batch;
    size_t n = call->n - first < state->batch ? call->n - first : state->batch;
    OrtValue *output = NULL;
    pp_error error;
    for (size_t i = 0; i < n; i++)
        paint(state, elements, i, &call->candidates[first + i]);
    pp_code code = run_worker(state, worker, (const char *const *)&state->output, 1, &output, &error);
    if (code == PP_OK)
        code = read_scores(state, output, n, call->scores + first * state->n_outputs, &error);
    if (output)
        api->ReleaseValue(output);
    for (size_t i = 0; i < n; i++)
        unpaint(state, elements, i, &call->candidates[first + i]);
    if (code == PP_OK)
        return;
    pthread_mutex_lock(&call->lock);
    if (first < call->failed_at) {
        call->failed_at = first;
        call->error = error;
    }
    pthread_mutex_unlock(&call->lock);
}

static pp_code onnxruntime_score(void *opaque, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    session_state *state = opaque;
    scoring call = { .state = state, .candidates = candidates, .n = n, .scores = scores, .failed_at = n };
    pthread_mutex_init(&call.lock, NULL);
    pp_pool_run(state->pool, score_chunk, &call, (n + state->batch - 1) / state->batch);
    pthread_mutex_destroy(&call.lock);
    if (call.failed_at == n)
        return PP_OK;
    if (err)
        *err = call.error;
    return call.error.code;
}

pp_code pp_onnxruntime_shapes(void *opaque, const char *const *names, size_t n, int64_t *dims, int *n_dims, pp_error *err)
{
    session_state *state = opaque;
    OrtValue **outputs = pp_array_new(n, sizeof(OrtValue *));
    if (!outputs)
        return pp_no_memory(err, "shapes");
    pp_code code = run_worker(state, 0, names, n, outputs, err);
    for (size_t i = 0; i < n && outputs[i]; i++) {
        char text[128];
        ONNXTensorElementDataType type;
        size_t count = 0;
        if (code == PP_OK)
            n_dims[i] = read_shape(state, outputs[i], dims + 8 * i, &count, text, &type, NULL) == PP_OK ? (int)count : -1;
        api->ReleaseValue(outputs[i]);
    }
    free(outputs);
    return code;
}

const pp_engine pp_engine_onnxruntime = {
    .name = "onnxruntime",
    .summary = "dense: a whole forward pass for each candidate",
    .rebase = onnxruntime_rebase,
    .score = onnxruntime_score,
    .close = onnxruntime_close,
};
