/* open.c - the public ways to a model and an image: each takes from the parameters what its layer needs. */
#include "attack/params.h"
#include "base/error.h"
#include "oracle/model.h"

#include <string.h>

pp_code pp_model_open(pp_model **model, const char *path, const pp_params *params, pp_error *err)
{
    return pp_model_open_with(model, path, &params->model, &params->engine, err);
}

pp_code pp_model_from_callback(pp_model **model, const pp_callback *spec, const pp_params *params, pp_error *err)
{
    return pp_model_from_callback_with(model, spec, &params->model, &params->engine, err);
}

pp_code pp_image_load(pp_image **image, const char *path, const pp_model *model, const pp_params *params, pp_error *err)
{
    pp_geometry geometry = model->geometry;
    pp_code code = pp_preprocess_window(&geometry, &params->model, err);
    return code == PP_OK ? pp_image_decode(image, path, &geometry, err) : code;
}

pp_code pp_image_load_as(pp_image **image, const char *path, const char *name, const pp_model *model, const pp_params *params, pp_error *err)
{
    pp_error why;
    size_t n = strlen(path);
    const char *number = strrchr(path, '#'); /* of a frame: not all messages have it */
    pp_code code = pp_image_load(image, path, model, params, &why);
    if (code == PP_OK)
        return PP_OK;
    if (strncmp(why.message, path, n) != 0 && number)
        n = (size_t)(number - path);
    if (n > strlen(why.message)) /* a path that is longer than a message */
        n = strlen(why.message);
    if (strncmp(why.message, path, n) == 0)
        return pp_fail(err, code, "%s%s", name, why.message + n);
    if (err)
        *err = why;
    return code;
}
