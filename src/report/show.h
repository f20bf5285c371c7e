/* show.h - the rows of a run folder, between the forms in which they are told: show_table.c, show_csv.c, show_json.c. */
#ifndef PP_REPORT_SHOW_H
#define PP_REPORT_SHOW_H

#include "image/image.h"
#include "report/format.h"
#include "report/summary.h"

/* A run folder's rows. attack_of: for each image the attack on it, or NULL. */
typedef struct pp_run_rows {
    pp_run_record run;
    char *constraints; /* as they were said: "--gray --spacing 3"; "" if none were */
    pp_image_record *images;
    pp_attack_record *attacks;
    const pp_attack_record **attack_of; /* n_images */
    size_t n_images, n_attacks;
    size_t n_elsewhere; /* images of other parts, behind the n_images in the array */
    pp_summary summary;
    json_t *class_names;
} pp_run_rows;

/* rows: all zero before; pp_run_rows_clear it, also on failure. @return as pp_show */
pp_code pp_run_rows_read(pp_run_rows *rows, const char *dir, pp_error *err);
void pp_run_rows_clear(pp_run_rows *rows);

bool pp_run_is_noise(const pp_run_rows *r);
const char *pp_run_class_name(const pp_run_rows *r, int index);
/* Probability of what the classifier says of an original; NAN where it was not asked. */
double pp_run_p_original(const pp_run_rows *r, size_t image);
/* Of the path of the first image, how much is the folder that all are in. */
size_t pp_run_shared_folder(const pp_run_rows *r);
/* Whether an image was attacked and flipped. */
bool pp_run_flipped(const pp_run_rows *r, size_t image);

/* The saved original of an image, and the adversarial image of one that flipped, of the run's size and channels. dir: the run's folder. *picture:
 * the caller's, pp_image_free. @return PP_OK; PP_IO, PP_FORMAT: it is not there, or not what it should be; PP_MEMORY */
pp_code pp_run_original(pp_image **picture, const char *dir, const pp_run_rows *r, size_t image, pp_error *err);
pp_code pp_run_adversarial(pp_image **picture, const char *dir, const pp_run_rows *r, size_t image, pp_error *err);

/* The columns of CSV, and the line of one image, both without an end of line. */
void pp_show_csv_header(FILE *out);
void pp_show_csv_image(const pp_run_rows *r, size_t image, FILE *out);

/* pp_writers: what is a pp_run_rows. */
pp_code pp_show_table(const void *what, FILE *out, pp_error *err);
pp_code pp_show_csv(const void *what, FILE *out, pp_error *err);
json_t *pp_show_json(const pp_run_rows *r);
/* Whether an image is one of those that pp_show_json lists. */
bool pp_show_lists(const pp_run_rows *r, size_t image);

#endif
