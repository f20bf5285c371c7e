/* map.c - the one-pixel map: each pixel, or each N-th in both directions, is set to each corner of the colour cube, and the lowest margin
 * is kept. With all pixels it is exhaustive over corner colours: whether any of them flips the answer is then known, not sampled. Colours
 * between the corners are left out. */
#include "attack/map.h"

#include "attack/run.h"
#include "base/array.h"
#include "base/error.h"

#include <assert.h>
#include <string.h>

enum { MOST_COLOURS = 8, PLACES_AT_ONCE = 8 };

static pp_code begin_oracle(pp_mapping *mapping, pp_model *model, const pp_image *image, const pp_params *params, pp_error *err);
static pp_code list_places(pp_mapping *mapping, const pp_image *image, size_t stride, pp_error *err);

pp_code pp_mapping_begin(pp_mapping *mapping, pp_model *model, const pp_image *image, size_t stride, const pp_params *params,
                         const volatile int *cancel, pp_error *err)
{
    *mapping = (pp_mapping){ 0 };
    if (image->width != model->geometry.width || image->height != model->geometry.height || image->channels != model->geometry.channels)
        return pp_fail(err, PP_ARG, "the image is %dx%d with %d channels; the model takes %dx%d with %d", image->width, image->height,
                       image->channels, model->geometry.width, model->geometry.height, model->geometry.channels);
    if (stride < 1)
        return pp_fail(err, PP_ARG, "--stride: 0; expected at least 1");
    pp_code code = pp_goal_check(model, params, err);
    if (code == PP_OK)
        code = pp_constraint_read(&mapping->mask, model, params, err);
    if (code == PP_OK)
        code = pp_constraint_init(&mapping->constraint, image, mapping->mask, params, err);
    if (code == PP_OK)
        code = list_places(mapping, image, stride, err);
    if (code == PP_OK)
        code = begin_oracle(mapping, model, image, params, err);
    mapping->oracle.cancel = cancel;
    return code;
}

static pp_code list_places(pp_mapping *mapping, const pp_image *image, size_t stride, pp_error *err)
{
    const pp_constraint *c = &mapping->constraint;
    size_t n_all = 0;
    pp_map_result *map = mapping->map = pp_array_new(1, sizeof *map);
    if (map)
        map->points = pp_array_new(c->n_places, sizeof *map->points);
    if (!map || !map->points)
        return pp_no_memory(err, "a map");
    map->width = image->width;
    map->height = image->height;
    map->stride = stride;
    map->n_colours = c->gray ? 2 : MOST_COLOURS;
    map->max_change = c->max_change;
    for (size_t y = 0; y < (size_t)image->height; y += stride)
        for (size_t x = 0; x < (size_t)image->width; x += stride, n_all++)
            if (pp_may_change(c, (int)x, (int)y))
                map->points[map->n_points++].pixel = (pp_pixel){ .x = (uint16_t)x, .y = (uint16_t)y };
    map->constrained = map->n_points < n_all;
    if (map->n_points == 0)
        return pp_fail(err, PP_ARG, "of the pixels at multiples of --stride %zu the constraints leave none; take a smaller stride", stride);
    return PP_OK;
}

static pp_code begin_oracle(pp_mapping *mapping, pp_model *model, const pp_image *image, const pp_params *params, pp_error *err)
{
    pp_oracle *oracle = &mapping->oracle;
    pp_map_result *map = mapping->map;
    pp_status status = PP_FAILED;
    pp_code code = pp_model_choose_engine(model, image, 1, err);
    if (code == PP_OK)
        code = pp_oracle_init(oracle, model, err);
    if (code == PP_OK)
        code = pp_oracle_begin(oracle, image, err);
    if (code == PP_OK)
        code = pp_goal_for(&oracle->goal, &status, model, params, oracle->class_original, -1, err);
    if (code != PP_OK)
        return code;
    if (status == PP_NOT_IN_GOAL)
        return pp_fail(err, PP_ARG, "--goal %s does not speak of this image: the model calls it %s", params->goal.goal,
                       pp_model_class_name(model, oracle->class_original));
    map->class_original = oracle->class_original;
    map->target = oracle->goal.towards ? oracle->goal.class_index : -1;
    map->p_original = oracle->p_original;
    map->margin_original = pp_oracle_original_margin(oracle);
    map->queries = oracle->queries;
    return PP_OK;
}

