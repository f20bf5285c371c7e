/* translate_layers.c - layers with weights, activations and pooling. BatchNormalization, constant factors and clamping go into the
 * convolution before them where nobody else sees what it makes. */
#include "incremental/translate.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static const int LARGEST_MAP = 1 << 30; /* values: beyond this indices would not fit */
static const int64_t LARGEST_STEP = 65535; /* kernels, strides, dilations, padding: sums of them stay far from where integers end */

/* ---- Emitting ---------------------------------------------------------------------------------------------------- */

pp_code pp_emit(pp_translation *t, const pp_op_type *type, const int *inputs, int n_inputs, int height, int width, int channels,
                pp_layout layout, pp_op **op, pp_error *err)
{
    if (height < 1 || width < 1 || channels < 1 || (int64_t)height * width > LARGEST_MAP / channels)
        return pp_refuse(t, err, "makes a map of %d x %d with %d channels", height, width, channels);
    pp_code code = pp_reserve(t, &t->map_floats, (size_t)height * (size_t)width * (size_t)channels, "maps", err);
    if (code != PP_OK)
        return code;
    int map = pp_program_add_map(t->program, height, width, channels);
    pp_op *made = map < 0 ? NULL : pp_program_add_op(t->program, type, inputs, n_inputs, map);
    pp_value *out = pp_output(t, 0);
    if (!made)
        return pp_no_memory(err, "the incremental engine");
    out->kind = PP_VALUE_MAP;
    out->map = map;
    out->op = t->program->n_ops - 1;
    out->layout = layout;
    *op = made;
    return PP_OK;
}

/* An operation on one map that keeps its size. */
static pp_code emit_like(pp_translation *t, const pp_op_type *type, const pp_value *value, pp_op **op, pp_error *err)
{
    const pp_map *map = pp_map_of(t, value);
    pp_value before = *value;
    pp_code code = pp_emit(t, type, &value->map, 1, map->height, map->width, map->channels, value->layout, op, err);
    pp_output(t, 0)->split = before.split;
    pp_output(t, 0)->swapped = before.swapped;
    return code;
}

pp_op *pp_own_op(const pp_translation *t, const pp_value *value)
{
    return value->n_uses == 1 && !value->is_shared && value->op >= 0 ? &t->program->ops[value->op] : NULL;
}

static bool is_clamped(const pp_op *op)
{
    return op->low != -INFINITY || op->high != INFINITY;
}

pp_code pp_emit_clamp(pp_translation *t, const pp_value *value, float low, float high, pp_error *err)
{
    pp_op *op = pp_own_op(t, value);
    pp_code code = PP_OK;
    if (op && op->type->clamps) {
        pp_alias(t, value, value->layout);
    } else {
        size_t n = (size_t)pp_map_of(t, value)->channels;
        code = emit_like(t, &pp_op_scale, value, &op, err);
        if (code != PP_OK)
            return code;
        op->weights = pp_array_new(n, sizeof *op->weights);
        op->bias = pp_array_new(n, sizeof *op->bias);
        if (!op->weights || !op->bias)
            return pp_no_memory(err, "the incremental engine");
        for (size_t c = 0; c < n; c++)
            op->weights[c] = 1;
    }
    op->low = fminf(fmaxf(op->low, low), high); /* one clamp after the other */
    op->high = fmaxf(fminf(op->high, high), low);
    return code;
}

/* Whether scale and shift may go into the weights of this operation. */
static bool takes_scale(const pp_op *op)
{
    bool has_weights = op && (op->type == &pp_op_conv || op->type == &pp_op_depthwise || op->type == &pp_op_scale);
    return has_weights && op->n_inputs == 1 && !is_clamped(op);
}

static void fold_scale(const pp_translation *t, pp_op *op, const float *scale, const float *shift)
{
    size_t n = (size_t)t->program->maps[op->output].channels;
    size_t taps = (size_t)op->window.height * (size_t)op->window.width, k = taps * (size_t)op->n_in;
    for (size_t c = 0; c < n; c++) {
        op->bias[c] = op->bias[c] * scale[c] + shift[c];
        if (op->type == &pp_op_conv)
            for (size_t i = 0; i < k; i++)
                op->weights[c * k + i] *= scale[c];
        else
            for (size_t i = 0; i < taps; i++) /* depthwise: taps x channels; scale: one tap */
                op->weights[i * n + c] *= scale[c];
    }
}

