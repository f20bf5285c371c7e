/* figure_script.c - figures as gnuplot's commands. What tells curves apart is never colour alone: dashes and marks differ, too, and the colours
 * (Okabe & Ito 2008) differ in lightness, so that a print in gray can be read. */
#include "report/figure.h"
#include "report/gnuplot.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 900, LEGEND_WIDTH = 200, PANEL_HEIGHT = 400, SHARES_HEIGHT = 480, ROW_HEIGHT = 70, AXIS_HEIGHT = 150, NAME = 44, TITLE = 90, N_MARKS = 9, LINE = 2000 };
static const double ZERO = 0.5; /* where 0 is put on a logarithmic axis of whole numbers */

/* ---- Shared ------------------------------------------------------------------------------------------------------ */

static void write_line(FILE *out, const char *command, const char *text, size_t most)
{
    fprintf(out, "%s ", command);
    pp_gnuplot_text(out, text, most);
    fputc('\n', out);
}

/* Line styles 1 to 15: no two share colour, dashes and mark. */
static void write_styles(double width, FILE *out)
{
    static const char *const COLOURS[] = { "#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9" };
    static const int MARKS[] = { 7, 5, 9, 11, 13, 6, 4, 8, 10, 12, 1, 2, 3, 15, 14 };
    for (int i = 0; i < PP_FIGURE_MOST_IMAGES; i++)
        fprintf(out, "set style line %d linecolor rgb '%s' dashtype %d linewidth %g pointtype %d pointsize 0.8\n", i + 1, COLOURS[i % 7],
                i % 5 + 1, width, MARKS[i]);
    fprintf(out, "set border 3\nset tics nomirror out\nset grid linecolor rgb '#c8c8c8' dashtype solid linewidth 0.5\n");
}

/* What a run is called, and how many images it is shown by. The method is said where the folder's name does not. */
static void name_run(char name[LINE], const pp_figure *figure, size_t run)
{
    bool told = strstr(figure->runs[run], figure->methods[run]) != NULL;
    snprintf(name, LINE, "%s%s%s (n = %zu)", figure->runs[run], told ? "" : ", ", told ? "" : figure->methods[run], figure->n_images[run]);
}

static double largest_x(const pp_figure *figure)
{
    double largest = 1;
    for (size_t i = 0; i < figure->n_curves; i++)
        for (size_t k = 0; k < figure->curves[i].n_points; k++)
            largest = fmax(largest, figure->curves[i].points[k].x);
    return largest;
}

static double largest_y(const pp_figure *figure)
{
    double largest = 1;
    for (size_t i = 0; i < figure->n_curves; i++)
        for (size_t k = 0; k < figure->curves[i].n_points; k++)
            largest = fmax(largest, figure->curves[i].points[k].y);
    return largest;
}

/* A logarithmic axis of whole numbers, up to a bit more than largest, with 1, 2, 5, 10, ... on it, or 1, 10, 100, ... where it is long; with_zero: 0
 * stands at its left end. */
static void write_log_axis(FILE *out, char axis, double largest, bool with_zero)
{
    static const int STEPS[] = { 1, 2, 5 };
    bool first = true;
    fprintf(out, "set logscale %c\nset %crange [%g:%.9g]\nset %ctics font ',10' (", axis, axis, with_zero ? ZERO : 0.8, largest * 1.25, axis);
    if (with_zero) {
        fprintf(out, "'0' %g", ZERO);
        first = false;
    }
    for (double decade = 1; decade <= largest * 1.25; decade *= 10)
        for (int i = 0; i < (largest > 5000 ? 1 : 3); i++)
            if (decade * STEPS[i] <= largest * 1.25) {
                fprintf(out, "%s'%.0f' %.0f", first ? "" : ", ", decade * STEPS[i], decade * STEPS[i]);
                first = false;
            }
    fprintf(out, ")\n");
}

/* Each curve's points as $c1, $c2, ...; without_zero: for a logarithmic axis, where 0 is put at its left end. */
static void write_data(const pp_figure *figure, bool without_zero, double end, FILE *out)
{
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        fprintf(out, "$c%zu << EOD\n", i + 1);
        for (size_t k = 0; k < curve->n_points; k++) {
            double x = curve->points[k].x;
            fprintf(out, "%.9g %.9g\n", without_zero && x < ZERO ? ZERO : x, curve->points[k].y);
        }
        if (curve->n_points && end > curve->points[curve->n_points - 1].x) /* the last level goes on to the edge */
            fprintf(out, "%.9g %.9g\n", end, curve->points[curve->n_points - 1].y);
        fprintf(out, "EOD\n");
    }
}

