/* onnx_graph.c - what is asked of a graph: its input and output, how it ends, what it is made of. */
#include "base/array.h"
#include "base/error.h"
#include "onnx/onnx_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOOK_BACK = 32 }; /* nodes that are looked through behind the last one that computes: also ends cycles */

const char *pp_onnx_type_name(int type)
{
    static const char *const NAMES[] = { "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string",
                                         "bool", "float16", "float64", "uint32", "uint64" };
    return type >= 0 && (size_t)type < sizeof NAMES / sizeof *NAMES ? NAMES[type] : "unknown";
}

const Onnx__TensorProto *pp_onnx_initializer(const pp_onnx *onnx, const char *name)
{
    for (size_t i = 0; i < onnx->graph->n_initializer; i++)
        if (strcmp(onnx->graph->initializer[i]->name, name) == 0)
            return onnx->graph->initializer[i];
    return NULL;
}

const Onnx__AttributeProto *pp_onnx_attribute(const Onnx__NodeProto *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (strcmp(node->attribute[i]->name, name) == 0)
            return node->attribute[i];
    return NULL;
}

/* ---- Input and output -------------------------------------------------------------------------------------------- */

static void read_port(pp_onnx_port *port, const Onnx__ValueInfoProto *value)
{
    *port = (pp_onnx_port){ .name = value->name };
    const Onnx__TypeProto__Tensor *tensor = value->type ? value->type->tensor_type : NULL;
    if (!tensor)
        return;
    port->type = tensor->elem_type;
    size_t n = tensor->shape ? tensor->shape->n_dim : 0;
    port->n_dims = n > 8 ? 9 : (int)n; /* 9: too many for anything we know */
    for (int i = 0; i < port->n_dims && i < 8; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = tensor->shape->dim[i];
        bool stated = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && dim->dim_value > 0;
        port->dims[i] = stated ? dim->dim_value : -1;
    }
}

pp_code pp_onnx_image_input(const pp_onnx *onnx, pp_onnx_port *input, pp_error *err)
{
    const Onnx__ValueInfoProto *found = NULL;
    for (size_t i = 0; i < onnx->graph->n_input; i++) {
        const Onnx__ValueInfoProto *value = onnx->graph->input[i];
        if (pp_onnx_initializer(onnx, value->name))
            continue;
        if (found)
            return pp_fail(err, PP_MODEL, "%s: has several inputs ('%s', '%s'); expected one image", onnx->path, found->name,
                           value->name);
        found = value;
    }
    if (!found)
        return pp_fail(err, PP_MODEL, "%s: has no input; expected one image", onnx->path);
    read_port(input, found);
    return PP_OK;
}

pp_code pp_onnx_first_output(const pp_onnx *onnx, pp_onnx_port *output, pp_error *err)
{
    if (onnx->graph->n_output == 0)
        return pp_fail(err, PP_MODEL, "%s: has no output", onnx->path);
    read_port(output, onnx->graph->output[0]);
    return PP_OK;
}

/* ---- How the graph ends ------------------------------------------------------------------------------------------ */

static const Onnx__NodeProto *producer(const pp_onnx *onnx, const char *tensor)
{
    for (size_t i = 0; i < onnx->graph->n_node; i++)
        for (size_t k = 0; k < onnx->graph->node[i]->n_output; k++)
            if (strcmp(onnx->graph->node[i]->output[k], tensor) == 0)
                return onnx->graph->node[i];
    return NULL;
}

/* Nodes that only hand their first input on, maybe in another shape. */
static bool hands_on(const Onnx__NodeProto *node)
{
    static const char *const NAMES[] = { "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast", "Dropout" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(node->op_type, NAMES[i]) == 0)
            return node->n_input > 0;
    return strcmp(node->op_type, "Concat") == 0 && node->n_input == 1;
}

/* Whether a Softmax is over the classes: the last axis, or axis 1 as older opsets have it. */
static bool is_over_classes(const Onnx__NodeProto *node)
{
    const Onnx__AttributeProto *axis = pp_onnx_attribute(node, "axis");
    return !axis || axis->i == -1 || axis->i == 1;
}

