/* onnx_values.c - the numbers in a tensor, wherever the file keeps them: typed lists, raw bytes, or a file beside the model. */
#include "base/array.h"
#include "base/error.h"
#include "base/half.h"
#include "onnx/onnx_parts.h"

#include <endian.h>
#include <string.h>

enum { INT32 = 6, BOOL = 9 };

static bool is_external(const Onnx__TensorProto *tensor)
{
    return tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

/* The tensor's bytes as raw data would have them. *bytes: borrowed, or *owned to be freed; NULL if they are in a typed list. */
static pp_code find_bytes(const pp_onnx *onnx, const Onnx__TensorProto *tensor, uint64_t n_bytes, const uint8_t **bytes, uint8_t **owned,
                          pp_error *err)
{
    *bytes = NULL;
    *owned = NULL;
    if (!is_external(tensor)) {
        if (tensor->raw_data.len == n_bytes)
            *bytes = tensor->raw_data.data;
        return PP_OK;
    }
    *owned = n_bytes > SIZE_MAX ? NULL : malloc(n_bytes ? (size_t)n_bytes : 1);
    if (!*owned)
        return pp_no_memory(err, onnx->path);
    pp_code code = pp_onnx_read_external(onnx, tensor, *owned, (size_t)n_bytes, err);
    *bytes = *owned;
    return code;
}

static float float_at(int type, const uint8_t *bytes, size_t i)
{
    if (type == PP_ONNX_FLOAT16) {
        uint16_t value;
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        return pp_half_to_float(value);
    }
    if (type == PP_ONNX_DOUBLE) {
        double value;
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        return (float)value;
    }
    float value;
    memcpy(&value, bytes + i * sizeof value, sizeof value);
    return value;
}

/* From the typed list that the standard keeps this type in. @return false if the list does not have n values */
static bool read_float_list(const Onnx__TensorProto *tensor, float *values, size_t n)
{
    if (tensor->data_type == PP_ONNX_FLOAT && tensor->n_float_data == n) {
        if (n)
            memcpy(values, tensor->float_data, n * sizeof *values);
        return true;
    }
    if (tensor->data_type == PP_ONNX_DOUBLE && tensor->n_double_data == n) {
        for (size_t i = 0; i < n; i++)
            values[i] = (float)tensor->double_data[i];
        return true;
    }
    if (tensor->data_type == PP_ONNX_FLOAT16 && tensor->n_int32_data == n) { /* the 16 bits of each in an int32 */
        for (size_t i = 0; i < n; i++) {
            values[i] = pp_half_to_float((uint16_t)tensor->int32_data[i]);
        }
        return true;
    }
    return false;
}

static pp_code not_all_there(const pp_onnx *onnx, const Onnx__TensorProto *tensor, pp_error *err)
{
    return pp_fail(err, PP_FORMAT, "%s: tensor '%s' does not hold the %llu values of its shape", onnx->path, tensor->name,
                   (unsigned long long)pp_onnx_elements(tensor));
}

pp_code pp_onnx_read_floats(const pp_onnx *onnx, const Onnx__TensorProto *tensor, float *values, size_t n, pp_error *err)
{
    const uint8_t *bytes;
    uint8_t *owned;
    pp_code code = find_bytes(onnx, tensor, pp_onnx_times(n, pp_onnx_element_size(tensor->data_type)), &bytes, &owned, err);
    if (code == PP_OK && bytes)
        for (size_t i = 0; i < n; i++)
            values[i] = float_at(tensor->data_type, bytes, i);
    else if (code == PP_OK && !read_float_list(tensor, values, n))
        code = not_all_there(onnx, tensor, err);
    free(owned);
    return code;
}

pp_code pp_onnx_read_ints(const pp_onnx *onnx, const Onnx__TensorProto *tensor, int64_t *values, size_t n, pp_error *err)
{
    const uint8_t *bytes;
    uint8_t *owned;
    size_t size = pp_onnx_element_size(tensor->data_type);
    bool in_list = tensor->data_type == PP_ONNX_INT64 ? tensor->n_int64_data == n : tensor->n_int32_data == n;
    pp_code code = find_bytes(onnx, tensor, pp_onnx_times(n, size), &bytes, &owned, err);
    if (code == PP_OK && !bytes && !in_list)
        code = not_all_there(onnx, tensor, err);
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        if (!bytes) {
            values[i] = tensor->data_type == PP_ONNX_INT64 ? tensor->int64_data[i] : tensor->int32_data[i];
            continue;
        }
        uint64_t wide = 0;
        memcpy(&wide, bytes + i * size, size);
        wide = le64toh(wide);
        values[i] = tensor->data_type == INT32 ? (int32_t)wide : (int64_t)wide;
    }
    free(owned);
    return code;
}

bool pp_onnx_is_float_type(int type)
{
    return type == PP_ONNX_FLOAT || type == PP_ONNX_FLOAT16 || type == PP_ONNX_DOUBLE;
}

bool pp_onnx_is_int_type(int type)
{
    return type == PP_ONNX_INT64 || type == INT32 || type == BOOL || type == PP_ONNX_UINT8;
}
