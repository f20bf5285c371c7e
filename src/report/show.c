/* show.c - what a run came to: image by image, and the paper's Table 2 (or Table 1 for a noise run). */
#include "base/error.h"
#include "report/format.h"
#include "report/summary.h"
#include "report/text_table.h"
#include "store/store.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A run folder's rows. */
typedef struct rows {
    pp_run_record run;
    pp_image_record *images;
    pp_attack_record *attacks;
    size_t n_images, n_attacks;
    pp_summary summary;
    json_t *class_names;
} rows;

static pp_code read_rows(rows *r, const char *dir, pp_error *err)
{
    pp_store *store = NULL;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_run(store, &r->run, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &r->images, &r->n_images, err);
    if (code == PP_OK)
        code = pp_store_read_attacks(store, &r->attacks, &r->n_attacks, err);
    if (code == PP_OK)
        code = pp_summarise(&r->summary, &r->run, r->images, r->n_images, r->attacks, r->n_attacks, err);
    if (code == PP_OK && !(r->class_names = json_loads(r->run.class_names, 0, NULL)))
        code = pp_fail(err, PP_STORE, "%s: its class names cannot be read", dir);
    pp_store_close(store);
    return code;
}

static void clear_rows(rows *r)
{
    json_decref(r->class_names);
    pp_image_records_free(r->images, r->n_images);
    pp_attack_records_free(r->attacks, r->n_attacks);
    pp_run_record_clear(&r->run);
}

/* The attack on an image, or NULL. Attacks are in the order of images: *next goes along. */
static const pp_attack_record *attack_on(const rows *r, const pp_image_record *image, size_t *next)
{
    while (*next < r->n_attacks && r->attacks[*next].image < image->id)
        (*next)++;
    return *next < r->n_attacks && r->attacks[*next].image == image->id ? &r->attacks[*next] : NULL;
}

static bool is_noise(const rows *r)
{
    return strcmp(r->run.method, "noise") == 0;
}

static const char *class_name(const rows *r, int index)
{
    const char *name = json_string_value(json_array_get(r->class_names, (size_t)index));
    return name ? name : "?";
}

/* ---- Table ------------------------------------------------------------------------------------------------------- */

static void print_images(const rows *r, FILE *out)
{
    static const char *const HEADER[] = { "image", "status", "was", "P", "is", "P", "pixels", "queries", "seconds", "stop", "noise" };
    pp_text_table table;
    pp_text_table_init(&table, sizeof HEADER / sizeof *HEADER);
    for (size_t i = 0; i < table.n_columns; i++)
        pp_text_table_add(&table, "%s", HEADER[i]);
    size_t next = 0;
    for (size_t i = 0; i < r->n_images; i++) {
        const pp_image_record *image = &r->images[i];
        const pp_attack_record *attack = attack_on(r, image, &next);
        pp_text_table_add(&table, "%s", image->path);
        pp_text_table_add(&table, "%s", image->status);
        pp_text_table_add(&table, "%s", image->decision < 0 ? "-" : class_name(r, image->decision));
        if (!attack) {
            for (size_t k = 3; k < table.n_columns; k++)
                pp_text_table_add(&table, "-");
            continue;
        }
        pp_text_table_add(&table, "%.4f", attack->p_original);
        pp_text_table_add(&table, "%s", class_name(r, attack->class_adversarial));
        pp_text_table_add(&table, "%.4f", attack->p_adversarial);
        if (strcmp(attack->status, "success") == 0)
            pp_text_table_add(&table, "%" PRIu64, attack->l0);
        else
            pp_text_table_add(&table, "-");
        pp_text_table_add(&table, "%" PRIu64, attack->queries);
        pp_text_table_add(&table, "%.2f", attack->seconds);
        pp_text_table_add(&table, "%s", attack->stop);
        pp_text_table_add(&table, "%s", attack->rung ? attack->rung : "-");
    }
    pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
}

