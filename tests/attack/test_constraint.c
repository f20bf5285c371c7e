/* test_constraint.c - where pixels may be changed, and how far: each helper, then every method by property. The classifier of the property
 * tests looks at every image that it is shown, so not only what is reported is held against the constraints, but every candidate. */
#include "support.h"

#include "attack/relay.h"
#include "attack/variants.h"
#include "image/image.h"

#include <string.h>

enum { SIDE = 20, N_PLACES = SIDE * SIDE };

/* Colours of every kind: dark, light, gray, strong. */
static pp_image *coloured_image(int channels)
{
    pp_image *image = NULL;
    assert_int_equal(pp_image_new(&image, SIDE, SIDE, channels, NULL), PP_OK);
    for (int i = 0; i < N_PLACES; i++)
        for (int c = 0; c < channels; c++)
            image->data[i * channels + c] = (uint8_t)(i % 4 == 0 ? 120 + 5 * c : i % 4 == 1 ? 70 * c + i % 50 : i % 4 == 2 ? 255 - i % 9 : i % 9);
    return image;
}

/* ---- Masks ------------------------------------------------------------------------------------------------------- */

typedef bool (*shape)(int x, int y);

static bool left(int x, int y)
{
    return x < 12 && y >= 0;
}

static bool middle(int x, int y)
{
    return (x - 8) * (x - 8) + (y - 10) * (y - 10) < 16;
}

static bool nowhere(int x, int y)
{
    return x < 0 && y < 0;
}

static bool everywhere(int x, int y)
{
    return !nowhere(x, y);
}

/* Writes a mask as PNG: `colour` in the shape, black elsewhere. Enlarged `scale` times. */
static void save_mask(const char *path, shape in, const uint8_t colour[3], int scale)
{
    pp_image *image = NULL;
    assert_int_equal(pp_image_new(&image, SIDE * scale, SIDE * scale, 3, NULL), PP_OK);
    for (int y = 0; y < SIDE * scale; y++)
        for (int x = 0; x < SIDE * scale; x++)
            if (in(x / scale, y / scale))
                memcpy(image->data + 3 * (y * SIDE * scale + x), colour, 3);
    assert_int_equal(pp_image_save_png(image, path, NULL), PP_OK);
    pp_image_free(image);
}

/* ---- A classifier that watches ----------------------------------------------------------------------------------- */

/* Says class 1 until the planted pixels have changed enough. Counts the images that break the constraints, and those that are the one before. */
typedef struct watcher {
    const pp_image *original;
    pp_constraint constraint;
    bool watching;
    size_t n_images, n_broken, n_repeated;
    uint8_t before[N_PLACES * 3];
} watcher;

static const int PLANTED[][2] = { { 0, 0 }, { 1, 1 }, { 0, 19 }, { 11, 5 }, { 5, 18 }, { 10, 1 }, { 19, 19 },
                                 { 8, 10 }, { 6, 9 }, { 9, 12 }, { 10, 9 }, { 8, 7 } };
enum { N_PLANTED = sizeof PLANTED / sizeof *PLANTED };

static double margin_of(const watcher *w, const uint8_t *image)
{
    double margin = 1.1; /* no single pixel is enough */
    int channels = w->original->channels;
    for (int i = 0; i < N_PLANTED; i++)
        for (int c = 0; c < channels; c++) {
            int at = (PLANTED[i][1] * SIDE + PLANTED[i][0]) * channels + c;
            margin -= abs(image[at] - w->original->data[at]) / 255.0 / channels;
        }
    return margin;
}

static pp_code watch(void *user, const uint8_t *images, size_t n, float *scores)
{
    watcher *w = user;
    size_t size = (size_t)(N_PLACES * w->original->channels);
    pp_pixel changed[N_PLACES];
    for (size_t i = 0; i < n; i++) {
        pp_image image = *w->original;
        image.data = (uint8_t *)(uintptr_t)images + i * size;
        if (w->watching)
            w->n_broken += !pp_constraint_holds(&w->constraint, changed, pp_image_difference(w->original, &image, changed));
        w->n_images += w->watching;
        w->n_repeated += w->watching && memcmp(w->before, image.data, size) == 0;
        memcpy(w->before, image.data, size);
        scores[2 * i] = 0;
        scores[2 * i + 1] = (float)margin_of(w, image.data);
    }
    return PP_OK;
}

