/* map_file.c - a one-pixel map as CSV, written while it is made, and read again to go on with it. Its first line, a comment, says what it
 * is a map of: a file whose first line is another is not gone on with. */
#include "report/map.h"

#include "base/error.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char HEADER[] = "x,y,r,g,b,margin,p_original,decision,flips\n";
enum { IDENTITY_SIZE = 300 };

void pp_map_write_header(FILE *out)
{
    fputs(HEADER, out);
}

/* In as many digits as it takes to read the same numbers back. */
void pp_map_write_points(const pp_map_result *map, size_t first, FILE *out)
{
    for (size_t i = first; i < map->n_done; i++) {
        const pp_map_point *p = &map->points[i];
        fprintf(out, "%d,%d,%d,%d,%d,%.17g,%.17g,%d,%d\n", p->pixel.x, p->pixel.y, p->pixel.value[0], p->pixel.value[1], p->pixel.value[2],
                p->margin, p->p_original, p->decision, p->flips);
    }
}

/* The first line: all that the points depend on. What has no name of its own goes into the last hash. */
static void make_identity(const pp_mapping *mapping, const pp_params *params, char identity[IDENTITY_SIZE])
{
    const pp_model *model = mapping->oracle.model;
    const pp_goal *goal = &mapping->oracle.goal;
    const pp_constraint *c = &mapping->constraint;
    char asked[2048], fit[256], values[256];
    pp_model_fit_text(model, fit);
    pp_model_values_text(model, values);
    snprintf(asked, sizeof asked, "%d %d %.17g %d; %d %d %s; %d %zu %.17g %.17g; %s; %s; %s", goal->towards, goal->class_index,
             goal->confidence, goal->labels_only, c->gray, c->max_change, mapping->mask ? pp_image_digest(mapping->mask).hex : "",
             model->head.softmax, model->head.selected, model->head.threshold, params->engine.change_threshold, model->score_source, fit,
             values);
    snprintf(identity, IDENTITY_SIZE, "# pinprick map, stride %zu, model %.64s, image %.64s, asked %.64s\n", mapping->map->stride,
             model->digest.hex, pp_image_digest(c->original).hex, pp_digest_of(NULL, 0, asked, strlen(asked)).hex);
}

static pp_code cannot(const char *path, const char *what, pp_error *err)
{
    return pp_fail(err, PP_IO, "%s: cannot be %s: %s", path, what, strerror(errno));
}

static pp_code begin_file(pp_map_file *file, const char *identity, pp_error *err)
{
    file->stream = fopen(file->path, "wx");
    if (!file->stream && errno == EEXIST)
        return pp_fail(err, PP_IO, "%s: is there already; --resume goes on with it, or name another", file->path);
    if (!file->stream)
        return cannot(file->path, "written", err);
    fputs(identity, file->stream);
    pp_map_write_header(file->stream);
    return fflush(file->stream) == 0 ? PP_OK : cannot(file->path, "written", err);
}

/* A whole line, as pp_map_write_points wrote it. */
static bool read_point(const char *line, const pp_mapping *mapping, pp_map_point *point)
{
    const pp_map_result *map = mapping->map;
    unsigned x, y, value[3];
    int flips, end = 0;
    if (map->n_done == map->n_points || sscanf(line, "%u,%u,%u,%u,%u,%lf,%lf,%d,%d%n", &x, &y, &value[0], &value[1], &value[2], &point->margin,
                                               &point->p_original, &point->decision, &flips, &end) != 9)
        return false;
    const pp_pixel *place = &map->points[map->n_done].pixel;
    for (int i = 0; i < 3; i++)
        point->pixel.value[i] = (uint8_t)value[i];
    point->pixel.x = place->x;
    point->pixel.y = place->y;
    point->flips = flips == 1;
    return line[end] == '\n' && x == place->x && y == place->y && value[0] < 256 && value[1] < 256 && value[2] < 256 &&
           (flips == 0 || flips == 1) && isfinite(point->margin) && point->p_original >= 0 && point->p_original <= 1 &&
           point->decision >= 0 && point->decision < mapping->oracle.model->head.n_classes;
}

/* Adds what the lines say. *end: where the last whole one ends. */
static pp_code read_lines(pp_map_file *file, const char *identity, pp_mapping *mapping, off_t *end, pp_error *err)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    pp_code code = PP_OK;
    pp_map_point point = { 0 };
    for (size_t number = 1; code == PP_OK && (n = getline(&line, &size, file->stream)) > 0 && line[n - 1] == '\n'; number++) {
        if (number == 1 && strncmp(line, "# pinprick map,", 15) == 0 && strcmp(line, identity) != 0)
            code = pp_fail(err, PP_MISMATCH, "%s: is a map of another model, image, stride, goal or constraints", file->path);
        else if (number > 2 ? !read_point(line, mapping, &point) : strcmp(line, number == 1 ? identity : HEADER) != 0)
            code = pp_fail(err, PP_FORMAT, "%s: line %zu is not what a map has there", file->path, number);
        else if (number > 2)
            pp_mapping_add(mapping, &point);
        *end = ftello(file->stream);
    }
    if (code == PP_OK && ferror(file->stream))
        code = cannot(file->path, "read", err);
    else if (code == PP_OK && *end < (off_t)(strlen(identity) + strlen(HEADER)))
        code = pp_fail(err, PP_FORMAT, "%s: has not the first two lines of a map", file->path);
    free(line);
    return code;
}

static pp_code go_on(pp_map_file *file, const char *identity, pp_mapping *mapping, pp_error *err)
{
    off_t end = 0;
    file->stream = fopen(file->path, "r+");
    if (!file->stream)
        return cannot(file->path, "opened", err);
    pp_code code = read_lines(file, identity, mapping, &end, err);
    if (code == PP_OK && (fseeko(file->stream, end, SEEK_SET) != 0 || ftruncate(fileno(file->stream), end) != 0))
        code = cannot(file->path, "written", err);
    return code;
}

pp_code pp_map_file_open(pp_map_file *file, const pp_map_plan *plan, pp_mapping *mapping, const pp_params *params, pp_error *err)
{
    char identity[IDENTITY_SIZE];
    *file = (pp_map_file){ .path = plan->csv };
    if (!plan->csv)
        return PP_OK;
    make_identity(mapping, params, identity);
    pp_code code = plan->resume ? go_on(file, identity, mapping, err) : begin_file(file, identity, err);
    return code == PP_OK ? PP_OK : pp_map_file_close(file, code, err);
}

pp_code pp_map_file_append(pp_map_file *file, const pp_map_result *map, size_t first, pp_error *err)
{
    if (!file->stream)
        return PP_OK;
    pp_map_write_points(map, first, file->stream);
    return fflush(file->stream) == 0 ? PP_OK : cannot(file->path, "written", err);
}

pp_code pp_map_file_close(pp_map_file *file, pp_code code, pp_error *err)
{
    bool closed = !file->stream || fclose(file->stream) == 0;
    file->stream = NULL;
    return code == PP_OK && !closed ? cannot(file->path, "written", err) : code;
}
