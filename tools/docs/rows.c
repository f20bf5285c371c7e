/* rows.c - what is said of a parameter's row and of a method's section on every page. */
#include "pages.h"

#include <string.h>

const char *row_value(const pp_param *row)
{
    if (row->type == PP_FLAG)
        return "";
    return row->choices && *row->choices ? row->choices : "TEXT";
}

const char *row_range(const pp_param *row, char text[100])
{
    text[0] = '\0';
    if (row->type != PP_COUNT && row->type != PP_REAL)
        return text;
    snprintf(text, 100, "%.10g to %.10g", row->min, row->max);
    for (char *plus; (plus = strchr(text, '+'));) /* 1e+15 reads better as 1e15 */
        memmove(plus, plus + 1, strlen(plus));
    return text;
}

const char *method_source(const pp_section *section)
{
    const char *name, *summary, *source;
    for (size_t i = 0; pp_method_at(i, &name, &summary, &source); i++)
        if (strcmp(name, section->name) == 0)
            return source;
    return "";
}
