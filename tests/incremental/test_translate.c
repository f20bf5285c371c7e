/* test_translate.c - graphs that cannot be served are refused with a reason, and names for one map do not mix up who sees it. */
#include "support.h"

#include "../onnx/make_model.h"
#include "oracle/engine.h"

/* x [1, 1, height, width]; y is the output. */
static Onnx__ModelProto *new_graph(const char *shape)
{
    Onnx__ModelProto *model = new_model(13);
    add_input(model, "x", PP_ONNX_FLOAT, shape);
    add_output(model, "y", NULL);
    return model;
}

static void add_number(Onnx__ModelProto *model, const char *name, float value)
{
    set_bytes(&add_weight(model, name, PP_ONNX_FLOAT, "1")->raw_data, &value, sizeof value);
}

/* values: "2 3" */
static void add_ints(Onnx__ModelProto *model, const char *name, const char *values)
{
    int64_t ints[8];
    size_t n = 0;
    char dims[8];
    for (char *word; (word = next_word(&values)); free(word))
        ints[n++] = strtoll(word, NULL, 10);
    snprintf(dims, sizeof dims, "%zu", n);
    set_bytes(&add_weight(model, name, PP_ONNX_INT64, dims)->raw_data, ints, n * sizeof *ints);
}

/* Ends a graph: y is the means of the map named. */
static void add_means(Onnx__ModelProto *model, const char *map)
{
    add_node(model, "GlobalAveragePool", map, "means");
    add_node(model, "Flatten", "means", "y");
}

static pp_code open_engine(void **engine, Onnx__ModelProto *model, int side, size_t n_threads, pp_error *err)
{
    const size_t ANY_MEMORY = (size_t)1 << 50; /* what refuses does so whatever the user allows */
    pp_input_plan plan = { .width = side, .height = side, .channels = 1, .scale = 1, .std = { 1 } };
    pp_onnx *onnx = open_model(model);
    size_t n_outputs;
    pp_code code = pp_incremental_open(engine, onnx, "x", "y", &plan, n_threads, n_threads > 1 ? 0 : ANY_MEMORY, 0, &n_outputs, err);
    pp_onnx_free(onnx);
    return code;
}

/* The model, which is freed, is refused for a reason that has these words in it. */
static void assert_refused(Onnx__ModelProto *model, const char *words)
{
    pp_error err;
    void *engine;
    assert_int_equal(open_engine(&engine, model, 4, 1, &err), PP_MODEL);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

/* The first score of an image of one grey value. */
static float score_of_grey(Onnx__ModelProto *model, uint8_t grey)
{
    pp_error err;
    pp_image *image;
    void *engine;
    float score;
    assert_ok(open_engine(&engine, model, 2, 1, &err), err);
    assert_ok(pp_image_new(&image, 2, 2, 1, &err), err);
    memset(image->data, grey, 4);
    assert_ok(pp_engine_incremental.rebase(engine, image, &err), err);
    assert_ok(pp_engine_incremental.score(engine, &(pp_candidate){ NULL, 0 }, 1, &score, &err), err);
    pp_image_free(image);
    pp_engine_incremental.close(engine);
    return score;
}

/* b is a, and c is made from b: a must not become c. */
static void what_is_folded_into_an_operation_is_seen_by_nobody_else(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_graph("1 1 2 2");
    add_number(model, "two", 2);
    add_number(model, "three", 3);
    add_node(model, "Mul", "x two", "a");
    add_node(model, "Identity", "a", "b");
    add_node(model, "Mul", "b three", "c");
    add_node(model, "Add", "a c", "d");
    add_means(model, "d");
    assert_float_equal(score_of_grey(model, 5), 2 * 5 + 3 * 2 * 5, 0);
}

static void a_sum_of_a_map_and_itself_under_another_name_is_twice_the_map(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_graph("1 1 2 2");
    float four = 4;
    set_bytes(&add_weight(model, "w", PP_ONNX_FLOAT, "1 1 1 1")->raw_data, &four, sizeof four);
    add_node(model, "Conv", "x w", "a");
    add_node(model, "Identity", "a", "b");
    add_node(model, "Add", "a b", "c");
    add_means(model, "c");
    assert_float_equal(score_of_grey(model, 5), 2 * 4 * 5, 0);
}

static void a_constant_in_place_of_a_map_is_refused(void **state)
{
    (void)state;
    static const char *const OPERATORS[] = { "Relu", "Sigmoid", "Flatten", "Dropout", "Softmax", "LRN", "Clip", "PRelu", "Pad" };
    for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++) {
        Onnx__ModelProto *model = new_graph("1 1 4 4");
        add_number(model, "two", 2);
        add_node(model, OPERATORS[i], "two", "constant");
        add_node(model, "Mul", "x constant", "a");
        add_means(model, "a");
        assert_refused(model, "of a constant");
    }
}