pp_code pp_emit_scale(pp_translation *t, const pp_value *value, float *scale, float *shift, pp_error *err)
{
    pp_op *op = pp_own_op(t, value);
    if (takes_scale(op)) {
        fold_scale(t, op, scale, shift);
        free(scale);
        free(shift);
        pp_alias(t, value, value->layout);
        return PP_OK;
    }
    pp_code code = emit_like(t, &pp_op_scale, value, &op, err);
    if (code != PP_OK) {
        free(scale);
        free(shift);
        return code;
    }
    op->weights = scale;
    op->bias = shift;
    return PP_OK;
}

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

typedef struct spatial { /* of convolutions and pooling, along y and x */
    int64_t kernel[2], stride[2], dilation[2], pads[4];
    int out[2];
} spatial;

static bool has_auto_pad(const pp_translation *t, const char *value)
{
    const Onnx__AttributeProto *pad = pp_onnx_attribute(t->node, "auto_pad");
    return pad && pad->s.len == strlen(value) && memcmp(pad->s.data, value, pad->s.len) == 0;
}

/* Pads by auto_pad, and the size that comes out. */
static pp_code fit_axis(const pp_translation *t, spatial *s, int axis, int length, pp_error *err)
{
    int64_t reach = (s->kernel[axis] - 1) * s->dilation[axis] + 1, stride = s->stride[axis];
    bool upper = has_auto_pad(t, "SAME_UPPER"), lower = has_auto_pad(t, "SAME_LOWER");
    if (upper || lower) {
        int64_t out = (length + stride - 1) / stride, pad = (out - 1) * stride + reach - length;
        pad = pad < 0 ? 0 : pad;
        if (pad > LARGEST_STEP)
            return pp_refuse(t, err, "padding of %lld", (long long)pad);
        s->pads[axis] = lower ? (pad + 1) / 2 : pad / 2;
        s->pads[axis + 2] = pad - s->pads[axis];
    } else if (has_auto_pad(t, "VALID")) {
        s->pads[axis] = s->pads[axis + 2] = 0;
    }
    int64_t room = length + s->pads[axis] + s->pads[axis + 2] - reach;
    if (room < 0)
        return pp_refuse(t, err, "a window of %lld over %d positions", (long long)reach, length);
    bool ceil_mode = pp_attr_int(t, "ceil_mode", 0) != 0;
    int64_t out = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    if (ceil_mode && (out - 1) * stride >= length + s->pads[axis]) /* a window that begins in the padding behind */
        out--;
    s->out[axis] = (int)out;
    return PP_OK;
}

static pp_code read_spatial(const pp_translation *t, spatial *s, const pp_map *in, pp_error *err)
{
    s->stride[0] = s->stride[1] = s->dilation[0] = s->dilation[1] = 1;
    memset(s->pads, 0, sizeof s->pads);
    size_t n_strides = pp_attr_ints(t, "strides", s->stride, 2), n_dilations = pp_attr_ints(t, "dilations", s->dilation, 2);
    size_t n_pads = pp_attr_ints(t, "pads", s->pads, 4);
    if ((n_strides && n_strides != 2) || (n_dilations && n_dilations != 2) || (n_pads && n_pads != 4))
        return pp_refuse(t, err, "is not over two dimensions");
    for (int i = 0; i < 4; i++)
        if (s->pads[i] < 0 || s->pads[i] > LARGEST_STEP)
            return pp_refuse(t, err, "padding of %lld", (long long)s->pads[i]);
    for (int i = 0; i < 2; i++)
        if (s->kernel[i] < 1 || s->kernel[i] > LARGEST_STEP || s->stride[i] < 1 || s->stride[i] > LARGEST_STEP || s->dilation[i] < 1 ||
            s->dilation[i] > LARGEST_STEP)
            return pp_refuse(t, err, "a kernel, stride or dilation out of range");
    pp_code code = fit_axis(t, s, 0, in->height, err);
    return code == PP_OK ? fit_axis(t, s, 1, in->width, err) : code;
}

