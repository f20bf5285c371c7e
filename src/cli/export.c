/* export.c - `pinprick export`: a run in files that other programs read. */
#include "cli/commands.h"

/* One form: the option that names its file or folder, and what writes it. */
static const struct form {
    size_t offset;
    pp_code (*write)(const char *dir, const char *path, pp_error *err);
} FORMS[] = {
    { offsetof(cli_options, npz), pp_export_npz },
    { offsetof(cli_options, dicom), pp_export_dicom },
};

static int run_export(const cli_options *options)
{
    pp_error err;
    size_t n_written = 0;
    if (options->n_arguments != 1)
        return cli_wrong_arguments(&cli_export, "expected a run folder");
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        const char *path = *(char *const *)((const char *)options + FORMS[i].offset);
        if (!*path)
            continue;
        n_written++;
        pp_code code = FORMS[i].write(options->arguments[0], path, &err);
        if (code != PP_OK)
            return cli_report(code, &err);
    }
    return n_written ? 0 : cli_wrong_arguments(&cli_export, "--npz FILE or --dicom OUT says what is to be written, and where");
}

static const pp_param export_rows[] = {
    { "npz", PP_TEXT, offsetof(cli_options, npz), 0, 0, "", "FILE", "", "",
      "originals, adversarial images, masks, labels and results as NumPy arrays, for numpy.load; one that is there is replaced" },
    { "dicom", PP_TEXT, offsetof(cli_options, dicom), 0, 0, "", "OUT", "", "",
      "each adversarial image as OUT/NAME.dcm: a derived secondary capture, with nothing of a patient in it" },
    CLI_HELP_ROW, { 0 },
};

const cli_command cli_export = {
    .name = "export", .arguments = "DIR", .summary = "a run's images and results as NumPy arrays, or images as DICOM",
    .rows = export_rows, .run = run_export,
    .description = "Writes what a run folder holds in a form that other programs read. docs/formats.md says which arrays there are.",
};
