/* onnx_count.c - how large a model is: weights, operators, multiply-adds.
 *
 * Multiply-adds are those of convolutions and matrix products, as papers count them; what other operators compute is
 * left out. */
#include "base/array.h"
#include "base/error.h"
#include "onnx/onnx_parts.h"

#include <string.h>

/* Nodes between an initialiser and the operator that uses it. */
#define LONGEST_WAY 8

/* A shape; n < 0 where it is not known. */
typedef struct shape {
    int n;
    int64_t dims[8];
} shape;

static const shape UNKNOWN = { .n = -1 };

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

/* int64 tensors are shapes and indices. */
static bool is_weight_type(int type)
{
    enum { STRING = 8, BOOL = 9 };
    return type != PP_ONNX_INT64 && type != STRING && type != BOOL;
}

static uint64_t count_tensor(const Onnx__TensorProto *tensor)
{
    return is_weight_type(tensor->data_type) ? pp_onnx_elements(tensor) : 0;
}

static uint64_t count_constant(const Onnx__NodeProto *node)
{
    const Onnx__AttributeProto *value = pp_onnx_attribute(node, "value");
    const Onnx__AttributeProto *floats = pp_onnx_attribute(node, "value_floats");
    if (value && value->t)
        return count_tensor(value->t);
    return floats ? floats->n_floats : pp_onnx_attribute(node, "value_float") != NULL;
}

static shape filled_shape(const pp_onnx *onnx, const Onnx__NodeProto *node)
{
    const Onnx__TensorProto *sizes = node->n_input ? pp_onnx_initializer(onnx, node->input[0]) : NULL;
    shape found = UNKNOWN;
    if (sizes && sizes->n_dims == 1)
        found.n = pp_onnx_read_int64s(sizes, found.dims, 8);
    return found;
}

/* Models without their weights have these in place of them. */
static uint64_t count_filled(const pp_onnx *onnx, const Onnx__NodeProto *node)
{
    const Onnx__AttributeProto *value = pp_onnx_attribute(node, "value");
    shape filled = filled_shape(onnx, node);
    if (filled.n < 0 || (value && value->t && !is_weight_type(value->t->data_type)))
        return 0;
    uint64_t n = 1;
    for (int i = 0; i < filled.n; i++)
        n = pp_onnx_times(n, filled.dims[i] > 0 ? (uint64_t)filled.dims[i] : 0);
    return n;
}

uint64_t pp_onnx_parameters(const pp_onnx *onnx)
{
    uint64_t n = 0;
    for (size_t i = 0; i < onnx->graph->n_initializer; i++)
        n = pp_onnx_plus(n, count_tensor(onnx->graph->initializer[i]));
    for (size_t i = 0; i < onnx->graph->n_node; i++) {
        const Onnx__NodeProto *node = onnx->graph->node[i];
        if (pp_onnx_is_op(node, "Constant"))
            n = pp_onnx_plus(n, count_constant(node));
        else if (pp_onnx_is_op(node, "ConstantOfShape"))
            n = pp_onnx_plus(n, count_filled(onnx, node));
    }
    return n;
}

/* ---- Operators --------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const pp_onnx_op *)a)->name, ((const pp_onnx_op *)b)->name);
}

static int compare_counts(const void *a, const void *b)
{
    const pp_onnx_op *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->name, y->name);
}

pp_code pp_onnx_operators(const pp_onnx *onnx, pp_onnx_op **ops, size_t *n_ops, pp_error *err)
{
    size_t n_nodes = onnx->graph->n_node, n = 0;
    pp_onnx_op *found = pp_array_new(n_nodes, sizeof *found);
    if (!found)
        return pp_no_memory(err, "the list of operators");
    for (size_t i = 0; i < n_nodes; i++)
        found[i] = (pp_onnx_op){ onnx->graph->node[i]->op_type, 1 };
    qsort(found, n_nodes, sizeof *found, compare_names);
    for (size_t i = 0; i < n_nodes; i++) {
        if (n && strcmp(found[n - 1].name, found[i].name) == 0)
            found[n - 1].count++;
        else
            found[n++] = found[i];
    }
    qsort(found, n, sizeof *found, compare_counts);
    *ops = found;
    *n_ops = n;
    return PP_OK;
}

/* ---- Multiply-adds ----------------------------------------------------------------------------------------------- */

