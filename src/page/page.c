/* page.c - `pinprick report`: runs are read, put into one JSON object, and the template is filled from it. */
#include "page/page.h"

#include "base/array.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "page/template.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

/* Bytes of pictures: of a page, and of an image at most. Base64 makes them a third larger. */
static const size_t ALL_PICTURES = 34 << 20, MOST_OF_ONE = 400 << 10;
enum { MOST_RUNS = 12 };
/* Pixels that are listed: of a page, about, and of an image. More elements than some 100,000 make a browser slow. */
enum { ALL_ROWS = 10000, LEAST_ROWS = 5, MOST_ROWS = 100 };

json_t *pp_data_url(const char *type, uint8_t *bytes, size_t n)
{
    char *base64 = g_base64_encode(bytes, n);
    json_t *url = json_sprintf("data:%s;base64,%s", type, base64);
    g_free(base64);
    free(bytes);
    return url;
}

/* ---- Data and view ----------------------------------------------------------------------------------------------- */

/* Lays members of view over data: objects into objects, arrays item by item. */
static void merge(json_t *data, json_t *view)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_array(view))
        json_array_foreach(view, index, value)
            merge(json_array_get(data, index), value);
    if (json_is_object(view))
        json_object_foreach(view, key, value) {
            json_t *there = json_object_get(data, key);
            if (json_is_object(there) || json_is_array(there))
                merge(there, value);
            else
                json_object_set(data, key, value);
        }
}

/* The data as text that can stand in a script element: no '<' is left in it. NULL: no memory. */
static json_t *block_of(const json_t *data)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(9));
    GString *block = text ? g_string_new(text) : NULL;
    free(text);
    if (!block)
        return NULL;
    g_string_replace(block, "<", "\\u003c", 0);
    json_t *string = json_stringn(block->str, block->len);
    g_string_free(block, TRUE);
    return string;
}

/* What a browser must find of the page's one script before it runs it: text from elsewhere never does. */
static json_t *script_hash(void)
{
    pp_digest digest = pp_digest_of(NULL, 0, pp_page_page_js, strlen(pp_page_page_js));
    char *base64 = g_base64_encode(digest.bytes, sizeof digest.bytes);
    json_t *hash = json_sprintf("sha256-%s", base64);
    g_free(base64);
    return hash;
}

/* Data and view of all runs. */
static pp_code read_runs(pp_page_run *runs, const char *const *dirs, size_t n, json_t *data, json_t *view, pp_error *err)
{
    json_t *all = json_array(), *views = json_array();
    size_t n_images = 0;
    pp_code code = PP_OK;
    json_object_set_new(data, "runs", all);
    json_object_set_new(view, "runs", views);
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        runs[i] = (pp_page_run){ .dir = dirs[i], .index = i + 1 };
        code = pp_run_rows_read(&runs[i].rows, dirs[i], err);
        n_images += runs[i].rows.n_attacks;
    }
    size_t share = ALL_PICTURES / (n_images ? n_images : 1), rows = ALL_ROWS / (n_images ? n_images : 1);
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        runs[i].allowance = share < MOST_OF_ONE ? share : MOST_OF_ONE;
        runs[i].most_rows = rows < LEAST_ROWS ? LEAST_ROWS : rows > MOST_ROWS ? MOST_ROWS : rows;
        code = pp_page_run_read(&runs[i], err);
        json_array_append(all, runs[i].data);
        json_array_append(views, runs[i].view);
    }
    if (code == PP_OK && n > 1)
        json_object_set_new(data, "pairs", pp_page_pairs(runs, n));
    json_object_set_new(data, "several", json_boolean(n > 1));
    return code == PP_OK ? pp_page_figures(data, view, dirs, n, err) : code;
}

/* ---- The page ---------------------------------------------------------------------------------------------------- */

static pp_code write_page(const void *what, FILE *out, pp_error *err)
{
    return pp_template_write(out, pp_page_page_html, what, err);
}

static pp_code save(const char *path, json_t *data, json_t *view, pp_error *err)
{
    char *html = NULL;
    json_object_set_new(data, "version", json_string(pp_version()));
    json_t *block = block_of(data);
    if (!block)
        return pp_no_memory(err, "a page");
    merge(data, view);
    json_object_set_new(data, "block", block);
    json_object_set_new(data, "figure", json_string(pp_page_figure_html));
    json_object_set_new(data, "css", json_string(pp_page_page_css));
    json_object_set_new(data, "js", json_string(pp_page_page_js));
    json_object_set_new(data, "script_hash", script_hash());
    pp_code code = pp_written_text(&html, write_page, data, err);
    if (code == PP_OK)
        code = pp_file_write(path, html, strlen(html), err);
    free(html);
    return code;
}

pp_code pp_report(const char *path, const char *const *dirs, size_t n_dirs, pp_error *err)
{
    if (n_dirs == 0 || n_dirs > MOST_RUNS)
        return pp_fail(err, PP_ARG, "%zu runs; a report tells of 1 to %d", n_dirs, MOST_RUNS);
    pp_page_run *runs = pp_array_new(n_dirs, sizeof *runs);
    json_t *data = json_object(), *view = json_object();
    pp_code code = runs && data && view ? PP_OK : pp_no_memory(err, "a page");
    if (code == PP_OK)
        code = pp_file_is_free(path, err);
    if (code == PP_OK)
        code = read_runs(runs, dirs, n_dirs, data, view, err);
    if (code == PP_OK)
        code = save(path, data, view, err);
    for (size_t i = 0; runs && i < n_dirs; i++)
        pp_page_run_clear(&runs[i]);
    free(runs);
    json_decref(data);
    json_decref(view);
    return code;
}
