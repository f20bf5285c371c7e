/* hub_preprocessor.c - how an image becomes the input tensor: Hugging Face's preprocessor_config.json, and timm's
 * pretrained_cfg.
 *
 * Wrong preprocessing gives wrong answers that look right. So a step that we cannot do is an error rather than passed
 * over. */
#include "base/error.h"
#include "onnx/hub_parts.h"

#include <math.h>
#include <string.h>

/* ---- Kinds of values --------------------------------------------------------------------------------------------- */

/* A side in pixels. */
static bool read_side(const json_t *value, int *side)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 1 || n > 65535)
        return false;
    *side = (int)n;
    return true;
}

static pp_code read_switch(const pp_hub_reading *r, const char *key, bool if_absent, bool *on)
{
    const json_t *value = pp_hub_get(r->object, key);
    if (value && !json_is_boolean(value))
        return pp_hub_wrong(r, key, "true or false");
    *on = value ? json_is_true(value) : if_absent;
    return PP_OK;
}

/* One number, or a list of 1 or 3. *n: how many. */
static pp_code read_channels(const pp_hub_reading *r, const char *key, size_t *n, double values[3])
{
    const json_t *value = pp_hub_get(r->object, key);
    *n = json_is_array(value) ? json_array_size(value) : 1;
    if (*n != 1 && *n != 3)
        return pp_hub_wrong(r, key, "a list of 1 or 3 numbers");
    for (size_t i = 0; i < *n; i++) {
        const json_t *number = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_number(number))
            return pp_hub_wrong(r, key, "a list of 1 or 3 numbers");
        values[i] = json_number_value(number);
    }
    return PP_OK;
}

static pp_code read_normalization(const pp_hub_reading *r, const char *mean, const char *std)
{
    pp_hub_config *config = r->config;
    size_t n_std = 0;
    pp_code code = read_channels(r, mean, &config->n_channels, config->mean);
    if (code == PP_OK)
        code = read_channels(r, std, &n_std, config->std);
    if (code == PP_OK && n_std != config->n_channels)
        code = pp_hub_wrong(r, std, "as many numbers as there are means");
    for (size_t i = 0; i < n_std && code == PP_OK; i++)
        if (!(config->std[i] > 0))
            code = pp_hub_wrong(r, std, "numbers above 0");
    return code;
}

/* PIL's number, or its name as timm writes it. */
static pp_code read_resample(const pp_hub_reading *r, const char *key)
{
    static const char *const NAMES[] = { "nearest", "lanczos", "bilinear", "bicubic" };
    const json_t *value = pp_hub_get(r->object, key);
    if (!value)
        return PP_OK;
    int found = json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) < 4
                    ? (int)json_integer_value(value) : -1;
    for (int i = 0; i < 4 && json_is_string(value); i++)
        if (strcmp(json_string_value(value), NAMES[i]) == 0)
            found = i;
    if (found < 0)
        return pp_hub_wrong(r, key, "0 (nearest), 1 (lanczos), 2 (bilinear) or 3 (bicubic)");
    r->config->has_resample = true;
    r->config->resample = found;
    return PP_OK;
}

/* ---- preprocessor_config.json ------------------------------------------------------------------------------------ */

/* Steps that change what the classifier sees and that we do not do. */
static pp_code refuse_other_steps(const pp_hub_reading *r)
{
    static const char *const STEPS[] = { "do_pad", "do_flip_channel_order", "do_thumbnail", "do_align_long_axis" };
    bool on = false;
    pp_code code = PP_OK;
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS && code == PP_OK; i++) {
        code = read_switch(r, STEPS[i], false, &on);
        if (code == PP_OK && on)
            code = pp_fail(r->err, PP_FORMAT, "%s: \"%s\" is true, a step that is not supported; write a file without "
                           "it and name that by --preprocessor", r->path, STEPS[i]);
    }
    return code;
}

/* A number is a square. Some processors mean "shortest edge" by it: then a crop follows that is smaller than the
 * square, and whoever uses this must ask the user which it is. */
