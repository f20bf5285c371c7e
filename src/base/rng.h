/* rng.h - the one source of randomness: xoshiro256** 1.0 (Blackman & Vigna 2018), seeded through splitmix64.
 *
 * One generator for each (seed, image, method), so that an image gives the same result alone and in a set of a thousand. */
#ifndef PP_BASE_RNG_H
#define PP_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct pp_rng {
    uint64_t s[4];
} pp_rng;

/* The state that splitmix64 makes of seed, as the authors recommend. */
void pp_rng_seed(pp_rng *rng, uint64_t seed);

/* Seed for one attack: the user's seed, mixed with what is attacked and how. digest: n bytes, such as an image's SHA-256. */
void pp_rng_seed_for(pp_rng *rng, uint64_t seed, const uint8_t *digest, size_t n, const char *purpose);

uint64_t pp_rng_next(pp_rng *rng);

/* Uniform in [0, n), without bias (Lemire 2019). n > 0. */
uint64_t pp_rng_below(pp_rng *rng, uint64_t n);

/* Three different indices in [0, n), none of them i: r1, r2, r3 of DE/rand/1. n >= 4. */
void pp_rng_three_others(pp_rng *rng, size_t n, size_t i, size_t r[3]);

/* Uniform in [0, 1): 53 bits, and 24 bits. */
double pp_rng_unit(pp_rng *rng);
float pp_rng_unit_float(pp_rng *rng);

/* Standard normal (Box & Muller 1958, the cosine branch only: no hidden state). */
double pp_rng_normal(pp_rng *rng);

#endif
