/* fuzz_dicom.c - hostile DICOM files: looked into, their first, last and only frames read and made 8-bit images. */
#include "fuzz.h"

#include "image/dicom.h"

#include <string.h>

enum { LARGEST_FILE = 1 << 18, LARGEST_IMAGE = 1 << 20, FILE_NUMBER = 200 };
static const char PATH[] = "/proc/self/fd/200";

static void require_line(pp_code code, const pp_error *err)
{
    REQUIRE(code < 0 && err->code == code && *err->message && !strchr(err->message, '\n'));
}

static void make_image(const pp_dicom_frame *frame, bool window)
{
    pp_geometry geometry = { .window = window, .window_low = -3.5, .window_high = 200 };
    pp_image *image;
    pp_error err;
    pp_code code = pp_dicom_to_image(&image, frame, &geometry, PATH, &err);
    if (code != PP_OK) {
        require_line(code, &err);
        return;
    }
    REQUIRE(image->width == frame->width && image->height == frame->height && (image->channels == 1 || image->channels == 3));
    pp_image_free(image);
}

static void read_frame(size_t number)
{
    pp_dicom_frame frame;
    pp_error err;
    pp_code code = pp_dicom_read(&frame, PATH, number, &err);
    if (code != PP_OK) {
        require_line(code, &err);
        return;
    }
    if ((long)frame.width * frame.height <= LARGEST_IMAGE) {
        make_image(&frame, false);
        make_image(&frame, true);
    }
    pp_dicom_frame_clear(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    pp_dicom_summary summary;
    if (size > LARGEST_FILE)
        return 0;
    if (!made)
        make_memory_file(FILE_NUMBER);
    made = true;
    fill_memory_file(FILE_NUMBER, data, size);
    REQUIRE(pp_dicom_look(&summary, PATH, "/a/folder/of/nobody", NULL) == PP_OK);
    REQUIRE(strlen(summary.id) == 64 && (!*summary.reason || !summary.n_frames));
    read_frame(0);
    if (summary.n_frames > 1) {
        read_frame(1);
        read_frame(summary.n_frames);
    }
    return 0;
}
