/* head.c - what a classifier's raw outputs mean. Softmax classifiers have n_outputs classes, sigmoid ones two. */
#include "oracle/head.h"

#include <math.h>

static double sigmoid(double z)
{
    return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}

/* The class score of one class: see pp_head_scores. */
static double score_of(const pp_head *head, const float *raw, int class_index)
{
    if (head->softmax)
        return raw[class_index];
    if (class_index == 0)
        return 0;
    double boundary = head->logits ? log(head->threshold / (1 - head->threshold)) : head->threshold;
    return raw[head->selected] - boundary;
}

void pp_head_scores(const pp_head *head, const float *raw, double *scores)
{
    for (int k = 0; k < head->n_classes; k++)
        scores[k] = score_of(head, raw, k);
}

double pp_head_output_probability(const pp_head *head, const float *raw, size_t output)
{
    return head->logits ? sigmoid(raw[output]) : raw[output];
}

double pp_head_probability(const pp_head *head, const float *raw, int class_index)
{
    if (!head->softmax) {
        double positive = pp_head_output_probability(head, raw, head->selected);
        return class_index == 1 ? positive : 1 - positive;
    }
    if (!head->logits)
        return raw[class_index];
    double sum = 0;
    for (size_t k = 0; k < head->n_outputs; k++)
        sum += exp((double)raw[k] - raw[class_index]);
    return 1 / sum;
}

void pp_head_probabilities(const pp_head *head, const float *raw, double *probabilities)
{
    for (int k = 0; k < head->n_classes; k++)
        probabilities[k] = pp_head_probability(head, raw, k);
}

int pp_head_decision(const pp_head *head, const float *raw)
{
    int best = 0;
    for (int k = 1; k < head->n_classes; k++)
        if (score_of(head, raw, k) > score_of(head, raw, best))
            best = k;
    return best;
}

double pp_head_margin(const pp_head *head, const float *raw, int class_index)
{
    double best_other = -INFINITY;
    for (int k = 0; k < head->n_classes; k++)
        if (k != class_index)
            best_other = fmax(best_other, score_of(head, raw, k));
    return score_of(head, raw, class_index) - best_other;
}
