/* audit.c - a whole run in a folder: every image looked at once, then every one that the goal speaks of attacked, verified and
 * written down. What is finished is in the folder whatever happens next; a second go does what is missing. */
#include "audit/audit.h"
#include "audit/check.h"
#include "audit/folder.h"
#include "audit/ranks.h"
#include "attack/run.h"
#include "base/array.h"
#include "base/error.h"
#include "oracle/model.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool wants_to_stop(const pp_audit *audit)
{
    return audit->watch && audit->watch->cancel && *audit->watch->cancel;
}

/* Looks at or attacks every image that has this status, by this process alone. */
static pp_code do_all(pp_audit *audit, const char *status, pp_code (*act)(pp_audit *audit, pp_image_record *record, pp_error *err), pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < audit->n_images; i++) {
        if (wants_to_stop(audit))
            return PP_INTERRUPTED;
        if (pp_audit_has_status(&audit->images[i], status))
            code = act(audit, &audit->images[i], err);
    }
    return code;
}

static void count_images(pp_audit *audit)
{
    for (size_t i = 0; i < audit->n_images; i++) {
        const pp_image_record *record = &audit->images[i];
        bool finished = pp_audit_has_status(record, "success") || pp_audit_has_status(record, "failed");
        audit->n_finished += finished;
        audit->n_to_attack += finished || pp_audit_has_status(record, "ready");
        audit->n_unreadable += pp_audit_has_status(record, "unreadable");
    }
}

/* On the first image that is attacked. */
static pp_code settle_engine(pp_audit *audit, pp_error *err)
{
    for (size_t i = 0; i < audit->n_images; i++)
        if (pp_audit_has_status(&audit->images[i], "ready"))
            return pp_audit_settle_engine(audit, &audit->images[i], err);
    return PP_OK;
}

pp_code pp_audit_run(pp_audit *audit, const pp_watch *watch, pp_error *err)
{
    bool shared = pp_ranks_share();
    audit->watch = watch;
    audit->n_finished = audit->n_to_attack = audit->n_unreadable = audit->n_done_now = 0;
    pp_code code = shared ? pp_ranks_do_all(audit, PP_JOB_LOOK, err) : do_all(audit, "pending", pp_audit_look, err);
    if (code == PP_OK && !wants_to_stop(audit))
        code = settle_engine(audit, err);
    if (code == PP_OK) {
        audit->started = pp_now();
        count_images(audit);
        code = shared ? pp_ranks_do_all(audit, PP_JOB_ATTACK, err) : do_all(audit, "ready", pp_audit_attack, err);
    }
    audit->watch = NULL;
    return code == PP_OK && audit->n_unreadable ? PP_PARTIAL : code;
}

/* The original as it was kept, refused if it is not what was looked at. One of another part is decoded again: it is kept elsewhere. */
static pp_code read_original(pp_audit *audit, const pp_image_record *record, pp_image **image, pp_error *err)
{
    char *path;
    pp_image *read = NULL;
    bool elsewhere = pp_audit_has_status(record, "elsewhere");
    pp_code code = pp_folder_original(&path, audit->dir, record->name, err);
    if (code != PP_OK)
        return code;
    code = elsewhere ? pp_audit_load_source(audit, record, &read, err) : pp_image_read_png(&read, path, err);
    if (code == PP_OK && strcmp(pp_image_digest(read).hex, record->sha256) != 0)
        code = pp_fail(err, PP_FORMAT, "%s: its pixels are not those that were %s", elsewhere ? record->path : path,
                       elsewhere ? "looked at" : "saved");
    free(path);
    if (code != PP_OK) {
        pp_image_free(read);
        return code;
    }
    *image = read;
    return PP_OK;
}

/* What goes on with the run uses the same one. */
pp_code pp_audit_settle_engine(pp_audit *audit, const pp_image_record *record, pp_error *err)
{
    pp_model *model = audit->model;
    pp_image *image = NULL;
    if (model->engine_chosen)
        return PP_OK;
    pp_code code = read_original(audit, record, &image, err);
    if (code == PP_OK)
        code = pp_model_choose_engine(model, image, audit->params->method->n_changes, err);
    pp_image_free(image);
    if (code == PP_OK)
        code = pp_store_set_engine(audit->store, model->engine->name, model->dense_from == SIZE_MAX ? 0 : model->dense_from,
                                   model->engine_note, err);
    if (code == PP_OK)
        pp_audit_tell(audit, PP_ENGINE_CHOSEN, record, PP_SUCCESS, model->engine_note);
    return code;
}

