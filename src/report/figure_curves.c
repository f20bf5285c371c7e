/* figure_curves.c - what the curves show of a run: the numbers behind Figures 3, 4 and 6 and the robust-accuracy curves. */
#include "base/array.h"
#include "base/error.h"
#include "report/figure.h"

#include <math.h>
#include <string.h>

enum { MOST_RUNS_WITH_LEVELS = 5 };

static int by_number(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* ---- Figures 3 and 4: one curve an image ------------------------------------------------------------------------- */

/* Every decrease, and the end of the search. */
pp_code pp_add_figure_3(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    for (size_t i = 0; i < run->n_chosen; i++) {
        size_t n, image = run->chosen[i];
        const pp_trace_record *trace = pp_figure_trace(run, image, &n);
        const pp_attack_record *attack = run->rows.attack_of[image];
        const pp_image_record *record = &run->rows.images[image];
        pp_curve *curve = pp_figure_add_curve(figure, run->index, record->name, record->path, n + 1, err);
        if (!curve)
            return PP_MEMORY;
        for (size_t k = 0; k < n; k++)
            curve->points[curve->n_points++] = (pp_point){ (double)trace[k].generation, (double)trace[k].n_pixels };
        if (n == 0 || trace[n - 1].generation < attack->generations)
            curve->points[curve->n_points++] = (pp_point){ (double)attack->generations, (double)attack->l0 };
    }
    return PP_OK;
}

/* Whether the probability of the positive class is known of all images shown: the trace has that of the original's class, and of two classes
 * the other one has the rest. */
static bool knows_positive(const pp_figure_run *run)
{
    const pp_run_rows *rows = &run->rows;
    bool all_positive = rows->run.positive >= 0;
    for (size_t i = 0; i < run->n_chosen; i++)
        all_positive = all_positive && rows->attack_of[run->chosen[i]]->class_original == rows->run.positive;
    return all_positive || (rows->run.positive >= 0 && json_array_size(rows->class_names) == 2);
}

/* The original, then from the fewest pixels up. Where P(positive) is not known (no positive class, or more than two classes), the probability of the class that
 * the image had at first. */
pp_code pp_add_figure_4(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    bool positive = knows_positive(run);
    figure->y_of[run->index] = positive ? NULL : "P(class of the original)";
    for (size_t i = 0; i < run->n_chosen; i++) {
        size_t n, image = run->chosen[i];
        const pp_trace_record *trace = pp_figure_trace(run, image, &n);
        const pp_image_record *record = &run->rows.images[image];
        const pp_attack_record *attack = run->rows.attack_of[image];
        bool turned = positive && attack->class_original != run->rows.run.positive;
        pp_curve *curve = pp_figure_add_curve(figure, run->index, record->name, record->path, n + 1, err);
        if (!curve)
            return PP_MEMORY;
        curve->points[curve->n_points++] = (pp_point){ 0, turned ? 1 - attack->p_original : attack->p_original };
        for (size_t k = n; k-- > 0;)
            if (k == n - 1 || trace[k].n_pixels != trace[k + 1].n_pixels)
                curve->points[curve->n_points++] =
                    (pp_point){ (double)trace[k].n_pixels, turned ? 1 - trace[k].p_original : trace[k].p_original };
    }
    return PP_OK;
}

/* ---- Figure 6: pixels of all images that flipped ------------------------------------------------------------------ */

/* Rising pixels; y: the share of images with no more. */
pp_code pp_add_figure_6(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    pp_curve *curve = pp_figure_add_curve(figure, run->index, "", "", run->n_chosen, err);
    double *pixels = pp_array_new(run->n_chosen, sizeof *pixels);
    if (!curve || !pixels) {
        free(pixels);
        return pp_no_memory(err, "a figure");
    }
    for (size_t i = 0; i < run->n_chosen; i++)
        pixels[i] = (double)run->rows.attack_of[run->chosen[i]]->l0;
    qsort(pixels, run->n_chosen, sizeof *pixels, by_number);
    for (size_t i = 0; i < run->n_chosen; i++)
        curve->points[i] = (pp_point){ pixels[i], (double)(i + 1) / (double)run->n_chosen };
    for (size_t i = run->n_chosen; i-- > 1;) /* equal ones share the last one's */
        if (pixels[i - 1] == pixels[i])
            curve->points[i - 1].y = curve->points[i].y;
    curve->n_points = run->n_chosen;
    free(pixels);
    return PP_OK;
}

/* ---- Robust accuracy --------------------------------------------------------------------------------------------- */

/* When each image that counts goes wrong: rising; INFINITY: never in this run. */
/* From how many pixels on an image is wrong, or after how many queries a set of at most so many pixels was there (most; 0: the first). */
static double find_fall(const pp_figure_run *run, size_t image, bool queries, uint64_t most)
{
    size_t n;
    if (!pp_run_flipped(&run->rows, image)) /* what its trace has was not verified */
        return INFINITY;
    if (!queries)
        return (double)run->rows.attack_of[image]->l0;
    const pp_trace_record *trace = pp_figure_trace(run, image, &n);
    for (size_t i = 0; i < n; i++)
        if (most == 0 || trace[i].n_pixels <= most)
            return (double)trace[i].queries;
    return INFINITY;
}

/* What a run knows of its images; those that are unreadable, or that the goal does not speak of, do not count. */
typedef struct falls {
    double *at;                /* of the n images attacked, ascending */
    size_t n, n_wrong, n_left; /* misclassified: wrong from the start; classified right, the attack is still to do */
} falls;

static pp_code collect_falls(falls *f, const pp_figure_run *run, bool queries, uint64_t most, pp_error *err)
{
    f->at = pp_array_new(run->rows.n_images, sizeof *f->at);
    if (!f->at)
        return pp_no_memory(err, "a figure");
    for (size_t i = 0; i < run->rows.n_images; i++) {
        const char *status = run->rows.images[i].status;
        if (strcmp(status, "misclassified") == 0)
            f->n_wrong++;
        else if (strcmp(status, "ready") == 0)
            f->n_left++;
        else if (run->rows.attack_of[i])
            f->at[f->n++] = find_fall(run, i, queries, most);
    }
    qsort(f->at, f->n, sizeof *f->at, by_number);
    return PP_OK;
}

/* With so many of the images attacked fallen. Those of an unfinished run stand for all that are classified right: images are all looked at before the
 * first is attacked, so the misclassified are known by then. */
static double share_right(const falls *f, size_t n_fallen)
{
    double n_right = (double)(f->n + f->n_left), n_all = n_right + (double)f->n_wrong;
    return f->n ? n_right * (double)(f->n - n_fallen) / ((double)f->n * n_all) : 0;
}

/* The share still right at 0, and from each place on where it falls. */
static pp_code add_shares(pp_figure *figure, const pp_figure_run *run, const char *name, bool queries, uint64_t most, pp_error *err)
{
    falls f = { 0 };
    pp_code code = collect_falls(&f, run, queries, most, err);
    pp_curve *curve = code == PP_OK ? pp_figure_add_curve(figure, run->index, name, "", f.n + 1, err) : NULL;
    if (code == PP_OK && !curve)
        code = PP_MEMORY;
    size_t n_fallen = 0;
    bool is_known = f.n || (f.n_wrong && !f.n_left);
    for (double x = 0; code == PP_OK && is_known && isfinite(x); x = n_fallen < f.n ? f.at[n_fallen] : INFINITY) {
        while (n_fallen < f.n && f.at[n_fallen] <= x)
            n_fallen++;
        curve->points[curve->n_points++] = (pp_point){ x, share_right(&f, n_fallen) };
    }
    figure->n_images[run->index] = is_known ? f.n + f.n_wrong : 0;
    free(f.at);
    return code;
}

pp_code pp_add_robust(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    return add_shares(figure, run, "", false, 0, err);
}

/* The first set of pixels that flips may be most of the image: so the same for small ones, unless that makes too many curves. */
pp_code pp_add_robust_queries(pp_figure *figure, const pp_figure_run *run, pp_error *err)
{
    static const struct { const char *name; uint64_t most; } LEVELS[] = { { "any number of pixels", 0 }, { "at most 100 pixels", 100 },
                                                                               { "at most 10 pixels", 10 } };
    size_t n = figure->n_runs <= MOST_RUNS_WITH_LEVELS ? sizeof LEVELS / sizeof *LEVELS : 1;
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < n; i++)
        code = add_shares(figure, run, LEVELS[i].name, true, LEVELS[i].most, err);
    return code;
}
