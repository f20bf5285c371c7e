/* onnx_graph.c - questions about the graph of a model: its input, its outputs, how it ends, and what an initialiser or
 * an attribute is.
 *
 * Names are looked up by going through the lists: the graphs have hundreds of nodes, and each is asked about a few
 * times. A walk through the graph is bounded, since nothing keeps a hostile file from having cycles. */
#include "base/array.h"
#include "base/error.h"
#include "onnx/onnx_parts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Nodes looked through behind the last one that computes. */
#define LONGEST_TAIL 64

/* ---- Names ------------------------------------------------------------------------------------------------------- */

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

const Onnx__NodeProto *pp_onnx_producer(const pp_onnx *onnx, const char *name, size_t *output)
{
    if (*name == '\0') /* how an output that is not wanted is written */
        return NULL;
    for (size_t i = 0; i < onnx->graph->n_node; i++) {
        const Onnx__NodeProto *node = onnx->graph->node[i];
        for (*output = 0; *output < node->n_output; ++*output)
            if (strcmp(node->output[*output], name) == 0)
                return node;
    }
    return NULL;
}

static bool is_standard_domain(const char *domain)
{
    return *domain == '\0' || strcmp(domain, "ai.onnx") == 0;
}

bool pp_onnx_is_op(const Onnx__NodeProto *node, const char *op_type)
{
    return is_standard_domain(node->domain) && strcmp(node->op_type, op_type) == 0;
}

int64_t pp_onnx_opset(const pp_onnx *onnx)
{
    for (size_t i = 0; i < onnx->proto->n_opset_import; i++)
        if (is_standard_domain(onnx->proto->opset_import[i]->domain))
            return onnx->proto->opset_import[i]->version;
    return 1;
}

static const Onnx__ValueInfoProto *find_value(Onnx__ValueInfoProto *const *values, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(values[i]->name, name) == 0)
            return values[i];
    return NULL;
}

/* ---- Inputs and outputs ------------------------------------------------------------------------------------------ */

/* NULL where the type or the shape is not stated, or where the value is not a tensor. */
static const Onnx__TensorShapeProto *shape_of(const Onnx__ValueInfoProto *value)
{
    return value && value->type && value->type->tensor_type ? value->type->tensor_type->shape : NULL;
}

/* Sizes of 0 and below are what some exporters write for "open". */
static int64_t read_dim(const Onnx__TensorShapeProto__Dimension *dim)
{
    bool stated = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    return stated && dim->dim_value > 0 ? dim->dim_value : -1;
}

static pp_code read_port(const pp_onnx *onnx, const Onnx__ValueInfoProto *value, const char *kind, pp_onnx_port *port,
                         pp_error *err)
{
    const Onnx__TensorShapeProto *shape = shape_of(value);
    pp_onnx_port read = { .name = value->name };
    if (*value->name == '\0')
        return pp_fail(err, PP_MODEL, "%s: its %s has no name", onnx->path, kind);
    if (value->type && value->type->tensor_type)
        read.type = value->type->tensor_type->elem_type;
    size_t n = shape ? shape->n_dim : 0;
    if (n > sizeof read.dims / sizeof *read.dims)
        return pp_fail(err, PP_MODEL, "%s: %s '%s' has %zu dimensions; expected at most 8", onnx->path, kind,
                       value->name, n);
    read.n_dims = (int)n;
    for (size_t i = 0; i < n; i++) {
        read.dims[i] = read_dim(shape->dim[i]);
        if (read.dims[i] > INT_MAX)
            return pp_fail(err, PP_MODEL, "%s: %s '%s' has a dimension of %lld, which is too large", onnx->path, kind,
                           value->name, (long long)read.dims[i]);
    }
    *port = read;
    return PP_OK;
}

/* "'a', 'b'", cut off where the room ends. */
static void add_name(char *list, size_t size, const char *name)
{
    size_t n = strlen(list);
    snprintf(list + n, size - n, "%s'%s'", n ? ", " : "", name);
}

