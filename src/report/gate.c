/* gate.c - a run held against rules and, image by image, against an earlier run (docs/gate.md).
 *
 * Two runs share an image if the classifiers see the same pixels: paths differ from machine to machine, so the hash of the original is what
 * pairs them. Where one run had more queries than the other, its traces tell what it had found by the time the other one had to stop. */
#include "report/gate.h"

#include "audit/audit.h"
#include "audit/shard.h"
#include "base/array.h"
#include "base/error.h"
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static pp_code pair_images(pp_gate_result *gate, pp_error *err);
static pp_code write_differences(const void *what, FILE *out, pp_error *err);
static pp_code write_text(const void *what, FILE *out, pp_error *err);

/* ---- Whether it can be judged ------------------------------------------------------------------------------------ */

static pp_code check_rules(const pp_gate_rules *rules, pp_error *err)
{
    bool loss = !isnan(rules->max_loss), median = !isnan(rules->min_median_pixels), success = !isnan(rules->max_success);
    if (!loss && !median && !success)
        return pp_fail(err, PP_ARG, "no rule; expected --max-loss, --min-median-pixels or --max-success-at");
    if (loss && !rules->baseline)
        return pp_fail(err, PP_ARG, "--max-loss: a loss from what? expected --baseline too");
    if (loss && !(rules->max_loss >= 0 && rules->max_loss <= 100))
        return pp_fail(err, PP_ARG, "--max-loss: %g %%; expected 0 to 100", rules->max_loss);
    if (median && !(rules->min_median_pixels >= 0 && rules->min_median_pixels <= 1e9))
        return pp_fail(err, PP_ARG, "--min-median-pixels: %g; expected 0 to 1e9", rules->min_median_pixels);
    if (success && !(rules->max_success > 0 && rules->max_success <= 100 && rules->within <= 1000000000))
        return pp_fail(err, PP_ARG, "--max-success-at: %" PRIu64 ":%g; expected up to 1e9 pixels, and above 0 to 100 percent", rules->within,
                       rules->max_success);
    return PP_OK;
}

static bool says_something(const pp_image_record *image)
{
    return strcmp(image->status, "success") == 0 || strcmp(image->status, "failed") == 0 || strcmp(image->status, "misclassified") == 0;
}

/* A part says nothing of the images that are elsewhere. --shard 1/1 is all of a run; a merged run has no shard. */
static pp_code check_whole(const pp_stored_run *stored, const char *dir, pp_error *err)
{
    pp_shard shard;
    const char *text = stored->params->scale.shard;
    pp_code code = pp_shard_parse(&shard, text, err);
    if (code == PP_OK && shard.n > 1)
        return pp_fail(err, PP_MISMATCH, "%s: part of a run (its --shard is %s); bring the parts together first: pinprick merge", dir, text);
    return code;
}

/* A whole run of which nothing is left to do, and that has an image to judge by. */
static pp_code check_finished(const pp_stored_run *stored, const char *dir, pp_error *err)
{
    size_t n_to_do = 0, n_judged = 0;
    pp_code code = check_whole(stored, dir, err);
    if (code != PP_OK)
        return code;
    for (size_t i = 0; i < stored->n_images; i++) {
        n_to_do += pp_image_is_to_do(&stored->images[i]);
        n_judged += says_something(&stored->images[i]);
    }
    if (n_to_do)
        return pp_fail(err, PP_MISMATCH, "%s: not finished, still to be done: %zu; go on with: pinprick attack --resume %s", dir, n_to_do, dir);
    if (!n_judged)
        return pp_fail(err, PP_MISMATCH, "%s: nothing to judge by: none of its %zu images could be read and is of the goal's class", dir,
                       stored->n_images);
    return PP_OK;
}

/* Two runs that ask the same of images of one size. */
static pp_code check_same_task(const pp_gate_result *gate, pp_error *err)
{
    const pp_run_record *now = &gate->now.run, *before = &gate->before.run;
    if (strcmp(now->method, before->method) != 0)
        return pp_fail(err, PP_MISMATCH, "%s: of method %s; the baseline %s is of %s", gate->dir, now->method, gate->baseline, before->method);
    if (strcmp(now->goal, before->goal) != 0)
        return pp_fail(err, PP_MISMATCH, "%s: its goal is %s; that of the baseline %s is %s", gate->dir, now->goal, gate->baseline, before->goal);
    if (now->width != before->width || now->height != before->height || now->channels != before->channels)
        return pp_fail(err, PP_MISMATCH, "%s: images of %dx%d with %d channels; those of the baseline %s are %dx%d with %d: their pixels cannot "
                       "be held against each other", gate->dir, now->width, now->height, now->channels, gate->baseline, before->width,
                       before->height, before->channels);
    return PP_OK;
}

