/* read.c - what is read back from run.db. */
#include "base/array.h"
#include "base/error.h"
#include "store/sql.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

/* A column that may be NULL, as an int with -1 for that. */
static int nullable_int(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? -1 : sqlite3_column_int(statement, column);
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

void pp_run_record_clear(pp_run_record *r)
{
    char *texts[] = { r->version, r->method, r->goal, r->model_path, r->model_sha256, r->class_names, r->score_source,
                      r->preprocessing, r->preprocessing_source, r->engine, r->created, r->mask_sha256 };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    memset(r, 0, sizeof *r);
}

pp_code pp_store_read_run(pp_store *store, pp_run_record *record, pp_error *err)
{
    sqlite3_stmt *s;
    bool failed = false;
    pp_code code = pp_sql_prepare(store, &s, err,
                                  "SELECT version, method, goal, model_path, model_sha256, class_names, score_source, preprocessing,"
                                  " preprocessing_source, engine, created, mask_sha256, seed, positive, width, height, channels FROM runs", "");
    if (code != PP_OK)
        return code;
    code = pp_sql_next(store, s, err);
    if (code == (pp_code)PP_SQL_DONE)
        code = pp_fail(err, PP_STORE, "%s: holds no run", store->path);
    if (code == PP_OK) {
        pp_run_record r = { 0 };
        char **texts[] = { &r.version, &r.method, &r.goal, &r.model_path, &r.model_sha256, &r.class_names, &r.score_source,
                           &r.preprocessing, &r.preprocessing_source, &r.engine, &r.created, &r.mask_sha256 };
        int n = sizeof texts / sizeof *texts;
        for (int i = 0; i < n; i++)
            *texts[i] = pp_sql_text(s, i, &failed);
        r.seed = (uint64_t)sqlite3_column_int64(s, n);
        r.positive = nullable_int(s, n + 1);
        r.width = sqlite3_column_int(s, n + 2);
        r.height = sqlite3_column_int(s, n + 3);
        r.channels = sqlite3_column_int(s, n + 4);
        if (failed) {
            pp_run_record_clear(&r);
            code = pp_no_memory(err, "the run");
        } else {
            *record = r;
        }
    }
    sqlite3_finalize(s);
    return code;
}

/* What the database says is no argument of the user's. */
static pp_code wrong_param(const pp_store *store, const pp_error *why, pp_error *err)
{
    if (why->code == PP_ARG)
        return pp_fail(err, PP_STORE, "%s: %s", store->path, why->message);
    if (err)
        *err = *why;
    return why->code;
}

pp_code pp_store_read_params(pp_store *store, pp_params **params, pp_error *err)
{
    pp_run_record run = { 0 };
    pp_params *made = NULL;
    sqlite3_stmt *s = NULL;
    pp_error why;
    pp_code code = pp_store_read_run(store, &run, err);
    if (code == PP_OK && (code = pp_params_new(&made, run.method, &why)) != PP_OK)
        code = wrong_param(store, &why, err);
    if (code == PP_OK)
        code = pp_sql_prepare(store, &s, err, "SELECT option, value FROM parameters", "");
    while (code == PP_OK && (code = pp_sql_next(store, s, err)) == PP_OK)
        if ((code = pp_params_set(made, (const char *)sqlite3_column_text(s, 0), (const char *)sqlite3_column_text(s, 1), &why)) != PP_OK)
            code = wrong_param(store, &why, err);
    sqlite3_finalize(s);
    pp_run_record_clear(&run);
    if (code != (pp_code)PP_SQL_DONE) {
        pp_params_free(made);
        return code;
    }
    *params = made;
    return PP_OK;
}

/* ---- Lists of rows ----------------------------------------------------------------------------------------------- */

/* Reads all rows of a query into an array of records of one size, by a function for one row. */
static pp_code read_rows(pp_store *store, const char *sql, size_t size, bool (*read)(sqlite3_stmt *s, void *record), void **records,
                         size_t *n, pp_error *err)
{
    sqlite3_stmt *s;
    char *rows = NULL;
    size_t n_rows = 0, capacity = 0;
    *records = NULL;
    *n = 0;
    pp_code code = pp_sql_prepare(store, &s, err, sql, "");
    if (code != PP_OK)
        return code;
    while ((code = pp_sql_next(store, s, err)) == PP_OK) {
        if (pp_array_grow((void **)&rows, &capacity, n_rows + 1, size) != 0) {
            code = pp_no_memory(err, "rows");
            break;
        }
        memset(rows + n_rows * size, 0, size);
        n_rows++;
        if (!read(s, rows + (n_rows - 1) * size)) {
            code = pp_no_memory(err, "rows");
            break;
        }
    }
    sqlite3_finalize(s);
    *records = rows; /* also on failure: the caller frees them */
    *n = n_rows;
    return code == (pp_code)PP_SQL_DONE ? PP_OK : code;
}

static bool read_image(sqlite3_stmt *s, void *record)
{
    pp_image_record *r = record;
    bool failed = false;
    r->id = sqlite3_column_int64(s, 0);
    r->path = pp_sql_text(s, 1, &failed);
    r->source = pp_sql_text(s, 2, &failed);
    r->name = pp_sql_text(s, 3, &failed);
    r->label = pp_sql_text(s, 4, &failed);
    r->label_class = nullable_int(s, 5);
    r->status = pp_sql_text(s, 6, &failed);
    r->reason = pp_sql_text(s, 7, &failed);
    r->sha256 = pp_sql_text(s, 8, &failed);
    r->decision = nullable_int(s, 9);
    r->probabilities = pp_sql_text(s, 10, &failed);
    return !failed;
}

pp_code pp_store_read_images(pp_store *store, pp_image_record **records, size_t *n, pp_error *err)
{
    void *rows = NULL;
    size_t n_rows = 0;
    pp_code code = read_rows(store,
                             "SELECT id, path, source, name, label, label_class, status, reason, sha256, decision, probabilities "
                             "FROM images ORDER BY id", sizeof **records, read_image, &rows, &n_rows, err);
    if (code != PP_OK) {
        pp_image_records_free(rows, n_rows);
        return code;
    }
    *records = rows;
    *n = n_rows;
    return PP_OK;
}

void pp_image_records_free(pp_image_record *records, size_t n)
{
    for (size_t i = 0; records && i < n; i++) {
        pp_image_record *r = &records[i];
        char *texts[] = { r->path, r->source, r->name, r->label, r->status, r->reason, r->sha256, r->probabilities };
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            free(texts[t]);
    }
    free(records);
}

bool pp_image_is_to_do(const pp_image_record *record)
{
    return strcmp(record->status, "pending") == 0 || strcmp(record->status, "ready") == 0;
}

static bool read_attack(sqlite3_stmt *s, void *record)
{
    pp_attack_record *r = record;
    bool failed = false;
    r->image = sqlite3_column_int64(s, 0);
    r->status = pp_sql_text(s, 1, &failed);
    r->stop = pp_sql_text(s, 2, &failed);
    r->class_original = sqlite3_column_int(s, 3);
    r->class_adversarial = sqlite3_column_int(s, 4);
    r->p_original = sqlite3_column_double(s, 5);
    r->p_adversarial = sqlite3_column_double(s, 6);
    r->l0 = (uint64_t)sqlite3_column_int64(s, 7);
    r->queries = (uint64_t)sqlite3_column_int64(s, 8);
    r->generations = (uint64_t)sqlite3_column_int64(s, 9);
    r->seconds = sqlite3_column_double(s, 10);
    r->engine_seconds = sqlite3_column_double(s, 11);
    r->rung = pp_sql_text(s, 12, &failed);
    r->rung_queries = (uint64_t)sqlite3_column_int64(s, 13);
    r->strict_flip = sqlite3_column_int(s, 14);
    r->verified = sqlite3_column_int(s, 15);
    r->adversarial_sha256 = pp_sql_text(s, 16, &failed);
    r->locally_minimal = nullable_int(s, 17);
    return !failed;
}

pp_code pp_store_read_attacks(pp_store *store, pp_attack_record **records, size_t *n, pp_error *err)
{
    void *rows = NULL;
    size_t n_rows = 0;
    pp_code code = read_rows(store,
                             "SELECT image, status, stop, class_original, class_adversarial, p_original, p_adversarial, l0, queries,"
                             " generations, seconds, engine_seconds, rung, rung_queries, strict_flip, verified, adversarial_sha256,"
                             " locally_minimal "
                             "FROM attacks ORDER BY image", sizeof **records, read_attack, &rows, &n_rows, err);
    if (code != PP_OK) {
        pp_attack_records_free(rows, n_rows);
        return code;
    }
    *records = rows;
    *n = n_rows;
    return PP_OK;
}

void pp_attack_records_free(pp_attack_record *records, size_t n)
{
    for (size_t i = 0; records && i < n; i++) {
        free(records[i].status);
        free(records[i].stop);
        free(records[i].rung);
        free(records[i].adversarial_sha256);
    }
    free(records);
}

static bool read_step(sqlite3_stmt *s, void *record)
{
    pp_trace_record *r = record;
    r->image = sqlite3_column_int64(s, 0);
    r->generation = (uint64_t)sqlite3_column_int64(s, 1);
    r->queries = (uint64_t)sqlite3_column_int64(s, 2);
    r->n_pixels = (uint64_t)sqlite3_column_int64(s, 3);
    r->p_original = sqlite3_column_double(s, 4);
    r->margin = sqlite3_column_double(s, 5);
    return true;
}

pp_code pp_store_read_trace(pp_store *store, pp_trace_record **records, size_t *n, pp_error *err)
{
    void *rows = NULL;
    size_t n_rows = 0;
    pp_code code = read_rows(store, "SELECT image, generation, queries, pixels, p_original, margin FROM trace ORDER BY image, step",
                             sizeof **records, read_step, &rows, &n_rows, err);
    if (code != PP_OK) {
        free(rows);
        return code;
    }
    *records = rows;
    *n = n_rows;
    return PP_OK;
}

/* A stage's bytes as pixels (docs/formats.md). */
static bool read_stage(sqlite3_stmt *s, void *record)
{
    pp_trace_row *row = record;
    const uint8_t *bytes = sqlite3_column_blob(s, 5);
    size_t n = (size_t)sqlite3_column_bytes(s, 5) / PP_BYTES_PER_PIXEL;
    row->generation = (uint64_t)sqlite3_column_int64(s, 0);
    row->queries = (uint64_t)sqlite3_column_int64(s, 1);
    row->n_pixels = (size_t)sqlite3_column_int64(s, 2);
    row->p_original = sqlite3_column_double(s, 3);
    row->margin = sqlite3_column_double(s, 4);
    if (!bytes || n == 0)
        return true;
    row->pixels = pp_array_new(n, sizeof *row->pixels);
    if (!row->pixels)
        return false;
    for (size_t i = 0; i < n; i++, bytes += PP_BYTES_PER_PIXEL) {
        row->pixels[i] = (pp_pixel){ .x = (uint16_t)(bytes[0] | bytes[1] << 8), .y = (uint16_t)(bytes[2] | bytes[3] << 8) };
        memcpy(row->pixels[i].value, bytes + 4, 3);
    }
    row->n_stored = n;
    return true;
}

pp_code pp_store_read_stages(pp_store *store, int64_t image, pp_trace_row **rows, size_t *n, pp_error *err)
{
    char sql[200];
    void *read = NULL;
    size_t n_read = 0;
    snprintf(sql, sizeof sql, "SELECT generation, queries, pixels, p_original, margin, stage FROM trace WHERE image = %lld ORDER BY step",
             (long long)image);
    pp_code code = read_rows(store, sql, sizeof **rows, read_stage, &read, &n_read, err);
    if (code != PP_OK) {
        pp_trace_rows_free(read, n_read);
        return code;
    }
    *rows = read;
    *n = n_read;
    return PP_OK;
}

void pp_trace_rows_free(pp_trace_row *rows, size_t n)
{
    for (size_t i = 0; rows && i < n; i++)
        free(rows[i].pixels);
    free(rows);
}

/* One row: place, new colour, colour before. */
typedef struct pixel_row {
    pp_pixel after, before;
} pixel_row;

static bool read_pixel(sqlite3_stmt *s, void *record)
{
    pixel_row *row = record;
    row->after.x = row->before.x = (uint16_t)sqlite3_column_int(s, 0);
    row->after.y = row->before.y = (uint16_t)sqlite3_column_int(s, 1);
    for (int c = 0; c < 3; c++) {
        row->after.value[c] = (uint8_t)sqlite3_column_int(s, 2 + c);
        row->before.value[c] = (uint8_t)sqlite3_column_int(s, 5 + c);
    }
    return true;
}

pp_code pp_store_read_pixels(pp_store *store, int64_t image, pp_pixel **pixels, pp_pixel **before, size_t *n, pp_error *err)
{
    char sql[200];
    void *rows = NULL;
    size_t n_rows = 0;
    snprintf(sql, sizeof sql, "SELECT x, y, r, g, b, before_r, before_g, before_b FROM pixels WHERE image = %lld ORDER BY y, x",
             (long long)image);
    pp_code code = read_rows(store, sql, sizeof(pixel_row), read_pixel, &rows, &n_rows, err);
    pp_pixel *after_copy = pp_array_new(n_rows, sizeof *after_copy), *before_copy = pp_array_new(n_rows, sizeof *before_copy);
    if (code == PP_OK && (!after_copy || !before_copy))
        code = pp_no_memory(err, "pixels");
    for (size_t i = 0; code == PP_OK && i < n_rows; i++) {
        after_copy[i] = ((const pixel_row *)rows)[i].after;
        before_copy[i] = ((const pixel_row *)rows)[i].before;
    }
    free(rows);
    if (code != PP_OK) {
        free(after_copy);
        free(before_copy);
        return code;
    }
    *pixels = after_copy;
    *before = before_copy;
    *n = n_rows;
    return PP_OK;
}

static bool read_point(sqlite3_stmt *s, void *record)
{
    pp_pareto_point *point = record;
    point->n_pixels = (size_t)sqlite3_column_int64(s, 0);
    point->p_original = sqlite3_column_double(s, 1);
    return true;
}

pp_code pp_store_read_pareto(pp_store *store, int64_t image, pp_pareto_point **points, size_t *n, pp_error *err)
{
    char sql[200];
    void *rows = NULL;
    size_t n_rows = 0;
    snprintf(sql, sizeof sql, "SELECT pixels, p_original FROM pareto WHERE image = %lld ORDER BY pixels", (long long)image);
    pp_code code = read_rows(store, sql, sizeof **points, read_point, &rows, &n_rows, err);
    if (code != PP_OK) {
        free(rows);
        return code;
    }
    *points = rows;
    *n = n_rows;
    return PP_OK;
}
