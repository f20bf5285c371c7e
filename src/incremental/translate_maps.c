/* translate_maps.c - operators that join, cut or reorder maps, and arithmetic with constants. Changes of layout cost nothing: a map is
 * HWC throughout, and only what the graph's dimensions mean is kept track of. */
#include "incremental/translate.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

/* ---- Arithmetic -------------------------------------------------------------------------------------------------- */

/* Which dimension, from the right, the channels are in; 0 where a constant for each channel cannot be told. */
static int channel_place(const pp_translation *t, const pp_value *value)
{
    const pp_map *map = pp_map_of(t, value);
    bool flat = value->layout == PP_LAYOUT_FLAT || value->layout == PP_LAYOUT_FLAT_HWC;
    if (value->layout == PP_LAYOUT_NCHW)
        return 3;
    return value->layout == PP_LAYOUT_NHWC || (flat && map->height == 1 && map->width == 1) ? 1 : 0;
}

/* A constant as one value for each channel of a map. NULL, and *fits false, where its shape says something else. */
static float *per_channel(const pp_translation *t, const pp_value *value, const pp_value *constant, bool *fits)
{
    size_t n = (size_t)pp_map_of(t, value)->channels;
    int place = channel_place(t, value);
    *fits = constant->kind == PP_VALUE_FLOATS &&
            (constant->n == 1 || (constant->n == n && place && constant->n_dims >= place && constant->n_dims <= 4 &&
                                  constant->dims[constant->n_dims - place] == (int64_t)n));
    float *values = *fits ? pp_array_new(n, sizeof *values) : NULL;
    for (size_t c = 0; values && c < n; c++)
        values[c] = constant->floats[constant->n == 1 ? 0 : c];
    return values;
}

typedef enum arithmetic { ADD, SUBTRACT, MULTIPLY, DIVIDE } arithmetic;

/* A map and a constant: scale[c] * x + shift[c]. map_first: whether the map is the left operand. */
static pp_code with_constant(pp_translation *t, const pp_value *map, const pp_value *constant, arithmetic what, bool map_first,
                             pp_error *err)
{
    size_t n = (size_t)pp_map_of(t, map)->channels;
    bool fits;
    if (what == DIVIDE && !map_first)
        return pp_refuse(t, err, "a constant divided by a map");
    float *values = per_channel(t, map, constant, &fits), *other = pp_array_new(n, sizeof *other);
    if (!values || !other) {
        free(values);
        free(other);
        return fits ? pp_no_memory(err, "the incremental engine") : pp_refuse(t, err, "a constant that is not one value, or one for each channel");
    }
    bool is_factor = what == MULTIPLY || what == DIVIDE;
    for (size_t c = 0; c < n; c++) {
        if (what == DIVIDE)
            values[c] = 1 / values[c];
        if (what == SUBTRACT && map_first)
            values[c] = -values[c];
        other[c] = is_factor ? 0 : what == SUBTRACT && !map_first ? -1 : 1;
    }
    return pp_emit_scale(t, map, is_factor ? values : other, is_factor ? other : values, err);
}

static bool is_vector(const pp_translation *t, const pp_value *value)
{
    return pp_map_of(t, value)->height == 1 && pp_map_of(t, value)->width == 1;
}

static bool same_size(const pp_map *a, const pp_map *b)
{
    return a->height == b->height && a->width == b->width && a->channels == b->channels;
}

/* The sum goes into the convolution that makes one of the two, if nobody else sees that and the other is there before it. */
static bool fold_sum(pp_translation *t, const pp_value *a, const pp_value *b)
{
    const pp_value *late = a->op > b->op ? a : b, *early = late == a ? b : a;
    pp_op *op = pp_own_op(t, late);
    if (!op || op->type != &pp_op_conv || op->n_inputs != 1 || op->low != -INFINITY || op->high != INFINITY ||
        !same_size(pp_map_of(t, a), pp_map_of(t, b)))
        return false;
    int *inputs = pp_array_new(2, sizeof *inputs);
    pp_reach *reaches = pp_array_new(2, sizeof *reaches);
    if (!inputs || !reaches) {
        free(inputs);
        free(reaches);
        return false; /* the plain sum will say that there is no memory */
    }
    inputs[0] = op->inputs[0];
    inputs[1] = early->map;
    reaches[0] = op->reaches[0];
    reaches[1] = PP_REACH_SAME;
    free(op->inputs);
    free(op->reaches);
    op->inputs = inputs;
    op->reaches = reaches;
    op->n_inputs = 2;
    pp_alias(t, late, late->layout);
    return true;
}

