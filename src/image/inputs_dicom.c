/* inputs_dicom.c - DICOM files among the inputs: each frame is an image, called by a hash, and files that hold none are left out. */
#include "base/digest.h"
#include "base/error.h"
#include "image/dicom.h"
#include "image/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the file can be found again, absolute; "" if it was named by itself: its own folder was not named, and is often a patient's. Links stay
 * as they are: what they point to was not named. *made: free(). */
static pp_code origin_of(char **made, const char *origin, pp_error *err)
{
    char *here = NULL;
    if (origin && *origin != '/' && !(here = getcwd(NULL, 0)))
        return pp_fail(err, PP_IO, "the folder this runs in cannot be named");
    size_t size = (origin ? strlen(origin) : 0) + (here ? strlen(here) : 0) + 2;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%s%s%s", here ? here : "", here ? "/" : "", origin ? origin : "");
    free(here);
    if (!joined)
        return pp_no_memory(err, "a path");
    *made = joined;
    return PP_OK;
}

static pp_code put_frame(pp_inputs *inputs, const char *file, const pp_dicom_summary *summary, size_t frame, const char *label,
                         const char *origin, pp_error *err)
{
    size_t size = strlen(file) + 24;
    char name[64], *path = malloc(size);
    if (!path)
        return pp_no_memory(err, "a path");
    if (summary->n_frames > 1) {
        snprintf(path, size, "%s#%zu", file, frame);
        snprintf(name, sizeof name, "dicom-%.16s-frame%zu", summary->id, frame);
    } else {
        snprintf(path, size, frame > 1 ? "%s#%zu" : "%s", file, frame); /* a frame that is not there is refused when it is decoded */
        snprintf(name, sizeof name, "dicom-%.16s", summary->id);
    }
    pp_code code = pp_inputs_put(inputs, path, name, origin, label, err);
    free(path);
    return code;
}

static pp_code leave_out(pp_inputs *inputs, const pp_dicom_summary *summary, pp_error *err)
{
    char note[300];
    snprintf(note, sizeof note, "dicom-%.16s: left out: %s", summary->id, summary->reason);
    return pp_inputs_leave_out(inputs, note, err);
}

pp_code pp_inputs_put_dicom(pp_inputs *inputs, const char *path, const char *label, const char *origin, bool in_folder, pp_error *err)
{
    pp_dicom_summary summary;
    char *file = NULL, *found_by = NULL;
    size_t frame;
    pp_code code = pp_dicom_split(&file, &frame, path, err);
    if (code == PP_OK)
        code = origin_of(&found_by, origin, err);
    if (code == PP_OK && pp_dicom_look(&summary, file, found_by, NULL) != PP_OK) /* decoding says why */
        summary = (pp_dicom_summary){ .id = "unreadable", .tells_patient = true };
    if (code == PP_OK && in_folder && *summary.reason) {
        code = leave_out(inputs, &summary, err);
    } else if (code == PP_OK) {
        const char *kept = summary.tells_patient ? "" : found_by;
        size_t first = frame ? frame : 1, last = frame || !summary.n_frames ? first : summary.n_frames;
        for (size_t i = first; code == PP_OK && i <= last; i++)
            code = put_frame(inputs, file, &summary, i, label, kept, err);
    }
    free(found_by);
    free(file);
    return code;
}

pp_code pp_inputs_put_missing(pp_inputs *inputs, const char *path, const char *label, pp_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "dicom-%.16s", pp_digest_of(NULL, 0, path, strlen(path)).hex);
    return pp_inputs_put(inputs, path, name, "", label, err);
}
