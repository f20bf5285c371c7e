/* make_fixtures.c - writes what the command-line and run-folder tests work on into a folder: tiny classifiers, good and broken
 * in every way that has a message, and images of 16 x 16.
 *
 * The classifiers are linear over 8-bit values with whole weights, so every sum is exact in float32 and their answers
 * are the same to the last bit on every machine: expected output can be compared as text. */
#include "onnx/make_model.h"

#include "image/image.h"

#include <errno.h>
#include <sys/stat.h>

enum { SIDE = 16, N_INPUTS = 3 * SIDE * SIDE };

static const float UNIT = 1.0f / 32768; /* of all weights and biases */
static const char *folder;

static void join(char path[512], const char *name)
{
    snprintf(path, 512, "%s/%s", folder, name);
}

static void write_text(const char *name, const char *text)
{
    char path[512];
    join(path, name);
    write_file(path, text, strlen(text));
}

static void make_folder(const char *name)
{
    char path[512];
    join(path, name);
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        perror(path);
        exit(1);
    }
}

/* ---- Classifiers ------------------------------------------------------------------------------------------------- */

/* Brightness counts everywhere, and twenty times as much at every thirteenth pixel: those are few enough to be found. */
static int pixel_weight(int pixel, int variant)
{
    return pixel % 13 == variant ? 40 : 2;
}

/* Class 0 is bright, class 1 dark; a third one lies between and wins near the middle. */
static void fill_classes(float *weights, float *bias, int n_classes, int variant)
{
    for (int k = 0; k < n_classes; k++) {
        int sign = k == 0 ? 1 : k == 1 ? -1 : 0;
        double sum = 0;
        for (int i = 0; i < N_INPUTS; i++) {
            int weight = sign * pixel_weight(i % (SIDE * SIDE), variant);
            weights[k * N_INPUTS + i] = (float)weight * UNIT;
            sum += 128.0 * weight;
        }
        bias[k] = (float)(-sum + (k == 2 ? 20000 : 0)) * UNIT;
    }
}

/* x [N, 3, 16, 16] -> Flatten -> Gemm -> z [N, n_classes] */
static Onnx__ModelProto *new_linear(int n_classes, int variant)
{
    char dims[32];
    float *weights = calloc((size_t)n_classes * N_INPUTS, sizeof *weights), bias[3];
    assert_non_null(weights);
    fill_classes(weights, bias, n_classes, variant);
    Onnx__ModelProto *model = new_model(13);
    model->graph->name = copy_word("toy", 3);
    add_input(model, "image", PP_ONNX_FLOAT, "N 3 16 16");
    snprintf(dims, sizeof dims, "%d %d", n_classes, N_INPUTS);
    set_bytes(&add_weight(model, "w", PP_ONNX_FLOAT, dims)->raw_data, weights, (size_t)n_classes * N_INPUTS * sizeof *weights);
    snprintf(dims, sizeof dims, "%d", n_classes);
    set_bytes(&add_weight(model, "b", PP_ONNX_FLOAT, dims)->raw_data, bias, (size_t)n_classes * sizeof *bias);
    add_node(model, "Flatten", "image", "f");
    set_int(add_node(model, "Gemm", "f w b", "z"), "transB", 1);
    free(weights);
    return model;
}

static Onnx__ModelProto *new_softmax(int n_classes, int variant)
{
    Onnx__ModelProto *model = new_linear(n_classes, variant);
    set_int(add_node(model, "Softmax", "z", "p"), "axis", 1);
    add_output(model, "p", n_classes == 2 ? "N 2" : "N 3");
    return model;
}

static void save(Onnx__ModelProto *model, const char *name)
{
    char path[512];
    join(path, name);
    save_model(model, path);
    free_model(model);
}

static void write_hub_files(const char *stem, const char *labels)
{
    char name[200], text[400];
    snprintf(name, sizeof name, "%s.preprocessor_config.json", stem);
    write_text(name, "{\"do_resize\": true, \"size\": {\"height\": 16, \"width\": 16}, \"do_rescale\": false, \"do_normalize\": false}\n");
    snprintf(name, sizeof name, "%s.config.json", stem);
    snprintf(text, sizeof text, "{\"id2label\": %s}\n", labels);
    write_text(name, text);
}

