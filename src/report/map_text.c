/* map_text.c - what a one-pixel map says, in words and as JSON. The last sentence of the words claims no more than was tried. */
#include "report/map.h"

#include "base/error.h"
#include "report/format.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct telling {
    const pp_map_result *map;
    const pp_model *model;
} telling;

static bool is_exhaustive(const pp_map_result *map)
{
    return map->stride == 1 && map->n_done == map->n_points;
}

/* "the 8 corner colours of RGB" */
static void colours_text(const pp_map_result *map, char text[120])
{
    bool gray = map->n_colours == 2;
    if (map->max_change)
        snprintf(text, 120, "%s within %d of the pixel's own", gray ? "the darkest and the lightest gray" : "the 8 outermost colours",
                 map->max_change);
    else
        snprintf(text, 120, gray ? "black and white" : "the 8 corner colours of RGB");
}

static void places_text(const pp_map_result *map, char text[120])
{
    char stride[60];
    snprintf(stride, sizeof stride, "one pixel in %zu in both directions", map->stride);
    snprintf(text, 120, "%s%s", map->stride == 1 ? "every pixel" : stride, map->constrained ? ", of those that the constraints leave" : "");
}

static void write_sentence(const telling *t, FILE *out)
{
    const pp_map_result *map = t->map;
    char places[120], colours[120], what[300];
    places_text(map, places);
    colours_text(map, colours);
    if (map->target < 0)
        snprintf(what, sizeof what, "flips the answer");
    else
        snprintf(what, sizeof what, "makes the answer %.200s", pp_model_class_name(t->model, map->target));
    if (map->n_flips)
        fprintf(out, "A single pixel %s: %zu of the %zu that were tried do, verified by %s", what, map->n_flips, map->n_done,
                t->model->reference->name);
    else
        fprintf(out, "No single pixel %s%s", is_exhaustive(map) ? "" : "of those that were tried ", what);
    fprintf(out, " (tried: %s, with %s%s).\n", places, colours,
            map->n_flips || is_exhaustive(map) ? "" : "; --stride 1 tries all");
}

static void write_point(const telling *t, const pp_map_point *p, FILE *out)
{
    fprintf(out, "(%d, %d) set to %d", p->pixel.x, p->pixel.y, p->pixel.value[0]);
    for (int c = 1; c < pp_model_channels(t->model); c++)
        fprintf(out, ", %d", p->pixel.value[c]);
    fprintf(out, ": margin %.6g, P(%s) %.6f, answer %s\n", p->margin, pp_model_class_name(t->model, t->map->class_original), p->p_original,
            pp_model_class_name(t->model, p->decision));
}

static pp_code write_table(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const telling *t = what;
    const pp_map_result *map = t->map;
    const char *name = pp_model_class_name(t->model, map->class_original);
    fprintf(out, "original       %s, margin %.6g, P(%s) %.6f\n", name, map->margin_original, name, map->p_original);
    fprintf(out, "tried          %zu places of %dx%d, %" PRIu64 " queries\n", map->n_done, map->width, map->height, map->queries);
    fprintf(out, "lowest margin  ");
    write_point(t, &map->points[map->lowest], out);
    fprintf(out, "heat map       dark: margin %.6g; bright: %.6g\n", pp_map_highest(map), map->points[map->lowest].margin);
    write_sentence(t, out);
    return PP_OK;
}

static pp_code write_csv(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const telling *t = what;
    pp_map_write_header(out);
    pp_map_write_points(t->map, 0, out);
    return PP_OK;
}

static json_t *point_object(const telling *t, const pp_map_point *p)
{
    json_t *object = json_object(), *colour = json_array();
    for (int i = 0; i < pp_model_channels(t->model); i++)
        json_array_append_new(colour, json_integer(p->pixel.value[i]));
    json_object_set_new(object, "x", json_integer(p->pixel.x));
    json_object_set_new(object, "y", json_integer(p->pixel.y));
    json_object_set_new(object, "colour", colour);
    json_object_set_new(object, "margin", pp_json_real(p->margin));
    json_object_set_new(object, "p_original", pp_json_real(p->p_original));
    json_object_set_new(object, "decision", pp_json_string(pp_model_class_name(t->model, p->decision)));
    return object;
}

static json_t *make_object(const telling *t)
{
    const pp_map_result *map = t->map;
    json_t *object = json_object(), *flipping = json_array();
    for (size_t i = 0; i < map->n_done; i++)
        if (map->points[i].flips)
            json_array_append_new(flipping, point_object(t, &map->points[i]));
    json_object_set_new(object, "model", pp_json_string(t->model->path));
    json_object_set_new(object, "class_original", pp_json_string(pp_model_class_name(t->model, map->class_original)));
    json_object_set_new(object, "target", map->target < 0 ? json_null() : pp_json_string(pp_model_class_name(t->model, map->target)));
    json_object_set_new(object, "p_original", pp_json_real(map->p_original));
    json_object_set_new(object, "margin_original", pp_json_real(map->margin_original));
    json_object_set_new(object, "width", json_integer(map->width));
    json_object_set_new(object, "height", json_integer(map->height));
    json_object_set_new(object, "stride", pp_json_count(map->stride));
    json_object_set_new(object, "colours", pp_json_count(map->n_colours));
    json_object_set_new(object, "max_change", json_integer(map->max_change));
    json_object_set_new(object, "constrained", json_boolean(map->constrained));
    json_object_set_new(object, "exhaustive", json_boolean(is_exhaustive(map)));
    json_object_set_new(object, "places", pp_json_count(map->n_done));
    json_object_set_new(object, "queries", pp_json_count(map->queries));
    json_object_set_new(object, "lowest", point_object(t, &map->points[map->lowest]));
    json_object_set_new(object, "flipping", flipping);
    return object;
}

pp_code pp_map_text(const pp_map_result *map, const pp_model *model, const char *format_name, char **text, pp_error *err)
{
    telling t = { map, model };
    pp_format format;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code != PP_OK)
        return code;
    return format == PP_FORMAT_JSON ? pp_json_text(text, make_object(&t), err)
                                    : pp_written_text(text, format == PP_FORMAT_CSV ? write_csv : write_table, &t, err);
}
