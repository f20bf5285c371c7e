/* file.c - files that are whole: written under a temporary name beside the place, then renamed. */
#include "base/file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

pp_code pp_file_read(char **bytes, size_t *n, const char *path, pp_error *err)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) {
        pp_code code = pp_fail(err, PP_IO, "%s: cannot be opened: %s", path, strerror(errno));
        if (file)
            fclose(file);
        return code;
    }
    size_t size = (size_t)info.st_size;
    char *read = malloc(size + 1);
    pp_code code = read ? PP_OK : pp_no_memory(err, "a file");
    if (code == PP_OK && fread(read, 1, size, file) != size)
        code = pp_fail(err, PP_IO, "%s: cannot be read", path);
    fclose(file);
    if (code != PP_OK) {
        free(read);
        return code;
    }
    read[size] = '\0';
    *bytes = read;
    *n = size;
    return PP_OK;
}

static pp_code write_bytes(const char *path, const void *bytes, size_t n, pp_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return pp_fail(err, PP_IO, "%s: cannot be written: %s", path, strerror(errno));
    size_t done = 0;
    while (done < n) {
        ssize_t written = write(file, (const char *)bytes + done, n - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    bool whole = done == n && fsync(file) == 0;
    int reason = errno;
    if (close(file) != 0 && whole) {
        whole = false;
        reason = errno;
    }
    return whole ? PP_OK : pp_fail(err, PP_IO, "%s: cannot be written: %s", path, strerror(reason));
}

pp_code pp_file_settle(const char *part, const char *path, pp_code code, pp_error *err)
{
    if (code == PP_OK && rename(part, path) != 0)
        code = pp_fail(err, PP_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (code != PP_OK)
        unlink(part);
    return code;
}

pp_code pp_file_write(const char *path, const void *bytes, size_t n, pp_error *err)
{
    static const char ENDING[] = ".part";
    char *part = malloc(strlen(path) + sizeof ENDING);
    if (!part)
        return pp_no_memory(err, "a path");
    strcat(strcpy(part, path), ENDING);
    pp_code code = pp_file_settle(part, path, write_bytes(part, bytes, n, err), err);
    free(part);
    return code;
}

/* Whether the file lies in a folder of a run, originals/ or adversarial/. */
static bool is_in_run(const char *path)
{
    static const char DATABASE[] = "/../run.db";
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    char *database = malloc(n + sizeof DATABASE);
    if (!database)
        return true; /* rather not */
    memcpy(database, slash ? path : ".", n);
    strcpy(database + n, DATABASE);
    bool is_there = access(database, F_OK) == 0;
    free(database);
    return is_there;
}

pp_code pp_file_is_free(const char *path, pp_error *err)
{
    const char *name = strrchr(path, '/');
    bool is_there = access(path, F_OK) == 0;
    if (is_there && (strcmp(name ? name + 1 : path, "run.db") == 0 || is_in_run(path)))
        return pp_fail(err, PP_ARG, "%s: belongs to a run; name another place for what is to be written", path);
    return PP_OK;
}
