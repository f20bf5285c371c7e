/* run.c - one attack on one image: the loop that every method shares, the best result so far, and the trace.
 *
 * All memory is there before the first query: nothing is allocated between two steps. */
#include "attack/run.h"

#include "attack/certify.h"
#include "attack/pareto.h"
#include "attack/relay.h"
#include "base/array.h"
#include "base/error.h"

#include <assert.h>
#include <string.h>

/* The trace while it is being written. Rows are written when the result gets smaller, so there are at most as many as pixels. */
typedef struct pp_recorder {
    pp_trace_row *rows;  /* capacity n_pixels + a few */
    size_t n_rows;
    pp_pixel *pool;      /* where the stored stages lie: the start and all halvings sum to 2, two stages and the end add 3 */
    size_t n_pool;
    size_t next_half;    /* a result of at most this many pixels is stored */
    pp_pareto pareto;
} pp_recorder;

enum { POOL_IMAGES = 5, SPARE_ROWS = 3 };
static const uint64_t STAGES[] = { 100, 200 }; /* generations that Figure 2 of the paper shows */

static pp_code new_run(pp_run **run, pp_model *model, const pp_image *original, const pp_params *params, const pp_image *mask,
                       pp_error *err);
static void free_run(pp_run *run);
static pp_code search(pp_run *run, const pp_step_watch *watch, pp_error *err);
static pp_code run_leg(pp_run *run, const pp_step_watch *watch, pp_error *err);
static void set_budget(pp_run *run);
static void record(pp_run *run, bool store);
static void store_stage(pp_recorder *recorder, pp_trace_row *row, const pp_pixel *pixels, size_t n);
static pp_code make_result(pp_result **result, const pp_run *run, pp_status status, pp_error *err);

pp_code pp_run_attack(pp_result **result, pp_model *model, const pp_image *original, int label, const pp_params *params,
                      const pp_image *mask, const pp_donors *donors, const pp_step_watch *watch, pp_error *err)
{
    pp_run *run = NULL;
    pp_status status = PP_FAILED;
    pp_code code = new_run(&run, model, original, params, mask, err);
    if (code != PP_OK)
        return code;
    code = pp_model_choose_engine(model, original, params->method->n_changes, err);
    if (code != PP_OK) {
        free_run(run);
        return code;
    }
    run->donors = donors;
    run->oracle->cancel = watch ? watch->cancel : NULL;
    code = pp_oracle_begin(run->oracle, original, err);
    if (code == PP_OK)
        code = pp_goal_for(&run->oracle->goal, &status, model, params, run->oracle->class_original, label, err);
    if (code == PP_OK && status == PP_SUCCESS) {
        code = search(run, watch, err);
        status = run->n_best ? PP_SUCCESS : PP_FAILED;
    }
    if (code == PP_OK)
        code = make_result(result, run, status, err);
    free_run(run);
    return code;
}

static pp_code new_run(pp_run **run, pp_model *model, const pp_image *original, const pp_params *params, const pp_image *mask,
                       pp_error *err)
{
    size_t n_pixels = (size_t)original->width * (size_t)original->height;
    pp_run *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "an attack");
    made->original = original;
    made->relay = pp_array_new(1, sizeof *made->relay);
    made->best = pp_array_new(n_pixels, sizeof *made->best);
    made->scratch = pp_array_new(n_pixels, sizeof *made->scratch);
    made->recorder = pp_array_new(1, sizeof *made->recorder);
    made->oracle = pp_array_new(1, sizeof *made->oracle);
    made->certifier = params->budget.certify ? pp_certifier_new() : NULL;
    if (made->recorder) {
        made->recorder->rows = pp_array_new(n_pixels + SPARE_ROWS, sizeof *made->recorder->rows);
        made->recorder->pool = pp_array_new(n_pixels * POOL_IMAGES, sizeof *made->recorder->pool);
    }
    pp_code code = PP_OK;
    if ((params->budget.certify && !made->certifier) || !made->relay || !made->best || !made->scratch || !made->oracle || !made->recorder ||
        !made->recorder->rows || !made->recorder->pool)
        code = pp_no_memory(err, "an attack");
    if (code == PP_OK)
        code = pp_relay_init(made->relay, params, n_pixels, err);
    if (code == PP_OK)
        code = pp_constraint_init(&made->constraint, original, mask, params, err);
    if (code == PP_OK)
        code = pp_image_copy(&made->canvas, original, err);
    if (code == PP_OK)
        code = pp_oracle_init(made->oracle, model, err);
    if (code != PP_OK) {
        free_run(made);
        return code;
    }
    pp_relay_enter(made);
    made->gray = made->constraint.gray;
    set_budget(made);
    pp_digest digest = pp_image_digest(original);
    pp_rng_seed_for(&made->rng, params->budget.seed, digest.bytes, sizeof digest.bytes, params->method->name);
    *run = made;
    return PP_OK;
}

