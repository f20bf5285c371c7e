/* made_run.h - run folders made by hand: what is told of them is then known. */
#ifndef PP_TESTS_MADE_RUN_H
#define PP_TESTS_MADE_RUN_H

#include "folder.h"

#include "attack/params.h"
#include "store/store.h"

#include <sys/stat.h>

static inline char *text(const char *constant)
{
    return (char *)(uintptr_t)constant; /* records own their texts only when they were read */
}

/* A run with what every run must have; members can be changed before it is begun. */
static inline pp_run_record made_record(const char *method, uint64_t seed)
{
    return (pp_run_record){ .version = text("1"), .method = text(method), .goal = text("untargeted"), .seed = seed, .model_path = text("/m.onnx"),
                            .model_sha256 = text("abc"), .class_names = text("[]"), .score_source = text("logits"), .preprocessing = text("none"),
                            .preprocessing_source = text(""), .engine = text(""), .created = text("") };
}

/* Begins a run of 400 queries an image in the folder FOLDER/NAME. */
static inline pp_store *begin_made_run(const char *name, const pp_run_record *run)
{
    char dir[400], seed[32];
    pp_store *store;
    pp_params *params;
    pp_error err;
    snprintf(seed, sizeof seed, "%d", (int)run->seed);
    snprintf(dir, sizeof dir, "%s/%s", folder, name);
    assert_int_equal(mkdir(dir, 0777), 0);
    assert_ok(pp_params_new(&params, run->method, &err), err);
    assert_ok(pp_params_set(params, "queries", "400", &err), err);
    assert_ok(pp_params_set(params, "seed", seed, &err), err);
    assert_ok(pp_store_create(&store, dir, &err), err);
    assert_ok(pp_store_add_run(store, run, params, &err), err);
    pp_params_free(params);
    return store;
}

/* The next image, number id from 1; its hash is its name. */
static inline void add_made_image(pp_store *store, int64_t id, const char *name, const char *status)
{
    pp_error err;
    pp_image_record seen = { .id = id, .status = text(status), .sha256 = text(name), .decision = 0, .probabilities = text("[1]") };
    assert_ok(pp_store_add_image(store, name, name, name, NULL, -1, &err), err);
    assert_ok(pp_store_set_image(store, &seen, &err), err);
}

static inline void end_made_run(pp_store *store)
{
    pp_error err;
    assert_ok(pp_store_commit(store, &err), err);
    pp_store_close(store);
}

#endif
