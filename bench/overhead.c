/* overhead.c - what an attack costs beyond running the classifier, in one process: the share of a whole DGDE attack that is spent outside the
 * engine, what painting adds inside it, and the most memory the process had.
 *
 *     build/bench/overhead MODEL IMAGE [QUERIES] */
#include "attack/run.h"
#include "base/error.h"
#include "base/rng.h"
#include "oracle/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static pp_code prepare(pp_params **params, pp_model **model, pp_image **image, char **argv, const char *queries, pp_error *err)
{
    pp_code code = pp_params_new(params, "dgde", err);
    if (code == PP_OK)
        code = pp_params_set(*params, "queries", queries, err);
    if (code == PP_OK)
        code = pp_params_set(*params, "engine", "onnxruntime", err);
    if (code == PP_OK)
        code = pp_model_open(model, argv[1], *params, err);
    return code == PP_OK ? pp_image_load(image, argv[2], *model, *params, err) : code;
}

enum { GENERATION = 20, PIXELS = 30, PAIRS = 25 };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What a query costs beyond a run of ONNX Runtime: generations of candidates with some pixels each, against as many runs with nothing to
 * paint, in turns. The median of their ratios. */
static pp_code paint_ratio(pp_model *model, const pp_image *image, double *ratio, pp_error *err)
{
    pp_pixel pixels[GENERATION][PIXELS];
    pp_candidate candidates[2][GENERATION] = { 0 };
    double ratios[PAIRS];
    float *scores = malloc(GENERATION * model->head.n_outputs * sizeof *scores);
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < GENERATION; i++) {
        for (int p = 0; p < PIXELS; p++)
            pixels[i][p] = (pp_pixel){ .x = (uint16_t)pp_rng_below(&rng, (uint64_t)image->width),
                                       .y = (uint16_t)pp_rng_below(&rng, (uint64_t)image->height), .value = { 255, 0, 255 } };
        candidates[1][i] = (pp_candidate){ pixels[i], PIXELS };
    }
    pp_code code = scores ? model->reference->rebase(model->reference_state, image, err) : pp_no_memory(err, "scores");
    for (int pair = 0; code == PP_OK && pair < PAIRS; pair++) {
        double seconds[2];
        for (int painted = 0; code == PP_OK && painted < 2; painted++) {
            double before = pp_now();
            code = model->reference->score(model->reference_state, candidates[painted], GENERATION, scores, err);
            seconds[painted] = pp_now() - before;
        }
        ratios[pair] = seconds[1] / seconds[0];
    }
    model->reference->rebase(model->reference_state, model->blank, NULL);
    free(scores);
    qsort(ratios, PAIRS, sizeof *ratios, by_size);
    *ratio = ratios[PAIRS / 2];
    return code;
}

int main(int argc, char **argv)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_error err;
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODEL IMAGE [QUERIES]\n", argv[0]);
        return 2;
    }
    pp_result *result = NULL;
    double ratio = 0;
    pp_code code = prepare(&params, &model, &image, argv, argc > 3 ? argv[3] : "8000", &err);
    if (code == PP_OK)
        code = pp_attack(&result, model, image, params, &err);
    if (code == PP_OK)
        code = paint_ratio(model, image, &ratio, &err);
    if (code == PP_OK) {
        double own = 1 - result->engine_seconds / result->seconds;
        printf("%llu queries in %.1f s: the search itself %.1f %% of it; a query with pixels to paint : one without = %.3f\n",
               (unsigned long long)result->queries, result->seconds, 100 * own, ratio);
        printf("beyond ONNX Runtime: %.1f %% of the run\n", 100 * (own + (1 - own) * (1 - 1 / ratio)));
    }
    pp_result_free(result);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (code == PP_OK)
        printf("memory: %ld MiB at most\n", usage.ru_maxrss / 1024);
    else
        fprintf(stderr, "%s\n", err.message);
    pp_image_free(image);
    pp_model_free(model);
    pp_params_free(params);
    return code == PP_OK ? 0 : 1;
}
