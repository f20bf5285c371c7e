/* test_every_method.c - the contract of a search method: walks the table of methods over the toys. A new method is under it the day it is
 * listed. */
#include "support.h"

#include "attack/method.h"
#include "attack/run.h"
#include "attack/toy.h"
#include "attack/variants.h"
#include "image/image.h"

/* Runs a method on a toy with further options ("name", "value", ..., NULL). */
static pp_result *attack_toy(const char *method, toy *t, const char *const *options)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_result *result = NULL;
    pp_callback spec = toy_spec(t);
    pp_image *image = toy_image(t);
    variant_params(&params, method);
    assert_ok(pp_params_set(params, "queries", strchr(method, ' ') ? "500" : "1500", &err), err);
    if (t->probabilities)
        assert_ok(pp_params_set(params, "output", "softmax", &err), err);
    if (strcmp(method, "onepixel") == 0)
        assert_ok(pp_params_set(params, "population", "50", &err), err);
    for (; options && *options; options += 2)
        assert_ok(pp_params_set(params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
    assert_ok(pp_attack(&result, model, image, params, &err), err);
    pp_model_free(model);
    pp_params_free(params);
    pp_image_free(image);
    return result;
}

/* Everything but the seconds. */
static void assert_same_result(const pp_result *a, const pp_result *b, const char *where)
{
    bool same = a->status == b->status && a->stop == b->stop && a->l0 == b->l0 && a->queries == b->queries &&
                a->generations == b->generations && a->p_adversarial == b->p_adversarial && a->n_trace == b->n_trace &&
                same_pixels(a->pixels, b->pixels, a->l0);
    for (size_t i = 0; same && i < a->n_trace; i++)
        same = a->trace[i].n_pixels == b->trace[i].n_pixels && a->trace[i].queries == b->trace[i].queries &&
               a->trace[i].margin == b->trace[i].margin && a->trace[i].n_stored == b->trace[i].n_stored &&
               same_pixels(a->trace[i].pixels, b->trace[i].pixels, a->trace[i].n_stored);
    if (!same)
        fail_msg("%s: two results differ", where);
}

/* Calls check on every method and toy; on those with a partner and two of the toys. */
static void each(void (*check)(const char *method, const toy *t))
{
    for (size_t m = 0; variant_at(m); m++)
        for (size_t i = 0; i < N_TOYS; i++)
            if (i % 4 == 0 || !strchr(variant_at(m), ' '))
                check(variant_at(m), &TOYS[i]);
}

static void check_repeats(const char *method, const toy *t)
{
    static const char *const OTHER_SEED[] = { "seed", "2", NULL };
    toy once = *t, again = *t, other = *t;
    pp_result *a = attack_toy(method, &once, NULL), *b = attack_toy(method, &again, NULL), *c = attack_toy(method, &other, OTHER_SEED);
    assert_same_result(a, b, method);
    if (a->l0 > 1 && c->l0 > 1) /* single pixels may agree by chance */
        assert_false(a->l0 == c->l0 && same_pixels(a->pixels, c->pixels, a->l0));
    pp_result_free(a);
    pp_result_free(b);
    pp_result_free(c);
}

static void the_same_seed_gives_the_same_run_and_another_seed_another(void **state)
{
    (void)state;
    each(check_repeats);
}

static void check_batches(const char *method, const toy *t)
{
    static const char *const ONE[] = { "batch", "1", "threads", "1", NULL }, *const SEVEN[] = { "batch", "7", "threads", "2", NULL },
                             *const MANY[] = { "batch", "64", "threads", "4", NULL };
    toy toys[3] = { *t, *t, *t };
    pp_result *a = attack_toy(method, &toys[0], ONE), *b = attack_toy(method, &toys[1], SEVEN), *c = attack_toy(method, &toys[2], MANY);
    assert_same_result(a, b, method);
    assert_same_result(a, c, method);
    assert_int_equal(toys[0].largest_batch, 1);
    pp_result_free(a);
    pp_result_free(b);
    pp_result_free(c);
}

static void batch_size_and_threads_change_nothing(void **state)
{
    (void)state;
    each(check_batches);
}

static void check_budget(const char *method, const toy *t)
{
    static const char *const BUDGETS[] = { "1", "2", "3", "19", "20", "21", "64", "65", "333" };
    for (size_t i = 0; i < sizeof BUDGETS / sizeof *BUDGETS; i++) {
        const char *options[] = { "queries", BUDGETS[i], NULL };
        toy copy = *t;
        pp_result *result = attack_toy(method, &copy, options);
        assert_true(result->queries <= strtoull(BUDGETS[i], NULL, 10));
        assert_int_equal(copy.n_images, result->queries + 3); /* every image shown was counted, but for the three of the probe */
        pp_result_free(result);
    }
}

static void no_query_is_uncounted_and_none_is_over_the_budget(void **state)
{
    (void)state;
    each(check_budget);
}

/* The result is held against the toy's own arithmetic. */
static void check_truth(const char *method, const toy *t)
{
    toy copy = *t;
    pp_result *result = attack_toy(method, &copy, NULL);
    pp_image *image = toy_image(t), *original = toy_image(t);
    assert_true(result->status == PP_SUCCESS || result->status == PP_FAILED);
    assert_true((result->status == PP_SUCCESS) == (result->l0 > 0));
    for (size_t i = 0; i < result->l0; i++) {
        const pp_pixel *p = &result->pixels[i];
        assert_true(p->x < TOY_SIDE && p->y < TOY_SIDE);
        assert_false(pp_image_has(original, *p)); /* a pixel that is counted is changed */
        if (i > 0)                                /* once, and in order */
            assert_true(p->y > p[-1].y || (p->y == p[-1].y && p->x > p[-1].x));
    }
    pp_image_paint(image, result->pixels, result->l0);
    if (result->status == PP_SUCCESS)
        assert_true(toy_margin(t, image->data) < 0);
    else
        assert_string_equal(t->name, strcmp(method, "onepixel") == 0 && strcmp(t->name, "stubborn") != 0 ? t->name : "stubborn");
    if (result->n_trace) {
        const pp_trace_row *last = &result->trace[result->n_trace - 1];
        assert_true(last->n_stored == result->l0 && same_pixels(last->pixels, result->pixels, result->l0));
    }
    pp_image_free(image);
    pp_image_free(original);
    pp_result_free(result);
}

static void a_success_really_flips_and_counts_its_pixels_right(void **state)
{
    (void)state;
    each(check_truth);
}

static void check_trace(const char *method, const toy *t)
{
    toy copy = *t;
    pp_result *result = attack_toy(method, &copy, NULL);
    for (size_t i = 1; i < result->n_trace; i++) {
        const pp_trace_row *before = &result->trace[i - 1], *now = &result->trace[i];
        assert_true(now->n_pixels <= before->n_pixels && now->queries >= before->queries && now->generation >= before->generation);
        assert_true(now->margin < 0);
    }
    pp_result_free(result);
}

static void a_trace_never_grows(void **state)
{
    (void)state;
    each(check_trace);
}

static void check_gray(const char *method, const toy *t)
{
    static const char *const GRAY[] = { "gray", "1", NULL };
    toy copy = *t;
    pp_result *result = attack_toy(method, &copy, GRAY);
    for (size_t i = 0; t->channels == 3 && i < result->n_trace; i++)
        for (size_t k = 0; k < result->trace[i].n_stored; k++) {
            const uint8_t *v = result->trace[i].pixels[k].value;
            assert_true(v[0] == v[1] && v[1] == v[2]);
        }
    pp_result_free(result);
}

static void gray_means_gray_at_every_stage(void **state)
{
    (void)state;
    each(check_gray);
}

static void check_target(const char *method, const toy *t)
{
    static const char *const TARGET[] = { "target-pixels", "50", NULL };
    toy copy = *t;
    pp_result *result = attack_toy(method, &copy, TARGET);
    for (size_t i = 0; i + 1 < result->n_trace; i++)
        assert_true(result->trace[i].n_pixels > 50); /* stopped at the first that was enough */
    if (result->l0 && result->l0 <= 50)
        assert_int_equal(result->stop, PP_STOP_TARGET);
    pp_result_free(result);
}

static void it_stops_at_the_pixels_asked_for(void **state)
{
    (void)state;
    each(check_target);
}

static void check_confidence(const char *method, const toy *t)
{
    static const char *const SURE[] = { "confidence", "0.6", NULL };
    toy copy = *t;
    pp_result *result = attack_toy(method, &copy, SURE);
    if (result->status == PP_SUCCESS)
        assert_true(result->p_adversarial <= 0.4);
    pp_result_free(result);
}

static void a_flip_has_the_confidence_asked_for(void **state)
{
    (void)state;
    each(check_confidence);
}

/* The result is the first point; every row of the trace is there, or something that beats it. */
static void check_pareto(const char *method, const toy *t)
{
    toy copy = *t;
    pp_result *result = attack_toy(method, &copy, NULL);
    assert_true((result->n_pareto > 0) == (result->status == PP_SUCCESS));
    if (result->n_pareto)
        assert_true(result->pareto[0].n_pixels == result->l0 && result->pareto[0].p_original <= result->p_adversarial);
    for (size_t i = 0; i < result->n_trace; i++) {
        bool covered = false;
        for (size_t k = 0; k < result->n_pareto && !covered; k++)
            covered = result->pareto[k].n_pixels <= result->trace[i].n_pixels && result->pareto[k].p_original <= result->trace[i].p_original;
        assert_true(covered);
    }
    pp_result_free(result);
}

static void pixels_against_confidence_cover_the_trace(void **state)
{
    (void)state;
    each(check_pareto);
}

/* Whether the toy is flipped by these pixels without number `out`. */
static bool flips_without(const toy *t, const pp_pixel *pixels, size_t n, size_t out)
{
    pp_image *image = toy_image(t);
    pp_image_paint(image, pixels, out);
    pp_image_paint(image, pixels + out + 1, n - out - 1);
    bool flips = toy_margin(t, image->data) < 0;
    pp_image_free(image);
    return flips;
}

/* What is called minimal is, by the toy's own arithmetic, and costs no more than the budget. */
static void check_certified(const char *method, const toy *t)
{
    static const char *const BUDGETS[] = { "2", "30", "70", "300", "1500" };
    for (size_t b = 0; b < sizeof BUDGETS / sizeof *BUDGETS; b++) {
        const char *options[] = { "certify", "1", "queries", BUDGETS[b], NULL };
        toy copy = *t, again = *t;
        pp_result *result = attack_toy(method, &copy, options), *second = attack_toy(method, &again, options);
        assert_same_result(result, second, method);
        assert_true(result->queries <= strtoull(BUDGETS[b], NULL, 10));
        assert_int_equal(copy.n_images, result->queries + 3);
        assert_int_equal(result->locally_minimal, second->locally_minimal);
        assert_true(result->locally_minimal == 1 || result->locally_minimal == -1);
        for (size_t i = 0; result->locally_minimal == 1 && i < result->l0; i++)
            assert_false(flips_without(t, result->pixels, result->l0, i));
        if (result->l0 == 1)
            assert_int_equal(result->locally_minimal, 1);
        if (result->status != PP_SUCCESS)
            assert_int_equal(result->locally_minimal, -1);
        else
            assert_true(result->trace[result->n_trace - 1].n_stored == result->l0);
        if (b == 4 && result->l0 > 0 && result->l0 <= 20) /* the search left queries for it */
            assert_int_equal(result->locally_minimal, 1);
        pp_result_free(result);
        pp_result_free(second);
    }
}

static void what_is_called_locally_minimal_is(void **state)
{
    (void)state;
    each(check_certified);
}

/* Five pixels are drawn where one is enough: the rest go, and only when asked. */
static void certifying_takes_pixels_out_that_are_not_needed(void **state)
{
    (void)state;
    const char *options[] = { "pixels", "5", "queries", "3000", "certify", "0", NULL };
    toy plain = TOYS[1], certified = TOYS[1];
    pp_result *before = attack_toy("onepixel", &plain, options);
    options[5] = "1";
    pp_result *after = attack_toy("onepixel", &certified, options);
    assert_true(before->status == PP_SUCCESS && before->l0 == 5 && before->locally_minimal == -1);
    assert_true(after->status == PP_SUCCESS && after->l0 == 1 && after->locally_minimal == 1);
    assert_true(after->n_trace == 5 && after->trace[0].n_pixels == 5 && after->queries > before->queries);
    pp_result_free(before);
    pp_result_free(after);
}

/* Goals on the five-class toy, whose original is class 1: class 0 is what a planted change leads to. */
static void goals_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *goal;
        pp_status status;
    } GOALS[] = { { "targeted:0", PP_SUCCESS },         { "targeted:3", PP_FAILED },
                  { "targeted:1", PP_NOT_IN_GOAL },     { "positive-to-negative", PP_SUCCESS },
                  { "negative-to-positive", PP_NOT_IN_GOAL } };
    for (size_t m = 0; pp_methods[m]; m++)
        for (size_t i = 0; i < sizeof GOALS / sizeof *GOALS; i++) {
            const char *options[] = { "goal", GOALS[i].goal, "positive", "1", NULL };
            toy copy = TOYS[5];
            pp_result *result = attack_toy(pp_methods[m]->name, &copy, options);
            assert_true(result->class_original == 1);
            if (GOALS[i].status == PP_SUCCESS && result->status == PP_SUCCESS)
                assert_int_equal(result->class_adversarial, 0);
            else if (GOALS[i].status != PP_SUCCESS || strcmp(pp_methods[m]->name, "onepixel") != 0)
                assert_int_equal(result->status, GOALS[i].status);
            if (GOALS[i].status == PP_NOT_IN_GOAL)
                assert_int_equal(result->queries, 1);
            pp_result_free(result);
        }
}

