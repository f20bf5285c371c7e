/* test_preprocess.c - from options, presets and the hub's files to geometry and tensor values. */
#include "support.h"

#include "attack/params.h"
#include "oracle/preprocess.h"

#include <math.h>
#include <string.h>

static const char *const NOTHING[] = { NULL };

/* What is known in one case, and what comes of it. */
typedef struct outcome {
    pp_code code;
    pp_error err;
    pp_geometry geometry;
    pp_input_plan plan;
    char source[512];
} outcome;

static pp_onnx_port port_of(int type, int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (pp_onnx_port){ .name = "x", .type = type, .n_dims = 4, .dims = { a, b, c, d } };
}

/* options: "name", "value", ..., NULL */
static outcome plan(pp_onnx_port port, pp_hub_config hub, const char *const *options)
{
    outcome o = { .code = PP_OK };
    pp_params *params = NULL;
    assert_ok(pp_params_new(&params, "dgde", &o.err), o.err);
    for (; *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], &o.err), o.err);
    o.code = pp_preprocess_plan(&o.geometry, &o.plan, o.source, "m.onnx", &port, &hub, &params->model, &o.err);
    pp_params_free(params);
    return o;
}

static outcome plan_ok(pp_onnx_port port, pp_hub_config hub, const char *const *options)
{
    outcome o = plan(port, hub, options);
    assert_ok(o.code, o.err);
    return o;
}

/* What a value of a channel becomes. */
static double becomes(const outcome *o, int c, double v)
{
    return (v * o->plan.scale - o->plan.mean[c]) / o->plan.std[c];
}

static void assert_range(const outcome *o, int c, double at_0, double at_255)
{
    assert_true(fabs(becomes(o, c, 0) - at_0) < 1e-6 && fabs(becomes(o, c, 255) - at_255) < 1e-6);
}

static const pp_hub_config NO_HUB = { .n_classes = 0 };

static void presets_are_what_the_libraries_mean_by_them(void **state)
{
    (void)state;
    pp_onnx_port port = port_of(PP_ONNX_FLOAT, -1, 3, 224, 224);
    outcome o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "none", NULL });
    assert_range(&o, 0, 0, 255);
    o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "unit", NULL });
    assert_range(&o, 2, 0, 1);
    o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "inception", NULL });
    assert_range(&o, 1, -1, 1);
    o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "imagenet", NULL });
    assert_range(&o, 0, -0.485 / 0.229, (1 - 0.485) / 0.229);
    assert_range(&o, 1, -0.456 / 0.224, (1 - 0.456) / 0.224);
    assert_range(&o, 2, -0.406 / 0.225, (1 - 0.406) / 0.225);
}

static void layout_and_element_are_the_model_s(void **state)
{
    (void)state;
    static const char *const UNIT[] = { "preset", "unit", NULL };
    outcome o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 20, 30), NO_HUB, UNIT);
    assert_true(!o.plan.nhwc && o.plan.channels == 3 && o.plan.height == 20 && o.plan.width == 30);
    assert_true(o.geometry.height == 20 && o.geometry.width == 30 && o.geometry.channels == 3);
    o = plan_ok(port_of(PP_ONNX_FLOAT16, 1, 20, 30, 3), NO_HUB, UNIT);
    assert_true(o.plan.nhwc && o.plan.channels == 3 && o.plan.height == 20 && o.plan.width == 30);
    assert_int_equal(o.plan.element, PP_ELEMENT_FLOAT16);
    o = plan_ok(port_of(PP_ONNX_UINT8, -1, 20, 30, 1), NO_HUB, UNIT);
    assert_true(o.plan.nhwc && o.plan.channels == 1 && o.plan.element == PP_ELEMENT_UINT8);
    o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 1, 20, 30), NO_HUB, UNIT);
    assert_true(!o.plan.nhwc && o.plan.channels == 1 && o.plan.element == PP_ELEMENT_FLOAT32);
}

/* Wrong preprocessing gives wrong answers that look right: it is asked for, never guessed. */
static void what_is_not_known_is_asked_for(void **state)
{
    (void)state;
    outcome o = plan(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), NO_HUB, NOTHING);
    assert_int_equal(o.code, PP_ARG);
    assert_non_null(strstr(o.err.message, "m.onnx"));
    assert_non_null(strstr(o.err.message, "--preset"));
    o = plan(port_of(PP_ONNX_FLOAT, -1, 3, -1, -1), NO_HUB, (const char *[]){ "preset", "unit", NULL });
    assert_int_equal(o.code, PP_ARG);
    assert_non_null(strstr(o.err.message, "--size"));
    o = plan_ok(port_of(PP_ONNX_UINT8, -1, 3, 224, 224), NO_HUB, NOTHING); /* bytes are bytes */
    assert_range(&o, 0, 0, 255);
}

