/* pareto.c - keeps the lowest probability for each number of pixels. */
#include "attack/pareto.h"

static size_t slot_of(size_t n_pixels)
{
    size_t slot = PP_PARETO_EACH;
    if (n_pixels < PP_PARETO_EACH)
        return n_pixels;
    for (n_pixels /= 2; n_pixels >= PP_PARETO_EACH; n_pixels /= 2)
        slot++;
    return slot;
}

void pp_pareto_add(pp_pareto *pareto, size_t n_pixels, double p_original)
{
    pp_pareto_point *seen = &pareto->slots[slot_of(n_pixels)];
    if (seen->n_pixels == 0 || p_original < seen->p_original || (p_original == seen->p_original && n_pixels < seen->n_pixels))
        *seen = (pp_pareto_point){ n_pixels, p_original };
}

size_t pp_pareto_front(const pp_pareto *pareto, pp_pareto_point *front)
{
    size_t n = 0;
    for (size_t i = 0; i < PP_PARETO_SLOTS; i++) {
        const pp_pareto_point *seen = &pareto->slots[i];
        if (seen->n_pixels && (n == 0 || seen->p_original < front[n - 1].p_original))
            front[n++] = *seen;
    }
    return n;
}
