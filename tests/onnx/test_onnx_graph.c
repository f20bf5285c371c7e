/* test_onnx_graph.c - what is asked of a graph: its ports, how it ends, and further outputs. */
#include "make_model.h"

/* ---- Inputs and outputs ------------------------------------------------------------------------------------------ */

static void the_input_is_the_one_that_is_no_initialiser(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_input(model, "w", PP_ONNX_FLOAT, "4 3 3 3");
    add_input(model, "x", PP_ONNX_UINT8, "N 0 -5 224");
    add_weight(model, "w", PP_ONNX_FLOAT, "4 3 3 3");
    add_node(model, "Conv", "x w", "y");
    pp_onnx *onnx = open_model(model);
    pp_onnx_port port;
    pp_error err;
    assert_ok(pp_onnx_image_input(onnx, &port, &err), err);
    assert_string_equal(port.name, "x");
    assert_int_equal(port.type, PP_ONNX_UINT8);
    assert_int_equal(port.n_dims, 4);
    for (int d = 0; d < 3; d++)
        assert_int_equal(port.dims[d], -1);
    assert_int_equal(port.dims[3], 224);
    pp_onnx_free(onnx);
}

/* text: what the message must hold. */
static void assert_no_input(Onnx__ModelProto *model, const char *text)
{
    add_node(model, "Relu", "x", "y");
    pp_onnx *onnx = open_model(model);
    pp_onnx_port port = { .name = "untouched" };
    pp_error err = { 0 };
    assert_int_equal(pp_onnx_image_input(onnx, &port, &err), PP_MODEL);
    assert_string_equal(port.name, "untouched");
    if (!strstr(err.message, onnx->path) || !strstr(err.message, text))
        fail_msg("'%s' does not say '%s'", err.message, text);
    pp_onnx_free(onnx);
}

static void an_input_that_cannot_be_an_image_is_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    assert_no_input(model, "has no input");
    model = new_model(13);
    add_input(model, "image", PP_ONNX_FLOAT, "1 3 8 8");
    add_input(model, "age", PP_ONNX_FLOAT, "1");
    assert_no_input(model, "'image', 'age'");
    model = new_model(13);
    add_input(model, "", PP_ONNX_FLOAT, "1");
    assert_no_input(model, "has no name");
    model = new_model(13);
    add_input(model, "x", PP_ONNX_FLOAT, "1 2 3 4 5 6 7 8 9");
    assert_no_input(model, "'x' has 9 dimensions");
    model = new_model(13);
    add_input(model, "x", PP_ONNX_FLOAT, "1 3 4294967296 8");
    assert_no_input(model, "4294967296");
    model = new_model(13);
    for (int i = 0; i < 1000; i++)
        add_input(model, "one_of_very_many", PP_ONNX_FLOAT, "1");
    assert_no_input(model, "has 1000 inputs");
}

static void a_shape_or_type_that_is_not_stated_is_none(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    add_input(model, "unused", PP_ONNX_FLOAT, NULL);
    onnx__value_info_proto__free_unpacked(model->graph->input[0], NULL);
    model->graph->input[0] = model->graph->input[--model->graph->n_input];
    onnx__type_proto__free_unpacked(model->graph->output[0]->type, NULL);
    model->graph->output[0]->type = NULL;
    pp_onnx *onnx = open_model(model);
    pp_onnx_port port;
    pp_error err;
    assert_ok(pp_onnx_image_input(onnx, &port, &err), err);
    assert_int_equal(port.n_dims, 0);
    assert_int_equal(port.type, PP_ONNX_FLOAT);
    assert_ok(pp_onnx_first_output(onnx, &port, &err), err);
    assert_string_equal(port.name, "y");
    assert_int_equal(port.n_dims, 0);
    assert_string_equal(pp_onnx_type_name(port.type), "unknown");
    pp_onnx_free(onnx);
}

static void a_graph_without_output_is_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_node(model, "Relu", "x", "y");
    pp_onnx *onnx = open_model(model);
    pp_onnx_port port;
    pp_error err;
    assert_int_equal(pp_onnx_first_output(onnx, &port, &err), PP_MODEL);
    assert_non_null(strstr(err.message, "has no output"));
    pp_onnx_free(onnx);
}

