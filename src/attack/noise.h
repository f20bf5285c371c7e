/* noise.h - random noise that flips a classifier: the paper's first attack (Table 1), and where DGDE starts from.
 *
 * The ladder is a list of kinds of noise, mildest first. A perturbation that leaves the image recognisable is often the better start. */
#ifndef PP_ATTACK_NOISE_H
#define PP_ATTACK_NOISE_H

#include "attack/method.h"

/* One kind of noise. draw writes the noisy image into canvas, which holds the original. */
typedef struct pp_rung {
    const char *name;
    pp_code (*draw)(pp_run *run, const struct pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err);
    int amplitude;       /* additive noise: values -amplitude..amplitude */
    bool gray;           /* one value for all channels; left out where all noise is gray anyway */
    size_t max_draws;    /* 0: as many as the user says; constants need one */
} pp_rung;

extern const pp_rung pp_noise_ladder[]; /* ends with a rung without a name */
/* Every pixel replaced by a uniformly random colour: the paper's noise as we read it. */
extern const pp_rung *const pp_noise_uniform;
/* Every value 0 or 255 (with --gray the mean of three such): the least of it is left where it is thinned out. */
extern const pp_rung *const pp_noise_corners;

/* What comes after a rung where one comes first: the ladder from its beginning, without that one. At the end a rung without a name. */
const pp_rung *pp_noise_next(const pp_rung *first, const pp_rung *rung);

/* Draws from one rung until it flips or n_draws are spent: run->scratch then holds the pixels of the last draw, *n_pixels of them, and
 * *verdict what the classifier says. A flip is not reported to the run; *flipped says so. *n_tried: draws scored. */
pp_code pp_noise_try(pp_run *run, const pp_rung *rung, uint64_t n_draws, size_t *n_pixels, pp_verdict *verdict, bool *flipped,
                     uint64_t *n_tried, pp_error *err);

/* The start of an attack that thins noise out: n_first draws from first, then n_draws from each other rung of the ladder, until one flips.
 * run->scratch then holds its pixels, *n_pixels of them, and run->rung its name. If none flips, *n_pixels is 0 and the run stops. */
pp_code pp_noise_start(pp_run *run, const pp_rung *first, uint64_t n_first, uint64_t n_draws, size_t *n_pixels, pp_verdict *verdict,
                       pp_error *err);

#endif
