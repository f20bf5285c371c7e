/* ablation.c - what each part of pursuit is worth: the search as it is, then with one move or stage left out at a time, on the same images
 * with the same seeds. Rows of a Markdown table, named by what is left out: for each budget mean and median of the pixels of all attacks that
 * have flipped by then, and the share that have.
 *
 *     build/bench/ablation MODEL IMAGES BUDGET[,BUDGET...] SEEDS [OPTION VALUE]...
 *
 * Options are those of `pinprick attack`. What the classifier says of an image is taken to be right. Results are those of the run's own
 * engine: none is verified here. One budget is one column read off the traces of runs with the largest. */
#include "attack/params.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left out. Stages that have a parameter are left out by it. */
static const struct variant {
    const char *name, *option, *value;
} VARIANTS[] = {
    { "nothing", NULL, NULL },
    { "the screen", "screen", "1" },
    { "the model", "without", "model" },
    { "the strides", "without", "strides" },
    { "the spread", "without", "spread" },
    { "noise", "rescue", "0" },
    { "leaving shares out", "without", "shares" },
    { "leaving each out", "without", "each" },
    { "several fewer at once", "cut", "0" },
    { "exchange", "without", "exchange" },
    { "tearing down", "patience", "100000" },
    { "move fresh", "without", "fresh" },
    { "move good", "without", "good" },
    { "move near-good", "without", "near-good" },
    { "move recoloured", "without", "recoloured" },
    { "move shifted", "without", "shifted" },
    { "move flipped", "without", "flipped" },
};
enum { N_VARIANTS = sizeof VARIANTS / sizeof *VARIANTS, MOST_BUDGETS = 16, MOST_ATTACKS = 4096 };

typedef struct bench {
    pp_inputs *inputs;
    pp_model *model;
    const char *model_path;
    char **options; /* pairs, ended by NULL */
    size_t n_budgets, n_seeds;
    size_t budgets[MOST_BUDGETS];
    size_t pixels[MOST_BUDGETS][MOST_ATTACKS], n_flipped[MOST_BUDGETS], n_attacks;
} bench;

static pp_code set_number(pp_params *params, const char *option, size_t number, pp_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", number);
    return pp_params_set(params, option, text, err);
}

static pp_code make_params(pp_params **params, const bench *b, const struct variant *v, size_t seed, pp_error *err)
{
    pp_code code = pp_params_new(params, "pursuit", err);
    for (char **option = b->options; code == PP_OK && *option; option += 2)
        code = pp_params_set(*params, option[0], option[1], err);
    if (code == PP_OK)
        code = set_number(*params, "queries", b->budgets[b->n_budgets - 1], err);
    if (code == PP_OK)
        code = set_number(*params, "seed", seed, err);
    return code == PP_OK && v->option ? pp_params_set(*params, v->option, v->value, err) : code;
}

/* What was found at each budget. */
static void note(bench *b, const pp_result *result)
{
    for (size_t k = 0; k < b->n_budgets; k++) {
        size_t n_pixels = 0;
        for (size_t i = 0; i < result->n_trace && result->trace[i].queries <= b->budgets[k]; i++)
            n_pixels = result->trace[i].n_pixels;
        if (n_pixels)
            b->pixels[k][b->n_flipped[k]++] = n_pixels;
    }
    b->n_attacks++;
}

static pp_code attack(bench *b, const struct variant *v, size_t image_index, size_t seed, pp_error *err)
{
    pp_params *params = NULL;
    pp_image *image = NULL;
    pp_result *result = NULL;
    pp_code code = make_params(&params, b, v, seed, err);
    if (code == PP_OK && !b->model)
        code = pp_model_open(&b->model, b->model_path, params, err);
    if (code == PP_OK)
        code = pp_image_load(&image, pp_inputs_path(b->inputs, image_index), b->model, params, err);
    if (code == PP_OK)
        code = pp_attack(&result, b->model, image, params, err);
    if (code == PP_OK)
        note(b, result);
    pp_result_free(result);
    pp_image_free(image);
    pp_params_free(params);
    return code;
}

static int by_size(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

static void print_row(bench *b, const char *name)
{
    printf("| %s |", name);
    for (size_t k = 0; k < b->n_budgets; k++) {
        size_t n = b->n_flipped[k], *pixels = b->pixels[k], sum = 0;
        qsort(pixels, n, sizeof *pixels, by_size);
        for (size_t i = 0; i < n; i++)
            sum += pixels[i];
        if (n)
            printf(" %.1f, %g, %.0f %% |", (double)sum / (double)n, (double)(pixels[(n - 1) / 2] + pixels[n / 2]) / 2,
                   100 * (double)n / (double)b->n_attacks);
        else
            printf(" none |");
    }
    printf("\n");
    fflush(stdout);
}

static pp_code measure(bench *b, const struct variant *v, pp_error *err)
{
    pp_code code = PP_OK;
    size_t n_images = pp_inputs_count(b->inputs);
    b->n_attacks = 0;
    memset(b->n_flipped, 0, sizeof b->n_flipped);
    if (n_images * b->n_seeds > MOST_ATTACKS)
        return pp_fail(err, PP_ARG, "%zu images and %zu seeds: at most %d attacks", n_images, b->n_seeds, (int)MOST_ATTACKS);
    for (size_t seed = 1; seed <= b->n_seeds; seed++)
        for (size_t i = 0; code == PP_OK && i < n_images; i++)
            code = attack(b, v, i, seed, err);
    if (code == PP_OK)
        print_row(b, v->name);
    return code;
}

static void read_budgets(bench *b, char *text)
{
    for (char *word = strtok(text, ","); word && b->n_budgets < MOST_BUDGETS; word = strtok(NULL, ","))
        b->budgets[b->n_budgets++] = (size_t)strtoull(word, NULL, 10);
}

int main(int argc, char **argv)
{
    static bench b;
    pp_error err;
    if (argc < 5 || argc % 2 == 0) {
        fprintf(stderr, "usage: %s MODEL IMAGES BUDGET[,BUDGET...] SEEDS [OPTION VALUE]...\n", argv[0]);
        return 2;
    }
    b.model_path = argv[1];
    read_budgets(&b, argv[3]);
    b.n_seeds = (size_t)strtoull(argv[4], NULL, 10);
    b.options = argv + 5;
    pp_code code = pp_inputs_new(&b.inputs, &err);
    if (code == PP_OK)
        code = pp_inputs_add(b.inputs, argv[2], &err);
    for (size_t v = 0; code == PP_OK && v < N_VARIANTS; v++)
        code = measure(&b, &VARIANTS[v], &err);
    if (code != PP_OK)
        fprintf(stderr, "%s\n", err.message);
    pp_model_free(b.model);
    pp_inputs_free(b.inputs);
    return code == PP_OK ? 0 : 1;
}
