/* check.c - whether a saved adversarial image is what is claimed of it. Nothing of the search is trusted: the claim is held against
 * the files alone. */
#include "audit/check.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

/* Probabilities are compared with this much room: another version of the engine may round differently. */
static const double P_TOLERANCE = 1e-4;

static pp_code read_and_hash(pp_image **image, const char *path, const char *sha256, pp_error *err)
{
    pp_error inner;
    pp_image *read = NULL;
    pp_code code = pp_image_read_png(&read, path, &inner);
    if (code == PP_MEMORY)
        return pp_no_memory(err, "an image"); /* which says nothing of the file */
    if (code != PP_OK)
        return pp_fail(err, PP_MISMATCH, "%s", inner.message);
    pp_digest digest = pp_image_digest(read);
    *image = read;
    if (strcmp(digest.hex, sha256) == 0)
        return PP_OK;
    return pp_fail(err, PP_MISMATCH, "%s: its pixels are not those that were saved", path);
}

/* Names the first pixel that is not as claimed, where that is known. */
static pp_code compare_pixels(const pp_claim *claim, const pp_image *original, const pp_image *adversarial, pp_error *err)
{
    if (original->width != adversarial->width || original->height != adversarial->height ||
        original->channels != adversarial->channels)
        return pp_fail(err, PP_MISMATCH, "%s: is not of the original's size", claim->adversarial_path);
    size_t n_pixels = (size_t)original->width * (size_t)original->height;
    pp_pixel *found = pp_array_new(n_pixels, sizeof *found);
    if (!found)
        return pp_no_memory(err, "pixels");
    size_t n_found = pp_image_difference(original, adversarial, found);
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && claim->pixels && (i < n_found || i < claim->l0); i++) {
        const pp_pixel *p = i < n_found ? &found[i] : &claim->pixels[i];
        bool same = i < n_found && i < claim->l0 && p->x == claim->pixels[i].x && p->y == claim->pixels[i].y &&
                    memcmp(p->value, claim->pixels[i].value, (size_t)original->channels) == 0;
        if (!same)
            code = pp_fail(err, PP_MISMATCH, "%s: pixel (%d, %d) is not as recorded", claim->adversarial_path, p->x, p->y);
    }
    for (size_t i = 0; code == PP_OK && claim->before && i < claim->l0; i++) {
        const pp_pixel *p = &claim->before[i];
        const uint8_t *is = original->data + ((size_t)p->y * (size_t)original->width + p->x) * (size_t)original->channels;
        if (memcmp(p->value, is, (size_t)original->channels) != 0)
            code = pp_fail(err, PP_MISMATCH, "%s: pixel (%d, %d) is not as recorded", claim->original_path, p->x, p->y);
    }
    if (code == PP_OK && n_found != claim->l0)
        code = pp_fail(err, PP_MISMATCH, "%s: %zu pixels differ from the original; %zu are recorded", claim->adversarial_path, n_found,
                       claim->l0);
    free(found);
    return code;
}

/* Whether the pixels that differ keep to the constraints. */
static pp_code compare_constraints(const pp_claim *claim, const pp_image *original, const pp_image *adversarial, pp_error *err)
{
    pp_constraint constraint = { 0 };
    if (!claim->params)
        return PP_OK;
    pp_pixel *found = pp_array_new((size_t)original->width * (size_t)original->height, sizeof *found);
    pp_code code = found ? pp_constraint_init(&constraint, original, claim->mask, claim->params, err) : pp_no_memory(err, "pixels");
    if (code == PP_OK && !pp_constraint_holds(&constraint, found, pp_image_difference(original, adversarial, found)))
        code = pp_fail(err, PP_MISMATCH, "%s: its pixels do not keep to the constraints of the run", claim->adversarial_path);
    pp_constraint_clear(&constraint);
    free(found);
    return code;
}

