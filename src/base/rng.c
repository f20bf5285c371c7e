/* rng.c - xoshiro256** 1.0 (Blackman & Vigna 2018) and what is drawn from it. */
#include "base/rng.h"

#include <math.h>

static const double TWO_PI = 6.283185307179586;

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void pp_rng_seed(pp_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix64(&seed);
}

void pp_rng_seed_for(pp_rng *rng, uint64_t seed, const uint8_t *digest, size_t n, const char *purpose)
{
    uint64_t state = seed;
    uint64_t mixed = splitmix64(&state);
    for (size_t i = 0; i < n; i++) {
        state ^= digest[i];
        mixed = splitmix64(&state);
    }
    for (; *purpose; purpose++) {
        state ^= (uint8_t)*purpose;
        mixed = splitmix64(&state);
    }
    pp_rng_seed(rng, mixed);
}

uint64_t pp_rng_next(pp_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t pp_rng_below(pp_rng *rng, uint64_t n)
{
    uint64_t threshold = -n % n; /* products whose low half lies below would make some values likelier */
    for (;;) {
        __extension__ unsigned __int128 product = (unsigned __int128)pp_rng_next(rng) * n;
        if ((uint64_t)product >= threshold)
            return (uint64_t)(product >> 64);
    }
}

void pp_rng_three_others(pp_rng *rng, size_t n, size_t i, size_t r[3])
{
    for (size_t k = 0; k < 3; k++)
        do
            r[k] = (size_t)pp_rng_below(rng, n);
        while (r[k] == i || (k > 0 && r[k] == r[0]) || (k > 1 && r[k] == r[1]));
}

double pp_rng_unit(pp_rng *rng)
{
    return (double)(pp_rng_next(rng) >> 11) * 0x1.0p-53;
}

float pp_rng_unit_float(pp_rng *rng)
{
    return (float)(pp_rng_next(rng) >> 40) * 0x1.0p-24f;
}

double pp_rng_normal(pp_rng *rng)
{
    double radius = sqrt(-2.0 * log(1.0 - pp_rng_unit(rng)));
    return radius * cos(TWO_PI * pp_rng_unit(rng));
}
