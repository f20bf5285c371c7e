/* decode.c - from a file to the 8-bit image that the classifier takes, and back to a PNG. All by libvips.
 *
 * The order is that of the usual Python pipelines: rotate as EXIF says, drop alpha, bring to 8-bit RGB or gray, resize with
 * antialiasing, cut. An image that has the right size already keeps its exact bytes. */
#include "base/error.h"
#include "base/file.h"
#include "image/dicom.h"
#include "image/image.h"

#include <vips/vips.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double MAX_PIXELS = 1e8; /* larger files are refused before they are decoded */

/* One step of the pipeline: takes `in`, gives *out. @return 0, or -1 with libvips' complaint, or 1 with err written */
typedef int (*step)(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);

static int upright(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);
static int opaque(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);
static int eight_bit(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);
static int channels(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);
static int resized(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);
static int cut(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);
static int rounded(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err);

static const step PIPELINE[] = { upright, opaque, eight_bit, channels, resized, cut, rounded };

/* ---- libvips ----------------------------------------------------------------------------------------------------- */

static bool vips_works;
static pthread_once_t vips_once = PTHREAD_ONCE_INIT;

static void discard_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer user)
{
    (void)domain, (void)level, (void)message, (void)user;
}

static void start_vips(void)
{
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, discard_log, NULL);
    vips_works = VIPS_INIT("pinprick") == 0;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
}

static pp_code need_vips(pp_error *err)
{
    pthread_once(&vips_once, start_vips);
    return vips_works ? PP_OK : pp_fail(err, PP_IO, "libvips cannot be started");
}

/* libvips' complaint as our line. */
static pp_code fail_with_vips(const char *path, pp_error *err)
{
    const char *message = vips_error_buffer();
    pp_fail(err, PP_FORMAT, "%s: cannot be read as an image: %.*s", path, (int)strcspn(message, "\n"),
            *message ? message : "libvips does not say why");
    vips_error_clear();
    return PP_FORMAT;
}

/* What the file system says against it, before libvips is asked. */
static pp_code check_file(const char *path, pp_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0 || access(path, R_OK) != 0)
        return pp_fail(err, PP_IO, "%s: cannot be opened: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return pp_fail(err, PP_IO, "%s: is a folder, not an image", path);
    if (!S_ISREG(info.st_mode)) /* a pipe would be waited for without end */
        return pp_fail(err, PP_IO, "%s: is not a regular file; copy it into one first", path);
    if (info.st_size == 0)
        return pp_fail(err, PP_FORMAT, "%s: is empty", path);
    return PP_OK;
}

static pp_code open_file(VipsImage **image, const char *path, pp_error *err)
{
    pp_code code = check_file(path, err);
    if (code == PP_OK)
        code = need_vips(err);
    if (code != PP_OK)
        return code;
    vips_error_clear();
    VipsImage *opened = vips_image_new_from_file(path, "fail_on", VIPS_FAIL_ON_WARNING, NULL);
    if (!opened)
        return fail_with_vips(path, err);
    if ((double)vips_image_get_width(opened) * vips_image_get_height(opened) > MAX_PIXELS) {
        pp_fail(err, PP_FORMAT, "%s: %dx%d pixels; more than 100 million are not read", path, vips_image_get_width(opened),
                vips_image_get_height(opened));
        g_object_unref(opened);
        return PP_FORMAT;
    }
    *image = opened;
    return PP_OK;
}

/* Pixels of ours as libvips has them; they are copied. NULL: it cannot. */
static VipsImage *from_image(const pp_image *image)
{
    size_t size = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    VipsImage *raw = vips_image_new_from_memory_copy(image->data, size, image->width, image->height, image->channels, VIPS_FORMAT_UCHAR);
    VipsImage *plain = NULL;
    if (raw && vips_copy(raw, &plain, "interpretation", image->channels == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL))
        plain = NULL;
    if (raw)
        g_object_unref(raw);
    return plain;
}

