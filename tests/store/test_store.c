/* run.db: begun whole or not at all, and what is written is what is read. */
#include "support.h"

#include "store/sql.h"
#include "store/store.h"

#include <string.h>

typedef struct fixture {
    char dir[256];
    pp_store *store;
    pp_params *params;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    pp_error err;
    assert_non_null(f);
    new_folder(f->dir);
    assert_ok(pp_params_new(&f->params, "dgde", &err), err);
    assert_ok(pp_store_create(&f->store, f->dir, &err), err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    pp_store_close(f->store);
    pp_params_free(f->params);
    remove_folder(f->dir);
    free(f);
    return 0;
}

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant; /* records own their texts only when they were read */
}

static pp_run_record run_record(void)
{
    return (pp_run_record){ .version = text("1.2.3"), .method = text("dgde"), .goal = text("untargeted"), .seed = 42,
                            .model_path = text("/a/model.onnx"), .model_sha256 = text("abc"), .class_names = text("[\"a\",\"b\"]"),
                            .positive = -1, .width = 16, .height = 8, .channels = 3, .score_source = text("logits"),
                            .preprocessing = text("as it is"), .preprocessing_source = text("a file"), .engine = text("none 1"),
                            .created = text("2025-01-01T00:00:00Z"), .mask_sha256 = text("def") };
}

static void begin_run(fixture *f)
{
    pp_error err;
    pp_run_record run = run_record();
    assert_ok(pp_store_add_run(f->store, &run, f->params, &err), err);
    assert_ok(pp_store_add_image(f->store, "x/A.png", "/x/A.png", "A", "a", 0, &err), err);
    assert_ok(pp_store_add_image(f->store, "y/a.png", "/y/a.png", "a", NULL, -1, &err), err);
    assert_ok(pp_store_add_image(f->store, "z/A.png", "/z/A.png", "A", "b", 1, &err), err);
    assert_ok(pp_store_commit(f->store, &err), err);
}

/* What happens to a process that is killed: the file is closed without a commit. */
static void a_run_left_before_its_first_commit_can_be_begun_again(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_store *again;
    pp_run_record run = run_record();
    assert_ok(pp_store_add_run(f->store, &run, f->params, &err), err);
    pp_store_close(f->store);
    f->store = NULL;
    assert_int_equal(pp_store_open(&again, f->dir, true, &err), PP_IO);
    assert_non_null(strstr(err.message, "holds no run: it was stopped before it began"));
    assert_int_equal(pp_store_open(&again, f->dir, false, &err), PP_IO);
    assert_ok(pp_store_create(&f->store, f->dir, &err), err);
    begin_run(f);
}

static void a_run_is_not_begun_over_another(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_store *again;
    begin_run(f);
    assert_int_equal(pp_store_create(&again, f->dir, &err), PP_IO);
    assert_non_null(strstr(err.message, "holds a run already"));
    assert_ok(pp_store_open(&again, f->dir, false, &err), err);
    pp_store_close(again);
}

