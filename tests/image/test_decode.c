/* test_decode.c - files of each format to the classifier's 8-bit image: their pixels, their rotation, their fit, and what is told of those
 * that are broken. */
#include "image/make_image.h"
#include "reference/resize_reference.h"

#include <math.h>
#include <sys/stat.h>

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    new_folder(folder);
    return VIPS_INIT("test_decode");
}

static int drop_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* A path in the folder; two may be in use at a time. */
static const char *in_folder(const char *name)
{
    static char paths[2][400];
    static int turn;
    char *path = paths[turn = !turn];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* The image as it is: no fitting wanted. */
static pp_geometry as_it_is(int width, int height, int channels)
{
    return (pp_geometry){ .width = width, .height = height, .channels = channels, .resample = PP_RESAMPLE_BILINEAR };
}

static pp_image *decode(const char *path, pp_geometry geometry)
{
    pp_image *image = NULL;
    pp_error err;
    assert_ok(pp_image_decode(&image, path, &geometry, &err), err);
    assert_true(image->width == geometry.width && image->height == geometry.height && image->channels == geometry.channels);
    return image;
}

static int value_at(const pp_image *image, int x, int y, int c)
{
    return image->data[(y * image->width + x) * image->channels + c];
}

/* expected: the value of a place; tolerance in levels. */
static void assert_values(const pp_image *image, int (*expected)(int x, int y, int c), int tolerance, const char *what)
{
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            for (int c = 0; c < image->channels; c++) {
                int found = value_at(image, x, y, c), wanted = expected(x, y, c);
                if (abs(found - wanted) > tolerance)
                    fail_msg("%s: %d at %d,%d,%d; expected %d", what, found, x, y, c, wanted);
            }
}

static int pattern_value(int x, int y, int c)
{
    return pattern(x, y, c);
}

static int pattern_gray(int x, int y, int c)
{
    (void)c;
    return pattern(x, y, 0);
}

/* ---- Formats ----------------------------------------------------------------------------------------------------- */

/* name: with libvips' options for saving; what is read has none. */
static const struct {
    const char *name;
    int bands, tolerance;
} FORMATS[] = { { "a.png", 3, 0 },          { "a.tif", 3, 0 }, { "a.webp[lossless]", 3, 0 }, { "a.ppm", 3, 0 },
                { "a.jpg[Q=100,no-subsample]", 3, 3 }, { "a.bmp", 3, 0 }, { "g.png", 1, 0 },            { "g.tif", 1, 0 },
                { "g.pgm", 1, 0 },          { "g.jpg[Q=100]", 1, 2 } };
enum { N_FORMATS = sizeof FORMATS / sizeof *FORMATS };

/* Writes format i of this size; path: without the options. */
static void save_format(size_t i, int width, int height, char path[400])
{
    snprintf(path, 400, "%s", in_folder(FORMATS[i].name));
    if (strstr(path, ".bmp"))
        save_pattern_bmp(width, height, path);
    else
        save_pattern(width, height, FORMATS[i].bands, path);
    path[strcspn(path, "[")] = '\0';
}

static void each_format_gives_the_pixels_that_were_saved(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMATS; i++) {
        char path[400];
        save_format(i, 9, 6, path);
        pp_image *image = decode(path, as_it_is(9, 6, FORMATS[i].bands));
        assert_values(image, pattern_value, FORMATS[i].tolerance, path);
        pp_image_free(image);
    }
}

static void gray_becomes_three_equal_channels(void **state)
{
    (void)state;
    save_pattern(9, 6, 1, in_folder("gray.png"));
    pp_image *image = decode(in_folder("gray.png"), as_it_is(9, 6, 3));
    assert_values(image, pattern_gray, 0, "gray to RGB");
    pp_image_free(image);
}

static int weighted_gray(int x, int y, int c)
{
    (void)c;
    return (int)lround(0.299 * pattern(x, y, 0) + 0.587 * pattern(x, y, 1) + 0.114 * pattern(x, y, 2));
}

