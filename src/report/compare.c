/* compare.c - methods side by side: what each run of a comparison had found at each budget, read off its traces. */
#include "report/compare.h"

#include "attack/params.h"
#include "base/array.h"
#include "base/error.h"
#include "report/stored_run.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What the runs tell. Cells are n_methods x n_budgets x n_images x n_seeds. */
typedef struct cells {
    double *pixels;  /* INFINITY: not flipped by then; NAN: not attacked */
    double *queries; /* spent by then; 0: not attacked */
} cells;

/* Whether two runs can be held against each other: the same model, goal and images, looked at in the same way. */
static pp_code check_same(const pp_stored_run *first, const pp_stored_run *rows, const char *dir, pp_error *err)
{
    const pp_run_record *a = &first->run, *b = &rows->run;
    const char *what = strcmp(a->model_sha256, b->model_sha256) != 0 || strcmp(a->preprocessing, b->preprocessing) != 0 ? "model" :
                       strcmp(a->goal, b->goal) != 0 || strcmp(a->score_source, b->score_source) != 0 ? "goal" :
                       first->n_images != rows->n_images ? "list of images" : NULL;
    for (size_t i = 0; !what && i < rows->n_images; i++) {
        const pp_image_record *one = &first->images[i], *other = &rows->images[i];
        if (strcmp(one->source, other->source) != 0 || (one->sha256 && other->sha256 && strcmp(one->sha256, other->sha256) != 0))
            what = "list of images";
    }
    return what ? pp_fail(err, PP_MISMATCH, "%s: has another %s than the first run of the comparison", dir, what) : PP_OK;
}

/* A run is what its folder's name says, and went as far as the budgets that are told. */
static pp_code check_run(const pp_stored_run *rows, const char *dir, const pp_plan *plan, size_t method, size_t seed, pp_error *err)
{
    uint64_t queries = rows->params->budget.queries, largest = plan->budgets[plan->n_budgets - 1];
    if (strcmp(rows->run.method, plan->methods[method]) != 0 || rows->run.seed != plan->seed + seed)
        return pp_fail(err, PP_MISMATCH, "%s: is not the run that its name says", dir);
    if (queries && queries < largest)
        return pp_fail(err, PP_ARG, "--budgets: %" PRIu64 "; %s ended after %" PRIu64 " queries", largest, dir, queries);
    return PP_OK;
}

/* ---- From rows to cells ------------------------------------------------------------------------------------------ */

static size_t cell_index(const pp_compare_result *r, size_t method, size_t budget, size_t image, size_t seed)
{
    return ((method * r->plan.n_budgets + budget) * r->n_images + image) * r->plan.n_seeds + seed;
}

/* What one run tells. */
static void fill_cells(cells *c, const pp_compare_result *r, const pp_stored_run *rows, size_t method, size_t seed)
{
    size_t from = 0;
    for (size_t a = 0; a < rows->n_attacks; a++) {
        const pp_attack_record *attack = &rows->attacks[a];
        size_t image = (size_t)attack->image - 1;
        for (size_t b = 0; image < r->n_images && b < r->plan.n_budgets; b++) {
            uint64_t budget = r->plan.budgets[b];
            size_t cell = cell_index(r, method, b, image, seed);
            c->pixels[cell] = pp_attack_pixels_at(rows, attack, &from, budget);
            c->queries[cell] = (double)(attack->queries < budget ? attack->queries : budget);
        }
    }
}

static pp_code new_cells(cells *c, const pp_compare_result *r, pp_error *err)
{
    size_t n = cell_index(r, r->plan.n_methods, 0, 0, 0);
    c->pixels = pp_array_new(n, sizeof *c->pixels);
    c->queries = pp_array_new(n, sizeof *c->queries);
    if (!c->pixels || !c->queries)
        return pp_no_memory(err, "a comparison");
    for (size_t i = 0; i < n; i++)
        c->pixels[i] = NAN;
    return PP_OK;
}

static void count_images(pp_compare_result *r, const pp_stored_run *rows, bool first)
{
    for (size_t i = 0; i < rows->n_images; i++) {
        const char *status = rows->images[i].status;
        r->n_to_do += pp_image_is_to_do(&rows->images[i]);
        r->n_misclassified += first && strcmp(status, "misclassified") == 0;
        r->n_unreadable += first && strcmp(status, "unreadable") == 0;
        r->n_not_in_goal += first && strcmp(status, "not-in-goal") == 0;
    }
}

