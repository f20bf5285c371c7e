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

void pp_csv_field(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n"))
        csv_fwrite(out, text, strlen(text));
    else
        fputs(text, out);
}

void pp_csv_text(FILE *out, const char *text, bool last)
{
    pp_csv_field(out, text);
    fputc(last ? '\n' : ',', out);
}

pp_code pp_written_text(char **text, pp_writer write, const void *what, pp_error *err)
{
    char *written = NULL;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    if (!out)
        return pp_no_memory(err, "a table");
    pp_code code = write(what, out, err);
    if (fclose(out) != 0 && code == PP_OK)
        code = pp_no_memory(err, "a table");
    if (code != PP_OK) {
        free(written);
        return code;
    }
    *text = written;
    return PP_OK;
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

json_t *pp_json_count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

/* Bytes of the UTF-8 character at text; 0 if there is none. jansson is the judge. */
static size_t character_size(const char *text)
{
    for (size_t n = 1; n <= 4 && text[n - 1]; n++) {
        json_t *string = json_stringn(text, n);
        json_decref(string);
        if (string)
            return n;
    }
    return 0;
}

json_t *pp_json_string(const char *text)
{
    static const char REPLACEMENT[] = "\xef\xbf\xbd";
    if (!text)
        return json_null();
    json_t *string = json_string(text);
    char *mended = string ? NULL : malloc(3 * strlen(text) + 1), *end = mended;
    while (mended && *text) {
        size_t n = character_size(text);
        memcpy(end, n ? text : REPLACEMENT, n ? n : 3);
        end += n ? n : 3;
        text += n ? n : 1;
    }
    if (mended) {
        string = json_stringn(mended, (size_t)(end - mended));
        free(mended);
    }
    return string;
}

size_t pp_shared_folder(const char *path, size_t n, const char *other)
{
    size_t shared = 0;
    for (size_t i = 0; i < n && path[i] && path[i] == other[i]; i++)
        if (path[i] == '/')
            shared = i + 1;
    return shared;
}
