/* figure_pictures.c - what Figures 2 and 5 show of a run: the stages of an image, and originals beside their adversarial images. */
#include "base/error.h"
#include "report/figure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 400, N_STAGES = 4, LAST_STAGE = 200 /* iteration */, N_PAIRS = 3 /* in a row of Figure 5 */, MOST_RINGS = 250 /* above, they would hide the image */ };

/* ---- Pictures ---------------------------------------------------------------------------------------------------- */

/* gnuplot reads RGB. picture is taken, also on failure. */
static pp_code as_rgb(pp_image **rgb, pp_image *picture, pp_error *err)
{
    pp_image *made = NULL;
    if (picture->channels == 3) {
        *rgb = picture;
        return PP_OK;
    }
    pp_code code = pp_image_new(&made, picture->width, picture->height, 3, err);
    for (size_t i = 0; code == PP_OK && i < (size_t)picture->width * (size_t)picture->height; i++)
        memset(made->data + 3 * i, picture->data[i], 3);
    pp_image_free(picture);
    if (code == PP_OK)
        *rgb = made;
    return code;
}

static pp_code read_original(pp_image **picture, const pp_figure_run *run, size_t image, pp_error *err)
{
    pp_image *read = NULL;
    pp_code code = pp_run_original(&read, run->dir, &run->rows, image, err);
    return code == PP_OK ? as_rgb(picture, read, err) : code;
}

static pp_code read_adversarial(pp_image **picture, const pp_figure_run *run, size_t image, pp_error *err)
{
    pp_image *read = NULL;
    pp_code code = pp_run_adversarial(&read, run->dir, &run->rows, image, err);
    return code == PP_OK ? as_rgb(picture, read, err) : code;
}

/* Paints a stage over an RGB picture. Its pixels come out of a file: they may be anything. */
static pp_code paint_stage(pp_image *picture, const pp_figure_run *run, const pp_trace_row *stage, pp_error *err)
{
    for (size_t i = 0; i < stage->n_stored; i++) {
        pp_pixel pixel = stage->pixels[i];
        if (pixel.x >= picture->width || pixel.y >= picture->height)
            return pp_fail(err, PP_STORE, "%s: a stage of its trace has a pixel outside the image", run->dir);
        if (run->rows.run.channels == 1)
            pixel.value[1] = pixel.value[2] = pixel.value[0];
        pp_image_paint(picture, &pixel, 1);
    }
    return PP_OK;
}

/* ---- Figure 2 ---------------------------------------------------------------------------------------------------- */

/* The last row up to a generation whose pixels were kept; NULL if there was no result by then. */
static const pp_trace_row *stage_at(const pp_trace_row *rows, size_t n, uint64_t generation)
{
    const pp_trace_row *found = NULL;
    for (size_t i = 0; i < n && rows[i].generation <= generation; i++)
        found = rows[i].n_stored ? &rows[i] : found;
    return found;
}

/* The index-th row of those whose pixels were kept. */
static const pp_trace_row *kept_row(const pp_trace_row *rows, size_t n, size_t index)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].n_stored && index-- == 0)
            return &rows[i];
    return NULL;
}

/* The paper's: the noise, after 100 and 200 iterations, the end. Of a search that ended before, stages spread over those that there are; NULL
 * where there are fewer. */
static void pick_stages(const pp_trace_row *stages[N_STAGES], const pp_trace_row *rows, size_t n, uint64_t generations)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++)
        n_kept += rows[i].n_stored > 0;
    stages[0] = n_kept > 1 ? kept_row(rows, n, 0) : NULL;
    stages[1] = generations > LAST_STAGE ? stage_at(rows, n, 100) : n_kept > 3 ? kept_row(rows, n, (n_kept - 1) / 3) : NULL;
    stages[2] = generations > LAST_STAGE ? stage_at(rows, n, LAST_STAGE) : n_kept > 2 ? kept_row(rows, n, 2 * (n_kept - 1) / 3) : NULL;
    stages[3] = n_kept ? kept_row(rows, n, n_kept - 1) : NULL;
}

