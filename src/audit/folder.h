/* folder.h - where things lie in a run folder. */
#ifndef PP_AUDIT_FOLDER_H
#define PP_AUDIT_FOLDER_H

#include "pinprick/pinprick.h"

/* DIR/originals/NAME.png and DIR/adversarial/NAME.png. *path: the caller's, free(). */
pp_code pp_folder_original(char **path, const char *dir, const char *name, pp_error *err);
pp_code pp_folder_adversarial(char **path, const char *dir, const char *name, pp_error *err);

/* "NAME" of "folder/NAME.ending": what the PNGs of an image are called. */
void pp_folder_plain_name(char name[256], const char *path);

/* Copies a file through a temporary name. @return PP_OK, PP_IO, PP_MEMORY */
pp_code pp_folder_copy_file(const char *to, const char *from, pp_error *err);

/* Makes DIR, if it is not there; dir NULL: the first STEM-<n> that is not there. *made: the caller's, free(). */
pp_code pp_folder_make(char **made, const char *dir, const char *stem, pp_error *err);

/* Makes the two folders for pictures in it. What others have put there is not touched: PP_IO. */
pp_code pp_folder_make_inside(const char *dir, pp_error *err);

/* One process at a time writes a run. *lock: a descriptor to close; PP_IO if somebody else holds it. */
pp_code pp_folder_lock(int *lock, const char *dir, pp_error *err);

#endif
