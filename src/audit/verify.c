/* verify.c - holds a run folder against its database and its model, at any time after the run. */
#include "attack/run.h"
#include "audit/audit.h"
#include "audit/check.h"
#include "audit/folder.h"
#include "base/error.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a run folder holds, read once. */
typedef struct contents {
    pp_store *store;
    pp_run_record run;
    pp_params *params;
    pp_model *model;
    pp_image *mask;
    pp_image_record *images;
    pp_attack_record *attacks;
    size_t n_images, n_attacks;
} contents;

/* The model must be the run's, fed in the run's way. */
static pp_code open_model(contents *c, const char *path, FILE *out, pp_error *err)
{
    char fed[600];
    pp_error why;
    pp_code code = pp_model_open(&c->model, path, c->params, &why);
    if (code != PP_OK)
        return pp_fail(err, code, "%s%s", why.message, code == PP_IO ? "; if the model was moved, say --model" : "");
    if (strcmp(c->model->digest.hex, c->run.model_sha256) != 0) {
        fprintf(out, "%s: another model than the run's: its SHA-256 is %.12s..., recorded is %.12s...\n", path, c->model->digest.hex,
                c->run.model_sha256);
        return PP_MISMATCH;
    }
    pp_preprocessing_text(c->model, fed);
    if (strcmp(fed, c->run.preprocessing) != 0) {
        fprintf(out, "%s: another preprocessing than the run's: %s; recorded is %s\n", path, fed, c->run.preprocessing);
        return PP_MISMATCH;
    }
    return PP_OK;
}

/* The masks must be the run's. */
static pp_code open_mask(contents *c, FILE *out, pp_error *err)
{
    pp_error why;
    pp_code code = pp_constraint_open(&c->mask, c->model, c->params, err);
    if (code == PP_OK && (code = pp_audit_check_mask(c->mask, c->params, &c->run, &why)) == PP_MISMATCH)
        fprintf(out, "%s\n", why.message);
    return code;
}

