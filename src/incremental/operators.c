/* operators.c - what each kind of operation computes, row by row. Convolutions are in kernel_template.h; here they are only called. */
#include "incremental/program.h"

#include <math.h>
#include <string.h>

static float clamp(float value, float low, float high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

/* ---- Convolutions ------------------------------------------------------------------------------------------------ */

/* A second input is added before clamping: the end of a residual block. */
static void run_conv(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    size_t n_out = (size_t)(maps[op->output].channels / op->groups);
    size_t k = (size_t)op->window.height * (size_t)op->window.width * (size_t)op->n_in;
    size_t size = pp_packed_size(op->kernel, n_out, k), padded = pp_packed_size(op->kernel, n_out, 1);
    for (size_t r = 0; op->n_inputs > 1 && r < rows->n; r++)
        scratch[r] = *rows->windows[1][r];
    for (size_t g = 0; g < (size_t)op->groups; g++) {
        pp_conv_call call = {
            .taps = op->taps, .n_taps = (size_t)op->window.height * (size_t)op->window.width,
            .first_in = g * (size_t)op->n_in, .n_in = (size_t)op->n_in, .first_out = g * n_out, .n_out = n_out,
            .weights = op->packed + g * size, .bias = op->bias + g * padded, .low = op->low, .high = op->high,
        };
        op->kernel->conv(&call, rows->windows[0], rows->outs, op->n_inputs > 1 ? scratch : NULL, rows->n);
    }
}

static void run_depthwise(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    op->kernel->depthwise(op->taps, (size_t)op->window.height * (size_t)op->window.width, (size_t)maps[op->output].channels,
                          op->weights, op->bias, op->low, op->high, rows->windows[0], rows->outs, rows->n);
}

const pp_op_type pp_op_conv = { "convolution", run_conv, true };
const pp_op_type pp_op_depthwise = { "depthwise convolution", run_depthwise, true };

/* ---- Pooling ----------------------------------------------------------------------------------------------------- */

/* The part of a window, along one axis, that lies on the map: taps [*first, *end). */
static void cut_window(int at, int stride, int pad, int dilation, int size, int length, int *first, int *end)
{
    int start = at * stride - pad;
    *first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    *end = *first;
    while (*end < size && start + *end * dilation < length)
        ++*end;
}

/* The rows that an output row looks at, padding left out. @return how many */
static size_t list_rows(const pp_op *op, const pp_map *in, const pp_rows *rows, size_t r, int width_out, pp_row *listed)
{
    const pp_window *w = &op->window;
    int y0, y1, x0, x1;
    size_t n = 0;
    cut_window(rows->positions[r] / width_out, w->stride_y, w->pad_top, w->dilation_y, w->height, in->height, &y0, &y1);
    cut_window(rows->positions[r] % width_out, w->stride_x, w->pad_left, w->dilation_x, w->width, in->width, &x0, &x1);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            listed[n++] = rows->windows[0][r][y * w->dilation_y * rows->strides[0] + x * w->dilation_x];
    return n;
}

static void take_maximum(float *restrict out, const float *restrict row, size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] = row[c] > out[c] ? row[c] : out[c];
}

static void add_to(float *restrict out, const float *restrict row, size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] += row[c];
}

static void run_max_pool(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    size_t n_channels = (size_t)maps[op->output].channels;
    for (size_t r = 0; r < rows->n; r++) {
        size_t n = list_rows(op, &maps[op->inputs[0]], rows, r, maps[op->output].width, scratch);
        memcpy(rows->outs[r], scratch[0], n_channels * sizeof(float));
        for (size_t i = 1; i < n; i++)
            take_maximum(rows->outs[r], scratch[i], n_channels);
    }
}

static void run_average_pool(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    size_t n_channels = (size_t)maps[op->output].channels;
    for (size_t r = 0; r < rows->n; r++) {
        size_t n = list_rows(op, &maps[op->inputs[0]], rows, r, maps[op->output].width, scratch);
        float count = (float)(op->count_padding ? (size_t)op->window.height * (size_t)op->window.width : n);
        memcpy(rows->outs[r], scratch[0], n_channels * sizeof(float));
        for (size_t i = 1; i < n; i++)
            add_to(rows->outs[r], scratch[i], n_channels);
        for (size_t c = 0; c < n_channels; c++)
            rows->outs[r][c] /= count;
    }
}

static void run_global(const pp_op *op, const pp_map *maps, const pp_rows *rows,
                       void (*join)(float *restrict, const float *restrict, size_t), float divisor)
{
    const pp_map *in = &maps[op->inputs[0]];
    size_t n_channels = (size_t)in->channels;
    for (size_t r = 0; r < rows->n; r++) {
        float *out = rows->outs[r];
        memcpy(out, rows->windows[0][r][0], n_channels * sizeof(float));
        for (int i = 1; i < in->height * in->width; i++)
            join(out, rows->windows[0][r][(i / in->width) * rows->strides[0] + i % in->width], n_channels);
        for (size_t c = 0; c < n_channels; c++)
            out[c] /= divisor;
    }
}

