/* constants.c - tensors of the file as values, and nodes that can be worked out once for all: what exporters write for shapes, and
 * weights that are made by nodes. */
#include "incremental/translate.h"

#include "base/array.h"
#include "base/error.h"

#include <limits.h>
#include <string.h>

static const size_t MOST_INTS = 4096; /* shapes and indices */

static pp_code set_dims(pp_value *value, const int64_t *dims, size_t n_dims, size_t *n)
{
    const uint64_t MOST = INT32_MAX; /* far more values than there is room for */
    uint64_t product = 1;
    if (n_dims > PP_MAX_DIMS)
        return PP_MODEL;
    for (size_t i = 0; i < n_dims; i++) {
        if (dims[i] < 0 || (dims[i] && product > MOST / (uint64_t)dims[i]))
            return PP_MODEL;
        product *= (uint64_t)dims[i];
        value->dims[i] = dims[i];
    }
    value->n_dims = (int)n_dims;
    *n = (size_t)product;
    return PP_OK;
}

static pp_code new_floats(pp_translation *t, pp_value *value, size_t n, pp_error *err)
{
    pp_code code = pp_reserve(t, &t->constant_floats, n, "constants", err);
    if (code != PP_OK)
        return code;
    value->floats = pp_array_new(n, sizeof *value->floats);
    if (!value->floats)
        return pp_no_memory(err, "constants of the incremental engine");
    value->n = n;
    value->kind = PP_VALUE_FLOATS;
    return PP_OK;
}

pp_code pp_constant_ints(pp_value *value, const int64_t *ints, size_t n, int n_dims, pp_error *err)
{
    value->ints = pp_array_new(n, sizeof *ints);
    if (!value->ints)
        return pp_no_memory(err, "constants of the incremental engine");
    if (n)
        memcpy(value->ints, ints, n * sizeof *ints);
    value->n = n;
    value->n_dims = n_dims;
    value->dims[0] = (int64_t)n;
    value->kind = PP_VALUE_INTS;
    return PP_OK;
}

pp_code pp_constant_of(pp_translation *t, const Onnx__TensorProto *tensor, pp_value *value, pp_error *err)
{
    size_t n;
    if (set_dims(value, tensor->dims, tensor->n_dims, &n) != PP_OK)
        return pp_fail(err, PP_MODEL, "constant '%.100s' has too many or too large dimensions", tensor->name);
    if (pp_onnx_is_float_type(tensor->data_type)) {
        pp_code code = new_floats(t, value, n, err);
        return code == PP_OK ? pp_onnx_read_floats(t->onnx, tensor, value->floats, n, err) : code;
    }
    if (!pp_onnx_is_int_type(tensor->data_type) || n > MOST_INTS)
        return PP_OK; /* of no kind: whoever uses it is refused */
    value->ints = pp_array_new(n, sizeof *value->ints);
    if (!value->ints)
        return pp_no_memory(err, "constants of the incremental engine");
    value->n = n;
    value->kind = PP_VALUE_INTS;
    return pp_onnx_read_ints(t->onnx, tensor, value->ints, n, err);
}

/* ---- Nodes that are constants ------------------------------------------------------------------------------------ */

static pp_code make_constant(pp_translation *t, pp_error *err)
{
    const Onnx__AttributeProto *tensor = pp_onnx_attribute(t->node, "value");
    const Onnx__AttributeProto *number = pp_onnx_attribute(t->node, "value_float");
    const Onnx__AttributeProto *whole = pp_onnx_attribute(t->node, "value_int");
    const Onnx__AttributeProto *wholes = pp_onnx_attribute(t->node, "value_ints");
    pp_value *out = pp_output(t, 0);
    if (tensor && tensor->t)
        return pp_constant_of(t, tensor->t, out, err);
    if (number) {
        pp_code code = new_floats(t, out, 1, err);
        if (code == PP_OK)
            out->floats[0] = number->f;
        return code;
    }
    if (whole)
        return pp_constant_ints(out, &whole->i, 1, 0, err);
    if (wholes && wholes->n_ints <= MOST_INTS)
        return pp_constant_ints(out, wholes->ints, wholes->n_ints, 1, err);
    return pp_refuse(t, err, "holds no tensor or number that is covered");
}

static pp_code fill_constant(pp_translation *t, pp_error *err)
{
    const pp_value *shape = pp_input(t, 0);
    const Onnx__AttributeProto *filling = pp_onnx_attribute(t->node, "value");
    const Onnx__TensorProto *tensor = filling ? filling->t : NULL;
    pp_value *out = pp_output(t, 0);
    float value = 0;
    size_t n;
    if (!shape || shape->kind != PP_VALUE_INTS || set_dims(out, shape->ints, shape->n, &n) != PP_OK)
        return pp_refuse(t, err, "its shape is no constant, or too large");
    if (tensor && (!pp_onnx_is_float_type(tensor->data_type) || pp_onnx_elements(tensor) != 1))
        return pp_refuse(t, err, "fills with something else than one floating-point value");
    pp_code code = tensor ? pp_onnx_read_floats(t->onnx, tensor, &value, 1, err) : PP_OK;
    if (code == PP_OK)
        code = new_floats(t, out, n, err);
    for (size_t i = 0; code == PP_OK && i < n; i++)
        out->floats[i] = value;
    return code;
}

