/* preprocess.c - how a file becomes an image and an image becomes a tensor. Wrong preprocessing gives wrong answers that look
 * right, so what is not known is asked for rather than guessed. */
#include "oracle/preprocess.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct preset {
    double scale, mean[3], std[3];
} preset;

static const preset PRESETS[] = {
    [PP_PRESET_IMAGENET] = { 1 / 255.0, { 0.485, 0.456, 0.406 }, { 0.229, 0.224, 0.225 } },
    [PP_PRESET_INCEPTION] = { 1 / 255.0, { 0.5, 0.5, 0.5 }, { 0.5, 0.5, 0.5 } },
    [PP_PRESET_UNIT] = { 1 / 255.0, { 0, 0, 0 }, { 1, 1, 1 } },
    [PP_PRESET_NONE] = { 1, { 0, 0, 0 }, { 1, 1, 1 } },
};

/* Everything that is known, as the functions below pass it on. */
typedef struct sources {
    const char *model_path;
    const pp_onnx_port *port;
    const pp_hub_config *hub;
    const pp_model_params *params;
} sources;

static pp_code read_layout(const sources *from, pp_input_plan *plan, int64_t fixed[2], pp_error *err);
static pp_code find_size(const sources *from, const int64_t fixed[2], pp_input_plan *plan, pp_error *err);
static pp_code find_fit(const sources *from, const pp_input_plan *plan, pp_geometry *geometry, pp_error *err);
static pp_code find_values(const sources *from, pp_input_plan *plan, char source[512], pp_error *err);

pp_code pp_preprocess_plan(pp_geometry *geometry, pp_input_plan *plan, char source[512], const char *model_path,
                           const pp_onnx_port *port, const pp_hub_config *hub, const pp_model_params *params, pp_error *err)
{
    sources from = { model_path, port, hub, params };
    int64_t fixed[2] = { -1, -1 };
    pp_code code = read_layout(&from, plan, fixed, err);
    if (code == PP_OK)
        code = find_size(&from, fixed, plan, err);
    if (code == PP_OK)
        code = find_fit(&from, plan, geometry, err);
    if (code == PP_OK)
        code = find_values(&from, plan, source, err);
    if (code == PP_OK)
        code = pp_preprocess_window(geometry, params, err);
    return code;
}

/* A window's centre and width say the same as a range (DICOM PS3.3 C.11.2.1.2.1). */
static bool read_window(const char *text, double *low, double *high)
{
    char rest;
    double centre, width;
    if (sscanf(text, "%lf:%lf%c", low, high, &rest) == 2)
        return isfinite(*high - *low) && *low < *high;
    if (sscanf(text, "%lf,%lf%c", &centre, &width, &rest) != 2 || !isfinite(centre) || !isfinite(width) || width <= 1)
        return false;
    *low = centre - 0.5 - (width - 1) / 2;
    *high = centre - 0.5 + (width - 1) / 2;
    return *low < *high;
}

pp_code pp_preprocess_window(pp_geometry *geometry, const pp_model_params *params, pp_error *err)
{
    geometry->window = *params->window != '\0';
    if (geometry->window && !read_window(params->window, &geometry->window_low, &geometry->window_high))
        return pp_fail(err, PP_ARG, "--window: '%s'; expected LOW:HIGH with LOW below HIGH, such as 0:4095, or CENTRE,WIDTH with a width above 1, "
                       "such as 40,400", params->window);
    return PP_OK;
}

/* One number, or two divided by '/', at *text; moves *text behind it. */
static bool read_number(const char **text, double *value)
{
    char *end;
    *value = strtod(*text, &end);
    if (end == *text)
        return false;
    if (*end == '/') {
        const char *divisor_text = end + 1;
        double divisor = strtod(divisor_text, &end);
        if (end == divisor_text || divisor == 0)
            return false;
        *value /= divisor;
    }
    *text = end;
    return isfinite(*value);
}

/* "a" or "a,b,c" into three values; one is taken for all channels. */
static pp_code read_channels(const char *option, const char *text, int channels, double values[3], pp_error *err)
{
    const char *at = text;
    int n = 0;
    bool more = true;
    while (more && n < 3 && read_number(&at, &values[n])) {
        n++;
        more = *at == ',';
        at += more;
    }
    if (more || *at != '\0' || (n != 1 && n != channels))
        return pp_fail(err, PP_ARG, "--%s: '%s'; expected one number, or one for each of the model's %d channels", option, text,
                       channels);
    for (int c = n; c < 3; c++)
        values[c] = values[0];
    return PP_OK;
}

static bool is_channel_count(int64_t n)
{
    return n == 1 || n == 3;
}