static void write_good_models(void)
{
    save(new_softmax(2, 0), "toy.onnx");
    write_hub_files("toy", "{\"0\": \"healthy\", \"1\": \"sick\"}");
    save(new_softmax(2, 5), "other.onnx");
    write_hub_files("other", "{\"0\": \"healthy\", \"1\": \"sick\"}");
    save(new_softmax(3, 0), "three.onnx");
    write_hub_files("three", "{\"0\": \"bright\", \"1\": \"dark\", \"2\": \"gray\"}");
    save(new_softmax(2, 0), "bare.onnx"); /* with nothing beside it that says how its input is made */
}

/* A mask of two classes for each pixel, in place of one answer. */
static Onnx__ModelProto *new_segmentation(void)
{
    static const float WEIGHTS[6] = { 1, 1, 1, -1, -1, -1 };
    Onnx__ModelProto *model = new_model(13);
    model->graph->name = copy_word("toy", 3);
    add_input(model, "image", PP_ONNX_FLOAT, "N 3 16 16");
    set_bytes(&add_weight(model, "w", PP_ONNX_FLOAT, "2 3 1 1")->raw_data, WEIGHTS, sizeof WEIGHTS);
    add_node(model, "Conv", "image w", "mask");
    add_output(model, "mask", "N 2 16 16");
    return model;
}

static Onnx__ModelProto *new_nan(void)
{
    Onnx__ModelProto *model = new_linear(2, 0);
    add_node(model, "Log", "b", "l"); /* one of the two is below 0 */
    add_node(model, "Add", "z l", "y");
    add_output(model, "y", "N 2");
    return model;
}

static Onnx__ModelProto *new_random(void)
{
    Onnx__ModelProto *model = new_linear(2, 0);
    add_node(model, "RandomUniformLike", "z", "r");
    add_node(model, "Add", "z r", "y");
    add_output(model, "y", "N 2");
    return model;
}

/* Its weights are said to lie in a file that is not there. */
static Onnx__ModelProto *new_external(void)
{
    Onnx__ModelProto *model = new_softmax(2, 0);
    Onnx__TensorProto *weights = model->graph->initializer[0];
    free(weights->raw_data.data);
    weights->raw_data = (ProtobufCBinaryData){ 0 };
    set_external(weights, "location", "external.bin");
    set_external(weights, "length", "6144");
    return model;
}

static void write_bad_models(void)
{
    char path[512];
    size_t n;
    save(new_segmentation(), "segmentation.onnx");
    save(new_nan(), "nan.onnx");
    save(new_random(), "random.onnx");
    save(new_external(), "external.onnx");
    write_text("text.onnx", "this is no model\n");
    write_text("empty.onnx", "");
    Onnx__ModelProto *whole = new_softmax(2, 0);
    uint8_t *bytes = pack_model(whole, &n);
    join(path, "truncated.onnx");
    write_file(path, bytes, n / 2);
    free(bytes);
    free_model(whole);
}

/* ---- Images ------------------------------------------------------------------------------------------------------ */

/* A gray image around a level, each its own. */
static void write_image(const char *name, int level, uint32_t seed)
{
    char path[512];
    pp_image *image;
    pp_error err;
    assert_ok(pp_image_new(&image, SIDE, SIDE, 3, &err), err);
    for (int i = 0; i < SIDE * SIDE; i++) {
        seed = seed * 1664525 + 1013904223;
        memset(image->data + 3 * i, level - 8 + (int)(seed >> 28), 3);
    }
    join(path, name);
    assert_ok(pp_image_save_png(image, path, &err), err);
    pp_image_free(image);
}

/* Two folders with the same names in both; in "sick" one image that is bright, so that the classifier gets it wrong. */
static void write_images(void)
{
    make_folder("set");
    make_folder("set/healthy");
    make_folder("set/sick");
    for (uint32_t i = 1; i <= 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/healthy/%u.png", (unsigned)i);
        write_image(name, 140 + 3 * (int)i, i);
        snprintf(name, sizeof name, "set/sick/%u.png", (unsigned)i);
        write_image(name, i == 3 ? 150 : 116 - 3 * (int)i, 100 + i);
    }
}

/* ---- What only other images flip --------------------------------------------------------------------------------- */