void pp_mapping_end(pp_mapping *mapping)
{
    pp_oracle_clear(&mapping->oracle);
    pp_constraint_clear(&mapping->constraint);
    pp_image_free(mapping->mask);
    pp_map_result_free(mapping->map);
    *mapping = (pp_mapping){ 0 };
}

void pp_map_result_free(pp_map_result *map)
{
    if (!map)
        return;
    free(map->points);
    free(map);
}

/* ---- A step ------------------------------------------------------------------------------------------------------ */

/* The pixel in each corner colour that is not its own already. @return how many */
static size_t make_colours(const pp_mapping *mapping, pp_pixel place, pp_pixel pixels[MOST_COLOURS])
{
    const pp_constraint *c = &mapping->constraint;
    size_t n = 0;
    for (size_t corner = 0; corner < mapping->map->n_colours; corner++) {
        pp_pixel *pixel = &pixels[n];
        *pixel = place;
        for (int i = 0; i < 3 && i < c->original->channels; i++)
            pixel->value[i] = corner >> (c->gray ? 0 : 2 - i) & 1 ? 255 : 0;
        pp_clamp_colour(c, pixel);
        n += !pp_image_has(c->original, *pixel);
    }
    assert(n > 0);
    return n;
}

/* Whether a verdict says more about the place than another that came before it. */
static bool is_better(const pp_verdict *now, const pp_verdict *before)
{
    return now->reached != before->reached ? now->reached : now->margin < before->margin;
}

/* The colour to keep of one place. One that flips is asked about again: it is only believed if the reference says so, too, and else
 * counts with what the reference says. */
static pp_code choose_colour(pp_mapping *mapping, const pp_pixel *pixels, pp_verdict *verdicts, size_t n, pp_map_point *point, pp_error *err)
{
    bool confirmed[MOST_COLOURS] = { false };
    size_t best;
    for (;;) {
        best = 0;
        for (size_t i = 1; i < n; i++)
            if (is_better(&verdicts[i], &verdicts[best]))
                best = i;
        if (!verdicts[best].reached || confirmed[best])
            break;
        pp_code code = pp_oracle_confirm(&mapping->oracle, &(pp_candidate){ &pixels[best], 1 }, &verdicts[best], err);
        if (code != PP_OK)
            return code;
        confirmed[best] = true;
    }
    *point = (pp_map_point){ .pixel = pixels[best], .margin = verdicts[best].margin, .p_original = verdicts[best].p_original,
                             .decision = verdicts[best].decision, .flips = verdicts[best].reached };
    return PP_OK;
}

void pp_mapping_add(pp_mapping *mapping, const pp_map_point *point)
{
    pp_map_result *map = mapping->map;
    pp_pixel pixels[MOST_COLOURS];
    map->queries += make_colours(mapping, map->points[map->n_done].pixel, pixels);
    map->points[map->n_done] = *point;
    map->n_flips += point->flips;
    if (point->margin < map->points[map->lowest].margin)
        map->lowest = map->n_done;
    map->n_done++;
}

pp_code pp_mapping_step(pp_mapping *mapping, pp_error *err)
{
    const pp_map_result *map = mapping->map;
    size_t n_places = map->n_points - map->n_done < PLACES_AT_ONCE ? map->n_points - map->n_done : PLACES_AT_ONCE;
    size_t first[PLACES_AT_ONCE + 1] = { 0 }, n_scored;
    pp_pixel pixels[PLACES_AT_ONCE * MOST_COLOURS];
    pp_candidate candidates[PLACES_AT_ONCE * MOST_COLOURS] = { 0 };
    pp_verdict verdicts[PLACES_AT_ONCE * MOST_COLOURS];
    pp_map_point points[PLACES_AT_ONCE];
    for (size_t i = 0; i < n_places; i++)
        first[i + 1] = first[i] + make_colours(mapping, map->points[map->n_done + i].pixel, pixels + first[i]);
    for (size_t i = 0; i < first[n_places]; i++)
        candidates[i] = (pp_candidate){ &pixels[i], 1 };
    pp_code code = pp_oracle_score(&mapping->oracle, candidates, first[n_places], verdicts, &n_scored, err);
    for (size_t i = 0; code == PP_OK && i < n_places; i++)
        code = choose_colour(mapping, pixels + first[i], verdicts + first[i], first[i + 1] - first[i], &points[i], err);
    for (size_t i = 0; code == PP_OK && i < n_places; i++)
        pp_mapping_add(mapping, &points[i]);
    return code;
}
