/* test_noise.c - each kind of noise is what its name says, and the ladder is climbed rung by rung. */
#include "support.h"

#include "attack/noise.h"
#include "attack/run.h"
#include "attack/toy.h"

enum { SIDE = 40, N_PIXELS = SIDE * SIDE, N_DRAWS = 20 };

/* A run over an image with colours of every kind, enough to draw noise. */
typedef struct fixture {
    pp_run run;
    pp_image *original;
} fixture;

static void set_up(fixture *f, int channels)
{
    *f = (fixture){ .original = NULL };
    assert_int_equal(pp_image_new(&f->original, SIDE, SIDE, channels, NULL), PP_OK);
    for (int i = 0; i < N_PIXELS * channels; i++)
        f->original->data[i] = (uint8_t)(i * 29 + i / 7);
    f->run.original = f->original;
    f->run.scratch = calloc(N_PIXELS, sizeof *f->run.scratch);
    assert_int_equal(pp_image_copy(&f->run.canvas, f->original, NULL), PP_OK);
    pp_rng_seed(&f->run.rng, 1);
}

static void tear_down(fixture *f)
{
    pp_image_free(f->original);
    pp_image_free(f->run.canvas);
    free(f->run.scratch);
}

static const pp_rung *find_rung(const char *name)
{
    for (const pp_rung *rung = pp_noise_ladder; rung->name; rung++)
        if (strcmp(rung->name, name) == 0)
            return rung;
    fail_msg("no rung '%s'", name);
    return NULL;
}

/* Draws onto the original and calls check with each pixel before and after; returns the sum of what it says. */
static size_t draw_and_check(const pp_rung *rung, int channels, size_t (*check)(const pp_rung *rung, const uint8_t *before,
                                                                                const uint8_t *after, int channels))
{
    fixture f;
    size_t sum = 0;
    pp_error err;
    set_up(&f, channels);
    for (size_t draw = 0; draw < N_DRAWS; draw++) {
        memcpy(f.run.canvas->data, f.original->data, (size_t)(N_PIXELS * channels));
        assert_ok(rung->draw(&f.run, rung, draw, f.run.canvas, &err), err);
        for (int i = 0; i < N_PIXELS; i++)
            sum += check(rung, f.original->data + i * channels, f.run.canvas->data + i * channels, channels);
    }
    tear_down(&f);
    return sum;
}

/* ---- The rungs --------------------------------------------------------------------------------------------------- */

static void the_ladder_is_the_one_that_is_documented(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "additive 16", "additive 32", "additive 64", "additive 128", "uniform", "corners",
                                         "gray additive 16", "gray additive 32", "gray additive 64", "gray additive 128",
                                         "salt and pepper", "low frequency", "black", "white", "mid-gray", "donor" };
    size_t n = sizeof NAMES / sizeof *NAMES;
    for (size_t i = 0; i < n; i++)
        assert_string_equal(pp_noise_ladder[i].name, NAMES[i]);
    assert_null(pp_noise_ladder[n].name);
    assert_string_equal(pp_noise_uniform->name, "uniform");
}

static size_t n_lowest, n_highest; /* changes by the whole amplitude, down and up */

static size_t check_additive(const pp_rung *rung, const uint8_t *before, const uint8_t *after, int channels)
{
    for (int c = 0; c < channels; c++) {
        int change = after[c] - before[c];
        bool clipped = after[c] == 0 || after[c] == 255;
        assert_true(abs(change) <= rung->amplitude);
        n_lowest += change == -rung->amplitude;
        n_highest += change == rung->amplitude;
        if (rung->gray && c > 0 && !clipped && after[0] != 0 && after[0] != 255)
            assert_int_equal(change, after[0] - before[0]);
    }
    return 0;
}

static void additive_noise_keeps_to_its_amplitude_and_reaches_it(void **state)
{
    (void)state;
    for (const pp_rung *rung = pp_noise_ladder; rung->name; rung++)
        if (strstr(rung->name, "additive"))
            for (int channels = 1; channels <= 3; channels += 2) {
                int amplitude = 0;
                sscanf(strpbrk(rung->name, "0123456789"), "%d", &amplitude);
                assert_int_equal(rung->amplitude, amplitude);
                assert_int_equal(rung->gray, strncmp(rung->name, "gray", 4) == 0);
                n_lowest = n_highest = 0;
                draw_and_check(rung, channels, check_additive);
                assert_true(n_lowest > N_DRAWS && n_highest > N_DRAWS);
            }
}

static size_t levels[256];

static size_t count_levels(const pp_rung *rung, const uint8_t *before, const uint8_t *after, int channels)
{
    (void)rung, (void)before;
    for (int c = 0; c < channels; c++)
        levels[after[c]]++;
    return (size_t)channels;
}

