/* A gate's rules, on runs that are made by hand. */
#include "folder.h"

#include "report/made_run.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

static const pp_gate_rules NO_RULES = { .max_loss = NAN, .min_median_pixels = NAN, .max_success = NAN };

static const char *shard = ""; /* of the runs that are written */

/* A run of so many queries in folder/name. */
static const char *write_run(char dir[300], const char *name, const char *queries, const made_image *images, size_t n_images,
                             const made_attack *attacks, size_t n_attacks)
{
    pp_params *params;
    pp_error err;
    snprintf(dir, 300, "%s/%s", folder, name);
    assert_int_equal(mkdir(dir, 0777), 0);
    pp_run_record run = { .version = text("1"), .method = text("pursuit"), .goal = text("untargeted"), .seed = 1, .model_path = text("/m.onnx"),
                          .model_sha256 = text("abc"), .class_names = text("[]"), .score_source = text("logits"), .preprocessing = text("none"),
                          .preprocessing_source = text(""), .engine = text(""), .created = text(""), .width = 8, .height = 8, .channels = 3 };
    assert_ok(pp_params_new(&params, "pursuit", &err), err);
    assert_ok(pp_params_set(params, "queries", queries, &err), err);
    assert_ok(pp_params_set(params, "shard", shard, &err), err);
    write_made_run(dir, &run, params, images, n_images, attacks, n_attacks);
    pp_params_free(params);
    return dir;
}

/* Flips at once with so many pixels; 0: fails. */
static made_attack flip(int64_t image, uint64_t pixels)
{
    return (made_attack){ .image = image, .status = pixels ? PP_SUCCESS : PP_FAILED, .at = { 1, 1 }, .pixels = { pixels, pixels }, .queries = 400 };
}

/* A run of images with these pixels; 0: the attack fails; -1: misclassified. Their hashes are letters from `first` on. */
static const char *write_pixels(char dir[300], const char *name, char first, const int *pixels, size_t n)
{
    made_image images[16];
    made_attack attacks[16];
    char hashes[16][2];
    size_t n_attacks = 0;
    for (size_t i = 0; i < n; i++) {
        snprintf(hashes[i], 2, "%c", (char)(first + (int)i));
        images[i] = (made_image){ hashes[i], hashes[i], pixels[i] < 0 ? "misclassified" : "ready" };
        if (pixels[i] >= 0)
            attacks[n_attacks++] = flip((int64_t)i + 1, (uint64_t)pixels[i]);
    }
    return write_run(dir, name, "400", images, n, attacks, n_attacks);
}

/* The verdict; its text must begin so. */
static pp_code judge(const char *dir, const pp_gate_rules *rules, const char *begins)
{
    char *told;
    pp_error err;
    pp_code code = pp_gate(dir, rules, NULL, &told, &err);
    if (code < 0 || code == PP_MISMATCH) {
        if (!strstr(err.message, begins))
            fail_msg("%s", err.message);
        return code;
    }
    if (strncmp(told, begins, strlen(begins)) != 0)
        fail_msg("%s", told);
    free(told);
    return code;
}

static pp_code judge_loss(const char *dir, const char *baseline, double max_loss, const char *begins)
{
    pp_gate_rules rules = NO_RULES;
    rules.baseline = baseline;
    rules.max_loss = max_loss;
    return judge(dir, &rules, begins);
}

static pp_code judge_median(const char *dir, double at_least, const char *begins)
{
    pp_gate_rules rules = NO_RULES;
    rules.min_median_pixels = at_least;
    return judge(dir, &rules, begins);
}

static void a_loss_is_that_of_the_median_over_the_pairs(void **state)
{
    (void)state;
    char base[300], now[300];
    write_pixels(base, "base", 'a', (int[]){ 10, 20, 30, 40 }, 4);
    write_pixels(now, "now", 'a', (int[]){ 10, 16, 24, 90 }, 4); /* 25 before, 20 now */
    assert_int_equal(judge_loss(now, base, 20, "green: a loss of 20.0 % of the median, from 25 pixels to 20 pixels"), PP_OK);
    assert_int_equal(judge_loss(now, base, 19.9, "red: a loss of 20.0 %"), PP_RED);
    assert_int_equal(judge_loss(base, now, 0, "green: no loss"), PP_OK);
}

