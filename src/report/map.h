/* map.h - the one-pixel map: its file, and the forms in which it is told. */
#ifndef PP_REPORT_MAP_H
#define PP_REPORT_MAP_H

#include "attack/map.h"

#include <stdio.h>

/* The CSV file that a map is written to while it is made. */
typedef struct pp_map_file {
    FILE *stream; /* NULL: none is wanted */
    const char *path;
} pp_map_file;

/* Opens plan->csv, if one is named; with plan->resume, what it holds is added to the mapping, and a line that is not whole cut off.
 * @return PP_OK, or as pp_map_make: the file is as it was */
pp_code pp_map_file_open(pp_map_file *file, const pp_map_plan *plan, pp_mapping *mapping, const pp_params *params, pp_error *err);
/* Appends the points from first on that are done. */
pp_code pp_map_file_append(pp_map_file *file, const pp_map_result *map, size_t first, pp_error *err);
/* @return code, if that is a failure; else whether all has arrived in the file */
pp_code pp_map_file_close(pp_map_file *file, pp_code code, pp_error *err);

/* The highest margin of all points: the dark end of the picture. The bright one is the lowest. */
double pp_map_highest(const pp_map_result *map);

/* The colour of a level in [0, 1]: from dark violet to yellow. */
void pp_map_colour(double level, uint8_t colour[3]);

/* The header, and points as lines. */
void pp_map_write_header(FILE *out);
void pp_map_write_points(const pp_map_result *map, size_t first, FILE *out);

#endif
