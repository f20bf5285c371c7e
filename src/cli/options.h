/* options.h - the command line, from the parameter table: parsing by getopt_long, and --help. */
#ifndef PP_CLI_OPTIONS_H
#define PP_CLI_OPTIONS_H

#include "pinprick/pinprick.h"

#include <stdio.h>

/* What the tool itself takes, beside the library's parameters. Texts are "" where not said. */
typedef struct cli_options {
    char *method, *methods, *budgets, *out, *resume, *model, *image, *csv, *baseline, *junit, *max_loss, *max_success_at, *figure, *npz, *dicom;
    uint64_t seeds, stride, images;
    double min_median_pixels;
    int format; /* index into the row's choices: cli_format_name */
    bool quiet, help, pareto, keep_script;
    /* the library's parameters as typed, in order; applied once the method is known */
    struct { const char *option, *text; } said[256];
    size_t n_said;
    const char *own[64]; /* the tool's own that were typed, each once: no command has as many */
    size_t n_own;
    char **arguments; /* what is no option */
    size_t n_arguments;
} cli_options;

/* One command: `pinprick NAME ...`. */
typedef struct cli_command {
    const char *name, *arguments, *summary;
    const pp_param *rows;          /* the tool's own */
    const char *const *sections;   /* of the library's parameter table, NULL-ended */
    bool with_methods;             /* and the sections of the methods: of all, or of one */
    const char *method;            /* NULL: all */
    int (*run)(const cli_options *options);
    const char *description;       /* for --help and the manual */
} cli_command;

/* Commands in the order that help shows them, ended by NULL. */
extern const cli_command *const cli_commands[];

/* Parses argv (argv[0] is the command's name). On failure says what is wrong on stderr. @return 0, or the exit status */
int cli_parse(cli_options *options, const cli_command *command, int argc, char **argv);
void cli_clear(cli_options *options, const cli_command *command);

/* Whether one of the tool's own options was typed. */
bool cli_has_own(const cli_options *options, const char *option);

/* A new set of parameters for a method, with what was said on the command line. @return PP_OK or a failure in err */
pp_code cli_params(pp_params **params, const char *method, const cli_options *options, pp_error *err);

/* Sets what was said on the command line. */
pp_code cli_set_params(pp_params *params, const cli_options *options, pp_error *err);

/* The files and folders named from argument `first` on. */
pp_code cli_inputs(pp_inputs **inputs, const cli_options *options, size_t first, pp_error *err);

void cli_print_help(const cli_command *command, FILE *out);

/* Whether a command takes the parameters of a section, and whether these are a method's own. */
bool cli_has_section(const cli_command *command, const pp_section *section);
bool cli_is_method(const pp_section *section);

/* The word of --format: "table", "csv" or "json". */
const char *cli_format_name(const cli_options *options);

/* "--option: 'text'; expected ..." in err. @return PP_ARG */
pp_code cli_wrong_value(pp_error *err, const char *option, const char *text, const char *expected);

/* Says a failure on stderr. @return the exit status of code */
int cli_report(pp_code code, const pp_error *err);

/* Exit statuses, as the manual lists them; ended by a meaning of NULL. A code that is not listed gives 1. */
typedef struct cli_status {
    int status;
    pp_code code;
    const char *meaning;
} cli_status;
extern const cli_status cli_statuses[];

int cli_exit_status(pp_code code);

#endif
