/* test_image.c - images in memory, and their way to a PNG and back. */
#include "image/make_image.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static pp_image *new_pattern(int width, int height, int channels)
{
    pp_image *image = NULL;
    pp_error err;
    size_t n = 0;
    assert_ok(pp_image_new(&image, width, height, channels, &err), err);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                image->data[n++] = pattern(x, y, c);
    return image;
}

static void a_new_image_is_black_and_has_its_size(void **state)
{
    (void)state;
    pp_image *image = NULL;
    pp_error err;
    assert_ok(pp_image_new(&image, 7, 5, 3, &err), err);
    assert_true(image->width == 7 && image->height == 5 && image->channels == 3);
    for (int i = 0; i < 7 * 5 * 3; i++)
        assert_int_equal(image->data[i], 0);
    pp_image_free(image);
    pp_image_free(NULL);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const int SIZES[][3] = { { 0, 5, 3 }, { 5, 0, 3 }, { -1, 5, 3 }, { 65536, 1, 1 }, { 1, 65536, 1 }, { 5, 5, 2 }, { 5, 5, 4 },
                                    { 5, 5, 0 } };
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        pp_image *image = NULL;
        pp_error err = { 0 };
        assert_int_equal(pp_image_new(&image, SIZES[i][0], SIZES[i][1], SIZES[i][2], &err), PP_ARG);
        assert_null(image);
        assert_true(*err.message != '\0');
    }
}

static void a_copy_is_equal_and_apart(void **state)
{
    (void)state;
    pp_image *image = new_pattern(9, 6, 3), *copy = NULL;
    pp_error err;
    assert_ok(pp_image_copy(&copy, image, &err), err);
    assert_memory_equal(copy->data, image->data, 9 * 6 * 3);
    copy->data[0] ^= 1;
    assert_int_not_equal(copy->data[0], image->data[0]);
    pp_image_free(image);
    pp_image_free(copy);
}

static void painting_sets_these_pixels_and_no_others(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        static const pp_pixel PIXELS[] = { { 0, 0, { 1, 2, 3 } }, { 8, 0, { 4, 5, 6 } }, { 0, 5, { 7, 8, 9 } }, { 8, 5, { 10, 11, 12 } },
                                           { 4, 3, { 13, 14, 15 } } };
        pp_image *image = new_pattern(9, 6, channels), *before = new_pattern(9, 6, channels);
        pp_image_paint(image, PIXELS, 5);
        for (int y = 0; y < 6; y++)
            for (int x = 0; x < 9; x++) {
                const uint8_t *expected = before->data + (y * 9 + x) * channels;
                for (size_t i = 0; i < 5; i++)
                    if (PIXELS[i].x == x && PIXELS[i].y == y)
                        expected = PIXELS[i].value;
                assert_memory_equal(image->data + (y * 9 + x) * channels, expected, channels);
            }
        for (size_t i = 0; i < 5; i++) {
            assert_true(pp_image_has(image, PIXELS[i]));
            assert_false(pp_image_has(before, PIXELS[i]));
        }
        pp_image_free(image);
        pp_image_free(before);
    }
}

/* L0: a pixel counts once if any of its channels differs. */
static void the_difference_lists_each_changed_pixel_once_row_by_row(void **state)
{
    (void)state;
    pp_image *image = new_pattern(9, 6, 3), *changed = new_pattern(9, 6, 3);
    pp_pixel found[9 * 6];
    assert_int_equal(pp_image_difference(image, changed, found), 0);
    changed->data[(5 * 9 + 8) * 3 + 2] ^= 1;
    changed->data[(2 * 9 + 7) * 3 + 0] ^= 1;
    changed->data[(2 * 9 + 7) * 3 + 1] ^= 1;
    changed->data[(2 * 9 + 1) * 3 + 1] ^= 1;
    changed->data[0] ^= 255;
    static const int PLACES[][2] = { { 0, 0 }, { 1, 2 }, { 7, 2 }, { 8, 5 } };
    assert_int_equal(pp_image_difference(image, changed, found), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(found[i].x == PLACES[i][0] && found[i].y == PLACES[i][1]);
        assert_true(pp_image_has(changed, found[i]));
    }
    pp_image_paint(image, found, 4); /* the difference is what leads from one to the other */
    assert_memory_equal(image->data, changed->data, 9 * 6 * 3);
    pp_image_free(image);
    pp_image_free(changed);
}

static void a_gray_pixel_leaves_the_other_values_zero(void **state)
{
    (void)state;
    pp_image *image = new_pattern(3, 1, 1), *changed = new_pattern(3, 1, 1);
    pp_pixel found[3];
    memset(found, 0xff, sizeof found);
    changed->data[1] ^= 1;
    assert_int_equal(pp_image_difference(image, changed, found), 1);
    assert_true(found[0].value[0] == changed->data[1] && found[0].value[1] == 0 && found[0].value[2] == 0);
    pp_image_free(image);
    pp_image_free(changed);
}