static pp_window window_of(const spatial *s)
{
    return (pp_window){ .height = (int)s->kernel[0], .width = (int)s->kernel[1], .stride_y = (int)s->stride[0],
                        .stride_x = (int)s->stride[1], .dilation_y = (int)s->dilation[0], .dilation_x = (int)s->dilation[1],
                        .pad_top = (int)s->pads[0], .pad_left = (int)s->pads[1] };
}

/* ---- Convolutions ------------------------------------------------------------------------------------------------ */

/* Out x in x taps, as the file has them, to out x taps x in. */
static void order_by_tap(float *to, const float *from, size_t n_out, size_t n_in, size_t taps)
{
    for (size_t o = 0; o < n_out; o++)
        for (size_t i = 0; i < n_in; i++)
            for (size_t k = 0; k < taps; k++)
                to[(o * taps + k) * n_in + i] = from[(o * n_in + i) * taps + k];
}

/* Weights and bias of an operation whose n_in and window are set; bias NULL: 0. */
static pp_code set_weights(pp_translation *t, pp_op *op, const float *weights, const float *bias, size_t n_out, bool depthwise, pp_error *err)
{
    size_t taps = (size_t)op->window.height * (size_t)op->window.width, n_in = (size_t)op->n_in;
    pp_code code = pp_reserve(t, &t->weight_floats, n_out * taps * n_in, "weights", err);
    if (code != PP_OK)
        return code;
    op->weights = pp_array_new(n_out * taps * n_in, sizeof *op->weights);
    op->bias = pp_array_new(n_out, sizeof *op->bias);
    if (!op->weights || !op->bias)
        return pp_no_memory(err, "weights of the incremental engine");
    if (depthwise)
        order_by_tap(op->weights, weights, 1, n_out, taps); /* taps x channels */
    else
        order_by_tap(op->weights, weights, n_out, n_in, taps);
    if (bias)
        memcpy(op->bias, bias, n_out * sizeof *bias);
    return PP_OK;
}

static pp_code translate_conv(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0), *weights = pp_input(t, 1), *bias = pp_input(t, 2);
    spatial s;
    if (!pp_is_map(in) || in->layout != PP_LAYOUT_NCHW || !weights || weights->kind != PP_VALUE_FLOATS || weights->n_dims != 4)
        return pp_refuse(t, err, "is covered for a map, with constant weights over two dimensions");
    const pp_map *map = pp_map_of(t, in);
    int64_t n_out = weights->dims[0], n_in = weights->dims[1], groups = pp_attr_int(t, "group", 1);
    s.kernel[0] = weights->dims[2];
    s.kernel[1] = weights->dims[3];
    if (groups < 1 || n_out < 1 || n_in < 1 || n_out % groups || n_in > map->channels || n_in * groups != map->channels ||
        (bias && (bias->kind != PP_VALUE_FLOATS || (int64_t)bias->n != n_out)))
        return pp_refuse(t, err, "weights, bias and %lld groups do not fit %d channels", (long long)groups, map->channels);
    pp_code code = read_spatial(t, &s, map, err);
    if (code != PP_OK)
        return code;
    bool depthwise = n_in == 1 && groups == n_out && groups > 1;
    pp_op *op;
    code = pp_emit(t, depthwise ? &pp_op_depthwise : &pp_op_conv, &in->map, 1, s.out[0], s.out[1], (int)n_out, PP_LAYOUT_NCHW, &op, err);
    if (code != PP_OK)
        return code;
    op->window = window_of(&s);
    op->reaches[0] = PP_REACH_WINDOW;
    op->groups = (int)groups;
    op->n_in = (int)n_in;
    return set_weights(t, op, weights->floats, bias ? bias->floats : NULL, (size_t)n_out, depthwise, err);
}