/* The graph's dimensions of a map, as a list. */
static pp_code shape_of_map(pp_translation *t, pp_error *err)
{
    int64_t dims[PP_MAX_DIMS];
    int n = pp_map_dims(t, pp_input(t, 0), dims);
    int64_t start = pp_attr_int(t, "start", 0), end = pp_attr_int(t, "end", n);
    start += start < 0 ? n : 0;
    end += end < 0 ? n : 0;
    if (start < 0 || end > n || start > end)
        return pp_refuse(t, err, "takes a part of the shape that is not there");
    return pp_constant_ints(pp_output(t, 0), dims + start, (size_t)(end - start), 1, err);
}

/* The same numbers under another shape. */
static pp_code copy_constant(pp_translation *t, int n_dims, const int64_t *dims, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    pp_value *out = pp_output(t, 0);
    pp_code code = PP_OK;
    if (in->kind == PP_VALUE_INTS) {
        code = pp_constant_ints(out, in->ints, in->n, n_dims, err);
    } else {
        code = new_floats(t, out, in->n, err);
        if (code == PP_OK)
            memcpy(out->floats, in->floats, in->n * sizeof *in->floats);
    }
    out->n_dims = n_dims;
    for (int i = 0; i < n_dims; i++)
        out->dims[i] = dims[i];
    return code;
}

static pp_code keep_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    return copy_constant(t, in->n_dims, in->dims, err);
}

static pp_code unsqueeze_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t axes[PP_MAX_DIMS], dims[PP_MAX_DIMS];
    int n_axes = pp_list_of(t, "axes", 1, axes, PP_MAX_DIMS), n_dims = in->n_dims + n_axes, from = 0;
    bool added[PP_MAX_DIMS] = { false };
    if (n_axes < 1 || n_dims > PP_MAX_DIMS)
        return pp_refuse(t, err, "its axes are no constant list");
    for (int i = 0; i < n_axes; i++) {
        int axis = pp_axis(axes[i], n_dims);
        if (axis < 0 || added[axis])
            return pp_refuse(t, err, "axis %lld is not possible", (long long)axes[i]);
        added[axis] = true;
    }
    for (int i = 0; i < n_dims; i++)
        dims[i] = added[i] ? 1 : in->dims[from++];
    return copy_constant(t, n_dims, dims, err);
}

static pp_code squeeze_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t dims[PP_MAX_DIMS];
    int n = 0;
    for (int i = 0; i < in->n_dims; i++)
        if (in->dims[i] != 1)
            dims[n++] = in->dims[i];
    if (in->n != 1 && n != in->n_dims - 1)
        return pp_refuse(t, err, "of a constant with several dimensions of 1");
    return copy_constant(t, n, dims, err);
}

static pp_code reshape_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t dims[PP_MAX_DIMS], known = 1;
    int n = pp_list_of(t, "shape", 1, dims, PP_MAX_DIMS), open = -1;
    if (n < 0)
        return pp_refuse(t, err, "its shape is no constant list");
    for (int i = 0; i < n; i++) {
        if (dims[i] == 0 && i < in->n_dims)
            dims[i] = in->dims[i];
        if (dims[i] == -1 && open < 0)
            open = i;
        else if (dims[i] < 0 || dims[i] > INT_MAX || known > INT_MAX)
            return pp_refuse(t, err, "shape %lld is not possible", (long long)dims[i]);
        else
            known *= dims[i];
    }
    if (open >= 0)
        dims[open] = known ? (int64_t)in->n / known : 0;
    if (known * (open >= 0 ? dims[open] : 1) != (int64_t)in->n)
        return pp_refuse(t, err, "shape and number of values do not fit");
    return copy_constant(t, n, dims, err);
}

static pp_code gather_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0), *at = pp_input(t, 1);
    int64_t picked[PP_MAX_DIMS];
    if (in->kind != PP_VALUE_INTS || in->n_dims != 1 || !at || at->kind != PP_VALUE_INTS || at->n_dims > 1 || at->n > PP_MAX_DIMS ||
        pp_attr_int(t, "axis", 0) != 0)
        return pp_refuse(t, err, "is covered for lists of whole numbers only");
    for (size_t i = 0; i < at->n; i++) {
        int64_t index = at->ints[i] + (at->ints[i] < 0 ? (int64_t)in->n : 0);
        if (index < 0 || (size_t)index >= in->n)
            return pp_refuse(t, err, "index %lld of a list of %zu", (long long)at->ints[i], in->n);
        picked[i] = in->ints[index];
    }
    return pp_constant_ints(pp_output(t, 0), picked, at->n, at->n_dims, err);
}

