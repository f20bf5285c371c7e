/* pursuit_set.c - sets of pixels with what each member is worth, and how sure that is. */
#include "attack/pursuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_key(const void *left, const void *right)
{
    const pp_keyed *a = left, *b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key) : (a->index > b->index) - (a->index < b->index);
}

void pp_keyed_sort(pp_keyed *list, size_t n)
{
    qsort(list, n, sizeof *list, by_key);
}

void pp_set_copy(pp_set *to, const pp_set *from)
{
    to->n = from->n;
    to->unit = from->unit;
    to->margin = from->margin;
    memmove(to->pixels, from->pixels, from->n * sizeof *from->pixels);
    memmove(to->worth, from->worth, from->n * sizeof *from->worth);
    memmove(to->doubt, from->doubt, from->n * sizeof *from->doubt);
}

bool pp_same_pixel(const pp_pixel *a, const pp_pixel *b)
{
    return a->x == b->x && a->y == b->y && memcmp(a->value, b->value, sizeof a->value) == 0;
}

void pp_set_make(pp_set *set, const pp_pixel *pixels, size_t n, double worth)
{
    set->n = n;
    memcpy(set->pixels, pixels, n * sizeof *pixels);
    for (size_t i = 0; i < n; i++) {
        set->worth[i] = (float)worth;
        set->doubt[i] = 1;
    }
}

double pp_doubt(double unit, const pp_pixel *member, const pp_pixel *pixel)
{
    static const double ANYWHERE = 0.001;
    return ANYWHERE + pp_effects_overlap(unit, member, pixel);
}

/* A pixel came or went. */
static void raise_doubts(pp_set *set, const pp_pixel *pixel)
{
    for (size_t i = 0; i < set->n; i++)
        set->doubt[i] += (float)pp_doubt(set->unit, &set->pixels[i], pixel);
}

void pp_set_add(pp_set *set, pp_pixel pixel, double worth, double doubt)
{
    if (set->n == PP_MOST_MEMBERS)
        return;
    raise_doubts(set, &pixel);
    set->doubt[set->n] = (float)doubt;
    set->pixels[set->n] = pixel;
    set->worth[set->n++] = (float)worth;
}

void pp_set_remove(pp_set *set, size_t i)
{
    pp_pixel pixel = set->pixels[i];
    size_t n_after = --set->n - i;
    memmove(&set->pixels[i], &set->pixels[i + 1], n_after * sizeof *set->pixels);
    memmove(&set->worth[i], &set->worth[i + 1], n_after * sizeof *set->worth);
    memmove(&set->doubt[i], &set->doubt[i + 1], n_after * sizeof *set->doubt);
    raise_doubts(set, &pixel);
}

void pp_set_exchange(pp_set *set, size_t i, pp_pixel pixel, double worth)
{
    pp_pixel before = set->pixels[i];
    float doubt = set->doubt[i];
    raise_doubts(set, &before);
    raise_doubts(set, &pixel);
    set->pixels[i] = pixel;
    set->worth[i] = (float)worth;
    set->doubt[i] = doubt;
}

size_t pp_doubted(const pp_set *set, size_t *members, size_t n)
{
    static const double DOUBTFUL = 0.25;
    size_t n_doubted = 0;
    for (size_t i = 0; i < n; i++)
        if (set->doubt[members[i]] > DOUBTFUL) {
            size_t member = members[i];
            members[i] = members[n_doubted];
            members[n_doubted++] = member;
        }
    return n_doubted;
}

static int by_index_downwards(const void *left, const void *right)
{
    const pp_keyed *a = left, *b = right;
    return (a->index < b->index) - (a->index > b->index);
}

void pp_set_remove_all(pp_set *set, pp_keyed *members, size_t n)
{
    qsort(members, n, sizeof *members, by_index_downwards); /* so that those still to go stay where they are */
    for (size_t i = 0; i < n; i++)
        pp_set_remove(set, members[i].index);
}

void pp_set_order(const pp_set *set, double noise, pp_rng *rng, pp_keyed order[PP_MOST_MEMBERS])
{
    double total = 0;
    for (size_t i = 0; i < set->n; i++)
        total += fabs((double)set->worth[i]);
    for (size_t i = 0; i < set->n; i++)
        order[i] = (pp_keyed){ set->worth[i] + noise * total / (double)set->n * pp_rng_normal(rng), i };
    pp_keyed_sort(order, set->n);
}