pp_onnx_head pp_onnx_find_head(const pp_onnx *onnx, const char *output)
{
    pp_onnx_head head = { .activation = PP_ACTIVATION_NONE, .last_op = "" };
    const Onnx__NodeProto *node = producer(onnx, output);
    for (int i = 0; node && hands_on(node) && i < MAX_LOOK_BACK; i++)
        node = producer(onnx, node->input[0]);
    if (!node)
        return head;
    head.last_op = node->op_type;
    bool softmax = strcmp(node->op_type, "Softmax") == 0 && is_over_classes(node);
    if (node->n_input == 1 && (softmax || strcmp(node->op_type, "Sigmoid") == 0)) {
        head.activation = softmax ? PP_ACTIVATION_SOFTMAX : PP_ACTIVATION_SIGMOID;
        head.logits = node->input[0];
    }
    return head;
}

/* ---- What it is made of ------------------------------------------------------------------------------------------ */

static uint64_t saturating_multiply(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t saturating_add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t count_elements(const Onnx__TensorProto *tensor)
{
    uint64_t n = 1;
    for (size_t i = 0; i < tensor->n_dims; i++)
        n = tensor->dims[i] < 0 ? 0 : saturating_multiply(n, (uint64_t)tensor->dims[i]);
    return n;
}

uint64_t pp_onnx_parameters(const pp_onnx *onnx)
{
    uint64_t n = 0;
    for (size_t i = 0; i < onnx->graph->n_initializer; i++)
        n = saturating_add(n, count_elements(onnx->graph->initializer[i]));
    for (size_t i = 0; i < onnx->graph->n_node; i++) {
        const Onnx__NodeProto *node = onnx->graph->node[i];
        const Onnx__AttributeProto *value = pp_onnx_attribute(node, "value");
        if (strcmp(node->op_type, "Constant") == 0 && value && value->t)
            n = saturating_add(n, count_elements(value->t));
    }
    return n;
}

static int by_count_then_name(const void *left, const void *right)
{
    const pp_onnx_op *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

pp_code pp_onnx_operators(const pp_onnx *onnx, pp_onnx_op **ops, size_t *n_ops, pp_error *err)
{
    pp_onnx_op *made = pp_array_new(onnx->graph->n_node, sizeof *made);
    size_t n = 0;
    if (!made)
        return pp_no_memory(err, "operators");
    for (size_t i = 0; i < onnx->graph->n_node; i++) {
        const char *name = onnx->graph->node[i]->op_type;
        size_t k = 0;
        while (k < n && strcmp(made[k].name, name) != 0)
            k++;
        if (k == n)
            made[n++].name = name;
        made[k].count++;
    }
    qsort(made, n, sizeof *made, by_count_then_name);
    *ops = made;
    *n_ops = n;
    return PP_OK;
}

static uint64_t product(const int64_t *dims, int n_dims)
{
    uint64_t n = 1;
    for (int i = 0; i < n_dims; i++)
        n = saturating_multiply(n, dims[i] > 0 ? (uint64_t)dims[i] : 0);
    return n;
}

uint64_t pp_onnx_node_multiply_adds(const pp_onnx *onnx, const Onnx__NodeProto *node, const int64_t *output_dims, int n_dims)
{
    const Onnx__TensorProto *weights = node->n_input > 1 ? pp_onnx_initializer(onnx, node->input[1]) : NULL;
    if (!weights || weights->n_dims < 2 || n_dims < 1)
        return 0;
    uint64_t n_outputs = product(output_dims, n_dims);
    if (strcmp(node->op_type, "Conv") == 0) /* weights M x C/group x kernel: each output sums C/group x kernel products */
        return weights->dims[0] > 0 ? saturating_multiply(n_outputs, count_elements(weights) / (uint64_t)weights->dims[0]) : 0;
    if (strcmp(node->op_type, "Gemm") == 0) {
        const Onnx__AttributeProto *transposed = pp_onnx_attribute(node, "transB");
        int64_t depth = transposed && transposed->i ? weights->dims[1] : weights->dims[0];
        return depth > 0 ? saturating_multiply(n_outputs, (uint64_t)depth) : 0;
    }
    if (strcmp(node->op_type, "MatMul") == 0) {
        int64_t depth = weights->dims[weights->n_dims - 2];
        return depth > 0 ? saturating_multiply(n_outputs, (uint64_t)depth) : 0;
    }
    return 0;
}
