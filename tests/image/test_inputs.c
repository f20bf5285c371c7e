/* test_inputs.c - which files are worked on, and with which labels. The files need not be images. */
#include "folder.h"

#include "pinprick/pinprick.h"

#include <string.h>
#include <sys/stat.h>

/* A path in the folder; four may be in use at a time. */
static const char *at(const char *name)
{
    static char paths[4][400];
    static int turn;
    char *path = paths[turn = (turn + 1) % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(at(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static void make_folder_of(const char *name)
{
    assert_int_equal(mkdir(at(name), 0700), 0);
}

static pp_inputs *new_inputs(void)
{
    pp_inputs *inputs = NULL;
    pp_error err;
    assert_ok(pp_inputs_new(&inputs, &err), err);
    return inputs;
}

static void add(pp_inputs *inputs, const char *path)
{
    pp_error err;
    assert_ok(pp_inputs_add(inputs, path, &err), err);
}

/* expected: pairs of a path (in the folder) and a label, NULL for none. */
static void assert_entries(const pp_inputs *inputs, const char *const (*expected)[2], size_t n)
{
    assert_int_equal(pp_inputs_count(inputs), n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(pp_inputs_path(inputs, i), *expected[i][0] == '/' ? expected[i][0] : at(expected[i][0]));
        if (expected[i][1])
            assert_string_equal(pp_inputs_label(inputs, i), expected[i][1]);
        else
            assert_null(pp_inputs_label(inputs, i));
    }
}
#define ASSERT_ENTRIES(inputs, ...) \
    do { \
        static const char *const expected[][2] = { __VA_ARGS__ }; \
        assert_entries(inputs, expected, sizeof expected / sizeof *expected); \
    } while (0)

/* One line with these words in it; what was there before stays, and nothing else is there. */
static void assert_refused(const char *path, pp_code code, const char *said)
{
    pp_inputs *inputs = new_inputs();
    pp_error err = { 0 };
    write_text("before.png", "");
    add(inputs, at("before.png"));
    pp_code found = pp_inputs_add(inputs, path, &err);
    if (found != code || err.code != code || !strstr(err.message, said) || strchr(err.message, '\n'))
        fail_msg("%s: %d, '%s'; expected %d and '%s'", path, found, err.message, code, said);
    assert_int_equal(pp_inputs_count(inputs), 1);
    pp_inputs_free(inputs);
}

/* ---- Files and folders ------------------------------------------------------------------------------------------- */

static void files_keep_their_order_and_have_no_label(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    write_text("b.png", "");
    write_text("a.jpg", "");
    write_text("odd.name", ""); /* a file named is taken whatever its name */
    add(inputs, at("b.png"));
    add(inputs, at("a.jpg"));
    add(inputs, at("odd.name"));
    add(inputs, at("b.png"));
    ASSERT_ENTRIES(inputs, { "b.png", NULL }, { "a.jpg", NULL }, { "odd.name", NULL }, { "b.png", NULL });
    pp_inputs_free(inputs);
    pp_inputs_free(NULL);
}

static void a_folder_gives_its_images_sorted_and_labelled_by_folder(void **state)
{
    (void)state;
    static const char *const FOLDERS[] = { "set", "set/sick", "set/healthy", "set/healthy/old", "set/.cache" };
    static const char *const FILES[] = { "set/z.png",          "set/a.PNG",         "set/sick/2.jpeg",     "set/sick/10.jpg",
                                         "set/healthy/x.tiff", "set/healthy/x.tif", "set/healthy/old/y.webp", "set/notes.txt",
                                         "set/labels.csv",     "set/.hidden.png",   "set/.cache/c.png",    "set/healthy/y.bmp",
                                         "set/healthy/z.pgm" };
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
        make_folder_of(FOLDERS[i]);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        write_text(FILES[i], "");
    static const char *const WAYS[] = { "set", "set/", "set//" };
    for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
        pp_inputs *inputs = new_inputs();
        add(inputs, at(WAYS[i]));
        ASSERT_ENTRIES(inputs, { "set/a.PNG", NULL }, { "set/healthy/old/y.webp", "old" }, { "set/healthy/x.tif", "healthy" },
                       { "set/healthy/x.tiff", "healthy" }, { "set/healthy/y.bmp", "healthy" }, { "set/healthy/z.pgm", "healthy" },
                       { "set/sick/10.jpg", "sick" }, { "set/sick/2.jpeg", "sick" }, { "set/z.png", NULL });
        pp_inputs_free(inputs);
    }
}

static void a_link_to_a_folder_is_followed_and_a_loop_ends(void **state)
{
    (void)state;
    make_folder_of("real");
    make_folder_of("linked");
    write_text("real/a.png", "");
    assert_int_equal(symlink("../real", at("linked/class")), 0);
    assert_int_equal(symlink("..", at("real/loop")), 0);
    pp_inputs *inputs = new_inputs();
    add(inputs, at("linked"));
    assert_true(pp_inputs_count(inputs) >= 1);
    assert_string_equal(pp_inputs_path(inputs, 0), at("linked/class/a.png"));
    assert_string_equal(pp_inputs_label(inputs, 0), "class");
    pp_inputs_free(inputs);
    unlink(at("real/loop"));
}

static void what_is_not_there_or_empty_is_named(void **state)
{
    (void)state;
    make_folder_of("empty");
    make_folder_of("no-images");
    write_text("no-images/readme.txt", "");
    assert_refused(at("nothing.png"), PP_IO, "nothing.png: cannot be opened");
    assert_refused(at("nothing.csv"), PP_IO, "nothing.csv: cannot be opened");
    assert_refused(at("nothing.dcm#2"), PP_IO, "nothing.dcm#2: cannot be opened: No such file");
    assert_refused(at("nothing#x"), PP_IO, "nothing#x: cannot be opened: No such file");
    assert_refused(at("empty"), PP_IO, "empty: no images in this folder");
    assert_refused(at("no-images"), PP_IO, "no-images: no images in this folder");
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static void a_csv_names_paths_and_labels(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    write_text("list.csv", "path,label\na.png,sick\nsub/b.png,healthy\n/elsewhere/c.png,sick\n");
    add(inputs, at("list.csv"));
    ASSERT_ENTRIES(inputs, { "a.png", "sick" }, { "sub/b.png", "healthy" }, { "/elsewhere/c.png", "sick" });
    pp_inputs_free(inputs);
}

static void further_columns_and_their_order_do_not_matter(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    write_text("wide.csv", "id,Label,age,PATH,p_model\n1,sick,60,a.png,0.25\n2,healthy,,b.png,\n");
    add(inputs, at("wide.csv"));
    ASSERT_ENTRIES(inputs, { "a.png", "sick" }, { "b.png", "healthy" });
    pp_inputs_free(inputs);
}

static void a_csv_without_labels_or_with_empty_ones_has_none(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    write_text("paths.csv", "path\na.png\nb.png\n");
    write_text("some.csv", "path,label\na.png,\nb.png,sick\n");
    add(inputs, at("paths.csv"));
    add(inputs, at("some.csv"));
    ASSERT_ENTRIES(inputs, { "a.png", NULL }, { "b.png", NULL }, { "a.png", NULL }, { "b.png", "sick" });
    pp_inputs_free(inputs);
}

/* RFC 4180, and what spreadsheets make of it: a byte order mark, CR LF, no newline at the end, blank lines. */
static void quotes_and_line_ends_are_those_of_spreadsheets(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    write_text("quoted.csv", "\xef\xbb\xbf\"path\",\"label\"\r\n\"a, b.png\",\"say \"\"sick\"\"\"\r\n\r\n\"two\nlines.png\",x\r\nlast.png,y");
    add(inputs, at("quoted.csv"));
    ASSERT_ENTRIES(inputs, { "a, b.png", "say \"sick\"" }, { "two\nlines.png", "x" }, { "last.png", "y" });
    pp_inputs_free(inputs);
}

static void a_long_csv_is_read_whole(void **state)
{
    (void)state;
    FILE *file = fopen(at("long.csv"), "wb");
    assert_non_null(file);
    fprintf(file, "path,label\n");
    for (int i = 0; i < 5000; i++)
        fprintf(file, "folder with a name/%d.png,%d\n", i, i % 7);
    fclose(file);
    pp_inputs *inputs = new_inputs();
    add(inputs, at("long.csv"));
    assert_int_equal(pp_inputs_count(inputs), 5000);
    for (size_t i = 0; i < 5000; i++) {
        char name[100], label[10];
        snprintf(name, sizeof name, "folder with a name/%zu.png", i);
        snprintf(label, sizeof label, "%zu", i % 7);
        assert_string_equal(pp_inputs_path(inputs, i), at(name));
        assert_string_equal(pp_inputs_label(inputs, i), label);
    }
    pp_inputs_free(inputs);
}

static void a_csv_that_is_none_says_what_is_missing(void **state)
{
    (void)state;
    static const char *const BAD[][2] = {
        { "file,label\na.png,x\n", "no column 'path'; its first line names file, label" },
        { "a.png,sick\nb.png,healthy\n", "no column 'path'" },
        { "", "names no image" },
        { "path,label\n", "names no image" },
        { "path,label\na.png,x\nb.png\n", "row 3: expected a path and a label" },
        { "path,label\n,x\n", "row 2: expected a path" },
        { "label,path\nx\n", "row 2: expected a path" },
        { "path,label\na.png,x\n\"b.png,y\n", "row 3" },
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        write_text("bad.csv", BAD[i][0]);
        assert_refused(at("bad.csv"), PP_FORMAT, BAD[i][1]);
    }
}

/* The name of a folder may end in .csv too. */
static void a_folder_is_a_folder_whatever_its_name(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    make_folder_of("set.csv");
    write_text("set.csv/a.png", "");
    add(inputs, at("set.csv"));
    ASSERT_ENTRIES(inputs, { "set.csv/a.png", NULL });
    pp_inputs_free(inputs);
}

/* ---- Standard input ---------------------------------------------------------------------------------------------- */

/* Lets standard input be a file with this text. */
static void feed(const char *text)
{
    write_text("stdin", text);
    assert_non_null(freopen(at("stdin"), "r", stdin));
}

static void a_dash_takes_paths_from_standard_input(void **state)
{
    (void)state;
    pp_inputs *inputs = new_inputs();
    feed("/x/a.png\n\n/x/with blanks.png\r\n/x/last.png");
    add(inputs, "-");
    ASSERT_ENTRIES(inputs, { "/x/a.png", NULL }, { "/x/with blanks.png", NULL }, { "/x/last.png", NULL });
    pp_inputs_free(inputs);
}

static void an_empty_standard_input_is_told(void **state)
{
    (void)state;
    feed("");
    assert_refused("-", PP_FORMAT, "standard input: names no image");
    feed("\n\n");
    assert_refused("-", PP_FORMAT, "standard input: names no image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_keep_their_order_and_have_no_label),
        cmocka_unit_test(a_folder_gives_its_images_sorted_and_labelled_by_folder),
        cmocka_unit_test(a_link_to_a_folder_is_followed_and_a_loop_ends),
        cmocka_unit_test(what_is_not_there_or_empty_is_named),
        cmocka_unit_test(a_csv_names_paths_and_labels),
        cmocka_unit_test(further_columns_and_their_order_do_not_matter),
        cmocka_unit_test(a_csv_without_labels_or_with_empty_ones_has_none),
        cmocka_unit_test(quotes_and_line_ends_are_those_of_spreadsheets),
        cmocka_unit_test(a_long_csv_is_read_whole),
        cmocka_unit_test(a_csv_that_is_none_says_what_is_missing),
        cmocka_unit_test(a_folder_is_a_folder_whatever_its_name),
        cmocka_unit_test(a_dash_takes_paths_from_standard_input),
        cmocka_unit_test(an_empty_standard_input_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
