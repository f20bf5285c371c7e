/* batch.c - the way of a batch through the program: spread the changes, compute the rows they reach, drop those that came out as the
 * base's. */
#include "incremental/batch.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static pp_code run_op(pp_batch *batch, const pp_op *op, int n_lanes, pp_base *into, bool everything, pp_error *err);
static void restore(pp_batch *batch);

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static size_t n_positions(const pp_map *map)
{
    return (size_t)map->height * (size_t)map->width;
}

size_t pp_batch_lane_bytes(const pp_program *program)
{
    size_t total = 0;
    for (int s = 0; s < program->n_slots; s++) {
        size_t most = 0;
        for (int m = 0; m < program->n_maps; m++) {
            const pp_map *map = &program->maps[m];
            size_t bytes = n_positions(map) * (size_t)map->channels * sizeof(float);
            most = map->slot == s && bytes > most ? bytes : most;
        }
        total += most;
    }
    for (int m = 0; m < program->n_maps; m++)
        total += pp_table_size(&program->maps[m]) * sizeof(float *) + n_positions(&program->maps[m]) * (1 + sizeof(pp_changed));
    return total;
}

/* All of a table points to the base, or to zeros outside it. */
static void fill_table(const pp_map *map, const float **table, const float *base, const float *zeros)
{
    for (size_t i = 0; i < pp_table_size(map); i++)
        table[i] = zeros;
    for (int y = 0; y < map->height; y++)
        for (int x = 0; x < map->width; x++)
            table[pp_table_index(map, y, x)] = base + ((size_t)y * (size_t)map->width + (size_t)x) * (size_t)map->channels;
}

static bool new_changes(pp_batch *batch)
{
    const pp_program *program = batch->program;
    for (int m = 0; m < program->n_maps; m++)
        for (int lane = 0; lane < batch->n_lanes; lane++) {
            const pp_map *map = &program->maps[m];
            pp_changes *changes = pp_changes_of(batch, m, lane);
            changes->marks = pp_array_new(n_positions(map), 1);
            changes->table = pp_array_new(pp_table_size(map), sizeof *changes->table);
            if (!changes->marks || !changes->table)
                return false;
            fill_table(map, changes->table, batch->base->maps[m], batch->base->zeros);
        }
    return true;
}

static int most_inputs(const pp_program *program)
{
    int most = 1;
    for (int i = 0; i < program->n_ops; i++)
        most = program->ops[i].n_inputs > most ? program->ops[i].n_inputs : most;
    return most;
}

static int widest(const pp_program *program)
{
    int most = 1;
    for (int m = 0; m < program->n_maps; m++)
        most = program->maps[m].width > most ? program->maps[m].width : most;
    return most;
}

pp_code pp_batch_new(pp_batch **batch, const pp_program *program, const pp_base *base, int n_lanes, pp_error *err)
{
    size_t n_inputs = (size_t)most_inputs(program);
    pp_batch *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "the incremental engine");
    made->program = program;
    made->base = base;
    made->n_lanes = n_lanes;
    made->changes = pp_array_new((size_t)program->n_maps * (size_t)n_lanes, sizeof *made->changes);
    made->lists = pp_array_new((size_t)program->n_maps, sizeof *made->lists);
    made->slots = pp_array_new((size_t)program->n_slots, sizeof *made->slots);
    made->windows = pp_array_new(n_inputs * PP_ROWS_AT_ONCE, sizeof *made->windows);
    made->window_lists = pp_array_new(n_inputs, sizeof *made->window_lists);
    made->strides = pp_array_new(n_inputs, sizeof *made->strides);
    made->outs = pp_array_new(PP_ROWS_AT_ONCE, sizeof *made->outs);
    made->positions = pp_array_new(PP_ROWS_AT_ONCE, sizeof *made->positions);
    made->scratch = pp_array_new(PP_ROWS_AT_ONCE, sizeof *made->scratch);
    made->line = pp_array_new((size_t)widest(program), 1);
    if (!made->changes || !made->lists || !made->slots || !made->windows || !made->window_lists || !made->strides || !made->outs ||
        !made->positions || !made->scratch || !made->line || !new_changes(made)) {
        pp_batch_free(made);
        return pp_no_memory(err, "the incremental engine");
    }
    *batch = made;
    return PP_OK;
}

void pp_batch_free(pp_batch *batch)
{
    if (!batch)
        return;
    for (int i = 0; batch->changes && i < batch->program->n_maps * batch->n_lanes; i++) {
        free(batch->changes[i].marks);
        free(batch->changes[i].table);
    }
    for (int m = 0; batch->lists && m < batch->program->n_maps; m++)
        free(batch->lists[m].rows);
    for (int s = 0; batch->slots && s < batch->program->n_slots; s++)
        free(batch->slots[s].values);
    free(batch->changes);
    free(batch->lists);
    free(batch->slots);
    free(batch->windows);
    free(batch->window_lists);
    free(batch->strides);
    free(batch->outs);
    free(batch->positions);
    free(batch->scratch);
    free(batch->line);
    free(batch);
}

