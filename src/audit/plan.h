/* plan.h - what a comparison is: compare.json in its folder, and where its runs lie. */
#ifndef PP_AUDIT_PLAN_H
#define PP_AUDIT_PLAN_H

#include "pinprick/pinprick.h"

/* What compare.json holds. Each method with each seed is a run. */
typedef struct pp_plan {
    char **methods; /* n_methods, all different */
    size_t n_methods, n_seeds, n_budgets;
    uint64_t seed;  /* of the first run; the others have the numbers after it */
    uint64_t *budgets; /* n_budgets, rising */
} pp_plan;

void pp_plan_clear(pp_plan *plan);

/* Whether there is a comparison in dir, finished or not. */
bool pp_plan_is_in(const char *dir);
/* *plan: the caller's, pp_plan_clear. @return PP_OK; PP_IO: none there; PP_FORMAT: damaged; PP_MEMORY */
pp_code pp_plan_read(pp_plan *plan, const char *dir, pp_error *err);
/* The file is whole or not there. */
pp_code pp_plan_write(const pp_compare_plan *plan, uint64_t seed, const char *dir, pp_error *err);

/* DIR/METHOD-SEED. *path: the caller's, free(). */
pp_code pp_plan_run_dir(char **path, const char *dir, const char *method, uint64_t seed, pp_error *err);

/* Whether budgets are at least one, above 0 and rising. @return PP_OK, PP_ARG */
pp_code pp_check_budgets(const uint64_t *budgets, size_t n, pp_error *err);

#endif
