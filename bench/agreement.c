/* agreement.c - by how much do the two engines differ on a classifier?
 *
 *     build/bench/agreement [--candidates N] [--pixels LOW:HIGH] [--seed S] [--list FILE] [--OPTION VALUE ...] MODEL [IMAGE ...]
 *
 * Scores N (default 10000) random candidates, each of LOW to HIGH (1:100) pixels of random colours at random places over one of the
 * images (noise where none is named), with ONNX Runtime and with the incremental engine, and prints the largest differences.
 * --list writes each candidate with what both engines said of it, for truth.py. Further options are those of `pinprick score` that say
 * how the model is fed and how the engines are run. Exit status: 0 if every score agrees within 1e-4 relative or 1e-5 absolute, 1 if
 * one does not, 2 if the model is not covered or something fails. */
#include "base/error.h"
#include "base/rng.h"
#include "oracle/engine.h"
#include "oracle/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 64, MOST_PIXELS = 100000 };

typedef struct comparison {
    pp_params *params;
    pp_model *model;
    void *incremental;
    size_t n_candidates, low, high;
    uint64_t seed;
    pp_rng rng;
    FILE *list;
    /* found out */
    size_t n_scored, n_scores, n_apart;
    double largest_absolute, largest_relative, largest_score; /* relative: of scores above 0.1 */
} comparison;

static int complain(const char *message)
{
    fprintf(stderr, "agreement: %s\n", message);
    return 2;
}

static void compare_scores(comparison *c, const float *dense, const float *incremental, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double a = dense[i], b = incremental[i], difference = fabs(a - b), size = fmax(fabs(a), fabs(b));
        c->largest_absolute = fmax(c->largest_absolute, difference);
        c->largest_score = fmax(c->largest_score, size);
        if (size > 0.1)
            c->largest_relative = fmax(c->largest_relative, difference / size);
        c->n_apart += !(difference <= 1e-5 || difference <= 1e-4 * size);
    }
    c->n_scores += n;
}

static void list_scores(FILE *list, const float *scores, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(list, "%s%.9g", i ? " " : ",", (double)scores[i]);
}

/* image,onnxruntime,incremental,pixels: lists with spaces, each pixel x y and three values. */
static void list_candidate(FILE *list, const char *image, const float *dense, const float *incremental, size_t n_outputs,
                           const pp_candidate *candidate)
{
    fprintf(list, "%s", image);
    list_scores(list, dense, n_outputs);
    list_scores(list, incremental, n_outputs);
    for (size_t i = 0; i < candidate->n; i++) {
        const pp_pixel *pixel = &candidate->pixels[i];
        fprintf(list, "%s%u %u %u %u %u", i ? " " : ",", pixel->x, pixel->y, pixel->value[0], pixel->value[1], pixel->value[2]);
    }
    fprintf(list, "\n");
}

static void draw_candidates(comparison *c, pp_candidate *candidates, pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        candidates[i] = (pp_candidate){ pixels, c->low + pp_rng_below(&c->rng, c->high - c->low + 1) };
        for (size_t j = 0; j < candidates[i].n; j++, pixels++) {
            pixels->x = (uint16_t)pp_rng_below(&c->rng, (uint64_t)c->model->plan.width);
            pixels->y = (uint16_t)pp_rng_below(&c->rng, (uint64_t)c->model->plan.height);
            for (int k = 0; k < 3; k++)
                pixels->value[k] = (uint8_t)pp_rng_below(&c->rng, 256);
        }
    }
}

/* n candidates over one base. name: of its file */
static pp_code compare_over(comparison *c, const pp_image *base, const char *name, size_t n, pp_error *err)
{
    size_t n_outputs = c->model->head.n_outputs;
    pp_candidate candidates[AT_ONCE];
    pp_pixel *pixels = calloc(AT_ONCE * c->high, sizeof *pixels);
    float *dense = calloc(AT_ONCE * n_outputs, sizeof *dense), *incremental = calloc(AT_ONCE * n_outputs, sizeof *dense);
    pp_code code = pixels && dense && incremental ? c->model->engine->rebase(c->model->engine_state, base, err) : PP_MEMORY;
    if (code == PP_OK)
        code = pp_engine_incremental.rebase(c->incremental, base, err);
    while (code == PP_OK && n > 0) {
        size_t now = n < AT_ONCE ? n : AT_ONCE;
        draw_candidates(c, candidates, pixels, now);
        code = c->model->engine->score(c->model->engine_state, candidates, now, dense, err);
        if (code == PP_OK)
            code = pp_engine_incremental.score(c->incremental, candidates, now, incremental, err);
        if (code == PP_OK)
            compare_scores(c, dense, incremental, now * n_outputs);
        for (size_t i = 0; code == PP_OK && c->list && i < now; i++)
            list_candidate(c->list, name, dense + i * n_outputs, incremental + i * n_outputs, n_outputs, &candidates[i]);
        c->n_scored += now;
        n -= now;
    }
    free(pixels);
    free(dense);
    free(incremental);
    return code;
}

