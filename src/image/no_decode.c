/* no_decode.c - in place of decode.c and encode.c in a library without libvips (-Dimage_files=false): for a caller that has its images in memory, such
 * as the Python wheel, which would else carry libvips and the three hundred libraries below it. */
#include "base/error.h"
#include "image/image.h"

static pp_code refuse(const char *path, const char *what, pp_error *err)
{
    return pp_fail(err, PP_IO, "%s: this build of pinprick %s no image files; hand over the pixels instead, or use a build with libvips", path,
                   what);
}

pp_code pp_image_decode(pp_image **image, const char *path, const pp_geometry *geometry, pp_error *err)
{
    (void)image, (void)geometry;
    return refuse(path, "reads", err);
}

pp_code pp_image_read_png(pp_image **image, const char *path, pp_error *err)
{
    (void)image;
    return refuse(path, "reads", err);
}

pp_code pp_image_save_png(const pp_image *image, const char *path, pp_error *err)
{
    (void)image;
    return refuse(path, "writes", err);
}

pp_code pp_image_encode(uint8_t **bytes, size_t *n, const pp_image *image, int longest, int quality, pp_error *err)
{
    (void)bytes, (void)n, (void)image, (void)longest, (void)quality;
    return refuse("a picture", "makes", err);
}

pp_code pp_image_encode_pixels(uint8_t **bytes, size_t *n, const pp_image *original, const pp_pixel *pixels, size_t n_pixels, pp_error *err)
{
    (void)bytes, (void)n, (void)original, (void)pixels, (void)n_pixels;
    return refuse("a picture", "makes", err);
}