/* A matrix product with a flat map is a convolution whose window is the whole map. weights: n_out x n_in, in the map's order. */
static pp_code emit_dense(pp_translation *t, const pp_value *in, const float *weights, const float *bias, int64_t n_out, pp_error *err)
{
    const pp_map *map = pp_map_of(t, in);
    int height = map->height, width = map->width, channels = map->channels;
    bool by_position = in->layout == PP_LAYOUT_FLAT_HWC;
    pp_op *op;
    pp_code code = pp_emit(t, &pp_op_conv, &in->map, 1, 1, 1, (int)n_out, PP_LAYOUT_FLAT, &op, err);
    if (code != PP_OK)
        return code;
    op->reaches[0] = PP_REACH_WINDOW;
    op->window.height = height;
    op->window.width = width;
    op->n_in = channels;
    if (!by_position)
        return set_weights(t, op, weights, bias, (size_t)n_out, false, err);
    size_t size = (size_t)n_out * (size_t)height * (size_t)width * (size_t)channels;
    code = pp_reserve(t, &t->weight_floats, size, "weights", err);
    if (code != PP_OK)
        return code;
    op->weights = pp_array_new(size, sizeof *weights);
    op->bias = pp_array_new((size_t)n_out, sizeof *bias);
    if (!op->weights || !op->bias)
        return pp_no_memory(err, "weights of the incremental engine");
    memcpy(op->weights, weights, size * sizeof *weights);
    if (bias)
        memcpy(op->bias, bias, (size_t)n_out * sizeof *bias);
    return PP_OK;
}

static bool is_flat(const pp_value *value)
{
    return value->layout == PP_LAYOUT_FLAT || value->layout == PP_LAYOUT_FLAT_HWC;
}

/* b: k x n, or n x k transposed, as n x k times a factor. */
static float *transposed(const pp_value *b, bool is_transposed, float factor)
{
    size_t n = (size_t)b->dims[is_transposed ? 0 : 1], k = (size_t)b->dims[is_transposed ? 1 : 0];
    float *made = pp_array_new(n * k, sizeof *made);
    for (size_t i = 0; made && i < n; i++)
        for (size_t j = 0; j < k; j++)
            made[i * k + j] = factor * (is_transposed ? b->floats[i * k + j] : b->floats[j * n + i]);
    return made;
}

static pp_code translate_product(pp_translation *t, bool is_transposed, float alpha, const pp_value *c, float beta, pp_error *err)
{
    const pp_value *a = pp_input(t, 0), *b = pp_input(t, 1);
    if (!pp_is_map(a) || !is_flat(a) || !b || b->kind != PP_VALUE_FLOATS || b->n_dims != 2)
        return pp_refuse(t, err, "is covered for a vector times a constant matrix");
    const pp_map *map = pp_map_of(t, a);
    int64_t k = b->dims[is_transposed ? 1 : 0], n = b->dims[is_transposed ? 0 : 1];
    if (k != (int64_t)map->height * map->width * map->channels || n < 1 || n > LARGEST_MAP)
        return pp_refuse(t, err, "a matrix of %lld x %lld for %d values", (long long)b->dims[0], (long long)b->dims[1],
                         map->height * map->width * map->channels);
    if (c && (c->kind != PP_VALUE_FLOATS || ((int64_t)c->n != n && c->n != 1)))
        return pp_refuse(t, err, "its bias is not one constant for each output");
    float *weights = transposed(b, is_transposed, alpha), *bias = pp_array_new((size_t)n, sizeof *bias);
    pp_code code = weights && bias ? PP_OK : pp_no_memory(err, "weights of the incremental engine");
    for (size_t i = 0; code == PP_OK && c && i < (size_t)n; i++)
        bias[i] = beta * c->floats[c->n == 1 ? 0 : i];
    if (code == PP_OK)
        code = emit_dense(t, a, weights, bias, n, err);
    free(weights);
    free(bias);
    return code;
}

static pp_code translate_gemm(pp_translation *t, pp_error *err)
{
    if (pp_attr_int(t, "transA", 0))
        return pp_refuse(t, err, "with transA");
    return translate_product(t, pp_attr_int(t, "transB", 0) != 0, pp_attr_float(t, "alpha", 1), pp_input(t, 2),
                             pp_attr_float(t, "beta", 1), err);
}

static pp_code translate_matmul(pp_translation *t, pp_error *err)
{
    return translate_product(t, false, 1, NULL, 0, err);
}