static void colour_becomes_gray_by_the_weights_of_rec_601(void **state)
{
    (void)state;
    save_pattern(9, 6, 3, in_folder("colour.png"));
    pp_image *image = decode(in_folder("colour.png"), as_it_is(9, 6, 1));
    assert_values(image, weighted_gray, 0, "RGB to gray");
    pp_image_free(image);
}

static int on_black(int x, int y, int c)
{
    return (int)lround(pattern(x, y, c) * pattern(x, y, 3) / 255.0);
}

static int gray_on_black(int x, int y, int c)
{
    (void)c;
    return (int)lround(pattern(x, y, 0) * pattern(x, y, 1) / 255.0);
}

static void alpha_is_laid_on_black(void **state)
{
    (void)state;
    save_pattern(9, 6, 4, in_folder("alpha.png"));
    pp_image *image = decode(in_folder("alpha.png"), as_it_is(9, 6, 3));
    assert_values(image, on_black, 1, "RGBA");
    pp_image_free(image);
    save_pattern(9, 6, 2, in_folder("gray-alpha.png"));
    image = decode(in_folder("gray-alpha.png"), as_it_is(9, 6, 1));
    assert_values(image, gray_on_black, 1, "gray with alpha");
    pp_image_free(image);
}

/* A picture of a scanner's: CMYK as JPEG. Only that it is read as colour is asked. */
static void cmyk_is_brought_to_colours(void **state)
{
    (void)state;
    uint8_t ink[8 * 8 * 4] = { 0 }; /* no ink at all: white */
    VipsImage *raw = vips_image_new_from_memory(ink, sizeof ink, 8, 8, 4, VIPS_FORMAT_UCHAR), *image = NULL;
    assert_int_equal(vips_copy(raw, &image, "interpretation", VIPS_INTERPRETATION_CMYK, NULL), 0);
    assert_int_equal(vips_image_write_to_file(image, in_folder("ink.jpg"), "Q", 100, NULL), 0);
    g_object_unref(image);
    g_object_unref(raw);
    pp_image *decoded = decode(in_folder("ink.jpg"), as_it_is(8, 8, 3));
    for (int c = 0; c < 3; c++)
        assert_in_range(value_at(decoded, 4, 4, c), 240, 255);
    pp_image_free(decoded);
}

/* ---- 16 bit ------------------------------------------------------------------------------------------------------ */

static const uint16_t DEEP[] = { 0, 1, 128, 129, 257, 1000, 2047, 2048, 4095, 4096, 32768, 65279, 65406, 65407, 65534, 65535 };
enum { N_DEEP = sizeof DEEP / sizeof *DEEP };

static void sixteen_bit_gray_is_scaled_by_its_full_range(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "deep.png", "deep.tif", "deep.pgm" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        save_values(DEEP, N_DEEP, 1, 1, VIPS_FORMAT_USHORT, in_folder(NAMES[i]));
        pp_image *image = decode(in_folder(NAMES[i]), as_it_is(N_DEEP, 1, 1));
        for (int x = 0; x < N_DEEP; x++)
            assert_int_equal(value_at(image, x, 0, 0), lround(DEEP[x] / 257.0));
        pp_image_free(image);
    }
}

static void a_window_maps_its_ends_to_black_and_white(void **state)
{
    (void)state;
    static const double WINDOWS[][2] = { { 0, 4095 }, { 1000, 4096 }, { 128, 129 }, { -1000, 65535 } };
    save_values(DEEP, N_DEEP, 1, 1, VIPS_FORMAT_USHORT, in_folder("deep.png"));
    for (size_t i = 0; i < sizeof WINDOWS / sizeof *WINDOWS; i++) {
        double low = WINDOWS[i][0], high = WINDOWS[i][1];
        pp_geometry geometry = as_it_is(N_DEEP, 1, 3);
        geometry.window = true;
        geometry.window_low = low;
        geometry.window_high = high;
        pp_image *image = decode(in_folder("deep.png"), geometry);
        for (int x = 0; x < N_DEEP; x++) {
            double share = fmin(fmax((DEEP[x] - low) / (high - low), 0), 1);
            for (int c = 0; c < 3; c++)
                assert_true(fabs(value_at(image, x, 0, c) - 255 * share) <= 0.5001);
        }
        pp_image_free(image);
    }
}