static shape shape_of_tensor(const Onnx__TensorProto *tensor)
{
    shape found = UNKNOWN;
    if (tensor->n_dims > 8)
        return found;
    found.n = (int)tensor->n_dims;
    for (size_t i = 0; i < tensor->n_dims; i++)
        found.dims[i] = tensor->dims[i];
    return found;
}

static bool keeps_shape(const Onnx__NodeProto *node)
{
    return pp_onnx_is_op(node, "Identity") || pp_onnx_is_op(node, "Cast") || pp_onnx_is_op(node, "DequantizeLinear") ||
           pp_onnx_is_op(node, "QuantizeLinear");
}

/* Of a weight: an initialiser, a constant, or one of these converted on the way. */
static shape shape_of_weight(const pp_onnx *onnx, const char *name)
{
    for (int i = 0; i < LONGEST_WAY; i++) {
        size_t output;
        const Onnx__TensorProto *tensor = pp_onnx_initializer(onnx, name);
        const Onnx__NodeProto *node = tensor ? NULL : pp_onnx_producer(onnx, name, &output);
        const Onnx__AttributeProto *value = node ? pp_onnx_attribute(node, "value") : NULL;
        if (tensor)
            return shape_of_tensor(tensor);
        if (node && pp_onnx_is_op(node, "Constant") && value && value->t)
            return shape_of_tensor(value->t);
        if (node && pp_onnx_is_op(node, "ConstantOfShape"))
            return filled_shape(onnx, node);
        if (!node || !keeps_shape(node) || node->n_input == 0)
            break;
        name = node->input[0];
    }
    return UNKNOWN;
}

static shape shape_of_input(const pp_onnx *onnx, const Onnx__NodeProto *node, size_t index)
{
    if (index >= node->n_input || *node->input[index] == '\0')
        return UNKNOWN;
    shape found = shape_of_weight(onnx, node->input[index]);
    if (found.n < 0) {
        int n = pp_onnx_stated_shape(onnx, node->input[index], found.dims);
        found.n = n ? n : -1;
    }
    return found;
}

/* dims[from] * dims[from + 1] * ...; 0 if one of them is not known. */
static uint64_t product(const int64_t *dims, int from, int n)
{
    uint64_t result = 1;
    for (int i = from; i < n; i++)
        result = pp_onnx_times(result, dims[i] > 0 ? (uint64_t)dims[i] : 0);
    return result;
}

/* Weights M x C/groups x kernel; output N x M x place. Each output value sums over C/groups x kernel. */
static uint64_t count_convolution(const shape *weight, const int64_t *output, int n)
{
    if (weight->n < 3 || n != weight->n)
        return 0;
    return pp_onnx_times(product(output, 1, n), product(weight->dims, 1, weight->n));
}

static int64_t int_at(const Onnx__NodeProto *node, const char *name, size_t i, int64_t fallback)
{
    const Onnx__AttributeProto *attribute = pp_onnx_attribute(node, name);
    return attribute && i < attribute->n_ints ? attribute->ints[i] : fallback;
}

/* Length of the input along one axis, from that of the output: output = stride * (input - 1) + output_padding +
 * (kernel - 1) * dilation + 1 - pads, or stride * input where pads are automatic. */
