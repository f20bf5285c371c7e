/* vips_start.h - libvips, started once, within src/image. */
#ifndef PP_IMAGE_VIPS_START_H
#define PP_IMAGE_VIPS_START_H

#include "pinprick/pinprick.h"

#include <vips/vips.h>

/* @return PP_OK, PP_IO */
pp_code pp_vips_start(pp_error *err);

#endif
