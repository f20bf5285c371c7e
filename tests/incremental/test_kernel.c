/* test_kernel.c - every kernel against plain loops, to the bit: odd sizes, rest rows, rest channels, groups, no rows at all.
 *
 * Two references: on whole numbers nothing is rounded, so all kernels give the same bits; on any numbers each gives those of its own
 * kind of multiply-add, one after the other in the order of (tap, channel). */
#include "support.h"

#include "base/rng.h"
#include "incremental/kernel.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 31, N_POSITIONS = 200, MARK = 12345 }; /* MARK: what was in memory before */

/* A convolution with all that belongs to it. n_channels: of input rows; n_written: of output rows. */
typedef struct toy_conv {
    size_t n_rows, n_channels, n_written;
    pp_conv_call call;
    ptrdiff_t taps[9];
    float *in, *skip, *weights, *bias; /* weights: n_out x taps x n_in; bias: filled up to any kernel's panel */
    pp_row table[N_POSITIONS];
    const pp_row *windows[MOST_ROWS];
    pp_row skips[MOST_ROWS];
} toy_conv;

static float multiply_add(const pp_kernel *kernel, float a, float b, float c)
{
    if (kernel != &pp_kernel_portable)
        return fmaf(a, b, c);
    volatile float product = a * b; /* rounded, whatever the compiler may do */
    return product + c;
}

static size_t list_kernels(const pp_kernel *kernels[2])
{
    size_t n = 0;
    kernels[n++] = &pp_kernel_portable;
    if (pp_kernel_best() != &pp_kernel_portable)
        kernels[n++] = pp_kernel_best();
    return n;
}

