/* map_picture.c - a one-pixel map as a picture: from dark violet, where the margin stays highest, to yellow, where it is lowest. The colours
 * are matplotlib's viridis (Smith & van der Walt 2015, CC0), whose lightness rises evenly: it reads the same printed in gray. */
#include "report/map.h"

#include <string.h>

enum { N_ANCHORS = 9 };
static const uint8_t ANCHORS[N_ANCHORS][3] = {
    { 68, 1, 84 }, { 71, 45, 123 }, { 59, 82, 139 }, { 44, 114, 142 }, { 33, 145, 140 },
    { 40, 174, 128 }, { 94, 201, 98 }, { 173, 220, 48 }, { 253, 231, 37 },
};

void pp_map_colour(double level, uint8_t colour[3])
{
    double at = level * (N_ANCHORS - 1);
    int below = at >= N_ANCHORS - 1 ? N_ANCHORS - 2 : (int)at;
    for (int c = 0; c < 3; c++)
        colour[c] = (uint8_t)(ANCHORS[below][c] + (at - below) * (ANCHORS[below + 1][c] - ANCHORS[below][c]) + 0.5);
}

static void fill_block(pp_image *picture, const pp_map_result *map, const pp_map_point *point, const uint8_t colour[3])
{
    for (size_t y = point->pixel.y; y < point->pixel.y + map->stride && y < (size_t)map->height; y++)
        for (size_t x = point->pixel.x; x < point->pixel.x + map->stride && x < (size_t)map->width; x++)
            memcpy(picture->data + 3 * (y * (size_t)map->width + x), colour, 3);
}

double pp_map_highest(const pp_map_result *map)
{
    double highest = map->points[map->lowest].margin;
    for (size_t i = 0; i < map->n_done; i++)
        highest = map->points[i].margin > highest ? map->points[i].margin : highest;
    return highest;
}

pp_code pp_map_picture(pp_image **picture, const pp_map_result *map, pp_error *err)
{
    pp_image *made;
    pp_code code = pp_image_new(&made, map->width, map->height, 3, err);
    if (code != PP_OK)
        return code;
    double lowest = map->points[map->lowest].margin, highest = pp_map_highest(map);
    for (size_t i = 0; i < map->n_done; i++) {
        uint8_t colour[3];
        pp_map_colour(highest > lowest ? (highest - map->points[i].margin) / (highest - lowest) : 0, colour);
        fill_block(made, map, &map->points[i], colour);
    }
    *picture = made;
    return PP_OK;
}
