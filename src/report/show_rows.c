/* show_rows.c - the tables of a run as CSV, row by row, for whoever goes on with them elsewhere. */
#include "base/error.h"
#include "report/show.h"

#include <inttypes.h>
#include <string.h>

/* A table, while it is written: one image's rows are in memory at a time. */
typedef struct table {
    pp_run_rows rows;
    pp_store *store;
    FILE *out;
} table;

/* The columns of `show --format csv`, and all else that is known of an image. */
static pp_code write_images(table *t, pp_error *err)
{
    (void)err;
    pp_show_csv_header(t->out);
    fprintf(t->out, ",name,reason,sha256,adversarial_sha256");
    for (size_t k = 0; k < json_array_size(t->rows.class_names); k++) {
        fprintf(t->out, ",p_");
        pp_csv_field(t->out, pp_run_class_name(&t->rows, (int)k));
    }
    fputc('\n', t->out);
    for (size_t i = 0; i < t->rows.n_images; i++) {
        const pp_image_record *image = &t->rows.images[i];
        const pp_attack_record *attack = t->rows.attack_of[i];
        json_t *probabilities = image->probabilities ? json_loads(image->probabilities, 0, NULL) : NULL;
        pp_show_csv_image(&t->rows, i, t->out);
        const char *const TEXTS[] = { image->name, image->reason, image->sha256, attack ? attack->adversarial_sha256 : NULL };
        for (size_t k = 0; k < 4; k++) {
            fputc(',', t->out);
            pp_csv_field(t->out, TEXTS[k] ? TEXTS[k] : "");
        }
        for (size_t k = 0; k < json_array_size(t->rows.class_names); k++) {
            fputc(',', t->out);
            if (json_array_get(probabilities, k))
                fprintf(t->out, "%.9g", json_number_value(json_array_get(probabilities, k)));
        }
        fputc('\n', t->out);
        json_decref(probabilities);
    }
    return PP_OK;
}

/* Rows of the trace of one image; with_pixels: each pixel of those whose pixels were kept, in place of the row. */
static void write_trace_rows(FILE *out, const char *path, const pp_trace_row *rows, size_t n, bool with_pixels)
{
    for (size_t i = 0; i < n; i++) {
        const pp_trace_row *row = &rows[i];
        for (size_t k = 0; with_pixels && k < row->n_stored; k++) {
            const pp_pixel *p = &row->pixels[k];
            pp_csv_text(out, path, false);
            fprintf(out, "%zu,%" PRIu64 ",%d,%d,%d,%d,%d\n", i, row->generation, p->x, p->y, p->value[0], p->value[1], p->value[2]);
        }
        if (with_pixels)
            continue;
        pp_csv_text(out, path, false);
        fprintf(out, "%zu,%" PRIu64 ",%" PRIu64 ",%zu,%.9g,%.9g,%d\n", i, row->generation, row->queries, row->n_pixels, row->p_original,
                row->margin, row->n_stored > 0);
    }
}

static pp_code write_traces(table *t, bool with_pixels, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < t->rows.n_images; i++) {
        const pp_image_record *image = &t->rows.images[i];
        pp_trace_row *rows = NULL;
        size_t n = 0;
        if (t->rows.attack_of[i])
            code = pp_store_read_stages(t->store, image->id, &rows, &n, err);
        if (code == PP_OK)
            write_trace_rows(t->out, image->path, rows, n, with_pixels);
        pp_trace_rows_free(rows, n);
    }
    return code;
}

static pp_code write_trace(table *t, pp_error *err)
{
    fprintf(t->out, "path,step,generation,queries,pixels,p_original,margin,stage\n");
    return write_traces(t, false, err);
}

static pp_code write_stages(table *t, pp_error *err)
{
    fprintf(t->out, "path,step,generation,x,y,r,g,b\n");
    return write_traces(t, true, err);
}

static pp_code write_pixels(table *t, pp_error *err)
{
    pp_code code = PP_OK;
    fprintf(t->out, "path,x,y,before_r,before_g,before_b,r,g,b\n");
    for (size_t i = 0; code == PP_OK && i < t->rows.n_images; i++) {
        const pp_image_record *image = &t->rows.images[i];
        pp_pixel *after = NULL, *before = NULL;
        size_t n = 0;
        if (t->rows.attack_of[i])
            code = pp_store_read_pixels(t->store, image->id, &after, &before, &n, err);
        for (size_t k = 0; code == PP_OK && k < n; k++) {
            pp_csv_text(t->out, image->path, false);
            fprintf(t->out, "%d,%d,%d,%d,%d,%d,%d,%d\n", after[k].x, after[k].y, before[k].value[0], before[k].value[1], before[k].value[2],
                    after[k].value[0], after[k].value[1], after[k].value[2]);
        }
        free(after);
        free(before);
    }
    return code;
}

static pp_code write_parameter(void *user, const char *option, const char *value, pp_error *err)
{
    (void)err;
    pp_csv_text(user, option, false);
    pp_csv_text(user, value, true);
    return PP_OK;
}

static pp_code write_parameters(table *t, pp_error *err)
{
    pp_params *params = NULL;
    pp_code code = pp_store_read_params(t->store, &params, err);
    fprintf(t->out, "option,value\n");
    if (code == PP_OK)
        code = pp_params_each(params, write_parameter, t->out, err);
    pp_params_free(params);
    return code;
}

static const struct {
    const char *name;
    pp_code (*write)(table *t, pp_error *err);
} TABLES[] = { { "images", write_images }, { "trace", write_trace }, { "stages", write_stages }, { "pixels", write_pixels },
               { "parameters", write_parameters } };
enum { N_TABLES = sizeof TABLES / sizeof *TABLES };

pp_code pp_show_rows(const char *dir, const char *name, FILE *out, pp_error *err)
{
    table t = { .out = out };
    size_t i = 0;
    while (i < N_TABLES && strcmp(TABLES[i].name, name) != 0)
        i++;
    if (i == N_TABLES)
        return pp_fail(err, PP_ARG, "--csv: '%s'; expected images, trace, stages, pixels or parameters", name);
    pp_code code = pp_run_rows_read(&t.rows, dir, err);
    if (code == PP_OK)
        code = pp_store_open(&t.store, dir, false, err);
    if (code == PP_OK)
        code = TABLES[i].write(&t, err);
    pp_store_close(t.store);
    pp_run_rows_clear(&t.rows);
    return code;
}
