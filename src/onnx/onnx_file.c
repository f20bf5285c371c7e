/* onnx_file.c - reading a model file: its bytes, the graph they hold, and the files of weights it points to.
 *
 * The file may be hostile. Here it is checked that it is a model at all; what is asked of the graph later checks what it uses. */
#include "onnx/onnx_file.h"

#include "base/array.h"
#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define EXTERNAL ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL

static pp_code read_bytes(uint8_t **bytes, size_t *n, const char *path, pp_error *err)
{
    struct stat info;
    uint8_t *made = NULL;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) {
        pp_fail(err, PP_IO, "%s: cannot be opened: %s", path, strerror(errno));
        if (file)
            fclose(file);
        return PP_IO;
    }
    pp_code code = PP_OK;
    if (!S_ISREG(info.st_mode))
        code = pp_fail(err, PP_IO, "%s: is no file", path);
    else if (info.st_size == 0)
        code = pp_fail(err, PP_FORMAT, "%s: is empty", path);
    else if (!(made = malloc((size_t)info.st_size)))
        code = pp_no_memory(err, "the model file");
    else if (fread(made, 1, (size_t)info.st_size, file) != (size_t)info.st_size)
        code = pp_fail(err, PP_IO, "%s: cannot be read to its end", path);
    fclose(file);
    if (code != PP_OK) {
        free(made);
        return code;
    }
    *bytes = made;
    *n = (size_t)info.st_size;
    return PP_OK;
}

/* ---- What the bytes are ------------------------------------------------------------------------------------------ */

static bool begins_with(const pp_onnx *onnx, const char *text)
{
    return onnx->n_bytes >= strlen(text) && memcmp(onnx->bytes, text, strlen(text)) == 0;
}

static pp_code unpack(pp_onnx *onnx, pp_error *err)
{
    if (begins_with(onnx, "version https://git-lfs"))
        return pp_fail(err, PP_FORMAT, "%s: is a git-lfs pointer, not the model: run git lfs pull", onnx->path);
    if (begins_with(onnx, "PK\x03\x04"))
        return pp_fail(err, PP_FORMAT, "%s: is a zip archive (a PyTorch checkpoint?); export the model to ONNX", onnx->path);
    onnx->proto = onnx__model_proto__unpack(NULL, onnx->n_bytes, onnx->bytes);
    if (!onnx->proto)
        return pp_fail(err, PP_FORMAT, "%s: not an ONNX model, or truncated (%zu bytes)", onnx->path, onnx->n_bytes);
    onnx->graph = onnx->proto->graph;
    if (!onnx->graph || onnx->graph->n_node == 0)
        return pp_fail(err, PP_FORMAT, "%s: not an ONNX model: it holds no graph with nodes", onnx->path);
    return PP_OK;
}

/* ---- Weights in other files -------------------------------------------------------------------------------------- */

static const char *external_value(const Onnx__TensorProto *tensor, const char *key)
{
    for (size_t i = 0; i < tensor->n_external_data; i++)
        if (strcmp(tensor->external_data[i]->key, key) == 0)
            return tensor->external_data[i]->value;
    return NULL;
}

