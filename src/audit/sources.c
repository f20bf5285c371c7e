/* sources.c - where the images of a run are read from. A DICOM file's path may tell who the patient is, so it is not stored: run.db has
 * the image's name, which is a hash, and where it was found, and there it is looked for again when a run is gone on with. */
#include "audit/audit.h"
#include "base/array.h"
#include "base/error.h"
#include "image/inputs.h"

#include <string.h>

static const char DICOM[] = "dicom:"; /* before the folder or list that a DICOM image was found by, or nothing */

pp_code pp_audit_full_path(char **full, const char *path, pp_error *err)
{
    *full = realpath(path, NULL);
    if (*full)
        return PP_OK;
    *full = pp_array_new(strlen(path) + 1, 1);
    if (!*full)
        return pp_no_memory(err, "a path");
    strcpy(*full, path);
    return PP_OK;
}

pp_code pp_audit_source(char **source, const pp_inputs *inputs, size_t index, pp_error *err)
{
    const char *origin = pp_inputs_origin(inputs, index);
    if (!origin)
        return pp_audit_full_path(source, pp_inputs_path(inputs, index), err);
    char *made = pp_array_new(strlen(origin) + sizeof DICOM, 1);
    if (!made)
        return pp_no_memory(err, "a path");
    strcat(strcpy(made, DICOM), origin);
    *source = made;
    return PP_OK;
}

const char *pp_audit_dicom_origin(const pp_image_record *record)
{
    return strncmp(record->source, DICOM, strlen(DICOM)) == 0 ? record->source + strlen(DICOM) : NULL;
}

const char *pp_audit_new_origin(const pp_image_record *images, size_t i)
{
    const char *origin = pp_audit_dicom_origin(&images[i]);
    if (!origin || !*origin)
        return NULL;
    for (size_t k = 0; k < i; k++)
        if (strcmp(images[k].source, images[i].source) == 0)
            return NULL;
    return origin;
}

/* All that lies where the DICOM images of the run were found. A folder that is gone leaves them unfound. */
static pp_code list_again(pp_audit *audit, pp_error *err)
{
    pp_code code = pp_inputs_new(&audit->inputs, err);
    for (size_t i = 0; code == PP_OK && i < audit->n_images; i++) {
        const char *origin = pp_audit_new_origin(audit->images, i);
        if (origin && pp_inputs_add(audit->inputs, origin, NULL) == PP_MEMORY)
            code = pp_no_memory(err, "a list of images");
    }
    return code;
}

/* Its place in the list of a run just begun is its own; in one that was made again it is looked for. */
static const char *find_by_name(const pp_inputs *inputs, const pp_image_record *record)
{
    size_t n = pp_inputs_count(inputs), guess = (size_t)record->id - 1;
    if (guess < n && strcmp(pp_inputs_name(inputs, guess), record->path) == 0)
        return pp_inputs_path(inputs, guess);
    for (size_t i = 0; i < n; i++)
        if (strcmp(pp_inputs_name(inputs, i), record->path) == 0)
            return pp_inputs_path(inputs, i);
    return NULL;
}

pp_code pp_audit_path(pp_audit *audit, const pp_image_record *record, const char **path, pp_error *err)
{
    if (!pp_audit_dicom_origin(record)) {
        *path = record->source;
        return PP_OK;
    }
    pp_code code = audit->inputs ? PP_OK : list_again(audit, err);
    if (code != PP_OK)
        return code;
    const char *origin = pp_audit_dicom_origin(record), *found = find_by_name(audit->inputs, record);
    if (found)
        *path = found;
    else if (*origin)
        code = pp_fail(err, PP_IO, "%s: is not found again in %s", record->path, origin);
    else
        code = pp_fail(err, PP_IO, "%s: is not found again, for where it lies was not kept; begin a new run", record->path);
    return code;
}
