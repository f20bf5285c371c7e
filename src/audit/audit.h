/* audit.h - a run in a folder, between its parts: begin.c opens it, look.c looks at the
 * originals, which sources.c finds, audit.c attacks them. */
#ifndef PP_AUDIT_AUDIT_H
#define PP_AUDIT_AUDIT_H

#include "audit/shard.h"
#include "store/store.h"

#include <string.h>

struct pp_audit {
    char *dir;
    int lock;
    pp_store *store;
    pp_params *params;
    pp_model *model;
    pp_image *mask; /* where pixels may be changed; NULL: everywhere */
    pp_shard shard; /* whose images are attacked here */
    pp_image_record *images;
    size_t n_images;
    pp_inputs *inputs; /* DICOM images that are still to be looked at, found by their names; NULL: not looked for yet */
    /* while running */
    const pp_watch *watch;
    size_t n_finished, n_to_attack, n_unreadable, n_done_now;
    double started;       /* of the attacks of this go */
    pp_progress progress; /* of the image at hand */
};

static inline bool pp_audit_has_status(const pp_image_record *record, const char *status)
{
    return strcmp(record->status, status) == 0;
}

/* An audit of the run in dir that writes to a store of its own, a copy of the run's: what it does is to be brought back to the run
 * (ranks.c). store: given, also on failure. *audit: the caller's, pp_audit_free. (begin.c) */
pp_code pp_audit_open_copy(pp_audit **audit, const char *dir, pp_store *store, pp_error *err);
/* The rows of all images, from the store. (begin.c) */
pp_code pp_audit_load_images(pp_audit *audit, pp_error *err);

/* Chooses the engine on an image that is attacked and writes it down, once in a run. (audit.c) */
pp_code pp_audit_settle_engine(pp_audit *audit, const pp_image_record *record, pp_error *err);
/* Attacks an image that is "ready", verifies the result and writes it down. (audit.c) */
pp_code pp_audit_attack(pp_audit *audit, pp_image_record *record, pp_error *err);

/* What an image's source is called in run.db: its absolute path; of DICOM, whose path is not stored, where it was found. *source: the
 * caller's, free(). (sources.c) */
pp_code pp_audit_source(char **source, const pp_inputs *inputs, size_t index, pp_error *err);
/* The folder or list that a DICOM image was found by, "" if it was named itself. NULL: it is another image, and its source is its path. (sources.c) */
const char *pp_audit_dicom_origin(const pp_image_record *record);
/* The same, if that place was kept and no image before the i-th was found there; else NULL. (sources.c) */
const char *pp_audit_new_origin(const pp_image_record *images, size_t i);
/* Where an image can be read now. *path: borrowed from audit. PP_IO: a DICOM file is not found again. (sources.c) */
pp_code pp_audit_path(pp_audit *audit, const pp_image_record *record, const char **path, pp_error *err);

/* The absolute path if there is such a file, else the path as it is. *full: the caller's, free(). (sources.c) */
pp_code pp_audit_full_path(char **full, const char *path, pp_error *err);

/* Looks at an original that is "pending" and writes down what was seen. (look.c) */
pp_code pp_audit_look(pp_audit *audit, pp_image_record *record, pp_error *err);
/* Decodes the file. A message names the image as the user did, not by its absolute path. *image: the caller's. (look.c) */
pp_code pp_audit_load_source(pp_audit *audit, const pp_image_record *record, pp_image **image, pp_error *err);
/* Whether a row can be of an image and this model: a hand may have altered it. (look.c) */
bool pp_audit_row_fits(const pp_image_record *record, const pp_model *model);
pp_code pp_audit_set_status(pp_image_record *record, const char *status, pp_error *err);

/* Tells whoever watches; what: of pp_progress. (audit.c) */
void pp_audit_tell(pp_audit *audit, int what, const pp_image_record *record, pp_status status, const char *note);

/* A copy, with the paths of files made absolute. *copy: the caller's, pp_params_free. (begin.c) */
pp_code pp_audit_copy_params(pp_params **copy, const pp_params *params, pp_error *err);

/* Whether an option says how the machine is used, and changes no result. (begin.c) */
bool pp_audit_is_of_the_machine(const char *option);

/* Whether an option's text is the path of a file. (begin.c) */
bool pp_audit_names_file(const char *option);

/* Whether the masks are those that a run began with. PP_MISMATCH: not. (begin.c) */
pp_code pp_audit_check_mask(const pp_image *mask, const pp_params *params, const pp_run_record *run, pp_error *err);

/* How the model's input is made, as it is stored and compared. (begin.c) */
void pp_preprocessing_text(const pp_model *model, char text[600]);

#endif