static pp_code with_map(pp_translation *t, const pp_value *a, const pp_value *b, arithmetic what, pp_error *err)
{
    static const pp_op_type *const TYPES[] = { &pp_op_add, &pp_op_subtract, &pp_op_multiply, &pp_op_divide };
    bool alike = same_size(pp_map_of(t, a), pp_map_of(t, b)) && a->layout == b->layout && a->split == b->split &&
                 a->swapped == b->swapped;
    bool spread = pp_map_of(t, a)->channels == pp_map_of(t, b)->channels && a->layout == b->layout && channel_place(t, a) &&
                  (is_vector(t, a) || is_vector(t, b));
    if (!alike && !spread)
        return pp_refuse(t, err, "maps of different sizes");
    if (what == ADD && alike && fold_sum(t, a, b))
        return PP_OK;
    const pp_value *large = is_vector(t, a) ? b : a;
    const pp_map *map = pp_map_of(t, large);
    int inputs[] = { a->map, b->map };
    bool a_spread = !alike && is_vector(t, a), b_spread = !alike && is_vector(t, b);
    pp_value before = *large;
    pp_op *op;
    pp_code code = pp_emit(t, TYPES[what], inputs, 2, map->height, map->width, map->channels, large->layout, &op, err);
    if (code != PP_OK)
        return code;
    pp_output(t, 0)->split = before.split;
    pp_output(t, 0)->swapped = before.swapped;
    op->reaches[0] = a_spread ? PP_REACH_ALL : PP_REACH_SAME;
    op->reaches[1] = b_spread ? PP_REACH_ALL : PP_REACH_SAME;
    return PP_OK;
}

static pp_code translate_arithmetic(pp_translation *t, arithmetic what, pp_error *err)
{
    const pp_value *a = pp_input(t, 0), *b = pp_input(t, 1);
    if (t->node->n_input != 2 || !a || !b)
        return pp_refuse(t, err, "is covered for two inputs");
    if (!pp_is_map(a) && !pp_is_map(b))
        return pp_refuse(t, err, "of two constants");
    if (!pp_is_map(a))
        return with_constant(t, b, a, what, false, err);
    return pp_is_map(b) ? with_map(t, a, b, what, err) : with_constant(t, a, b, what, true, err);
}

static pp_code translate_add(pp_translation *t, pp_error *err)
{
    return translate_arithmetic(t, ADD, err);
}

static pp_code translate_subtract(pp_translation *t, pp_error *err)
{
    return translate_arithmetic(t, SUBTRACT, err);
}

static pp_code translate_multiply(pp_translation *t, pp_error *err)
{
    return translate_arithmetic(t, MULTIPLY, err);
}

static pp_code translate_divide(pp_translation *t, pp_error *err)
{
    return translate_arithmetic(t, DIVIDE, err);
}

/* ---- Channels ---------------------------------------------------------------------------------------------------- */

/* Whether this dimension of the graph is the channels. */
static bool is_channel_axis(const pp_translation *t, const pp_value *value, int64_t axis)
{
    int64_t dims[PP_MAX_DIMS];
    int n = pp_map_dims(t, value, dims), place = channel_place(t, value);
    return place && pp_axis(axis, n) == n - place;
}

static pp_code translate_concat(pp_translation *t, pp_error *err)
{
    enum { MOST = 256 };
    int inputs[MOST], n = 0;
    int64_t channels = 0;
    const pp_value *first = pp_input(t, 0);
    if (t->node->n_input > MOST)
        return pp_refuse(t, err, "of more than %d maps", MOST);
    for (size_t i = 0; i < t->node->n_input; i++) {
        const pp_value *in = pp_input(t, i);
        if (!pp_is_map(in) || in->layout != first->layout || pp_map_of(t, in)->height != pp_map_of(t, first)->height ||
            pp_map_of(t, in)->width != pp_map_of(t, first)->width || !is_channel_axis(t, in, pp_attr_int(t, "axis", 1)))
            return pp_refuse(t, err, "is covered for the channels of maps of one size");
        channels += pp_map_of(t, in)->channels;
        inputs[n++] = in->map;
    }
    pp_op *op;
    const pp_map *map = pp_map_of(t, first);
    return pp_emit(t, &pp_op_concat, inputs, n, map->height, map->width, channels > 1 << 30 ? 0 : (int)channels, first->layout, &op, err);
}

