/* test_header.c - the public header compiles alone, and the example at its head runs. */
#include "support.h"

#include "onnx/make_model.h"

#include <string.h>
#include <sys/wait.h>

/* Runs a command whose output goes into text. @return its exit status */
static int run_command(const char *command, char *text, size_t size)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(text, 1, size - 1, pipe);
    text[n] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* compiler: with its options. A file of one line, so that nothing is there before the header. */
static void compile_alone(const char *compiler, const char *name)
{
    char folder[256], path[300], command[2000], include[512], text[4000];
    new_folder(folder);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_file(path, "#include \"pinprick/pinprick.h\"\n", 31);
    snprintf(command, sizeof command, "%s -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I%s %s 2>&1", compiler,
             repo_file(include, "include"), path);
    if (run_command(command, text, sizeof text) != 0)
        fail_msg("%s\n%s", command, text);
    remove_folder(folder);
}

static void it_compiles_alone_as_c11(void **state)
{
    (void)state;
    const char *compiler = getenv("PINPRICK_CC");
    char command[300];
    snprintf(command, sizeof command, "%s -std=c11", compiler ? compiler : "cc");
    compile_alone(command, "alone.c");
}

static void it_compiles_alone_as_cpp(void **state)
{
    (void)state;
    const char *compiler = getenv("PINPRICK_CXX");
    char command[300];
    if (!compiler || !*compiler) {
        print_message("skipped: no C++ compiler\n");
        skip();
    }
    snprintf(command, sizeof command, "%s -std=c++11", compiler);
    compile_alone(command, "alone.cpp");
}

/* The next line of *text without its end; NULL when there is none. Cuts the text up. */
static char *next_line(char **text)
{
    if (**text == '\0')
        return NULL;
    char *line = *text;
    size_t n = strcspn(line, "\n");
    *text += n + (line[n] == '\n');
    line[n] = '\0';
    return line;
}

static char *read_text(const char *name)
{
    char path[512];
    static char text[2][40000];
    static int turn;
    char *into = text[turn = !turn];
    FILE *file = fopen(repo_file(path, name), "r");
    assert_non_null(file);
    size_t n = fread(into, 1, sizeof text[0] - 1, file);
    fclose(file);
    into[n] = '\0';
    return into;
}

/* The header's example is what is indented by four blanks in its first comment; the program's is all from the first such line to the
 * one before its return. */
static void the_example_is_the_program_that_is_tested(void **state)
{
    (void)state;
    char *header = read_text("include/pinprick/pinprick.h"), *program = read_text("tests/base/header_example.c");
    char *told, *run;
    size_t n_lines = 0;
    while ((run = next_line(&program)) && strcmp(run, "{") != 0)
        ;
    while ((told = next_line(&header)) && strcmp(told, " */") != 0) {
        if (strncmp(told, " *     ", 7) != 0)
            continue;
        run = next_line(&program);
        assert_non_null(run);
        assert_string_equal(told + 3, run);
        n_lines++;
    }
    assert_string_equal(next_line(&program), "    return 0;");
    assert_true(n_lines > 5);
}

/* x [N, 3, 8, 8] -> the mean of each channel -> y [N, 3]: a classifier of colours. */
static void save_colour_classifier(const char *folder)
{
    char path[300];
    Onnx__ModelProto *model = new_model(13);
    add_input(model, "x", PP_ONNX_FLOAT, "N 3 8 8");
    add_node(model, "GlobalAveragePool", "x", "g");
    add_node(model, "Flatten", "g", "y");
    add_output(model, "y", "N 3");
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    save_model(model, path);
    free_model(model);
    snprintf(path, sizeof path, "%s/preprocessor_config.json", folder);
    write_file(path, "{\"do_rescale\": true}", 20);
}

static void the_example_runs(void **state)
{
    (void)state;
    const char *example = getenv("PINPRICK_EXAMPLE");
    assert_non_null(example);
    char folder[256], path[300], command[900], text[2000];
    pp_image *image = NULL;
    pp_error err;
    unsigned long long n_pixels, n_queries;
    new_folder(folder);
    save_colour_classifier(folder);
    assert_ok(pp_image_new(&image, 8, 8, 3, &err), err);
    for (int i = 0; i < 64; i++)
        memcpy(image->data + 3 * i, (uint8_t[]){ 130, 128, 126 }, 3); /* red, but only just */
    snprintf(path, sizeof path, "%s/xray.png", folder);
    assert_ok(pp_image_save_png(image, path, &err), err);
    pp_image_free(image);
    snprintf(command, sizeof command, "cd %s && %s 2>&1", folder, example);
    assert_int_equal(run_command(command, text, sizeof text), 0);
    remove_folder(folder);
    if (sscanf(text, "%llu pixels after %llu queries", &n_pixels, &n_queries) != 2)
        fail_msg("the example says: %s", text);
    assert_in_range(n_pixels, 1, 64);
    assert_in_range(n_queries, 2, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_compiles_alone_as_c11),
        cmocka_unit_test(it_compiles_alone_as_cpp),
        cmocka_unit_test(the_example_is_the_program_that_is_tested),
        cmocka_unit_test(the_example_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
