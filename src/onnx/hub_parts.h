/* hub_parts.h - what hub_config.c and hub_preprocessor.c need of each other. */
#ifndef PP_ONNX_HUB_PARTS_H
#define PP_ONNX_HUB_PARTS_H

#include "onnx/hub_config.h"

#include <jansson.h>

/* A JSON object that is being read, and where its values go. */
typedef struct pp_hub_reading {
    pp_hub_config *config;
    const json_t *object;
    const char *path; /* the file's */
    pp_error *err;
} pp_hub_reading;

/* The value of a key; NULL where there is none, where null is written, and where object is no object. */
const json_t *pp_hub_get(const json_t *object, const char *key);

/* PP_FORMAT: a key's value is not what was expected. */
pp_code pp_hub_wrong(const pp_hub_reading *r, const char *key, const char *expected);

/* Hugging Face: the root of preprocessor_config.json. */
pp_code pp_hub_read_preprocessor(const pp_hub_reading *r);

/* timm: the object "pretrained_cfg" of config.json. */
pp_code pp_hub_read_pretrained(const pp_hub_reading *r);

#endif
