/* overhead.c - what an attack costs beyond running the classifier: a whole DGDE attack against as many runs of the same ONNX Runtime session
 * on an image that does not change, in turns, in one process. Prints the ratio of each round, and the most memory the process had.
 *
 *     overhead MODEL IMAGE [QUERIES [ROUNDS]] */
#include "attack/run.h"
#include "base/error.h"
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

/* Seconds that so many runs take with nothing painted, in calls of as many images as a generation has. */
static pp_code run_alone(pp_model *model, const pp_image *image, uint64_t n, double *seconds, pp_error *err)
{
    enum { GENERATION = 20 };
    pp_candidate unchanged[GENERATION] = { 0 };
    float *scores = malloc(GENERATION * model->head.n_outputs * sizeof *scores);
    pp_code code = scores ? model->reference->rebase(model->reference_state, image, err) : pp_no_memory(err, "scores");
    double before = pp_now();
    for (uint64_t done = 0; code == PP_OK && done < n; done += GENERATION)
        code = model->reference->score(model->reference_state, unchanged, n - done < GENERATION ? (size_t)(n - done) : GENERATION, scores, err);
    *seconds = pp_now() - before;
    model->reference->rebase(model->reference_state, model->blank, NULL);
    free(scores);
    return code;
}

int main(int argc, char **argv)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_error err;
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODEL IMAGE [QUERIES [ROUNDS]]\n", argv[0]);
        return 2;
    }
    int n_rounds = argc > 4 ? atoi(argv[4]) : 3;
    pp_code code = prepare(&params, &model, &image, argv, argc > 3 ? argv[3] : "8000", &err);
    for (int i = 0; code == PP_OK && i < n_rounds; i++) {
        pp_result *result = NULL;
        double alone = 0;
        code = pp_attack(&result, model, image, params, &err);
        if (code == PP_OK)
            code = run_alone(model, image, result->queries, &alone, &err);
        if (code == PP_OK)
            printf("round %d: %llu queries, attack : classifier alone = %.3f (%.2f s : %.2f s)\n", i + 1,
                   (unsigned long long)result->queries, result->seconds / alone, result->seconds, alone);
        pp_result_free(result);
    }
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