/* ---- Attacking --------------------------------------------------------------------------------------------------- */

/* Images of the run that are what the goal wants already, in an order that does not depend on the list's. */
typedef struct donor_list {
    pp_audit *audit;
    size_t n;
    const pp_image_record **records;
} donor_list;

static int by_hash(const void *left, const void *right)
{
    const pp_image_record *const *a = left, *const *b = right;
    return strcmp((*a)->sha256, (*b)->sha256);
}

static pp_code list_donors(donor_list *list, pp_audit *audit, const pp_goal *goal, pp_error *err)
{
    *list = (donor_list){ .audit = audit };
    list->records = pp_array_new(audit->n_images, sizeof(void *));
    if (!list->records)
        return pp_no_memory(err, "donors");
    for (size_t i = 0; i < audit->n_images; i++) {
        const pp_image_record *record = &audit->images[i];
        if (record->sha256 && (record->decision == goal->class_index) == goal->towards)
            list->records[list->n++] = record;
    }
    qsort(list->records, list->n, sizeof(void *), by_hash);
    return PP_OK;
}

static pp_code load_donor(void *user, size_t index, pp_image **image, pp_error *err)
{
    const donor_list *list = user;
    return read_original(list->audit, list->records[index], image, err);
}

static void on_step(void *user, const pp_run *run)
{
    pp_audit *audit = user;
    pp_run_progress(&audit->progress, run);
    pp_audit_tell(audit, PP_STEP, NULL, PP_FAILED, NULL);
}

/* Saves the adversarial image, reads it back and scores it: only then is it a success. */
static pp_code save_and_verify(pp_audit *audit, const pp_image_record *record, const pp_image *original, const pp_goal *goal,
                               pp_result *result, char sha256[65], pp_error *why_not, pp_error *err)
{
    char *original_path = NULL, *path = NULL;
    pp_image *adversarial = NULL;
    pp_code code = pp_folder_original(&original_path, audit->dir, record->name, err);
    if (code == PP_OK)
        code = pp_folder_adversarial(&path, audit->dir, record->name, err);
    if (code == PP_OK)
        code = pp_image_copy(&adversarial, original, err);
    if (code == PP_OK) {
        pp_image_paint(adversarial, result->pixels, result->l0);
        strcpy(sha256, pp_image_digest(adversarial).hex);
        code = pp_image_save_png(adversarial, path, err);
    }
    if (code == PP_OK) {
        pp_claim claim = {
            .original_path = original_path, .adversarial_path = path, .original_sha256 = record->sha256, .adversarial_sha256 = sha256,
            .l0 = result->l0, .pixels = result->pixels, .class_original = result->class_original,
            .class_adversarial = result->class_adversarial, .p_original = result->p_original,
            .p_adversarial = result->p_adversarial, .goal = *goal, .params = audit->params, .mask = audit->mask,
        };
        code = pp_check_claim(audit->model, &claim, why_not);
        if (code == PP_OK && result->locally_minimal == 1) {
            code = pp_check_minimal(audit->model, &claim, why_not);
            result->locally_minimal = code == PP_OK;
            code = code == PP_MISMATCH ? PP_OK : code; /* a success all the same: the engine of the search was a last digit off */
        }
        if (code < 0 && err)
            *err = *why_not;
        if (code == PP_MISMATCH)
            unlink(path); /* what is in the folder holds */
    }
    pp_image_free(adversarial);
    free(original_path);
    free(path);
    return code;
}

/* What was not verified is no success, and has no pixels to tell of. */
static void take_back(pp_result *result)
{
    result->status = PP_FAILED;
    result->class_adversarial = result->class_original;
    result->p_adversarial = result->p_original;
    result->locally_minimal = -1;
    result->n_pareto = 0;
    result->l0 = 0;
}