/* A location must stay in the model's folder. */
static bool is_inside(const char *location)
{
    if (*location == '/' || *location == '\0')
        return false;
    for (const char *at = location; (at = strstr(at, "..")); at += 2)
        if ((at == location || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
            return false;
    return true;
}

static pp_code check_external(const pp_onnx *onnx, const Onnx__TensorProto *tensor, pp_error *err)
{
    const char *location = external_value(tensor, "location");
    const char *offset = external_value(tensor, "offset"), *length = external_value(tensor, "length");
    char path[4096];
    struct stat info;
    if (!location || !is_inside(location))
        return pp_fail(err, PP_FORMAT, "%s: weights '%s' lie at '%s'; expected a file in the model's folder", onnx->path,
                       tensor->name, location ? location : "");
    if (snprintf(path, sizeof path, "%s/%s", onnx->folder, location) >= (int)sizeof path || stat(path, &info) != 0)
        return pp_fail(err, PP_IO, "%s: its weights are in '%s', which is not beside it", onnx->path, location);
    uint64_t end = (offset ? strtoull(offset, NULL, 10) : 0) + (length ? strtoull(length, NULL, 10) : 0);
    if (end > (uint64_t)info.st_size)
        return pp_fail(err, PP_FORMAT, "%s: its weights in '%s' reach to byte %" PRIu64 ", but that file has %lld", onnx->path, location,
                       end, (long long)info.st_size);
    return PP_OK;
}

/* Chains the digest with each further file, in order of first mention. */
static pp_code digest_external(pp_onnx *onnx, pp_error *err)
{
    const Onnx__GraphProto *graph = onnx->graph;
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < graph->n_initializer; i++) {
        const Onnx__TensorProto *tensor = graph->initializer[i];
        if (tensor->data_location != EXTERNAL)
            continue;
        onnx->n_external++;
        code = check_external(onnx, tensor, err);
        const char *location = code == PP_OK ? external_value(tensor, "location") : NULL;
        bool seen = false;
        for (size_t j = 0; location && j < i && !seen; j++) {
            const char *earlier = graph->initializer[j]->data_location == EXTERNAL
                                      ? external_value(graph->initializer[j], "location") : NULL;
            seen = earlier && strcmp(earlier, location) == 0;
        }
        if (code != PP_OK || seen)
            continue;
        char path[4096];
        uint8_t *bytes;
        size_t n;
        snprintf(path, sizeof path, "%s/%s", onnx->folder, location);
        code = read_bytes(&bytes, &n, path, err);
        if (code != PP_OK)
            break;
        onnx->digest = pp_digest_of(onnx->digest.bytes, sizeof onnx->digest.bytes, bytes, n);
        free(bytes);
    }
    return code;
}

/* ---- Opening and closing ----------------------------------------------------------------------------------------- */

static pp_code split_path(pp_onnx *onnx, const char *path, pp_error *err)
{
    const char *slash = strrchr(path, '/');
    size_t n_folder = slash ? (size_t)(slash - path) : 1;
    onnx->path = malloc(strlen(path) + 1);
    onnx->folder = malloc(n_folder + 2);
    if (!onnx->path || !onnx->folder)
        return pp_no_memory(err, "a path");
    strcpy(onnx->path, path);
    memcpy(onnx->folder, slash ? path : ".", n_folder);
    onnx->folder[n_folder] = '\0';
    if (n_folder == 0)
        strcpy(onnx->folder, "/");
    return PP_OK;
}

pp_code pp_onnx_open(pp_onnx **onnx, const char *path, pp_error *err)
{
    pp_onnx *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "the model file");
    pp_code code = split_path(made, path, err);
    if (code == PP_OK)
        code = read_bytes(&made->bytes, &made->n_bytes, path, err);
    if (code == PP_OK)
        code = unpack(made, err);
    if (code == PP_OK) {
        made->digest = pp_digest_of(NULL, 0, made->bytes, made->n_bytes);
        code = digest_external(made, err);
    }
    if (code != PP_OK) {
        pp_onnx_free(made);
        return code;
    }
    *onnx = made;
    return PP_OK;
}

void pp_onnx_free(pp_onnx *onnx)
{
    if (!onnx)
        return;
    if (onnx->proto)
        onnx__model_proto__free_unpacked(onnx->proto, NULL);
    free(onnx->bytes);
    free(onnx->folder);
    free(onnx->path);
    free(onnx);
}

/* ---- Further outputs --------------------------------------------------------------------------------------------- */

static bool is_output(const pp_onnx *onnx, const char *name)
{
    for (size_t i = 0; i < onnx->graph->n_output; i++)
        if (strcmp(onnx->graph->output[i]->name, name) == 0)
            return true;
    return false;
}

pp_code pp_onnx_with_outputs(const pp_onnx *onnx, const char *const *names, size_t n, uint8_t **bytes, size_t *n_bytes, pp_error *err)
{
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__ValueInfoProto *outputs = pp_array_new(n, sizeof *outputs);
    graph.output = pp_array_new(n, sizeof *graph.output);
    model.graph = &graph;
    uint8_t *made = NULL;
    for (size_t i = 0; outputs && graph.output && i < n; i++) {
        if (is_output(onnx, names[i]))
            continue;
        onnx__value_info_proto__init(&outputs[i]);
        outputs[i].name = (char *)(uintptr_t)names[i]; /* only read */
        graph.output[graph.n_output++] = &outputs[i];
    }
    size_t n_added = graph.n_output ? onnx__model_proto__get_packed_size(&model) : 0;
    if (outputs && graph.output)
        made = malloc(onnx->n_bytes + n_added);
    if (made) {
        memcpy(made, onnx->bytes, onnx->n_bytes);
        if (n_added)
            onnx__model_proto__pack(&model, made + onnx->n_bytes);
    }
    free(outputs);
    free(graph.output);
    if (!made)
        return pp_no_memory(err, "the model");
    *bytes = made;
    *n_bytes = onnx->n_bytes + n_added;
    return PP_OK;
}
