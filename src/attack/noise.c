/* noise.c - random noise that flips a classifier, and the method that does nothing else (Table 1 of the paper).
 *
 * A perturbation is the set of pixels whose colour differs from the original's, with their new colours. Strict: one draw of uniform
 * replacement. Ladder: kinds of noise in order of strength, --noise-draws draws of each, until one flips. The paper leaves the
 * distribution open; the rungs and their order are ours. */
#include "attack/noise.h"

#include "base/array.h"
#include "base/error.h"
#include "base/param.h"

#include <math.h>
#include <string.h>

static const int COARSE = 8; /* low-frequency noise is drawn at 1/8 of the size */

static size_t n_values(const pp_image *image)
{
    return (size_t)image->width * (size_t)image->height * (size_t)image->channels;
}

static uint8_t clip(double value)
{
    return (uint8_t)fmin(fmax(round(value), 0), 255);
}

/* ---- The rungs --------------------------------------------------------------------------------------------------- */

static pp_code draw_additive(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)draw, (void)err;
    int value = 0;
    for (size_t i = 0; i < n_values(canvas); i++) {
        if (!rung->gray || i % (size_t)canvas->channels == 0)
            value = (int)pp_rng_below(&run->rng, 2 * (uint64_t)rung->amplitude + 1) - rung->amplitude;
        canvas->data[i] = clip(canvas->data[i] + value);
    }
    return PP_OK;
}

static pp_code draw_uniform(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)rung, (void)draw, (void)err;
    for (size_t i = 0; i < n_values(canvas); i++)
        canvas->data[i] = (uint8_t)pp_rng_below(&run->rng, 256);
    return PP_OK;
}

static pp_code draw_corners(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)rung, (void)draw, (void)err;
    for (size_t i = 0; i < n_values(canvas); i++)
        canvas->data[i] = pp_rng_below(&run->rng, 2) ? 255 : 0;
    return PP_OK;
}

/* Half of the pixels, black or white. */
static pp_code draw_salt_and_pepper(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)rung, (void)draw, (void)err;
    size_t n_channels = (size_t)canvas->channels;
    for (size_t i = 0; i < n_values(canvas); i += n_channels) {
        uint64_t side = pp_rng_below(&run->rng, 4);
        if (side < 2)
            memset(canvas->data + i, side ? 255 : 0, n_channels);
    }
    return PP_OK;
}

/* Uniform noise at 1/8 of the size, enlarged by bilinear interpolation. The coarse grid is drawn into the run's pixel scratch. */
static pp_code draw_low_frequency(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)rung, (void)draw, (void)err;
    int columns = canvas->width / COARSE + 2, rows = canvas->height / COARSE + 2;
    uint8_t *grid = (uint8_t *)run->scratch; /* columns * rows * 3 values fit: a pixel has 8 bytes */
    int n_channels = canvas->channels;
    bool fits = (size_t)columns * (size_t)rows * (size_t)n_channels <=
                (size_t)canvas->width * (size_t)canvas->height * sizeof *run->scratch;
    if (!fits) /* an image of a few pixels has no low frequencies */
        return draw_uniform(run, rung, draw, canvas, err);
    for (int i = 0; i < columns * rows * n_channels; i++)
        grid[i] = (uint8_t)pp_rng_below(&run->rng, 256);
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++)
            for (int c = 0; c < n_channels; c++) {
                const uint8_t *at = grid + ((y / COARSE) * columns + x / COARSE) * n_channels + c;
                const uint8_t *below = at + columns * n_channels;
                double fx = (double)(x % COARSE) / COARSE, fy = (double)(y % COARSE) / COARSE;
                double top = at[0] * (1 - fx) + at[n_channels] * fx, bottom = below[0] * (1 - fx) + below[n_channels] * fx;
                canvas->data[(y * canvas->width + x) * n_channels + c] = clip(top * (1 - fy) + bottom * fy);
            }
    return PP_OK;
}

static pp_code draw_constant(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)run, (void)draw, (void)err;
    memset(canvas->data, rung->amplitude, n_values(canvas));
    return PP_OK;
}

/* Another image of the run, of the goal's class: its difference to the original is a perturbation too. */
static pp_code draw_donor(pp_run *run, const pp_rung *rung, size_t draw, pp_image *canvas, pp_error *err)
{
    (void)rung, (void)draw;
    if (!run->donors || run->donors->n == 0)
        return PP_OK; /* the canvas stays the original: no perturbation, not scored */
    pp_image *donor = NULL;
    size_t index = (size_t)pp_rng_below(&run->rng, run->donors->n);
    pp_code code = run->donors->load(run->donors->user, index, &donor, err);
    if (code == PP_OK)
        memcpy(canvas->data, donor->data, n_values(canvas));
    pp_image_free(donor);
    return code;
}

const pp_rung pp_noise_ladder[] = {
    { "additive 16", draw_additive, 16, false, 0 },
    { "additive 32", draw_additive, 32, false, 0 },
    { "additive 64", draw_additive, 64, false, 0 },
    { "additive 128", draw_additive, 128, false, 0 },
    { "uniform", draw_uniform, 0, false, 0 },
    { "corners", draw_corners, 0, false, 0 },
    { "gray additive 16", draw_additive, 16, true, 0 },
    { "gray additive 32", draw_additive, 32, true, 0 },
    { "gray additive 64", draw_additive, 64, true, 0 },
    { "gray additive 128", draw_additive, 128, true, 0 },
    { "salt and pepper", draw_salt_and_pepper, 0, false, 0 },
    { "low frequency", draw_low_frequency, 0, false, 0 },
    { "black", draw_constant, 0, false, 1 },
    { "white", draw_constant, 255, false, 1 },
    { "mid-gray", draw_constant, 128, false, 1 },
    { "donor", draw_donor, 0, false, 0 },
    { 0 },
};
const pp_rung *const pp_noise_uniform = &pp_noise_ladder[4];
const pp_rung *const pp_noise_corners = &pp_noise_ladder[5];

