/* template.h - text with holes, filled from a JSON object: the part of Mustache (mustache(5)) that the page needs.
 *
 *     {{name}}       the member, escaped for HTML; a number of type real with six digits; nothing where it is null or not there
 *     {{name:2}}     a number with two decimals
 *     {{&name}}      as it is: only for what this program has made itself
 *     {{#name}}...{{/name}}  once for each item of an array, or once if the member is an object, a text that is not empty, a
 *                    number (but for the whole number 0) or true; inside, names are looked up in the item first, then outwards
 *     {{^name}}...{{/name}}  once where {{#name}} would not
 *     {{>name}}      the member, a text that is filled in turn
 *     {{.}}          the item itself
 *     a.b            member b of member a
 */
#ifndef PP_PAGE_TEMPLATE_H
#define PP_PAGE_TEMPLATE_H

#include "pinprick/pinprick.h"

#include <jansson.h>
#include <stdio.h>

/* Writes the template, filled from root, to out. A template that is none (a section without its end) is a mistake of ours (assert).
 * @return PP_OK, PP_MEMORY */
pp_code pp_template_write(FILE *out, const char *template, const json_t *root, pp_error *err);

#endif
