/* options.c - the command line, from the parameter table. getopt_long does the parsing; what an option is called, takes and means is
 * said by its row alone. */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 200, FIRST_ROW = 256 /* what getopt calls row 0: above every character */ };
enum { HELP_COLUMN = 32, HELP_WIDTH = 100 };

/* Rows that a command knows, its own first. A name that several methods share is listed once. */
typedef struct known_rows {
    const pp_param *rows[MAX_OPTIONS];
    size_t n, n_own;
} known_rows;

bool cli_is_method(const pp_section *section)
{
    const char *name, *summary, *source;
    for (size_t i = 0; pp_method_at(i, &name, &summary, &source); i++)
        if (strcmp(name, section->name) == 0)
            return true;
    return false;
}

bool cli_has_section(const cli_command *command, const pp_section *section)
{
    if (cli_is_method(section))
        return command->with_methods && (!command->method || strcmp(command->method, section->name) == 0);
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
        if (cli_has_section(command, section))
            add_rows(known, section->rows);
}

const cli_status cli_statuses[] = {
    { 0, PP_OK, "All was done." },
    { 1, PP_PARTIAL, "Something failed, and standard error says what; or some images could not be read, and the rest were done; or verify "
                     "found something that does not hold." },
    { 2, PP_ARG, "An argument or an option is wrong." },
    { 3, PP_RED, "gate: a rule is broken." },
    { 130, PP_INTERRUPTED, "Stopped by Ctrl-C or SIGTERM. What was finished is kept, and --resume goes on." },
    { 0 },
};

int cli_exit_status(pp_code code)
{
    for (const cli_status *row = cli_statuses; row->meaning; row++)
        if (row->code == code)
            return row->status;
    return 1;
}

int cli_report(pp_code code, const pp_error *err)
{
    fprintf(stderr, "pinprick: %s\n", err->message);
    return cli_exit_status(code);
}

pp_code cli_wrong_value(pp_error *err, const char *option, const char *text, const char *expected)
{
    *err = (pp_error){ .code = PP_ARG };
    snprintf(err->message, sizeof err->message, "--%s: '%s'; expected %s", option, text, expected);
    return PP_ARG;
}

const char *cli_format_name(const cli_options *options)
{
    static const char *const NAMES[] = { "table", "csv", "json" };
    return NAMES[options->format];
}

/* ---- Parsing ----------------------------------------------------------------------------------------------------- */

static void fill_table(struct option *table, const known_rows *known)
{
    for (size_t i = 0; i < known->n; i++)
        table[i] = (struct option){ known->rows[i]->option, known->rows[i]->type == PP_FLAG ? no_argument : required_argument, NULL,
                                    FIRST_ROW + (int)i };
}

/* The word that getopt just took: the one before a value that stands alone. */
static const char *last_word(char **argv)
{
    return optarg && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
}

/* getopt also takes the beginning of an option for it. Not so here: a new option would change what old scripts mean. */
static bool is_whole(const pp_param *row, const char *word)
{
    return strcspn(word + 2, "=") == strlen(row->option);
}

/* Why a word is refused: optopt is the row or the letter that getopt knew, 0 for a long option that it did not. */
static int explain(const cli_command *command, const known_rows *known, int found, const char *word)
{
    fprintf(stderr, "pinprick %s: ", command->name);
    if (found == ':' && optopt < FIRST_ROW)
        fprintf(stderr, "-%c needs a value\n", optopt);
    else if (found == ':')
        fprintf(stderr, "--%s needs a value\n", known->rows[optopt - FIRST_ROW]->option);
    else if (optopt >= FIRST_ROW)
        fprintf(stderr, "--%s takes no value\n", known->rows[optopt - FIRST_ROW]->option);
    else if (optopt)
        fprintf(stderr, "-%c: no such option\n", optopt);
    else
        fprintf(stderr, "%.*s: no such option of this command\n", (int)strcspn(word, "="), word);
    fprintf(stderr, "try 'pinprick %s --help'\n", command->name);
    return cli_exit_status(PP_ARG);
}

/* -o is --out, where a command has it; the number of rows where it has not. */
static size_t find_out(const known_rows *known)
{
    size_t i = 0;
    while (i < known->n_own && strcmp(known->rows[i]->option, "out") != 0)
        i++;
    return i < known->n_own ? i : known->n;
}

