/* engines.c - which engine answers the search's queries: the reference, or the incremental one where it covers the model, agrees and is
 * measured to be faster. Either way what is saved is scored by the reference. */
#include "oracle/oracle.h"

#include "base/array.h"
#include "base/error.h"
#include "base/rng.h"
#include "onnx/onnx_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const double WORTHWHILE = 0.95; /* of the reference's time */
enum { CANDIDATES_A_WORKER = 8, ROUNDS = 2, MOST_ROUNDS = 15, STEP = 4 };

/* Candidates at random places with corner colours, and what each engine says of them. */
typedef struct trial {
    size_t n, n_outputs;
    pp_candidate *candidates;
    pp_pixel *pixels;
    float *scores[2];
} trial;

static void clear_trial(trial *t)
{
    free(t->candidates);
    free(t->pixels);
    free(t->scores[0]);
    free(t->scores[1]);
}

static pp_code make_trial(trial *t, const pp_model *model, size_t n_changes, pp_error *err)
{
    pp_rng rng;
    size_t width = (size_t)model->plan.width, height = (size_t)model->plan.height;
    *t = (trial){ .n = CANDIDATES_A_WORKER * model->n_threads, .n_outputs = model->head.n_outputs };
    t->candidates = pp_array_new(t->n, sizeof *t->candidates);
    t->pixels = pp_array_new(t->n * n_changes, sizeof *t->pixels);
    for (int i = 0; i < 2; i++)
        t->scores[i] = pp_array_new(t->n * t->n_outputs, sizeof(float));
    if (!t->candidates || !t->pixels || !t->scores[0] || !t->scores[1])
        return pp_no_memory(err, "a comparison of engines");
    pp_rng_seed(&rng, 1);
    for (size_t i = 0; i < t->n; i++)
        t->candidates[i] = (pp_candidate){ t->pixels + i * n_changes, n_changes };
    for (size_t i = 0; i < t->n * n_changes; i++) {
        t->pixels[i].x = (uint16_t)pp_rng_below(&rng, width);
        t->pixels[i].y = (uint16_t)pp_rng_below(&rng, height);
        for (int c = 0; c < model->plan.channels; c++)
            t->pixels[i].value[c] = pp_rng_below(&rng, 2) ? 255 : 0;
    }
    return PP_OK;
}

static double largest_difference(const trial *t)
{
    double largest = 0;
    for (size_t i = 0; i < t->n; i++) {
        const float *a = t->scores[0] + i * t->n_outputs, *b = t->scores[1] + i * t->n_outputs;
        double scale = PP_SMALLEST_OUTPUT;
        for (size_t k = 0; k < t->n_outputs; k++)
            scale = fmax(scale, fabs((double)a[k]));
        for (size_t k = 0; k < t->n_outputs; k++)
            largest = fmax(largest, fabs((double)a[k] - b[k]) / scale);
    }
    return largest;
}

static pp_code time_one(const pp_engine *engine, void *state, const trial *t, float *scores, double *seconds, pp_error *err)
{
    double before = pp_now();
    pp_code code = engine->score(state, t->candidates, t->n, scores, err);
    *seconds = (pp_now() - before) / (double)t->n;
    return code;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_size);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* The engines take turns, so that both see the same load of the machine. The first round warms up and is not counted. */
static pp_code take_turns(pp_comparison *comparison, pp_model *model, void *incremental, const trial *t, int n_rounds, pp_error *err)
{
    double reference[MOST_ROUNDS], other[MOST_ROUNDS], warm;
    pp_code code = time_one(model->reference, model->reference_state, t, t->scores[0], &warm, err);
    if (code == PP_OK)
        code = time_one(&pp_engine_incremental, incremental, t, t->scores[1], &warm, err);
    if (code != PP_OK)
        return code;
    comparison->largest_difference = largest_difference(t);
    uint64_t before = pp_incremental_multiply_adds(incremental);
    for (int i = 0; code == PP_OK && i < n_rounds; i++) {
        code = time_one(model->reference, model->reference_state, t, t->scores[0], &reference[i], err);
        if (code == PP_OK)
            code = time_one(&pp_engine_incremental, incremental, t, t->scores[1], &other[i], err);
    }
    if (code != PP_OK)
        return code;
    comparison->seconds_reference = median(reference, n_rounds);
    comparison->seconds_incremental = median(other, n_rounds);
    comparison->multiply_adds = (pp_incremental_multiply_adds(incremental) - before) / ((uint64_t)n_rounds * t->n);
    comparison->dense_multiply_adds = pp_incremental_dense_multiply_adds(incremental);
    return PP_OK;
}

pp_code pp_compare_engines(pp_comparison *comparison, pp_model *model, void *incremental, const pp_image *image, size_t n_changes,
                           int n_rounds, pp_error *err)
{
    trial t;
    pp_comparison made = { 0 };
    pp_code code = make_trial(&t, model, n_changes, err);
    if (code == PP_OK)
        code = model->reference->rebase(model->reference_state, image, err);
    if (code == PP_OK)
        code = pp_engine_incremental.rebase(incremental, image, err);
    if (code == PP_OK)
        code = take_turns(&made, model, incremental, &t, n_rounds < MOST_ROUNDS ? n_rounds : MOST_ROUNDS, err);
    model->reference->rebase(model->reference_state, model->blank, NULL); /* image is borrowed for this call only */
    clear_trial(&t);
    if (code == PP_OK)
        *comparison = made;
    return code;
}

