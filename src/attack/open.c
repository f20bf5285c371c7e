/* open.c - the public ways to a model and an image: each takes from the parameters what its layer needs. */
#include "attack/params.h"
#include "base/error.h"
#include "oracle/model.h"

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