static void options_win_over_presets(void **state)
{
    (void)state;
    pp_onnx_port port = port_of(PP_ONNX_FLOAT, -1, 3, 8, 8);
    outcome o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "imagenet", "mean", "0,0.5,1", "std", "2", NULL });
    assert_range(&o, 0, 0, 0.5);
    assert_range(&o, 1, -0.25, 0.25);
    assert_range(&o, 2, -0.5, 0);
    o = plan_ok(port, NO_HUB, (const char *[]){ "scale", "1/127.5", "mean", "1", NULL });
    assert_range(&o, 1, -1, 1);
    o = plan_ok(port, NO_HUB, (const char *[]){ "mean", "103.939,116.779,123.68", NULL }); /* Caffe's, without a scale */
    assert_range(&o, 0, -103.939, 255 - 103.939);
    o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "unit", "scale", "2", NULL });
    assert_range(&o, 0, 0, 510);
}

/* As preprocessor_config.json says it. */
static pp_hub_config hub_config(void)
{
    static char path[] = "p.json";
    return (pp_hub_config){ .preprocessor_path = path, .has_scale = true, .scale = 1 / 255.0, .has_normalize = true,
                            .n_channels = 3, .mean = { 0.1, 0.2, 0.3 }, .std = { 0.5, 0.25, 1 }, .has_resize = true,
                            .shortest_edge = 256, .has_crop = true, .crop_width = 224, .crop_height = 200, .has_resample = true,
                            .resample = 3 };
}

static void the_hub_s_file_is_followed(void **state)
{
    (void)state;
    outcome o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, -1, -1), hub_config(), NOTHING);
    assert_range(&o, 0, -0.2, 1.8);
    assert_range(&o, 1, -0.8, 3.2);
    assert_range(&o, 2, -0.3, 0.7);
    assert_true(o.geometry.width == 224 && o.geometry.height == 200); /* the cut's, as the model leaves it open */
    assert_true(o.geometry.resize == PP_RESIZE_CROP && o.geometry.shortest_edge == 256);
    assert_int_equal(o.geometry.resample, PP_RESAMPLE_BICUBIC);
    assert_non_null(strstr(o.source, "p.json"));
    pp_hub_config one_mean = hub_config();
    one_mean.n_channels = 1;
    o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), one_mean, NOTHING);
    assert_range(&o, 2, -0.2, 1.8); /* one for all */
    pp_hub_config raw = { .preprocessor_path = one_mean.preprocessor_path };
    o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), raw, NOTHING);
    assert_range(&o, 0, 0, 255);
}

static void what_the_user_says_wins_over_the_hub_s_file(void **state)
{
    (void)state;
    outcome o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, -1, -1), hub_config(),
                        (const char *[]){ "preset", "unit", "size", "300x100", "resize", "exact", NULL });
    assert_range(&o, 0, 0, 1);
    assert_true(o.geometry.width == 300 && o.geometry.height == 100 && o.geometry.resize == PP_RESIZE_EXACT);
    o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, -1, -1), hub_config(), (const char *[]){ "mean", "0", "size", "96", NULL });
    assert_range(&o, 0, 0, 2); /* only the mean was said: scale and std stay the file's */
    assert_true(o.geometry.width == 96 && o.geometry.height == 96);
}

static void resampling_filters_are_numbered_as_pillow_does(void **state)
{
    (void)state;
    static const pp_resample FILTERS[] = { PP_RESAMPLE_NEAREST, PP_RESAMPLE_LANCZOS, PP_RESAMPLE_BILINEAR, PP_RESAMPLE_BICUBIC };
    pp_hub_config hub = hub_config();
    for (hub.resample = 0; hub.resample < 4; hub.resample++) {
        outcome o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), hub, NOTHING);
        assert_int_equal(o.geometry.resample, FILTERS[hub.resample]);
    }
    outcome o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), NO_HUB, (const char *[]){ "preset", "unit", NULL });
    assert_int_equal(o.geometry.resample, PP_RESAMPLE_BILINEAR);
}

/* The fit where nobody says it. */
static void a_size_without_a_cut_is_stretched_to(void **state)
{
    (void)state;
    pp_hub_config hub = hub_config();
    hub.shortest_edge = 0;
    hub.width = hub.height = 224;
    hub.has_crop = false;
    outcome o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), hub, NOTHING);
    assert_int_equal(o.geometry.resize, PP_RESIZE_EXACT);
    o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 224), NO_HUB, (const char *[]){ "preset", "unit", NULL });
    assert_int_equal(o.geometry.resize, PP_RESIZE_EXACT);
    o = plan_ok(port_of(PP_ONNX_FLOAT, -1, 3, 224, 200), NO_HUB, (const char *[]){ "preset", "unit", "resize", "crop", NULL });
    assert_true(o.geometry.resize == PP_RESIZE_CROP && o.geometry.shortest_edge == 224); /* covers the longer side too */
    hub.has_crop = true; /* stretched first, then cut smaller: not what we can do */
    hub.crop_width = hub.crop_height = 200;
    o = plan(port_of(PP_ONNX_FLOAT, -1, 3, 200, 200), hub, NOTHING);
    assert_int_equal(o.code, PP_ARG);
    assert_non_null(strstr(o.err.message, "p.json"));
}