/* Channel c of the map made is channel picks[c] of the value. picks: given. */
static pp_code emit_pick(pp_translation *t, const pp_value *value, int *picks, int n, pp_layout layout, pp_error *err)
{
    pp_op *op;
    const pp_map *map = pp_map_of(t, value);
    pp_code code = pp_emit(t, &pp_op_pick, &value->map, 1, map->height, map->width, n, layout, &op, err);
    if (code != PP_OK)
        free(picks);
    else
        op->picks = picks;
    return code;
}

static pp_code emit_range(pp_translation *t, const pp_value *value, int first, int n, pp_error *err)
{
    int *picks = pp_array_new((size_t)n, sizeof *picks);
    if (!picks)
        return pp_no_memory(err, "the incremental engine");
    for (int c = 0; c < n; c++)
        picks[c] = first + c;
    return emit_pick(t, value, picks, n, value->layout, err);
}

/* Channels one by one: a list of them, or one alone, whose dimension is gone until an Unsqueeze brings it back. */
static pp_code translate_gather(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0), *at = pp_input(t, 1);
    bool one = at && at->n_dims == 0, by_channel = in->layout == PP_LAYOUT_NCHW || (in->layout == PP_LAYOUT_NHWC && !one);
    int64_t n = pp_map_of(t, in)->channels;
    if (!by_channel || !at || at->kind != PP_VALUE_INTS || at->n_dims > 1 || at->n < 1 || !is_channel_axis(t, in, pp_attr_int(t, "axis", 0)))
        return pp_refuse(t, err, "is covered for constant channels of a map");
    int *picks = pp_array_new(at->n, sizeof *picks);
    if (!picks)
        return pp_no_memory(err, "the incremental engine");
    for (size_t i = 0; i < at->n; i++) {
        int64_t channel = at->ints[i] < 0 ? at->ints[i] + n : at->ints[i];
        if (channel < 0 || channel >= n) {
            free(picks);
            return pp_refuse(t, err, "channel %lld of %lld", (long long)at->ints[i], (long long)n);
        }
        picks[i] = (int)channel;
    }
    return emit_pick(t, in, picks, (int)at->n, one ? PP_LAYOUT_PLANE : in->layout, err);
}

static pp_code translate_slice(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t start, end, axis = 0, step = 1;
    int n_axes = pp_list_of(t, "axes", 3, &axis, 1), n_steps = pp_list_of(t, "steps", 4, &step, 1);
    if (pp_list_of(t, "starts", 1, &start, 1) != 1 || pp_list_of(t, "ends", 2, &end, 1) != 1 || (pp_input(t, 3) && n_axes != 1) ||
        (pp_input(t, 4) && n_steps != 1) || step != 1 || !is_channel_axis(t, in, axis))
        return pp_refuse(t, err, "is covered for a range of channels");
    int64_t n = pp_map_of(t, in)->channels;
    start = start < 0 ? start + n : start;
    end = end > n ? n : end < 0 ? end + n : end;
    if (start < 0 || start >= end || end > n)
        return pp_refuse(t, err, "channels %lld to %lld of %lld", (long long)start, (long long)end, (long long)n);
    return emit_range(t, in, (int)start, (int)(end - start), err);
}

/* One selection of channels for each output. */
static pp_code translate_split(pp_translation *t, pp_error *err)
{
    enum { MOST = 64 };
    const pp_value *in = pp_input(t, 0);
    int64_t sizes[MOST];
    size_t n_outputs = t->node->n_output;
    int channels = pp_map_of(t, in)->channels, n_sizes = pp_list_of(t, "split", 1, sizes, MOST), first = 0;
    if (n_outputs > MOST || !is_channel_axis(t, in, pp_attr_int(t, "axis", 0)))
        return pp_refuse(t, err, "is covered for channels");
    if (n_sizes < 0 && pp_input(t, 1))
        return pp_refuse(t, err, "its sizes are no constants");
    int even = (channels + (int)n_outputs - 1) / (int)n_outputs;
    Onnx__NodeProto one = *t->node;
    const Onnx__NodeProto *whole = t->node;
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < n_outputs; i++) {
        int64_t size = n_sizes > (int)i ? sizes[i] : even < channels - first ? even : channels - first;
        if (size < 1 || size > channels - first)
            return pp_refuse(t, err, "a part of %lld channels", (long long)size);
        one.output = whole->output + i;
        one.n_output = 1;
        t->node = &one;
        if (pp_output(t, 0))
            code = emit_range(t, in, first, (int)size, err);
        t->node = whole;
        first += (int)size;
    }
    return code;
}

