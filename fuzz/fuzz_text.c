/* fuzz_text.c - hostile text: a model hub's files, and options. The first byte says what the rest is:
 * c: config.json, p: preprocessor_config.json, l: class names, a line each, o: lines of option=value for each method. */
#include "fuzz.h"

#include "onnx/hub_config.h"

#include <fcntl.h>
#include <string.h>

enum { LARGEST_TEXT = 1 << 14, TEXT = 200 };

/* A folder with one file that is called NAME.json; both go when the program ends. */
static char folder[64], json[96];

static void remove_folder(void)
{
    unlink(json);
    rmdir(folder);
}

static void make_files(void)
{
    if (*folder)
        return;
    snprintf(folder, sizeof folder, "%s", "/dev/shm/pinprick-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        snprintf(folder, sizeof folder, "%s", "/tmp/pinprick-fuzz-XXXXXX");
        REQUIRE(mkdtemp(folder));
    }
    snprintf(json, sizeof json, "%s/text.json", folder);
    atexit(remove_folder);
    make_memory_file(TEXT);
    int file = open(json, O_RDWR | O_CREAT, 0600);
    REQUIRE(file >= 0 && dup2(file, TEXT + 1) == TEXT + 1);
    close(file);
}

static void read_hub(const char *labels, const char *preprocessor)
{
    pp_hub_config config;
    pp_error err;
    if (pp_hub_config_read(&config, "/nowhere/model.onnx", labels, preprocessor, &err) != PP_OK) {
        REQUIRE(err.code < 0 && *err.message);
        return;
    }
    for (size_t i = 0; i < config.n_classes; i++)
        REQUIRE(config.class_names[i] && *config.class_names[i]);
    REQUIRE(!config.has_normalize || config.n_channels == 1 || config.n_channels == 3);
    pp_hub_config_clear(&config);
}

/* What was taken is taken again as it is given back. */
static void set_option(pp_params *params, const char *option, const char *value)
{
    char *text, *again;
    if (pp_params_set(params, option, value, NULL) != PP_OK)
        return;
    REQUIRE(pp_params_get(params, option, &text, NULL) == PP_OK);
    REQUIRE(pp_params_set(params, option, text, NULL) == PP_OK && pp_params_get(params, option, &again, NULL) == PP_OK);
    REQUIRE(strcmp(text, again) == 0);
    free(text);
    free(again);
}

static void set_options(const char *text, const char *method)
{
    pp_params *params;
    char line[256];
    REQUIRE(pp_params_new(&params, method, NULL) == PP_OK);
    while (*text) {
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line), text);
        text += n + (text[n] == '\n');
        char *value = strchr(line, '=');
        if (value)
            *value++ = '\0';
        set_option(params, line, value ? value : "");
    }
    pp_params_free(params);
}

static void set_options_of_all(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *method, *summary, *source;
    REQUIRE(text);
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; pp_method_at(i, &method, &summary, &source); i++)
        set_options(text, method);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > LARGEST_TEXT)
        return 0;
    make_files();
    fill_memory_file(TEXT, data + 1, size - 1);
    fill_memory_file(TEXT + 1, data + 1, size - 1);
    if (*data == 'c')
        read_hub(json, NULL);
    else if (*data == 'p')
        read_hub(NULL, json);
    else if (*data == 'l')
        read_hub("/proc/self/fd/200", NULL);
    else
        set_options_of_all(data + 1, size - 1);
    return 0;
}
