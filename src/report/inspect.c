/* inspect.c - what was found out about a model: inputs, outputs, classes, preprocessing, operators, parameters, multiply-adds.
 *
 * Multiply-adds need the shapes inside the graph: ONNX Runtime is asked for every product's output as a further output, once. */
#include "base/array.h"
#include "base/error.h"
#include "onnx/onnx_file.h"
#include "oracle/model.h"
#include "report/format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct inspection {
    const pp_model *model;
    pp_onnx *onnx; /* NULL for a function of the caller's */
    pp_onnx_port input, output;
    pp_onnx_op *ops;
    size_t n_ops;
    uint64_t parameters, multiply_adds;
    bool counted; /* multiply_adds is known */
} inspection;

static bool is_product(const Onnx__NodeProto *node)
{
    return node->n_output > 0 && (strcmp(node->op_type, "Conv") == 0 || strcmp(node->op_type, "Gemm") == 0 ||
                                  strcmp(node->op_type, "MatMul") == 0);
}

/* Runs the model once with every product's output shown. */
static pp_code count_multiply_adds(inspection *in, pp_error *err)
{
    const Onnx__GraphProto *graph = in->onnx->graph;
    const pp_model *model = in->model;
    size_t n = 0, n_outputs, n_bytes;
    const char **names = pp_array_new(graph->n_node, sizeof *names);
    const Onnx__NodeProto **nodes = pp_array_new(graph->n_node, sizeof *nodes);
    int64_t *dims = pp_array_new(graph->n_node, 8 * sizeof *dims);
    int *n_dims = pp_array_new(graph->n_node, sizeof *n_dims);
    uint8_t *bytes = NULL;
    void *state = NULL;
    pp_code code = names && nodes && dims && n_dims ? PP_OK : pp_no_memory(err, "shapes");
    for (size_t i = 0; code == PP_OK && i < graph->n_node; i++)
        if (is_product(graph->node[i])) {
            nodes[n] = graph->node[i];
            names[n++] = graph->node[i]->output[0];
        }
    if (code == PP_OK)
        code = pp_onnx_with_outputs(in->onnx, names, n, &bytes, &n_bytes, err);
    if (code == PP_OK) {
        pp_onnx_session session = {
            .path = model->path, .bytes = bytes, .n_bytes = n_bytes, .external_folder = in->onnx->n_external ? in->onnx->folder : NULL,
            .input = model->input_name, .output = in->output.name, .fixed_batch = in->input.dims[0] > 0 ? in->input.dims[0] : 0,
            .n_threads = 1, .batch = 1, .plan = model->plan,
        };
        code = pp_onnxruntime_open(&state, &session, &n_outputs, err);
    }
    if (code == PP_OK)
        code = pp_onnxruntime_shapes(state, names, n, dims, n_dims, err);
    uint64_t batch = in->input.dims[0] > 0 ? (uint64_t)in->input.dims[0] : 1;
    for (size_t i = 0; code == PP_OK && i < n; i++)
        in->multiply_adds += pp_onnx_node_multiply_adds(in->onnx, nodes[i], dims + 8 * i, n_dims[i]) / batch;
    in->counted = code == PP_OK;
    if (state)
        pp_engine_onnxruntime.close(state);
    free(bytes);
    free(n_dims);
    free(dims);
    free(nodes);
    free(names);
    return code;
}

static pp_code look(inspection *in, pp_error *err)
{
    if (in->model->reference != &pp_engine_onnxruntime)
        return PP_OK;
    pp_code code = pp_onnx_open(&in->onnx, in->model->path, err);
    if (code == PP_OK && strcmp(in->onnx->digest.hex, in->model->digest.hex) != 0)
        code = pp_fail(err, PP_MODEL, "%s: was changed since it was opened", in->model->path);
    if (code == PP_OK)
        code = pp_onnx_image_input(in->onnx, &in->input, err);
    if (code == PP_OK)
        code = pp_onnx_first_output(in->onnx, &in->output, err);
    if (code == PP_OK)
        code = pp_onnx_operators(in->onnx, &in->ops, &in->n_ops, err);
    if (code != PP_OK)
        return code;
    in->parameters = pp_onnx_parameters(in->onnx);
    pp_error why;
    code = count_multiply_adds(in, &why);
    return code == PP_MEMORY ? pp_no_memory(err, "shapes") : PP_OK; /* what cannot be counted is left out */
}

/* "float32 N x 3 x 224 x 224" */
static void port_text(const pp_onnx_port *port, char text[200])
{
    size_t used = (size_t)snprintf(text, 200, "%s", pp_onnx_type_name(port->type));
    for (int i = 0; i < port->n_dims && i < 8 && used < 150; i++) {
        if (port->dims[i] > 0)
            used += (size_t)snprintf(text + used, 200 - used, "%s%" PRId64, i ? " x " : " ", port->dims[i]);
        else
            used += (size_t)snprintf(text + used, 200 - used, "%s%s", i ? " x " : " ", i ? "?" : "N");
    }
}

static const char *output_kind(const pp_head *head)
{
    return head->softmax ? "classes that exclude each other" : head->n_outputs == 1 ? "one output, two classes" : "findings, one sigmoid each";
}

static void write_classes(const pp_model *model, FILE *out)
{
    bool findings = !model->head.softmax && model->head.n_outputs > 1;
    size_t n = findings ? model->n_output_names : (size_t)model->head.n_classes;
    for (size_t k = 0; k < n && k < 20; k++)
        fprintf(out, "%-15s%zu %s%s\n", k ? "" : findings ? "findings" : "classes", k,
                findings ? model->output_names[k] : pp_model_class_name(model, (int)k),
                !findings && (int)k == model->positive ? "   (positive)" : "");
    if (n > 20)
        fprintf(out, "%-15s... %zu in all\n", "", n);
}

