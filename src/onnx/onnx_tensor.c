/* onnx_tensor.c - the tensors that a model file holds: their types and sizes, and the files beside the model that hold
 * the data of large ones ("external data" of the ONNX standard). Values are not converted here. */
#include "base/array.h"
#include "base/error.h"
#include "onnx/onnx_parts.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

/* Graphs in graphs: no exporter goes deeper, and each level is read once more. */
#define DEEPEST_SUBGRAPH 8

/* A file of external data that some tensor named. */
typedef struct weights_file {
    char *path, *what; /* what: how messages name it */
    char *location;    /* as the model says it */
    uint64_t size;
} weights_file;

typedef struct visit {
    const pp_onnx *onnx;
    size_t n_external;
    weights_file *files; /* in order of first mention */
    size_t n_files, capacity;
} visit;

static pp_code visit_graph(visit *v, const Onnx__GraphProto *graph, int depth, pp_error *err);
static pp_code visit_tensor(visit *v, const Onnx__TensorProto *tensor, pp_error *err);
static pp_code check_external(visit *v, const Onnx__TensorProto *tensor, pp_error *err);
static pp_code digest_all(const visit *v, pp_digest *digest, pp_error *err);
static void clear_visit(visit *v);

pp_code pp_onnx_check_tensors(pp_onnx *onnx, pp_error *err)
{
    visit v = { .onnx = onnx };
    pp_code code = visit_graph(&v, onnx->graph, 0, err);
    if (code == PP_OK)
        code = digest_all(&v, &onnx->digest, err);
    if (code == PP_OK)
        onnx->n_external = v.n_external;
    clear_visit(&v);
    return code;
}

/* ---- Types ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t size;
} TYPES[] = { /* by number in the standard */
    { "unknown", 0 },        { "float32", 4 }, { "uint8", 1 },        { "int8", 1 },           { "uint16", 2 },
    { "int16", 2 },          { "int32", 4 },   { "int64", 8 },        { "string", 0 },         { "bool", 1 },
    { "float16", 2 },        { "float64", 8 }, { "uint32", 4 },       { "uint64", 8 },         { "complex64", 8 },
    { "complex128", 16 },    { "bfloat16", 2 }, { "float8e4m3fn", 1 }, { "float8e4m3fnuz", 1 }, { "float8e5m2", 1 },
    { "float8e5m2fnuz", 1 }, { "uint4", 0 },   { "int4", 0 },
};

static size_t type_index(int type)
{
    return type > 0 && (size_t)type < sizeof TYPES / sizeof *TYPES ? (size_t)type : 0;
}

const char *pp_onnx_type_name(int type)
{
    return TYPES[type_index(type)].name;
}

size_t pp_onnx_element_size(int type)
{
    return TYPES[type_index(type)].size;
}

uint64_t pp_onnx_elements(const Onnx__TensorProto *tensor)
{
    uint64_t n = 1;
    for (size_t i = 0; i < tensor->n_dims; i++)
        n = pp_onnx_times(n, tensor->dims[i] > 0 ? (uint64_t)tensor->dims[i] : 0);
    return n;
}

int pp_onnx_read_int64s(const Onnx__TensorProto *tensor, int64_t *values, int max)
{
    size_t n = tensor->n_int64_data ? tensor->n_int64_data : tensor->raw_data.len / sizeof *values;
    if (tensor->data_type != PP_ONNX_INT64 || tensor->data_location != ONNX__TENSOR_PROTO__DATA_LOCATION__DEFAULT ||
        n != pp_onnx_elements(tensor) || n > (size_t)max)
        return -1;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        if (tensor->n_int64_data) {
            values[i] = tensor->int64_data[i];
        } else {
            memcpy(&bits, tensor->raw_data.data + i * sizeof bits, sizeof bits);
            values[i] = (int64_t)le64toh(bits);
        }
    }
    return (int)n;
}

/* ---- Each tensor once -------------------------------------------------------------------------------------------- */

