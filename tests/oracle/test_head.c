/* test_head.c - what raw outputs mean: class scores, probabilities, margin, ties, decision. */
#include "support.h"

#include "base/rng.h"
#include "oracle/head.h"

#include <math.h>

enum { MOST = 9 };

static const pp_head SOFTMAX_LOGITS = { .n_outputs = 3, .softmax = true, .logits = true, .threshold = 0.5, .n_classes = 3 };
static const pp_head SOFTMAX_PROBABILITIES = { .n_outputs = 3, .softmax = true, .threshold = 0.5, .n_classes = 3 };

static pp_head one_output(bool logits, double threshold)
{
    return (pp_head){ .n_outputs = 1, .logits = logits, .threshold = threshold, .n_classes = 2 };
}

static void assert_close(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9 * (1 + fabs(expected))))
        fail_msg("%.12g; expected %.12g", found, expected);
}

static void softmax_of_logits_is_as_the_textbook_has_it(void **state)
{
    (void)state;
    const float raw[] = { 1, -2, 0.5f };
    double p[3], sum = exp(1) + exp(-2) + exp(0.5);
    pp_head_probabilities(&SOFTMAX_LOGITS, raw, p);
    assert_close(p[0], exp(1) / sum);
    assert_close(p[1], exp(-2) / sum);
    assert_close(p[2], exp(0.5) / sum);
    assert_close(pp_head_margin(&SOFTMAX_LOGITS, raw, 0), 0.5);
    assert_close(pp_head_margin(&SOFTMAX_LOGITS, raw, 1), -3);
    assert_close(pp_head_margin(&SOFTMAX_LOGITS, raw, 2), -0.5);
    assert_int_equal(pp_head_decision(&SOFTMAX_LOGITS, raw), 0);
}

static void probabilities_are_taken_as_they_are(void **state)
{
    (void)state;
    const float raw[] = { 0.25f, 0.125f, 0.625f };
    double p[3];
    pp_head_probabilities(&SOFTMAX_PROBABILITIES, raw, p);
    for (int k = 0; k < 3; k++)
        assert_true(p[k] == raw[k]);
    assert_true(pp_head_margin(&SOFTMAX_PROBABILITIES, raw, 2) == 0.375);
    assert_int_equal(pp_head_decision(&SOFTMAX_PROBABILITIES, raw), 2);
}

/* P is 1.0 in float32 and in double, and still single steps are seen in the margin: what the logits are taken for. */
static void a_saturated_classifier_keeps_its_margin(void **state)
{
    (void)state;
    const float a[] = { 900, 0, -900 }, b[] = { 899, 0, -900 };
    double p[3];
    pp_head_probabilities(&SOFTMAX_LOGITS, a, p);
    assert_true(p[0] == 1 && p[1] == 0 && p[2] == 0); /* and no overflow */
    assert_true(pp_head_margin(&SOFTMAX_LOGITS, b, 0) == pp_head_margin(&SOFTMAX_LOGITS, a, 0) - 1);
    pp_head head = one_output(true, 0.5);
    assert_true(pp_head_probability(&head, (float[]){ -3000 }, 1) == 0);
    assert_true(pp_head_probability(&head, (float[]){ 3000 }, 1) == 1);
    assert_true(pp_head_margin(&head, (float[]){ 3000 }, 1) == 3000);
}

static void ties_go_to_the_lower_index(void **state)
{
    (void)state;
    assert_int_equal(pp_head_decision(&SOFTMAX_LOGITS, (float[]){ 1, 1, 1 }), 0);
    assert_int_equal(pp_head_decision(&SOFTMAX_LOGITS, (float[]){ 0, 2, 2 }), 1);
    pp_head head = one_output(false, 0.5);
    assert_int_equal(pp_head_decision(&head, (float[]){ 0.5f }), 0);
    assert_int_equal(pp_head_decision(&head, (float[]){ nextafterf(0.5f, 1) }), 1);
    assert_true(pp_head_margin(&SOFTMAX_LOGITS, (float[]){ 1, 1, 0 }, 0) == 0); /* a tie is no flip: only below 0 is */
}