static pp_code translate_batch_normalization(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0), *p[4]; /* scale, bias, mean, variance */
    if (!pp_is_map(in) || (in->layout != PP_LAYOUT_NCHW && in->layout != PP_LAYOUT_FLAT))
        return pp_refuse(t, err, "is covered for maps");
    const pp_map *map = pp_map_of(t, in);
    size_t n = (size_t)map->channels;
    for (size_t i = 0; i < 4; i++) {
        p[i] = pp_input(t, i + 1);
        if (!p[i] || p[i]->kind != PP_VALUE_FLOATS || p[i]->n != n)
            return pp_refuse(t, err, "its parameters are not one constant for each of %zu channels", n);
    }
    if (pp_attr_int(t, "training_mode", 0) || (in->layout == PP_LAYOUT_FLAT && map->height * map->width != 1))
        return pp_refuse(t, err, "in training mode, or over a flattened map");
    float *scale = pp_array_new(n, sizeof *scale), *shift = pp_array_new(n, sizeof *shift);
    if (!scale || !shift) {
        free(scale);
        free(shift);
        return pp_no_memory(err, "the incremental engine");
    }
    double epsilon = pp_attr_float(t, "epsilon", 1e-5f);
    for (size_t c = 0; c < n; c++) {
        double factor = p[0]->floats[c] / sqrt(p[3]->floats[c] + epsilon);
        scale[c] = (float)factor;
        shift[c] = (float)(p[1]->floats[c] - factor * p[2]->floats[c]);
    }
    return pp_emit_scale(t, in, scale, shift, err);
}

/* ---- Pooling ----------------------------------------------------------------------------------------------------- */

static pp_code translate_pool(pp_translation *t, const pp_op_type *type, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    spatial s;
    if (!pp_is_map(in) || in->layout != PP_LAYOUT_NCHW)
        return pp_refuse(t, err, "is covered for maps");
    if (pp_attr_ints(t, "kernel_shape", s.kernel, 2) != 2 || pp_output(t, 1))
        return pp_refuse(t, err, "is covered over two dimensions, with one output");
    const pp_map *map = pp_map_of(t, in);
    pp_code code = read_spatial(t, &s, map, err);
    if (code != PP_OK)
        return code;
    for (int axis = 0; axis < 2; axis++)
        if (s.pads[axis] >= s.kernel[axis] || s.pads[axis + 2] >= s.kernel[axis] ||
            (s.dilation[axis] > 1 && (s.pads[axis] || s.pads[axis + 2])) ||
            (int64_t)(s.out[axis] - 1) * s.stride[axis] - s.pads[axis] >= (axis ? map->width : map->height))
            return pp_refuse(t, err, "has windows that lie wholly in the padding");
    bool count_padding = pp_attr_int(t, "count_include_pad", 0) != 0;
    if (s.kernel[0] * s.kernel[1] > PP_ROWS_AT_ONCE || (count_padding && pp_attr_int(t, "ceil_mode", 0)))
        return pp_refuse(t, err, "a window of %lld x %lld, or count_include_pad with ceil_mode", (long long)s.kernel[0],
                         (long long)s.kernel[1]);
    pp_op *op;
    code = pp_emit(t, type, &in->map, 1, s.out[0], s.out[1], map->channels, PP_LAYOUT_NCHW, &op, err);
    if (code != PP_OK)
        return code;
    op->window = window_of(&s);
    op->reaches[0] = PP_REACH_WINDOW;
    op->count_padding = count_padding;
    return PP_OK;
}

static pp_code translate_max_pool(pp_translation *t, pp_error *err)
{
    return translate_pool(t, &pp_op_max_pool, err);
}

static pp_code translate_average_pool(pp_translation *t, pp_error *err)
{
    return translate_pool(t, &pp_op_average_pool, err);
}

/* Over all positions; flat: without the two dimensions of 1 that are left. */
static pp_code emit_global(pp_translation *t, const pp_op_type *type, bool flat, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    pp_layout layout = flat ? PP_LAYOUT_FLAT : in->layout;
    pp_op *op;
    pp_code code = pp_emit(t, type, &in->map, 1, 1, 1, pp_map_of(t, in)->channels, layout, &op, err);
    if (code == PP_OK)
        op->reaches[0] = PP_REACH_ALL;
    return code;
}

