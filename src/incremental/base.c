/* base.c - the maps of the base image, and how large a change of them is. */
#include "incremental/batch.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>

static size_t n_values(const pp_map *map)
{
    return (size_t)map->height * (size_t)map->width * (size_t)map->channels;
}

pp_code pp_base_new(pp_base *base, const pp_program *program, pp_error *err)
{
    int widest = 1;
    *base = (pp_base){ .maps = pp_array_new((size_t)program->n_maps, sizeof *base->maps) };
    bool room = base->maps != NULL;
    for (int m = 0; room && m < program->n_maps; m++) {
        const pp_map *map = &program->maps[m];
        widest = map->channels > widest ? map->channels : widest;
        base->maps[m] = pp_array_new(n_values(map), sizeof(float));
        room = base->maps[m] != NULL;
    }
    base->zeros = pp_array_new((size_t)widest, sizeof(float));
    base->limits = pp_array_new((size_t)program->n_maps, sizeof(float));
    return room && base->zeros && base->limits ? PP_OK : pp_no_memory(err, "the base's maps");
}

void pp_base_clear(pp_base *base, const pp_program *program)
{
    for (int m = 0; base->maps && m < program->n_maps; m++)
        free(base->maps[m]);
    free(base->maps);
    free(base->zeros);
    free(base->limits);
    *base = (pp_base){ 0 };
}

static double root_mean_square(const float *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum / (double)n);
}

void pp_base_set_limits(pp_base *base, const pp_program *program, double share)
{
    for (int m = 0; m < program->n_maps; m++) {
        const pp_map *map = &program->maps[m];
        bool is_one = map->height * map->width == 1;
        float limit = is_one ? 0 : (float)(share * root_mean_square(base->maps[m], n_values(map)));
        base->limits[m] = isfinite(limit) ? limit : 0; /* of values that are no numbers nothing is small */
    }
}