static void uniform_noise_has_every_level_alike_whatever_was_there(void **state)
{
    (void)state;
    memset(levels, 0, sizeof levels);
    size_t n = draw_and_check(find_rung("uniform"), 3, count_levels);
    for (int v = 0; v < 256; v++) /* five standard deviations */
        assert_true(fabs((double)levels[v] - (double)n / 256) < 5 * sqrt((double)n / 256));
}

static void corner_noise_has_only_the_corners_of_the_colour_cube(void **state)
{
    (void)state;
    memset(levels, 0, sizeof levels);
    size_t n = draw_and_check(find_rung("corners"), 3, count_levels);
    assert_int_equal(levels[0] + levels[255], n);
    assert_true(fabs((double)levels[0] - (double)n / 2) < 5 * sqrt((double)n / 4));
}

static size_t check_salt_and_pepper(const pp_rung *rung, const uint8_t *before, const uint8_t *after, int channels)
{
    (void)rung;
    if (memcmp(before, after, (size_t)channels) == 0)
        return 0;
    for (int c = 0; c < channels; c++)
        assert_true(after[c] == after[0] && (after[c] == 0 || after[c] == 255));
    return 1;
}

static void salt_and_pepper_makes_half_of_the_pixels_black_or_white(void **state)
{
    (void)state;
    size_t n = draw_and_check(find_rung("salt and pepper"), 3, check_salt_and_pepper), half = N_PIXELS * N_DRAWS / 2;
    assert_in_range(n, half - half / 20, half + half / 20);
}

static size_t check_constant(const pp_rung *rung, const uint8_t *before, const uint8_t *after, int channels)
{
    (void)before;
    for (int c = 0; c < channels; c++)
        assert_int_equal(after[c], rung->amplitude);
    return 1;
}

static void constants_are_constant_and_need_one_draw(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int level;
    } CONSTANTS[] = { { "black", 0 }, { "white", 255 }, { "mid-gray", 128 } };
    for (size_t i = 0; i < 3; i++) {
        const pp_rung *rung = find_rung(CONSTANTS[i].name);
        assert_int_equal(rung->amplitude, CONSTANTS[i].level);
        assert_int_equal(rung->max_draws, 1);
        draw_and_check(rung, 3, check_constant);
    }
}

/* From one pixel to the next it changes by an eighth of the grid's range at most, and it does change. */
static void low_frequency_noise_is_smooth(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        fixture f;
        int low = 255, high = 0;
        pp_error err;
        set_up(&f, channels);
        const pp_rung *rung = find_rung("low frequency");
        assert_ok(rung->draw(&f.run, rung, 0, f.run.canvas, &err), err);
        const uint8_t *v = f.run.canvas->data;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                for (int c = 0; c < channels; c++) {
                    int at = (y * SIDE + x) * channels + c;
                    low = v[at] < low ? v[at] : low;
                    high = v[at] > high ? v[at] : high;
                    if (x + 1 < SIDE)
                        assert_true(abs(v[at + channels] - v[at]) <= 256 / 8 + 1);
                    if (y + 1 < SIDE)
                        assert_true(abs(v[at + SIDE * channels] - v[at]) <= 256 / 8 + 1);
                }
        assert_true(high - low > 100);
        tear_down(&f);
    }
}

/* Images of a few pixels: nothing is written outside them (the sanitizer would see). */
static void every_rung_works_on_tiny_images(void **state)
{
    (void)state;
    for (int w = 1; w <= 9; w += 2)
        for (int h = 1; h <= 9; h += 4)
            for (int channels = 1; channels <= 3; channels += 2)
                for (const pp_rung *rung = pp_noise_ladder; rung->name; rung++) {
                    pp_run run = { .gray = false };
                    pp_image *original = NULL;
                    pp_error err;
                    assert_int_equal(pp_image_new(&original, w, h, channels, NULL), PP_OK);
                    assert_int_equal(pp_image_new(&run.canvas, w, h, channels, NULL), PP_OK);
                    run.original = original;
                    run.scratch = calloc((size_t)(w * h), sizeof *run.scratch);
                    pp_rng_seed(&run.rng, 1);
                    assert_ok(rung->draw(&run, rung, 0, run.canvas, &err), err);
                    pp_image_free(original);
                    pp_image_free(run.canvas);
                    free(run.scratch);
                }
}

/* ---- Trying ------------------------------------------------------------------------------------------------------ */

/* A run with an oracle over a toy that no noise flips, or every noise. */
typedef struct trial {
    toy t;
    pp_callback spec;
    pp_params *params;
    pp_model *model;
    pp_image *original;
    pp_oracle oracle;
    pp_run run;
} trial;