pp_code pp_model_open_incremental(void **state, const pp_model *model, pp_error *err)
{
    pp_onnx *onnx = NULL;
    size_t n_outputs = 0;
    pp_code code = pp_onnx_open(&onnx, model->path, err);
    if (code == PP_OK && strcmp(onnx->digest.hex, model->digest.hex) != 0)
        code = pp_fail(err, PP_MODEL, "%s: was changed since it was opened", model->path);
    if (code == PP_OK)
        code = pp_incremental_open(state, onnx, model->input_name, model->output_name, &model->plan, model->n_threads, model->memory,
                                   model->change_threshold, &n_outputs, err);
    pp_onnx_free(onnx);
    if (code == PP_OK && n_outputs != model->head.n_outputs) {
        pp_engine_incremental.close(*state);
        *state = NULL;
        code = pp_fail(err, PP_MODEL, "%s: %zu outputs where ONNX Runtime gives %zu", model->path, n_outputs, model->head.n_outputs);
    }
    return code;
}

/* ---- The choice -------------------------------------------------------------------------------------------------- */

static double times_faster(const pp_comparison *c)
{
    return c->seconds_reference / c->seconds_incremental;
}

/* Up to how many changed pixels the incremental engine is faster, known that it is for n_changes. */
static pp_code find_limit(pp_model *model, void *incremental, const pp_image *image, size_t n_changes, pp_error *err)
{
    size_t n_pixels = (size_t)model->plan.width * (size_t)model->plan.height;
    for (model->dense_from = n_changes; model->dense_from * STEP <= n_pixels; model->dense_from *= STEP) {
        pp_comparison c;
        pp_code code = pp_compare_engines(&c, model, incremental, image, model->dense_from * STEP, ROUNDS, err);
        if (code != PP_OK || times_faster(&c) * WORTHWHILE <= 1)
            return code;
    }
    return PP_OK;
}

/* Whether the two agree and, unless it was asked for, the incremental engine is faster; which of it, in why. */
static pp_code try_incremental(pp_model *model, void *incremental, const pp_image *image, size_t n_changes, bool *take, char why[200],
                               pp_error *err)
{
    pp_comparison c;
    bool must = model->engine_wanted == PP_ENGINE_INCREMENTAL;
    pp_code code = pp_compare_engines(&c, model, incremental, image, n_changes, ROUNDS, err);
    if (code != PP_OK)
        return code;
    bool agrees = c.largest_difference <= PP_ENGINES_AGREE;
    *take = agrees && (must || times_faster(&c) * WORTHWHILE > 1);
    if (*take && !must && model->dense_from == SIZE_MAX)
        code = find_limit(model, incremental, image, n_changes, err);
    if (!agrees)
        snprintf(why, 200, "its outputs differ by %.1g", c.largest_difference);
    else
        snprintf(why, 200, "%.2f times as fast as onnxruntime on %zu changed pixels", times_faster(&c), n_changes);
    if (*take && model->change_threshold > 0)
        snprintf(why + strlen(why), 200 - strlen(why), " and within %.1g of it", c.largest_difference);
    if (*take && model->dense_from != SIZE_MAX)
        snprintf(why + strlen(why), 200 - strlen(why), "; onnxruntime from %zu on", model->dense_from + 1);
    return code;
}

void pp_model_reference_text(const pp_model *model, char text[128])
{
    if (model->reference != &pp_engine_onnxruntime) {
        snprintf(text, 128, "%s", model->reference->name);
        return;
    }
    int n_provider = (int)strcspn(model->provider, ":"); /* its options are among the parameters */
    bool is_cpu = n_provider == 0 || strncasecmp(model->provider, "cpu", 3) == 0;
    snprintf(text, 128, "%s %s%s%.*s", model->reference->name, pp_onnxruntime_version(), is_cpu ? "" : " on ", is_cpu ? 0 : n_provider,
             model->provider);
}

pp_code pp_model_choose_engine(pp_model *model, const pp_image *image, size_t n_changes, pp_error *err)
{
    bool must = model->engine_wanted == PP_ENGINE_INCREMENTAL, take = false;
    char why[200] = "", reference[128];
    void *incremental = NULL;
    pp_error inner = { 0 };
    if (model->engine_chosen)
        return PP_OK;
    bool is_onnx = model->reference == &pp_engine_onnxruntime;
    pp_model_reference_text(model, reference);
    if (!is_onnx || model->engine_wanted == PP_ENGINE_ONNXRUNTIME || (n_changes == 0 && !must)) {
        snprintf(model->engine_note, sizeof model->engine_note, "%s%s", reference,
                 model->change_threshold > 0 ? "; --change-threshold is for the incremental engine" : "");
        model->engine_chosen = true;
        return PP_OK;
    }
    size_t dense_from = model->dense_from;
    pp_code code = pp_model_open_incremental(&incremental, model, &inner);
    if (code == PP_OK)
        code = try_incremental(model, incremental, image, n_changes ? n_changes : 1, &take, why, &inner);
    if (code == PP_OK && must && !take)
        code = pp_fail(&inner, PP_MODEL, "%s: --engine incremental: %s", model->path, why);
    if (code != PP_OK || !take) {
        model->dense_from = dense_from;
        if (incremental)
            pp_engine_incremental.close(incremental);
    }
    if (code == PP_OK && take) {
        model->engine = &pp_engine_incremental;
        model->engine_state = incremental;
        snprintf(model->engine_note, sizeof model->engine_note, "incremental: %s", why);
    } else if (code == PP_OK) {
        snprintf(model->engine_note, sizeof model->engine_note, "%s; the incremental engine: %s", reference, why);
    } else if (!must && code != PP_ARG) { /* lack of memory, say: the reference does without; an image that does not fit fits no engine */
        snprintf(model->engine_note, sizeof model->engine_note, "%s; the incremental engine cannot be used: %.150s", reference, inner.message);
        code = PP_OK;
    }
    model->engine_chosen = code == PP_OK;
    if (code != PP_OK && err)
        *err = inner;
    return code;
}
