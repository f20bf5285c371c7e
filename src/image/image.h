/* image.h - 8-bit images: decoding a file to what the classifier takes, changing pixels, saving, comparing.
 *
 * All of libvips stays in this folder. An image is H x W x C, 8 bit, C = 1 or 3. */
#ifndef PP_IMAGE_IMAGE_H
#define PP_IMAGE_IMAGE_H

#include "base/digest.h"
#include "pinprick/pinprick.h"

/* How a decoded file becomes an image of the classifier's size. */
typedef enum pp_resize {
    PP_RESIZE_EXACT, /* stretched to width x height */
    PP_RESIZE_CROP   /* shortest edge to shortest_edge, then the middle width x height is cut out */
} pp_resize;

typedef enum pp_resample { PP_RESAMPLE_NEAREST, PP_RESAMPLE_BILINEAR, PP_RESAMPLE_BICUBIC, PP_RESAMPLE_LANCZOS } pp_resample;

typedef struct pp_geometry {
    int width, height, channels; /* of the image that comes out; channels 1 or 3 */
    pp_resize resize;
    int shortest_edge;           /* PP_RESIZE_CROP only; >= max(width, height) */
    pp_resample resample;        /* antialiased when shrinking, as Pillow's are; enlarging by lanczos is bicubic */
    bool window;                 /* 16-bit gray: [window_low, window_high] becomes [0, 255]; without it the full range does */
    double window_low, window_high;
} pp_geometry;

/* Decodes path (PNG, JPEG, TIFF, WebP, BMP, PGM/PPM): EXIF rotation applied, alpha flattened on black, 16 bit brought to 8,
 * colour brought to sRGB or gray, then fitted. An image that has the right size already keeps its exact bytes.
 * *image: the caller's, pp_image_free. @return PP_OK, PP_IO (cannot be opened), PP_FORMAT (no image, truncated, too large), PP_MEMORY */
pp_code pp_image_decode(pp_image **image, const char *path, const pp_geometry *geometry, pp_error *err);

/* Reads a PNG that pp_image_save_png wrote, as it is: no rotation, no fitting. */
pp_code pp_image_read_png(pp_image **image, const char *path, pp_error *err);

/* The image as a file's bytes: JPEG of this quality (1 to 100), or with 0 PNG. longest: shrunk so that neither side is longer; 0: as it is.
 * *bytes: n, the caller's, free(). @return PP_OK, PP_IO, PP_MEMORY */
pp_code pp_image_encode(uint8_t **bytes, size_t *n, const pp_image *image, int longest, int quality, pp_error *err);

/* A PNG of the original's size with these pixels alone, transparent elsewhere. Those outside are left out. Otherwise as pp_image_encode. */
pp_code pp_image_encode_pixels(uint8_t **bytes, size_t *n, const pp_image *original, const pp_pixel *pixels, size_t n_pixels, pp_error *err);

pp_code pp_image_copy(pp_image **copy, const pp_image *image, pp_error *err);

/* SHA-256 of width, height, channels (32-bit little endian each) and the pixel data: equal images have equal digests. */
pp_digest pp_image_digest(const pp_image *image);

/* Sets pixels of an image. Those outside it are a mistake of ours (assert). */
void pp_image_paint(pp_image *image, const pp_pixel *pixels, size_t n);

/* The image's colour at a pixel's place becomes the pixel's. */
void pp_image_get(const pp_image *image, pp_pixel *pixel);

/* Whether the pixel's colour is the image's colour at its place. */
bool pp_image_has(const pp_image *image, pp_pixel pixel);

/* The pixels of changed that differ from original (same size), sorted by y, then x. pixels: room for width * height. @return how many */
size_t pp_image_difference(const pp_image *original, const pp_image *changed, pp_pixel *pixels);

#endif
