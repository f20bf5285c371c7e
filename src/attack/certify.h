/* certify.h - --certify: at the end of an attack, every single pixel is tried without. Shared by all methods. */
#ifndef PP_ATTACK_CERTIFY_H
#define PP_ATTACK_CERTIFY_H

#include "attack/method.h"

enum { PP_MOST_CERTIFIED = 1024 }; /* larger results are not tried */

typedef struct pp_certifier pp_certifier;
/* free(); NULL: no memory */
pp_certifier *pp_certifier_new(void);

/* Queries that the search should leave: enough to go round the pixels twice. 0 where that would be more than a quarter of the budget. */
uint64_t pp_certify_reserve(const pp_run *run);

/* Tries, as far as the budget goes, and sets run->locally_minimal. @return PP_OK, also where the budget did not do; PP_INTERRUPTED; a failure */
pp_code pp_certify(pp_run *run, pp_error *err);

#endif