static pp_code translate_global(pp_translation *t, const pp_op_type *type, pp_error *err)
{
    if (!pp_is_map(pp_input(t, 0)) || pp_input(t, 0)->layout != PP_LAYOUT_NCHW)
        return pp_refuse(t, err, "is covered for maps");
    return emit_global(t, type, false, err);
}

static pp_code translate_global_average(pp_translation *t, pp_error *err)
{
    return translate_global(t, &pp_op_global_average, err);
}

static pp_code translate_global_max(pp_translation *t, pp_error *err)
{
    return translate_global(t, &pp_op_global_max, err);
}

/* The mean over height and width. */
static pp_code translate_reduce_mean(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t axes[2];
    int n = pp_list_of(t, "axes", 1, axes, 2);
    if (!pp_is_map(in) || (in->layout != PP_LAYOUT_NCHW && in->layout != PP_LAYOUT_NHWC) || n != 2)
        return pp_refuse(t, err, "is covered over height and width of a map");
    int first = in->layout == PP_LAYOUT_NCHW ? 2 : 1, a = pp_axis(axes[0], 4), b = pp_axis(axes[1], 4);
    if (!((a == first && b == first + 1) || (b == first && a == first + 1)))
        return pp_refuse(t, err, "is covered over height and width of a map");
    return emit_global(t, &pp_op_global_average, pp_attr_int(t, "keepdims", 1) == 0, err);
}

/* ---- Activations ------------------------------------------------------------------------------------------------- */

static pp_code translate_relu(pp_translation *t, pp_error *err)
{
    return pp_emit_clamp(t, pp_input(t, 0), 0, INFINITY, err);
}

/* A bound is an attribute or, in newer operator sets, an input. */
static pp_code read_bound(const pp_translation *t, const char *name, size_t input, float *bound, pp_error *err)
{
    const pp_value *value = pp_input(t, input);
    *bound = pp_attr_float(t, name, *bound);
    if (value && (value->kind != PP_VALUE_FLOATS || value->n != 1))
        return pp_refuse(t, err, "its bounds are no constants");
    if (value)
        *bound = value->floats[0];
    return PP_OK;
}

static pp_code translate_clip(pp_translation *t, pp_error *err)
{
    float low = -INFINITY, high = INFINITY;
    pp_code code = read_bound(t, "min", 1, &low, err);
    if (code == PP_OK)
        code = read_bound(t, "max", 2, &high, err);
    if (code == PP_OK && !(low <= high))
        return pp_refuse(t, err, "its bounds are %g and %g", (double)low, (double)high);
    return code == PP_OK ? pp_emit_clamp(t, pp_input(t, 0), low, high, err) : code;
}

static float sigmoid(float x, float alpha, float beta)
{
    (void)alpha, (void)beta;
    return x >= 0 ? 1 / (1 + expf(-x)) : expf(x) / (1 + expf(x));
}

static float hyperbolic(float x, float alpha, float beta)
{
    (void)alpha, (void)beta;
    return tanhf(x);
}

