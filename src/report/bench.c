/* bench.c - what the incremental engine brings on this model and this machine: queries a second, side by side with ONNX Runtime. */
#include "base/error.h"
#include "oracle/model.h"
#include "report/format.h"
#include "report/text_table.h"

#include <math.h>
#include <string.h>

static const size_t CHANGES[] = { 1, 2, 4, 8, 16, 32 };
enum { N_CHANGES = sizeof CHANGES / sizeof *CHANGES, ROUNDS = 5 };

typedef struct bench {
    const pp_model *model;
    pp_comparison rows[N_CHANGES];
} bench;

static double times_faster(const pp_comparison *c)
{
    return c->seconds_reference / c->seconds_incremental;
}

/* Of the multiply-adds of a whole image, how many a candidate took. */
static double share(const pp_comparison *c)
{
    return c->dense_multiply_adds ? (double)c->multiply_adds / (double)c->dense_multiply_adds : 0;
}

static double gflops(uint64_t multiply_adds, double seconds)
{
    return 2e-9 * (double)multiply_adds / seconds;
}

static pp_code write_table(const void *what, FILE *out, pp_error *err)
{
    const bench *b = what;
    const pp_model *model = b->model;
    pp_text_table table;
    fprintf(out, "%s, %dx%d, %zu threads; candidates with so many pixels changed at random places\n", model->path, model->plan.width,
            model->plan.height, model->n_threads);
    if (model->change_threshold > 0)
        fprintf(out, "the incremental engine follows changes above %g of a map's root mean square\n", model->change_threshold);
    fprintf(out, "\n");
    pp_text_table_init(&table, 8);
    static const char *const HEADS[] = { "pixels", "onnxruntime/s", "GFLOP/s", "incremental/s", "GFLOP/s", "times faster", "multiply-adds",
                                         "difference" };
    for (size_t i = 0; i < 8; i++)
        pp_text_table_add(&table, "%s", HEADS[i]);
    for (size_t i = 0; i < N_CHANGES; i++) {
        const pp_comparison *c = &b->rows[i];
        pp_text_table_add(&table, "%zu", CHANGES[i]);
        pp_text_table_add(&table, "%.1f", 1 / c->seconds_reference);
        pp_text_table_add(&table, "%.1f", gflops(c->dense_multiply_adds, c->seconds_reference));
        pp_text_table_add(&table, "%.1f", 1 / c->seconds_incremental);
        pp_text_table_add(&table, "%.1f", gflops(c->multiply_adds, c->seconds_incremental));
        pp_text_table_add(&table, "%.2f", times_faster(c));
        pp_text_table_add(&table, "%.1f %%", 100 * share(c));
        pp_text_table_add(&table, "%.1e", c->largest_difference);
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed ? pp_no_memory(err, "a table") : PP_OK;
}

static pp_code write_csv(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const bench *b = what;
    fprintf(out, "pixels,onnxruntime_per_second,incremental_per_second,times_faster,multiply_adds_share,largest_difference\n");
    for (size_t i = 0; i < N_CHANGES; i++) {
        const pp_comparison *c = &b->rows[i];
        fprintf(out, "%zu,%.3f,%.3f,%.4f,%.6f,%.3e\n", CHANGES[i], 1 / c->seconds_reference, 1 / c->seconds_incremental, times_faster(c),
                share(c), c->largest_difference);
    }
    return PP_OK;
}

/* One object for each figure, by the number of pixels. */
static pp_code make_json(char **text, const bench *b, pp_error *err)
{
    static const char *const KEYS[] = { "engine_ratio", "onnxruntime_per_second", "incremental_per_second", "multiply_adds_share",
                                        "largest_difference" };
    json_t *root = json_object();
    json_object_set_new(root, "model", pp_json_string(b->model->path));
    json_object_set_new(root, "width", json_integer(b->model->plan.width));
    json_object_set_new(root, "height", json_integer(b->model->plan.height));
    json_object_set_new(root, "threads", pp_json_count(b->model->n_threads));
    json_object_set_new(root, "change_threshold", pp_json_real(b->model->change_threshold));
    json_object_set_new(root, "multiply_adds", pp_json_count(b->rows[0].dense_multiply_adds));
    for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++) {
        json_t *figures = json_object();
        for (size_t i = 0; i < N_CHANGES; i++) {
            const pp_comparison *c = &b->rows[i];
            double all[] = { times_faster(c), 1 / c->seconds_reference, 1 / c->seconds_incremental, share(c), c->largest_difference };
            char pixels[16];
            snprintf(pixels, sizeof pixels, "%zu", CHANGES[i]);
            json_object_set_new(figures, pixels, pp_json_real(all[k]));
        }
        json_object_set_new(root, KEYS[k], figures);
    }
    return pp_json_text(text, root, err);
}

/* Smooth waves, light in the middle: no image of anything, but no flat one either. */
static void fill_image(pp_image *image)
{
    uint8_t *value = image->data;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            for (int c = 0; c < image->channels; c++) {
                double u = (double)x / image->width, v = (double)y / image->height;
                *value++ = (uint8_t)(110 + 60 * sin(3.1 * u) * sin(3.1 * v) + 25 * sin(17 * u + 3 * c) * cos(11 * v) + 10 * sin(70 * u * v));
            }
}

pp_code pp_bench(pp_model *model, const pp_image *image, const char *format, char **text, pp_error *err)
{
    bench b = { .model = model };
    pp_format form;
    pp_image *waves = NULL;
    void *incremental = NULL;
    pp_code code = pp_format_find(&form, format, err);
    if (code == PP_OK && model->reference != &pp_engine_onnxruntime)
        code = pp_fail(err, PP_ARG, "%s: is a function of the caller's; engines can be compared on model files only", model->path);
    if (code == PP_OK && !image) {
        code = pp_image_new(&waves, model->plan.width, model->plan.height, model->plan.channels, err);
        if (code == PP_OK)
            fill_image(waves);
    }
    pp_error why;
    if (code == PP_OK) {
        code = pp_model_open_incremental(&incremental, model, &why);
        if (code != PP_OK)
            code = pp_fail(err, code, "%s: the incremental engine cannot be used: %s", model->path, why.message);
    }
    for (size_t i = 0; code == PP_OK && i < N_CHANGES; i++)
        code = pp_compare_engines(&b.rows[i], model, incremental, image ? image : waves, CHANGES[i], ROUNDS, err);
    if (incremental)
        pp_engine_incremental.close(incremental);
    pp_image_free(waves);
    if (code != PP_OK)
        return code;
    return form == PP_FORMAT_JSON ? make_json(text, &b, err) : pp_written_text(text, form == PP_FORMAT_CSV ? write_csv : write_table, &b, err);
}