static void a_window_leaves_eight_bit_and_colour_alone(void **state)
{
    (void)state;
    pp_geometry geometry = as_it_is(9, 6, 1);
    geometry.window = true;
    geometry.window_low = 100;
    geometry.window_high = 110;
    save_pattern(9, 6, 1, in_folder("gray.png"));
    pp_image *image = decode(in_folder("gray.png"), geometry);
    assert_values(image, pattern_value, 0, "8-bit gray");
    pp_image_free(image);
    uint16_t colours[] = { 0, 32896, 65535, 257, 514, 65278 };
    save_values(colours, 2, 1, 3, VIPS_FORMAT_USHORT, in_folder("deep-colour.png"));
    geometry = (pp_geometry){ .width = 2, .height = 1, .channels = 3, .window = true, .window_low = 100, .window_high = 110 };
    image = decode(in_folder("deep-colour.png"), geometry);
    for (int i = 0; i < 6; i++)
        assert_int_equal(image->data[i], colours[i] / 257);
    pp_image_free(image);
}

/* A float TIFF has no range of its own. */
static void real_values_need_a_window(void **state)
{
    (void)state;
    static const float VALUES[] = { -1.5f, 0, 0.25f, 0.5f, 1, 7 };
    pp_geometry geometry = as_it_is(6, 1, 1);
    pp_image *image = NULL;
    pp_error err;
    save_values(VALUES, 6, 1, 1, VIPS_FORMAT_FLOAT, in_folder("real.tif"));
    assert_int_equal(pp_image_decode(&image, in_folder("real.tif"), &geometry, &err), PP_FORMAT);
    assert_non_null(strstr(err.message, "--window"));
    geometry.window = true;
    geometry.window_high = 1;
    image = decode(in_folder("real.tif"), geometry);
    static const int EXPECTED[] = { 0, 0, 64, 128, 255, 255 };
    for (int x = 0; x < 6; x++)
        assert_int_equal(value_at(image, x, 0, 0), EXPECTED[x]);
    pp_image_free(image);
}

/* ---- Rotation ---------------------------------------------------------------------------------------------------- */

enum { STORED_W = 16, STORED_H = 8 };

/* Where a place of the upright image lies in the stored one, for the orientations of EXIF. */
static void stored_place(int orientation, int x, int y, int *sx, int *sy)
{
    bool turned = orientation >= 5;
    int along = turned ? y : x, across = turned ? x : y;
    bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    *sx = flip_x ? STORED_W - 1 - along : along;
    *sy = flip_y ? STORED_H - 1 - across : across;
}

static void save_turned(int orientation, const char *path)
{
    uint8_t values[STORED_W * STORED_H];
    for (int y = 0; y < STORED_H; y++)
        for (int x = 0; x < STORED_W; x++)
            values[y * STORED_W + x] = (uint8_t)(20 + x * 10 + y * 9); /* smooth, so that a JPEG keeps it */
    VipsImage *raw = vips_image_new_from_memory(values, sizeof values, STORED_W, STORED_H, 1, VIPS_FORMAT_UCHAR), *image = NULL;
    assert_int_equal(vips_copy(raw, &image, "interpretation", VIPS_INTERPRETATION_B_W, NULL), 0);
    vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
    assert_int_equal(vips_image_write_to_file(image, path, NULL), 0);
    g_object_unref(image);
    g_object_unref(raw);
}

