/* file.h - files that are whole, or what they were before. */
#ifndef PP_BASE_FILE_H
#define PP_BASE_FILE_H

#include "pinprick/pinprick.h"

/* Reads a whole file. *bytes: the caller's, free(); a 0 stands behind the n bytes. @return PP_OK; PP_IO; PP_MEMORY */
pp_code pp_file_read(char **bytes, size_t *n, const char *path, pp_error *err);

/* Writes n bytes through PATH.part. @return PP_OK; PP_IO: the file is what it was before; PP_MEMORY */
pp_code pp_file_write(const char *path, const void *bytes, size_t n, pp_error *err);

/* What was written under another name comes to its place if code is PP_OK; else, or where that cannot be, it is removed. @return code; PP_IO */
pp_code pp_file_settle(const char *part, const char *path, pp_code code, pp_error *err);

/* Whether what a user wants written there would replace a run's own files: its run.db, or a picture of it. @return PP_OK; PP_ARG */
pp_code pp_file_is_free(const char *path, pp_error *err);

#endif