/* A curve with a few marks on it, and its line in the legend; style from 1. expression: of its columns. */
static void write_curve(FILE *out, size_t index, size_t n_points, const char *how, const char *expression, int style, const char *name)
{
    size_t every = (n_points + N_MARKS - 1) / N_MARKS;
    fprintf(out, "  $c%zu using %s with %s linestyle %d notitle, \\\n", index + 1, expression, how, style);
    fprintf(out, "  $c%zu using %s every %zu with points linestyle %d notitle, \\\n", index + 1, expression, every ? every : 1, style);
    fprintf(out, "  keyentry with linespoints linestyle %d title ", style);
    pp_gnuplot_text(out, name, NAME);
}

/* ---- Figures 3 and 4: a panel for each run ----------------------------------------------------------------------- */

void pp_size_panels(const pp_figure *figure, int *width, int *height)
{
    *width = WIDTH;
    *height = PANEL_HEIGHT * (int)figure->n_runs;
}

static void write_panel(const pp_figure *figure, size_t run, const char *how, FILE *out)
{
    char title[LINE];
    int style = 0;
    name_run(title, figure, run);
    write_line(out, "set title", title, TITLE);
    write_line(out, "set ylabel", figure->y_of[run] ? figure->y_of[run] : figure->kind->y, TITLE);
    if (figure->n_images[run] == 0) {
        fprintf(out, "set label 1 'no image was flipped' at graph 0.5,0.5 center\nplot NaN notitle\nunset label 1\n");
        return;
    }
    fprintf(out, "plot \\\n");
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        if (curve->run != run)
            continue;
        if (style)
            fprintf(out, ", \\\n");
        write_curve(out, i, curve->n_points, how, "1:2", style++ % PP_FIGURE_MOST_IMAGES + 1, curve->name);
    }
    fputc('\n', out);
}

/* Panels share their axes, so that runs can be held against each other. */
void pp_write_panels(const pp_figure *figure, FILE *out)
{
    bool iterations = strcmp(figure->kind->name, "3") == 0;
    write_styles(iterations ? 1.6 : 0.8, out); /* P goes up and down a lot */
    write_data(figure, !iterations, 0, out);
    write_line(out, "set xlabel", figure->kind->x, TITLE);
    fprintf(out, "set key outside right top Left reverse samplen 3 font ',10'\n");
    if (iterations) {
        fprintf(out, "set xrange [0:%.9g]\n", largest_x(figure) * 1.02);
        write_log_axis(out, 'y', largest_y(figure), false);
    } else {
        fprintf(out, "set yrange [0:1.02]\n");
        write_log_axis(out, 'x', largest_x(figure), true);
    }
    fprintf(out, "set multiplot layout %zu,1\n", figure->n_runs);
    for (size_t i = 0; i < figure->n_runs; i++)
        write_panel(figure, i, iterations ? "steps" : "lines", out);
    fprintf(out, "unset multiplot\n");
}

/* ---- Figure 6: a row for each run -------------------------------------------------------------------------------- */

void pp_size_boxes(const pp_figure *figure, int *width, int *height)
{
    *width = WIDTH;
    *height = AXIS_HEIGHT + ROW_HEIGHT * (int)figure->n_runs;
}

/* Between the values of rank q (n - 1), as NumPy has it. */
static double quantile(const pp_curve *curve, double q)
{
    double at = q * (double)(curve->n_points - 1);
    size_t below = (size_t)at;
    double low = curve->points[below].x, high = below + 1 < curve->n_points ? curve->points[below + 1].x : low;
    return low + (at - (double)below) * (high - low);
}

/* Images of one number of pixels lie over each other, away from the row's middle by turns. */
static void write_dots(const pp_figure *figure, FILE *out)
{
    fprintf(out, "$dots << EOD\n");
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        for (size_t k = 0; k < curve->n_points; k++)
            fprintf(out, "%.9g %.4g\n", curve->points[k].x, (double)(figure->n_runs - curve->run) + 0.07 * ((double)(k % 5) - 2));
    }
    fprintf(out, "EOD\n$boxes << EOD\n"); /* the least, quartiles, the most; row */
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        if (curve->n_points)
            fprintf(out, "%.9g %.9g %.9g %.9g %.9g %zu\n", quantile(curve, 0), quantile(curve, 0.25), quantile(curve, 0.5), quantile(curve, 0.75),
                    quantile(curve, 1), figure->n_runs - curve->run);
    }
    fprintf(out, "EOD\n");
}

