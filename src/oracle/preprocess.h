/* preprocess.h - from what the user says, what the hub's files say and what the model's input is, to how a file becomes an
 * image and an image becomes a tensor. */
#ifndef PP_ORACLE_PREPROCESS_H
#define PP_ORACLE_PREPROCESS_H

#include "image/image.h"
#include "onnx/hub_config.h"
#include "onnx/onnx_file.h"
#include "oracle/engine.h"
#include "oracle/model.h"

/* What the user says wins over a preset, that over the hub's files. With none of them the preprocessing is not guessed: PP_ARG.
 * source: where the values come from, for people. port: the model's image input. */
pp_code pp_preprocess_plan(pp_geometry *geometry, pp_input_plan *plan, char source[512], const char *model_path,
                           const pp_onnx_port *port, const pp_hub_config *hub, const pp_model_params *params, pp_error *err);

#endif