static void an_image_is_turned_as_exif_says(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "turned.tif", "turned.jpg[Q=100]" };
    for (int orientation = 1; orientation <= 8; orientation++)
        for (size_t i = 0; i < 2; i++) {
            char path[400];
            snprintf(path, sizeof path, "%s", in_folder(NAMES[i]));
            save_turned(orientation, path);
            path[strcspn(path, "[")] = '\0';
            bool turned = orientation >= 5;
            pp_image *image = decode(path, as_it_is(turned ? STORED_H : STORED_W, turned ? STORED_W : STORED_H, 1));
            for (int y = 0; y < image->height; y++)
                for (int x = 0; x < image->width; x++) {
                    int sx, sy;
                    stored_place(orientation, x, y, &sx, &sy);
                    if (abs(value_at(image, x, y, 0) - (20 + sx * 10 + sy * 9)) > (i ? 3 : 0))
                        fail_msg("%s, orientation %d: wrong at %d,%d", path, orientation, x, y);
                }
            pp_image_free(image);
        }
}

/* ---- Fitting ----------------------------------------------------------------------------------------------------- */

/* Largest difference between what resizing the pattern gives and the reference. */
static double resize_error(pp_resample kind, int w, int h, int w_new, int h_new)
{
    double worst = 0;
    save_pattern(w, h, 3, in_folder("big.png"));
    pp_image *whole = decode(in_folder("big.png"), as_it_is(w, h, 3));
    pp_geometry geometry = as_it_is(w_new, h_new, 3);
    geometry.resample = kind;
    pp_image *image = decode(in_folder("big.png"), geometry);
    for (int y = 0; y < h_new; y++)
        for (int x = 0; x < w_new; x++)
            for (int c = 0; c < 3; c++) {
                double expected = reference_resized(kind, whole->data, w, h, 3, w_new, h_new, x, y, c);
                worst = fmax(worst, fabs(value_at(image, x, y, c) - fmin(fmax(expected, 0), 255)));
            }
    pp_image_free(whole);
    pp_image_free(image);
    return worst;
}

/* Rounding is half a level; the rest is what libvips' tables of weights cost on an image as rough as the pattern. */
static void resizing_is_that_of_the_reference_for_every_kernel(void **state)
{
    (void)state;
    static const int SIZES[][4] = { { 40, 30, 20, 15 }, { 40, 30, 13, 7 }, { 64, 16, 16, 16 }, { 7, 5, 6, 5 }, { 20, 20, 33, 47 },
                                    { 50, 3, 5, 9 },    { 1, 1, 4, 4 },    { 9, 6, 18, 12 } };
    static const double TOLERANCE[] = { 0, 3, 3, 3 };
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        for (int kind = PP_RESAMPLE_NEAREST; kind <= PP_RESAMPLE_LANCZOS; kind++) {
            const int *s = SIZES[i];
            if (kind == PP_RESAMPLE_LANCZOS && (s[2] > s[0] || s[3] > s[1]))
                continue; /* libvips enlarges by bicubic at most */
            double error = resize_error((pp_resample)kind, s[0], s[1], s[2], s[3]);
            if (error > TOLERANCE[kind])
                fail_msg("kernel %d: %dx%d to %dx%d: off by %.2f", kind, s[0], s[1], s[2], s[3], error);
        }
}

/* crop: shortest edge to the size, middle out. Where the shortest edge fits already, nothing is resized. */
static void cropping_takes_the_middle(void **state)
{
    (void)state;
    static const int SIZES[][2] = { { 20, 12 }, { 21, 12 }, { 12, 20 }, { 12, 21 }, { 12, 12 } };
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        int w = SIZES[i][0], h = SIZES[i][1];
        pp_geometry geometry = { .width = 12, .height = 12, .channels = 3, .resize = PP_RESIZE_CROP, .shortest_edge = 12,
                                 .resample = PP_RESAMPLE_BILINEAR };
        save_pattern(w, h, 3, in_folder("wide.png"));
        pp_image *image = decode(in_folder("wide.png"), geometry);
        for (int y = 0; y < 12; y++)
            for (int x = 0; x < 12; x++)
                assert_int_equal(value_at(image, x, y, 1), pattern(x + (w - 12) / 2, y + (h - 12) / 2, 1));
        pp_image_free(image);
    }
}

