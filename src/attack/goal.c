/* goal.c - what an attack is after on one image, and whether the image is attacked at all. */
#include "attack/relay.h"
#include "attack/run.h"

#include "base/error.h"

#include <string.h>

typedef enum goal_kind { UNTARGETED, TARGETED, POSITIVE_TO_NEGATIVE, NEGATIVE_TO_POSITIVE } goal_kind;

static const char TARGETED_PREFIX[] = "targeted:";

/* The kind of goal; for a targeted one the class too. */
static pp_code read_goal(goal_kind *kind, int *target, const pp_model *model, const char *text, pp_error *err)
{
    *target = -1;
    if (strcmp(text, "untargeted") == 0) {
        *kind = UNTARGETED;
    } else if (strncmp(text, TARGETED_PREFIX, strlen(TARGETED_PREFIX)) == 0) {
        *kind = TARGETED;
        pp_error inner;
        if (pp_model_find_class(model, text + strlen(TARGETED_PREFIX), target, &inner) != PP_OK)
            return pp_fail(err, PP_ARG, "--goal: %s", inner.message);
    } else if (strcmp(text, "positive-to-negative") == 0) {
        *kind = POSITIVE_TO_NEGATIVE;
    } else if (strcmp(text, "negative-to-positive") == 0) {
        *kind = NEGATIVE_TO_POSITIVE;
    } else {
        return pp_fail(err, PP_ARG, "--goal: '%s'; expected untargeted, targeted:NAME, positive-to-negative or "
                       "negative-to-positive", text);
    }
    if ((*kind == POSITIVE_TO_NEGATIVE || *kind == NEGATIVE_TO_POSITIVE) && model->positive < 0)
        return pp_fail(err, PP_ARG, "--goal: %s needs to know the positive one of %d classes: say --positive NAME", text,
                       model->head.n_classes);
    return PP_OK;
}

/* Whether the method can do with decisions, and nothing else asks for more. */
static pp_code check_labels_only(const pp_params *params, pp_error *err)
{
    char others[200] = "";
    pp_partner partner;
    if (params->goal.labels_only && params->budget.confidence > 0)
        return pp_fail(err, PP_ARG, "--labels-only: decisions have no probability, so no --confidence either");
    if (!params->goal.labels_only)
        return PP_OK;
    if (!params->method->needs_scores) {
        if (!pp_relay_partner(params, &partner) || !partner.method->needs_scores)
            return PP_OK;
        return pp_fail(err, PP_ARG, "--labels-only: with --%s method %s takes part, which needs scores", partner.option, partner.method->name);
    }
    for (size_t i = 0; pp_methods[i]; i++)
        if (!pp_methods[i]->needs_scores)
            pp_method_add_name(others, pp_methods[i]);
    return pp_fail(err, PP_ARG, "--labels-only: method %s needs scores; those that do not are %s", params->method->name, others);
}

pp_code pp_goal_check(const pp_model *model, const pp_params *params, pp_error *err)
{
    goal_kind kind;
    int target;
    if (!model->head.softmax && model->head.n_outputs > 1 && model->positive < 0)
        return pp_fail(err, PP_ARG, "%s: %zu findings, each with a probability of its own: say with --positive which is audited",
                       model->path, model->head.n_outputs);
    pp_code code = check_labels_only(params, err);
    return code == PP_OK ? read_goal(&kind, &target, model, params->goal.goal, err) : code;
}

pp_code pp_goal_for(pp_goal *goal, pp_status *status, const pp_model *model, const pp_params *params, int decision, int label,
                    pp_error *err)
{
    goal_kind kind;
    int target;
    pp_code code = read_goal(&kind, &target, model, params->goal.goal, err);
    if (code != PP_OK)
        return code;
    *goal = (pp_goal){ .class_index = decision, .confidence = params->budget.confidence, .labels_only = params->goal.labels_only };
    *status = PP_SUCCESS;
    if (kind == TARGETED || kind == NEGATIVE_TO_POSITIVE) {
        goal->towards = true;
        goal->class_index = kind == TARGETED ? target : model->positive;
    }
    if (label >= 0 && label != decision)
        *status = PP_MISCLASSIFIED;
    else if ((goal->towards && decision == goal->class_index) ||
             (kind == POSITIVE_TO_NEGATIVE && decision != model->positive))
        *status = PP_NOT_IN_GOAL;
    return PP_OK;
}
