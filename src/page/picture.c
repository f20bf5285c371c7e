/* picture.c - an image on the page: its trace and changed pixels as numbers; the original, and each stage kept, as pictures.
 *
 * A stage is a transparent PNG of its pixels alone, laid over the original: exact, and small where pixels are few. What would not fit
 * into an image's allowance is left out, dense noise first, and the page says so. */
#include "base/array.h"
#include "base/error.h"
#include "page/page.h"

#include <string.h>

enum { MOST_LISTED = 1024, MOST_RINGS = 200, MOST_DOTS = 60, THUMBNAIL = 64 };

/* ---- Numbers ----------------------------------------------------------------------------------------------------- */

static json_t *trace_array(const pp_trace_row *rows, size_t n)
{
    json_t *trace = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(trace, json_pack("[I, I, I, f, f]", (json_int_t)rows[i].generation, (json_int_t)rows[i].queries,
                                               (json_int_t)rows[i].n_pixels, rows[i].p_original, rows[i].margin));
    return trace;
}

static json_t *colour_string(const uint8_t value[3], int channels)
{
    return json_sprintf("#%02x%02x%02x", value[0], value[channels == 3 ? 1 : 0], value[channels == 3 ? 2 : 0]);
}

/* [x, y, before, after], the first MOST_LISTED of them. */
static pp_code tell_pixels(const pp_page_run *run, int64_t image, json_t *data, json_t *view, pp_error *err)
{
    pp_pixel *after = NULL, *before = NULL;
    size_t n = 0;
    pp_code code = pp_store_read_pixels(run->store, image, &after, &before, &n, err);
    if (code != PP_OK)
        return code;
    json_t *changed = json_array(), *table = json_array();
    for (size_t i = 0; i < n && i < MOST_LISTED; i++) {
        json_t *old = colour_string(before[i].value, 3), *new = colour_string(after[i].value, 3);
        json_array_append_new(changed, json_pack("[i, i, O, O]", after[i].x, after[i].y, old, new));
        if (i < run->most_rows)
            json_array_append_new(table, json_pack("{s:i, s:i, s:O, s:O}", "x", after[i].x, "y", after[i].y, "before", old, "after", new));
        json_decref(old);
        json_decref(new);
    }
    json_object_set_new(data, "changed", changed);
    json_object_set_new(data, "changed_left_out", pp_json_count(n > MOST_LISTED ? n - MOST_LISTED : 0));
    json_object_set_new(view, "table", table);
    json_object_set_new(view, "table_left_out", n > run->most_rows ? pp_json_count(n - run->most_rows) : json_null());
    free(after);
    free(before);
    return PP_OK;
}

/* ---- Pictures ---------------------------------------------------------------------------------------------------- */

/* Circles round pixels, as the path of an SVG. null where there are none, or so many that they would hide the picture. */
static json_t *rings_string(const pp_pixel *pixels, size_t n, size_t most, double radius)
{
    char *text = NULL;
    size_t size;
    FILE *out = n > 0 && n <= most ? open_memstream(&text, &size) : NULL;
    if (!out)
        return json_null();
    for (size_t i = 0; i < n; i++)
        fprintf(out, "M%.4g %ga%.3g %.3g 0 1 0 %.4g 0a%.3g %.3g 0 1 0 %.4g 0", pixels[i].x + 0.5 - radius, pixels[i].y + 0.5, radius, radius,
                2 * radius, radius, radius, -2 * radius);
    fclose(out);
    json_t *string = json_string(text);
    free(text);
    return string;
}

/* Bytes as a member, if they are within what is left. Takes bytes. */
static bool add_bytes(json_t *view, const char *name, const char *type, uint8_t *bytes, size_t n, size_t *left)
{
    if (n > *left) {
        free(bytes);
        return false;
    }
    *left -= n;
    json_object_set_new(view, name, pp_data_url(type, bytes, n));
    return true;
}

/* The original, exact if that takes at most half of what is left, else as JPEG, and its thumbnail. */
static pp_code tell_original(const pp_image *original, json_t *view, size_t *left, pp_error *err)
{
    static const struct { int longest, quality; } FORMS[] = { { 0, 0 }, { 0, 85 }, { 0, 60 }, { 224, 60 } };
    enum { N_FORMS = sizeof FORMS / sizeof *FORMS };
    uint8_t *bytes = NULL;
    size_t n = 0, half = *left / 2, form = 0;
    pp_code code = pp_image_encode(&bytes, &n, original, THUMBNAIL, 70, err);
    if (code == PP_OK)
        json_object_set_new(view, "thumbnail", pp_data_url("image/jpeg", bytes, n));
    for (; code == PP_OK && form < N_FORMS; form++) {
        code = pp_image_encode(&bytes, &n, original, FORMS[form].longest, FORMS[form].quality, err);
        if (code != PP_OK || n <= half)
            break;
        free(bytes);
    }
    if (code != PP_OK || form == N_FORMS)
        return code;
    json_object_set_new(view, "lossy", json_boolean(form > 0));
    add_bytes(view, "original", form ? "image/jpeg" : "image/png", bytes, n, left);
    return PP_OK;
}

static pp_code tell_stage(json_t *stages, const pp_trace_row *row, const pp_image *original, size_t *left, pp_error *err)
{
    uint8_t *bytes = NULL;
    size_t n;
    double radius = original->width > original->height ? original->width / 45.0 : original->height / 45.0;
    json_t *stage = json_object();
    json_array_insert_new(stages, 0, stage);
    json_object_set_new(stage, "generation", pp_json_count(row->generation));
    json_object_set_new(stage, "queries", pp_json_count(row->queries));
    json_object_set_new(stage, "stage_pixels", pp_json_count(row->n_pixels));
    json_object_set_new(stage, "p", pp_json_real(row->p_original));
    json_object_set_new(stage, "rings", rings_string(row->pixels, row->n_stored, MOST_RINGS, radius));
    pp_code code = pp_image_encode_pixels(&bytes, &n, original, row->pixels, row->n_stored, err);
    if (code == PP_OK)
        add_bytes(stage, "overlay", "image/png", bytes, n, left);
    return code;
}

