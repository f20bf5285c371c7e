/* test_map_file.c - a map that was stopped anywhere goes on to the same file and the same points. */
#include "support.h"

#include "attack/toy.h"

#include <sys/stat.h>

enum { STRIDE = 3 };

typedef struct scene {
    toy t;
    pp_callback spec;
    pp_params *params;
    pp_model *model;
    pp_image *image;
    char folder[256], path[300];
    int cancel;
} scene;

static void set_up(scene *s)
{
    pp_error err;
    *s = (scene){ .t = TOYS[0] };
    s->spec = toy_spec(&s->t);
    s->image = toy_image(&s->t);
    assert_ok(pp_params_new(&s->params, "noise", &err), err);
    assert_ok(pp_model_from_callback(&s->model, &s->spec, s->params, &err), err);
    snprintf(s->path, sizeof s->path, "%s/map.csv", new_folder(s->folder));
}

static void tear_down(scene *s)
{
    pp_model_free(s->model);
    pp_params_free(s->params);
    pp_image_free(s->image);
    remove_folder(s->folder);
}

static pp_code make(scene *s, size_t stride, bool resume, pp_map_result **map, const pp_watch *watch, pp_error *err)
{
    pp_map_plan plan = { .stride = stride, .csv = s->path, .resume = resume };
    return pp_map_make(map, s->model, s->image, s->params, &plan, watch, err);
}

static char *read_all(const char *path, size_t *n)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    assert_true(file && stat(path, &info) == 0);
    char *bytes = calloc(1, (size_t)info.st_size + 1);
    assert_non_null(bytes);
    *n = fread(bytes, 1, (size_t)info.st_size, file);
    fclose(file);
    return bytes;
}

