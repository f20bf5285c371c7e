/* write.c - what is written to run.db. */
#include "base/array.h"
#include "base/error.h"
#include "store/sql.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static pp_code add_parameter(void *user, const char *option, const char *value, pp_error *err)
{
    return pp_sql_run((const pp_store *)user, err, "INSERT INTO parameters VALUES(?, ?)", "tt", option, value);
}

pp_code pp_store_add_run(pp_store *store, const pp_run_record *r, const pp_params *params, pp_error *err)
{
    pp_code code = pp_sql_run(store, err,
                              "INSERT INTO runs VALUES(1, ?, ?, ?, ?, ?, ?, ?, nullif(?, -1), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                              "tttittti" "iiitttttt", r->version, r->method, r->goal, (int64_t)r->seed, r->model_path, r->model_sha256,
                              r->class_names, (int64_t)r->positive, (int64_t)r->width, (int64_t)r->height, (int64_t)r->channels,
                              r->score_source, r->preprocessing, r->preprocessing_source, r->engine, r->created, r->mask_sha256);
    return code == PP_OK ? pp_params_each(params, add_parameter, store, err) : code;
}

enum { UNIQUE_SIZE = 300 };

/* NAME, NAME-2, NAME-3, ... */
static void number_name(char unique[UNIQUE_SIZE], const char *name, int number)
{
    if (number == 1)
        snprintf(unique, UNIQUE_SIZE, "%.240s", name);
    else
        snprintf(unique, UNIQUE_SIZE, "%.240s-%d", name, number);
}

static pp_code is_taken(const pp_store *store, const char *name, int number, bool *taken, pp_error *err)
{
    char unique[UNIQUE_SIZE];
    sqlite3_stmt *statement;
    number_name(unique, name, number);
    pp_code code = pp_sql_prepare(store, &statement, err, "SELECT 1 FROM images WHERE name = ?", "t", unique);
    if (code != PP_OK)
        return code;
    code = pp_sql_next(store, statement, err);
    sqlite3_finalize(statement);
    *taken = code == PP_OK;
    return code == (pp_code)PP_SQL_DONE ? PP_OK : code;
}

/* A number that is free, next to one that is not: by doubling, then halving, for there are sets with thousands of "image1.png". */
static pp_code find_free_number(const pp_store *store, const char *name, int *number, pp_error *err)
{
    int low = 0, high = 1; /* low is taken (or 0), high is free in the end */
    bool taken = true;
    pp_code code = is_taken(store, name, high, &taken, err);
    while (code == PP_OK && taken) {
        low = high;
        high *= 2;
        code = is_taken(store, name, high, &taken, err);
    }
    while (code == PP_OK && high - low > 1) {
        int middle = low + (high - low) / 2;
        code = is_taken(store, name, middle, &taken, err);
        if (taken)
            low = middle;
        else
            high = middle;
    }
    *number = high;
    return code;
}

pp_code pp_store_add_image(pp_store *store, const char *path, const char *source, const char *name, const char *label,
                           int label_class, pp_error *err)
{
    char unique[UNIQUE_SIZE];
    int number;
    pp_code code = find_free_number(store, name, &number, err);
    if (code != PP_OK)
        return code;
    number_name(unique, name, number);
    return pp_sql_run(store, err,
                      "INSERT INTO images(path, source, name, label, label_class, status) "
                      "VALUES(?, ?, ?, ?, nullif(?, -1), 'pending')",
                      "tttti", path, source, unique, label, (int64_t)label_class);
}

pp_code pp_store_set_engine(pp_store *store, const char *engine, uint64_t dense_from, const char *words, pp_error *err)
{
    pp_code code = pp_store_begin(store, err);
    if (code != PP_OK)
        return code;
    code = pp_sql_run(store, err, "UPDATE runs SET engine = ?", "t", words);
    if (code == PP_OK)
        code = pp_sql_run(store, err, "UPDATE parameters SET value = ? WHERE option = 'engine'", "t", engine);
    if (code == PP_OK)
        code = pp_sql_run(store, err, "UPDATE parameters SET value = ? WHERE option = 'dense-from'", "i", (int64_t)dense_from);
    if (code == PP_OK)
        code = pp_store_commit(store, err);
    if (code != PP_OK)
        pp_store_rollback(store);
    return code;
}

