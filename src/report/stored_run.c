/* stored_run.c - all rows of a run folder. */
#include "report/stored_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

pp_code pp_stored_run_read(pp_stored_run *stored, const char *dir, pp_error *err)
{
    pp_store *store = NULL;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_run(store, &stored->run, err);
    if (code == PP_OK)
        code = pp_store_read_params(store, &stored->params, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &stored->images, &stored->n_images, err);
    if (code == PP_OK)
        code = pp_store_read_attacks(store, &stored->attacks, &stored->n_attacks, err);
    if (code == PP_OK)
        code = pp_store_read_trace(store, &stored->trace, &stored->n_trace, err);
    pp_store_close(store);
    return code;
}

void pp_stored_run_clear(pp_stored_run *stored)
{
    pp_run_record_clear(&stored->run);
    pp_params_free(stored->params);
    pp_image_records_free(stored->images, stored->n_images);
    pp_attack_records_free(stored->attacks, stored->n_attacks);
    free(stored->trace);
}

pp_code pp_run_params(pp_params **params, const char *dir, pp_error *err)
{
    pp_store *store = NULL;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_params(store, params, err);
    pp_store_close(store);
    return code;
}

double pp_pixels_at(const pp_trace_record *trace, size_t n, uint64_t budget)
{
    double pixels = INFINITY;
    for (size_t i = 0; i < n && trace[i].queries <= budget; i++)
        pixels = (double)trace[i].n_pixels;
    return pixels;
}

double pp_attack_pixels_at(const pp_stored_run *stored, const pp_attack_record *attack, size_t *from, uint64_t budget)
{
    while (*from < stored->n_trace && stored->trace[*from].image < attack->image)
        ++*from;
    size_t to = *from;
    while (to < stored->n_trace && stored->trace[to].image == attack->image)
        to++;
    bool flipped = strcmp(attack->status, "success") == 0;
    return flipped ? pp_pixels_at(stored->trace + *from, to - *from, budget) : INFINITY;
}