/* Reads run after run; the first one's rows are kept to hold the others against. */
static pp_code read_runs(pp_compare_result *r, cells *c, const char *dir, pp_error *err)
{
    pp_stored_run first = { 0 };
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < r->plan.n_methods * r->plan.n_seeds; i++) {
        size_t method = i % r->plan.n_methods, seed = i / r->plan.n_methods;
        pp_stored_run own = { 0 }, *rows = i ? &own : &first;
        char *run_dir = NULL;
        code = pp_plan_run_dir(&run_dir, dir, r->plan.methods[method], r->plan.seed + seed, err);
        if (code == PP_OK)
            code = pp_stored_run_read(rows, run_dir, err);
        if (code == PP_OK)
            code = check_run(rows, run_dir, &r->plan, method, seed, err);
        if (code == PP_OK && i)
            code = check_same(&first, rows, run_dir, err);
        if (code == PP_OK && !i) {
            r->n_images = rows->n_images;
            code = new_cells(c, r, err);
        }
        if (code == PP_OK) {
            count_images(r, rows, !i);
            fill_cells(c, r, rows, method, seed);
        }
        free(run_dir);
        pp_stored_run_clear(&own);
    }
    r->run = first.run;
    first.run = (pp_run_record){ 0 };
    pp_stored_run_clear(&first);
    return code;
}

/* ---- From cells to figures --------------------------------------------------------------------------------------- */

static pp_code add_row(pp_compare_result *r, const cells *c, size_t budget, size_t method, pp_error *err)
{
    pp_compare_row *row = &r->rows[r->n_rows];
    size_t from = cell_index(r, method, budget, 0, 0), n = r->n_images * r->plan.n_seeds;
    double queries = 0;
    for (size_t i = 0; i < n; i++)
        queries += c->queries[from + i];
    row->method = r->plan.methods[method];
    row->budget = r->plan.budgets[budget];
    pp_code code = pp_bootstrap(&row->pixels, c->pixels + from, r->n_images, r->plan.n_seeds, err);
    row->queries = row->pixels.n ? queries / (double)row->pixels.n : NAN;
    r->n_rows++;
    return code;
}

/* Image by image and seed by seed. Two failures are a tie; what one of them was not attacked in yet does not count. */
static void add_pair(pp_compare_result *r, const cells *c, size_t budget, size_t method, size_t other)
{
    pp_compare_pair *pair = &r->pairs[r->n_pairs++];
    const double *a = c->pixels + cell_index(r, method, budget, 0, 0), *b = c->pixels + cell_index(r, other, budget, 0, 0);
    *pair = (pp_compare_pair){ .method = r->plan.methods[method], .other = r->plan.methods[other], .budget = r->plan.budgets[budget] };
    for (size_t i = 0; i < r->n_images * r->plan.n_seeds; i++) {
        pair->n_fewer += a[i] < b[i];
        pair->n_more += a[i] > b[i];
        pair->n_ties += a[i] == b[i];
    }
    pair->p = pp_sign_test(pair->n_fewer, pair->n_more);
}

static pp_code make_figures(pp_compare_result *r, const cells *c, pp_error *err)
{
    size_t n_methods = r->plan.n_methods, n_budgets = r->plan.n_budgets;
    r->rows = pp_array_new(n_methods * n_budgets, sizeof *r->rows);
    r->pairs = pp_array_new(n_budgets * n_methods * (n_methods - 1) / 2, sizeof *r->pairs);
    pp_code code = r->rows && r->pairs ? PP_OK : pp_no_memory(err, "a comparison");
    for (size_t b = 0; code == PP_OK && b < n_budgets; b++) {
        for (size_t m = 0; code == PP_OK && m < n_methods; m++)
            code = add_row(r, c, b, m, err);
        for (size_t m = 0; code == PP_OK && m < n_methods; m++)
            for (size_t other = m + 1; other < n_methods; other++)
                add_pair(r, c, b, m, other);
    }
    return code;
}

static pp_code replace_budgets(pp_plan *plan, const uint64_t *budgets, size_t n, pp_error *err)
{
    pp_code code = pp_check_budgets(budgets, n, err);
    if (code != PP_OK)
        return code;
    uint64_t *copy = pp_array_new(n, sizeof *copy);
    if (!copy)
        return pp_no_memory(err, "budgets");
    memcpy(copy, budgets, n * sizeof *copy);
    free(plan->budgets);
    plan->budgets = copy;
    plan->n_budgets = n;
    return PP_OK;
}

pp_code pp_compare_show(const char *dir, const uint64_t *budgets, size_t n_budgets, const char *format_name, char **text, pp_error *err)
{
    pp_compare_result r = { 0 };
    cells c = { 0 };
    pp_format format;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code == PP_OK)
        code = pp_plan_read(&r.plan, dir, err);
    if (code == PP_OK && n_budgets)
        code = replace_budgets(&r.plan, budgets, n_budgets, err);
    if (code == PP_OK)
        code = read_runs(&r, &c, dir, err);
    if (code == PP_OK)
        code = make_figures(&r, &c, err);
    if (code == PP_OK)
        code = format == PP_FORMAT_JSON ? pp_json_text(text, pp_compare_json(&r), err)
                                        : pp_written_text(text, format == PP_FORMAT_CSV ? pp_compare_csv : pp_compare_table, &r, err);
    free(c.pixels);
    free(c.queries);
    free(r.rows);
    free(r.pairs);
    pp_run_record_clear(&r.run);
    pp_plan_clear(&r.plan);
    return code;
}