static void run_global_average(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    run_global(op, maps, rows, add_to, (float)(maps[op->inputs[0]].height * maps[op->inputs[0]].width));
}

static void run_global_max(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    run_global(op, maps, rows, take_maximum, 1);
}

const pp_op_type pp_op_max_pool = { "max pooling", run_max_pool, false };
const pp_op_type pp_op_average_pool = { "average pooling", run_average_pool, false };
const pp_op_type pp_op_global_average = { "global average pooling", run_global_average, false };
const pp_op_type pp_op_global_max = { "global max pooling", run_global_max, false };

/* ---- Value by value ---------------------------------------------------------------------------------------------- */

static void run_scale(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    const float *restrict scale = op->weights, *restrict shift = op->bias;
    size_t n_channels = (size_t)maps[op->output].channels;
    for (size_t r = 0; r < rows->n; r++) {
        const float *restrict in = *rows->windows[0][r];
        float *restrict out = rows->outs[r];
        for (size_t c = 0; c < n_channels; c++)
            out[c] = clamp(in[c] * scale[c] + shift[c], op->low, op->high);
    }
}

static void run_function(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    size_t n_channels = (size_t)maps[op->output].channels;
    for (size_t r = 0; r < rows->n; r++)
        for (size_t c = 0; c < n_channels; c++)
            rows->outs[r][c] = op->function->apply((*rows->windows[0][r])[c], op->weights ? op->weights[c] : op->alpha, op->beta);
}

/* What two maps share; a vector stands for every position. */
#define BINARY(name, expression) \
    static void run_##name(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch) \
    { \
        (void)scratch; \
        size_t n_channels = (size_t)maps[op->output].channels; \
        for (size_t r = 0; r < rows->n; r++) { \
            const float *restrict a = *rows->windows[0][r], *restrict b = *rows->windows[1][r]; \
            float *restrict out = rows->outs[r]; \
            for (size_t c = 0; c < n_channels; c++) \
                out[c] = clamp(expression, op->low, op->high); \
        } \
    }
BINARY(add, a[c] + b[c])
BINARY(subtract, a[c] - b[c])
BINARY(multiply, a[c] * b[c])
BINARY(divide, a[c] / b[c])
#undef BINARY

const pp_op_type pp_op_scale = { "scale and shift", run_scale, true };
const pp_op_type pp_op_function = { "function", run_function, false };
const pp_op_type pp_op_add = { "sum", run_add, true };
const pp_op_type pp_op_subtract = { "difference", run_subtract, true };
const pp_op_type pp_op_multiply = { "product", run_multiply, true };
const pp_op_type pp_op_divide = { "quotient", run_divide, true };

/* ---- Channels ---------------------------------------------------------------------------------------------------- */

static void run_concat(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    for (size_t r = 0; r < rows->n; r++) {
        float *out = rows->outs[r];
        for (int i = 0; i < op->n_inputs; i++) {
            size_t n = (size_t)maps[op->inputs[i]].channels;
            memcpy(out, *rows->windows[i][r], n * sizeof *out);
            out += n;
        }
    }
}

static void run_pick(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    for (size_t r = 0; r < rows->n; r++)
        for (int c = 0; c < maps[op->output].channels; c++)
            rows->outs[r][c] = (*rows->windows[0][r])[op->picks[c]];
}

/* Local response normalisation: x / (bias + alpha / size * sum of squares around the channel) ^ beta. */
static void run_lrn(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    int n_channels = maps[op->output].channels, before = (op->lrn_size - 1) / 2, after = op->lrn_size - 1 - before;
    for (size_t r = 0; r < rows->n; r++) {
        const float *in = *rows->windows[0][r];
        for (int c = 0; c < n_channels; c++) {
            int first = c - before < 0 ? 0 : c - before, last = c + after >= n_channels ? n_channels - 1 : c + after;
            float sum = 0;
            for (int i = first; i <= last; i++)
                sum += in[i] * in[i];
            rows->outs[r][c] = in[c] / powf(op->lrn_bias + op->alpha / (float)op->lrn_size * sum, op->beta);
        }
    }
}

static void run_softmax(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch)
{
    (void)scratch;
    size_t n = (size_t)maps[op->output].channels;
    for (size_t r = 0; r < rows->n; r++) {
        const float *in = *rows->windows[0][r];
        float *out = rows->outs[r], most = in[0], sum = 0;
        for (size_t c = 1; c < n; c++)
            most = in[c] > most ? in[c] : most;
        for (size_t c = 0; c < n; c++)
            sum += out[c] = expf(in[c] - most);
        for (size_t c = 0; c < n; c++)
            out[c] /= sum;
    }
}

const pp_op_type pp_op_concat = { "concatenation", run_concat, false };
const pp_op_type pp_op_pick = { "channel selection", run_pick, false };
const pp_op_type pp_op_lrn = { "local response normalisation", run_lrn, false };
const pp_op_type pp_op_softmax = { "softmax", run_softmax, false };
