/* gate.h - a run held against rules, between judging it (gate.c, gate_rules.c) and telling it (gate_junit.c). */
#ifndef PP_REPORT_GATE_H
#define PP_REPORT_GATE_H

#include "report/stored_run.h"

/* What one rule came to. */
typedef struct pp_gate_verdict {
    char rule[64]; /* as it could be typed: "--max-loss 10%" */
    bool broken;
    char why[300];
} pp_gate_verdict;

/* Of each image of a run what a wrong answer takes, in pixels: 0 where the classifier is wrong on the original, INFINITY where the attack
 * failed, NAN where the image says nothing (not of the goal's class, or unreadable). */
typedef struct pp_gate_result {
    const char *dir, *baseline;   /* baseline: NULL if there is none */
    pp_stored_run now, before;    /* before: the baseline */
    double *pixels;               /* n_images of now: in the end */
    double *pixels_now;           /* likewise, after as many queries as both runs had */
    double *pixels_before;        /* likewise: what the baseline has of the same image; NAN where it has none */
    uint64_t queries;             /* as many as both runs had; UINT64_MAX: no limit */
    size_t n_judged, n_unreadable, n_new; /* of now: images that are not NAN in pixels; unreadable; not in the baseline */
    char *differences;            /* parameters other than the baseline's: "--seed 2 (there 1), ..."; "" if none */
    size_t n_verdicts;
    pp_gate_verdict verdicts[3];
    bool red;
} pp_gate_result;

/* Fills verdicts and red from the pixels. (gate_rules.c) */
pp_code pp_gate_judge(pp_gate_result *gate, const pp_gate_rules *rules, pp_error *err);

/* Writes the file, through a temporary name. (gate_junit.c) @return PP_OK, PP_IO, PP_MEMORY */
pp_code pp_gate_write_junit(const pp_gate_result *gate, const char *path, pp_error *err);

#endif
