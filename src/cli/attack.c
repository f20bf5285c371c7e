/* attack.c - `pinprick attack` and `pinprick noise`: a run into a folder, and what it came to. */
#include "cli/commands.h"
#include "cli/do_run.h"
#include "cli/interrupt.h"

#include <stdlib.h>

static pp_code begin(pp_audit **audit, const cli_options *options, const char *method, pp_error *err)
{
    pp_params *params = NULL;
    pp_inputs *inputs = NULL;
    if (*options->resume)
        return pp_audit_resume(audit, options->resume, err);
    pp_code code = cli_params(&params, method, options, err);
    if (code == PP_OK)
        code = cli_inputs(&inputs, options, 1, err);
    if (code == PP_OK)
        code = pp_audit_create(audit, *options->out ? options->out : NULL, options->arguments[0], inputs, params, err);
    pp_inputs_free(inputs);
    pp_params_free(params);
    return code;
}

/* Prints what the folder holds, and where it is. */
static int tell_result(const pp_audit *audit, const cli_options *options, pp_code outcome)
{
    char *text;
    pp_error err;
    pp_code code = pp_show(pp_audit_dir(audit), cli_format_name(options), &text, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    fputs(text, stdout);
    free(text);
    if (!options->quiet)
        fprintf(stderr, "\nin %s: run.db, originals/, adversarial/\n", pp_audit_dir(audit));
    if (outcome == PP_PARTIAL)
        fprintf(stderr, "pinprick: some images could not be read; the rest were done\n");
    return cli_exit_status(outcome);
}

/* --resume takes what is stored, so nothing else may be said; a new run needs a model and images. */
static const char *what_is_wrong(const cli_options *options)
{
    bool says_more = options->n_arguments > 0 || options->n_said > 0 || *options->out || (options->method && *options->method);
    if (*options->resume && says_more)
        return "--resume DIR goes on with what the run began with: no model, images or parameters";
    if (!*options->resume && options->n_arguments < 2)
        return "expected a model and images";
    return NULL;
}

/* The run itself: all of it where this process is alone, else what rank 0 does. */
static int run_first(const cli_command *command, const cli_options *options, const char *method)
{
    pp_audit *audit = NULL;
    pp_error err;
    int status;
    const char *wrong = what_is_wrong(options);
    if (wrong)
        return cli_wrong_arguments(command, wrong);
    pp_code code = begin(&audit, options, method, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (cli_do_run(audit, command->name, options, &code, &status))
        status = tell_result(audit, options, code);
    pp_audit_free(audit);
    return status;
}

/* Under mpirun the other ranks help, and are silent: rank 0 says what failed. */
static int run(const cli_command *command, const cli_options *options, const char *method)
{
    pp_error err;
    int rank, n_ranks, status = 0;
    pp_code code = pp_ranks_join(&rank, &n_ranks, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (rank == 0) {
        status = run_first(command, options, method);
    } else {
        pp_watch watch = { .cancel = cli_watch_for_interrupt() };
        code = pp_ranks_work(&watch, &err);
        if (code != PP_OK)
            status = cli_report(code, &err);
    }
    pp_ranks_leave();
    return status;
}

#define OUT_ROW { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "", "DIR", "", "", "where the run is kept; default: the first free pinprick-run-<n>" }

static const pp_param attack_rows[] = {
    { "method", PP_TEXT, offsetof(cli_options, method), 0, 0, "", "NAME", "", "", "one of the methods below; default: the first" },
    OUT_ROW, CLI_RESUME_ROW, CLI_FORMAT_ROW, CLI_QUIET_ROW, CLI_HELP_ROW, { 0 },
};
static const pp_param noise_rows[] = { OUT_ROW, CLI_RESUME_ROW, CLI_FORMAT_ROW, CLI_QUIET_ROW, CLI_HELP_ROW, { 0 } };
static const char *const sections[] = { "goal", "constraints", "images", "budget", "scale", "model", "engine", NULL };

static int run_attack(const cli_options *options)
{
    const char *method = options->method, *summary, *source;
    if (!*method)
        pp_method_at(0, &method, &summary, &source);
    return run(&cli_attack, options, method);
}

static int run_noise(const cli_options *options)
{
    return run(&cli_noise, options, "noise");
}

const cli_command cli_attack = {
    .name = "attack", .arguments = "MODEL IMAGES...", .summary = "find how few pixels flip the diagnosis, image by image",
    .rows = attack_rows, .sections = sections, .with_methods = true, .run = run_attack,
    .description = "Searches, for each image that the classifier gets right, the fewest changed pixels that flip its answer; saves each "
                   "adversarial image, reads it back and scores it again. MODEL is an ONNX file. IMAGES are files, folders (a folder for each "
                   "class gives labels), CSV files with the columns path,label, or - for a list on standard input.",
};

const cli_command cli_noise = {
    .name = "noise", .arguments = "MODEL IMAGES...", .summary = "which images random noise flips, and how mild (Table 1)",
    .rows = noise_rows, .sections = sections, .with_methods = true, .method = "noise", .run = run_noise,
    .description = "Tries one draw of uniform noise on each image (strict), then kinds of noise from mild to strong (ladder). "
                   "The same as attack --method noise.",
};