/* Room for a map's rows in its slot. What was in there is dead. */
static float *slot_for(pp_batch *batch, const pp_map *map, size_t n_rows, pp_error *err)
{
    size_t wanted = n_rows ? n_rows * (size_t)map->channels : 1; /* no rows are no lack of memory */
    if (batch->slots[map->slot].capacity >= wanted)
        return batch->slots[map->slot].values;
    free(batch->slots[map->slot].values);
    batch->slots[map->slot].capacity = 0;
    wanted += wanted / 4;
    batch->slots[map->slot].values = aligned_alloc(64, (wanted * sizeof(float) + 63) / 64 * 64);
    if (!batch->slots[map->slot].values)
        pp_no_memory(err, "rows of the incremental engine");
    else
        batch->slots[map->slot].capacity = wanted;
    return batch->slots[map->slot].values;
}

/* ---- The image --------------------------------------------------------------------------------------------------- */

/* Writes a candidate's pixels into rows of the input map, which begin at values. */
static bool change_input(pp_batch *batch, int lane, const pp_input_change *changes, size_t n, float *values)
{
    int m = batch->program->input;
    const pp_map *map = &batch->program->maps[m];
    pp_changes *out = pp_changes_of(batch, m, lane);
    pp_row_list *list = &batch->lists[m];
    if (pp_array_grow((void **)&list->rows, &list->capacity, list->n + n, sizeof *list->rows) != 0)
        return false;
    out->first_row = list->n;
    out->n_rows = n;
    out->top = map->height;
    out->left = map->width;
    out->bottom = out->right = 0;
    for (size_t i = 0; i < n; i++, values += map->channels) {
        int y = changes[i].position / map->width, x = changes[i].position % map->width;
        memcpy(values, changes[i].values, (size_t)map->channels * sizeof *values);
        out->marks[changes[i].position] = 1;
        out->table[pp_table_index(map, y, x)] = values;
        out->top = y < out->top ? y : out->top;
        out->bottom = y >= out->bottom ? y + 1 : out->bottom;
        out->left = x < out->left ? x : out->left;
        out->right = x >= out->right ? x + 1 : out->right;
        list->rows[list->n++] = (pp_changed){ lane, changes[i].position };
    }
    if (n == 0)
        out->top = out->left = 0;
    return true;
}

static pp_code change_inputs(pp_batch *batch, const pp_input_change *changes, const size_t *counts, size_t n, pp_error *err)
{
    const pp_map *map = &batch->program->maps[batch->program->input];
    size_t total = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        total += counts[i];
    float *values = slot_for(batch, map, total, err);
    if (!values)
        return PP_MEMORY;
    for (size_t i = 0; i < n; at += counts[i++])
        if (!change_input(batch, (int)i, changes + at, counts[i], values + at * (size_t)map->channels))
            return pp_no_memory(err, "rows of the incremental engine");
    return PP_OK;
}

/* ---- The way through --------------------------------------------------------------------------------------------- */

pp_code pp_batch_score(pp_batch *batch, const pp_input_change *changes, const size_t *counts, size_t n, float *scores, pp_error *err)
{
    const pp_program *program = batch->program;
    size_t n_scores = (size_t)program->maps[program->output].channels;
    pp_code code = change_inputs(batch, changes, counts, n, err);
    for (int i = 0; code == PP_OK && i < program->n_ops; i++)
        code = run_op(batch, &program->ops[i], (int)n, NULL, false, err);
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        const pp_changes *out = pp_changes_of(batch, program->output, (int)i);
        memcpy(scores + i * n_scores, out->table[pp_table_index(&program->maps[program->output], 0, 0)], n_scores * sizeof *scores);
    }
    restore(batch);
    return code;
}

/* As a batch of one whose rows are written into the base as soon as they are known. */
pp_code pp_batch_commit(pp_batch *batch, pp_base *base, const pp_input_change *changes, size_t n, bool everything, pp_error *err)
{
    const pp_program *program = batch->program;
    const pp_map *map = &program->maps[program->input];
    pp_code code = change_inputs(batch, changes, &n, 1, err);
    for (size_t i = 0; code == PP_OK && i < n; i++)
        memcpy(base->maps[program->input] + (size_t)changes[i].position * (size_t)map->channels, changes[i].values,
               (size_t)map->channels * sizeof(float));
    for (int i = 0; code == PP_OK && i < program->n_ops; i++)
        code = run_op(batch, &program->ops[i], 1, base, everything, err);
    restore(batch);
    return code;
}

