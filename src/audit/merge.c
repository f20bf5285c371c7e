/* merge.c - runs that did parts of one piece of work, brought together in one run folder.
 *
 * All runs are read once to see that they fit and which of them knows most of each image; only then anything is written, one image a
 * transaction. A target that is there already takes part as the first of the runs, so that a merge that was killed is just done again. What
 * no run has done yet is left to be done: the merged run can be resumed. */
#include "audit/agree.h"
#include "audit/audit.h"
#include "audit/folder.h"
#include "audit/union.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A merge under way. */
typedef struct merge {
    const char *dir;
    const char *const *runs;
    size_t n_runs;
    int lock;
    pp_store *target; /* NULL until it is there */
    bool is_new;      /* the target */
    pp_run_kind kind; /* of the target, or of the first run */
    pp_union all;     /* part 0 is the target, if it was there; then come the runs */
} merge;

static pp_code open_target(merge *m, pp_error *err);
static pp_code gather(merge *m, pp_error *err);
static pp_code make_target(merge *m, pp_error *err);
static pp_code add_new_images(merge *m, size_t n_known, pp_error *err);
static pp_code copy_images(merge *m, pp_error *err);

pp_code pp_merge(const char *const *runs, size_t n_runs, const char *dir, pp_error *err)
{
    merge m = { .dir = dir, .runs = runs, .n_runs = n_runs, .lock = -1 };
    size_t n_known = 0;
    if (n_runs == 0)
        return pp_fail(err, PP_ARG, "no runs to merge");
    pp_code code = open_target(&m, err);
    if (code == PP_OK) {
        n_known = m.all.n;
        code = gather(&m, err);
    }
    if (code == PP_OK && m.is_new)
        code = make_target(&m, err);
    else if (code == PP_OK && (code = pp_store_begin(m.target, err)) == PP_OK && (code = add_new_images(&m, n_known, err)) != PP_OK)
        pp_store_rollback(m.target);
    if (code == PP_OK)
        code = copy_images(&m, err);
    pp_union_clear(&m.all);
    pp_run_kind_clear(&m.kind);
    pp_store_close(m.target);
    if (m.lock >= 0)
        close(m.lock);
    return code;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Adds the images of a run, which must be of one kind with those before. */
static pp_code gather_run(merge *m, pp_store *store, size_t part, const char *dir, pp_error *err)
{
    pp_run_kind kind = { 0 };
    pp_image_record *images = NULL;
    size_t n = 0;
    pp_code code = pp_run_kind_read(&kind, store, dir, err);
    if (code == PP_OK && m->kind.params)
        code = pp_run_kinds_agree(&m->kind, &kind, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &images, &n, err);
    if (code == PP_OK)
        code = pp_union_add(&m->all, part, dir, images, n, err);
    if (code == PP_OK && !m->kind.params) {
        m->kind = kind;
        kind = (pp_run_kind){ 0 };
    }
    pp_image_records_free(images, n);
    pp_run_kind_clear(&kind);
    return code;
}

/* A folder that holds a run is locked and taken in. */
static pp_code open_target(merge *m, pp_error *err)
{
    pp_error why;
    m->is_new = access(m->dir, F_OK) != 0;
    if (m->is_new)
        return PP_OK;
    pp_code code = pp_folder_lock(&m->lock, m->dir, err);
    if (code != PP_OK)
        return code;
    code = pp_store_open(&m->target, m->dir, true, &why);
    if (code == PP_IO) { /* none there, or one that was stopped before it began */
        m->is_new = true;
        return PP_OK;
    }
    if (code != PP_OK) {
        if (err)
            *err = why;
        return code;
    }
    code = gather_run(m, m->target, 0, m->dir, err);
    if (code == PP_OK && *m->kind.params->scale.shard)
        code = pp_fail(err, PP_IO, "%s: holds part %s of a run; say another --out", m->dir, m->kind.params->scale.shard);
    return code;
}

static pp_code gather(merge *m, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < m->n_runs; i++) {
        pp_store *store = NULL;
        code = pp_store_open(&store, m->runs[i], false, err);
        if (code == PP_OK)
            code = gather_run(m, store, i + !m->is_new, m->runs[i], err);
        pp_store_close(store);
    }
    return code;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* All images in the first transaction, as of any run. */
static pp_code make_target(merge *m, pp_error *err)
{
    char *made = NULL;
    pp_code code = pp_folder_make(&made, m->dir, "", err);
    free(made);
    if (code == PP_OK && m->lock < 0)
        code = pp_folder_lock(&m->lock, m->dir, err);
    if (code == PP_OK)
        code = pp_store_create(&m->target, m->dir, err);
    if (code != PP_OK)
        return code;
    code = pp_params_set(m->kind.params, "shard", "", err);
    if (code == PP_OK)
        code = pp_folder_make_inside(m->dir, err);
    if (code == PP_OK)
        code = pp_store_add_run(m->target, &m->kind.run, m->kind.params, err);
    if (code == PP_OK)
        code = add_new_images(m, 0, err);
    if (code != PP_OK) {
        pp_store_discard(m->target);
        m->target = NULL;
    }
    return code;
}

/* Those that the target does not know yet, as pending; ends the transaction. Names are given as to any run of these images. */
static pp_code add_new_images(merge *m, size_t n_known, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = n_known; code == PP_OK && i < m->all.n; i++) {
        const pp_union_image *image = &m->all.images[i];
        char name[256];
        pp_folder_plain_name(name, image->path);
        code = pp_store_add_image(m->target, image->path, image->source, name, image->label, image->label_class, err);
    }
    return code == PP_OK ? pp_store_commit(m->target, err) : code;
}

