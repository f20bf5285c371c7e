/* figure.c - figures: which there are, which images they show, and their numbers as CSV. */
#include "report/figure.h"

#include "base/array.h"
#include "base/error.h"
#include "base/rng.h"

#include <string.h>

static const pp_figure_kind KINDS[] = {
    { "2", "Stages of the search", NULL, NULL, NULL, 5, pp_add_figure_2, pp_write_pictures, pp_size_pictures },
    { "3", "Disturbed pixels against iterations", "iteration", "disturbed pixels", "iteration,pixels", PP_FIGURE_MOST_IMAGES,
      pp_add_figure_3, pp_write_panels, pp_size_panels },
    { "4", "Probability against disturbed pixels", "disturbed pixels", "P(positive)", "pixels,p", PP_FIGURE_MOST_IMAGES, pp_add_figure_4,
      pp_write_panels, pp_size_panels },
    { "5", "Original and adversarial image", NULL, NULL, NULL, PP_FIGURE_MOST_IMAGES, pp_add_figure_5, pp_write_pictures, pp_size_pictures },
    { "6", "Distribution of disturbed pixels", "disturbed pixels", "", "pixels,share_with_no_more", 0, pp_add_figure_6, pp_write_boxes,
      pp_size_boxes },
    { "robust", "Robust accuracy", "pixels that an attacker may change", "images still classified right (%)", "pixels,share_right", 0,
      pp_add_robust, pp_write_shares, pp_size_shares },
    { "robust-queries", "Robust accuracy against queries", "queries spent on each image", "images still classified right (%)",
      "queries,share_right", 0, pp_add_robust_queries, pp_write_shares, pp_size_shares },
};
enum { N_KINDS = sizeof KINDS / sizeof *KINDS };

pp_code pp_figure_find(const pp_figure_kind **kind, const char *name, pp_error *err)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(KINDS[i].name, name) == 0) {
            *kind = &KINDS[i];
            return PP_OK;
        }
    return pp_fail(err, PP_ARG, "--figure: '%s'; expected 2, 3, 4, 5, 6, robust or robust-queries", name);
}

/* ---- The images that are shown ----------------------------------------------------------------------------------- */

/* An image and its lot: the images with the lowest are shown. */
typedef struct lot {
    uint64_t value;
    size_t image;
} lot;

static int by_value(const void *left, const void *right)
{
    const lot *a = left, *b = right;
    return a->value != b->value ? (a->value > b->value) - (a->value < b->value) : (a->image > b->image) - (a->image < b->image);
}

