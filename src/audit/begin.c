/* begin.c - a run's beginning: the folder is made and all that is to be done written down, or an old run is opened to go on. */
#include "audit/audit.h"
#include "audit/folder.h"
#include "attack/run.h"
#include "base/array.h"
#include "base/error.h"
#include "image/inputs.h"
#include "oracle/model.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pp_code write_down(pp_audit *audit, const char *model_path, const pp_inputs *inputs, pp_error *err);
static pp_code check_model(const pp_audit *audit, const pp_run_record *run, pp_error *err);

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
    pp_inputs_free(audit->inputs);
    pp_image_free(audit->mask);
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

bool pp_audit_is_of_the_machine(const char *option)
{
    return strcmp(option, "threads") == 0 || strcmp(option, "batch") == 0 || strcmp(option, "memory") == 0;
}

bool pp_audit_names_file(const char *option)
{
    const pp_section *section;
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; row->option; row++)
            if (strcmp(row->option, option) == 0)
                return row->choices && strcmp(row->choices, "FILE") == 0;
    return false;
}

/* Paths become absolute: a run may be gone on with from another folder. */
static pp_code copy_param(void *user, const char *option, const char *value, pp_error *err)
{
    if (!*value || !pp_audit_names_file(option))
        return pp_params_set(user, option, value, err);
    char *full;
    pp_code code = pp_audit_full_path(&full, value, err);
    if (code == PP_OK)
        code = pp_params_set(user, option, full, err);
    free(full);
    return code;
}

pp_code pp_audit_copy_params(pp_params **copy, const pp_params *params, pp_error *err)
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
        code = pp_model_class_of_input(model, inputs, i, &class_index, err);
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
        code = pp_fail(err, PP_FORMAT, "no images to attack");
    if (code == PP_OK)
        code = pp_shard_parse(&made->shard, params->scale.shard, err);
    if (code == PP_OK)
        code = pp_audit_copy_params(&made->params, params, err);
    if (code == PP_OK)
        code = pp_model_open(&made->model, model_path, params, err);
    if (code == PP_OK)
        code = pp_goal_check(made->model, params, err);
    if (code == PP_OK)
        code = pp_constraint_open(&made->mask, made->model, params, err);
    if (code == PP_OK)
        code = check_labels(made->model, inputs, err);
    if (code == PP_OK)
        code = pp_folder_make(&made->dir, dir, "pinprick-run", err);
    if (code == PP_OK)
        code = pp_folder_lock(&made->lock, made->dir, err);
    if (code == PP_OK)
        code = pp_store_create(&made->store, made->dir, err);
    if (code == PP_OK)
        code = write_down(made, model_path, inputs, err);
    if (code != PP_OK) {
        pp_audit_free(made);
        return code;
    }
    *audit = made;
    return PP_OK;
}

/* What is needed to go on, from the store: audit has its folder and store. */
static pp_code open_stored(pp_audit *audit, pp_error *err)
{
    pp_run_record run = { 0 };
    pp_code code = pp_store_read_run(audit->store, &run, err);
    if (code == PP_OK)
        code = pp_store_read_params(audit->store, &audit->params, err);
    if (code == PP_OK)
        code = pp_shard_parse(&audit->shard, audit->params->scale.shard, err);
    if (code == PP_OK)
        code = pp_model_open(&audit->model, run.model_path, audit->params, err);
    if (code == PP_OK)
        code = check_model(audit, &run, err);
    if (code == PP_OK)
        code = pp_constraint_open(&audit->mask, audit->model, audit->params, err);
    if (code == PP_OK)
        code = pp_audit_check_mask(audit->mask, audit->params, &run, err);
    if (code == PP_OK)
        code = pp_audit_load_images(audit, err);
    pp_run_record_clear(&run);
    return code;
}

static pp_code new_audit_in(pp_audit **audit, const char *dir, pp_error *err)
{
    pp_audit *made = new_audit();
    if (made)
        made->dir = pp_array_new(strlen(dir) + 1, 1);
    if (!made || !made->dir) {
        pp_audit_free(made);
        return pp_no_memory(err, "an audit");
    }
    strcpy(made->dir, dir);
    *audit = made;
    return PP_OK;
}

pp_code pp_audit_resume(pp_audit **audit, const char *dir, pp_error *err)
{
    pp_audit *made = NULL;
    pp_code code = new_audit_in(&made, dir, err);
    if (code == PP_OK)
        code = pp_folder_lock(&made->lock, dir, err);
    if (code == PP_OK)
        code = pp_store_open(&made->store, dir, true, err);
    if (code == PP_OK)
        code = open_stored(made, err);
    if (code != PP_OK) {
        pp_audit_free(made);
        return code;
    }
    *audit = made;
    return PP_OK;
}