static pp_code visit_subgraph(visit *v, const ProtobufCBinaryData *bytes, int depth, pp_error *err)
{
    if (depth > DEEPEST_SUBGRAPH)
        return pp_fail(err, PP_FORMAT, "%s: graphs lie in graphs more than %d deep", v->onnx->path, DEEPEST_SUBGRAPH);
    Onnx__GraphProto *graph = onnx__graph_proto__unpack(NULL, bytes->len, bytes->data);
    if (!graph)
        return pp_fail(err, PP_FORMAT, "%s: not an ONNX model: a subgraph of %zu bytes cannot be read", v->onnx->path,
                       bytes->len);
    pp_code code = visit_graph(v, graph, depth, err);
    onnx__graph_proto__free_unpacked(graph, NULL);
    return code;
}

static pp_code visit_attribute(visit *v, const Onnx__AttributeProto *attribute, int depth, pp_error *err)
{
    pp_code code = PP_OK;
    if (attribute->t)
        code = visit_tensor(v, attribute->t, err);
    if (code == PP_OK && attribute->g.len)
        code = visit_subgraph(v, &attribute->g, depth + 1, err);
    return code;
}

static pp_code visit_graph(visit *v, const Onnx__GraphProto *graph, int depth, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; i < graph->n_initializer && code == PP_OK; i++)
        code = visit_tensor(v, graph->initializer[i], err);
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t a = 0; a < graph->node[i]->n_attribute && code == PP_OK; a++)
            code = visit_attribute(v, graph->node[i]->attribute[a], depth, err);
    return code;
}