static pp_code write_attack(pp_audit *audit, const pp_image_record *record, const pp_result *result, const pp_image *original,
                            bool verified, const char *sha256, pp_error *err)
{
    pp_code code = pp_store_begin(audit->store, err);
    if (code != PP_OK)
        return code;
    code = pp_store_add_attack(audit->store, record->id, result, original, verified, sha256, !audit->params->method->dense, err);
    if (code == PP_OK)
        code = pp_store_commit(audit->store, err);
    if (code != PP_OK)
        pp_store_rollback(audit->store);
    return code;
}

pp_code pp_audit_attack(pp_audit *audit, pp_image_record *record, pp_error *err)
{
    pp_goal goal;
    pp_status status;
    donor_list list = { 0 };
    pp_image *original = NULL;
    pp_result *result = NULL;
    pp_error why_not = { 0 };
    char sha256[65] = "";
    bool verified = false;
    audit->progress = (pp_progress){ .index = (size_t)record->id - 1, .path = record->path,
                                     .query_budget = audit->params->budget.queries };
    pp_code code = read_original(audit, record, &original, err);
    if (code == PP_OK)
        code = pp_goal_for(&goal, &status, audit->model, audit->params, record->decision, record->label_class, err);
    if (code == PP_OK)
        code = list_donors(&list, audit, &goal, err);
    pp_donors donors = { .n = list.n, .load = load_donor, .user = &list };
    pp_step_watch steps = { .on_step = on_step, .user = audit, .cancel = audit->watch ? audit->watch->cancel : NULL };
    if (code == PP_OK)
        code = pp_run_attack(&result, audit->model, original, record->label_class, audit->params, audit->mask, &donors, &steps, err);
    if (code == PP_OK && result->status == PP_SUCCESS) {
        code = save_and_verify(audit, record, original, &goal, result, sha256, &why_not, err);
        verified = code == PP_OK;
        if (code == PP_MISMATCH) {
            take_back(result);
            code = PP_OK;
        }
    }
    if (code == PP_OK)
        code = write_attack(audit, record, result, original, verified, verified ? sha256 : NULL, err);
    if (code == PP_OK)
        code = pp_audit_set_status(record, pp_status_name(result->status), err);
    if (code == PP_OK) {
        audit->n_finished++;
        audit->n_done_now++;
        audit->progress.n_pixels = result->l0;
        audit->progress.p_original = result->p_adversarial;
        audit->progress.queries = result->queries;
        audit->progress.seconds = result->seconds;
        pp_audit_tell(audit, PP_FINISHED, record, result->status, *why_not.message ? why_not.message : NULL);
    }
    pp_result_free(result);
    pp_image_free(original);
    free(list.records);
    return code;
}

/* ---- Telling ----------------------------------------------------------------------------------------------------- */

/* A guess from the images done in this go; before that, from how much of its budget the first one has spent. */
static double seconds_left(const pp_audit *audit)
{
    const pp_progress *now = &audit->progress;
    size_t n_left = audit->n_to_attack - audit->n_finished;
    double each = -1;
    if (audit->n_done_now)
        each = (pp_now() - audit->started - now->seconds) / (double)audit->n_done_now;
    else if (audit->params->budget.time > 0)
        each = audit->params->budget.time;
    else if (now->queries && now->query_budget)
        each = now->seconds * (double)now->query_budget / (double)now->queries;
    if (each < 0)
        return -1;
    double rest = each - now->seconds; /* of the image at hand */
    return n_left ? (double)(n_left - 1) * each + (rest > 0 ? rest : 0) : 0;
}

void pp_audit_tell(pp_audit *audit, int what, const pp_image_record *record, pp_status status, const char *note)
{
    const pp_watch *watch = audit->watch;
    if (!watch || !watch->progress)
        return;
    pp_progress *progress = &audit->progress;
    if (what == PP_PREPARED || what == PP_ENGINE_CHOSEN)
        *progress = (pp_progress){ .index = (size_t)record->id - 1, .path = record->path };
    progress->what = what;
    progress->n_images = audit->n_images;
    progress->n_finished = audit->n_finished;
    progress->n_to_attack = audit->n_to_attack;
    progress->status = status;
    progress->note = note;
    progress->seconds_left = seconds_left(audit);
    watch->progress(watch->user, progress);
}
