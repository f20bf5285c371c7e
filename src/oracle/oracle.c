/* oracle.c - counts queries, keeps to the budget, and turns raw outputs into verdicts on the goal. */
#include "oracle/oracle.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* Candidates handed to the engine at once: between two chunks the time budget and the wish to stop are looked at. */
enum { CHUNK = 64 };

double pp_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

pp_code pp_oracle_init(pp_oracle *oracle, pp_model *model, pp_error *err)
{
    *oracle = (pp_oracle){ .model = model };
    oracle->raw = pp_array_new(2 * CHUNK * model->head.n_outputs, sizeof *oracle->raw);
    oracle->raw_original = pp_array_new(model->head.n_outputs, sizeof *oracle->raw_original);
    return oracle->raw && oracle->raw_original ? PP_OK : pp_no_memory(err, "scores");
}

void pp_oracle_clear(pp_oracle *oracle)
{
    if (oracle->original)
        pp_oracle_end(oracle);
    free(oracle->raw);
    free(oracle->raw_original);
    oracle->raw = oracle->raw_original = NULL;
}

/* Candidates that change many pixels go to the reference, the others to the engine of the search. By their number of pixels alone, so that
 * a candidate gets the same answer whatever is in the call with it. */
static pp_code share_out(pp_oracle *oracle, const pp_candidate *candidates, size_t n, pp_error *err)
{
    pp_model *model = oracle->model;
    pp_candidate sorted[CHUNK];
    float *raw = oracle->raw + CHUNK * model->head.n_outputs; /* what follows the answers is room for this */
    size_t place[CHUNK], n_few = 0, n_many = 0, size = model->head.n_outputs * sizeof *raw;
    for (size_t i = 0; i < n; i++)
        if (candidates[i].n <= model->dense_from)
            sorted[place[i] = n_few++] = candidates[i];
    for (size_t i = 0; i < n; i++)
        if (candidates[i].n > model->dense_from)
            sorted[place[i] = n_few + n_many++] = candidates[i];
    pp_code code = n_few ? model->engine->score(model->engine_state, sorted, n_few, raw, err) : PP_OK;
    if (code == PP_OK && n_many)
        code = model->reference->score(model->reference_state, sorted + n_few, n_many, raw + n_few * model->head.n_outputs, err);
    for (size_t i = 0; code == PP_OK && i < n; i++)
        memcpy(oracle->raw + i * model->head.n_outputs, raw + place[i] * model->head.n_outputs, size);
    return code;
}

/* The one place where queries are asked and counted. */
static pp_code ask(pp_oracle *oracle, const pp_candidate *candidates, size_t n, pp_error *err)
{
    double before = pp_now();
    pp_code code = share_out(oracle, candidates, n, err);
    oracle->engine_seconds += pp_now() - before;
    if (code == PP_OK)
        oracle->queries += n;
    return code;
}

static double goal_margin(const pp_goal *goal, const pp_head *head, const float *raw)
{
    if (goal->labels_only)
        return (pp_head_decision(head, raw) == goal->class_index) == goal->towards ? -1 : 1;
    double margin = pp_head_margin(head, raw, goal->class_index);
    return goal->towards ? -margin : margin;
}

static double goal_probability(const pp_goal *goal, const pp_head *head, const float *raw)
{
    double p = pp_head_probability(head, raw, goal->class_index);
    return goal->towards ? p : 1 - p;
}

/* Whether the reference, whose outputs may differ by as much as engines' may, might decide otherwise. */
static bool is_in_doubt(const pp_goal *goal, const pp_head *head, const float *raw)
{
    double scale = PP_SMALLEST_OUTPUT, lead = pp_head_margin(head, raw, pp_head_decision(head, raw));
    for (size_t k = 0; k < head->n_outputs; k++)
        scale = fmax(scale, fabs((double)raw[k]));
    double room = 2 * PP_ENGINES_AGREE * scale; /* of the difference of two outputs */
    return lead <= room || (goal->confidence > 0 && fabs(goal_probability(goal, head, raw) - goal->confidence) <= room);
}

/* The reference has the last word on what is saved, so it is asked of close answers at once: a search that went by another engine's
 * would end in an image that does not flip. The same images once more, and no further queries. */
static pp_code settle_doubts(pp_oracle *oracle, const pp_candidate *candidates, size_t n, pp_error *err)
{
    const pp_model *model = oracle->model;
    double before = pp_now();
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && model->engine != model->reference && i < n; i++) {
        float *raw = oracle->raw + i * model->head.n_outputs;
        if (candidates[i].n <= model->dense_from && is_in_doubt(&oracle->goal, &model->head, raw))
            code = model->reference->score(model->reference_state, &candidates[i], 1, raw, err);
    }
    oracle->engine_seconds += pp_now() - before;
    return code;
}

