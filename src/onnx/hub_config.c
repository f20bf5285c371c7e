/* hub_config.c - config.json and preprocessor_config.json, as model hubs put them beside a model: finding and loading
 * them, and the names of the classes. What else they say is read in hub_preprocessor.c.
 *
 * A key that is not there is no error; one of the wrong kind is, and names the file and the key. */
#include "onnx/hub_config.h"

#include "base/array.h"
#include "base/error.h"
#include "onnx/hub_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pp_code choose_file(char **path, const char *named, const char *model_path, const char *name, pp_error *err);
static pp_code load_json(json_t **value, const char *path, pp_error *err);
static pp_code read_labels(pp_hub_config *config, bool named, pp_error *err);
static pp_code read_preprocessor(pp_hub_config *config, pp_error *err);

pp_code pp_hub_config_read(pp_hub_config *config, const char *model_path, const char *labels, const char *preprocessor,
                           pp_error *err)
{
    pp_hub_config made = { 0 };
    pp_code code = choose_file(&made.labels_path, labels, model_path, "config.json", err);
    if (code == PP_OK)
        code = choose_file(&made.preprocessor_path, preprocessor, model_path, "preprocessor_config.json", err);
    bool has_preprocessor = made.preprocessor_path != NULL; /* a file of its own */
    if (code == PP_OK && made.labels_path)
        code = read_labels(&made, labels != NULL, err);
    if (code == PP_OK && has_preprocessor)
        code = read_preprocessor(&made, err);
    if (code != PP_OK) {
        pp_hub_config_clear(&made);
        return code;
    }
    *config = made;
    return PP_OK;
}

void pp_hub_config_clear(pp_hub_config *config)
{
    for (size_t i = 0; i < config->n_classes; i++)
        free(config->class_names[i]);
    free(config->class_names);
    free(config->labels_path);
    free(config->preprocessor_path);
    *config = (pp_hub_config){ 0 };
}

/* ---- Finding the files ------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t n, const char *end)
{
    size_t n_end = strlen(end);
    return n >= n_end && memcmp(text + n - n_end, end, n_end) == 0;
}

/* The n first bytes of start, between, and name: a path if a file is there, else *path stays NULL. */
static pp_code try_file(char **path, const char *start, size_t n, const char *between, const char *name, pp_error *err)
{
    size_t size = n + strlen(between) + strlen(name) + 1;
    char *made = malloc(size);
    if (!made)
        return pp_no_memory(err, name);
    memcpy(made, start, n);
    snprintf(made + n, size - n, "%s%s", between, name);
    if (access(made, F_OK) == 0)
        *path = made;
    else
        free(made);
    return PP_OK;
}

/* The file named, which must be there; else MODEL.NAME (MODEL without .onnx), else NAME in the same folder. */
static pp_code choose_file(char **path, const char *named, const char *model_path, const char *name, pp_error *err)
{
    const char *slash = strrchr(model_path, '/');
    size_t n_model = strlen(model_path), n_folder = slash ? (size_t)(slash + 1 - model_path) : 0;
    if (named && access(named, R_OK) != 0)
        return pp_fail(err, PP_IO, "%s: cannot be read: %s", named, strerror(errno));
    if (named)
        return try_file(path, named, strlen(named), "", "", err);
    if (ends_with(model_path, n_model, ".onnx"))
        n_model -= strlen(".onnx");
    pp_code code = try_file(path, model_path, n_model, ".", name, err);
    if (code == PP_OK && !*path)
        code = try_file(path, model_path, n_folder, "", name, err);
    return code;
}

static pp_code load_json(json_t **value, const char *path, pp_error *err)
{
    json_error_t problem;
    *value = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (*value)
        return PP_OK;
    if (json_error_code(&problem) == json_error_out_of_memory)
        return pp_no_memory(err, path);
    if (json_error_code(&problem) == json_error_cannot_open_file)
        return pp_fail(err, PP_IO, "%s: cannot be read: %s", path, strerror(errno));
    return pp_fail(err, PP_FORMAT, "%s: line %d: %s; expected JSON", path, problem.line, problem.text);
}