/* What is asked of a run, and what it means in the plainest words. */
typedef struct request {
    const char *name;
    shape region, exclude; /* NULL: none */
    int max_change, spacing;
    bool gray;
} request;

static const request REQUESTS[] = {
    { "region", left, NULL, 0, 0, false },
    { "exclude", NULL, middle, 0, 0, false },
    { "region, exclude", left, middle, 0, 0, false },
    { "max-change", NULL, NULL, 60, 0, false },
    { "max-change, gray", NULL, NULL, 100, 0, true },
    { "spacing 2", NULL, NULL, 0, 2, false },
    { "spacing 4", NULL, NULL, 0, 4, false },
    { "region, spacing", left, NULL, 0, 3, false },
    { "all", left, middle, 120, 3, true },
    { "region, exclude, max-change, gray", left, middle, 120, 0, true },
    { "a region smaller than the start", middle, NULL, 0, 0, false },
    { "and with spacing", middle, NULL, 0, 2, false },
    { "room for some four", NULL, NULL, 0, SIDE - 3, false },
    { "room for one", NULL, NULL, 0, SIDE, false },
    { "room for one here", middle, NULL, 0, SIDE, true },
    { "a small change", NULL, NULL, 30, 0, false },
    { "a small gray change, spaced", NULL, middle, 80, 2, true },
};
enum { N_REQUESTS = sizeof REQUESTS / sizeof *REQUESTS };

/* By the table: what the method keeps, and its partner. */
static bool can_keep(const pp_params *params, unsigned needs)
{
    pp_partner partner;
    unsigned keeps = params->method->keeps & (pp_relay_partner(params, &partner) ? partner.method->keeps : ~0u);
    return (needs & ~keeps) == 0;
}

static unsigned needs(const request *r)
{
    return (r->region || r->exclude ? PP_KEEPS_REGION : 0u) | (r->max_change ? PP_KEEPS_CHANGE : 0u) | (r->spacing > 1 ? PP_KEEPS_SPACING : 0u);
}

/* The constraints in the plainest words, apart from the code under test. */
static void assert_kept(const request *r, const pp_image *original, const pp_pixel *pixels, size_t n, const char *method)
{
    for (size_t i = 0; i < n; i++) {
        const pp_pixel *p = &pixels[i];
        bool kept = (!r->region || r->region(p->x, p->y)) && (!r->exclude || !r->exclude(p->x, p->y));
        for (int c = 0; c < original->channels; c++) {
            int before = original->data[(p->y * SIDE + p->x) * original->channels + c];
            kept = kept && (!r->max_change || abs(p->value[c] - before) <= r->max_change) && (!r->gray || p->value[c] == p->value[0]);
        }
        for (size_t k = 0; r->spacing && k < i; k++)
            kept = kept && (abs(p->x - pixels[k].x) >= r->spacing || abs(p->y - pixels[k].y) >= r->spacing);
        if (!kept)
            fail_msg("%s, %s: pixel (%d, %d) breaks it", method, r->name, p->x, p->y);
    }
}

static void set_count(pp_params *params, const char *option, uint64_t value)
{
    char text[32];
    pp_error err;
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    assert_ok(pp_params_set(params, option, text, &err), err);
}

static void set_request(pp_params *params, const request *r, const char *folder, int scale)
{
    char path[300];
    pp_error err;
    snprintf(path, sizeof path, "%s/region.png", folder);
    if (r->region) {
        save_mask(path, r->region, (uint8_t[]){ 1, 0, 0 }, scale); /* not black, though only just */
        assert_ok(pp_params_set(params, "region", path, &err), err);
    }
    snprintf(path, sizeof path, "%s/exclude.png", folder);
    if (r->exclude) {
        save_mask(path, r->exclude, (uint8_t[]){ 255, 255, 255 }, scale);
        assert_ok(pp_params_set(params, "exclude", path, &err), err);
    }
    set_count(params, "max-change", (uint64_t)r->max_change);
    set_count(params, "spacing", (uint64_t)r->spacing);
    set_count(params, "gray", r->gray);
}

/* Runs a method under a request, certified or not, and looks at every image shown, every stage of the trace and the result. @return whether
 * it could be run; otherwise it was refused */
