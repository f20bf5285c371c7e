/* show_table.c - a run for people: image by image, and the paper's Table 2 (Table 1 of a noise run). */
#include "base/error.h"
#include "report/show.h"
#include "report/text_table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Image by image ---------------------------------------------------------------------------------------------- */

static void add_probability(pp_text_table *table, double p)
{
    if (isfinite(p))
        pp_text_table_add(table, "%.4f", p);
    else
        pp_text_table_add(table, "-");
}

/* Whether of some result it is known that it is locally minimal, or not: only then there is a column for it, behind the others. */
static bool knows_minimal(const pp_run_rows *r)
{
    for (size_t i = 0; i < r->n_attacks; i++)
        if (r->attacks[i].locally_minimal >= 0)
            return true;
    return false;
}

enum { N_COLUMNS = 11 };

static void add_attack(pp_text_table *table, const pp_run_rows *r, const pp_attack_record *attack, bool flipped)
{
    pp_text_table_add(table, "%s", pp_run_class_name(r, attack->class_adversarial));
    add_probability(table, attack->p_adversarial);
    if (flipped)
        pp_text_table_add(table, "%" PRIu64, attack->l0);
    else
        pp_text_table_add(table, "-");
    pp_text_table_add(table, "%" PRIu64, attack->queries);
    pp_text_table_add(table, "%.2f", attack->seconds);
    pp_text_table_add(table, "%s", attack->stop);
    pp_text_table_add(table, "%s", attack->rung ? attack->rung : "-");
    if (table->n_columns > N_COLUMNS)
        pp_text_table_add(table, "%s", attack->locally_minimal < 0 ? "-" : attack->locally_minimal ? "yes" : "no");
}

