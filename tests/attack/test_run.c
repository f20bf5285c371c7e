/* test_run.c - the loop that every method shares: the best result, the trace with its stages, what counts as a changed pixel, and how a run
 * ends. */
#include "support.h"

#include "attack/run.h"
#include "attack/toy.h"

enum { N_PIXELS = TOY_SIDE * TOY_SIDE, MOST_STEPS = 500 };

/* ---- A method that does what it is told -------------------------------------------------------------------------- */

/* sizes[g]: pixels of the result that generation g reports, 0: none. Generation 0 is init. */
typedef struct script {
    size_t n_steps;
    size_t sizes[MOST_STEPS];
    pp_code last; /* what the last step returns */
} script;

static const script *told;

/* A group of n pixels that reaches the goal: the first n places, row by row, each with a colour of its own. */
static void report_group(pp_run *run, size_t n)
{
    static pp_pixel pixels[N_PIXELS];
    const pp_verdict verdict = { .margin = -1, .p_original = (double)n / N_PIXELS, .reached = true };
    for (size_t i = 0; i < n; i++)
        pixels[i] = (pp_pixel){ .x = (uint16_t)(i % TOY_SIDE), .y = (uint16_t)(i / TOY_SIDE), .value = { 1, (uint8_t)i, 2 } };
    pp_run_report(run, pixels, n, &verdict);
}

static size_t scripted_size(const pp_params *params, size_t n_pixels)
{
    (void)params, (void)n_pixels;
    return 1;
}

static pp_code scripted_init(pp_run *run, pp_error *err)
{
    (void)err;
    if (told->sizes[0])
        report_group(run, told->sizes[0]);
    return PP_OK;
}

static pp_code scripted_step(pp_run *run, pp_error *err)
{
    if (told->sizes[run->generation])
        report_group(run, told->sizes[run->generation]);
    if (run->generation < told->n_steps)
        return PP_OK;
    if (told->last == PP_OK && run->stop == PP_STOP_NONE)
        run->stop = PP_STOP_EXHAUSTED;
    if (told->last < 0)
        snprintf(err->message, sizeof err->message, "as told");
    return told->last;
}

static const pp_method scripted = { .name = "scripted", .state_size = scripted_size, .init = scripted_init, .step = scripted_step };

/* Runs the script; options are pairs, ended by NULL. code NULL: it must be PP_OK. */
static pp_result *run_script(const script *s, const char *const *options, pp_code *code)
{
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t);
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_error err;
    told = s;
    assert_ok(pp_params_new(&params, "noise", &err), err);
    for (; options && *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    const pp_method *own = params->method; /* frees what belongs to it */
    params->method = &scripted;
    pp_code found = pp_attack(&result, model, image, params, &err);
    params->method = own;
    if (code)
        *code = found;
    else
        assert_ok(found, err);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    return result;
}

/* ---- The trace --------------------------------------------------------------------------------------------------- */

/* expected: generation, pixels, whether they are stored; ended by pixels = 0. */
static void assert_trace(const pp_result *result, const int (*expected)[3])
{
    size_t n = 0;
    for (; expected[n][1]; n++) {
        assert_true(n < result->n_trace);
        const pp_trace_row *row = &result->trace[n];
        if ((int)row->generation != expected[n][0] || (int)row->n_pixels != expected[n][1] || (row->n_stored > 0) != expected[n][2])
            fail_msg("row %zu: generation %d, %zu pixels, %zu stored; expected %d, %d, %d", n, (int)row->generation, row->n_pixels,
                     row->n_stored, expected[n][0], expected[n][1], expected[n][2]);
        assert_true(row->n_stored == 0 || row->n_stored == row->n_pixels);
        assert_true(row->margin == -1 && row->p_original == (double)row->n_pixels / N_PIXELS);
    }
    assert_int_equal(result->n_trace, n);
}

static void a_row_is_written_whenever_the_result_gets_smaller(void **state)
{
    (void)state;
    const script s = { .n_steps = 8, .sizes = { 300, 290, 290, 295, 200, 0, 199, 300, 0 } };
    static const int ROWS[][3] = { { 0, 300, 1 }, { 1, 290, 0 }, { 4, 200, 0 }, { 6, 199, 1 }, { 0 } };
    pp_result *result = run_script(&s, NULL, NULL);
    assert_trace(result, ROWS);
    assert_int_equal(result->l0, 199);
    assert_int_equal(result->generations, 8);
    assert_int_equal(result->stop, PP_STOP_EXHAUSTED);
    pp_result_free(result);
}