/* ---- Values of a key --------------------------------------------------------------------------------------------- */

const json_t *pp_hub_get(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

pp_code pp_hub_wrong(const pp_hub_reading *r, const char *key, const char *expected)
{
    return pp_fail(r->err, PP_FORMAT, "%s: \"%s\" is not as it should be; expected %s", r->path, key, expected);
}

/* ---- Class names ------------------------------------------------------------------------------------------------- */

/* Names go into tables and lines of output: control characters would break them. */
static bool is_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return n > 0;
}

static pp_code new_names(pp_hub_config *config, size_t n, pp_error *err)
{
    config->class_names = pp_array_new(n, sizeof *config->class_names);
    if (!config->class_names)
        return pp_no_memory(err, "class names");
    config->n_classes = n;
    return PP_OK;
}

static pp_code set_name(pp_hub_config *config, size_t index, const char *text, size_t n, pp_error *err)
{
    char *name = malloc(n + 1);
    if (!name)
        return pp_no_memory(err, "class names");
    memcpy(name, text, n);
    name[n] = '\0';
    config->class_names[index] = name;
    return PP_OK;
}

/* "0", "17": digits only, no leading zeros, below n. */
static bool read_index(const char *key, size_t n, size_t *index)
{
    char *end;
    if (*key < '0' || *key > '9' || (*key == '0' && key[1]))
        return false;
    errno = 0;
    unsigned long long value = strtoull(key, &end, 10);
    *index = (size_t)value;
    return !*end && !errno && value < n;
}

static bool is_json_name(const json_t *value)
{
    return json_is_string(value) && is_name(json_string_value(value), json_string_length(value));
}

/* {"0": "NORMAL", "1": "PNEUMONIA"}, in any order. As many as there are keys and each below that number: no gaps. */
static pp_code read_id2label(const pp_hub_reading *r, const json_t *labels)
{
    size_t n = json_object_size(labels), index;
    const char *key;
    json_t *value;
    if (n == 0)
        return pp_hub_wrong(r, "id2label", "an object of index and name, such as {\"0\": \"normal\", \"1\": \"ill\"}");
    pp_code code = new_names(r->config, n, r->err);
    json_object_foreach((json_t *)(uintptr_t)labels, key, value) { /* only read */
        if (code != PP_OK)
            return code;
        if (!read_index(key, n, &index))
            return pp_fail(r->err, PP_FORMAT, "%s: \"id2label\" has %zu entries, one of them \"%s\"; "
                           "expected 0 to %zu, no gaps", r->path, n, key, n - 1);
        if (!is_json_name(value))
            return pp_fail(r->err, PP_FORMAT, "%s: \"id2label\": \"%s\" has no name; expected one line of text",
                           r->path, key);
        code = set_name(r->config, index, json_string_value(value), json_string_length(value), r->err);
    }
    return code;
}

/* ["NORMAL", "PNEUMONIA"] */
static pp_code read_name_list(const pp_hub_reading *r, const char *key, const json_t *list)
{
    size_t n = json_array_size(list);
    if (n == 0)
        return pp_hub_wrong(r, key, "a list of class names");
    pp_code code = new_names(r->config, n, r->err);
    for (size_t i = 0; i < n && code == PP_OK; i++) {
        const json_t *name = json_array_get(list, i);
        if (!is_json_name(name))
            return pp_fail(r->err, PP_FORMAT, "%s: \"%s\": entry %zu is no name; expected one line of text", r->path,
                           key, i);
        code = set_name(r->config, i, json_string_value(name), json_string_length(name), r->err);
    }
    return code;
}

static bool is_utf8(const char *text, size_t n)
{
    json_t *string = json_stringn(text, n); /* which checks that */
    json_decref(string);
    return string != NULL;
}

