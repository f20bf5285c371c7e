/* gate_rules.c - a gate's rules, one function each: the number, whether it is in order, and a sentence that says so.
 *
 * All go by what a wrong answer takes (gate.h), and by the median: it holds still while up to half of the attacks fail, which a mean does
 * not, and a single image does not move it far. An image that is answered wrongly as it is counts with 0 pixels. If it did not, a new
 * model would get better by losing its weakest images. */
#include "report/gate.h"

#include "base/array.h"
#include "base/error.h"
#include "report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Infinite where most attacks failed. */
static void pixels_text(char text[64], double pixels)
{
    if (isinf(pixels))
        snprintf(text, 64, "infinitely many pixels");
    else
        snprintf(text, 64, "%g pixel%s", pixels, pixels == 1 ? "" : "s");
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- --max-loss -------------------------------------------------------------------------------------------------- */

/* In percent of what there was. From infinitely many to any number it is all; where there was nothing, nothing can be lost. */
static double loss_of(double before, double now)
{
    if (now >= before)
        return 0;
    return isinf(before) ? 100 : (before - now) / before * 100;
}

static void judge_loss(pp_gate_result *gate, double *before, double *now, size_t n, double max_loss)
{
    pp_gate_verdict *verdict = &gate->verdicts[gate->n_verdicts++];
    size_t n_fewer = 0, n_more = 0;
    char was[64], is[64], loss[64] = "no loss of";
    for (size_t i = 0; i < n; i++) {
        n_fewer += now[i] < before[i];
        n_more += now[i] > before[i];
    }
    double median_before = pp_statistics_of(before, n).median, median_now = pp_statistics_of(now, n).median;
    double lost = loss_of(median_before, median_now);
    pixels_text(was, median_before);
    pixels_text(is, median_now);
    if (lost > 0)
        snprintf(loss, sizeof loss, "a loss of %.1f %% of", lost);
    snprintf(verdict->rule, sizeof verdict->rule, "--max-loss %g%%", max_loss);
    snprintf(verdict->why, sizeof verdict->why, "%s the median, from %s to %s (at most %g %%); %zu image%s, fewer than in the baseline in "
             "%zu, more in %zu", loss, was, is, max_loss, n, plural(n), n_fewer, n_more);
    verdict->broken = lost > max_loss;
}

/* Pairs of which at least one was attacked: an image that both get wrong says nothing of how hard it is to get there. */
static pp_code judge_pairs(pp_gate_result *gate, double max_loss, pp_error *err)
{
    size_t n = 0, n_images = gate->now.n_images;
    double *before = pp_array_new(n_images, sizeof *before), *now = pp_array_new(n_images, sizeof *now);
    pp_code code = before && now ? PP_OK : pp_no_memory(err, "a gate");
    for (size_t i = 0; code == PP_OK && i < n_images; i++) {
        double a = gate->pixels_before[i], b = gate->pixels_now[i];
        if (isnan(a) || isnan(b) || (a == 0 && b == 0))
            continue;
        before[n] = a;
        now[n++] = b;
    }
    if (code == PP_OK && n == 0)
        code = pp_fail(err, PP_MISMATCH, "%s: no image of the baseline %s was attacked in either run: --max-loss has nothing to go by", gate->dir,
                       gate->baseline);
    if (code == PP_OK)
        judge_loss(gate, before, now, n, max_loss);
    free(before);
    free(now);
    return code;
}

/* ---- The others -------------------------------------------------------------------------------------------------- */

static pp_code judge_median(pp_gate_result *gate, double min_median, pp_error *err)
{
    pp_gate_verdict *verdict = &gate->verdicts[gate->n_verdicts];
    size_t n = 0;
    char is[64];
    double *pixels = pp_array_new(gate->now.n_images, sizeof *pixels);
    if (!pixels)
        return pp_no_memory(err, "a gate");
    for (size_t i = 0; i < gate->now.n_images; i++)
        if (!isnan(gate->pixels[i]))
            pixels[n++] = gate->pixels[i];
    double median = pp_statistics_of(pixels, n).median;
    free(pixels);
    pixels_text(is, median);
    snprintf(verdict->rule, sizeof verdict->rule, "--min-median-pixels %g", min_median);
    snprintf(verdict->why, sizeof verdict->why, "the median of %zu image%s is %s (at least %g)", n, plural(n), is, min_median);
    verdict->broken = median < min_median;
    gate->n_verdicts++;
    return PP_OK;
}

static void judge_success(pp_gate_result *gate, uint64_t within, double max_success)
{
    pp_gate_verdict *verdict = &gate->verdicts[gate->n_verdicts++];
    size_t n_within = 0;
    for (size_t i = 0; i < gate->now.n_images; i++)
        n_within += gate->pixels[i] <= (double)within; /* false of NAN */
    double share = 100.0 * (double)n_within / (double)gate->n_judged;
    snprintf(verdict->rule, sizeof verdict->rule, "--max-success-at %" PRIu64 ":%g%%", within, max_success);
    snprintf(verdict->why, sizeof verdict->why, "%zu of %zu image%s (%.1f %%) need%s at most %" PRIu64 " pixel%s (under %g %%)", n_within,
             gate->n_judged, plural(gate->n_judged), share, n_within == 1 ? "s" : "", within, plural(within), max_success);
    verdict->broken = share >= max_success;
}

pp_code pp_gate_judge(pp_gate_result *gate, const pp_gate_rules *rules, pp_error *err)
{
    pp_code code = PP_OK;
    if (!isnan(rules->max_loss))
        code = judge_pairs(gate, rules->max_loss, err);
    if (code == PP_OK && !isnan(rules->min_median_pixels))
        code = judge_median(gate, rules->min_median_pixels, err);
    if (code == PP_OK && !isnan(rules->max_success))
        judge_success(gate, rules->within, rules->max_success);
    for (size_t i = 0; i < gate->n_verdicts; i++)
        gate->red = gate->red || gate->verdicts[i].broken;
    return code;
}
