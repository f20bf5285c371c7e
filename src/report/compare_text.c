/* compare_text.c - a comparison as a table for people, as CSV and as JSON. */
#include "base/error.h"
#include "report/compare.h"
#include "report/text_table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static double success_percent(const pp_estimates *pixels)
{
    return pixels->n ? 100.0 * (double)pixels->n_finite / (double)pixels->n : NAN;
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static void add_number(pp_text_table *table, double value, int digits)
{
    if (isnan(value))
        pp_text_table_add(table, "-");
    else
        pp_text_table_add(table, "%.*f", digits, value);
}

static void add_interval(pp_text_table *table, const pp_estimate *estimate, int digits)
{
    if (isnan(estimate->low))
        pp_text_table_add(table, "-");
    else
        pp_text_table_add(table, "%.*f to %.*f", digits, estimate->low, digits, estimate->high);
}

static int print_rows(const pp_compare_result *r, FILE *out)
{
    static const char *const HEADER[] = { "queries", "method", "images", "attacks", "success %", "mean", "95 %", "median", "95 %",
                                          "median of all", "queries spent" };
    pp_text_table table;
    pp_text_table_init(&table, sizeof HEADER / sizeof *HEADER);
    for (size_t i = 0; i < table.n_columns; i++)
        pp_text_table_add(&table, "%s", HEADER[i]);
    for (size_t i = 0; i < r->n_rows; i++) {
        const pp_compare_row *row = &r->rows[i];
        pp_text_table_add(&table, "%" PRIu64, row->budget);
        pp_text_table_add(&table, "%s", row->method);
        pp_text_table_add(&table, "%zu", row->pixels.n_groups);
        pp_text_table_add(&table, "%zu", row->pixels.n);
        add_number(&table, success_percent(&row->pixels), 1);
        add_number(&table, row->pixels.mean.value, 2);
        add_interval(&table, &row->pixels.mean, 2);
        add_number(&table, row->pixels.median.value, 1);
        add_interval(&table, &row->pixels.median, 1);
        add_number(&table, row->pixels.median_all.value, 1);
        add_number(&table, row->queries, 0);
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

/* The first method against each other one; JSON has every two. */
static int print_pairs(const pp_compare_result *r, FILE *out)
{
    static const char *const HEADER[] = { "queries", "against", "fewer", "more", "the same", "p" };
    pp_text_table table;
    pp_text_table_init(&table, sizeof HEADER / sizeof *HEADER);
    for (size_t i = 0; i < table.n_columns; i++)
        pp_text_table_add(&table, "%s", HEADER[i]);
    for (size_t i = 0; i < r->n_pairs; i++) {
        const pp_compare_pair *pair = &r->pairs[i];
        if (strcmp(pair->method, r->plan.methods[0]) != 0)
            continue;
        pp_text_table_add(&table, "%" PRIu64, pair->budget);
        pp_text_table_add(&table, "%s", pair->other);
        pp_text_table_add(&table, "%zu", pair->n_fewer);
        pp_text_table_add(&table, "%zu", pair->n_more);
        pp_text_table_add(&table, "%zu", pair->n_ties);
        pp_text_table_add(&table, "%.2g", pair->p);
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

static void print_left_out(size_t n, const char *why, FILE *out)
{
    if (n)
        fprintf(out, "; %zu %s", n, why);
}

pp_code pp_compare_table(const void *what, FILE *out, pp_error *err)
{
    const pp_compare_result *r = what;
    fprintf(out, "%zu method%s, %zu seed%s from %" PRIu64 " on, %s\nmodel %s (SHA-256 %.16s...)\nscores: %s\n", r->plan.n_methods,
            r->plan.n_methods == 1 ? "" : "s", r->plan.n_seeds, r->plan.n_seeds == 1 ? "" : "s", r->plan.seed, r->run.goal,
            r->run.model_path, r->run.model_sha256, r->run.score_source);
    fprintf(out, "%zu image%s", r->n_images, r->n_images == 1 ? "" : "s");
    print_left_out(r->n_misclassified, "misclassified already", out);
    print_left_out(r->n_not_in_goal, "not of the goal's class", out);
    print_left_out(r->n_unreadable, "unreadable", out);
    print_left_out(r->n_to_do, "attacks still to do", out);
    fprintf(out, "\n\nPixels after so many queries. Mean and median are over successes; in \"median of all\" a failure has infinitely many\n");
    int failed = print_rows(r, out);
    if (!failed && r->n_pairs) {
        fprintf(out, "\nHow often %s has fewer pixels than another, of the same image with the same seed (p: sign test)\n", r->plan.methods[0]);
        failed = print_pairs(r, out);
    }
    return failed ? pp_no_memory(err, "a table") : PP_OK;
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static void put_number(FILE *out, double value, bool last)
{
    if (!isnan(value))
        fprintf(out, "%.9g", value);
    fputc(last ? '\n' : ',', out);
}

static void put_estimate(FILE *out, const pp_estimate *estimate)
{
    put_number(out, estimate->value, false);
    put_number(out, estimate->low, false);
    put_number(out, estimate->high, false);
}

pp_code pp_compare_csv(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const pp_compare_result *r = what;
    fprintf(out, "budget,method,images,attacks,succeeded,success_percent,mean,mean_low,mean_high,median,median_low,median_high,median_all,"
                 "median_all_low,median_all_high,queries\n");
    for (size_t i = 0; i < r->n_rows; i++) {
        const pp_compare_row *row = &r->rows[i];
        const pp_estimates *p = &row->pixels;
        fprintf(out, "%" PRIu64 ",%s,%zu,%zu,%zu,", row->budget, row->method, p->n_groups, p->n, p->n_finite);
        put_number(out, success_percent(p), false);
        put_estimate(out, &p->mean);
        put_estimate(out, &p->median);
        put_estimate(out, &p->median_all);
        put_number(out, row->queries, true);
    }
    return PP_OK;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *estimate_object(const pp_estimate *estimate)
{
    json_t *object = json_object();
    json_object_set_new(object, "value", pp_json_real(estimate->value));
    json_object_set_new(object, "low", pp_json_real(estimate->low));
    json_object_set_new(object, "high", pp_json_real(estimate->high));
    return object;
}

static json_t *row_object(const pp_compare_row *row)
{
    const pp_estimates *p = &row->pixels;
    json_t *object = json_object();
    json_object_set_new(object, "budget", pp_json_count(row->budget));
    json_object_set_new(object, "method", pp_json_string(row->method));
    json_object_set_new(object, "images", pp_json_count(p->n_groups));
    json_object_set_new(object, "attacks", pp_json_count(p->n));
    json_object_set_new(object, "succeeded", pp_json_count(p->n_finite));
    json_object_set_new(object, "success_percent", pp_json_real(success_percent(p)));
    json_object_set_new(object, "mean", estimate_object(&p->mean));
    json_object_set_new(object, "median", estimate_object(&p->median));
    json_object_set_new(object, "median_all", estimate_object(&p->median_all));
    json_object_set_new(object, "queries", pp_json_real(row->queries));
    return object;
}

static json_t *pair_object(const pp_compare_pair *pair)
{
    json_t *object = json_object();
    json_object_set_new(object, "budget", pp_json_count(pair->budget));
    json_object_set_new(object, "method", pp_json_string(pair->method));
    json_object_set_new(object, "against", pp_json_string(pair->other));
    json_object_set_new(object, "fewer", pp_json_count(pair->n_fewer));
    json_object_set_new(object, "more", pp_json_count(pair->n_more));
    json_object_set_new(object, "same", pp_json_count(pair->n_ties));
    json_object_set_new(object, "p", pp_json_real(pair->p));
    return object;
}

json_t *pp_compare_json(const pp_compare_result *r)
{
    json_t *object = json_object(), *rows = json_array(), *pairs = json_array();
    for (size_t i = 0; i < r->n_rows; i++)
        json_array_append_new(rows, row_object(&r->rows[i]));
    for (size_t i = 0; i < r->n_pairs; i++)
        json_array_append_new(pairs, pair_object(&r->pairs[i]));
    json_object_set_new(object, "goal", pp_json_string(r->run.goal));
    json_object_set_new(object, "seed", pp_json_count(r->plan.seed));
    json_object_set_new(object, "seeds", pp_json_count(r->plan.n_seeds));
    json_object_set_new(object, "model", pp_json_string(r->run.model_path));
    json_object_set_new(object, "model_sha256", pp_json_string(r->run.model_sha256));
    json_object_set_new(object, "scores", pp_json_string(r->run.score_source));
    json_object_set_new(object, "preprocessing", pp_json_string(r->run.preprocessing));
    json_object_set_new(object, "version", pp_json_string(r->run.version));
    json_object_set_new(object, "images", pp_json_count(r->n_images));
    json_object_set_new(object, "misclassified", pp_json_count(r->n_misclassified));
    json_object_set_new(object, "unreadable", pp_json_count(r->n_unreadable));
    json_object_set_new(object, "not_in_goal", pp_json_count(r->n_not_in_goal));
    json_object_set_new(object, "to_do", pp_json_count(r->n_to_do));
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "pairs", pairs);
    return object;
}
