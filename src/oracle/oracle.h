/* oracle.h - the black box as a search sees it. Here alone queries are counted and budgets enforced.
 *
 * A method hands over candidates as changed pixels over the original and gets verdicts back, in order. Results do not depend
 * on batch size or threads. */
#ifndef PP_ORACLE_ORACLE_H
#define PP_ORACLE_ORACLE_H

#include "oracle/model.h"

/* What counts as success. Away from a class: the decision is any other; towards: the decision is this class. */
typedef struct pp_goal {
    bool towards;
    int class_index;
    double confidence; /* and the probability of that event is at least this; 0: the decision is enough */
    bool labels_only;  /* the classifier tells its decision only: a margin is 1 or -1 */
} pp_goal;

/* What the classifier says of one candidate. */
typedef struct pp_verdict {
    double margin;     /* of the goal, in class scores (logits where there are any), or 1 and -1: below 0 the decision is what is wanted */
    double p_original; /* probability of the original's class */
    int decision;
    bool reached;
} pp_verdict;

typedef struct pp_oracle {
    pp_model *model;
    const pp_image *original;  /* borrowed since pp_oracle_begin */
    int class_original;
    double p_original;
    pp_goal goal;
    uint64_t queries, query_budget; /* budget 0: none */
    double time_budget;             /* seconds since begin; 0: none */
    double started, engine_seconds;
    const volatile int *cancel;     /* may be NULL */
    float *raw;                     /* 2 x CHUNK x n_outputs: answers, and room to put them in order */
    float *raw_original;            /* n_outputs: the answer on the original */
} pp_oracle;

pp_code pp_oracle_init(pp_oracle *oracle, pp_model *model, pp_error *err);
void pp_oracle_clear(pp_oracle *oracle);

/* Starts on an image and scores it: one query. Sets class_original and p_original; the goal is set by the caller afterwards.
 * query_budget, time_budget and cancel are set before. original: borrowed until the next begin or clear. */
pp_code pp_oracle_begin(pp_oracle *oracle, const pp_image *original, pp_error *err);

/* Margin of the goal on the original: what a search has to bring below 0. */
double pp_oracle_original_margin(const pp_oracle *oracle);

/* Ends on an image: the engine no longer borrows it. */
void pp_oracle_end(pp_oracle *oracle);

/* A hint: candidates to come are near the original with these pixels. No query; changes no score. pixels: borrowed for the call. */
pp_code pp_oracle_expect(pp_oracle *oracle, const pp_pixel *pixels, size_t n, pp_error *err);

/* Scores candidates in order. *n_scored: how many were, each one query; their verdicts are valid, also on PP_BUDGET and
 * PP_INTERRUPTED. @return PP_OK (all scored), PP_BUDGET, PP_INTERRUPTED; a failure, after which *n_scored is as for PP_BUDGET */
pp_code pp_oracle_score(pp_oracle *oracle, const pp_candidate *candidates, size_t n, pp_verdict *verdicts, size_t *n_scored,
                        pp_error *err);

/* The reference's verdict on a candidate that another engine was asked about before: what is claimed in the end. No query. */
pp_code pp_oracle_confirm(pp_oracle *oracle, const pp_candidate *candidate, pp_verdict *verdict, pp_error *err);

/* Whether raw outputs are a success. */
bool pp_goal_reached(const pp_goal *goal, const pp_head *head, const float *raw);

bool pp_oracle_time_is_up(const pp_oracle *oracle);

/* Seconds of a clock that only goes forward. */
double pp_now(void);

#endif
