/* test_onnx_file.c - opening model files, and refusing those that are none: truncated, hostile, something else, or
 * without the files that hold their weights. */
#include "make_model.h"

#include "base/rng.h"

#include <limits.h>
#include <sys/stat.h>

static char folder[256];
static char model_path[300];

static int make_folder(void **state)
{
    (void)state;
    new_folder(folder);
    snprintf(model_path, sizeof model_path, "%s/model.onnx", folder);
    return 0;
}

static int clear_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* Expects that the file is refused, by a line that names it and holds text. */
static void assert_refused(pp_code code, const char *text)
{
    pp_onnx *onnx = NULL;
    pp_error err = { 0 };
    assert_int_equal(pp_onnx_open(&onnx, model_path, &err), code);
    assert_null(onnx);
    assert_int_equal(err.code, code);
    bool names_file = strncmp(err.message, model_path, strlen(model_path)) == 0;
    if (!names_file || !strstr(err.message, text) || strchr(err.message, '\n'))
        fail_msg("'%s' is not one line that names the file and holds '%s'", err.message, text);
}

static void assert_bytes_refused(const void *bytes, size_t n, pp_code code, const char *text)
{
    write_file(model_path, bytes, n);
    assert_refused(code, text);
}

/* Takes the model. */
static void assert_model_refused(Onnx__ModelProto *model, pp_code code, const char *text)
{
    save_model(model, model_path);
    free_model(model);
    assert_refused(code, text);
}

static void a_model_is_opened_whole(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    size_t n;
    uint8_t *bytes = pack_model(model, &n);
    pp_onnx *onnx = open_model(model);
    assert_int_equal(onnx->n_bytes, n);
    assert_memory_equal(onnx->bytes, bytes, n);
    assert_string_equal(onnx->digest.hex, pp_digest_of(NULL, 0, bytes, n).hex);
    assert_ptr_equal(onnx->graph, onnx->proto->graph);
    assert_string_equal(onnx->proto->producer_name, "a test");
    assert_int_equal(onnx->n_external, 0);
    assert_int_equal(pp_onnx_elements(pp_onnx_initializer(onnx, "w")), 4 * 3 * 3 * 3);
    assert_int_equal(pp_onnx_attribute(onnx->graph->node[0], "pads")->n_ints, 4);
    assert_null(pp_onnx_attribute(onnx->graph->node[0], "strides"));
    assert_null(pp_onnx_initializer(onnx, "x"));
    pp_onnx_free(onnx);
    pp_onnx_free(NULL);
    free(bytes);
}

static void the_folder_of_a_model_is_where_it_lies(void **state)
{
    (void)state;
    char before[PATH_MAX];
    pp_onnx *onnx = NULL;
    pp_error err;
    Onnx__ModelProto *model = new_classifier();
    save_model(model, model_path);
    free_model(model);
    assert_ok(pp_onnx_open(&onnx, model_path, &err), err);
    assert_string_equal(onnx->folder, folder);
    pp_onnx_free(onnx);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    pp_code code = pp_onnx_open(&onnx, "model.onnx", &err);
    assert_int_equal(chdir(before), 0);
    assert_ok(code, err);
    assert_string_equal(onnx->folder, ".");
    pp_onnx_free(onnx);
}

/* ---- What is no model -------------------------------------------------------------------------------------------- */

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    assert_refused(PP_IO, "No such file");
    assert_int_equal(mkdir(model_path, 0700), 0);
    assert_refused(PP_IO, "is a folder");
    assert_int_equal(rmdir(model_path), 0);
    assert_int_equal(mkfifo(model_path, 0600), 0);
    assert_refused(PP_IO, "not a regular file"); /* rather than waited for */
    assert_int_equal(unlink(model_path), 0);
    assert_bytes_refused("", 0, PP_FORMAT, "is empty");
    assert_int_equal(truncate(model_path, INT64_C(1) << 31), 0); /* holes take no room */
    assert_refused(PP_FORMAT, "2147483648 bytes, and none is larger than 2 GiB");
}

static void a_file_of_another_kind_is_named_for_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
    } FILES[] = {
        { "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 94\n", 66, "git lfs pull" },
        { "PK\x03\x04\x00\x00\x08\x08", 8, "zip archive" },
        { "\x80\x02}q\x00(X\x05", 8, "pickle" },
        { "\x80\x04\x95\x10\x00\x00\x00", 7, "torch.onnx.export" },
        { "\x89HDF\r\n\x1a\n", 8, "HDF5" },
        { "\x1c\x00\x00\x00TFL3\x14\x00", 10, "TensorFlow Lite" },
        { "\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}", 16, "safetensors" },
        { "\x89PNG\r\n\x1a\n\x00\x00", 10, "a PNG image" },
        { "\xff\xd8\xff\xe0\x00\x10JFIF", 10, "a JPEG image" },
        { "<!DOCTYPE html><html></html>", 28, "web page" },
        { "the model is elsewhere\n", 23, "is text, not an ONNX model" },
        { "\xff\xfe\xfd\xfc", 4, "not an ONNX model, or truncated (4 bytes)" },
        { "\x08\x07", 2, "holds no graph" },
    };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        assert_bytes_refused(FILES[i].bytes, FILES[i].n, PP_FORMAT, FILES[i].text);
}