typedef pp_code (*path_of)(char **path, const char *dir, const char *name, pp_error *err);

static pp_code copy_picture(path_of path, const char *to_dir, const char *to_name, const char *from_dir, const char *from_name, pp_error *err)
{
    char *to = NULL, *from = NULL;
    pp_code code = path(&to, to_dir, to_name, err);
    if (code == PP_OK)
        code = path(&from, from_dir, from_name, err);
    if (code == PP_OK)
        code = pp_folder_copy_file(to, from, err);
    free(to);
    free(from);
    return code;
}

/* One image: its pictures, then its rows in one transaction. to: the target's row of it. */
static pp_code copy_image(merge *m, const pp_image_record *to, pp_store *store, const char *dir, const pp_image_record *from, pp_error *err)
{
    bool flipped = strcmp(from->status, "success") == 0;
    pp_image_record row = *from;
    row.id = to->id;
    pp_code code = from->sha256 ? copy_picture(pp_folder_original, m->dir, to->name, dir, from->name, err) : PP_OK;
    if (code == PP_OK && flipped)
        code = copy_picture(pp_folder_adversarial, m->dir, to->name, dir, from->name, err);
    return code == PP_OK ? pp_store_take_image(m->target, &row, store, from->id, err) : code;
}

/* A run that goes on may have got further since it was looked at: then there is more to copy, never less. */
static pp_code copy_from_run(merge *m, size_t part, const char *dir, const pp_image_record *targets, pp_error *err)
{
    pp_store *store = NULL;
    pp_image_record *images = NULL;
    size_t n = 0;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &images, &n, err);
    for (size_t i = 0; code == PP_OK && i < m->all.n; i++) {
        const pp_union_image *image = &m->all.images[i];
        if (image->part != part || image->rank == 0)
            continue;
        if (image->id < 1 || (size_t)image->id > n || images[image->id - 1].id != image->id)
            code = pp_fail(err, PP_STORE, "%s: the images in run.db are not numbered from 1", dir);
        else
            code = copy_image(m, &targets[i], store, dir, &images[image->id - 1], err);
    }
    pp_image_records_free(images, n);
    pp_store_close(store);
    return code;
}

/* The target's rows are in the order of the list. */
static pp_code copy_images(merge *m, pp_error *err)
{
    pp_image_record *targets = NULL;
    size_t n = 0, first = m->is_new ? 0 : 1;
    pp_code code = pp_store_read_images(m->target, &targets, &n, err);
    if (code == PP_OK && n != m->all.n)
        code = pp_fail(err, PP_STORE, "%s: has %zu images where %zu are expected", m->dir, n, m->all.n);
    for (size_t i = 0; code == PP_OK && i < m->n_runs; i++)
        code = copy_from_run(m, i + first, m->runs[i], targets, err);
    pp_image_records_free(targets, n);
    return code;
}