pp_code pp_audit_open_copy(pp_audit **audit, const char *dir, pp_store *store, pp_error *err)
{
    pp_audit *made = NULL;
    pp_code code = new_audit_in(&made, dir, err);
    if (code != PP_OK) {
        pp_store_close(store);
        return code;
    }
    made->store = store;
    code = open_stored(made, err);
    if (code != PP_OK) {
        pp_audit_free(made);
        return code;
    }
    *audit = made;
    return PP_OK;
}

/* The same file, fed in the same way: what is beside it may have changed too. */
static pp_code check_model(const pp_audit *audit, const pp_run_record *run, pp_error *err)
{
    char now[600];
    if (strcmp(audit->model->digest.hex, run->model_sha256) != 0)
        return pp_fail(err, PP_MISMATCH, "%s: is not the model that the run in %s began with", run->model_path, audit->dir);
    pp_preprocessing_text(audit->model, now);
    if (strcmp(now, run->preprocessing) != 0)
        return pp_fail(err, PP_MISMATCH, "%s: its preprocessing is now %s; the run in %s began with %s", run->model_path, now, audit->dir,
                       run->preprocessing);
    return PP_OK;
}

pp_code pp_audit_check_mask(const pp_image *mask, const pp_params *params, const pp_run_record *run, pp_error *err)
{
    const char *region = params->constraint.region, *exclude = params->constraint.exclude;
    if (!mask || (run->mask_sha256 && strcmp(pp_image_digest(mask).hex, run->mask_sha256) == 0))
        return PP_OK;
    return pp_fail(err, PP_MISMATCH, "%s%s%s: not the mask%s that the run began with", region, *region && *exclude ? ", " : "", exclude,
                   *region && *exclude ? "s" : "");
}

pp_code pp_audit_load_images(pp_audit *audit, pp_error *err)
{
    pp_code code = pp_store_read_images(audit->store, &audit->images, &audit->n_images, err);
    for (size_t i = 0; code == PP_OK && i < audit->n_images; i++)
        if (!pp_audit_row_fits(&audit->images[i], audit->model))
            code = pp_fail(err, PP_STORE, "%s: the row of %s in run.db cannot be of this model", audit->dir, audit->images[i].path);
    return code;
}

/* ---- Writing down what is to be done ----------------------------------------------------------------------------- */

static pp_code add_images(pp_audit *audit, const pp_inputs *inputs, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < pp_inputs_count(inputs); i++) {
        const char *path = pp_inputs_name(inputs, i), *label = pp_inputs_label(inputs, i);
        char name[256], *source = NULL;
        int label_class;
        pp_folder_plain_name(name, path);
        code = pp_model_class_of_input(audit->model, inputs, i, &label_class, err);
        if (code == PP_OK)
            code = pp_audit_source(&source, inputs, i, err);
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

/* All of it in the store's first transaction: a run that is there at all is there whole. */
static pp_code write_down(pp_audit *audit, const char *model_path, const pp_inputs *inputs, pp_error *err)
{
    pp_model *model = audit->model;
    char created[32], engine[64], preprocessing[600], *source = NULL, *names = class_names(model);
    pp_digest mask = audit->mask ? pp_image_digest(audit->mask) : (pp_digest){ 0 };
    const char *scores = audit->params->goal.labels_only ? "none, decisions only" : model->score_source;
    time_text(created);
    pp_preprocessing_text(model, preprocessing);
    snprintf(engine, sizeof engine, "%s %s", model->engine->name, pp_onnxruntime_version());
    pp_code code = names ? pp_audit_full_path(&source, model_path, err) : pp_no_memory(err, "class names");
    pp_run_record run = {
        .version = (char *)(uintptr_t)pp_version(), .method = (char *)(uintptr_t)audit->params->method->name,
        .goal = audit->params->goal.goal, .seed = audit->params->budget.seed, .model_path = source,
        .model_sha256 = model->digest.hex, .class_names = names, .positive = model->positive,
        .width = model->geometry.width, .height = model->geometry.height, .channels = model->geometry.channels,
        .score_source = (char *)(uintptr_t)scores, .preprocessing = preprocessing, .preprocessing_source = model->preprocessing,
        .engine = engine, .created = created, .mask_sha256 = audit->mask ? mask.hex : NULL,
    };
    if (code == PP_OK)
        code = pp_folder_make_inside(audit->dir, err);
    if (code == PP_OK)
        code = pp_store_add_run(audit->store, &run, audit->params, err);
    if (code == PP_OK)
        code = add_images(audit, inputs, err);
    if (code == PP_OK)
        code = pp_inputs_copy(&audit->inputs, inputs, err);
    if (code == PP_OK)
        code = pp_audit_load_images(audit, err);
    if (code == PP_OK)
        code = pp_store_commit(audit->store, err);
    if (code != PP_OK) {
        pp_store_discard(audit->store);
        audit->store = NULL;
    }
    free(source);
    free(names);
    return code;
}

void pp_preprocessing_text(const pp_model *model, char text[600])
{
    char fit[256], values[256];
    pp_model_fit_text(model, fit);
    pp_model_values_text(model, values);
    snprintf(text, 600, "%s; %s", fit, values);
}