static float *new_numbers(pp_rng *rng, size_t n, bool whole)
{
    float *values = calloc(n + 1, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = whole ? (float)pp_rng_below(rng, 15) - 7 : (float)pp_rng_normal(rng);
    return values;
}

static void draw_conv(toy_conv *t, pp_rng *rng, size_t n_rows, size_t n_in, size_t n_out, size_t n_taps, bool whole)
{
    memset(t, 0, sizeof *t);
    t->n_rows = n_rows;
    t->call = (pp_conv_call){ .taps = t->taps, .n_taps = n_taps, .first_in = pp_rng_below(rng, 4), .n_in = n_in,
                              .first_out = pp_rng_below(rng, 4), .n_out = n_out, .low = -INFINITY, .high = INFINITY };
    t->n_channels = t->call.first_in + n_in + pp_rng_below(rng, 3);
    t->n_written = t->call.first_out + n_out + pp_rng_below(rng, 3);
    t->in = new_numbers(rng, N_POSITIONS * t->n_channels, whole);
    t->skip = new_numbers(rng, MOST_ROWS * t->n_written, whole);
    t->weights = new_numbers(rng, n_out * n_taps * n_in, whole);
    t->bias = new_numbers(rng, n_out, whole);
    t->bias = realloc(t->bias, (n_out + 64) * sizeof *t->bias);
    assert_non_null(t->bias);
    memset(t->bias + n_out, 0, 64 * sizeof *t->bias);
    for (size_t p = 0; p < N_POSITIONS; p++)
        t->table[p] = t->in + pp_rng_below(rng, N_POSITIONS) * t->n_channels;
    for (size_t i = 0; i < n_taps; i++)
        t->taps[i] = (ptrdiff_t)pp_rng_below(rng, 60);
    for (size_t r = 0; r < n_rows; r++) {
        t->windows[r] = t->table + pp_rng_below(rng, N_POSITIONS - 60);
        t->skips[r] = t->skip + r * t->n_written;
    }
}

static void free_conv(toy_conv *t)
{
    free(t->in);
    free(t->skip);
    free(t->weights);
    free(t->bias);
}

static float clamp(float value, float low, float high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

/* What channel o of row r must be. */
static float expected_value(const pp_kernel *kernel, const toy_conv *t, bool skips, size_t r, size_t o)
{
    const pp_conv_call *call = &t->call;
    float sum = t->bias[o];
    for (size_t i = 0; i < call->n_taps; i++)
        for (size_t c = 0; c < call->n_in; c++)
            sum = multiply_add(kernel, t->windows[r][call->taps[i]][call->first_in + c],
                               t->weights[(o * call->n_taps + i) * call->n_in + c], sum);
    if (skips)
        sum += t->skips[r][call->first_out + o];
    return clamp(sum, call->low, call->high);
}

/* n_rows x n_written; what the kernel leaves alone is MARK. To be freed. */
static float *run_conv(const pp_kernel *kernel, const toy_conv *t, bool skips)
{
    float *out = calloc(MOST_ROWS * t->n_written, sizeof *out), *outs[MOST_ROWS];
    float *packed = calloc(pp_packed_size(kernel, t->call.n_out, t->call.n_taps * t->call.n_in), sizeof *packed);
    pp_conv_call call = t->call;
    assert_true(out && packed);
    for (size_t i = 0; i < MOST_ROWS * t->n_written; i++)
        out[i] = MARK;
    for (size_t r = 0; r < t->n_rows; r++)
        outs[r] = out + r * t->n_written;
    pp_pack_weights(kernel, t->weights, call.n_out, call.n_taps * call.n_in, packed);
    call.weights = packed;
    call.bias = t->bias;
    kernel->conv(&call, t->windows, outs, skips ? t->skips : NULL, t->n_rows);
    free(packed);
    return out;
}

static void check_conv(const pp_kernel *kernel, const toy_conv *t, bool skips)
{
    float *out = run_conv(kernel, t, skips);
    for (size_t i = 0; i < MOST_ROWS * t->n_written; i++) {
        size_t r = i / t->n_written, o = i % t->n_written - t->call.first_out;
        bool is_written = r < t->n_rows && o < t->call.n_out;
        float expected = is_written ? expected_value(kernel, t, skips, r, o) : MARK;
        if (memcmp(&out[i], &expected, sizeof expected) != 0)
            fail_msg("%s kernel, %zu rows, %zu x %zu to %zu channels: row %zu, channel %zu is %.9g, not %.9g", kernel->name, t->n_rows,
                     t->call.n_taps, t->call.n_in, t->call.n_out, r, i % t->n_written, (double)out[i], (double)expected);
    }
    free(out);
}

static const size_t N_IN[] = { 1, 2, 3, 7, 16, 33 };
static const size_t N_OUT[] = { 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33 };
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Calls check for shapes that take every way through a kernel. */
static void over_shapes(bool whole, void (*check)(const pp_kernel *kernel, toy_conv *t, pp_rng *rng))
{
    const pp_kernel *kernels[2];
    size_t n_kernels = list_kernels(kernels);
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (size_t i = 0; i < COUNT(N_IN); i++)
        for (size_t o = 0; o < COUNT(N_OUT); o++)
            for (size_t rows = 0; rows <= 13; rows++) {
                toy_conv t;
                draw_conv(&t, &rng, rows, N_IN[i], N_OUT[o], rows % 2 ? 9 : 1, whole);
                for (size_t k = 0; k < n_kernels; k++)
                    check(kernels[k], &t, &rng);
                free_conv(&t);
            }
}

static void check_plain_and_clamped(const pp_kernel *kernel, toy_conv *t, pp_rng *rng)
{
    (void)rng;
    t->call.low = -INFINITY;
    t->call.high = INFINITY;
    check_conv(kernel, t, false);
    check_conv(kernel, t, true);
    t->call.low = 0;
    check_conv(kernel, t, true);
    t->call.low = -0.5f;
    t->call.high = 0.75f;
    check_conv(kernel, t, false);
}

static void a_value_is_the_bias_and_the_products_in_order_to_the_bit(void **state)
{
    (void)state;
    over_shapes(false, check_plain_and_clamped);
}

/* The portable one is the meaning of the others. */
static void check_against_portable(const pp_kernel *kernel, toy_conv *t, pp_rng *rng)
{
    (void)rng;
    float *out = run_conv(kernel, t, true), *meant = run_conv(&pp_kernel_portable, t, true);
    if (memcmp(out, meant, MOST_ROWS * t->n_written * sizeof *out) != 0)
        fail_msg("%s and portable kernel differ: %zu rows, %zu x %zu to %zu channels", kernel->name, t->n_rows, t->call.n_taps,
                 t->call.n_in, t->call.n_out);
    free(out);
    free(meant);
}

static void where_nothing_is_rounded_all_kernels_give_the_same_bits(void **state)
{
    (void)state;
    over_shapes(true, check_against_portable);
}

/* So many channels that the rows are taken in several blocks. */
static void wide_rows_go_through_in_blocks(void **state)
{
    (void)state;
    const pp_kernel *kernels[2];
    size_t n_kernels = list_kernels(kernels);
    pp_rng rng;
    pp_rng_seed(&rng, 2);
    for (size_t k = 0; k < n_kernels; k++)
        for (size_t rows = MOST_ROWS - 6; rows <= MOST_ROWS; rows++) {
            toy_conv t;
            draw_conv(&t, &rng, rows, 4099, 5, 1, false);
            check_conv(kernels[k], &t, true);
            free_conv(&t);
        }
}

static void a_row_has_the_same_bits_alone_and_among_others(void **state)
{
    (void)state;
    const pp_kernel *kernels[2];
    size_t n_kernels = list_kernels(kernels);
    pp_rng rng;
    toy_conv t;
    pp_rng_seed(&rng, 3);
    draw_conv(&t, &rng, MOST_ROWS, 37, 45, 9, false);
    for (size_t k = 0; k < n_kernels; k++) {
        float *all = run_conv(kernels[k], &t, false);
        for (size_t r = 0; r < MOST_ROWS; r++) {
            toy_conv one = t;
            one.n_rows = 1;
            one.windows[0] = t.windows[r];
            float *alone = run_conv(kernels[k], &one, false);
            assert_memory_equal(alone, all + r * t.n_written, t.n_written * sizeof *alone);
            free(alone);
        }
        free(all);
    }
    free_conv(&t);
}

/* Clamping must not hide that a model went wrong. */
static void not_a_number_stays_what_it_is(void **state)
{
    (void)state;
    const pp_kernel *kernels[2];
    size_t n_kernels = list_kernels(kernels);
    pp_rng rng;
    toy_conv t;
    pp_rng_seed(&rng, 4);
    draw_conv(&t, &rng, 7, 3, 19, 1, false);
    for (size_t i = 0; i < N_POSITIONS * t.n_channels; i++)
        t.in[i] = NAN;
    t.call.low = 0;
    t.call.high = 6;
    for (size_t k = 0; k < n_kernels; k++) {
        float *out = run_conv(kernels[k], &t, false);
        for (size_t o = 0; o < t.call.n_out; o++)
            assert_true(isnan(out[t.call.first_out + o]));
        free(out);
    }
    free_conv(&t);
}

/* ---- Depthwise --------------------------------------------------------------------------------------------------- */

static void check_depthwise(const pp_kernel *kernel, const toy_conv *t, float low, float high)
{
    size_t n = t->call.n_out;
    float *out = calloc(MOST_ROWS * (n + 1), sizeof *out), *outs[MOST_ROWS];
    assert_non_null(out);
    for (size_t i = 0; i < MOST_ROWS * (n + 1); i++)
        out[i] = MARK;
    for (size_t r = 0; r < t->n_rows; r++)
        outs[r] = out + r * (n + 1);
    kernel->depthwise(t->taps, t->call.n_taps, n, t->weights, t->bias, low, high, t->windows, outs, t->n_rows);
    for (size_t i = 0; i < MOST_ROWS * (n + 1); i++) {
        size_t r = i / (n + 1), c = i % (n + 1);
        float expected = MARK;
        if (r < t->n_rows && c < n) {
            expected = t->bias[c];
            for (size_t j = 0; j < t->call.n_taps; j++)
                expected = multiply_add(kernel, t->windows[r][t->taps[j]][c], t->weights[j * n + c], expected);
            expected = clamp(expected, low, high);
        }
        if (memcmp(&out[i], &expected, sizeof expected) != 0)
            fail_msg("%s kernel, depthwise, %zu channels: row %zu, channel %zu is %.9g, not %.9g", kernel->name, n, r, c,
                     (double)out[i], (double)expected);
    }
    free(out);
}

static void depthwise_values_are_the_bias_and_the_products_in_order_to_the_bit(void **state)
{
    (void)state;
    const pp_kernel *kernels[2];
    size_t n_kernels = list_kernels(kernels);
    pp_rng rng;
    pp_rng_seed(&rng, 5);
    for (size_t k = 0; k < n_kernels; k++)
        for (size_t n_channels = 1; n_channels <= 70; n_channels++)
            for (size_t rows = 0; rows <= 2; rows++) {
                toy_conv t;
                draw_conv(&t, &rng, rows, n_channels, n_channels, 9, false);
                check_depthwise(kernels[k], &t, -INFINITY, INFINITY);
                check_depthwise(kernels[k], &t, 0, 1.5f);
                free_conv(&t);
            }
}

int main(void)
{
    if (pp_kernel_best() == &pp_kernel_portable)
        print_message("this processor has the portable kernels only\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_the_bias_and_the_products_in_order_to_the_bit),
        cmocka_unit_test(where_nothing_is_rounded_all_kernels_give_the_same_bits),
        cmocka_unit_test(wide_rows_go_through_in_blocks),
        cmocka_unit_test(a_row_has_the_same_bits_alone_and_among_others),
        cmocka_unit_test(not_a_number_stays_what_it_is),
        cmocka_unit_test(depthwise_values_are_the_bias_and_the_products_in_order_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
