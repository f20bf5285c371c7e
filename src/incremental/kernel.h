/* kernel.h - the arithmetic of the engine: rows of channels through windows.
 *
 * A window is a place in a table of row pointers (table.h): tap t of the window lies tap[t] entries further on, and each
 * entry points to the channels of one position, in the base's map, in a candidate's own rows, or to zeros for padding. So
 * rows are read where they lie: nothing is gathered, and rows of many candidates go through one call.
 *
 * An output value is always bias + the products in the order of (tap, channel), each added by one fused (or, in the
 * portable variant, one rounded) multiply-add, whatever else is in the call. So a row's bits depend on its window alone:
 * recomputing a row that did not change gives the same bits, and neither batch nor threads show in a result. */
#ifndef PP_INCREMENTAL_KERNEL_H
#define PP_INCREMENTAL_KERNEL_H

#include <stddef.h>

typedef const float *pp_row; /* the channels of one position */

/* One group of a convolution. */
typedef struct pp_conv_call {
    const ptrdiff_t *taps;      /* n_taps */
    size_t n_taps;
    size_t first_in, n_in;      /* channels of a row that are read */
    size_t first_out, n_out;    /* channels of an output row that are written */
    const float *weights;       /* pp_pack_weights: panels of [n_taps x n_in][panel] */
    const float *bias;          /* n_out, filled up to whole panels */
    float low, high;            /* each value is brought into this range at last */
} pp_conv_call;

/* What one instruction set offers. */
typedef struct pp_kernel {
    const char *name;
    size_t panel; /* output channels in one packed panel */
    /* windows: n; outs: n rows; skips: n rows that are added before clamping, or NULL */
    void (*conv)(const pp_conv_call *call, const pp_row *const *windows, float *const *outs, const pp_row *skips, size_t n);
    /* Depthwise: each channel by itself. weights: n_taps x n_channels */
    void (*depthwise)(const ptrdiff_t *taps, size_t n_taps, size_t n_channels, const float *weights, const float *bias, float low,
                      float high, const pp_row *const *windows, float *const *outs, size_t n);
} pp_kernel;

/* The best for this processor. portable: the one that runs everywhere and is the reference of the others. */
const pp_kernel *pp_kernel_best(void);
extern const pp_kernel pp_kernel_portable;
#if defined __x86_64__
extern const pp_kernel pp_kernel_avx2;
#endif

/* Floats that n_out channels of k products take when packed, whole panels. */
size_t pp_packed_size(const pp_kernel *kernel, size_t n_out, size_t k);
/* weights: n_out x k, row-major, into packed. */
void pp_pack_weights(const pp_kernel *kernel, const float *weights, size_t n_out, size_t k, float *packed);

#endif
