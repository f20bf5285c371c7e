/* relay.h - the methods of one run: mostly one; or two, where the second goes on from the first one's result in the same budget. */
#ifndef PP_ATTACK_RELAY_H
#define PP_ATTACK_RELAY_H

#include "attack/method.h"

/* One method of a run, with its own parameters and state. */
typedef struct pp_leg {
    const pp_params *params;
    pp_params *made; /* what params points to, if it is the partner's; else NULL */
    void *state;
} pp_leg;

typedef struct pp_relay {
    pp_leg legs[2];
    size_t n, at;       /* legs; the one that is run */
    pp_partner partner; /* if there are two */
} pp_relay;

/* All memory that the legs need for an image of n_pixels. relay: all zero before, pp_relay_clear after, also on failure. params: borrowed. */
pp_code pp_relay_init(pp_relay *relay, const pp_params *params, size_t n_pixels, pp_error *err);
void pp_relay_clear(pp_relay *relay);

/* The run's method, parameters and state become those of the leg that is run. */
void pp_relay_enter(pp_run *run);
/* Whether another leg follows on what the last one ended with (its code, and run->stop): it is entered then. */
bool pp_relay_goes_on(pp_run *run, pp_code code);
/* Whether the leg has done what it is there for. */
bool pp_relay_is_handed_over(const pp_relay *relay);
/* Of a budget, the part that the leg that is run may have spent at its end. 0: no limit. */
double pp_relay_limit(const pp_relay *relay, double budget);

/* The method that takes part by an option of params' method. @return false: none */
bool pp_relay_partner(const pp_params *params, pp_partner *partner);

#endif