static bool attack_under(pp_result **result, const request *r, const char *method, int channels, const char *seed, const char *folder)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *mask = NULL, *original = coloured_image(channels);
    watcher w = { .original = original };
    pp_callback spec = { .name = "watcher", .width = SIDE, .height = SIDE, .channels = channels, .n_outputs = 2, .predict = watch, .user = &w };
    variant_params(&params, method);
    set_count(params, "queries", 800);
    assert_ok(pp_params_set(params, "seed", seed, &err), err);
    set_count(params, "certify", *seed % 2);
    if (strcmp(method, "onepixel") == 0)
        set_count(params, "population", 40);
    set_request(params, r, folder, 1 + channels); /* masks of two sizes */
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    pp_code code = pp_constraint_open(&mask, model, params, &err);
    assert_int_equal(code, can_keep(params, needs(r)) ? PP_OK : PP_ARG);
    if (code == PP_OK) {
        assert_ok(pp_constraint_init(&w.constraint, original, mask, params, &err), err);
        w.watching = true;
        assert_ok(pp_attack(result, model, original, params, &err), err);
        assert_true(w.n_images > 1 && w.n_broken == 0);
        if (strcmp(method, "pursuit") == 0 && 5 * w.n_repeated > w.n_images)
            fail_msg("%s: %zu of %zu images are the one before", r->name, w.n_repeated, w.n_images);
        for (size_t i = 0; i < (*result)->n_trace; i++)
            assert_kept(r, original, (*result)->trace[i].pixels, (*result)->trace[i].n_stored, method);
        assert_kept(r, original, (*result)->pixels, (*result)->l0, method);
    }
    pp_constraint_clear(&w.constraint);
    pp_image_free(mask);
    pp_image_free(original);
    pp_model_free(model);
    pp_params_free(params);
    return code == PP_OK;
}

static void every_method_keeps_what_it_says_it_keeps_and_refuses_the_rest(void **state)
{
    (void)state;
    static const char *const SEEDS[] = { "1", "2" };
    char folder[256];
    new_folder(folder);
    const char *method;
    for (size_t m = 0; (method = variant_at(m)); m++) {
        size_t n_kept = 0, n_succeeded = 0, n_stages = 0;
        for (size_t i = 0; i < 2 * N_REQUESTS; i++) {
            pp_result *result = NULL;
            n_kept += attack_under(&result, &REQUESTS[i / 2], method, i % 2 ? 1 : 3, SEEDS[(i + i / 2) % 2], folder);
            n_succeeded += result && result->status == PP_SUCCESS;
            for (size_t k = 0; result && k < result->n_trace; k++)
                n_stages += result->trace[k].n_stored > 0;
            pp_result_free(result);
        }
        print_message("%s: %zu of %zu succeeded, %zu stages\n", method, n_succeeded, n_kept, n_stages);
        assert_true(n_kept > 0 && n_succeeded > 0 && n_stages >= n_succeeded);
        if (strcmp(method, "pursuit") == 0) /* which is to make the best of what is allowed */
            assert_true(n_succeeded >= 26);
    }
    remove_folder(folder);
}

/* ---- The helpers ------------------------------------------------------------------------------------------------- */

typedef struct fixture {
    char folder[256], region[300], exclude[300];
    pp_params *params;
    pp_image *original, *mask;
    pp_model *model;
    watcher w;
    pp_callback spec;
} fixture;

static void set_up(fixture *f, int channels)
{
    pp_error err;
    *f = (fixture){ .original = coloured_image(channels) };
    new_folder(f->folder);
    snprintf(f->region, sizeof f->region, "%s/region.png", f->folder);
    snprintf(f->exclude, sizeof f->exclude, "%s/exclude.png", f->folder);
    f->w.original = f->original;
    f->spec = (pp_callback){ .name = "watcher", .width = SIDE, .height = SIDE, .channels = channels, .n_outputs = 2, .predict = watch, .user = &f->w };
    assert_ok(pp_params_new(&f->params, "pursuit", &err), err);
    assert_ok(pp_model_from_callback(&f->model, &f->spec, f->params, &err), err);
}

static void tear_down(fixture *f)
{
    pp_image_free(f->original);
    pp_image_free(f->mask);
    pp_model_free(f->model);
    pp_params_free(f->params);
    remove_folder(f->folder);
}

