/* variants.h - all methods, and those again that another one takes part in: what is under the contract of a method. */
#ifndef PP_TESTS_VARIANTS_H
#define PP_TESTS_VARIANTS_H

#include "support.h"

#include "attack/method.h"

/* METHOD OPTION VALUE */
static const char *const VARIANTS[] = { "pursuit start dgde", "pursuit start noise", "dgde refine 1" };

/* The name of the i-th: a method's, or a line as above. NULL past the last. */
static inline const char *variant_at(size_t i)
{
    size_t n = 0;
    while (pp_methods[n])
        n++;
    if (i < n)
        return pp_methods[i]->name;
    return i - n < sizeof VARIANTS / sizeof *VARIANTS ? VARIANTS[i - n] : NULL;
}

static inline void variant_params(pp_params **params, const char *variant)
{
    pp_error err;
    char method[32], option[32], value[32];
    int n = sscanf(variant, "%31s %31s %31s", method, option, value);
    assert_ok(pp_params_new(params, method, &err), err);
    if (n == 3)
        assert_ok(pp_params_set(*params, option, value, &err), err);
}

#endif
