/* error.h - how a failure is told: a code, and one line that names what was wrong and what to do. */
#ifndef PP_BASE_ERROR_H
#define PP_BASE_ERROR_H

#include "pinprick/pinprick.h"

/* Writes the message (err may be NULL) and returns code, so that a failing function can end with `return pp_fail(...)`. */
pp_code pp_fail(pp_error *err, pp_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The one message for an allocation that failed; what names the thing there was no room for. */
pp_code pp_no_memory(pp_error *err, const char *what);

#endif
