/* map_make.c - makes a one-pixel map from begin to end: place by place, each written down as soon as it is known. */
#include "report/map.h"

#include "base/error.h"

static void tell(const pp_watch *watch, const pp_mapping *mapping, int what, size_t n_known)
{
    const pp_map_result *map = mapping->map;
    if (!watch || !watch->progress)
        return;
    double seconds = pp_now() - mapping->oracle.started;
    size_t n_now = map->n_done - n_known;
    pp_progress progress = {
        .n_images = 1, .n_finished = map->n_done, .n_to_attack = map->n_points, .path = "", .status = PP_FAILED,
        .n_pixels = map->n_flips ? 1 : 0, .p_original = map->n_done ? map->points[map->lowest].p_original : map->p_original,
        .queries = mapping->oracle.queries, .seconds = seconds,
        .seconds_left = n_now ? seconds / (double)n_now * (double)(map->n_points - map->n_done) : -1,
        .note = what == PP_ENGINE_CHOSEN ? mapping->oracle.model->engine_note : NULL,
    };
    progress.what = what;
    watch->progress(watch->user, &progress);
}

static pp_code do_all(pp_mapping *mapping, pp_map_file *file, const pp_watch *watch, pp_error *err)
{
    const pp_map_result *map = mapping->map;
    size_t n_known = map->n_done;
    pp_code code = PP_OK;
    while (code == PP_OK && map->n_done < map->n_points) {
        size_t first = map->n_done;
        code = pp_mapping_step(mapping, err);
        if (code == PP_OK)
            code = pp_map_file_append(file, map, first, err);
        if (code == PP_OK)
            tell(watch, mapping, PP_MAP_STEP, n_known);
    }
    return code;
}

pp_code pp_map_make(pp_map_result **map, pp_model *model, const pp_image *image, const pp_params *params, const pp_map_plan *plan,
                    const pp_watch *watch, pp_error *err)
{
    pp_mapping mapping;
    pp_map_file file = { 0 };
    pp_code code = pp_mapping_begin(&mapping, model, image, plan->stride, params, watch ? watch->cancel : NULL, err);
    if (code == PP_OK)
        code = pp_map_file_open(&file, plan, &mapping, params, err);
    if (code == PP_OK) {
        tell(watch, &mapping, PP_ENGINE_CHOSEN, 0);
        code = pp_map_file_close(&file, do_all(&mapping, &file, watch, err), err);
    }
    if (code == PP_OK) {
        *map = mapping.map;
        mapping.map = NULL;
    }
    pp_mapping_end(&mapping);
    return code;
}
