/* pursuit_set.c - sets of pixels with what each member is worth. */
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
    to->margin = from->margin;
    memmove(to->pixels, from->pixels, from->n * sizeof *from->pixels);
    memmove(to->worth, from->worth, from->n * sizeof *from->worth);
}

void pp_set_add(pp_set *set, pp_pixel pixel, double worth)
{
    if (set->n == PP_MOST_MEMBERS)
        return;
    set->pixels[set->n] = pixel;
    set->worth[set->n++] = (float)worth;
}

void pp_set_remove(pp_set *set, size_t i)
{
    set->n--;
    set->pixels[i] = set->pixels[set->n];
    set->worth[i] = set->worth[set->n];
}

static int by_index_downwards(const void *left, const void *right)
{
    const pp_keyed *a = left, *b = right;
    return (a->index < b->index) - (a->index > b->index);
}

void pp_set_remove_all(pp_set *set, pp_keyed *members, size_t n)
{
    qsort(members, n, sizeof *members, by_index_downwards); /* so that the others stay where they are */
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
