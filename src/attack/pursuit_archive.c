/* pursuit_archive.c - what single pixels did. The effect of a pixel tells much about its neighbours (measured: correlation 0.7 to 0.9 at
 * one pixel's distance, little beyond sixteen) and something about other colours at its place, so a kernel-weighted mean predicts. */
#include "attack/pursuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LENGTH = 5;         /* pixels */
static const double COLOUR_FACTOR = 0.6; /* for each channel that is on the other side */
static const double PRIOR_WEIGHT = 0.5; /* of the mean of all */
static const int REACH = 16;

void pp_archive_add(pp_archive *archive, pp_pixel pixel, double effect)
{
    archive->items[archive->next] = (pp_observation){ pixel, (float)effect };
    archive->next = (archive->next + 1) % PP_MOST_OBSERVATIONS;
    archive->n += archive->n < PP_MOST_OBSERVATIONS;
    archive->ranked = false;
}

typedef struct ranked {
    float effect;
    uint16_t index;
} ranked;

static int by_effect_then_index(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    return a->effect != b->effect ? (a->effect < b->effect) - (a->effect > b->effect) : (a->index > b->index) - (a->index < b->index);
}

static void rank(pp_archive *archive)
{
    ranked list[PP_MOST_OBSERVATIONS];
    double sum = 0, squares = 0;
    for (size_t i = 0; i < archive->n; i++) {
        list[i] = (ranked){ archive->items[i].effect, (uint16_t)i };
        sum += list[i].effect;
        squares += (double)list[i].effect * list[i].effect;
    }
    qsort(list, archive->n, sizeof *list, by_effect_then_index);
    for (size_t i = 0; i < archive->n; i++)
        archive->ranking[i] = list[i].index;
    archive->mean = sum / (double)archive->n;
    archive->spread = sqrt(fmax(squares / (double)archive->n - archive->mean * archive->mean, 1e-12));
    archive->ranked = true;
}

const pp_observation *pp_archive_pick(pp_archive *archive, pp_rng *rng, double share)
{
    if (archive->n == 0)
        return NULL;
    if (!archive->ranked)
        rank(archive);
    size_t n = (size_t)ceil(share * (double)archive->n);
    return &archive->items[archive->ranking[pp_rng_below(rng, n)]];
}

/* Channels that lie in different halves of the range. */
static int channels_apart(const pp_pixel *a, const pp_pixel *b, int channels)
{
    int n = 0;
    for (int c = 0; c < channels; c++)
        n += (a->value[c] >= 128) != (b->value[c] >= 128);
    return n;
}

void pp_archive_predict(const pp_archive *archive, pp_pixel pixel, int channels, double *mean, double *spread)
{
    double weights = PRIOR_WEIGHT, sum = PRIOR_WEIGHT * archive->mean;
    for (size_t i = 0; i < archive->n; i++) {
        const pp_observation *seen = &archive->items[i];
        int dx = (int)seen->pixel.x - pixel.x, dy = (int)seen->pixel.y - pixel.y;
        if (abs(dx) > REACH || abs(dy) > REACH)
            continue;
        double weight = exp(-(dx * dx + dy * dy) / (2 * LENGTH * LENGTH)) *
                        pow(COLOUR_FACTOR, channels_apart(&seen->pixel, &pixel, channels));
        weights += weight;
        sum += weight * seen->effect;
    }
    *mean = sum / weights;
    *spread = archive->spread * sqrt(PRIOR_WEIGHT / weights);
}
