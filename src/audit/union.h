/* union.h - the images of several runs as one list: each once, with the run that knows most of it. */
#ifndef PP_AUDIT_UNION_H
#define PP_AUDIT_UNION_H

#include "store/store.h"

/* One image. Its texts are owned. */
typedef struct pp_union_image {
    char *path, *source, *label, *sha256; /* label, sha256: NULL where no run knows one */
    const char *first;                    /* folder of the run that named it first, borrowed */
    int label_class;
    int rank;           /* how much is known of it: see union.c */
    size_t part;        /* the run that knows this, of the first if several do */
    int64_t id;         /* images.id there */
    size_t n_seen;      /* runs that named it */
    size_t last_seen;   /* the last of these */
    size_t next_twin;   /* index of the next of this path: a list may name a file twice. 0: none */
} pp_union_image;

typedef struct pp_union {
    pp_union_image *images;
    size_t n, capacity;
    void *by_path; /* of tsearch */
} pp_union;

void pp_union_clear(pp_union *all);

/* Adds the images of run number part, which come one run after another from 0 on. dir: of the run, borrowed until pp_union_clear.
 * @return PP_OK; PP_MISMATCH: an image is not what another run saw under this name; PP_MEMORY */
pp_code pp_union_add(pp_union *all, size_t part, const char *dir, const pp_image_record *records, size_t n, pp_error *err);

#endif
