/* pareto.h - pixels against confidence: for each number of pixels the lowest probability of the original's class with which the goal was
 * reached. More pixels make a surer flip; which of the pairs is worth having is for the reader to say. */
#ifndef PP_ATTACK_PARETO_H
#define PP_ATTACK_PARETO_H

#include "pinprick/pinprick.h"

/* A slot for each number of pixels below PP_PARETO_EACH, then one for each doubling: bounded, whatever the image's size. */
enum { PP_PARETO_EACH = 1024, PP_PARETO_SLOTS = PP_PARETO_EACH + 22 };

/* All zero: nothing seen. */
typedef struct pp_pareto {
    pp_pareto_point slots[PP_PARETO_SLOTS]; /* n_pixels 0: nothing seen */
} pp_pareto;

/* n_pixels: 1 to 65535 x 65535. */
void pp_pareto_add(pp_pareto *pareto, size_t n_pixels, double p_original);
/* Those that no other beats in one without losing in the other: fewest pixels first, so P falls strictly. front: room for PP_PARETO_SLOTS.
 * @return how many */
size_t pp_pareto_front(const pp_pareto *pareto, pp_pareto_point *front);

#endif
