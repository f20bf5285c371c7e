/* map.c - `pinprick map`: what each single pixel of an image can do, as a picture, as numbers and as a sentence. */
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

#include <stdlib.h>

static const char ANY_METHOD[] = "noise"; /* parameters need one; none is run. This one asks for no scores */

/* Prints what the map says, then draws it: a picture that cannot be saved takes nothing away from the numbers. */
static int tell_result(const pp_map_result *map, const pp_model *model, const cli_options *options)
{
    char *text = NULL;
    pp_image *picture = NULL;
    pp_error err;
    pp_code code = pp_map_text(map, model, cli_format_name(options), &text, &err);
    if (code == PP_OK)
        fputs(text, stdout);
    free(text);
    if (code == PP_OK)
        code = pp_map_picture(&picture, map, &err);
    if (code == PP_OK)
        code = pp_image_save_png(picture, options->out, &err);
    pp_image_free(picture);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (!options->quiet)
        fprintf(stderr, "heat map in %s\n", options->out);
    return 0;
}

/* A stop keeps what is done only where there is a file of it. */
static int tell_end(pp_code code, const pp_error *err, const char *csv)
{
    int status = code == PP_INTERRUPTED ? cli_exit_status(code) : cli_report(code, err);
    if (code == PP_INTERRUPTED && !csv)
        fprintf(stderr, "stopped; with --csv FILE the next one can be gone on with\n");
    else if (code == PP_INTERRUPTED)
        fprintf(stderr, "stopped; go on with the same command and --resume %s in place of --csv\n", csv);
    return status;
}

static int make_map(const cli_options *options, pp_model *model, const pp_image *image, const pp_params *params)
{
    pp_map_result *map = NULL;
    pp_error err;
    cli_progress progress;
    bool resume = *options->resume;
    const char *csv = resume ? options->resume : *options->csv ? options->csv : NULL;
    pp_map_plan plan = { .stride = (size_t)options->stride, .csv = csv, .resume = resume };
    cli_progress_init(&progress, options->quiet);
    pp_watch watch = { .progress = cli_progress_show, .user = &progress, .cancel = cli_watch_for_interrupt() };
    pp_code code = pp_map_make(&map, model, image, params, &plan, &watch, &err);
    cli_progress_end(&progress);
    int status = code == PP_OK ? tell_result(map, model, options) : tell_end(code, &err, csv);
    pp_map_result_free(map);
    return status;
}

static int run_map(const cli_options *options)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_error err;
    if (options->n_arguments != 2)
        return cli_wrong_arguments(&cli_map, "expected a model and an image");
    if (*options->csv && *options->resume)
        return cli_wrong_arguments(&cli_map, "--resume FILE goes on with that file: no --csv beside it");
    pp_code code = cli_params(&params, ANY_METHOD, options, &err);
    if (code == PP_OK)
        code = pp_model_open(&model, options->arguments[0], params, &err);
    if (code == PP_OK)
        code = pp_image_load(&image, options->arguments[1], model, params, &err);
    int status = code == PP_OK ? make_map(options, model, image, params) : cli_report(code, &err);
    pp_image_free(image);
    pp_model_free(model);
    pp_params_free(params);
    return status;
}

static const pp_param map_rows[] = {
    { "stride", PP_COUNT, offsetof(cli_options, stride), 1, 65535, "4", "N", "pixels", "",
      "try one pixel in N in both directions; 1: every pixel, which takes 16 times as long as 4" },
    { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "pinprick-map.png", "FILE", "", "", "the heat map, a PNG; one that is there is replaced" },
    { "csv", PP_TEXT, offsetof(cli_options, csv), 0, 0, "", "FILE", "", "", "the numbers, place by place, as soon as each is known; not one that is there" },
    { "resume", PP_TEXT, offsetof(cli_options, resume), 0, 0, "", "FILE", "", "", "go on with a --csv file of a map that was stopped" },
    CLI_FORMAT_ROW, CLI_QUIET_ROW, CLI_HELP_ROW, { 0 },
};
static const char *const sections[] = { "goal", "constraints", "model", "engine", NULL };

const cli_command cli_map = {
    .name = "map", .arguments = "MODEL IMAGE", .summary = "the one-pixel map: what each single pixel can do to the answer",
    .rows = map_rows, .sections = sections, .run = run_map,
    .description = "Sets one pixel after the other to each corner of the colour cube (8 colours; black and white with --gray and gray images), "
                   "keeps the lowest margin of each place, draws it as a heat map, and says whether any single pixel flips the answer. With "
                   "--stride 1 that is an exhaustive statement over these colours; otherwise it speaks of what was tried. There is no budget: "
                   "--stride says how long it takes.",
};
