/* params.h - all parameters of one run: those that every method has, and the method's own. */
#ifndef PP_ATTACK_PARAMS_H
#define PP_ATTACK_PARAMS_H

#include "oracle/model_params.h"

typedef struct pp_method pp_method;

typedef struct pp_goal_params {
    char *goal;
    bool strict, labels_only;
} pp_goal_params;

typedef struct pp_constraint_params {
    char *region, *exclude;       /* "" where not said */
    uint64_t max_change, spacing; /* 0: any */
    bool gray;
} pp_constraint_params;

typedef struct pp_scale_params {
    char *shard; /* "I/N", or "" */
} pp_scale_params;

typedef struct pp_budget_params {
    uint64_t queries, target_pixels, seed;
    double time, confidence;
    bool certify;
} pp_budget_params;

struct pp_params {
    const pp_method *method;
    pp_model_params model;
    pp_engine_params engine;
    pp_goal_params goal;
    pp_constraint_params constraint;
    pp_budget_params budget;
    pp_scale_params scale;
    void *own; /* the method's struct */
};

/* Each parameter of this run with its value as text, in table order; user gets them one by one and may stop by returning other than PP_OK. */
pp_code pp_params_each(const pp_params *params, pp_code (*visit)(void *user, const char *option, const char *value, pp_error *err),
                       void *user, pp_error *err);

/* The defaults of another method, with what all methods share as in params. *other: the caller's, pp_params_free. */
pp_code pp_params_for_other(pp_params **other, const pp_params *params, const pp_method *method, pp_error *err);

/* As pp_image_load, but a message calls the image by this name: a path may not be the user's, or may tell too much. (open.c) */
pp_code pp_image_load_as(pp_image **image, const char *path, const char *name, const pp_model *model, const pp_params *params, pp_error *err);

#endif
