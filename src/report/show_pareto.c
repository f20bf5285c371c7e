/* show_pareto.c - pixels against confidence, image by image. */
#include "base/array.h"
#include "base/error.h"
#include "report/format.h"
#include "report/text_table.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* The images that are told of, and what was seen of each. */
typedef struct fronts {
    pp_image_record *images;
    size_t n_images;
    pp_pareto_point **points; /* n_images; NULL: not told of */
    size_t *n_points;         /* n_images */
} fronts;

static bool is_named(const pp_image_record *image, const char *name)
{
    return !name || strcmp(image->path, name) == 0 || strcmp(image->name, name) == 0;
}

static pp_code read_fronts(fronts *f, const char *dir, const char *name, pp_error *err)
{
    pp_store *store = NULL;
    size_t n_named = 0;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &f->images, &f->n_images, err);
    if (code == PP_OK) {
        f->points = pp_array_new(f->n_images, sizeof *f->points);
        f->n_points = pp_array_new(f->n_images, sizeof *f->n_points);
        code = f->points && f->n_points ? PP_OK : pp_no_memory(err, "the rows of a run");
    }
    for (size_t i = 0; code == PP_OK && i < f->n_images; i++) {
        bool named = is_named(&f->images[i], name);
        n_named += named;
        if (named && strcmp(f->images[i].status, "success") == 0)
            code = pp_store_read_pareto(store, f->images[i].id, &f->points[i], &f->n_points[i], err);
    }
    pp_store_close(store);
    if (code == PP_OK && n_named == 0 && name)
        code = pp_fail(err, PP_ARG, "--image: '%s' is no image of the run in %s; say its path as it was given, or its name in %s/originals", name,
                       dir, dir);
    return code;
}

static void clear_fronts(fronts *f)
{
    for (size_t i = 0; f->points && i < f->n_images; i++)
        free(f->points[i]);
    free(f->points);
    free(f->n_points);
    pp_image_records_free(f->images, f->n_images);
}

static pp_code write_table(const void *what, FILE *out, pp_error *err)
{
    const fronts *f = what;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    pp_text_table_add(&table, "image");
    pp_text_table_add(&table, "pixels");
    pp_text_table_add(&table, "P(was)");
    for (size_t i = 0; i < f->n_images; i++)
        for (size_t k = 0; k < f->n_points[i]; k++) {
            pp_text_table_add(&table, "%s", f->images[i].path);
            pp_text_table_add(&table, "%zu", f->points[i][k].n_pixels);
            pp_text_table_add(&table, "%.4f", f->points[i][k].p_original);
        }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed ? pp_no_memory(err, "a table") : PP_OK;
}

static pp_code write_csv(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const fronts *f = what;
    fprintf(out, "path,pixels,p_original\n");
    for (size_t i = 0; i < f->n_images; i++)
        for (size_t k = 0; k < f->n_points[i]; k++) {
            pp_csv_text(out, f->images[i].path, false);
            fprintf(out, "%zu,%.9g\n", f->points[i][k].n_pixels, f->points[i][k].p_original);
        }
    return PP_OK;
}

static json_t *front_object(const fronts *f, size_t i)
{
    json_t *object = json_object(), *points = json_array();
    for (size_t k = 0; k < f->n_points[i]; k++) {
        json_t *point = json_object();
        json_object_set_new(point, "pixels", json_integer((json_int_t)f->points[i][k].n_pixels));
        json_object_set_new(point, "p_original", pp_json_real(f->points[i][k].p_original));
        json_array_append_new(points, point);
    }
    json_object_set_new(object, "path", pp_json_string(f->images[i].path));
    json_object_set_new(object, "points", points);
    return object;
}

static json_t *fronts_object(const fronts *f)
{
    json_t *object = json_object(), *images = json_array();
    for (size_t i = 0; i < f->n_images; i++)
        if (f->points[i])
            json_array_append_new(images, front_object(f, i));
    json_object_set_new(object, "images", images);
    return object;
}

pp_code pp_show_pareto(const char *dir, const char *image, const char *format_name, char **text, pp_error *err)
{
    fronts f = { 0 };
    pp_format format;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code == PP_OK)
        code = read_fronts(&f, dir, image, err);
    if (code == PP_OK)
        code = format == PP_FORMAT_JSON ? pp_json_text(text, fronts_object(&f), err)
                                        : pp_written_text(text, format == PP_FORMAT_CSV ? write_csv : write_table, &f, err);
    clear_fronts(&f);
    return code;
}
