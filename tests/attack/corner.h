/* corner.h - pixels of corner colours, for the tests of what pursuit is made of. */
#ifndef PP_TESTS_CORNER_H
#define PP_TESTS_CORNER_H

#include "pinprick/pinprick.h"

/* A corner colour by its bits. */
static inline pp_pixel pixel_at(int x, int y, unsigned bits)
{
    return (pp_pixel){ (uint16_t)x, (uint16_t)y, { bits & 1 ? 255 : 0, bits & 2 ? 255 : 0, bits & 4 ? 255 : 0 } };
}

#endif
