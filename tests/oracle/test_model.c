/* test_model.c - the classifier under test: what its outputs are taken to mean, what its classes are called, and the one line that each
 * file gets which is no such classifier. */
#include "oracle/small_model.h"

/* Probabilities of an image as the textbook has them, from the matrix' logits. */
static void expected_probabilities(const small_model *m, const pp_model *model, const pp_image *image, bool softmax, double *p)
{
    double z[SMALL_MOST], sum = 0;
    int n = small_outputs(m);
    small_logits(m, image, &model->plan, z);
    for (int k = 0; k < n; k++)
        sum += exp(z[k]);
    for (int k = 0; k < n; k++)
        p[k] = softmax ? exp(z[k]) / sum : 1 / (1 + exp(-z[k]));
    if (!softmax && n == 1) {
        p[1] = p[0];
        p[0] = 1 - p[1];
    }
}

/* ---- What outputs mean ------------------------------------------------------------------------------------------- */

/* A way for a file to end, and what is made of it. */
static const struct {
    const char *tail;
    int n_outputs;
    const char *option, *value; /* one option, or NULL */
    bool softmax, logits;
    const char *read_at;        /* the tensor that is read */
} ENDINGS[] = {
    { "", 3, NULL, NULL, true, true, "y" },
    { "", 2, NULL, NULL, true, true, "y" },
    { "", 1, NULL, NULL, false, true, "y" },
    { "Softmax", 3, NULL, NULL, true, true, "z" },
    { "Softmax Identity", 2, NULL, NULL, true, true, "z" },
    { "Softmax Reshape", 3, NULL, NULL, true, true, "z" },
    { "Softmax Identity Reshape Identity", 2, NULL, NULL, true, true, "z" },
    { "Unsqueeze Softmax Squeeze", 3, NULL, NULL, true, true, "t0" },
    { "Unsqueeze Softmax Squeeze Identity", 3, NULL, NULL, true, true, "t0" },
    { "Sigmoid", 1, NULL, NULL, false, true, "z" },
    { "Sigmoid Identity", 1, NULL, NULL, false, true, "z" },
    { "Sigmoid Reshape", 1, NULL, NULL, false, true, "z" },
    { "Unsqueeze Sigmoid Squeeze", 1, NULL, NULL, false, true, "t0" },
    { "Sigmoid", 4, NULL, NULL, false, true, "z" }, /* multi-label */
    /* the paper's threat model: only what the file shows */
    { "Softmax", 3, "scores-only", "1", true, false, "y" },
    { "Softmax Identity", 2, "scores-only", "1", true, false, "y" },
    { "Sigmoid", 1, "scores-only", "1", false, false, "y" },
    { "Sigmoid", 4, "scores-only", "1", false, false, "y" },
    { "", 3, "scores-only", "1", true, true, "y" },
    /* ends that are not understood: values in 0..1 that sum to 1 are probabilities all the same; of one value the user must say it */
    { "Softmax Abs", 3, NULL, NULL, true, false, "y" },
    { "Softmax Abs", 2, "output", "softmax", true, false, "y" },
    { "Sigmoid Abs", 1, "output", "sigmoid", false, false, "y" },
    { "Sigmoid Abs", 3, "output", "sigmoid", false, false, "y" },
    /* overruled with what is true anyway */
    { "", 3, "output", "logits", true, true, "y" },
    { "Softmax", 3, "output", "softmax", true, true, "z" },
    { "Sigmoid", 2, "output", "sigmoid", false, true, "z" },
};

