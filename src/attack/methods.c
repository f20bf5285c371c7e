/* methods.c - the search methods, in the order that help shows them. A new one is one line here. */
#include "attack/method.h"

#include <string.h>

const pp_method *const pp_methods[] = {
    &pp_method_pursuit,  /* the default */
    &pp_method_dgde,     /* the published method */
    &pp_method_onepixel,
    &pp_method_sparse_rs,
    &pp_method_brusli,
    &pp_method_sparse_evo,
    &pp_method_noise,
    NULL,
};

const pp_method *pp_method_find(const char *name)
{
    for (const pp_method *const *method = pp_methods; *method; method++)
        if (strcmp((*method)->name, name) == 0)
            return *method;
    return NULL;
}

void pp_method_add_name(char list[200], const pp_method *method)
{
    strcat(strcat(list, *list ? ", " : ""), method->name);
}

bool pp_method_at(size_t index, const char **name, const char **summary, const char **source)
{
    size_t n = 0;
    while (pp_methods[n])
        n++;
    if (index >= n)
        return false;
    *name = pp_methods[index]->name;
    *summary = pp_methods[index]->summary;
    *source = pp_methods[index]->source;
    return true;
}
