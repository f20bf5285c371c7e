/* translate.h - from a model file to a program: what the files of this folder that read the graph share.
 *
 * Each name in the graph gets a value: a constant, worked out now, or a map that the program computes. Batch size is 1. What is not
 * covered is refused by name; nothing is approximated. */
#ifndef PP_INCREMENTAL_TRANSLATE_H
#define PP_INCREMENTAL_TRANSLATE_H

#include "incremental/program.h"
#include "onnx/onnx_file.h"

enum { PP_MAX_DIMS = 8 };

/* How a map's (height, width, channels) are the dimensions that the graph speaks of. */
typedef enum pp_layout {
    PP_LAYOUT_NCHW,
    PP_LAYOUT_NHWC,
    PP_LAYOUT_FLAT,     /* 1 x (C H W), in the order of NCHW */
    PP_LAYOUT_FLAT_HWC, /* 1 x (H W C) */
    PP_LAYOUT_PLANE,    /* 1 x H x W: one channel, on its way back to N x 1 x H x W */
    PP_LAYOUT_SPLIT     /* 1 x a x b x H x W: channels as a matrix (a b = C), on the way to a channel shuffle */
} pp_layout;

typedef struct pp_value {
    enum { PP_VALUE_NONE, PP_VALUE_FLOATS, PP_VALUE_INTS, PP_VALUE_MAP } kind;
    int n_uses;                   /* by needed nodes and as the program's output */
    /* constants; dims also tells a scalar (n_dims 0) from a list of one */
    int n_dims;
    int64_t dims[PP_MAX_DIMS];
    size_t n;
    float *floats;                /* owned */
    int64_t *ints;                /* owned */
    /* maps */
    int map;
    int op;                       /* that makes it; -1 for the input */
    pp_layout layout;
    int split;                    /* PP_LAYOUT_SPLIT: a, before swapping */
    bool swapped;                 /* PP_LAYOUT_SPLIT: now b x a */
    bool is_shared;               /* the same map is seen under another name too */
} pp_value;

typedef struct pp_translation {
    const pp_onnx *onnx;
    pp_program *program;
    pp_value *values;
    size_t n_values;
    struct hsearch_data *names;   /* to values */
    size_t most_floats;           /* that constants, weights and maps may take each: against files that claim too much */
    size_t constant_floats, weight_floats, map_floats; /* taken so far */
    const Onnx__NodeProto *node;  /* at hand */
} pp_translation;

/* A graph's node as operations of the program, or as a constant. @return PP_OK, PP_MODEL (not covered, and why), PP_MEMORY */
typedef pp_code (*pp_translate_node)(pp_translation *t, pp_error *err);

/* translate.c. memory: bytes that constants, weights and maps may take each; never more than 2 GiB. */
pp_code pp_translate(pp_program *program, const pp_onnx *onnx, const char *input, const char *output, int height, int width,
                     int channels, bool nhwc, size_t memory, pp_error *err);
/* The value of the node's input or output; NULL where there is none. */
pp_value *pp_input(const pp_translation *t, size_t index);
pp_value *pp_output(const pp_translation *t, size_t index);
/* Why this node cannot be served. Always returns PP_MODEL. */
pp_code pp_refuse(const pp_translation *t, pp_error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Takes n floats more of what there is room for; what: for the message. */
pp_code pp_reserve(const pp_translation *t, size_t *taken, size_t n, const char *what, pp_error *err);
bool pp_is_map(const pp_value *value);
const pp_map *pp_map_of(const pp_translation *t, const pp_value *value);
/* The graph's dimensions of a map. @return how many */
int pp_map_dims(const pp_translation *t, const pp_value *value, int64_t dims[PP_MAX_DIMS]);
/* The node's output is this map, as it is. */
void pp_alias(pp_translation *t, const pp_value *value, pp_layout layout);

/* Attributes of the node at hand. */
int64_t pp_attr_int(const pp_translation *t, const char *name, int64_t fallback);
float pp_attr_float(const pp_translation *t, const char *name, float fallback);
/* @return how many there are; at most max are written */
size_t pp_attr_ints(const pp_translation *t, const char *name, int64_t *values, size_t max);
/* A list of whole numbers that is an attribute or, in newer operator sets, a constant input. -1: neither, or more than max. */
int pp_list_of(const pp_translation *t, const char *name, size_t input, int64_t *values, size_t max);
/* An axis, counted from 0; -1 if it is out of range. */
int pp_axis(int64_t axis, int n_dims);

/* constants.c: nodes whose inputs are all constants. *done: whether it was one of them. */
pp_code pp_translate_constant(pp_translation *t, bool *done, pp_error *err);
pp_code pp_constant_of(pp_translation *t, const Onnx__TensorProto *tensor, pp_value *value, pp_error *err);
pp_code pp_constant_ints(pp_value *value, const int64_t *ints, size_t n, int n_dims, pp_error *err);

/* translate_layers.c, translate_maps.c: one function for each operator, in tables that end with a NULL name. */
typedef struct pp_translator {
    const char *op_type;
    pp_translate_node translate;
    bool takes_constant; /* its first input may be a constant while another is a map; of the others it must be a map */
} pp_translator;
extern const pp_translator pp_layer_translators[], pp_map_translators[];

/* translate_layers.c: whether the operation that makes a value may be changed, since nobody else sees what it makes. */
pp_op *pp_own_op(const pp_translation *t, const pp_value *value);
/* Brings values into [low, high], in the operation before where that is possible. */
pp_code pp_emit_clamp(pp_translation *t, const pp_value *value, float low, float high, pp_error *err);
/* x * scale[c] + shift[c], folded into the convolution before where that is possible. scale, shift: given, n channels. */
pp_code pp_emit_scale(pp_translation *t, const pp_value *value, float *scale, float *shift, pp_error *err);
/* A new operation whose output map has the layout given; *op: to be filled. */
pp_code pp_emit(pp_translation *t, const pp_op_type *type, const int *inputs, int n_inputs, int height, int width, int channels,
                pp_layout layout, pp_op **op, pp_error *err);

#endif