/* A frame of a DICOM file, brought to 8-bit gray or RGB already. */
static pp_code open_dicom(VipsImage **image, const char *file, size_t number, const pp_geometry *geometry, const char *path, pp_error *err)
{
    pp_dicom_frame frame = { 0 };
    pp_image *made = NULL;
    pp_code code = check_file(file, err);
    if (code == PP_OK)
        code = need_vips(err);
    if (code == PP_OK)
        code = pp_dicom_read(&frame, file, number, err);
    if (code == PP_OK)
        code = pp_dicom_to_image(&made, &frame, geometry, path, err);
    if (code == PP_OK && !(*image = from_image(made)))
        code = fail_with_vips(path, err);
    pp_image_free(made);
    pp_dicom_frame_clear(&frame);
    return code;
}

static pp_code open_any(VipsImage **image, const char *path, const pp_geometry *geometry, pp_error *err)
{
    char *dicom = NULL;
    size_t frame;
    pp_code code = pp_dicom_split(&dicom, &frame, path, err);
    if (code == PP_OK)
        code = dicom ? open_dicom(image, dicom, frame, geometry, path, err) : open_file(image, path, err);
    free(dicom);
    return code;
}

/* The pixels of an 8-bit libvips image as ours. */
static pp_code to_image(pp_image **image, VipsImage *from, const char *path, pp_error *err)
{
    pp_image *made;
    size_t size;
    pp_code code = pp_image_new(&made, vips_image_get_width(from), vips_image_get_height(from), vips_image_get_bands(from), err);
    if (code != PP_OK)
        return code;
    void *memory = vips_image_write_to_memory(from, &size);
    if (!memory || size != (size_t)made->width * (size_t)made->height * (size_t)made->channels) {
        g_free(memory);
        pp_image_free(made);
        return fail_with_vips(path, err);
    }
    memcpy(made->data, memory, size);
    g_free(memory);
    *image = made;
    return PP_OK;
}

pp_code pp_image_decode(pp_image **image, const char *path, const pp_geometry *geometry, pp_error *err)
{
    VipsImage *now;
    pp_code code = open_any(&now, path, geometry, err);
    if (code != PP_OK)
        return code;
    for (size_t i = 0; code == PP_OK && i < sizeof PIPELINE / sizeof *PIPELINE; i++) {
        VipsImage *next = NULL;
        int failed = PIPELINE[i](now, &next, path, geometry, err);
        g_object_unref(now);
        now = next;
        if (failed)
            code = failed > 0 ? PP_FORMAT : fail_with_vips(path, err);
    }
    if (code == PP_OK)
        code = to_image(image, now, path, err);
    if (now)
        g_object_unref(now);
    return code;
}

pp_code pp_image_read_png(pp_image **image, const char *path, pp_error *err)
{
    VipsImage *opened;
    pp_code code = open_file(&opened, path, err);
    if (code != PP_OK)
        return code;
    int bands = vips_image_get_bands(opened);
    if (vips_image_get_format(opened) != VIPS_FORMAT_UCHAR || (bands != 1 && bands != 3))
        code = pp_fail(err, PP_FORMAT, "%s: not an 8-bit gray or RGB image", path);
    else
        code = to_image(image, opened, path, err);
    g_object_unref(opened);
    return code;
}

/* ---- The pipeline ------------------------------------------------------------------------------------------------ */

static int same(VipsImage *in, VipsImage **out)
{
    *out = in;
    g_object_ref(in);
    return 0;
}

static int upright(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    (void)path, (void)geometry, (void)err;
    return vips_autorot(in, out, NULL);
}

/* Alpha is laid on black. */
static int opaque(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    (void)path, (void)geometry, (void)err;
    return vips_image_hasalpha(in) ? vips_flatten(in, out, NULL) : same(in, out);
}

