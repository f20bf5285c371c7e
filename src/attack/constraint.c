/* constraint.c - where an attack may change pixels, and how far. The masks are read once for a run; the list of places that may be changed
 * is made once for an image. */
#include "attack/constraint.h"

#include "attack/relay.h"
#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- Before the run ---------------------------------------------------------------------------------------------- */

static pp_code check_method(const pp_params *params, const char *option, bool asked, unsigned wanted, pp_error *err)
{
    char others[200] = "";
    pp_partner partner;
    if (!asked)
        return PP_OK;
    if (params->method->keeps & wanted) {
        if (!pp_relay_partner(params, &partner) || (partner.method->keeps & wanted))
            return PP_OK;
        return pp_fail(err, PP_ARG, "--%s: with --%s method %s takes part, which cannot keep to it", option, partner.option, partner.method->name);
    }
    for (size_t i = 0; pp_methods[i]; i++)
        if (pp_methods[i]->keeps & wanted)
            pp_method_add_name(others, pp_methods[i]);
    return pp_fail(err, PP_ARG, "--%s: method %s cannot keep to it; these can: %s", option, params->method->name, others);
}

/* Clears in mask what a file forbids: where it is black (region), or where it is not (exclude). */
static pp_code apply_file(pp_image *mask, const char *path, bool region, const pp_model *model, pp_error *err)
{
    pp_geometry geometry = model->geometry;
    pp_image *drawn = NULL;
    size_t n_left = 0;
    geometry.channels = 3;
    geometry.resample = PP_RESAMPLE_NEAREST;
    geometry.window = false;
    pp_code code = pp_image_decode(&drawn, path, &geometry, err);
    for (size_t i = 0; code == PP_OK && i < (size_t)mask->width * (size_t)mask->height; i++) {
        const uint8_t *colour = drawn->data + 3 * i;
        bool black = !colour[0] && !colour[1] && !colour[2];
        if (black == region)
            mask->data[i] = 0;
        n_left += mask->data[i] != 0;
    }
    if (code == PP_OK && n_left == 0)
        code = pp_fail(err, PP_FORMAT, "%s: as --%s it leaves no pixel that may be changed", path, region ? "region" : "exclude");
    pp_image_free(drawn);
    return code;
}

pp_code pp_constraint_open(pp_image **mask, const pp_model *model, const pp_params *params, pp_error *err)
{
    const pp_constraint_params *asked = &params->constraint;
    pp_code code = check_method(params, "region", *asked->region, PP_KEEPS_REGION, err);
    if (code == PP_OK)
        code = check_method(params, "exclude", *asked->exclude, PP_KEEPS_REGION, err);
    if (code == PP_OK)
        code = check_method(params, "max-change", asked->max_change > 0, PP_KEEPS_CHANGE, err);
    if (code == PP_OK)
        code = check_method(params, "spacing", asked->spacing > 1, PP_KEEPS_SPACING, err);
    return code == PP_OK ? pp_constraint_read(mask, model, params, err) : code;
}

pp_code pp_constraint_read(pp_image **mask, const pp_model *model, const pp_params *params, pp_error *err)
{
    const pp_constraint_params *asked = &params->constraint;
    pp_image *made = NULL;
    pp_code code = PP_OK;
    if (*asked->region || *asked->exclude) {
        code = pp_image_new(&made, model->geometry.width, model->geometry.height, 1, err);
        if (code == PP_OK)
            memset(made->data, 255, (size_t)made->width * (size_t)made->height);
    }
    if (code == PP_OK && *asked->region)
        code = apply_file(made, asked->region, true, model, err);
    if (code == PP_OK && *asked->exclude)
        code = apply_file(made, asked->exclude, false, model, err);
    if (code != PP_OK) {
        pp_image_free(made);
        return code;
    }
    *mask = made;
    return PP_OK;
}

/* ---- One image --------------------------------------------------------------------------------------------------- */

pp_code pp_constraint_init(pp_constraint *c, const pp_image *original, const pp_image *mask, const pp_params *params, pp_error *err)
{
    const pp_constraint_params *asked = &params->constraint;
    *c = (pp_constraint){
        .original = original, .mask = mask, .gray = asked->gray || original->channels == 1,
        .max_change = (int)asked->max_change, .spacing = (int)asked->spacing,
    };
    c->places = pp_array_new((size_t)original->width * (size_t)original->height, sizeof *c->places);
    if (!c->places)
        return pp_no_memory(err, "the places that may be changed");
    for (int y = 0; y < original->height; y++)
        for (int x = 0; x < original->width; x++)
            if (pp_may_change(c, x, y))
                c->places[c->n_places++] = (uint32_t)y * (uint32_t)original->width + (uint32_t)x;
    return PP_OK;
}