static pp_code visit_tensor(visit *v, const Onnx__TensorProto *tensor, pp_error *err)
{
    size_t size = pp_onnx_element_size(tensor->data_type);
    for (size_t i = 0; i < tensor->n_dims; i++)
        if (tensor->dims[i] < 0)
            return pp_fail(err, PP_FORMAT, "%s: tensor '%s' has a dimension of %lld; expected 0 or more", v->onnx->path,
                           tensor->name, (long long)tensor->dims[i]);
    if (tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return check_external(v, tensor, err);
    uint64_t n_bytes = pp_onnx_times(pp_onnx_elements(tensor), size);
    if (tensor->raw_data.len && size && tensor->raw_data.len != n_bytes)
        return pp_fail(err, PP_FORMAT, "%s: tensor '%s' holds %zu bytes; its shape and type make %llu", v->onnx->path,
                       tensor->name, tensor->raw_data.len, (unsigned long long)n_bytes);
    return PP_OK;
}

/* ---- Data in other files ----------------------------------------------------------------------------------------- */

/* NULL where the key is not given. */
static const char *external_entry(const Onnx__TensorProto *tensor, const char *key)
{
    for (size_t i = 0; i < tensor->n_external_data; i++)
        if (strcmp(tensor->external_data[i]->key, key) == 0)
            return tensor->external_data[i]->value;
    return NULL;
}

static pp_code read_entry(const visit *v, const Onnx__TensorProto *tensor, const char *key, uint64_t *number,
                          pp_error *err)
{
    const char *text = external_entry(tensor, key);
    char *end;
    if (!text)
        return PP_OK;
    unsigned long long value = strtoull(text, &end, 10); /* one that is too large ends up beyond any file */
    if (*text < '0' || *text > '9' || *end)
        return pp_fail(err, PP_FORMAT, "%s: tensor '%s': external %s is '%s'; expected a number of bytes",
                       v->onnx->path, tensor->name, key, text);
    *number = value;
    return PP_OK;
}

/* A path that stays in the model's folder, spelt in the one way that has no empty, "." or ".." parts. */
static bool stays_in_folder(const char *location)
{
    for (const char *part = location;; part++) {
        size_t n = strcspn(part, "/\\");
        bool only_dots = strspn(part, ".") == n; /* an empty part included */
        if (only_dots && n <= 2)
            return false;
        part += n;
        if (*part == '\0')
            return true;
    }
}

/* folder/location, or "model: external weights 'location'". NULL: no memory */
static char *join(const char *first, const char *between, const char *second, const char *last)
{
    size_t n = strlen(first) + strlen(between) + strlen(second) + strlen(last) + 1;
    char *joined = malloc(n);
    if (joined)
        snprintf(joined, n, "%s%s%s%s", first, between, second, last);
    return joined;
}

static pp_code add_file(visit *v, const char *location, pp_error *err)
{
    if (pp_array_grow((void **)&v->files, &v->capacity, v->n_files + 1, sizeof *v->files) != 0)
        return pp_no_memory(err, v->onnx->path);
    weights_file *file = &v->files[v->n_files++];
    *file = (weights_file){
        .path = join(v->onnx->folder, "/", location, ""),
        .what = join(v->onnx->path, ": its weights file '", location, "'"),
        .location = join(location, "", "", ""),
    };
    if (!file->path || !file->what || !file->location)
        return pp_no_memory(err, v->onnx->path);
    return pp_onnx_file_size(file->path, file->what, &file->size, err);
}

static pp_code find_file(visit *v, const Onnx__TensorProto *tensor, const weights_file **file, pp_error *err)
{
    const char *location = external_entry(tensor, "location");
    if (!location || !stays_in_folder(location))
        return pp_fail(err, PP_IO, "%s: weights of '%s' are in the file '%s'; expected a name beside the model, "
                       "without '..'", v->onnx->path, tensor->name, location ? location : "");
    size_t i = 0;
    while (i < v->n_files && strcmp(v->files[i].location, location) != 0)
        i++;
    pp_code code = i < v->n_files ? PP_OK : add_file(v, location, err);
    if (code == PP_OK)
        *file = &v->files[i];
    return code;
}

static pp_code check_external(visit *v, const Onnx__TensorProto *tensor, pp_error *err)
{
    const weights_file *file = NULL;
    uint64_t offset = 0;
    pp_code code = find_file(v, tensor, &file, err);
    if (code == PP_OK)
        code = read_entry(v, tensor, "offset", &offset, err);
    uint64_t rest = code == PP_OK && offset <= file->size ? file->size - offset : 0;
    uint64_t length = rest; /* if not given, to the end */
    if (code == PP_OK)
        code = read_entry(v, tensor, "length", &length, err);
    if (code != PP_OK)
        return code;
    uint64_t needed = pp_onnx_times(pp_onnx_elements(tensor), pp_onnx_element_size(tensor->data_type));
    if (offset > file->size || length > rest || needed > rest)
        return pp_fail(err, PP_IO, "%s is too short: %llu bytes, but '%s' takes %llu from %llu on; copy it again",
                       file->what, (unsigned long long)file->size, tensor->name,
                       (unsigned long long)(length > needed ? length : needed), (unsigned long long)offset);
    if (length < needed)
        return pp_fail(err, PP_FORMAT, "%s: tensor '%s' has %llu bytes in another file; its shape and type make %llu",
                       v->onnx->path, tensor->name, (unsigned long long)length, (unsigned long long)needed);
    v->n_external++;
    return PP_OK;
}

pp_code pp_onnx_read_external(const pp_onnx *onnx, const Onnx__TensorProto *tensor, uint8_t *bytes, size_t n, pp_error *err)
{
    visit v = { .onnx = onnx };
    const weights_file *file = NULL;
    uint64_t offset = 0;
    pp_code code = find_file(&v, tensor, &file, err);
    if (code == PP_OK)
        code = read_entry(&v, tensor, "offset", &offset, err);
    if (code == PP_OK)
        code = pp_onnx_file_read(file->path, file->what, offset, bytes, n, err);
    clear_visit(&v);
    return code;
}

/* ---- The model's name: a hash of all that it consists of --------------------------------------------------------- */

static pp_code digest_all(const visit *v, pp_digest *digest, pp_error *err)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v->n_files; i++)
        n = pp_onnx_plus(n, v->files[i].size);
    if (n == 0) {
        *digest = pp_digest_of(NULL, 0, v->onnx->bytes, v->onnx->n_bytes);
        return PP_OK;
    }
    uint8_t *weights = n > SIZE_MAX ? NULL : malloc((size_t)n);
    if (!weights)
        return pp_no_memory(err, v->onnx->path);
    pp_code code = PP_OK;
    size_t at = 0;
    for (size_t i = 0; i < v->n_files && code == PP_OK; at += (size_t)v->files[i++].size)
        code = pp_onnx_file_read(v->files[i].path, v->files[i].what, 0, weights + at, (size_t)v->files[i].size, err);
    if (code == PP_OK)
        *digest = pp_digest_of(v->onnx->bytes, v->onnx->n_bytes, weights, at);
    free(weights);
    return code;
}

static void clear_visit(visit *v)
{
    for (size_t i = 0; i < v->n_files; i++) {
        free(v->files[i].path);
        free(v->files[i].what);
        free(v->files[i].location);
    }
    free(v->files);
}
