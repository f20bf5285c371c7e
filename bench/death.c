/* death.c - by how much does early death lift the ceiling? A changed row that comes out as the base's, to the bit, is not followed any
 * further; here is what candidates take with that, and what they would take by the network's geometry alone.
 *
 *     build/bench/death [--OPTION VALUE ...] MODEL IMAGE...
 *
 * Over each image 50 random candidates for each number of pixels. Options are those of `pinprick score` that say how the model is fed. */
#include "reach.h"

#include "base/array.h"
#include "base/error.h"

#include <stdio.h>

enum { CANDIDATES = 50, MOST_PIXELS = 8 };
static const size_t CHANGES[] = { 1, 2, 8 };

typedef struct deaths {
    pp_params *params;
    pp_model *model;
    void *incremental;
    reach reach;
    size_t *n_rows;
    pp_rng rng;
    uint64_t done, reached; /* multiply-adds of all candidates at hand */
} deaths;

/* Candidates of n_changes pixels over one image. */
static pp_code count_over(deaths *d, const pp_image *image, size_t n_changes, pp_error *err)
{
    pp_pixel pixels[CANDIDATES][MOST_PIXELS];
    pp_candidate candidates[CANDIDATES];
    float *scores = pp_array_new(CANDIDATES * d->model->head.n_outputs, sizeof *scores);
    pp_code code = scores ? pp_engine_incremental.rebase(d->incremental, image, err) : pp_no_memory(err, "scores");
    for (size_t i = 0; code == PP_OK && i < CANDIDATES; i++) {
        draw_pixels(&d->rng, &d->model->plan, pixels[i], n_changes);
        candidates[i] = (pp_candidate){ pixels[i], n_changes };
        d->reached += count_reach(&d->reach, pixels[i], n_changes, d->n_rows);
    }
    uint64_t before = pp_incremental_multiply_adds(d->incremental);
    if (code == PP_OK)
        code = pp_engine_incremental.score(d->incremental, candidates, CANDIDATES, scores, err);
    d->done += pp_incremental_multiply_adds(d->incremental) - before;
    free(scores);
    return code;
}

static pp_code count_all(deaths *d, char **paths, size_t n_paths, size_t n_changes, pp_error *err)
{
    pp_code code = PP_OK;
    d->done = d->reached = 0;
    for (size_t i = 0; code == PP_OK && i < n_paths; i++) {
        pp_image *image = NULL;
        code = pp_image_load(&image, paths[i], d->model, d->params, err);
        if (code == PP_OK)
            code = count_over(d, image, n_changes, err);
        pp_image_free(image);
    }
    if (code != PP_OK)
        return code;
    double dense = (double)d->reach.program.multiply_adds * CANDIDATES * (double)n_paths;
    printf("%3zu pixels: %6.2f %% of the multiply-adds, %6.2f %% without early death; ceiling %.3f instead of %.3f\n", n_changes,
           100 * (double)d->done / dense, 100 * (double)d->reached / dense, dense / (double)d->done, dense / (double)d->reached);
    return PP_OK;
}

static pp_code run(deaths *d, const char *path, char **paths, size_t n_paths, pp_error *err)
{
    pp_code code = pp_model_open(&d->model, path, d->params, err);
    if (code == PP_OK)
        code = pp_model_open_incremental(&d->incremental, d->model, err);
    if (code == PP_OK)
        code = open_reach(&d->reach, d->model, err);
    if (code != PP_OK)
        return code;
    d->n_rows = pp_array_new((size_t)d->reach.program.n_ops, sizeof *d->n_rows);
    if (!d->n_rows)
        return pp_no_memory(err, "rows");
    for (size_t i = 0; code == PP_OK && i < sizeof CHANGES / sizeof *CHANGES; i++)
        code = count_all(d, paths, n_paths, CHANGES[i], err);
    return code;
}

int main(int argc, char **argv)
{
    deaths d = { 0 };
    pp_error err = { .message = "usage: death [--OPTION VALUE ...] MODEL IMAGE..." };
    int at = 1;
    pp_code code = pp_params_new(&d.params, "dgde", &err);
    for (; code == PP_OK && at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2)
        code = pp_params_set(d.params, argv[at] + 2, argv[at + 1], &err);
    if (code == PP_OK && at + 1 >= argc)
        code = PP_ARG;
    pp_rng_seed(&d.rng, 1);
    if (code == PP_OK)
        code = run(&d, argv[at], argv + at + 1, (size_t)(argc - at - 1), &err);
    if (code != PP_OK)
        fprintf(stderr, "%s\n", err.message);
    close_reach(&d.reach);
    free(d.n_rows);
    if (d.incremental)
        pp_engine_incremental.close(d.incremental);
    pp_model_free(d.model);
    pp_params_free(d.params);
    return code == PP_OK ? 0 : 1;
}
