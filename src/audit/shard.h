/* shard.h - which images of a run are this machine's: --shard I/N. */
#ifndef PP_AUDIT_SHARD_H
#define PP_AUDIT_SHARD_H

#include "pinprick/pinprick.h"

/* Part number index, from 1, of n. n 1: all of it. */
typedef struct pp_shard {
    uint64_t index, n;
} pp_shard;

/* "I/N", or "" for all. @return PP_OK, PP_ARG */
pp_code pp_shard_parse(pp_shard *shard, const char *text, pp_error *err);

/* Whether an image is in the part; sha256: of the original, 64 hexadecimal digits. Each image is in one part of the n, whatever else
 * is in the run: that depends on its pixels alone. */
bool pp_shard_has(const pp_shard *shard, const char *sha256);

#endif
