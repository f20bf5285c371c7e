/* store.h - the run folder's database, run.db: what was asked, what was seen, and what came out. All of SQLite stays in this folder.
 *
 * docs/formats.md has the schema for readers. Rows of one image go in one transaction, so a run that is killed has whole images
 * or none. */
#ifndef PP_STORE_STORE_H
#define PP_STORE_STORE_H

#include "attack/params.h"
#include "base/digest.h"
#include "pinprick/pinprick.h"

typedef struct pp_store pp_store;

/* The one row of table runs. Texts are owned by whoever filled the struct; pp_run_record_clear frees those that were read. */
typedef struct pp_run_record {
    char *version, *method, *goal, *model_path, *model_sha256, *class_names /* JSON array */, *score_source;
    char *preprocessing, *preprocessing_source, *engine, *created; /* how a file becomes a tensor; where that was found; ... */
    char *mask_sha256; /* of where pixels may be changed; NULL: everywhere */
    uint64_t seed;
    int width, height, channels, positive; /* positive: -1 where unknown */
} pp_run_record;
void pp_run_record_clear(pp_run_record *record);

/* One row of table images. status: "pending" (not looked at yet), "ready" (to be attacked), or a pp_status name. */
typedef struct pp_image_record {
    int64_t id;                        /* from 1, in the order of the inputs */
    char *path, *source, *name, *label; /* as given; absolute; of the PNGs, without folder and ending; NULL if unknown */
    int label_class;                   /* -1 if unknown */
    char *status, *reason;             /* reason: why unreadable, or NULL */
    char *sha256, *probabilities;      /* of the original; JSON array. NULL while pending */
    int decision;                      /* -1 while pending */
} pp_image_record;

/* One row of table attacks, with the image it belongs to. */
typedef struct pp_attack_record {
    int64_t image;
    char *status, *stop, *rung, *adversarial_sha256; /* rung, sha256: NULL if none */
    int class_original, class_adversarial;
    double p_original, p_adversarial, seconds, engine_seconds;
    uint64_t l0, queries, generations, rung_queries;
    bool strict_flip, verified;
    int locally_minimal; /* as in pp_result */
} pp_attack_record;

/* One row of table trace, with the image it belongs to. Without the stage's pixels. */
typedef struct pp_trace_record {
    int64_t image;
    uint64_t generation, queries, n_pixels;
    double p_original, margin;
} pp_trace_record;

/* Creates dir/run.db, which must not hold a run, and begins a transaction: the tables and what is written before the first commit are
 * there together or not at all, so a folder that was left earlier than that can be begun again.
 * *store: the caller's, pp_store_close, or pp_store_discard to leave no run. @return PP_OK, PP_STORE, PP_IO, PP_MEMORY */
pp_code pp_store_create(pp_store **store, const char *dir, pp_error *err);
void pp_store_discard(pp_store *store);
/* The same in memory, until it is closed. */
pp_code pp_store_create_in_memory(pp_store **store, pp_error *err);
/* A database in memory with what pp_store_pack_run or pp_store_pack_image made. */
pp_code pp_store_unpack(pp_store **store, const uint8_t *bytes, size_t n, pp_error *err);
/* Opens dir/run.db, to write or only to read (a folder on read-only media too). PP_IO: there is no run in dir. */
pp_code pp_store_open(pp_store **store, const char *dir, bool writable, pp_error *err);
void pp_store_close(pp_store *store);

pp_code pp_store_begin(pp_store *store, pp_error *err);
pp_code pp_store_commit(pp_store *store, pp_error *err);
void pp_store_rollback(pp_store *store);

/* ---- Writing: one call, one or a few rows; several calls are made one transaction by begin and commit ---- */

pp_code pp_store_add_run(pp_store *store, const pp_run_record *record, const pp_params *params, pp_error *err);
/* Inserts a pending image. The name is made unique by -2, -3, ... (letter case aside). */
pp_code pp_store_add_image(pp_store *store, const char *path, const char *source, const char *name, const char *label,
                           int label_class, pp_error *err);
/* The engine that was chosen, as parameters "engine" and "dense-from", and in words. */
pp_code pp_store_set_engine(pp_store *store, const char *engine, uint64_t dense_from, const char *words, pp_error *err);
/* What was seen of an image: status, reason, sha256, probabilities, decision. */
pp_code pp_store_set_image(pp_store *store, const pp_image_record *record, pp_error *err);
/* The attack, its pixels (with_pixels), its trace and its pareto points, and the image's status. */
pp_code pp_store_add_attack(pp_store *store, int64_t image, const pp_result *result, const pp_image *original, bool verified,
                            const char *adversarial_sha256, bool with_pixels, pp_error *err);
/* The run with its parameters and images, without attacks; one image with its attack. *bytes: n, the caller's, free(). */
pp_code pp_store_pack_run(pp_store *store, uint8_t **bytes, size_t *n, pp_error *err);
pp_code pp_store_pack_image(pp_store *store, int64_t image, uint8_t **bytes, size_t *n, pp_error *err);

/* All rows of the attack on an image, if there was one, as those of an image of another run that has none yet. */
pp_code pp_store_copy_attack(pp_store *to, int64_t to_image, pp_store *from, int64_t from_image, pp_error *err);
/* The same, and what is known of the image itself, in a transaction of its own. On failure nothing is changed. */
pp_code pp_store_take_image(pp_store *to, const pp_image_record *image, pp_store *from, int64_t from_image, pp_error *err);

/* ---- Reading ---- */

pp_code pp_store_read_run(pp_store *store, pp_run_record *record, pp_error *err);
/* *params: the caller's, pp_params_free. */
pp_code pp_store_read_params(pp_store *store, pp_params **params, pp_error *err);
/* All rows in order of id. *records: the caller's, pp_image_records_free. */
pp_code pp_store_read_images(pp_store *store, pp_image_record **records, size_t *n, pp_error *err);
void pp_image_records_free(pp_image_record *records, size_t n);
/* Whether an image is still to be looked at, or to be attacked. */
bool pp_image_is_to_do(const pp_image_record *record);
pp_code pp_store_read_attacks(pp_store *store, pp_attack_record **records, size_t *n, pp_error *err);
void pp_attack_records_free(pp_attack_record *records, size_t n);
/* All rows in order of image and step. *records: the caller's, free(). */
pp_code pp_store_read_trace(pp_store *store, pp_trace_record **records, size_t *n, pp_error *err);
/* All rows of an image's trace, with the pixels of those where they were kept: as they stand there, which may be altered and lie outside the
 * image. *rows: the caller's, pp_trace_rows_free. */
pp_code pp_store_read_stages(pp_store *store, int64_t image, pp_trace_row **rows, size_t *n, pp_error *err);
void pp_trace_rows_free(pp_trace_row *rows, size_t n);
/* The stored pixels of an image's result, sorted by y, then x, with their new colours and with the original's. *pixels, *before: n each,
 * the caller's, free(). */
pp_code pp_store_read_pixels(pp_store *store, int64_t image, pp_pixel **pixels, pp_pixel **before, size_t *n, pp_error *err);
/* Pixels against confidence of an image's result, fewest pixels first. *points: n, the caller's, free(). */
pp_code pp_store_read_pareto(pp_store *store, int64_t image, pp_pareto_point **points, size_t *n, pp_error *err);

#endif
