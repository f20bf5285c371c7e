/* store.c - opening run.db, and its schema. What is written to it is in write.c, what is read in read.c. */
#include "store/store.h"

#include "base/array.h"
#include "base/error.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 2 };

static const char SCHEMA[] =
    "PRAGMA user_version = 2;"
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, version TEXT NOT NULL, method TEXT NOT NULL, goal TEXT NOT NULL, seed INTEGER NOT NULL,"
    " model_path TEXT NOT NULL, model_sha256 TEXT NOT NULL, class_names TEXT NOT NULL, positive INTEGER, width INTEGER NOT NULL,"
    " height INTEGER NOT NULL, channels INTEGER NOT NULL, score_source TEXT NOT NULL, preprocessing TEXT NOT NULL,"
    " preprocessing_source TEXT NOT NULL, engine TEXT NOT NULL, created TEXT NOT NULL, mask_sha256 TEXT);"
    "CREATE TABLE parameters(option TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE images(id INTEGER PRIMARY KEY, path TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL UNIQUE COLLATE NOCASE,"
    " label TEXT, label_class INTEGER, status TEXT NOT NULL, reason TEXT, sha256 TEXT, decision INTEGER, probabilities TEXT);"
    "CREATE TABLE attacks(image INTEGER PRIMARY KEY REFERENCES images, status TEXT NOT NULL, stop TEXT NOT NULL,"
    " class_original INTEGER NOT NULL, class_adversarial INTEGER NOT NULL, p_original REAL NOT NULL, p_adversarial REAL NOT NULL,"
    " l0 INTEGER NOT NULL, queries INTEGER NOT NULL, generations INTEGER NOT NULL, seconds REAL NOT NULL, engine_seconds REAL NOT NULL,"
    " rung TEXT, rung_queries INTEGER NOT NULL, strict_flip INTEGER NOT NULL, verified INTEGER NOT NULL, adversarial_sha256 TEXT,"
    " locally_minimal INTEGER);"
    "CREATE TABLE pixels(image INTEGER NOT NULL REFERENCES images, y INTEGER NOT NULL, x INTEGER NOT NULL, before_r INTEGER NOT NULL,"
    " before_g INTEGER NOT NULL, before_b INTEGER NOT NULL, r INTEGER NOT NULL, g INTEGER NOT NULL, b INTEGER NOT NULL,"
    " PRIMARY KEY(image, y, x)) WITHOUT ROWID;"
    "CREATE TABLE trace(image INTEGER NOT NULL REFERENCES images, step INTEGER NOT NULL, generation INTEGER NOT NULL,"
    " queries INTEGER NOT NULL, pixels INTEGER NOT NULL, p_original REAL NOT NULL, margin REAL NOT NULL, stage BLOB,"
    " PRIMARY KEY(image, step)) WITHOUT ROWID;"
    "CREATE TABLE pareto(image INTEGER NOT NULL REFERENCES images, pixels INTEGER NOT NULL, p_original REAL NOT NULL,"
    " PRIMARY KEY(image, pixels)) WITHOUT ROWID;";

static pp_code execute(const pp_store *store, const char *sql, const char *doing, pp_error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PP_OK : pp_sql_fail(store, doing, err);
}

static pp_code new_store(pp_store **store, const char *dir, pp_error *err)
{
    static const char NAME[] = "/run.db";
    pp_store *made = pp_array_new(1, sizeof *made);
    if (made)
        made->path = pp_array_new(strlen(dir) + sizeof NAME, 1);
    if (!made || !made->path) {
        free(made);
        return pp_no_memory(err, "the database");
    }
    strcat(strcpy(made->path, dir), NAME);
    *store = made;
    return PP_OK;
}

static pp_code open_file(pp_store *store, const char *name, int flags, pp_error *err)
{
    if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK) {
        pp_code code = store->db ? pp_sql_fail(store, "open", err) : pp_no_memory(err, "the database");
        sqlite3_close(store->db);
        store->db = NULL;
        return code;
    }
    sqlite3_busy_timeout(store->db, 10000);
    return PP_OK;
}

/* The one number that a query gives. */
static pp_code read_number(const pp_store *store, const char *sql, int *number, pp_error *err)
{
    sqlite3_stmt *statement;
    pp_code code = pp_sql_prepare(store, &statement, err, sql, "");
    if (code != PP_OK)
        return code;
    code = pp_sql_next(store, statement, err);
    *number = code == PP_OK ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    return code;
}

/* Whether there is nothing in the file yet: somebody began and was stopped before the first commit. */
static pp_code is_empty(const pp_store *store, bool *empty, pp_error *err)
{
    int n_tables;
    pp_code code = read_number(store, "SELECT count(*) FROM sqlite_master", &n_tables, err);
    *empty = code == PP_OK && n_tables == 0;
    return code;
}

