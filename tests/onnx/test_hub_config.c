/* test_hub_config.c - class names and preprocessing from the files of a model hub: found, read, and refused. */
#include "support.h"

#include "onnx/hub_config.h"

#include <math.h>
#include <string.h>

static char folder[256];
static char model_path[300];

static int make_folder(void **state)
{
    (void)state;
    new_folder(folder);
    snprintf(model_path, sizeof model_path, "%s/net.v2.onnx", folder);
    return 0;
}

static int clear_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static const char *path_of(char path[600], const char *name)
{
    snprintf(path, 600, "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *name, const char *text, size_t n)
{
    char path[600];
    FILE *file = fopen(path_of(path, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

/* Reads what lies beside the model. */
static pp_hub_config read_beside(void)
{
    pp_hub_config config;
    pp_error err;
    assert_ok(pp_hub_config_read(&config, model_path, NULL, NULL, &err), err);
    return config;
}

/* Reads a preprocessor_config.json with this text. */
static pp_hub_config read_preprocessor(const char *text)
{
    write_text("preprocessor_config.json", text);
    return read_beside();
}

/* Expects one line that names the file and holds text, and a config as it was. labels, preprocessor: names in the
 * folder, or NULL. */
static void assert_refused(const char *labels, const char *preprocessor, pp_code code, const char *file,
                           const char *text)
{
    char path[600], labels_path[600], preprocessor_path[600];
    pp_hub_config config = { .shortest_edge = 77 };
    pp_error err = { 0 };
    assert_int_equal(pp_hub_config_read(&config, model_path, labels ? path_of(labels_path, labels) : NULL,
                                        preprocessor ? path_of(preprocessor_path, preprocessor) : NULL, &err), code);
    path_of(path, file);
    if (strncmp(err.message, path, strlen(path)) != 0 || !strstr(err.message, text) || strchr(err.message, '\n'))
        fail_msg("'%s' is not one line that names %s and holds '%s'", err.message, file, text);
    assert_int_equal(config.shortest_edge, 77);
    assert_null(config.labels_path);
}

/* ---- Finding the files ------------------------------------------------------------------------------------------- */

static void nothing_beside_the_model_is_no_error(void **state)
{
    (void)state;
    pp_hub_config config = read_beside();
    assert_null(config.labels_path);
    assert_null(config.preprocessor_path);
    assert_int_equal(config.n_classes, 0);
    assert_false(config.has_resize || config.has_crop || config.has_resample);
    assert_false(config.has_scale || config.has_normalize);
    pp_hub_config_clear(&config);
    pp_hub_config_clear(&config); /* twice does no harm */
}

static void the_models_own_file_comes_before_the_folders(void **state)
{
    (void)state;
    char path[600];
    write_text("config.json", "{\"id2label\": {\"0\": \"the folder's\"}}");
    pp_hub_config config = read_beside();
    assert_string_equal(config.labels_path, path_of(path, "config.json"));
    assert_string_equal(config.class_names[0], "the folder's");
    pp_hub_config_clear(&config);
    write_text("net.v2.config.json", "{\"id2label\": {\"0\": \"its own\"}}");
    write_text("net.v2.preprocessor_config.json", "{\"size\": 5}");
    write_text("preprocessor_config.json", "{\"size\": 6}");
    config = read_beside();
    assert_string_equal(config.labels_path, path_of(path, "net.v2.config.json"));
    assert_string_equal(config.preprocessor_path, path_of(path, "net.v2.preprocessor_config.json"));
    assert_string_equal(config.class_names[0], "its own");
    assert_int_equal(config.width, 5);
    pp_hub_config_clear(&config);
}

static void a_file_that_is_named_must_be_there(void **state)
{
    (void)state;
    assert_refused("gone.json", NULL, PP_IO, "gone.json", "No such file");
    assert_refused(NULL, "gone.json", PP_IO, "gone.json", "No such file");
    write_text("other.json", "{\"id2label\": {\"0\": \"other\"}}");
    write_text("other2.json", "{\"size\": 7}");
    write_text("config.json", "not looked at");
    write_text("preprocessor_config.json", "not looked at");
    char labels[600], preprocessor[600];
    pp_hub_config config;
    pp_error err;
    path_of(labels, "other.json");
    path_of(preprocessor, "other2.json");
    assert_ok(pp_hub_config_read(&config, model_path, labels, preprocessor, &err), err);
    assert_string_equal(config.labels_path, labels);
    assert_string_equal(config.class_names[0], "other");
    assert_int_equal(config.height, 7);
    pp_hub_config_clear(&config);
}

static void broken_json_is_named_with_its_line(void **state)
{
    (void)state;
    write_text("config.json", "{\n\n  \"id2label\": {\"0\": }\n}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "line 3");
    write_text("config.json", "[1, 2]");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "holds no JSON object");
    write_text("config.json", "{\"a\": 1, \"a\": 2}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "duplicate");
    write_text("config.json", "");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "expected JSON");
    write_text("config.json", "{}");
    write_text("preprocessor_config.json", "{\"size\": 224");
    assert_refused(NULL, NULL, PP_FORMAT, "preprocessor_config.json", "line 1");
}

/* ---- Class names ------------------------------------------------------------------------------------------------- */

static void class_names_are_in_the_order_of_their_indices(void **state)
{
    (void)state;
    write_text("config.json", "{\"id2label\": {\"2\": \"c\", \"10\": \"k\", \"0\": \"a \xc3\xa4\", \"1\": \"b\","
                              "\"3\": \"d\", \"4\": \"e\", \"5\": \"f\", \"6\": \"g\", \"7\": \"h\", \"8\": \"i\","
                              "\"9\": \"j\"},"
                              "\"label2id\": {\"a\": 99}, \"problem_type\": null}");
    pp_hub_config config = read_beside();
    assert_int_equal(config.n_classes, 11);
    assert_string_equal(config.class_names[0], "a \xc3\xa4");
    assert_string_equal(config.class_names[2], "c");
    assert_string_equal(config.class_names[10], "k");
    assert_false(config.multi_label);
    pp_hub_config_clear(&config);
    assert_int_equal(config.n_classes, 0);
}

static void several_labels_at_once_are_told_by_the_problem_type(void **state)
{
    (void)state;
    write_text("config.json", "{\"problem_type\": \"multi_label_classification\"}");
    pp_hub_config config = read_beside();
    assert_true(config.multi_label);
    assert_int_equal(config.n_classes, 0);
    pp_hub_config_clear(&config);
    write_text("config.json", "{\"problem_type\": \"single_label_classification\"}");
    config = read_beside();
    assert_false(config.multi_label);
    pp_hub_config_clear(&config);
    write_text("config.json", "{\"problem_type\": 3}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"problem_type\"");
}

static void class_names_with_gaps_or_without_text_are_refused(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "{\"0\": \"a\", \"2\": \"c\"}", "{\"1\": \"a\"}",     "{\"0\": \"a\", \"00\": \"b\"}", "{\"-1\": \"a\"}",
        "{\"+0\": \"a\"}",              "{\" 0\": \"a\"}",    "{\"0x0\": \"a\"}",              "{\"\": \"a\"}",
        "{\"0\": 1}",                   "{\"0\": null}",      "{\"0\": \"\"}",                 "{\"0\": \"a\\nb\"}",
        "{\"0\": \"a\\u001b[31m\"}",    "{\"a\": \"0\"}",     "[\"a\"]",                       "{}",
        "\"a\"",                        "{\"18446744073709551616\": \"a\"}",
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        char text[200];
        snprintf(text, sizeof text, "{\"id2label\": %s}", WRONG[i]);
        write_text("config.json", text);
        assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"id2label\"");
    }
}

static void labels_that_were_asked_for_must_be_in_the_file(void **state)
{
    (void)state;
    write_text("other.json", "{\"model_type\": \"resnet\"}");
    assert_refused("other.json", NULL, PP_FORMAT, "other.json", "holds no class names");
}

static void a_text_file_holds_one_name_a_line(void **state)
{
    (void)state;
    char path[600];
    pp_hub_config config;
    pp_error err;
    char many[4000] = "no finding\r\n";
    memset(many + 12, 'x', 3000); /* a line of any length is one name */
    strcpy(many + 3012, "\nlast");
    write_text("labels.txt", many);
    assert_ok(pp_hub_config_read(&config, model_path, path_of(path, "labels.txt"), NULL, &err), err);
    assert_int_equal(config.n_classes, 3);
    assert_string_equal(config.class_names[0], "no finding");
    assert_int_equal(strlen(config.class_names[1]), 3000);
    assert_string_equal(config.class_names[2], "last");
    pp_hub_config_clear(&config);
    write_text("labels.txt", "a\n\nb\n");
    assert_refused("labels.txt", NULL, PP_FORMAT, "labels.txt", "line 2 is empty");
    write_bytes("labels.txt", "a\nb\0c\n", 6);
    assert_refused("labels.txt", NULL, PP_FORMAT, "labels.txt", "line 2");
    write_text("labels.txt", "a\nb\n\xff\xfe\n");
    assert_refused("labels.txt", NULL, PP_FORMAT, "labels.txt", "line 3 is empty or not UTF-8");
    write_text("labels.txt", "");
    assert_refused("labels.txt", NULL, PP_FORMAT, "labels.txt", "is empty");
}

/* ---- Preprocessing ----------------------------------------------------------------------------------------------- */

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void a_whole_preprocessor_file_is_read(void **state)
{
    (void)state;
    pp_hub_config config = read_preprocessor(
        "{\"do_resize\": true, \"size\": {\"shortest_edge\": 256}, \"do_center_crop\": true,"
        "\"crop_size\": {\"height\": 224, \"width\": 192}, \"do_rescale\": true, \"rescale_factor\": 0.5,"
        "\"do_normalize\": true, \"image_mean\": [0.485, 0.456, 0.406], \"image_std\": [0.229, 0.224, 0.225],"
        "\"resample\": 3, \"image_processor_type\": \"ViTImageProcessor\"}");
    assert_true(config.has_resize && config.has_crop && config.has_resample);
    assert_true(config.has_scale && config.has_normalize);
    assert_int_equal(config.shortest_edge, 256);
    assert_int_equal(config.width, 0);
    assert_int_equal(config.crop_height, 224);
    assert_int_equal(config.crop_width, 192);
    assert_int_equal(config.resample, 3);
    assert_near(config.scale, 0.5);
    assert_int_equal(config.n_channels, 3);
    assert_near(config.mean[2], 0.406);
    assert_near(config.std[1], 0.224);
    pp_hub_config_clear(&config);
}

static void each_way_to_write_a_size_is_read(void **state)
{
    (void)state;
    pp_hub_config config = read_preprocessor("{\"size\": 224}");
    assert_true(config.has_resize && !config.has_crop && !config.has_resample);
    assert_int_equal(config.shortest_edge, 0);
    assert_int_equal(config.width, 224);
    assert_int_equal(config.height, 224);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"size\": {\"height\": 320, \"width\": 240}, \"crop_size\": 200}");
    assert_int_equal(config.height, 320);
    assert_int_equal(config.width, 240);
    assert_true(config.has_crop); /* not said to be off */
    assert_int_equal(config.crop_width, 200);
    assert_int_equal(config.crop_height, 200);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"size\": 224, \"do_resize\": false, \"crop_size\": 200, \"do_center_crop\": false}");
    assert_false(config.has_resize || config.has_crop);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"size\": null, \"crop_size\": null, \"do_center_crop\": null, \"resample\": null}");
    assert_false(config.has_resize || config.has_crop || config.has_resample);
    pp_hub_config_clear(&config);
}