/* Stored: the start, each halving of what was stored last, generations 100 and 200, and the end. */
static void the_stages_that_figures_need_are_stored(void **state)
{
    (void)state;
    script s = { .n_steps = 250, .sizes = { 400 } };
    s.sizes[1] = 201;
    s.sizes[2] = 200; /* half of 400 */
    s.sizes[3] = 101;
    s.sizes[5] = 90;
    s.sizes[99] = 80;
    s.sizes[110] = 41;
    s.sizes[120] = 40; /* half of the 80 of generation 100 */
    s.sizes[200] = 30;
    s.sizes[240] = 16; /* half of the 30 of generation 200 is 15 */
    static const int ROWS[][3] = { { 0, 400, 1 },  { 1, 201, 0 },  { 2, 200, 1 },  { 3, 101, 0 },  { 5, 90, 1 },  { 99, 80, 0 },
                                   { 100, 80, 1 }, { 110, 41, 0 }, { 120, 40, 1 }, { 200, 30, 0 }, { 200, 30, 1 }, { 240, 16, 1 },
                                   { 0 } };
    pp_result *result = run_script(&s, NULL, NULL);
    assert_trace(result, ROWS);
    pp_result_free(result);
}

/* No stage before anything flips; the first result is stored whenever it comes. */
static void nothing_is_stored_before_anything_flips(void **state)
{
    (void)state;
    script s = { .n_steps = 210, .sizes = { 0 } };
    s.sizes[150] = 7;
    static const int ROWS[][3] = { { 150, 7, 1 }, { 200, 7, 1 }, { 0 } };
    pp_result *result = run_script(&s, NULL, NULL);
    assert_trace(result, ROWS);
    pp_result_free(result);
    s.sizes[150] = 0;
    result = run_script(&s, NULL, NULL);
    assert_true(result->n_trace == 0 && result->status == PP_FAILED && result->l0 == 0 && result->pixels != NULL);
    assert_int_equal(result->class_adversarial, result->class_original);
    assert_true(result->p_adversarial == result->p_original);
    pp_result_free(result);
}

/* The longest traces that can be: one pixel fewer each time, and each halving as late or as early as it can come. */
static void the_longest_traces_have_room(void **state)
{
    (void)state;
    script one_by_one = { .n_steps = N_PIXELS - 1 }, at_stages = { .n_steps = 300 };
    for (size_t g = 0; g < N_PIXELS; g++)
        one_by_one.sizes[g] = N_PIXELS - g;
    pp_result *result = run_script(&one_by_one, NULL, NULL);
    assert_int_equal(result->n_trace, N_PIXELS + 2); /* and the two stages */
    assert_int_equal(result->l0, 1);
    pp_result_free(result);
    at_stages.sizes[0] = N_PIXELS; /* three times nearly all, then every halving, then the end */
    at_stages.sizes[100] = N_PIXELS - 1;
    at_stages.sizes[200] = N_PIXELS - 2;
    for (size_t g = 201; at_stages.sizes[g - 1] > 1; g++)
        at_stages.sizes[g] = at_stages.sizes[g - 1] / 2;
    result = run_script(&at_stages, NULL, NULL);
    assert_int_equal(result->l0, 1);
    pp_result_free(result);
}

/* The real methods. That DGDE's stages are subsets of each other is tested with it. */
static void stored_stages_are_whole_and_never_larger(void **state)
{
    (void)state;
    static const char *const METHODS[] = { "dgde", "onepixel", "noise" };
    for (size_t m = 0; m < 3; m++)
        for (size_t i = 0; i < N_TOYS; i++) {
            toy t = TOYS[i];
            pp_callback spec = toy_spec(&t);
            pp_image *image = toy_image(&t);
            pp_params *params = NULL;
            pp_model *model = NULL;
            pp_result *result = NULL;
            pp_error err;
            assert_ok(pp_params_new(&params, METHODS[m], &err), err);
            assert_ok(pp_params_set(params, "output", t.probabilities ? "softmax" : "auto", &err), err);
            assert_ok(pp_params_set(params, "queries", "5000", &err), err);
            assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
            assert_ok(pp_attack(&result, model, image, params, &err), err);
            const pp_trace_row *before = NULL;
            for (size_t r = 0; r < result->n_trace; r++) {
                const pp_trace_row *now = &result->trace[r];
                if (!now->n_stored)
                    continue;
                pp_image *painted = toy_image(&t);
                pp_image_paint(painted, now->pixels, now->n_stored);
                assert_true(toy_margin(&t, painted->data) < 0); /* every stage flips */
                assert_true(!before || now->n_stored <= before->n_stored);
                pp_image_free(painted);
                before = now;
            }
            if (result->n_trace)
                assert_true(result->trace[0].n_stored > 0 && result->trace[result->n_trace - 1].n_stored == result->l0);
            pp_result_free(result);
            pp_model_free(model);
            pp_params_free(params);
            pp_image_free(image);
        }
}