/* An option of the tool's own is parsed at once, one of the library's is kept for later. */
static pp_code take(cli_options *options, const known_rows *known, size_t index, const char *text, pp_error *err)
{
    const pp_param *row = known->rows[index];
    if (index < known->n_own) {
        if (!cli_has_own(options, row->option))
            options->own[options->n_own++] = row->option;
        return pp_param_parse(row, options, text, err);
    }
    if (options->n_said == sizeof options->said / sizeof *options->said) {
        *err = (pp_error){ PP_ARG, "too many options" };
        return PP_ARG;
    }
    options->said[options->n_said].option = row->option;
    options->said[options->n_said++].text = text;
    return PP_OK;
}

int cli_parse(cli_options *options, const cli_command *command, int argc, char **argv)
{
    known_rows known;
    struct option table[MAX_OPTIONS + 1] = { 0 };
    pp_error err;
    int found;
    know_rows(&known, command);
    fill_table(table, &known);
    size_t out = find_out(&known);
    *options = (cli_options){ 0 };
    for (size_t i = 0; i < known.n_own; i++)
        if (pp_param_parse(known.rows[i], options, known.rows[i]->fallback, &err) != PP_OK)
            return cli_report(PP_MEMORY, &err);
    opterr = 0;
    while ((found = getopt_long(argc, argv, out < known.n ? ":ho:" : ":h", table, NULL)) != -1) {
        if (found == '?' || found == ':' || (found >= FIRST_ROW && !is_whole(known.rows[found - FIRST_ROW], last_word(argv))))
            return explain(command, &known, found, last_word(argv));
        if (found == 'h')
            options->help = true;
        else if (take(options, &known, found == 'o' ? out : (size_t)(found - FIRST_ROW), optarg ? optarg : "1", &err) != PP_OK)
            return cli_report(PP_ARG, &err);
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

bool cli_has_own(const cli_options *options, const char *option)
{
    for (size_t i = 0; i < options->n_own; i++)
        if (strcmp(options->own[i], option) == 0)
            return true;
    return false;
}

pp_code cli_set_params(pp_params *params, const cli_options *options, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < options->n_said; i++)
        code = pp_params_set(params, options->said[i].option, options->said[i].text, err);
    return code;
}

pp_code cli_params(pp_params **params, const char *method, const cli_options *options, pp_error *err)
{
    pp_params *made;
    pp_code code = pp_params_new(&made, method, err);
    if (code != PP_OK)
        return code;
    code = cli_set_params(made, options, err);
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
    const char *note;
    for (size_t i = 0; code == PP_OK && !options->quiet && (note = pp_inputs_left_out(made, i)); i++)
        fprintf(stderr, "%s\n", note);
    if (code != PP_OK) {
        pp_inputs_free(made);
        return code;
    }
    *inputs = made;
    return PP_OK;
}

/* ---- Help -------------------------------------------------------------------------------------------------------- */

/* Words from a column on, in lines that a terminal holds. */
static void print_wrapped(const char *text, size_t first, FILE *out)
{
    size_t column = first;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > first && column + n > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)first, "");
            column = first;
        }
        fprintf(out, "%s%.*s", column > first ? " " : "", (int)n, text);
        column += n + 1;
        text += n + strspn(text + n, " ");
    }
    fputc('\n', out);
}

static void print_row(const pp_param *row, FILE *out)
{
    char left[200], help[600];
    const char *value = row->choices && *row->choices ? row->choices : row->type == PP_TEXT ? "TEXT" : "X";
    bool has_default = row->type != PP_FLAG && *row->fallback;
    snprintf(left, sizeof left, "  %s--%s%s%s", strcmp(row->option, "out") == 0 ? "-o, " : "", row->option, row->type == PP_FLAG ? "" : " ",
             row->type == PP_FLAG ? "" : value);
    snprintf(help, sizeof help, "%s%s%s%s", row->help, has_default ? " [" : "", has_default ? row->fallback : "", has_default ? "]" : "");
    if (strlen(left) + 1 < HELP_COLUMN)
        fprintf(out, "%-*s", HELP_COLUMN, left);
    else
        fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
    print_wrapped(help, HELP_COLUMN, out);
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
    fprintf(out, "usage: pinprick %s [options] %s\n\n", command->name, command->arguments);
    print_wrapped(command->description, 0, out);
    print_rows("Options", command->rows, out);
    for (size_t i = 0; (section = pp_section_at(i)); i++) {
        char title[200];
        if (!cli_has_section(command, section))
            continue;
        snprintf(title, sizeof title, cli_is_method(section) ? "Method %s: %s" : "%.0s%s", section->name, section->title);
        print_rows(title, section->rows, out);
    }
}
