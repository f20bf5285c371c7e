/* audit.c - a whole run in a folder: every image looked at once, then every one that the goal speaks of attacked, verified and
 * written down. What is finished is in the folder whatever happens next; a second go does what is missing. */
#include "audit/check.h"
#include "audit/folder.h"
#include "attack/run.h"
#include "base/array.h"
#include "base/error.h"
#include "oracle/model.h"
#include "store/store.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct pp_audit {
    char *dir;
    int lock;
    pp_store *store;
    pp_params *params;
    pp_model *model;
    pp_image_record *images;
    size_t n_images;
    /* while running */
    const pp_watch *watch;
    size_t n_finished, n_to_attack, n_unreadable, n_done_now;
    double started;       /* of the attacks of this go */
    pp_progress progress; /* of the image at hand */
};

static pp_code write_down(pp_audit *audit, const char *model_path, const pp_inputs *inputs, pp_error *err);
static pp_code load_images(pp_audit *audit, pp_error *err);
static pp_code prepare(pp_audit *audit, pp_image_record *record, pp_error *err);
static pp_code attack(pp_audit *audit, pp_image_record *record, pp_error *err);
static void tell(pp_audit *audit, int what, const pp_image_record *record, pp_status status, const char *note);

/* ---- Beginning --------------------------------------------------------------------------------------------------- */

static pp_audit *new_audit(void)
{
    pp_audit *audit = pp_array_new(1, sizeof *audit);
    if (audit)
        audit->lock = -1;
    return audit;
}

void pp_audit_free(pp_audit *audit)
{
    if (!audit)
        return;
    pp_image_records_free(audit->images, audit->n_images);
    pp_model_free(audit->model);
    pp_params_free(audit->params);
    pp_store_close(audit->store);
    if (audit->lock >= 0)
        close(audit->lock);
    free(audit->dir);
    free(audit);
}

const char *pp_audit_dir(const pp_audit *audit)
{
    return audit->dir;
}

static pp_code copy_param(void *user, const char *option, const char *value, pp_error *err)
{
    return pp_params_set(user, option, value, err);
}

static pp_code copy_params(pp_params **copy, const pp_params *params, pp_error *err)
{
    pp_params *made;
    pp_code code = pp_params_new(&made, params->method->name, err);
    if (code != PP_OK)
        return code;
    code = pp_params_each(params, copy_param, made, err);
    if (code != PP_OK) {
        pp_params_free(made);
        return code;
    }
    *copy = made;
    return PP_OK;
}

/* Every label must be a class before any image is attacked. */
static pp_code check_labels(const pp_model *model, const pp_inputs *inputs, pp_error *err)
{
    pp_code code = PP_OK;
    int class_index;
    for (size_t i = 0; code == PP_OK && i < pp_inputs_count(inputs); i++)
        if (pp_inputs_label(inputs, i))
            code = pp_model_find_class(model, pp_inputs_label(inputs, i), &class_index, err);
    return code;
}

pp_code pp_audit_create(pp_audit **audit, const char *dir, const char *model_path, const pp_inputs *inputs,
                        const pp_params *params, pp_error *err)
{
    pp_audit *made = new_audit();
    if (!made)
        return pp_no_memory(err, "an audit");
    pp_code code = PP_OK;
    if (pp_inputs_count(inputs) == 0)
        code = pp_fail(err, PP_ARG, "no images to attack");
    if (code == PP_OK)
        code = copy_params(&made->params, params, err);
    if (code == PP_OK)
        code = pp_model_open(&made->model, model_path, params, err);
    if (code == PP_OK)
        code = pp_goal_check(made->model, params, err);
    if (code == PP_OK)
        code = check_labels(made->model, inputs, err);
    if (code == PP_OK)
        code = pp_folder_make(&made->dir, dir, err);
    if (code == PP_OK)
        code = pp_folder_lock(&made->lock, made->dir, err);
    if (code == PP_OK)
        code = pp_store_create(&made->store, made->dir, err);
    if (code == PP_OK)
        code = write_down(made, model_path, inputs, err);
    if (code == PP_OK)
        code = load_images(made, err);
    if (code != PP_OK) {
        pp_audit_free(made);
        return code;
    }
    *audit = made;
    return PP_OK;
}

