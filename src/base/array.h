/* array.h - allocation of n things of one size, refused when the product does not fit. */
#ifndef PP_BASE_ARRAY_H
#define PP_BASE_ARRAY_H

#include <stdlib.h>

/* Zeroed; NULL when out of memory or when n * size overflows. At least one byte, so NULL always means failure. free(). */
static inline void *pp_array_new(size_t n, size_t size)
{
    return calloc(n ? n : 1, size ? size : 1);
}

/* Grows *items (room for *capacity, each of size bytes) to hold at least n, by doubling. @return 0, or -1 with all as it was. */
static inline int pp_array_grow(void **items, size_t *capacity, size_t n, size_t size)
{
    if (n <= *capacity)
        return 0;
    size_t wanted = *capacity ? *capacity : 16;
    while (wanted < n) {
        if (wanted > (size_t)-1 / 2)
            return -1;
        wanted *= 2;
    }
    if (wanted > (size_t)-1 / size)
        return -1;
    void *grown = realloc(*items, wanted * size);
    if (!grown)
        return -1;
    *items = grown;
    *capacity = wanted;
    return 0;
}

#endif