static pp_code concat_constants(pp_translation *t, pp_error *err)
{
    int64_t joined[PP_MAX_DIMS];
    size_t n = 0;
    for (size_t i = 0; i < t->node->n_input; i++) {
        const pp_value *in = pp_input(t, i);
        if (!in || in->kind != PP_VALUE_INTS || in->n_dims != 1 || in->n > PP_MAX_DIMS - n)
            return pp_refuse(t, err, "of constants is covered for short lists of whole numbers only");
        memcpy(joined + n, in->ints, in->n * sizeof *joined);
        n += in->n;
    }
    return pp_constant_ints(pp_output(t, 0), joined, n, 1, err);
}

static pp_code slice_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t start, end, axis, step;
    int n = pp_list_of(t, "starts", 1, &start, 1), m = pp_list_of(t, "ends", 2, &end, 1);
    int n_axes = pp_list_of(t, "axes", 3, &axis, 1), n_steps = pp_list_of(t, "steps", 4, &step, 1);
    if (in->kind != PP_VALUE_INTS || in->n_dims != 1 || n != 1 || m != 1 || (n_axes == 1 && axis != 0) || (n_steps == 1 && step != 1))
        return pp_refuse(t, err, "of a constant is covered for lists of whole numbers only");
    int64_t length = (int64_t)in->n;
    start += start < 0 ? length : 0;
    end = end > length ? length : end + (end < 0 ? length : 0);
    if (start < 0 || end < start || end > length)
        return pp_refuse(t, err, "takes a part of the list that is not there");
    return pp_constant_ints(pp_output(t, 0), in->ints + start, (size_t)(end - start), 1, err);
}

/* A matrix, transposed. */
static pp_code transpose_constant(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    pp_value *out = pp_output(t, 0);
    int64_t order[2] = { 1, 0 };
    size_t n_order = pp_attr_ints(t, "perm", order, 2);
    if (in->kind != PP_VALUE_FLOATS || in->n_dims != 2 || (n_order != 0 && n_order != 2) || order[0] != 1 || order[1] != 0)
        return pp_refuse(t, err, "of a constant is covered for matrices");
    pp_code code = copy_constant(t, 2, (int64_t[]){ in->dims[1], in->dims[0] }, err);
    size_t rows = (size_t)in->dims[0], columns = (size_t)in->dims[1];
    for (size_t i = 0; code == PP_OK && i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            out->floats[j * rows + i] = in->floats[i * columns + j];
    return code;
}

/* Of two lists of whole numbers, or of a list and one number: what shapes are worked out with. */
static pp_code calculate_constant(pp_translation *t, pp_error *err)
{
    static const int64_t MOST = INT64_C(1) << 31;
    const pp_value *a = pp_input(t, 0), *b = pp_input(t, 1);
    char what = *t->node->op_type; /* Add, Sub, Mul, Div */
    int64_t results[PP_MAX_DIMS];
    if (!b || a->kind != PP_VALUE_INTS || b->kind != PP_VALUE_INTS || a->n > PP_MAX_DIMS || (b->n != a->n && b->n != 1) || a->n_dims > 1)
        return pp_refuse(t, err, "of two constants is covered for short lists of whole numbers");
    for (size_t i = 0; i < a->n; i++) {
        int64_t x = a->ints[i], y = b->ints[b->n == 1 ? 0 : i];
        if (x < -MOST || x > MOST || y < -MOST || y > MOST || (what == 'D' && y == 0))
            return pp_refuse(t, err, "of %lld and %lld", (long long)x, (long long)y);
        results[i] = what == 'A' ? x + y : what == 'S' ? x - y : what == 'M' ? x * y : x / y;
    }
    return pp_constant_ints(pp_output(t, 0), results, a->n, a->n_dims, err);
}

static const pp_translator CONSTANTS[] = {
    { "Identity", keep_constant, true },
    { "Cast", keep_constant, true },
    { "Unsqueeze", unsqueeze_constant, true },
    { "Squeeze", squeeze_constant, true },
    { "Reshape", reshape_constant, true },
    { "Gather", gather_constant, true },
    { "Concat", concat_constants, true },
    { "Slice", slice_constant, true },
    { "Transpose", transpose_constant, true },
    { "Add", calculate_constant, true },
    { "Sub", calculate_constant, true },
    { "Mul", calculate_constant, true },
    { "Div", calculate_constant, true },
    { NULL, NULL, false },
};

pp_code pp_translate_constant(pp_translation *t, bool *done, pp_error *err)
{
    const char *op_type = t->node->op_type;
    *done = true;
    if (strcmp(op_type, "Constant") == 0)
        return make_constant(t, err);
    if (strcmp(op_type, "ConstantOfShape") == 0)
        return fill_constant(t, err);
    if (strcmp(op_type, "Shape") == 0 && pp_is_map(pp_input(t, 0)))
        return shape_of_map(t, err);
    bool all_constant = t->node->n_input > 0;
    for (size_t i = 0; i < t->node->n_input; i++)
        all_constant = all_constant && !pp_is_map(pp_input(t, i));
    for (const pp_translator *c = CONSTANTS; all_constant && pp_input(t, 0) && c->op_type; c++)
        if (strcmp(c->op_type, op_type) == 0)
            return c->translate(t, err);
    *done = false;
    return PP_OK;
}
