/* test_no_decode.c - a build without image files says so, and how to go on. */
#include "support.h"

#include "image/image.h"

#include <string.h>

static void each_way_to_a_file_is_refused_and_named(void **state)
{
    (void)state;
    pp_geometry geometry = { .width = 2, .height = 2, .channels = 3 };
    uint8_t data[12] = { 0 };
    pp_image black = { 2, 2, 3, data }, *image = NULL;
    for (int way = 0; way < 3; way++) {
        pp_error err = { 0 };
        pp_code code = way == 0   ? pp_image_decode(&image, "xray.png", &geometry, &err)
                       : way == 1 ? pp_image_read_png(&image, "xray.png", &err)
                                  : pp_image_save_png(&black, "xray.png", &err);
        assert_int_equal(code, PP_IO);
        assert_non_null(strstr(err.message, "xray.png: this build of pinprick"));
        assert_non_null(strstr(err.message, way == 2 ? "writes no image files" : "reads no image files"));
        assert_null(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_a_file_is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