static void a_discarded_run_leaves_no_file(void **state)
{
    fixture *f = *state;
    char path[300];
    snprintf(path, sizeof path, "%s/run.db", f->dir);
    assert_int_equal(access(path, F_OK), 0);
    pp_store_discard(f->store);
    f->store = NULL;
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_schema_of_another_version_is_refused(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_store *again;
    begin_run(f);
    assert_ok(pp_sql_run(f->store, &err, "PRAGMA user_version = 99", ""), err);
    assert_int_equal(pp_store_open(&again, f->dir, true, &err), PP_STORE);
    assert_non_null(strstr(err.message, "has schema 99; this pinprick knows"));
}

static void the_run_and_its_parameters_are_read_as_written(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_run_record read, run = run_record();
    pp_params *params;
    char *value;
    assert_ok(pp_params_set(f->params, "queries", "1234", &err), err);
    assert_ok(pp_params_set(f->params, "goal", "targeted:b", &err), err);
    begin_run(f);
    assert_ok(pp_store_read_run(f->store, &read, &err), err);
    assert_string_equal(read.method, run.method);
    assert_string_equal(read.preprocessing, run.preprocessing);
    assert_string_equal(read.preprocessing_source, run.preprocessing_source);
    assert_string_equal(read.created, run.created);
    assert_string_equal(read.mask_sha256, run.mask_sha256);
    assert_true(read.seed == 42 && read.positive == -1 && read.width == 16 && read.height == 8 && read.channels == 3);
    pp_run_record_clear(&read);
    assert_ok(pp_store_read_params(f->store, &params, &err), err);
    assert_ok(pp_params_get(params, "queries", &value, &err), err);
    assert_string_equal(value, "1234");
    free(value);
    assert_ok(pp_params_get(params, "goal", &value, &err), err);
    assert_string_equal(value, "targeted:b");
    free(value);
    pp_params_free(params);
}

/* File systems there are that tell a.png from A.png, and others. */
static void names_are_made_different_whatever_their_case(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_image_record *images;
    size_t n;
    begin_run(f);
    assert_ok(pp_store_read_images(f->store, &images, &n, &err), err);
    assert_int_equal(n, 3);
    assert_string_equal(images[0].name, "A");
    assert_string_equal(images[1].name, "a-2");
    assert_string_equal(images[2].name, "A-3");
    assert_true(images[0].label_class == 0 && images[1].label_class == -1 && images[2].label_class == 1);
    assert_null(images[1].label);
    assert_string_equal(images[2].status, "pending");
    assert_string_equal(images[2].source, "/z/A.png");
    pp_image_records_free(images, n);
}

static void many_of_one_name_are_numbered_one_after_another(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_image_record *images;
    size_t n;
    char path[40], expected[40];
    pp_run_record run = run_record();
    assert_ok(pp_store_add_run(f->store, &run, f->params, &err), err);
    for (int i = 1; i <= 300; i++) {
        snprintf(path, sizeof path, "p%d/image.png", i);
        assert_ok(pp_store_add_image(f->store, path, path, "image", NULL, -1, &err), err);
    }
    assert_ok(pp_store_read_images(f->store, &images, &n, &err), err);
    for (size_t i = 0; i < n; i++) {
        snprintf(expected, sizeof expected, "image-%zu", i + 1);
        assert_string_equal(images[i].name, i ? expected : "image");
    }
    pp_image_records_free(images, n);
}

/* A result of two pixels of a 16 x 8 image, with a trace of two rows. */
static pp_result *new_result(void)
{
    static pp_pixel pixels[] = { { 15, 0, { 1, 2, 3 } }, { 2, 7, { 255, 0, 128 } } };
    static pp_trace_row trace[] = { { .generation = 0, .queries = 2, .n_pixels = 128, .p_original = 0.25, .margin = -1, .n_stored = 2, .pixels = pixels },
                                    { .generation = 7, .queries = 99, .n_pixels = 2, .p_original = 0.375, .margin = -0.5 } };
    static pp_pareto_point pareto[] = { { 2, 0.375 }, { 128, 0.25 } };
    static pp_result result;
    result = (pp_result){ .status = PP_SUCCESS, .stop = PP_STOP_STALL, .class_original = 1, .class_adversarial = 0, .p_original = 0.75,
                          .p_adversarial = 0.375, .l0 = 2, .pixels = pixels, .queries = 99, .generations = 7, .seconds = 1.5,
                          .engine_seconds = 0.5, .locally_minimal = 1, .rung = "uniform", .rung_queries = 1, .n_trace = 2, .trace = trace,
                          .n_pareto = 2, .pareto = pareto };
    return &result;
}

static pp_image *new_original(void)
{
    pp_image *image;
    pp_error err;
    assert_ok(pp_image_new(&image, 16, 8, 3, &err), err);
    for (int i = 0; i < 16 * 8 * 3; i++)
        image->data[i] = (uint8_t)i;
    return image;
}

static int count_rows(pp_store *store, const char *sql)
{
    sqlite3_stmt *statement;
    pp_error err;
    assert_ok(pp_sql_prepare(store, &statement, &err, sql, ""), err);
    assert_ok(pp_sql_next(store, statement, &err), err);
    int n = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return n;
}

static void an_attack_is_read_as_written_with_the_colours_before_and_after(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_image *original = new_original();
    pp_attack_record *attacks;
    pp_pixel *pixels, *before;
    size_t n;
    begin_run(f);
    assert_ok(pp_store_begin(f->store, &err), err);
    assert_ok(pp_store_add_attack(f->store, 2, new_result(), original, true, "fed", true, &err), err);
    assert_ok(pp_store_commit(f->store, &err), err);

    assert_ok(pp_store_read_attacks(f->store, &attacks, &n, &err), err);
    assert_int_equal(n, 1);
    assert_true(attacks->image == 2 && attacks->l0 == 2 && attacks->queries == 99 && attacks->generations == 7 && attacks->verified);
    assert_int_equal(attacks->locally_minimal, 1);
    assert_true(attacks->p_original == 0.75 && attacks->p_adversarial == 0.375 && attacks->seconds == 1.5);
    assert_string_equal(attacks->status, "success");
    assert_string_equal(attacks->stop, "stall");
    assert_string_equal(attacks->rung, "uniform");
    assert_string_equal(attacks->adversarial_sha256, "fed");
    pp_attack_records_free(attacks, n);

    assert_ok(pp_store_read_pixels(f->store, 2, &pixels, &before, &n, &err), err);
    assert_int_equal(n, 2);
    assert_memory_equal(pixels, new_result()->pixels, 2 * sizeof *pixels);
    assert_true(before[1].x == 2 && before[1].y == 7);
    assert_memory_equal(before[1].value, original->data + (7 * 16 + 2) * 3, 3);
    free(pixels);
    free(before);

    pp_pareto_point *points;
    assert_ok(pp_store_read_pareto(f->store, 2, &points, &n, &err), err);
    assert_int_equal(n, 2);
    assert_memory_equal(points, new_result()->pareto, 2 * sizeof *points);
    free(points);
    assert_int_equal(count_rows(f->store, "SELECT count(*) FROM trace WHERE image = 2"), 2);
    assert_int_equal(count_rows(f->store, "SELECT length(stage) FROM trace WHERE step = 0"), 14);
    assert_int_equal(count_rows(f->store, "SELECT hex(stage) = '0F00000001020302000700FF0080' FROM trace WHERE step = 0"), 1);
    assert_int_equal(count_rows(f->store, "SELECT stage IS NULL FROM trace WHERE step = 1"), 1);
    assert_int_equal(count_rows(f->store, "SELECT status = 'success' FROM images WHERE id = 2"), 1);
    pp_image_free(original);
}

static void stages_are_read_as_written(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_image *original = new_original();
    const pp_trace_row *written = new_result()->trace;
    pp_trace_row *rows;
    size_t n;
    begin_run(f);
    assert_ok(pp_store_add_attack(f->store, 2, new_result(), original, true, "fed", true, &err), err);
    assert_ok(pp_store_read_stages(f->store, 2, &rows, &n, &err), err);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        assert_true(rows[i].generation == written[i].generation && rows[i].queries == written[i].queries);
        assert_true(rows[i].n_pixels == written[i].n_pixels && rows[i].p_original == written[i].p_original);
        assert_true(rows[i].margin == written[i].margin && rows[i].n_stored == written[i].n_stored);
    }
    assert_memory_equal(rows[0].pixels, written[0].pixels, 2 * sizeof *rows[0].pixels);
    assert_null(rows[1].pixels);
    pp_trace_rows_free(rows, n);
    assert_ok(pp_store_read_stages(f->store, 1, &rows, &n, &err), err); /* not attacked */
    assert_int_equal(n, 0);
    pp_trace_rows_free(rows, n);
    pp_image_free(original);
}

