/* model.h - the classifier under test, as the rest of the library sees it. */
#ifndef PP_ORACLE_MODEL_H
#define PP_ORACLE_MODEL_H

#include "base/digest.h"
#include "oracle/engine.h"
#include "oracle/head.h"
#include "oracle/model_params.h"

struct pp_model {
    char *path;                /* as given, or the callback's name */
    pp_digest digest;          /* of the file; of a callback's name and sizes */
    const pp_engine *engine;
    void *engine_state;
    size_t n_threads, batch;
    pp_head head;
    bool ends_in_softmax;      /* as found or said: of one output it is always 1 */
    int positive;              /* class index; -1 where none was said and there are more than two classes */
    size_t n_names;            /* 0 or head.n_classes */
    char **names;
    char **index_names;        /* head.n_classes: "0", "1", ... */
    size_t n_output_names;     /* multi-label: 0 or head.n_outputs findings */
    char **output_names;
    char *label_map;
    pp_geometry geometry;
    pp_input_plan plan;
    char input_name[128], output_name[128];   /* tensors the engine is fed and read at */
    char score_source[256];    /* "logits: the input of node Softmax", ... */
    char preprocessing[512];   /* where the preprocessing was found */
    pp_image *blank;           /* what classify rebases to after use, so that no borrowed image outlives its caller */
};

pp_code pp_model_open_with(pp_model **model, const char *path, const pp_model_params *params, const pp_engine_params *engine,
                           pp_error *err);
pp_code pp_model_from_callback_with(pp_model **model, const pp_callback *spec, const pp_model_params *params,
                                    const pp_engine_params *engine, pp_error *err);

/* The part of the geometry that does not depend on the model's file: --window. (preprocess.c) */
pp_code pp_preprocess_window(pp_geometry *geometry, const pp_model_params *params, pp_error *err);

/* How a file becomes an image of the model's size, and a pixel value what the model is fed. (preprocess.c) */
void pp_model_fit_text(const pp_model *model, char text[256]);
void pp_model_values_text(const pp_model *model, char text[256]);

/* The class that the label of an image means; -1 where it has none. PP_FORMAT: the label is no class. (labels.c) */
pp_code pp_model_class_of_input(const pp_model *model, const pp_inputs *inputs, size_t index, int *class_index, pp_error *err);

/* Raw outputs (head.n_outputs) of one image. Rebases the engine to it. */
pp_code pp_model_raw(pp_model *model, const pp_image *image, float *raw, pp_error *err);

#endif
