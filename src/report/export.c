/* export.c - a run's images and what is known of them as NumPy arrays (docs/formats.md). One image is in memory at a time. */
#include "base/array.h"
#include "base/error.h"
#include "base/file.h"
#include "report/npz.h"
#include "report/show.h"

#include <math.h>
#include <string.h>

typedef struct export {
    const char *dir;
    pp_run_rows rows;
    size_t *images; /* n: indices of rows.images that were looked at */
    size_t n;
    pp_npz *npz;
} export;

/* What was not decoded yet, or cannot be, has no picture. */
static pp_code list_images(export *e, pp_error *err)
{
    e->images = pp_array_new(e->rows.n_images, sizeof *e->images);
    if (!e->images)
        return pp_no_memory(err, "arrays");
    for (size_t i = 0; i < e->rows.n_images; i++)
        if (e->rows.images[i].sha256)
            e->images[e->n++] = i;
    return PP_OK;
}

/* ---- Pictures ---------------------------------------------------------------------------------------------------- */

/* The original where there is no adversarial image. */
static pp_code read_changed(pp_image **picture, const export *e, size_t image, pp_error *err)
{
    return pp_run_flipped(&e->rows, image) ? pp_run_adversarial(picture, e->dir, &e->rows, image, err)
                                           : pp_run_original(picture, e->dir, &e->rows, image, err);
}

static pp_code write_pictures(const export *e, const char *name, pp_code (*read)(pp_image **, const export *, size_t, pp_error *), pp_error *err)
{
    const pp_run_record *run = &e->rows.run;
    const size_t dims[] = { e->n, (size_t)run->height, (size_t)run->width, (size_t)run->channels };
    pp_code code = pp_npz_begin(e->npz, name, PP_NPZ_UINT8, dims, 4, err);
    for (size_t i = 0; code == PP_OK && i < e->n; i++) {
        pp_image *picture = NULL;
        code = read(&picture, e, e->images[i], err);
        if (code == PP_OK)
            code = pp_npz_write(e->npz, picture->data, dims[1] * dims[2] * dims[3], err);
        pp_image_free(picture);
    }
    return code;
}

static pp_code read_original(pp_image **picture, const export *e, size_t image, pp_error *err)
{
    return pp_run_original(picture, e->dir, &e->rows, image, err);
}

static pp_code write_mask(const export *e, size_t image, bool *mask, size_t n_pixels, pp_error *err)
{
    pp_image *original = NULL, *changed = NULL;
    size_t channels = (size_t)e->rows.run.channels;
    pp_code code = read_original(&original, e, image, err);
    if (code == PP_OK)
        code = read_changed(&changed, e, image, err);
    for (size_t i = 0; code == PP_OK && i < n_pixels; i++)
        mask[i] = memcmp(original->data + i * channels, changed->data + i * channels, channels) != 0;
    if (code == PP_OK)
        code = pp_npz_write(e->npz, mask, n_pixels, err);
    pp_image_free(original);
    pp_image_free(changed);
    return code;
}

static pp_code write_masks(const export *e, pp_error *err)
{
    const size_t dims[] = { e->n, (size_t)e->rows.run.height, (size_t)e->rows.run.width };
    bool *mask = pp_array_new(dims[1], dims[2]);
    pp_code code = mask ? pp_npz_begin(e->npz, "mask", PP_NPZ_BOOL, dims, 3, err) : pp_no_memory(err, "arrays");
    for (size_t i = 0; code == PP_OK && i < e->n; i++)
        code = write_mask(e, e->images[i], mask, dims[1] * dims[2], err);
    free(mask);
    return code;
}

/* ---- Numbers and texts, one an image ----------------------------------------------------------------------------- */

static int32_t label_of(const export *e, size_t image)
{
    return (int32_t)e->rows.images[image].label_class;
}

static int32_t class_original_of(const export *e, size_t image)
{
    return (int32_t)e->rows.images[image].decision;
}

static int32_t class_adversarial_of(const export *e, size_t image)
{
    return e->rows.attack_of[image] ? (int32_t)e->rows.attack_of[image]->class_adversarial : -1;
}

static int64_t l0_of(const export *e, size_t image)
{
    return pp_run_flipped(&e->rows, image) ? (int64_t)e->rows.attack_of[image]->l0 : -1;
}

static int64_t queries_of(const export *e, size_t image)
{
    return e->rows.attack_of[image] ? (int64_t)e->rows.attack_of[image]->queries : 0;
}

static double p_original_of(const export *e, size_t image)
{
    return pp_run_p_original(&e->rows, image);
}

static double p_adversarial_of(const export *e, size_t image)
{
    return e->rows.attack_of[image] ? e->rows.attack_of[image]->p_adversarial : NAN;
}

