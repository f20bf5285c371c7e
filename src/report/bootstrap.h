/* bootstrap.h - how sure a mean or a median over images is (percentile bootstrap, Efron 1979), and whether one method beats another (sign
 * test). */
#ifndef PP_REPORT_BOOTSTRAP_H
#define PP_REPORT_BOOTSTRAP_H

#include "pinprick/pinprick.h"

/* A figure and its 95 % interval. NAN where there is nothing to tell, INFINITY where most attacks failed. */
typedef struct pp_estimate {
    double value, low, high;
} pp_estimate;

/* n_groups: images with a value at all; n: values; n_finite: attacks that succeeded. */
typedef struct pp_estimates {
    size_t n_groups, n, n_finite;
    pp_estimate mean, median; /* over successes */
    pp_estimate median_all;   /* over all, failures infinite */
} pp_estimates;

/* values: n_groups x group_size, row-major: a group is an image with all its seeds, which are drawn together, since they are no
 * independent witnesses. INFINITY: a failure; NAN: no value. The same values give the same intervals. @return PP_OK, PP_MEMORY */
pp_code pp_bootstrap(pp_estimates *estimates, const double *values, size_t n_groups, size_t group_size, pp_error *err);

/* Two-sided exact sign test: how likely n_fewer against n_more, or a split less even, is by chance. 1 for nothing. */
double pp_sign_test(size_t n_fewer, size_t n_more);

#endif
