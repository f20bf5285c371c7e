/* dgde_reference.h - the operators of DGDE as a textbook has them: slow, in doubles, one chromosome at a time. They are the meaning of
 * src/attack/dgde.c. */
#ifndef PP_TESTS_DGDE_REFERENCE_H
#define PP_TESTS_DGDE_REFERENCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* Which of n pixels a chromosome (gene 0, then n keys) keeps: rank every key by counting the smaller ones (ties: lower index first). */
static inline void reference_subset(const float *chromosome, size_t n, bool *kept)
{
    size_t n_kept = (size_t)ceil((double)chromosome[0] * (double)n);
    n_kept = n_kept < 1 ? 1 : n_kept;
    for (size_t j = 0; j < n; j++) {
        size_t rank = 0;
        for (size_t k = 0; k < n; k++)
            rank += chromosome[1 + k] < chromosome[1 + j] || (chromosome[1 + k] == chromosome[1 + j] && k < j);
        kept[j] = rank < n_kept;
    }
}

/* V = X_r1 + F (X_r2 - X_r3), mirrored at the bounds of [0, 1]. */
static inline double reference_mutant(double x1, double x2, double x3, double F)
{
    double v = x1 + F * (x2 - x3);
    while (v < 0 || v > 1)
        v = v < 0 ? -v : 2 - v;
    return v;
}

/* Eq. 12: the mutant's gene if rand <= CR or j = j_rand, else the parent's. */
static inline float reference_crossed(float parent, float mutant, float rand, float CR, bool is_j_rand)
{
    return rand <= CR || is_j_rand ? mutant : parent;
}

/* 2 - |kept| / |G_0| if it flips, 1 - f if not. */
static inline double reference_fitness(bool flips, size_t n_kept, size_t n_start, double f)
{
    return flips ? 2 - (double)n_kept / (double)n_start : 1 - f;
}

#endif
