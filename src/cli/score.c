/* score.c - `pinprick score`, `inspect` and `bench`: what the classifier says of images, what is known about the model, and how fast it
 * answers. */
#include "cli/commands.h"

#include <stdlib.h>

static const char *const score_sections[] = { "images", "model", "engine", NULL };
static const char *const inspect_sections[] = { "model", "engine", NULL };
static const char ANY_METHOD[] = "noise"; /* parameters need one; none is run */

static int print(pp_code code, char *text, const pp_error *err)
{
    if (code < 0)
        return cli_report(code, err);
    fputs(text, stdout);
    free(text);
    if (code == PP_PARTIAL)
        fprintf(stderr, "pinprick: some images could not be read\n");
    return cli_exit_status(code);
}

static int run_score(const cli_options *options)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_inputs *inputs = NULL;
    pp_error err;
    char *text = NULL;
    if (options->n_arguments < 2)
        return cli_wrong_arguments(&cli_score, "expected a model and images");
    pp_code code = cli_params(&params, ANY_METHOD, options, &err);
    if (code == PP_OK)
        code = cli_inputs(&inputs, options, 1, &err);
    if (code == PP_OK)
        code = pp_model_open(&model, options->arguments[0], params, &err);
    if (code == PP_OK)
        code = pp_score(model, inputs, params, cli_format_name(options), &text, &err);
    int status = print(code, text, &err);
    pp_inputs_free(inputs);
    pp_model_free(model);
    pp_params_free(params);
    return status;
}

static int run_inspect(const cli_options *options)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_error err;
    char *text = NULL;
    if (options->n_arguments != 1)
        return cli_wrong_arguments(&cli_inspect, "expected a model");
    pp_code code = cli_params(&params, ANY_METHOD, options, &err);
    if (code == PP_OK)
        code = pp_model_open(&model, options->arguments[0], params, &err);
    if (code == PP_OK)
        code = pp_model_inspect(model, options->format ? "json" : "table", &text, &err);
    int status = print(code, text, &err);
    pp_model_free(model);
    pp_params_free(params);
    return status;
}

/* An image, if one is named, else one made up. */
static int run_bench(const cli_options *options)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_error err;
    char *text = NULL;
    if (options->n_arguments < 1 || options->n_arguments > 2)
        return cli_wrong_arguments(&cli_bench, "expected a model, and perhaps an image");
    pp_code code = cli_params(&params, ANY_METHOD, options, &err);
    if (code == PP_OK)
        code = pp_model_open(&model, options->arguments[0], params, &err);
    if (code == PP_OK && options->n_arguments > 1)
        code = pp_image_load(&image, options->arguments[1], model, params, &err);
    if (code == PP_OK)
        code = pp_bench(model, image, cli_format_name(options), &text, &err);
    int status = print(code, text, &err);
    pp_image_free(image);
    pp_model_free(model);
    pp_params_free(params);
    return status;
}

static const pp_param score_rows[] = { CLI_FORMAT_ROW, CLI_HELP_ROW, { 0 } };
static const pp_param inspect_rows[] = {
    { "format", PP_CHOICE, offsetof(cli_options, format), 0, 0, "table", "table|json", "", "", "how the result is printed" },
    CLI_HELP_ROW, { 0 },
};

const cli_command cli_score = {
    .name = "score", .arguments = "MODEL IMAGES...", .summary = "what the classifier says of images; accuracy where labels are known",
    .rows = score_rows, .sections = score_sections, .run = run_score,
    .description = "Scores images without attacking. The first thing to run on a model of your own: it shows whether the preprocessing is right.",
};

const cli_command cli_inspect = {
    .name = "inspect", .arguments = "MODEL", .summary = "inputs, outputs, classes, preprocessing and size of a model",
    .rows = inspect_rows, .sections = inspect_sections, .run = run_inspect,
    .description = "Prints what pinprick found out about a model, and from where.",
};

const cli_command cli_bench = {
    .name = "bench", .arguments = "MODEL [IMAGE]", .summary = "what the incremental engine brings on this model and this machine",
    .rows = score_rows, .sections = inspect_sections, .run = run_bench,
    .description = "Scores candidates with 1 to 32 changed pixels with both engines in turn and prints queries a second, times faster, and the "
                   "share of multiply-adds. On a quiet machine it takes a minute for a large model.",
};