/* Each array of one number an image is one row: exactly one of the functions is there. */
static const struct column {
    const char *name;
    int32_t (*int32)(const export *e, size_t image);
    int64_t (*int64)(const export *e, size_t image);
    double (*real)(const export *e, size_t image);
} COLUMNS[] = {
    { "label", label_of, NULL, NULL },
    { "class_original", class_original_of, NULL, NULL },
    { "class_adversarial", class_adversarial_of, NULL, NULL },
    { "l0", NULL, l0_of, NULL },
    { "queries", NULL, queries_of, NULL },
    { "p_original", NULL, NULL, p_original_of },
    { "p_adversarial", NULL, NULL, p_adversarial_of },
};

static pp_code write_column(const export *e, const struct column *column, pp_error *err)
{
    pp_npz_type type = column->int32 ? PP_NPZ_INT32 : column->int64 ? PP_NPZ_INT64 : PP_NPZ_FLOAT64;
    pp_code code = pp_npz_begin(e->npz, column->name, type, &e->n, 1, err);
    for (size_t i = 0; code == PP_OK && i < e->n; i++) {
        int32_t int32 = column->int32 ? column->int32(e, e->images[i]) : 0;
        int64_t int64 = column->int64 ? column->int64(e, e->images[i]) : 0;
        double real = column->real ? column->real(e, e->images[i]) : 0;
        code = column->int32   ? pp_npz_write(e->npz, &int32, sizeof int32, err)
               : column->int64 ? pp_npz_write(e->npz, &int64, sizeof int64, err)
                               : pp_npz_write(e->npz, &real, sizeof real, err);
    }
    return code;
}

/* N x K: what the classifier says of each original. */
static pp_code write_probabilities(const export *e, pp_error *err)
{
    const size_t dims[] = { e->n, json_array_size(e->rows.class_names) };
    pp_code code = pp_npz_begin(e->npz, "probabilities", PP_NPZ_FLOAT64, dims, 2, err);
    for (size_t i = 0; code == PP_OK && i < e->n; i++) {
        json_t *row = json_loads(e->rows.images[e->images[i]].probabilities, 0, NULL);
        for (size_t k = 0; code == PP_OK && k < dims[1]; k++) {
            json_t *p = json_array_get(row, k);
            double value = p ? json_number_value(p) : NAN;
            code = pp_npz_write(e->npz, &value, sizeof value, err);
        }
        json_decref(row);
    }
    return code;
}

static const char *path_of(const pp_image_record *image)
{
    return image->path;
}

static const char *name_of(const pp_image_record *image)
{
    return image->name;
}

static const char *status_of(const pp_image_record *image)
{
    return image->status;
}

static pp_code write_texts(const export *e, const char *name, const char *(*get)(const pp_image_record *image), pp_error *err)
{
    const char **texts = pp_array_new(e->n, sizeof *texts);
    if (!texts)
        return pp_no_memory(err, "arrays");
    for (size_t i = 0; i < e->n; i++)
        texts[i] = get(&e->rows.images[e->images[i]]);
    pp_code code = pp_npz_texts(e->npz, name, texts, e->n, err);
    free(texts);
    return code;
}

static pp_code write_class_names(const export *e, pp_error *err)
{
    size_t n = json_array_size(e->rows.class_names);
    const char **names = pp_array_new(n, sizeof *names);
    if (!names)
        return pp_no_memory(err, "arrays");
    for (size_t i = 0; i < n; i++)
        names[i] = pp_run_class_name(&e->rows, (int)i);
    pp_code code = pp_npz_texts(e->npz, "class_names", names, n, err);
    free(names);
    return code;
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static pp_code write_arrays(const export *e, pp_error *err)
{
    pp_code code = write_pictures(e, "original", read_original, err);
    if (code == PP_OK)
        code = write_pictures(e, "adversarial", read_changed, err);
    if (code == PP_OK)
        code = write_masks(e, err);
    for (size_t i = 0; code == PP_OK && i < sizeof COLUMNS / sizeof *COLUMNS; i++)
        code = write_column(e, &COLUMNS[i], err);
    if (code == PP_OK)
        code = write_probabilities(e, err);
    if (code == PP_OK)
        code = write_texts(e, "path", path_of, err);
    if (code == PP_OK)
        code = write_texts(e, "name", name_of, err);
    if (code == PP_OK)
        code = write_texts(e, "status", status_of, err);
    return code == PP_OK ? write_class_names(e, err) : code;
}

pp_code pp_export_npz(const char *dir, const char *path, pp_error *err)
{
    export e = { .dir = dir };
    pp_code code = pp_file_is_free(path, err);
    if (code == PP_OK)
        code = pp_run_rows_read(&e.rows, dir, err);
    if (code == PP_OK)
        code = list_images(&e, err);
    if (code == PP_OK && (code = pp_npz_open(&e.npz, path, err)) == PP_OK)
        code = pp_npz_close(e.npz, write_arrays(&e, err), err);
    free(e.images);
    pp_run_rows_clear(&e.rows);
    return code;
}
