/* vips_start.h - libvips, started once, and pixels handed to it, within src/image. */
#ifndef PP_IMAGE_VIPS_START_H
#define PP_IMAGE_VIPS_START_H

#include "pinprick/pinprick.h"

#include <vips/vips.h>

/* @return PP_OK, PP_IO */
pp_code pp_vips_start(pp_error *err);

/* Pixels of 1, 3 or 4 channels, row by row, as libvips has them. @return the caller's, or NULL: libvips complained */
VipsImage *pp_vips_copy(const uint8_t *data, int width, int height, int channels);

#endif
