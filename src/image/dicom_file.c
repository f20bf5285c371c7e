/* dicom_file.c - which files are DICOM. Told by content; a file of before 1993 has no mark, and only its name can tell. */
#include "base/error.h"
#include "image/dicom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_mark(const char *path)
{
    char mark[4];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    bool found = fseek(file, 128, SEEK_SET) == 0 && fread(mark, 1, sizeof mark, file) == sizeof mark && memcmp(mark, "DICM", 4) == 0;
    fclose(file);
    return found;
}

bool pp_dicom_is(const char *path)
{
    size_t n = strlen(path);
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) /* a pipe would be waited for without end */
        return false;
    bool named = (n >= 4 && strcasecmp(path + n - 4, ".dcm") == 0) || (n >= 6 && strcasecmp(path + n - 6, ".dicom") == 0);
    return named || has_mark(path);
}

bool pp_dicom_is_missing(const char *path)
{
    struct stat info;
    bool is_file = stat(path, &info) == 0 && S_ISREG(info.st_mode);
    return !is_file && (strcasestr(path, ".dcm") || strcasestr(path, ".dicom"));
}

/* Bytes of path before "#NUMBER", or all of it. */
static size_t before_number(const char *path, size_t *frame)
{
    const char *mark = strrchr(path, '#');
    size_t n = mark ? strspn(mark + 1, "0123456789") : 0;
    *frame = 0;
    if (n == 0 || n > 9 || mark[1 + n] || mark[1] == '0' || access(path, F_OK) == 0)
        return strlen(path);
    *frame = strtoul(mark + 1, NULL, 10);
    return (size_t)(mark - path);
}

pp_code pp_dicom_split(char **file, size_t *frame, const char *path, pp_error *err)
{
    size_t number, n = before_number(path, &number);
    char *made = malloc(n + 1);
    if (!made)
        return pp_no_memory(err, "a path");
    memcpy(made, path, n);
    made[n] = '\0';
    if (!pp_dicom_is(made)) {
        free(made);
        made = NULL;
    }
    *file = made;
    *frame = number;
    return PP_OK;
}

/* Mapped rather than read: a sequence may be larger than memory. */
pp_code pp_dicom_hash_file(char *hex, const char *path, pp_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    void *bytes = NULL;
    bool known = file >= 0 && fstat(file, &info) == 0;
    if (known && info.st_size > 0)
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    pp_code code = !known || bytes == MAP_FAILED ? pp_fail(err, PP_IO, "a DICOM file cannot be opened: %s", strerror(errno)) : PP_OK;
    if (code == PP_OK)
        memcpy(hex, pp_digest_of(NULL, 0, bytes, bytes ? (size_t)info.st_size : 0).hex, 65);
    if (code == PP_OK && bytes)
        munmap(bytes, (size_t)info.st_size);
    if (file >= 0)
        close(file);
    return code;
}