static void types_have_the_names_of_the_standard(void **state)
{
    (void)state;
    assert_string_equal(pp_onnx_type_name(PP_ONNX_FLOAT), "float32");
    assert_string_equal(pp_onnx_type_name(PP_ONNX_UINT8), "uint8");
    assert_string_equal(pp_onnx_type_name(PP_ONNX_INT64), "int64");
    assert_string_equal(pp_onnx_type_name(PP_ONNX_FLOAT16), "float16");
    assert_string_equal(pp_onnx_type_name(PP_ONNX_DOUBLE), "float64");
    assert_string_equal(pp_onnx_type_name(16), "bfloat16");
    assert_string_equal(pp_onnx_type_name(20), "float8e5m2fnuz");
    assert_string_equal(pp_onnx_type_name(22), "int4");
    assert_string_equal(pp_onnx_type_name(0), "unknown");
    assert_string_equal(pp_onnx_type_name(-1), "unknown");
    assert_string_equal(pp_onnx_type_name(1000000), "unknown");
}

/* ---- How the graph ends ------------------------------------------------------------------------------------------ */

static void assert_head(const pp_onnx *onnx, const char *output, pp_activation activation, const char *logits,
                        const char *last_op)
{
    pp_onnx_head head = pp_onnx_find_head(onnx, output);
    assert_int_equal(head.activation, activation);
    if (logits)
        assert_string_equal(head.logits, logits);
    else
        assert_null(head.logits);
    assert_string_equal(head.last_op, last_op);
}

static void what_only_hands_values_on_is_looked_through(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_node(model, "Gemm", "x w", "z");
    add_node(model, "Sigmoid", "z", "p");
    add_node(model, "Identity", "p", "a");
    add_node(model, "Reshape", "a shape", "b");
    add_node(model, "Squeeze", "b", "c");
    add_node(model, "Unsqueeze", "c axes", "d");
    add_node(model, "Flatten", "d", "e");
    add_node(model, "Cast", "e", "f");
    add_node(model, "Dropout", "f", "g mask");
    add_node(model, "Concat", "g", "y");
    add_node(model, "Concat", "y y", "two");
    add_node(model, "Transpose", "p", "turned");
    add_node(model, "Identity", "mask", "masked");
    add_node(model, "Identity", "z", "logits");
    pp_onnx *onnx = open_model(model);
    assert_head(onnx, "y", PP_ACTIVATION_SIGMOID, "z", "Sigmoid");
    assert_head(onnx, "p", PP_ACTIVATION_SIGMOID, "z", "Sigmoid");
    assert_head(onnx, "two", PP_ACTIVATION_NONE, NULL, "Concat");
    assert_head(onnx, "turned", PP_ACTIVATION_NONE, NULL, "Transpose");
    assert_head(onnx, "masked", PP_ACTIVATION_NONE, NULL, "Dropout");
    assert_head(onnx, "logits", PP_ACTIVATION_NONE, NULL, "Gemm");
    assert_head(onnx, "x", PP_ACTIVATION_NONE, NULL, "");
    assert_head(onnx, "", PP_ACTIVATION_NONE, NULL, "");
    pp_onnx_free(onnx);
}

/* A Softmax of its own, over a tensor "z" of this shape (NULL: not stated); axis 99: not given. */
static pp_activation softmax_head(int64_t opset, const char *shape, int64_t axis)
{
    Onnx__ModelProto *model = new_model(opset);
    add_node(model, "Mystery", "x", "z");
    Onnx__NodeProto *node = add_node(model, "Softmax", "z", "y");
    if (axis != 99)
        set_int(node, "axis", axis);
    add_output(model, "y", NULL);
    if (shape)
        model->graph->value_info =
            append(NULL, &model->graph->n_value_info, new_value("z", PP_ONNX_FLOAT, shape));
    pp_onnx *onnx = open_model(model);
    pp_onnx_head head = pp_onnx_find_head(onnx, "y");
    assert_string_equal(head.last_op, "Softmax");
    assert_true((head.logits != NULL) == (head.activation == PP_ACTIVATION_SOFTMAX));
    pp_onnx_free(onnx);
    return head.activation;
}