pp_code pp_store_set_image(pp_store *store, const pp_image_record *r, pp_error *err)
{
    return pp_sql_run(store, err,
                      "UPDATE images SET status = ?, reason = ?, sha256 = ?, decision = nullif(?, -1), probabilities = ? WHERE id = ?",
                      "tttiti", r->status, r->reason, r->sha256, (int64_t)r->decision, r->probabilities, r->id);
}

/* Pixels as 7 bytes each: x and y as 16-bit little endian, then r, g, b. */
static void pack_pixels(uint8_t *bytes, const pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++, bytes += PP_BYTES_PER_PIXEL) {
        bytes[0] = (uint8_t)(pixels[i].x & 255);
        bytes[1] = (uint8_t)(pixels[i].x >> 8);
        bytes[2] = (uint8_t)(pixels[i].y & 255);
        bytes[3] = (uint8_t)(pixels[i].y >> 8);
        memcpy(bytes + 4, pixels[i].value, 3);
    }
}

static pp_code add_trace(const pp_store *store, int64_t image, const pp_result *result, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < result->n_trace; i++) {
        const pp_trace_row *row = &result->trace[i];
        uint8_t *stage = NULL;
        if (row->n_stored) {
            stage = pp_array_new(row->n_stored, PP_BYTES_PER_PIXEL);
            if (!stage)
                return pp_no_memory(err, "a stage of the trace");
            pack_pixels(stage, row->pixels, row->n_stored);
        }
        code = pp_sql_run(store, err, "INSERT INTO trace VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "iiiiiddb", image, (int64_t)i,
                          (int64_t)row->generation, (int64_t)row->queries, (int64_t)row->n_pixels, row->p_original, row->margin,
                          (const void *)stage, row->n_stored * PP_BYTES_PER_PIXEL);
        free(stage);
    }
    return code;
}

static pp_code add_pareto(const pp_store *store, int64_t image, const pp_result *result, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < result->n_pareto; i++)
        code = pp_sql_run(store, err, "INSERT INTO pareto VALUES(?, ?, ?)", "iid", image, (int64_t)result->pareto[i].n_pixels,
                          result->pareto[i].p_original);
    return code;
}

static pp_code add_pixels(const pp_store *store, int64_t image, const pp_result *result, const pp_image *original, pp_error *err)
{
    pp_code code = PP_OK;
    size_t n_channels = (size_t)original->channels;
    for (size_t i = 0; code == PP_OK && i < result->l0; i++) {
        const pp_pixel *p = &result->pixels[i];
        const uint8_t *before = original->data + ((size_t)p->y * (size_t)original->width + p->x) * n_channels;
        const uint8_t *after = p->value;
        size_t g = n_channels == 3 ? 1 : 0, b = n_channels == 3 ? 2 : 0;
        code = pp_sql_run(store, err, "INSERT INTO pixels VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", "iiiiiiiii", image, (int64_t)p->y,
                          (int64_t)p->x, (int64_t)before[0], (int64_t)before[g], (int64_t)before[b], (int64_t)after[0],
                          (int64_t)after[g], (int64_t)after[b]);
    }
    return code;
}

pp_code pp_store_add_attack(pp_store *store, int64_t image, const pp_result *r, const pp_image *original, bool verified,
                            const char *adversarial_sha256, bool with_pixels, pp_error *err)
{
    const char *status = pp_status_name(r->status);
    pp_code code = pp_sql_run(store, err, "INSERT INTO attacks VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, -1))",
                              "itt" "iidd" "iii" "dd" "tiii" "ti", image, status, pp_stop_name(r->stop), (int64_t)r->class_original,
                              (int64_t)r->class_adversarial, r->p_original, r->p_adversarial, (int64_t)r->l0,
                              (int64_t)r->queries, (int64_t)r->generations, r->seconds, r->engine_seconds, r->rung,
                              (int64_t)r->rung_queries, (int64_t)r->strict_flip, (int64_t)verified, adversarial_sha256, (int64_t)r->locally_minimal);
    if (code == PP_OK)
        code = add_trace(store, image, r, err);
    if (code == PP_OK)
        code = add_pareto(store, image, r, err);
    if (code == PP_OK && with_pixels)
        code = add_pixels(store, image, r, original, err);
    if (code == PP_OK)
        code = pp_sql_run(store, err, "UPDATE images SET status = ? WHERE id = ?", "ti", status, image);
    return code;
}
