/* small_model.h - ONNX classifiers that run, with weights known to the test: an image, flattened, times a matrix, and any tail of operators
 * behind. */
#ifndef PP_TESTS_ORACLE_SMALL_MODEL_H
#define PP_TESTS_ORACLE_SMALL_MODEL_H

#include "onnx/make_model.h"
#include "oracle/model.h"

#include "attack/params.h"

#include <math.h>

enum { SMALL_W = 6, SMALL_H = 5, SMALL_MOST = 5 };

typedef struct small_model {
    int type;          /* of the input: PP_ONNX_FLOAT, PP_ONNX_FLOAT16, PP_ONNX_UINT8; 0: float */
    bool nhwc;
    int channels;      /* 0: 3 */
    int n_outputs;     /* 0: 2 */
    const char *batch; /* "N", or a number; NULL: "N" */
    const char *front; /* an operator before the matrix, such as "Relu"; NULL: none */
    const char *tail;  /* operators behind the matrix, "Softmax Identity"; NULL: none */
    int output_type;   /* what a Cast at the end makes of it; 0: there is none */
} small_model;

static inline int small_channels(const small_model *m)
{
    return m->channels ? m->channels : 3;
}

static inline int small_outputs(const small_model *m)
{
    return m->n_outputs ? m->n_outputs : 2;
}

static inline double small_weight(int k, int y, int x, int c)
{
    return 0.3 * sin(1 + k * 7 + y * 3.1 + x * 1.7 + c * 0.9);
}

static inline double small_bias(int k)
{
    return 0.1 * k;
}

/* What the matrix gives, output by output, of an image whose value v of channel c becomes (v * scale - mean) / std. */
static inline void small_logits(const small_model *m, const pp_image *image, const pp_input_plan *plan, double logits[SMALL_MOST])
{
    for (int k = 0; k < small_outputs(m); k++) {
        logits[k] = small_bias(k);
        for (int y = 0; y < SMALL_H; y++)
            for (int x = 0; x < SMALL_W; x++)
                for (int c = 0; c < image->channels; c++) {
                    double v = image->data[(y * SMALL_W + x) * image->channels + c];
                    logits[k] += small_weight(k, y, x, c) * (v * plan->scale - plan->mean[c]) / plan->std[c];
                }
    }
}

/* The matrix in the order in which the input is laid out, transposed: one row for each output. */
static inline void add_matrix(Onnx__ModelProto *model, const small_model *m)
{
    float weights[SMALL_MOST * SMALL_H * SMALL_W * 3], biases[SMALL_MOST];
    char dims[40], n_outputs[8];
    int n = small_outputs(m), n_channels = small_channels(m), size = SMALL_H * SMALL_W * n_channels;
    for (int k = 0; k < n; k++)
        for (int y = 0; y < SMALL_H; y++)
            for (int x = 0; x < SMALL_W; x++)
                for (int c = 0; c < n_channels; c++) {
                    int place = m->nhwc ? (y * SMALL_W + x) * n_channels + c : (c * SMALL_H + y) * SMALL_W + x;
                    weights[k * size + place] = (float)small_weight(k, y, x, c);
                }
    for (int k = 0; k < n; k++)
        biases[k] = (float)small_bias(k);
    snprintf(dims, sizeof dims, "%d %d", n, size);
    snprintf(n_outputs, sizeof n_outputs, "%d", n);
    add_floats(model, "w", dims, weights, (size_t)(n * size));
    add_floats(model, "b", n_outputs, biases, (size_t)n);
}

static inline bool has_weight(const Onnx__ModelProto *model, const char *name)
{
    for (size_t i = 0; i < model->graph->n_initializer; i++)
        if (strcmp(model->graph->initializer[i]->name, name) == 0)
            return true;
    return false;
}