static void a_softmax_counts_if_it_is_over_the_classes(void **state)
{
    (void)state;
    static const struct {
        int64_t opset, axis;
        const char *shape;
        bool counts;
    } CASES[] = {
        { 13, 1, "N 2", true },       { 13, -1, "N 2", true },       { 13, 99, "N 2", true },
        { 13, 0, "N 2", false },      { 13, -2, "N 2", false },      { 13, 2, "N 2", false },
        { 13, -3, "N 2", false },     { 13, 0, "2", true },          { 13, 1, "1 1000 1 1", true },
        { 13, 3, "1 1000 1 1", false }, { 13, 1, "1 4 2", false },   { 13, 2, "1 4 2", false },
        { 13, 2, "N S 2", true },     { 13, 1, "N 2 H W", false },   { 13, 1, NULL, true },
        { 13, 99, NULL, true },       { 13, 2, NULL, false },        { 13, 0, NULL, false },
        { 9, 99, "1 1000 1 1", true }, { 9, 1, "1 1000 1 1", true }, { 9, 99, "1 4 2", true },
        { 9, 2, "1 4 2", false },     { 9, 0, "1 2", false },        { 11, 99, NULL, true },
        { 13, INT64_MIN, "N 2", false }, { 13, INT64_MAX, "N 2", false },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        pp_activation expected = CASES[i].counts ? PP_ACTIVATION_SOFTMAX : PP_ACTIVATION_NONE;
        if (softmax_head(CASES[i].opset, CASES[i].shape, CASES[i].axis) != expected)
            fail_msg("opset %d, axis %lld of [%s]", (int)CASES[i].opset, (long long)CASES[i].axis,
                     CASES[i].shape ? CASES[i].shape : "not stated");
    }
}

static void what_is_not_the_standards_softmax_is_none(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_node(model, "LogSoftmax", "x", "log"); /* log-probabilities are logits */
    Onnx__NodeProto *foreign = add_node(model, "Softmax", "x", "foreign");
    foreign->domain = copy_word("com.example", 11);
    add_node(model, "Sigmoid", "", "nothing");
    add_node(model, "Sigmoid", "-", "empty");
    add_node(model, "Identity", "", "from_nothing");
    Onnx__NodeProto *named = add_node(model, "Sigmoid", "x", "named");
    named->domain = copy_word("ai.onnx", 7);
    pp_onnx *onnx = open_model(model);
    assert_head(onnx, "log", PP_ACTIVATION_NONE, NULL, "LogSoftmax");
    assert_head(onnx, "foreign", PP_ACTIVATION_NONE, NULL, "Softmax");
    assert_head(onnx, "nothing", PP_ACTIVATION_NONE, NULL, "Sigmoid");
    assert_head(onnx, "empty", PP_ACTIVATION_NONE, NULL, "Sigmoid");
    assert_head(onnx, "from_nothing", PP_ACTIVATION_NONE, NULL, "Identity");
    assert_head(onnx, "named", PP_ACTIVATION_SIGMOID, "x", "Sigmoid");
    pp_onnx_free(onnx);
}

static void a_cycle_ends_the_walk(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_node(model, "Identity", "b", "a");
    add_node(model, "Identity", "a", "b");
    add_node(model, "Softmax", "s", "s");
    pp_onnx *onnx = open_model(model);
    assert_head(onnx, "a", PP_ACTIVATION_NONE, NULL, "Identity");
    pp_onnx_find_head(onnx, "s");
    pp_onnx_free(onnx);
}

/* ---- Further outputs --------------------------------------------------------------------------------------------- */

static void further_outputs_are_merged_into_the_graph(void **state)
{
    (void)state;
    pp_onnx *onnx = open_model(new_classifier());
    static const char *const NAMES[] = { "z", "y", "r", "z" };
    uint8_t *bytes = NULL;
    size_t n;
    pp_error err;
    assert_ok(pp_onnx_with_outputs(onnx, NAMES, 4, &bytes, &n, &err), err);
    Onnx__ModelProto *merged = onnx__model_proto__unpack(NULL, n, bytes);
    assert_non_null(merged);
    assert_int_equal(merged->ir_version, 7);
    assert_int_equal(merged->n_opset_import, 1);
    assert_int_equal(merged->graph->n_node, onnx->graph->n_node);
    assert_int_equal(merged->graph->n_initializer, 2);
    assert_int_equal(merged->graph->n_input, 1);
    assert_int_equal(merged->graph->n_output, 3);
    assert_string_equal(merged->graph->output[0]->name, "y");
    assert_string_equal(merged->graph->output[1]->name, "z");
    assert_string_equal(merged->graph->output[2]->name, "r");
    assert_memory_equal(bytes, onnx->bytes, onnx->n_bytes);
    onnx__model_proto__free_unpacked(merged, NULL);
    free(bytes);
    pp_onnx_free(onnx);
}

