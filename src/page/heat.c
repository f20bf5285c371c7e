/* heat.c - where pixels were changed, over all images of a run, beside the mean of their originals. Single pixels are lost in a picture
 * of 224 x 224, so they are counted in square cells, about 28 along the longer side. */
#include "base/array.h"
#include "base/error.h"
#include "page/page.h"
#include "report/map.h"

#include <string.h>

enum { CELLS = 28 };

pp_code pp_heat_init(pp_heat *heat, int width, int height, int channels, pp_error *err)
{
    size_t longest = (size_t)(width > height ? width : height), cell = (longest + CELLS - 1) / CELLS;
    *heat = (pp_heat){ .width = width, .height = height, .channels = channels, .cell = cell,
                       .n_columns = ((size_t)width + cell - 1) / cell, .n_rows = ((size_t)height + cell - 1) / cell };
    heat->counts = pp_array_new(heat->n_rows * heat->n_columns, sizeof *heat->counts);
    heat->sums = pp_array_new((size_t)width * (size_t)height * (size_t)channels, sizeof *heat->sums);
    return heat->counts && heat->sums ? PP_OK : pp_no_memory(err, "a heat map");
}

void pp_heat_clear(pp_heat *heat)
{
    free(heat->counts);
    free(heat->sums);
    *heat = (pp_heat){ 0 };
}

void pp_heat_add_original(pp_heat *heat, const pp_image *original)
{
    if (original->width != heat->width || original->height != heat->height || original->channels != heat->channels)
        return; /* a file that was changed since */
    size_t n = (size_t)heat->width * (size_t)heat->height * (size_t)heat->channels;
    for (size_t i = 0; i < n; i++)
        heat->sums[i] += original->data[i];
    heat->n_images++;
}

void pp_heat_add_pixels(pp_heat *heat, const pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pixels[i].x < heat->width && pixels[i].y < heat->height)
            heat->counts[pixels[i].y / heat->cell * heat->n_columns + pixels[i].x / heat->cell]++;
}

static uint64_t highest_count(const pp_heat *heat)
{
    uint64_t highest = 0;
    for (size_t i = 0; i < heat->n_rows * heat->n_columns; i++)
        highest = heat->counts[i] > highest ? heat->counts[i] : highest;
    return highest;
}

/* One pixel a cell: the page enlarges it. */
static void draw_cells(pp_image *picture, const pp_heat *heat)
{
    double highest = (double)highest_count(heat);
    for (size_t i = 0; i < heat->n_rows * heat->n_columns; i++)
        pp_map_colour(highest > 0 ? (double)heat->counts[i] / highest : 0, picture->data + 3 * i);
}

static void draw_mean(pp_image *picture, const pp_heat *heat)
{
    size_t n = (size_t)heat->width * (size_t)heat->height * (size_t)heat->channels;
    for (size_t i = 0; i < n; i++)
        picture->data[i] = (uint8_t)(heat->sums[i] / (double)heat->n_images + 0.5);
}

static pp_code add_picture(json_t *view, const char *name, const pp_heat *heat, size_t width, size_t height, int channels,
                           void (*draw)(pp_image *picture, const pp_heat *heat), pp_error *err)
{
    pp_image *picture = NULL;
    uint8_t *bytes = NULL;
    size_t n;
    pp_code code = pp_image_new(&picture, (int)width, (int)height, channels, err);
    if (code != PP_OK)
        return code;
    draw(picture, heat);
    code = pp_image_encode(&bytes, &n, picture, 0, 0, err);
    pp_image_free(picture);
    if (code == PP_OK)
        json_object_set_new(view, name, pp_data_url("image/png", bytes, n));
    return code;
}

pp_code pp_heat_tell(const pp_heat *heat, json_t *data, json_t *view, pp_error *err)
{
    if (heat->n_images == 0)
        return PP_OK;
    json_t *map = json_object(), *pictures = json_object(), *counts = json_array();
    for (size_t i = 0; i < heat->n_rows * heat->n_columns; i++)
        json_array_append_new(counts, pp_json_count(heat->counts[i]));
    json_object_set_new(map, "cell", pp_json_count(heat->cell));
    json_object_set_new(map, "columns", pp_json_count(heat->n_columns));
    json_object_set_new(map, "rows", pp_json_count(heat->n_rows));
    json_object_set_new(map, "highest", pp_json_count(highest_count(heat)));
    json_object_set_new(map, "originals", pp_json_count(heat->n_images));
    json_object_set_new(map, "counts", counts);
    json_object_set_new(data, "heat", map);
    json_object_set_new(view, "heat", pictures);
    json_object_set_new(pictures, "grid_width", pp_json_count(heat->cell * heat->n_columns));
    json_object_set_new(pictures, "grid_height", pp_json_count(heat->cell * heat->n_rows));
    pp_code code = add_picture(pictures, "map", heat, heat->n_columns, heat->n_rows, 3, draw_cells, err);
    return code == PP_OK ? add_picture(pictures, "mean", heat, (size_t)heat->width, (size_t)heat->height, heat->channels, draw_mean, err) : code;
}
