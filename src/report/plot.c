/* plot.c - a figure as a file: a drawing, or the numbers behind it. */
#include "base/error.h"
#include "base/file.h"
#include "report/figure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The ending says the form. */
static pp_code find_format(const char **format, const char *path, pp_error *err)
{
    static const char *const FORMATS[] = { "svg", "pdf", "png", "csv" };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (strcasecmp(dot + 1, FORMATS[i]) == 0) {
            *format = FORMATS[i];
            return PP_OK;
        }
    return pp_fail(err, PP_ARG, "%s: expected a file that ends in .svg, .pdf, .png or .csv", path);
}

/* Where the script stays: FILE-script beside FILE.EXT. *folder: the caller's, free(). */
static pp_code make_script_folder(char **folder, const char *path, pp_error *err)
{
    size_t stem = (size_t)(strrchr(path, '.') - path), size = stem + sizeof "-script";
    char *made = malloc(size);
    if (!made)
        return pp_no_memory(err, "a path");
    snprintf(made, size, "%.*s-script", (int)stem, path);
    if (mkdir(made, 0777) != 0 && errno != EEXIST) {
        pp_fail(err, PP_IO, "%s: cannot make the folder: %s", made, strerror(errno));
        free(made);
        return PP_IO;
    }
    *folder = made;
    return PP_OK;
}

static pp_code draw_file(const pp_figure *figure, const char *format, const char *path, bool keep_script, pp_error *err)
{
    char *bytes = NULL, *folder = NULL;
    size_t n = 0;
    pp_code code = keep_script ? make_script_folder(&folder, path, err) : PP_OK;
    if (code == PP_OK)
        code = pp_figure_draw(&bytes, &n, figure, format, folder, err);
    if (code == PP_OK)
        code = pp_file_write(path, bytes, n, err);
    free(bytes);
    free(folder);
    return code;
}

static pp_code write_numbers(const pp_figure *figure, const char *path, pp_error *err)
{
    char *text = NULL;
    pp_code code = pp_written_text(&text, pp_figure_csv, figure, err);
    if (code == PP_OK)
        code = pp_file_write(path, text, strlen(text), err);
    free(text);
    return code;
}

pp_code pp_plot(const char *path, const char *figure_name, const char *const *dirs, size_t n_dirs, size_t n_images, bool keep_script,
                pp_error *err)
{
    pp_figure *figure = NULL;
    const char *format = NULL;
    pp_code code = find_format(&format, path, err);
    if (code == PP_OK)
        code = pp_file_is_free(path, err);
    if (code == PP_OK)
        code = pp_figure_read(&figure, figure_name, dirs, n_dirs, n_images, err);
    if (code == PP_OK)
        code = strcmp(format, "csv") == 0 ? write_numbers(figure, path, err) : draw_file(figure, format, path, keep_script, err);
    pp_figure_free(figure);
    return code;
}