static void outputs_are_read_where_they_are_logits_and_mean_what_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        small_model m = { .tail = ENDINGS[i].tail, .n_outputs = ENDINGS[i].n_outputs };
        const char *const options[] = { ENDINGS[i].option, ENDINGS[i].value, NULL };
        pp_model *model = open_small_model(&m, options);
        int n_classes = ENDINGS[i].softmax ? m.n_outputs : 2;
        if (model->head.softmax != ENDINGS[i].softmax || model->head.logits != ENDINGS[i].logits ||
            strcmp(model->output_name, ENDINGS[i].read_at) != 0 || pp_model_classes(model) != n_classes)
            fail_msg("'%s' with %d outputs: softmax %d, logits %d, read at '%s', %d classes", m.tail, m.n_outputs, model->head.softmax,
                     model->head.logits, model->output_name, pp_model_classes(model));
        assert_non_null(strstr(model->score_source, ENDINGS[i].logits ? "logits" : "probabilities"));
        for (unsigned seed = 1; seed < 6; seed++) {
            pp_image *image = small_image(&m, seed);
            double expected[SMALL_MOST], p[SMALL_MOST];
            int decision = -1, best = 0;
            pp_error err;
            assert_ok(pp_classify(model, image, p, &decision, &err), err);
            expected_probabilities(&m, model, image, ENDINGS[i].softmax, expected);
            bool multi_label = !ENDINGS[i].softmax && m.n_outputs > 1; /* then output 0 is looked at: absent, present */
            for (int k = 0; k < n_classes; k++) {
                double wanted = !multi_label ? expected[k] : k == 1 ? expected[0] : 1 - expected[0];
                if (fabs(p[k] - wanted) > 1e-5)
                    fail_msg("'%s', seed %u, class %d: %g; expected %g", m.tail, seed, k, p[k], wanted);
                best = p[k] > p[best] ? k : best;
            }
            assert_int_equal(decision, best);
            pp_image_free(image);
        }
        pp_model_free(model);
    }
}

/* --output logits: a Softmax at the end is then part of the classifier, and another one is put on top. */
static void what_the_user_says_of_the_output_wins(void **state)
{
    (void)state;
    const small_model m = { .tail = "Softmax", .n_outputs = 2 };
    pp_model *model = open_small_model(&m, (const char *[]){ "output", "logits", NULL });
    pp_image *image = small_image(&m, 1);
    double p[2], expected[2];
    int decision;
    assert_string_equal(model->output_name, "y");
    assert_int_equal(pp_classify(model, image, p, &decision, NULL), PP_OK);
    expected_probabilities(&m, model, image, true, expected);
    assert_true(fabs(p[0] - 1 / (1 + exp(expected[1] - expected[0]))) < 1e-5);
    pp_image_free(image);
    pp_model_free(model);
}

static void rename_one(char **name, const char *from, const char *to)
{
    if (strcmp(*name, from) != 0)
        return;
    free(*name);
    *name = copy_word(to, strlen(to));
}

/* Exporters write the whole path of a layer into a tensor's name. */
static void names_of_tensors_may_be_long(void **state)
{
    (void)state;
    const small_model m = { .tail = "Softmax", .n_outputs = 2 };
    Onnx__ModelProto *proto = new_small_model(&m);
    char image[600], logits[600];
    memset(image, 'i', 599);
    memset(logits, 'l', 599);
    image[599] = logits[599] = '\0';
    for (size_t i = 0; i < proto->graph->n_node; i++) {
        const Onnx__NodeProto *node = proto->graph->node[i];
        rename_one(&node->input[0], "x", image);
        rename_one(&node->input[0], "z", logits);
        rename_one(&node->output[0], "z", logits);
    }
    rename_one(&proto->graph->input[0]->name, "x", image);
    pp_model *model = NULL;
    pp_error err;
    assert_ok(open_proto(&model, proto, NULL, &err), err);
    assert_string_equal(model->input_name, image);
    assert_string_equal(model->output_name, logits);
    pp_model_free(model);
}

/* P is 1.0 and single pixels cannot be seen in it, but in the logits they can. */
static void a_saturated_classifier_is_seen_by_its_logits(void **state)
{
    (void)state;
    const small_model m = { .tail = "Softmax", .n_outputs = 2 };
    for (int blind = 0; blind < 2; blind++) {
        pp_model *model = open_small_model(&m, (const char *[]){ "scale", "3", "scores-only", blind ? "1" : "0", NULL });
        pp_image *image = small_image(&m, 2);
        float before[2], after[2];
        assert_int_equal(pp_model_raw(model, image, before, NULL), PP_OK);
        image->data[0] ^= 1;
        assert_int_equal(pp_model_raw(model, image, after, NULL), PP_OK);
        int decision = pp_head_decision(&model->head, before);
        assert_true(pp_head_probability(&model->head, before, decision) == 1.0);
        double change = pp_head_margin(&model->head, after, decision) - pp_head_margin(&model->head, before, decision);
        assert_true(blind ? change == 0 : fabs(change) > 0.01);
        pp_image_free(image);
        pp_model_free(model);
    }
}

