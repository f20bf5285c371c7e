/* npz.c - arrays as numpy.load reads them. The ZIP file is libarchive's; the header of an array (NumPy's format 1.0) is ours. */
#include "report/npz.h"

#include "base/array.h"
#include "base/error.h"
#include "base/file.h"
#include "report/format.h"

#include <archive.h>
#include <archive_entry.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER "<"
#define UCS_4 "UCS-4LE"
#else
#define ORDER ">"
#define UCS_4 "UCS-4BE"
#endif

enum { HEADER = 256, PREFIX = 10 /* bytes before the header's text */, ALIGNED = 64 };

struct pp_npz {
    struct archive *zip;
    char *path, *part;
};

static const struct { const char *descr; size_t size; } TYPES[] = {
    { "|u1", 1 }, { "|b1", 1 }, { ORDER "i4", 4 }, { ORDER "i8", 8 }, { ORDER "f8", 8 },
};

static pp_code cannot_write(const pp_npz *npz, pp_error *err)
{
    int reason = archive_errno(npz->zip); /* the system's, or below 0 libarchive's own */
    const char *why = reason > 0 ? strerror(reason) : archive_error_string(npz->zip);
    return pp_fail(err, PP_IO, "%s: cannot be written: %s", npz->path, why ? why : "libarchive does not say why");
}

static void free_npz(pp_npz *npz)
{
    if (npz->zip)
        archive_write_free(npz->zip);
    free(npz->path);
    free(npz->part);
    free(npz);
}

pp_code pp_npz_open(pp_npz **npz, const char *path, pp_error *err)
{
    pp_npz *made = pp_array_new(1, sizeof *made);
    size_t size = strlen(path) + sizeof ".part";
    if (!made)
        return pp_no_memory(err, "arrays");
    made->zip = archive_write_new();
    made->path = strdup(path);
    made->part = malloc(size);
    pp_code code = made->zip && made->path && made->part ? PP_OK : pp_no_memory(err, "arrays");
    if (code == PP_OK) {
        snprintf(made->part, size, "%s.part", path);
        if (archive_write_set_format_zip(made->zip) != ARCHIVE_OK || archive_write_open_filename(made->zip, made->part) != ARCHIVE_OK)
            code = cannot_write(made, err);
    }
    if (code != PP_OK) {
        free_npz(made);
        return code;
    }
    *npz = made;
    return PP_OK;
}

pp_code pp_npz_close(pp_npz *npz, pp_code code, pp_error *err)
{
    if (code == PP_OK && archive_write_close(npz->zip) != ARCHIVE_OK)
        code = cannot_write(npz, err);
    if (code != PP_OK)
        archive_write_fail(npz->zip);
    code = pp_file_settle(npz->part, npz->path, code, err);
    free_npz(npz);
    return code;
}

/* ---- An array ---------------------------------------------------------------------------------------------------- */

/* Magic bytes, version 1.0, the length of the rest, and a Python dictionary that ends where the items begin, on a multiple of 64. @return size */
static size_t make_header(char header[HEADER], const char *descr, const size_t *dims, size_t n_dims)
{
    size_t n = PREFIX;
    n += (size_t)snprintf(header + n, HEADER - n, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (size_t i = 0; i < n_dims; i++)
        n += (size_t)snprintf(header + n, HEADER - n, "%zu,%s", dims[i], i + 1 < n_dims ? " " : "");
    n += (size_t)snprintf(header + n, HEADER - n, "), }");
    while ((n + 1) % ALIGNED)
        header[n++] = ' ';
    header[n++] = '\n';
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)((n - PREFIX) & 255);
    header[9] = (char)((n - PREFIX) >> 8);
    return n;
}

static pp_code begin(pp_npz *npz, const char *name, const char *descr, size_t item_size, const size_t *dims, size_t n_dims, pp_error *err)
{
    char header[HEADER], file[100];
    size_t n_bytes = item_size, n_header = make_header(header, descr, dims, n_dims);
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return pp_no_memory(err, "arrays");
    for (size_t i = 0; i < n_dims; i++)
        n_bytes *= dims[i];
    snprintf(file, sizeof file, "%s.npy", name);
    archive_entry_set_pathname(entry, file);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)(n_header + n_bytes));
    archive_entry_set_mtime(entry, 0, 0); /* the same arrays give the same file */
    int done = archive_write_header(npz->zip, entry);
    archive_entry_free(entry);
    return done == ARCHIVE_OK ? pp_npz_write(npz, header, n_header, err) : cannot_write(npz, err);
}

pp_code pp_npz_begin(pp_npz *npz, const char *name, pp_npz_type type, const size_t *dims, size_t n_dims, pp_error *err)
{
    return begin(npz, name, TYPES[type].descr, TYPES[type].size, dims, n_dims, err);
}

pp_code pp_npz_write(pp_npz *npz, const void *items, size_t n_bytes, pp_error *err)
{
    if (n_bytes == 0)
        return PP_OK;
    return archive_write_data(npz->zip, items, n_bytes) == (la_ssize_t)n_bytes ? PP_OK : cannot_write(npz, err);
}

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

enum { CHARACTER = 4 /* bytes */ };

/* Characters of a text as 4 bytes each, at most size bytes. @return bytes */
static size_t convert(char *out, size_t size, const char *text)
{
    json_t *mended = pp_json_string(text ? text : "");
    const char *shown = mended ? json_string_value(mended) : "";
    char *in = (char *)(uintptr_t)shown, *end = out;
    size_t n_in = strlen(shown), n_left = size;
    iconv_t converter = iconv_open(UCS_4, "UTF-8");
    if (converter != (iconv_t)-1) {
        iconv(converter, &in, &n_in, &end, &n_left);
        iconv_close(converter);
    }
    json_decref(mended);
    return (size_t)(end - out);
}

/* Room for the longest: no text has more characters than bytes, U+FFFD for each included. */
static size_t longest_of(const char *const *texts, size_t n)
{
    size_t longest = 1;
    for (size_t i = 0; i < n; i++)
        if (texts[i] && strlen(texts[i]) > longest)
            longest = strlen(texts[i]);
    return longest;
}

pp_code pp_npz_texts(pp_npz *npz, const char *name, const char *const *texts, size_t n, pp_error *err)
{
    char descr[32];
    size_t longest = longest_of(texts, n), size = CHARACTER * longest;
    char *row = pp_array_new(longest, CHARACTER);
    if (!row)
        return pp_no_memory(err, "arrays");
    snprintf(descr, sizeof descr, ORDER "U%zu", longest);
    pp_code code = begin(npz, name, descr, size, &n, 1, err);
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        memset(row, 0, size);
        convert(row, size, texts[i]);
        code = pp_npz_write(npz, row, size, err);
    }
    free(row);
    return code;
}