static void a_model_without_what_makes_it_one_is_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_model(13);
    add_input(model, "x", PP_ONNX_FLOAT, "1 3 8 8");
    assert_model_refused(model, PP_FORMAT, "no nodes");
    model = new_classifier();
    model->ir_version = 0;
    assert_model_refused(model, PP_FORMAT, "ir_version is 0");
    model = new_classifier();
    onnx__operator_set_id_proto__free_unpacked(model->opset_import[0], NULL);
    model->n_opset_import = 0;
    assert_model_refused(model, PP_FORMAT, "opset_import");
}

static void a_model_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    size_t n;
    uint8_t *bytes = pack_model(model, &n);
    free_model(model);
    for (size_t cut = 1; cut < n; cut++)
        assert_bytes_refused(bytes, cut, PP_FORMAT, "");
    free(bytes);
}

/* All that can be asked of a model. */
static void ask_everything(const pp_onnx *onnx)
{
    pp_onnx_port port;
    pp_onnx_op *ops = NULL;
    size_t n_ops, n_bytes;
    uint8_t *bytes = NULL;
    int64_t dims[8] = { 1, 4, 8, 8, -1, 0, INT64_MAX, INT64_MIN };
    const char *name = onnx->graph->node[0]->n_output ? onnx->graph->node[0]->output[0] : "";
    pp_onnx_image_input(onnx, &port, NULL);
    pp_onnx_first_output(onnx, &port, NULL);
    for (size_t i = 0; i < onnx->graph->n_output; i++)
        pp_onnx_find_head(onnx, onnx->graph->output[i]->name);
    for (size_t i = 0; i < onnx->graph->n_node; i++)
        for (int n = 0; n <= 8; n++)
            pp_onnx_node_multiply_adds(onnx, onnx->graph->node[i], dims, n);
    pp_onnx_parameters(onnx);
    assert_int_equal(pp_onnx_operators(onnx, &ops, &n_ops, NULL), PP_OK);
    free(ops);
    if (pp_onnx_with_outputs(onnx, &name, 1, &bytes, &n_bytes, NULL) == PP_OK)
        free(bytes);
}

/* What is tested is that nothing breaks, under the address sanitiser above all. */
static void random_changes_never_break_it(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    set_external(add_weight(model, "far", PP_ONNX_FLOAT, "2 2"), "location", "model.onnx");
    size_t n, n_opened = 0;
    uint8_t *bytes = pack_model(model, &n), *changed = malloc(n);
    free_model(model);
    assert_non_null(changed);
    pp_rng rng;
    pp_rng_seed(&rng, 20190412);
    for (int i = 0; i < 4000; i++) {
        memcpy(changed, bytes, n);
        for (uint64_t left = 1 + pp_rng_below(&rng, 4); left > 0; left--)
            changed[pp_rng_below(&rng, n)] = (uint8_t)pp_rng_below(&rng, 256);
        write_file(model_path, changed, n);
        pp_onnx *onnx = NULL;
        if (pp_onnx_open(&onnx, model_path, NULL) != PP_OK) {
            assert_null(onnx);
            continue;
        }
        ask_everything(onnx);
        pp_onnx_free(onnx);
        n_opened++;
    }
    assert_in_range(n_opened, 100, 3900); /* both ways were taken */
    free(changed);
    free(bytes);
}

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

