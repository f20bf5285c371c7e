/* runs.c - methods side by side: a run for each method and seed, all begun before the first query, then done one after another.
 *
 * compare.json is written when all runs are there: a comparison is begun whole or not at all. What is done, and what is missing, is in
 * the runs themselves. */
#include "attack/method.h"
#include "audit/audit.h"
#include "audit/folder.h"
#include "audit/plan.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pp_code check_plan(const pp_compare_plan *plan, pp_error *err);
static pp_code create_runs(const char *dir, const char *model_path, const pp_inputs *inputs, const pp_compare_plan *plan, pp_error *err);
static pp_code do_run(const char *dir, const pp_watch *watch, size_t index, size_t n_runs, bool *partial, pp_error *err);

pp_code pp_compare_create(char **made, const char *dir, const char *model_path, const pp_inputs *inputs, const pp_compare_plan *plan,
                          pp_error *err)
{
    char *folder = NULL;
    int lock = -1;
    bool was_there = dir && access(dir, F_OK) == 0;
    pp_code code = check_plan(plan, err);
    if (code == PP_OK)
        code = pp_folder_make(&folder, dir, "pinprick-compare", err);
    if (code == PP_OK)
        code = pp_folder_lock(&lock, folder, err);
    if (code == PP_OK && pp_plan_is_in(folder))
        code = pp_fail(err, PP_IO, "%s: holds a comparison already; say --resume %s, or another --out", folder, folder);
    if (code == PP_OK)
        code = create_runs(folder, model_path, inputs, plan, err);
    if (lock >= 0)
        close(lock);
    if (code != PP_OK) {
        if (folder && !was_there)
            rmdir(folder);
        free(folder);
        return code;
    }
    *made = folder;
    return PP_OK;
}

pp_code pp_compare_run(const char *dir, const pp_watch *watch, pp_error *err)
{
    pp_plan plan = { 0 };
    int lock = -1;
    bool partial = false;
    pp_code code = pp_plan_read(&plan, dir, err);
    if (code == PP_OK)
        code = pp_folder_lock(&lock, dir, err);
    size_t n_runs = plan.n_methods * plan.n_seeds;
    for (size_t i = 0; code == PP_OK && i < n_runs; i++) { /* seed by seed: what is done of a stopped comparison says most */
        char *run_dir = NULL;
        code = pp_plan_run_dir(&run_dir, dir, plan.methods[i % plan.n_methods], plan.seed + i / plan.n_methods, err);
        if (code == PP_OK)
            code = do_run(run_dir, watch, i, n_runs, &partial, err);
        free(run_dir);
    }
    if (lock >= 0)
        close(lock);
    pp_plan_clear(&plan);
    return code == PP_OK && partial ? PP_PARTIAL : code;
}

/* ---- Beginning --------------------------------------------------------------------------------------------------- */

static pp_code check_method(const pp_compare_plan *plan, size_t index, pp_error *err)
{
    const pp_params *params = plan->methods[index];
    uint64_t largest = plan->budgets[plan->n_budgets - 1], queries = params->budget.queries;
    for (size_t i = 0; i < index; i++)
        if (plan->methods[i]->method == params->method)
            return pp_fail(err, PP_ARG, "--methods: %s is there twice", params->method->name);
    if (params->budget.seed != plan->methods[0]->budget.seed)
        return pp_fail(err, PP_ARG, "--seed: differs between methods");
    if (queries && queries < largest)
        return pp_fail(err, PP_ARG, "--budgets: %" PRIu64 " is above --queries %" PRIu64, largest, queries);
    return PP_OK;
}

static pp_code check_plan(const pp_compare_plan *plan, pp_error *err)
{
    pp_code code = pp_check_budgets(plan->budgets, plan->n_budgets, err);
    if (code == PP_OK && plan->n_methods == 0)
        code = pp_fail(err, PP_ARG, "--methods: none; expected names of methods");
    if (code == PP_OK && plan->n_seeds == 0)
        code = pp_fail(err, PP_ARG, "--seeds: 0; expected at least 1");
    for (size_t i = 0; code == PP_OK && i < plan->n_methods; i++)
        code = check_method(plan, i, err);
    return code;
}

/* What is done with one of the runs to come: params and seed are its own, user is whatever it needs. */
typedef pp_code (*run_action)(void *user, const char *dir, const pp_params *params, uint64_t seed, pp_error *err);

