/* gate_junit.c - a gate's verdict as JUnit XML, as GitLab, Jenkins, GitHub's actions and most others read it.
 *
 * A test case for each rule, which fails with it; then one for each image, whose output says what it took. Those do not fail: a rule is of
 * all images together. One that was not attacked is skipped, one that could not be read is an error. GLib escapes what is not ours. */
#include "report/gate.h"

#include "base/error.h"
#include "base/file.h"
#include "report/format.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Text as XML 1.0 can hold it: no bytes that are no UTF-8 (old file names), no control characters. *text: g_free(). */
static char *legal(const char *text)
{
    char *made = g_utf8_make_valid(text, -1);
    for (char *c = made; *c; c++)
        if ((unsigned char)*c < 0x20 && *c != '\t' && *c != '\n' && *c != '\r')
            *c = '?';
    return made;
}

/* Like fprintf, with what stands for %s made legal and escaped. */
static void put(FILE *out, const char *format, const char *first, const char *second)
{
    char *a = legal(first), *b = legal(second), *text = g_markup_printf_escaped(format, a, b);
    fputs(text, out);
    g_free(text);
    g_free(b);
    g_free(a);
}

static void put_properties(FILE *out, const pp_gate_result *gate)
{
    const pp_run_record *run = &gate->now.run;
    char seed[32];
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, (guint64)run->seed);
    const char *const ROWS[][2] = {
        { "run", gate->dir }, { "model", run->model_path }, { "model_sha256", run->model_sha256 }, { "method", run->method },
        { "goal", run->goal }, { "seed", seed }, { "engine", run->engine }, { "version", run->version },
        { "baseline", gate->baseline ? gate->baseline : "" }, { "baseline_model_sha256", gate->baseline ? gate->before.run.model_sha256 : "" },
        { "other_than_the_baseline", gate->differences },
    };
    fputs("    <properties>\n", out);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (*ROWS[i][1])
            put(out, "      <property name=\"%s\" value=\"%s\"/>\n", ROWS[i][0], ROWS[i][1]);
    fputs("    </properties>\n", out);
}

static void put_rule(FILE *out, const pp_gate_verdict *verdict)
{
    put(out, "    <testcase classname=\"pinprick.gate%s\" name=\"%s\">\n", "", verdict->rule);
    put(out, verdict->broken ? "      <failure type=\"%s\" message=\"%s\"/>\n" : "      <system-out>%s%s</system-out>\n",
        verdict->broken ? "broken" : "", verdict->why);
    fputs("    </testcase>\n", out);
}

/* "5", or why there is no number. */
static void number_text(char text[32], double pixels)
{
    g_snprintf(text, 32, isinf(pixels) ? "not flipped" : "%g", pixels);
}

static void put_image(FILE *out, const pp_gate_result *gate, size_t i)
{
    const pp_image_record *image = &gate->now.images[i];
    char now[32], before[32] = "";
    put(out, "    <testcase classname=\"pinprick.gate.images%s\" name=\"%s\">\n", "", image->path);
    if (strcmp(image->status, "unreadable") == 0) {
        put(out, "      <error type=\"%s\" message=\"%s\"/>\n", image->status, image->reason ? image->reason : "");
    } else if (isnan(gate->pixels[i])) {
        put(out, "      <skipped message=\"%s%s\"/>\n", image->status, "");
    } else {
        number_text(now, gate->pixels[i]);
        if (gate->baseline && !isnan(gate->pixels_before[i]))
            number_text(before, gate->pixels_before[i]);
        put(out, "      <system-out>%s, pixels: %s", image->status, now);
        put(out, *before ? "; in the baseline: %s%s</system-out>\n" : "%s%s</system-out>\n", before, "");
    }
    fputs("    </testcase>\n", out);
}

/* pp_writer: what is a pp_gate_result. */
static pp_code write_junit(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const pp_gate_result *gate = what;
    size_t n_tests = gate->n_verdicts + gate->now.n_images, n_failures = 0, n_skipped = 0;
    double seconds = 0;
    for (size_t i = 0; i < gate->n_verdicts; i++)
        n_failures += gate->verdicts[i].broken;
    for (size_t i = 0; i < gate->now.n_images; i++)
        n_skipped += isnan(gate->pixels[i]);
    for (size_t i = 0; i < gate->now.n_attacks; i++)
        seconds += gate->now.attacks[i].seconds;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
    fprintf(out, "  <testsuite name=\"pinprick gate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n", n_tests,
            n_failures, gate->n_unreadable, n_skipped - gate->n_unreadable, seconds);
    put_properties(out, gate);
    for (size_t i = 0; i < gate->n_verdicts; i++)
        put_rule(out, &gate->verdicts[i]);
    for (size_t i = 0; i < gate->now.n_images; i++)
        put_image(out, gate, i);
    fputs("  </testsuite>\n</testsuites>\n", out);
    return PP_OK;
}

pp_code pp_gate_write_junit(const pp_gate_result *gate, const char *path, pp_error *err)
{
    char *text = NULL;
    pp_code code = pp_file_is_free(path, err);
    if (code == PP_OK)
        code = pp_written_text(&text, write_junit, gate, err);
    if (code == PP_OK)
        code = pp_file_write(path, text, strlen(text), err);
    free(text);
    return code;
}
