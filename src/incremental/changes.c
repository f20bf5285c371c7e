/* changes.c - which output positions a changed input position reaches: those whose window lies on it. Lines first, then columns. */
#include "incremental/batch.h"

#include "base/array.h"

#include <string.h>

static void mark_rectangle(pp_changes *out, const pp_map *map, int top, int bottom, int left, int right);
static void mark_same(pp_changes *out, const pp_changes *in, const pp_map *map);
static void mark_windows(pp_batch *batch, pp_changes *out, const pp_changes *in, const pp_op *op);

/* Adds the marked positions to the map's list, in order. */
static bool list_marked(pp_batch *batch, const pp_op *op, int lane)
{
    pp_changes *changes = pp_changes_of(batch, op->output, lane);
    pp_row_list *list = &batch->lists[op->output];
    int width = batch->program->maps[op->output].width;
    changes->first_row = list->n;
    for (int y = changes->top; y < changes->bottom; y++)
        for (int x = changes->left; x < changes->right; x++) {
            if (!changes->marks[y * width + x])
                continue;
            if (pp_array_grow((void **)&list->rows, &list->capacity, list->n + 1, sizeof *list->rows) != 0)
                return false;
            list->rows[list->n++] = (pp_changed){ lane, y * width + x };
        }
    changes->n_rows = list->n - changes->first_row;
    return true;
}

bool pp_spread_changes(pp_batch *batch, const pp_op *op, int lane)
{
    const pp_map *map = &batch->program->maps[op->output];
    pp_changes *out = pp_changes_of(batch, op->output, lane);
    for (int i = 0; i < op->n_inputs; i++) {
        const pp_changes *in = pp_changes_of(batch, op->inputs[i], lane);
        if (in->n_rows == 0)
            continue;
        if (op->reaches[i] == PP_REACH_ALL)
            mark_rectangle(out, map, 0, map->height, 0, map->width);
        else if (op->reaches[i] == PP_REACH_SAME)
            mark_same(out, in, map);
        else
            mark_windows(batch, out, in, op);
    }
    return list_marked(batch, op, lane);
}

bool pp_change_all(pp_batch *batch, const pp_op *op, int lane)
{
    const pp_map *map = &batch->program->maps[op->output];
    mark_rectangle(pp_changes_of(batch, op->output, lane), map, 0, map->height, 0, map->width);
    return list_marked(batch, op, lane);
}

/* Makes the frame of the marks large enough. */
static void widen(pp_changes *out, int top, int bottom, int left, int right)
{
    if (out->top == out->bottom) {
        out->top = top;
        out->bottom = bottom;
        out->left = left;
        out->right = right;
        return;
    }
    out->top = top < out->top ? top : out->top;
    out->bottom = bottom > out->bottom ? bottom : out->bottom;
    out->left = left < out->left ? left : out->left;
    out->right = right > out->right ? right : out->right;
}

static void mark_rectangle(pp_changes *out, const pp_map *map, int top, int bottom, int left, int right)
{
    widen(out, top, bottom, left, right);
    for (int y = top; y < bottom; y++)
        memset(out->marks + (ptrdiff_t)y * map->width + left, 1, (size_t)(right - left));
}

static void mark_same(pp_changes *out, const pp_changes *in, const pp_map *map)
{
    widen(out, in->top, in->bottom, in->left, in->right);
    for (int y = in->top; y < in->bottom; y++)
        for (int x = in->left; x < in->right; x++)
            out->marks[y * map->width + x] |= in->marks[y * map->width + x];
}

/* Output positions [*first, *end) along one axis whose windows can reach input positions [from, to). */
static void reach_of(int from, int to, int stride, int pad, int extent, int length, int *first, int *end)
{
    int low = from + pad - extent; /* at * stride >= low */
    *first = low <= 0 ? 0 : (low + stride - 1) / stride;
    *end = (to - 1 + pad) / stride + 1;
    *end = *end > length ? length : *end;
}

/* The union of the lines of marks that an output line's windows lie on. @return whether there is any mark */
static bool join_lines(uint8_t *line, const pp_changes *in, const pp_window *w, int y, int width)
{
    bool any = false;
    memset(line + in->left, 0, (size_t)(in->right - in->left));
    for (int k = 0; k < w->height; k++) {
        int from = y * w->stride_y - w->pad_top + k * w->dilation_y;
        if (from < in->top || from >= in->bottom)
            continue;
        const uint8_t *marks = in->marks + (ptrdiff_t)from * width;
        for (int x = in->left; x < in->right; x++)
            line[x] |= marks[x];
        any = true;
    }
    return any;
}

static void mark_windows(pp_batch *batch, pp_changes *out, const pp_changes *in, const pp_op *op)
{
    const pp_map *from = &batch->program->maps[op->inputs[0]], *to = &batch->program->maps[op->output];
    const pp_window *w = &op->window;
    int top, bottom, left, right;
    reach_of(in->top, in->bottom, w->stride_y, w->pad_top, (w->height - 1) * w->dilation_y, to->height, &top, &bottom);
    reach_of(in->left, in->right, w->stride_x, w->pad_left, (w->width - 1) * w->dilation_x, to->width, &left, &right);
    if (top >= bottom || left >= right)
        return;
    widen(out, top, bottom, left, right);
    for (int y = top; y < bottom; y++) {
        if (!join_lines(batch->line, in, w, y, from->width))
            continue;
        uint8_t *marks = out->marks + (ptrdiff_t)y * to->width;
        for (int x = left; x < right; x++)
            for (int k = 0; k < w->width; k++) {
                int at = x * w->stride_x - w->pad_left + k * w->dilation_x;
                if (at >= in->left && at < in->right)
                    marks[x] |= batch->line[at];
            }
    }
}