/* Reads what the rules need. *gate: zero before; clear_gate, also on failure. dir may be NULL. */
static pp_code read_gate(pp_gate_result *gate, const char *dir, const pp_gate_rules *rules, pp_error *err)
{
    gate->dir = dir;
    gate->baseline = rules->baseline;
    pp_code code = check_rules(rules, err);
    if (code == PP_OK && rules->baseline)
        code = pp_stored_run_read(&gate->before, rules->baseline, err);
    if (code == PP_OK && rules->baseline)
        code = check_finished(&gate->before, rules->baseline, err);
    if (code == PP_OK && dir)
        code = pp_stored_run_read(&gate->now, dir, err);
    if (code == PP_OK && dir && rules->baseline)
        code = check_same_task(gate, err);
    return code;
}

static void clear_gate(pp_gate_result *gate)
{
    pp_stored_run_clear(&gate->now);
    pp_stored_run_clear(&gate->before);
    free(gate->pixels);
    free(gate->pixels_now);
    free(gate->pixels_before);
    free(gate->differences);
}

pp_code pp_gate_check(const pp_gate_rules *rules, const char *dir, pp_error *err)
{
    pp_gate_result gate = { 0 };
    pp_code code = read_gate(&gate, dir, rules, err);
    clear_gate(&gate);
    return code;
}

/* ---- Pixels ------------------------------------------------------------------------------------------------------ */

/* Of each image what a wrong answer takes after so many queries, as gate.h has it. *pixels: the caller's, free(). */
static pp_code pixels_of(double **pixels, const pp_stored_run *stored, uint64_t queries, pp_error *err)
{
    double *made = pp_array_new(stored->n_images, sizeof *made);
    size_t from = 0, a = 0;
    if (!made)
        return pp_no_memory(err, "a gate");
    for (size_t i = 0; i < stored->n_images; i++) {
        const pp_image_record *image = &stored->images[i];
        while (a < stored->n_attacks && stored->attacks[a].image < image->id)
            a++;
        bool attacked = a < stored->n_attacks && stored->attacks[a].image == image->id;
        made[i] = strcmp(image->status, "misclassified") == 0 ? 0
                  : attacked ? pp_attack_pixels_at(stored, &stored->attacks[a], &from, queries) : NAN;
    }
    *pixels = made;
    return PP_OK;
}

static uint64_t queries_of(const pp_stored_run *stored)
{
    return stored->params->budget.queries ? stored->params->budget.queries : UINT64_MAX;
}

static pp_code fill_pixels(pp_gate_result *gate, pp_error *err)
{
    pp_code code = pixels_of(&gate->pixels, &gate->now, UINT64_MAX, err);
    for (size_t i = 0; code == PP_OK && i < gate->now.n_images; i++) {
        gate->n_judged += !isnan(gate->pixels[i]);
        gate->n_unreadable += strcmp(gate->now.images[i].status, "unreadable") == 0;
    }
    if (code != PP_OK || !gate->baseline)
        return code;
    uint64_t now = queries_of(&gate->now), before = queries_of(&gate->before);
    gate->queries = now < before ? now : before;
    code = pixels_of(&gate->pixels_now, &gate->now, gate->queries, err);
    return code == PP_OK ? pair_images(gate, err) : code;
}

/* ---- The same image in two runs ---------------------------------------------------------------------------------- */

/* An original of a run by its hash; several of one hash in the order of the run. */
typedef struct original {
    const char *sha256;
    size_t index;
} original;

