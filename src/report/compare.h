/* compare.h - a comparison's figures, between reading them off its runs (compare.c) and telling them (compare_text.c). */
#ifndef PP_REPORT_COMPARE_H
#define PP_REPORT_COMPARE_H

#include "audit/plan.h"
#include "report/bootstrap.h"
#include "report/format.h"
#include "store/store.h"

/* One method at one budget. queries: spent on average until then, failures included; NAN if nothing was attacked. */
typedef struct pp_compare_row {
    const char *method;
    uint64_t budget;
    pp_estimates pixels;
    double queries;
} pp_compare_row;

/* One method against another at one budget: how often it has fewer pixels of the same image with the same seed, and more. */
typedef struct pp_compare_pair {
    const char *method, *other;
    uint64_t budget;
    size_t n_fewer, n_more, n_ties;
    double p; /* of the sign test, ties left out */
} pp_compare_pair;

typedef struct pp_compare_result {
    pp_plan plan;          /* with the budgets that are told */
    pp_run_record run;     /* of the first run: the model and the goal are everybody's */
    size_t n_images, n_to_do, n_misclassified, n_unreadable, n_not_in_goal; /* images; attacks still to do, of all runs */
    size_t n_rows, n_pairs;
    pp_compare_row *rows;  /* n_budgets x n_methods */
    pp_compare_pair *pairs;/* n_budgets x every two methods */
} pp_compare_result;

/* pp_writers: what is a pp_compare_result. */
pp_code pp_compare_table(const void *what, FILE *out, pp_error *err);
pp_code pp_compare_csv(const void *what, FILE *out, pp_error *err);
json_t *pp_compare_json(const pp_compare_result *r);

#endif
