/* certify.c - whether the result is locally minimal: each of its pixels is left out once, the others as they are. A smaller set that still
 * reaches the goal becomes the result, until all that are left were tried without success.
 *
 * It says nothing of other sets of that size: those with another pixel, or another colour. */
#include "attack/certify.h"

#include "base/array.h"

#include <string.h>

enum { AT_ONCE = 4 }; /* few: what is scored beside one that can go was scored in vain */

/* The sets that are scored in one call. */
struct pp_certifier {
    pp_candidate candidates[AT_ONCE];
    pp_verdict verdicts[AT_ONCE];
    pp_pixel pool[AT_ONCE][PP_MOST_CERTIFIED];
};

pp_certifier *pp_certifier_new(void)
{
    return pp_array_new(1, sizeof(pp_certifier));
}

/* Pixels may be so many that no budget would do. */
static bool is_too_large(const pp_run *run)
{
    return run->n_best == 0 || run->n_best > PP_MOST_CERTIFIED;
}

uint64_t pp_certify_reserve(const pp_run *run)
{
    uint64_t wanted = 2 * (uint64_t)run->n_best, budget = run->params->budget.queries;
    return !run->certifier || is_too_large(run) || wanted > budget / 4 ? 0 : wanted;
}

/* How many to try in one call: one by one while pixels go, more as they prove to be needed. */
static size_t n_at_once(size_t n_needed, size_t n_left)
{
    size_t n = n_needed < 1 ? 1 : n_needed < AT_ONCE ? n_needed : AT_ONCE;
    return n < n_left ? n : n_left;
}

/* The best result without its pixel number `out`, as a candidate. */
static void leave_out(const pp_run *run, size_t slot, size_t out)
{
    pp_pixel *pixels = run->certifier->pool[slot];
    memcpy(pixels, run->best, out * sizeof *pixels);
    memcpy(pixels + out, run->best + out + 1, (run->n_best - out - 1) * sizeof *pixels);
    run->certifier->candidates[slot] = (pp_candidate){ pixels, run->n_best - 1 };
}

/* Leaves the next few pixels out, each by itself, round and round. *at: the next one; *n_needed: how many in a row could not go. The first
 * that can go does, and the count begins again. */
static pp_code try_some(pp_run *run, size_t *at, size_t *n_needed, pp_error *err)
{
    pp_certifier *certifier = run->certifier;
    size_t n_all = run->n_best, n = n_at_once(*n_needed, n_all - *n_needed), n_scored = 0;
    pp_code code = *n_needed == 0 ? pp_oracle_expect(run->oracle, run->best, n_all, err) : PP_OK;
    for (size_t i = 0; i < n; i++)
        leave_out(run, i, (*at + i) % n_all);
    if (code == PP_OK)
        code = pp_oracle_score(run->oracle, certifier->candidates, n, certifier->verdicts, &n_scored, err);
    for (size_t i = 0; code >= 0 && i < n_scored; i++) {
        if (certifier->verdicts[i].reached) {
            pp_run_report(run, certifier->pool[i], n_all - 1, &certifier->verdicts[i]);
            *at %= run->n_best; /* the pixel behind it is in its place */
            *n_needed = 0;
            break;
        }
        *at = (*at + 1) % n_all;
        ++*n_needed;
    }
    return code;
}

pp_code pp_certify(pp_run *run, pp_error *err)
{
    pp_code code = PP_OK;
    size_t at = 0, n_needed = 0;
    while (run->certifier && !is_too_large(run) && run->n_best > 1 && n_needed < run->n_best && code == PP_OK)
        code = try_some(run, &at, &n_needed, err);
    /* A single pixel is needed: without it the image is the original. */
    run->locally_minimal = run->n_best == 1 || (n_needed > 0 && n_needed == run->n_best) ? 1 : -1;
    return code == PP_BUDGET ? PP_OK : code;
}
