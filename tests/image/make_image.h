/* make_image.h - image files for tests, written by libvips (BMP by hand: libvips only reads it) into a folder. */
#ifndef PP_TESTS_IMAGE_MAKE_IMAGE_H
#define PP_TESTS_IMAGE_MAKE_IMAGE_H

#include "support.h"

#include "image/image.h"

#include <string.h>
#include <vips/vips.h>

/* A value that differs from its neighbours' in every direction and channel. */
static inline uint8_t pattern(int x, int y, int c)
{
    return (uint8_t)(x * 37 + y * 59 + c * 101 + x * y * 7);
}

/* Writes bands x 8-bit (or 16-bit) values as the format that the path's ending and libvips' options in [] say. */
static inline void save_values(const void *values, int width, int height, int bands, VipsBandFormat format, const char *path)
{
    static const VipsInterpretation SPACES[] = { 0, VIPS_INTERPRETATION_B_W, VIPS_INTERPRETATION_B_W, VIPS_INTERPRETATION_sRGB,
                                                 VIPS_INTERPRETATION_sRGB };
    size_t size = (size_t)(width * height * bands) * vips_format_sizeof(format);
    VipsInterpretation space = SPACES[bands];
    if (format == VIPS_FORMAT_USHORT)
        space = bands < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
    VipsImage *raw = vips_image_new_from_memory(values, size, width, height, bands, format), *image = NULL;
    assert_non_null(raw);
    if (vips_copy(raw, &image, "interpretation", space, NULL) != 0 || vips_image_write_to_file(image, path, NULL) != 0)
        fail_msg("%s: %s", path, vips_error_buffer());
    g_object_unref(image);
    g_object_unref(raw);
}

/* The pattern of this size as a file. */
static inline void save_pattern(int width, int height, int bands, const char *path)
{
    uint8_t values[64 * 64 * 4];
    size_t n = 0;
    assert_true(width * height <= 64 * 64);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < bands; c++)
                values[n++] = pattern(x, y, c);
    save_values(values, width, height, bands, VIPS_FORMAT_UCHAR, path);
}

static inline void put_number(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* 24 bit, rows from the bottom up, each padded to four bytes. */
static inline void save_pattern_bmp(int width, int height, const char *path)
{
    uint8_t bytes[54 + 64 * 64 * 4] = "BM";
    size_t row = ((size_t)width * 3 + 3) / 4 * 4, n = 54 + row * (size_t)height;
    assert_true(n <= sizeof bytes);
    put_number(bytes + 2, (uint32_t)n);
    put_number(bytes + 10, 54);
    put_number(bytes + 14, 40);
    put_number(bytes + 18, (uint32_t)width);
    put_number(bytes + 22, (uint32_t)height);
    put_number(bytes + 26, 1 | 24 << 16);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                bytes[54 + (size_t)(height - 1 - y) * row + (size_t)x * 3 + (size_t)(2 - c)] = pattern(x, y, c);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

#endif