static void free_run(pp_run *run)
{
    if (run->recorder) {
        free(run->recorder->rows);
        free(run->recorder->pool);
    }
    if (run->oracle)
        pp_oracle_clear(run->oracle);
    if (run->relay)
        pp_relay_clear(run->relay);
    pp_constraint_clear(&run->constraint);
    pp_image_free(run->canvas);
    free(run->oracle);
    free(run->recorder);
    free(run->certifier);
    free(run->scratch);
    free(run->best);
    free(run->relay);
    free(run);
}

static bool is_stage(uint64_t generation)
{
    for (size_t i = 0; i < sizeof STAGES / sizeof *STAGES; i++)
        if (generation == STAGES[i])
            return true;
    return false;
}

/* The loop: steps until the method, the budget or the caller's wish ends it. */
static pp_code run_leg(pp_run *run, const pp_step_watch *watch, pp_error *err)
{
    set_budget(run);
    pp_code code = run->method->init(run, err);
    while (code == PP_OK && run->stop == PP_STOP_NONE && !pp_relay_is_handed_over(run->relay)) {
        if (watch && watch->on_step)
            watch->on_step(watch->user, run);
        run->generation++;
        set_budget(run);
        code = run->method->step(run, err);
        if (code == PP_OK && run->n_best && is_stage(run->generation))
            record(run, true);
    }
    return code;
}

static pp_code search(pp_run *run, const pp_step_watch *watch, pp_error *err)
{
    if (run->constraint.n_places == 0) { /* of this image: no gray is near enough to any of its colours */
        run->stop = PP_STOP_EXHAUSTED;
        return PP_OK;
    }
    pp_code code;
    do
        code = run_leg(run, watch, err);
    while (pp_relay_goes_on(run, code));
    if (code == PP_BUDGET) {
        run->stop = pp_oracle_time_is_up(run->oracle) ? PP_STOP_TIME : PP_STOP_QUERIES;
        code = PP_OK;
    }
    run->oracle->query_budget = run->params->budget.queries;
    run->oracle->time_budget = run->params->budget.time;
    if (code == PP_OK)
        code = pp_certify(run, err);
    pp_recorder *recorder = run->recorder;
    if (code == PP_OK && recorder->n_rows && !recorder->rows[recorder->n_rows - 1].n_stored)
        store_stage(recorder, &recorder->rows[recorder->n_rows - 1], run->best, run->n_best);
    return code;
}

void pp_run_report(pp_run *run, const pp_pixel *pixels, size_t n, const pp_verdict *verdict)
{
    const pp_image *original = run->original;
    size_t n_bytes = (size_t)original->width * (size_t)original->height * (size_t)original->channels;
    memcpy(run->canvas->data, original->data, n_bytes);
    pp_image_paint(run->canvas, pixels, n);
    size_t n_changed = pp_image_difference(original, run->canvas, run->scratch);
    if (!verdict->reached || n_changed == 0)
        return;
    assert(pp_constraint_holds(&run->constraint, run->scratch, n_changed)); /* a method's mistake, which its test should have found */
    pp_pareto_add(&run->recorder->pareto, n_changed, verdict->p_original);
    if (run->n_best && n_changed >= run->n_best)
        return;
    memcpy(run->best, run->scratch, n_changed * sizeof *run->best);
    bool first = run->n_best == 0;
    run->n_best = n_changed;
    run->best_verdict = *verdict;
    record(run, first || n_changed <= run->recorder->next_half);
    if (n_changed <= run->params->budget.target_pixels)
        run->stop = PP_STOP_TARGET;
}

/* What may be spent for now: queries are kept back for another leg, and for what is done with the result at the end. Never below what is
 * spent already. */
static void set_budget(pp_run *run)
{
    const pp_budget_params *budget = &run->params->budget;
    uint64_t queries = budget->queries - pp_certify_reserve(run);
    queries = (uint64_t)pp_relay_limit(run->relay, (double)queries);
    run->oracle->time_budget = pp_relay_limit(run->relay, budget->time);
    run->oracle->query_budget = budget->queries && queries < run->oracle->queries ? run->oracle->queries : queries;
}

/* A row for the result as it is now. */
static void record(pp_run *run, bool store)
{
    pp_recorder *recorder = run->recorder;
    pp_trace_row *row = &recorder->rows[recorder->n_rows++];
    *row = (pp_trace_row){
        .generation = run->generation, .queries = run->oracle->queries, .n_pixels = run->n_best,
        .p_original = run->best_verdict.p_original, .margin = run->best_verdict.margin,
    };
    if (store)
        store_stage(recorder, row, run->best, run->n_best);
}

static void store_stage(pp_recorder *recorder, pp_trace_row *row, const pp_pixel *pixels, size_t n)
{
    row->pixels = memcpy(recorder->pool + recorder->n_pool, pixels, n * sizeof *pixels);
    row->n_stored = n;
    recorder->n_pool += n;
    recorder->next_half = n / 2;
}

/* ---- The result -------------------------------------------------------------------------------------------------- */

static pp_code copy_pixels(pp_pixel **copy, const pp_pixel *pixels, size_t n, pp_error *err)
{
    *copy = pp_array_new(n, sizeof **copy);
    if (!*copy)
        return pp_no_memory(err, "a result");
    if (n)
        memcpy(*copy, pixels, n * sizeof **copy);
    return PP_OK;
}

