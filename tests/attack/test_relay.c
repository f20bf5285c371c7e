/* test_relay.c - two methods in one run: who is asked, when the first hands over, and that the second goes on from what it left. */
#include "support.h"

#include "attack/fixed_k.h"
#include "attack/relay.h"
#include "attack/variants.h"

/* What a run was at, step by step. */
typedef struct steps {
    const char *first, *last; /* names of the methods */
    uint64_t n_first, handed_over_at; /* steps of the first; queries spent when the other's first step began */
    size_t n_handed_over;             /* pixels then */
} steps;

static void look(void *user, const pp_run *run)
{
    steps *l = user;
    const char *name = run->method->name;
    l->first = l->first ? l->first : name;
    if (strcmp(name, l->first) == 0) {
        l->n_first++;
    } else if (!l->last) {
        l->handed_over_at = run->oracle->queries;
        l->n_handed_over = run->n_best;
    }
    l->last = strcmp(name, l->first) == 0 ? NULL : name;
}

/* Every pixel counts a little, so that a start from noise has many to lose. */
static const toy MANY = { .name = "many", .channels = 3, .n_outputs = 2, .n_planted = 0, .bias = 2.5, .weight = 0.06 };

static void dgde_hands_over_at_its_share_of_the_budget(void **state)
{
    (void)state;
    static const struct {
        const char *method, *option, *value, *share, *of;
        double expected;
    } CASES[] = { { "dgde", "refine", "1", "refine-after", "0.5", 0.5 },
                  { "dgde", "refine", "1", "refine-after", "0.2", 0.2 },
                  { "pursuit", "start", "dgde", "start-share", "0.3", 0.3 } };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        census c = { .t = MANY };
        steps l = { 0 };
        pp_step_watch watch = { .on_step = look, .user = &l };
        pp_result *result = attack_counted(&c, CASES[i].method, &watch, (const char *[]){
            CASES[i].option, CASES[i].value, CASES[i].share, CASES[i].of, "queries", "600", NULL });
        assert_string_equal(l.first, "dgde");
        assert_string_equal(l.last, "pursuit");
        assert_int_equal(l.handed_over_at, CASES[i].expected * 600);
        assert_true(l.n_handed_over > 0 && result->l0 < l.n_handed_over && result->queries == 600);
        pp_result_free(result);
    }
}

/* Row by row, and what comes after is smaller. */
static void until_it_hands_over_the_run_is_the_first_methods_own(void **state)
{
    (void)state;
    census c = { .t = MANY }, d = { .t = MANY };
    pp_result *alone = attack_counted(&c, "dgde", NULL, (const char *[]){ "queries", "300", NULL });
    pp_result *refined = attack_counted(&d, "dgde", NULL, (const char *[]){ "refine", "1", "queries", "600", NULL });
    assert_true(alone->n_trace > 1 && refined->n_trace > alone->n_trace);
    for (size_t i = 0; i < alone->n_trace; i++) {
        const pp_trace_row *a = &alone->trace[i], *b = &refined->trace[i];
        assert_true(a->n_pixels == b->n_pixels && a->queries == b->queries && a->margin == b->margin);
    }
    assert_true(refined->trace[alone->n_trace].queries > 300 && refined->l0 < alone->l0);
    pp_result_free(alone);
    pp_result_free(refined);
}

/* Not only at its share: where DGDE stops by itself, too. */
static void it_hands_over_when_it_stops_by_itself(void **state)
{
    (void)state;
    census c = { .t = MANY };
    steps l = { 0 };
    pp_step_watch watch = { .on_step = look, .user = &l };
    pp_result *result = attack_counted(&c, "dgde", &watch, (const char *[]){ "refine", "1", "generations", "3", "queries", "600", NULL });
    assert_true(l.n_first == 3 && l.handed_over_at < 100 && strcmp(l.last, "pursuit") == 0);
    pp_result_free(result);
    l = (steps){ 0 };
    result = attack_counted(&c, "pursuit", &watch, (const char *[]){ "start", "noise", "queries", "600", NULL });
    assert_true(strcmp(l.first, "pursuit") == 0 && !l.last); /* DGDE made no step, only its noise: the first row of the trace */
    assert_true(result->n_trace > 1 && result->trace[0].generation == 0 && result->trace[0].n_pixels > 300);
    pp_result_free(result);
}

/* One pixel is the end. */
static void what_cannot_be_made_smaller_is_not_handed_over(void **state)
{
    (void)state;
    census c = { .t = TOYS[1] };
    steps l = { 0 };
    pp_step_watch watch = { .on_step = look, .user = &l };
    pp_result *result = attack_counted(&c, "dgde", &watch, (const char *[]){ "refine", "1", "queries", "4000", NULL });
    assert_true(result->l0 == 1 && result->stop == PP_STOP_MINIMUM && !l.last);
    pp_result_free(result);
}

