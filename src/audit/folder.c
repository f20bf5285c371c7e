/* folder.c - where things lie in a run folder. */
#include "audit/folder.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static pp_code join(char **path, const char *dir, const char *folder, const char *name, const char *ending, pp_error *err)
{
    size_t size = strlen(dir) + strlen(folder) + strlen(name) + strlen(ending) + 3;
    char *made = malloc(size);
    if (!made)
        return pp_no_memory(err, "a path");
    snprintf(made, size, "%s/%s%s%s%s", dir, folder, *name ? "/" : "", name, ending);
    *path = made;
    return PP_OK;
}

pp_code pp_folder_original(char **path, const char *dir, const char *name, pp_error *err)
{
    return join(path, dir, "originals", name, ".png", err);
}

pp_code pp_folder_adversarial(char **path, const char *dir, const char *name, pp_error *err)
{
    return join(path, dir, "adversarial", name, ".png", err);
}

void pp_folder_plain_name(char name[256], const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(name, 256, "%.200s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
}

pp_code pp_folder_copy_file(const char *to, const char *from, pp_error *err)
{
    char *bytes = NULL;
    size_t n;
    pp_code code = pp_file_read(&bytes, &n, from, err);
    if (code == PP_OK)
        code = pp_file_write(to, bytes, n, err);
    free(bytes);
    return code;
}

static pp_code cannot_make(const char *path, pp_error *err)
{
    return pp_fail(err, PP_IO, "%s: cannot make the folder: %s", path, strerror(errno));
}

static pp_code make_dir(const char *path, pp_error *err)
{
    struct stat info;
    if (mkdir(path, 0777) == 0)
        return PP_OK;
    if (errno != EEXIST)
        return cannot_make(path, err);
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return pp_fail(err, PP_IO, "%s: is a file, not a folder", path);
    return PP_OK;
}

/* A folder for the run's pictures. One that is there already must be empty: what lies in it is not ours to overwrite. */
static pp_code make_one_inside(const char *dir, const char *folder, pp_error *err)
{
    char *path = NULL;
    pp_code code = join(&path, dir, folder, "", "", err);
    if (code != PP_OK)
        return code;
    if (mkdir(path, 0777) != 0 && (errno != EEXIST || rmdir(path) != 0 || mkdir(path, 0777) != 0)) {
        bool filled = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
        code = filled ? pp_fail(err, PP_IO, "%s: is there already, and not empty; say another --out", path) : cannot_make(path, err);
    }
    free(path);
    return code;
}

/* The first STEM-<n> that can be made: another process may be looking for one too. */
static pp_code make_numbered(char name[64], const char *stem, pp_error *err)
{
    for (int n = 1; n < 1000000; n++) {
        snprintf(name, 64, "%.40s-%d", stem, n);
        if (mkdir(name, 0777) == 0)
            return PP_OK;
        if (errno != EEXIST)
            return pp_fail(err, PP_IO, "%s: cannot make the folder: %s; say --out DIR", name, strerror(errno));
    }
    return pp_fail(err, PP_IO, "a million run folders here: say --out DIR");
}

pp_code pp_folder_make(char **made, const char *dir, const char *stem, pp_error *err)
{
    char numbered[64];
    pp_code code = dir ? make_dir(dir, err) : make_numbered(numbered, stem, err);
    if (code != PP_OK)
        return code;
    const char *name = dir ? dir : numbered;
    char *copy = malloc(strlen(name) + 1);
    if (!copy)
        return pp_no_memory(err, "a path");
    *made = strcpy(copy, name);
    return PP_OK;
}

pp_code pp_folder_make_inside(const char *dir, pp_error *err)
{
    pp_code code = make_one_inside(dir, "originals", err);
    return code == PP_OK ? make_one_inside(dir, "adversarial", err) : code;
}

pp_code pp_folder_lock(int *lock, const char *dir, pp_error *err)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return pp_fail(err, PP_IO, "%s: cannot be opened as a run folder: %s", dir, strerror(errno));
    if (flock(folder, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(folder);
        return pp_fail(err, PP_IO, "%s: another pinprick is working on this run", dir);
    }
    *lock = folder; /* file systems that know no locks are taken as they are */
    return PP_OK;
}
