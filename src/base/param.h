/* param.h - what is done with rows of the parameter table: find, set, print, set to default, free. */
#ifndef PP_BASE_PARAM_H
#define PP_BASE_PARAM_H

#include "pinprick/pinprick.h"

/* offset of a member in a row: PP_FIELD(pp_dgde_params, NP) */
#define PP_FIELD(type, member) offsetof(type, member)

/* The row with this option name in a table that ends with {0}, or NULL. */
const pp_param *pp_param_find(const pp_param *rows, const char *option);

/* All fields to their defaults. base is all zero before. On failure what was set is freed. */
pp_code pp_param_defaults(const pp_param *rows, void *base, pp_error *err);

/* The value as text that pp_param_parse would take. *text: the caller's, free(). */
pp_code pp_param_print(const pp_param *row, const void *base, char **text, pp_error *err);

/* Frees the texts of a struct. */
void pp_param_clear(const pp_param *rows, void *base);

#endif