/* Whether the model says of one of the two images what is recorded. */
static pp_code compare_answer(pp_model *model, const pp_claim *claim, const char *path, const float *raw, int class_recorded,
                              double p_recorded, pp_error *err)
{
    int decision = pp_head_decision(&model->head, raw);
    double p = pp_head_probability(&model->head, raw, claim->class_original);
    if (decision == class_recorded && fabs(p - p_recorded) <= P_TOLERANCE)
        return PP_OK;
    return pp_fail(err, PP_MISMATCH, "%s: the model says %s, P(%s) = %.6f; recorded are %s and %.6f", path,
                   pp_model_class_name(model, decision), pp_model_class_name(model, claim->class_original), p,
                   pp_model_class_name(model, class_recorded), p_recorded);
}

static pp_code compare_scores(pp_model *model, const pp_claim *claim, const pp_image *original, const pp_image *adversarial,
                              pp_error *err)
{
    float *raw = pp_array_new(model->head.n_outputs, sizeof *raw);
    if (!raw)
        return pp_no_memory(err, "scores");
    pp_code code = pp_model_raw(model, original, raw, err);
    if (code == PP_OK)
        code = compare_answer(model, claim, claim->original_path, raw, claim->class_original, claim->p_original, err);
    if (code == PP_OK)
        code = pp_model_raw(model, adversarial, raw, err);
    if (code == PP_OK && !pp_goal_reached(&claim->goal, &model->head, raw))
        code = pp_fail(err, PP_MISMATCH, "%s: the model calls it %s: not flipped", claim->adversarial_path,
                       pp_model_class_name(model, pp_head_decision(&model->head, raw)));
    if (code == PP_OK)
        code = compare_answer(model, claim, claim->adversarial_path, raw, claim->class_adversarial, claim->p_adversarial, err);
    free(raw);
    return code;
}

pp_code pp_check_claim(pp_model *model, const pp_claim *claim, pp_error *err)
{
    pp_image *original = NULL, *adversarial = NULL;
    pp_error pixel_error;
    pp_code code = read_and_hash(&original, claim->original_path, claim->original_sha256, err);
    if (code == PP_OK) {
        code = read_and_hash(&adversarial, claim->adversarial_path, claim->adversarial_sha256, err);
        if (code != PP_OK && adversarial && compare_pixels(claim, original, adversarial, &pixel_error) == PP_MISMATCH && err)
            *err = pixel_error; /* says which pixel */
    }
    if (code == PP_OK)
        code = compare_pixels(claim, original, adversarial, err);
    if (code == PP_OK)
        code = compare_constraints(claim, original, adversarial, err);
    if (code == PP_OK)
        code = compare_scores(model, claim, original, adversarial, err);
    pp_image_free(original);
    pp_image_free(adversarial);
    return code;
}

/* Asks about the image without one of its pixels. */
static pp_code check_without(pp_model *model, const pp_claim *claim, const pp_image *original, pp_image *image, const pp_pixel *pixel,
                             float *raw, pp_error *err)
{
    pp_pixel before = *pixel;
    pp_image_get(original, &before);
    pp_image_paint(image, &before, 1);
    pp_code code = pp_model_raw(model, image, raw, err);
    pp_image_paint(image, pixel, 1);
    if (code == PP_OK && pp_goal_reached(&claim->goal, &model->head, raw))
        code = pp_fail(err, PP_MISMATCH, "%s: is not locally minimal: the goal is reached without pixel (%d, %d), too", claim->adversarial_path,
                       pixel->x, pixel->y);
    return code;
}

pp_code pp_check_minimal(pp_model *model, const pp_claim *claim, pp_error *err)
{
    pp_image *original = NULL, *image = NULL;
    float *raw = pp_array_new(model->head.n_outputs, sizeof *raw);
    pp_code code = raw ? read_and_hash(&original, claim->original_path, claim->original_sha256, err) : pp_no_memory(err, "scores");
    if (code == PP_OK)
        code = pp_image_copy(&image, original, err);
    if (code == PP_OK)
        pp_image_paint(image, claim->pixels, claim->l0);
    for (size_t i = 0; code == PP_OK && i < claim->l0; i++)
        code = check_without(model, claim, original, image, &claim->pixels[i], raw, err);
    pp_image_free(original);
    pp_image_free(image);
    free(raw);
    return code;
}