static void the_threshold_moves_the_decision_of_one_output(void **state)
{
    (void)state;
    const small_model m = { .tail = "Sigmoid", .n_outputs = 1 };
    static const char *const WAYS[] = { "0", "1" };
    pp_image *image = small_image(&m, 3);
    for (int i = 0; i < 2; i++) {
        double p[2];
        int decision;
        char below[32], above[32];
        pp_model *model = open_small_model(&m, (const char *[]){ "scores-only", WAYS[i], NULL });
        assert_int_equal(pp_classify(model, image, p, &decision, NULL), PP_OK);
        pp_model_free(model);
        snprintf(below, sizeof below, "%.6f", p[1] * 0.99);
        snprintf(above, sizeof above, "%.6f", p[1] + (1 - p[1]) * 0.01);
        model = open_small_model(&m, (const char *[]){ "scores-only", WAYS[i], "threshold", below, NULL });
        assert_int_equal(pp_classify(model, image, NULL, &decision, NULL), PP_OK);
        assert_int_equal(decision, 1);
        pp_model_free(model);
        model = open_small_model(&m, (const char *[]){ "scores-only", WAYS[i], "threshold", above, NULL });
        assert_int_equal(pp_classify(model, image, NULL, &decision, NULL), PP_OK);
        assert_int_equal(decision, 0);
        pp_model_free(model);
    }
    pp_image_free(image);
}

/* ---- Classes ----------------------------------------------------------------------------------------------------- */

/* Opens a model with class names one a line, and further options. */
static pp_code open_named(pp_model **model, const small_model *m, const char *names, const char *option, const char *value, pp_error *err)
{
    char folder[256], path[300], labels[300];
    new_folder(folder);
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    snprintf(labels, sizeof labels, "%s/names.txt", folder);
    Onnx__ModelProto *proto = new_small_model(m);
    save_model(proto, path);
    free_model(proto);
    write_file(labels, names, strlen(names));
    const char *const options[] = { "labels", labels, option, value, NULL };
    pp_code code = open_file_with(model, path, options, err);
    remove_folder(folder);
    return code;
}

static void classes_have_their_names_or_their_index(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 3 };
    pp_model *model = open_small_model(&m, NULL);
    assert_string_equal(pp_model_class_name(model, 2), "2");
    assert_string_equal(pp_model_class_name(model, 3), "");
    assert_string_equal(pp_model_class_name(model, -1), "");
    pp_model_free(model);
    pp_error err;
    assert_ok(open_named(&model, &m, "normal\nviral\nbacterial\n", NULL, NULL, &err), err);
    assert_string_equal(pp_model_class_name(model, 0), "normal");
    assert_string_equal(pp_model_class_name(model, 2), "bacterial");
    pp_model_free(model);
}

static int class_of(const pp_model *model, const char *label)
{
    int index = -1;
    pp_error err;
    assert_ok(pp_model_find_class(model, label, &index, &err), err);
    return index;
}

static void a_label_is_a_name_in_any_case_an_index_or_what_the_map_says(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 3 };
    pp_model *model = NULL;
    pp_error err;
    int index = 77;
    assert_ok(open_named(&model, &m, "normal\nviral\nbacterial\n", "label-map", "PNEUMONIA=viral,0001=2,healthy=NORMAL", &err), err);
    assert_int_equal(class_of(model, "Viral"), 1);
    assert_int_equal(class_of(model, "2"), 2);
    assert_int_equal(class_of(model, "pneumonia"), 1);
    assert_int_equal(class_of(model, "0001"), 2);
    assert_int_equal(class_of(model, "HEALTHY"), 0);
    static const char *const UNKNOWN[] = { "covid", "3", "-1", "", "vira", "virally", "1x" };
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        assert_int_equal(pp_model_find_class(model, UNKNOWN[i], &index, &err), PP_ARG);
        assert_non_null(strstr(err.message, "normal, viral, bacterial"));
        assert_int_equal(index, 77);
    }
    pp_model_free(model);
}

