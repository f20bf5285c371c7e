/* engine_incremental.h - the engine that recomputes only what a candidate's pixels change, as the oracle opens it. */
#ifndef PP_INCREMENTAL_ENGINE_INCREMENTAL_H
#define PP_INCREMENTAL_ENGINE_INCREMENTAL_H

#include "onnx/onnx_file.h"
#include "oracle/engine.h"

extern const pp_engine pp_engine_incremental;

/* input, output: tensors. memory: bytes for candidates' rows in all threads together, and for the base's maps,
 * constants and weights, each. n_outputs: scores of an image.
 * @return PP_OK; PP_MODEL: what of the graph is not covered; PP_MEMORY */
pp_code pp_incremental_open(void **state, const pp_onnx *onnx, const char *input, const char *output, const pp_input_plan *plan,
                            size_t n_threads, size_t memory, size_t *n_outputs, pp_error *err);

/* Multiply-adds of one whole image, and those done for candidates since the engine was opened. */
uint64_t pp_incremental_dense_multiply_adds(const void *state);
uint64_t pp_incremental_multiply_adds(const void *state);

#endif
