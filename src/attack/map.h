/* map.h - the one-pixel map of an image, some places at a time. Who makes it whole, writes it down and tells of it is report/map_make.c. */
#ifndef PP_ATTACK_MAP_H
#define PP_ATTACK_MAP_H

#include "attack/constraint.h"
#include "oracle/oracle.h"

typedef struct pp_mapping {
    pp_map_result *map;    /* whoever takes it away sets this to NULL */
    pp_image *mask; /* of the constraints; NULL: none */
    pp_constraint constraint;
    pp_oracle oracle;
} pp_mapping;

/* Scores the original and lists the places; no point is done yet. image: borrowed until pp_mapping_end, which is for the caller to call
 * also on failure. @return as pp_map_make */
pp_code pp_mapping_begin(pp_mapping *mapping, pp_model *model, const pp_image *image, size_t stride, const pp_params *params,
                         const volatile int *cancel, pp_error *err);

/* Does the next few places. @return PP_OK; PP_INTERRUPTED or a failure: they are still to do */
pp_code pp_mapping_step(pp_mapping *mapping, pp_error *err);

/* The next place is known already. */
void pp_mapping_add(pp_mapping *mapping, const pp_map_point *point);

void pp_mapping_end(pp_mapping *mapping);

#endif
