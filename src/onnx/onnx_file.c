/* onnx_file.c - an ONNX file into memory, or one line that says what the file is instead.
 *
 * What is refused here: a file that is no ONNX model, that ends too early, or that holds no graph, no nodes or no
 * operator set. Whether the graph makes sense is not asked: ONNX Runtime does that when it opens the model. */
#include "onnx/onnx_file.h"

#include "base/array.h"
#include "base/error.h"
#include "onnx/onnx_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Protobuf's own limit. ONNX puts larger weights into files beside the model. */
#define LARGEST_FILE 0x7fffffffu

static void *allocate(void *failed, size_t size);
static void release(void *failed, void *block);
static pp_code copy_paths(pp_onnx *onnx, const char *path, pp_error *err);
static pp_code read_model(pp_onnx *onnx, pp_error *err);
static pp_code parse_model(pp_onnx *onnx, pp_error *err);
static pp_code check_model(const pp_onnx *onnx, pp_error *err);
static pp_code say_what_it_is(const pp_onnx *onnx, pp_error *err);

pp_code pp_onnx_open(pp_onnx **onnx, const char *path, pp_error *err)
{
    pp_onnx *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, path);
    pp_code code = copy_paths(made, path, err);
    if (code == PP_OK)
        code = read_model(made, err);
    if (code == PP_OK)
        code = parse_model(made, err);
    if (code == PP_OK)
        code = check_model(made, err);
    if (code == PP_OK)
        code = pp_onnx_check_tensors(made, err);
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
    bool failed;
    ProtobufCAllocator allocator = { allocate, release, &failed };
    onnx__model_proto__free_unpacked(onnx->proto, &allocator); /* by what made it */
    free(onnx->bytes);
    free(onnx->folder);
    free(onnx->path);
    free(onnx);
}