static uint64_t transposed_input_length(const Onnx__NodeProto *node, int axis, int n_axes, int64_t kernel,
                                        int64_t output)
{
    const int64_t LARGEST = INT64_C(1) << 31; /* of anything here: sums cannot overflow then */
    size_t at = (size_t)axis;
    int64_t stride = int_at(node, "strides", at, 1), dilation = int_at(node, "dilations", at, 1);
    int64_t before = int_at(node, "pads", at, 0), after = int_at(node, "pads", at + (size_t)n_axes, 0);
    int64_t extra = int_at(node, "output_padding", at, 0);
    int64_t all[] = { stride, dilation, before, after, extra, kernel, output };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] < 0 || all[i] > LARGEST)
            return 0;
    if (stride == 0 || kernel == 0)
        return 0;
    const Onnx__AttributeProto *automatic = pp_onnx_attribute(node, "auto_pad");
    bool same = automatic && automatic->s.len >= 4 && memcmp(automatic->s.data, "SAME", 4) == 0;
    if (same || pp_onnx_attribute(node, "output_shape"))
        return (uint64_t)((output + stride - 1) / stride);
    int64_t span = output - extra + before + after - 1;
    uint64_t reach = pp_onnx_times((uint64_t)(kernel - 1), (uint64_t)dilation);
    return span < 0 || reach > (uint64_t)span ? 0 : ((uint64_t)span - reach) / (uint64_t)stride + 1;
}

/* Weights C x M/groups x kernel. Each input value goes into M/groups x kernel sums, those that padding cuts off
 * included. */
static uint64_t count_transposed(const Onnx__NodeProto *node, const shape *weight, const int64_t *output, int n)
{
    if (weight->n < 3 || n != weight->n)
        return 0;
    uint64_t result = product(weight->dims, 0, weight->n);
    for (int d = 2; d < n; d++)
        result = pp_onnx_times(result, transposed_input_length(node, d - 2, n - 2, weight->dims[d], output[d]));
    return result;
}

static uint64_t count_gemm(const Onnx__NodeProto *node, const shape *a, const shape *b, const int64_t *output, int n)
{
    const Onnx__AttributeProto *trans_a = pp_onnx_attribute(node, "transA");
    const Onnx__AttributeProto *trans_b = pp_onnx_attribute(node, "transB");
    if (n != 2)
        return 0;
    int64_t summed = 0;
    if (b->n == 2)
        summed = b->dims[trans_b && trans_b->i ? 1 : 0];
    else if (a->n == 2)
        summed = a->dims[trans_a && trans_a->i ? 0 : 1];
    return summed > 0 ? pp_onnx_times(product(output, 0, n), (uint64_t)summed) : 0;
}

/* The sum goes over the last axis of a and the last but one of b. */
static uint64_t count_matrix_product(const shape *a, const shape *b, const int64_t *output, int n)
{
    int64_t summed = 0;
    if (b->n >= 1)
        summed = b->dims[b->n >= 2 ? b->n - 2 : 0];
    if (summed <= 0 && a->n >= 1)
        summed = a->dims[a->n - 1];
    return summed > 0 ? pp_onnx_times(product(output, 0, n), (uint64_t)summed) : 0;
}

static bool is_any(const Onnx__NodeProto *node, const char *op_type, const char *or_op_type)
{
    return pp_onnx_is_op(node, op_type) || pp_onnx_is_op(node, or_op_type);
}

uint64_t pp_onnx_node_multiply_adds(const pp_onnx *onnx, const Onnx__NodeProto *node, const int64_t *output_dims,
                                    int n_dims)
{
    if (n_dims < 1 || n_dims > 8)
        return 0;
    int64_t output[8];
    memcpy(output, output_dims, (size_t)n_dims * sizeof *output);
    if (output[0] < 0) /* the batch */
        output[0] = 1;
    bool quantised = is_any(node, "QLinearConv", "QLinearMatMul"); /* operands are followed by scale and zero point */
    shape a = shape_of_input(onnx, node, 0), b = shape_of_input(onnx, node, quantised ? 3 : 1);
    if (is_any(node, "Conv", "ConvInteger") || pp_onnx_is_op(node, "QLinearConv"))
        return count_convolution(&b, output, n_dims);
    if (pp_onnx_is_op(node, "ConvTranspose"))
        return count_transposed(node, &b, output, n_dims);
    if (pp_onnx_is_op(node, "Gemm"))
        return count_gemm(node, &a, &b, output, n_dims);
    if (is_any(node, "MatMul", "MatMulInteger") || pp_onnx_is_op(node, "QLinearMatMul"))
        return count_matrix_product(&a, &b, output, n_dims);
    return 0;
}