static pp_code next_base(comparison *c, const char *path, pp_image **base, pp_error *err)
{
    const pp_input_plan *plan = &c->model->plan;
    if (path)
        return pp_image_load(base, path, c->model, c->params, err);
    pp_code code = pp_image_new(base, plan->width, plan->height, plan->channels, err);
    for (int i = 0; code == PP_OK && i < plan->width * plan->height * plan->channels; i++)
        (*base)->data[i] = (uint8_t)pp_rng_below(&c->rng, 256);
    return code;
}

static pp_code compare_all(comparison *c, char **paths, size_t n_paths, pp_error *err)
{
    size_t n_bases = n_paths ? n_paths : 4;
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < n_bases; i++) {
        pp_image *base = NULL;
        size_t n = c->n_candidates * (i + 1) / n_bases - c->n_candidates * i / n_bases;
        code = next_base(c, n_paths ? paths[i] : NULL, &base, err);
        if (code == PP_OK)
            code = compare_over(c, base, n_paths ? paths[i] : "noise", n, err);
        pp_image_free(base);
    }
    return code;
}

static pp_code open_model(comparison *c, const char *path, pp_error *err)
{
    pp_code code = pp_model_open(&c->model, path, c->params, err);
    return code != PP_OK ? code : pp_model_open_incremental(&c->incremental, c->model, err);
}

/* One option and its value. @return false if it is none of ours and none of the library's */
static bool set_option(comparison *c, const char *name, const char *value, pp_error *err)
{
    if (strcmp(name, "candidates") == 0)
        return (c->n_candidates = strtoull(value, NULL, 10)) > 0;
    if (strcmp(name, "list") == 0)
        return (c->list = fopen(value, "w"));
    if (strcmp(name, "seed") == 0)
        return sscanf(value, "%llu", (unsigned long long *)&c->seed) == 1;
    if (strcmp(name, "pixels") == 0)
        return sscanf(value, "%zu:%zu", &c->low, &c->high) == 2 && c->low <= c->high && c->high <= MOST_PIXELS;
    return pp_params_set(c->params, name, value, err) == PP_OK;
}

static void print_result(const comparison *c, const char *path)
{
    uint64_t dense = pp_incremental_dense_multiply_adds(c->incremental);
    printf("%s: %zu candidates of %zu to %zu pixels, %zu scores up to %.3g: largest difference %.2e absolute, %.2e relative "
           "(of scores above 0.1), %zu beyond 1e-4 relative and 1e-5 absolute; multiply-adds dense / done %.2f\n",
           path, c->n_scored, c->low, c->high, c->n_scores, c->largest_score, c->largest_absolute, c->largest_relative, c->n_apart,
           (double)dense * (double)c->n_scored / (double)pp_incremental_multiply_adds(c->incremental));
}

int main(int argc, char **argv)
{
    comparison c = { .n_candidates = 10000, .low = 1, .high = 100, .seed = 1 };
    pp_error err = { .message = "a value that is not possible" };
    int at = 1;
    if (pp_params_new(&c.params, "dgde", &err) != PP_OK)
        return complain(err.message);
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2)
        if (!set_option(&c, argv[at] + 2, argv[at + 1], &err))
            return complain(err.message);
    if (at >= argc)
        return complain("agreement [--candidates N] [--pixels LOW:HIGH] [--seed S] [--list FILE] [--OPTION VALUE ...] MODEL [IMAGE ...]");
    pp_rng_seed(&c.rng, c.seed);
    pp_code code = open_model(&c, argv[at], &err);
    if (code == PP_OK)
        code = compare_all(&c, argv + at + 1, (size_t)(argc - at - 1), &err);
    if (code == PP_OK && c.list && (ferror(c.list) || fclose(c.list) != 0))
        code = pp_fail(&err, PP_IO, "the list cannot be written");
    if (code == PP_OK)
        print_result(&c, argv[at]);
    else
        complain(err.message);
    if (c.incremental)
        pp_engine_incremental.close(c.incremental);
    pp_model_free(c.model);
    pp_params_free(c.params);
    return code != PP_OK ? 2 : c.n_apart > 0;
}
