/* dicom_values.c - from a DICOM frame's stored values to an 8-bit image, step by step as docs/dicom.md says (DICOM PS3.3 C.7.6.3, C.11.1,
 * C.11.2). A gray frame has at most 65536 different values, so each is worked out once and the pixels are looked up. Not here: overlays,
 * presentation states, pixel shapes other than square. */
#include "base/array.h"
#include "base/error.h"
#include "image/dicom.h"

#include <math.h>
#include <string.h>

enum { N_VALUES = 65536 };

/* What each stored value, as it lies in the file, becomes. */
typedef struct value_map {
    uint8_t gray[N_VALUES];
} value_map;

/* ---- Stored values ----------------------------------------------------------------------------------------------- */

static uint32_t raw_at(const pp_dicom_frame *frame, size_t i)
{
    if (frame->bits_allocated == 1) {
        size_t bit = i + (size_t)frame->first_bit;
        return (uint32_t)frame->bytes[bit / 8] >> (bit % 8) & 1;
    }
    if (frame->bits_allocated == 8)
        return frame->bytes[i];
    uint16_t value;
    memcpy(&value, frame->bytes + 2 * i, sizeof value);
    return value;
}

/* The stored bits of a value; other bits may hold an overlay of old. */
static uint32_t bits_at(const pp_dicom_frame *frame, size_t i)
{
    return raw_at(frame, i) >> (frame->high_bit + 1 - frame->bits_stored) & ((1u << frame->bits_stored) - 1);
}

/* The number that stored bits stand for. */
static int32_t number_of(const pp_dicom_frame *frame, uint32_t bits)
{
    bool negative = frame->is_signed && bits >> (frame->bits_stored - 1) & 1;
    return (int32_t)bits - (negative ? (int32_t)1 << frame->bits_stored : 0);
}

/* ---- From number to gray ----------------------------------------------------------------------------------------- */

static uint16_t table_at(const pp_dicom_table *table, double number)
{
    double index = rint(number) - table->first, last = (double)(table->n - 1);
    return table->entries[index <= 0 ? 0 : index >= last ? table->n - 1 : (size_t)index];
}

static double modality_value(const pp_dicom_frame *frame, int32_t number)
{
    return frame->modality.n ? table_at(&frame->modality, number) : number * frame->slope + frame->intercept;
}

/* low and below become 0, above high 255. */
static double in_range(double value, double low, double high)
{
    return value <= low ? 0 : value > high ? 255 : 255 * (value - low) / (high - low);
}

static double in_window(const pp_dicom_frame *frame, double value)
{
    double center = frame->window_center, width = frame->window_width;
    if (frame->function == PP_DICOM_SIGMOID)
        return 255 / (1 + exp(-4 * (value - center) / width));
    if (frame->function == PP_DICOM_LINEAR_EXACT)
        return in_range(value, center - width / 2, center + width / 2);
    return in_range(value, center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2);
}

static bool is_padding(const pp_dicom_frame *frame, int32_t number)
{
    return frame->has_padding && number >= frame->padding_low && number <= frame->padding_high;
}

/* Without any window: of unsigned values of up to 8 bits the whole range, which leaves 8 bits as they are; else from the lowest to the
 * highest value in this frame. */
static void find_range(const pp_dicom_frame *frame, double *low, double *high)
{
    bool whole = frame->bits_stored <= 8 && !frame->is_signed;
    size_t n = whole ? (size_t)1 << frame->bits_stored : (size_t)frame->width * (size_t)frame->height;
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        int32_t number = number_of(frame, whole ? (uint32_t)i : bits_at(frame, i));
        double value = modality_value(frame, number);
        if (is_padding(frame, number) && !whole)
            continue;
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

static void map_gray(value_map *map, const pp_dicom_frame *frame, const pp_geometry *geometry)
{
    bool by_range = geometry->window || (!frame->has_window && !frame->voi.n);
    double low = geometry->window_low, high = geometry->window_high;
    if (by_range && !geometry->window)
        find_range(frame, &low, &high);
    for (uint32_t bits = 0; bits < 1u << frame->bits_stored; bits++) {
        double value = modality_value(frame, number_of(frame, bits)), gray;
        if (by_range)
            gray = in_range(value, low, high);
        else if (frame->has_window)
            gray = in_window(frame, value);
        else
            gray = 255.0 * table_at(&frame->voi, value) / ((1 << frame->voi.bits) - 1);
        uint8_t whole = gray > 0 ? (uint8_t)rint(fmin(gray, 255)) : 0; /* NaN: 0 */
        map->gray[bits] = frame->colour == PP_DICOM_MONOCHROME1 ? 255 - whole : whole;
    }
}

static void paint_gray(pp_image *image, const pp_dicom_frame *frame, const value_map *map)
{
    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height; i++)
        image->data[i] = map->gray[bits_at(frame, i)];
}

