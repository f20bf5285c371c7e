/* test_pursuit.c - the few-pixel search as a whole: it finds what is planted. */
#include "support.h"

#include "attack/fixed_k.h"
#include "attack/pursuit.h"
#include "base/param.h"

#include <math.h>

/* options: names and values, then NULL. watch: may be NULL. */
static pp_result *attack_callback(const pp_callback *spec, const pp_image *original, const pp_step_watch *watch, const char *const *options)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    assert_ok(pp_params_new(&params, "pursuit", &err), err);
    for (; *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&model, spec, params, &err), err);
    assert_ok(pp_run_attack(&result, model, original, -1, params, NULL, NULL, watch, &err), err);
    pp_model_free(model);
    pp_params_free(params);
    return result;
}

/* The toy and its image, for a look at the best after each step. */
typedef struct proof {
    const toy *t;
    pp_image *image;
    size_t n_best;
} proof;

static bool flips(const proof *p, const pp_pixel *pixels, size_t n)
{
    memset(p->image->data, 128, (size_t)(TOY_SIDE * TOY_SIDE * 3));
    pp_image_paint(p->image, pixels, n);
    return toy_margin(p->t, p->image->data) < 0;
}

static void check_best(void *user, const pp_run *run)
{
    proof *p = user;
    if (run->n_best == 0)
        return;
    assert_true(flips(p, run->best, run->n_best));
    p->n_best++;
}

/* The first k places of the toy, all of them needed, within the budget. */
static void check_planted(int k, const char *budget, const char *seed)
{
    census c = { .t = { .name = "needed", .channels = 3, .n_outputs = 2, .n_planted = k, .bias = k - 0.5, .weight = 1 } };
    proof p = { .t = &c.t, .image = toy_image(&c.t) };
    const pp_step_watch watch = { .on_step = check_best, .user = &p };
    pp_result *result = attack_counted(&c, "pursuit", &watch, (const char *[]){ "queries", budget, "seed", seed, NULL });
    if (result->status != PP_SUCCESS || result->l0 != (size_t)k)
        fail_msg("%d planted, seed %s: %zu found after %zu queries", k, seed, (size_t)result->l0, (size_t)result->queries);
    for (int i = 0; i < k; i++) {
        bool is_found = false;
        for (int n = 0; n < k; n++)
            is_found |= result->pixels[n].x == TOY_PLACES[i][0] && result->pixels[n].y == TOY_PLACES[i][1];
        assert_true(is_found);
    }
    assert_true(result->n_trace > 0 && flips(&p, result->pixels, result->l0));
    assert_true(k == 1 || p.n_best > 0); /* one pixel ends the run at once */
    for (size_t i = 0; i < result->n_trace; i++) {
        const pp_trace_row *row = &result->trace[i];
        assert_true(row->margin < 0 && (row->n_stored == 0 || flips(&p, row->pixels, row->n_stored)));
    }
    pp_image_free(p.image);
    pp_result_free(result);
}

static void it_finds_what_is_planted_and_every_stage_reaches_the_goal(void **state)
{
    (void)state;
    static const char *const SEEDS[] = { "1", "2", "3" };
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++) {
        check_planted(1, "1000", SEEDS[i]);
        check_planted(3, "3000", SEEDS[i]);
    }
}

/* Beyond the goal's margin members still come in, until the new answer is sure enough. */
static void it_grows_until_the_confidence_is_there(void **state)
{
    (void)state;
    census c = { .t = TOYS[2] };
    pp_result *result = attack_counted(&c, "pursuit", NULL, (const char *[]){ "queries", "400", "confidence", "0.6", "rescue", "0", NULL });
    assert_true(result->status == PP_SUCCESS && result->p_adversarial <= 0.4);
    pp_result_free(result);
}

/* All queries by the number of pixels changed. */
static pp_result *attack_without(census *c, const toy *t, const char *part, const char *queries)
{
    *c = (census){ .t = *t };
    return attack_counted(c, "pursuit", NULL, (const char *[]){ "queries", queries, "without", part, NULL });
}

