/* batch.h - a few candidates going through a program together, each with only the rows that differ from the base's.
 *
 * Each candidate has a lane. For every map a lane has a table with a pointer for each position, margins of padding included: to the
 * base's row, or to a row of its own where its image makes a difference. Before and after a batch all point to the base. */
#ifndef PP_INCREMENTAL_BATCH_H
#define PP_INCREMENTAL_BATCH_H

#include "incremental/program.h"
#include "oracle/engine.h"

/* Every map of the base image, for all workers to read. */
typedef struct pp_base {
    float **maps;  /* n_maps: height x width x channels */
    float *zeros;  /* a row of padding */
    float *limits; /* n_maps: a candidate's row that differs by no more than this in any channel is taken for the base's; 0: by no bit */
} pp_base;

/* base.c: maps of a program, all 0. On failure too what is there is pp_base_clear's to free. */
pp_code pp_base_new(pp_base *base, const pp_program *program, pp_error *err);
void pp_base_clear(pp_base *base, const pp_program *program);
/* Sets the limits to this share of the root mean square of each map, as the maps are now; those of maps of one position stay 0, since
 * nothing is saved behind them. */
void pp_base_set_limits(pp_base *base, const pp_program *program, double share);

/* The changed positions of one map in one lane: marks[p] is 1 for those; all lie in lines [top, bottom) and columns [left, right). */
typedef struct pp_changes {
    uint8_t *marks;       /* height x width */
    const float **table;  /* (top + height + bottom) x (left + width + right) of the map's margins */
    int top, bottom, left, right;
    size_t first_row, n_rows; /* in the map's list of rows */
} pp_changes;

/* One changed row of a map. */
typedef struct pp_changed {
    int lane, position;
} pp_changed;

typedef struct pp_row_list {
    pp_changed *rows;
    size_t n, capacity;
} pp_row_list;

typedef struct pp_batch {
    const pp_program *program;
    const pp_base *base;
    int n_lanes;                /* room for candidates */
    pp_changes *changes;        /* n_maps x n_lanes */
    pp_row_list *lists;         /* n_maps */
    struct { float *values; size_t capacity; } *slots; /* n_slots */
    const pp_row **windows;     /* most inputs x PP_ROWS_AT_ONCE */
    const pp_row *const **window_lists;
    float **outs;
    int *positions;
    pp_row *scratch;
    ptrdiff_t *strides;
    uint8_t *line;              /* scratch of the spreading of changes */
    uint64_t multiply_adds;     /* done since the batch was made */
} pp_batch;

pp_code pp_batch_new(pp_batch **batch, const pp_program *program, const pp_base *base, int n_lanes, pp_error *err);
void pp_batch_free(pp_batch *batch);

/* Bytes that a lane takes when every position changes. */
size_t pp_batch_lane_bytes(const pp_program *program);

/* An image's changed positions: rows of the input map, whose values the caller writes. */
typedef struct pp_input_change {
    int position;
    float values[3];
} pp_input_change;

/* Scores n <= n_lanes candidates. changes: of all, one candidate behind the other; counts: n. scores: n x output channels. */
pp_code pp_batch_score(pp_batch *batch, const pp_input_change *changes, const size_t *counts, size_t n, float *scores, pp_error *err);

/* Makes the base that of the image with these changes. everything: all maps are computed anew, whatever they hold. */
pp_code pp_batch_commit(pp_batch *batch, pp_base *base, const pp_input_change *changes, size_t n, bool everything, pp_error *err);

/* changes.c: marks the positions of the output of an operation that a lane's changes reach, and lists them.
 * @return false when out of memory */
bool pp_spread_changes(pp_batch *batch, const pp_op *op, int lane);
/* The same for every position, those that no pixel reaches (windows wholly in the padding) included. */
bool pp_change_all(pp_batch *batch, const pp_op *op, int lane);

static inline pp_changes *pp_changes_of(const pp_batch *batch, int map, int lane)
{
    return &batch->changes[map * batch->n_lanes + lane];
}

/* Index of a position in a map's table. */
static inline ptrdiff_t pp_table_index(const pp_map *map, int y, int x)
{
    return (ptrdiff_t)(y + map->margin.top) * (map->margin.left + map->width + map->margin.right) + x + map->margin.left;
}

#endif