/* Nothing flips it: what is left of the budget is searched all the same. */
static void a_start_that_is_not_found_is_no_failure(void **state)
{
    (void)state;
    static const toy HARD = { .name = "hard", .channels = 3, .n_outputs = 2, .n_planted = 1, .bias = 0.999, .weight = 1 };
    static const char *const STARTS[] = { "dgde", "noise" };
    for (size_t i = 0; i < 2; i++) { /* only one corner colour of one pixel in 400 is enough, and noise hardly has it */
        census c = { .t = HARD };
        steps l = { 0 };
        pp_step_watch watch = { .on_step = look, .user = &l };
        pp_result *result = attack_counted(&c, "pursuit", &watch, (const char *[]){ "start", STARTS[i], "queries", "300", NULL });
        assert_true(result->queries == 300 || result->status == PP_SUCCESS);
        assert_string_equal(l.last ? l.last : l.first, "pursuit");
        pp_result_free(result);
    }
}

/* Larger than what pursuit holds, by an order: random subsets first. */
enum { LARGE = 120 };

/* A pixel counts if its value is another than that of all originals, and between these. */
typedef struct crowd {
    float n_needed; /* pixels that flip it */
    uint8_t original, above, below;
    bool is_flat; /* fewer show nothing */
    const char *region;
    size_t n_images;
} crowd;

static pp_code count_values(void *user, const uint8_t *images, size_t n, float *scores)
{
    crowd *c = user;
    c->n_images += n;
    for (size_t i = 0; i < n; i++) {
        size_t n_counted = 0;
        for (size_t p = 0; p < LARGE * LARGE; p++) {
            uint8_t value = images[i * LARGE * LARGE + p];
            n_counted += value != c->original && value >= c->above && value <= c->below;
        }
        scores[2 * i] = c->is_flat && (float)n_counted < c->n_needed ? 0 : (float)n_counted;
        scores[2 * i + 1] = c->n_needed;
    }
    return PP_OK;
}

static pp_result *attack_crowd(crowd *c, const char *variant, const char *option, const char *value)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_result *result = NULL;
    pp_callback spec = { .name = "count", .width = LARGE, .height = LARGE, .channels = 1, .n_outputs = 2, .predict = count_values, .user = c };
    variant_params(&params, variant);
    assert_ok(pp_params_set(params, option, value, &err), err);
    if (c->region)
        assert_ok(pp_params_set(params, "region", c->region, &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_image_new(&image, LARGE, LARGE, 1, &err), err);
    memset(image->data, c->original, LARGE * LARGE);
    assert_ok(pp_attack(&result, model, image, params, &err), err);
    assert_int_equal(c->n_images, result->queries + 3);
    pp_image_free(image);
    pp_model_free(model);
    pp_params_free(params);
    return result;
}

static void a_large_start_is_thinned_out_by_chance(void **state)
{
    (void)state;
    for (size_t v = 0; v < sizeof VARIANTS / sizeof *VARIANTS; v++) {
        crowd c = { .n_needed = 700.5f, .original = 128, .below = 255 };
        pp_result *result = attack_crowd(&c, VARIANTS[v], "queries", "200");
        assert_true(result->n_trace > 1 && result->trace[0].n_pixels > 14000 && result->l0 <= 1024 && result->l0 > 700);
        pp_result_free(result);
    }
}

/* More must change than pursuit can hold; noise that keeps no spacing is not tried where one is asked for. */
static void where_nothing_else_reaches_the_goal_noise_does(void **state)
{
    (void)state;
    static const struct {
        const char *variant;
        const char *queries; /* 100: too few for 24 generations */
        bool succeeds;
    } CASES[] = { { "pursuit", "250", true }, { "pursuit rescue 5", "250", true }, { "pursuit rescue 0", "250", false },
                  { "pursuit spacing 2", "250", false }, { "pursuit", "100", true } };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        crowd c = { .n_needed = 2000.5f, .original = 128, .below = 255 };
        pp_result *result = attack_crowd(&c, CASES[i].variant, "queries", CASES[i].queries);
        if (result->status != (CASES[i].succeeds ? PP_SUCCESS : PP_FAILED))
            fail_msg("%s: status %d", CASES[i].variant, (int)result->status);
        if (CASES[i].succeeds)
            assert_true(result->trace[0].n_pixels > 13000 && result->l0 > 2000 && result->l0 < 13000 &&
                        result->queries == strtoul(CASES[i].queries, NULL, 10) && strcmp(result->rung, "corners") == 0 && result->rung_queries == 1);
        pp_result_free(result);
    }
}