/* Toys that few pixels flip, some, and that many do; a part may be of no use to one of them. */
static void each_part_can_be_left_out_and_the_run_is_another_then(void **state)
{
    (void)state;
    static const toy EASY[] = { { .name = "needed", .channels = 3, .n_outputs = 2, .n_planted = 3, .bias = 2.5, .weight = 1 },
                                { .name = "some", .channels = 3, .n_outputs = 2, .n_planted = 0, .bias = 2.5, .weight = 0.2 },
                                { .name = "many", .channels = 3, .n_outputs = 2, .n_planted = 0, .bias = 2.5, .weight = 0.06 } };
    char *words = strdup(pp_param_find(pp_method_pursuit.rows, "without")->choices), *rest = NULL;
    assert_string_equal(strtok_r(words, "|", &rest), "nothing");
    for (const char *part; (part = strtok_r(NULL, "|", &rest));) {
        bool is_another = strcmp(part, "strides") == 0; /* the toys are too small for any: below */
        for (size_t i = 0; !is_another && i < sizeof EASY / sizeof *EASY; i++) {
            census whole, less;
            pp_result *with = attack_without(&whole, &EASY[i], "nothing", "800"), *without = attack_without(&less, &EASY[i], part, "800");
            assert_true(with->status == PP_SUCCESS && without->status == PP_SUCCESS);
            is_another = is_another || memcmp(whole.n, less.n, sizeof whole.n) != 0;
            pp_result_free(with);
            pp_result_free(without);
        }
        if (!is_another)
            fail_msg("without %s the run is the same", part);
    }
    free(words);
}

/* ---- Strides ----------------------------------------------------------------------------------------------------- */

/* A classifier that sees one pixel well and the next badly, and all of them badly in even columns. */
enum { STRIPES_SIDE = 64 };

static double stripes_weight(int k)
{
    uint32_t hash = (uint32_t)k * 2654435761u;
    double seen = (double)(hash >> 16) / 65536;
    return (k % 2 ? 0.15 : 0.05) * seen * seen;
}

static pp_code stripes_predict(void *user, const uint8_t *images, size_t n, float *scores)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        double margin = 1;
        for (int k = 0; k < STRIPES_SIDE * STRIPES_SIDE; k++)
            margin -= stripes_weight(k) * (images[i * STRIPES_SIDE * STRIPES_SIDE + k] - 128) / 127.0;
        scores[2 * i] = 0;
        scores[2 * i + 1] = (float)margin;
    }
    return PP_OK;
}

static size_t attack_stripes(const char *seed, const char *without)
{
    pp_error err;
    pp_image *original = NULL;
    pp_callback spec = { .name = "stripes", .width = STRIPES_SIDE, .height = STRIPES_SIDE, .channels = 1, .n_outputs = 2, .predict = stripes_predict };
    assert_ok(pp_image_new(&original, STRIPES_SIDE, STRIPES_SIDE, 1, &err), err);
    memset(original->data, 128, STRIPES_SIDE * STRIPES_SIDE);
    pp_result *result = attack_callback(&spec, original, NULL, (const char *[]){ "queries", "250", "seed", seed, "without", without, NULL });
    assert_int_equal(result->status, PP_SUCCESS);
    size_t n = (size_t)result->l0;
    pp_result_free(result);
    pp_image_free(original);
    return n;
}

static void where_every_other_column_counts_little_the_strides_save_pixels(void **state)
{
    (void)state;
    static const char *const SEEDS[] = { "1", "2", "3", "4" };
    size_t with = 0, without = 0;
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++) {
        with += attack_stripes(SEEDS[i], "nothing");
        without += attack_stripes(SEEDS[i], "strides");
    }
    if (with >= without)
        fail_msg("%zu pixels, %zu without the strides", with, without);
}