pp_code pp_onnx_image_input(const pp_onnx *onnx, pp_onnx_port *input, pp_error *err)
{
    const Onnx__GraphProto *graph = onnx->graph;
    const Onnx__ValueInfoProto *found = NULL;
    char names[512] = "";
    size_t n = 0;
    for (size_t i = 0; i < graph->n_input; i++) {
        if (pp_onnx_initializer(onnx, graph->input[i]->name))
            continue;
        found = graph->input[i];
        add_name(names, sizeof names, found->name);
        n++;
    }
    if (n == 0)
        return pp_fail(err, PP_MODEL, "%s: has no input; expected one that takes the image", onnx->path);
    if (n > 1)
        return pp_fail(err, PP_MODEL, "%s: has %zu inputs; expected one, the image: export it with the others fixed. "
                       "They are %s", onnx->path, n, names);
    return read_port(onnx, found, "input", input, err);
}

pp_code pp_onnx_first_output(const pp_onnx *onnx, pp_onnx_port *output, pp_error *err)
{
    if (onnx->graph->n_output == 0)
        return pp_fail(err, PP_MODEL, "%s: has no output; expected the classes' scores", onnx->path);
    return read_port(onnx, onnx->graph->output[0], "output", output, err);
}

int pp_onnx_stated_shape(const pp_onnx *onnx, const char *name, int64_t dims[8])
{
    const Onnx__GraphProto *graph = onnx->graph;
    const Onnx__TensorShapeProto *shape = shape_of(find_value(graph->value_info, graph->n_value_info, name));
    if (!shape)
        shape = shape_of(find_value(graph->output, graph->n_output, name));
    if (!shape)
        shape = shape_of(find_value(graph->input, graph->n_input, name));
    if (!shape || shape->n_dim > 8)
        return 0;
    for (size_t i = 0; i < shape->n_dim; i++)
        dims[i] = read_dim(shape->dim[i]);
    return (int)shape->n_dim;
}

/* ---- How the graph ends ------------------------------------------------------------------------------------------ */

/* What leaves the values as they are: only their shape or type changes. At inference Dropout does nothing. Transpose
 * is not here: with it, another axis than the last could be the one of the classes. */
