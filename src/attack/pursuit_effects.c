/* pursuit_effects.c - what a pixel would do, from what others did: kriging (Krige 1951; a Gaussian process) on the nearest observations.
 *
 * What it rests on was measured on several classifiers (docs/methods.md):
 * - Effects are smooth in place, and alike for like colours: correlation 0.9 at two pixels' distance, 0.6 at eight, 0.4 at sixteen.
 *   Black and white are alike to 0.6, black and blue to 0.97: what a channel counts for is about what the eye makes of it.
 * - The further a pixel is from the original's colour, the more it does, in either direction.
 * - They hold in the set they were measured in. Within some 30 pixels of one that came or went what was good does nothing any more, or harm;
 *   what effects at any places there were then and are now correlates by 0.2 to 0.9. Beyond 60 they are as before. */
#include "attack/pursuit.h"

#include <math.h>
#include <stdlib.h>

enum { NEAREST = 20 };
static const double LENGTH = 15;    /* pixels over which the correlation falls to 1/e */
static const double COLOUR = 0.66;  /* minus the logarithm of the correlation between black and white */
static const double NUGGET = 0.05;  /* of the variance: what neighbours do not share */
static const double FARTHEST = 4;   /* in lengths: beyond it nothing is shared */
static const double REACH = 15;     /* pixels within which one changes what another does */
static const double CHANGED = 2;    /* added to an observation's noise by a change at its place, */
static const double GROWN = 0.02;   /* and by a member more or less anywhere */
static const double CROWDED = 0.3;  /* what is expected beside a member before it was seen: that many typical effects less */
static const double BELIEVED = 1;   /* how much that counts, in observations beside a member */
static const double LEAST_EXTENT = 0.1;
static const double LUMA[3] = { 0.299, 0.587, 0.114 }; /* Rec. ITU-R BT.601 */

static double squared_distance(const pp_pixel *a, const pp_pixel *b)
{
    double dx = (double)a->x - b->x, dy = (double)a->y - b->y;
    return dx * dx + dy * dy;
}

/* 0 to 1: black and white. */
static double apart_in_colour(const pp_pixel *a, const pp_pixel *b)
{
    double sum = 0;
    for (int c = 0; c < 3; c++)
        sum += LUMA[c] * abs((int)a->value[c] - (int)b->value[c]);
    return sum / 255;
}

double pp_effects_correlation(double unit, const pp_pixel *a, const pp_pixel *b)
{
    double squared = squared_distance(a, b) * unit * unit;
    return squared > FARTHEST * LENGTH * FARTHEST * LENGTH ? 0 : exp(-sqrt(squared) / LENGTH - COLOUR * apart_in_colour(a, b));
}

/* Of two pixels that are so far apart; squared: in pixels. */
static double overlap_at(double unit, double squared)
{
    static const double NOTHING = 2.2; /* reaches: less than a hundredth */
    squared = squared * unit * unit / (REACH * REACH);
    return squared > NOTHING * NOTHING ? 0 : exp(-squared);
}

double pp_effects_overlap(double unit, const pp_pixel *a, const pp_pixel *b)
{
    return overlap_at(unit, squared_distance(a, b));
}

double pp_context_nearest(pp_context set, const pp_pixel *pixel)
{
    double least = INFINITY;
    for (size_t m = 0; m < set.n; m++)
        if (&set.pixels[m] != set.except)
            least = fmin(least, squared_distance(&set.pixels[m], pixel));
    return least;
}

/* One of a list: how near it is, 0 to 1, and which. */
typedef struct neighbour {
    double share;
    size_t index;
} neighbour;

/* Puts one that shares something into a list of at most `most`, the nearest first, if it is among them. */
static void keep_if_near(neighbour *list, size_t *n, size_t most, double share, size_t index)
{
    if (share <= 0 || (*n == most && share <= list[*n - 1].share))
        return;
    size_t at = *n < most ? (*n)++ : *n - 1;
    for (; at > 0 && list[at - 1].share < share; at--)
        list[at] = list[at - 1];
    list[at] = (neighbour){ share, index };
}

static double extent(const pp_effects *effects, const pp_pixel *pixel)
{
    pp_pixel own = *pixel;
    pp_image_get(effects->original, &own);
    return LEAST_EXTENT + apart_in_colour(pixel, &own);
}

/* Classifiers of smaller images look more closely; those of larger ones are mostly made of the same layers. */
void pp_effects_init(pp_effects *effects, const pp_image *original)
{
    static const double USUAL_SIDE = 224;
    *effects = (pp_effects){ .original = original };
    effects->unit = fmax(1, USUAL_SIDE / sqrt((double)original->width * original->height));
}

/* ---- Observations ------------------------------------------------------------------------------------------------ */

static double by_extent(const pp_observation *o)
{
    return o->effect / o->extent;
}

static void update_mean(pp_effects *effects)
{
    double sum = 0;
    for (size_t i = 0; i < effects->n; i++)
        sum += effects->items[i].effect;
    effects->mean = sum / (double)effects->n;
}

/* What a member near by does to an effect: a line by least squares. Its slope alone is kept. Where there is no member, nothing is expected:
 * what was measured had been chosen for what it promised, and the mean of that says little of pixels at large. */