/* Scores that lie lead the search nowhere else, where it is to see decisions only. */
static void with_labels_only_nothing_but_decisions_counts(void **state)
{
    (void)state;
    static const char *const LABELS_ONLY[] = { "labels-only", "1", NULL };
    for (size_t m = 0; pp_methods[m]; m++) {
        toy honest = TOYS[0], liar = TOYS[0];
        liar.lies = true;
        if (pp_methods[m]->needs_scores)
            continue;
        pp_result *a = attack_toy(pp_methods[m]->name, &honest, LABELS_ONLY), *b = attack_toy(pp_methods[m]->name, &liar, LABELS_ONLY);
        assert_int_equal(a->status, PP_SUCCESS);
        b->p_adversarial = a->p_adversarial; /* what is told of the result is the classifier's business */
        assert_same_result(a, b, pp_methods[m]->name);
        for (size_t i = 0; i < a->n_trace; i++)
            assert_true(a->trace[i].margin == -1);
        pp_result_free(a);
        pp_result_free(b);
    }
}

static void a_method_that_needs_scores_says_which_do_not(void **state)
{
    (void)state;
    for (size_t m = 0; pp_methods[m]; m++) {
        pp_error err = { 0 };
        pp_params *params = NULL;
        pp_model *model = NULL;
        pp_result *result = NULL;
        toy copy = TOYS[0];
        pp_callback spec = toy_spec(&copy);
        pp_image *image = toy_image(&copy);
        assert_ok(pp_params_new(&params, pp_methods[m]->name, &err), err);
        assert_ok(pp_params_set(params, "labels-only", "1", &err), err);
        assert_ok(pp_params_set(params, "queries", "50", &err), err);
        assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
        assert_int_equal(pp_attack(&result, model, image, params, &err), pp_methods[m]->needs_scores ? PP_ARG : PP_OK);
        if (pp_methods[m]->needs_scores)
            assert_non_null(strstr(err.message, "needs scores; those that do not are dgde, sparse-evo, noise"));
        pp_result_free(result);
        result = NULL;
        assert_ok(pp_params_set(params, "confidence", "0.9", &err), err);
        assert_int_equal(pp_attack(&result, model, image, params, &err), PP_ARG);
        assert_non_null(strstr(err.message, "--confidence"));
        pp_model_free(model);
        pp_params_free(params);
        pp_image_free(image);
    }
}