static bool keeps_values(const Onnx__NodeProto *node)
{
    static const char *const NAMES[] = { "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast", "Dropout" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (pp_onnx_is_op(node, NAMES[i]))
            return node->n_input > 0;
    return pp_onnx_is_op(node, "Concat") && node->n_input == 1;
}

/* Shape of what enters a Softmax, which is also that of what leaves it; 0 where it cannot be told. */
static int shape_of_softmax(const pp_onnx *onnx, const Onnx__NodeProto *node, int64_t dims[8])
{
    size_t index;
    int n = pp_onnx_stated_shape(onnx, node->input[0], dims);
    if (n == 0)
        n = pp_onnx_stated_shape(onnx, node->output[0], dims);
    const Onnx__NodeProto *before = n ? NULL : pp_onnx_producer(onnx, node->input[0], &index);
    if (before && (pp_onnx_is_op(before, "Gemm") || pp_onnx_is_op(before, "Flatten"))) {
        dims[0] = dims[1] = -1;
        n = 2;
    }
    return n;
}

/* Whether the classes' values, all of one image's, are what adds up to 1. Before opset 13 the sum went over all
 * dimensions from the axis on. Dimensions that are left out of the sum, besides the batch, must not hold more than one
 * value. */
static bool is_over_classes(const pp_onnx *onnx, const Onnx__NodeProto *node)
{
    const Onnx__AttributeProto *attribute = pp_onnx_attribute(node, "axis");
    bool flattens = pp_onnx_opset(onnx) < 13;
    int64_t axis = attribute ? attribute->i : flattens ? 1 : -1;
    int64_t dims[8];
    int n = shape_of_softmax(onnx, node, dims);
    if (n == 0) /* as exporters write it for N x K */
        return axis == 1 || axis == -1;
    if (axis < 0)
        axis += n;
    if (axis < 0 || axis >= n || (axis == 0 && n > 1))
        return false;
    for (int d = 1; d < n; d++) {
        bool summed = d == axis || (flattens && d > axis);
        bool may_be_one = dims[d] == 1 || (dims[d] < 0 && axis == n - 1);
        if (!summed && !may_be_one)
            return false;
    }
    return true;
}

pp_onnx_head pp_onnx_find_head(const pp_onnx *onnx, const char *output)
{
    pp_onnx_head head = { PP_ACTIVATION_NONE, NULL, "" };
    size_t index;
    const Onnx__NodeProto *node = pp_onnx_producer(onnx, output, &index);
    for (int i = 0; i < LONGEST_TAIL && node && index == 0 && keeps_values(node); i++)
        node = pp_onnx_producer(onnx, node->input[0], &index);
    if (!node)
        return head;
    head.last_op = node->op_type;
    if (node->n_input == 0 || *node->input[0] == '\0' || index != 0)
        return head;
    if (pp_onnx_is_op(node, "Sigmoid"))
        head.activation = PP_ACTIVATION_SIGMOID;
    else if (pp_onnx_is_op(node, "Softmax") && is_over_classes(onnx, node))
        head.activation = PP_ACTIVATION_SOFTMAX;
    if (head.activation != PP_ACTIVATION_NONE)
        head.logits = node->input[0];
    return head;
}

/* ---- Further outputs --------------------------------------------------------------------------------------------- */

static bool is_known(const pp_onnx *onnx, const char *name)
{
    size_t index;
    return *name && (pp_onnx_producer(onnx, name, &index) || pp_onnx_initializer(onnx, name) ||
                     find_value(onnx->graph->input, onnx->graph->n_input, name));
}

static bool is_among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A model that holds a graph that holds outputs: the tail to be put behind the file. */
static size_t pack_outputs(Onnx__ValueInfoProto **outputs, size_t n, uint8_t *bytes)
{
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    graph.output = outputs;
    graph.n_output = n;
    model.graph = &graph;
    return bytes ? onnx__model_proto__pack(&model, bytes) : onnx__model_proto__get_packed_size(&model);
}

static pp_code append_outputs(const pp_onnx *onnx, Onnx__ValueInfoProto **outputs, size_t n, uint8_t **bytes,
                              size_t *n_bytes, pp_error *err)
{
    size_t n_tail = n ? pack_outputs(outputs, n, NULL) : 0;
    uint8_t *joined = malloc(onnx->n_bytes + n_tail);
    if (!joined)
        return pp_no_memory(err, onnx->path);
    memcpy(joined, onnx->bytes, onnx->n_bytes);
    if (n_tail)
        pack_outputs(outputs, n, joined + onnx->n_bytes);
    *bytes = joined;
    *n_bytes = onnx->n_bytes + n_tail;
    return PP_OK;
}

pp_code pp_onnx_with_outputs(const pp_onnx *onnx, const char *const *names, size_t n, uint8_t **bytes, size_t *n_bytes,
                             pp_error *err)
{
    Onnx__ValueInfoProto *values = pp_array_new(n, sizeof *values);
    Onnx__ValueInfoProto **outputs = pp_array_new(n, sizeof *outputs);
    pp_code code = values && outputs ? PP_OK : pp_no_memory(err, onnx->path);
    size_t n_new = 0;
    for (size_t i = 0; i < n && code == PP_OK; i++) {
        if (!is_known(onnx, names[i]))
            code = pp_fail(err, PP_MODEL, "%s: has no tensor '%s' to read", onnx->path, names[i]);
        if (find_value(onnx->graph->output, onnx->graph->n_output, names[i]) || is_among(names, i, names[i]))
            continue;
        onnx__value_info_proto__init(&values[n_new]);
        values[n_new].name = (char *)(uintptr_t)names[i]; /* only read */
        outputs[n_new] = &values[n_new];
        n_new++;
    }
    if (code == PP_OK)
        code = append_outputs(onnx, outputs, n_new, bytes, n_bytes, err);
    free(outputs);
    free(values);
    return code;
}
