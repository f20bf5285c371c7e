/* pursuit_strides.c - where in the strides of a classifier its few pixels lie.
 *
 * Convolutions go over an image in strides of 2, 4, 8 or 16 pixels: what a classifier sees of a pixel depends on its place modulo these. Which
 * places count is for the members to tell that the search could not do without. On a ResNet-50, 78 of the 80 pixels that eight attacks ended
 * with have odd x; every other of those that were tried had not (docs/methods.md). Where they lie as if by chance, no place is favoured. */
#include "attack/pursuit.h"

#include <math.h>
#include <stdlib.h>

enum { AROUND = 2 };              /* places to either side that are much the same */
static const double CHANCE = 4;   /* a deviation is believed as far as its square is beyond so many times what chance makes expect */

void pp_strides_init(pp_strides *strides)
{
    for (int axis = 0; axis < 2; axis++)
        for (int at = 0; at < PP_STRIDE; at++)
            strides->favour[axis][at] = 1;
}

/* How much of a deviation is to be believed, 0 to 1, by its square and what chance makes expect of that (shrinkage as in James & Stein 1961). */
static double believed(double square, double by_chance)
{
    return square > CHANCE * by_chance ? 1 - CHANCE * by_chance / square : 0;
}

/* By how much more members than of `all` spread evenly are even (0), or odd (1); as a share. */
static void weigh_parity(const double count[PP_STRIDE], double all, double more[2])
{
    double even = 0;
    for (int at = 0; at < PP_STRIDE; at += 2)
        even += count[at];
    more[0] = 2 * even / all - 1;
    more[0] *= believed(more[0] * more[0], 1 / all);
    more[1] = -more[0];
}

/* By how much more members than of `all` spread evenly are at a place and around it (triangular kernel); as a share. */
static void weigh_places(const double count[PP_STRIDE], double all, double more[PP_STRIDE])
{
    double square = 0, weights = 0, squared_weights = 0;
    for (int by = -AROUND; by <= AROUND; by++) {
        double weight = AROUND + 1 - abs(by);
        weights += weight;
        squared_weights += weight * weight;
    }
    for (int at = 0; at < PP_STRIDE; at++) {
        double sum = 0;
        for (int by = -AROUND; by <= AROUND; by++)
            sum += (AROUND + 1 - abs(by)) * count[(at + by + PP_STRIDE) % PP_STRIDE];
        more[at] = sum / weights * PP_STRIDE / all - 1;
        square += more[at] * more[at] / PP_STRIDE;
    }
    double share = believed(square, PP_STRIDE * squared_weights / (weights * weights) / all);
    for (int at = 0; at < PP_STRIDE; at++)
        more[at] *= share;
}

void pp_strides_learn(pp_strides *strides, const pp_pixel *pixels, size_t n)
{
    for (int axis = 0; axis < 2 && n; axis++) {
        double count[PP_STRIDE] = { 0 }, parity[2], places[PP_STRIDE];
        for (size_t i = 0; i < n; i++)
            count[(axis ? pixels[i].y : pixels[i].x) % PP_STRIDE]++;
        weigh_parity(count, (double)n, parity);
        weigh_places(count, (double)n, places);
        for (int at = 0; at < PP_STRIDE; at++)
            strides->favour[axis][at] = (1 + parity[at % 2]) * (1 + places[at]);
    }
}

double pp_strides_favour(const pp_strides *strides, const pp_pixel *pixel)
{
    return strides->favour[0][pixel->x % PP_STRIDE] * strides->favour[1][pixel->y % PP_STRIDE];
}
