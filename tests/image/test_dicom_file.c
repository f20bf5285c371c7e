/* test_dicom_file.c - which files are DICOM, frames by number, and that what pinprick writes it reads. */
#include "folder.h"

#include "image/dicom.h"

#include <string.h>
#include <sys/stat.h>

static const char *at(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *name, const void *bytes, size_t n)
{
    FILE *file = fopen(at(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void content_tells_and_for_old_files_the_name(void **state)
{
    (void)state;
    char bytes[140] = { 0 };
    memcpy(bytes + 128, "DICM", 4);
    write_bytes("IM0001", bytes, sizeof bytes);
    write_bytes("old.DCM", "x", 1);
    write_bytes("short", bytes, 130);
    assert_true(pp_dicom_is(at("IM0001")));
    assert_true(pp_dicom_is(at("old.DCM")));
    assert_false(pp_dicom_is(at("short")));
    assert_false(pp_dicom_is(at("nothing.dcm")));
    assert_false(pp_dicom_is(folder));
}

static void what_is_no_file_and_named_like_one_is_missing(void **state)
{
    (void)state;
    static const char *const MISSING[] = { "gone.dcm", "gone.DICOM", "gone.Dcm#3", "gone.dcm#x", "gone.dcm#1#2", "gone.dcm ", "a-folder.dcm" };
    mkdir(at("a-folder.dcm"), 0700);
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++)
        assert_true(pp_dicom_is_missing(at(MISSING[i])));
    write_bytes("there.dcm", "x", 1);
    write_bytes("there.dcm.png", "x", 1);
    assert_false(pp_dicom_is_missing(at("there.dcm")));
    assert_false(pp_dicom_is_missing(at("there.dcm.png")));
    assert_false(pp_dicom_is_missing(at("gone.png")));
}

static void assert_split(const char *path, const char *file, size_t frame)
{
    char *found = NULL, whole[400];
    size_t number;
    pp_error err;
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    assert_ok(pp_dicom_split(&found, &number, whole, &err), err);
    if (!file) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found, at(file));
        assert_int_equal(number, frame);
    }
    free(found);
}

static void a_number_behind_a_file_is_a_frame_unless_a_file_is_called_so(void **state)
{
    (void)state;
    write_bytes("a.dcm", "x", 1);
    write_bytes("a.dcm#2", "x", 1);
    assert_split("a.dcm", "a.dcm", 0);
    assert_split("a.dcm#12", "a.dcm", 12);
    assert_split("a.dcm#2", NULL, 0); /* a file, and no DICOM */
    assert_split("a.dcm#0", NULL, 0);
    assert_split("a.dcm#x", NULL, 0);
    assert_split("b.dcm#1", NULL, 0);
}

static void assert_reads_back(int channels)
{
    pp_image *image, *read;
    pp_dicom_series series = { 0 };
    pp_geometry geometry = { .width = 7, .height = 5, .channels = channels };
    pp_error err;
    assert_ok(pp_image_new(&image, 7, 5, channels, &err), err);
    for (int i = 0; i < 7 * 5 * channels; i++)
        image->data[i] = (uint8_t)(10 + 3 * i); /* neither 0 nor 255 in it: the range is not stretched */
    pp_code code = pp_dicom_write(image, at("out.dcm"), &series, "a test", &err);
    if (code == PP_FORMAT) {
        pp_image_free(image);
        print_message("skipped: %s\n", err.message);
        skip();
    }
    assert_int_equal(code, PP_OK);
    assert_ok(pp_image_decode(&read, at("out.dcm"), &geometry, &err), err);
    assert_memory_equal(read->data, image->data, (size_t)(7 * 5 * channels));
    assert_int_equal(series.n, 1);
    pp_image_free(read);
    pp_image_free(image);
}

static void what_is_written_reads_back_as_the_same_pixels(void **state)
{
    (void)state;
    assert_reads_back(1);
    assert_reads_back(3);
}

static void a_place_that_cannot_be_written_is_named_and_nothing_is_left(void **state)
{
    (void)state;
    pp_image *image;
    pp_dicom_series series = { 0 };
    pp_error err;
    assert_ok(pp_image_new(&image, 3, 3, 1, &err), err);
    pp_code code = pp_dicom_write(image, at("nowhere/out.dcm"), &series, "a test", &err);
    pp_image_free(image);
    if (code == PP_FORMAT)
        skip();
    assert_int_equal(code, PP_IO);
    assert_non_null(strstr(err.message, "nowhere/out.dcm: cannot be written"));
    assert_int_equal(series.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_tells_and_for_old_files_the_name),
        cmocka_unit_test(what_is_no_file_and_named_like_one_is_missing),
        cmocka_unit_test(a_number_behind_a_file_is_a_frame_unless_a_file_is_called_so),
        cmocka_unit_test(what_is_written_reads_back_as_the_same_pixels),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
