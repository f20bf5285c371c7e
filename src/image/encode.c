/* encode.c - images as the bytes of a file in memory: PNG, JPEG, and changed pixels alone on a transparent ground. All by libvips. */
#include "base/array.h"
#include "base/error.h"
#include "image/image.h"
#include "image/vips_start.h"

#include <stdlib.h>
#include <string.h>

/* Takes in. */
static VipsImage *shrink(VipsImage *in, int longest)
{
    VipsImage *out = NULL;
    if (!in || longest == 0)
        return in;
    vips_thumbnail_image(in, &out, longest, "height", longest, "size", VIPS_SIZE_DOWN, NULL);
    VIPS_UNREF(in);
    return out;
}

/* Takes in, which may be NULL after a complaint. quality 0: PNG. */
static pp_code save(uint8_t **bytes, size_t *n, VipsImage *in, int quality, pp_error *err)
{
    void *made = NULL;
    size_t size = 0;
    int failed = !in || (quality ? vips_jpegsave_buffer(in, &made, &size, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, NULL)
                                 : vips_pngsave_buffer(in, &made, &size, "strip", TRUE, NULL));
    VIPS_UNREF(in);
    pp_code code = failed ? pp_fail(err, PP_IO, "an image cannot be encoded: %s", vips_error_buffer()) : PP_OK;
    vips_error_clear();
    if (code != PP_OK)
        return code;
    *bytes = made; /* GLib's memory is malloc's */
    *n = size;
    return PP_OK;
}

pp_code pp_image_encode(uint8_t **bytes, size_t *n, const pp_image *image, int longest, int quality, pp_error *err)
{
    pp_code code = pp_vips_start(err);
    if (code != PP_OK)
        return code;
    return save(bytes, n, shrink(pp_vips_copy(image->data, image->width, image->height, image->channels), longest), quality, err);
}

pp_code pp_image_encode_pixels(uint8_t **bytes, size_t *n, const pp_image *original, const pp_pixel *pixels, size_t n_pixels, pp_error *err)
{
    size_t width = (size_t)original->width, height = (size_t)original->height;
    uint8_t *rgba = pp_array_new(width * height, 4);
    pp_code code = rgba ? pp_vips_start(err) : pp_no_memory(err, "an image");
    for (size_t i = 0; code == PP_OK && i < n_pixels; i++) {
        const pp_pixel *p = &pixels[i];
        if (p->x >= width || p->y >= height)
            continue;
        uint8_t *at = rgba + 4 * (p->y * width + p->x);
        for (int c = 0; c < 3; c++)
            at[c] = p->value[original->channels == 3 ? c : 0];
        at[3] = 255;
    }
    if (code == PP_OK)
        code = save(bytes, n, pp_vips_copy(rgba, original->width, original->height, 4), 0, err);
    free(rgba);
    return code;
}