static void begin_trial(trial *r, bool flips, bool coloured)
{
    pp_error err;
    *r = (trial){ .t = { .name = "trial", .channels = 3, .n_outputs = 2, .bias = flips ? 1e-9 : 1e9, .weight = 1 } };
    r->spec = toy_spec(&r->t);
    r->original = toy_image(&r->t);
    for (int i = 0; coloured && i < TOY_SIDE * TOY_SIDE; i++)
        memcpy(r->original->data + 3 * i, (uint8_t[]){ 128, 100, 30 }, 3);
    assert_ok(pp_params_new(&r->params, "noise", &err), err);
    assert_ok(pp_model_from_callback(&r->model, &r->spec, r->params, &err), err);
    assert_ok(pp_oracle_init(&r->oracle, r->model, &err), err);
    assert_ok(pp_oracle_begin(&r->oracle, r->original, &err), err);
    r->oracle.goal = (pp_goal){ .class_index = 1 };
    r->run = (pp_run){ .params = r->params, .oracle = &r->oracle, .original = r->original };
    r->run.scratch = calloc(TOY_SIDE * TOY_SIDE, sizeof *r->run.scratch);
    assert_int_equal(pp_image_copy(&r->run.canvas, r->original, NULL), PP_OK);
    pp_rng_seed(&r->run.rng, 1);
}

static void end_trial(trial *r)
{
    pp_oracle_clear(&r->oracle);
    pp_model_free(r->model);
    pp_params_free(r->params);
    pp_image_free(r->original);
    pp_image_free(r->run.canvas);
    free(r->run.scratch);
}

typedef struct outcome {
    pp_code code;
    size_t n_pixels;
    pp_verdict verdict;
    bool flipped;
    uint64_t n_tried;
} outcome;

static outcome try_rung(trial *r, const char *name, uint64_t n_draws)
{
    outcome o = { .code = PP_OK };
    o.code = pp_noise_try(&r->run, find_rung(name), n_draws, &o.n_pixels, &o.verdict, &o.flipped, &o.n_tried, NULL);
    return o;
}

static void a_rung_is_drawn_until_one_flips(void **state)
{
    (void)state;
    trial r;
    begin_trial(&r, true, false);
    outcome o = try_rung(&r, "uniform", 10);
    assert_true(o.code == PP_OK && o.flipped && o.n_tried == 1 && o.verdict.reached);
    assert_int_equal(r.oracle.queries, 2);
    assert_in_range(o.n_pixels, 350, 400); /* one in 2^24 keeps its colour */
    for (size_t i = 0; i < o.n_pixels; i++)
        assert_false(pp_image_has(r.original, r.run.scratch[i]));
    end_trial(&r);
    begin_trial(&r, false, false);
    o = try_rung(&r, "uniform", 10);
    assert_true(o.code == PP_OK && !o.flipped && o.n_tried == 10);
    assert_int_equal(r.oracle.queries, 11);
    o = try_rung(&r, "black", 10);
    assert_int_equal(o.n_tried, 1);
    end_trial(&r);
}

static void a_draw_that_changes_nothing_is_not_scored(void **state)
{
    (void)state;
    trial r;
    begin_trial(&r, true, false);
    outcome o = try_rung(&r, "mid-gray", 5); /* the toy's original is mid-gray already */
    assert_true(o.code == PP_OK && !o.flipped && o.n_tried == 0);
    o = try_rung(&r, "donor", 5); /* there are none */
    assert_true(o.code == PP_OK && !o.flipped && o.n_tried == 0);
    assert_int_equal(r.oracle.queries, 1);
    end_trial(&r);
}

static void the_budget_ends_the_draws(void **state)
{
    (void)state;
    trial r;
    begin_trial(&r, false, false);
    r.oracle.query_budget = 4;
    outcome o = try_rung(&r, "uniform", 10);
    assert_true(o.code == PP_BUDGET && !o.flipped && o.n_tried == 3);
    end_trial(&r);
}

/* Gray: pixels that the noise changes get r = g = b; a coloured pixel that it leaves alone keeps its colours. */
static void gray_noise_changes_only_what_the_noise_does(void **state)
{
    (void)state;
    for (const pp_rung *rung = pp_noise_ladder; rung->name; rung++) {
        trial r;
        begin_trial(&r, false, true);
        r.run.gray = true;
        r.run.constraint = (pp_constraint){ .original = r.original, .gray = true };
        outcome o = try_rung(&r, rung->name, 1);
        for (size_t i = 0; i < o.n_pixels; i++) {
            const uint8_t *v = r.run.scratch[i].value;
            assert_true(v[0] == v[1] && v[1] == v[2]);
        }
        if (strcmp(rung->name, "salt and pepper") == 0)
            assert_in_range(o.n_pixels, 140, 260); /* half of 400 */
        if (rung->gray)
            assert_int_equal(o.n_tried, 0); /* noise that is gray anyway is not tried twice */
        end_trial(&r);
    }
}

