/* pages.h - the pages that are written from the parameter table and the table of commands. Nothing in them is typed twice: what
 * an option is called, takes and means is said by its row alone. */
#ifndef PP_TOOLS_PAGES_H
#define PP_TOOLS_PAGES_H

#include "cli/options.h"

/* docs/parameters.md, as Markdown. (parameters.c) */
void write_parameters(FILE *out);

/* man/pinprick.1, as roff. (manual.c) */
void write_manual(FILE *out);

/* ---- What both pages say of a row or a section (rows.c) ---- */

/* What stands for the value, such as N or table|csv|json; "" for a flag. */
const char *row_value(const pp_param *row);

/* "0 to 1" in text; "" for a row that is no number. */
const char *row_range(const pp_param *row, char text[100]);

/* The paper of the method that a section belongs to; "" if it is no method's. */
const char *method_source(const pp_section *section);

#endif
