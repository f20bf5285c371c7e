/* sql.h - SQLite with our errors: one call for a statement with its values, one for a query with its rows. */
#ifndef PP_STORE_SQL_H
#define PP_STORE_SQL_H

#include "pinprick/pinprick.h"

#include <sqlite3.h>

typedef struct pp_store pp_store;

enum { PP_BYTES_PER_PIXEL = 7 }; /* of a stage in table trace */

struct pp_store {
    sqlite3 *db;
    char *path; /* of run.db, for messages */
};

/* SQLite's complaint as our line. */
pp_code pp_sql_fail(const pp_store *store, const char *doing, pp_error *err);

/* Prepares sql and binds values by kinds, one letter each: i int64_t, d double, t const char * (NULL allowed), b const void * and size_t. */
pp_code pp_sql_prepare(const pp_store *store, sqlite3_stmt **statement, pp_error *err, const char *sql, const char *kinds, ...);

/* Prepares, binds and runs a statement that gives no rows. */
pp_code pp_sql_run(const pp_store *store, pp_error *err, const char *sql, const char *kinds, ...);

/* Next row of a prepared query. @return PP_OK: there is one; PP_BUDGET stands for "no more"; or a failure */
enum { PP_SQL_DONE = PP_BUDGET };
pp_code pp_sql_next(const pp_store *store, sqlite3_stmt *statement, pp_error *err);

/* A column's text, copied; NULL if the column is NULL. Sets *failed if there was no memory. */
char *pp_sql_text(sqlite3_stmt *statement, int column, bool *failed);

#endif