static int print_images(const pp_run_rows *r, FILE *out)
{
    static const char *const HEADER[] = { "image", "status", "was", "P(was)", "is", "P(was)", "pixels", "queries", "seconds", "stop", "noise", "minimal" };
    size_t folder = pp_run_shared_folder(r);
    pp_text_table table;
    pp_text_table_init(&table, N_COLUMNS + knows_minimal(r));
    if (folder)
        fprintf(out, "images in %.*s\n", (int)folder, r->images[0].path);
    for (size_t i = 0; i < table.n_columns; i++)
        pp_text_table_add(&table, "%s", HEADER[i]);
    for (size_t i = 0; i < r->n_images; i++) {
        const pp_image_record *image = &r->images[i];
        pp_text_table_add(&table, "%s", image->path + folder);
        pp_text_table_add(&table, "%s", image->status);
        pp_text_table_add(&table, "%s", image->decision < 0 ? "-" : pp_run_class_name(r, image->decision));
        add_probability(&table, pp_run_p_original(r, i));
        if (r->attack_of[i])
            add_attack(&table, r, r->attack_of[i], pp_run_flipped(r, i));
        for (size_t k = 4; !r->attack_of[i] && k < table.n_columns; k++)
            pp_text_table_add(&table, "-");
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

/* ---- Table 1 ----------------------------------------------------------------------------------------------------- */

static void add_share(pp_text_table *table, size_t n, size_t of)
{
    pp_text_table_add(table, "%zu", n);
    pp_text_table_add(table, "%.2f", (double)n / (double)of);
}

static int print_sides(const pp_run_rows *r, FILE *out)
{
    static const char *const HEADER[] = { "", "attacked", "strict", "share", "ladder", "share" };
    static const char *const NAMES[] = { "all", "positive to negative", "negative to positive" };
    pp_text_table table;
    pp_text_table_init(&table, sizeof HEADER / sizeof *HEADER);
    table.indent = 2;
    for (size_t i = 0; i < table.n_columns; i++)
        pp_text_table_add(&table, "%s", HEADER[i]);
    for (int side = PP_SIDE_BOTH; side <= PP_SIDE_NEGATIVE; side++) {
        pp_noise_share share = pp_noise_share_of(&r->run, r->attacks, r->n_attacks, (pp_side)side);
        if (share.n_attacked == 0 || (side != PP_SIDE_BOTH && r->run.positive < 0))
            continue;
        pp_text_table_add(&table, "%s", NAMES[side]);
        pp_text_table_add(&table, "%zu", share.n_attacked);
        add_share(&table, share.n_strict, share.n_attacked);
        add_share(&table, share.n_ladder, share.n_attacked);
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

static int print_rungs(const pp_run_rows *r, FILE *out)
{
    pp_rung_share share;
    pp_text_table table;
    pp_text_table_init(&table, 3);
    table.indent = 2;
    pp_text_table_add(&table, "first kind that flips");
    pp_text_table_add(&table, "images");
    pp_text_table_add(&table, "draws, mean");
    for (size_t i = 0; pp_rung_share_at(&share, i, r->attacks, r->n_attacks); i++) {
        if (share.n == 0)
            continue;
        pp_text_table_add(&table, "%s", share.name);
        pp_text_table_add(&table, "%zu", share.n);
        pp_text_table_add(&table, "%.1f", share.draws);
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

static int print_table1(const pp_run_rows *r, FILE *out)
{
    fprintf(out, "Table 1: images that noise flips. Strict: one draw of uniform noise; ladder: any kind of noise\n");
    if (r->n_attacks == 0)
        return 0;
    int failed = print_sides(r, out);
    fprintf(out, "\n");
    return failed || print_rungs(r, out);
}

/* ---- Table 2 ----------------------------------------------------------------------------------------------------- */

static int print_table2(const pp_run_rows *r, FILE *out)
{
    static const char *const HEADER[] = { "max", "min", "mean", "std", "median", "percent of pixels" };
    const pp_summary *s = &r->summary;
    pp_text_table table;
    fprintf(out, "Table 2: disturbed pixels, over the %zu image%s where the attack succeeded\n", s->n_succeeded, s->n_succeeded == 1 ? "" : "s");
    if (s->n_succeeded == 0)
        return 0;
    pp_text_table_init(&table, sizeof HEADER / sizeof *HEADER);
    table.indent = 2;
    for (size_t i = 0; i < table.n_columns; i++)
        pp_text_table_add(&table, "%s", HEADER[i]);
    pp_text_table_add(&table, "%.0f", s->l0.max);
    pp_text_table_add(&table, "%.0f", s->l0.min);
    pp_text_table_add(&table, "%.2f", s->l0.mean);
    if (isfinite(s->l0.std))
        pp_text_table_add(&table, "%.2f", s->l0.std);
    else
        pp_text_table_add(&table, "-");
    pp_text_table_add(&table, "%.1f", s->l0.median);
    pp_text_table_add(&table, "%.4f", s->percent);
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

/* ---- The rest ---------------------------------------------------------------------------------------------------- */

static void print_images_left_out(const pp_run_rows *r, FILE *out)
{
    const pp_summary *s = &r->summary;
    fprintf(out, "  attacked  %zu of %zu image%s", s->n_attacked, s->n_images, s->n_images == 1 ? "" : "s");
    if (s->n_misclassified)
        fprintf(out, "; %zu misclassified already", s->n_misclassified);
    if (s->n_not_in_goal)
        fprintf(out, "; %zu not of the goal's class", s->n_not_in_goal);
    if (s->n_unreadable)
        fprintf(out, "; %zu unreadable", s->n_unreadable);
    if (s->n_pending)
        fprintf(out, "; %zu still to do", s->n_pending);
    if (r->n_elsewhere)
        fprintf(out, "; %zu in other parts", r->n_elsewhere);
    fprintf(out, "\n");
}

static void print_rest(const pp_run_rows *r, FILE *out)
{
    const pp_summary *s = &r->summary;
    fprintf(out, "\n");
    print_images_left_out(r, out);
    if (s->n_attacked == 0)
        return;
    fprintf(out, "  success   %zu of %zu (%.1f %%)\n", s->n_succeeded, s->n_attacked, 100.0 * (double)s->n_succeeded / (double)s->n_attacked);
    fprintf(out, "  queries   %" PRIu64 ", %.0f an image\n", s->queries, s->queries_mean);
    fprintf(out, "  seconds   %.1f, of which %.1f inside the classifier\n", s->seconds, s->engine_seconds);
}

pp_code pp_show_table(const void *what, FILE *out, pp_error *err)
{
    const pp_run_rows *r = what;
    fprintf(out, "%s, %s, seed %" PRIu64 ", %s\nmodel %s (SHA-256 %.16s...)\nscores: %s\nengine: %s\n", r->run.method, r->run.goal, r->run.seed,
            r->run.created, r->run.model_path, r->run.model_sha256, r->run.score_source, r->run.engine);
    if (*r->constraints)
        fprintf(out, "constraints: %s\n", r->constraints);
    int failed = print_images(r, out);
    fprintf(out, "\n");
    failed = failed || (pp_run_is_noise(r) ? print_table1 : print_table2)(r, out);
    print_rest(r, out);
    return failed ? pp_no_memory(err, "a table") : PP_OK;
}
