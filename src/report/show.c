/* show.c - what a run came to: its rows are read, and told in one of three forms. */
#include "report/show.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

/* Both lists are in the order of the images. */
static pp_code match_attacks(pp_run_rows *r, pp_error *err)
{
    r->attack_of = pp_array_new(r->n_images, sizeof(void *));
    if (!r->attack_of)
        return pp_no_memory(err, "the rows of a run");
    for (size_t i = 0, next = 0; i < r->n_images; i++) {
        while (next < r->n_attacks && r->attacks[next].image < r->images[i].id)
            next++;
        if (next < r->n_attacks && r->attacks[next].image == r->images[i].id)
            r->attack_of[i] = &r->attacks[next];
    }
    return PP_OK;
}

/* An option that was said, as it could be typed. Defaults are left out. */
static void write_option(FILE *out, const pp_param *row, const char *value, bool first)
{
    if (strcmp(value, row->fallback) == 0)
        return;
    fprintf(out, "%s--%s", first ? "" : " ", row->option);
    if (row->type != PP_FLAG)
        fprintf(out, " %s", value);
}

static pp_code write_constraints(const void *what, FILE *out, pp_error *err)
{
    const pp_section *section;
    pp_code code = PP_OK;
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; code == PP_OK && row->option && strcmp(section->name, "constraints") == 0; row++) {
            char *value;
            code = pp_params_get(what, row->option, &value, err);
            if (code != PP_OK)
                break;
            write_option(out, row, value, ftell(out) == 0);
            free(value);
        }
    return code;
}

static pp_code read_constraints(pp_run_rows *r, pp_store *store, pp_error *err)
{
    pp_params *params = NULL;
    pp_code code = pp_store_read_params(store, &params, err);
    if (code == PP_OK)
        code = pp_written_text(&r->constraints, write_constraints, params, err);
    pp_params_free(params);
    return code;
}

/* Images of other parts are told by their runs. */
static void drop_elsewhere(pp_run_rows *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_images; i++) {
        pp_image_record record = r->images[i];
        bool elsewhere = strcmp(record.status, "elsewhere") == 0;
        r->images[i] = r->images[n]; /* one that is dropped already, or itself: each stays in the array to be freed */
        r->images[n] = record;
        n += !elsewhere;
    }
    r->n_elsewhere = r->n_images - n;
    r->n_images = n;
}

pp_code pp_run_rows_read(pp_run_rows *r, const char *dir, pp_error *err)
{
    pp_store *store = NULL;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_run(store, &r->run, err);
    if (code == PP_OK)
        code = read_constraints(r, store, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &r->images, &r->n_images, err);
    if (code == PP_OK)
        code = pp_store_read_attacks(store, &r->attacks, &r->n_attacks, err);
    drop_elsewhere(r);
    if (code == PP_OK)
        code = match_attacks(r, err);
    if (code == PP_OK)
        code = pp_summarise(&r->summary, &r->run, r->images, r->n_images, r->attacks, r->n_attacks, err);
    if (code == PP_OK && !(r->class_names = json_loads(r->run.class_names, 0, NULL)))
        code = pp_fail(err, PP_STORE, "%s: its class names cannot be read", dir);
    pp_store_close(store);
    return code;
}

void pp_run_rows_clear(pp_run_rows *r)
{
    json_decref(r->class_names);
    free(r->attack_of);
    free(r->constraints);
    pp_image_records_free(r->images, r->n_images + r->n_elsewhere);
    pp_attack_records_free(r->attacks, r->n_attacks);
    pp_run_record_clear(&r->run);
}

bool pp_run_is_noise(const pp_run_rows *r)
{
    return strcmp(r->run.method, "noise") == 0;
}

const char *pp_run_class_name(const pp_run_rows *r, int index)
{
    const char *name = json_string_value(json_array_get(r->class_names, (size_t)index));
    return name ? name : "?";
}

double pp_run_p_original(const pp_run_rows *r, size_t image)
{
    const pp_image_record *record = &r->images[image];
    if (r->attack_of[image])
        return r->attack_of[image]->p_original;
    json_t *probabilities = record->probabilities ? json_loads(record->probabilities, 0, NULL) : NULL;
    json_t *p = record->decision < 0 ? NULL : json_array_get(probabilities, (size_t)record->decision);
    double value = p ? json_number_value(p) : NAN;
    json_decref(probabilities);
    return value;
}

size_t pp_run_shared_folder(const pp_run_rows *r)
{
    size_t n = r->n_images ? strlen(r->images[0].path) : 0;
    for (size_t i = 0; i < r->n_images; i++)
        n = pp_shared_folder(r->images[0].path, n, r->images[i].path);
    return n;
}

bool pp_run_flipped(const pp_run_rows *r, size_t image)
{
    return r->attack_of[image] && strcmp(r->attack_of[image]->status, "success") == 0;
}

pp_code pp_show(const char *dir, const char *format_name, char **text, pp_error *err)
{
    pp_run_rows r = { 0 };
    pp_format format;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code == PP_OK)
        code = pp_run_rows_read(&r, dir, err);
    if (code == PP_OK)
        code = format == PP_FORMAT_JSON ? pp_json_text(text, pp_show_json(&r), err)
                                        : pp_written_text(text, format == PP_FORMAT_CSV ? pp_show_csv : pp_show_table, &r, err);
    pp_run_rows_clear(&r);
    return code;
}