pp_code pp_oracle_begin(pp_oracle *oracle, const pp_image *original, pp_error *err)
{
    const pp_head *head = &oracle->model->head;
    pp_candidate unchanged = { NULL, 0 };
    oracle->original = original;
    oracle->goal = (pp_goal){ 0 }; /* not the last image's */
    oracle->queries = 0;
    oracle->engine_seconds = 0;
    oracle->started = pp_now();
    pp_code code = oracle->model->engine->rebase(oracle->model->engine_state, original, err);
    if (code == PP_OK && oracle->model->engine != oracle->model->reference)
        code = oracle->model->reference->rebase(oracle->model->reference_state, original, err);
    if (code == PP_OK)
        code = ask(oracle, &unchanged, 1, err);
    if (code == PP_OK)
        code = settle_doubts(oracle, &unchanged, 1, err);
    if (code != PP_OK)
        return code;
    memcpy(oracle->raw_original, oracle->raw, head->n_outputs * sizeof *oracle->raw);
    oracle->class_original = pp_head_decision(head, oracle->raw);
    oracle->p_original = pp_head_probability(head, oracle->raw, oracle->class_original);
    return PP_OK;
}

void pp_oracle_end(pp_oracle *oracle)
{
    oracle->model->reference->rebase(oracle->model->reference_state, oracle->model->blank, NULL); /* it borrows images; others copy */
    oracle->original = NULL;
}

pp_code pp_oracle_expect(pp_oracle *oracle, const pp_pixel *pixels, size_t n, pp_error *err)
{
    const pp_engine *engine = oracle->model->engine;
    if (!engine->expect)
        return PP_OK;
    double before = pp_now();
    pp_code code = engine->expect(oracle->model->engine_state, pixels, n, err);
    oracle->engine_seconds += pp_now() - before;
    return code;
}

double pp_oracle_original_margin(const pp_oracle *oracle)
{
    return goal_margin(&oracle->goal, &oracle->model->head, oracle->raw_original);
}

bool pp_goal_reached(const pp_goal *goal, const pp_head *head, const float *raw)
{
    return goal_margin(goal, head, raw) < 0 && goal_probability(goal, head, raw) >= goal->confidence;
}

static pp_verdict judge(const pp_oracle *oracle, const float *raw)
{
    const pp_head *head = &oracle->model->head;
    return (pp_verdict){
        .margin = goal_margin(&oracle->goal, head, raw),
        .p_original = pp_head_probability(head, raw, oracle->class_original),
        .decision = pp_head_decision(head, raw),
        .reached = pp_goal_reached(&oracle->goal, head, raw),
    };
}

pp_code pp_oracle_confirm(pp_oracle *oracle, const pp_candidate *candidate, pp_verdict *verdict, pp_error *err)
{
    const pp_model *model = oracle->model;
    if (model->engine == model->reference)
        return PP_OK;
    double before = pp_now();
    pp_code code = model->reference->score(model->reference_state, candidate, 1, oracle->raw, err);
    oracle->engine_seconds += pp_now() - before;
    if (code == PP_OK)
        *verdict = judge(oracle, oracle->raw);
    return code;
}

bool pp_oracle_time_is_up(const pp_oracle *oracle)
{
    return oracle->time_budget > 0 && pp_now() - oracle->started >= oracle->time_budget;
}

pp_code pp_oracle_score(pp_oracle *oracle, const pp_candidate *candidates, size_t n, pp_verdict *verdicts, size_t *n_scored,
                        pp_error *err)
{
    size_t n_outputs = oracle->model->head.n_outputs;
    for (*n_scored = 0; *n_scored < n;) {
        size_t n_now = n - *n_scored < CHUNK ? n - *n_scored : CHUNK;
        if (oracle->cancel && *oracle->cancel)
            return PP_INTERRUPTED;
        if (oracle->query_budget && n_now > oracle->query_budget - oracle->queries)
            n_now = (size_t)(oracle->query_budget - oracle->queries);
        if (n_now == 0 || pp_oracle_time_is_up(oracle))
            return PP_BUDGET;
        pp_code code = ask(oracle, candidates + *n_scored, n_now, err);
        if (code == PP_OK)
            code = settle_doubts(oracle, candidates + *n_scored, n_now, err);
        if (code != PP_OK)
            return code;
        for (size_t i = 0; i < n_now; i++)
            verdicts[*n_scored + i] = judge(oracle, oracle->raw + i * n_outputs);
        *n_scored += n_now;
    }
    return PP_OK;
}
