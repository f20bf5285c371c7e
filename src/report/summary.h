/* summary.h - the numbers of Table 1 and Table 2 of the paper, from the rows of a run. */
#ifndef PP_REPORT_SUMMARY_H
#define PP_REPORT_SUMMARY_H

#include "store/store.h"

/* Over the images where the attack succeeded. NAN where there are too few: all if n is 0, std (n - 1) if n is 1. */
typedef struct pp_statistics {
    size_t n;
    double max, min, mean, std, median;
} pp_statistics;

/* Reorders values. */
pp_statistics pp_statistics_of(double *values, size_t n);

typedef struct pp_summary {
    size_t n_images, n_pending, n_unreadable, n_misclassified, n_not_in_goal;
    size_t n_attacked, n_succeeded;
    pp_statistics l0;
    double percent;         /* l0.mean / (height width) * 100 */
    uint64_t queries;       /* of all attacks, failures at what they spent */
    double queries_mean, queries_mean_success;
    double seconds, engine_seconds;
} pp_summary;

pp_code pp_summarise(pp_summary *summary, const pp_run_record *run, const pp_image_record *images, size_t n_images,
                     const pp_attack_record *attacks, size_t n_attacks, pp_error *err);

/* Table 1: how many of the images attacked one draw of uniform noise flips, and any kind of noise. */
typedef struct pp_noise_share {
    size_t n_attacked, n_strict, n_ladder;
} pp_noise_share;

typedef enum pp_side { PP_SIDE_BOTH, PP_SIDE_POSITIVE, PP_SIDE_NEGATIVE } pp_side;

/* Over images of one side: those whose class is the positive one, or is not. */
pp_noise_share pp_noise_share_of(const pp_run_record *run, const pp_attack_record *attacks, size_t n_attacks, pp_side side);

/* How often a kind of noise was the first to flip, and after how many draws on average. */
typedef struct pp_rung_share {
    const char *name;
    size_t n;
    double draws;
} pp_rung_share;

/* Kinds of noise in the order of the ladder. @return false past the last */
bool pp_rung_share_at(pp_rung_share *share, size_t index, const pp_attack_record *attacks, size_t n_attacks);

#endif
