/* test_onnx_count.c - weights, operators and multiply-adds, against numbers worked out by hand and published ones. */
#include "make_model.h"

/* ---- Weights and operators --------------------------------------------------------------------------------------- */

static void weights_are_counted_wherever_they_are(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier(); /* 108 + 8 */
    add_weight(model, "shape", PP_ONNX_INT64, "4");
    add_weight(model, "scalar", PP_ONNX_FLOAT, "");
    add_weight(model, "none", PP_ONNX_FLOAT, "5 0");
    add_attribute(add_node(model, "Constant", "", "k"), "value", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR)->t =
        new_tensor("", PP_ONNX_FLOAT16, "10");
    add_attribute(add_node(model, "Constant", "", "l"), "value", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR)->t =
        new_tensor("", PP_ONNX_INT64, "10");
    Onnx__NodeProto *scalar = add_node(model, "Constant", "", "m");
    add_attribute(scalar, "value_float", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT)->f = 1;
    Onnx__TensorProto *sizes = add_weight(model, "sizes", PP_ONNX_INT64, "2");
    static const uint8_t LITTLE_ENDIAN_20_50[16] = { 20, [8] = 50 };
    set_bytes(&sizes->raw_data, LITTLE_ENDIAN_20_50, 16);
    add_node(model, "ConstantOfShape", "sizes", "filled");
    add_node(model, "ConstantOfShape", "unknown", "unfilled");
    pp_onnx *onnx = open_model(model);
    assert_int_equal(pp_onnx_parameters(onnx), 108 + 8 + 1 + 0 + 10 + 1 + 1000);
    pp_onnx_free(onnx);
}

static void too_many_weights_stay_at_the_largest_number(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    add_weight(model, "huge", PP_ONNX_FLOAT, "4611686018427387904 4611686018427387904 3");
    pp_onnx *onnx = open_model(model);
    assert_true(pp_onnx_parameters(onnx) == UINT64_MAX);
    pp_onnx_free(onnx);
}

static void operators_come_most_frequent_first(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    static const char *const OPS[] = { "Relu", "Conv", "Add", "Relu", "Conv", "Relu", "Abs" };
    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++)
        add_node(model, OPS[i], "x", "y");
    pp_onnx *onnx = open_model(model);
    pp_onnx_op *ops = NULL;
    size_t n;
    pp_error err;
    assert_ok(pp_onnx_operators(onnx, &ops, &n, &err), err);
    assert_int_equal(n, 4);
    static const pp_onnx_op EXPECTED[] = { { "Relu", 3 }, { "Conv", 2 }, { "Abs", 1 }, { "Add", 1 } };
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(ops[i].name, EXPECTED[i].name);
        assert_int_equal(ops[i].count, EXPECTED[i].count);
    }
    free(ops);
    pp_onnx_free(onnx);
}

/* ---- Multiply-adds ----------------------------------------------------------------------------------------------- */

/* Multiply-adds of node i. shape: of its output, "1 4 8 8". */
static uint64_t count(const pp_onnx *onnx, size_t i, const char *shape)
{
    int64_t dims[8];
    int n = 0;
    for (char *word; (word = next_word(&shape)); free(word))
        dims[n++] = strtoll(word, NULL, 10);
    return pp_onnx_node_multiply_adds(onnx, onnx->graph->node[i], dims, n);
}

static void convolutions_are_counted_by_group(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_weight(model, "dense", PP_ONNX_FLOAT, "64 3 7 7");
    add_weight(model, "depthwise", PP_ONNX_FLOAT, "32 1 3 3");
    add_weight(model, "line", PP_ONNX_FLOAT, "8 4 5");
    add_node(model, "Conv", "x dense", "a");
    set_int(add_node(model, "Conv", "x depthwise", "b"), "group", 32);
    add_node(model, "Conv", "x line", "c");
    add_node(model, "Conv", "x unknown", "d");
    add_node(model, "Conv", "x", "e");
    add_node(model, "ConvInteger", "x dense", "f");
    add_node(model, "QLinearConv", "x s z dense t u v w", "g");
    add_node(model, "DequantizeLinear", "dense s z", "converted");
    add_node(model, "Conv", "x converted", "h");
    add_node(model, "Relu", "x dense", "i");
    pp_onnx *onnx = open_model(model);
    static const uint64_t FIRST = 112 * 112 * 64 * UINT64_C(147);
    assert_int_equal(count(onnx, 0, "1 64 112 112"), FIRST);
    assert_int_equal(count(onnx, 0, "8 64 112 112"), FIRST); /* one image's */
    assert_int_equal(count(onnx, 0, "-1 64 112 112"), FIRST);
    assert_int_equal(count(onnx, 0, "1 64 112 -1"), 0);
    assert_int_equal(count(onnx, 0, "1 64 112"), 0);
    assert_int_equal(count(onnx, 1, "1 32 10 20"), 10 * 20 * 32 * 9);
    assert_int_equal(count(onnx, 2, "1 8 100"), 100 * 8 * 4 * 5);
    assert_int_equal(count(onnx, 3, "1 64 112 112"), 0);
    assert_int_equal(count(onnx, 4, "1 64 112 112"), 0);
    assert_int_equal(count(onnx, 5, "1 64 112 112"), FIRST);
    assert_int_equal(count(onnx, 6, "1 64 112 112"), FIRST);
    assert_int_equal(count(onnx, 8, "1 64 112 112"), FIRST);
    assert_int_equal(count(onnx, 9, "1 64 112 112"), 0);
    assert_true(count(onnx, 0, "1 4611686018427387904 4611686018427387904 4") == UINT64_MAX);
    pp_onnx_free(onnx);
}