static void fit_trend(pp_effects *effects)
{
    double y = 0, yy = 0, c = 0, cc = 0, cy = 0, n = (double)effects->n, squares = 0;
    for (size_t i = 0; i < effects->n; i++) {
        double effect = by_extent(&effects->items[i]), crowd = effects->items[i].crowd;
        y += effect;
        yy += effect * effect;
        c += crowd;
        cc += crowd * crowd;
        cy += crowd * effect;
    }
    effects->beside = (cy - c * y / n - BELIEVED * CROWDED * sqrt(yy / n)) / (cc - c * c / n + BELIEVED);
    for (size_t i = 0; i < effects->n; i++) {
        double rest = by_extent(&effects->items[i]) - effects->beside * effects->items[i].crowd;
        squares += rest * rest;
    }
    effects->scale = sqrt(fmax(squares / n, 1e-12));
}

/* Keeps the members nearest by, nearest first. */
static void remember(pp_observation *o, pp_context context, double unit)
{
    neighbour list[PP_MOST_NEAR_BY] = { 0 };
    for (size_t m = 0; m < context.n; m++)
        if (&context.pixels[m] != context.except)
            keep_if_near(list, &o->n_near, PP_MOST_NEAR_BY, pp_effects_overlap(unit, &o->pixel, &context.pixels[m]), m);
    for (size_t k = 0; k < o->n_near; k++)
        o->near_by[k] = context.pixels[list[k].index];
    o->n_set = context.n - (context.except != NULL);
    o->crowd = list[0].share;
    o->least = o->n_near == PP_MOST_NEAR_BY ? list[o->n_near - 1].share : 0;
}

void pp_effects_add(pp_effects *effects, const pp_pixel *pixel, double effect, pp_context context)
{
    pp_observation *o = &effects->items[effects->next];
    *o = (pp_observation){ .pixel = *pixel, .effect = (float)effect, .extent = (float)extent(effects, pixel), .noise = (float)NUGGET };
    remember(o, context, effects->unit);
    effects->next = (effects->next + 1) % PP_MOST_OBSERVATIONS;
    effects->n += effects->n < PP_MOST_OBSERVATIONS;
    update_mean(effects);
    fit_trend(effects);
}

static bool holds(const pp_pixel *list, size_t n, const pp_pixel *except, const pp_pixel *pixel)
{
    for (size_t i = 0; i < n; i++)
        if (&list[i] != except && pp_same_pixel(&list[i], pixel))
            return true;
    return false;
}

/* By how much the members near an observation differ from those in its own set: the overlaps of those that came or went. */
static double changes_near(const pp_observation *o, pp_context now, double unit)
{
    double sum = 0;
    for (size_t m = 0; m < now.n; m++) {
        double shared = &now.pixels[m] == now.except ? 0 : pp_effects_overlap(unit, &o->pixel, &now.pixels[m]);
        if (shared > o->least && !holds(o->near_by, o->n_near, NULL, &now.pixels[m]))
            sum += shared;
    }
    for (size_t k = 0; k < o->n_near; k++)
        if (!holds(now.pixels, now.n, now.except, &o->near_by[k]))
            sum += pp_effects_overlap(unit, &o->pixel, &o->near_by[k]);
    return sum;
}

void pp_effects_look_at(pp_effects *effects, pp_context context)
{
    double n = (double)context.n - (context.except != NULL);
    effects->now = context;
    for (size_t i = 0; i < effects->n; i++) {
        pp_observation *o = &effects->items[i];
        o->noise = (float)(NUGGET + CHANGED * changes_near(o, context, effects->unit) + GROWN * fabs(n - (double)o->n_set));
    }
}

/* ---- Predictions ------------------------------------------------------------------------------------------------- */

/* The overlap with the member nearest to the pixel. */
static double crowd(const pp_effects *effects, const pp_pixel *pixel)
{
    return overlap_at(effects->unit, pp_context_nearest(effects->now, pixel));
}

/* The nearest observations, nearest first. @return how many */
static size_t find_nearest(const pp_effects *effects, const pp_pixel *pixel, neighbour list[NEAREST])
{
    size_t n = 0;
    for (size_t i = 0; i < effects->n; i++)
        keep_if_near(list, &n, NEAREST, pp_effects_correlation(effects->unit, &effects->items[i].pixel, pixel), i);
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
    neighbour list[NEAREST];
    double weight[NEAREST], K[NEAREST][NEAREST], explained = 0;
    size_t n = find_nearest(effects, pixel, list);
    for (size_t i = 0; i < n; i++) {
        nearest[i] = &effects->items[list[i].index];
        weight[i] = list[i].share;
        for (size_t j = 0; j < i; j++)
            K[i][j] = pp_effects_correlation(effects->unit, &nearest[i]->pixel, &nearest[j]->pixel);
        K[i][i] = 1 + nearest[i]->noise;
    }
    solve(K, weight, n);
    double size = extent(effects, pixel);
    *mean = effects->beside * crowd(effects, pixel);
    for (size_t i = 0; i < n; i++) {
        *mean += weight[i] * (by_extent(nearest[i]) - effects->beside * nearest[i]->crowd);
        explained += weight[i] * list[i].share;
    }
    *mean *= size;
    *spread = size * effects->scale * sqrt(fmax(1 - explained, 1e-6));
}

double pp_effects_improvement(const pp_effects *effects, const pp_pixel *pixel, double over)
{
    double mean, spread;
    pp_effects_predict(effects, pixel, &mean, &spread);
    double z = (mean - over) / spread;
    return (mean - over) * 0.5 * erfc(-z / sqrt(2)) + spread * exp(-z * z / 2) / sqrt(2 * 3.14159265358979);
}
