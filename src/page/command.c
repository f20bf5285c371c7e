/* command.c - the command that does a run again: its images and labels out of run.db, and the options that differ from the defaults. */
#include "attack/params.h"
#include "base/error.h"
#include "page/page.h"

#include <glib.h>
#include <string.h>

typedef struct command {
    const pp_page_run *run;
    const pp_params *params;
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

static pp_code write_command(const void *what, FILE *out, pp_error *err)
{
    const command *c = what;
    const pp_run_record *run = &c->run->rows.run;
    const pp_section *section;
    pp_code code = PP_OK;
    char *database = g_strconcat(c->run->dir, "/run.db", NULL);
    fputs("sqlite3 -header -csv ", out);
    write_quoted(out, database);
    g_free(database);
    fputs(" 'SELECT source AS path, label FROM images' > images.csv\npinprick attack ", out);
    write_quoted(out, run->model_path);
    fprintf(out, " images.csv --method %s", run->method);
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; code == PP_OK && row->option && !is_of_another(section, run->method); row++)
            code = write_option(out, row, c->params, err);
    return code;
}

pp_code pp_page_command(char **text, const pp_page_run *run, pp_error *err)
{
    pp_params *params = NULL;
    pp_code code = pp_store_read_params(run->store, &params, err);
    if (code == PP_OK)
        code = pp_written_text(text, write_command, &(command){ run, params }, err);
    pp_params_free(params);
    return code;
}
