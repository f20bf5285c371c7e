/* run.h - one attack on one image from begin to end, as the audit starts it. */
#ifndef PP_ATTACK_RUN_H
#define PP_ATTACK_RUN_H

#include "attack/method.h"

/* Whether an image is attacked, by the decision on it and its label (-1: unknown). PP_SUCCESS stands for "yes, attack it".
 * @return PP_OK; PP_ARG where the goal cannot be understood for this model */
pp_code pp_goal_for(pp_goal *goal, pp_status *status, const pp_model *model, const pp_params *params, int decision, int label,
                    pp_error *err);

/* Checks the goal's text against the model before any image is read. */
pp_code pp_goal_check(const pp_model *model, const pp_params *params, pp_error *err);

/* Told after each step. */
typedef struct pp_step_watch {
    void (*on_step)(void *user, const pp_run *run);
    void *user;
    const volatile int *cancel;
} pp_step_watch;

/* Attacks one image. mask: of pp_constraint_open, or NULL. label: class index or -1. watch, donors: may be NULL.
 * @return PP_OK: *result says how it went. PP_INTERRUPTED: *result untouched. Or a failure */
pp_code pp_run_attack(pp_result **result, pp_model *model, const pp_image *original, int label, const pp_params *params,
                      const pp_image *mask, const pp_donors *donors, const pp_step_watch *watch, pp_error *err);

/* What a watch is told of a run between two steps: pixels, P, queries, seconds. The rest of *progress stays as it is. */
void pp_run_progress(pp_progress *progress, const pp_run *run);

#endif