/* One operator of a tail with the further inputs and attributes that it needs. */
static inline void add_tail_node(Onnx__ModelProto *model, const char *op, const char *from, const char *to)
{
    char inputs[100];
    bool over_axis = strcmp(op, "Squeeze") == 0 || strcmp(op, "Unsqueeze") == 0;
    snprintf(inputs, sizeof inputs, "%s%s", from,
             over_axis ? " axis2" : strcmp(op, "Reshape") == 0 ? " shape" : strcmp(op, "Dropout") == 0 ? " ratio training" : "");
    Onnx__NodeProto *node = add_node(model, op, inputs, to);
    if (strcmp(op, "Softmax") == 0 || strcmp(op, "ArgMax") == 0)
        set_int(node, "axis", 1);
    if (over_axis && !has_weight(model, "axis2"))
        add_int64s(model, "axis2", "2");
    if (strcmp(op, "Reshape") == 0)
        add_int64s(model, "shape", "0 -1");
    if (strcmp(op, "Dropout") == 0) { /* in training mode: random */
        Onnx__TensorProto *training = add_weight(model, "training", 9, "");
        set_bytes(&training->raw_data, "\1", 1);
        add_floats(model, "ratio", "", (float[]){ 0.5f }, 1);
    }
}

/* x -> (Cast) -> (front) -> Flatten -> Gemm -> tail -> (Cast) -> y */
static inline Onnx__ModelProto *new_small_model(const small_model *m)
{
    Onnx__ModelProto *model = new_model(13);
    const char *batch = m->batch ? m->batch : "N", *tail = m->tail ? m->tail : "", *image = "x";
    char shape[60], from[20] = "z", to[20];
    const char *last = m->output_type ? "scores" : "y";
    int n_nodes = 0;
    if (m->nhwc)
        snprintf(shape, sizeof shape, "%s %d %d %d", batch, SMALL_H, SMALL_W, small_channels(m));
    else
        snprintf(shape, sizeof shape, "%s %d %d %d", batch, small_channels(m), SMALL_H, SMALL_W);
    add_input(model, "x", m->type ? m->type : PP_ONNX_FLOAT, shape);
    if (m->type && m->type != PP_ONNX_FLOAT) {
        set_int(add_node(model, "Cast", "x", "real"), "to", PP_ONNX_FLOAT);
        image = "real";
    }
    if (m->front) {
        add_node(model, m->front, image, "fronted");
        image = "fronted";
    }
    add_node(model, "Flatten", image, "flat");
    add_matrix(model, m);
    set_int(add_node(model, "Gemm", "flat w b", *tail ? "z" : last), "transB", 1);
    for (char *op; (op = next_word(&tail)); free(op)) {
        snprintf(to, sizeof to, "t%d", n_nodes++);
        add_tail_node(model, op, from, *tail ? to : last);
        snprintf(from, sizeof from, "%s", to);
    }
    if (m->output_type)
        set_int(add_node(model, "Cast", "scores", "y"), "to", m->output_type);
    model->graph->output = append(NULL, &model->graph->n_output, new_value("y", m->output_type ? m->output_type : PP_ONNX_FLOAT, NULL));
    return model;
}

/* Opens the model file with options ("name", "value", ..., NULL; NULL for none), preset unit unless they say otherwise. */
static inline pp_code open_file_with(pp_model **model, const char *path, const char *const *options, pp_error *err)
{
    pp_params *params = NULL;
    assert_ok(pp_params_new(&params, "dgde", err), *err);
    assert_ok(pp_params_set(params, "preset", "unit", err), *err);
    for (; options && *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], err), *err);
    pp_code code = pp_model_open(model, path, params, err);
    pp_params_free(params);
    return code;
}

/* Writes the model into a folder of its own, opens it, and removes the folder. proto is freed. *err names the file "model.onnx". */
static inline pp_code open_proto(pp_model **model, Onnx__ModelProto *proto, const char *const *options, pp_error *err)
{
    char folder[256], path[300];
    new_folder(folder);
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    save_model(proto, path);
    free_model(proto);
    pp_code code = open_file_with(model, path, options, err);
    remove_folder(folder);
    return code;
}

static inline pp_model *open_small_model(const small_model *m, const char *const *options)
{
    pp_model *model = NULL;
    pp_error err;
    assert_ok(open_proto(&model, new_small_model(m), options, &err), err);
    return model;
}

/* An image of the small model's size with values that a seed makes. */
static inline pp_image *small_image(const small_model *m, unsigned seed)
{
    pp_image *image = NULL;
    assert_int_equal(pp_image_new(&image, SMALL_W, SMALL_H, small_channels(m), NULL), PP_OK);
    for (int i = 0; i < SMALL_W * SMALL_H * image->channels; i++)
        image->data[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
    return image;
}

#endif