/* Noise was there first, and has more pixels than the set that reaches the goal then. */
static void a_set_that_overtakes_noise_is_not_called_noise(void **state)
{
    (void)state;
    crowd c = { .n_needed = 200.5f, .original = 128, .below = 255 };
    pp_result *result = attack_crowd(&c, "pursuit", "queries", "800");
    assert_true(result->trace[0].n_pixels > 13000 && result->l0 == 201 && !result->rung);
    pp_result_free(result);
}

/* Single pixels show nothing: what is left of the noise is shrunk, far below what chance leaves of it. */
static void where_no_pixel_shows_anything_noise_is_shrunk(void **state)
{
    (void)state;
    crowd c = { .n_needed = 300.5f, .original = 128, .below = 255, .is_flat = true };
    pp_result *result = attack_crowd(&c, "pursuit", "queries", "400");
    assert_true(result->status == PP_SUCCESS && result->l0 > 300 && result->l0 < 450);
    pp_result_free(result);
}

/* One pixel may change, and only noise, which has other than corner colours, can flip it: nothing is left to be shrunk. With confidence asked
 * for, what only flips is no result. */
static void one_pixel_of_noise_is_the_end(void **state)
{
    (void)state;
    char folder[256], mask[300];
    snprintf(mask, sizeof mask, "%s/mask.pgm", new_folder(folder));
    FILE *file = fopen(mask, "wb");
    assert_non_null(file);
    fprintf(file, "P5 %d %d 255\n", LARGE, LARGE);
    for (size_t p = 0; p < LARGE * LARGE; p++)
        fputc(p == 7 * LARGE + 3 ? 255 : 0, file);
    fclose(file);
    for (int is_sure = 0; is_sure < 2; is_sure++) {
        crowd c = { .n_needed = 0.5f, .original = 255, .above = 40, .below = 215, .region = mask };
        pp_result *result = attack_crowd(&c, "pursuit queries 300", "confidence", is_sure ? "0.9" : "0");
        if (is_sure)
            assert_true(result->status == PP_FAILED && result->queries == 300);
        else
            assert_true(result->l0 == 1 && result->stop == PP_STOP_MINIMUM && result->pixels[0].x == 3 && result->pixels[0].y == 7);
        pp_result_free(result);
    }
    remove_folder(folder);
}

static void a_partner_that_needs_scores_is_named(void **state)
{
    (void)state;
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    toy copy = TOYS[0];
    pp_callback spec = toy_spec(&copy);
    variant_params(&params, "dgde refine 1");
    assert_ok(pp_params_set(params, "labels-only", "1", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_int_equal(pp_goal_check(model, params, &err), PP_ARG);
    assert_string_equal(err.message, "--labels-only: with --refine method pursuit takes part, which needs scores");
    pp_model_free(model);
    pp_params_free(params);
}

/* What all methods share is the partner's too; its own are the defaults. */
static void a_partner_has_the_shared_parameters_and_defaults_of_its_own(void **state)
{
    (void)state;
    pp_error err;
    pp_relay relay = { 0 };
    pp_params *params = NULL;
    variant_params(&params, "dgde refine 1");
    assert_ok(pp_params_set(params, "seed", "7", &err), err);
    assert_ok(pp_params_set(params, "goal", "targeted:1", &err), err);
    assert_ok(pp_params_set(params, "time", "0.1", &err), err);
    assert_ok(pp_relay_init(&relay, params, 100, &err), err);
    const pp_params *partner = relay.legs[1].params;
    assert_true(relay.n == 2 && relay.legs[0].params == params && partner->method == &pp_method_pursuit);
    assert_true(partner->budget.seed == 7 && strcmp(partner->goal.goal, "targeted:1") == 0 && partner->budget.time == params->budget.time);
    pp_relay_clear(&relay);
    pp_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dgde_hands_over_at_its_share_of_the_budget),
        cmocka_unit_test(until_it_hands_over_the_run_is_the_first_methods_own),
        cmocka_unit_test(it_hands_over_when_it_stops_by_itself),
        cmocka_unit_test(what_cannot_be_made_smaller_is_not_handed_over),
        cmocka_unit_test(a_start_that_is_not_found_is_no_failure),
        cmocka_unit_test(a_large_start_is_thinned_out_by_chance),
        cmocka_unit_test(where_nothing_else_reaches_the_goal_noise_does),
        cmocka_unit_test(a_set_that_overtakes_noise_is_not_called_noise),
        cmocka_unit_test(where_no_pixel_shows_anything_noise_is_shrunk),
        cmocka_unit_test(one_pixel_of_noise_is_the_end),
        cmocka_unit_test(a_partner_that_needs_scores_is_named),
        cmocka_unit_test(a_partner_has_the_shared_parameters_and_defaults_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