/* Where each of the rows [first, first + n) looks, and where it is written. */
static void set_up_rows(pp_batch *batch, const pp_op *op, size_t first, size_t n, float *values)
{
    const pp_program *program = batch->program;
    const pp_map *out = &program->maps[op->output];
    const pp_changed *rows = batch->lists[op->output].rows + first;
    for (size_t r = 0; r < n; r++) {
        batch->outs[r] = values + (first + r) * (size_t)out->channels;
        batch->positions[r] = rows[r].position;
    }
    for (int i = 0; i < op->n_inputs; i++) {
        const pp_map *in = &program->maps[op->inputs[i]];
        const pp_row **windows = batch->windows + (size_t)i * PP_ROWS_AT_ONCE;
        batch->window_lists[i] = windows;
        batch->strides[i] = in->margin.left + in->width + in->margin.right;
        for (size_t r = 0; r < n; r++) {
            int y = rows[r].position / out->width, x = rows[r].position % out->width;
            if (op->reaches[i] == PP_REACH_ALL)
                y = x = 0;
            if (op->reaches[i] == PP_REACH_WINDOW) {
                y = y * op->window.stride_y - op->window.pad_top;
                x = x * op->window.stride_x - op->window.pad_left;
            }
            windows[r] = (const pp_row *)pp_changes_of(batch, op->inputs[i], rows[r].lane)->table + pp_table_index(in, y, x);
        }
    }
}

/* Whether two rows differ by no more than the limit in any channel; by more, if one holds what is no number. */
static bool is_near(const float *row, const float *base, size_t n, float limit)
{
    enum { AT_ONCE = 16 }; /* so that the compiler compares them side by side */
    for (size_t first = 0; first < n; first += AT_ONCE) {
        size_t end = n - first < AT_ONCE ? n : first + AT_ONCE;
        int n_apart = 0;
        for (size_t i = first; i < end; i++)
            n_apart += !(fabsf(row[i] - base[i]) <= limit);
        if (n_apart)
            return false;
    }
    return true;
}

/* A row that came out as the base's, to the bit or within the map's limit, is not a change: it has died. Else it is seen from now on, in the
 * lane or in the base. The base's own rows are always exact, or they would depend on the bases before. */
static void settle_rows(pp_batch *batch, const pp_op *op, size_t first, size_t n, pp_base *into, bool everything)
{
    const pp_map *out = &batch->program->maps[op->output];
    size_t size = (size_t)out->channels * sizeof(float);
    float limit = into ? 0 : batch->base->limits[op->output];
    for (size_t r = 0; r < n; r++) {
        pp_changed row = batch->lists[op->output].rows[first + r];
        pp_changes *changes = pp_changes_of(batch, op->output, row.lane);
        const float *base = batch->base->maps[op->output] + (size_t)row.position * (size_t)out->channels;
        bool is_same = limit > 0 ? is_near(batch->outs[r], base, (size_t)out->channels, limit)
                                 : !everything && memcmp(batch->outs[r], base, size) == 0;
        if (is_same) {
            changes->marks[row.position] = 0;
            changes->n_rows--;
        } else if (into) {
            memcpy(into->maps[op->output] + (size_t)row.position * (size_t)out->channels, batch->outs[r], size);
        } else {
            changes->table[pp_table_index(out, row.position / out->width, row.position % out->width)] = batch->outs[r];
        }
    }
}

static pp_code run_op(pp_batch *batch, const pp_op *op, int n_lanes, pp_base *into, bool everything, pp_error *err)
{
    const pp_program *program = batch->program;
    const pp_row_list *list = &batch->lists[op->output];
    for (int lane = 0; lane < n_lanes; lane++)
        if (!(everything ? pp_change_all(batch, op, lane) : pp_spread_changes(batch, op, lane)))
            return pp_no_memory(err, "rows of the incremental engine");
    if (list->n == 0)
        return PP_OK;
    float *values = slot_for(batch, &program->maps[op->output], list->n, err);
    if (!values)
        return PP_MEMORY;
    batch->multiply_adds += list->n * op->multiply_adds;
    for (size_t first = 0; first < list->n; first += PP_ROWS_AT_ONCE) {
        size_t n = list->n - first < PP_ROWS_AT_ONCE ? list->n - first : PP_ROWS_AT_ONCE;
        set_up_rows(batch, op, first, n, values);
        pp_rows rows = { .n = n, .windows = batch->window_lists, .strides = batch->strides, .outs = batch->outs,
                         .positions = batch->positions };
        op->type->run(op, program->maps, &rows, batch->scratch);
        settle_rows(batch, op, first, n, into, everything);
    }
    return PP_OK;
}

/* Every row that was listed is the base's again. */
static void restore(pp_batch *batch)
{
    const pp_program *program = batch->program;
    for (int m = 0; m < program->n_maps; m++) {
        const pp_map *map = &program->maps[m];
        pp_row_list *list = &batch->lists[m];
        for (size_t i = 0; i < list->n; i++) {
            int position = list->rows[i].position;
            pp_changes *changes = pp_changes_of(batch, m, list->rows[i].lane);
            changes->marks[position] = 0;
            changes->table[pp_table_index(map, position / map->width, position % map->width)] =
                batch->base->maps[m] + (size_t)position * (size_t)map->channels;
            changes->top = changes->bottom = changes->left = changes->right = 0;
            changes->n_rows = 0;
        }
        list->n = 0;
    }
}