static void values_that_are_not_said_are_those_of_the_hub(void **state)
{
    (void)state;
    pp_hub_config config = read_preprocessor("{\"size\": 224}");
    assert_true(config.has_scale);
    assert_near(config.scale, 1 / 255.0);
    assert_false(config.has_normalize);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"do_rescale\": false, \"image_mean\": 0.5, \"image_std\": [0.25]}");
    assert_false(config.has_scale);
    assert_true(config.has_normalize);
    assert_int_equal(config.n_channels, 1);
    assert_near(config.mean[0], 0.5);
    assert_near(config.std[0], 0.25);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"do_normalize\": false, \"image_mean\": \"not looked at\"}");
    assert_false(config.has_normalize);
    pp_hub_config_clear(&config);
}

/* std 0.47853944 is the root of 0.229: the processor divides by it twice. */
static void efficientnets_two_further_steps_go_into_mean_and_std(void **state)
{
    (void)state;
    pp_hub_config config = read_preprocessor(
        "{\"do_normalize\": true, \"image_mean\": [0.485, 0.456, 0.406], \"include_top\": true,"
        "\"rescale_offset\": false,"
        "\"image_std\": [0.47853944, 0.4732864, 0.47434163]}");
    assert_near(config.mean[0], 0.485);
    assert_true(fabs(config.std[0] - 0.229) < 1e-7 && fabs(config.std[2] - 0.225) < 1e-7);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"do_normalize\": false, \"image_mean\": [0.5], \"image_std\": [0.5],"
                               "\"rescale_factor\": 0.00784313725490196, \"rescale_offset\": true}");
    assert_true(config.has_normalize); /* v / 127.5 - 1 */
    assert_near(config.mean[0], 1);
    assert_near(config.std[0], 1);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"do_normalize\": true, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [2, 2, 2],"
                               "\"rescale_offset\": true, \"include_top\": true}");
    for (int c = 0; c < 3; c++) { /* ((v * scale - 1 - 0.5) / 2) / 2 */
        assert_near(config.mean[c], 1.5);
        assert_near(config.std[c], 4);
    }
    pp_hub_config_clear(&config);
}