/* A watch that stops the run after some steps. */
typedef struct stopper {
    int n_steps, stop_after;
    volatile int cancel;
} stopper;

static void count_step(void *user, const pp_run *run)
{
    (void)run;
    stopper *s = user;
    if (++s->n_steps == s->stop_after)
        s->cancel = 1;
}

static void a_wish_to_stop_is_heard_after_the_step(void **state)
{
    (void)state;
    for (size_t m = 0; pp_methods[m]; m++) {
        pp_error err;
        pp_params *params = NULL;
        pp_model *model = NULL;
        pp_result *result = NULL;
        toy copy = TOYS[7]; /* nothing flips it: every method goes on */
        pp_callback spec = toy_spec(&copy);
        pp_image *image = toy_image(&copy);
        stopper s = { .stop_after = 1 };
        pp_step_watch watch = { count_step, &s, &s.cancel };
        assert_ok(pp_params_new(&params, pp_methods[m]->name, &err), err);
        assert_ok(pp_model_from_callback(&model, &spec, params, &err), err);
        pp_code code = pp_run_attack(&result, model, image, -1, params, NULL, NULL, &watch, &err);
        if (s.n_steps > 0) /* dgde ends in its first noise here, before any step */
            assert_int_equal(code, PP_INTERRUPTED);
        assert_true(s.n_steps <= 1);
        pp_result_free(result);
        pp_model_free(model);
        pp_params_free(params);
        pp_image_free(image);
    }
}