static int by_hash(const void *left, const void *right)
{
    const original *a = left, *b = right;
    int order = strcmp(a->sha256, b->sha256);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Those that could be read, sorted. *originals: the caller's, free(). */
static pp_code list_originals(original **originals, size_t *n, const pp_stored_run *stored, pp_error *err)
{
    *originals = pp_array_new(stored->n_images, sizeof **originals);
    if (!*originals)
        return pp_no_memory(err, "a gate");
    *n = 0;
    for (size_t i = 0; i < stored->n_images; i++)
        if (stored->images[i].sha256)
            (*originals)[(*n)++] = (original){ stored->images[i].sha256, i };
    qsort(*originals, *n, sizeof **originals, by_hash);
    return PP_OK;
}

/* Fills pixels_before; says how many images of the baseline have no pair, and which is the first of them. */
static void walk_pairs(pp_gate_result *gate, const double *before, const original *ours, size_t n_ours, const original *theirs, size_t n_theirs,
                       size_t *n_missing, size_t *first_missing)
{
    size_t i = 0, n_pairs = 0;
    for (size_t k = 0; k < n_theirs; k++) {
        while (i < n_ours && strcmp(ours[i].sha256, theirs[k].sha256) < 0)
            i++;
        if (i < n_ours && strcmp(ours[i].sha256, theirs[k].sha256) == 0) {
            gate->pixels_before[ours[i++].index] = before[theirs[k].index];
            n_pairs++;
        } else if ((*n_missing)++ == 0 || theirs[k].index < *first_missing) {
            *first_missing = theirs[k].index;
        }
    }
    gate->n_new = n_ours - n_pairs;
}

static pp_code missing_images(const pp_gate_result *gate, size_t n_missing, size_t first, pp_error *err)
{
    const pp_stored_run *before = &gate->before;
    bool other = strcmp(gate->now.run.preprocessing, before->run.preprocessing) != 0;
    return pp_fail(err, PP_MISMATCH, "%s: %zu of the %zu images of the baseline %s are not there pixel for pixel, the first is %s%s%s%s%s%s; make a "
                   "baseline of these images", gate->dir, n_missing, before->n_images, gate->baseline, before->images[first].path,
                   other ? " (preprocessing was " : "", other ? before->run.preprocessing : "", other ? ", is " : "",
                   other ? gate->now.run.preprocessing : "", other ? ")" : "");
}

static pp_code pair_images(pp_gate_result *gate, pp_error *err)
{
    original *ours = NULL, *theirs = NULL;
    double *before = NULL;
    size_t n_ours = 0, n_theirs = 0, n_missing = 0, first_missing = 0;
    gate->pixels_before = pp_array_new(gate->now.n_images, sizeof *gate->pixels_before);
    for (size_t i = 0; gate->pixels_before && i < gate->now.n_images; i++)
        gate->pixels_before[i] = NAN;
    pp_code code = gate->pixels_before ? pixels_of(&before, &gate->before, gate->queries, err) : pp_no_memory(err, "a gate");
    if (code == PP_OK)
        code = list_originals(&ours, &n_ours, &gate->now, err);
    if (code == PP_OK)
        code = list_originals(&theirs, &n_theirs, &gate->before, err);
    if (code == PP_OK)
        walk_pairs(gate, before, ours, n_ours, theirs, n_theirs, &n_missing, &first_missing);
    if (code == PP_OK && n_missing)
        code = missing_images(gate, n_missing, first_missing, err);
    free(before);
    free(ours);
    free(theirs);
    return code;
}

/* ---- What is worth knowing besides ------------------------------------------------------------------------------- */

typedef struct difference_list {
    const pp_params *before;
    FILE *out;
} difference_list;

static pp_code write_difference(void *user, const char *option, const char *value, pp_error *err)
{
    const difference_list *list = user;
    char *there;
    if (pp_audit_is_of_the_machine(option))
        return PP_OK;
    pp_code code = pp_params_get(list->before, option, &there, err);
    if (code != PP_OK)
        return code;
    if (strcmp(there, value) != 0)
        fprintf(list->out, "%s--%s %s (there %s)", ftell(list->out) ? ", " : "", option, *value ? value : "not said", *there ? there : "not said");
    free(there);
    return PP_OK;
}

/* pp_writer: what is a pp_gate_result. The runs are of one method, so they have the same parameters. */
static pp_code write_differences(const void *what, FILE *out, pp_error *err)
{
    const pp_gate_result *gate = what;
    difference_list list = { gate->before.params, out };
    return gate->baseline ? pp_params_each(gate->now.params, write_difference, &list, err) : PP_OK;
}

/* pp_writer: what is a pp_gate_result. The broken rules are the reason; where there are none, all rules are. */
static pp_code write_text(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const pp_gate_result *gate = what;
    const char *between = gate->red ? "red: " : "green: ";
    for (size_t i = 0; i < gate->n_verdicts; i++) {
        if (gate->red && !gate->verdicts[i].broken)
            continue;
        fprintf(out, "%s%s", between, gate->verdicts[i].why);
        between = "; ";
    }
    fputc('\n', out);
    if (*gate->differences)
        fprintf(out, "other than the baseline's: %s\n", gate->differences);
    if (gate->baseline && queries_of(&gate->now) != queries_of(&gate->before))
        fprintf(out, "both runs are taken as they were after %" PRIu64 " queries of each image\n", gate->queries);
    if (gate->n_new)
        fprintf(out, "%zu image%s not in the baseline\n", gate->n_new, gate->n_new == 1 ? " is" : "s are");
    if (gate->n_unreadable)
        fprintf(out, "%zu image%s could not be read\n", gate->n_unreadable, gate->n_unreadable == 1 ? "" : "s");
    return PP_OK;
}

pp_code pp_gate(const char *dir, const pp_gate_rules *rules, const char *junit, char **text, pp_error *err)
{
    pp_gate_result gate = { 0 };
    *text = NULL;
    pp_code code = read_gate(&gate, dir, rules, err);
    if (code == PP_OK)
        code = check_finished(&gate.now, dir, err);
    if (code == PP_OK)
        code = fill_pixels(&gate, err);
    if (code == PP_OK)
        code = pp_gate_judge(&gate, rules, err);
    if (code == PP_OK)
        code = pp_written_text(&gate.differences, write_differences, &gate, err);
    if (code == PP_OK)
        code = pp_written_text(text, write_text, &gate, err);
    if (code == PP_OK && junit) /* last: the verdict stands, whatever comes of the file */
        code = pp_gate_write_junit(&gate, junit, err);
    if (code == PP_OK)
        code = gate.red ? PP_RED : gate.n_unreadable ? PP_PARTIAL : PP_OK;
    clear_gate(&gate);
    return code;
}
