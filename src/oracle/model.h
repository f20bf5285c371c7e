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
    const pp_engine *reference; /* what the answer is in the end: it scores originals, and verifies what was saved */
    void *reference_state;
    const pp_engine *engine;   /* what the search asks: the reference, or one that was found to agree with it (engines.c) */
    void *engine_state;
    bool engine_chosen;
    int engine_wanted;         /* PP_ENGINE_AUTO, ... */
    size_t dense_from;         /* candidates with more changed pixels are scored by the reference; SIZE_MAX: none */
    double change_threshold;   /* of the incremental engine; 0: exact */
    size_t memory;             /* bytes for the incremental engine's candidates */
    char engine_note[320];     /* which engine, and why */
    char *provider;            /* as said: "cpu", "cuda:device_id=1" */
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
    char *input_name, *output_name;           /* tensors the engine is fed and read at */
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

/* Chooses what the search asks, unless that is done (engines.c). image: of the model's size, borrowed for the call; n_changes: pixels in
 * which candidates will mostly differ from what is expected, 0: nearly all. @return PP_OK; PP_MODEL: the engine asked for cannot serve
 * this model, or does not agree with the reference; PP_MEMORY */
pp_code pp_model_choose_engine(pp_model *model, const pp_image *image, size_t n_changes, pp_error *err);

/* How far the engines' raw outputs may lie apart, as a share of the largest of them in that row, or of this if that is less. */
#define PP_ENGINES_AGREE 1e-4
#define PP_SMALLEST_OUTPUT 0.1

/* The two engines side by side on one image with n_changes random pixels changed in each candidate. */
typedef struct pp_comparison {
    double seconds_reference, seconds_incremental; /* for each candidate: the median of several rounds */
    double largest_difference;  /* of raw outputs, as PP_ENGINES_AGREE has it */
    uint64_t multiply_adds, dense_multiply_adds;   /* of one candidate, incremental and whole */
} pp_comparison;
pp_code pp_compare_engines(pp_comparison *comparison, pp_model *model, void *incremental, const pp_image *image, size_t n_changes,
                           int n_rounds, pp_error *err);
/* Opens the incremental engine for a model. *state: the caller's, closed with pp_engine_incremental.close. */
pp_code pp_model_open_incremental(void **state, const pp_model *model, pp_error *err);

/* The reference as it is told: "onnxruntime 1.30.0 on cuda"; the CPU goes without saying. (engines.c) */
void pp_model_reference_text(const pp_model *model, char text[128]);

/* Raw outputs (head.n_outputs) of one image, by the reference. */
pp_code pp_model_raw(pp_model *model, const pp_image *image, float *raw, pp_error *err);

#endif
