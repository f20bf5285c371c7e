/* make_model.h - small ONNX models for tests, built in memory and written to a file: no Python and no exporter needed.
 *
 * Everything is on the heap as protobuf-c would have put it there, so that free_model frees it all. Names and shapes
 * are given as words: add_node(model, "Conv", "x w", "y"), add_input(model, "x", 1, "N 3 8 8"); "-" is an empty one. */
#ifndef PP_TESTS_ONNX_MAKE_MODEL_H
#define PP_TESTS_ONNX_MAKE_MODEL_H

#include "support.h"

#include "onnx/onnx_file.h"

#include <string.h>

/* Room for one more pointer at the end of a list. */
static inline void *append(void *list, size_t *n, void *item)
{
    void **grown = realloc(list, (*n + 1) * sizeof *grown);
    assert_non_null(grown);
    grown[(*n)++] = item;
    return grown;
}

static inline char *copy_word(const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

/* The next word of *text, or NULL at its end; moves *text behind it. To be freed. */
static inline char *next_word(const char **text)
{
    *text += strspn(*text, " ");
    size_t n = strcspn(*text, " ");
    char *word = n == 0 ? NULL : copy_word(*text, **text == '-' && n == 1 ? 0 : n);
    *text += n;
    return word;
}

/* A message of this type on the heap, with init (the ..._INIT of the type) in it. */
#define NEW_MESSAGE(type, init) new_message(&(type)init, sizeof(type))

static inline void *new_message(const void *init, size_t size)
{
    void *message = malloc(size);
    assert_non_null(message);
    return memcpy(message, init, size);
}

static inline Onnx__ModelProto *new_model(int64_t opset)
{
    Onnx__ModelProto *model = NEW_MESSAGE(Onnx__ModelProto, ONNX__MODEL_PROTO__INIT);
    Onnx__OperatorSetIdProto *set = NEW_MESSAGE(Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT);
    set->version = opset;
    model->ir_version = 7;
    model->producer_name = copy_word("a test", 6);
    model->opset_import = append(NULL, &model->n_opset_import, set);
    model->graph = NEW_MESSAGE(Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    return model;
}

static inline void free_model(Onnx__ModelProto *model)
{
    onnx__model_proto__free_unpacked(model, NULL);
}

static inline Onnx__NodeProto *add_node(Onnx__ModelProto *model, const char *op_type, const char *inputs,
                                        const char *outputs)
{
    Onnx__NodeProto *node = NEW_MESSAGE(Onnx__NodeProto, ONNX__NODE_PROTO__INIT);
    node->op_type = copy_word(op_type, strlen(op_type));
    for (char *word; (word = next_word(&inputs));)
        node->input = append(node->input, &node->n_input, word);
    for (char *word; (word = next_word(&outputs));)
        node->output = append(node->output, &node->n_output, word);
    model->graph->node = append(model->graph->node, &model->graph->n_node, node);
    return node;
}

static inline Onnx__AttributeProto *add_attribute(Onnx__NodeProto *node, const char *name,
                                                  Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *attribute = NEW_MESSAGE(Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);
    attribute->name = copy_word(name, strlen(name));
    attribute->type = type;
    node->attribute = append(node->attribute, &node->n_attribute, attribute);
    return attribute;
}

static inline void set_int(Onnx__NodeProto *node, const char *name, int64_t value)
{
    add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT)->i = value;
}

/* values: "1 1 2 2" */
static inline void set_ints(Onnx__NodeProto *node, const char *name, const char *values)
{
    Onnx__AttributeProto *attribute = add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    attribute->ints = calloc(8, sizeof *attribute->ints);
    for (char *word; (word = next_word(&values)); free(word))
        attribute->ints[attribute->n_ints++] = strtoll(word, NULL, 10);
}

static inline void set_bytes(ProtobufCBinaryData *bytes, const void *data, size_t n)
{
    bytes->data = (uint8_t *)copy_word(data, n);
    bytes->len = n;
}

/* shape: numbers, and words for open dimensions; NULL: none is stated. */
static inline Onnx__ValueInfoProto *new_value(const char *name, int type, const char *shape)
{
    Onnx__ValueInfoProto *value = NEW_MESSAGE(Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    value->name = copy_word(name, strlen(name));
    value->type = NEW_MESSAGE(Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    value->type->tensor_type = NEW_MESSAGE(Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);
    value->type->tensor_type->elem_type = type;
    if (!shape)
        return value;
    Onnx__TensorShapeProto *stated = NEW_MESSAGE(Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    for (char *word; (word = next_word(&shape));) {
        Onnx__TensorShapeProto__Dimension *dim =
            NEW_MESSAGE(Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
        char *end;
        dim->dim_value = strtoll(word, &end, 10);
        dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        if (*end) {
            dim->dim_param = word;
            dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        } else {
            free(word);
        }
        stated->dim = append(stated->dim, &stated->n_dim, dim);
    }
    value->type->tensor_type->shape = stated;
    return value;
}

static inline void add_input(Onnx__ModelProto *model, const char *name, int type, const char *shape)
{
    Onnx__GraphProto *graph = model->graph;
    graph->input = append(graph->input, &graph->n_input, new_value(name, type, shape));
}

static inline void add_output(Onnx__ModelProto *model, const char *name, const char *shape)
{
    Onnx__GraphProto *graph = model->graph;
    graph->output = append(graph->output, &graph->n_output, new_value(name, PP_ONNX_FLOAT, shape));
}

static inline Onnx__TensorProto *new_tensor(const char *name, int type, const char *dims)
{
    Onnx__TensorProto *tensor = NEW_MESSAGE(Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    tensor->name = copy_word(name, strlen(name));
    tensor->data_type = type;
    tensor->dims = calloc(16, sizeof *tensor->dims);
    for (char *word; (word = next_word(&dims)); free(word))
        tensor->dims[tensor->n_dims++] = strtoll(word, NULL, 10);
    return tensor;
}

/* An initialiser without data: shapes are all that these tests need. */
static inline Onnx__TensorProto *add_weight(Onnx__ModelProto *model, const char *name, int type, const char *dims)
{
    Onnx__TensorProto *tensor = new_tensor(name, type, dims);
    model->graph->initializer = append(model->graph->initializer, &model->graph->n_initializer, tensor);
    return tensor;
}

/* Initialisers with their data, for models that run. */
static inline void add_floats(Onnx__ModelProto *model, const char *name, const char *dims, const float *values, size_t n)
{
    set_bytes(&add_weight(model, name, PP_ONNX_FLOAT, dims)->raw_data, values, n * sizeof *values);
}

/* values: "0 -1" */
static inline void add_int64s(Onnx__ModelProto *model, const char *name, const char *values)
{
    int64_t numbers[8];
    size_t n = 0;
    char dims[8];
    for (char *word; (word = next_word(&values)); free(word))
        numbers[n++] = strtoll(word, NULL, 10);
    snprintf(dims, sizeof dims, "%zu", n);
    set_bytes(&add_weight(model, name, PP_ONNX_INT64, dims)->raw_data, numbers, n * sizeof *numbers);
}

/* One of the pairs that say where the data of a tensor lie. */
static inline void set_external(Onnx__TensorProto *tensor, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *entry =
        NEW_MESSAGE(Onnx__StringStringEntryProto, ONNX__STRING_STRING_ENTRY_PROTO__INIT);
    entry->key = copy_word(key, strlen(key));
    entry->value = copy_word(value, strlen(value));
    tensor->external_data = append(tensor->external_data, &tensor->n_external_data, entry);
    tensor->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

/* x [N, 3, 8, 8] -> Conv -> Relu -> GlobalAveragePool -> Flatten -> Gemm -> Softmax -> Identity -> y [N, 2] */
static inline Onnx__ModelProto *new_classifier(void)
{
    Onnx__ModelProto *model = new_model(13);
    add_input(model, "x", PP_ONNX_FLOAT, "N 3 8 8");
    add_weight(model, "w", PP_ONNX_FLOAT, "4 3 3 3");
    Onnx__TensorProto *dense = add_weight(model, "dense", PP_ONNX_FLOAT, "2 4");
    set_bytes(&dense->raw_data, "0123456789abcdef0123456789abcdef", 32);
    set_ints(add_node(model, "Conv", "x w", "c"), "pads", "1 1 1 1");
    add_node(model, "Relu", "c", "r");
    add_node(model, "GlobalAveragePool", "r", "g");
    add_node(model, "Flatten", "g", "f");
    set_int(add_node(model, "Gemm", "f dense", "z"), "transB", 1);
    set_int(add_node(model, "Softmax", "z", "p"), "axis", 1);
    add_node(model, "Identity", "p", "y");
    add_output(model, "y", "N 2");
    return model;
}

static inline void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* The model's bytes, to be freed. */
static inline uint8_t *pack_model(const Onnx__ModelProto *model, size_t *n)
{
    *n = onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = malloc(*n);
    assert_non_null(bytes);
    assert_int_equal(onnx__model_proto__pack(model, bytes), *n);
    return bytes;
}

static inline void save_model(const Onnx__ModelProto *model, const char *path)
{
    size_t n;
    uint8_t *bytes = pack_model(model, &n);
    write_file(path, bytes, n);
    free(bytes);
}

/* Writes the model into a folder of its own, opens it, and frees model and folder. */
static inline pp_onnx *open_model(Onnx__ModelProto *model)
{
    char folder[256], path[300];
    pp_error err;
    pp_onnx *onnx = NULL;
    new_folder(folder);
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    save_model(model, path);
    pp_code code = pp_onnx_open(&onnx, path, &err);
    remove_folder(folder);
    free_model(model);
    assert_ok(code, err);
    return onnx;
}

#endif