static pp_code add_stage(pp_figure *figure, const pp_figure_run *run, size_t image, size_t row, size_t column, const pp_trace_row *stage,
                         pp_error *err)
{
    char above[LINE], below[LINE];
    pp_image *picture = NULL;
    const pp_attack_record *attack = run->rows.attack_of[image];
    uint64_t generation = attack->generations > LAST_STAGE && column > 1 ? (column - 1) * 100 : stage->generation;
    if (column == N_STAGES)
        snprintf(above, sizeof above, "final: %zu pixel%s", stage->n_pixels, stage->n_pixels == 1 ? "" : "s");
    else
        snprintf(above, sizeof above, "iteration %" PRIu64 ": %zu pixel%s", generation, stage->n_pixels, stage->n_pixels == 1 ? "" : "s");
    snprintf(below, sizeof below, "P(%s) %.3f", pp_run_class_name(&run->rows, attack->class_original), stage->p_original);
    pp_code code = read_original(&picture, run, image, err);
    if (code == PP_OK)
        code = paint_stage(picture, run, stage, err);
    if (code != PP_OK) {
        pp_image_free(picture);
        return code;
    }
    return pp_figure_add_cell(figure, run->index, row, column, above, below, picture, stage->pixels,
                              stage->n_stored <= MOST_RINGS ? stage->n_stored : 0, err);
}

static pp_code add_original(pp_figure *figure, const pp_figure_run *run, size_t image, size_t row, size_t column, pp_error *err)
{
    char below[LINE];
    pp_image *picture = NULL;
    const pp_attack_record *attack = run->rows.attack_of[image];
    snprintf(below, sizeof below, "P(%s) %.3f", pp_run_class_name(&run->rows, attack->class_original), attack->p_original);
    pp_code code = read_original(&picture, run, image, err);
    return code == PP_OK ? pp_figure_add_cell(figure, run->index, row, column, run->rows.images[image].name, below, picture, NULL, 0, err) : code;
}

static pp_code add_stages(pp_figure *figure, const pp_figure_run *run, size_t image, const pp_trace_row *rows, size_t n, pp_error *err)
{
    const pp_trace_row *stages[N_STAGES];
    size_t row = figure->n_rows;
    pick_stages(stages, rows, n, run->rows.attack_of[image]->generations);
    pp_code code = add_original(figure, run, image, row, 0, err);
    for (size_t k = 0; code == PP_OK && k < N_STAGES; k++)
        if (stages[k])
            code = add_stage(figure, run, image, row, k + 1, stages[k], err);
    return code;
}

pp_code pp_add_figure_2(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    pp_store *store = NULL;
    pp_code code = pp_store_open(&store, run->dir, false, err);
    for (size_t i = 0; code == PP_OK && i < run->n_chosen; i++) {
        pp_trace_row *rows = NULL;
        size_t n = 0;
        code = pp_store_read_stages(store, run->rows.images[run->chosen[i]].id, &rows, &n, err);
        if (code == PP_OK)
            code = add_stages(figure, run, run->chosen[i], rows, n, err);
        pp_trace_rows_free(rows, n);
    }
    pp_store_close(store);
    return code;
}

/* ---- Figure 5 ---------------------------------------------------------------------------------------------------- */

/* All changed pixels are ringed, unless they are many. */
static pp_code add_adversarial(pp_figure *figure, const pp_figure_run *run, size_t image, const pp_pixel *pixels, size_t n, size_t row,
                               size_t column, pp_error *err)
{
    char above[LINE], below[LINE];
    pp_image *picture = NULL;
    const pp_attack_record *attack = run->rows.attack_of[image];
    snprintf(above, sizeof above, "%" PRIu64 " pixel%s: %s", attack->l0, attack->l0 == 1 ? "" : "s",
             pp_run_class_name(&run->rows, attack->class_adversarial));
    snprintf(below, sizeof below, "P(%s) %.3f", pp_run_class_name(&run->rows, attack->class_original), attack->p_adversarial);
    pp_code code = read_adversarial(&picture, run, image, err);
    return code == PP_OK ? pp_figure_add_cell(figure, run->index, row, column, above, below, picture, pixels, n <= MOST_RINGS ? n : 0, err) : code;
}

pp_code pp_add_figure_5(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    pp_store *store = NULL;
    size_t first = figure->n_rows;
    pp_code code = pp_store_open(&store, run->dir, false, err);
    for (size_t i = 0; code == PP_OK && i < run->n_chosen; i++) {
        pp_pixel *pixels = NULL, *before = NULL;
        size_t n = 0, image = run->chosen[i], row = first + i / N_PAIRS, column = 2 * (i % N_PAIRS);
        code = pp_store_read_pixels(store, run->rows.images[image].id, &pixels, &before, &n, err);
        if (code == PP_OK)
            code = add_original(figure, run, image, row, column, err);
        if (code == PP_OK)
            code = add_adversarial(figure, run, image, pixels, n, row, column + 1, err);
        free(pixels);
        free(before);
    }
    pp_store_close(store);
    return code;
}