static void write_all(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void assert_same_maps(const pp_map_result *a, const pp_map_result *b)
{
    assert_true(a->n_done == b->n_done && a->n_flips == b->n_flips && a->lowest == b->lowest && a->queries == b->queries);
    for (size_t i = 0; i < a->n_done; i++)
        assert_true(same_pixels(&a->points[i].pixel, &b->points[i].pixel, 1) && a->points[i].margin == b->points[i].margin &&
                    a->points[i].p_original == b->points[i].p_original && a->points[i].decision == b->points[i].decision &&
                    a->points[i].flips == b->points[i].flips);
}

static void cut_anywhere_it_goes_on_to_the_same_file(void **state)
{
    (void)state;
    scene s;
    pp_error err;
    pp_map_result *whole = NULL, *again = NULL;
    size_t n, n_again;
    set_up(&s);
    assert_ok(make(&s, STRIDE, false, &whole, NULL, &err), err);
    char *bytes = read_all(s.path, &n);
    size_t heads = (size_t)(strchr(strchr(bytes, '\n') + 1, '\n') - bytes) + 1;
    for (size_t cut = heads; cut <= n; cut += cut + 20 < n ? 20 : 1) {
        write_all(s.path, bytes, cut);
        assert_ok(make(&s, STRIDE, true, &again, NULL, &err), err);
        char *found = read_all(s.path, &n_again);
        assert_true(n_again == n && memcmp(found, bytes, n) == 0);
        assert_same_maps(whole, again);
        free(found);
        pp_map_result_free(again);
    }
    char *more = calloc(n + 301, 1);
    assert_non_null(more);
    snprintf(more, n + 301, "%s%300d", bytes, 7); /* a last line without an end, longer than any */
    write_all(s.path, more, strlen(more));
    assert_ok(make(&s, STRIDE, true, &again, NULL, &err), err);
    char *found = read_all(s.path, &n_again);
    assert_true(n_again == n && memcmp(found, bytes, n) == 0);
    free(found);
    free(more);
    pp_map_result_free(again);
    write_all(s.path, bytes, heads - 1); /* not even the head is whole */
    assert_int_equal(make(&s, STRIDE, true, &again, NULL, &err), PP_FORMAT);
    free(bytes);
    pp_map_result_free(whole);
    tear_down(&s);
}

static void stop_after_some(void *user, const pp_progress *now)
{
    scene *s = user;
    if (now->what == PP_MAP_STEP && now->n_finished > 10)
        s->cancel = 1;
}

static void stopped_by_the_caller_what_was_done_is_in_the_file(void **state)
{
    (void)state;
    scene s;
    pp_error err;
    pp_map_result *map = NULL;
    size_t n;
    set_up(&s);
    pp_watch watch = { .progress = stop_after_some, .user = &s, .cancel = &s.cancel };
    assert_int_equal(make(&s, 1, false, &map, &watch, &err), PP_INTERRUPTED);
    assert_null(map);
    char *bytes = read_all(s.path, &n);
    size_t n_lines = 0;
    for (const char *c = bytes; *c; c++)
        n_lines += *c == '\n';
    assert_int_equal(n_lines, 2 + 16); /* two steps of 8 places */
    free(bytes);
    size_t before = s.t.n_images;
    assert_ok(make(&s, 1, true, &map, NULL, &err), err);
    assert_int_equal(s.t.n_images - before, map->queries - 16 * 8); /* nothing twice, but the original */
    pp_map_result_free(map);
    tear_down(&s);
}

static void a_file_of_another_map_is_refused_and_left_as_it_is(void **state)
{
    (void)state;
    scene s;
    pp_error err;
    pp_map_result *map = NULL;
    size_t n, n_after;
    set_up(&s);
    assert_ok(make(&s, STRIDE, false, &map, NULL, &err), err);
    pp_map_result_free(map);
    char *bytes = read_all(s.path, &n);
    assert_int_equal(make(&s, STRIDE, false, &map, NULL, &err), PP_IO); /* it is there already */
    assert_int_equal(make(&s, STRIDE + 1, true, &map, NULL, &err), PP_MISMATCH);
    s.image->data[5] ^= 1;
    assert_int_equal(make(&s, STRIDE, true, &map, NULL, &err), PP_MISMATCH);
    s.image->data[5] ^= 1;
    assert_ok(pp_params_set(s.params, "max-change", "9", &err), err);
    assert_int_equal(make(&s, STRIDE, true, &map, NULL, &err), PP_MISMATCH);
    char *after = read_all(s.path, &n_after);
    assert_true(n_after == n && memcmp(after, bytes, n) == 0);
    free(after);
    free(bytes);
    tear_down(&s);
}

static void a_line_that_no_map_has_is_named(void **state)
{
    (void)state;
    static const char *const LINES[] = { "", "3,0,0,0,0,1,0.5,1,0", "0,0,256,0,0,1,0.5,1,0", "0,0,0,0,0,nan,0.5,1,0", "0,0,0,0,0,1,1.5,1,0",
                                         "0,0,0,0,0,1,0.5,2,0", "0,0,0,0,0,1,0.5,1,2", "0,0,0,0,0,1,0.5,1", "0,0,0,0,0,1,0.5,1,0,0",
                                         "x,y,r,g,b,margin,p_original,decision,flips", "-1,0,0,0,0,1,0.5,1,0" };
    scene s;
    pp_error err;
    pp_map_result *map = NULL;
    size_t n;
    set_up(&s);
    assert_ok(make(&s, STRIDE, false, &map, NULL, &err), err);
    pp_map_result_free(map);
    map = NULL;
    char *bytes = read_all(s.path, &n), text[1024], wanted[400];
    int heads = (int)(strchr(strchr(bytes, '\n') + 1, '\n') - bytes) + 1;
    snprintf(wanted, sizeof wanted, "%s: line 3 is not what a map has there", s.path);
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        snprintf(text, sizeof text, "%.*s%s\n", heads, bytes, LINES[i]);
        write_all(s.path, text, strlen(text));
        assert_int_equal(make(&s, STRIDE, true, &map, NULL, &err), PP_FORMAT);
        assert_string_equal(err.message, wanted);
    }
    snprintf(text, sizeof text, "%.*s0,0,0,0,0,1,0.5,1,0\n", heads, bytes);
    write_all(s.path, text, strlen(text));
    assert_ok(make(&s, STRIDE, true, &map, NULL, &err), err); /* the same, right */
    pp_map_result_free(map);
    write_all(s.path, "path,label\n", 11);
    assert_int_equal(make(&s, STRIDE, true, &map, NULL, &err), PP_FORMAT);
    free(bytes);
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere_it_goes_on_to_the_same_file),
        cmocka_unit_test(stopped_by_the_caller_what_was_done_is_in_the_file),
        cmocka_unit_test(a_file_of_another_map_is_refused_and_left_as_it_is),
        cmocka_unit_test(a_line_that_no_map_has_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