/* ---- Donors ------------------------------------------------------------------------------------------------------ */

static pp_code load_donor(void *user, size_t index, pp_image **image, pp_error *err)
{
    size_t *n_loads = user;
    n_loads[index]++;
    pp_code code = pp_image_new(image, TOY_SIDE, TOY_SIDE, 3, err);
    if (code == PP_OK)
        memset((*image)->data, 10 * (int)index + 10, TOY_SIDE * TOY_SIDE * 3);
    return code;
}

static pp_code fail_to_load(void *user, size_t index, pp_image **image, pp_error *err)
{
    (void)user, (void)index, (void)image, (void)err;
    return PP_IO;
}

static void donors_are_other_images_of_the_run(void **state)
{
    (void)state;
    trial r;
    size_t n_loads[3] = { 0 };
    pp_donors donors = { .n = 3, .load = load_donor, .user = n_loads };
    begin_trial(&r, false, false);
    r.run.donors = &donors;
    outcome o = try_rung(&r, "donor", 60);
    assert_true(o.code == PP_OK && o.n_tried == 60 && o.n_pixels == TOY_SIDE * TOY_SIDE);
    for (size_t i = 0; i < 3; i++)
        assert_in_range(n_loads[i], 8, 40); /* at random */
    assert_int_equal(r.run.scratch[5].value[1] % 10, 0);
    donors.load = fail_to_load;
    assert_int_equal(try_rung(&r, "donor", 1).code, PP_IO);
    end_trial(&r);
}

/* ---- The method -------------------------------------------------------------------------------------------------- */

static pp_result *run_noise(toy *t, const pp_donors *donors)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_callback spec = toy_spec(t);
    pp_image *image = toy_image(t);
    assert_ok(pp_params_new(&params, "noise", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_run_attack(&result, model, image, -1, params, NULL, donors, NULL, &err), err);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    return result;
}

/* The toy asks for a mean change of all its values, as a share of 128: additive 16 has 1/16 on average, uniform noise 1/2. */
static void the_mildest_rung_that_flips_is_named(void **state)
{
    (void)state;
    static const struct {
        double bias;
        const char *rung;
        bool strict;
    } CASES[] = { { 0.01, "additive 16", true },    { 0.1, "additive 32", true },  { 0.2, "additive 64", true },
                  { 0.4, "additive 128", true },    { 0.8, "corners", false },     { 1.5, NULL, false } };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        toy t = { .name = "spread", .channels = 3, .n_outputs = 2, .bias = CASES[i].bias * TOY_SIDE * TOY_SIDE, .weight = 1 };
        pp_result *result = run_noise(&t, NULL);
        assert_int_equal(result->strict_flip, CASES[i].strict);
        if (CASES[i].rung) {
            assert_string_equal(result->rung, CASES[i].rung);
            assert_int_equal(result->status, PP_SUCCESS);
        } else {
            assert_null(result->rung);
            assert_int_equal(result->status, PP_FAILED);
        }
        assert_int_equal(result->rung_queries, result->queries - 2); /* without the original and the strict draw */
        pp_result_free(result);
    }
}

static void a_donor_is_the_last_resort(void **state)
{
    (void)state;
    size_t n_loads[1] = { 0 };
    pp_donors donors = { .n = 1, .load = load_donor, .user = n_loads };
    toy t = { .name = "spread", .channels = 3, .n_outputs = 2, .bias = 1.5 * TOY_SIDE * TOY_SIDE, .weight = 1 };
    pp_result *result = run_noise(&t, &donors);
    assert_int_equal(result->status, PP_FAILED);
    assert_int_equal(n_loads[0], 4); /* --noise-draws */
    pp_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ladder_is_the_one_that_is_documented),
        cmocka_unit_test(additive_noise_keeps_to_its_amplitude_and_reaches_it),
        cmocka_unit_test(uniform_noise_has_every_level_alike_whatever_was_there),
        cmocka_unit_test(corner_noise_has_only_the_corners_of_the_colour_cube),
        cmocka_unit_test(salt_and_pepper_makes_half_of_the_pixels_black_or_white),
        cmocka_unit_test(constants_are_constant_and_need_one_draw),
        cmocka_unit_test(low_frequency_noise_is_smooth),
        cmocka_unit_test(every_rung_works_on_tiny_images),
        cmocka_unit_test(a_rung_is_drawn_until_one_flips),
        cmocka_unit_test(a_draw_that_changes_nothing_is_not_scored),
        cmocka_unit_test(the_budget_ends_the_draws),
        cmocka_unit_test(gray_noise_changes_only_what_the_noise_does),
        cmocka_unit_test(donors_are_other_images_of_the_run),
        cmocka_unit_test(the_mildest_rung_that_flips_is_named),
        cmocka_unit_test(a_donor_is_the_last_resort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