/* 40 x 20 to a shortest edge of 10, then the middle 8 x 8: the middle of the 20 x 10 image. */
static void a_shortest_edge_larger_than_the_cut_is_resized_first(void **state)
{
    (void)state;
    pp_geometry cut = { .width = 8, .height = 8, .channels = 3, .resize = PP_RESIZE_CROP, .shortest_edge = 10,
                        .resample = PP_RESAMPLE_BILINEAR };
    save_pattern(40, 20, 3, in_folder("wide.png"));
    pp_image *image = decode(in_folder("wide.png"), cut), *whole = decode(in_folder("wide.png"), as_it_is(20, 10, 3));
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            for (int c = 0; c < 3; c++)
                assert_int_equal(value_at(image, x, y, c), value_at(whole, x + 6, y + 1, c));
    pp_image_free(image);
    pp_image_free(whole);
}

static void an_image_of_the_right_size_keeps_its_bytes_whatever_the_fit(void **state)
{
    (void)state;
    pp_geometry geometry = { .width = 12, .height = 12, .channels = 3, .resize = PP_RESIZE_CROP, .shortest_edge = 14,
                             .resample = PP_RESAMPLE_LANCZOS };
    save_pattern(12, 12, 3, in_folder("right.png"));
    pp_image *image = decode(in_folder("right.png"), geometry);
    assert_values(image, pattern_value, 0, "the right size");
    pp_image_free(image);
}

static void every_kernel_keeps_a_flat_image_flat(void **state)
{
    (void)state;
    uint8_t flat[33 * 21];
    memset(flat, 77, sizeof flat);
    save_values(flat, 33, 21, 1, VIPS_FORMAT_UCHAR, in_folder("flat.png"));
    for (int kernel = PP_RESAMPLE_NEAREST; kernel <= PP_RESAMPLE_LANCZOS; kernel++)
        for (int side = 3; side < 50; side += 9) {
            pp_geometry geometry = as_it_is(side, side + 2, 1);
            geometry.resample = (pp_resample)kernel;
            pp_image *image = decode(in_folder("flat.png"), geometry);
            for (int i = 0; i < side * (side + 2); i++)
                assert_in_range(image->data[i], 76, 78);
            pp_image_free(image);
        }
}

/* ---- What cannot be read ----------------------------------------------------------------------------------------- */