pp_code pp_audit_resume(pp_audit **audit, const char *dir, pp_error *err)
{
    pp_run_record run = { 0 };
    pp_audit *made = new_audit();
    if (made)
        made->dir = pp_array_new(strlen(dir) + 1, 1);
    if (!made || !made->dir) {
        pp_audit_free(made);
        return pp_no_memory(err, "an audit");
    }
    strcpy(made->dir, dir);
    pp_code code = pp_folder_lock(&made->lock, dir, err);
    if (code == PP_OK)
        code = pp_store_open(&made->store, dir, true, err);
    if (code == PP_OK)
        code = pp_store_read_run(made->store, &run, err);
    if (code == PP_OK)
        code = pp_store_read_params(made->store, &made->params, err);
    if (code == PP_OK)
        code = pp_model_open(&made->model, run.model_path, made->params, err);
    if (code == PP_OK && strcmp(made->model->digest.hex, run.model_sha256) != 0)
        code = pp_fail(err, PP_MISMATCH, "%s: is not the model that the run in %s began with", run.model_path, dir);
    if (code == PP_OK)
        code = load_images(made, err);
    pp_run_record_clear(&run);
    if (code != PP_OK) {
        pp_audit_free(made);
        return code;
    }
    *audit = made;
    return PP_OK;
}

static pp_code load_images(pp_audit *audit, pp_error *err)
{
    return pp_store_read_images(audit->store, &audit->images, &audit->n_images, err);
}

/* ---- Writing down what is to be done ----------------------------------------------------------------------------- */

/* "NAME" of "folder/NAME.ending": what the PNGs of an image are called. */
static void plain_name(char name[256], const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(name, 256, "%.200s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
}

/* The absolute path if there is such a file, else the path as it is. *full: the caller's, free(). */
static pp_code full_path(char **full, const char *path, pp_error *err)
{
    *full = realpath(path, NULL);
    if (*full)
        return PP_OK;
    *full = pp_array_new(strlen(path) + 1, 1);
    if (!*full)
        return pp_no_memory(err, "a path");
    strcpy(*full, path);
    return PP_OK;
}

static pp_code add_images(pp_audit *audit, const pp_inputs *inputs, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < pp_inputs_count(inputs); i++) {
        const char *path = pp_inputs_path(inputs, i), *label = pp_inputs_label(inputs, i);
        char name[256], *source = NULL;
        int label_class = -1;
        plain_name(name, path);
        if (label)
            code = pp_model_find_class(audit->model, label, &label_class, err);
        if (code == PP_OK)
            code = full_path(&source, path, err);
        if (code == PP_OK)
            code = pp_store_add_image(audit->store, path, source, name, label, label_class, err);
        free(source);
    }
    return code;
}

/* The class names as a JSON array, or NULL. free(). */
static char *class_names(const pp_model *model)
{
    json_t *names = json_array();
    for (int k = 0; k < pp_model_classes(model); k++)
        json_array_append_new(names, json_string(pp_model_class_name(model, k)));
    char *text = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    return text;
}

static void time_text(char text[32])
{
    time_t now = time(NULL);
    struct tm utc;
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

static pp_code write_down(pp_audit *audit, const char *model_path, const pp_inputs *inputs, pp_error *err)
{
    pp_model *model = audit->model;
    char created[32], engine[64], *source = NULL, *names = class_names(model);
    time_text(created);
    snprintf(engine, sizeof engine, "%s %s", model->engine->name, pp_onnxruntime_version());
    pp_code code = names ? full_path(&source, model_path, err) : pp_no_memory(err, "class names");
    pp_run_record run = {
        .version = (char *)(uintptr_t)pp_version(), .method = (char *)(uintptr_t)audit->params->method->name,
        .goal = audit->params->goal.goal, .seed = audit->params->budget.seed, .model_path = source,
        .model_sha256 = model->digest.hex, .class_names = names, .positive = model->positive,
        .width = model->geometry.width, .height = model->geometry.height, .channels = model->geometry.channels,
        .score_source = model->score_source, .preprocessing = model->preprocessing, .engine = engine, .created = created,
    };
    if (code == PP_OK)
        code = pp_store_begin(audit->store, err);
    if (code == PP_OK) {
        code = pp_store_add_run(audit->store, &run, audit->params, err);
        if (code == PP_OK)
            code = add_images(audit, inputs, err);
        if (code == PP_OK)
            code = pp_store_commit(audit->store, err);
        if (code != PP_OK)
            pp_store_rollback(audit->store);
    }
    free(source);
    free(names);
    return code;
}

/* ---- Doing it ---------------------------------------------------------------------------------------------------- */

static bool has_status(const pp_image_record *record, const char *status)
{
    return strcmp(record->status, status) == 0;
}

static bool wants_to_stop(const pp_audit *audit)
{
    return audit->watch && audit->watch->cancel && *audit->watch->cancel;
}

static pp_code set_status(pp_image_record *record, const char *status, pp_error *err)
{
    char *copy = pp_array_new(strlen(status) + 1, 1);
    if (!copy)
        return pp_no_memory(err, "a status");
    strcpy(copy, status);
    free(record->status);
    record->status = copy;
    return PP_OK;
}

static pp_code prepare_all(pp_audit *audit, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < audit->n_images; i++) {
        if (wants_to_stop(audit))
            return PP_INTERRUPTED;
        if (has_status(&audit->images[i], "pending"))
            code = prepare(audit, &audit->images[i], err);
    }
    return code;
}