static void an_attack_rolled_back_leaves_nothing(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_image *original = new_original();
    begin_run(f);
    assert_ok(pp_store_begin(f->store, &err), err);
    assert_ok(pp_store_add_attack(f->store, 1, new_result(), original, true, "fed", true, &err), err);
    pp_store_rollback(f->store);
    assert_int_equal(count_rows(f->store, "SELECT (SELECT count(*) FROM attacks) + (SELECT count(*) FROM pixels) + (SELECT count(*) FROM trace)"), 0);
    assert_int_equal(count_rows(f->store, "SELECT status = 'pending' FROM images WHERE id = 1"), 1);
    pp_image_free(original);
}

/* show while a run goes on must not mix two moments. */
static void a_reader_sees_one_moment(void **state)
{
    fixture *f = *state;
    pp_error err;
    pp_store *reader;
    pp_image *original = new_original();
    pp_image_record *images;
    pp_attack_record *attacks;
    size_t n_images, n_attacks;
    begin_run(f);
    assert_ok(pp_store_open(&reader, f->dir, false, &err), err);
    assert_ok(pp_store_read_images(reader, &images, &n_images, &err), err);
    assert_ok(pp_store_begin(f->store, &err), err);
    assert_ok(pp_store_add_attack(f->store, 1, new_result(), original, true, "fed", true, &err), err);
    assert_ok(pp_store_commit(f->store, &err), err);
    assert_ok(pp_store_read_attacks(reader, &attacks, &n_attacks, &err), err);
    assert_int_equal(n_attacks, 0);
    pp_image_records_free(images, n_images);
    pp_attack_records_free(attacks, n_attacks);
    pp_store_close(reader);
    pp_image_free(original);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_run_left_before_its_first_commit_can_be_begun_again),
        STORE_TEST(a_run_is_not_begun_over_another),
        STORE_TEST(a_discarded_run_leaves_no_file),
        STORE_TEST(a_schema_of_another_version_is_refused),
        STORE_TEST(the_run_and_its_parameters_are_read_as_written),
        STORE_TEST(names_are_made_different_whatever_their_case),
        STORE_TEST(many_of_one_name_are_numbered_one_after_another),
        STORE_TEST(an_attack_is_read_as_written_with_the_colours_before_and_after),
        STORE_TEST(stages_are_read_as_written),
        STORE_TEST(an_attack_rolled_back_leaves_nothing),
        STORE_TEST(a_reader_sees_one_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
