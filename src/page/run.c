/* run.c - a run on the page: what show's JSON tells, how the run was made, each image, and the heat map. */
#include "base/error.h"
#include "page/page.h"

#include <math.h>
#include <string.h>

static bool has_labels(const pp_run_rows *r)
{
    for (size_t i = 0; i < r->n_images; i++)
        if (r->images[i].label)
            return true;
    return false;
}

static json_t *folder_of(const pp_run_rows *r)
{
    char *folder = r->n_images ? strndup(r->images[0].path, pp_run_shared_folder(r)) : NULL;
    json_t *string = pp_json_string(folder ? folder : "");
    free(folder);
    return string;
}

/* What the page tells of a run beyond show's JSON. */
static pp_code tell_head(pp_page_run *run, pp_error *err)
{
    char *command = NULL;
    const pp_run_rows *r = &run->rows;
    const pp_summary *s = &r->summary;
    pp_code code = pp_page_command(&command, run, err);
    if (code != PP_OK)
        return code;
    json_object_set_new(run->data, "folder", pp_json_string(run->dir));
    const char *slash = strrchr(r->run.model_path, '/');
    json_object_set_new(run->data, "model_name", pp_json_string(slash ? slash + 1 : r->run.model_path));
    json_object_set_new(run->data, "created", pp_json_string(r->run.created));
    json_object_set_new(run->data, "command", pp_json_string(command));
    json_object_set_new(run->data, "images_in", folder_of(r));
    json_object_set_new(run->data, "labelled", json_boolean(has_labels(r)));
    json_object_set_new(run->data, "classes", json_incref(r->class_names));
    json_object_set_new(run->data, "positive", r->run.positive < 0 ? json_null() : pp_json_string(pp_run_class_name(r, r->run.positive)));
    json_object_set_new(run->data, "width", json_integer(r->run.width));
    json_object_set_new(run->data, "height", json_integer(r->run.height));
    json_object_set_new(run->data, "channels", json_integer(r->run.channels));
    json_object_set_new(run->data, "success_percent",
                        s->n_attacked ? json_real(100.0 * (double)s->n_succeeded / (double)s->n_attacked) : json_null());
    json_object_set_new(run->data, "median_percent", pp_json_real(s->l0.median / ((double)r->run.width * r->run.height) * 100));
    json_object_set_new(run->data, "is_noise", json_boolean(pp_run_is_noise(r)));
    free(command);
    return PP_OK;
}

/* How many results are known to be locally minimal, known not to be, and unknown. */
static json_t *minimal_object(const pp_run_rows *r)
{
    size_t n[3] = { 0 };
    for (size_t i = 0; i < r->n_attacks; i++)
        if (strcmp(r->attacks[i].status, "success") == 0)
            n[r->attacks[i].locally_minimal < 0 ? 2 : r->attacks[i].locally_minimal ? 0 : 1]++;
    return json_pack("{s:I, s:I, s:I}", "yes", (json_int_t)n[0], "no", (json_int_t)n[1], "unknown", (json_int_t)n[2]);
}

static pp_code tell_images(pp_page_run *run, pp_error *err)
{
    json_t *views = json_array();
    pp_code code = PP_OK;
    json_object_set_new(run->view, "images", views);
    for (size_t i = 0, k = 0; code == PP_OK && i < run->rows.n_images; i++) {
        if (!pp_show_lists(&run->rows, i))
            continue;
        json_t *view = json_object();
        json_array_append_new(views, view);
        code = pp_page_image(run, i, json_array_get(json_object_get(run->data, "images"), k++), view, err);
    }
    return code;
}

pp_code pp_page_run_read(pp_page_run *run, pp_error *err)
{
    const pp_run_record *r = &run->rows.run;
    run->data = pp_show_json(&run->rows);
    run->view = json_object();
    pp_code code = pp_store_open(&run->store, run->dir, false, err);
    if (code == PP_OK)
        code = pp_heat_init(&run->heat, r->width, r->height, r->channels, err);
    if (code == PP_OK)
        code = tell_head(run, err);
    if (code == PP_OK)
        code = tell_images(run, err);
    if (code == PP_OK)
        code = pp_heat_tell(&run->heat, run->data, run->view, err);
    json_object_set_new(run->data, "number", pp_json_count(run->index));
    json_object_set_new(run->data, "locally_minimal", minimal_object(&run->rows));
    return code;
}

void pp_page_run_clear(pp_page_run *run)
{
    pp_heat_clear(&run->heat);
    pp_store_close(run->store);
    pp_run_rows_clear(&run->rows);
    json_decref(run->data);
    json_decref(run->view);
    *run = (pp_page_run){ 0 };
}