static void number_stages(json_t *stages, json_t *view)
{
    size_t index, n = json_array_size(stages);
    json_t *stage;
    json_array_foreach(stages, index, stage) {
        json_object_set_new(stage, "at", pp_json_count(index));
        json_object_set_new(stage, "is_last", json_boolean(index + 1 == n));
        json_object_set_new(stage, "is_first", json_boolean(index == 0 && n > 1));
    }
    json_object_set_new(view, "last_stage", n ? pp_json_count(n - 1) : json_null());
}

/* From the last one back: the result matters most. */
static pp_code tell_stages(pp_page_run *run, const pp_trace_row *rows, size_t n_rows, const pp_trace_row *result, const pp_image *original,
                           json_t *view, size_t *left, pp_error *err)
{
    json_t *stages = json_array();
    json_object_set_new(view, "stages", stages);
    pp_code code = PP_OK;
    if (result) {
        code = tell_stage(stages, result, original, left, err);
        pp_heat_add_pixels(&run->heat, result->pixels, result->n_stored);
        json_object_set_new(view, "dots", rings_string(result->pixels, result->n_stored, MOST_DOTS,
                                                       (original->width > original->height ? original->width : original->height) / 36.0));
    }
    for (size_t i = n_rows; code == PP_OK && i-- > 0;)
        if (rows[i].n_stored > 0 && rows[i].n_stored == rows[i].n_pixels && (!result || &rows[i] != result))
            code = tell_stage(stages, &rows[i], original, left, err);
    number_stages(stages, view);
    return code;
}

/* ---- The result -------------------------------------------------------------------------------------------------- */

/* A picture of the run; it stays NULL where it is not what it should be: the page then goes without. */
static pp_code read_picture(pp_image **picture, const pp_page_run *run, size_t image,
                            pp_code (*read)(pp_image **, const char *, const pp_run_rows *, size_t, pp_error *), pp_error *err)
{
    return read(picture, run->dir, &run->rows, image, err) == PP_MEMORY ? PP_MEMORY : PP_OK;
}

/* What differs in the saved picture: noise changes nearly all pixels, and they are nowhere else. */
static pp_code compare_saved(pp_trace_row *result, const pp_page_run *run, size_t i, const pp_image *original, pp_error *err)
{
    pp_image *saved = NULL;
    pp_code code = read_picture(&saved, run, i, pp_run_adversarial, err);
    if (code != PP_OK || !saved)
        return code;
    result->pixels = pp_array_new((size_t)original->width * (size_t)original->height, sizeof *result->pixels);
    if (result->pixels)
        result->n_stored = pp_image_difference(original, saved, result->pixels);
    pp_image_free(saved);
    return result->pixels ? PP_OK : pp_no_memory(err, "pixels");
}

static pp_code tell_pictures(pp_page_run *run, size_t i, const pp_trace_row *rows, size_t n, json_t *view, pp_error *err)
{
    const pp_attack_record *attack = run->rows.attack_of[i];
    pp_image *original = NULL;
    size_t left = run->allowance;
    pp_code code = read_picture(&original, run, i, pp_run_original, err);
    if (code != PP_OK || !original)
        return code;
    pp_heat_add_original(&run->heat, original);
    code = tell_original(original, view, &left, err);
    if (code == PP_OK && pp_run_flipped(&run->rows, i)) {
        const pp_trace_row *result = n && rows[n - 1].n_stored == attack->l0 ? &rows[n - 1] : NULL;
        pp_trace_row saved = { .generation = attack->generations, .queries = attack->queries, .n_pixels = attack->l0,
                               .p_original = attack->p_adversarial };
        if (!result)
            code = compare_saved(&saved, run, i, original, err);
        if (code == PP_OK)
            code = tell_stages(run, rows, n, result ? result : &saved, original, view, &left, err);
        free(saved.pixels);
    }
    pp_image_free(original);
    return code;
}

pp_code pp_page_image(pp_page_run *run, size_t i, json_t *data, json_t *view, pp_error *err)
{
    const pp_image_record *image = &run->rows.images[i];
    const pp_attack_record *attack = run->rows.attack_of[i];
    const char *slash = strrchr(image->path, '/');
    pp_trace_row *rows = NULL;
    size_t n = 0;
    pp_code code = pp_store_read_stages(run->store, image->id, &rows, &n, err);
    if (code != PP_OK)
        return code;
    json_object_set_new(data, "id", json_integer(image->id));
    json_object_set_new(data, "name", pp_json_string(image->name));
    json_object_set_new(data, "generations", attack ? pp_json_count(attack->generations) : json_null());
    json_object_set_new(data, "trace", trace_array(rows, n));
    json_object_set_new(view, "anchor", json_sprintf("r%zu-i%d", run->index, (int)image->id));
    json_object_set_new(view, "file", pp_json_string(slash ? slash + 1 : image->path));
    json_object_set_new(view, "flipped", json_boolean(pp_run_flipped(&run->rows, i)));
    json_object_set_new(view, "attacked", json_boolean(attack != NULL));
    if (pp_run_flipped(&run->rows, i))
        code = tell_pixels(run, image->id, data, view, err);
    if (code == PP_OK)
        code = tell_pictures(run, i, rows, n, view, err);
    pp_trace_rows_free(rows, n);
    return code;
}
