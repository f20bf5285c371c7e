/* show_json.c - a run as one JSON object (docs/formats.md). */
#include "report/show.h"

#include <math.h>
#include <string.h>

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* ---- An image ---------------------------------------------------------------------------------------------------- */

static json_t *image_object(const pp_run_rows *r, size_t i)
{
    const pp_image_record *image = &r->images[i];
    const pp_attack_record *a = r->attack_of[i];
    json_t *object = json_object();
    set(object, "path", pp_json_string(image->path));
    set(object, "status", pp_json_string(image->status));
    set(object, "p_original", pp_json_real(pp_run_p_original(r, i)));
    set(object, "p_adversarial", a ? pp_json_real(a->p_adversarial) : json_null());
    set(object, "l0", pp_run_flipped(r, i) ? integer(a->l0) : json_null());
    set(object, "queries", integer(a ? a->queries : 0));
    set(object, "seconds", json_real(a ? a->seconds : 0));
    set(object, "stop", a ? pp_json_string(a->stop) : json_null());
    set(object, "verified", json_boolean(a && a->verified));
    set(object, "locally_minimal", a && a->locally_minimal >= 0 ? json_boolean(a->locally_minimal) : json_null());
    set(object, "label", pp_json_string(image->label));
    set(object, "class_original", image->decision < 0 ? json_null() : pp_json_string(pp_run_class_name(r, image->decision)));
    set(object, "class_adversarial", a ? pp_json_string(pp_run_class_name(r, a->class_adversarial)) : json_null());
    set(object, "noise", pp_json_string(a ? a->rung : NULL));
    if (a && pp_run_is_noise(r))
        set(object, "strict_flip", json_boolean(a->strict_flip));
    if (image->reason)
        set(object, "reason", pp_json_string(image->reason));
    return object;
}

/* Images that the goal does not speak of and images still to do are counted in the summary only. */
static json_t *image_objects(const pp_run_rows *r)
{
    json_t *images = json_array();
    for (size_t i = 0; i < r->n_images; i++) {
        const char *status = r->images[i].status;
        if (r->attack_of[i] || strcmp(status, "misclassified") == 0 || strcmp(status, "unreadable") == 0)
            json_array_append_new(images, image_object(r, i));
    }
    return images;
}

/* ---- Table 1 ----------------------------------------------------------------------------------------------------- */

static json_t *share_object(const pp_run_rows *r, pp_side side)
{
    pp_noise_share share = pp_noise_share_of(&r->run, r->attacks, r->n_attacks, side);
    json_t *object = json_object();
    set(object, "attacked", integer(share.n_attacked));
    set(object, "strict", integer(share.n_strict));
    set(object, "ladder", integer(share.n_ladder));
    return object;
}

static json_t *noise_object(const pp_run_rows *r)
{
    pp_rung_share share;
    json_t *object = share_object(r, PP_SIDE_BOTH), *rungs = json_array();
    if (r->run.positive >= 0) {
        set(object, "positive_to_negative", share_object(r, PP_SIDE_POSITIVE));
        set(object, "negative_to_positive", share_object(r, PP_SIDE_NEGATIVE));
    }
    for (size_t i = 0; pp_rung_share_at(&share, i, r->attacks, r->n_attacks); i++) {
        if (share.n == 0)
            continue;
        json_t *rung = json_object();
        set(rung, "noise", pp_json_string(share.name));
        set(rung, "images", integer(share.n));
        set(rung, "draws", pp_json_real(share.draws));
        json_array_append_new(rungs, rung);
    }
    set(object, "rungs", rungs);
    return object;
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static json_t *l0_object(const pp_run_rows *r)
{
    const pp_statistics *l0 = &r->summary.l0;
    json_t *object = json_object();
    set(object, "max", l0->n ? integer((uint64_t)l0->max) : json_null());
    set(object, "min", l0->n ? integer((uint64_t)l0->min) : json_null());
    set(object, "mean", pp_json_real(l0->mean));
    set(object, "std", pp_json_real(l0->std));
    set(object, "median", pp_json_real(l0->median));
    set(object, "percent", pp_json_real(r->summary.percent));
    return object;
}

static json_t *summary_object(const pp_run_rows *r)
{
    const pp_summary *s = &r->summary;
    json_t *object = json_object();
    set(object, "attacked", integer(s->n_attacked));
    set(object, "succeeded", integer(s->n_succeeded));
    set(object, "l0", l0_object(r));
    set(object, "queries", integer(s->queries));
    set(object, "seconds", json_real(s->seconds));
    set(object, "engine_seconds", json_real(s->engine_seconds));
    set(object, "images", integer(s->n_images));
    set(object, "misclassified", integer(s->n_misclassified));
    set(object, "unreadable", integer(s->n_unreadable));
    set(object, "not_in_goal", integer(s->n_not_in_goal));
    set(object, "to_do", integer(s->n_pending));
    if (pp_run_is_noise(r))
        set(object, "table1", noise_object(r));
    return object;
}

json_t *pp_show_json(const pp_run_rows *r)
{
    json_t *object = json_object();
    set(object, "method", pp_json_string(r->run.method));
    set(object, "goal", pp_json_string(r->run.goal));
    set(object, "seed", integer(r->run.seed));
    set(object, "model", pp_json_string(r->run.model_path));
    set(object, "model_sha256", pp_json_string(r->run.model_sha256));
    set(object, "scores", pp_json_string(r->run.score_source));
    set(object, "engine", pp_json_string(r->run.engine));
    set(object, "preprocessing", pp_json_string(r->run.preprocessing));
    if (*r->constraints)
        set(object, "constraints", pp_json_string(r->constraints));
    set(object, "version", pp_json_string(r->run.version));
    set(object, "images", image_objects(r));
    set(object, "summary", summary_object(r));
    return object;
}