/* Each of the 6 x 5 x 5 input values goes into 4 x 3 x 3 sums, whatever the output's size. */
static void transposed_convolutions_are_counted_by_their_input(void **state)
{
    (void)state;
    static const uint64_t EXPECTED = 6 * 5 * 5 * 4 * 3 * 3;
    Onnx__ModelProto *model = new_model(13);
    add_weight(model, "w", PP_ONNX_FLOAT, "6 4 3 3");
    add_node(model, "ConvTranspose", "x w", "plain");
    Onnx__NodeProto *node = add_node(model, "ConvTranspose", "x w", "doubled");
    set_ints(node, "strides", "2 2");
    set_ints(node, "pads", "1 1 1 1");
    set_ints(node, "output_padding", "1 1");
    node = add_node(model, "ConvTranspose", "x w", "same");
    set_ints(node, "strides", "2 2");
    set_bytes(&add_attribute(node, "auto_pad", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING)->s, "SAME_UPPER", 10);
    set_ints(add_node(model, "ConvTranspose", "x w", "dilated"), "dilations", "2 2");
    set_ints(add_node(model, "ConvTranspose", "x w", "odd"), "strides", "0 -1");
    node = add_node(model, "ConvTranspose", "x w", "padded");
    set_ints(node, "dilations", "3 3");
    set_ints(node, "output_padding", "2 2");
    pp_onnx *onnx = open_model(model);
    assert_int_equal(count(onnx, 0, "1 4 7 7"), EXPECTED);
    assert_int_equal(count(onnx, 1, "1 4 10 10"), EXPECTED);
    assert_int_equal(count(onnx, 2, "1 4 10 10"), EXPECTED);
    assert_int_equal(count(onnx, 3, "1 4 9 9"), EXPECTED);
    assert_int_equal(count(onnx, 4, "1 4 9 9"), 0);
    assert_int_equal(count(onnx, 5, "1 4 13 13"), EXPECTED);
    assert_int_equal(count(onnx, 0, "1 4 1 7"), 0); /* no input gives that */
    pp_onnx_free(onnx);
}

static void matrix_products_are_counted_by_what_is_summed(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_weight(model, "w", PP_ONNX_FLOAT, "2048 1000");
    add_weight(model, "vector", PP_ONNX_FLOAT, "2048");
    add_node(model, "Gemm", "x w b", "a");
    set_int(add_node(model, "Gemm", "x w", "b"), "transB", 1);
    set_int(add_node(model, "Gemm", "w x", "c"), "transA", 1);
    add_node(model, "MatMul", "x w", "d");
    add_node(model, "MatMul", "x vector", "e");
    add_node(model, "QLinearMatMul", "x s z w t u v q", "f");
    add_node(model, "MatMul", "q k", "g");
    add_node(model, "MatMul", "m n", "h");
    add_weight(model, "heads", PP_ONNX_FLOAT, "12 64 197");
    add_node(model, "MatMul", "m heads", "i");
    model->graph->value_info = append(NULL, &model->graph->n_value_info, new_value("q", PP_ONNX_FLOAT, "N 12 197 64"));
    pp_onnx *onnx = open_model(model);
    assert_int_equal(count(onnx, 0, "1 1000"), 2048000);
    assert_int_equal(count(onnx, 0, "-1 1000"), 2048000);
    assert_int_equal(count(onnx, 0, "197 1000"), 197 * 2048000); /* rows that are no batch */
    assert_int_equal(count(onnx, 1, "1 2048"), 2048000);
    assert_int_equal(count(onnx, 2, "1000 1"), 2048000);
    assert_int_equal(count(onnx, 3, "1 197 1000"), 197 * 2048000);
    assert_int_equal(count(onnx, 4, "1"), 2048);
    assert_int_equal(count(onnx, 5, "1 1000"), 2048000);
    assert_int_equal(count(onnx, 6, "1 12 197 197"), 12 * 197 * 197 * 64);
    assert_int_equal(count(onnx, 7, "1 12 197 197"), 0);
    assert_int_equal(count(onnx, 8, "1 12 197 197"), 12 * 197 * 197 * 64);
    pp_onnx_free(onnx);
}