/* A chessboard: 1 or -1, as often. */
static int pattern_sign(int pixel)
{
    return (pixel % SIDE + pixel / SIDE) % 2 ? 1 : -1;
}

/* Class 1 is what shows the pattern. Noise and flat images are class 0, so that plain ones are flipped by donors only. */
static Onnx__ModelProto *new_pattern(void)
{
    Onnx__ModelProto *model = new_softmax(2, 0);
    float *weights = (float *)(void *)model->graph->initializer[0]->raw_data.data;
    float *bias = (float *)(void *)model->graph->initializer[1]->raw_data.data;
    for (int i = 0; i < N_INPUTS; i++) {
        weights[N_INPUTS + i] = (float)pattern_sign(i % (SIDE * SIDE)) * 4 * UNIT;
        weights[i] = -weights[N_INPUTS + i];
    }
    bias[0] = 4 * 40 * N_INPUTS * UNIT;
    bias[1] = -bias[0];
    return model;
}

static void write_patterned_image(const char *name, int level, int amplitude)
{
    char path[512];
    pp_image *image;
    pp_error err;
    assert_ok(pp_image_new(&image, SIDE, SIDE, 3, &err), err);
    for (int i = 0; i < SIDE * SIDE; i++)
        memset(image->data + 3 * i, level + amplitude * pattern_sign(i), 3);
    join(path, name);
    assert_ok(pp_image_save_png(image, path, &err), err);
    pp_image_free(image);
}

static void write_patterned(void)
{
    save(new_pattern(), "pattern.onnx");
    write_hub_files("pattern", "{\"0\": \"plain\", \"1\": \"marked\"}");
    make_folder("patterned");
    make_folder("patterned/plain");
    make_folder("patterned/marked");
    for (int i = 1; i <= 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "patterned/plain/p%d.png", i);
        write_patterned_image(name, 100 + 10 * i, 0);
        snprintf(name, sizeof name, "patterned/marked/m%d.png", i);
        write_patterned_image(name, 100 + 10 * i, 60 + 4 * i);
    }
}

/* A mask that is white from a column on, black before it. */
static void write_mask(const char *name, int first)
{
    char path[512];
    pp_image *image;
    pp_error err;
    assert_ok(pp_image_new(&image, SIDE, SIDE, 1, &err), err);
    for (int i = 0; i < SIDE * SIDE; i++)
        image->data[i] = i % SIDE >= first ? 255 : 0;
    join(path, name);
    assert_ok(pp_image_save_png(image, path, &err), err);
    pp_image_free(image);
}

static void write_masks(void)
{
    make_folder("masks");
    write_mask("masks/white.png", 0);
    write_mask("masks/right.png", SIDE / 2);
    write_mask("masks/edge.png", SIDE - 3);
    write_mask("masks/black.png", SIDE);
}

static void cut_in_half(const char *from, const char *to)
{
    char path[512];
    uint8_t bytes[4096];
    join(path, from);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    join(path, to);
    write_file(path, bytes, n / 2);
}

static void write_bad_images(void)
{
    make_folder("empty");
    make_folder("mixed");
    write_image("mixed/1.png", 144, 1);
    cut_in_half("mixed/1.png", "mixed/2-cut.png");
    write_text("mixed/3-text.png", "this is no image\n");
    write_text("mixed/4-empty.png", "");
    write_image("mixed/5.png", 112, 5);
}

/* Another colour for one pixel of a PNG, as somebody might who wants a result to look better. */
static int alter_pixel(const char *path, int x, int y)
{
    pp_image *image = NULL;
    pp_error err;
    if (pp_image_read_png(&image, path, &err) != PP_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    image->data[(y * image->width + x) * image->channels] ^= 1;
    pp_code code = pp_image_save_png(image, path, &err);
    pp_image_free(image);
    return code != PP_OK;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--alter") == 0)
        return alter_pixel(argv[2], atoi(argv[3]), atoi(argv[4]));
    if (argc != 2) {
        fprintf(stderr, "usage: make_fixtures FOLDER\n       make_fixtures --alter PNG X Y\n");
        return 2;
    }
    folder = argv[1];
    write_good_models();
    write_bad_models();
    write_images();
    write_masks();
    write_patterned();
    write_bad_images();
    return 0;
}
