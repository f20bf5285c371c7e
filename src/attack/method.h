/* method.h - what a search method is: one file that ends in a const struct, one line in methods.c, one page of documentation.
 *
 * run.c owns the loop, the budget, the best result and the trace; a method does one step at a time and reports what flips. */
#ifndef PP_ATTACK_METHOD_H
#define PP_ATTACK_METHOD_H

#include "attack/constraint.h"
#include "attack/params.h"
#include "base/rng.h"
#include "oracle/oracle.h"

typedef struct pp_run pp_run;

/* Another method in the same run, with its defaults: before this one, or after it. */
typedef struct pp_partner {
    const pp_method *method;
    const char *option; /* that asks for it */
    bool before;
    bool after_init;    /* the first of the two does no step: what it begins with is what is wanted */
    double share;       /* of the budget, that the first of the two may spend; 0 to 1 */
} pp_partner;

struct pp_method {
    const char *name, *summary, *source;
    const pp_param *rows;  /* the method's own parameters */
    size_t own_size;       /* of the struct they fill */
    size_t n_changes;      /* pixels in which most candidates differ from what pp_oracle_expect was told last; 0: nearly all */
    unsigned keeps;        /* PP_KEEPS_...: constraints that the method keeps to; others are refused before the run */
    bool needs_scores;     /* a margin of 1 and -1 says nothing to it: no --labels-only */
    bool dense;            /* changes nearly every pixel on purpose: its pixels are kept as a picture only */
    /* Memory the method needs for an image with n_pixels pixels; run.c gives it zeroed as run->state. 0 on overflow. */
    size_t (*state_size)(const pp_params *params, size_t n_pixels);
    /* Before the first step; may spend queries. */
    pp_code (*init)(pp_run *run, pp_error *err);
    /* One generation. PP_OK: go on, unless run->stop was set. Also PP_BUDGET or PP_INTERRUPTED as the oracle gave it. */
    pp_code (*step)(pp_run *run, pp_error *err);
    /* (optional) The partner that the parameters ask for. A method that comes second finds the first one's result in run->best.
     * @return false: none */
    bool (*partner)(const pp_params *params, pp_partner *partner);
};

/* Other images of the same run that are of the goal's class already. NULL where there are none. */
typedef struct pp_donors {
    size_t n;
    pp_code (*load)(void *user, size_t index, pp_image **image, pp_error *err); /* *image: the caller's */
    void *user;
} pp_donors;

/* One attack on one image, as a method sees it. */
struct pp_run {
    const pp_method *method;  /* of the leg that is run, like params and state (relay.h) */
    const pp_params *params;
    pp_oracle *oracle;
    const pp_image *original;
    const pp_donors *donors; /* may be NULL */
    pp_rng rng;
    void *state;
    pp_image *canvas;        /* scratch for the method: an image of the original's size */
    pp_pixel *scratch;       /* likewise: room for every pixel */
    pp_constraint constraint; /* where pixels may be changed, and how far */
    bool gray;               /* new colours have r = g = b */
    pp_stop stop;            /* set by the method or by run.c when there is nothing more to do */
    uint64_t generation;     /* 0 in init, 1 in the first step */

    /* The best result so far: fewest pixels that reach the goal. n_best = 0: none yet. */
    size_t n_best;
    pp_pixel *best;          /* room for every pixel */
    pp_verdict best_verdict;
    int locally_minimal;     /* as in pp_result; set at the end */

    /* Which noise flipped first (noise.c). */
    const char *rung;
    uint64_t rung_queries;
    bool strict_flip;

    struct pp_certifier *certifier; /* certify.c's own; NULL without --certify */
    struct pp_recorder *recorder; /* run.c's own: the trace */
    struct pp_relay *relay;       /* likewise: the methods */
};

/* Reports a candidate that reached the goal: kept if it has fewer pixels than the best. A pixel counts once, and not if it has the
 * original's colour. Uses canvas and scratch; pixels must not be scratch. */
void pp_run_report(pp_run *run, const pp_pixel *pixels, size_t n, const pp_verdict *verdict);

/* The methods in the order that help shows them, ended by NULL. */
extern const pp_method *const pp_methods[];
const pp_method *pp_method_find(const char *name);
/* One more of a list of methods: "dgde, noise". */
void pp_method_add_name(char list[200], const pp_method *method);

extern const pp_method pp_method_pursuit, pp_method_noise, pp_method_dgde, pp_method_onepixel, pp_method_sparse_rs,
    pp_method_brusli, pp_method_sparse_evo;

#endif
