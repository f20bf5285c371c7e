/* sql.c - SQLite with our errors. */
#include "store/sql.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

pp_code pp_sql_fail(const pp_store *store, const char *doing, pp_error *err)
{
    int reason = sqlite3_errcode(store->db);
    if (reason == SQLITE_FULL)
        return pp_fail(err, PP_STORE, "%s: no space left on the disk", store->path);
    if (reason == SQLITE_READONLY || reason == SQLITE_CANTOPEN)
        return pp_fail(err, PP_STORE, "%s: cannot be written: %s", store->path, sqlite3_errmsg(store->db));
    if (reason == SQLITE_CORRUPT || reason == SQLITE_NOTADB)
        return pp_fail(err, PP_STORE, "%s: is no database of pinprick, or is damaged", store->path);
    if (reason == SQLITE_BUSY)
        return pp_fail(err, PP_STORE, "%s: in use by another process", store->path);
    if (reason == SQLITE_IOERR) { /* SQLite does not always keep the reason */
        int number = sqlite3_system_errno(store->db);
        return pp_fail(err, PP_STORE, "%s: cannot %s: %s", store->path, doing,
                       number ? strerror(number) : "disk error, or no space left on the disk");
    }
    return pp_fail(err, PP_STORE, "%s: cannot %s: %s", store->path, doing, sqlite3_errmsg(store->db));
}

static int bind_values(sqlite3_stmt *statement, const char *kinds, va_list values)
{
    int reason = SQLITE_OK;
    for (int i = 1; reason == SQLITE_OK && *kinds; i++, kinds++) {
        if (*kinds == 'i') {
            reason = sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
        } else if (*kinds == 'd') {
            reason = sqlite3_bind_double(statement, i, va_arg(values, double));
        } else if (*kinds == 't') {
            reason = sqlite3_bind_text(statement, i, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
        } else {
            const void *bytes = va_arg(values, const void *);
            reason = sqlite3_bind_blob64(statement, i, bytes, va_arg(values, size_t), SQLITE_TRANSIENT);
        }
    }
    return reason;
}

static pp_code prepare(const pp_store *store, sqlite3_stmt **statement, pp_error *err, const char *sql, const char *kinds,
                       va_list values)
{
    sqlite3_stmt *made = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &made, NULL) != SQLITE_OK || bind_values(made, kinds, values) != SQLITE_OK) {
        pp_code code = pp_sql_fail(store, "prepare a statement", err);
        sqlite3_finalize(made);
        return code;
    }
    *statement = made;
    return PP_OK;
}

pp_code pp_sql_prepare(const pp_store *store, sqlite3_stmt **statement, pp_error *err, const char *sql, const char *kinds, ...)
{
    va_list values;
    va_start(values, kinds);
    pp_code code = prepare(store, statement, err, sql, kinds, values);
    va_end(values);
    return code;
}

pp_code pp_sql_run(const pp_store *store, pp_error *err, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *statement;
    va_list values;
    va_start(values, kinds);
    pp_code code = prepare(store, &statement, err, sql, kinds, values);
    va_end(values);
    if (code != PP_OK)
        return code;
    if (sqlite3_step(statement) != SQLITE_DONE)
        code = pp_sql_fail(store, "write", err);
    sqlite3_finalize(statement);
    return code;
}

pp_code pp_sql_next(const pp_store *store, sqlite3_stmt *statement, pp_error *err)
{
    int reason = sqlite3_step(statement);
    if (reason == SQLITE_ROW)
        return PP_OK;
    return reason == SQLITE_DONE ? (pp_code)PP_SQL_DONE : pp_sql_fail(store, "read", err);
}

char *pp_sql_text(sqlite3_stmt *statement, int column, bool *failed)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    if (!text)
        return NULL;
    size_t size = strlen((const char *)text) + 1;
    char *copy = malloc(size);
    if (!copy) {
        *failed = true;
        return NULL;
    }
    return memcpy(copy, text, size);
}