/* ---- What counts ------------------------------------------------------------------------------------------------- */

/* What a method saw that reports odd groups. */
static size_t n_reported, reported_stop;
static pp_pixel reported_best[N_PIXELS];

static pp_code report_odd_ones(pp_run *run, pp_error *err)
{
    (void)err;
    const pp_verdict reached = { .margin = -1, .reached = true }, not_reached = { .margin = 1 };
    const pp_pixel none[] = { { 3, 3, { 128, 128, 128 } } };                             /* the original's colour */
    const pp_pixel twice[] = { { 5, 2, { 1, 2, 3 } }, { 9, 1, { 4, 5, 6 } }, { 5, 2, { 7, 8, 9 } }, { 3, 3, { 128, 128, 128 } } };
    const pp_pixel back[] = { { 5, 2, { 1, 2, 3 } }, { 5, 2, { 128, 128, 128 } }, { 0, 0, { 128, 128, 129 } } };
    pp_run_report(run, twice, 4, &not_reached);
    assert_int_equal(run->n_best, 0);
    pp_run_report(run, none, 1, &reached);
    assert_int_equal(run->n_best, 0);
    pp_run_report(run, twice, 4, &reached);
    assert_int_equal(run->n_best, 2);
    assert_true(run->best[0].x == 9 && run->best[0].y == 1 && run->best[1].x == 5 && run->best[1].y == 2);
    assert_memory_equal(run->best[1].value, ((uint8_t[]){ 7, 8, 9 }), 3); /* painted in order: the last one counts */
    pp_run_report(run, back, 3, &reached);
    assert_int_equal(run->n_best, 1);
    assert_true(run->best[0].x == 0 && run->best[0].y == 0 && run->best[0].value[2] == 129); /* one channel by one level is enough */
    n_reported = run->n_best;
    reported_stop = run->stop;
    memcpy(reported_best, run->best, run->n_best * sizeof *run->best);
    run->stop = PP_STOP_EXHAUSTED;
    return PP_OK;
}

