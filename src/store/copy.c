/* copy.c - rows from one run.db to another, whatever columns they have; and a part of one as bytes, to be sent. Such a part is a database
 * of its own: what reads run.db reads it, too. */
#include "base/array.h"
#include "base/error.h"
#include "store/sql.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

/* "INSERT INTO table VALUES(?, ?, ...)" */
static pp_code prepare_insert(const pp_store *to, sqlite3_stmt **insert, const char *table, int n_columns, pp_error *err)
{
    char sql[200];
    int n = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(", table);
    for (int i = 0; i < n_columns; i++)
        n += snprintf(sql + n, sizeof sql - (size_t)n, "%s", i ? ", ?" : "?");
    snprintf(sql + n, sizeof sql - (size_t)n, ")");
    return pp_sql_prepare(to, insert, err, sql, "");
}

/* image: what to put in the first column instead; 0: nothing. */
static pp_code insert_row(const pp_store *to, sqlite3_stmt *insert, int64_t image, sqlite3_stmt *row, pp_error *err)
{
    int reason = SQLITE_OK;
    sqlite3_reset(insert);
    for (int i = 0; reason == SQLITE_OK && i < sqlite3_column_count(row); i++)
        reason = i == 0 && image ? sqlite3_bind_int64(insert, 1, image) : sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
    if (reason == SQLITE_OK)
        reason = sqlite3_step(insert);
    return reason == SQLITE_DONE ? PP_OK : pp_sql_fail(to, "write", err);
}

/* Rows of a table where column is value, with the first column as in insert_row. */
static pp_code copy_rows(pp_store *to, int64_t to_image, pp_store *from, const char *table, const char *column, int64_t value, pp_error *err)
{
    char sql[100];
    sqlite3_stmt *select = NULL, *insert = NULL;
    snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s = ?", table, column);
    pp_code code = pp_sql_prepare(from, &select, err, sql, "i", value);
    if (code == PP_OK)
        code = prepare_insert(to, &insert, table, sqlite3_column_count(select), err);
    while (code == PP_OK && (code = pp_sql_next(from, select, err)) == PP_OK)
        code = insert_row(to, insert, to_image, select, err);
    sqlite3_finalize(select);
    sqlite3_finalize(insert);
    return code == (pp_code)PP_SQL_DONE ? PP_OK : code;
}

pp_code pp_store_copy_attack(pp_store *to, int64_t to_image, pp_store *from, int64_t from_image, pp_error *err)
{
    static const char *const TABLES[] = { "attacks", "pixels", "trace", "pareto" };
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < sizeof TABLES / sizeof *TABLES; i++)
        code = copy_rows(to, to_image, from, TABLES[i], "image", from_image, err);
    return code;
}

pp_code pp_store_take_image(pp_store *to, const pp_image_record *image, pp_store *from, int64_t from_image, pp_error *err)
{
    pp_code code = pp_store_begin(to, err);
    if (code != PP_OK)
        return code;
    code = pp_store_set_image(to, image, err);
    if (code == PP_OK)
        code = pp_store_copy_attack(to, image->id, from, from_image, err);
    if (code == PP_OK)
        code = pp_store_commit(to, err);
    if (code != PP_OK)
        pp_store_rollback(to);
    return code;
}

/* ---- A part of a database as bytes ------------------------------------------------------------------------------- */

/* The bytes of a database in memory, as those of a file would be. */
static pp_code bytes_of(const pp_store *store, uint8_t **bytes, size_t *n, pp_error *err)
{
    sqlite3_int64 size = 0;
    unsigned char *made = sqlite3_serialize(store->db, "main", &size, 0);
    uint8_t *copy = made ? pp_array_new((size_t)size, 1) : NULL;
    if (copy) {
        memcpy(copy, made, (size_t)size);
        *bytes = copy;
        *n = (size_t)size;
    }
    sqlite3_free(made);
    return copy ? PP_OK : pp_no_memory(err, "a part of the database");
}

/* What was put into a part, if that went well; the part is closed. */
static pp_code give_bytes(pp_store *part, pp_code code, uint8_t **bytes, size_t *n, pp_error *err)
{
    if (code == PP_OK)
        code = pp_store_commit(part, err);
    if (code == PP_OK)
        code = bytes_of(part, bytes, n, err);
    pp_store_close(part);
    return code;
}

pp_code pp_store_pack_run(pp_store *store, uint8_t **bytes, size_t *n, pp_error *err)
{
    static const char *const TABLES[] = { "runs", "parameters", "images" };
    pp_store *part = NULL;
    pp_code code = pp_store_create_in_memory(&part, err);
    for (size_t i = 0; code == PP_OK && i < sizeof TABLES / sizeof *TABLES; i++)
        code = copy_rows(part, 0, store, TABLES[i], "1", 1, err); /* all rows */
    return give_bytes(part, code, bytes, n, err);
}

pp_code pp_store_pack_image(pp_store *store, int64_t image, uint8_t **bytes, size_t *n, pp_error *err)
{
    pp_store *part = NULL;
    pp_code code = pp_store_create_in_memory(&part, err);
    if (code == PP_OK)
        code = copy_rows(part, 0, store, "images", "id", image, err);
    if (code == PP_OK)
        code = pp_store_copy_attack(part, image, store, image, err);
    return give_bytes(part, code, bytes, n, err);
}