/* fixed: height and width as the model states them, -1 where left open. */
static pp_code read_layout(const sources *from, pp_input_plan *plan, int64_t fixed[2], pp_error *err)
{
    const pp_onnx_port *port = from->port;
    const int64_t *dims = port->dims;
    if (port->type == PP_ONNX_FLOAT)
        plan->element = PP_ELEMENT_FLOAT32;
    else if (port->type == PP_ONNX_FLOAT16)
        plan->element = PP_ELEMENT_FLOAT16;
    else if (port->type == PP_ONNX_UINT8)
        plan->element = PP_ELEMENT_UINT8;
    else
        return pp_fail(err, PP_MODEL, "%s: input '%s' is of type %s; expected float32, float16 or uint8", from->model_path,
                       port->name, pp_onnx_type_name(port->type));
    if (port->n_dims != 4 || !(is_channel_count(dims[1]) || is_channel_count(dims[3])))
        return pp_fail(err, PP_MODEL, "%s: input '%s' has %d dimensions and no channel dimension of 1 or 3; "
                       "expected images, N x C x H x W or N x H x W x C", from->model_path, port->name, port->n_dims);
    plan->nhwc = !is_channel_count(dims[1]);
    plan->channels = (int)(plan->nhwc ? dims[3] : dims[1]);
    fixed[0] = plan->nhwc ? dims[1] : dims[2];
    fixed[1] = plan->nhwc ? dims[2] : dims[3];
    return PP_OK;
}

/* "224" or "320x240" (width x height). */
static pp_code read_size(const char *text, int *width, int *height, pp_error *err)
{
    char rest;
    if (sscanf(text, "%5dx%5d%c", width, height, &rest) != 2) {
        if (sscanf(text, "%5d%c", width, &rest) != 1)
            *width = 0;
        *height = *width;
    }
    if (*width < 1 || *height < 1 || *width > 65535 || *height > 65535)
        return pp_fail(err, PP_ARG, "--size: '%s'; expected N or WxH, such as 224 or 320x240", text);
    return PP_OK;
}

static pp_code find_size(const sources *from, const int64_t fixed[2], pp_input_plan *plan, pp_error *err)
{
    const pp_hub_config *hub = from->hub;
    int width = hub->has_crop ? hub->crop_width : hub->width, height = hub->has_crop ? hub->crop_height : hub->height;
    if (width == 0 && hub->shortest_edge > 0)
        width = height = hub->shortest_edge;
    if (*from->params->size) {
        pp_code code = read_size(from->params->size, &width, &height, err);
        if (code != PP_OK)
            return code;
        if ((fixed[0] > 0 && fixed[0] != height) || (fixed[1] > 0 && fixed[1] != width))
            return pp_fail(err, PP_ARG, "--size: '%s'; but %s takes %lldx%lld only", from->params->size, from->model_path,
                           (long long)fixed[1], (long long)fixed[0]);
    }
    height = fixed[0] > 0 ? (int)fixed[0] : height;
    width = fixed[1] > 0 ? (int)fixed[1] : width;
    if (width < 1 || height < 1)
        return pp_fail(err, PP_ARG, "%s: the model leaves the input size open: say --size N", from->model_path);
    if (fixed[0] > 65535 || fixed[1] > 65535)
        return pp_fail(err, PP_MODEL, "%s: an input of %lldx%lld is larger than 65535 pixels a side", from->model_path,
                       (long long)fixed[1], (long long)fixed[0]);
    plan->width = width;
    plan->height = height;
    return PP_OK;
}

static pp_code find_fit(const sources *from, const pp_input_plan *plan, pp_geometry *geometry, pp_error *err)
{
    static const pp_resample PIL_FILTERS[] = { PP_RESAMPLE_NEAREST, PP_RESAMPLE_LANCZOS, PP_RESAMPLE_BILINEAR,
                                               PP_RESAMPLE_BICUBIC };
    const pp_hub_config *hub = from->hub;
    int longest = plan->width > plan->height ? plan->width : plan->height;
    geometry->width = plan->width;
    geometry->height = plan->height;
    geometry->channels = plan->channels;
    geometry->resample = PP_RESAMPLE_BILINEAR;
    geometry->shortest_edge = hub->shortest_edge > longest ? hub->shortest_edge : longest;
    if (hub->has_resample && hub->resample >= 0 && hub->resample < 4)
        geometry->resample = PIL_FILTERS[hub->resample];
    if (from->params->resize != PP_FIT_AUTO) {
        geometry->resize = from->params->resize == PP_FIT_CROP ? PP_RESIZE_CROP : PP_RESIZE_EXACT;
        return PP_OK;
    }
    bool stretched = hub->has_resize && hub->shortest_edge == 0;
    if (stretched && hub->has_crop && (hub->crop_width != hub->width || hub->crop_height != hub->height))
        return pp_fail(err, PP_ARG, "%s: stretches to %dx%d and then cuts %dx%d out, which is not supported; say --resize crop or exact",
                       hub->preprocessor_path, hub->width, hub->height, hub->crop_width, hub->crop_height);
    geometry->resize = hub->shortest_edge > 0 || (hub->has_crop && !stretched) ? PP_RESIZE_CROP : PP_RESIZE_EXACT;
    return PP_OK;
}