static void wrong_names_and_maps_are_refused(void **state)
{
    (void)state;
    static const struct {
        int n_outputs;
        const char *tail, *names, *option, *value;
        pp_code code;
        const char *said;
    } BAD[] = {
        { 3, "", "a\nb\n", NULL, NULL, PP_FORMAT, "2 class names for 3 outputs" },
        { 1, "", "a\nb\nc\n", NULL, NULL, PP_FORMAT, "3 class names for 1 outputs" },
        { 3, "Sigmoid", "a\nb\n", NULL, NULL, PP_FORMAT, "2 class names for 3 outputs" },
        { 2, "", "a\nb\n", "positive", "c", PP_ARG, "it has a, b" },
        { 2, "", "a\nb\n", "positive", "2", PP_ARG, "--positive" },
        { 3, "Sigmoid", "a\nb\nc\n", "positive", "d", PP_ARG, "it has a, b, c" },
        { 2, "", "a\nb\n", "label-map", "x=c", PP_ARG, "--label-map: 'c'" },
        { 2, "", "a\nb\n", "label-map", "x", PP_ARG, "LABEL=CLASS" },
        { 2, "", "a\nb\n", "label-map", "=a", PP_ARG, "LABEL=CLASS" },
        { 2, "", "a\nb\n", "label-map", "x=a,,y=b", PP_ARG, "LABEL=CLASS" },
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        pp_model *model = NULL;
        pp_error err = { 0 };
        pp_code code = open_named(&model, &(small_model){ .n_outputs = BAD[i].n_outputs, .tail = BAD[i].tail }, BAD[i].names,
                                  BAD[i].option, BAD[i].value, &err);
        if (code != BAD[i].code || !strstr(err.message, BAD[i].said) || model)
            fail_msg("case %zu: %d, '%s'; expected '%s'", i, code, err.message, BAD[i].said);
    }
}

static void the_positive_class_is_the_second_of_two_or_what_is_said(void **state)
{
    (void)state;
    pp_error err;
    pp_model *model = open_small_model(&(small_model){ .n_outputs = 2 }, NULL);
    assert_int_equal(model->positive, 1);
    pp_model_free(model);
    model = open_small_model(&(small_model){ .n_outputs = 3 }, NULL);
    assert_int_equal(model->positive, -1);
    pp_model_free(model);
    model = open_small_model(&(small_model){ .n_outputs = 1 }, NULL);
    assert_int_equal(model->positive, 1);
    pp_model_free(model);
    assert_ok(open_named(&model, &(small_model){ .n_outputs = 3 }, "a\nb\nc\n", "positive", "A", &err), err);
    assert_int_equal(model->positive, 0);
    pp_model_free(model);
}

static void one_finding_of_a_multi_label_model_is_audited(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 4, .tail = "Sigmoid" };
    pp_image *image = small_image(&m, 5);
    static const char *const FINDINGS[] = { "effusion", "mass", "nodule", "edema" };
    for (int k = 0; k < 4; k++) {
        pp_model *model = NULL;
        pp_error err;
        double p[2], z[SMALL_MOST];
        int decision;
        char absent[40];
        assert_ok(open_named(&model, &m, "effusion\nmass\nnodule\nedema\n", "positive", FINDINGS[k], &err), err);
        assert_int_equal(pp_model_classes(model), 2);
        snprintf(absent, sizeof absent, "no %s", FINDINGS[k]);
        assert_string_equal(pp_model_class_name(model, 0), absent);
        assert_string_equal(pp_model_class_name(model, 1), FINDINGS[k]);
        assert_int_equal(class_of(model, FINDINGS[k]), 1);
        assert_int_equal(class_of(model, FINDINGS[(k + 1) % 4]), 0); /* another finding: this one is not said to be there */
        assert_int_equal(pp_classify(model, image, p, &decision, NULL), PP_OK);
        small_logits(&m, image, &model->plan, z);
        assert_true(fabs(p[1] - 1 / (1 + exp(-z[k]))) < 1e-5);
        assert_int_equal(decision, z[k] > 0);
        pp_model_free(model);
    }
    pp_image_free(image);
}

