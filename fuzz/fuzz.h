/* fuzz.h - what fuzz targets share: libFuzzer's interface, and files in memory that have a path. */
#ifndef PP_FUZZ_FUZZ_H
#define PP_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What an engine calls for each input. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What does not hold is a finding as a crash is. */
#define REQUIRE(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

/* Makes a file in memory that is /proc/self/fd/NUMBER, a regular file as others are. */
static inline void make_memory_file(int number)
{
    int file = memfd_create("fuzz", 0);
    REQUIRE(file >= 0 && dup2(file, number) == number);
    close(file);
}

static inline void fill_memory_file(int number, const uint8_t *data, size_t size)
{
    REQUIRE(ftruncate(number, 0) == 0 && pwrite(number, data, size, 0) == (ssize_t)size);
}

#endif
