/* format.h - the three forms in which something is told: a table for people, CSV and JSON for programs. */
#ifndef PP_REPORT_FORMAT_H
#define PP_REPORT_FORMAT_H

#include "pinprick/pinprick.h"

#include <jansson.h>
#include <stdio.h>

typedef enum pp_format { PP_FORMAT_TABLE, PP_FORMAT_CSV, PP_FORMAT_JSON } pp_format;

/* @return PP_OK, PP_ARG */
pp_code pp_format_find(pp_format *format, const char *name, pp_error *err);

/* One CSV field, quoted where needed (RFC 4180). */
void pp_csv_field(FILE *out, const char *text);
/* The same, followed by a comma or the end of the line. */
void pp_csv_text(FILE *out, const char *text, bool last);

/* The object as text, indented, with a line feed at its end; takes the reference. *text: the caller's, free(). */
pp_code pp_json_text(char **text, json_t *object, pp_error *err);

/* What a function writes into a stream, as text. *text: the caller's, free(); NULL on failure. */
typedef pp_code (*pp_writer)(const void *what, FILE *out, pp_error *err);
pp_code pp_written_text(char **text, pp_writer write, const void *what, pp_error *err);

/* null if not finite. */
json_t *pp_json_real(double value);
json_t *pp_json_count(uint64_t n);
/* Bytes that are no UTF-8 (old file names) become U+FFFD: JSON holds nothing else. null if text is NULL. */
json_t *pp_json_string(const char *text);

/* Of the first n bytes of path, how many name a folder that other lies in too. With n = strlen(path) first, then what came out. */
size_t pp_shared_folder(const char *path, size_t n, const char *other);

#endif