/* One line that begins with the path, and no image. */
static void assert_refused(const char *path, pp_code code, const char *said)
{
    pp_geometry geometry = as_it_is(9, 6, 3);
    pp_image *image = NULL;
    pp_error err = { 0 };
    pp_code found = pp_image_decode(&image, path, &geometry, &err);
    assert_null(image);
    if (found != code || err.code != code || strncmp(err.message, path, strlen(path)) != 0 || strchr(err.message, '\n') ||
        !strstr(err.message, said))
        fail_msg("%s: %d, '%s'; expected %d and '%s'", path, found, err.message, code, said);
    assert_int_equal(pp_image_decode(&image, path, &geometry, NULL), code); /* nobody has to listen */
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void what_is_no_image_is_told_in_one_line(void **state)
{
    (void)state;
    assert_refused(in_folder("not-there.png"), PP_IO, "No such file");
    assert_refused(folder, PP_IO, "is a folder");
    write_bytes(in_folder("empty.png"), "", 0);
    assert_refused(in_folder("empty.png"), PP_FORMAT, "is empty");
    write_bytes(in_folder("text.png"), "path,label\na.png,0\n", 19);
    assert_refused(in_folder("text.png"), PP_FORMAT, "cannot be read as an image");
    write_bytes(in_folder("zeros.jpg"), (char[1000]){ 0 }, 1000);
    assert_refused(in_folder("zeros.jpg"), PP_FORMAT, "cannot be read as an image");
    assert_int_equal(mkfifo(in_folder("pipe.png"), 0600), 0); /* nobody will ever write into it */
    assert_refused(in_folder("pipe.png"), PP_IO, "not a regular file");
}

static void a_file_that_may_not_be_read_is_named(void **state)
{
    (void)state;
    save_pattern(9, 6, 3, in_folder("secret.png"));
    assert_int_equal(chmod(in_folder("secret.png"), 0), 0);
    if (access(in_folder("secret.png"), R_OK) == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    assert_refused(in_folder("secret.png"), PP_IO, "Permission denied");
}

/* A header that asks for more memory than most machines have, and nothing behind it. */
static void a_huge_image_is_refused_by_its_header(void **state)
{
    (void)state;
    static const char HEADER[] = "P5 1000000 1000000 255\n";
    write_bytes(in_folder("huge.pgm"), HEADER, strlen(HEADER));
    assert_refused(in_folder("huge.pgm"), PP_FORMAT, "100 million");
}

static size_t read_bytes(const char *path, uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, size, file);
    fclose(file);
    assert_true(n < size);
    return n;
}

/* Cut anywhere, a file is refused, or gives the whole image (where the end holds nothing that matters): never a part of it. */
static void a_truncated_file_never_gives_half_an_image(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMATS; i++) {
        char path[400];
        uint8_t bytes[20000];
        pp_geometry geometry = as_it_is(33, 24, FORMATS[i].bands);
        save_format(i, 33, 24, path);
        pp_image *whole = decode(path, geometry);
        size_t n = read_bytes(path, bytes, sizeof bytes), n_refused = 0, n_tried = 0;
        for (size_t cut = 1; cut < n; cut += 1 + n / 50) {
            pp_image *image = NULL;
            pp_error err = { 0 };
            write_bytes(path, bytes, cut);
            pp_code code = pp_image_decode(&image, path, &geometry, &err);
            n_tried++;
            n_refused += code != PP_OK;
            if (code != PP_OK && (code != PP_FORMAT || strncmp(err.message, path, strlen(path)) != 0 || strchr(err.message, '\n')))
                fail_msg("%s cut at %zu of %zu: %d, '%s'", path, cut, n, code, err.message);
            if (code == PP_OK && memcmp(image->data, whole->data, (size_t)(33 * 24 * FORMATS[i].bands)) != 0)
                fail_msg("%s cut at %zu of %zu gives another image", path, cut, n);
            pp_image_free(image);
        }
        assert_true(n_refused * 10 > n_tried * 8);
        pp_image_free(whole);
    }
}

static void a_png_read_back_as_it_is_must_be_eight_bit(void **state)
{
    (void)state;
    pp_image *image = NULL;
    pp_error err;
    save_pattern(9, 6, 3, in_folder("kept.png"));
    assert_ok(pp_image_read_png(&image, in_folder("kept.png"), &err), err);
    assert_values(image, pattern_value, 0, "read as it is");
    pp_image_free(image);
    image = NULL;
    save_values(DEEP, N_DEEP, 1, 1, VIPS_FORMAT_USHORT, in_folder("deep.png"));
    assert_int_equal(pp_image_read_png(&image, in_folder("deep.png"), &err), PP_FORMAT);
    save_pattern(9, 6, 4, in_folder("alpha.png"));
    assert_int_equal(pp_image_read_png(&image, in_folder("alpha.png"), &err), PP_FORMAT);
    assert_non_null(strstr(err.message, "alpha.png"));
    assert_null(image);
}

/* ---- Real files -------------------------------------------------------------------------------------------------- */

static const pp_geometry HUB = { .width = 224, .height = 224, .channels = 3, .resize = PP_RESIZE_CROP, .shortest_edge = 224,
                                 .resample = PP_RESAMPLE_BILINEAR };

/* Mean difference in levels between an original as we fit it and the set's picture of it, which Pillow made (centre square, then bilinear). */
static double difference_to_png224(const char *set, const char *name, const char *ending)
{
    char file[200], path[512];
    double sum = 0;
    snprintf(file, sizeof file, "%s/originals/%s.%s", set, name, ending);
    pp_image *ours = decode(data_file(path, file), HUB);
    snprintf(file, sizeof file, "%s/png224/%s.png", set, name);
    pp_image *theirs = decode(data_file(path, file), as_it_is(224, 224, 3));
    for (size_t v = 0; v < 224 * 224 * 3; v++)
        sum += abs(ours->data[v] - theirs->data[v]);
    pp_image_free(ours);
    pp_image_free(theirs);
    return sum / (224 * 224 * 3);
}