pp_code pp_store_create(pp_store **store, const char *dir, pp_error *err)
{
    pp_store *made = NULL;
    bool empty = false;
    pp_code code = new_store(&made, dir, err);
    if (code == PP_OK)
        code = open_file(made, made->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (code == PP_OK)
        code = is_empty(made, &empty, err);
    if (code == PP_OK && !empty)
        code = pp_fail(err, PP_IO, "%s: holds a run already; say another --out, or go on with it: pinprick attack --resume %s", dir, dir);
    if (code == PP_OK)
        code = execute(made, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE;", "create", err);
    if (code == PP_OK)
        code = execute(made, SCHEMA, "create tables", err);
    if (code != PP_OK) {
        if (empty)
            pp_store_discard(made);
        else
            pp_store_close(made);
        return code;
    }
    *store = made;
    return PP_OK;
}

void pp_store_discard(pp_store *store)
{
    pp_store_rollback(store);
    sqlite3_close(store->db);
    store->db = NULL;
    unlink(store->path);
    pp_store_close(store);
}

static pp_code check_version(const pp_store *store, pp_error *err)
{
    int version;
    bool empty = false;
    pp_code code = read_number(store, "PRAGMA user_version", &version, err);
    if (code == PP_OK)
        code = is_empty(store, &empty, err);
    if (empty)
        return pp_fail(err, PP_IO, "%s: holds no run: it was stopped before it began; begin it again", store->path);
    if (code == PP_OK && version != SCHEMA_VERSION)
        return pp_fail(err, PP_STORE, "%s: has schema %d; this pinprick knows %d", store->path, version, SCHEMA_VERSION);
    return code;
}

/* Small pages: most of its tables have few rows or none. */
pp_code pp_store_create_in_memory(pp_store **store, pp_error *err)
{
    pp_store *made = NULL;
    pp_code code = new_store(&made, ":memory:", err);
    if (code == PP_OK)
        code = open_file(made, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (code == PP_OK)
        code = execute(made, "PRAGMA page_size = 1024; BEGIN IMMEDIATE;", "create", err);
    if (code == PP_OK)
        code = execute(made, SCHEMA, "create tables", err);
    if (code != PP_OK) {
        pp_store_close(made);
        return code;
    }
    *store = made;
    return PP_OK;
}

pp_code pp_store_unpack(pp_store **store, const uint8_t *bytes, size_t n, pp_error *err)
{
    pp_store *made = NULL;
    unsigned char *copy = sqlite3_malloc64(n); /* SQLite's to free */
    if (!copy)
        return pp_no_memory(err, "a part of the database");
    memcpy(copy, bytes, n);
    pp_code code = new_store(&made, ":memory:", err);
    if (code == PP_OK)
        code = open_file(made, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (code != PP_OK)
        sqlite3_free(copy);
    else if (sqlite3_deserialize(made->db, "main", copy, (sqlite3_int64)n, (sqlite3_int64)n,
                                 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK)
        code = pp_sql_fail(made, "unpack", err);
    if (code == PP_OK)
        code = check_version(made, err);
    if (code != PP_OK) {
        pp_store_close(made);
        return code;
    }
    *store = made;
    return PP_OK;
}

/* A database in WAL mode on a medium that cannot be written is only readable when SQLite is told that nobody writes. It then
 * passes over what a killed run left in run.db-wal, so that must not be there. */
static pp_code open_unwritable(pp_store *store, pp_error *err)
{
    struct stat info;
    char *wal = sqlite3_mprintf("%s-wal", store->path);
    sqlite3_str *uri = sqlite3_str_new(NULL);
    sqlite3_str_appendall(uri, "file:");
    for (const char *c = store->path; *c; c++)
        sqlite3_str_appendf(uri, strchr("%?#", *c) ? "%%%02x" : "%c", *c);
    sqlite3_str_appendall(uri, "?immutable=1");
    char *name = sqlite3_str_finish(uri);
    pp_code code = wal && name ? PP_OK : pp_no_memory(err, "the database");
    if (code == PP_OK && stat(wal, &info) == 0 && info.st_size > 0)
        code = pp_fail(err, PP_STORE, "%s: a run that was stopped lies where nothing can be written; copy the folder first", store->path);
    if (code == PP_OK)
        code = open_file(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    sqlite3_free(name);
    sqlite3_free(wal);
    return code == PP_OK ? check_version(store, err) : code;
}

/* All that is read until the store is closed is of one moment, though the run may go on. */
static pp_code open_to_read(pp_store *store, pp_error *err)
{
    pp_error why;
    pp_code code = open_file(store, store->path, SQLITE_OPEN_READONLY, &why);
    if (code == PP_OK)
        code = check_version(store, &why);
    int reason = code != PP_OK && store->db ? sqlite3_errcode(store->db) : SQLITE_OK;
    if (reason == SQLITE_CANTOPEN || reason == SQLITE_READONLY) {
        sqlite3_close(store->db);
        store->db = NULL;
        code = open_unwritable(store, &why);
    }
    if (code == PP_OK)
        code = execute(store, "BEGIN", "begin", &why);
    if (code != PP_OK && err)
        *err = why;
    return code;
}

pp_code pp_store_open(pp_store **store, const char *dir, bool writable, pp_error *err)
{
    pp_store *made = NULL;
    pp_code code = new_store(&made, dir, err);
    if (code != PP_OK)
        return code;
    if (access(made->path, F_OK) != 0)
        code = pp_fail(err, PP_IO, "%s: no run there (no run.db)", dir);
    else if (!writable)
        code = open_to_read(made, err);
    else if ((code = open_file(made, made->path, SQLITE_OPEN_READWRITE, err)) == PP_OK)
        code = check_version(made, err);
    if (code == PP_OK && writable)
        code = execute(made, "PRAGMA synchronous = NORMAL;", "open", err);
    if (code != PP_OK) {
        pp_store_close(made);
        return code;
    }
    *store = made;
    return PP_OK;
}

void pp_store_close(pp_store *store)
{
    if (!store)
        return;
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

pp_code pp_store_begin(pp_store *store, pp_error *err)
{
    return execute(store, "BEGIN IMMEDIATE", "begin", err);
}

pp_code pp_store_commit(pp_store *store, pp_error *err)
{
    return execute(store, "COMMIT", "commit", err);
}

void pp_store_rollback(pp_store *store)
{
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}
