/* union.c - the images of several runs as one list. An image is the same if its path is, as it was given; what was seen of it must then
 * be the same, too. */
#include "audit/union.h"

#include "base/array.h"
#include "base/error.h"

#include <search.h>
#include <string.h>

/* Node of the tree: the first image of a path. */
typedef struct path_node {
    const char *path; /* borrowed from the key, or from the image */
    size_t index;
} path_node;

static int by_path(const void *left, const void *right)
{
    return strcmp(((const path_node *)left)->path, ((const path_node *)right)->path);
}

void pp_union_clear(pp_union *all)
{
    tdestroy(all->by_path, free);
    for (size_t i = 0; i < all->n; i++) {
        pp_union_image *image = &all->images[i];
        free(image->path);
        free(image->source);
        free(image->label);
        free(image->sha256);
    }
    free(all->images);
    *all = (pp_union){ 0 };
}

/* How much a row says: nothing yet; that the file cannot be read (here); that it can; all. */
static int rank_of(const char *status)
{
    if (strcmp(status, "pending") == 0 || strcmp(status, "elsewhere") == 0)
        return 0;
    if (strcmp(status, "unreadable") == 0)
        return 1;
    return strcmp(status, "ready") == 0 ? 2 : 3;
}

/* A copy of a text that may be NULL. */
static bool copy_text(char **copy, const char *text)
{
    if (!text)
        return true;
    *copy = pp_array_new(strlen(text) + 1, 1);
    return *copy && strcpy(*copy, text);
}

/* The path must be known to the tree, or is the first of its kind. */
static bool append(pp_union *all, size_t *index, const char *dir, const pp_image_record *record)
{
    if (pp_array_grow((void **)&all->images, &all->capacity, all->n + 1, sizeof *all->images) != 0)
        return false;
    pp_union_image *image = &all->images[all->n];
    *image = (pp_union_image){ .first = dir, .label_class = record->label_class, .rank = -1 };
    *index = all->n++;
    return copy_text(&image->path, record->path) && copy_text(&image->source, record->source) && copy_text(&image->label, record->label);
}

static bool plant(pp_union *all, size_t index)
{
    path_node *node = pp_array_new(1, sizeof *node);
    if (!node)
        return false;
    *node = (path_node){ all->images[index].path, index };
    bool planted = tsearch(node, &all->by_path, by_path) != NULL;
    if (!planted)
        free(node);
    return planted;
}

/* The image that a row of this run is of: its path, and not yet named by this run. A new one if there is none. */
static bool find_or_append(pp_union *all, size_t *index, size_t part, const char *dir, const pp_image_record *record)
{
    const path_node key = { .path = record->path };
    path_node *const *node = tfind(&key, &all->by_path, by_path);
    if (!node)
        return append(all, index, dir, record) && plant(all, *index);
    size_t i = (*node)->index;
    for (; all->images[i].n_seen && all->images[i].last_seen == part; i = all->images[i].next_twin)
        if (all->images[i].next_twin == 0) {
            bool appended = append(all, index, dir, record);
            if (appended)
                all->images[i].next_twin = *index;
            return appended;
        }
    *index = i;
    return true;
}

static bool differ(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) != 0 : one != other;
}

static pp_code check(const pp_union_image *image, const char *dir, const pp_image_record *record, pp_error *err)
{
    if (image->sha256 && record->sha256 && strcmp(image->sha256, record->sha256) != 0)
        return pp_fail(err, PP_MISMATCH, "%s: cannot be merged with %s: %s is another image there", dir, image->first, record->path);
    if (differ(image->label, record->label) || image->label_class != record->label_class)
        return pp_fail(err, PP_MISMATCH, "%s: cannot be merged with %s: %s has label %s, not %s", dir, image->first, record->path,
                       record->label ? record->label : "none", image->label ? image->label : "none");
    return PP_OK;
}

pp_code pp_union_add(pp_union *all, size_t part, const char *dir, const pp_image_record *records, size_t n, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        size_t index;
        if (!find_or_append(all, &index, part, dir, &records[i]))
            return pp_no_memory(err, "a list of images");
        pp_union_image *image = &all->images[index];
        code = check(image, dir, &records[i], err);
        if (code == PP_OK && !image->sha256 && !copy_text(&image->sha256, records[i].sha256))
            return pp_no_memory(err, "a list of images");
        image->n_seen++;
        image->last_seen = part;
        int rank = rank_of(records[i].status);
        if (rank > image->rank) {
            image->rank = rank;
            image->part = part;
            image->id = records[i].id;
        }
    }
    return code;
}
