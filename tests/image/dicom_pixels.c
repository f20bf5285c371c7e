/* dicom_pixels.c - for test_dicom.py: the 8-bit image that pinprick makes of a file, without fitting it to a model.
 *
 *     dicom_pixels FILE[#FRAME] [LOW HIGH]      a line "WIDTH HEIGHT CHANNELS", then the values */
#include "image/dicom.h"

#include <stdio.h>
#include <stdlib.h>

static int fail(const pp_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    pp_geometry geometry = { .window = argc == 4 };
    pp_dicom_frame frame;
    pp_image *image;
    pp_error err;
    char *file = NULL;
    size_t number;
    if (argc != 2 && argc != 4)
        return EXIT_FAILURE;
    if (geometry.window) {
        geometry.window_low = strtod(argv[2], NULL);
        geometry.window_high = strtod(argv[3], NULL);
    }
    if (pp_dicom_split(&file, &number, argv[1], &err) != PP_OK || !file || pp_dicom_read(&frame, file, number, &err) != PP_OK)
        return fail(&err);
    if (pp_dicom_to_image(&image, &frame, &geometry, argv[1], &err) != PP_OK)
        return fail(&err);
    printf("%d %d %d\n", image->width, image->height, image->channels);
    fwrite(image->data, 1, (size_t)image->width * (size_t)image->height * (size_t)image->channels, stdout);
    pp_image_free(image);
    pp_dicom_frame_clear(&frame);
    free(file);
    return EXIT_SUCCESS;
}