void pp_write_boxes(const pp_figure *figure, FILE *out)
{
    write_styles(1.6, out);
    write_dots(figure, out);
    write_line(out, "set title", "Disturbed pixels of the images that were flipped", TITLE);
    write_line(out, "set xlabel", figure->kind->x, TITLE);
    write_log_axis(out, 'x', largest_x(figure), false);
    fprintf(out, "set yrange [0.4:%zu.6]\nunset ytics\nset ytics scale 0 (", figure->n_runs);
    for (size_t i = 0; i < figure->n_runs; i++) {
        char name[LINE];
        name_run(name, figure, i);
        fprintf(out, i ? ", " : "");
        pp_gnuplot_text(out, name, NAME);
        fprintf(out, " %zu", figure->n_runs - i);
    }
    fprintf(out, ")\nset grid noytics xtics\nset key tmargin center horizontal Left reverse samplen 2 font ',10'\n"
                 "plot \\\n"
                 "  $boxes using 3:6:2:4:($6-0.3):($6+0.3) with boxxyerror fillstyle solid 1 fillcolor rgb '#d9e6f2' linecolor rgb '#404040' title 'half of the images', \\\n"
                 "  $boxes using 1:6:($2-$1):(0) with vectors nohead linecolor rgb '#404040' linewidth 1.2 notitle, \\\n"
                 "  $boxes using 4:6:($5-$4):(0) with vectors nohead linecolor rgb '#404040' linewidth 1.2 title 'least to most', \\\n"
                 "  $boxes using 3:($6-0.3):(0):(0.6) with vectors nohead linecolor rgb '#D55E00' linewidth 3 title 'median', \\\n"
                 "  $dots with points pointtype 6 pointsize 0.6 linecolor rgb '#000000' title 'an image'\n");
}

/* ---- Robust accuracy: all runs in one ----------------------------------------------------------------------------- */

void pp_size_shares(const pp_figure *figure, int *width, int *height)
{
    *width = figure->n_curves > 1 ? WIDTH + LEGEND_WIDTH : WIDTH;
    *height = SHARES_HEIGHT;
}

void pp_write_shares(const pp_figure *figure, FILE *out)
{
    double largest = largest_x(figure);
    bool first = true;
    char name[LINE];
    write_styles(1.6, out);
    write_data(figure, true, largest * 1.25, out);
    write_line(out, "set xlabel", figure->kind->x, TITLE);
    write_line(out, "set ylabel", figure->kind->y, TITLE);
    name_run(name, figure, 0);
    write_line(out, "set title", figure->n_runs == 1 ? name : figure->kind->title, TITLE);
    fprintf(out, "set yrange [0:104]\nset ytics 20\nset key %s\n",
            figure->n_curves > 1 ? "outside right top Left reverse samplen 3 font ',10'" : "off");
    write_log_axis(out, 'x', largest, true);
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        if (curve->n_points == 0)
            continue;
        if (*curve->name)
            snprintf(name, sizeof name, "%s%s%s", figure->n_runs > 1 ? figure->runs[curve->run] : "", figure->n_runs > 1 ? ", " : "", curve->name);
        else
            name_run(name, figure, curve->run);
        fprintf(out, first ? "plot \\\n" : ", \\\n");
        write_curve(out, i, curve->n_points, "steps", "1:(100*$2)", (int)(i % PP_FIGURE_MOST_IMAGES) + 1, name);
        first = false;
    }
    fprintf(out, first ? "set label 1 'no image was looked at' at graph 0.5,0.5 center\nplot NaN notitle\n" : "\n");
}

/* ---- Figures 2 and 5: pictures ------------------------------------------------------------------------------------ */

enum { CELL = 200, CELL_TEXT = 30 };
static const double GAP = 0.08, HEAD = 0.24; /* as shares of a cell's width */

/* Heights as shares of the width; the highest picture's, for runs may have images of another shape. */
static double cell_height(const pp_figure *figure)
{
    double highest = 0.5;
    for (size_t i = 0; i < figure->n_cells; i++)
        highest = fmax(highest, (double)figure->cells[i].picture->height / figure->cells[i].picture->width);
    return highest + HEAD + GAP;
}

