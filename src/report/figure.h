/* figure.h - the figures of the paper, and the robust-accuracy curve: the numbers behind them, read off run folders, and their drawing.
 *
 * Figures 3, 4 and 6 and the two robust-accuracy figures are curves, Figures 2 and 5 are pictures. figure.c reads runs and chooses images,
 * figure_curves.c and figure_pictures.c say what is shown of a run, figure_script.c writes it for gnuplot, and draw.c has it drawn. */
#ifndef PP_REPORT_FIGURE_H
#define PP_REPORT_FIGURE_H

#include "image/image.h"
#include "report/show.h"

typedef struct pp_figure pp_figure;

/* A run that a figure is made of. */
typedef struct pp_figure_run {
    const char *dir;
    size_t index;           /* among the figure's runs */
    pp_run_rows rows;
    pp_trace_record *trace; /* n_trace, by image and step */
    size_t n_trace;
    size_t *chosen;         /* n_chosen indices of rows.images, rising: images that flipped, chosen by the seed */
    size_t n_chosen;
} pp_figure_run;

/* One kind of figure. */
typedef struct pp_figure_kind {
    const char *name;       /* of --figure */
    const char *title;
    const char *x, *y;      /* what the axes tell, with units; NULL of pictures */
    const char *columns;    /* names of x and y in CSV */
    size_t n_images;        /* of each run, unless said otherwise; 0: all */
    pp_code (*add)(pp_figure *figure, const pp_figure_run *run, pp_error *err);    /* what is shown of a run */
    void (*write)(const pp_figure *figure, FILE *out); /* as gnuplot's commands, after the terminal is set */
    void (*size)(const pp_figure *figure, int *width, int *height); /* of the drawing, in points */
} pp_figure_kind;

typedef struct pp_point {
    double x, y;
} pp_point;

/* A curve, of an image or of a run. */
typedef struct pp_curve {
    size_t run;  /* index into the figure's runs */
    char *name;  /* of the image in originals/, or what sets the curve apart; "" where the run says all. Not escaped */
    char *path;  /* of the image as given, or "" */
    pp_point *points;
    size_t n_points;
} pp_curve;

/* One picture of Figure 2 or 5. */
typedef struct pp_cell {
    size_t run, row, column;
    char *above, *below;  /* two lines over it: not escaped */
    pp_image *picture;
    pp_pixel *rings;      /* n_rings places to ring in red */
    size_t n_rings;
} pp_cell;

struct pp_figure {
    const pp_figure_kind *kind;
    char **runs;          /* n_runs names of folders, without what they share; not escaped */
    char **methods;       /* n_runs */
    const char **y_of;    /* n_runs: the y label of each, where it differs from the kind's, else NULL */
    size_t *n_images;     /* n_runs: images that the run's curves stand for */
    size_t n_runs, n_read;/* all; those added yet */
    pp_curve *curves;
    size_t n_curves, curve_capacity;
    pp_cell *cells;
    size_t n_cells, cell_capacity, n_rows, n_columns;
};

enum { PP_FIGURE_MOST_RUNS = 12, PP_FIGURE_MOST_IMAGES = 15 };

/* A kind by its name: "2", "3", "4", "5", "6", "robust", "robust-queries". */
pp_code pp_figure_find(const pp_figure_kind **kind, const char *name, pp_error *err);

/* What is shown of the runs in dirs. n_images: at most so many of each run, where a figure shows single ones; 0: as the kind has it.
 * *figure: the caller's, pp_figure_free. @return PP_OK; PP_ARG: no such figure, or too many runs; else as pp_show */
pp_code pp_figure_read(pp_figure **figure, const char *name, const char *const *dirs, size_t n_dirs, size_t n_images, pp_error *err);
void pp_figure_free(pp_figure *figure);

/* The numbers as CSV: run, image, x, y. A pp_writer; what is a pp_figure. PP_ARG of pictures: they have none. */
pp_code pp_figure_csv(const void *what, FILE *out, pp_error *err);

/* Drawn by gnuplot, as "svg", "pdf" or "png", in memory. dir: an empty folder for gnuplot's script and what it needs, which are left
 * there; NULL: a temporary one. *bytes: n and a zero after them (SVG is text), the caller's, free().
 * @return PP_OK; PP_IO: gnuplot is not installed or does not work, or a file cannot be written; PP_MEMORY */
pp_code pp_figure_draw(char **bytes, size_t *n, const pp_figure *figure, const char *format, const char *dir, pp_error *err);

/* ---- For the files that fill a figure ---- */

/* A new curve at the end, with room for n points; 'points' and n_points are for the caller to fill. NULL: out of memory, err says so. */
pp_curve *pp_figure_add_curve(pp_figure *figure, size_t run, const char *name, const char *path, size_t n, pp_error *err);
/* A new picture at the end, which takes picture (also on failure). above and below: copied. */
pp_code pp_figure_add_cell(pp_figure *figure, size_t run, size_t row, size_t column, const char *above, const char *below, pp_image *picture,
                           const pp_pixel *rings, size_t n_rings, pp_error *err);
/* An image's rows of the trace. */
const pp_trace_record *pp_figure_trace(const pp_figure_run *run, size_t image, size_t *n);

/* ---- The kinds' own functions ---- */

pp_code pp_add_figure_2(pp_figure *figure, const pp_figure_run *run, pp_error *err);
pp_code pp_add_figure_3(pp_figure *figure, const pp_figure_run *run, pp_error *err);
pp_code pp_add_figure_4(pp_figure *figure, const pp_figure_run *run, pp_error *err);
pp_code pp_add_figure_5(pp_figure *figure, const pp_figure_run *run, pp_error *err);
pp_code pp_add_figure_6(pp_figure *figure, const pp_figure_run *run, pp_error *err);
pp_code pp_add_robust(pp_figure *figure, const pp_figure_run *run, pp_error *err);
pp_code pp_add_robust_queries(pp_figure *figure, const pp_figure_run *run, pp_error *err);

void pp_write_panels(const pp_figure *figure, FILE *out);
void pp_write_boxes(const pp_figure *figure, FILE *out);
void pp_write_shares(const pp_figure *figure, FILE *out);
void pp_write_pictures(const pp_figure *figure, FILE *out);
void pp_size_panels(const pp_figure *figure, int *width, int *height);
void pp_size_boxes(const pp_figure *figure, int *width, int *height);
void pp_size_shares(const pp_figure *figure, int *width, int *height);
void pp_size_pictures(const pp_figure *figure, int *width, int *height);

#endif
