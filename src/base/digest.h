/* digest.h - SHA-256, as bytes and as text: what names a model or an image in a stored run. */
#ifndef PP_BASE_DIGEST_H
#define PP_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

typedef struct pp_digest {
    uint8_t bytes[32];
    char hex[65]; /* lower case, zero-terminated */
} pp_digest;

/* head (may be NULL if n_head is 0) and data, one after the other. Cannot fail. */
pp_digest pp_digest_of(const void *head, size_t n_head, const void *data, size_t n);

#endif