static char *copy_start(const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

static pp_code copy_paths(pp_onnx *onnx, const char *path, pp_error *err)
{
    const char *slash = strrchr(path, '/');
    onnx->path = copy_start(path, strlen(path));
    if (!slash)
        onnx->folder = copy_start(".", 1);
    else
        onnx->folder = copy_start(path, slash == path ? 1 : (size_t)(slash - path));
    return onnx->path && onnx->folder ? PP_OK : pp_no_memory(err, path);
}

/* ---- The file's bytes -------------------------------------------------------------------------------------------- */

pp_code pp_onnx_file_size(const char *path, const char *what, uint64_t *size, pp_error *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return pp_fail(err, PP_IO, "%s: cannot be read: %s", what, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return pp_fail(err, PP_IO, "%s: is a folder; expected a file", what);
    if (!S_ISREG(status.st_mode)) /* a pipe would be waited for without end */
        return pp_fail(err, PP_IO, "%s: is not a regular file; copy it into one first", what);
    *size = (uint64_t)status.st_size;
    return PP_OK;
}

pp_code pp_onnx_file_read(const char *path, const char *what, uint64_t offset, uint8_t *bytes, size_t n, pp_error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return pp_fail(err, PP_IO, "%s: cannot be read: %s", what, strerror(errno));
    errno = 0;
    size_t n_read = fseeko(file, (off_t)offset, SEEK_SET) == 0 ? fread(bytes, 1, n, file) : 0;
    int reason = errno;
    fclose(file);
    if (n_read != n)
        return pp_fail(err, PP_IO, "%s: only %zu of %zu bytes could be read: %s", what, n_read, n,
                       reason ? strerror(reason) : "the file became shorter");
    return PP_OK;
}

static pp_code read_model(pp_onnx *onnx, pp_error *err)
{
    uint64_t size = 0;
    pp_code code = pp_onnx_file_size(onnx->path, onnx->path, &size, err);
    if (code != PP_OK)
        return code;
    if (size == 0)
        return pp_fail(err, PP_FORMAT, "%s: is empty; expected an ONNX model", onnx->path);
    if (size > LARGEST_FILE)
        return pp_fail(err, PP_FORMAT, "%s: not an ONNX model: %llu bytes, and none is larger than 2 GiB", onnx->path,
                       (unsigned long long)size);
    onnx->n_bytes = (size_t)size;
    onnx->bytes = malloc(onnx->n_bytes);
    if (!onnx->bytes)
        return pp_no_memory(err, onnx->path);
    return pp_onnx_file_read(onnx->path, onnx->path, 0, onnx->bytes, onnx->n_bytes, err);
}

/* ---- What they say ----------------------------------------------------------------------------------------------- */

/* protobuf-c answers NULL to a broken file and to lack of memory alike; failed (a bool) tells them apart. */
static void *allocate(void *failed, size_t size)
{
    void *block = malloc(size ? size : 1);
    if (!block)
        *(bool *)failed = true;
    return block;
}

static void release(void *failed, void *block)
{
    (void)failed;
    free(block);
}

static pp_code parse_model(pp_onnx *onnx, pp_error *err)
{
    bool failed = false;
    ProtobufCAllocator allocator = { allocate, release, &failed };
    onnx->proto = onnx__model_proto__unpack(&allocator, onnx->n_bytes, onnx->bytes);
    if (failed)
        return pp_no_memory(err, onnx->path);
    if (!onnx->proto || !onnx->proto->graph)
        return say_what_it_is(onnx, err);
    onnx->graph = onnx->proto->graph;
    return PP_OK;
}

/* IR versions 1 and 2 (2017) did not name operator sets. */
static pp_code check_model(const pp_onnx *onnx, pp_error *err)
{
    const Onnx__ModelProto *proto = onnx->proto;
    if (proto->ir_version < 1)
        return pp_fail(err, PP_FORMAT, "%s: not an ONNX model: its ir_version is %lld; expected 1 or higher",
                       onnx->path, (long long)proto->ir_version);
    if (onnx->graph->n_node == 0)
        return pp_fail(err, PP_FORMAT, "%s: its graph has no nodes; expected a classifier", onnx->path);
    if (proto->n_opset_import == 0 && proto->ir_version > 2)
        return pp_fail(err, PP_FORMAT, "%s: names no operator set (opset_import); the file may be truncated "
                       "(%zu bytes)", onnx->path, onnx->n_bytes);
    return PP_OK;
}

/* ---- What the file is instead ------------------------------------------------------------------------------------ */

typedef struct signature {
    size_t offset;
    const char *bytes, *what, *advice;
} signature;

static const char EXPORT_TORCH[] = ": export the model with torch.onnx.export";
static const char EXPORT_TENSORFLOW[] = ": convert the model with tf2onnx";

static const signature SIGNATURES[] = {
    { 0, "version https://git-lfs", "a git-lfs pointer", ": run git lfs pull" },
    { 0, "PK\x03\x04", "a zip archive (as PyTorch and Keras write)", ": export the model to ONNX first" },
    { 0, "\x80\x02", "a Python pickle (as PyTorch writes)", EXPORT_TORCH },
    { 0, "\x80\x03", "a Python pickle (as PyTorch writes)", EXPORT_TORCH },
    { 0, "\x80\x04", "a Python pickle (as PyTorch writes)", EXPORT_TORCH },
    { 0, "\x80\x05", "a Python pickle (as PyTorch writes)", EXPORT_TORCH },
    { 0, "\x89HDF", "an HDF5 file (as Keras writes)", EXPORT_TENSORFLOW },
    { 4, "TFL3", "a TensorFlow Lite model", EXPORT_TENSORFLOW },
    { 8, "{\"", "a safetensors file, weights without a graph", EXPORT_TORCH },
    { 0, "\x1f\x8b", "compressed by gzip", ": unpack it first" },
    { 0, "\x89PNG", "a PNG image", "" },
    { 0, "\xff\xd8\xff", "a JPEG image", "" },
    { 0, "%PDF", "a PDF document", "" },
    { 0, "<", "a web page or XML", ": download the file itself" },
};

static bool starts_as(const pp_onnx *onnx, const signature *known)
{
    size_t n = strlen(known->bytes);
    return onnx->n_bytes >= known->offset + n && memcmp(onnx->bytes + known->offset, known->bytes, n) == 0;
}

static bool is_text(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n && i < 256; i++)
        if (!isprint(bytes[i]) && !isspace(bytes[i]))
            return false;
    return true;
}

/* Only asked of files that did not parse as a model: no signature can keep a real one out. */
static pp_code say_what_it_is(const pp_onnx *onnx, pp_error *err)
{
    for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++)
        if (starts_as(onnx, &SIGNATURES[i]))
            return pp_fail(err, PP_FORMAT, "%s: is %s, not an ONNX model%s", onnx->path, SIGNATURES[i].what,
                           SIGNATURES[i].advice);
    if (is_text(onnx->bytes, onnx->n_bytes))
        return pp_fail(err, PP_FORMAT, "%s: is text, not an ONNX model", onnx->path);
    if (onnx->proto)
        return pp_fail(err, PP_FORMAT, "%s: not an ONNX model, or truncated (%zu bytes): it holds no graph", onnx->path,
                       onnx->n_bytes);
    return pp_fail(err, PP_FORMAT, "%s: not an ONNX model, or truncated (%zu bytes)", onnx->path, onnx->n_bytes);
}