/* Share in percent, or "-" of nothing. */
static void print_share(FILE *out, const char *what, size_t n, size_t of)
{
    if (of)
        fprintf(out, "  %-34s %zu of %zu (%.1f %%)\n", what, n, of, 100.0 * (double)n / (double)of);
    else
        fprintf(out, "  %-34s none attacked\n", what);
}

/* How often each rung of the ladder was the first to flip. */
static void print_rungs(const rows *r, FILE *out)
{
    for (size_t i = 0; i < r->n_attacks; i++) {
        const char *rung = r->attacks[i].rung;
        size_t n = 0, first = i;
        uint64_t queries = 0;
        for (size_t k = 0; rung && k < r->n_attacks; k++)
            if (r->attacks[k].rung && strcmp(r->attacks[k].rung, rung) == 0) {
                first = k < first ? k : first;
                queries += r->attacks[k].rung_queries;
                n++;
            }
        if (rung && first == i)
            fprintf(out, "    %-32s %zu, after %.1f draws on average\n", rung, n, (double)queries / (double)n);
    }
}

/* Attacks on images of one side: those whose class is the positive one, or is not. */
static void print_direction(const rows *r, const char *name, bool positive, FILE *out)
{
    size_t n = 0, n_strict = 0, n_ladder = 0;
    for (size_t i = 0; i < r->n_attacks; i++) {
        if ((r->attacks[i].class_original == r->run.positive) != positive)
            continue;
        n++;
        n_strict += r->attacks[i].strict_flip;
        n_ladder += strcmp(r->attacks[i].status, "success") == 0;
    }
    if (n)
        fprintf(out, "  %-21s strict %zu of %zu (%.2f)   ladder %zu of %zu (%.2f)\n", name, n_strict, n,
                (double)n_strict / (double)n, n_ladder, n, (double)n_ladder / (double)n);
}

static void print_table1(const rows *r, FILE *out)
{
    const pp_summary *s = &r->summary;
    fprintf(out, "Table 1: images that noise flips\n");
    print_share(out, "strict (one draw of uniform noise)", s->n_strict, s->n_attacked);
    print_share(out, "ladder (any kind of noise)", s->n_succeeded, s->n_attacked);
    if (r->run.positive >= 0) {
        print_direction(r, "positive to negative", true, out);
        print_direction(r, "negative to positive", false, out);
    }
    fprintf(out, "  first kind that flips:\n");
    print_rungs(r, out);
}

static void print_table2(const rows *r, FILE *out)
{
    const pp_summary *s = &r->summary;
    fprintf(out, "Table 2: disturbed pixels, over the %zu images where the attack succeeded\n", s->n_succeeded);
    if (s->n_succeeded) {
        pp_text_table table;
        pp_text_table_init(&table, 6);
        const char *const header[] = { "max", "min", "mean", "std", "median", "percent of pixels" };
        for (size_t i = 0; i < 6; i++)
            pp_text_table_add(&table, "%s%s", i ? "" : "  ", header[i]);
        pp_text_table_add(&table, "%.0f", s->l0.max);
        pp_text_table_add(&table, "%.0f", s->l0.min);
        pp_text_table_add(&table, "%.2f", s->l0.mean);
        if (isfinite(s->l0.std))
            pp_text_table_add(&table, "%.2f", s->l0.std);
        else
            pp_text_table_add(&table, "-");
        pp_text_table_add(&table, "%.1f", s->l0.median);
        pp_text_table_add(&table, "%.4f", s->percent);
        pp_text_table_print(&table, out);
        pp_text_table_clear(&table);
    }
    print_share(out, "success", s->n_succeeded, s->n_attacked);
}

