/* head.h - what a classifier's raw outputs mean: class scores, probabilities, decision.
 *
 * One output means two classes, 0 (not) and 1 (positive). Several independent sigmoids (multi-label) are audited one finding
 * at a time, as such a two-class classifier. A class score is a logit where logits can be had, else the probability. */
#ifndef PP_ORACLE_HEAD_H
#define PP_ORACLE_HEAD_H

#include "pinprick/pinprick.h"

typedef struct pp_head {
    size_t n_outputs;  /* values the engine gives for an image */
    bool softmax;      /* classes exclude each other; otherwise each output is a sigmoid of its own */
    bool logits;       /* the engine gives logits; otherwise probabilities */
    size_t selected;   /* without softmax: the output that is audited */
    double threshold;  /* without softmax: positive above this probability, in (0, 1) */
    int n_classes;
} pp_head;

/* scores, n_classes: the higher, the likelier; the decision is the highest, ties to the lower index. Of a sigmoid output z: {0, z - logit(threshold)}. */
void pp_head_scores(const pp_head *head, const float *raw, double *scores);
/* probabilities, n_classes, sum 1. */
void pp_head_probabilities(const pp_head *head, const float *raw, double *probabilities);
/* Probability of one class only. */
double pp_head_probability(const pp_head *head, const float *raw, int class_index);
int pp_head_decision(const pp_head *head, const float *raw);
/* The probability of each raw output on its own: n_outputs. What a multi-label classifier's `score` shows. */
double pp_head_output_probability(const pp_head *head, const float *raw, size_t output);
/* score of class_index less the best other; below 0 the decision is another. */
double pp_head_margin(const pp_head *head, const float *raw, int class_index);

#endif
