/* test_map.c - the one-pixel map against brute force, on classifiers whose answer is known. */
#include "support.h"

#include "attack/map.h"
#include "attack/toy.h"

typedef struct scene {
    toy t;
    pp_callback spec;
    pp_params *params;
    pp_model *model;
    pp_image *image;
    pp_mapping mapping;
} scene;

/* options: pairs of a name and a value, ended by NULL */
static void set_up(scene *s, const toy *t, const char *const *options)
{
    pp_error err;
    *s = (scene){ .t = *t };
    s->spec = toy_spec(&s->t);
    s->image = toy_image(&s->t);
    assert_ok(pp_params_new(&s->params, "noise", &err), err);
    for (; options && *options; options += 2)
        assert_ok(pp_params_set(s->params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&s->model, &s->spec, s->params, &err), err);
}

static void tear_down(scene *s)
{
    pp_mapping_end(&s->mapping);
    pp_model_free(s->model);
    pp_params_free(s->params);
    pp_image_free(s->image);
}

static const pp_map_result *make(scene *s, size_t stride)
{
    pp_error err;
    assert_ok(pp_mapping_begin(&s->mapping, s->model, s->image, stride, s->params, NULL, &err), err);
    while (s->mapping.map->n_done < s->mapping.map->n_points)
        assert_ok(pp_mapping_step(&s->mapping, &err), err);
    return s->mapping.map;
}

/* Colours that are all different, so that no two places are alike. */
static void fill_with_noise(pp_image *image)
{
    for (int i = 0; i < TOY_SIDE * TOY_SIDE * image->channels; i++)
        image->data[i] = (uint8_t)(100 + i * 7919 % 57);
    memset(image->data, 0, (size_t)image->channels); /* and one that is a corner colour already */
}

static void the_planted_pixel_is_found_and_no_other(void **state)
{
    (void)state;
    scene s;
    set_up(&s, &TOYS[1], NULL); /* the pixel in the corner, and no other */
    const pp_map_result *map = make(&s, 1);
    assert_int_equal(map->n_points, TOY_SIDE * TOY_SIDE);
    assert_int_equal(map->n_flips, 1);
    assert_int_equal(map->lowest, 0);
    assert_true(map->points[0].flips && map->points[0].decision != map->class_original);
    assert_true(map->points[0].margin < 0 && map->points[0].p_original < 0.5);
    for (size_t i = 1; i < map->n_points; i++)
        assert_true(!map->points[i].flips && map->points[i].margin == map->margin_original && map->points[i].decision == map->class_original);
    assert_int_equal(map->queries, 1 + 8 * TOY_SIDE * TOY_SIDE);
    assert_false(map->constrained);
    tear_down(&s);
}

static void a_stride_that_leaves_the_planted_pixel_out_does_not_find_it(void **state)
{
    (void)state;
    toy t = TOYS[5];
    scene s;
    t.n_planted = 2;
    t.bias = 0.5;
    set_up(&s, &t, NULL);
    assert_int_equal(make(&s, 19)->n_flips, 2); /* (0, 0) and (19, 0) */
    pp_mapping_end(&s.mapping);
    assert_int_equal(make(&s, 4)->n_flips, 1);
    tear_down(&s);
}

/* Each channel of each pixel has a weight of its own, of either sign: whatever the corner, somewhere it is the best. */
static double patchwork_margin(const toy *t, const uint8_t *image)
{
    double margin = t->bias;
    for (int i = 0; i < TOY_SIDE * TOY_SIDE * t->channels; i++)
        margin += ((int)(((uint32_t)i + 7) * ((uint32_t)i + 7) * 2654435761u >> 16) % 101 - 50) * (image[i] - 128.0) / 4096;
    return (float)margin;
}

static pp_code predict_patchwork(void *user, const uint8_t *images, size_t n, float *scores)
{
    const toy *t = user;
    for (size_t i = 0; i < n; i++) {
        scores[2 * i] = 0;
        scores[2 * i + 1] = (float)patchwork_margin(t, images + i * (size_t)(TOY_SIDE * TOY_SIDE * t->channels));
    }
    return PP_OK;
}