/* ---- What is no such classifier ---------------------------------------------------------------------------------- */

/* One clear line that names the file. */
static void assert_refused(pp_code code, const pp_model *model, const pp_error *err, pp_code expected, const char *said)
{
    const char *name = strstr(err->message, "model.onnx");
    if (code != expected || model || !name || !strstr(err->message, said) || strchr(err->message, '\n'))
        fail_msg("%d, '%s'; expected %d and '%s'", code, err->message, expected, said);
}

static void refuse_proto(Onnx__ModelProto *proto, pp_code expected, const char *said)
{
    pp_model *model = NULL;
    pp_error err = { 0 };
    pp_code code = open_proto(&model, proto, NULL, &err);
    assert_refused(code, model, &err, expected, said);
}

static void refuse_bytes(const void *bytes, size_t n, pp_code expected, const char *said)
{
    char folder[256], path[300];
    pp_model *model = NULL;
    pp_error err = { 0 };
    new_folder(folder);
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    write_file(path, bytes, n);
    pp_code code = open_file_with(&model, path, NULL, &err);
    remove_folder(folder);
    assert_refused(code, model, &err, expected, said);
}

static void a_file_that_is_no_model_is_told(void **state)
{
    (void)state;
    pp_model *model = NULL;
    pp_error err = { 0 };
    assert_refused(open_file_with(&model, "/nowhere/model.onnx", NULL, &err), model, &err, PP_IO, "No such file");
    refuse_bytes("", 0, PP_FORMAT, "is empty");
    refuse_bytes("hello, world\n", 13, PP_FORMAT, "not an ONNX model");
    refuse_bytes("\x89PNG\r\n\x1a\n", 8, PP_FORMAT, "a PNG image");
    refuse_bytes((char[5000]){ 0 }, 5000, PP_FORMAT, "not an ONNX model");
}

static void a_truncated_model_is_told_wherever_it_is_cut(void **state)
{
    (void)state;
    size_t n;
    Onnx__ModelProto *proto = new_small_model(&(small_model){ .tail = "Softmax" });
    uint8_t *bytes = pack_model(proto, &n);
    for (size_t cut = 1; cut < n; cut += 1 + n / 40)
        refuse_bytes(bytes, cut, PP_FORMAT, "");
    refuse_bytes(bytes, n - 1, PP_FORMAT, "");
    free(bytes);
    free_model(proto);
}

/* The output is as large as the image. */
static void a_segmentation_model_is_told(void **state)
{
    (void)state;
    Onnx__ModelProto *proto = new_model(13);
    add_input(proto, "x", PP_ONNX_FLOAT, "N 3 5 6");
    add_node(proto, "Sigmoid", "x", "y");
    add_output(proto, "y", "N 3 5 6");
    refuse_proto(proto, PP_MODEL, "segmentation");
}

static void a_model_that_answers_with_labels_is_told(void **state)
{
    (void)state;
    refuse_proto(new_small_model(&(small_model){ .n_outputs = 3, .tail = "ArgMax", .output_type = PP_ONNX_INT64 }), PP_MODEL,
                 "no floating-point scores");
}

static void external_weights_that_are_missing_are_told(void **state)
{
    (void)state;
    Onnx__ModelProto *proto = new_small_model(&(small_model){ .n_outputs = 2 });
    Onnx__TensorProto *weights = proto->graph->initializer[0];
    free(weights->raw_data.data);
    weights->raw_data = (ProtobufCBinaryData){ 0, NULL };
    set_external(weights, "location", "weights.bin");
    refuse_proto(proto, PP_IO, "weights.bin");
}