static pp_code read_contents(contents *c, const char *dir, const char *model_path, FILE *out, pp_error *err)
{
    pp_code code = pp_store_open(&c->store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_run(c->store, &c->run, err);
    if (code == PP_OK)
        code = pp_store_read_params(c->store, &c->params, err);
    if (code == PP_OK)
        code = pp_store_read_images(c->store, &c->images, &c->n_images, err);
    if (code == PP_OK)
        code = pp_store_read_attacks(c->store, &c->attacks, &c->n_attacks, err);
    if (code == PP_OK)
        code = open_model(c, model_path ? model_path : c->run.model_path, out, err);
    return code == PP_OK ? open_mask(c, out, err) : code;
}

static void clear_contents(contents *c)
{
    pp_image_records_free(c->images, c->n_images);
    pp_attack_records_free(c->attacks, c->n_attacks);
    pp_image_free(c->mask);
    pp_model_free(c->model);
    pp_params_free(c->params);
    pp_run_record_clear(&c->run);
    pp_store_close(c->store);
}

static int by_image(const void *key, const void *element)
{
    int64_t id = *(const int64_t *)key, other = ((const pp_attack_record *)element)->image;
    return id < other ? -1 : id > other;
}

/* The attack on an image, or NULL: they are in the order of the images. */
static const pp_attack_record *find_attack(const contents *c, int64_t image)
{
    return c->n_attacks ? bsearch(&image, c->attacks, c->n_attacks, sizeof *c->attacks, by_image) : NULL;
}

static bool is_success(const char *status)
{
    return status && strcmp(status, "success") == 0;
}

/* Whether two rows tell of one flip, and by this model. */
static bool rows_fit(const contents *c, const pp_image_record *image, const pp_attack_record *attack)
{
    int n_classes = pp_model_classes(c->model);
    return attack && is_success(image->status) && is_success(attack->status) && attack->adversarial_sha256 &&
           pp_audit_row_fits(image, c->model) && attack->class_original >= 0 && attack->class_original < n_classes &&
           attack->class_adversarial >= 0 && attack->class_adversarial < n_classes;
}

/* One image that is said to have flipped. The goal is found anew from the stored parameters. */
static pp_code verify_one(const contents *c, const char *dir, const pp_image_record *image, const pp_attack_record *attack, pp_error *err)
{
    if (!rows_fit(c, image, attack))
        return pp_fail(err, PP_MISMATCH, "%s: its rows in run.db do not fit together", image->name);
    char *original_path = NULL, *path = NULL;
    pp_pixel *pixels = NULL, *before = NULL;
    size_t n_pixels = 0;
    pp_goal goal;
    pp_status status;
    pp_code code = pp_folder_original(&original_path, dir, image->name, err);
    if (code == PP_OK)
        code = pp_folder_adversarial(&path, dir, image->name, err);
    if (code == PP_OK && !c->params->method->dense)
        code = pp_store_read_pixels(c->store, image->id, &pixels, &before, &n_pixels, err);
    if (code == PP_OK)
        code = pp_goal_for(&goal, &status, c->model, c->params, image->decision, image->label_class, err);
    if (code == PP_OK && !c->params->method->dense && n_pixels != attack->l0)
        code = pp_fail(err, PP_MISMATCH, "%s: %zu pixels are recorded where its row says %llu", path, n_pixels,
                       (unsigned long long)attack->l0);
    if (code == PP_OK) {
        pp_claim claim = {
            .original_path = original_path, .adversarial_path = path, .original_sha256 = image->sha256,
            .adversarial_sha256 = attack->adversarial_sha256, .l0 = (size_t)attack->l0,
            .pixels = c->params->method->dense ? NULL : pixels, .before = before,
            .class_original = attack->class_original, .class_adversarial = attack->class_adversarial,
            .p_original = attack->p_original, .p_adversarial = attack->p_adversarial, .goal = goal, .params = c->params, .mask = c->mask,
        };
        code = pp_check_claim(c->model, &claim, err);
        if (code == PP_OK && attack->locally_minimal == 1 && claim.pixels)
            code = pp_check_minimal(c->model, &claim, err);
    }
    free(pixels);
    free(before);
    free(original_path);
    free(path);
    return code;
}

pp_code pp_verify(const char *dir, const char *model_path, char **text, pp_error *err)
{
    contents c = { 0 };
    char *written = NULL;
    size_t size = 0, n_good = 0, n_bad = 0, n_to_do = 0;
    FILE *out = open_memstream(&written, &size);
    if (!out)
        return pp_no_memory(err, "a report");
    pp_code code = read_contents(&c, dir, model_path, out, err);
    for (size_t i = 0; code == PP_OK && i < c.n_images; i++) {
        const pp_image_record *image = &c.images[i];
        const pp_attack_record *attack = find_attack(&c, image->id);
        n_to_do += pp_image_is_to_do(image);
        if (!is_success(image->status) && !(attack && is_success(attack->status)))
            continue;
        pp_error why;
        pp_code held = verify_one(&c, dir, image, attack, &why);
        n_good += held == PP_OK;
        n_bad += held == PP_MISMATCH;
        if (held == PP_MISMATCH)
            fprintf(out, "%s\n", why.message);
        else if (held != PP_OK && (code = held) && err)
            *err = why;
    }
    if (code == PP_OK)
        fprintf(out, "%zu of %zu saved adversarial images hold\n", n_good, n_good + n_bad);
    if (code == PP_OK && n_to_do)
        fprintf(out, "still to be done: %zu; go on with: pinprick attack --resume %s\n", n_to_do, dir);
    if (code == PP_OK && n_bad)
        code = PP_MISMATCH;
    clear_contents(&c);
    if (fclose(out) != 0 && code >= 0)
        code = pp_no_memory(err, "a report");
    if (code < 0) {
        free(written);
        return code;
    }
    *text = written;
    return code;
}
