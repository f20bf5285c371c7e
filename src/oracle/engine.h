/* engine.h - what runs a classifier. An engine is one file that ends in a const struct; it knows nothing of attacks.
 *
 * A candidate is never an image but the base image with some pixels replaced: a dense engine paints them, an engine that
 * recomputes what changed takes them as they are. */
#ifndef PP_ORACLE_ENGINE_H
#define PP_ORACLE_ENGINE_H

#include "image/image.h"
#include "pinprick/pinprick.h"

typedef struct pp_engine {
    const char *name, *summary;
    /* The image that candidates are told over, until the next rebase. base: borrowed until then. */
    pp_code (*rebase)(void *state, const pp_image *base, pp_error *err);
    /* (optional) Candidates to come are near the base with these pixels. A hint: it may change the time, never a score (with a change
     * threshold: no more of it than that leaves open), and candidates are still told over the base. Ends with the next hint or rebase.
     * pixels: borrowed for the call. */
    pp_code (*expect)(void *state, const pp_pixel *pixels, size_t n, pp_error *err);
    /* scores: n x n_outputs, row i of candidate i. A row does not depend on which other candidates are in the call,
     * on n, or on the number of threads. On failure none is valid. */
    pp_code (*score)(void *state, const pp_candidate *candidates, size_t n, float *scores, pp_error *err);
    void (*close)(void *state);
} pp_engine;

/* How pixels become elements of the input tensor. */
typedef enum pp_element { PP_ELEMENT_FLOAT32, PP_ELEMENT_FLOAT16, PP_ELEMENT_UINT8 } pp_element;

typedef struct pp_input_plan {
    int width, height, channels;
    bool nhwc;           /* N x H x W x C rather than N x C x H x W */
    pp_element element;
    double scale;        /* a channel's value v becomes (v * scale - mean) / std */
    double mean[3], std[3];
} pp_input_plan;

/* What an engine on an ONNX file is opened with. All borrowed for the call. */
typedef struct pp_onnx_session {
    const char *path;             /* for messages */
    const uint8_t *bytes;         /* the model, with any further outputs declared */
    size_t n_bytes;
    const char *external_folder;  /* where external weights lie, or NULL */
    const char *provider;         /* "cuda:device_id=1" (provider.h); NULL: the CPU's */
    const char *input, *output;   /* tensor names */
    int64_t fixed_batch;          /* 0 where the batch dimension is open */
    size_t n_threads, batch;      /* workers, and images a worker hands to ONNX Runtime at once */
    pp_input_plan plan;
} pp_onnx_session;

extern const pp_engine pp_engine_onnxruntime;
/* *n_outputs: values in an image's output. An output with more than one dimension above 1 besides the batch is refused. */
pp_code pp_onnxruntime_open(void **state, const pp_onnx_session *session, size_t *n_outputs, pp_error *err);
/* Shapes of the tensors named (those of one image), as inspect needs them. dims: n x 8, n_dims: n; -1 where ONNX Runtime gave none. */
pp_code pp_onnxruntime_shapes(void *state, const char *const *names, size_t n, int64_t *dims, int *n_dims, pp_error *err);
const char *pp_onnxruntime_version(void);

/* The engine that recomputes only what a candidate's pixels change (src/incremental). memory: bytes for candidates' rows, all threads
 * together. change_threshold: a row of a map that a candidate changes by no more than this share of the map's root mean square on the
 * base is not followed; 0: only one that it changes by no bit. *n_outputs: scores of an image.
 * @return PP_OK; PP_MODEL: what of the graph is not covered; PP_MEMORY */
extern const pp_engine pp_engine_incremental;
struct pp_onnx; /* onnx/onnx_file.h, which only those need that open a model */
pp_code pp_incremental_open(void **state, const struct pp_onnx *onnx, const char *input, const char *output, const pp_input_plan *plan,
                            size_t n_threads, size_t memory, double change_threshold, size_t *n_outputs, pp_error *err);
/* Multiply-adds of one whole image, and those done for candidates since the engine was opened. */
uint64_t pp_incremental_dense_multiply_adds(const void *state);
uint64_t pp_incremental_multiply_adds(const void *state);

extern const pp_engine pp_engine_callback;
pp_code pp_callback_open(void **state, const pp_callback *spec, size_t batch, pp_error *err);

#endif
