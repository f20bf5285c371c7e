/* inputs.c - the files to work on: from files, folders, CSV lists (by libcsv) and standard input, each with a label or none.
 * Whether a file is an image is found out when it is decoded. DICOM files are looked into (inputs_dicom.c). */
#include "base/array.h"
#include "base/error.h"
#include "image/dicom.h"
#include "image/inputs.h"

#include <csv.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef struct entry {
    char *path, *label;   /* label: NULL where none is known */
    char *name, *origin;  /* of DICOM; else NULL */
} entry;

struct pp_inputs {
    entry *entries;
    size_t n, capacity;
    char **left_out; /* notes */
    size_t n_left_out, left_out_capacity;
};

static pp_code add_folder(pp_inputs *inputs, const char *path, pp_error *err);
static pp_code add_csv(pp_inputs *inputs, const char *path, pp_error *err);
static pp_code add_list(pp_inputs *inputs, FILE *list, pp_error *err);

pp_code pp_inputs_new(pp_inputs **inputs, pp_error *err)
{
    pp_inputs *made = pp_array_new(1, sizeof *made);
    if (!made)
        return pp_no_memory(err, "a list of images");
    *inputs = made;
    return PP_OK;
}

static void drop_entries(pp_inputs *inputs, size_t from)
{
    for (size_t i = from; i < inputs->n; i++) {
        free(inputs->entries[i].path);
        free(inputs->entries[i].label);
        free(inputs->entries[i].name);
        free(inputs->entries[i].origin);
    }
    inputs->n = from;
}

static void drop_notes(pp_inputs *inputs, size_t from)
{
    while (inputs->n_left_out > from)
        free(inputs->left_out[--inputs->n_left_out]);
}

void pp_inputs_free(pp_inputs *inputs)
{
    if (!inputs)
        return;
    drop_entries(inputs, 0);
    drop_notes(inputs, 0);
    free(inputs->entries);
    free(inputs->left_out);
    free(inputs);
}

size_t pp_inputs_count(const pp_inputs *inputs)
{
    return inputs->n;
}

const char *pp_inputs_path(const pp_inputs *inputs, size_t index)
{
    return inputs->entries[index].path;
}

const char *pp_inputs_label(const pp_inputs *inputs, size_t index)
{
    return inputs->entries[index].label;
}

const char *pp_inputs_name(const pp_inputs *inputs, size_t index)
{
    const entry *asked = &inputs->entries[index];
    return asked->name ? asked->name : asked->path;
}

const char *pp_inputs_origin(const pp_inputs *inputs, size_t index)
{
    return inputs->entries[index].origin;
}

const char *pp_inputs_left_out(const pp_inputs *inputs, size_t index)
{
    return index < inputs->n_left_out ? inputs->left_out[index] : NULL;
}

