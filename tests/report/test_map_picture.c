/* test_map_picture.c - the picture of a map: the lower the margin the lighter, in gray as in colour, and black where nothing was tried. */
#include "support.h"

#include "pinprick/pinprick.h"

#include <string.h>

enum { N_LEVELS = 256 };

/* As the eye weighs them (Rec. 709). */
static double lightness(const uint8_t *colour)
{
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
}

static void lower_margins_are_lighter(void **state)
{
    (void)state;
    pp_map_point points[N_LEVELS] = { 0 };
    pp_map_result map = { .width = N_LEVELS, .height = 1, .stride = 1, .n_points = N_LEVELS, .n_done = N_LEVELS, .points = points,
                          .lowest = N_LEVELS - 1 };
    pp_image *picture = NULL;
    pp_error err;
    for (int i = 0; i < N_LEVELS; i++) {
        points[i].pixel.x = (uint16_t)i;
        points[i].margin = 3 - 0.1 * i;
    }
    assert_ok(pp_map_picture(&picture, &map, &err), err);
    for (int i = 1; i < N_LEVELS; i++)
        assert_true(lightness(picture->data + 3 * i) >= lightness(picture->data + 3 * (i - 1)));
    assert_true(lightness(picture->data) > 10 && lightness(picture->data) < 40);
    assert_true(lightness(picture->data + 3 * (N_LEVELS - 1)) > 200);
    pp_image_free(picture);
}

static void a_point_fills_its_block_and_the_rest_is_black(void **state)
{
    (void)state;
    pp_map_point points[2] = { { .pixel = { .x = 0, .y = 0 }, .margin = 2 }, { .pixel = { .x = 3, .y = 3 }, .margin = 1 } };
    pp_map_result map = { .width = 5, .height = 4, .stride = 3, .n_points = 2, .n_done = 2, .points = points, .lowest = 1 };
    static const char WANTED[4][6] = { "ddd..", "ddd..", "ddd..", "...ll" }; /* dark, light */
    static const uint8_t DARK[3] = { 68, 1, 84 }, LIGHT[3] = { 253, 231, 37 }, BLACK[3] = { 0 };
    pp_image *picture = NULL;
    pp_error err;
    assert_ok(pp_map_picture(&picture, &map, &err), err);
    assert_true(picture->width == 5 && picture->height == 4 && picture->channels == 3);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 5; x++)
            assert_memory_equal(picture->data + 3 * (y * 5 + x), WANTED[y][x] == 'd' ? DARK : WANTED[y][x] == 'l' ? LIGHT : BLACK, 3);
    pp_image_free(picture);
}

static void a_map_of_equal_margins_is_dark(void **state)
{
    (void)state;
    pp_map_point point = { .margin = 2 };
    pp_map_result map = { .width = 1, .height = 1, .stride = 1, .n_points = 1, .n_done = 1, .points = &point };
    pp_image *picture = NULL;
    pp_error err;
    assert_ok(pp_map_picture(&picture, &map, &err), err);
    assert_true(lightness(picture->data) < 40);
    pp_image_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_margins_are_lighter),
        cmocka_unit_test(a_point_fills_its_block_and_the_rest_is_black),
        cmocka_unit_test(a_map_of_equal_margins_is_dark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