void pp_constraint_clear(pp_constraint *c)
{
    free(c->places);
    c->places = NULL;
}

static const uint8_t *original_at(const pp_constraint *c, int x, int y)
{
    return c->original->data + ((size_t)y * (size_t)c->original->width + (size_t)x) * (size_t)c->original->channels;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* The values that some channels may all take. Empty: low > high. */
static void allowed_values(const pp_constraint *c, const uint8_t *original, int n_channels, int *low, int *high)
{
    *low = 0;
    *high = 255;
    for (int i = 0; c->max_change && i < n_channels; i++) {
        *low = most(*low, original[i] - c->max_change);
        *high = least(*high, original[i] + c->max_change);
    }
}

bool pp_may_change(const pp_constraint *c, int x, int y)
{
    int low = 0, high = 0;
    if (c->mask && !c->mask->data[(size_t)y * (size_t)c->mask->width + (size_t)x])
        return false;
    if (c->gray)
        allowed_values(c, original_at(c, x, y), c->original->channels, &low, &high);
    return low <= high;
}

pp_pixel pp_random_place(const pp_constraint *c, pp_rng *rng)
{
    uint32_t place = c->places[pp_rng_below(rng, c->n_places)], width = (uint32_t)c->original->width;
    return (pp_pixel){ .x = (uint16_t)(place % width), .y = (uint16_t)(place / width) };
}

void pp_clamp_colour(const pp_constraint *c, pp_pixel *pixel)
{
    const uint8_t *original = original_at(c, pixel->x, pixel->y);
    int low, high;
    if (!c->gray && !c->max_change)
        return;
    if (c->gray && c->original->channels == 3) {
        int mean = (pixel->value[0] + pixel->value[1] + pixel->value[2] + 1) / 3;
        allowed_values(c, original, 3, &low, &high);
        memset(pixel->value, most(least(mean, high), low), 3);
        return;
    }
    for (int i = 0; i < 3 && i < c->original->channels; i++) {
        allowed_values(c, original + i, 1, &low, &high);
        pixel->value[i] = (uint8_t)most(least(pixel->value[i], high), low);
    }
}

void pp_random_corner(const pp_constraint *c, pp_rng *rng, pp_pixel *pixel)
{
    uint64_t bits = pp_rng_below(rng, 8);
    for (int i = 0; i < 3; i++)
        pixel->value[i] = i < c->original->channels && (bits >> (c->gray ? 0 : i) & 1) ? 255 : 0;
    pp_clamp_colour(c, pixel);
}

static bool is_near(const pp_constraint *c, const pp_pixel *a, const pp_pixel *b)
{
    int spacing = most(c->spacing, 1); /* nobody at the same place */
    return abs(a->x - b->x) < spacing && abs(a->y - b->y) < spacing;
}

bool pp_may_join(const pp_constraint *c, const pp_pixel *pixel, const pp_pixel *pixels, size_t n, const pp_pixel *except)
{
    for (size_t i = 0; i < n; i++)
        if (&pixels[i] != except && is_near(c, pixel, &pixels[i]))
            return false;
    return pp_may_change(c, pixel->x, pixel->y);
}

/* ---- A whole image ----------------------------------------------------------------------------------------------- */

void pp_constrain_image(const pp_constraint *c, pp_image *image)
{
    size_t n_channels = (size_t)image->channels, n_pixels = (size_t)image->width * (size_t)image->height;
    if (!c->mask && !c->max_change && (!c->gray || n_channels == 1))
        return;
    for (size_t i = 0; i < n_pixels; i++) {
        const uint8_t *original = c->original->data + i * n_channels;
        uint8_t *value = image->data + i * n_channels;
        pp_pixel pixel = { .x = (uint16_t)(i % (size_t)image->width), .y = (uint16_t)(i / (size_t)image->width) };
        if (memcmp(value, original, n_channels) == 0)
            continue;
        memcpy(pixel.value, value, n_channels);
        pp_clamp_colour(c, &pixel);
        memcpy(value, pp_may_change(c, pixel.x, pixel.y) ? pixel.value : original, n_channels);
    }
}

bool pp_constraint_holds(const pp_constraint *c, const pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pp_pixel clamped = pixels[i];
        pp_clamp_colour(c, &clamped);
        if (memcmp(clamped.value, pixels[i].value, sizeof clamped.value) != 0 || !pp_may_change(c, pixels[i].x, pixels[i].y))
            return false;
        for (size_t k = 0; c->spacing > 1 && k < i; k++)
            if (is_near(c, &pixels[i], &pixels[k]))
                return false;
    }
    return true;
}
