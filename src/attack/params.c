/* params.c - the one parameter table as a whole: the sections every method has, then one for each method. A value lies in the
 * struct of the layer that uses it; rows say where. */
#include "attack/params.h"

#include "attack/method.h"
#include "base/array.h"
#include "base/error.h"
#include "base/param.h"

#include <string.h>

#define GOAL(member) PP_FIELD(pp_goal_params, member)
#define CONSTRAINT(member) PP_FIELD(pp_constraint_params, member)
#define BUDGET(member) PP_FIELD(pp_budget_params, member)
#define SCALE(member) PP_FIELD(pp_scale_params, member)

static const pp_param goal_rows[] = {
    { "goal", PP_TEXT, GOAL(goal), 0, 0, "untargeted", "untargeted|targeted:NAME|positive-to-negative|negative-to-positive", "", "",
      "what the attack is after" },
    { "labels-only", PP_FLAG, GOAL(labels_only), 0, 1, "0", "", "", "",
      "the search sees the classifier's decisions and no scores: for methods that need no more" },
    { 0 },
};

static const pp_param constraint_rows[] = {
    { "region", PP_TEXT, CONSTRAINT(region), 0, 0, "", "FILE", "", "",
      "change pixels only where this image is not black; fitted to the model's size as the images are, by the nearest pixel" },
    { "exclude", PP_TEXT, CONSTRAINT(exclude), 0, 0, "", "FILE", "", "", "change no pixel where this image is not black" },
    { "max-change", PP_COUNT, CONSTRAINT(max_change), 0, 255, "0", "N", "of 255", "",
      "no channel of a changed pixel differs from the original's by more than this; 0: by any amount" },
    { "gray", PP_FLAG, CONSTRAINT(gray), 0, 1, "0", "", "", "", "changed pixels are gray: r = g = b" },
    { "spacing", PP_COUNT, CONSTRAINT(spacing), 0, 65535, "0", "N", "pixels", "",
      "no two changed pixels are closer than this, by the larger of the distances in x and in y (Chebyshev); 2: none touch; 0 or 1: any" },
    { 0 },
};

static const pp_param image_rows[] = {
    { "strict", PP_FLAG, GOAL(strict), 0, 1, "0", "", "", "", "stop at the first image that cannot be read" },
    { 0 },
};

static const pp_param budget_rows[] = {
    { "queries", PP_COUNT, BUDGET(queries), 0, 1e15, "8000", "N", "queries", "QIMS 2025: 400 iterations of NP = 20",
      "images shown to the classifier for each original, at most; 0: no limit" },
    { "time", PP_REAL, BUDGET(time), 0, 1e9, "0", "S", "seconds", "", "time for each image; 0: no limit. Results then depend on the machine" },
    { "target-pixels", PP_COUNT, BUDGET(target_pixels), 0, 1e9, "0", "N", "pixels", "", "stop at this many pixels or fewer; 0: go on" },
    { "confidence", PP_REAL, BUDGET(confidence), 0, 1, "0", "P", "", "",
      "a flip counts only if the new answer has at least this probability" },
    { "certify", PP_FLAG, BUDGET(certify), 0, 1, "0", "", "", "",
      "at the end, try the result without each of its pixels: whether it is locally minimal; the search leaves queries for it" },
    { "seed", PP_COUNT, BUDGET(seed), 0, 1e15, "1", "N", "", "", "seed of all random choices" },
    { 0 },
};

static const pp_param scale_rows[] = {
    { "shard", PP_TEXT, SCALE(shard), 0, 0, "", "I/N", "", "",
      "attack only part I of N, from 1/N to N/N; which images these are depends on their pixels alone. pinprick merge brings the parts together" },
    { 0 },
};

/* A section's rows and where its struct lies in pp_params. */
static const struct {
    pp_section section;
    size_t offset;
} SHARED[] = {
    { { "goal", "Goal", goal_rows }, offsetof(pp_params, goal) },
    { { "constraints", "Constraints on what is changed", constraint_rows }, offsetof(pp_params, constraint) },
    { { "images", "Images", image_rows }, offsetof(pp_params, goal) },
    { { "budget", "Budget and seed", budget_rows }, offsetof(pp_params, budget) },
    { { "scale", "More than one machine", scale_rows }, offsetof(pp_params, scale) },
    { { "model", "The classifier and its preprocessing", pp_model_rows }, offsetof(pp_params, model) },
    { { "engine", "Engine", pp_engine_rows }, offsetof(pp_params, engine) },
};
static const size_t N_SHARED = sizeof SHARED / sizeof *SHARED;

