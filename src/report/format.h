/* format.h - the three forms in which something is told: a table for people, CSV and JSON for programs. */
#ifndef PP_REPORT_FORMAT_H
#define PP_REPORT_FORMAT_H

#include "pinprick/pinprick.h"

#include <jansson.h>
#include <stdio.h>

typedef enum pp_format { PP_FORMAT_TABLE, PP_FORMAT_CSV, PP_FORMAT_JSON } pp_format;

/* @return PP_OK, PP_ARG */
pp_code pp_format_find(pp_format *format, const char *name, pp_error *err);

/* One CSV field, quoted where needed (RFC 4180), followed by a comma or the end of the line. */
void pp_csv_text(FILE *out, const char *text, bool last);

/* The object as text, indented, with a line feed at its end; takes the reference. *text: the caller's, free(). */
pp_code pp_json_text(char **text, json_t *object, pp_error *err);

/* A real with six significant digits beyond the point where that is what was measured; null if not finite. */
json_t *pp_json_real(double value);

#endif