static void a_place_is_drawn_from_all_that_are_allowed_and_no_other(void **state)
{
    (void)state;
    fixture f;
    pp_error err;
    pp_constraint c;
    pp_rng rng;
    size_t n_drawn[N_PLACES] = { 0 };
    set_up(&f, 3);
    set_request(f.params, &REQUESTS[2], f.folder, 3);
    assert_ok(pp_constraint_open(&f.mask, f.model, f.params, &err), err);
    assert_ok(pp_constraint_init(&c, f.original, f.mask, f.params, &err), err);
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        pp_pixel pixel = pp_random_place(&c, &rng);
        n_drawn[pixel.y * SIDE + pixel.x]++;
    }
    for (int i = 0; i < N_PLACES; i++) {
        bool allowed = left(i % SIDE, i / SIDE) && !middle(i % SIDE, i / SIDE);
        assert_true(allowed == (n_drawn[i] > 0) && allowed == pp_may_change(&c, i % SIDE, i / SIDE)); /* some 100 each */
    }
    pp_constraint_clear(&c);
    tear_down(&f);
}

static void a_mask_is_fitted_by_the_nearest_pixel(void **state)
{
    (void)state;
    for (int scale = 1; scale <= 5; scale++) {
        fixture f;
        pp_error err;
        set_up(&f, 1);
        set_request(f.params, &REQUESTS[2], f.folder, scale);
        assert_ok(pp_constraint_open(&f.mask, f.model, f.params, &err), err);
        for (int i = 0; i < N_PLACES; i++)
            assert_int_equal(f.mask->data[i], left(i % SIDE, i / SIDE) && !middle(i % SIDE, i / SIDE) ? 255 : 0);
        tear_down(&f);
    }
}

static void a_mask_that_leaves_nothing_or_is_none_is_named(void **state)
{
    (void)state;
    static const struct {
        shape region, exclude;
        const char *file, *message;
    } CASES[] = {
        { nowhere, NULL, "region.png", "as --region it leaves no pixel that may be changed" },
        { NULL, everywhere, "exclude.png", "as --exclude it leaves no pixel that may be changed" },
        { middle, left, "exclude.png", "as --exclude it leaves no pixel that may be changed" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        fixture f;
        pp_error err;
        request r = { "", CASES[i].region, CASES[i].exclude, 0, 0, false };
        set_up(&f, 3);
        set_request(f.params, &r, f.folder, 1);
        assert_int_equal(pp_constraint_open(&f.mask, f.model, f.params, &err), PP_FORMAT);
        assert_true(strstr(err.message, CASES[i].file) && strstr(err.message, CASES[i].message));
        assert_ok(pp_params_set(f.params, "region", "/nowhere/mask.png", &err), err);
        assert_int_equal(pp_constraint_open(&f.mask, f.model, f.params, &err), PP_IO);
        assert_non_null(strstr(err.message, "/nowhere/mask.png"));
        tear_down(&f);
    }
}

/* A colour that is allowed stays, another goes to the nearest that is: no allowed one is nearer. */
static void a_colour_is_clamped_to_the_nearest_that_is_allowed(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 7);
    for (int i = 0; i < 4000; i++) {
        int channels = i % 2 ? 3 : 1, n = i % 3 ? (int)pp_rng_below(&rng, 256) : 0;
        pp_image *original = coloured_image(channels);
        pp_constraint c = { .original = original, .max_change = n, .gray = i % 5 == 0 };
        pp_pixel pixel = { .x = (uint16_t)pp_rng_below(&rng, SIDE), .y = (uint16_t)pp_rng_below(&rng, SIDE) }, clamped;
        for (int k = 0; k < channels; k++)
            pixel.value[k] = (uint8_t)pp_rng_below(&rng, 256);
        if (c.gray)
            memset(pixel.value, pixel.value[0], (size_t)channels);
        clamped = pixel;
        pp_clamp_colour(&c, &clamped);
        const uint8_t *before = original->data + (pixel.y * SIDE + pixel.x) * channels;
        for (int k = 0; k < channels && pp_may_change(&c, pixel.x, pixel.y); k++) {
            int low = n ? before[k] - n : 0, high = n ? before[k] + n : 255;
            assert_in_range(clamped.value[k], low < 0 ? 0 : low, high);
            if (c.gray)
                assert_int_equal(clamped.value[k], clamped.value[0]);
            else
                assert_int_equal(clamped.value[k], pixel.value[k] < low ? low : pixel.value[k] > high ? high : pixel.value[k]);
        }
        for (int k = channels; k < 3; k++)
            assert_int_equal(clamped.value[k], 0);
        pp_image_free(original);
    }
}

