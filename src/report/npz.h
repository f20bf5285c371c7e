/* npz.h - NumPy's file of arrays: a ZIP file (by libarchive) of .npy files, written piece by piece, so that arrays may be larger than memory. */
#ifndef PP_REPORT_NPZ_H
#define PP_REPORT_NPZ_H

#include "pinprick/pinprick.h"

typedef struct pp_npz pp_npz;

/* Types of items, as NumPy's header tells them. Those of several bytes are in this machine's order. */
typedef enum pp_npz_type { PP_NPZ_UINT8, PP_NPZ_BOOL, PP_NPZ_INT32, PP_NPZ_INT64, PP_NPZ_FLOAT64 } pp_npz_type;

/* Begins PATH.part. *npz: the caller's, pp_npz_close. */
pp_code pp_npz_open(pp_npz **npz, const char *path, pp_error *err);
/* Finishes the file and puts it in its place; if code is a failure, removes it. @return code, if that is a failure; else how that went */
pp_code pp_npz_close(pp_npz *npz, pp_code code, pp_error *err);

/* Begins array NAME of n_dims (1 to 4) dimensions; its items follow by pp_npz_write, row-major, in pieces of any size. */
pp_code pp_npz_begin(pp_npz *npz, const char *name, pp_npz_type type, const size_t *dims, size_t n_dims, pp_error *err);
pp_code pp_npz_write(pp_npz *npz, const void *items, size_t n_bytes, pp_error *err);

/* A whole array of n texts, as NumPy's fixed-width Unicode. NULL is an empty text; bytes that are no UTF-8 become U+FFFD. */
pp_code pp_npz_texts(pp_npz *npz, const char *name, const char *const *texts, size_t n, pp_error *err);

#endif
