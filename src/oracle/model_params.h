/* model_params.h - what a user can say about the classifier and how it is run: the sections "model" and "engine" of the
 * parameter table. */
#ifndef PP_ORACLE_MODEL_PARAMS_H
#define PP_ORACLE_MODEL_PARAMS_H

#include "pinprick/pinprick.h"

enum { PP_ENGINE_AUTO, PP_ENGINE_ONNXRUNTIME, PP_ENGINE_INCREMENTAL };
enum { PP_OUTPUT_AUTO, PP_OUTPUT_LOGITS, PP_OUTPUT_SOFTMAX, PP_OUTPUT_SIGMOID };
enum { PP_PRESET_AUTO, PP_PRESET_IMAGENET, PP_PRESET_INCEPTION, PP_PRESET_UNIT, PP_PRESET_NONE };
enum { PP_FIT_AUTO, PP_FIT_EXACT, PP_FIT_CROP };

typedef struct pp_model_params {
    int output, preset, resize;
    bool scores_only;
    double threshold;
    char *positive, *label_map;         /* "" where not said, as all texts here */
    char *labels, *preprocessor;
    char *mean, *std, *scale, *size, *window;
} pp_model_params;

typedef struct pp_engine_params {
    int engine;
    char *provider;
    uint64_t threads, batch, memory, dense_from; /* 0: chosen */
    double change_threshold;
} pp_engine_params;

extern const pp_param pp_model_rows[], pp_engine_rows[];

#endif