static pp_code add_line(pp_hub_config *config, size_t *capacity, const char *path, const char *line, size_t n,
                        pp_error *err)
{
    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    if (!is_name(line, n) || !is_utf8(line, n))
        return pp_fail(err, PP_FORMAT, "%s: line %zu is empty or not UTF-8 text; expected one class name a line", path,
                       config->n_classes + 1);
    if (pp_array_grow((void **)&config->class_names, capacity, config->n_classes + 1, sizeof *config->class_names) != 0)
        return pp_no_memory(err, "class names");
    config->class_names[config->n_classes] = NULL;
    pp_code code = set_name(config, config->n_classes, line, n, err);
    if (code == PP_OK)
        config->n_classes++;
    return code;
}

/* A plain text file: one name a line. */
static pp_code read_name_lines(pp_hub_config *config, const char *path, pp_error *err)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return pp_fail(err, PP_IO, "%s: cannot be read: %s", path, strerror(errno));
    char *line = NULL;
    size_t size = 0, capacity = 0;
    pp_code code = PP_OK;
    for (ssize_t n; code == PP_OK && (n = getline(&line, &size, file)) >= 0;)
        code = add_line(config, &capacity, path, line, (size_t)n, err);
    if (code == PP_OK && ferror(file))
        code = pp_fail(err, PP_IO, "%s: cannot be read to its end", path);
    else if (code == PP_OK && config->n_classes == 0)
        code = pp_fail(err, PP_FORMAT, "%s: is empty; expected one class name a line", path);
    free(line);
    fclose(file);
    return code;
}

/* Where there is no preprocessor_config.json, timm's config.json stands for it too. */
static pp_code read_pretrained(const pp_hub_reading *outer)
{
    pp_hub_config *config = outer->config;
    pp_hub_reading r = *outer;
    r.object = pp_hub_get(outer->object, "pretrained_cfg");
    if (!pp_hub_get(r.object, "input_size") && !pp_hub_get(r.object, "mean"))
        return PP_OK;
    pp_code code = pp_hub_read_pretrained(&r);
    return code == PP_OK ? try_file(&config->preprocessor_path, r.path, strlen(r.path), "", "", r.err) : code;
}

/* named: the user said that class names are in this file. */
static pp_code read_config(const pp_hub_reading *r, bool named)
{
    const json_t *id2label = pp_hub_get(r->object, "id2label"), *names = pp_hub_get(r->object, "label_names");
    const json_t *problem = pp_hub_get(r->object, "problem_type");
    pp_code code = PP_OK;
    if (!json_is_object(r->object))
        return pp_fail(r->err, PP_FORMAT, "%s: holds no JSON object; expected {...}", r->path);
    if (problem && !json_is_string(problem))
        return pp_hub_wrong(r, "problem_type", "text, such as \"single_label_classification\"");
    r->config->multi_label = problem && strcmp(json_string_value(problem), "multi_label_classification") == 0;
    if (id2label)
        code = read_id2label(r, id2label);
    else if (names)
        code = read_name_list(r, "label_names", names);
    else if (named)
        code = pp_fail(r->err, PP_FORMAT, "%s: holds no class names; expected \"id2label\" or \"label_names\"",
                       r->path);
    return code == PP_OK && !r->config->preprocessor_path ? read_pretrained(r) : code;
}

static pp_code read_labels(pp_hub_config *config, bool named, pp_error *err)
{
    pp_hub_reading r = { .config = config, .path = config->labels_path, .err = err };
    json_t *root;
    if (!ends_with(r.path, strlen(r.path), ".json"))
        return read_name_lines(config, r.path, err);
    pp_code code = load_json(&root, r.path, err);
    if (code != PP_OK)
        return code;
    r.object = root;
    code = read_config(&r, named);
    json_decref(root);
    return code;
}

/* ---- preprocessor_config.json ------------------------------------------------------------------------------------ */

static pp_code read_preprocessor(pp_hub_config *config, pp_error *err)
{
    pp_hub_reading r = { .config = config, .path = config->preprocessor_path, .err = err };
    json_t *root;
    pp_code code = load_json(&root, r.path, err);
    if (code != PP_OK)
        return code;
    r.object = root;
    code = pp_hub_read_preprocessor(&r);
    json_decref(root);
    return code;
}