static void external_weights_that_are_there_are_read(void **state)
{
    (void)state;
    char folder[256], path[300];
    const small_model m = { .n_outputs = 2 };
    pp_model *model = NULL;
    pp_error err;
    new_folder(folder);
    Onnx__ModelProto *proto = new_small_model(&m);
    Onnx__TensorProto *weights = proto->graph->initializer[0];
    snprintf(path, sizeof path, "%s/weights.bin", folder);
    write_file(path, weights->raw_data.data, weights->raw_data.len);
    free(weights->raw_data.data);
    weights->raw_data = (ProtobufCBinaryData){ 0, NULL };
    set_external(weights, "location", "weights.bin");
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    save_model(proto, path);
    free_model(proto);
    assert_ok(open_file_with(&model, path, NULL, &err), err);
    remove_folder(folder);
    pp_image *image = small_image(&m, 1);
    double p[2], expected[2];
    int decision;
    assert_int_equal(pp_classify(model, image, p, &decision, NULL), PP_OK);
    expected_probabilities(&m, model, image, true, expected);
    assert_true(fabs(p[0] - expected[0]) < 1e-5);
    pp_image_free(image);
    pp_model_free(model);
}

static void answers_that_are_no_numbers_are_told(void **state)
{
    (void)state;
    refuse_proto(new_small_model(&(small_model){ .tail = "Abs Neg Sqrt" }), PP_MODEL, "must be finite numbers");
    refuse_proto(new_small_model(&(small_model){ .tail = "Abs Neg Floor Relu Reciprocal" }), PP_MODEL, "must be finite numbers");
    refuse_proto(new_small_model(&(small_model){ .tail = "Abs Neg Sqrt Softmax" }), PP_MODEL, "must be finite numbers");
}

static void a_random_model_is_told(void **state)
{
    (void)state;
    refuse_proto(new_small_model(&(small_model){ .tail = "RandomUniformLike" }), PP_MODEL, "the model is random");
    refuse_proto(new_small_model(&(small_model){ .tail = "RandomNormalLike Softmax" }), PP_MODEL, "the model is random");
    refuse_proto(new_small_model(&(small_model){ .n_outputs = 5, .tail = "Dropout Softmax" }), PP_MODEL, "the model is random");
}

static void graphs_that_cannot_be_run_are_told(void **state)
{
    (void)state;
    refuse_proto(new_small_model(&(small_model){ .tail = "NoSuchOperator" }), PP_MODEL, "NoSuchOperator");
    Onnx__ModelProto *proto = new_small_model(&(small_model){ .n_outputs = 2 });
    free(proto->graph->input[0]->name);
    proto->graph->input[0]->name = copy_word("other", 5); /* nothing takes it, and nothing makes x */
    refuse_proto(proto, PP_MODEL, "cannot load");
    proto = new_small_model(&(small_model){ .n_outputs = 2 });
    add_input(proto, "age", PP_ONNX_FLOAT, "N 1");
    refuse_proto(proto, PP_MODEL, "2 inputs");
    refuse_proto(new_small_model(&(small_model){ .n_outputs = 1, .tail = "Softmax" }), PP_MODEL, "is always 1");
    refuse_proto(new_small_model(&(small_model){ .type = PP_ONNX_INT64 }), PP_MODEL, "type int64");
}

static void values_that_are_no_probabilities_are_told(void **state)
{
    (void)state;
    pp_model *model = NULL;
    pp_error err = { 0 };
    pp_code code = open_proto(&model, new_small_model(&(small_model){ .n_outputs = 3 }), (const char *[]){ "output", "softmax", NULL }, &err);
    assert_refused(code, model, &err, PP_MODEL, "--output logits");
}

/* ---- A function as a classifier ---------------------------------------------------------------------------------- */

static pp_code first_value(void *user, const uint8_t *images, size_t n, float *scores)
{
    const pp_callback *spec = user;
    size_t size = (size_t)(spec->width * spec->height * spec->channels);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < spec->n_outputs; k++)
            scores[i * (size_t)spec->n_outputs + (size_t)k] = (float)(k ? 0 : images[i * size] - 100);
    return PP_OK;
}

