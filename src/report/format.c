/* format.c - a table for people, CSV and JSON for programs. */
#include "report/format.h"

#include "base/error.h"

#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

pp_code pp_format_find(pp_format *format, const char *name, pp_error *err)
{
    static const char *const NAMES[] = { "table", "csv", "json" };
    for (int i = 0; i < 3; i++)
        if (strcmp(NAMES[i], name) == 0) {
            *format = (pp_format)i;
            return PP_OK;
        }
    return pp_fail(err, PP_ARG, "--format: '%s'; expected table, csv or json", name);
}

void pp_csv_text(FILE *out, const char *text, bool last)
{
    if (strpbrk(text, ",\"\r\n"))
        csv_fwrite(out, text, strlen(text));
    else
        fputs(text, out);
    fputc(last ? '\n' : ',', out);
}

pp_code pp_json_text(char **text, json_t *object, pp_error *err)
{
    char *dumped = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(object);
    char *made = dumped ? realloc(dumped, strlen(dumped) + 2) : NULL;
    if (!made) {
        free(dumped);
        return pp_no_memory(err, "JSON");
    }
    *text = strcat(made, "\n");
    return PP_OK;
}

json_t *pp_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