static void one_output_makes_two_classes(void **state)
{
    (void)state;
    pp_head logit = one_output(true, 0.5), probability = one_output(false, 0.5);
    double p[2], scores[2];
    pp_head_probabilities(&logit, (float[]){ 2 }, p);
    assert_close(p[1], 1 / (1 + exp(-2)));
    assert_close(p[0], 1 - p[1]);
    pp_head_scores(&logit, (float[]){ 2 }, scores);
    assert_true(scores[0] == 0 && scores[1] == 2); /* the logit itself is the margin */
    assert_true(pp_head_margin(&logit, (float[]){ 2 }, 1) == 2 && pp_head_margin(&logit, (float[]){ 2 }, 0) == -2);
    pp_head_probabilities(&probability, (float[]){ 0.875f }, p);
    assert_true(p[0] == 0.125 && p[1] == 0.875);
    assert_true(pp_head_margin(&probability, (float[]){ 0.875f }, 1) == 0.375);
}

/* The decision changes where the probability crosses the threshold, whether the engine gives logits or probabilities. */
static void the_threshold_is_where_the_decision_changes(void **state)
{
    (void)state;
    static const double THRESHOLDS[] = { 0.01, 0.3, 0.5, 0.9 };
    for (size_t i = 0; i < sizeof THRESHOLDS / sizeof *THRESHOLDS; i++)
        for (int logits = 0; logits < 2; logits++)
            for (int side = -1; side <= 1; side += 2) {
                double p = THRESHOLDS[i] * (1 + side * 1e-3);
                pp_head head = one_output(logits, THRESHOLDS[i]);
                float raw = (float)(logits ? log(p / (1 - p)) : p);
                assert_int_equal(pp_head_decision(&head, &raw), side > 0);
                assert_true((pp_head_margin(&head, &raw, 1) > 0) == (side > 0));
                assert_true(fabs(pp_head_probability(&head, &raw, 1) - p) < 1e-6); /* the threshold changes no probability */
            }
}

/* Findings that do not exclude each other: one is audited, as present or not. */
static void a_multi_label_classifier_is_looked_at_one_finding_at_a_time(void **state)
{
    (void)state;
    const float raw[] = { 3, -1, 0.25f };
    pp_head head = { .n_outputs = 3, .logits = true, .threshold = 0.5, .n_classes = 2 };
    for (size_t k = 0; k < 3; k++) {
        head.selected = k;
        double p[2];
        pp_head_probabilities(&head, raw, p);
        assert_close(p[1], 1 / (1 + exp(-(double)raw[k])));
        assert_close(p[0] + p[1], 1);
        assert_close(pp_head_output_probability(&head, raw, k), p[1]);
        assert_int_equal(pp_head_decision(&head, raw), raw[k] > 0);
        assert_true(pp_head_margin(&head, raw, 1) == raw[k]);
    }
    head.logits = false;
    assert_true(pp_head_output_probability(&head, (float[]){ 0.5f, 0.75f, 0 }, 1) == 0.75);
}

/* For any raw outputs: margins below 0 exactly for the classes not decided for (but for ties), probabilities that sum to 1 and are
 * ordered as the scores. */
static void decision_margin_and_probabilities_agree(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 3000; i++) {
        float raw[MOST];
        double p[MOST], scores[MOST], sum = 0;
        pp_head head = { .n_outputs = 2 + pp_rng_below(&rng, MOST - 1), .softmax = true, .logits = true, .threshold = 0.5 };
        head.n_classes = (int)head.n_outputs;
        for (size_t k = 0; k < head.n_outputs; k++)
            raw[k] = (float)(pp_rng_normal(&rng) * (i % 3 ? 3 : 60));
        int decision = pp_head_decision(&head, raw);
        pp_head_probabilities(&head, raw, p);
        pp_head_scores(&head, raw, scores);
        for (int k = 0; k < head.n_classes; k++) {
            sum += p[k];
            assert_true(p[k] >= 0 && p[k] <= p[decision] && scores[k] <= scores[decision]);
            assert_close(pp_head_probability(&head, raw, k), p[k]);
            double margin = pp_head_margin(&head, raw, k);
            assert_true(k == decision ? margin > 0 : margin < 0);
        }
        assert_close(sum, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_of_logits_is_as_the_textbook_has_it),
        cmocka_unit_test(probabilities_are_taken_as_they_are),
        cmocka_unit_test(a_saturated_classifier_keeps_its_margin),
        cmocka_unit_test(ties_go_to_the_lower_index),
        cmocka_unit_test(one_output_makes_two_classes),
        cmocka_unit_test(the_threshold_is_where_the_decision_changes),
        cmocka_unit_test(a_multi_label_classifier_is_looked_at_one_finding_at_a_time),
        cmocka_unit_test(decision_margin_and_probabilities_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