static pp_code open_function(pp_model **model, pp_callback *spec, const char *option, const char *value, pp_error *err)
{
    pp_params *params = NULL;
    spec->user = spec;
    spec->predict = first_value;
    assert_ok(pp_params_new(&params, "dgde", err), *err);
    if (option)
        assert_ok(pp_params_set(params, option, value, err), *err);
    pp_code code = pp_model_from_callback(model, spec, params, err);
    pp_params_free(params);
    return code;
}

static void a_function_is_a_classifier_like_any_other(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "dark", "bright" };
    pp_callback spec = { .name = "f", .width = 4, .height = 3, .channels = 1, .n_outputs = 1, .class_names = NAMES };
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_error err;
    double p[2];
    int decision;
    assert_ok(open_function(&model, &spec, NULL, NULL, &err), err);
    assert_true(pp_model_width(model) == 4 && pp_model_height(model) == 3 && pp_model_channels(model) == 1);
    assert_string_equal(pp_model_class_name(model, 1), "bright");
    assert_int_equal(pp_image_new(&image, 4, 3, 1, NULL), PP_OK);
    image->data[0] = 102;
    assert_int_equal(pp_classify(model, image, p, &decision, NULL), PP_OK);
    assert_int_equal(decision, 1);
    assert_true(fabs(p[1] - 1 / (1 + exp(-2))) < 1e-9);
    pp_image_free(image);
    pp_model_free(model);
}

static void a_function_that_cannot_be_one_is_refused(void **state)
{
    (void)state;
    static const int SHAPES[][4] = { { 0, 3, 3, 2 }, { 4, 0, 3, 2 }, { 4, 3, 2, 2 }, { 4, 3, 3, 0 }, { 70000, 3, 3, 2 }, { 4, 70000, 3, 2 } };
    pp_model *model = NULL;
    pp_error err;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        const int *s = SHAPES[i];
        pp_callback spec = { .name = "f", .width = s[0], .height = s[1], .channels = s[2], .n_outputs = s[3] };
        assert_int_equal(open_function(&model, &spec, NULL, NULL, &err), PP_ARG);
        assert_null(model);
    }
    pp_callback spec = { .name = "f", .width = 4, .height = 3, .channels = 1, .n_outputs = 2 };
    assert_int_equal(open_function(&model, &spec, "output", "softmax", &err), PP_MODEL); /* it answers with more than 1 */
    assert_int_equal(open_function(&model, &spec, "positive", "7", &err), PP_ARG);
    pp_model_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_read_where_they_are_logits_and_mean_what_they_should),
        cmocka_unit_test(what_the_user_says_of_the_output_wins),
        cmocka_unit_test(names_of_tensors_may_be_long),
        cmocka_unit_test(a_saturated_classifier_is_seen_by_its_logits),
        cmocka_unit_test(the_threshold_moves_the_decision_of_one_output),
        cmocka_unit_test(classes_have_their_names_or_their_index),
        cmocka_unit_test(a_label_is_a_name_in_any_case_an_index_or_what_the_map_says),
        cmocka_unit_test(wrong_names_and_maps_are_refused),
        cmocka_unit_test(the_positive_class_is_the_second_of_two_or_what_is_said),
        cmocka_unit_test(one_finding_of_a_multi_label_model_is_audited),
        cmocka_unit_test(a_file_that_is_no_model_is_told),
        cmocka_unit_test(a_truncated_model_is_told_wherever_it_is_cut),
        cmocka_unit_test(a_segmentation_model_is_told),
        cmocka_unit_test(a_model_that_answers_with_labels_is_told),
        cmocka_unit_test(external_weights_that_are_missing_are_told),
        cmocka_unit_test(external_weights_that_are_there_are_read),
        cmocka_unit_test(answers_that_are_no_numbers_are_told),
        cmocka_unit_test(a_random_model_is_told),
        cmocka_unit_test(graphs_that_cannot_be_run_are_told),
        cmocka_unit_test(values_that_are_no_probabilities_are_told),
        cmocka_unit_test(a_function_is_a_classifier_like_any_other),
        cmocka_unit_test(a_function_that_cannot_be_one_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
