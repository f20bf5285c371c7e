/* figures.c - the figures of all runs: their numbers into the data, their drawings, made by gnuplot, into the view. */
#include "base/error.h"
#include "page/page.h"
#include "report/figure.h"

#include <string.h>

/* A figure's place on the page, and what its picture says to those who do not see it. */
static const struct { const char *name, *heading, *alt; } SHOWN[] = {
    { "robust", "", "Curve: share of images still classified right, against pixels that an attacker may change." },
    { "robust-queries", "", "Curve: share of images still classified right, against queries spent on each image." },
    { "3", "Figure 3. ", "Curves: disturbed pixels against iterations, one for each of up to 15 images." },
    { "4", "Figure 4. ", "Curves: probability against disturbed pixels, one for each of up to 15 images." },
    { "6", "Figure 6. ", "Distribution of the disturbed pixels of all images that flipped." },
};

static json_t *curve_object(const pp_figure *figure, const pp_curve *curve)
{
    json_t *object = json_object(), *points = json_array();
    for (size_t k = 0; k < curve->n_points; k++)
        json_array_append_new(points, json_pack("[f, f]", curve->points[k].x, curve->points[k].y));
    json_object_set_new(object, "run", pp_json_string(figure->runs[curve->run]));
    json_object_set_new(object, "image", pp_json_string(curve->path));
    json_object_set_new(object, "curve", pp_json_string(curve->name));
    json_object_set_new(object, "points", points);
    return object;
}

/* The same points for the template, which has names but no places. */
static json_t *curve_view(const pp_curve *curve)
{
    json_t *object = json_object(), *rows = json_array();
    for (size_t k = 0; k < curve->n_points; k++)
        json_array_append_new(rows, json_pack("{s:f, s:f}", "x", curve->points[k].x, "y", curve->points[k].y));
    json_object_set_new(object, "rows", rows);
    return object;
}

/* Without gnuplot the page says why there is no drawing, and shows the numbers. */
static pp_code draw(json_t *view, const pp_figure *figure, pp_error *err)
{
    char *bytes = NULL;
    size_t n;
    pp_error why;
    pp_code code = pp_figure_draw(&bytes, &n, figure, "svg", NULL, &why);
    if (code == PP_MEMORY)
        return pp_no_memory(err, "a figure");
    if (code == PP_OK)
        json_object_set_new(view, "drawing", pp_data_url("image/svg+xml", (uint8_t *)bytes, n));
    else
        json_object_set_new(view, "why", pp_json_string(why.message));
    return PP_OK;
}

static pp_code tell_figure(json_t *data, json_t *view, const pp_figure *figure, pp_error *err)
{
    const char *comma = strchr(figure->kind->columns, ',');
    json_t *curves = json_array(), *views = json_array();
    for (size_t i = 0; i < figure->n_curves; i++) {
        json_array_append_new(curves, curve_object(figure, &figure->curves[i]));
        json_array_append_new(views, curve_view(&figure->curves[i]));
    }
    json_object_set_new(data, "name", json_string(figure->kind->name));
    json_object_set_new(data, "title", json_string(figure->kind->title));
    json_object_set_new(data, "x_name", json_stringn(figure->kind->columns, (size_t)(comma - figure->kind->columns)));
    json_object_set_new(data, "y_name", json_string(comma + 1));
    json_object_set_new(data, "curves", curves);
    json_object_set_new(view, "curves", views);
    return figure->n_curves ? draw(view, figure, err) : PP_OK;
}

static const double AT[] = { 0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000 };
enum { N_AT = sizeof AT / sizeof *AT };

/* How many of AT it takes until no curve falls any more. */
static size_t count_milestones(const pp_figure *figure)
{
    size_t n = 0;
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        double last = curve->n_points ? curve->points[curve->n_points - 1].x : 0;
        while (n < N_AT && (n == 0 || AT[n - 1] < last))
            n++;
    }
    return n;
}

/* The share still right at a few numbers of pixels: what the answer says in words. The same numbers for all runs. */
static void tell_milestones(json_t *view, json_t *runs, const pp_figure *figure)
{
    size_t n = count_milestones(figure);
    json_t *at = json_array();
    json_object_set_new(view, "milestones", at);
    for (size_t m = 0; m < n; m++)
        json_array_append_new(at, json_integer((json_int_t)AT[m]));
    for (size_t i = 0; i < figure->n_curves; i++) {
        const pp_curve *curve = &figure->curves[i];
        json_t *shares = json_array();
        for (size_t m = 0, k = 0; curve->n_points && m < n; m++) {
            while (k + 1 < curve->n_points && curve->points[k + 1].x <= AT[m])
                k++;
            json_array_append_new(shares, json_pack("{s:f}", "percent", 100 * curve->points[k].y));
        }
        json_object_set_new(json_array_get(runs, curve->run), "right", shares);
    }
}

pp_code pp_page_figures(json_t *data, json_t *view, const char *const *dirs, size_t n_dirs, pp_error *err)
{
    json_t *figures = json_array(), *views = json_array();
    pp_code code = PP_OK;
    json_object_set_new(data, "figures", figures);
    json_object_set_new(view, "figures", views);
    for (size_t i = 0; code == PP_OK && i < sizeof SHOWN / sizeof *SHOWN; i++) {
        pp_figure *figure = NULL;
        json_t *one = json_object(), *one_view = json_object();
        json_array_append_new(figures, one);
        json_array_append_new(views, one_view);
        json_object_set_new(one_view, "heading", json_string(SHOWN[i].heading));
        json_object_set_new(one_view, "is_answer", json_boolean(!*SHOWN[i].heading));
        json_object_set_new(one_view, "alt", json_string(SHOWN[i].alt));
        code = pp_figure_read(&figure, SHOWN[i].name, dirs, n_dirs, 0, err);
        if (code == PP_OK)
            code = tell_figure(one, one_view, figure, err);
        if (code == PP_OK && i == 0)
            tell_milestones(view, json_object_get(view, "runs"), figure);
        pp_figure_free(figure);
    }
    return code;
}