static void a_crop_given_as_a_part_is_worked_out(void **state)
{
    (void)state;
    pp_hub_config config = read_preprocessor("{\"size\": {\"shortest_edge\": 224}, \"crop_pct\": 0.875}");
    assert_int_equal(config.shortest_edge, 256);
    assert_true(config.has_crop);
    assert_int_equal(config.crop_width, 224);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"size\": 384, \"crop_pct\": 0.875}");
    assert_false(config.has_crop);
    assert_int_equal(config.shortest_edge, 0);
    assert_int_equal(config.width, 384);
    assert_int_equal(config.height, 384);
    pp_hub_config_clear(&config);
    config = read_preprocessor("{\"size\": {\"shortest_edge\": 384}, \"crop_size\": 380, \"crop_pct\": 0.95}");
    assert_int_equal(config.shortest_edge, 404);
    assert_int_equal(config.crop_width, 380);
    pp_hub_config_clear(&config);
}

static void a_value_of_the_wrong_kind_is_refused_with_its_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key;
    } WRONG[] = {
        { "{\"size\": \"224\"}", "\"size\"" },
        { "{\"size\": 224.5}", "\"size\"" },
        { "{\"size\": 0}", "\"size\"" },
        { "{\"size\": -224}", "\"size\"" },
        { "{\"size\": 65536}", "\"size\"" },
        { "{\"size\": 4294967520}", "\"size\"" },
        { "{\"size\": [224, 224]}", "\"size\"" },
        { "{\"size\": {\"height\": 224}}", "\"size\"" },
        { "{\"size\": {\"longest_edge\": 224}}", "\"size\"" },
        { "{\"size\": {\"shortest_edge\": 224, \"longest_edge\": 300}}", "\"size\"" },
        { "{\"size\": 224, \"do_resize\": 1}", "\"do_resize\"" },
        { "{\"size\": 224, \"do_center_crop\": \"yes\"}", "\"do_center_crop\"" },
        { "{\"size\": 224, \"do_center_crop\": true}", "\"crop_size\"" },
        { "{\"size\": 224, \"crop_size\": {\"width\": 3}}", "\"crop_size\"" },
        { "{\"size\": 224, \"crop_pct\": 0}", "\"crop_pct\"" },
        { "{\"size\": 224, \"crop_pct\": 1.5}", "\"crop_pct\"" },
        { "{\"size\": 224, \"crop_pct\": 0.001}", "\"crop_pct\"" },
        { "{\"size\": 224, \"resample\": 4}", "\"resample\"" },
        { "{\"size\": 224, \"resample\": -1}", "\"resample\"" },
        { "{\"size\": 224, \"resample\": \"cubic\"}", "\"resample\"" },
        { "{\"size\": 224, \"do_rescale\": 1}", "\"do_rescale\"" },
        { "{\"size\": 224, \"rescale_factor\": \"1/255\"}", "\"rescale_factor\"" },
        { "{\"size\": 224, \"rescale_factor\": 0}", "\"rescale_factor\"" },
        { "{\"do_normalize\": true}", "\"image_mean\"" },
        { "{\"image_mean\": [0.5, 0.5], \"image_std\": [1, 1]}", "\"image_mean\"" },
        { "{\"image_mean\": [0.5, 0.5, \"a\"], \"image_std\": [1, 1, 1]}", "\"image_mean\"" },
        { "{\"image_mean\": [0.5, 0.5, 0.5]}", "\"image_std\"" },
        { "{\"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [1]}", "\"image_std\"" },
        { "{\"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [1, 0, 1]}", "\"image_std\"" },
        { "{\"image_mean\": [0.5], \"image_std\": [-1]}", "\"image_std\"" },
        { "{\"do_normalize\": false, \"image_std\": [0], \"include_top\": true}", "\"image_std\"" },
        { "{\"size\": 224, \"do_flip_channel_order\": true}", "\"do_flip_channel_order\" is true" },
        { "{\"size\": 224, \"do_pad\": true}", "not supported" },
        { "{\"id2label\": {\"0\": \"a\"}}", "says nothing about preprocessing" },
        { "[]", "says nothing about preprocessing" },
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        write_text("preprocessor_config.json", WRONG[i].text);
        assert_refused(NULL, NULL, PP_FORMAT, "preprocessor_config.json", WRONG[i].key);
    }
}