/* ---- Colour ------------------------------------------------------------------------------------------------------ */

/* Entries of more than 8 bits are taken by their upper 8. */
static void paint_palette(pp_image *image, const pp_dicom_frame *frame)
{
    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height; i++)
        for (size_t c = 0; c < 3; c++) {
            const pp_dicom_table *table = &frame->palette[c];
            image->data[3 * i + c] = (uint8_t)(table_at(table, number_of(frame, bits_at(frame, i))) >> (table->bits - 8));
        }
}

/* Sample c of pixel i, as stored bits. */
static uint32_t sample_at(const pp_dicom_frame *frame, size_t i, size_t c)
{
    if (frame->colour == PP_DICOM_YBR_FULL_422)
        return frame->bytes[i / 2 * 4 + (c ? c + 1 : i % 2)];
    size_t n = (size_t)frame->width * (size_t)frame->height;
    return bits_at(frame, frame->by_plane ? c * n + i : 3 * i + c);
}

static uint8_t clipped(double value)
{
    return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)floor(value + 0.5);
}

static void ybr_to_rgb(uint8_t *rgb, double y, double b, double r)
{
    rgb[0] = clipped(y + 1.402 * r);
    rgb[1] = clipped(y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r);
    rgb[2] = clipped(y + 1.772 * b);
}

/* More than 8 bits are brought to 8 by their full range; YBR has 8. */
static void paint_colour(pp_image *image, const pp_dicom_frame *frame)
{
    double most = (1u << frame->bits_stored) - 1;
    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height; i++) {
        double s[3];
        for (size_t c = 0; c < 3; c++)
            s[c] = sample_at(frame, i, c);
        uint8_t *rgb = image->data + 3 * i;
        if (frame->colour != PP_DICOM_RGB)
            ybr_to_rgb(rgb, s[0], s[1] - 128, s[2] - 128);
        else
            for (size_t c = 0; c < 3; c++)
                rgb[c] = (uint8_t)rint(255 * s[c] / most);
    }
}

/* ---- An image ---------------------------------------------------------------------------------------------------- */

/* Bytes that all samples of the frame take. */
static size_t bytes_needed(const pp_dicom_frame *frame)
{
    size_t n = (size_t)frame->width * (size_t)frame->height;
    if (frame->bits_allocated == 1)
        return (n + (size_t)frame->first_bit + 7) / 8;
    if (frame->colour == PP_DICOM_YBR_FULL_422)
        return 2 * n;
    return n * (size_t)frame->samples * (size_t)frame->bits_allocated / 8;
}

pp_code pp_dicom_to_image(pp_image **image, const pp_dicom_frame *frame, const pp_geometry *geometry, const char *path, pp_error *err)
{
    bool gray = frame->colour == PP_DICOM_MONOCHROME1 || frame->colour == PP_DICOM_MONOCHROME2;
    pp_image *made = NULL;
    if (frame->n_bytes < bytes_needed(frame))
        return pp_fail(err, PP_FORMAT, "%s: its pixels end too early: %zu bytes; expected %zu", path, frame->n_bytes, bytes_needed(frame));
    value_map *map = pp_array_new(1, sizeof *map);
    pp_code code = map ? pp_image_new(&made, frame->width, frame->height, gray ? 1 : 3, err) : pp_no_memory(err, "an image");
    if (code == PP_OK && gray) {
        map_gray(map, frame, geometry);
        paint_gray(made, frame, map);
    } else if (code == PP_OK && frame->colour == PP_DICOM_PALETTE) {
        paint_palette(made, frame);
    } else if (code == PP_OK) {
        paint_colour(made, frame);
    }
    free(map);
    if (code == PP_OK)
        *image = made;
    return code;
}

void pp_dicom_frame_clear(pp_dicom_frame *frame)
{
    free(frame->bytes);
    free(frame->modality.entries);
    free(frame->voi.entries);
    for (size_t c = 0; c < 3; c++)
        free(frame->palette[c].entries);
    memset(frame, 0, sizeof *frame);
}