/* ---- Shapes ------------------------------------------------------------------------------------------------------ */

static pp_code translate_identity(pp_translation *t, pp_error *err)
{
    (void)err;
    pp_alias(t, pp_input(t, 0), pp_input(t, 0)->layout);
    return PP_OK;
}

static pp_code translate_cast(pp_translation *t, pp_error *err)
{
    if (pp_attr_int(t, "to", PP_ONNX_FLOAT) != PP_ONNX_FLOAT)
        return pp_refuse(t, err, "is covered to float32");
    return translate_identity(t, err);
}

static pp_code translate_dropout(pp_translation *t, pp_error *err)
{
    if (pp_output(t, 1) && pp_output(t, 1)->n_uses)
        return pp_refuse(t, err, "its mask is used");
    return translate_identity(t, err);
}

static bool is_shape(const int64_t *dims, int n, const int64_t *wanted, int n_wanted)
{
    return n == n_wanted && memcmp(dims, wanted, (size_t)n * sizeof *dims) == 0;
}

/* The matrix of channels back to a row: a shuffle, if it was transposed in between. */
static pp_code join_channels(pp_translation *t, const pp_value *in, pp_error *err)
{
    int n = pp_map_of(t, in)->channels, a = in->split, b = n / a;
    if (!in->swapped) {
        pp_alias(t, in, PP_LAYOUT_NCHW);
        pp_output(t, 0)->split = 0;
        return PP_OK;
    }
    int *picks = pp_array_new((size_t)n, sizeof *picks);
    if (!picks)
        return pp_no_memory(err, "the incremental engine");
    for (int c = 0; c < n; c++)
        picks[c] = c % a * b + c / a;
    return emit_pick(t, in, picks, n, PP_LAYOUT_NCHW, err);
}

/* The dimensions that a reshape of a map asks for, 0 and -1 filled in. @return how many, or -1 */
static int wanted_shape(const pp_translation *t, const pp_value *in, int64_t *wanted)
{
    int64_t dims[PP_MAX_DIMS], total = 1, known = 1;
    int n_dims = pp_map_dims(t, in, dims), n = pp_list_of(t, "shape", 1, wanted, PP_MAX_DIMS), open = -1;
    for (int i = 0; i < n_dims; i++)
        total *= dims[i];
    for (int i = 0; i < n; i++) {
        if (wanted[i] == 0 && i < n_dims)
            wanted[i] = dims[i];
        if (wanted[i] == -1 && open < 0)
            open = i;
        else if (wanted[i] < 1 || wanted[i] > total)
            return -1;
        else
            known *= wanted[i] <= total / known ? wanted[i] : 1;
    }
    if (open >= 0)
        wanted[open] = total / known;
    int64_t product = 1;
    for (int i = 0; i < n; i++)
        product = product && wanted[i] <= total / product ? product * wanted[i] : 0;
    return n > 0 && product == total ? n : -1;
}

