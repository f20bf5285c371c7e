/* hub_config.c - config.json and preprocessor_config.json, as model hubs put them beside a model. Only what an image classifier
 * needs is read; a key of the wrong kind is an error, a key that is not there is not. */
#include "onnx/hub_config.h"

#include "base/array.h"
#include "base/error.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Finding the files ------------------------------------------------------------------------------------------- */

/* MODEL.NAME (MODEL without its ending), else NAME in the same folder. *found: the caller's, NULL if neither is there. */
static pp_code find_beside(char **found, const char *model_path, const char *name, pp_error *err)
{
    const char *slash = strrchr(model_path, '/'), *base = slash ? slash + 1 : model_path, *dot = strrchr(base, '.');
    size_t n_stem = dot && dot != base ? (size_t)(dot - model_path) : strlen(model_path), n_folder = (size_t)(base - model_path);
    size_t size = strlen(model_path) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return pp_no_memory(err, "a path");
    snprintf(path, size, "%.*s.%s", (int)n_stem, model_path, name);
    if (access(path, F_OK) != 0)
        snprintf(path, size, "%.*s%s", (int)n_folder, model_path, name);
    if (access(path, F_OK) != 0) {
        free(path);
        path = NULL;
    }
    *found = path;
    return PP_OK;
}

static pp_code choose_file(char **path, const char *named, const char *model_path, const char *name, pp_error *err)
{
    if (!named)
        return find_beside(path, model_path, name, err);
    if (access(named, R_OK) != 0)
        return pp_fail(err, PP_IO, "%s: cannot be opened", named);
    *path = malloc(strlen(named) + 1);
    if (!*path)
        return pp_no_memory(err, "a path");
    strcpy(*path, named);
    return PP_OK;
}

static pp_code load_object(json_t **object, const char *path, pp_error *err)
{
    json_error_t problem;
    *object = json_load_file(path, 0, &problem);
    if (!*object)
        return pp_fail(err, PP_FORMAT, "%s: line %d: %s", path, problem.line, problem.text);
    if (!json_is_object(*object)) {
        json_decref(*object);
        return pp_fail(err, PP_FORMAT, "%s: expected a JSON object", path);
    }
    return PP_OK;
}

/* ---- Class names ------------------------------------------------------------------------------------------------- */

static pp_code set_name(pp_hub_config *config, size_t index, const char *name, pp_error *err)
{
    char *copy = malloc(strlen(name) + 1);
    if (!copy)
        return pp_no_memory(err, "class names");
    strcpy(copy, name);
    free(config->class_names[index]);
    config->class_names[index] = copy;
    return PP_OK;
}

/* {"0": "NORMAL", "1": "PNEUMONIA"}: keys in any order, without gaps. */
static pp_code read_id2label(pp_hub_config *config, json_t *id2label, const char *path, pp_error *err)
{
    const char *key;
    json_t *value;
    size_t n = json_object_size(id2label);
    if (!json_is_object(id2label) || n == 0)
        return pp_fail(err, PP_FORMAT, "%s: id2label: expected an object of index and name", path);
    config->class_names = pp_array_new(n, sizeof *config->class_names);
    if (!config->class_names)
        return pp_no_memory(err, "class names");
    config->n_classes = n;
    json_object_foreach(id2label, key, value) {
        char *end;
        unsigned long index = strtoul(key, &end, 10);
        if (end == key || *end || index >= n || !json_is_string(value) || config->class_names[index])
            return pp_fail(err, PP_FORMAT, "%s: id2label: entry '%s'; expected the indices 0 to %zu, each with a name", path, key, n - 1);
        pp_code code = set_name(config, index, json_string_value(value), err);
        if (code != PP_OK)
            return code;
    }
    return PP_OK;
}

/* One name a line. */
static pp_code read_name_lines(pp_hub_config *config, const char *path, pp_error *err)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return pp_fail(err, PP_IO, "%s: cannot be opened", path);
    char line[256];
    size_t capacity = 0;
    pp_code code = PP_OK;
    while (code == PP_OK && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (!*line)
            continue;
        if (pp_array_grow((void **)&config->class_names, &capacity, config->n_classes + 1, sizeof *config->class_names) != 0) {
            code = pp_no_memory(err, "class names");
            break;
        }
        config->class_names[config->n_classes++] = NULL;
        code = set_name(config, config->n_classes - 1, line, err);
    }
    fclose(file);
    if (code == PP_OK && config->n_classes == 0)
        code = pp_fail(err, PP_FORMAT, "%s: holds no class names; expected one a line", path);
    return code;
}

static pp_code read_labels(pp_hub_config *config, const char *path, pp_error *err)
{
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".json") != 0)
        return read_name_lines(config, path, err);
    json_t *object;
    pp_code code = load_object(&object, path, err);
    if (code != PP_OK)
        return code;
    json_t *id2label = json_object_get(object, "id2label");
    const char *problem = json_string_value(json_object_get(object, "problem_type"));
    config->multi_label = problem && strcmp(problem, "multi_label_classification") == 0;
    if (id2label)
        code = read_id2label(config, id2label, path, err);
    json_decref(object);
    return code;
}

/* ---- Preprocessing ----------------------------------------------------------------------------------------------- */

/* A reading of preprocessor_config.json: what all the functions below need. */
typedef struct reading {
    pp_hub_config *config;
    json_t *object;
    const char *path;
    pp_error *err;
} reading;

static pp_code wrong(const reading *r, const char *key, const char *expected)
{
    return pp_fail(r->err, PP_FORMAT, "%s: %s: expected %s", r->path, key, expected);
}

