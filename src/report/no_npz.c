/* no_npz.c - npz.h for a library without image files, which has no libarchive either. */
#include "report/npz.h"

#include "base/error.h"

pp_code pp_npz_open(pp_npz **npz, const char *path, pp_error *err)
{
    *npz = NULL;
    return pp_fail(err, PP_IO, "%s: this build of pinprick writes no .npz files; use a build with libvips", path);
}

pp_code pp_npz_close(pp_npz *npz, pp_code code, pp_error *err)
{
    (void)npz, (void)err;
    return code;
}

pp_code pp_npz_begin(pp_npz *npz, const char *name, pp_npz_type type, const size_t *dims, size_t n_dims, pp_error *err)
{
    (void)npz, (void)name, (void)type, (void)dims, (void)n_dims, (void)err;
    return PP_IO;
}

pp_code pp_npz_write(pp_npz *npz, const void *items, size_t n_bytes, pp_error *err)
{
    (void)npz, (void)items, (void)n_bytes, (void)err;
    return PP_IO;
}

pp_code pp_npz_texts(pp_npz *npz, const char *name, const char *const *texts, size_t n, pp_error *err)
{
    (void)npz, (void)name, (void)texts, (void)n, (void)err;
    return PP_IO;
}