/* ---- What is called known ---------------------------------------------------------------------------------------- */

/* A classifier in which near pixels do not add up: centres of either sign, each of which saturates. */
enum { FIELD_SIDE = 48, N_CENTRES = 12 };

typedef struct field {
    pp_image *original;
    double x[N_CENTRES], y[N_CENTRES], weight[N_CENTRES];
    size_t n_known, n_polished;
} field;

static double field_margin(const field *f, const uint8_t *image)
{
    double margin = 3;
    for (int k = 0; k < N_CENTRES; k++) {
        double sum = 0;
        for (int i = 0; i < FIELD_SIDE * FIELD_SIDE; i++) {
            int change = image[i] - f->original->data[i];
            double dx = i % FIELD_SIDE - f->x[k], dy = (double)(i / FIELD_SIDE) - f->y[k];
            if (change)
                sum += change / 255.0 * exp(-(dx * dx + dy * dy) / 72);
        }
        margin -= f->weight[k] * tanh(sum);
    }
    return margin;
}

static pp_code field_predict(void *user, const uint8_t *images, size_t n, float *scores)
{
    for (size_t i = 0; i < n; i++) {
        scores[2 * i] = 0;
        scores[2 * i + 1] = (float)field_margin(user, images + i * FIELD_SIDE * FIELD_SIDE);
    }
    return PP_OK;
}

static void check_known(void *user, const pp_run *run)
{
    field *f = user;
    const pursuit_state *state = run->state;
    uint8_t image[FIELD_SIDE * FIELD_SIDE];
    bool polishes = state->phase == pp_polish, shrinks = state->phase == pp_shrink || state->phase == pp_measure;
    if (!polishes && !shrinks && !(state->phase == pp_grow && state->is_known))
        return;
    memcpy(image, f->original->data, sizeof image);
    for (size_t i = 0; i < state->now.n; i++)
        image[state->now.pixels[i].y * FIELD_SIDE + state->now.pixels[i].x] = state->now.pixels[i].value[0];
    double margin = field_margin(f, image);
    if (fabs(margin - state->now.margin) > 1e-4)
        fail_msg("%zu members: margin %g is called %g", state->now.n, margin, state->now.margin);
    f->n_known++;
    f->n_polished += polishes;
}

static void a_margin_that_is_called_known_is_that_of_the_set_at_hand(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        pp_error err;
        pp_rng rng;
        field f = { 0 };
        pp_callback spec = { .name = "field", .width = FIELD_SIDE, .height = FIELD_SIDE, .channels = 1, .n_outputs = 2,
                             .predict = field_predict, .user = &f };
        const pp_step_watch watch = { .on_step = check_known, .user = &f };
        pp_rng_seed(&rng, seed);
        for (int k = 0; k < N_CENTRES; k++) {
            f.x[k] = FIELD_SIDE * pp_rng_unit(&rng);
            f.y[k] = FIELD_SIDE * pp_rng_unit(&rng);
            f.weight[k] = (k % 2 ? 1 : -1) * (0.5 + pp_rng_unit(&rng));
        }
        assert_ok(pp_image_new(&f.original, FIELD_SIDE, FIELD_SIDE, 1, &err), err);
        memset(f.original->data, 128, FIELD_SIDE * FIELD_SIDE);
        pp_result *result = attack_callback(&spec, f.original, &watch, (const char *[]){ "queries", "1000", NULL });
        assert_true(result->status == PP_SUCCESS && f.n_known > 50 && f.n_polished > 20);
        pp_result_free(result);
        pp_image_free(f.original);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_is_planted_and_every_stage_reaches_the_goal),
        cmocka_unit_test(it_grows_until_the_confidence_is_there),
        cmocka_unit_test(each_part_can_be_left_out_and_the_run_is_another_then),
        cmocka_unit_test(where_every_other_column_counts_little_the_strides_save_pixels),
        cmocka_unit_test(a_margin_that_is_called_known_is_that_of_the_set_at_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