/* do_KEY: true or false; what_if_absent where it is not said. */
static pp_code read_switch(const reading *r, const char *key, bool what_if_absent, bool *value)
{
    json_t *found = json_object_get(r->object, key);
    *value = found && !json_is_null(found) ? json_is_true(found) : what_if_absent;
    return found && !json_is_boolean(found) && !json_is_null(found) ? wrong(r, key, "true or false") : PP_OK;
}

/* A side length in pixels. */
static bool read_side(json_t *value, int *side)
{
    json_int_t n = json_integer_value(value);
    *side = (int)n;
    return json_is_integer(value) && n >= 1 && n <= 65535;
}

/* An integer (a shortest edge or a square), [h, w], {"shortest_edge"}, or {"height", "width"}. */
static pp_code read_size(const reading *r, const char *key, int *edge, int *width, int *height)
{
    static const char EXPECTED[] = "a number, {\"shortest_edge\"} or {\"height\", \"width\"}, from 1 to 65535";
    json_t *size = json_object_get(r->object, key);
    bool fine;
    if (json_is_integer(size)) {
        fine = read_side(size, edge);
    } else if (json_is_object(size) && json_object_get(size, "shortest_edge")) {
        fine = read_side(json_object_get(size, "shortest_edge"), edge);
    } else if (json_is_object(size)) {
        fine = read_side(json_object_get(size, "width"), width) && read_side(json_object_get(size, "height"), height);
    } else {
        fine = json_array_size(size) == 2 && read_side(json_array_get(size, 0), height) && read_side(json_array_get(size, 1), width);
    }
    return fine ? PP_OK : wrong(r, key, EXPECTED);
}

static pp_code read_resize(const reading *r)
{
    pp_hub_config *config = r->config;
    bool crops = false;
    pp_code code = read_switch(r, "do_resize", true, &config->has_resize);
    config->has_resize = config->has_resize && json_object_get(r->object, "size");
    if (code == PP_OK && config->has_resize)
        code = read_size(r, "size", &config->shortest_edge, &config->width, &config->height);
    if (code == PP_OK)
        code = read_switch(r, "do_center_crop", false, &crops);
    config->has_crop = crops && json_object_get(r->object, "crop_size");
    if (code == PP_OK && config->has_crop) {
        int edge = 0;
        code = read_size(r, "crop_size", &edge, &config->crop_width, &config->crop_height);
        if (edge)
            config->crop_width = config->crop_height = edge;
    }
    json_t *resample = json_object_get(r->object, "resample");
    config->has_resample = json_is_integer(resample);
    config->resample = (int)json_integer_value(resample);
    return code;
}

/* One number for all channels, or 1 or 3 of them. */
static pp_code read_channels(const reading *r, const char *key, double values[3])
{
    json_t *list = json_object_get(r->object, key);
    size_t n = json_is_number(list) ? 1 : json_array_size(list);
    if (n != 1 && n != 3)
        return wrong(r, key, "1 or 3 numbers");
    for (size_t i = 0; i < n; i++) {
        json_t *value = json_is_number(list) ? list : json_array_get(list, i);
        if (!json_is_number(value))
            return wrong(r, key, "1 or 3 numbers");
        values[i] = json_number_value(value);
    }
    if (r->config->n_channels && r->config->n_channels != n)
        return wrong(r, key, "as many numbers in image_std as in image_mean");
    r->config->n_channels = n;
    return PP_OK;
}

static pp_code read_values(const reading *r)
{
    pp_hub_config *config = r->config;
    pp_code code = read_switch(r, "do_rescale", true, &config->has_scale);
    json_t *factor = json_object_get(r->object, "rescale_factor");
    if (code == PP_OK && factor && !json_is_number(factor))
        code = wrong(r, "rescale_factor", "a number");
    config->scale = factor ? json_number_value(factor) : 1 / 255.0;
    if (code == PP_OK)
        code = read_switch(r, "do_normalize", json_object_get(r->object, "image_mean") != NULL, &config->has_normalize);
    if (code == PP_OK && config->has_normalize)
        code = read_channels(r, "image_mean", config->mean);
    if (code == PP_OK && config->has_normalize)
        code = read_channels(r, "image_std", config->std);
    return code;
}

static pp_code read_preprocessor(pp_hub_config *config, const char *path, pp_error *err)
{
    reading r = { .config = config, .path = path, .err = err };
    pp_code code = load_object(&r.object, path, err);
    if (code != PP_OK)
        return code;
    code = read_resize(&r);
    if (code == PP_OK)
        code = read_values(&r);
    json_decref(r.object);
    return code;
}

/* ---- Both -------------------------------------------------------------------------------------------------------- */

pp_code pp_hub_config_read(pp_hub_config *config, const char *model_path, const char *labels, const char *preprocessor, pp_error *err)
{
    pp_hub_config made = { 0 };
    pp_code code = choose_file(&made.labels_path, labels, model_path, "config.json", err);
    if (code == PP_OK)
        code = choose_file(&made.preprocessor_path, preprocessor, model_path, "preprocessor_config.json", err);
    if (code == PP_OK && made.labels_path)
        code = read_labels(&made, made.labels_path, err);
    if (code == PP_OK && made.preprocessor_path)
        code = read_preprocessor(&made, made.preprocessor_path, err);
    if (code != PP_OK) {
        pp_hub_config_clear(&made);
        return code;
    }
    *config = made;
    return PP_OK;
}

void pp_hub_config_clear(pp_hub_config *config)
{
    for (size_t i = 0; config->class_names && i < config->n_classes; i++)
        free(config->class_names[i]);
    free(config->class_names);
    free(config->labels_path);
    free(config->preprocessor_path);
    memset(config, 0, sizeof *config);
}