/* What stands left of the pictures. */
static double left_edge(const pp_figure *figure)
{
    return figure->n_runs > 1 ? 0.14 : GAP;
}

void pp_size_pictures(const pp_figure *figure, int *width, int *height)
{
    size_t columns = figure->n_columns ? figure->n_columns : 2, rows = figure->n_rows ? figure->n_rows : 1;
    *width = (int)(CELL * (left_edge(figure) + (1 + GAP) * (double)columns));
    *height = (int)(CELL * (GAP + cell_height(figure) * (double)rows));
}

static void write_rings(const pp_figure *figure, double height, FILE *out)
{
    fprintf(out, "$rings << EOD\n");
    for (size_t i = 0; i < figure->n_cells; i++) {
        const pp_cell *cell = &figure->cells[i];
        double left = (1 + GAP) * (double)cell->column, top = -height * (double)cell->row - HEAD;
        for (size_t k = 0; k < cell->n_rings; k++)
            fprintf(out, "%.6g %.6g\n", left + (cell->rings[k].x + 0.5) / cell->picture->width, top - (cell->rings[k].y + 0.5) / cell->picture->width);
    }
    fprintf(out, "EOD\n");
}

static void write_captions(const pp_figure *figure, double height, FILE *out)
{
    for (size_t i = 0; i < figure->n_cells; i++) {
        const pp_cell *cell = &figure->cells[i];
        const char *lines[] = { cell->above, cell->below };
        for (int k = 0; k < 2; k++) {
            fprintf(out, "set label ");
            pp_gnuplot_text(out, lines[k], CELL_TEXT);
            fprintf(out, " at %.6g,%.6g center font ',10'\n", (1 + GAP) * (double)cell->column + 0.5,
                    -height * (double)cell->row - HEAD * (k ? 0.75 : 0.35));
        }
    }
}

/* Of several runs, each row says whose it is. */
static void write_row_names(const pp_figure *figure, double height, FILE *out)
{
    for (size_t i = 0; figure->n_runs > 1 && i < figure->n_cells; i++) {
        const pp_cell *cell = &figure->cells[i];
        if (cell->column > 0)
            continue;
        fprintf(out, "set label ");
        pp_gnuplot_text(out, figure->runs[cell->run], CELL_TEXT);
        fprintf(out, " at %.6g,%.6g center rotate font ',10'\n", -0.06, -height * (double)cell->row - HEAD - 0.5 * (height - HEAD - GAP));
    }
}

/* One drawing whose unit is a picture's width. Picture i is the file i.png. */
void pp_write_pictures(const pp_figure *figure, FILE *out)
{
    double height = cell_height(figure);
    bool rings = false;
    fprintf(out, "unset border\nunset tics\nunset key\nset margins 0,0,0,0\nset size ratio -1\n");
    fprintf(out, "set xrange [%g:%g]\nset yrange [%g:0]\n", -left_edge(figure), (1 + GAP) * (double)(figure->n_columns ? figure->n_columns : 2),
            -height * (double)(figure->n_rows ? figure->n_rows : 1) - GAP);
    write_rings(figure, height, out);
    write_captions(figure, height, out);
    write_row_names(figure, height, out);
    if (figure->n_cells == 0)
        fprintf(out, "set label 'no image was flipped' at graph 0.5,0.5 center\nplot NaN\n");
    for (size_t i = 0; i < figure->n_cells; i++) {
        const pp_cell *cell = &figure->cells[i];
        int w = cell->picture->width, h = cell->picture->height;
        fprintf(out, "%s'%zu.png' binary filetype=png origin=(%.6g,%.6g) dx=%.9g dy=%.9g with rgbimage notitle", i ? ", \\\n  " : "plot \\\n  ", i + 1,
                (1 + GAP) * (double)cell->column + 0.5 / w, -height * (double)cell->row - HEAD - (h - 0.5) / w, 1.0 / w, 1.0 / w);
        rings = rings || cell->n_rings;
    }
    if (rings)
        fprintf(out, ", \\\n  $rings using 1:2:(0.026) with circles linecolor rgb 'red' linewidth 1.2 fillstyle empty border linecolor rgb 'red' notitle");
    fputc('\n', out);
}
