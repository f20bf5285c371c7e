/* summary.c - the numbers of Table 1 and Table 2 of the paper. */
#include "report/summary.h"

#include "attack/noise.h"
#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

pp_statistics pp_statistics_of(double *values, size_t n)
{
    pp_statistics s = { n, NAN, NAN, NAN, NAN, NAN };
    if (n == 0)
        return s;
    qsort(values, n, sizeof *values, by_value);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    s.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - s.mean) * (values[i] - s.mean);
    s.min = values[0];
    s.max = values[n - 1];
    s.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
    s.std = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    return s;
}

static void count_images(pp_summary *summary, const pp_image_record *images, size_t n)
{
    summary->n_images = n;
    for (size_t i = 0; i < n; i++) {
        const char *status = images[i].status;
        summary->n_pending += pp_image_is_to_do(&images[i]);
        summary->n_unreadable += strcmp(status, "unreadable") == 0;
        summary->n_misclassified += strcmp(status, "misclassified") == 0;
        summary->n_not_in_goal += strcmp(status, "not-in-goal") == 0;
    }
}

pp_code pp_summarise(pp_summary *summary, const pp_run_record *run, const pp_image_record *images, size_t n_images,
                     const pp_attack_record *attacks, size_t n_attacks, pp_error *err)
{
    double *l0 = pp_array_new(n_attacks, sizeof *l0);
    if (!l0)
        return pp_no_memory(err, "a summary");
    *summary = (pp_summary){ .n_attacked = n_attacks };
    count_images(summary, images, n_images);
    uint64_t queries_success = 0;
    for (size_t i = 0; i < n_attacks; i++) {
        const pp_attack_record *attack = &attacks[i];
        summary->queries += attack->queries;
        summary->seconds += attack->seconds;
        summary->engine_seconds += attack->engine_seconds;
        if (strcmp(attack->status, "success") != 0)
            continue;
        queries_success += attack->queries;
        l0[summary->n_succeeded++] = (double)attack->l0;
    }
    summary->l0 = pp_statistics_of(l0, summary->n_succeeded);
    summary->percent = summary->l0.mean / ((double)run->width * run->height) * 100;
    summary->queries_mean = n_attacks ? (double)summary->queries / (double)n_attacks : NAN;
    summary->queries_mean_success = summary->n_succeeded ? (double)queries_success / (double)summary->n_succeeded : NAN;
    free(l0);
    return PP_OK;
}

pp_noise_share pp_noise_share_of(const pp_run_record *run, const pp_attack_record *attacks, size_t n_attacks, pp_side side)
{
    pp_noise_share share = { 0 };
    for (size_t i = 0; i < n_attacks; i++) {
        bool positive = attacks[i].class_original == run->positive;
        if (side != PP_SIDE_BOTH && positive != (side == PP_SIDE_POSITIVE))
            continue;
        share.n_attacked++;
        share.n_strict += attacks[i].strict_flip;
        share.n_ladder += strcmp(attacks[i].status, "success") == 0;
    }
    return share;
}

bool pp_rung_share_at(pp_rung_share *share, size_t index, const pp_attack_record *attacks, size_t n_attacks)
{
    uint64_t draws = 0;
    *share = (pp_rung_share){ .name = pp_noise_ladder[index].name };
    if (!share->name)
        return false;
    for (size_t i = 0; i < n_attacks; i++)
        if (attacks[i].rung && strcmp(attacks[i].rung, share->name) == 0) {
            share->n++;
            draws += attacks[i].rung_queries;
        }
    share->draws = share->n ? (double)draws / (double)share->n : NAN;
    return true;
}