const pp_rung *pp_noise_next(const pp_rung *first, const pp_rung *rung)
{
    const pp_rung *next = rung == first ? pp_noise_ladder : rung + 1;
    return next == first ? next + 1 : next;
}

/* ---- Trying one -------------------------------------------------------------------------------------------------- */

pp_code pp_noise_try(pp_run *run, const pp_rung *rung, uint64_t n_draws, size_t *n_pixels, pp_verdict *verdict, bool *flipped,
                     uint64_t *n_tried, pp_error *err)
{
    *flipped = false;
    if (rung->gray && run->gray)
        return PP_OK;
    if (rung->max_draws && n_draws > rung->max_draws)
        n_draws = rung->max_draws;
    for (uint64_t i = 0; i < n_draws && !*flipped; i++) {
        memcpy(run->canvas->data, run->original->data, n_values(run->original));
        pp_code code = rung->draw(run, rung, (size_t)i, run->canvas, err);
        if (code != PP_OK)
            return code;
        pp_constrain_image(&run->constraint, run->canvas);
        *n_pixels = pp_image_difference(run->original, run->canvas, run->scratch);
        if (*n_pixels == 0)
            continue;
        pp_candidate candidate = { run->scratch, *n_pixels };
        size_t n_scored;
        code = pp_oracle_score(run->oracle, &candidate, 1, verdict, &n_scored, err);
        if (code != PP_OK)
            return code;
        *n_tried += 1;
        *flipped = verdict->reached;
    }
    return PP_OK;
}

pp_code pp_noise_start(pp_run *run, const pp_rung *first, uint64_t n_first, uint64_t n_draws, size_t *n_pixels, pp_verdict *verdict,
                       pp_error *err)
{
    bool flipped = false;
    pp_code code = PP_OK;
    const char *name = NULL;
    for (const pp_rung *rung = first; code == PP_OK && !flipped && rung->name; rung = pp_noise_next(first, rung)) {
        code = pp_noise_try(run, rung, rung == first ? n_first : n_draws, n_pixels, verdict, &flipped, &run->rung_queries, err);
        name = rung->name;
    }
    if (code != PP_OK)
        return code;
    if (flipped) {
        run->rung = name;
    } else {
        *n_pixels = 0;
        run->stop = PP_STOP_EXHAUSTED;
    }
    return PP_OK;
}

/* ---- The method -------------------------------------------------------------------------------------------------- */

typedef struct noise_params {
    uint64_t draws;
} noise_params;

static const pp_param noise_rows[] = {
    { "noise-draws", PP_COUNT, PP_FIELD(noise_params, draws), 1, 1000000, "4", "N", "draws", "", "draws from each rung of the ladder" },
    { 0 },
};

/* The strict draw, kept in case that no rung flips. */
typedef struct noise_state {
    size_t n_strict;
    pp_verdict strict_verdict;
    pp_pixel pixels[]; /* scratch for what is reported; holds the strict draw until then */
} noise_state;

static size_t noise_state_size(const pp_params *params, size_t n_pixels)
{
    (void)params;
    return sizeof(noise_state) + n_pixels * sizeof(pp_pixel);
}

/* Table 1, strict: one draw. */
static pp_code noise_init(pp_run *run, pp_error *err)
{
    noise_state *state = run->state;
    uint64_t n_tried = 0;
    pp_code code = pp_noise_try(run, pp_noise_uniform, 1, &state->n_strict, &state->strict_verdict, &run->strict_flip, &n_tried, err);
    if (code == PP_OK && run->strict_flip)
        memcpy(state->pixels, run->scratch, state->n_strict * sizeof *state->pixels);
    return code;
}

/* Table 1, ladder: one rung a step. */
static pp_code noise_step(pp_run *run, pp_error *err)
{
    noise_state *state = run->state;
    const noise_params *params = run->params->own;
    const pp_rung *rung = &pp_noise_ladder[run->generation - 1];
    size_t n_pixels;
    pp_verdict verdict;
    bool flipped = false;
    if (rung->name) {
        pp_code code = pp_noise_try(run, rung, params->draws, &n_pixels, &verdict, &flipped, &run->rung_queries, err);
        if (code != PP_OK)
            return code;
        if (flipped)
            memcpy(state->pixels, run->scratch, n_pixels * sizeof *state->pixels);
    } else {
        run->stop = PP_STOP_EXHAUSTED;
        flipped = run->strict_flip; /* only the strict draw did */
        n_pixels = state->n_strict;
        verdict = state->strict_verdict;
        rung = pp_noise_uniform;
    }
    if (!flipped)
        return PP_OK;
    run->rung = rung->name;
    run->stop = PP_STOP_EXHAUSTED;
    pp_run_report(run, state->pixels, n_pixels, &verdict);
    return PP_OK;
}

const pp_method pp_method_noise = {
    .name = "noise",
    .summary = "random noise, mildest kind first: which flips at all (Table 1)",
    .source = "QIMS 2025, Table 1",
    .rows = noise_rows,
    .own_size = sizeof(noise_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE,
    .dense = true,
    .state_size = noise_state_size,
    .init = noise_init,
    .step = noise_step,
};