static pp_code attack_all(pp_audit *audit, pp_error *err)
{
    pp_code code = PP_OK;
    audit->started = pp_now();
    for (size_t i = 0; i < audit->n_images; i++) {
        const pp_image_record *record = &audit->images[i];
        bool finished = has_status(record, "success") || has_status(record, "failed");
        audit->n_finished += finished;
        audit->n_to_attack += finished || has_status(record, "ready");
        audit->n_unreadable += has_status(record, "unreadable");
    }
    for (size_t i = 0; code == PP_OK && i < audit->n_images; i++) {
        if (wants_to_stop(audit))
            return PP_INTERRUPTED;
        if (has_status(&audit->images[i], "ready"))
            code = attack(audit, &audit->images[i], err);
    }
    return code;
}

pp_code pp_audit_run(pp_audit *audit, const pp_watch *watch, pp_error *err)
{
    audit->watch = watch;
    audit->n_finished = audit->n_to_attack = audit->n_unreadable = audit->n_done_now = 0;
    pp_code code = prepare_all(audit, err);
    if (code == PP_OK)
        code = attack_all(audit, err);
    audit->watch = NULL;
    return code == PP_OK && audit->n_unreadable ? PP_PARTIAL : code;
}

/* ---- Looking at an original -------------------------------------------------------------------------------------- */

