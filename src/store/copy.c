/* copy.c - rows of one image from one run.db to another, whatever columns they have. */
#include "store/sql.h"
#include "store/store.h"

#include <stdio.h>

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

/* The first column is the image's number, which is another there. */
static pp_code insert_row(const pp_store *to, sqlite3_stmt *insert, int64_t image, sqlite3_stmt *row, pp_error *err)
{
    sqlite3_reset(insert);
    int reason = sqlite3_bind_int64(insert, 1, image);
    for (int i = 1; reason == SQLITE_OK && i < sqlite3_column_count(row); i++)
        reason = sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
    if (reason == SQLITE_OK)
        reason = sqlite3_step(insert);
    return reason == SQLITE_DONE ? PP_OK : pp_sql_fail(to, "write", err);
}

static pp_code copy_rows(pp_store *to, int64_t to_image, pp_store *from, int64_t from_image, const char *table, pp_error *err)
{
    char sql[100];
    sqlite3_stmt *select = NULL, *insert = NULL;
    snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE image = ?", table);
    pp_code code = pp_sql_prepare(from, &select, err, sql, "i", from_image);
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
        code = copy_rows(to, to_image, from, from_image, TABLES[i], err);
    return code;
}
