/* run_picture.c - the pictures of a run folder, as what is told of it needs them. */
#include "audit/folder.h"
#include "base/error.h"
#include "report/show.h"

static pp_code read_picture(pp_image **picture, const pp_run_record *run, const char *path, pp_error *err)
{
    pp_image *read = NULL;
    pp_code code = pp_image_read_png(&read, path, err);
    if (code == PP_OK && (read->width != run->width || read->height != run->height || read->channels != run->channels)) {
        code = pp_fail(err, PP_FORMAT, "%s: %dx%d with %d channel(s); the run's images are %dx%d with %d", path, read->width, read->height,
                       read->channels, run->width, run->height, run->channels);
        pp_image_free(read);
    }
    if (code == PP_OK)
        *picture = read;
    return code;
}

pp_code pp_run_original(pp_image **picture, const char *dir, const pp_run_rows *r, size_t image, pp_error *err)
{
    char *path = NULL;
    pp_code code = pp_folder_original(&path, dir, r->images[image].name, err);
    if (code == PP_OK)
        code = read_picture(picture, &r->run, path, err);
    free(path);
    return code;
}

pp_code pp_run_adversarial(pp_image **picture, const char *dir, const pp_run_rows *r, size_t image, pp_error *err)
{
    char *path = NULL;
    pp_code code = pp_folder_adversarial(&path, dir, r->images[image].name, err);
    if (code == PP_OK)
        code = read_picture(picture, &r->run, path, err);
    free(path);
    return code;
}