static void print_rest(const rows *r, FILE *out)
{
    const pp_summary *s = &r->summary;
    if (s->n_attacked)
        fprintf(out, "  %-34s %.0f a image, %" PRIu64 " in all; %.1f s, of which %.1f s inside the classifier\n", "queries",
                s->queries_mean, s->queries, s->seconds, s->engine_seconds);
    fprintf(out, "  %-34s %zu of %zu images", "attacked", s->n_attacked, s->n_images);
    if (s->n_misclassified)
        fprintf(out, "; %zu misclassified already", s->n_misclassified);
    if (s->n_not_in_goal)
        fprintf(out, "; %zu not of the goal's class", s->n_not_in_goal);
    if (s->n_unreadable)
        fprintf(out, "; %zu unreadable", s->n_unreadable);
    if (s->n_pending)
        fprintf(out, "; %zu still to do", s->n_pending);
    fprintf(out, "\n");
}

static void write_table(const rows *r, FILE *out)
{
    fprintf(out, "%s, %s, seed %" PRIu64 ", %s\nmodel %s (SHA-256 %.16s...)\nscores: %s\n\n", r->run.method, r->run.goal, r->run.seed,
            r->run.created, r->run.model_path, r->run.model_sha256, r->run.score_source);
    print_images(r, out);
    fprintf(out, "\n");
    if (is_noise(r))
        print_table1(r, out);
    else
        print_table2(r, out);
    print_rest(r, out);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static void write_csv(const rows *r, FILE *out)
{
    size_t next = 0;
    fprintf(out, "path,label,status,class_original,class_adversarial,p_original,p_adversarial,l0,queries,generations,seconds,"
                 "engine_seconds,stop,noise,noise_draws,strict_flip,verified\n");
    for (size_t i = 0; i < r->n_images; i++) {
        const pp_image_record *image = &r->images[i];
        const pp_attack_record *a = attack_on(r, image, &next);
        pp_csv_text(out, image->path, false);
        pp_csv_text(out, image->label ? image->label : "", false);
        pp_csv_text(out, image->status, false);
        pp_csv_text(out, image->decision < 0 ? "" : class_name(r, image->decision), false);
        if (!a) {
            fprintf(out, ",,,,,,,,,,,,\n");
            continue;
        }
        pp_csv_text(out, class_name(r, a->class_adversarial), false);
        fprintf(out, "%.9g,%.9g,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6f,%.6f,", a->p_original, a->p_adversarial, a->l0, a->queries,
                a->generations, a->seconds, a->engine_seconds);
        fprintf(out, "%s,%s,%" PRIu64 ",%d,%d\n", a->stop, a->rung ? a->rung : "", a->rung_queries, a->strict_flip, a->verified);
    }
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *image_object(const rows *r, const pp_image_record *image, const pp_attack_record *a)
{
    json_t *object = json_pack("{s:s, s:s}", "path", image->path, "status", image->status);
    if (image->label)
        json_object_set_new(object, "label", json_string(image->label));
    if (image->reason)
        json_object_set_new(object, "reason", json_string(image->reason));
    if (image->decision >= 0)
        json_object_set_new(object, "class_original", json_string(class_name(r, image->decision)));
    json_t *probabilities = image->probabilities ? json_loads(image->probabilities, 0, NULL) : NULL;
    json_t *p = json_array_get(probabilities, image->decision < 0 ? 0 : (size_t)image->decision);
    json_object_set(object, "p_original", p ? p : json_null());
    json_decref(probabilities);
    bool success = a && strcmp(a->status, "success") == 0;
    if (a)
        json_object_set_new(object, "class_adversarial", json_string(class_name(r, a->class_adversarial)));
    json_object_set_new(object, "p_adversarial", a ? json_real(a->p_adversarial) : json_null());
    json_object_set_new(object, "l0", success ? json_integer((json_int_t)a->l0) : json_null());
    json_object_set_new(object, "queries", json_integer(a ? (json_int_t)a->queries : image->decision >= 0));
    json_object_set_new(object, "seconds", json_real(a ? a->seconds : 0));
    json_object_set_new(object, "stop", a ? json_string(a->stop) : json_null());
    json_object_set_new(object, "verified", json_boolean(a && a->verified));
    if (a) {
        json_object_set_new(object, "noise", a->rung ? json_string(a->rung) : json_null());
        json_object_set_new(object, "strict_flip", json_boolean(a->strict_flip));
    }
    return object;
}

static json_t *summary_object(const rows *r)
{
    const pp_summary *s = &r->summary;
    json_t *l0 = json_object();
    json_object_set_new(l0, "max", s->l0.n ? json_integer((json_int_t)s->l0.max) : json_null());
    json_object_set_new(l0, "min", s->l0.n ? json_integer((json_int_t)s->l0.min) : json_null());
    json_object_set_new(l0, "mean", pp_json_real(s->l0.mean));
    json_object_set_new(l0, "std", pp_json_real(s->l0.std));
    json_object_set_new(l0, "median", pp_json_real(s->l0.median));
    json_object_set_new(l0, "percent", pp_json_real(s->percent));
    json_t *object = json_object();
    json_object_set_new(object, "attacked", json_integer((json_int_t)s->n_attacked));
    json_object_set_new(object, "succeeded", json_integer((json_int_t)s->n_succeeded));
    json_object_set_new(object, "l0", l0);
    json_object_set_new(object, "queries", json_integer((json_int_t)s->queries));
    json_object_set_new(object, "seconds", json_real(s->seconds));
    json_object_set_new(object, "engine_seconds", json_real(s->engine_seconds));
    json_object_set_new(object, "images", json_integer((json_int_t)s->n_images));
    json_object_set_new(object, "misclassified", json_integer((json_int_t)s->n_misclassified));
    json_object_set_new(object, "unreadable", json_integer((json_int_t)s->n_unreadable));
    json_object_set_new(object, "not_in_goal", json_integer((json_int_t)s->n_not_in_goal));
    json_object_set_new(object, "to_do", json_integer((json_int_t)s->n_pending));
    if (is_noise(r))
        json_object_set_new(object, "strict", json_integer((json_int_t)s->n_strict));
    return object;
}

/* Images that the goal does not speak of and images still to do are counted in the summary only. */
static json_t *run_object(const rows *r)
{
    json_t *images = json_array(), *object = json_object();
    size_t next = 0;
    for (size_t i = 0; i < r->n_images; i++) {
        const pp_image_record *image = &r->images[i];
        const pp_attack_record *attack = attack_on(r, image, &next);
        bool left_out = !attack && strcmp(image->status, "misclassified") != 0 && strcmp(image->status, "unreadable") != 0;
        if (!left_out)
            json_array_append_new(images, image_object(r, image, attack));
    }
    json_object_set_new(object, "method", json_string(r->run.method));
    json_object_set_new(object, "goal", json_string(r->run.goal));
    json_object_set_new(object, "seed", json_integer((json_int_t)r->run.seed));
    json_object_set_new(object, "model", json_string(r->run.model_path));
    json_object_set_new(object, "model_sha256", json_string(r->run.model_sha256));
    json_object_set_new(object, "scores", json_string(r->run.score_source));
    json_object_set_new(object, "version", json_string(r->run.version));
    json_object_set_new(object, "images", images);
    json_object_set_new(object, "summary", summary_object(r));
    return object;
}

pp_code pp_show(const char *dir, const char *format_name, char **text, pp_error *err)
{
    rows r = { 0 };
    pp_format format;
    char *written = NULL;
    size_t size;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code == PP_OK)
        code = read_rows(&r, dir, err);
    if (code == PP_OK && format == PP_FORMAT_JSON) {
        code = pp_json_text(&written, run_object(&r), err);
    } else if (code == PP_OK) {
        FILE *out = open_memstream(&written, &size);
        if (out)
            (format == PP_FORMAT_CSV ? write_csv : write_table)(&r, out);
        if (!out || fclose(out) != 0)
            code = pp_no_memory(err, "a table");
    }
    clear_rows(&r);
    if (code != PP_OK) {
        free(written);
        return code;
    }
    *text = written;
    return PP_OK;
}
