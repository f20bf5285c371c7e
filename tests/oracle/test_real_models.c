/* test_real_models.c - real classifiers and images, where they are there: the probabilities that other programs computed, and the same
 * scores bit by bit whatever the number of threads and the batch. */
#include "support.h"

#include "attack/params.h"
#include "oracle/model.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 128, MOST_COLUMNS = 8 };

/* A row of labels.csv: the file, and the numbers behind path and label. */
typedef struct row {
    char path[200];
    double p[MOST_COLUMNS];
} row;

/* No cell is quoted in these files. @return rows read */
static size_t read_rows(const char *name, row rows[MOST_ROWS])
{
    char path[512], line[1000];
    size_t n = 0;
    FILE *file = fopen(data_file(path, name), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file)); /* the header */
    while (n < MOST_ROWS && fgets(line, sizeof line, file)) {
        char *rest, *cell = strtok_r(line, ",\n", &rest);
        assert_non_null(cell);
        snprintf(rows[n].path, sizeof rows[n].path, "%s", cell);
        strtok_r(NULL, ",\n", &rest); /* the label */
        for (int k = 0; k < MOST_COLUMNS && (cell = strtok_r(NULL, ",\n", &rest)); k++)
            rows[n].p[k] = strtod(cell, NULL);
        n++;
    }
    fclose(file);
    return n;
}

/* A model with nothing said but what its hub files say. options: "name", "value", ..., NULL; or NULL. */
static pp_model *open_real(const char *name, const char *const *options, pp_params **params)
{
    char path[512];
    pp_model *model = NULL;
    pp_error err;
    assert_ok(pp_params_new(params, "dgde", &err), err);
    for (; options && *options; options += 2)
        assert_ok(pp_params_set(*params, options[0], options[1], &err), err);
    assert_ok(pp_model_open(&model, data_file(path, name), *params, &err), err);
    return model;
}

static void classify(pp_model *model, const pp_params *params, const char *set, const char *file, double p[MOST_COLUMNS])
{
    char name[300], path[512];
    pp_image *image = NULL;
    pp_error err;
    int decision;
    snprintf(name, sizeof name, "%s/%s", set, file);
    assert_ok(pp_image_load(&image, data_file(path, name), model, params, &err), err);
    assert_ok(pp_classify(model, image, p, &decision, &err), err);
    pp_image_free(image);
}

static void real_probabilities_agree(const char *set, const char *model_name, const char *csv, size_t most, int class_index, int column,
                                     int n_classes)
{
    static row rows[MOST_ROWS]; /* not on the heap: where there is no data, the test is left from within */
    char name[200];
    pp_params *params = NULL;
    double worst = 0;
    snprintf(name, sizeof name, "%s/%s", set, csv);
    size_t n = read_rows(name, rows);
    snprintf(name, sizeof name, "%s/%s", set, model_name);
    pp_model *model = open_real(name, NULL, &params);
    for (size_t i = 0; i < n && i < most; i++) {
        double p[MOST_COLUMNS];
        classify(model, params, set, rows[i].path, p);
        for (int k = 0; k < n_classes; k++)
            worst = fmax(worst, fabs(p[class_index + k] - rows[i].p[column + k]));
    }
    pp_model_free(model);
    pp_params_free(params);
    print_message("%s: %zu images, largest difference %.2g\n", model_name, n < most ? n : most, worst);
    assert_true(n >= 60 && worst < 1e-4);
}

static void radiographs_get_the_probabilities_of_their_table(void **state)
{
    (void)state;
    real_probabilities_agree("cxr", "mobilenetv2_035.onnx", "labels.csv", MOST_ROWS, 1, 1, 1);
}

static void dermoscopies_get_all_three_probabilities_of_their_table(void **state)
{
    (void)state;
    real_probabilities_agree("derm", "mobilenetv2_035_melanoma.onnx", "labels.csv", MOST_ROWS, 0, 2, 3);
}