static void a_tensor_that_cannot_be_is_refused(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    add_weight(model, "odd", PP_ONNX_FLOAT, "4 -3");
    assert_model_refused(model, PP_FORMAT, "'odd' has a dimension of -3");
    model = new_classifier();
    set_bytes(&add_weight(model, "odd", PP_ONNX_FLOAT, "2 2")->raw_data, "0123456789abcde", 15);
    assert_model_refused(model, PP_FORMAT, "'odd' holds 15 bytes; its shape and type make 16");
    model = new_classifier();
    set_bytes(&add_weight(model, "odd", PP_ONNX_FLOAT, "4294967296 4294967296 4")->raw_data, "0123", 4);
    assert_model_refused(model, PP_FORMAT, "'odd' holds 4 bytes");
    model = new_classifier();
    Onnx__AttributeProto *constant =
        add_attribute(add_node(model, "Constant", "", "k"), "value", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    constant->t = new_tensor("inside", PP_ONNX_FLOAT, "-1");
    assert_model_refused(model, PP_FORMAT, "'inside'");
}

/* Each level is a graph with a node with an attribute with a graph: protobuf alone would recurse. */
static uint8_t *nest(size_t depth, size_t *n)
{
    size_t room = depth * 24 + 64;
    uint8_t *bytes = malloc(room), *start = bytes + room;
    assert_non_null(bytes);
    static const uint8_t TAGS[] = { 0x0a, 0x2a, 0x32 }; /* node 1, attribute 5, g 6 */
    for (size_t level = 0; level < depth * 3; level++) {
        size_t length = (size_t)(bytes + room - start);
        uint8_t head[12];
        size_t at = 0;
        head[at++] = TAGS[2 - level % 3];
        do {
            head[at++] = (uint8_t)((length & 127) | (length > 127 ? 128 : 0));
            length >>= 7;
        } while (length);
        start -= at;
        memcpy(start, head, at);
    }
    *n = (size_t)(bytes + room - start);
    memmove(bytes, start, *n);
    return bytes;
}

static void graphs_nested_without_end_are_refused(void **state)
{
    (void)state;
    static const size_t DEPTHS[] = { 9, 10, 100, 50000 };
    for (size_t i = 0; i < sizeof DEPTHS / sizeof *DEPTHS; i++) {
        Onnx__ModelProto *model = new_classifier();
        Onnx__AttributeProto *branch =
            add_attribute(add_node(model, "If", "x", "i"), "then_branch", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH);
        size_t n;
        uint8_t *bytes = nest(DEPTHS[i], &n);
        set_bytes(&branch->g, bytes, n);
        free(bytes);
        assert_model_refused(model, PP_FORMAT, "graphs lie in graphs");
    }
    size_t n;
    uint8_t *bytes = nest(7, &n);
    Onnx__ModelProto *model = new_classifier();
    set_bytes(&add_attribute(model->graph->node[0], "g", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH)->g, bytes, n);
    free(bytes);
    pp_onnx_free(open_model(model));
}

/* ---- Weights in other files -------------------------------------------------------------------------------------- */

static void write_beside(const char *name, const void *bytes, size_t n)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_file(path, bytes, n);
}

static void the_digest_covers_the_files_of_weights_in_order_of_first_mention(void **state)
{
    (void)state;
    Onnx__ModelProto *model = new_classifier();
    static const char *const FILES[] = { "b.data", "a.data", "b.data" };
    for (int i = 0; i < 3; i++) {
        Onnx__TensorProto *tensor = add_weight(model, "far", PP_ONNX_FLOAT, "2 2");
        set_external(tensor, "location", FILES[i]);
        set_external(tensor, "offset", i == 2 ? "4" : "0");
        set_external(tensor, "length", "16");
    }
    write_beside("a.data", "aaaaaaaaaaaaaaaa", 16);
    write_beside("b.data", "bbbbbbbbbbbbbbbbbbbb", 20);
    save_model(model, model_path);
    free_model(model);
    pp_onnx *onnx = NULL;
    pp_error err;
    assert_ok(pp_onnx_open(&onnx, model_path, &err), err);
    assert_int_equal(onnx->n_external, 3);
    static const char BOTH[] = "bbbbbbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaa";
    assert_string_equal(onnx->digest.hex, pp_digest_of(onnx->bytes, onnx->n_bytes, BOTH, 36).hex);
    pp_onnx_free(onnx);
}

/* A model with one tensor of 16 bytes outside; keys and values by turns, up to NULL. Takes none of them. */
static Onnx__ModelProto *new_external(const char *const *pairs)
{
    Onnx__ModelProto *model = new_classifier();
    Onnx__TensorProto *tensor = add_weight(model, "far", PP_ONNX_FLOAT, "2 2");
    for (; *pairs; pairs += 2)
        set_external(tensor, pairs[0], pairs[1]);
    return model;
}

