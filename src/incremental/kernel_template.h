/* kernel_template.h - the kernels once, in terms of vectors of LANES floats; each kernel_*.c compiles it for one instruction set.
 *
 * KERNEL: name of the exported struct, TEXT its name for people; LANES: floats in a vector; ROWS: output rows in registers. */
#include "incremental/kernel.h"

#include <math.h>
#include <string.h>

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int mask __attribute__((vector_size(4 * LANES)));
typedef float vec_unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

enum { WIDE = 2, PANEL = WIDE * LANES }; /* a panel is two vectors of output channels */

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *from)
{
    return *(const vec_unaligned *)from;
}

INLINE void store(float *to, vec value)
{
    *(vec_unaligned *)to = value;
}

INLINE vec splat(float value)
{
    return value - (vec){ 0 };
}

INLINE vec choose(mask which, vec yes, vec no)
{
    return (vec)((which & (mask)yes) | (~which & (mask)no));
}

/* Not a number stays what it is. */
INLINE vec clamp(vec value, float low, float high)
{
    vec least = splat(low), most = splat(high);
    value = choose(value < least, least, value);
    return choose(value > most, most, value);
}

/* As many values as the image's last panel holds go through a full one on the stack. */
INLINE void finish(vec value, float *out, const float *skip, size_t n, float low, float high)
{
    if (n >= LANES) {
        store(out, clamp(skip ? value + load(skip) : value, low, high));
        return;
    }
    float part[LANES] = { 0 };
    if (skip) {
        memcpy(part, skip, n * sizeof *part);
        value += load(part);
    }
    store(part, clamp(value, low, high));
    memcpy(out, part, n * sizeof *part);
}

/* `rows` output rows of one panel; n: how many of its channels there are. */
INLINE void conv_block(const int rows, const pp_conv_call *call, const float *weights, const float *bias, size_t first, size_t n,
                       const pp_row *const *windows, float *const *outs, const pp_row *skips)
{
    vec sums[ROWS][WIDE];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < WIDE; v++)
            sums[r][v] = load(bias + v * LANES);
    for (size_t t = 0; t < call->n_taps; t++) {
        const float *in[ROWS];
        for (int r = 0; r < rows; r++)
            in[r] = windows[r][call->taps[t]] + call->first_in;
        for (size_t c = 0; c < call->n_in; c++, weights += PANEL) {
            vec w[WIDE];
            for (int v = 0; v < WIDE; v++)
                w[v] = load(weights + v * LANES);
            for (int r = 0; r < rows; r++) {
                vec x = splat(in[r][c]);
                for (int v = 0; v < WIDE; v++)
                    sums[r][v] += x * w[v];
            }
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < WIDE && (size_t)v * LANES < n; v++)
            finish(sums[r][v], outs[r] + first + v * LANES, skips ? skips[r] + first + v * LANES : NULL, n - (size_t)v * LANES,
                   call->low, call->high);
}

/* The rows that are left over, with a block of just their number. */
static void conv_rest(const pp_conv_call *call, const float *weights, const float *bias, size_t first, size_t n,
                      const pp_row *const *windows, float *const *outs, const pp_row *skips, size_t rows)
{
    switch (rows) {
#define REST(r) \
    case r: \
        conv_block(r < ROWS ? r : ROWS, call, weights, bias, first, n, windows, outs, skips); \
        break;
        REST(1)
        REST(2)
        REST(3)
        REST(4)
        REST(5)
#undef REST
    }
}

/* Rows whose inputs stay in the second-level cache while all panels go over them. */
static const size_t BLOCK_FLOATS = 48 * 1024;

static void conv(const pp_conv_call *call, const pp_row *const *windows, float *const *outs, const pp_row *skips, size_t n)
{
    size_t k = call->n_taps * call->n_in;
    size_t block = BLOCK_FLOATS / call->n_in / ROWS * ROWS;
    block = block < ROWS ? ROWS : block;
    for (size_t start = 0; start < n; start += block) {
        size_t end = start + block < n ? start + block : n;
        for (size_t panel = 0; panel < call->n_out; panel += PANEL) {
            const float *weights = call->weights + panel * k, *bias = call->bias + panel;
            size_t first = call->first_out + panel, left = call->n_out - panel, r = start;
            for (; r + ROWS <= end; r += ROWS)
                conv_block(ROWS, call, weights, bias, first, left, windows + r, outs + r, skips ? skips + r : NULL);
            conv_rest(call, weights, bias, first, left, windows + r, outs + r, skips ? skips + r : NULL, end - r);
        }
    }
}

/* `wide` vectors of channels of one row. */
INLINE void depthwise_block(const int wide, const ptrdiff_t *taps, size_t n_taps, size_t n_channels, const float *weights,
                            const float *bias, float low, float high, const pp_row *window, float *out, size_t c)
{
    vec sums[4];
    for (int v = 0; v < wide; v++)
        sums[v] = load(bias + c + v * LANES);
    for (size_t t = 0; t < n_taps; t++) {
        const float *in = window[taps[t]] + c, *w = weights + t * n_channels + c;
        for (int v = 0; v < wide; v++)
            sums[v] += load(in + v * LANES) * load(w + v * LANES);
    }
    for (int v = 0; v < wide; v++)
        store(out + c + v * LANES, clamp(sums[v], low, high));
}

static void depthwise(const ptrdiff_t *taps, size_t n_taps, size_t n_channels, const float *weights, const float *bias, float low,
                      float high, const pp_row *const *windows, float *const *outs, size_t n)
{
    for (size_t r = 0; r < n; r++) {
        size_t c = 0;
        for (; c + 4 * LANES <= n_channels; c += 4 * LANES)
            depthwise_block(4, taps, n_taps, n_channels, weights, bias, low, high, windows[r], outs[r], c);
        for (; c + LANES <= n_channels; c += LANES)
            depthwise_block(1, taps, n_taps, n_channels, weights, bias, low, high, windows[r], outs[r], c);
        for (; c < n_channels; c++) {
            float sum = bias[c];
            for (size_t t = 0; t < n_taps; t++)
                sum = MULTIPLY_ADD(windows[r][taps[t]][c], weights[t * n_channels + c], sum);
            sum = sum < low ? low : sum;
            outs[r][c] = sum > high ? high : sum;
        }
    }
}

const pp_kernel KERNEL = { .name = TEXT, .panel = PANEL, .conv = conv, .depthwise = depthwise };