static void a_failure_is_infinite_and_the_median_holds_still_until_half_fail(void **state)
{
    (void)state;
    char three[300], two[300];
    write_pixels(three, "three", 'a', (int[]){ 5, 0, 9 }, 3);
    write_pixels(two, "two", 'a', (int[]){ 5, 0, 0 }, 3);
    assert_int_equal(judge_median(three, 9, "green: the median of 3 images is 9 pixels"), PP_OK);
    assert_int_equal(judge_median(two, 1e9, "green: the median of 3 images is infinitely many"), PP_OK);
    assert_int_equal(judge_loss(three, two, 99, "red: a loss of 100.0 %"), PP_RED);
    assert_int_equal(judge_loss(three, two, 100, "green: a loss of 100.0 %"), PP_OK);
    assert_int_equal(judge_loss(two, two, 0, "green: no loss"), PP_OK);
}

static void losing_the_weakest_images_to_errors_is_a_loss(void **state)
{
    (void)state;
    char base[300], now[300];
    write_pixels(base, "base", 'a', (int[]){ 4, 6, 50, -1 }, 4);
    write_pixels(now, "now", 'a', (int[]){ -1, -1, 50, -1 }, 4); /* the last is wrong in both: no pair */
    assert_int_equal(judge_loss(now, base, 10, "red: a loss of 100.0 % of the median, from 6 pixels to 0 pixels (at most 10 %); 3 images"), PP_RED);
    assert_int_equal(judge_loss(base, now, 10, "green: no loss"), PP_OK);
}

static void success_counts_errors_and_must_stay_under_its_limit(void **state)
{
    (void)state;
    char dir[300];
    pp_gate_rules rules = NO_RULES;
    write_pixels(dir, "run", 'a', (int[]){ -1, 5, 6, 0 }, 4);
    rules.within = 5;
    rules.max_success = 50;
    assert_int_equal(judge(dir, &rules, "red: 2 of 4 images (50.0 %) need at most 5 pixels (under 50 %)"), PP_RED);
    rules.max_success = 50.1;
    assert_int_equal(judge(dir, &rules, "green: "), PP_OK);
    rules.within = 1000000000; /* a failure is never within */
    rules.max_success = 76;
    assert_int_equal(judge(dir, &rules, "green: 3 of 4"), PP_OK);
}

static void a_larger_budget_is_cut_to_the_smaller_one(void **state)
{
    (void)state;
    char base[300], now[300];
    const made_image image = { "a", "a", "ready" };
    write_run(base, "base", "1000", &image, 1, &(made_attack){ 1, PP_SUCCESS, { 90, 900 }, { 8, 2 }, 1000 }, 1);
    write_run(now, "now", "100", &image, 1, &(made_attack){ 1, PP_SUCCESS, { 50, 99 }, { 9, 7 }, 100 }, 1);
    assert_int_equal(judge_loss(now, base, 50, "green: a loss of 12.5 % of the median, from 8 pixels to 7 pixels"), PP_OK);
    assert_int_equal(judge_loss(base, now, 50, "green: no loss of the median, from 7 pixels to 8 pixels"), PP_OK);
    assert_int_equal(judge_median(base, 3, "red: the median of 1 image is 2 pixels"), PP_RED); /* the other rules take all of it */
}

static void images_are_paired_by_what_is_seen_in_any_order_and_as_often_as_they_are_there(void **state)
{
    (void)state;
    char base[300], now[300];
    const made_image there[] = { { "x/1", "p", "ready" }, { "x/2", "q", "ready" }, { "x/3", "p", "ready" } };
    const made_image here[] = { { "y/9", "q", "ready" }, { "y/8", "new", "ready" }, { "y/7", "p", "ready" }, { "y/6", "p", "ready" } };
    write_run(base, "base", "400", there, 3, (made_attack[]){ flip(1, 10), flip(2, 20), flip(3, 30) }, 3);
    write_run(now, "now", "400", here, 4, (made_attack[]){ flip(1, 20), flip(2, 1), flip(3, 10), flip(4, 30) }, 4);
    assert_int_equal(judge_loss(now, base, 0, "green: no loss of the median, from 20 pixels to 20 pixels (at most 0 %); 3 images, fewer than in the "
                                              "baseline in 0, more in 0\n1 image is not in the baseline\n"), PP_OK);
    assert_int_equal(judge_loss(base, now, 0, "1 of the 4 images of the baseline"), PP_MISMATCH);
}