static void outputs_that_are_there_already_change_nothing(void **state)
{
    (void)state;
    pp_onnx *onnx = open_model(new_classifier());
    const char *name = "y";
    for (size_t n_names = 0; n_names < 2; n_names++) {
        uint8_t *bytes = NULL;
        size_t n;
        assert_int_equal(pp_onnx_with_outputs(onnx, &name, n_names, &bytes, &n, NULL), PP_OK);
        assert_int_equal(n, onnx->n_bytes);
        assert_memory_equal(bytes, onnx->bytes, n);
        free(bytes);
    }
    pp_onnx_free(onnx);
}

static void an_output_that_no_node_makes_is_refused(void **state)
{
    (void)state;
    pp_onnx *onnx = open_model(new_classifier());
    static const char *const NAMES[] = { "z", "zz" };
    uint8_t *bytes = NULL;
    size_t n = 77;
    pp_error err;
    assert_int_equal(pp_onnx_with_outputs(onnx, NAMES, 2, &bytes, &n, &err), PP_MODEL);
    assert_non_null(strstr(err.message, "no tensor 'zz'"));
    assert_null(bytes);
    assert_int_equal(n, 77);
    const char *empty = "";
    assert_int_equal(pp_onnx_with_outputs(onnx, &empty, 1, &bytes, &n, NULL), PP_MODEL);
    pp_onnx_free(onnx);
}

/* ---- Real files -------------------------------------------------------------------------------------------------- */

static void real_models_end_as_they_do(void **state)
{
    (void)state;
    static const struct {
        const char *file, *input, *output, *last_op;
        pp_activation activation;
    } MODELS[] = {
        { "cxr/mobilenetv2_035.onnx", "input", "probabilities", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "derm/mobilenetv2_035_melanoma.onnx", "input", "probabilities", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "cxr/resnet50.onnx", "input", "logits", "Gemm", PP_ACTIVATION_NONE },
        { "onnx_light/light_bvlc_alexnet.onnx", "data_0", "prob_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_densenet121.onnx", "data_0", "fc6_1", "Conv", PP_ACTIVATION_NONE },
        { "onnx_light/light_inception_v1.onnx", "data_0", "prob_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_inception_v2.onnx", "data_0", "prob_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_resnet50.onnx", "gpu_0/data_0", "gpu_0/softmax_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_shufflenet.onnx", "gpu_0/data_0", "gpu_0/softmax_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_squeezenet.onnx", "data_0", "softmaxout_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_vgg19.onnx", "data_0", "prob_1", "Softmax", PP_ACTIVATION_SOFTMAX },
        { "onnx_light/light_zfnet512.onnx", "gpu_0/data_0", "gpu_0/softmax_1", "Softmax", PP_ACTIVATION_SOFTMAX },
    };
    for (size_t i = 0; i < sizeof MODELS / sizeof *MODELS; i++) {
        char path[512];
        pp_onnx *onnx = NULL;
        pp_onnx_port port;
        pp_error err;
        assert_ok(pp_onnx_open(&onnx, data_file(path, MODELS[i].file), &err), err);
        assert_ok(pp_onnx_image_input(onnx, &port, &err), err);
        assert_string_equal(port.name, MODELS[i].input);
        assert_int_equal(port.n_dims, 4);
        assert_int_equal(port.dims[1], 3);
        assert_ok(pp_onnx_first_output(onnx, &port, &err), err);
        assert_string_equal(port.name, MODELS[i].output);
        pp_onnx_head head = pp_onnx_find_head(onnx, port.name);
        assert_int_equal(head.activation, MODELS[i].activation);
        assert_string_equal(head.last_op, MODELS[i].last_op);
        pp_onnx_free(onnx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_input_is_the_one_that_is_no_initialiser),
        cmocka_unit_test(an_input_that_cannot_be_an_image_is_refused),
        cmocka_unit_test(a_shape_or_type_that_is_not_stated_is_none),
        cmocka_unit_test(a_graph_without_output_is_refused),
        cmocka_unit_test(types_have_the_names_of_the_standard),
        cmocka_unit_test(what_only_hands_values_on_is_looked_through),
        cmocka_unit_test(a_softmax_counts_if_it_is_over_the_classes),
        cmocka_unit_test(what_is_not_the_standards_softmax_is_none),
        cmocka_unit_test(a_cycle_ends_the_walk),
        cmocka_unit_test(further_outputs_are_merged_into_the_graph),
        cmocka_unit_test(outputs_that_are_there_already_change_nothing),
        cmocka_unit_test(an_output_that_no_node_makes_is_refused),
        cmocka_unit_test(real_models_end_as_they_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