static float hard_sigmoid(float x, float alpha, float beta)
{
    float y = alpha * x + beta;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

static float hard_swish(float x, float alpha, float beta)
{
    return x * hard_sigmoid(x, alpha, beta);
}

static float leaky(float x, float alpha, float beta)
{
    (void)beta;
    return x < 0 ? alpha * x : x;
}

static const struct {
    const char *op_type;
    pp_function function;
    float alpha, beta; /* defaults */
} FUNCTIONS[] = {
    { "Sigmoid", { "sigmoid", sigmoid }, 0, 0 },
    { "Tanh", { "tanh", hyperbolic }, 0, 0 },
    { "HardSigmoid", { "hard sigmoid", hard_sigmoid }, 0.2f, 0.5f },
    { "HardSwish", { "hard swish", hard_swish }, 1.0f / 6, 0.5f },
    { "LeakyRelu", { "leaky ReLU", leaky }, 0.01f, 0 },
    { "PRelu", { "parametric ReLU", leaky }, 0, 0 },
};

static pp_code translate_function(pp_translation *t, pp_error *err)
{
    size_t f = 0;
    while (strcmp(FUNCTIONS[f].op_type, t->node->op_type) != 0)
        f++;
    pp_op *op;
    pp_code code = emit_like(t, &pp_op_function, pp_input(t, 0), &op, err);
    if (code != PP_OK)
        return code;
    op->function = &FUNCTIONS[f].function;
    op->alpha = pp_attr_float(t, "alpha", FUNCTIONS[f].alpha);
    op->beta = pp_attr_float(t, "beta", FUNCTIONS[f].beta);
    return PP_OK;
}

/* A slope for each channel, or one for all. */
static pp_code translate_prelu(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0), *slope = pp_input(t, 1);
    size_t n = (size_t)pp_map_of(t, in)->channels;
    bool by_channel = slope && slope->kind == PP_VALUE_FLOATS && in->layout == PP_LAYOUT_NCHW && slope->n == n &&
                      (slope->n_dims == 3 || slope->n_dims == 4) && slope->dims[slope->n_dims - 3] == (int64_t)n;
    if (!by_channel && (!slope || slope->kind != PP_VALUE_FLOATS || slope->n != 1))
        return pp_refuse(t, err, "its slope is not one constant for each channel");
    float *slopes = pp_array_new(n, sizeof *slopes);
    if (!slopes)
        return pp_no_memory(err, "the incremental engine");
    for (size_t c = 0; c < n; c++)
        slopes[c] = slope->floats[slope->n == 1 ? 0 : c];
    pp_code code = translate_function(t, err);
    if (code != PP_OK)
        free(slopes);
    else
        t->program->ops[t->program->n_ops - 1].weights = slopes;
    return code;
}

static pp_code translate_lrn(pp_translation *t, pp_error *err)
{
    int64_t size = pp_attr_int(t, "size", 0);
    pp_op *op;
    if (pp_input(t, 0)->layout != PP_LAYOUT_NCHW || size < 1 || size > 65535)
        return pp_refuse(t, err, "is covered over the channels of a map, with a size");
    pp_code code = emit_like(t, &pp_op_lrn, pp_input(t, 0), &op, err);
    if (code != PP_OK)
        return code;
    op->lrn_size = (int)size;
    op->alpha = pp_attr_float(t, "alpha", 1e-4f);
    op->beta = pp_attr_float(t, "beta", 0.75f);
    op->lrn_bias = pp_attr_float(t, "bias", 1);
    return PP_OK;
}

/* Over the classes of one row. */
static pp_code translate_softmax(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    const pp_map *map = pp_map_of(t, in);
    int64_t dims[PP_MAX_DIMS];
    int n_dims = pp_map_dims(t, in, dims), axis = pp_axis(pp_attr_int(t, "axis", pp_onnx_opset(t->onnx) < 13 ? 1 : -1), n_dims);
    bool over_classes = axis >= 0 && (dims[axis] == map->channels || pp_onnx_opset(t->onnx) < 13) && axis > 0;
    pp_op *op;
    if (map->height != 1 || map->width != 1 || !over_classes)
        return pp_refuse(t, err, "is covered over the classes only");
    return emit_like(t, &pp_op_softmax, in, &op, err);
}

const pp_translator pp_layer_translators[] = {
    { "Conv", translate_conv, false },
    { "Gemm", translate_gemm, false },
    { "MatMul", translate_matmul, false },
    { "BatchNormalization", translate_batch_normalization, false },
    { "MaxPool", translate_max_pool, false },
    { "AveragePool", translate_average_pool, false },
    { "GlobalAveragePool", translate_global_average, false },
    { "GlobalMaxPool", translate_global_max, false },
    { "ReduceMean", translate_reduce_mean, false },
    { "Relu", translate_relu, false },
    { "Clip", translate_clip, false },
    { "Sigmoid", translate_function, false },
    { "Tanh", translate_function, false },
    { "HardSigmoid", translate_function, false },
    { "HardSwish", translate_function, false },
    { "LeakyRelu", translate_function, false },
    { "PRelu", translate_prelu, false },
    { "LRN", translate_lrn, false },
    { "Softmax", translate_softmax, false },
    { NULL, NULL, false },
};