static void equal_images_have_equal_digests_and_others_have_not(void **state)
{
    (void)state;
    pp_image *a = new_pattern(6, 4, 1), *b = new_pattern(6, 4, 1), *turned = NULL, *colour = NULL;
    assert_string_equal(pp_image_digest(a).hex, pp_image_digest(b).hex);
    b->data[23] ^= 1;
    assert_string_not_equal(pp_image_digest(a).hex, pp_image_digest(b).hex);
    /* The same bytes in another shape are another image. */
    assert_int_equal(pp_image_new(&turned, 4, 6, 1, NULL), PP_OK);
    assert_int_equal(pp_image_new(&colour, 2, 4, 3, NULL), PP_OK);
    memcpy(turned->data, a->data, 24);
    memcpy(colour->data, a->data, 24);
    assert_string_not_equal(pp_image_digest(a).hex, pp_image_digest(turned).hex);
    assert_string_not_equal(pp_image_digest(a).hex, pp_image_digest(colour).hex);
    pp_image_free(a);
    pp_image_free(b);
    pp_image_free(turned);
    pp_image_free(colour);
}

/* A stored run names images by it: it must be the same on every machine and in every version. */
static void the_digest_is_that_of_sizes_and_bytes(void **state)
{
    (void)state;
    static const uint8_t HEAD[12] = { 44, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0 }; /* 300, 2, 3 */
    pp_image *image = new_pattern(300, 2, 3);
    pp_digest expected = pp_digest_of(HEAD, sizeof HEAD, image->data, 1800);
    assert_string_equal(pp_image_digest(image).hex, expected.hex);
    pp_image_free(image);
}

/* ---- Saving ------------------------------------------------------------------------------------------------------ */

static void a_saved_png_is_read_back_bit_by_bit(void **state)
{
    (void)state;
    char folder[256], path[300];
    new_folder(folder);
    for (int channels = 1; channels <= 3; channels += 2) {
        pp_image *image = new_pattern(33, 21, channels), *back = NULL;
        pp_error err;
        snprintf(path, sizeof path, "%s/%d.png", folder, channels);
        assert_ok(pp_image_save_png(image, path, &err), err);
        assert_ok(pp_image_read_png(&back, path, &err), err);
        assert_true(back->width == 33 && back->height == 21 && back->channels == channels);
        assert_memory_equal(back->data, image->data, 33 * 21 * channels);
        pp_image_free(image);
        pp_image_free(back);
    }
    remove_folder(folder);
}

/* Number of files in a folder. */
static int count_files(const char *folder)
{
    char command[400];
    int n = -1;
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &n), 1);
    pclose(pipe);
    return n;
}

static void assert_not_saved(const pp_image *image, const char *path)
{
    pp_error err = { 0 };
    assert_int_equal(pp_image_save_png(image, path, &err), PP_IO);
    assert_true(strncmp(err.message, path, strlen(path)) == 0 && !strchr(err.message, '\n'));
}

static void where_nothing_can_be_written_nothing_is_left(void **state)
{
    (void)state;
    char folder[256], path[300];
    pp_image *image = new_pattern(9, 6, 3);
    new_folder(folder);
    snprintf(path, sizeof path, "%s/no/such.png", folder);
    assert_not_saved(image, path);
    snprintf(path, sizeof path, "%s/taken.png", folder); /* a folder of this name: the last step, the renaming, fails */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_not_saved(image, path);
    assert_int_equal(count_files(folder), 1);
    pp_image_free(image);
    remove_folder(folder);
}

/* The limit on a file's size stands for a full disk. */
static void a_full_disk_leaves_the_old_file_whole(void **state)
{
    (void)state;
    char folder[256], path[300];
    pp_image *old = new_pattern(9, 6, 3), *new = new_pattern(60, 60, 3), *back = NULL;
    pp_error err;
    new_folder(folder);
    snprintf(path, sizeof path, "%s/a.png", folder);
    assert_ok(pp_image_save_png(old, path, &err), err);
    struct rlimit limit, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    pp_code code = pp_image_save_png(new, path, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(code, PP_IO);
    assert_non_null(strstr(err.message, "a.png"));
    assert_int_equal(count_files(folder), 1);
    assert_ok(pp_image_read_png(&back, path, &err), err);
    assert_memory_equal(back->data, old->data, 9 * 6 * 3);
    pp_image_free(old);
    pp_image_free(new);
    pp_image_free(back);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_image_is_black_and_has_its_size),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(a_copy_is_equal_and_apart),
        cmocka_unit_test(painting_sets_these_pixels_and_no_others),
        cmocka_unit_test(the_difference_lists_each_changed_pixel_once_row_by_row),
        cmocka_unit_test(a_gray_pixel_leaves_the_other_values_zero),
        cmocka_unit_test(equal_images_have_equal_digests_and_others_have_not),
        cmocka_unit_test(the_digest_is_that_of_sizes_and_bytes),
        cmocka_unit_test(a_saved_png_is_read_back_bit_by_bit),
        cmocka_unit_test(where_nothing_can_be_written_nothing_is_left),
        cmocka_unit_test(a_full_disk_leaves_the_old_file_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
