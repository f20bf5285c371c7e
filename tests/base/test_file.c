/* test_file.c - a file is whole, or what it was before. */
#include "folder.h"

#include "base/file.h"

#include <string.h>
#include <sys/stat.h>

static const char *in_folder(char path[300], const char *name)
{
    snprintf(path, 300, "%s/%s", folder, name);
    return path;
}

static void assert_holds(const char *path, const char *text)
{
    char bytes[100] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes - 1, file), strlen(text));
    fclose(file);
    assert_string_equal(bytes, text);
}

static void what_is_written_replaces_what_was_there(void **state)
{
    (void)state;
    pp_error err;
    char path[300], part[300];
    assert_ok(pp_file_write(in_folder(path, "a"), "first", 5, &err), err);
    assert_holds(path, "first");
    assert_ok(pp_file_write(path, "2nd", 3, &err), err);
    assert_holds(path, "2nd");
    assert_int_not_equal(access(in_folder(part, "a.part"), F_OK), 0);
}

static void a_file_that_cannot_be_written_is_what_it_was(void **state)
{
    (void)state;
    pp_error err;
    char path[300], part[300];
    assert_ok(pp_file_write(in_folder(path, "b"), "first", 5, &err), err);
    assert_int_equal(mkdir(in_folder(part, "b.part"), 0777), 0);
    assert_int_equal(pp_file_write(path, "2nd", 3, &err), PP_IO);
    assert_non_null(strstr(err.message, "b.part: cannot be written: "));
    assert_holds(path, "first");
    assert_int_equal(pp_file_write(in_folder(path, "none/c"), "x", 1, &err), PP_IO);
}

static void a_file_is_read_whole_with_a_0_behind_it(void **state)
{
    (void)state;
    pp_error err;
    char path[300], *bytes = NULL;
    size_t n;
    assert_ok(pp_file_write(in_folder(path, "r"), "a\0b", 3, &err), err);
    assert_ok(pp_file_read(&bytes, &n, path, &err), err);
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "a\0b", 4);
    free(bytes);
    assert_int_equal(pp_file_read(&bytes, &n, in_folder(path, "none/r"), &err), PP_IO);
    assert_non_null(strstr(err.message, "none/r: cannot be opened: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_replaces_what_was_there),
        cmocka_unit_test(a_file_that_cannot_be_written_is_what_it_was),
        cmocka_unit_test(a_file_is_read_whole_with_a_0_behind_it),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