/* ---- timm -------------------------------------------------------------------------------------------------------- */

static const char TIMM[] =
    "{\"architecture\": \"resnet50\", \"label_names\": [\"benign\", \"malignant\"], \"pretrained_cfg\":"
    "{\"mean\": [0.5, 0.4, 0.3], \"std\": [0.2, 0.2, 0.1], \"input_size\": [3, 224, 224], \"crop_pct\": 0.9,"
    "\"interpolation\": \"bicubic\", \"crop_mode\": \"%s\"}}";

static void the_preprocessing_inside_timms_config_is_read(void **state)
{
    (void)state;
    char text[600], path[600];
    snprintf(text, sizeof text, TIMM, "center");
    write_text("config.json", text);
    pp_hub_config config = read_beside();
    assert_int_equal(config.n_classes, 2);
    assert_string_equal(config.class_names[1], "malignant");
    assert_string_equal(config.preprocessor_path, path_of(path, "config.json"));
    assert_true(config.has_resize && config.has_crop && config.has_resample);
    assert_true(config.has_scale && config.has_normalize);
    assert_int_equal(config.shortest_edge, 248); /* 224 / 0.9, rounded down */
    assert_int_equal(config.crop_width, 224);
    assert_int_equal(config.resample, 3);
    assert_near(config.scale, 1 / 255.0);
    assert_near(config.mean[1], 0.4);
    assert_near(config.std[2], 0.1);
    pp_hub_config_clear(&config);
    snprintf(text, sizeof text, TIMM, "squash");
    write_text("config.json", text);
    config = read_beside();
    assert_int_equal(config.shortest_edge, 0);
    assert_int_equal(config.width, 248);
    pp_hub_config_clear(&config);
    write_text("preprocessor_config.json", "{\"size\": 100}"); /* comes first */
    config = read_beside();
    assert_int_equal(config.width, 100);
    assert_false(config.has_normalize);
    pp_hub_config_clear(&config);
}