/* The lowest margin that any corner colour gives at a place, asked one image at a time. */
static double lowest_margin(const scene *s, int x, int y, int n_colours, pp_pixel *best, int *corner_of_best)
{
    double lowest = INFINITY;
    size_t n_channels = (size_t)s->image->channels;
    uint8_t *at = s->image->data + (size_t)(y * TOY_SIDE + x) * n_channels, before[3];
    memcpy(before, at, n_channels);
    for (int corner = 0; corner < n_colours; corner++) {
        for (int c = 0; c < (int)n_channels; c++)
            at[c] = n_colours == 2 ? (uint8_t)(255 * corner) : (uint8_t)(255 * (corner >> (2 - c) & 1));
        double margin = patchwork_margin(&s->t, s->image->data);
        if (margin < lowest && memcmp(at, before, n_channels) != 0) {
            lowest = margin;
            *corner_of_best = corner;
            *best = (pp_pixel){ .x = (uint16_t)x, .y = (uint16_t)y };
            memcpy(best->value, at, n_channels);
        }
    }
    memcpy(at, before, n_channels);
    return lowest;
}

/* @return how many different corners were the best somewhere */
static int check_against_brute_force(scene *s, int stride, int n_colours)
{
    bool seen[8] = { false };
    size_t i = 0, n_flips = 0;
    int n_seen = 0;
    const pp_map_result *map = make(s, (size_t)stride);
    for (int y = 0; y < TOY_SIDE; y += stride)
        for (int x = 0; x < TOY_SIDE; x += stride, i++) {
            pp_pixel best;
            int corner = 0;
            double lowest = lowest_margin(s, x, y, n_colours, &best, &corner);
            assert_true(map->points[i].margin == lowest && same_pixels(&map->points[i].pixel, &best, 1));
            assert_int_equal(map->points[i].flips, lowest < 0);
            assert_true(lowest > map->points[map->lowest].margin || (lowest == map->points[map->lowest].margin && i >= map->lowest));
            n_flips += lowest < 0;
            n_seen += !seen[corner];
            seen[corner] = true;
        }
    assert_int_equal(i, map->n_points);
    assert_int_equal(n_flips, map->n_flips);
    return n_seen;
}

static void every_point_is_what_brute_force_finds(void **state)
{
    (void)state;
    static const struct { int channels, stride; const char *gray; } CASES[] = {
        { 3, 1, "0" }, { 3, 3, "0" }, { 1, 2, "0" }, { 3, 1, "1" }, { 3, 20, "0" }, { 3, 19, "0" },
    };
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        toy t = { .name = "patchwork", .channels = CASES[k].channels, .n_outputs = 2 };
        scene s;
        int n_colours = t.channels == 1 || *CASES[k].gray == '1' ? 2 : 8;
        set_up(&s, &t, (const char *[]){ "gray", CASES[k].gray, NULL });
        pp_model_free(s.model);
        s.spec.predict = predict_patchwork;
        fill_with_noise(s.image);
        s.t.bias = 3 - patchwork_margin(&s.t, s.image->data); /* some pixels flip it, most do not */
        assert_int_equal(pp_model_from_callback(&s.model, &s.spec, s.params, NULL), PP_OK);
        int n_best = check_against_brute_force(&s, CASES[k].stride, n_colours);
        assert_true(CASES[k].stride > 1 || n_best == n_colours);
        tear_down(&s);
    }
}

static void batches_do_not_change_the_map(void **state)
{
    (void)state;
    static const char *const BATCHES[] = { "1", "7", "64" };
    scene first;
    set_up(&first, &TOYS[0], NULL);
    fill_with_noise(first.image);
    const pp_map_result *map = make(&first, 1);
    for (int k = 0; k < 3; k++) {
        scene s;
        set_up(&s, &TOYS[0], (const char *[]){ "batch", BATCHES[k], NULL });
        fill_with_noise(s.image);
        const pp_map_result *other = make(&s, 1);
        for (size_t i = 0; i < map->n_points; i++)
            assert_true(map->points[i].margin == other->points[i].margin && same_pixels(&map->points[i].pixel, &other->points[i].pixel, 1));
        tear_down(&s);
    }
    tear_down(&first);
}

