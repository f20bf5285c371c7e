/* image.c - 8-bit images in memory: making, hashing, changing pixels, comparing. */
#include "image/image.h"

#include "base/array.h"
#include "base/error.h"

#include <assert.h>
#include <string.h>

static size_t data_size(const pp_image *image)
{
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

static uint8_t *pixel_at(const pp_image *image, int x, int y)
{
    return image->data + ((size_t)y * (size_t)image->width + (size_t)x) * (size_t)image->channels;
}

pp_code pp_image_new(pp_image **image, int width, int height, int channels, pp_error *err)
{
    if (width < 1 || height < 1 || width > 65535 || height > 65535 || (channels != 1 && channels != 3))
        return pp_fail(err, PP_ARG, "an image of %dx%d with %d channels; expected sides of 1 to 65535 and 1 or 3 channels", width,
                       height, channels);
    pp_image *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "an image");
    *made = (pp_image){ .width = width, .height = height, .channels = channels };
    made->data = pp_array_new(data_size(made), 1);
    if (!made->data) {
        free(made);
        return pp_no_memory(err, "an image");
    }
    *image = made;
    return PP_OK;
}

void pp_image_free(pp_image *image)
{
    if (!image)
        return;
    free(image->data);
    free(image);
}

pp_code pp_image_copy(pp_image **copy, const pp_image *image, pp_error *err)
{
    pp_image *made;
    pp_code code = pp_image_new(&made, image->width, image->height, image->channels, err);
    if (code != PP_OK)
        return code;
    memcpy(made->data, image->data, data_size(image));
    *copy = made;
    return PP_OK;
}

pp_digest pp_image_digest(const pp_image *image)
{
    int sizes[3] = { image->width, image->height, image->channels };
    uint8_t head[12];
    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (uint8_t)((uint32_t)sizes[i / 4] >> (8 * (i % 4)));
    return pp_digest_of(head, sizeof head, image->data, data_size(image));
}

void pp_image_paint(pp_image *image, const pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert(pixels[i].x < image->width && pixels[i].y < image->height);
        memcpy(pixel_at(image, pixels[i].x, pixels[i].y), pixels[i].value, (size_t)image->channels);
    }
}

void pp_image_get(const pp_image *image, pp_pixel *pixel)
{
    memcpy(pixel->value, pixel_at(image, pixel->x, pixel->y), (size_t)image->channels);
}

bool pp_image_has(const pp_image *image, pp_pixel pixel)
{
    return memcmp(pixel_at(image, pixel.x, pixel.y), pixel.value, (size_t)image->channels) == 0;
}

size_t pp_image_difference(const pp_image *original, const pp_image *changed, pp_pixel *pixels)
{
    size_t n = 0, n_channels = (size_t)original->channels;
    for (int y = 0; y < original->height; y++)
        for (int x = 0; x < original->width; x++) {
            const uint8_t *value = pixel_at(changed, x, y);
            if (memcmp(pixel_at(original, x, y), value, n_channels) == 0)
                continue;
            pixels[n] = (pp_pixel){ .x = (uint16_t)x, .y = (uint16_t)y };
            memcpy(pixels[n++].value, value, n_channels);
        }
    return n;
}
