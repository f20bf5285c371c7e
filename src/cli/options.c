/* options.c - the command line, from the parameter table. getopt_long does the parsing; what an option is called, takes and means is
 * said by its row alone. */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 200 };

/* Rows that a command knows, its own first. A name that several methods share is listed once. */
typedef struct known_rows {
    const pp_param *rows[MAX_OPTIONS];
    size_t n, n_own;
} known_rows;

static bool is_method(const char *section)
{
    const char *name, *summary, *source;
    for (size_t i = 0; pp_method_at(i, &name, &summary, &source); i++)
        if (strcmp(name, section) == 0)
            return true;
    return false;
}

static bool has_section(const cli_command *command, const pp_section *section)
{
    if (is_method(section->name))
        return command->with_methods;
    for (size_t i = 0; command->sections && command->sections[i]; i++)
        if (strcmp(command->sections[i], section->name) == 0)
            return true;
    return false;
}

static void add_rows(known_rows *known, const pp_param *rows)
{
    for (; rows && rows->option && known->n < MAX_OPTIONS; rows++) {
        bool listed = false;
        for (size_t i = 0; i < known->n && !listed; i++)
            listed = strcmp(known->rows[i]->option, rows->option) == 0;
        if (!listed)
            known->rows[known->n++] = rows;
    }
}

static void know_rows(known_rows *known, const cli_command *command)
{
    known->n = 0;
    add_rows(known, command->rows);
    known->n_own = known->n;
    const pp_section *section;
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        if (has_section(command, section))
            add_rows(known, section->rows);
}

int cli_exit_status(pp_code code)
{
    static const struct {
        pp_code code;
        int status;
    } STATUSES[] = { { PP_OK, 0 }, { PP_ARG, 2 }, { PP_INTERRUPTED, 130 } };
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++)
        if (STATUSES[i].code == code)
            return STATUSES[i].status;
    return 1;
}

int cli_report(pp_code code, const pp_error *err)
{
    fprintf(stderr, "pinprick: %s\n", err->message);
    return cli_exit_status(code);
}

static int usage(const cli_command *command)
{
    fprintf(stderr, "try 'pinprick %s --help'\n", command->name);
    return cli_exit_status(PP_ARG);
}

int cli_parse(cli_options *options, const cli_command *command, int argc, char **argv)
{
    known_rows known;
    struct option table[MAX_OPTIONS + 1] = { 0 };
    pp_error err;
    int found;
    know_rows(&known, command);
    for (size_t i = 0; i < known.n; i++)
        table[i] = (struct option){ known.rows[i]->option, known.rows[i]->type == PP_FLAG ? no_argument : required_argument, NULL,
                                    (int)i + 1 };
    *options = (cli_options){ 0 };
    for (size_t i = 0; i < known.n_own; i++)
        if (pp_param_parse(known.rows[i], options, known.rows[i]->fallback, &err) != PP_OK)
            return cli_report(PP_MEMORY, &err);
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (found == 'h') {
            options->help = true;
            continue;
        }
        if (found == '?' || found == ':') {
            fprintf(stderr, found == ':' ? "pinprick %s: %s needs a value\n" : "pinprick %s: %s: no such option, or not here\n",
                    command->name, argv[optind - 1]);
            return usage(command);
        }
        const pp_param *row = known.rows[found - 1];
        const char *text = optarg ? optarg : "1";
        if ((size_t)found - 1 >= known.n_own && options->n_said < sizeof options->said / sizeof *options->said) {
            options->said[options->n_said].option = row->option;
            options->said[options->n_said++].text = text;
        } else if (pp_param_parse(row, options, text, &err) != PP_OK) {
            return cli_report(PP_ARG, &err);
        }
    }
    options->arguments = argv + optind;
    options->n_arguments = (size_t)(argc - optind);
    return 0;
}

void cli_clear(cli_options *options, const cli_command *command)
{
    for (const pp_param *row = command->rows; row && row->option; row++)
        if (row->type == PP_TEXT)
            free(*(char **)((char *)options + row->offset));
}

pp_code cli_params(pp_params **params, const char *method, const cli_options *options, pp_error *err)
{
    pp_params *made;
    pp_code code = pp_params_new(&made, method, err);
    if (code != PP_OK)
        return code;
    for (size_t i = 0; code == PP_OK && i < options->n_said; i++)
        code = pp_params_set(made, options->said[i].option, options->said[i].text, err);
    if (code != PP_OK) {
        pp_params_free(made);
        return code;
    }
    *params = made;
    return PP_OK;
}

pp_code cli_inputs(pp_inputs **inputs, const cli_options *options, size_t first, pp_error *err)
{
    pp_inputs *made;
    pp_code code = pp_inputs_new(&made, err);
    if (code != PP_OK)
        return code;
    for (size_t i = first; code == PP_OK && i < options->n_arguments; i++)
        code = pp_inputs_add(made, options->arguments[i], err);
    if (code != PP_OK) {
        pp_inputs_free(made);
        return code;
    }
    *inputs = made;
    return PP_OK;
}

/* ---- Help -------------------------------------------------------------------------------------------------------- */

static void print_row(const pp_param *row, FILE *out)
{
    char left[200];
    const char *value = row->choices && *row->choices ? row->choices : row->type == PP_TEXT ? "TEXT" : "X";
    if (row->type == PP_FLAG)
        snprintf(left, sizeof left, "--%s", row->option);
    else
        snprintf(left, sizeof left, "--%s %s", row->option, value);
    fprintf(out, "  %-30s%s%s", left, strlen(left) > 29 ? "\n                                " : "", row->help);
    if (row->type != PP_FLAG && *row->fallback)
        fprintf(out, " [%s]", row->fallback);
    fputc('\n', out);
}

static void print_rows(const char *title, const pp_param *rows, FILE *out)
{
    if (!rows || !rows->option)
        return;
    fprintf(out, "\n%s:\n", title);
    for (; rows->option; rows++)
        print_row(rows, out);
}

void cli_print_help(const cli_command *command, FILE *out)
{
    const pp_section *section;
    fprintf(out, "usage: pinprick %s [options] %s\n\n%s\n", command->name, command->arguments, command->description);
    print_rows("Options", command->rows, out);
    for (size_t i = 0; (section = pp_section_at(i)); i++) {
        char title[200];
        if (!has_section(command, section))
            continue;
        snprintf(title, sizeof title, is_method(section->name) ? "Method %s: %s" : "%.0s%s", section->name, section->title);
        print_rows(title, section->rows, out);
    }
}
