/* pursuit_effects.c - what a pixel would do, from what others did: kriging (Krige 1951; a Gaussian process) on the nearest observations.
 *
 * Effects are smooth in place, and alike for like colours (measured: correlation 0.9 at two pixels' distance, 0.6 at eight, 0.3 at
 * sixteen; 0.7 to 0.95 where one channel differs). They hold in the context they were measured in: near a pixel that came or went an
 * observation is worth little from then on, elsewhere a little less. */
#include "attack/pursuit.h"

#include <math.h>
#include <stdlib.h>

enum { NEAREST = 20 };
static const double LENGTH = 15;    /* pixels over which the correlation falls to 1/e */
static const double COLOUR = 0.22;  /* minus the logarithm of the correlation between two ends of a channel */
static const double NUGGET = 0.05;  /* of the variance: what neighbours do not share */
static const double AGEING = 0.02;  /* added to an observation's noise by a change anywhere, */
static const double NEARBY = 3;     /* and by one at its place */
static const double FARTHEST = 4;   /* in lengths: beyond it nothing is shared */

static double distance(const pp_pixel *a, const pp_pixel *b)
{
    double dx = (double)a->x - b->x, dy = (double)a->y - b->y;
    return sqrt(dx * dx + dy * dy) / LENGTH;
}

static double apart_in_colour(const pp_pixel *a, const pp_pixel *b)
{
    int sum = 0;
    for (int c = 0; c < 3; c++)
        sum += abs((int)a->value[c] - (int)b->value[c]);
    return COLOUR / 255 * sum;
}

double pp_effects_correlation(const pp_pixel *a, const pp_pixel *b)
{
    double apart = distance(a, b);
    return apart > FARTHEST ? 0 : exp(-apart - apart_in_colour(a, b));
}

static void update_moments(pp_effects *effects)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < effects->n; i++) {
        sum += effects->items[i].effect;
        squares += (double)effects->items[i].effect * effects->items[i].effect;
    }
    effects->mean = sum / (double)effects->n;
    effects->variance = fmax(squares / (double)effects->n - effects->mean * effects->mean, 1e-12);
}

void pp_effects_add(pp_effects *effects, const pp_pixel *pixel, double effect)
{
    effects->items[effects->next] = (pp_observation){ *pixel, (float)effect, (float)NUGGET };
    effects->next = (effects->next + 1) % PP_MOST_OBSERVATIONS;
    effects->n += effects->n < PP_MOST_OBSERVATIONS;
    update_moments(effects);
}

void pp_effects_disturb(pp_effects *effects, const pp_pixel *pixel)
{
    for (size_t i = 0; i < effects->n; i++) {
        double apart = distance(&effects->items[i].pixel, pixel);
        effects->items[i].noise += (float)(AGEING + (apart > FARTHEST ? 0 : NEARBY * exp(-apart)));
    }
}

/* The nearest observations, nearest first. @return how many */
static size_t find_nearest(const pp_effects *effects, const pp_pixel *pixel, const pp_observation *nearest[NEAREST], double share[NEAREST])
{
    size_t n = 0;
    for (size_t i = 0; i < effects->n; i++) {
        double s = pp_effects_correlation(&effects->items[i].pixel, pixel);
        if (s == 0 || (n == NEAREST && s <= share[n - 1]))
            continue;
        size_t at = n < NEAREST ? n++ : n - 1;
        for (; at > 0 && share[at - 1] < s; at--) {
            share[at] = share[at - 1];
            nearest[at] = nearest[at - 1];
        }
        share[at] = s;
        nearest[at] = &effects->items[i];
    }
    return n;
}

/* Solves K w = b in place of b, K symmetric, positive definite, lower half given and overwritten (Cholesky). */
static void solve(double K[NEAREST][NEAREST], double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = K[i][j];
            for (size_t k = 0; k < j; k++)
                sum -= K[i][k] * K[j][k];
            K[i][j] = i == j ? sqrt(fmax(sum, 1e-9)) : sum / K[j][j];
        }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= K[i][k] * b[k];
        b[i] /= K[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= K[k][i] * b[k];
        b[i] /= K[i][i];
    }
}

void pp_effects_predict(const pp_effects *effects, const pp_pixel *pixel, double *mean, double *spread)
{
    const pp_observation *nearest[NEAREST];
    double share[NEAREST], weight[NEAREST], K[NEAREST][NEAREST], explained = 0;
    size_t n = find_nearest(effects, pixel, nearest, share);
    for (size_t i = 0; i < n; i++) {
        weight[i] = share[i];
        for (size_t j = 0; j < i; j++)
            K[i][j] = pp_effects_correlation(&nearest[i]->pixel, &nearest[j]->pixel);
        K[i][i] = 1 + nearest[i]->noise;
    }
    solve(K, weight, n);
    *mean = effects->mean;
    for (size_t i = 0; i < n; i++) {
        *mean += weight[i] * (nearest[i]->effect - effects->mean);
        explained += weight[i] * share[i];
    }
    *spread = sqrt(effects->variance * fmax(1 - explained, 1e-6));
}

double pp_effects_improvement(const pp_effects *effects, const pp_pixel *pixel, double over)
{
    double mean, spread;
    pp_effects_predict(effects, pixel, &mean, &spread);
    double z = (mean - over) / spread;
    return (mean - over) * 0.5 * erfc(-z / sqrt(2)) + spread * exp(-z * z / 2) / sqrt(2 * 3.14159265358979);
}