static void a_corner_is_the_original_plus_or_minus_the_change(void **state)
{
    (void)state;
    pp_rng rng;
    pp_image *original = coloured_image(3);
    pp_constraint c = { .original = original, .max_change = 10 };
    pp_pixel pixel = { .x = 0, .y = 0 }; /* 120, 125, 130 */
    bool seen[8] = { false };
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 200; i++) {
        int which = 0;
        pp_random_corner(&c, &rng, &pixel);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(abs(pixel.value[k] - (120 + 5 * k)), 10);
            which |= (pixel.value[k] > 120 + 5 * k) << k;
        }
        seen[which] = true;
    }
    for (int i = 0; i < 8; i++)
        assert_true(seen[i]);
    pp_image_free(original);
}

/* Where the channels differ by more than twice the change, no gray is near enough. */
static void a_place_near_which_no_gray_lies_may_not_be_changed(void **state)
{
    (void)state;
    pp_image *original = coloured_image(3);
    memcpy(original->data, ((uint8_t[]){ 0, 40, 20, 0, 41, 20 }), 6);
    pp_constraint c = { .original = original, .max_change = 20, .gray = true };
    assert_true(pp_may_change(&c, 0, 0));
    assert_false(pp_may_change(&c, 1, 0));
    pp_pixel pixel = { .value = { 255, 255, 255 } };
    pp_clamp_colour(&c, &pixel);
    assert_memory_equal(pixel.value, ((uint8_t[]){ 20, 20, 20 }), 3);
    pp_image_free(original);
}

static void the_spacing_is_the_larger_of_the_two_distances(void **state)
{
    (void)state;
    pp_image *original = coloured_image(3);
    const pp_pixel members[] = { { .x = 10, .y = 10 }, { .x = 3, .y = 3 } };
    for (int spacing = 0; spacing < 6; spacing++)
        for (int i = 0; i < N_PLACES; i++) {
            pp_constraint c = { .original = original, .spacing = spacing };
            pp_pixel pixel = { .x = (uint16_t)(i % SIDE), .y = (uint16_t)(i / SIDE) };
            int dx = abs(pixel.x - 10), dy = abs(pixel.y - 10), apart = spacing ? spacing : 1;
            bool free = dx >= apart || dy >= apart, other = abs(pixel.x - 3) >= apart || abs(pixel.y - 3) >= apart;
            assert_int_equal(pp_may_join(&c, &pixel, members, 2, NULL), free && other);
            assert_int_equal(pp_may_join(&c, &pixel, members, 2, &members[0]), other);
            assert_true(pp_may_join(&c, &pixel, members, 0, NULL));
        }
    pp_image_free(original);
}

/* An image for which nothing is allowed is not searched, and costs one query. */
static void where_no_place_is_allowed_the_search_ends_at_once(void **state)
{
    (void)state;
    pp_error err;
    pp_result *result = NULL;
    fixture f;
    set_up(&f, 3);
    for (int i = 0; i < N_PLACES; i++)
        memcpy(f.original->data + 3 * i, ((uint8_t[]){ 0, 255, 0 }), 3);
    set_count(f.params, "gray", 1);
    set_count(f.params, "max-change", 50);
    assert_ok(pp_attack(&result, f.model, f.original, f.params, &err), err);
    assert_true(result->status == PP_FAILED && result->stop == PP_STOP_EXHAUSTED && result->queries == 1);
    pp_result_free(result);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_keeps_what_it_says_it_keeps_and_refuses_the_rest),
        cmocka_unit_test(a_place_is_drawn_from_all_that_are_allowed_and_no_other),
        cmocka_unit_test(a_mask_is_fitted_by_the_nearest_pixel),
        cmocka_unit_test(a_mask_that_leaves_nothing_or_is_none_is_named),
        cmocka_unit_test(a_colour_is_clamped_to_the_nearest_that_is_allowed),
        cmocka_unit_test(a_corner_is_the_original_plus_or_minus_the_change),
        cmocka_unit_test(a_place_near_which_no_gray_lies_may_not_be_changed),
        cmocka_unit_test(the_spacing_is_the_larger_of_the_two_distances),
        cmocka_unit_test(where_no_place_is_allowed_the_search_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
