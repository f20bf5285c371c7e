/* command.c - the command that does a run again: its images and labels out of run.db, and the options that differ from the defaults. */
#include "attack/params.h"
#include "audit/audit.h"
#include "base/error.h"
#include "page/page.h"

#include <glib.h>
#include <string.h>

typedef struct command {
    const pp_page_run *run;
    const pp_params *params;
    size_t n_listed; /* images that the list has */
} command;

/* Whether a section's parameters are another method's. */
static bool is_of_another(const pp_section *section, const char *method)
{
    const char *name, *summary, *source;
    for (size_t i = 0; pp_method_at(i, &name, &summary, &source); i++)
        if (strcmp(name, section->name) == 0)
            return strcmp(name, method) != 0;
    return false;
}

static void write_quoted(FILE *out, const char *text)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:+=@";
    char *quoted = *text && !text[strspn(text, PLAIN)] ? g_strdup(text) : g_shell_quote(text);
    fputs(quoted, out);
    g_free(quoted);
}

static pp_code write_option(FILE *out, const pp_param *row, const pp_params *params, pp_error *err)
{
    char *value = NULL;
    pp_code code = pp_params_get(params, row->option, &value, err);
    if (code == PP_OK && strcmp(value, row->fallback) != 0) {
        fprintf(out, " --%s", row->option);
        if (row->type != PP_FLAG) {
            fputc(' ', out);
            write_quoted(out, value);
        }
    }
    free(value);
    return code;
}

/* Whether it is an image file that no DICOM image's folder brings along. */
static bool is_listed(const pp_run_rows *rows, size_t i)
{
    bool is_alone = !pp_audit_dicom_origin(&rows->images[i]);
    for (size_t k = 0; is_alone && k < rows->n_images; k++) {
        const char *folder = pp_audit_dicom_origin(&rows->images[k]), *source = rows->images[i].source;
        size_t n = folder ? strlen(folder) : 0;
        is_alone = !(n && strncmp(source, folder, n) == 0 && source[n] == '/');
    }
    return is_alone;
}

static size_t count_listed(const pp_run_rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n_images; i++)
        n += is_listed(rows, i);
    return n;
}

/* A list of them, made of run.db: the same rule in SQL, where it is needed. */
static void write_list(FILE *out, const command *c)
{
    char *database = g_strconcat(c->run->dir, "/run.db", NULL);
    bool are_all = c->n_listed == c->run->rows.n_images;
    fputs("sqlite3 -header -csv ", out);
    write_quoted(out, database);
    fprintf(out, " \"SELECT source AS path, label FROM images%s\" > images.csv\n", are_all ? "" :
            " AS i WHERE source NOT LIKE 'dicom:%' AND NOT EXISTS (SELECT 1 FROM images AS d WHERE d.source LIKE 'dicom:_%' AND "
            "instr(i.source, substr(d.source, 7) || '/') = 1)");
    g_free(database);
}

/* Image files by the list; of DICOM the folders and lists that it was found by, where these were kept. */
static void write_images(FILE *out, const command *c)
{
    const pp_run_rows *rows = &c->run->rows;
    if (c->n_listed)
        fputs(" images.csv", out);
    for (size_t i = 0; i < rows->n_images; i++) {
        const char *origin = pp_audit_new_origin(rows->images, i);
        if (!origin)
            continue;
        fputc(' ', out);
        write_quoted(out, origin);
    }
}

/* For the shell, a comment. */
static void write_unkept(FILE *out, const pp_run_rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n_images; i++) {
        const char *origin = pp_audit_dicom_origin(&rows->images[i]);
        n += origin && !*origin;
    }
    if (n)
        fprintf(out, " # and %zu DICOM image%s whose place was not kept, if not found with these", n, n == 1 ? "" : "s");
}

static pp_code write_command(const void *what, FILE *out, pp_error *err)
{
    const command *c = what;
    const pp_run_record *run = &c->run->rows.run;
    const pp_section *section;
    pp_code code = PP_OK;
    if (c->n_listed)
        write_list(out, c);
    fputs("pinprick attack ", out);
    write_quoted(out, run->model_path);
    write_images(out, c);
    fprintf(out, " --method %s", run->method);
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; code == PP_OK && row->option && !is_of_another(section, run->method); row++)
            code = write_option(out, row, c->params, err);
    write_unkept(out, &c->run->rows);
    return code;
}

pp_code pp_page_command(char **text, const pp_page_run *run, pp_error *err)
{
    pp_params *params = NULL;
    pp_code code = pp_store_read_params(run->store, &params, err);
    if (code == PP_OK)
        code = pp_written_text(text, write_command, &(command){ run, params, count_listed(&run->rows) }, err);
    pp_params_free(params);
    return code;
}
