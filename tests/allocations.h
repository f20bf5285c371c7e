/* allocations.h - our own allocations counted, and one of them made to fail. The linker puts these functions in place of the C library's in
 * all that is ours (--wrap, see meson.build: wrapped_tests); shared libraries keep their own. To be included by one file of a program. */
#ifndef PP_TESTS_ALLOCATIONS_H
#define PP_TESTS_ALLOCATIONS_H

#include "support.h"

#include "pinprick/pinprick.h"

#include <pthread.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

enum { MOST_BLOCKS = 20000 };

static struct {
    pthread_mutex_t lock;
    size_t n_allocations;      /* set to 0 by whoever counts */
    size_t fail_at;            /* the one that fails, from 1; 0: none */
    size_t n_blocks;
    void *blocks[MOST_BLOCKS]; /* allocated by us and not freed yet; what others allocated is not here, even where we free it */
} heap = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t find_block(const void *block)
{
    size_t i = 0;
    while (i < heap.n_blocks && heap.blocks[i] != block)
        i++;
    return i;
}

/* Also where it has none: then nothing happens. */
static void forget_block(const void *block)
{
    size_t i = find_block(block);
    if (i < heap.n_blocks)
        heap.blocks[i] = heap.blocks[--heap.n_blocks];
}

/* Lets an allocation happen or fail; old: what a realloc moves. */
static void *allocate(void *old, size_t n, size_t size, bool zeroed)
{
    void *block = NULL;
    pthread_mutex_lock(&heap.lock);
    heap.n_allocations++;
    if (heap.n_allocations != heap.fail_at) {
        size_t place = old ? find_block(old) : heap.n_blocks;
        block = zeroed ? __real_calloc(n, size) : __real_realloc(old, n * size);
        if (block && place < MOST_BLOCKS) {
            heap.blocks[place] = block;
            heap.n_blocks += place == heap.n_blocks;
        }
    }
    pthread_mutex_unlock(&heap.lock);
    return block;
}

void *__wrap_malloc(size_t size)
{
    return allocate(NULL, 1, size, false);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return allocate(NULL, n, size, true);
}

void *__wrap_realloc(void *block, size_t size)
{
    return allocate(block, 1, size, false);
}

void __wrap_free(void *block)
{
    pthread_mutex_lock(&heap.lock);
    if (block)
        forget_block(block);
    pthread_mutex_unlock(&heap.lock);
    __real_free(block);
}

/* Runs call with its 1st, 2nd, 3rd ... allocation failing until it succeeds. Each time it must say PP_MEMORY in its code and message, and
 * leave no block behind; call itself frees what a success gives. @return allocations of a success */
static size_t fail_each_allocation(pp_code (*call)(void *user, pp_error *err), void *user, const char *what)
{
    for (size_t k = 1;; k++) {
        pp_error err = { .code = PP_OK };
        heap.n_blocks = heap.n_allocations = 0; /* what is there already is not looked at: a library may free it */
        heap.fail_at = k;
        pp_code code = call(user, &err);
        bool failed = heap.n_allocations >= k;
        heap.fail_at = 0;
        if (heap.n_blocks)
            fail_msg("%s: allocation %zu failed, and %zu blocks were left", what, k, heap.n_blocks);
        if (!failed) {
            if (code < 0)
                fail_msg("%s: fails with all memory there is: %s", what, err.message);
            return k - 1;
        }
        if (code != PP_MEMORY || err.code != PP_MEMORY || !strstr(err.message, "out of memory"))
            fail_msg("%s: allocation %zu failed: code %d, '%s'", what, k, code, err.message);
    }
}

#endif
