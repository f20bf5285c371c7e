/* onnx_file.h - an ONNX model file as a graph: what goes in, what comes out, how it ends, how much it computes.
 *
 * Read with protobuf-c through a .proto of our own (onnx_subset.proto) that declares just the fields we read; unknown
 * fields are passed over. Nothing here runs the model, and nothing here knows of attacks. The file may be hostile:
 * every index, dimension and length is checked before it is used. */
#ifndef PP_ONNX_ONNX_FILE_H
#define PP_ONNX_ONNX_FILE_H

#include "base/digest.h"
#include "onnx_subset.pb-c.h"
#include "pinprick/pinprick.h"

/* The file: its bytes, what they say, and its hash. All owned by the struct. */
typedef struct pp_onnx {
    char *path, *folder;   /* folder: where external weights lie, "." if path has no slash */
    uint8_t *bytes;
    size_t n_bytes;
    pp_digest digest;      /* of the bytes; of external weights the files' bytes follow, in order of first mention */
    Onnx__ModelProto *proto;
    const Onnx__GraphProto *graph; /* proto->graph, never NULL */
    size_t n_external;     /* initialisers whose data lie in other files */
} pp_onnx;

/* Tensor element types of the ONNX standard that we name. */
enum { PP_ONNX_FLOAT = 1, PP_ONNX_UINT8 = 2, PP_ONNX_INT64 = 7, PP_ONNX_FLOAT16 = 10, PP_ONNX_DOUBLE = 11 };

/* "float32", "uint8", ...; "type 37" style text in a static buffer is not wanted: unknown types give "unknown". */
const char *pp_onnx_type_name(int type);

/* One graph input or output. dims: -1 where the size is left open (dynamic). */
typedef struct pp_onnx_port {
    const char *name;
    int type;
    int n_dims;
    int64_t dims[8];
} pp_onnx_port;

typedef enum pp_activation { PP_ACTIVATION_NONE, PP_ACTIVATION_SOFTMAX, PP_ACTIVATION_SIGMOID } pp_activation;

/* How the graph ends: the last node that computes (Identity, Reshape, Squeeze, Unsqueeze, Flatten, Cast and the like
 * after it are looked through), and the tensor that enters it. */
typedef struct pp_onnx_head {
    pp_activation activation;
    const char *logits;    /* input of that Softmax or Sigmoid; NULL for PP_ACTIVATION_NONE. Borrowed from the file */
    const char *last_op;   /* op_type of the node that was found, for inspect; "" if no node makes that output */
} pp_onnx_head;

/* *onnx: the caller's, pp_onnx_free. Errors name the file: not there (PP_IO); no ONNX model, truncated, no graph, no
 * nodes (PP_FORMAT); weights in a file that is not beside it or is too short (PP_IO, names that file); PP_MEMORY. */
pp_code pp_onnx_open(pp_onnx **onnx, const char *path, pp_error *err);
void pp_onnx_free(pp_onnx *onnx);

/* The one input that takes the image (initialisers that older files list as inputs too are left out). More than one,
 * or none: PP_MODEL with the names. */
pp_code pp_onnx_image_input(const pp_onnx *onnx, pp_onnx_port *input, pp_error *err);

/* The first graph output. Its declared shape may be missing (n_dims = 0). PP_MODEL if there is none. */
pp_code pp_onnx_first_output(const pp_onnx *onnx, pp_onnx_port *output, pp_error *err);

/* How the path to the tensor of this name (a graph output) ends. Never fails: what is not understood is
 * PP_ACTIVATION_NONE. A Softmax over another axis than the last of a N x K tensor (opset < 13: flattened from its axis
 * on) is not taken as one. */
pp_onnx_head pp_onnx_find_head(const pp_onnx *onnx, const char *output);

/* The file's bytes with further outputs declared: protobuf merges repeated fields, so a ModelProto that holds a graph
 * with these outputs and nothing else is put behind. Names that are outputs already are not added again; one that the
 * graph does not have: PP_MODEL. *bytes: the caller's, free(). */
pp_code pp_onnx_with_outputs(const pp_onnx *onnx, const char *const *names, size_t n, uint8_t **bytes, size_t *n_bytes,
                             pp_error *err);

/* Number of weights: elements of all initialisers, of Constant nodes, and of ConstantOfShape nodes whose shape is an
 * initialiser. int64, bool and text tensors (shapes, indices) do not count. Saturates at UINT64_MAX. */
uint64_t pp_onnx_parameters(const pp_onnx *onnx);

/* Nodes by op_type, most frequent first, ties by name. *ops: the caller's, free(); names are borrowed. */
typedef struct pp_onnx_op { const char *name; size_t count; } pp_onnx_op;
pp_code pp_onnx_operators(const pp_onnx *onnx, pp_onnx_op **ops, size_t *n_ops, pp_error *err);

/* Multiply-adds of one node (Conv, ConvTranspose, Gemm, MatMul, and the quantised ones), given the shape of its first
 * output for one image: of convolutions output_dims[0] is taken as 1, of matrix products as it is, 1 if open (below 0).
 * 0 for other operators, and where a shape is not known. Weights' shapes come from initialisers and constants. */
uint64_t pp_onnx_node_multiply_adds(const pp_onnx *onnx, const Onnx__NodeProto *node, const int64_t *output_dims,
                                    int n_dims);

/* Product of a tensor's dimensions; 1 if it has none. Saturates at UINT64_MAX. */
uint64_t pp_onnx_elements(const Onnx__TensorProto *tensor);

/* The n values of a tensor (n: pp_onnx_elements), converted; of a float or an integer type respectively. PP_FORMAT, PP_IO, PP_MEMORY */
pp_code pp_onnx_read_floats(const pp_onnx *onnx, const Onnx__TensorProto *tensor, float *values, size_t n, pp_error *err);
pp_code pp_onnx_read_ints(const pp_onnx *onnx, const Onnx__TensorProto *tensor, int64_t *values, size_t n, pp_error *err);
/* float32, float16, float64; int64, int32, uint8, bool. */
bool pp_onnx_is_float_type(int type);
bool pp_onnx_is_int_type(int type);

/* Whether it is the standard's operator of this name, not one of the same name from elsewhere. */
bool pp_onnx_is_op(const Onnx__NodeProto *node, const char *op_type);

/* Version of the standard's operator set that the file is written for. */
int64_t pp_onnx_opset(const pp_onnx *onnx);

/* An initialiser by name, or NULL. */
const Onnx__TensorProto *pp_onnx_initializer(const pp_onnx *onnx, const char *name);

/* An attribute of a node by name, or NULL. */
const Onnx__AttributeProto *pp_onnx_attribute(const Onnx__NodeProto *node, const char *name);

#endif