static void a_shape_whose_product_is_larger_than_the_map_is_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_graph("1 1 4 4");
    add_ints(model, "shape", "2 16 2 3");
    add_node(model, "Reshape", "x shape", "a");
    add_means(model, "a");
    assert_refused(model, "does not fit");
}

/* ---- A few bytes that ask for very much -------------------------------------------------------------------------- */

/* weights: shape of a constant that a node fills. */
static Onnx__ModelProto *filled_convolution(const char *weights, Onnx__NodeProto **conv)
{
    Onnx__ModelProto *model = new_graph("1 1 4 4");
    add_ints(model, "shape", weights);
    add_node(model, "ConstantOfShape", "shape", "w");
    *conv = add_node(model, "Conv", "x w", "a");
    add_means(model, "a");
    return model;
}

static void too_many_constants_are_refused(void **state)
{
    (void)state;
    Onnx__NodeProto *conv;
    assert_refused(filled_convolution("32768 1 4 4100", &conv), "constants take more than");
    assert_refused(filled_convolution("1 1 65536 65536", &conv), "too large");
}

static void too_many_maps_are_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_graph("1 1 4 4");
    char name[8] = "x", inputs[24];
    for (int i = 0; i < 26; i++) {
        snprintf(inputs, sizeof inputs, "%s %s", name, name);
        snprintf(name, sizeof name, "c%d", i);
        set_int(add_node(model, "Concat", inputs, name), "axis", 1);
    }
    add_means(model, name);
    assert_refused(model, "maps take more than");
}

static void padding_beyond_all_use_is_refused(void **state)
{
    (void)state;
    Onnx__NodeProto *conv;
    Onnx__ModelProto *model = filled_convolution("1 1 1 1", &conv);
    set_ints(conv, "pads", "65535 65535 65535 65535");
    set_ints(conv, "strides", "65535 65535");
    assert_refused(model, "padding around");
    model = filled_convolution("1 1 1 65535", &conv);
    set_ints(conv, "dilations", "1 65535");
    set_bytes(&add_attribute(conv, "auto_pad", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING)->s, "SAME_UPPER", 10);
    assert_refused(model, "padding of");
}

static void too_much_to_compute_is_refused(void **state)
{
    (void)state;
    Onnx__NodeProto *conv;
    Onnx__ModelProto *model = filled_convolution("1 1 2000 2000", &conv);
    set_ints(conv, "pads", "3000 3000 3000 3000");
    assert_refused(model, "multiply-adds");
}

static void more_threads_than_memory_is_there_for_are_refused(void **state)
{
    (void)state;
    pp_error err;
    void *engine;
    Onnx__ModelProto *model = new_graph("1 1 64 64");
    add_means(model, "x");
    assert_int_equal(open_engine(&engine, model, 64, 100000, &err), PP_MODEL);
    assert_non_null(strstr(err.message, "100000 threads"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_folded_into_an_operation_is_seen_by_nobody_else),
        cmocka_unit_test(a_sum_of_a_map_and_itself_under_another_name_is_twice_the_map),
        cmocka_unit_test(a_constant_in_place_of_a_map_is_refused),
        cmocka_unit_test(a_shape_whose_product_is_larger_than_the_map_is_refused),
        cmocka_unit_test(too_many_constants_are_refused),
        cmocka_unit_test(too_many_maps_are_refused),
        cmocka_unit_test(padding_beyond_all_use_is_refused),
        cmocka_unit_test(too_much_to_compute_is_refused),
        cmocka_unit_test(more_threads_than_memory_is_there_for_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
