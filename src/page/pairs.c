/* pairs.c - two runs on the images that both attacked: on how many each needs more pixels, and whether that can be chance (sign test). */
#include "base/array.h"
#include "page/page.h"
#include "report/bootstrap.h"

#include <math.h>
#include <string.h>

static const double SURE = 0.05; /* what is less likely by chance is called a difference */

/* An attack by the file it was on. A failure is infinitely many pixels. */
typedef struct entry {
    const char *source;
    double pixels;
} entry;

static int by_source(const void *left, const void *right)
{
    return strcmp(((const entry *)left)->source, ((const entry *)right)->source);
}

/* *entries: n, sorted, the caller's. */
static bool list_attacks(entry **entries, size_t *n, const pp_run_rows *r)
{
    entry *made = pp_array_new(r->n_attacks, sizeof *made);
    *n = 0;
    for (size_t i = 0; made && i < r->n_images; i++)
        if (r->attack_of[i])
            made[(*n)++] = (entry){ r->images[i].source, pp_run_flipped(r, i) ? (double)r->attack_of[i]->l0 : INFINITY };
    if (made)
        qsort(made, *n, sizeof *made, by_source);
    *entries = made;
    return made != NULL;
}

/* Medians over the images that both flipped. */
typedef struct tally {
    size_t n, n_a_more, n_b_more, n_both;
    double *a, *b;
} tally;

static void count(tally *t, double a, double b)
{
    t->n++;
    t->n_a_more += a > b;
    t->n_b_more += a < b;
    if (isinf(a) || isinf(b))
        return;
    t->a[t->n_both] = a;
    t->b[t->n_both++] = b;
}

static json_t *tell(const tally *t, const pp_page_run *a, const pp_page_run *b)
{
    bool same_model = strcmp(a->rows.run.model_sha256, b->rows.run.model_sha256) == 0;
    bool same_method = strcmp(a->rows.run.method, b->rows.run.method) == 0;
    double p = pp_sign_test(t->n_b_more, t->n_a_more);
    json_t *object = json_object();
    json_object_set_new(object, "a", pp_json_count(a->index));
    json_object_set_new(object, "b", pp_json_count(b->index));
    json_object_set_new(object, "images", pp_json_count(t->n));
    json_object_set_new(object, "a_more", pp_json_count(t->n_a_more));
    json_object_set_new(object, "b_more", pp_json_count(t->n_b_more));
    json_object_set_new(object, "same", pp_json_count(t->n - t->n_a_more - t->n_b_more));
    json_object_set_new(object, "both_flipped", pp_json_count(t->n_both));
    json_object_set_new(object, "median_a", pp_json_real(pp_statistics_of(t->a, t->n_both).median));
    json_object_set_new(object, "median_b", pp_json_real(pp_statistics_of(t->b, t->n_both).median));
    json_object_set_new(object, "p", json_real(p));
    json_object_set_new(object, "same_model", json_boolean(same_model));
    json_object_set_new(object, "same_method", json_boolean(same_method));
    bool a_is_more = t->n_a_more > t->n_b_more, certain = p < SURE;
    json_object_set_new(object, "more_robust", certain && !same_model ? pp_json_count((a_is_more ? a : b)->index) : json_null());
    json_object_set_new(object, "fewer_pixels", certain ? pp_json_count((a_is_more ? b : a)->index) : json_null());
    return object;
}

static json_t *compare(const pp_page_run *a, const pp_page_run *b)
{
    entry *of_a = NULL, *of_b = NULL;
    size_t n_a, n_b;
    json_t *object = NULL;
    if (list_attacks(&of_a, &n_a, &a->rows) && list_attacks(&of_b, &n_b, &b->rows)) {
        tally t = { .a = pp_array_new(n_a, sizeof *t.a), .b = pp_array_new(n_a, sizeof *t.b) };
        for (size_t i = 0, k = 0; t.a && t.b && i < n_a && k < n_b;) {
            int order = by_source(&of_a[i], &of_b[k]);
            if (order == 0)
                count(&t, of_a[i].pixels, of_b[k].pixels);
            i += order <= 0;
            k += order >= 0;
        }
        object = t.a && t.b ? tell(&t, a, b) : NULL;
        free(t.a);
        free(t.b);
    }
    free(of_a);
    free(of_b);
    return object;
}

json_t *pp_page_pairs(const pp_page_run *runs, size_t n)
{
    json_t *pairs = json_array();
    for (size_t a = 0; a < n; a++)
        for (size_t b = a + 1; b < n; b++) {
            json_t *pair = compare(&runs[a], &runs[b]);
            if (!pair || json_array_append_new(pairs, pair) != 0) {
                json_decref(pairs);
                return NULL;
            }
        }
    return pairs;
}