static void every_parameter_has_a_row_with_a_default_in_range(void **state)
{
    (void)state;
    const pp_section *section;
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; row->option; row++) {
            assert_non_null(row->fallback);
            assert_true(*row->help != '\0');
            assert_true(row->unit && row->source && row->choices);
        }
    for (size_t m = 0; pp_methods[m]; m++) {
        pp_error err;
        pp_params *params = NULL;
        assert_ok(pp_params_new(&params, pp_methods[m]->name, &err), err); /* parses every default */
        for (const pp_param *row = pp_methods[m]->rows; row->option; row++)
            assert_true(row->offset < pp_methods[m]->own_size);
        pp_params_free(params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_run_and_another_seed_another),
        cmocka_unit_test(batch_size_and_threads_change_nothing),
        cmocka_unit_test(no_query_is_uncounted_and_none_is_over_the_budget),
        cmocka_unit_test(a_success_really_flips_and_counts_its_pixels_right),
        cmocka_unit_test(a_trace_never_grows),
        cmocka_unit_test(gray_means_gray_at_every_stage),
        cmocka_unit_test(it_stops_at_the_pixels_asked_for),
        cmocka_unit_test(a_flip_has_the_confidence_asked_for),
        cmocka_unit_test(pixels_against_confidence_cover_the_trace),
        cmocka_unit_test(what_is_called_locally_minimal_is),
        cmocka_unit_test(certifying_takes_pixels_out_that_are_not_needed),
        cmocka_unit_test(goals_are_kept),
        cmocka_unit_test(with_labels_only_nothing_but_decisions_counts),
        cmocka_unit_test(a_method_that_needs_scores_says_which_do_not),
        cmocka_unit_test(a_wish_to_stop_is_heard_after_the_step),
        cmocka_unit_test(every_parameter_has_a_row_with_a_default_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