static pp_code reshape_to(pp_translation *t, const int64_t *wanted, int n, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    const pp_map *map = pp_map_of(t, in);
    int64_t dims[PP_MAX_DIMS], c = map->channels, h = map->height, w = map->width;
    int n_dims = pp_map_dims(t, in, dims);
    bool vector = h == 1 && w == 1;
    if (is_shape(wanted, n, dims, n_dims)) {
        pp_alias(t, in, in->layout);
        return PP_OK;
    }
    if (in->layout == PP_LAYOUT_SPLIT)
        return is_shape(wanted, n, (int64_t[]){ 1, c, h, w }, 4) ? join_channels(t, in, err)
                                                                 : pp_refuse(t, err, "of channels that are split is covered back to N x C x H x W");
    if (is_shape(wanted, n, (int64_t[]){ 1, c * h * w }, 2) && in->layout != PP_LAYOUT_PLANE) {
        bool by_position = in->layout == PP_LAYOUT_NHWC || in->layout == PP_LAYOUT_FLAT_HWC;
        pp_alias(t, in, by_position ? PP_LAYOUT_FLAT_HWC : PP_LAYOUT_FLAT);
        return PP_OK;
    }
    if (n == 5 && in->layout == PP_LAYOUT_NCHW && wanted[0] == 1 && wanted[1] * wanted[2] == c && wanted[3] == h && wanted[4] == w) {
        pp_alias(t, in, PP_LAYOUT_SPLIT);
        pp_output(t, 0)->split = (int)wanted[1];
        return PP_OK;
    }
    if (in->layout == PP_LAYOUT_PLANE && is_shape(wanted, n, (int64_t[]){ 1, 1, h, w }, 4)) {
        pp_alias(t, in, PP_LAYOUT_NCHW);
        return PP_OK;
    }
    if (vector && is_shape(wanted, n, (int64_t[]){ 1, c, 1, 1 }, 4)) {
        pp_alias(t, in, PP_LAYOUT_NCHW);
        return PP_OK;
    }
    if (vector && is_shape(wanted, n, (int64_t[]){ 1, 1, 1, c }, 4)) {
        pp_alias(t, in, PP_LAYOUT_NHWC);
        return PP_OK;
    }
    return pp_refuse(t, err, "to %d dimensions is not one that is covered", n);
}

static pp_code translate_reshape(pp_translation *t, pp_error *err)
{
    int64_t wanted[PP_MAX_DIMS];
    int n = wanted_shape(t, pp_input(t, 0), wanted);
    return n < 0 ? pp_refuse(t, err, "its shape is no constant, or does not fit") : reshape_to(t, wanted, n, err);
}

static pp_code translate_flatten(pp_translation *t, pp_error *err)
{
    int64_t dims[PP_MAX_DIMS];
    int n = pp_map_dims(t, pp_input(t, 0), dims);
    int64_t total = 1;
    for (int i = 0; i < n; i++)
        total *= dims[i];
    if (pp_axis(pp_attr_int(t, "axis", 1), n) != 1)
        return pp_refuse(t, err, "is covered from axis 1 on");
    return reshape_to(t, (int64_t[]){ 1, total }, 2, err);
}

static pp_code translate_squeeze(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t dims[PP_MAX_DIMS], axes[PP_MAX_DIMS], left[PP_MAX_DIMS];
    int n_dims = pp_map_dims(t, in, dims), n_axes = pp_list_of(t, "axes", 1, axes, PP_MAX_DIMS), n = 0;
    bool gone[PP_MAX_DIMS] = { false };
    for (int i = 0; i < n_axes; i++) {
        int axis = pp_axis(axes[i], n_dims);
        if (axis < 1 || dims[axis] != 1)
            return pp_refuse(t, err, "axis %lld is not one of length 1", (long long)axes[i]);
        gone[axis] = true;
    }
    for (int i = 0; i < n_dims; i++)
        if (!(n_axes > 0 ? gone[i] : i > 0 && dims[i] == 1))
            left[n++] = dims[i];
    return reshape_to(t, left, n, err);
}

static pp_code translate_unsqueeze(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t dims[PP_MAX_DIMS], axes[PP_MAX_DIMS], made[PP_MAX_DIMS];
    int n_dims = pp_map_dims(t, in, dims), n_axes = pp_list_of(t, "axes", 1, axes, PP_MAX_DIMS), n = n_dims + n_axes, from = 0;
    bool added[PP_MAX_DIMS] = { false };
    if (n_axes < 1 || n > PP_MAX_DIMS)
        return pp_refuse(t, err, "its axes are no constant list");
    for (int i = 0; i < n_axes; i++) {
        int axis = pp_axis(axes[i], n);
        if (axis < 0 || added[axis])
            return pp_refuse(t, err, "axis %lld is not possible", (long long)axes[i]);
        added[axis] = true;
    }
    for (int i = 0; i < n; i++)
        made[i] = added[i] ? 1 : dims[from++];
    return reshape_to(t, made, n, err);
}

