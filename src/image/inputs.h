/* inputs.h - a list of inputs, between its parts and for an audit: what pinprick.h does not tell of it.
 *
 * A DICOM file's name may tell who the patient is, and so may its folder's. So a DICOM image has a name that is a hash, and where it lies
 * is known by its path in memory only; what may be written down is its origin. */
#ifndef PP_IMAGE_INPUTS_H
#define PP_IMAGE_INPUTS_H

#include "pinprick/pinprick.h"

/* Where a DICOM image can be found again by its name: the folder or CSV file that it came by, absolute; "" if that, too, tells who the patient
 * is, or if it was named by itself. NULL: not DICOM. Borrowed until pp_inputs_free. */
const char *pp_inputs_origin(const pp_inputs *inputs, size_t index);

/* *copy: the caller's, pp_inputs_free. What was left out is not copied. */
pp_code pp_inputs_copy(pp_inputs **copy, const pp_inputs *inputs, pp_error *err);

/* Adds one image. All texts are copied; name NULL: the path; origin NULL: not DICOM; label NULL: none. (inputs.c) */
pp_code pp_inputs_put(pp_inputs *inputs, const char *path, const char *name, const char *origin, const char *label, pp_error *err);

/* Notes what was left out, a line that is copied. (inputs.c) */
pp_code pp_inputs_leave_out(pp_inputs *inputs, const char *note, pp_error *err);

/* Adds the frames of a DICOM file, or the one that path names ("FILE#12"). One without an image is left out if it was found in a folder;
 * else it stays, and is refused when it is decoded. origin: as it was named; NULL: the file was named by itself. (inputs_dicom.c) */
pp_code pp_inputs_put_dicom(pp_inputs *inputs, const char *path, const char *label, const char *origin, bool in_folder, pp_error *err);

/* Adds one that pp_dicom_is_missing, called by a hash of its path; decoding it says what is wrong. (inputs_dicom.c) */
pp_code pp_inputs_put_missing(pp_inputs *inputs, const char *path, const char *label, pp_error *err);

#endif
