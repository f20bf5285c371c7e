/* digest.c - SHA-256 by nettle. */
#include "base/digest.h"

#include <nettle/sha2.h>

pp_digest pp_digest_of(const void *head, size_t n_head, const void *data, size_t n)
{
    static const char DIGITS[] = "0123456789abcdef";
    struct sha256_ctx context;
    pp_digest digest;
    sha256_init(&context);
    sha256_update(&context, n_head, head);
    sha256_update(&context, n, data);
    sha256_digest(&context, sizeof digest.bytes, digest.bytes);
    for (size_t i = 0; i < sizeof digest.bytes; i++) {
        digest.hex[2 * i] = DIGITS[digest.bytes[i] >> 4];
        digest.hex[2 * i + 1] = DIGITS[digest.bytes[i] & 15];
    }
    digest.hex[64] = '\0';
    return digest;
}
