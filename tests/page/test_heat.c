/* The heat map: which cell a pixel falls into, and what is left out. */
#include "support.h"

#include "page/page.h"

static void pixels_are_counted_in_their_cells(void **state)
{
    (void)state;
    pp_heat heat;
    pp_error err;
    const pp_pixel pixels[] = { { .x = 0, .y = 0 }, { .x = 1, .y = 1 }, { .x = 2, .y = 0 }, { .x = 55, .y = 28 }, { .x = 56, .y = 0 },
                                { .x = 0, .y = 29 } };
    assert_ok(pp_heat_init(&heat, 56, 29, 3, &err), err); /* cells of 2 x 2: 28 columns, 15 rows, the last one cut */
    assert_int_equal(heat.cell, 2);
    assert_int_equal(heat.n_columns, 28);
    assert_int_equal(heat.n_rows, 15);
    pp_heat_add_pixels(&heat, pixels, 6);
    assert_int_equal(heat.counts[0], 2);
    assert_int_equal(heat.counts[1], 1);
    assert_int_equal(heat.counts[14 * 28 + 27], 1);
    uint64_t sum = 0;
    for (size_t i = 0; i < 28 * 15; i++)
        sum += heat.counts[i];
    assert_int_equal(sum, 4); /* the last two lie outside */
    pp_heat_clear(&heat);
}

static void the_mean_is_of_originals_of_the_run_s_size(void **state)
{
    (void)state;
    pp_heat heat;
    pp_error err;
    uint8_t dark[] = { 10, 20 }, bright[] = { 30, 25 }, other[] = { 1 };
    json_t *data = json_object(), *view = json_object();
    assert_ok(pp_heat_init(&heat, 2, 1, 1, &err), err);
    assert_ok(pp_heat_tell(&heat, data, view, &err), err);
    assert_null(json_object_get(data, "heat")); /* no original, no map */
    pp_heat_add_original(&heat, &(pp_image){ 2, 1, 1, dark });
    pp_heat_add_original(&heat, &(pp_image){ 2, 1, 1, bright });
    pp_heat_add_original(&heat, &(pp_image){ 1, 1, 1, other });
    assert_int_equal(heat.n_images, 2);
    assert_true(heat.sums[0] == 40 && heat.sums[1] == 45);
    assert_ok(pp_heat_tell(&heat, data, view, &err), err);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(data, "heat"), "originals")), 2);
    json_decref(data);
    json_decref(view);
    pp_heat_clear(&heat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_counted_in_their_cells),
        cmocka_unit_test(the_mean_is_of_originals_of_the_run_s_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
