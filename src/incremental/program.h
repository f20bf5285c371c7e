/* program.h - a classifier as a list of operations on maps, which is what the engine runs.
 *
 * A map is height x width positions with a row of channels each (HWC, one image); a vector is a map of one position. Every
 * operation says which positions of its inputs an output position looks at, so that changed positions can be followed, and
 * computes output rows one by one, so that only changed ones have to be. translate.c makes a program out of a model file. */
#ifndef PP_INCREMENTAL_PROGRAM_H
#define PP_INCREMENTAL_PROGRAM_H

#include "incremental/kernel.h"
#include "pinprick/pinprick.h"

/* Rows of padding that consumers of a map see around it. */
typedef struct pp_margin {
    int top, left, bottom, right;
} pp_margin;

typedef struct pp_map {
    int height, width, channels;
    pp_margin margin; /* the largest that any consumer needs */
    int last_use;     /* index of the last operation that reads it; n_ops for the program's output */
    int slot;         /* buffer that a batch's rows of it lie in; reused once the map is dead */
} pp_map;

/* Entries of a map's table of rows, margins included. */
static inline size_t pp_table_size(const pp_map *map)
{
    const pp_margin *margin = &map->margin;
    return (size_t)(margin->top + map->height + margin->bottom) * (size_t)(margin->left + map->width + margin->right);
}

/* Which positions of an input an output position looks at: kernel x kernel of them, from position * stride - pad on. */
typedef struct pp_window {
    int height, width, stride_y, stride_x, dilation_y, dilation_x;
    int pad_top, pad_left;
} pp_window;

/* How an input's positions and the output's belong together. */
typedef enum pp_reach {
    PP_REACH_WINDOW, /* through the operation's window */
    PP_REACH_SAME,   /* the same position */
    PP_REACH_ALL     /* each output position looks at every position of the input: global pooling, broadcast vectors */
} pp_reach;

typedef struct pp_op pp_op;

/* Rows to be computed. windows[i][r]: where row r's window into input i begins, in that input's table of rows (for
 * PP_REACH_SAME the entry itself, for PP_REACH_ALL that of position 0, 0). strides[i]: entries from one line of that table to the next. */
typedef struct pp_rows {
    size_t n;
    const pp_row *const *const *windows;
    const ptrdiff_t *strides;
    float *const *outs;
    const int *positions; /* n: of the output rows, y * width + x */
} pp_rows;

typedef struct pp_op_type {
    const char *name;
    /* Computes the rows. Reads op and maps only. scratch: room for PP_ROWS_AT_ONCE rows. */
    void (*run)(const pp_op *op, const pp_map *maps, const pp_rows *rows, pp_row *scratch);
    bool clamps; /* brings values into [low, high] by itself */
} pp_op_type;

enum { PP_ROWS_AT_ONCE = 512 };

/* A function of one value. */
typedef struct pp_function {
    const char *name;
    float (*apply)(float x, float alpha, float beta);
} pp_function;

struct pp_op {
    const pp_op_type *type;
    int n_inputs, output;
    int *inputs;          /* n_inputs: indices of maps */
    pp_reach *reaches;    /* n_inputs */
    pp_window window;
    float low, high;      /* -INFINITY, INFINITY where nothing is cut off */
    /* what the type needs */
    int groups;
    float *weights;       /* convolutions: as the file has them, out x taps x in; packed holds them for the kernel */
    float *bias;          /* per output channel */
    float *packed;
    ptrdiff_t *taps;      /* window.height * window.width, in the input's table */
    const pp_kernel *kernel;
    int n_in;             /* channels of an input row that one output channel sums over */
    bool count_padding;   /* average pooling */
    const pp_function *function;
    float alpha, beta;    /* of the function; of LRN */
    float lrn_bias;
    int lrn_size;
    int *picks;           /* channel selection: output channel c is input channel picks[c] */
    uint64_t multiply_adds; /* of one output row */
};

typedef struct pp_program {
    pp_map *maps;
    pp_op *ops;
    int n_maps, n_ops, n_slots;
    size_t maps_capacity, ops_capacity;
    int input, output;    /* maps */
    uint64_t multiply_adds; /* of one whole image */
} pp_program;

extern const pp_op_type pp_op_conv, pp_op_depthwise, pp_op_max_pool, pp_op_average_pool, pp_op_global_average, pp_op_global_max,
    pp_op_scale, pp_op_function, pp_op_add, pp_op_subtract, pp_op_multiply, pp_op_divide, pp_op_concat, pp_op_pick, pp_op_lrn,
    pp_op_softmax;

/* -1 when out of memory. */
int pp_program_add_map(pp_program *program, int height, int width, int channels);
/* A new operation at the end with n_inputs inputs, all PP_REACH_SAME; NULL when out of memory. Valid until the next is added. */
pp_op *pp_program_add_op(pp_program *program, const pp_op_type *type, const int *inputs, int n_inputs, int output);
/* Once all is there: margins, lives, slots, packed weights. */
pp_code pp_program_finish(pp_program *program, const pp_kernel *kernel, pp_error *err);
void pp_program_clear(pp_program *program);

#endif