/* Probabilities as a JSON array with enough digits to tell saturated ones apart. *text: the caller's, free(). */
static pp_code probabilities_text(char **text, const pp_model *model, const float *raw, pp_error *err)
{
    json_t *array = json_array();
    for (int k = 0; k < model->head.n_classes; k++)
        json_array_append_new(array, json_real(pp_head_probability(&model->head, raw, k)));
    *text = json_dumps(array, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(array);
    return *text ? PP_OK : pp_no_memory(err, "probabilities");
}

/* Decodes, keeps as PNG, scores, and finds out whether the image will be attacked. */
static pp_code look_at(pp_audit *audit, pp_image_record *record, pp_status *status, pp_error *err)
{
    pp_model *model = audit->model;
    pp_image *image = NULL;
    char *path = NULL;
    pp_goal goal;
    float *raw = pp_array_new(model->head.n_outputs, sizeof *raw);
    pp_code code = raw ? PP_OK : pp_no_memory(err, "scores");
    if (code == PP_OK) {
        code = pp_image_load(&image, record->source, model, audit->params, err);
        *status = PP_UNREADABLE;
        if ((code == PP_IO || code == PP_FORMAT) && !audit->params->goal.strict) {
            free(raw);
            return PP_OK; /* err says why */
        }
    }
    if (code == PP_OK)
        code = pp_folder_original(&path, audit->dir, record->name, err);
    if (code == PP_OK)
        code = pp_image_save_png(image, path, err);
    if (code == PP_OK)
        code = pp_model_raw(model, image, raw, err);
    if (code == PP_OK)
        code = probabilities_text(&record->probabilities, model, raw, err);
    if (code == PP_OK) {
        record->decision = pp_head_decision(&model->head, raw);
        code = pp_goal_for(&goal, status, model, audit->params, record->decision, record->label_class, err);
    }
    if (code == PP_OK) {
        record->sha256 = pp_array_new(65, 1);
        if (record->sha256)
            strcpy(record->sha256, pp_image_digest(image).hex);
        else
            code = pp_no_memory(err, "a hash");
    }
    pp_image_free(image);
    free(path);
    free(raw);
    return code;
}

static pp_code prepare(pp_audit *audit, pp_image_record *record, pp_error *err)
{
    pp_status status;
    pp_error reason = { 0 };
    pp_code code = look_at(audit, record, &status, &reason);
    if (code != PP_OK) {
        if (err)
            *err = reason;
        return code;
    }
    bool unreadable = status == PP_UNREADABLE;
    code = set_status(record, status == PP_SUCCESS ? "ready" : pp_status_name(status), err);
    if (code != PP_OK)
        return code;
    pp_image_record row = *record;
    row.reason = unreadable ? reason.message : NULL;
    code = pp_store_set_image(audit->store, &row, err);
    if (code == PP_OK)
        tell(audit, PP_PREPARED, record, status, unreadable ? reason.message : NULL);
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

/* The original as it was kept, refused if it is not what was looked at. */
static pp_code read_original(pp_audit *audit, const pp_image_record *record, pp_image **image, pp_error *err)
{
    char *path;
    pp_image *read = NULL;
    pp_code code = pp_folder_original(&path, audit->dir, record->name, err);
    if (code != PP_OK)
        return code;
    code = pp_image_read_png(&read, path, err);
    if (code == PP_OK && strcmp(pp_image_digest(read).hex, record->sha256) != 0)
        code = pp_fail(err, PP_FORMAT, "%s: its pixels are not those that were saved", path);
    free(path);
    if (code != PP_OK) {
        pp_image_free(read);
        return code;
    }
    *image = read;
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
    audit->progress.n_pixels = run->n_best;
    audit->progress.p_original = run->n_best ? run->best_verdict.p_original : run->oracle->p_original;
    audit->progress.queries = run->oracle->queries;
    audit->progress.seconds = pp_now() - run->oracle->started;
    tell(audit, PP_STEP, NULL, PP_FAILED, NULL);
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
            .class_adversarial = result->class_adversarial, .p_adversarial = result->p_adversarial, .goal = *goal,
        };
        code = pp_check_claim(audit->model, &claim, why_not);
        if (code < 0 && err)
            *err = *why_not;
    }
    pp_image_free(adversarial);
    free(original_path);
    free(path);
    return code;
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

static pp_code attack(pp_audit *audit, pp_image_record *record, pp_error *err)
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
        code = pp_run_attack(&result, audit->model, original, record->label_class, audit->params, &donors, &steps, err);
    if (code == PP_OK && result->status == PP_SUCCESS) {
        code = save_and_verify(audit, record, original, &goal, result, sha256, &why_not, err);
        verified = code == PP_OK;
        if (code == PP_MISMATCH) {
            result->status = PP_FAILED;
            code = PP_OK;
        }
    }
    if (code == PP_OK)
        code = write_attack(audit, record, result, original, verified, *sha256 ? sha256 : NULL, err);
    if (code == PP_OK)
        code = set_status(record, pp_status_name(result->status), err);
    if (code == PP_OK) {
        audit->n_finished++;
        audit->n_done_now++;
        audit->progress.n_pixels = result->l0;
        audit->progress.p_original = result->p_adversarial;
        audit->progress.queries = result->queries;
        audit->progress.seconds = result->seconds;
        tell(audit, PP_FINISHED, record, result->status, *why_not.message ? why_not.message : NULL);
    }
    pp_result_free(result);
    pp_image_free(original);
    free(list.records);
    return code;
}

/* ---- Telling ----------------------------------------------------------------------------------------------------- */

static void tell(pp_audit *audit, int what, const pp_image_record *record, pp_status status, const char *note)
{
    const pp_watch *watch = audit->watch;
    if (!watch || !watch->progress)
        return;
    pp_progress *progress = &audit->progress;
    if (what == PP_PREPARED)
        *progress = (pp_progress){ .index = (size_t)record->id - 1, .path = record->path };
    progress->what = what;
    progress->n_images = audit->n_images;
    progress->n_finished = audit->n_finished;
    progress->n_to_attack = audit->n_to_attack;
    progress->status = status;
    progress->note = note;
    double each = audit->n_done_now ? (pp_now() - audit->started) / (double)audit->n_done_now : 0;
    progress->seconds_left = audit->n_done_now ? each * (double)(audit->n_to_attack - audit->n_finished) : -1;
    watch->progress(watch->user, progress);
}
