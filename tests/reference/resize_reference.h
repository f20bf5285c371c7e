/* resize_reference.h - resizing as Pillow has it: a kernel as wide as the shrink (antialiased), centres at half pixels. Slow, in doubles,
 * one value at a time. It is the meaning of pp_resample.
 *
 * Where the kernel reaches over the border, the outermost pixel is repeated, as libvips does; Pillow leaves that part out. The two
 * differ near the border only. */
#ifndef PP_TESTS_RESIZE_REFERENCE_H
#define PP_TESTS_RESIZE_REFERENCE_H

#include "image/image.h"

#include <math.h>

static inline double reference_sinc(double t)
{
    return t == 0 ? 1 : sin(3.14159265358979323846 * t) / (3.14159265358979323846 * t);
}

/* Triangle; cubic of Keys (1981) with a = -1/2; Lanczos with three lobes. Zero from the radius on. */
static inline double reference_kernel(pp_resample kind, double t)
{
    t = fabs(t);
    if (kind == PP_RESAMPLE_BILINEAR)
        return fmax(0, 1 - t);
    if (kind == PP_RESAMPLE_BICUBIC)
        return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    return t < 3 ? reference_sinc(t) * reference_sinc(t / 3) : 0;
}

/* Place `to` of a side that goes from n to n_new: its centre in the old side, and how much the kernel is widened. */
static inline double reference_centre(int to, int n, int n_new, double *widening)
{
    *widening = n > n_new ? (double)n / n_new : 1;
    return (to + 0.5) * n / n_new;
}

static inline int reference_inside(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* One value of the resized image, not clipped; values: h x w x n_channels. */
static inline double reference_resized(pp_resample kind, const uint8_t *values, int w, int h, int n_channels, int w_new, int h_new, int x,
                                       int y, int c)
{
    double wide, high, cx = reference_centre(x, w, w_new, &wide), cy = reference_centre(y, h, h_new, &high), sum = 0, weights = 0;
    double radius = kind == PP_RESAMPLE_BILINEAR ? 1 : kind == PP_RESAMPLE_BICUBIC ? 2 : 3;
    if (kind == PP_RESAMPLE_NEAREST)
        return values[((int)cy * w + (int)cx) * n_channels + c];
    for (int j = (int)floor(cy - radius * high); j <= cy + radius * high; j++)
        for (int i = (int)floor(cx - radius * wide); i <= cx + radius * wide; i++) {
            double weight = reference_kernel(kind, (i + 0.5 - cx) / wide) * reference_kernel(kind, (j + 0.5 - cy) / high);
            sum += weight * values[(reference_inside(j, h) * w + reference_inside(i, w)) * n_channels + c];
            weights += weight;
        }
    return sum / weights;
}

#endif