static void a_pixel_counts_once_and_not_with_the_original_s_colour(void **state)
{
    (void)state;
    static const pp_method reporter = { .name = "reporter", .state_size = scripted_size, .init = report_odd_ones, .step = scripted_step };
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t);
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_error err;
    n_reported = 0;
    assert_ok(pp_params_new(&params, "noise", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    const pp_method *own = params->method;
    params->method = &reporter;
    assert_ok(pp_attack(&result, model, image, params, &err), err);
    params->method = own;
    assert_int_equal(n_reported, 1);
    assert_int_equal(reported_stop, PP_STOP_NONE);
    assert_int_equal(result->l0, 1);
    assert_memory_equal(result->pixels, reported_best, sizeof *reported_best);
    pp_result_free(result);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
}

static void enough_is_enough_at_the_pixels_asked_for(void **state)
{
    (void)state;
    const script s = { .n_steps = 9, .sizes = { 100, 60, 51, 50, 10 } };
    pp_result *result = run_script(&s, (const char *[]){ "target-pixels", "50", NULL }, NULL);
    assert_true(result->stop == PP_STOP_TARGET && result->l0 == 50 && result->generations == 3);
    pp_result_free(result);
}

/* ---- How a run ends ---------------------------------------------------------------------------------------------- */

static void a_spent_budget_is_an_outcome_and_says_which(void **state)
{
    (void)state;
    const script s = { .n_steps = 3, .sizes = { 100 }, .last = PP_BUDGET };
    pp_result *result = run_script(&s, NULL, NULL);
    assert_true(result->stop == PP_STOP_QUERIES && result->status == PP_SUCCESS && result->l0 == 100);
    pp_result_free(result);
    result = run_script(&s, (const char *[]){ "time", "1e-9", NULL }, NULL);
    assert_int_equal(result->stop, PP_STOP_TIME);
    pp_result_free(result);
}

static void a_failure_or_interruption_leaves_no_result(void **state)
{
    (void)state;
    static const pp_code CODES[] = { PP_INTERRUPTED, PP_MODEL, PP_MEMORY };
    for (size_t i = 0; i < 3; i++) {
        script s = { .n_steps = 3, .sizes = { 100 } };
        pp_code code = PP_OK;
        s.last = CODES[i];
        assert_null(run_script(&s, NULL, &code));
        assert_int_equal(code, CODES[i]);
    }
}

static void an_image_that_is_not_attacked_costs_one_query(void **state)
{
    (void)state;
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t), *small = NULL;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_error err = { 0 };
    assert_ok(pp_params_new(&params, "dgde", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_run_attack(&result, model, image, 0, params, NULL, NULL, NULL, &err), err); /* the toy says 1 */
    assert_true(result->status == PP_MISCLASSIFIED && result->queries == 1 && result->l0 == 0 && result->n_trace == 0);
    assert_true(result->class_original == 1 && result->class_adversarial == 1 && result->stop == PP_STOP_NONE);
    pp_result_free(result);
    result = NULL;
    assert_int_equal(pp_image_new(&small, 3, 3, 3, NULL), PP_OK); /* of another size: refused */
    assert_int_equal(pp_attack(&result, model, small, params, &err), PP_ARG);
    assert_null(result);
    assert_ok(pp_params_set(params, "goal", "sideways", &err), err);
    assert_int_equal(pp_attack(&result, model, image, params, &err), PP_ARG);
    assert_null(result);
    pp_image_free(small);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    pp_result_free(NULL);
}

static size_t too_large(const pp_params *params, size_t n_pixels)
{
    (void)params, (void)n_pixels;
    return 0; /* what a method says whose memory cannot be counted in a size_t */
}

static void memory_that_cannot_be_counted_is_refused_before_any_query(void **state)
{
    (void)state;
    static const pp_method huge = { .name = "huge", .state_size = too_large, .init = scripted_init, .step = scripted_step };
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t);
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_error err;
    assert_ok(pp_params_new(&params, "noise", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    const pp_method *own = params->method;
    size_t before = t.n_images;
    params->method = &huge;
    assert_int_equal(pp_attack(&result, model, image, params, &err), PP_MEMORY);
    params->method = own;
    assert_null(result);
    assert_int_equal(t.n_images, before);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
}

static void the_same_image_gives_the_same_run_whatever_came_before(void **state)
{
    (void)state;
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t), *other = toy_image(&t);
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *first = NULL, *between = NULL, *again = NULL;
    pp_error err;
    other->data[100] = 127;
    assert_ok(pp_params_new(&params, "dgde", &err), err);
    assert_ok(pp_params_set(params, "queries", "800", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_attack(&first, model, image, params, &err), err);
    assert_ok(pp_attack(&between, model, other, params, &err), err);
    assert_ok(pp_attack(&again, model, image, params, &err), err);
    assert_true(again->l0 == first->l0 && again->queries == first->queries && again->n_trace == first->n_trace);
    assert_memory_equal(again->pixels, first->pixels, first->l0 * sizeof *first->pixels);
    assert_false(between->l0 == first->l0 && memcmp(between->pixels, first->pixels, first->l0 * sizeof *first->pixels) == 0);
    pp_result_free(first);
    pp_result_free(between);
    pp_result_free(again);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    pp_image_free(other);
}

/* Counts what it is told, and has the attack stopped at the third step if it is to. */
typedef struct witness {
    size_t n_told, n_pixels;
    uint64_t queries;
    bool stops, in_order;
    volatile int cancel;
} witness;

static void witness_progress(void *user, const pp_progress *progress)
{
    witness *w = user;
    w->in_order = (w->n_told == 0 || w->in_order) && progress->what == PP_STEP && progress->queries >= w->queries &&
                  progress->query_budget == 500 && progress->n_images == 1 && !progress->path;
    w->queries = progress->queries;
    w->n_pixels = progress->n_pixels;
    w->cancel = ++w->n_told == 3 && w->stops;
}

static void a_watched_attack_tells_each_step_and_stops_when_it_is_to(void **state)
{
    (void)state;
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t);
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *alone = NULL, *result = NULL;
    pp_error err;
    assert_ok(pp_params_new(&params, "sparse-rs", &err), err);
    assert_ok(pp_params_set(params, "queries", "500", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_attack(&alone, model, image, params, &err), err);
    witness w = { 0 };
    pp_watch watch = { witness_progress, &w, &w.cancel };
    assert_ok(pp_attack_watched(&result, model, image, 1, params, &watch, &err), err);
    assert_true(w.in_order);
    assert_int_equal(w.n_told, result->generations);
    assert_true(w.queries <= result->queries && w.n_pixels >= result->l0 && w.n_pixels > 0);
    assert_true(result->l0 == alone->l0 && result->queries == alone->queries);
    assert_true(same_pixels(result->pixels, alone->pixels, alone->l0));
    pp_result_free(result);
    result = NULL;
    w = (witness){ .stops = true };
    assert_int_equal(pp_attack_watched(&result, model, image, 1, params, &watch, &err), PP_INTERRUPTED);
    assert_true(w.in_order && w.n_told == 3);
    assert_null(result);
    watch = (pp_watch){ 0 }; /* one that asks for nothing */
    assert_ok(pp_attack_watched(&result, model, image, -1, params, &watch, &err), err);
    assert_int_equal(result->l0, alone->l0);
    pp_result_free(result);
    pp_result_free(alone);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
}

static void a_label_that_is_no_class_is_refused(void **state)
{
    (void)state;
    toy t = TOYS[0];
    pp_callback spec = toy_spec(&t);
    pp_image *image = toy_image(&t);
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_error err = { 0 };
    assert_ok(pp_params_new(&params, "dgde", &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_int_equal(pp_attack_watched(&result, model, image, 2, params, NULL, &err), PP_ARG);
    assert_non_null(strstr(err.message, "label 2: planted has classes 0 to 1"));
    assert_int_equal(pp_attack_watched(&result, model, image, -2, params, NULL, &err), PP_ARG);
    assert_null(result);
    assert_ok(pp_attack_watched(&result, model, image, 0, params, NULL, &err), err); /* the toy says 1 */
    assert_true(result->status == PP_MISCLASSIFIED && result->queries == 1);
    pp_result_free(result);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
}

static void outcomes_have_names(void **state)
{
    (void)state;
    static const char *const STATUSES[] = { "success", "failed", "misclassified", "unreadable", "not-in-goal", "elsewhere" };
    static const char *const STOPS[] = { "none", "queries", "time", "target", "generations", "stall", "minimum", "exhausted" };
    for (int i = PP_SUCCESS; i <= PP_ELSEWHERE; i++)
        assert_string_equal(pp_status_name((pp_status)i), STATUSES[i]);
    for (int i = PP_STOP_NONE; i <= PP_STOP_EXHAUSTED; i++)
        assert_string_equal(pp_stop_name((pp_stop)i), STOPS[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_written_whenever_the_result_gets_smaller),
        cmocka_unit_test(the_stages_that_figures_need_are_stored),
        cmocka_unit_test(nothing_is_stored_before_anything_flips),
        cmocka_unit_test(the_longest_traces_have_room),
        cmocka_unit_test(stored_stages_are_whole_and_never_larger),
        cmocka_unit_test(a_pixel_counts_once_and_not_with_the_original_s_colour),
        cmocka_unit_test(enough_is_enough_at_the_pixels_asked_for),
        cmocka_unit_test(a_spent_budget_is_an_outcome_and_says_which),
        cmocka_unit_test(a_failure_or_interruption_leaves_no_result),
        cmocka_unit_test(an_image_that_is_not_attacked_costs_one_query),
        cmocka_unit_test(memory_that_cannot_be_counted_is_refused_before_any_query),
        cmocka_unit_test(the_same_image_gives_the_same_run_whatever_came_before),
        cmocka_unit_test(a_watched_attack_tells_each_step_and_stops_when_it_is_to),
        cmocka_unit_test(a_label_that_is_no_class_is_refused),
        cmocka_unit_test(outcomes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