static pp_code read_size(const pp_hub_reading *r, const json_t *size)
{
    pp_hub_config *config = r->config;
    const json_t *edge = pp_hub_get(size, "shortest_edge");
    const json_t *height = pp_hub_get(size, "height"), *width = pp_hub_get(size, "width");
    bool fine;
    if (json_is_integer(size)) {
        fine = read_side(size, &config->width);
        config->height = config->width;
    } else if (edge) {
        fine = read_side(edge, &config->shortest_edge) && !pp_hub_get(size, "longest_edge");
    } else {
        fine = read_side(height, &config->height) && read_side(width, &config->width);
    }
    if (!fine)
        return pp_hub_wrong(r, "size", "a number, {\"shortest_edge\"} or {\"height\", \"width\"}, of 1 to 65535");
    return PP_OK;
}

static pp_code read_crop_size(const pp_hub_reading *r)
{
    pp_hub_config *config = r->config;
    const json_t *size = pp_hub_get(r->object, "crop_size");
    const json_t *height = json_is_object(size) ? pp_hub_get(size, "height") : size;
    const json_t *width = json_is_object(size) ? pp_hub_get(size, "width") : size;
    if (!read_side(height, &config->crop_height) || !read_side(width, &config->crop_width))
        return pp_hub_wrong(r, "crop_size", "a number or {\"height\", \"width\"}, of 1 to 65535");
    return PP_OK;
}

/* As the processors of ConvNeXt and PoolFormer have it: the image is made larger by 1/crop_pct and its middle is cut
 * out; one of 384 pixels or more is stretched instead where no crop is said. */
static pp_code read_crop_pct(const pp_hub_reading *r, const json_t *crop_pct)
{
    pp_hub_config *config = r->config;
    double part = json_number_value(crop_pct);
    int side = config->shortest_edge ? config->shortest_edge : config->width;
    if (!(part > 0 && part <= 1) || side / part > 65535 || (!config->shortest_edge && config->height != side))
        return pp_hub_wrong(r, "crop_pct", "a number above 0, at most 1, and a size with one side");
    bool crops = config->has_crop || side < 384;
    config->shortest_edge = crops ? (int)floor(side / part) : 0;
    config->width = config->height = crops ? 0 : side;
    if (crops && !config->has_crop)
        config->crop_width = config->crop_height = side;
    config->has_crop = crops;
    return PP_OK;
}

static pp_code read_geometry(const pp_hub_reading *r)
{
    pp_hub_config *config = r->config;
    const json_t *size = pp_hub_get(r->object, "size"), *crop_pct = pp_hub_get(r->object, "crop_pct");
    bool resizes = false;
    pp_code code = read_switch(r, "do_resize", true, &resizes);
    config->has_resize = resizes && size;
    if (code == PP_OK && config->has_resize)
        code = read_size(r, size);
    if (code == PP_OK)
        code = read_switch(r, "do_center_crop", pp_hub_get(r->object, "crop_size") != NULL, &config->has_crop);
    if (code == PP_OK && config->has_crop)
        code = read_crop_size(r);
    if (code == PP_OK && config->has_resize && crop_pct)
        code = read_crop_pct(r, crop_pct);
    if (code == PP_OK)
        code = read_resample(r, "resample");
    return code;
}

/* Two further steps of EfficientNet's processor, written into mean and std: rescale_offset takes 1 away after the
 * scale, include_top divides by image_std once more. */
static pp_code read_efficientnet(const pp_hub_reading *r)
{
    pp_hub_config *config = r->config;
    bool offset = false, again = false;
    double mean[3] = { 0, 0, 0 }, std[3] = { 1, 1, 1 };
    size_t n = 1;
    pp_code code = read_switch(r, "rescale_offset", false, &offset);
    if (code == PP_OK)
        code = read_switch(r, "include_top", false, &again);
    if (code == PP_OK && again)
        code = read_channels(r, "image_std", &n, std);
    offset = offset && config->has_scale;
    if (code != PP_OK || !(offset || again))
        return code;
    if (!config->has_normalize) {
        config->has_normalize = true;
        config->n_channels = n;
        memcpy(config->mean, mean, sizeof mean);
        memcpy(config->std, (const double[]){ 1, 1, 1 }, sizeof config->std);
    }
    for (size_t c = 0; c < config->n_channels; c++) {
        config->mean[c] += offset;
        config->std[c] *= std[c];
    }
    return config->std[0] > 0 ? PP_OK : pp_hub_wrong(r, "image_std", "numbers above 0");
}