/* Square ones, of which nothing is cut. */
static void real_dermoscopies_come_out_as_pillow_makes_them(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "melanoma_10001", "melanoma_10324", "melanoma_9648", "melanoma_9986" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        assert_true(difference_to_png224("derm", NAMES[i], "jpg") < 0.3);
}

static const char *const RADIOGRAPHS[] = { "IM-0001-0001", "NORMAL2-IM-0145-0001", "person110_bacteria_531", "person17_virus_48" };
enum { N_RADIOGRAPHS = sizeof RADIOGRAPHS / sizeof *RADIOGRAPHS };

/* The pictures were cut before they were resized: up to a pixel lies between the two. */
static void real_radiographs_come_out_nearly_as_pillow_makes_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RADIOGRAPHS; i++)
        assert_true(difference_to_png224("cxr", RADIOGRAPHS[i], "jpeg") < 3);
}

/* Model hubs resize the whole image, then cut: exactly that, by the reference. */
static void real_radiographs_are_resized_and_cut_as_model_hubs_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RADIOGRAPHS; i++) {
        char file[200], path[512];
        snprintf(file, sizeof file, "cxr/originals/%s.jpeg", RADIOGRAPHS[i]);
        VipsImage *header = vips_image_new_from_file(data_file(path, file), NULL);
        assert_non_null(header);
        int w = vips_image_get_width(header), h = vips_image_get_height(header); /* all are wider than high */
        int w_new = 224 * w / h, left = (w_new - 224) / 2;
        g_object_unref(header);
        pp_image *whole = decode(path, as_it_is(w, h, 1)), *fitted = decode(path, HUB);
        for (int y = 0; y < 224; y += 5)
            for (int x = 0; x < 224; x += 5) {
                double expected = reference_resized(PP_RESAMPLE_BILINEAR, whole->data, w, h, 1, w_new, 224, x + left, y, 0);
                assert_true(fabs(value_at(fitted, x, y, 0) - expected) < 1);
            }
        pp_image_free(whole);
        pp_image_free(fitted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_gives_the_pixels_that_were_saved),
        cmocka_unit_test(gray_becomes_three_equal_channels),
        cmocka_unit_test(colour_becomes_gray_by_the_weights_of_rec_601),
        cmocka_unit_test(alpha_is_laid_on_black),
        cmocka_unit_test(cmyk_is_brought_to_colours),
        cmocka_unit_test(sixteen_bit_gray_is_scaled_by_its_full_range),
        cmocka_unit_test(a_window_maps_its_ends_to_black_and_white),
        cmocka_unit_test(a_window_leaves_eight_bit_and_colour_alone),
        cmocka_unit_test(real_values_need_a_window),
        cmocka_unit_test(an_image_is_turned_as_exif_says),
        cmocka_unit_test(resizing_is_that_of_the_reference_for_every_kernel),
        cmocka_unit_test(cropping_takes_the_middle),
        cmocka_unit_test(a_shortest_edge_larger_than_the_cut_is_resized_first),
        cmocka_unit_test(an_image_of_the_right_size_keeps_its_bytes_whatever_the_fit),
        cmocka_unit_test(every_kernel_keeps_a_flat_image_flat),
        cmocka_unit_test(what_is_no_image_is_told_in_one_line),
        cmocka_unit_test(a_file_that_may_not_be_read_is_named),
        cmocka_unit_test(a_huge_image_is_refused_by_its_header),
        cmocka_unit_test(a_truncated_file_never_gives_half_an_image),
        cmocka_unit_test(a_png_read_back_as_it_is_must_be_eight_bit),
        cmocka_unit_test(real_dermoscopies_come_out_as_pillow_makes_them),
        cmocka_unit_test(real_radiographs_come_out_nearly_as_pillow_makes_them),
        cmocka_unit_test(real_radiographs_are_resized_and_cut_as_model_hubs_do),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