const pp_section *pp_section_at(size_t index)
{
    static pp_section own[16]; /* filled with the same values each time */
    if (index < N_SHARED)
        return &SHARED[index].section;
    for (size_t i = 0; pp_methods[i] && i < 16; i++)
        if (N_SHARED + i == index) {
            own[i] = (pp_section){ pp_methods[i]->name, pp_methods[i]->summary, pp_methods[i]->rows };
            return &own[i];
        }
    return NULL;
}

pp_code pp_params_new(pp_params **params, const char *method, pp_error *err)
{
    const pp_method *found = pp_method_find(method);
    if (!found) {
        char known[200] = "";
        for (size_t i = 0; pp_methods[i]; i++)
            pp_method_add_name(known, pp_methods[i]);
        return pp_fail(err, PP_ARG, "--method: '%s' is none; there are %s", method, known);
    }
    pp_params *made = pp_array_new(1, sizeof *made);
    if (made)
        made->own = pp_array_new(1, found->own_size);
    if (!made || !made->own) {
        free(made);
        return pp_no_memory(err, "parameters");
    }
    made->method = found;
    pp_code code = pp_param_defaults(found->rows, made->own, err);
    for (size_t i = 0; code == PP_OK && i < N_SHARED; i++)
        code = pp_param_defaults(SHARED[i].section.rows, (char *)made + SHARED[i].offset, err);
    if (code != PP_OK) {
        pp_params_free(made);
        return code;
    }
    *params = made;
    return PP_OK;
}

void pp_params_free(pp_params *params)
{
    if (!params)
        return;
    for (size_t i = 0; i < N_SHARED; i++)
        pp_param_clear(SHARED[i].section.rows, (char *)params + SHARED[i].offset);
    pp_param_clear(params->method->rows, params->own);
    free(params->own);
    free(params);
}

/* The row of an option and the struct that its value lies in. */
static const pp_param *find_row(const pp_params *params, const char *option, void **base)
{
    const pp_param *row = pp_param_find(params->method->rows, option);
    *base = params->own;
    for (size_t i = 0; !row && i < N_SHARED; i++) {
        row = pp_param_find(SHARED[i].section.rows, option);
        *base = (char *)(uintptr_t)params + SHARED[i].offset;
    }
    return row;
}

static pp_code no_such_option(const pp_params *params, const char *option, pp_error *err)
{
    char methods[200] = "";
    for (size_t i = 0; pp_methods[i]; i++)
        if (pp_param_find(pp_methods[i]->rows, option))
            pp_method_add_name(methods, pp_methods[i]);
    if (*methods)
        return pp_fail(err, PP_ARG, "--%s is an option of: %s; not of %s", option, methods, params->method->name);
    return pp_fail(err, PP_ARG, "--%s: no such option", option);
}

pp_code pp_params_set(pp_params *params, const char *option, const char *text, pp_error *err)
{
    void *base;
    const pp_param *row = find_row(params, option, &base);
    return row ? pp_param_parse(row, base, text, err) : no_such_option(params, option, err);
}

pp_code pp_params_get(const pp_params *params, const char *option, char **text, pp_error *err)
{
    void *base;
    const pp_param *row = find_row(params, option, &base);
    return row ? pp_param_print(row, base, text, err) : no_such_option(params, option, err);
}

static pp_code visit_rows(const pp_param *rows, const void *base,
                          pp_code (*visit)(void *user, const char *option, const char *value, pp_error *err), void *user,
                          pp_error *err)
{
    pp_code code = PP_OK;
    for (; code == PP_OK && rows->option; rows++) {
        char *value;
        code = pp_param_print(rows, base, &value, err);
        if (code != PP_OK)
            break;
        code = visit(user, rows->option, value, err);
        free(value);
    }
    return code;
}

pp_code pp_params_each(const pp_params *params, pp_code (*visit)(void *user, const char *option, const char *value, pp_error *err),
                       void *user, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < N_SHARED; i++)
        code = visit_rows(SHARED[i].section.rows, (const char *)params + SHARED[i].offset, visit, user, err);
    return code == PP_OK ? visit_rows(params->method->rows, params->own, visit, user, err) : code;
}

static pp_code set_value(void *user, const char *option, const char *value, pp_error *err)
{
    return pp_params_set(user, option, value, err);
}

pp_code pp_params_for_other(pp_params **other, const pp_params *params, const pp_method *method, pp_error *err)
{
    pp_params *made = NULL;
    pp_code code = pp_params_new(&made, method->name, err);
    for (size_t i = 0; code == PP_OK && i < N_SHARED; i++)
        code = visit_rows(SHARED[i].section.rows, (const char *)params + SHARED[i].offset, set_value, made, err);
    if (code != PP_OK) {
        pp_params_free(made);
        return code;
    }
    *other = made;
    return PP_OK;
}
