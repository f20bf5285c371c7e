/* onnx_parts.h - what the files of this folder need of each other, and nobody else needs. */
#ifndef PP_ONNX_ONNX_PARTS_H
#define PP_ONNX_ONNX_PARTS_H

#include "onnx/onnx_file.h"

/* Product that stays at UINT64_MAX once it is too large. */
static inline uint64_t pp_onnx_times(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static inline uint64_t pp_onnx_plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Size of a regular file; path is named in errors as what ("a.onnx" or "a.onnx: weights 'a.data'"). PP_IO */
pp_code pp_onnx_file_size(const char *path, const char *what, uint64_t *size, pp_error *err);

/* n bytes of a file from offset on into bytes. PP_IO, also if there are fewer. */
pp_code pp_onnx_file_read(const char *path, const char *what, uint64_t offset, uint8_t *bytes, size_t n, pp_error *err);

/* The first n bytes of a tensor whose data lie in another file (checked when the model was opened). PP_IO, PP_MEMORY */
pp_code pp_onnx_read_external(const pp_onnx *onnx, const Onnx__TensorProto *tensor, uint8_t *bytes, size_t n, pp_error *err);

/* Bytes of one element; 0 for types that are not whole bytes (4 bit, text) and for unknown ones. */
size_t pp_onnx_element_size(int type);

/* The first elements of an int64 tensor that is in the file. @return how many it has, or -1 if it is none or has more
 * than max */
int pp_onnx_read_int64s(const Onnx__TensorProto *tensor, int64_t *values, int max);

/* Looks at each tensor of the model, those of subgraphs included: dimensions, length of its data, and whether data in
 * other files are there. Sets n_external and digest. PP_FORMAT, PP_IO, PP_MEMORY */
pp_code pp_onnx_check_tensors(pp_onnx *onnx, pp_error *err);

/* The node that makes the tensor of this name, and as which of its outputs; NULL if none does. */
const Onnx__NodeProto *pp_onnx_producer(const pp_onnx *onnx, const char *name, size_t *output);

/* Shape that the file states for a tensor between, an input or an output; -1 where open. @return dimensions, 0 if it
 * states none */
int pp_onnx_stated_shape(const pp_onnx *onnx, const char *name, int64_t dims[8]);

#endif
