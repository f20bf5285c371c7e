/* look.c - the first look at an image: decoded, kept as PNG, scored, and whether it will be attacked. */
#include "attack/run.h"
#include "audit/audit.h"
#include "audit/folder.h"
#include "base/array.h"
#include "base/error.h"
#include "oracle/model.h"

#include <jansson.h>
#include <string.h>

bool pp_audit_row_fits(const pp_image_record *record, const pp_model *model)
{
    int n_classes = pp_model_classes(model);
    bool looked_at = strcmp(record->status, "pending") != 0 && strcmp(record->status, "unreadable") != 0;
    if (record->label_class >= n_classes)
        return false;
    return !looked_at || (record->sha256 && record->decision >= 0 && record->decision < n_classes);
}

pp_code pp_audit_set_status(pp_image_record *record, const char *status, pp_error *err)
{
    char *copy = pp_array_new(strlen(status) + 1, 1);
    if (!copy)
        return pp_no_memory(err, "a status");
    strcpy(copy, status);
    free(record->status);
    record->status = copy;
    return PP_OK;
}

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

pp_code pp_audit_load_source(pp_audit *audit, const pp_image_record *record, pp_image **image, pp_error *err)
{
    const char *path;
    pp_code code = pp_audit_path(audit, record, &path, err);
    return code == PP_OK ? pp_image_load_as(image, path, record->path, audit->model, audit->params, err) : code;
}

/* Where read_original finds it. */
static pp_code keep(const pp_audit *audit, const pp_image_record *record, const pp_image *image, pp_error *err)
{
    char *path = NULL;
    pp_code code = pp_folder_original(&path, audit->dir, record->name, err);
    if (code == PP_OK)
        code = pp_image_save_png(image, path, err);
    free(path);
    return code;
}

/* What the classifier says of it, and whether it will be attacked. */
static pp_code score(const pp_audit *audit, pp_image_record *record, const pp_image *image, pp_status *status, pp_error *err)
{
    pp_model *model = audit->model;
    pp_goal goal;
    float *raw = pp_array_new(model->head.n_outputs, sizeof *raw);
    pp_code code = raw ? pp_model_raw(model, image, raw, err) : pp_no_memory(err, "scores");
    if (code == PP_OK)
        code = probabilities_text(&record->probabilities, model, raw, err);
    if (code == PP_OK) {
        record->decision = pp_head_decision(&model->head, raw);
        code = pp_goal_for(&goal, status, model, audit->params, record->decision, record->label_class, err);
    }
    free(raw);
    return code;
}

/* Decodes, keeps as PNG, scores. Images of other parts are scored too: noise is made of them (donors), so that an image has the same
 * result in a part as in the whole. Only their picture is kept elsewhere. */
static pp_code look_at(pp_audit *audit, pp_image_record *record, pp_status *status, pp_error *err)
{
    pp_image *image = NULL;
    free(record->probabilities); /* of a look that could not be written down */
    free(record->sha256);
    record->probabilities = NULL;
    record->sha256 = pp_array_new(65, 1);
    if (!record->sha256)
        return pp_no_memory(err, "a hash");
    pp_code code = pp_audit_load_source(audit, record, &image, err);
    if ((code == PP_IO || code == PP_FORMAT) && !audit->params->goal.strict) {
        free(record->sha256);
        record->sha256 = NULL;
        *status = PP_UNREADABLE;
        return PP_OK; /* err says why */
    }
    if (code == PP_OK) {
        strcpy(record->sha256, pp_image_digest(image).hex);
        code = score(audit, record, image, status, err);
    }
    bool here = code == PP_OK && pp_shard_has(&audit->shard, record->sha256);
    if (here)
        code = keep(audit, record, image, err);
    else
        *status = PP_ELSEWHERE;
    pp_image_free(image);
    return code;
}

pp_code pp_audit_look(pp_audit *audit, pp_image_record *record, pp_error *err)
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
    const char *is_now = status == PP_SUCCESS ? "ready" : pp_status_name(status);
    pp_image_record row = *record;
    row.status = (char *)(uintptr_t)is_now; /* only read */
    row.reason = unreadable ? reason.message : NULL;
    code = pp_store_set_image(audit->store, &row, err);
    if (code == PP_OK)
        code = pp_audit_set_status(record, is_now, err);
    if (code == PP_OK)
        pp_audit_tell(audit, PP_PREPARED, record, status, unreadable ? reason.message : NULL);
    return code;
}
