/* pursuit_strides.c - where in the strides of a classifier its few pixels lie.
 *
 * Convolutions go over an image in strides: what a classifier sees of a pixel depends on where it lies within one. Which places count is for the
 * members of a set that reaches the goal to tell: odd or even ones, and roughly where in sixteen. On a ResNet-50, 78 of the 80 pixels that eight
 * attacks ended with have odd x, half of those tried had not (docs/methods.md). Where they lie as if by chance, no place is favoured. */
#include "attack/pursuit.h"

#include <math.h>
#include <stdlib.h>

enum { AROUND = 2 };                   /* places to either side that are much the same */
static const double BEYOND = 4;        /* a deviation is believed as far as its square is beyond so many times what chance makes expect */
static const double EVEN_ENOUGH = 0.1; /* by what share the places that may be changed may differ in number */
enum { FEWEST_PERIODS = 2 };           /* in fewer, where in the image and where in a stride is the same */

/* Whether by that axis (0: x, 1: y) as many pixels may be changed at each place in a period, about, so that members tell something. */
static bool does_tell(const pp_constraint *constraint, int axis)
{
    const pp_image *image = constraint->original;
    size_t count[PP_PERIOD] = { 0 }, least = SIZE_MAX, most = 0;
    if ((axis ? image->height : image->width) < FEWEST_PERIODS * PP_PERIOD)
        return false;
    for (size_t i = 0; i < constraint->n_places; i++) {
        uint32_t at = constraint->places[i], width = (uint32_t)image->width;
        count[(axis ? at / width : at % width) % PP_PERIOD]++;
    }
    for (int place = 0; place < PP_PERIOD; place++) {
        least = count[place] < least ? count[place] : least;
        most = count[place] > most ? count[place] : most;
    }
    return (double)(most - least) <= EVEN_ENOUGH * (double)most;
}

void pp_strides_init(pp_strides *strides, const pp_constraint *constraint)
{
    for (int axis = 0; axis < 2; axis++) {
        strides->tells[axis] = does_tell(constraint, axis);
        for (int place = 0; place < PP_PERIOD; place++)
            strides->favour[axis][place] = 1;
    }
}

/* How much of a deviation is to be believed, 0 to 1, by its square and what chance makes expect of that (as in Breiman's garrote, 1995). */
static double believed(double square, double by_chance)
{
    return square > BEYOND * by_chance ? 1 - BEYOND * by_chance / square : 0;
}

/* By how much more than half of the n members are even (0), or odd (1); as a share. */
static void weigh_parity(const double count[PP_PERIOD], double n, double excess[2])
{
    double even = 0;
    for (int place = 0; place < PP_PERIOD; place += 2)
        even += count[place];
    excess[0] = 2 * even / n - 1;
    excess[0] *= believed(excess[0] * excess[0], 1 / n);
    excess[1] = -excess[0];
}

/* By how much more of the n members are at a place and around it (triangular kernel) than if they were spread evenly; as a share. What chance
 * makes expect is set a third too high. */
static void weigh_places(const double count[PP_PERIOD], double n, double excess[PP_PERIOD])
{
    double square = 0, weights = 0, squared_weights = 0;
    for (int by = -AROUND; by <= AROUND; by++) {
        double weight = AROUND + 1 - abs(by);
        weights += weight;
        squared_weights += weight * weight;
    }
    for (int place = 0; place < PP_PERIOD; place++) {
        double sum = 0;
        for (int by = -AROUND; by <= AROUND; by++)
            sum += (AROUND + 1 - abs(by)) * count[(place + by + PP_PERIOD) % PP_PERIOD];
        excess[place] = sum / weights * PP_PERIOD / n - 1;
        square += excess[place] * excess[place] / PP_PERIOD;
    }
    double share = believed(square, PP_PERIOD * squared_weights / (weights * weights) / n);
    for (int place = 0; place < PP_PERIOD; place++)
        excess[place] *= share;
}

void pp_strides_learn(pp_strides *strides, const pp_pixel *pixels, size_t n)
{
    for (int axis = 0; axis < 2 && n; axis++) {
        double count[PP_PERIOD] = { 0 }, parity[2], places[PP_PERIOD];
        if (!strides->tells[axis])
            continue;
        for (size_t i = 0; i < n; i++)
            count[(axis ? pixels[i].y : pixels[i].x) % PP_PERIOD]++;
        weigh_parity(count, (double)n, parity);
        weigh_places(count, (double)n, places);
        for (int place = 0; place < PP_PERIOD; place++)
            strides->favour[axis][place] = (1 + parity[place % 2]) * (1 + places[place]);
    }
}

double pp_strides_favour(const pp_strides *strides, const pp_pixel *pixel)
{
    return strides->favour[0][pixel->x % PP_PERIOD] * strides->favour[1][pixel->y % PP_PERIOD];
}
