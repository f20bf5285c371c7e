/* parameters.c - docs/parameters.md: every parameter of the library and every option of the tool, one table for each section. */
#include "pages.h"

/* Text in a cell: a bar would end it. */
static void put_cell(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void put_code(FILE *out, const char *text)
{
    if (!*text)
        return;
    fputc('`', out);
    put_cell(out, text);
    fputc('`', out);
}

static void put_row(FILE *out, const pp_param *row)
{
    char range[100];
    fprintf(out, "| `--%s` | ", row->option);
    put_code(out, row_value(row));
    fprintf(out, " | %s | ", row_range(row, range));
    if (row->type == PP_FLAG)
        fprintf(out, "off");
    else
        put_code(out, row->fallback);
    fprintf(out, " | %s | ", row->unit);
    put_cell(out, row->source);
    fprintf(out, " | ");
    put_cell(out, row->help);
    fprintf(out, " |\n");
}

static void put_rows(FILE *out, const pp_param *rows)
{
    fprintf(out, "| option | value | range | default | unit | source of the default | meaning |\n|---|---|---|---|---|---|---|\n");
    for (; rows->option; rows++)
        put_row(out, rows);
}

/* "attack, noise" */
static void put_takers(FILE *out, const pp_section *section)
{
    bool first = true;
    for (size_t i = 0; cli_commands[i]; i++) {
        if (!cli_has_section(cli_commands[i], section))
            continue;
        fprintf(out, "%s`%s`", first ? "" : ", ", cli_commands[i]->name);
        first = false;
    }
}

static void put_section(FILE *out, const pp_section *section)
{
    if (cli_is_method(section))
        fprintf(out, "\n## Method `%s`: %s\n\nTaken by ", section->name, section->title);
    else
        fprintf(out, "\n## %s\n\nTaken by ", section->title);
    put_takers(out, section);
    fprintf(out, ".");
    if (cli_is_method(section))
        fprintf(out, " Source: %s; [methods.md](methods.md#%s) says what it does.", method_source(section), section->name);
    fprintf(out, "\n\n");
    put_rows(out, section->rows);
}

void write_parameters(FILE *out)
{
    const pp_section *section;
    fprintf(out, "# Parameters\n\n"
                 "<!-- Written by \"make docs\" from the parameter table: change a row there, not this page. -->\n\n"
                 "Every parameter is one row of one table in the source. The command line, `--help`, the manual, this page and what\n"
                 "`run.db` records of a run all come from it. In the library, `pp_params_set(params, \"queries\", \"2000\", &err)` does what\n"
                 "`--queries 2000` does; a flag is set with \"1\".\n\n"
                 "*Source* names the paper that a default is taken from. \"measured\" means that we tried it; nothing means that it is our\n"
                 "choice. A default that is empty means: not said.\n");
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        put_section(out, section);
    fprintf(out, "\n# Options of the commands\n\nWhat the tool takes besides, command by command.\n");
    for (size_t i = 0; cli_commands[i]; i++) {
        fprintf(out, "\n## `pinprick %s`\n\n", cli_commands[i]->name);
        put_rows(out, cli_commands[i]->rows);
    }
}
