/* ladder.h - for attacks that are made for a number of pixels k that the user gives (Sparse-RS, BruSLi): which k, where none is given.
 *
 * Start with 64. Where k pixels reach the goal, go on with 80 % of them; which ones stay is the method's business. Where they do not for a
 * quarter of the budget, double k, but stay below the best result. */
#ifndef PP_ATTACK_LADDER_H
#define PP_ATTACK_LADDER_H

#include "attack/method.h"

typedef struct pp_ladder {
    bool fixed;     /* k was given and stays */
    size_t k, most; /* pixels now, and at most */
    uint64_t since; /* queries when k was set */
} pp_ladder;

/* pixels: the k that the user gives, or 0. most: there are no more than so many; at least 1. */
void pp_ladder_begin(pp_ladder *ladder, const pp_run *run, uint64_t pixels, size_t most);

/* After each query with k pixels, and after a success was reported: sets the next k, or run->stop. */
void pp_ladder_step(pp_ladder *ladder, pp_run *run, bool reached);

/* The budget that schedules are scaled to: the user's, or the 10,000 of both papers where there is none. */
uint64_t pp_ladder_budget(const pp_run *run);

#endif
