/* bootstrap.c - mean and median with percentile intervals from resampled images, and the sign test.
 *
 * A resample is told by how often each image was drawn. The values are sorted once, each with its image, so mean and medians of a resample
 * are one walk over them. */
#include "report/bootstrap.h"

#include "base/array.h"
#include "base/error.h"
#include "base/rng.h"

#include <math.h>

enum { RESAMPLES = 2000 };
static const uint64_t SEED = 1; /* a constant: the same comparison is told the same way each time */
static const double TAIL = 0.025;

typedef struct item {
    double value;
    size_t group;
} item;

/* The figures of one sample; NAN where it has none. */
typedef struct figures {
    double mean, median, median_all;
} figures;

static int by_value(const void *left, const void *right)
{
    double a = ((const item *)left)->value, b = ((const item *)right)->value;
    return a < b ? -1 : a > b;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* The value of rank k, from 0, of a sample. Items are sorted; times: how often each group is in the sample. */
static double ranked(const item *items, const size_t *times, size_t k)
{
    size_t i = 0;
    for (size_t seen = times[items[0].group]; seen <= k; seen += times[items[i].group])
        i++;
    return items[i].value;
}

/* Over the first n values of a sample. */
static double median_of(const item *items, const size_t *times, size_t n)
{
    return n ? (ranked(items, times, (n - 1) / 2) + ranked(items, times, n / 2)) / 2 : NAN;
}

static figures figures_of(const item *items, size_t n_items, const size_t *times)
{
    size_t n = 0, n_finite = 0;
    double sum = 0;
    for (size_t i = 0; i < n_items; i++) {
        size_t t = times[items[i].group];
        n += t;
        if (isinf(items[i].value))
            continue;
        n_finite += t;
        sum += (double)t * items[i].value;
    }
    return (figures){ n_finite ? sum / (double)n_finite : NAN, median_of(items, times, n_finite), median_of(items, times, n) };
}

/* The middle 95 % of what resamples gave. Those without a success have no mean, and are left out. Reorders values. */
static void set_interval(pp_estimate *estimate, double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < RESAMPLES; i++)
        if (!isnan(values[i]))
            values[n++] = values[i];
    estimate->low = estimate->high = NAN;
    if (n == 0)
        return;
    qsort(values, n, sizeof *values, by_size);
    size_t n_tail = (size_t)(TAIL * (double)n);
    estimate->low = values[n_tail];
    estimate->high = values[n - 1 - n_tail];
}

static void draw(size_t *times, size_t n_groups, pp_rng *rng)
{
    for (size_t g = 0; g < n_groups; g++)
        times[g] = 0;
    for (size_t g = 0; g < n_groups; g++)
        times[pp_rng_below(rng, n_groups)]++;
}

/* Sorted items of the groups that have a value, these groups numbered anew. */
static void list_items(pp_estimates *e, item *items, const double *values, size_t n_groups, size_t group_size)
{
    for (size_t g = 0; g < n_groups; g++) {
        size_t n_before = e->n;
        for (size_t k = 0; k < group_size; k++) {
            double value = values[g * group_size + k];
            if (isnan(value))
                continue;
            items[e->n++] = (item){ value, e->n_groups };
            e->n_finite += !isinf(value);
        }
        e->n_groups += e->n > n_before;
    }
    qsort(items, e->n, sizeof *items, by_value);
}

pp_code pp_bootstrap(pp_estimates *estimates, const double *values, size_t n_groups, size_t group_size, pp_error *err)
{
    pp_estimates e = { 0 };
    pp_rng rng;
    item *items = pp_array_new(n_groups * group_size, sizeof *items);
    size_t *times = pp_array_new(n_groups, sizeof *times);
    double *drawn = pp_array_new(3 * RESAMPLES, sizeof *drawn); /* 3 x RESAMPLES: means, medians, medians of all */
    if (items && times && drawn) {
        list_items(&e, items, values, n_groups, group_size);
        for (size_t g = 0; g < e.n_groups; g++)
            times[g] = 1;
        figures whole = figures_of(items, e.n, times);
        pp_rng_seed(&rng, SEED);
        for (size_t i = 0; i < RESAMPLES; i++) {
            if (e.n_groups)
                draw(times, e.n_groups, &rng);
            figures f = figures_of(items, e.n, times);
            drawn[i] = f.mean;
            drawn[RESAMPLES + i] = f.median;
            drawn[2 * RESAMPLES + i] = f.median_all;
        }
        e.mean.value = whole.mean;
        e.median.value = whole.median;
        e.median_all.value = whole.median_all;
        set_interval(&e.mean, drawn);
        set_interval(&e.median, drawn + RESAMPLES);
        set_interval(&e.median_all, drawn + 2 * RESAMPLES);
    }
    bool failed = !items || !times || !drawn;
    free(drawn);
    free(times);
    free(items);
    if (failed)
        return pp_no_memory(err, "a bootstrap");
    *estimates = e;
    return PP_OK;
}

double pp_sign_test(size_t n_fewer, size_t n_more)
{
    size_t n = n_fewer + n_more, least = n_fewer < n_more ? n_fewer : n_more;
    double p = 0;
    for (size_t k = 0; k <= least; k++) /* (n over k) / 2^n */
        p += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) - (double)n * log(2));
    return p < 0.5 ? 2 * p : 1;
}
