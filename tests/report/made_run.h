/* made_run.h - a run folder's rows, written by hand: what those are tested on that only read runs. */
#ifndef PP_TESTS_MADE_RUN_H
#define PP_TESTS_MADE_RUN_H

#include "support.h"

#include "store/store.h"

static inline char *text(const char *constant)
{
    return (char *)(uintptr_t)constant; /* records own their texts only when they were read */
}

/* One attack: queries and pixels of two rows of its trace, and the queries of the whole; status "success" or "failed". */
typedef struct made_attack {
    int64_t image;
    pp_status status;
    uint64_t at[2], pixels[2], queries;
} made_attack;

static inline void write_attack(pp_store *store, const made_attack *attack)
{
    pp_error err;
    uint8_t value = 0;
    pp_image original = { 1, 1, 1, &value };
    pp_trace_row trace[2] = { { .queries = attack->at[0], .n_pixels = attack->pixels[0] },
                              { .queries = attack->at[1], .n_pixels = attack->pixels[1] } };
    pp_result result = { .status = attack->status, .queries = attack->queries, .n_trace = 2, .trace = trace };
    assert_ok(pp_store_add_attack(store, attack->image, &result, &original, true, NULL, false, &err), err);
}

/* sha256: of the original; NULL: unreadable. An image that an attack follows for is "ready". */
typedef struct made_image {
    const char *path, *sha256, *status;
} made_image;

static inline void write_image(pp_store *store, int64_t id, const made_image *image)
{
    pp_error err;
    pp_image_record seen = { .id = id, .status = text(image->status), .sha256 = text(image->sha256), .decision = image->sha256 ? 0 : -1,
                             .probabilities = image->sha256 ? text("[1]") : NULL };
    assert_ok(pp_store_add_image(store, image->path, image->path, image->path, NULL, -1, &err), err);
    assert_ok(pp_store_set_image(store, &seen, &err), err);
}

/* Begins a run in dir, which must be there. */
static inline pp_store *begin_made_run(const char *dir, const pp_run_record *run, const pp_params *params)
{
    pp_store *store;
    pp_error err;
    assert_ok(pp_store_create(&store, dir, &err), err);
    assert_ok(pp_store_add_run(store, run, params, &err), err);
    return store;
}

static inline void end_made_run(pp_store *store)
{
    pp_error err;
    assert_ok(pp_store_commit(store, &err), err);
    pp_store_close(store);
}

/* dir: must be there. */
static inline void write_made_run(const char *dir, const pp_run_record *run, const pp_params *params, const made_image *images, size_t n_images,
                                  const made_attack *attacks, size_t n_attacks)
{
    pp_store *store = begin_made_run(dir, run, params);
    for (size_t i = 0; i < n_images; i++)
        write_image(store, (int64_t)i + 1, &images[i]);
    for (size_t i = 0; i < n_attacks; i++)
        write_attack(store, &attacks[i]);
    end_made_run(store);
}

#endif