static void constraints_are_kept(void **state)
{
    (void)state;
    scene s;
    set_up(&s, &TOYS[0], (const char *[]){ "max-change", "5", "gray", "1", NULL });
    fill_with_noise(s.image);
    const pp_map_result *map = make(&s, 1);
    assert_true(map->constrained && map->n_points > 1); /* near most of these colours lies no gray */
    for (size_t i = 0; i < map->n_points; i++)
        assert_true(pp_constraint_holds(&s.mapping.constraint, &map->points[i].pixel, 1));
    tear_down(&s);
}

static void towards_a_class_only_that_class_counts(void **state)
{
    (void)state;
    scene s;
    set_up(&s, &TOYS[5], (const char *[]){ "goal", "targeted:3", NULL });
    const pp_map_result *map = make(&s, 2);
    assert_int_equal(map->target, 3);
    assert_int_equal(map->n_flips, 0);
    assert_true(map->margin_original > 0 && map->points[map->lowest].margin > 0);
    tear_down(&s);
    toy t = TOYS[5];
    t.bias = 0.5;
    set_up(&s, &t, (const char *[]){ "goal", "targeted:0", NULL });
    assert_int_equal(make(&s, 1)->n_flips, TOY_PLANTED);
    tear_down(&s);
}

static void what_makes_no_map_is_refused(void **state)
{
    (void)state;
    scene s;
    pp_error err;
    set_up(&s, &TOYS[1], (const char *[]){ "goal", "targeted:1", NULL });
    assert_int_equal(pp_mapping_begin(&s.mapping, s.model, s.image, 1, s.params, NULL, &err), PP_ARG);
    assert_string_equal(err.message, "--goal targeted:1 does not speak of this image: the model calls it 1");
    pp_mapping_end(&s.mapping);
    assert_int_equal(pp_mapping_begin(&s.mapping, s.model, s.image, 0, s.params, NULL, &err), PP_ARG);
    pp_mapping_end(&s.mapping);
    s.image->width--;
    assert_int_equal(pp_mapping_begin(&s.mapping, s.model, s.image, 1, s.params, NULL, &err), PP_ARG);
    s.image->width++;
    tear_down(&s);
}

/* ---- A flip that the reference does not see ---------------------------------------------------------------------- */

static pp_code rebase_nothing(void *state, const pp_image *base, pp_error *err)
{
    (void)state, (void)base, (void)err;
    return PP_OK;
}

/* Says that every change flips, some more than others. */
static pp_code score_wrongly(void *state, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    (void)state, (void)err;
    for (size_t i = 0; i < n; i++) {
        scores[2 * i] = candidates[i].n ? 5 + candidates[i].pixels[0].value[0] : 0;
        scores[2 * i + 1] = candidates[i].n ? 0 : 1;
    }
    return PP_OK;
}

static void close_nothing(void *state)
{
    (void)state;
}

static void a_flip_counts_only_if_the_reference_says_so_too(void **state)
{
    (void)state;
    static const pp_engine WRONG = { .name = "wrong", .rebase = rebase_nothing, .score = score_wrongly, .close = close_nothing };
    scene s;
    set_up(&s, &TOYS[1], NULL);
    s.model->engine = &WRONG;
    s.model->engine_state = &s;
    s.model->engine_chosen = true;
    s.model->dense_from = SIZE_MAX;
    const pp_map_result *map = make(&s, 1);
    assert_int_equal(map->n_flips, 1);
    assert_true(map->points[0].flips && map->points[0].margin < 0);
    assert_true(!map->points[1].flips && map->points[1].margin == (float)0.2 && map->points[1].decision == 1);
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_planted_pixel_is_found_and_no_other),
        cmocka_unit_test(a_stride_that_leaves_the_planted_pixel_out_does_not_find_it),
        cmocka_unit_test(every_point_is_what_brute_force_finds),
        cmocka_unit_test(batches_do_not_change_the_map),
        cmocka_unit_test(constraints_are_kept),
        cmocka_unit_test(towards_a_class_only_that_class_counts),
        cmocka_unit_test(what_makes_no_map_is_refused),
        cmocka_unit_test(a_flip_counts_only_if_the_reference_says_so_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