static pp_code read_values(const pp_hub_reading *r)
{
    pp_hub_config *config = r->config;
    const json_t *factor = pp_hub_get(r->object, "rescale_factor");
    if (factor && (!json_is_number(factor) || json_number_value(factor) == 0))
        return pp_hub_wrong(r, "rescale_factor", "a number, such as 0.00392156862745098");
    pp_code code = read_switch(r, "do_rescale", true, &config->has_scale);
    config->scale = factor ? json_number_value(factor) : 1 / 255.0;
    if (code == PP_OK)
        code = read_switch(r, "do_normalize", pp_hub_get(r->object, "image_mean") != NULL, &config->has_normalize);
    if (code == PP_OK && config->has_normalize)
        code = read_normalization(r, "image_mean", "image_std");
    return code == PP_OK ? read_efficientnet(r) : code;
}

/* A JSON file that is about something else must not pass for one that asks for nothing. */
static bool says_something(const json_t *object)
{
    static const char *const KEYS[] = { "do_resize",      "size",         "do_rescale",
                                        "rescale_factor", "do_normalize", "image_mean" };
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (json_object_get(object, KEYS[i]))
            return true;
    return false;
}

pp_code pp_hub_read_preprocessor(const pp_hub_reading *r)
{
    if (!says_something(r->object))
        return pp_fail(r->err, PP_FORMAT, "%s: says nothing about preprocessing; expected an object with \"size\", "
                       "\"rescale_factor\", \"image_mean\" and the like", r->path);
    pp_code code = refuse_other_steps(r);
    if (code == PP_OK)
        code = read_geometry(r);
    if (code == PP_OK)
        code = read_values(r);
    return code;
}

/* ---- timm -------------------------------------------------------------------------------------------------------- */

/* "input_size": [3, 224, 224] is cut out of the middle of an image whose shortest edge is 224 / crop_pct; crop_mode
 * "squash" stretches instead. */
static pp_code read_timm_geometry(const pp_hub_reading *r)
{
    pp_hub_config *config = r->config;
    const json_t *size = pp_hub_get(r->object, "input_size"), *crop_pct = pp_hub_get(r->object, "crop_pct");
    const char *mode = json_string_value(pp_hub_get(r->object, "crop_mode"));
    double part = crop_pct ? json_number_value(crop_pct) : 1;
    int height, width;
    if (json_array_size(size) != 3 || !read_side(json_array_get(size, 1), &height) ||
        !read_side(json_array_get(size, 2), &width) || height != width)
        return pp_hub_wrong(r, "input_size", "channels, height and width, [3, 224, 224], with equal sides");
    if (!(part > 0 && part <= 1) || width / part > 65535)
        return pp_hub_wrong(r, "crop_pct", "a number above 0, at most 1");
    if (mode && strcmp(mode, "squash") != 0 && strcmp(mode, "center") != 0)
        return pp_hub_wrong(r, "crop_mode", "\"center\" or \"squash\"");
    int resized = (int)floor(width / part);
    config->has_resize = config->has_crop = true;
    config->crop_width = config->crop_height = width;
    if (mode && strcmp(mode, "squash") == 0)
        config->width = config->height = resized;
    else
        config->shortest_edge = resized;
    return read_resample(r, "interpolation");
}

pp_code pp_hub_read_pretrained(const pp_hub_reading *r)
{
    pp_hub_config *config = r->config;
    pp_code code = PP_OK;
    config->has_scale = true;
    config->scale = 1 / 255.0;
    if (pp_hub_get(r->object, "input_size"))
        code = read_timm_geometry(r);
    if (code == PP_OK && pp_hub_get(r->object, "mean")) {
        config->has_normalize = true;
        code = read_normalization(r, "mean", "std");
    }
    return code;
}
