/* gate.c - `pinprick gate`: a run as the baseline was made, and whether it keeps the rules. */
#include "cli/commands.h"
#include "cli/do_run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "10%" or "10". */
static bool read_percent(double *percent, const char *text)
{
    char *end;
    *percent = strtod(text, &end);
    end += *end == '%';
    return end != text && *end == '\0' && isfinite(*percent);
}

/* "5:20%": whole pixels, percent. */
static bool read_success(pp_gate_rules *rules, const char *text)
{
    char *end;
    errno = 0;
    rules->within = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && errno == 0 && *end == ':' && read_percent(&rules->max_success, end + 1);
}

/* An empty text is what a script makes of a variable that is not set: no rule may be lost by that. */
static pp_code check_said(const cli_options *options, pp_error *err)
{
    for (const pp_param *row = cli_gate.rows; row->option; row++)
        if (row->type == PP_TEXT && cli_has_own(options, row->option) && !**(char *const *)((const char *)options + row->offset))
            return cli_wrong_value(err, row->option, "", row->choices);
    return PP_OK;
}

static pp_code read_rules(pp_gate_rules *rules, const cli_options *options, pp_error *err)
{
    *rules = (pp_gate_rules){ .baseline = *options->baseline ? options->baseline : NULL, .max_loss = NAN, .max_success = NAN,
                              .min_median_pixels = cli_has_own(options, "min-median-pixels") ? options->min_median_pixels : NAN };
    pp_code code = check_said(options, err);
    if (code != PP_OK)
        return code;
    if (*options->max_loss && !read_percent(&rules->max_loss, options->max_loss))
        return cli_wrong_value(err, "max-loss", options->max_loss, "percent, such as 10%");
    if (*options->max_success_at && !read_success(rules, options->max_success_at))
        return cli_wrong_value(err, "max-success-at", options->max_success_at, "pixels and percent, such as 5:20%");
    return PP_OK;
}

/* The baseline's parameters, but for those of the machine; what was said goes before. Without a baseline those of a method. */
static pp_code make_params(pp_params **params, const cli_options *options, pp_error *err)
{
    static const char *const OF_THE_MACHINE[] = { "threads", "batch", "memory" };
    const char *method = options->method, *summary, *source;
    if (!*method)
        pp_method_at(0, &method, &summary, &source);
    if (!*options->baseline)
        return cli_params(params, method, options, err);
    pp_code code = pp_run_params(params, options->baseline, err);
    for (size_t i = 0; code == PP_OK && i < sizeof OF_THE_MACHINE / sizeof *OF_THE_MACHINE; i++)
        code = pp_params_set(*params, OF_THE_MACHINE[i], "0", err);
    return code == PP_OK ? cli_set_params(*params, options, err) : code;
}

/* What keeps the file from being written, as errno has it, or 0. */
static int cannot_be_written(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    struct stat info;
    int problem = !folder ? ENOMEM : stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? EISDIR : access(folder, W_OK) != 0 ? errno : 0;
    free(folder);
    return problem;
}

/* "" is no file. */
static pp_code check_junit(const char *path, pp_error *err)
{
    int problem = *path ? cannot_be_written(path) : 0;
    *err = (pp_error){ .code = problem == ENOMEM ? PP_MEMORY : problem ? PP_IO : PP_OK };
    if (problem)
        snprintf(err->message, sizeof err->message, "--junit: %s: cannot be written: %s", path, strerror(problem));
    return err->code;
}

/* Rules that cannot be judged, and a file that cannot be written, are found out before any query. */
static pp_code begin(pp_audit **audit, const cli_options *options, const pp_gate_rules *rules, pp_error *err)
{
    pp_params *params = NULL;
    pp_inputs *inputs = NULL;
    pp_code code = pp_gate_check(rules, NULL, err);
    if (code == PP_OK)
        code = check_junit(options->junit, err);
    if (code == PP_OK)
        code = make_params(&params, options, err);
    if (code == PP_OK)
        code = cli_inputs(&inputs, options, 1, err);
    if (code == PP_OK)
        code = pp_audit_create(audit, *options->out ? options->out : NULL, options->arguments[0], inputs, params, err);
    if (code == PP_OK)
        code = pp_gate_check(rules, pp_audit_dir(*audit), err);
    pp_inputs_free(inputs);
    pp_params_free(params);
    return code;
}

