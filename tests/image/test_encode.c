/* Images as bytes: what is read back from them. */
#include "folder.h"

#include "image/image.h"

#include <string.h>

static void write_bytes(char path[300], const char *name, uint8_t *bytes, size_t n)
{
    snprintf(path, 300, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
    free(bytes);
}

static void a_png_is_exact(void **state)
{
    (void)state;
    char path[300];
    pp_error err;
    uint8_t data[] = { 1, 2, 3, 250, 128, 7 }, *bytes;
    size_t n;
    pp_image image = { 2, 1, 3, data }, *back;
    assert_ok(pp_image_encode(&bytes, &n, &image, 0, 0, &err), err);
    write_bytes(path, "a.png", bytes, n);
    assert_ok(pp_image_read_png(&back, path, &err), err);
    assert_memory_equal(back->data, data, sizeof data);
    pp_image_free(back);
}

static void an_image_is_shrunk_to_its_longest_side_and_never_enlarged(void **state)
{
    (void)state;
    char path[300];
    pp_error err;
    uint8_t *bytes;
    size_t n;
    pp_image *image, *back;
    const struct { int longest, width, height; } CASES[] = { { 20, 20, 10 }, { 400, 40, 20 } };
    assert_ok(pp_image_new(&image, 40, 20, 1, &err), err);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(pp_image_encode(&bytes, &n, image, CASES[i].longest, 0, &err), err);
        write_bytes(path, "b.png", bytes, n);
        assert_ok(pp_image_read_png(&back, path, &err), err);
        assert_int_equal(back->width, CASES[i].width);
        assert_int_equal(back->height, CASES[i].height);
        pp_image_free(back);
    }
    assert_ok(pp_image_encode(&bytes, &n, image, 20, 70, &err), err);
    assert_memory_equal(bytes, "\xff\xd8\xff", 3); /* JPEG */
    free(bytes);
    pp_image_free(image);
}

/* Decoding lays a transparent image on black. */
static void changed_pixels_stand_alone(void **state)
{
    (void)state;
    char path[300];
    pp_error err;
    uint8_t data[3 * 2 * 3], *bytes;
    size_t n;
    memset(data, 200, sizeof data);
    pp_image original = { 3, 2, 3, data }, *back;
    const pp_pixel pixels[] = { { 1, 0, { 10, 20, 30 } }, { 2, 1, { 255, 0, 255 } }, { 3, 0, { 9, 9, 9 } } }; /* the last lies outside */
    const pp_geometry geometry = { .width = 3, .height = 2, .channels = 3 };
    assert_ok(pp_image_encode_pixels(&bytes, &n, &original, pixels, 3, &err), err);
    write_bytes(path, "c.png", bytes, n);
    assert_ok(pp_image_decode(&back, path, &geometry, &err), err);
    const uint8_t expected[] = { 0, 0, 0, 10, 20, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255 };
    assert_memory_equal(back->data, expected, sizeof expected);
    pp_image_free(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_is_exact),
        cmocka_unit_test(an_image_is_shrunk_to_its_longest_side_and_never_enlarged),
        cmocka_unit_test(changed_pixels_stand_alone),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
