/* page.h - the report as one HTML file: what its parts hand to each other.
 *
 * All that the page says is first put into one JSON object, "the data" (docs/report.md), which the page carries as text. The template
 * page.html is then filled from that object and from "the view": pictures, and what is only another form of the data. */
#ifndef PP_PAGE_PAGE_H
#define PP_PAGE_PAGE_H

#include "image/image.h"
#include "report/show.h"

/* Files of this folder, as text. */
extern const char pp_page_page_html[], pp_page_figure_html[], pp_page_page_css[], pp_page_page_js[];

/* Where pixels were changed, over the images of a run, and the mean of the originals. */
typedef struct pp_heat {
    int width, height, channels;
    size_t cell, n_columns, n_rows; /* pixels a side of a cell; cells */
    uint64_t *counts;               /* n_rows x n_columns: changed pixels of all images */
    double *sums;                   /* height x width x channels, over the originals */
    size_t n_images;                /* originals in sums */
} pp_heat;

/* A run that is being put on the page. data and view are JSON objects of one form: page.c lays the second over the first. */
typedef struct pp_page_run {
    const char *dir;
    size_t index;     /* among the page's runs, from 1 */
    size_t allowance; /* bytes of pictures an image may take */
    size_t most_rows; /* pixels listed below an image's pictures */
    pp_run_rows rows;
    pp_store *store;
    pp_heat heat;
    json_t *data, *view; /* owned */
} pp_page_run;

/* Fills data and view of a run, all zero but for the first four members and rows. Clear it also on failure. */
pp_code pp_page_run_read(pp_page_run *run, pp_error *err);
void pp_page_run_clear(pp_page_run *run);

/* The command that does the run again. *command: the caller's, free(). */
pp_code pp_page_command(char **command, const pp_page_run *run, pp_error *err);

/* Adds to data what show's JSON does not tell of an image, and fills view. */
pp_code pp_page_image(pp_page_run *run, size_t image, json_t *data, json_t *view, pp_error *err);

/* The figures of the runs: into data their numbers, into view their drawings. */
pp_code pp_page_figures(json_t *data, json_t *view, const char *const *dirs, size_t n_dirs, pp_error *err);

/* Every two runs on the images that both attacked: an array. NULL: no memory. */
json_t *pp_page_pairs(const pp_page_run *runs, size_t n_runs);

pp_code pp_heat_init(pp_heat *heat, int width, int height, int channels, pp_error *err);
void pp_heat_clear(pp_heat *heat);
void pp_heat_add_original(pp_heat *heat, const pp_image *original);
void pp_heat_add_pixels(pp_heat *heat, const pp_pixel *pixels, size_t n);
/* Into data the counts, into view the two pictures; nothing where there was no original. */
pp_code pp_heat_tell(const pp_heat *heat, json_t *data, json_t *view, pp_error *err);

/* Bytes as a data URL, of image/png or another type. Takes bytes. NULL: no memory. */
json_t *pp_data_url(const char *type, uint8_t *bytes, size_t n);

#endif
