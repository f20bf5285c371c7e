/* draw.c - a figure is drawn: its script and its pictures are put into a folder, gnuplot is run there, and what it drew is taken. */
#include "base/error.h"
#include "base/file.h"
#include "report/figure.h"
#include "report/gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096 };

/* How gnuplot's terminals are told. Sizes are in points of 1/72 inch in PDF, in pixels in SVG, twice as many in PNG. */
static pp_code write_terminal(FILE *out, const pp_figure *figure, const char *format, pp_error *err)
{
    int width, height;
    char id[32]; /* what gnuplot takes, so that several drawings can stand in one page */
    figure->kind->size(figure, &width, &height);
    snprintf(id, sizeof id, "%s", figure->kind->name);
    for (char *c = id; *c; c++)
        *c = *c == '-' ? '_' : *c;
    fprintf(out, "set encoding utf8\n");
    if (strcmp(format, "svg") == 0)
        fprintf(out, "set terminal svg name 'Figure_%s' size %d,%d font 'Sans,12' dashlength 0.6 noenhanced background 'white'\n", id, width,
                height);
    else if (strcmp(format, "pdf") == 0)
        fprintf(out, "set terminal pdfcairo size %.3fin,%.3fin font 'Sans,12' fontscale 1 dashlength 0.6 noenhanced\n", width / 72.0, height / 72.0);
    else if (strcmp(format, "png") == 0)
        fprintf(out, "set terminal pngcairo size %d,%d font 'Sans,12' fontscale 2 linewidth 2 pointscale 2 dashlength 0.6 noenhanced\n", 2 * width, 2 * height);
    else
        return pp_fail(err, PP_ARG, "'%s' is no format of figures; expected svg, pdf or png", format);
    fprintf(out, "set output 'figure.%s'\n", format);
    return PP_OK;
}

typedef struct script {
    const pp_figure *figure;
    const char *format;
} script;

static pp_code write_script(const void *what, FILE *out, pp_error *err)
{
    const script *s = what;
    fprintf(out, "# Figure %s: %s. Drawn by gnuplot: run it in this folder.\n", s->figure->kind->name, s->figure->kind->title);
    pp_code code = write_terminal(out, s->figure, s->format, err);
    if (code == PP_OK)
        s->figure->kind->write(s->figure, out);
    return code;
}

static pp_code file_in(char path[PATH], const char *dir, const char *name, pp_error *err)
{
    return snprintf(path, PATH, "%s/%s", dir, name) < PATH ? PP_OK : pp_fail(err, PP_IO, "%s: the path is too long", dir);
}

static pp_code picture_in(char path[PATH], const char *dir, size_t index, pp_error *err)
{
    char name[32];
    snprintf(name, sizeof name, "%zu.png", index + 1);
    return file_in(path, dir, name, err);
}

/* The script, and the pictures it names. */
static pp_code write_files(const pp_figure *figure, const char *format, const char *dir, pp_error *err)
{
    char path[PATH], *text = NULL;
    pp_code code = pp_written_text(&text, write_script, &(script){ figure, format }, err);
    if (code == PP_OK)
        code = file_in(path, dir, "figure.gp", err);
    if (code == PP_OK)
        code = pp_file_write(path, text, strlen(text), err);
    free(text);
    for (size_t i = 0; code == PP_OK && i < figure->n_cells; i++) {
        code = picture_in(path, dir, i, err);
        if (code == PP_OK)
            code = pp_image_save_png(figure->cells[i].picture, path, err);
    }
    return code;
}

static pp_code draw_in(char **bytes, size_t *n, const pp_figure *figure, const char *format, const char *dir, pp_error *err)
{
    char path[PATH], name[32];
    snprintf(name, sizeof name, "figure.%s", format);
    pp_code code = file_in(path, dir, name, err);
    if (code == PP_OK)
        code = write_files(figure, format, dir, err);
    if (code == PP_OK)
        code = pp_gnuplot_run(dir, err);
    if (code != PP_OK)
        return code;
    pp_error why;
    code = pp_file_read(bytes, n, path, &why);
    return code == PP_OK ? PP_OK : pp_fail(err, code, "gnuplot drew nothing: %s", why.message);
}

static void remove_file(const char *dir, const char *name)
{
    char path[PATH];
    if (file_in(path, dir, name, NULL) == PP_OK)
        unlink(path);
}

/* What draw_in left. */
static void remove_folder(const pp_figure *figure, const char *format, const char *dir)
{
    char name[32];
    for (size_t i = 0; i < figure->n_cells; i++) {
        snprintf(name, sizeof name, "%zu.png", i + 1);
        remove_file(dir, name);
    }
    snprintf(name, sizeof name, "figure.%s", format);
    remove_file(dir, name);
    remove_file(dir, "figure.gp");
    rmdir(dir);
}

pp_code pp_figure_draw(char **bytes, size_t *n, const pp_figure *figure, const char *format, const char *dir, pp_error *err)
{
    char made[PATH];
    const char *tmp = getenv("TMPDIR");
    if (dir)
        return draw_in(bytes, n, figure, format, dir, err);
    pp_code code = file_in(made, tmp && *tmp ? tmp : "/tmp", "pinprick-figure-XXXXXX", err);
    if (code != PP_OK)
        return code;
    if (!mkdtemp(made))
        return pp_fail(err, PP_IO, "%s: cannot make the folder: %s", made, strerror(errno));
    code = draw_in(bytes, n, figure, format, made, err);
    remove_folder(figure, format, made);
    return code;
}
