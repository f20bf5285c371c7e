/* begun.h - a method begun on a small image, for tests that call its own functions one by one. */
#ifndef PP_TESTS_BEGUN_H
#define PP_TESTS_BEGUN_H

#include "support.h"

#include "attack/constraint.h"
#include "attack/method.h"

enum { SIDE = 9, HEIGHT = 7, N_PLACES = SIDE * HEIGHT };

typedef struct fixture {
    pp_run run;
    pp_params params;
    pp_image original;
    uint8_t data[N_PLACES * 3]; /* filled before */
    pp_oracle oracle;
} fixture;

/* own: the method's parameters, until tear_down. */
static inline void begin_method(fixture *f, const pp_method *method, void *own, int channels, uint64_t seed)
{
    f->oracle.queries = 1;
    f->original = (pp_image){ .width = SIDE, .height = HEIGHT, .channels = channels, .data = f->data };
    f->params.own = own;
    f->run.params = &f->params;
    f->run.original = &f->original;
    f->run.oracle = &f->oracle;
    f->run.state = calloc(1, method->state_size(&f->params, N_PLACES));
    pp_rng_seed(&f->run.rng, seed);
    assert_int_equal(pp_constraint_init(&f->run.constraint, &f->original, NULL, &f->params, NULL), PP_OK);
    assert_int_equal(method->init(&f->run, NULL), PP_OK);
}

static inline void tear_down(fixture *f)
{
    pp_constraint_clear(&f->run.constraint);
    free(f->run.state);
}

#endif