static pp_code write_table(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const inspection *in = what;
    const pp_model *model = in->model;
    char text[256], reference[128];
    fprintf(out, "%-15s%s\n%-15s%s\n", "model", model->path, "SHA-256", model->digest.hex);
    if (in->onnx) {
        port_text(&in->input, text);
        fprintf(out, "%-15s'%s' %s, %s\n", "input", in->input.name, text, model->plan.nhwc ? "NHWC" : "NCHW");
        port_text(&in->output, text);
        fprintf(out, "%-15s'%s' %s\n", "output", in->output.name, text);
    }
    fprintf(out, "%-15s%s\n", "meaning", output_kind(&model->head));
    fprintf(out, "%-15s%s\n", "search by", model->score_source);
    write_classes(model, out);
    pp_model_fit_text(model, text);
    fprintf(out, "%-15s%s\n", "image", text);
    pp_model_values_text(model, text);
    if (in->onnx)
        fprintf(out, "%-15s%s\n", "values", text);
    fprintf(out, "%-15s%s\n", "found in", model->preprocessing);
    pp_model_reference_text(model, reference);
    fprintf(out, "%-15s%s; threads %zu, batch %zu\n", "engine", reference,
            model->n_threads, model->batch);
    if (!in->onnx)
        return PP_OK;
    fprintf(out, "%-15s%" PRIu64 "\n", "parameters", in->parameters);
    if (in->counted && in->multiply_adds < 1000000)
        fprintf(out, "%-15s%" PRIu64 " an image\n", "multiply-adds", in->multiply_adds);
    else if (in->counted)
        fprintf(out, "%-15s%.2f M an image\n", "multiply-adds", (double)in->multiply_adds / 1e6);
    for (size_t i = 0; i < in->n_ops; i++)
        fprintf(out, "%-15s%4zu %s\n", i ? "" : "operators", in->ops[i].count, in->ops[i].name);
    return PP_OK;
}

static json_t *port_object(const pp_onnx_port *port)
{
    json_t *dims = json_array();
    for (int i = 0; i < port->n_dims && i < 8; i++)
        json_array_append_new(dims, port->dims[i] > 0 ? json_integer(port->dims[i]) : json_null());
    json_t *object = json_object();
    json_object_set_new(object, "name", pp_json_string(port->name));
    json_object_set_new(object, "type", pp_json_string(pp_onnx_type_name(port->type)));
    json_object_set_new(object, "dims", dims);
    return object;
}

static json_t *channels_array(const double values[3], int channels)
{
    json_t *array = json_array();
    for (int c = 0; c < channels; c++)
        json_array_append_new(array, json_real(values[c]));
    return array;
}

static json_t *model_object(const inspection *in)
{
    const pp_model *model = in->model;
    json_t *classes = json_array(), *object = json_object(), *ops = json_object();
    for (int k = 0; k < model->head.n_classes; k++)
        json_array_append_new(classes, pp_json_string(pp_model_class_name(model, k)));
    json_object_set_new(object, "model", pp_json_string(model->path));
    json_object_set_new(object, "sha256", pp_json_string(model->digest.hex));
    json_object_set_new(object, "outputs", pp_json_count(model->head.n_outputs));
    json_object_set_new(object, "meaning", pp_json_string(output_kind(&model->head)));
    json_object_set_new(object, "scores", pp_json_string(model->score_source));
    json_object_set_new(object, "classes", classes);
    json_object_set_new(object, "positive", model->positive < 0 ? json_null() : json_integer(model->positive));
    json_object_set_new(object, "width", json_integer(model->geometry.width));
    json_object_set_new(object, "height", json_integer(model->geometry.height));
    json_object_set_new(object, "channels", json_integer(model->geometry.channels));
    json_object_set_new(object, "resize", pp_json_string(model->geometry.resize == PP_RESIZE_CROP ? "crop" : "exact"));
    json_object_set_new(object, "layout", pp_json_string(model->plan.nhwc ? "NHWC" : "NCHW"));
    json_object_set_new(object, "scale", json_real(model->plan.scale));
    json_object_set_new(object, "mean", channels_array(model->plan.mean, model->geometry.channels));
    json_object_set_new(object, "std", channels_array(model->plan.std, model->geometry.channels));
    json_object_set_new(object, "preprocessing", pp_json_string(model->preprocessing));
    for (size_t i = 0; i < in->n_ops; i++)
        json_object_set_new(ops, in->ops[i].name, pp_json_count(in->ops[i].count));
    if (in->onnx) {
        json_object_set_new(object, "input", port_object(&in->input));
        json_object_set_new(object, "output", port_object(&in->output));
        json_object_set_new(object, "parameters", pp_json_count(in->parameters));
        json_object_set_new(object, "multiply_adds", in->counted ? pp_json_count(in->multiply_adds) : json_null());
    }
    json_object_set_new(object, "operators", ops);
    return object;
}

pp_code pp_model_inspect(pp_model *model, const char *format_name, char **text, pp_error *err)
{
    inspection in = { .model = model };
    pp_format format;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code == PP_OK && format == PP_FORMAT_CSV)
        code = pp_fail(err, PP_ARG, "--format: inspect gives table or json");
    if (code == PP_OK)
        code = look(&in, err);
    if (code == PP_OK)
        code = format == PP_FORMAT_JSON ? pp_json_text(text, model_object(&in), err) : pp_written_text(text, write_table, &in, err);
    free(in.ops);
    pp_onnx_free(in.onnx);
    return code;
}