/* 16 bit by its full range or by the window, other colour spaces to sRGB. */
static int eight_bit(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    VipsBandFormat format = vips_image_get_format(in);
    VipsInterpretation space = vips_image_get_interpretation(in);
    int bands = vips_image_get_bands(in);
    if (format == VIPS_FORMAT_UCHAR) {
        bool plain = space == VIPS_INTERPRETATION_sRGB || space == VIPS_INTERPRETATION_B_W || space == VIPS_INTERPRETATION_RGB ||
                     bands == 1;
        return plain ? same(in, out) : vips_colourspace(in, out, VIPS_INTERPRETATION_sRGB, NULL);
    }
    double low = geometry->window ? geometry->window_low : 0, high = geometry->window ? geometry->window_high : 65535;
    if (bands == 3 && format == VIPS_FORMAT_USHORT) {
        low = 0;
        high = 65535;
    } else if (bands != 1 || (!geometry->window && format != VIPS_FORMAT_USHORT)) {
        pp_fail(err, PP_FORMAT, "%s: %d band(s) of %s; say --window LOW:HIGH for gray values that are not 8 or 16 bit", path, bands,
                vips_enum_nick(VIPS_TYPE_BAND_FORMAT, format));
        return 1;
    }
    VipsImage *scaled = NULL, *whole = NULL, *typed = NULL;
    double a = 255 / (high - low), b = -low * a;
    int failed = vips_linear1(in, &scaled, a, b, NULL) || vips_rint(scaled, &whole, NULL) ||
                 vips_cast(whole, &typed, VIPS_FORMAT_UCHAR, NULL) ||
                 vips_copy(typed, out, "interpretation", bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
    if (scaled)
        g_object_unref(scaled);
    if (whole)
        g_object_unref(whole);
    if (typed)
        g_object_unref(typed);
    return failed ? -1 : 0;
}

/* Gray to r = g = b; colour to gray by the weights of Rec. 601, as Pillow's "L". */
static int channels(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    int bands = vips_image_get_bands(in);
    if (bands != 1 && bands != 3) {
        pp_fail(err, PP_FORMAT, "%s: %d colour bands; expected gray or RGB", path, bands);
        return 1;
    }
    if (bands == geometry->channels)
        return same(in, out);
    if (bands == 1) {
        VipsImage *copies[] = { in, in, in };
        return vips_bandjoin(copies, out, 3, NULL);
    }
    VipsImage *weights = vips_image_new_matrixv(3, 1, 0.299, 0.587, 0.114), *gray = NULL;
    int failed = !weights || vips_recomb(in, &gray, weights, NULL) || vips_rint(gray, out, NULL);
    if (weights)
        g_object_unref(weights);
    if (gray)
        g_object_unref(gray);
    return failed ? -1 : 0;
}

/* Size before the cut: the target's, or the one that has the shortest edge. The longer side as model hubs' code has it. */
static void size_before_cut(VipsImage *in, const pp_geometry *geometry, int *width, int *height)
{
    int w = vips_image_get_width(in), h = vips_image_get_height(in);
    *width = geometry->width;
    *height = geometry->height;
    if (geometry->resize == PP_RESIZE_EXACT || (w == geometry->width && h == geometry->height))
        return;
    int edge = geometry->shortest_edge;
    *width = w <= h ? edge : (int)((int64_t)edge * w / h);
    *height = w <= h ? (int)((int64_t)edge * h / w) : edge;
}

/* Sides that grow, and all of nearest neighbour. Pixel centres stay where they are: vips_resize would shift them by half a pixel. */
static int enlarge(VipsImage *in, VipsImage **out, int width, int height, pp_resample resample)
{
    static const char *const NAMES[] = { "nearest", "bilinear", "bicubic", "bicubic" };
    double scale_x = (double)width / vips_image_get_width(in), scale_y = (double)height / vips_image_get_height(in);
    double centre = resample == PP_RESAMPLE_NEAREST ? -1e-6 : 0.5; /* nearest cuts fractions off: a whole number must stay one */
    if (scale_x == 1 && scale_y == 1)
        return same(in, out);
    VipsInterpolate *interpolate = vips_interpolate_new(NAMES[resample]);
    VipsArrayInt *area = vips_array_int_newv(4, 0, 0, width, height);
    int failed = !interpolate || vips_affine(in, out, scale_x, 0, 0, scale_y, "interpolate", interpolate, "oarea", area, "idx", centre,
                                             "idy", centre, "odx", -0.5, "ody", -0.5, "extend", VIPS_EXTEND_COPY, NULL);
    if (interpolate)
        g_object_unref(interpolate);
    vips_area_unref(VIPS_AREA(area));
    return failed ? -1 : 0;
}

/* In floating point. Sides that shrink with the kernel widened by the shrink (antialiased), then those that grow. */
static int resized(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    static const VipsKernel KERNELS[] = { VIPS_KERNEL_NEAREST, VIPS_KERNEL_LINEAR, VIPS_KERNEL_CUBIC, VIPS_KERNEL_LANCZOS3 };
    (void)path, (void)err;
    int width, height;
    size_before_cut(in, geometry, &width, &height);
    if (width == vips_image_get_width(in) && height == vips_image_get_height(in))
        return same(in, out);
    bool shrinks = geometry->resample != PP_RESAMPLE_NEAREST;
    double scale_x = shrinks ? fmin((double)width / vips_image_get_width(in), 1) : 1;
    double scale_y = shrinks ? fmin((double)height / vips_image_get_height(in), 1) : 1;
    VipsImage *real = NULL, *small = NULL;
    int failed = vips_cast(in, &real, VIPS_FORMAT_FLOAT, NULL) ||
                 vips_resize(real, &small, scale_x, "vscale", scale_y, "kernel", KERNELS[geometry->resample], "gap", 0.0, NULL) ||
                 enlarge(small, out, width, height, geometry->resample);
    if (real)
        g_object_unref(real);
    if (small)
        g_object_unref(small);
    return failed ? -1 : 0;
}

static int cut(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    (void)path, (void)err;
    int left = (vips_image_get_width(in) - geometry->width) / 2, top = (vips_image_get_height(in) - geometry->height) / 2;
    if (left < 0 || top < 0)
        return vips_gravity(in, out, VIPS_COMPASS_DIRECTION_CENTRE, geometry->width, geometry->height, NULL) ? -1 : 0;
    return vips_extract_area(in, out, left, top, geometry->width, geometry->height, NULL) ? -1 : 0;
}

static int rounded(VipsImage *in, VipsImage **out, const char *path, const pp_geometry *geometry, pp_error *err)
{
    (void)path, (void)geometry, (void)err;
    VipsImage *whole = NULL;
    int failed = vips_rint(in, &whole, NULL) || vips_cast(whole, out, VIPS_FORMAT_UCHAR, NULL);
    if (whole)
        g_object_unref(whole);
    return failed ? -1 : 0;
}

/* ---- Saving ------------------------------------------------------------------------------------------------------ */

pp_code pp_image_save_png(const pp_image *image, const char *path, pp_error *err)
{
    pp_code code = need_vips(err);
    if (code != PP_OK)
        return code;
    size_t n_bytes = 0;
    void *bytes = NULL;
    VipsImage *plain = from_image(image);
    if (!plain || vips_pngsave_buffer(plain, &bytes, &n_bytes, "strip", TRUE, NULL))
        code = pp_fail(err, PP_IO, "%s: cannot be made a PNG: %s", path, vips_error_buffer());
    vips_error_clear();
    if (code == PP_OK)
        code = pp_file_write(path, bytes, n_bytes, err);
    g_free(bytes);
    if (plain)
        g_object_unref(plain);
    return code;
}