static void a_window_is_two_numbers(void **state)
{
    (void)state;
    pp_onnx_port port = port_of(PP_ONNX_FLOAT, -1, 1, 8, 8);
    outcome o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "unit", "window", "-1000:3095.5", NULL });
    assert_true(o.geometry.window && o.geometry.window_low == -1000 && o.geometry.window_high == 3095.5);
    o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "unit", NULL });
    assert_false(o.geometry.window);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const char *const BAD[][2] = {
        { "mean", "a" },       { "mean", "1,2" },        { "mean", "1,2,3,4" },  { "mean", "1,2,3," }, { "mean", "1;2;3" },
        { "mean", "nan" },     { "std", "0" },           { "std", "1,0,1" },     { "std", "1,2" },     { "scale", "x" },
        { "scale", "1/0" },    { "scale", "1/" },        { "scale", "1/255x" },  { "scale", "inf" },   { "size", "0" },
        { "size", "-5" },      { "size", "8x" },         { "size", "8x8x8" },    { "size", "a" },      { "size", "70000" },
        { "size", "8.5" },     { "size", "9" },          { "size", "8x9" },      { "size", "4294967304" },
        { "window", "5" },     { "window", "5:5" },
        { "window", "9:1" },   { "window", "a:b" },      { "window", "0:4095x" }, { "window", "nan:5" }, { "window", "0:inf" },
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char option[20];
        outcome o = plan(port_of(PP_ONNX_FLOAT, -1, 3, 8, 8), NO_HUB, (const char *[]){ "preset", "unit", BAD[i][0], BAD[i][1], NULL });
        snprintf(option, sizeof option, "--%s", BAD[i][0]);
        if (o.code != PP_ARG || !strstr(o.err.message, option))
            fail_msg("--%s %s: %d, '%s'", BAD[i][0], BAD[i][1], o.code, o.err.message);
    }
}

static void inputs_that_are_no_images_are_refused(void **state)
{
    (void)state;
    static const char *const UNIT[] = { "preset", "unit", NULL };
    pp_onnx_port flat = { .name = "x", .type = PP_ONNX_FLOAT, .n_dims = 2, .dims = { -1, 10 } };
    pp_onnx_port ports[] = { flat,
                             port_of(PP_ONNX_INT64, -1, 3, 8, 8),
                             port_of(PP_ONNX_DOUBLE, -1, 3, 8, 8),
                             port_of(PP_ONNX_FLOAT, -1, 4, 8, 8),
                             port_of(PP_ONNX_FLOAT, -1, -1, -1, -1),
                             port_of(PP_ONNX_FLOAT, -1, 3, 70000, 8) };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        outcome o = plan(ports[i], NO_HUB, UNIT);
        assert_int_equal(o.code, PP_MODEL);
        assert_non_null(strstr(o.err.message, "m.onnx"));
    }
    pp_hub_config zero = hub_config();
    zero.std[1] = 0;
    outcome o = plan(port_of(PP_ONNX_FLOAT, -1, 3, 8, 8), zero, NOTHING);
    assert_int_equal(o.code, PP_FORMAT);
    assert_non_null(strstr(o.err.message, "p.json"));
}

/* One channel and three means: which of them? */
static void three_means_for_one_channel_are_asked_about(void **state)
{
    (void)state;
    pp_onnx_port port = port_of(PP_ONNX_FLOAT, -1, 1, 8, 8);
    assert_int_equal(plan(port, NO_HUB, (const char *[]){ "preset", "imagenet", NULL }).code, PP_ARG);
    assert_int_equal(plan(port, hub_config(), NOTHING).code, PP_ARG);
    outcome o = plan_ok(port, NO_HUB, (const char *[]){ "preset", "imagenet", "mean", "0.5", "std", "0.25", NULL });
    assert_range(&o, 0, -2, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_what_the_libraries_mean_by_them),
        cmocka_unit_test(layout_and_element_are_the_model_s),
        cmocka_unit_test(what_is_not_known_is_asked_for),
        cmocka_unit_test(options_win_over_presets),
        cmocka_unit_test(the_hub_s_file_is_followed),
        cmocka_unit_test(what_the_user_says_wins_over_the_hub_s_file),
        cmocka_unit_test(resampling_filters_are_numbered_as_pillow_does),
        cmocka_unit_test(a_size_without_a_cut_is_stretched_to),
        cmocka_unit_test(a_window_is_two_numbers),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(inputs_that_are_no_images_are_refused),
        cmocka_unit_test(three_means_for_one_channel_are_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