static pp_code each_run(const char *dir, const pp_compare_plan *plan, run_action act, void *user, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < plan->n_methods * plan->n_seeds; i++) {
        const pp_params *params = plan->methods[i % plan->n_methods];
        uint64_t seed = params->budget.seed + i / plan->n_methods;
        char *run_dir = NULL;
        code = pp_plan_run_dir(&run_dir, dir, params->method->name, seed, err);
        if (code == PP_OK)
            code = act(user, run_dir, params, seed, err);
        free(run_dir);
    }
    return code;
}

/* Also what is left of a beginning that was killed is in the way. */
static pp_code check_free(void *user, const char *dir, const pp_params *params, uint64_t seed, pp_error *err)
{
    (void)user, (void)params, (void)seed;
    bool is_free = access(dir, F_OK) != 0;
    return is_free ? PP_OK : pp_fail(err, PP_IO, "%s: is there already, and is no comparison's; say another --out", dir);
}

/* What all runs have in common. */
typedef struct subject {
    const char *model_path;
    const pp_inputs *inputs;
} subject;

/* Writes one run down, and closes it again. */
static pp_code create_run(void *user, const char *dir, const pp_params *params, uint64_t seed, pp_error *err)
{
    const subject *s = user;
    pp_params *own = NULL;
    pp_audit *audit = NULL;
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    pp_code code = pp_audit_copy_params(&own, params, err);
    if (code == PP_OK)
        code = pp_params_set(own, "seed", text, err);
    if (code == PP_OK)
        code = pp_audit_create(&audit, dir, s->model_path, s->inputs, own, err);
    pp_audit_free(audit);
    pp_params_free(own);
    return code;
}

/* Takes a run away of which nothing is done yet, or what there is of it. */
static pp_code remove_run(void *user, const char *dir, const pp_params *params, uint64_t seed, pp_error *err)
{
    (void)user, (void)params, (void)seed, (void)err;
    static const char *const INSIDE[] = { "run.db", "originals", "adversarial", "" };
    for (size_t i = 0; i < sizeof INSIDE / sizeof *INSIDE; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", dir, INSIDE[i]) >= 0) {
            remove(path);
            free(path);
        }
    }
    return PP_OK;
}

static pp_code create_runs(const char *dir, const char *model_path, const pp_inputs *inputs, const pp_compare_plan *plan, pp_error *err)
{
    subject s = { model_path, inputs };
    pp_code code = each_run(dir, plan, check_free, NULL, err);
    if (code != PP_OK)
        return code;
    code = each_run(dir, plan, create_run, &s, err);
    if (code == PP_OK)
        code = pp_plan_write(plan, plan->methods[0]->budget.seed, dir, err);
    if (code != PP_OK)
        each_run(dir, plan, remove_run, NULL, NULL);
    return code;
}

/* ---- Doing ------------------------------------------------------------------------------------------------------- */

/* Whether a run has nothing left to do, and whether it has images that cannot be read: without opening the model. */
static pp_code is_finished(const char *dir, bool *finished, bool *partial, pp_error *err)
{
    pp_store *store = NULL;
    pp_image_record *images = NULL;
    size_t n = 0;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &images, &n, err);
    *finished = true;
    for (size_t i = 0; i < n; i++) {
        *finished = *finished && !pp_image_is_to_do(&images[i]);
        *partial = *partial || strcmp(images[i].status, "unreadable") == 0;
    }
    pp_image_records_free(images, n);
    pp_store_close(store);
    return code;
}

static pp_code do_run(const char *dir, const pp_watch *watch, size_t index, size_t n_runs, bool *partial, pp_error *err)
{
    pp_audit *audit = NULL;
    bool finished;
    if (watch && watch->cancel && *watch->cancel)
        return PP_INTERRUPTED;
    pp_code code = is_finished(dir, &finished, partial, err);
    if (code != PP_OK || finished)
        return code;
    if (watch && watch->progress)
        watch->progress(watch->user, &(pp_progress){ .what = PP_RUN_BEGUN, .index = index, .n_images = n_runs, .path = dir });
    code = pp_audit_resume(&audit, dir, err);
    if (code == PP_OK)
        code = pp_audit_run(audit, watch, err);
    pp_audit_free(audit);
    *partial = *partial || code == PP_PARTIAL;
    return code == PP_PARTIAL ? PP_OK : code;
}