static void what_cannot_be_judged_is_no_pass(void **state)
{
    (void)state;
    char good[300], half[300], empty[300], other[300];
    const made_image images[] = { { "a", "a", "ready" }, { "b", "b", "ready" }, { "c", NULL, "unreadable" }, { "d", "d", "not-in-goal" } };
    write_run(good, "good", "400", images, 1, (made_attack[]){ flip(1, 3) }, 1);
    write_run(half, "half", "400", images, 2, (made_attack[]){ flip(1, 3) }, 1);
    write_run(empty, "empty", "400", images + 2, 2, NULL, 0);
    write_run(other, "other", "400", (made_image[]){ images[0], images[2], images[3] }, 3, (made_attack[]){ flip(1, 3) }, 1);
    assert_int_equal(judge_median(half, 1, "not finished, still to be done: 1;"), PP_MISMATCH);
    assert_int_equal(judge_median(empty, 1, "nothing to judge by"), PP_MISMATCH);
    assert_int_equal(judge_loss(good, half, 10, "not finished"), PP_MISMATCH);
    assert_int_equal(judge_loss(good, empty, 10, "nothing to judge by"), PP_MISMATCH);
    assert_int_equal(judge_median(other, 1, "green: the median of 1 image is 3 pixels (at least 1)\n1 image could not be read\n"), PP_PARTIAL);
    assert_int_equal(judge_median(other, 4, "red: "), PP_RED);
}

static void a_part_is_no_run(void **state)
{
    (void)state;
    static const struct { const char *shard; pp_code code; const char *begins; } CASES[] = {
        { "1/2", PP_MISMATCH, "part of a run (its --shard is 1/2); bring the parts together first: pinprick merge" },
        { "1/1", PP_OK, "green: " },
    };
    const made_image images[] = { { "a", "a", "ready" }, { "b", "b", "elsewhere" } };
    for (size_t i = 0; i < 2; i++) {
        char dir[300], name[] = { (char)('0' + i), '\0' };
        shard = CASES[i].shard;
        write_run(dir, name, "400", images, 2 - i, (made_attack[]){ flip(1, 3) }, 1);
        shard = "";
        assert_int_equal(judge_median(dir, 1, CASES[i].begins), CASES[i].code);
        assert_int_equal(judge_loss(dir, dir, 10, CASES[i].begins), CASES[i].code);
    }
}

static void the_verdict_is_told_even_if_the_file_cannot_be_written(void **state)
{
    (void)state;
    char dir[300], *told;
    pp_error err;
    pp_gate_rules rules = NO_RULES;
    rules.min_median_pixels = 4;
    write_pixels(dir, "run", 'a', (int[]){ 3 }, 1);
    assert_int_equal(pp_gate(dir, &rules, "/nowhere/gate.xml", &told, &err), PP_IO);
    assert_string_equal(told, "red: the median of 1 image is 3 pixels (at least 4)\n");
    free(told);
    assert_int_equal(pp_gate("/nowhere", &rules, NULL, &told, &err), PP_IO);
    assert_null(told);
}

static void rules_must_make_sense(void **state)
{
    (void)state;
    pp_error err;
    pp_gate_rules rules = NO_RULES;
    assert_int_equal(pp_gate_check(&rules, NULL, &err), PP_ARG);
    rules.max_loss = 10;
    assert_int_equal(pp_gate_check(&rules, NULL, &err), PP_ARG); /* of no baseline */
    rules = NO_RULES;
    rules.min_median_pixels = -1;
    assert_int_equal(pp_gate_check(&rules, NULL, &err), PP_ARG);
    rules.min_median_pixels = 0;
    assert_ok(pp_gate_check(&rules, NULL, &err), err);
    rules.baseline = "/nowhere";
    assert_int_equal(pp_gate_check(&rules, NULL, &err), PP_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_loss_is_that_of_the_median_over_the_pairs),
        TEST(a_failure_is_infinite_and_the_median_holds_still_until_half_fail),
        TEST(losing_the_weakest_images_to_errors_is_a_loss),
        TEST(success_counts_errors_and_must_stay_under_its_limit),
        TEST(a_larger_budget_is_cut_to_the_smaller_one),
        TEST(images_are_paired_by_what_is_seen_in_any_order_and_as_often_as_they_are_there),
        TEST(what_cannot_be_judged_is_no_pass),
        TEST(a_part_is_no_run),
        TEST(the_verdict_is_told_even_if_the_file_cannot_be_written),
        TEST(rules_must_make_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
