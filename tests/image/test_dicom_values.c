/* test_dicom_values.c - stored values of frames made by hand, and the gray or colour that docs/dicom.md makes of them. */
#include "support.h"

#include "image/dicom.h"

#include <string.h>

/* A gray frame of n values in a row, 16 bits each. */
static pp_dicom_frame gray_frame(const uint16_t *values, int n, int bits, bool is_signed)
{
    return (pp_dicom_frame){ .width = n, .height = 1, .samples = 1, .bits_allocated = 16, .bits_stored = bits, .high_bit = bits - 1,
                             .is_signed = is_signed, .colour = PP_DICOM_MONOCHROME2, .slope = 1, .bytes = (uint8_t *)(uintptr_t)values,
                             .n_bytes = 2 * (size_t)n };
}

static void assert_becomes(const pp_dicom_frame *frame, const pp_geometry *geometry, const uint8_t *expected, int channels)
{
    pp_image *image;
    pp_error err;
    assert_ok(pp_dicom_to_image(&image, frame, geometry, "frame", &err), err);
    assert_int_equal(image->channels, channels);
    assert_memory_equal(image->data, expected, (size_t)frame->width * (size_t)frame->height * (size_t)channels);
    pp_image_free(image);
}

static const pp_geometry NONE = { 0 };

static void without_a_window_the_lowest_value_is_black_and_the_highest_white(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 100, 300, 200, 150 };
    pp_dicom_frame frame = gray_frame(VALUES, 4, 12, false);
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0, 255, 128, 64 }, 1); /* 127.5 to even, 63.75 */
    frame.has_padding = true; /* of 300: it is no longer the highest */
    frame.padding_low = frame.padding_high = 300;
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0, 255, 255, 128 }, 1);
}

static void eight_bits_stay_as_they_are(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 7, 9, 200, 0 };
    pp_dicom_frame frame = gray_frame(VALUES, 4, 8, false);
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 7, 9, 200, 0 }, 1);
    frame.colour = PP_DICOM_MONOCHROME1;
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 248, 246, 55, 255 }, 1);
}

static void a_window_is_applied_after_slope_and_intercept(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 0, 1000, 1050, 2000 };
    pp_dicom_frame frame = gray_frame(VALUES, 4, 16, false);
    frame.intercept = -1000;
    frame.has_window = true;
    frame.window_center = 50.5;
    frame.window_width = 101; /* values from 0 to 100 */
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0, 0, 128, 255 }, 1);
    frame.function = PP_DICOM_SIGMOID; /* 255 / (1 + exp(-4 (v - 50.5) / 101)) */
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0, 30, 126, 255 }, 1);
    pp_geometry said = { .window = true, .window_low = -1000, .window_high = 1000 };
    assert_becomes(&frame, &said, (const uint8_t[]){ 0, 128, 134, 255 }, 1);
}

static void signed_values_and_bits_beside_the_stored_ones(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 0x0800, 0x07ff, 0x0000, 0xf000 }; /* -2048, 2047, 0, and 0 with an overlay in its upper bits */
    pp_dicom_frame frame = gray_frame(VALUES, 4, 12, true);
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0, 255, 128, 128 }, 1);
}

static void a_table_takes_the_place_of_a_window(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 0, 10, 11, 99 };
    pp_dicom_frame frame = gray_frame(VALUES, 4, 12, false);
    uint16_t entries[] = { 0, 51, 255 };
    frame.voi = (pp_dicom_table){ .entries = entries, .n = 3, .first = 10, .bits = 8 };
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0, 0, 51, 255 }, 1);
}

static void colours_become_rgb(void **state)
{
    (void)state;
    uint8_t by_plane[] = { 1, 2, 3, 4, 5, 6 }, half[] = { 100, 200, 128, 128 };
    pp_dicom_frame frame = { .width = 2, .height = 1, .samples = 3, .bits_allocated = 8, .bits_stored = 8, .high_bit = 7, .by_plane = true,
                             .colour = PP_DICOM_RGB, .bytes = by_plane, .n_bytes = 6 };
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 1, 3, 5, 2, 4, 6 }, 3);
    frame.by_plane = false;
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 1, 2, 3, 4, 5, 6 }, 3);
    frame.colour = PP_DICOM_YBR_FULL_422;
    frame.bytes = half;
    frame.n_bytes = 4;
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 100, 100, 100, 200, 200, 200 }, 3);
}

static void a_palette_is_looked_up_by_its_upper_bits(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 0, 5, 6, 9 };
    uint16_t red[] = { 0x1234, 0xff00 }, green[] = { 0, 0x80ff }, blue[] = { 0xffff, 1 };
    pp_dicom_frame frame = gray_frame(VALUES, 4, 8, false);
    frame.colour = PP_DICOM_PALETTE;
    frame.palette[0] = (pp_dicom_table){ .entries = red, .n = 2, .first = 5, .bits = 16 };
    frame.palette[1] = (pp_dicom_table){ .entries = green, .n = 2, .first = 5, .bits = 16 };
    frame.palette[2] = (pp_dicom_table){ .entries = blue, .n = 2, .first = 5, .bits = 16 };
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 0x12, 0, 0xff, 0x12, 0, 0xff, 0xff, 0x80, 0, 0xff, 0x80, 0 }, 3);
}

static void bits_may_begin_inside_a_byte(void **state)
{
    (void)state;
    uint8_t bits[] = { 0x50, 0x01 }; /* from bit 4 on: 1 0 1 0 1 */
    pp_dicom_frame frame = { .width = 5, .height = 1, .samples = 1, .bits_allocated = 1, .bits_stored = 1, .colour = PP_DICOM_MONOCHROME2,
                             .slope = 1, .bytes = bits, .n_bytes = 2, .first_bit = 4 };
    assert_becomes(&frame, &NONE, (const uint8_t[]){ 255, 0, 255, 0, 255 }, 1);
}

static void too_few_bytes_are_refused(void **state)
{
    (void)state;
    static const uint16_t VALUES[] = { 1, 2 };
    pp_dicom_frame frame = gray_frame(VALUES, 3, 12, false);
    pp_image *image;
    pp_error err;
    frame.n_bytes = 4;
    assert_int_equal(pp_dicom_to_image(&image, &frame, &NONE, "frame", &err), PP_FORMAT);
    assert_string_equal(err.message, "frame: its pixels end too early: 4 bytes; expected 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_window_the_lowest_value_is_black_and_the_highest_white),
        cmocka_unit_test(eight_bits_stay_as_they_are),
        cmocka_unit_test(a_window_is_applied_after_slope_and_intercept),
        cmocka_unit_test(signed_values_and_bits_beside_the_stored_ones),
        cmocka_unit_test(a_table_takes_the_place_of_a_window),
        cmocka_unit_test(colours_become_rgb),
        cmocka_unit_test(a_palette_is_looked_up_by_its_upper_bits),
        cmocka_unit_test(bits_may_begin_inside_a_byte),
        cmocka_unit_test(too_few_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
