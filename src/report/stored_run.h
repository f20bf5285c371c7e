/* stored_run.h - all rows of a run folder, for those that hold runs against each other: compare.c, gate.c. */
#ifndef PP_REPORT_STORED_RUN_H
#define PP_REPORT_STORED_RUN_H

#include "store/store.h"

/* Images, attacks and trace are in the order of the images. */
typedef struct pp_stored_run {
    pp_run_record run;
    pp_params *params;
    pp_image_record *images;
    pp_attack_record *attacks;
    pp_trace_record *trace;
    size_t n_images, n_attacks, n_trace;
} pp_stored_run;

/* *stored: zero before; the caller's, pp_stored_run_clear, also on failure. @return as pp_show */
pp_code pp_stored_run_read(pp_stored_run *stored, const char *dir, pp_error *err);
void pp_stored_run_clear(pp_stored_run *stored);

/* Pixels of an image at a budget: those of the last row of its trace with no more queries. INFINITY where nothing had flipped by then. */
double pp_pixels_at(const pp_trace_record *trace, size_t n, uint64_t budget);

/* The same of an attack; INFINITY of one that failed: what its trace has was not verified. *from: where in the trace to look for it, 0 for
 * the first attack; then where its rows begin. */
double pp_attack_pixels_at(const pp_stored_run *stored, const pp_attack_record *attack, size_t *from, uint64_t budget);

#endif
