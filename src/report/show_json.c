/* show_json.c - a run as one JSON object (docs/formats.md). */
#include "report/show.h"

#include <math.h>
#include <string.h>

/* ---- An image ---------------------------------------------------------------------------------------------------- */

static json_t *image_object(const pp_run_rows *r, size_t i)
{
    const pp_image_record *image = &r->images[i];
    const pp_attack_record *a = r->attack_of[i];
    json_t *object = json_object();
    json_object_set_new(object, "path", pp_json_string(image->path));
    json_object_set_new(object, "status", pp_json_string(image->status));
    json_object_set_new(object, "p_original", pp_json_real(pp_run_p_original(r, i)));
    json_object_set_new(object, "p_adversarial", a ? pp_json_real(a->p_adversarial) : json_null());
    json_object_set_new(object, "l0", pp_run_flipped(r, i) ? pp_json_count(a->l0) : json_null());
    json_object_set_new(object, "queries", pp_json_count(a ? a->queries : 0));
    json_object_set_new(object, "seconds", json_real(a ? a->seconds : 0));
    json_object_set_new(object, "stop", a ? pp_json_string(a->stop) : json_null());
    json_object_set_new(object, "verified", json_boolean(a && a->verified));
    json_object_set_new(object, "locally_minimal",
                        a && a->locally_minimal >= 0 ? json_boolean(a->locally_minimal) : json_null());
    json_object_set_new(object, "label", pp_json_string(image->label));
    json_object_set_new(object, "class_original",
                        image->decision < 0 ? json_null() : pp_json_string(pp_run_class_name(r, image->decision)));
    json_object_set_new(object, "class_adversarial", a ? pp_json_string(pp_run_class_name(r, a->class_adversarial)) : json_null());
    json_object_set_new(object, "noise", pp_json_string(a ? a->rung : NULL));
    if (a && pp_run_is_noise(r))
        json_object_set_new(object, "strict_flip", json_boolean(a->strict_flip));
    if (image->reason)
        json_object_set_new(object, "reason", pp_json_string(image->reason));
    return object;
}

/* Images that the goal does not speak of and images still to do are counted in the summary only. */
bool pp_show_lists(const pp_run_rows *r, size_t image)
{
    const char *status = r->images[image].status;
    return r->attack_of[image] || strcmp(status, "misclassified") == 0 || strcmp(status, "unreadable") == 0;
}

static json_t *image_objects(const pp_run_rows *r)
{
    json_t *images = json_array();
    for (size_t i = 0; i < r->n_images; i++)
        if (pp_show_lists(r, i))
            json_array_append_new(images, image_object(r, i));
    return images;
}

/* ---- Table 1 ----------------------------------------------------------------------------------------------------- */

static json_t *share_object(const pp_run_rows *r, pp_side side)
{
    pp_noise_share share = pp_noise_share_of(&r->run, r->attacks, r->n_attacks, side);
    json_t *object = json_object();
    json_object_set_new(object, "attacked", pp_json_count(share.n_attacked));
    json_object_set_new(object, "strict", pp_json_count(share.n_strict));
    json_object_set_new(object, "ladder", pp_json_count(share.n_ladder));
    return object;
}

static json_t *noise_object(const pp_run_rows *r)
{
    pp_rung_share share;
    json_t *object = share_object(r, PP_SIDE_BOTH), *rungs = json_array();
    if (r->run.positive >= 0) {
        json_object_set_new(object, "positive_to_negative", share_object(r, PP_SIDE_POSITIVE));
        json_object_set_new(object, "negative_to_positive", share_object(r, PP_SIDE_NEGATIVE));
    }
    for (size_t i = 0; pp_rung_share_at(&share, i, r->attacks, r->n_attacks); i++) {
        if (share.n == 0)
            continue;
        json_t *rung = json_object();
        json_object_set_new(rung, "noise", pp_json_string(share.name));
        json_object_set_new(rung, "images", pp_json_count(share.n));
        json_object_set_new(rung, "draws", pp_json_real(share.draws));
        json_array_append_new(rungs, rung);
    }
    json_object_set_new(object, "rungs", rungs);
    return object;
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static json_t *l0_object(const pp_run_rows *r)
{
    const pp_statistics *l0 = &r->summary.l0;
    json_t *object = json_object();
    json_object_set_new(object, "max", l0->n ? pp_json_count((uint64_t)l0->max) : json_null());
    json_object_set_new(object, "min", l0->n ? pp_json_count((uint64_t)l0->min) : json_null());
    json_object_set_new(object, "mean", pp_json_real(l0->mean));
    json_object_set_new(object, "std", pp_json_real(l0->std));
    json_object_set_new(object, "median", pp_json_real(l0->median));
    json_object_set_new(object, "percent", pp_json_real(r->summary.percent));
    return object;
}

static json_t *summary_object(const pp_run_rows *r)
{
    const pp_summary *s = &r->summary;
    json_t *object = json_object();
    json_object_set_new(object, "attacked", pp_json_count(s->n_attacked));
    json_object_set_new(object, "succeeded", pp_json_count(s->n_succeeded));
    json_object_set_new(object, "l0", l0_object(r));
    json_object_set_new(object, "queries", pp_json_count(s->queries));
    json_object_set_new(object, "seconds", json_real(s->seconds));
    json_object_set_new(object, "engine_seconds", json_real(s->engine_seconds));
    json_object_set_new(object, "images", pp_json_count(s->n_images));
    json_object_set_new(object, "misclassified", pp_json_count(s->n_misclassified));
    json_object_set_new(object, "unreadable", pp_json_count(s->n_unreadable));
    json_object_set_new(object, "not_in_goal", pp_json_count(s->n_not_in_goal));
    json_object_set_new(object, "to_do", pp_json_count(s->n_pending));
    json_object_set_new(object, "elsewhere", pp_json_count(r->n_elsewhere));
    if (pp_run_is_noise(r))
        json_object_set_new(object, "table1", noise_object(r));
    return object;
}

json_t *pp_show_json(const pp_run_rows *r)
{
    json_t *object = json_object();
    json_object_set_new(object, "method", pp_json_string(r->run.method));
    json_object_set_new(object, "goal", pp_json_string(r->run.goal));
    json_object_set_new(object, "seed", pp_json_count(r->run.seed));
    json_object_set_new(object, "model", pp_json_string(r->run.model_path));
    json_object_set_new(object, "model_sha256", pp_json_string(r->run.model_sha256));
    json_object_set_new(object, "scores", pp_json_string(r->run.score_source));
    json_object_set_new(object, "engine", pp_json_string(r->run.engine));
    json_object_set_new(object, "preprocessing", pp_json_string(r->run.preprocessing));
    if (*r->constraints)
        json_object_set_new(object, "constraints", pp_json_string(r->constraints));
    json_object_set_new(object, "version", pp_json_string(r->run.version));
    json_object_set_new(object, "images", image_objects(r));
    json_object_set_new(object, "summary", summary_object(r));
    return object;
}