static int judge(const char *dir, const cli_options *options, const pp_gate_rules *rules)
{
    char *text;
    pp_error err;
    pp_code code = pp_gate(dir, rules, *options->junit ? options->junit : NULL, &text, &err);
    if (text)
        fputs(text, stdout);
    fflush(stdout); /* before what standard error says of the file */
    free(text);
    if (code < 0 || code == PP_MISMATCH)
        return cli_report(code, &err);
    return cli_exit_status(code);
}

static const char *what_is_wrong(const cli_options *options)
{
    if (options->n_arguments == 0)
        return "expected a model and images, or a run folder";
    if (options->n_arguments == 1 && (options->n_said > 0 || *options->method || *options->out))
        return "expected a model and images; of a run folder only rules, --baseline and --junit can be said";
    if (*options->baseline && *options->method)
        return "--method goes without --baseline: the run is made by the baseline's method";
    return NULL;
}

static int run_gate(const cli_options *options)
{
    pp_gate_rules rules;
    pp_audit *audit = NULL;
    pp_error err;
    int status;
    const char *wrong = what_is_wrong(options);
    if (wrong)
        return cli_wrong_arguments(&cli_gate, wrong);
    pp_code code = read_rules(&rules, options, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (options->n_arguments == 1)
        return judge(options->arguments[0], options, &rules);
    code = begin(&audit, options, &rules, &err);
    if (code != PP_OK)
        status = cli_report(code, &err);
    else if (cli_do_run(audit, "attack", options, &code, &status))
        status = judge(pp_audit_dir(audit), options, &rules);
    pp_audit_free(audit);
    return status;
}

static const pp_param gate_rows[] = {
    { "baseline", PP_TEXT, offsetof(cli_options, baseline), 0, 0, "", "RUN", "", "",
      "the folder of an earlier run: its method, parameters and seed are taken, but for what is said here" },
    { "max-loss", PP_TEXT, offsetof(cli_options, max_loss), 0, 0, "", "P%", "", "",
      "red if the median number of pixels, over the baseline's images, is more than P % lower than in the baseline" },
    { "min-median-pixels", PP_REAL, offsetof(cli_options, min_median_pixels), 0, 1e9, "0", "N", "pixels", "",
      "red if the median number of pixels is below N" },
    { "max-success-at", PP_TEXT, offsetof(cli_options, max_success_at), 0, 0, "", "K:P%", "", "",
      "red if P % of the images or more need at most K pixels" },
    { "junit", PP_TEXT, offsetof(cli_options, junit), 0, 0, "", "FILE", "", "", "write the verdict as JUnit XML, too" },
    { "method", PP_TEXT, offsetof(cli_options, method), 0, 0, "", "NAME", "", "", "without a baseline: one of the methods below; default: the first" },
    { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "", "DIR", "", "",
      "where the run is kept; default: the first free pinprick-run-<n>. It can be the next baseline" },
    CLI_QUIET_ROW, CLI_HELP_ROW, { 0 },
};
static const char *const sections[] = { "goal", "constraints", "images", "budget", "model", "engine", NULL };

const cli_command cli_gate = {
    .name = "gate", .arguments = "MODEL IMAGES... | RUN", .summary = "for a pipeline: red if a model is weaker than it may be",
    .rows = gate_rows, .sections = sections, .with_methods = true, .run = run_gate,
    .description = "Attacks images as attack does, then holds the run against rules and against an earlier run of the same images, and says in one "
                   "line whether it passes, and why. Exit status 0: green; 3: red. An image that the classifier gets wrong as it is counts with 0 "
                   "pixels, one whose attack failed with more than any number. With RUN alone, judges a finished run again.",
};
