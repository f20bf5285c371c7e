/* error.c - how a failure is told. The library itself never prints. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

pp_code pp_fail(pp_error *err, pp_code code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->code = code;
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return code;
}

pp_code pp_no_memory(pp_error *err, const char *what)
{
    return pp_fail(err, PP_MEMORY, "out of memory: no room for %s", what);
}