/* Scale, mean and std of the hub's file. */
static pp_code take_hub_values(const sources *from, preset *values, pp_error *err)
{
    const pp_hub_config *hub = from->hub;
    *values = PRESETS[PP_PRESET_NONE];
    if (hub->has_scale)
        values->scale = hub->scale;
    if (!hub->has_normalize)
        return PP_OK;
    for (size_t c = 0; c < 3; c++) {
        values->mean[c] = hub->mean[c < hub->n_channels ? c : 0];
        values->std[c] = hub->std[c < hub->n_channels ? c : 0];
        if (values->std[c] == 0)
            return pp_fail(err, PP_FORMAT, "%s: image_std holds 0", hub->preprocessor_path);
    }
    return PP_OK;
}

static pp_code find_values(const sources *from, pp_input_plan *plan, char source[512], pp_error *err)
{
    const pp_model_params *params = from->params;
    bool said = *params->mean || *params->std || *params->scale;
    preset values = PRESETS[PP_PRESET_NONE];
    pp_code code = PP_OK;
    bool three_means = false;
    if (params->preset != PP_PRESET_AUTO) {
        values = PRESETS[params->preset];
        three_means = params->preset == PP_PRESET_IMAGENET;
        snprintf(source, 512, "the preset named");
    } else if (from->hub->preprocessor_path) {
        code = take_hub_values(from, &values, err);
        three_means = from->hub->has_normalize && from->hub->n_channels == 3;
        snprintf(source, 512, "%s", from->hub->preprocessor_path);
    } else if (said || plan->element == PP_ELEMENT_UINT8) {
        snprintf(source, 512, said ? "the options" : "the input's type: 0..255 as it is");
    } else {
        return pp_fail(err, PP_ARG, "%s: how its input is made is not known: put its preprocessor_config.json beside it, or say "
                       "--preset imagenet, inception, unit or none", from->model_path);
    }
    if (code == PP_OK && plan->channels == 1 && three_means && !*params->mean)
        return pp_fail(err, PP_ARG, "%s: takes one channel, but the preprocessing names three means: say --mean M --std S",
                       from->model_path);
    const char *scale = params->scale;
    if (code == PP_OK && *scale && (!read_number(&scale, &values.scale) || *scale))
        return pp_fail(err, PP_ARG, "--scale: '%s'; expected a number such as 1/255", params->scale);
    if (code == PP_OK && *params->mean)
        code = read_channels("mean", params->mean, plan->channels, values.mean, err);
    if (code == PP_OK && *params->std)
        code = read_channels("std", params->std, plan->channels, values.std, err);
    if (code != PP_OK)
        return code;
    for (int c = 0; c < 3; c++)
        if (values.std[c] == 0)
            return pp_fail(err, PP_ARG, "--std: 0 cannot divide");
    plan->scale = values.scale;
    memcpy(plan->mean, values.mean, sizeof plan->mean);
    memcpy(plan->std, values.std, sizeof plan->std);
    return PP_OK;
}

/* ---- For people, and to be compared when a run goes on ------------------------------------------------------------ */

void pp_model_fit_text(const pp_model *model, char text[256])
{
    static const char *const RESAMPLES[] = { "nearest", "bilinear", "bicubic", "lanczos" };
    const pp_geometry *g = &model->geometry;
    char fit[64] = "stretched", window[80] = "";
    if (g->resize == PP_RESIZE_CROP)
        snprintf(fit, sizeof fit, "shortest edge resized to %d, middle cut out", g->shortest_edge);
    if (g->window)
        snprintf(window, sizeof window, ", 16 bit from %.9g to %.9g", g->window_low, g->window_high);
    snprintf(text, 256, "%dx%d, %s, %s, %s%s", g->width, g->height, g->channels == 1 ? "gray" : "RGB", fit, RESAMPLES[g->resample],
             window);
}

static void channels_text(const double values[3], int channels, char text[96])
{
    if (channels == 1)
        snprintf(text, 96, "%.9g", values[0]);
    else
        snprintf(text, 96, "%.9g, %.9g, %.9g", values[0], values[1], values[2]);
}

void pp_model_values_text(const pp_model *model, char text[256])
{
    const pp_input_plan *plan = &model->plan;
    char mean[96], std[96];
    channels_text(plan->mean, plan->channels, mean);
    channels_text(plan->std, plan->channels, std);
    snprintf(text, 256, "(x * %.9g - [%s]) / [%s]", plan->scale, mean, std);
}