static int by_index(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

/* The lot hangs on seed and image alone: runs on the same images show the same ones, where all of them flipped these. */
static uint64_t draw_lot(const pp_image_record *image, uint64_t seed)
{
    pp_rng rng;
    const char *digest = image->sha256 ? image->sha256 : "";
    pp_rng_seed_for(&rng, seed, (const uint8_t *)digest, strlen(digest), "figure");
    return pp_rng_next(&rng);
}

/* most: 0 for all. */
static pp_code choose_images(pp_figure_run *run, uint64_t seed, size_t most, pp_error *err)
{
    const pp_run_rows *rows = &run->rows;
    size_t n = 0;
    lot *lots = pp_array_new(rows->n_images, sizeof *lots);
    run->chosen = pp_array_new(rows->n_images, sizeof *run->chosen);
    if (!lots || !run->chosen) {
        free(lots);
        return pp_no_memory(err, "a figure");
    }
    for (size_t i = 0; i < rows->n_images; i++)
        if (pp_run_flipped(rows, i))
            lots[n++] = (lot){ draw_lot(&rows->images[i], seed), i };
    qsort(lots, n, sizeof *lots, by_value);
    run->n_chosen = most && n > most ? most : n;
    for (size_t i = 0; i < run->n_chosen; i++)
        run->chosen[i] = lots[i].image;
    qsort(run->chosen, run->n_chosen, sizeof *run->chosen, by_index);
    free(lots);
    return PP_OK;
}

/* Rows of the trace that belong to images before this one; by halving, for there may be many. */
static size_t count_before(const pp_figure_run *run, int64_t id)
{
    size_t low = 0, high = run->n_trace;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run->trace[middle].image < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const pp_trace_record *pp_figure_trace(const pp_figure_run *run, size_t image, size_t *n)
{
    int64_t id = run->rows.images[image].id;
    size_t from = count_before(run, id);
    *n = count_before(run, id + 1) - from;
    return run->trace + from;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static pp_code read_trace(pp_figure_run *run, pp_error *err)
{
    pp_store *store = NULL;
    pp_code code = pp_store_open(&store, run->dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_trace(store, &run->trace, &run->n_trace, err);
    pp_store_close(store);
    return code;
}

/* *seed: of the first run, whose images the others show, too. */
static pp_code add_run(pp_figure *figure, const char *dir, size_t n_images, uint64_t *seed, pp_error *err)
{
    pp_figure_run run = { .dir = dir, .index = figure->n_read };
    pp_code code = pp_run_rows_read(&run.rows, dir, err);
    if (code == PP_OK)
        code = read_trace(&run, err);
    if (code == PP_OK) {
        *seed = run.index ? *seed : run.rows.run.seed;
        code = choose_images(&run, *seed, figure->kind->n_images && n_images ? n_images : figure->kind->n_images, err);
    }
    if (code == PP_OK) {
        figure->n_images[run.index] = run.n_chosen;
        figure->n_read++;
        figure->methods[run.index] = strdup(run.rows.run.method);
        code = figure->methods[run.index] ? figure->kind->add(figure, &run, err) : pp_no_memory(err, "a figure");
    }
    free(run.chosen);
    free(run.trace);
    pp_run_rows_clear(&run.rows);
    return code;
}

/* The folders' names, without what they share and without a slash at the end. */
static pp_code name_runs(pp_figure *figure, const char *const *dirs, pp_error *err)
{
    size_t n_shared = 0;
    for (size_t i = 0; i < figure->n_runs; i++) {
        size_t n = strlen(dirs[i]);
        while (n > 1 && dirs[i][n - 1] == '/')
            n--;
        figure->runs[i] = strndup(dirs[i], n);
        if (!figure->runs[i])
            return pp_no_memory(err, "a figure");
    }
    for (size_t i = 0; i < figure->n_runs; i++)
        n_shared = pp_shared_folder(figure->runs[0], i ? n_shared : strlen(figure->runs[0]), figure->runs[i]);
    for (size_t i = 0; i < figure->n_runs; i++)
        memmove(figure->runs[i], figure->runs[i] + n_shared, strlen(figure->runs[i]) - n_shared + 1);
    return PP_OK;
}

static pp_code new_figure(pp_figure **figure, const pp_figure_kind *kind, size_t n_runs, pp_error *err)
{
    pp_figure *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "a figure");
    *made = (pp_figure){ .kind = kind, .n_runs = n_runs };
    made->runs = pp_array_new(n_runs, sizeof *made->runs);
    made->methods = pp_array_new(n_runs, sizeof *made->methods);
    made->y_of = pp_array_new(n_runs, sizeof *made->y_of);
    made->n_images = pp_array_new(n_runs, sizeof *made->n_images);
    if (!made->runs || !made->methods || !made->y_of || !made->n_images) {
        pp_figure_free(made);
        return pp_no_memory(err, "a figure");
    }
    *figure = made;
    return PP_OK;
}

pp_code pp_figure_read(pp_figure **figure, const char *name, const char *const *dirs, size_t n_dirs, size_t n_images, pp_error *err)
{
    const pp_figure_kind *kind = NULL;
    pp_figure *made = NULL;
    uint64_t seed = 0;
    pp_code code = pp_figure_find(&kind, name, err);
    if (code == PP_OK && (n_dirs == 0 || n_dirs > PP_FIGURE_MOST_RUNS))
        code = pp_fail(err, PP_ARG, "%zu runs; a figure shows 1 to %d", n_dirs, PP_FIGURE_MOST_RUNS);
    if (code == PP_OK)
        code = new_figure(&made, kind, n_dirs, err);
    if (code == PP_OK)
        code = name_runs(made, dirs, err);
    for (size_t i = 0; code == PP_OK && i < n_dirs; i++)
        code = add_run(made, dirs[i], n_images, &seed, err);
    if (code != PP_OK) {
        pp_figure_free(made);
        return code;
    }
    *figure = made;
    return PP_OK;
}

void pp_figure_free(pp_figure *figure)
{
    if (!figure)
        return;
    for (size_t i = 0; i < figure->n_curves; i++) {
        free(figure->curves[i].name);
        free(figure->curves[i].path);
        free(figure->curves[i].points);
    }
    for (size_t i = 0; i < figure->n_cells; i++) {
        free(figure->cells[i].above);
        free(figure->cells[i].below);
        free(figure->cells[i].rings);
        pp_image_free(figure->cells[i].picture);
    }
    for (size_t i = 0; i < figure->n_runs; i++) {
        free(figure->runs ? figure->runs[i] : NULL);
        free(figure->methods ? figure->methods[i] : NULL);
    }
    free(figure->curves);
    free(figure->cells);
    free(figure->runs);
    free(figure->methods);
    free(figure->y_of);
    free(figure->n_images);
    free(figure);
}

/* ---- Filling ----------------------------------------------------------------------------------------------------- */

pp_curve *pp_figure_add_curve(pp_figure *figure, size_t run, const char *name, const char *path, size_t n, pp_error *err)
{
    if (pp_array_grow((void **)&figure->curves, &figure->curve_capacity, figure->n_curves + 1, sizeof *figure->curves) != 0) {
        pp_no_memory(err, "a figure");
        return NULL;
    }
    pp_curve *curve = &figure->curves[figure->n_curves++];
    *curve = (pp_curve){ .run = run, .name = strdup(name), .path = strdup(path), .points = pp_array_new(n, sizeof *curve->points) };
    if (curve->name && curve->path && curve->points)
        return curve;
    pp_no_memory(err, "a figure");
    return NULL;
}

pp_code pp_figure_add_cell(pp_figure *figure, size_t run, size_t row, size_t column, const char *above, const char *below, pp_image *picture,
                           const pp_pixel *rings, size_t n_rings, pp_error *err)
{
    if (pp_array_grow((void **)&figure->cells, &figure->cell_capacity, figure->n_cells + 1, sizeof *figure->cells) != 0) {
        pp_image_free(picture);
        return pp_no_memory(err, "a figure");
    }
    pp_cell *cell = &figure->cells[figure->n_cells++];
    *cell = (pp_cell){ .run = run, .row = row, .column = column, .above = strdup(above), .below = strdup(below), .picture = picture,
                       .n_rings = n_rings };
    cell->rings = pp_array_new(n_rings, sizeof *cell->rings);
    if (!cell->above || !cell->below || !cell->rings)
        return pp_no_memory(err, "a figure");
    if (n_rings)
        memcpy(cell->rings, rings, n_rings * sizeof *rings);
    figure->n_rows = row + 1 > figure->n_rows ? row + 1 : figure->n_rows;
    figure->n_columns = column + 1 > figure->n_columns ? column + 1 : figure->n_columns;
    return PP_OK;
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

pp_code pp_figure_csv(const void *what, FILE *out, pp_error *err)
{
    const pp_figure *figure = what;
    if (!figure->kind->columns)
        return pp_fail(err, PP_ARG, "figure %s is made of pictures and has no numbers of its own; show --csv trace has those of the stages",
                       figure->kind->name);
    fprintf(out, "run,image,curve,%s\n", figure->kind->columns);
    for (size_t i = 0; i < figure->n_curves; i++)
        for (size_t k = 0; k < figure->curves[i].n_points; k++) {
            const pp_curve *curve = &figure->curves[i];
            pp_csv_text(out, figure->runs[curve->run], false);
            pp_csv_text(out, curve->path, false);
            pp_csv_text(out, curve->name, false);
            fprintf(out, "%.9g,%.9g\n", curve->points[k].x, curve->points[k].y);
        }
    return PP_OK;
}