static void a_missing_or_short_file_of_weights_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *pairs[9], *text;
    } CASES[] = {
        { { "location", "gone.data" }, "its weights file 'gone.data': cannot be read: No such file" },
        { { "location", "sub" }, "its weights file 'sub': is a folder" },
        { { "location", "w.data", "offset", "5" }, "'w.data' is too short: 20 bytes, but 'far' takes 16 from 5" },
        { { "location", "w.data", "length", "21" }, "'w.data' is too short: 20 bytes, but 'far' takes 21 from 0" },
        { { "location", "w.data", "offset", "18446744073709551615", "length", "17" }, "'w.data' is too short" },
        { { "location", "w.data", "offset", "21", "length", "0" }, "'w.data' is too short" },
        { { "location", "../w.data" }, "'../w.data'; expected a name beside the model" },
        { { "location", "sub/../../w.data" }, "expected a name beside the model" },
        { { "location", "/etc/hostname" }, "expected a name beside the model" },
        { { "location", "./w.data" }, "expected a name beside the model" },
        { { "location", "" }, "expected a name beside the model" },
        { { "offset", "0" }, "the file ''; expected a name beside the model" },
    };
    char sub[300];
    snprintf(sub, sizeof sub, "%s/sub", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    write_beside("w.data", "01234567890123456789", 20);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_model_refused(new_external(CASES[i].pairs), PP_IO, CASES[i].text);
    static const char *const BEHIND[] = { "location", "w.data", "offset", "21", NULL };
    Onnx__ModelProto *model = new_external(BEHIND);
    model->graph->initializer[2]->dims[0] = 0; /* nothing, but behind the end */
    assert_model_refused(model, PP_IO, "'w.data' is too short");
    static const char *const ODD[] = { "location", "w.data", "offset", "-1", NULL };
    assert_model_refused(new_external(ODD), PP_FORMAT, "external offset is '-1'");
    static const char *const FEW[] = { "location", "w.data", "length", "15", NULL };
    assert_model_refused(new_external(FEW), PP_FORMAT, "has 15 bytes in another file; its shape and type make 16");
}

static void weights_outside_are_found_in_constants_and_subgraphs_too(void **state)
{
    (void)state;
    Onnx__ModelProto *inner = new_model(13), *model = new_classifier();
    set_external(add_weight(inner, "deep", PP_ONNX_FLOAT, "1"), "location", "sub/deep.data");
    size_t n = onnx__graph_proto__get_packed_size(inner->graph);
    uint8_t *bytes = malloc(n);
    assert_non_null(bytes);
    onnx__graph_proto__pack(inner->graph, bytes);
    Onnx__AttributeProto *branch =
        add_attribute(add_node(model, "If", "x", "i"), "then_branch", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH);
    set_bytes(&branch->g, bytes, n);
    Onnx__AttributeProto *value =
        add_attribute(add_node(model, "Constant", "", "k"), "value", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    value->t = new_tensor("constant", PP_ONNX_FLOAT, "1");
    set_external(value->t, "location", "constant.data");
    save_model(model, model_path);
    free(bytes);
    free_model(inner);
    free_model(model);
    assert_refused(PP_IO, "'sub/deep.data'");
    char sub[300];
    snprintf(sub, sizeof sub, "%s/sub", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    write_beside("sub/deep.data", "deep", 4);
    assert_refused(PP_IO, "'constant.data'");
    write_beside("constant.data", "same", 4);
    pp_onnx *onnx = NULL;
    pp_error err;
    assert_ok(pp_onnx_open(&onnx, model_path, &err), err);
    assert_int_equal(onnx->n_external, 2);
    assert_string_equal(onnx->digest.hex, pp_digest_of(onnx->bytes, onnx->n_bytes, "deepsame", 8).hex);
    pp_onnx_free(onnx);
}

/* ---- Real files -------------------------------------------------------------------------------------------------- */

static void real_models_are_opened(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "cxr/mobilenetv2_035.onnx", "cxr/resnet50.onnx",
                                         "derm/mobilenetv2_035_melanoma.onnx" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[512];
        pp_onnx *onnx = NULL;
        pp_error err;
        assert_ok(pp_onnx_open(&onnx, data_file(path, NAMES[i]), &err), err);
        ask_everything(onnx);
        pp_onnx_free(onnx);
    }
}

static void a_real_file_of_labels_is_refused(void **state)
{
    (void)state;
    char path[512], text[600];
    pp_onnx *onnx = NULL;
    pp_error err;
    data_file(path, "cxr/labels.csv");
    assert_int_equal(pp_onnx_open(&onnx, path, &err), PP_FORMAT);
    snprintf(text, sizeof text, "%s: is text, not an ONNX model", path);
    assert_string_equal(err.message, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_opened_whole),
        cmocka_unit_test_setup_teardown(the_folder_of_a_model_is_where_it_lies, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_named, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(a_file_of_another_kind_is_named_for_what_it_is, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(a_model_without_what_makes_it_one_is_refused, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(a_model_cut_at_any_byte_is_refused, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(random_changes_never_break_it, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(a_tensor_that_cannot_be_is_refused, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(graphs_nested_without_end_are_refused, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(the_digest_covers_the_files_of_weights_in_order_of_first_mention, make_folder,
                                        clear_folder),
        cmocka_unit_test_setup_teardown(a_missing_or_short_file_of_weights_is_named, make_folder, clear_folder),
        cmocka_unit_test_setup_teardown(weights_outside_are_found_in_constants_and_subgraphs_too, make_folder,
                                        clear_folder),
        cmocka_unit_test(real_models_are_opened),
        cmocka_unit_test(a_real_file_of_labels_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