static void a_timm_config_that_is_wrong_is_refused(void **state)
{
    (void)state;
    char text[600];
    snprintf(text, sizeof text, TIMM, "border");
    write_text("config.json", text);
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"crop_mode\"");
    write_text("config.json", "{\"pretrained_cfg\": {\"input_size\": [224, 224]}}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"input_size\"");
    write_text("config.json", "{\"pretrained_cfg\": {\"input_size\": [3, 224, 200]}}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"input_size\"");
    write_text("config.json", "{\"pretrained_cfg\": {\"mean\": [0.5]}}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"std\"");
    write_text("config.json", "{\"label_names\": [\"a\", 2]}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"label_names\": entry 1");
    write_text("config.json", "{\"label_names\": \"a\"}");
    assert_refused(NULL, NULL, PP_FORMAT, "config.json", "\"label_names\"");
}

/* ---- Real files -------------------------------------------------------------------------------------------------- */

static void real_models_have_their_files_beside_them(void **state)
{
    (void)state;
    char path[512];
    pp_hub_config config;
    pp_error err;
    data_file(path, "derm/mobilenetv2_035_melanoma.onnx");
    assert_ok(pp_hub_config_read(&config, path, NULL, NULL, &err), err);
    assert_int_equal(config.n_classes, 3);
    assert_string_equal(config.class_names[0], "malignant melanoma");
    assert_int_equal(config.shortest_edge, 224);
    assert_true(config.has_crop);
    assert_near(config.mean[0], 0.5);
    pp_hub_config_clear(&config);
    assert_ok(pp_hub_config_read(&config, data_file(path, "cxr/resnet50.onnx"), NULL, NULL, &err), err);
    assert_string_equal(config.class_names[1], "PNEUMONIA");
    assert_int_equal(config.width, 224);
    assert_false(config.has_crop);
    assert_near(config.std[2], 0.225);
    pp_hub_config_clear(&config);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, clear_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(nothing_beside_the_model_is_no_error),
        WITH_FOLDER(the_models_own_file_comes_before_the_folders),
        WITH_FOLDER(a_file_that_is_named_must_be_there),
        WITH_FOLDER(broken_json_is_named_with_its_line),
        WITH_FOLDER(class_names_are_in_the_order_of_their_indices),
        WITH_FOLDER(several_labels_at_once_are_told_by_the_problem_type),
        WITH_FOLDER(class_names_with_gaps_or_without_text_are_refused),
        WITH_FOLDER(labels_that_were_asked_for_must_be_in_the_file),
        WITH_FOLDER(a_text_file_holds_one_name_a_line),
        WITH_FOLDER(a_whole_preprocessor_file_is_read),
        WITH_FOLDER(each_way_to_write_a_size_is_read),
        WITH_FOLDER(values_that_are_not_said_are_those_of_the_hub),
        WITH_FOLDER(efficientnets_two_further_steps_go_into_mean_and_std),
        WITH_FOLDER(a_crop_given_as_a_part_is_worked_out),
        WITH_FOLDER(a_value_of_the_wrong_kind_is_refused_with_its_key),
        WITH_FOLDER(the_preprocessing_inside_timms_config_is_read),
        WITH_FOLDER(a_timm_config_that_is_wrong_is_refused),
        cmocka_unit_test(real_models_have_their_files_beside_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