static pp_code translate_transpose(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0);
    int64_t order[PP_MAX_DIMS], dims[PP_MAX_DIMS];
    int n_dims = pp_map_dims(t, in, dims);
    if ((int)pp_attr_ints(t, "perm", order, PP_MAX_DIMS) != n_dims)
        return pp_refuse(t, err, "its order is not given");
    bool to_nchw = is_shape(order, n_dims, (int64_t[]){ 0, 3, 1, 2 }, 4), to_nhwc = is_shape(order, n_dims, (int64_t[]){ 0, 2, 3, 1 }, 4);
    if (in->layout == PP_LAYOUT_NHWC && to_nchw) {
        pp_alias(t, in, PP_LAYOUT_NCHW);
    } else if (in->layout == PP_LAYOUT_NCHW && to_nhwc) {
        pp_alias(t, in, PP_LAYOUT_NHWC);
    } else if (in->layout == PP_LAYOUT_SPLIT && is_shape(order, n_dims, (int64_t[]){ 0, 2, 1, 3, 4 }, 5)) {
        pp_alias(t, in, PP_LAYOUT_SPLIT);
        pp_output(t, 0)->swapped = !in->swapped;
    } else {
        return pp_refuse(t, err, "is covered between N x C x H x W and N x H x W x C, and for shuffled channels");
    }
    return PP_OK;
}

/* A sum of one or two maps; of more than that nobody makes any. */
static pp_code translate_sum(pp_translation *t, pp_error *err)
{
    return t->node->n_input == 1 && pp_is_map(pp_input(t, 0)) ? translate_identity(t, err) : translate_add(t, err);
}

/* Zeros around a map: a depthwise convolution with one tap of 1, since those see padding. */
static pp_code translate_pad(pp_translation *t, pp_error *err)
{
    const pp_value *in = pp_input(t, 0), *filling = pp_input(t, 2);
    const Onnx__AttributeProto *mode = pp_onnx_attribute(t->node, "mode");
    int64_t pads[8];
    bool constant = !mode || (mode->s.len == 8 && memcmp(mode->s.data, "constant", 8) == 0);
    float value = filling && filling->kind == PP_VALUE_FLOATS && filling->n == 1 ? filling->floats[0] : pp_attr_float(t, "value", 0);
    bool nchw = in->layout == PP_LAYOUT_NCHW;
    if (pp_list_of(t, "pads", 1, pads, 8) != 8 || pp_input(t, 3) || !constant || value != 0 || (!nchw && in->layout != PP_LAYOUT_NHWC))
        return pp_refuse(t, err, "is covered for zeros around a map");
    int y = nchw ? 2 : 1, x = y + 1, channel = nchw ? 1 : 3;
    bool whole = pads[0] == 0 && pads[4] == 0 && pads[channel] == 0 && pads[channel + 4] == 0;
    for (int i = 0; i < 8; i++)
        whole = whole && pads[i] >= 0 && pads[i] <= 65535;
    if (!whole)
        return pp_refuse(t, err, "is covered for zeros around a map");
    const pp_map *map = pp_map_of(t, in);
    int height = map->height + (int)(pads[y] + pads[y + 4]), width = map->width + (int)(pads[x] + pads[x + 4]);
    size_t n = (size_t)map->channels;
    pp_op *op;
    pp_code code = pp_emit(t, &pp_op_depthwise, &in->map, 1, height, width, map->channels, in->layout, &op, err);
    if (code != PP_OK)
        return code;
    op->reaches[0] = PP_REACH_WINDOW;
    op->window.pad_top = (int)pads[y];
    op->window.pad_left = (int)pads[x];
    op->n_in = 1;
    op->weights = pp_array_new(n, sizeof *op->weights);
    op->bias = pp_array_new(n, sizeof *op->bias);
    if (!op->weights || !op->bias)
        return pp_no_memory(err, "the incremental engine");
    for (size_t c = 0; c < n; c++)
        op->weights[c] = 1;
    return PP_OK;
}

const pp_translator pp_map_translators[] = {
    { "Add", translate_add, true },
    { "Sum", translate_sum, true },
    { "Sub", translate_subtract, true },
    { "Mul", translate_multiply, true },
    { "Div", translate_divide, true },
    { "Concat", translate_concat, false },
    { "Gather", translate_gather, false },
    { "Slice", translate_slice, false },
    { "Split", translate_split, false },
    { "Identity", translate_identity, false },
    { "Cast", translate_cast, false },
    { "Dropout", translate_dropout, false },
    { "Reshape", translate_reshape, false },
    { "Flatten", translate_flatten, false },
    { "Squeeze", translate_squeeze, false },
    { "Unsqueeze", translate_unsqueeze, false },
    { "Transpose", translate_transpose, false },
    { "Pad", translate_pad, false },
    { NULL, NULL, false },
};