/* A few: each takes long. */
static void the_resnet_agrees_with_pytorch(void **state)
{
    (void)state;
    real_probabilities_agree("cxr", "resnet50.onnx", "resnet50_test.csv", 6, 1, 1, 1);
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* From the source files through our own decoding and fitting: the median difference. */
static void originals_agree(const char *set, const char *model_name, const char *ending, int class_index, int column)
{
    static row rows[MOST_ROWS]; /* not on the heap: where there is no data, the test is left from within */
    char name[300], path[512];
    pp_params *params = NULL;
    double differences[MOST_ROWS];
    size_t n_found = 0;
    snprintf(name, sizeof name, "%s/labels.csv", set);
    size_t n = read_rows(name, rows);
    snprintf(name, sizeof name, "%s/%s", set, model_name);
    pp_model *model = open_real(name, NULL, &params);
    for (size_t i = 0; i < n; i++) {
        double p[MOST_COLUMNS];
        const char *base = strrchr(rows[i].path, '/') + 1;
        char file[200];
        snprintf(file, sizeof file, "originals/%.*s.%s", (int)strcspn(base, "."), base, ending);
        snprintf(path, sizeof path, "%s/%s/%s", getenv("PINPRICK_DATA"), set, file);
        if (access(path, R_OK) != 0)
            continue; /* only some have their original */
        classify(model, params, set, file, p);
        differences[n_found++] = fabs(p[class_index] - rows[i].p[column]);
    }
    pp_model_free(model);
    pp_params_free(params);
    assert_int_equal(n_found, 12);
    qsort(differences, n_found, sizeof *differences, by_size);
    print_message("%s: median difference %.2g, largest %.2g\n", set, differences[n_found / 2], differences[n_found - 1]);
    assert_true(differences[n_found / 2] < 0.02);
}

static void original_files_come_close(void **state)
{
    (void)state;
    originals_agree("cxr", "mobilenetv2_035.onnx", "jpeg", 1, 1);
    originals_agree("derm", "mobilenetv2_035_melanoma.onnx", "jpg", 0, 2);
}

/* Scores of a real network, whose kernels could well choose another way for another batch: they must not. */
static void a_real_network_scores_the_same_whatever_threads_and_batch(void **state)
{
    (void)state;
    enum { N = 40 };
    static const char *const WAYS[][5] = { { "threads", "1", "batch", "1" }, { "threads", "2", "batch", "1" },
                                           { "threads", "2", "batch", "7" }, { "threads", "1", "batch", "32" } };
    static const char *const MODELS[][2] = { { "cxr/mobilenetv2_035.onnx", "cxr/png224/person17_virus_48.png" },
                                             { "derm/mobilenetv2_035_melanoma.onnx", "derm/png224/melanoma_9648.png" } };
    for (size_t m = 0; m < 2; m++) {
        float first[N * 3], scores[N * 3];
        for (size_t w = 0; w < sizeof WAYS / sizeof *WAYS; w++) {
            char path[512];
            pp_params *params = NULL;
            pp_image *image = NULL;
            pp_pixel pixels[N];
            pp_candidate candidates[N];
            pp_error err;
            pp_model *model = open_real(MODELS[m][0], WAYS[w], &params);
            size_t size = N * model->head.n_outputs * sizeof(float);
            assert_ok(pp_image_load(&image, data_file(path, MODELS[m][1]), model, params, &err), err);
            for (size_t i = 0; i < N; i++) {
                pixels[i] = (pp_pixel){ .x = (uint16_t)(i * 5), .y = (uint16_t)(223 - i * 3), .value = { 255, (uint8_t)i, 0 } };
                candidates[i] = (pp_candidate){ pixels, i };
            }
            assert_ok(model->engine->rebase(model->engine_state, image, &err), err);
            assert_ok(model->engine->score(model->engine_state, candidates, N, w ? scores : first, &err), err);
            if (w)
                assert_memory_equal(scores, first, size);
            pp_image_free(image);
            pp_model_free(model);
            pp_params_free(params);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radiographs_get_the_probabilities_of_their_table),
        cmocka_unit_test(dermoscopies_get_all_three_probabilities_of_their_table),
        cmocka_unit_test(the_resnet_agrees_with_pytorch),
        cmocka_unit_test(original_files_come_close),
        cmocka_unit_test(a_real_network_scores_the_same_whatever_threads_and_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
