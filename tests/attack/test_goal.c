/* test_goal.c - what an attack is after, and which images are attacked at all. */
#include "support.h"

#include "attack/run.h"

#include <string.h>

static pp_code predict(void *user, const uint8_t *images, size_t n, float *scores)
{
    (void)images;
    const pp_callback *spec = user;
    memset(scores, 0, n * (size_t)spec->n_outputs * sizeof *scores);
    return PP_OK;
}

static const char *const NAMES[] = { "normal", "viral", "bacterial", "other" };

typedef struct fixture {
    pp_callback spec;
    pp_params *params;
    pp_model *model;
} fixture;

/* options: "name", "value", ..., NULL */
static void set_up(fixture *f, int n_outputs, const char *const *options)
{
    pp_error err;
    *f = (fixture){ .spec = { .name = "four", .width = 2, .height = 2, .channels = 1, .n_outputs = n_outputs, .class_names = NAMES,
                              .predict = predict } };
    f->spec.user = &f->spec;
    assert_ok(pp_params_new(&f->params, "dgde", &err), err);
    for (; *options; options += 2)
        assert_ok(pp_params_set(f->params, options[0], options[1], &err), err);
    assert_ok(pp_model_from_callback(&f->model, &f->spec, f->params, &err), err);
}

static void tear_down(fixture *f)
{
    pp_model_free(f->model);
    pp_params_free(f->params);
}

/* towards, class_index: of the goal where it is attacked. */
static void a_goal_is_a_class_to_leave_or_to_reach(void **state)
{
    (void)state;
    static const struct {
        const char *goal;
        int decision, label;
        pp_status status;
        bool towards;
        int class_index;
    } CASES[] = {
        { "untargeted", 0, -1, PP_SUCCESS, false, 0 },
        { "untargeted", 2, 2, PP_SUCCESS, false, 2 },
        { "untargeted", 2, 1, PP_MISCLASSIFIED, false, 2 },
        { "targeted:bacterial", 0, -1, PP_SUCCESS, true, 2 },
        { "targeted:BACTERIAL", 0, 0, PP_SUCCESS, true, 2 },
        { "targeted:2", 0, 0, PP_SUCCESS, true, 2 },
        { "targeted:pneumonia", 0, 0, PP_SUCCESS, true, 1 }, /* by --label-map */
        { "targeted:bacterial", 2, 2, PP_NOT_IN_GOAL, true, 2 },
        { "targeted:bacterial", 2, 0, PP_MISCLASSIFIED, true, 2 },
        { "positive-to-negative", 1, -1, PP_SUCCESS, false, 1 },
        { "positive-to-negative", 1, 1, PP_SUCCESS, false, 1 },
        { "positive-to-negative", 0, 0, PP_NOT_IN_GOAL, false, 0 },
        { "positive-to-negative", 0, 1, PP_MISCLASSIFIED, false, 0 },
        { "negative-to-positive", 0, 0, PP_SUCCESS, true, 1 },
        { "negative-to-positive", 3, -1, PP_SUCCESS, true, 1 },
        { "negative-to-positive", 1, 1, PP_NOT_IN_GOAL, true, 1 },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        fixture f;
        pp_goal goal;
        pp_status status;
        pp_error err;
        set_up(&f, 4, (const char *[]){ "goal", CASES[i].goal, "positive", "viral", "confidence", "0.75", "label-map", "pneumonia=viral",
                                        NULL });
        assert_ok(pp_goal_check(f.model, f.params, &err), err);
        assert_ok(pp_goal_for(&goal, &status, f.model, f.params, CASES[i].decision, CASES[i].label, &err), err);
        if (status != CASES[i].status || goal.towards != CASES[i].towards || goal.class_index != CASES[i].class_index)
            fail_msg("%s, decision %d, label %d: %s, towards %d, class %d", CASES[i].goal, CASES[i].decision, CASES[i].label,
                     pp_status_name(status), goal.towards, goal.class_index);
        assert_true(goal.confidence == 0.75);
        tear_down(&f);
    }
}

static void a_goal_that_cannot_be_is_refused_before_any_image_is_read(void **state)
{
    (void)state;
    static const char *const BAD[][2] = { { "sideways", "expected untargeted" }, { "targeted", "expected untargeted" },
                                          { "targeted:", "''" },                 { "targeted:covid", "'covid'" },
                                          { "targeted:4", "'4'" },               { "Untargeted", "expected untargeted" },
                                          { "", "expected untargeted" },         { "positive-to-negative", "--positive" },
                                          { "negative-to-positive", "--positive" } };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        fixture f;
        pp_error err = { 0 };
        set_up(&f, 4, (const char *[]){ "goal", BAD[i][0], NULL });
        if (pp_goal_check(f.model, f.params, &err) != PP_ARG || !strstr(err.message, "--goal") || !strstr(err.message, BAD[i][1]))
            fail_msg("%s: '%s'", BAD[i][0], err.message);
        tear_down(&f);
    }
}

static void of_two_classes_the_second_is_the_positive_one(void **state)
{
    (void)state;
    fixture f;
    pp_goal goal;
    pp_status status;
    pp_error err;
    set_up(&f, 2, (const char *[]){ "goal", "negative-to-positive", NULL });
    assert_ok(pp_goal_check(f.model, f.params, &err), err);
    assert_ok(pp_goal_for(&goal, &status, f.model, f.params, 0, -1, &err), err);
    assert_true(status == PP_SUCCESS && goal.towards && goal.class_index == 1);
    tear_down(&f);
}

/* Findings that do not exclude each other: which is audited must be said. */
static void a_multi_label_classifier_needs_its_finding(void **state)
{
    (void)state;
    fixture f;
    pp_error err = { 0 };
    set_up(&f, 4, (const char *[]){ "output", "sigmoid", NULL });
    assert_int_equal(pp_goal_check(f.model, f.params, &err), PP_ARG);
    assert_non_null(strstr(err.message, "--positive"));
    tear_down(&f);
    set_up(&f, 4, (const char *[]){ "output", "sigmoid", "positive", "viral", NULL });
    assert_ok(pp_goal_check(f.model, f.params, &err), err);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_goal_is_a_class_to_leave_or_to_reach),
        cmocka_unit_test(a_goal_that_cannot_be_is_refused_before_any_image_is_read),
        cmocka_unit_test(of_two_classes_the_second_is_the_positive_one),
        cmocka_unit_test(a_multi_label_classifier_needs_its_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
