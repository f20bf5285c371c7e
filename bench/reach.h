/* reach.h - how many rows of each operation a set of changed pixels reaches when no change dies on the way: what is left to compute by
 * the geometry of the network alone. */
#ifndef PP_BENCH_REACH_H
#define PP_BENCH_REACH_H

#include "base/rng.h"
#include "incremental/batch.h"
#include "incremental/translate.h"
#include "oracle/model.h"

#include <string.h>

typedef struct reach {
    pp_program program;
    pp_base base; /* of nothing: only the tables point there */
    pp_batch *batch;
} reach;

static inline void close_reach(reach *r)
{
    pp_batch_free(r->batch);
    pp_base_clear(&r->base, &r->program);
    pp_program_clear(&r->program);
}

static inline pp_code open_reach(reach *r, const pp_model *model, pp_error *err)
{
    const pp_input_plan *plan = &model->plan;
    pp_onnx *onnx = NULL;
    memset(r, 0, sizeof *r);
    pp_code code = pp_onnx_open(&onnx, model->path, err);
    if (code == PP_OK)
        code = pp_translate(&r->program, onnx, model->input_name, model->output_name, plan->height, plan->width, plan->channels,
                            plan->nhwc, (size_t)1 << 31, err);
    if (code == PP_OK)
        code = pp_program_finish(&r->program, pp_kernel_best(), err);
    pp_onnx_free(onnx);
    if (code == PP_OK)
        code = pp_base_new(&r->base, &r->program, err);
    return code != PP_OK ? code : pp_batch_new(&r->batch, &r->program, &r->base, 1, err);
}

static inline void mark_pixels(reach *r, const pp_pixel *pixels, size_t n)
{
    const pp_map *map = &r->program.maps[r->program.input];
    pp_changes *changes = pp_changes_of(r->batch, r->program.input, 0);
    for (size_t i = 0; i < n; i++)
        changes->marks[pixels[i].y * map->width + pixels[i].x] = 1;
    changes->n_rows = n;
    changes->bottom = map->height;
    changes->right = map->width;
}

static inline void forget_all(reach *r)
{
    for (int m = 0; m < r->program.n_maps; m++) {
        pp_changes *changes = pp_changes_of(r->batch, m, 0);
        memset(changes->marks, 0, (size_t)r->program.maps[m].height * (size_t)r->program.maps[m].width);
        changes->top = changes->bottom = changes->left = changes->right = 0;
        changes->n_rows = 0;
        r->batch->lists[m].n = 0;
    }
}

/* n_rows: of each operation. @return multiply-adds of all of them; 0 when out of memory */
static inline uint64_t count_reach(reach *r, const pp_pixel *pixels, size_t n, size_t *n_rows)
{
    uint64_t multiply_adds = 0;
    bool room = true;
    mark_pixels(r, pixels, n);
    for (int i = 0; room && i < r->program.n_ops; i++) {
        const pp_op *op = &r->program.ops[i];
        room = pp_spread_changes(r->batch, op, 0);
        n_rows[i] = r->batch->lists[op->output].n;
        multiply_adds += n_rows[i] * op->multiply_adds;
    }
    forget_all(r);
    return room ? multiply_adds : 0;
}

/* n pixels of random colours at random places. */
static inline void draw_pixels(pp_rng *rng, const pp_input_plan *plan, pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pixels[i].x = (uint16_t)pp_rng_below(rng, (uint64_t)plan->width);
        pixels[i].y = (uint16_t)pp_rng_below(rng, (uint64_t)plan->height);
        for (int c = 0; c < 3; c++)
            pixels[i].value[c] = (uint8_t)pp_rng_below(rng, 256);
    }
}

#endif