static char *copy_text(const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

/* Copies text, which may be NULL. @return false: no memory */
static bool copy_if_any(char **copy, const char *text)
{
    *copy = text ? copy_text(text, strlen(text)) : NULL;
    return *copy || !text;
}

pp_code pp_inputs_put(pp_inputs *inputs, const char *path, const char *name, const char *origin, const char *label, pp_error *err)
{
    if (pp_array_grow((void **)&inputs->entries, &inputs->capacity, inputs->n + 1, sizeof *inputs->entries) != 0)
        return pp_no_memory(err, "a list of images");
    entry *made = &inputs->entries[inputs->n++];
    *made = (entry){ 0 };
    if (copy_if_any(&made->path, path) && copy_if_any(&made->name, name) && copy_if_any(&made->origin, origin) &&
        copy_if_any(&made->label, label))
        return PP_OK;
    drop_entries(inputs, inputs->n - 1);
    return pp_no_memory(err, "a list of images");
}

pp_code pp_inputs_copy(pp_inputs **copy, const pp_inputs *inputs, pp_error *err)
{
    pp_inputs *made;
    pp_code code = pp_inputs_new(&made, err);
    if (code != PP_OK)
        return code;
    for (size_t i = 0; code == PP_OK && i < inputs->n; i++) {
        const entry *from = &inputs->entries[i];
        code = pp_inputs_put(made, from->path, from->name, from->origin, from->label, err);
    }
    if (code != PP_OK) {
        pp_inputs_free(made);
        return code;
    }
    *copy = made;
    return PP_OK;
}

pp_code pp_inputs_leave_out(pp_inputs *inputs, const char *note, pp_error *err)
{
    if (pp_array_grow((void **)&inputs->left_out, &inputs->left_out_capacity, inputs->n_left_out + 1, sizeof *inputs->left_out) != 0 ||
        !(inputs->left_out[inputs->n_left_out] = copy_text(note, strlen(note))))
        return pp_no_memory(err, "a list of images");
    inputs->n_left_out++;
    return PP_OK;
}

/* origin: what named the file; NULL: itself. found: in a folder, not by name. */
static pp_code add_file(pp_inputs *inputs, const char *path, const char *label, const char *origin, bool found, pp_error *err)
{
    char *dicom = NULL;
    size_t frame;
    pp_code code = pp_dicom_split(&dicom, &frame, path, err);
    if (code == PP_OK && dicom)
        code = pp_inputs_put_dicom(inputs, path, label, origin, found, err);
    else if (code == PP_OK && pp_dicom_is_missing(path))
        code = pp_inputs_put_missing(inputs, path, label, err);
    else if (code == PP_OK)
        code = pp_inputs_put(inputs, path, NULL, NULL, label, err);
    free(dicom);
    return code;
}

/* Whether there is a file of this name, or a frame of one. errno says why not. */
static bool is_there(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return true;
    int why = errno;
    char *file = NULL;
    size_t frame;
    bool is_frame = pp_dicom_split(&file, &frame, path, NULL) == PP_OK && file;
    free(file);
    errno = why;
    return is_frame;
}

static bool ends_with(const char *path, const char *ending)
{
    size_t n_path = strlen(path), n_ending = strlen(ending);
    return n_path >= n_ending && strcasecmp(path + n_path - n_ending, ending) == 0;
}

pp_code pp_inputs_add(pp_inputs *inputs, const char *path, pp_error *err)
{
    struct stat info;
    size_t before = inputs->n, notes_before = inputs->n_left_out;
    pp_code code;
    if (strcmp(path, "-") == 0)
        code = add_list(inputs, stdin, err);
    else if (!is_there(path))
        code = pp_fail(err, PP_IO, "%s: cannot be opened: %s", path, strerror(errno));
    else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        code = add_folder(inputs, path, err);
    else if (ends_with(path, ".csv"))
        code = add_csv(inputs, path, err);
    else
        code = add_file(inputs, path, NULL, NULL, false, err);
    if (code != PP_OK) {
        drop_entries(inputs, before);
        drop_notes(inputs, notes_before);
    }
    return code;
}

/* ---- Folders ----------------------------------------------------------------------------------------------------- */

/* By its ending, or a DICOM file, which often has none. */
static bool is_image_file(const char *name, const char *path)
{
    static const char *const ENDINGS[] = { ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".pgm", ".ppm", ".pnm" };
    if (*name == '.')
        return false;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (ends_with(name, ENDINGS[i]))
            return true;
    return pp_dicom_is(path);
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* An image in a folder below the named one is labelled with its folder's name. */
static pp_code add_found(pp_inputs *inputs, const FTSENT *found, const char *root, pp_error *err)
{
    const FTSENT *parent = found->fts_parent;
    const char *label = found->fts_level > 1 ? parent->fts_name : NULL;
    return add_file(inputs, found->fts_path, label, root, true, err);
}

static pp_code add_folder(pp_inputs *inputs, const char *path, pp_error *err)
{
    size_t before = inputs->n;
    pp_code code = PP_OK;
    char *root = copy_text(path, strlen(path));
    if (!root)
        return pp_no_memory(err, "a path");
    for (size_t n = strlen(root); n > 1 && root[n - 1] == '/'; n--)
        root[n - 1] = '\0';
    char *roots[] = { root, NULL };
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!walk)
        code = pp_fail(err, PP_IO, "%s: cannot be opened: %s", path, strerror(errno));
    for (FTSENT *found; code == PP_OK && (found = fts_read(walk));) {
        if (found->fts_info == FTS_D && found->fts_level > 0 && *found->fts_name == '.')
            fts_set(walk, found, FTS_SKIP);
        else if (found->fts_info == FTS_DNR)
            code = pp_fail(err, PP_IO, "%s: cannot be opened: %s", found->fts_path, strerror(found->fts_errno));
        else if (found->fts_info == FTS_F && is_image_file(found->fts_name, found->fts_path))
            code = add_found(inputs, found, root, err);
    }
    if (walk)
        fts_close(walk);
    free(root);
    if (code == PP_OK && inputs->n == before)
        code = pp_fail(err, PP_IO, "%s: no images in this folder (png, jpg, tif, webp, bmp, pgm, DICOM)", path);
    return code;
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

/* A CSV file on its way through libcsv. Columns are counted from 0; -1: not there. */
typedef struct csv_reading {
    pp_inputs *inputs;
    const char *path;
    size_t n_folder;                /* bytes of path that name its folder, slash included */
    size_t row, column;             /* row 0 is the header */
    size_t path_column, label_column;
    bool has_path, has_label;
    char *path_cell, *label_cell;
    char header[200];               /* for a message */
    pp_code code;
    pp_error *err;
} csv_reading;

static void take_header(csv_reading *reading, const char *text)
{
    size_t used = strlen(reading->header);
    snprintf(reading->header + used, sizeof reading->header - used, "%s%s", reading->column ? ", " : "", text);
    if (strcasecmp(text, "path") == 0) {
        reading->has_path = true;
        reading->path_column = reading->column;
    } else if (strcasecmp(text, "label") == 0) {
        reading->has_label = true;
        reading->label_column = reading->column;
    }
}

static void take_cell(void *data, size_t n, void *user)
{
    csv_reading *reading = user;
    char *text = copy_text(data ? data : "", data ? n : 0);
    if (!text && reading->code == PP_OK)
        reading->code = pp_no_memory(reading->err, "a CSV file");
    if (text && reading->row == 0)
        take_header(reading, text);
    char **cell = reading->row == 0                                                  ? NULL
                  : reading->has_path && reading->column == reading->path_column     ? &reading->path_cell
                  : reading->has_label && reading->column == reading->label_column   ? &reading->label_cell
                                                                                     : NULL;
    if (cell)
        *cell = text;
    else
        free(text);
    reading->column++;
}

/* The image of a row: its path is relative to the CSV file's folder. */
static pp_code add_listed(csv_reading *reading, const char *label)
{
    size_t n_folder = *reading->path_cell == '/' ? 0 : reading->n_folder, size = n_folder + strlen(reading->path_cell) + 1;
    char *path = malloc(size);
    if (!path)
        return pp_no_memory(reading->err, "a path");
    snprintf(path, size, "%.*s%s", (int)n_folder, reading->path, reading->path_cell);
    pp_code code = add_file(reading->inputs, path, label, reading->path, false, reading->err);
    free(path);
    return code;
}

static void end_row(int character, void *user)
{
    (void)character;
    csv_reading *reading = user;
    const char *label = reading->label_cell && *reading->label_cell ? reading->label_cell : NULL;
    if (reading->code == PP_OK && reading->row == 0 && !reading->has_path)
        reading->code = pp_fail(reading->err, PP_FORMAT, "%s: no column 'path'; its first line names %s", reading->path,
                                reading->header);
    else if (reading->code == PP_OK && reading->row > 0 && (!reading->path_cell || !*reading->path_cell ||
                                                            (reading->has_label && !reading->label_cell)))
        reading->code = pp_fail(reading->err, PP_FORMAT, "%s: row %zu: expected a path%s", reading->path, reading->row + 1,
                                reading->has_label ? " and a label" : "");
    else if (reading->code == PP_OK && reading->row > 0)
        reading->code = add_listed(reading, label);
    free(reading->path_cell);
    free(reading->label_cell);
    reading->path_cell = reading->label_cell = NULL;
    reading->row++;
    reading->column = 0;
}

/* Spreadsheets put a byte order mark before the first cell, quoted or not. */
static size_t byte_order_mark(const char *bytes, size_t n)
{
    return n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static pp_code parse_csv(csv_reading *reading, FILE *file)
{
    struct csv_parser parser;
    char bytes[4096];
    size_t n;
    if (csv_init(&parser, CSV_APPEND_NULL) != 0)
        return pp_no_memory(reading->err, "a CSV file");
    for (bool first = true; reading->code == PP_OK && (n = fread(bytes, 1, sizeof bytes, file)) > 0; first = false) {
        size_t mark = first ? byte_order_mark(bytes, n) : 0;
        if (csv_parse(&parser, bytes + mark, n - mark, take_cell, end_row, reading) != n - mark && reading->code == PP_OK)
            reading->code = pp_fail(reading->err, PP_FORMAT, "%s: cannot be read as CSV: %s", reading->path,
                                    csv_strerror(csv_error(&parser)));
    }
    if (reading->code == PP_OK)
        csv_fini(&parser, take_cell, end_row, reading);
    csv_free(&parser);
    free(reading->path_cell);
    free(reading->label_cell);
    return reading->code;
}

static pp_code add_csv(pp_inputs *inputs, const char *path, pp_error *err)
{
    const char *slash = strrchr(path, '/');
    csv_reading reading = { .inputs = inputs, .path = path, .n_folder = slash ? (size_t)(slash - path) + 1 : 0, .err = err };
    size_t before = inputs->n;
    FILE *file = fopen(path, "rb");
    if (!file)
        return pp_fail(err, PP_IO, "%s: cannot be opened: %s", path, strerror(errno));
    pp_code code = parse_csv(&reading, file);
    fclose(file);
    if (code == PP_OK && inputs->n == before)
        code = pp_fail(err, PP_FORMAT, "%s: names no image; expected a line 'path,label' and one line for each image", path);
    return code;
}

/* ---- A list on standard input ------------------------------------------------------------------------------------ */

static pp_code add_list(pp_inputs *inputs, FILE *list, pp_error *err)
{
    char *line = NULL;
    size_t room = 0, before = inputs->n;
    ssize_t n;
    pp_code code = PP_OK;
    while (code == PP_OK && (n = getline(&line, &room, list)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n > 0)
            code = add_file(inputs, line, NULL, NULL, false, err);
    }
    free(line);
    if (code == PP_OK && inputs->n == before)
        code = pp_fail(err, PP_FORMAT, "standard input: names no image; expected one path a line");
    return code;
}