static void a_weight_is_not_looked_for_without_end(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_node(model, "Identity", "b", "a");
    add_node(model, "Identity", "a", "b");
    add_node(model, "Conv", "x a", "y");
    pp_onnx *onnx = open_model(model);
    assert_int_equal(count(onnx, 2, "1 4 8 8"), 0);
    pp_onnx_free(onnx);
}

/* ---- Real files -------------------------------------------------------------------------------------------------- */

static pp_onnx *open_data(const char *name)
{
    char path[512];
    pp_onnx *onnx = NULL;
    pp_error err;
    assert_ok(pp_onnx_open(&onnx, data_file(path, name), &err), err);
    return onnx;
}

/* AlexNet, VGG-19, SqueezeNet 1.1 and GoogLeNet (Inception v1) are known by these numbers; the others were counted by
 * another program. */
static void real_models_have_as_many_weights_as_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        uint64_t weights;
        const char *first_op;
        size_t n_first;
    } MODELS[] = {
        { "onnx_light/light_bvlc_alexnet.onnx", 60965224, "ConstantOfShape", 16 },
        { "onnx_light/light_vgg19.onnx", 143667240, "ConstantOfShape", 36 },
        { "onnx_light/light_squeezenet.onnx", 1235496, "ConstantOfShape", 39 },
        { "onnx_light/light_resnet50.onnx", 25610153, "ConstantOfShape", 239 },
        { "onnx_light/light_densenet121.onnx", 8146152, "ConstantOfShape", 836 },
        { "onnx_light/light_inception_v1.onnx", 6998552, "ConstantOfShape", 93 },
        { "onnx_light/light_inception_v2.onnx", 11234792, "ConstantOfShape", 407 },
        { "onnx_light/light_shufflenet.onnx", 1420152, "ConstantOfShape", 243 },
        { "onnx_light/light_zfnet512.onnx", 87250537, "ConstantOfShape", 16 },
        { "cxr/resnet50.onnx", 23485570, "Conv", 53 },
        { "cxr/mobilenetv2_035.onnx", 538578, "BatchNormalization", 52 },
    };
    for (size_t i = 0; i < sizeof MODELS / sizeof *MODELS; i++) {
        pp_onnx *onnx = open_data(MODELS[i].file);
        pp_onnx_op *ops = NULL;
        size_t n;
        assert_int_equal(pp_onnx_parameters(onnx), MODELS[i].weights);
        assert_int_equal(pp_onnx_operators(onnx, &ops, &n, NULL), PP_OK);
        assert_string_equal(ops[0].name, MODELS[i].first_op);
        assert_int_equal(ops[0].count, MODELS[i].n_first);
        free(ops);
        pp_onnx_free(onnx);
    }
}

/* 19.6 G, as published: convolutions keep the side, pooling halves it. */
static void vgg19_has_its_published_multiply_adds(void **state)
{
    (void)state;
    static const int64_t WIDTHS[] = { 64,  64,  128, 128, 256, 256, 256,  256,  512, 512,
                                      512, 512, 512, 512, 512, 512, 4096, 4096, 1000 };
    pp_onnx *onnx = open_data("onnx_light/light_vgg19.onnx");
    int64_t side = 224;
    uint64_t sum = 0;
    size_t layer = 0;
    for (size_t i = 0; i < onnx->graph->n_node; i++) {
        const Onnx__NodeProto *node = onnx->graph->node[i];
        bool conv = strcmp(node->op_type, "Conv") == 0, gemm = strcmp(node->op_type, "Gemm") == 0;
        if (strcmp(node->op_type, "MaxPool") == 0)
            side /= 2;
        if (!conv && !gemm)
            continue;
        int64_t dims[] = { 1, WIDTHS[layer++], side, side };
        sum += pp_onnx_node_multiply_adds(onnx, node, dims, conv ? 4 : 2);
    }
    assert_int_equal(layer, 19);
    assert_int_equal(sum, UINT64_C(19632062464));
    pp_onnx_free(onnx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_counted_wherever_they_are),
        cmocka_unit_test(too_many_weights_stay_at_the_largest_number),
        cmocka_unit_test(operators_come_most_frequent_first),
        cmocka_unit_test(convolutions_are_counted_by_group),
        cmocka_unit_test(transposed_convolutions_are_counted_by_their_input),
        cmocka_unit_test(matrix_products_are_counted_by_what_is_summed),
        cmocka_unit_test(a_weight_is_not_looked_for_without_end),
        cmocka_unit_test(real_models_have_as_many_weights_as_are_known),
        cmocka_unit_test(vgg19_has_its_published_multiply_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