static pp_code copy_trace(pp_result *result, const pp_recorder *recorder, pp_error *err)
{
    result->trace = pp_array_new(recorder->n_rows, sizeof *result->trace);
    if (!result->trace)
        return pp_no_memory(err, "a trace");
    for (size_t i = 0; i < recorder->n_rows; i++) {
        result->trace[i] = recorder->rows[i];
        result->trace[i].pixels = NULL;
        result->n_trace = i + 1;
        if (recorder->rows[i].n_stored == 0)
            continue;
        pp_code code = copy_pixels(&result->trace[i].pixels, recorder->rows[i].pixels, recorder->rows[i].n_stored, err);
        if (code != PP_OK)
            return code;
    }
    return PP_OK;
}

static pp_code copy_pareto(pp_result *result, const pp_recorder *recorder, pp_error *err)
{
    result->pareto = pp_array_new(PP_PARETO_SLOTS, sizeof *result->pareto);
    if (!result->pareto)
        return pp_no_memory(err, "a result");
    result->n_pareto = pp_pareto_front(&recorder->pareto, result->pareto);
    return PP_OK;
}

static pp_code make_result(pp_result **result, const pp_run *run, pp_status status, pp_error *err)
{
    const pp_oracle *oracle = run->oracle;
    bool flipped = status == PP_SUCCESS;
    pp_result *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "a result");
    *made = (pp_result){
        .status = status, .stop = run->stop,
        .class_original = oracle->class_original,
        .class_adversarial = flipped ? run->best_verdict.decision : oracle->class_original,
        .p_original = oracle->p_original,
        .p_adversarial = flipped ? run->best_verdict.p_original : oracle->p_original,
        .l0 = run->n_best, .queries = oracle->queries, .generations = run->generation,
        .seconds = pp_now() - oracle->started, .engine_seconds = oracle->engine_seconds,
        .rung = run->rung, .rung_queries = run->rung_queries, .strict_flip = run->strict_flip,
        .locally_minimal = flipped ? run->locally_minimal : -1,
    };
    pp_code code = copy_pixels(&made->pixels, run->best, run->n_best, err);
    if (code == PP_OK)
        code = copy_trace(made, run->recorder, err);
    if (code == PP_OK)
        code = copy_pareto(made, run->recorder, err);
    if (code != PP_OK) {
        pp_result_free(made);
        return code;
    }
    *result = made;
    return PP_OK;
}

void pp_result_free(pp_result *result)
{
    if (!result)
        return;
    for (size_t i = 0; i < result->n_trace; i++)
        free(result->trace[i].pixels);
    free(result->trace);
    free(result->pareto);
    free(result->pixels);
    free(result);
}

/* ---- Names, and the public way in -------------------------------------------------------------------------------- */

const char *pp_status_name(pp_status status)
{
    static const char *const NAMES[] = { "success", "failed", "misclassified", "unreadable", "not-in-goal", "elsewhere" };
    return NAMES[status];
}

const char *pp_stop_name(pp_stop stop)
{
    static const char *const NAMES[] = { "none", "queries", "time", "target", "generations", "stall", "minimum", "exhausted" };
    return NAMES[stop];
}

void pp_run_progress(pp_progress *progress, const pp_run *run)
{
    progress->n_pixels = run->n_best;
    progress->p_original = run->n_best ? run->best_verdict.p_original : run->oracle->p_original;
    progress->queries = run->oracle->queries;
    progress->query_budget = run->params->budget.queries;
    progress->seconds = pp_now() - run->oracle->started;
}

static void tell_step(void *user, const pp_run *run)
{
    const pp_watch *watch = user;
    pp_progress progress = { .what = PP_STEP, .n_images = 1, .n_to_attack = 1, .status = PP_FAILED, .seconds_left = -1 };
    pp_run_progress(&progress, run);
    watch->progress(watch->user, &progress);
}

pp_code pp_attack_watched(pp_result **result, pp_model *model, const pp_image *image, int label, const pp_params *params,
                          const pp_watch *watch, pp_error *err)
{
    pp_image *mask = NULL;
    pp_step_watch steps = { .cancel = watch ? watch->cancel : NULL };
    if (watch && watch->progress) {
        steps.on_step = tell_step;
        steps.user = (pp_watch *)(uintptr_t)watch; /* only read */
    }
    if (label < -1 || label >= model->head.n_classes)
        return pp_fail(err, PP_ARG, "label %d: %s has classes 0 to %d", label, model->path, model->head.n_classes - 1);
    pp_code code = pp_goal_check(model, params, err);
    if (code == PP_OK)
        code = pp_constraint_open(&mask, model, params, err);
    if (code == PP_OK)
        code = pp_run_attack(result, model, image, label, params, mask, NULL, &steps, err);
    pp_image_free(mask);
    return code;
}

pp_code pp_attack(pp_result **result, pp_model *model, const pp_image *image, const pp_params *params, pp_error *err)
{
    return pp_attack_watched(result, model, image, -1, params, NULL, err);
}
