/* program.c - building a program, and what is worked out once it is complete: margins, lives of maps, packed weights. */
#include "incremental/program.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

int pp_program_add_map(pp_program *program, int height, int width, int channels)
{
    if (pp_array_grow((void **)&program->maps, &program->maps_capacity, (size_t)program->n_maps + 1, sizeof *program->maps) != 0)
        return -1;
    program->maps[program->n_maps] = (pp_map){ .height = height, .width = width, .channels = channels, .last_use = -1, .slot = -1 };
    return program->n_maps++;
}

pp_op *pp_program_add_op(pp_program *program, const pp_op_type *type, const int *inputs, int n_inputs, int output)
{
    if (pp_array_grow((void **)&program->ops, &program->ops_capacity, (size_t)program->n_ops + 1, sizeof *program->ops) != 0)
        return NULL;
    pp_op *op = &program->ops[program->n_ops];
    *op = (pp_op){ .type = type, .n_inputs = n_inputs, .output = output, .groups = 1, .low = -INFINITY, .high = INFINITY,
                   .window = { 1, 1, 1, 1, 1, 1, 0, 0 } };
    op->inputs = pp_array_new((size_t)n_inputs, sizeof *op->inputs);
    op->reaches = pp_array_new((size_t)n_inputs, sizeof *op->reaches);
    if (!op->inputs || !op->reaches) {
        free(op->inputs);
        free(op->reaches);
        return NULL;
    }
    memcpy(op->inputs, inputs, (size_t)n_inputs * sizeof *inputs);
    for (int i = 0; i < n_inputs; i++)
        op->reaches[i] = PP_REACH_SAME;
    program->n_ops++;
    return op;
}

void pp_program_clear(pp_program *program)
{
    for (int i = 0; i < program->n_ops; i++) {
        pp_op *op = &program->ops[i];
        free(op->inputs);
        free(op->reaches);
        free(op->weights);
        free(op->bias);
        free(op->packed);
        free(op->taps);
        free(op->picks);
    }
    free(program->ops);
    free(program->maps);
    memset(program, 0, sizeof *program);
}

/* ---- Once all is there ------------------------------------------------------------------------------------------- */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool reads_padding(const pp_op *op)
{
    return op->type == &pp_op_conv || op->type == &pp_op_depthwise;
}

static void find_margins(pp_program *program)
{
    for (int i = 0; i < program->n_ops; i++) {
        const pp_op *op = &program->ops[i];
        const pp_window *window = &op->window;
        if (!reads_padding(op))
            continue;
        pp_map *in = &program->maps[op->inputs[0]];
        const pp_map *out = &program->maps[op->output];
        int last_y = (out->height - 1) * window->stride_y - window->pad_top + (window->height - 1) * window->dilation_y;
        int last_x = (out->width - 1) * window->stride_x - window->pad_left + (window->width - 1) * window->dilation_x;
        in->margin.top = larger(in->margin.top, window->pad_top);
        in->margin.left = larger(in->margin.left, window->pad_left);
        in->margin.bottom = larger(in->margin.bottom, last_y - (in->height - 1));
        in->margin.right = larger(in->margin.right, last_x - (in->width - 1));
    }
}

/* ---- Programs that are too large: a file of some hundred bytes can ask for anything ------------------------------ */

static uint64_t positions_of(const pp_map *map)
{
    return (uint64_t)map->height * (uint64_t)map->width;
}

/* Floats that packed weights take, whole panels. */
static uint64_t packed_floats(const pp_program *program, const pp_op *op, const pp_kernel *kernel)
{
    size_t n_group = (size_t)(program->maps[op->output].channels / op->groups);
    size_t k = (size_t)op->window.height * (size_t)op->window.width * (size_t)op->n_in;
    return op->type == &pp_op_conv ? (uint64_t)op->groups * pp_packed_size(kernel, n_group, k) : 0;
}

/* About how many multiply-adds an operation takes for a whole image, and for following changes through its window. */
static uint64_t work_of(const pp_program *program, const pp_op *op, const pp_kernel *kernel)
{
    const pp_map *in = &program->maps[op->inputs[0]], *out = &program->maps[op->output];
    uint64_t channels = (uint64_t)out->channels, window = (uint64_t)op->window.height * (uint64_t)op->window.width;
    uint64_t each = op->type == &pp_op_conv ? packed_floats(program, op, kernel) : window * channels;
    if (op->type == &pp_op_lrn) /* added up one by one */
        each = 8 * channels * (uint64_t)(op->lrn_size < out->channels ? op->lrn_size : out->channels);
    return positions_of(out) * each + (uint64_t)out->height * (uint64_t)op->window.height * (uint64_t)in->width;
}

static pp_code check_size(const pp_program *program, const pp_kernel *kernel, pp_error *err)
{
    const uint64_t MOST_WORK = (uint64_t)1 << 39, MOST_PACKED = (uint64_t)1 << 29, MOST_ENTRIES = (uint64_t)1 << 28;
    uint64_t work = 0, packed = 0;
    for (int i = 0; i < program->n_ops; i++) {
        const pp_op *op = &program->ops[i];
        uint64_t floats = packed_floats(program, op, kernel);
        if (floats > MOST_PACKED - packed)
            return pp_fail(err, PP_MODEL, "its weights take more than %llu MiB", (unsigned long long)(MOST_PACKED >> 18));
        packed += floats;
        uint64_t its_work = work_of(program, op, kernel);
        if (its_work > MOST_WORK - work)
            return pp_fail(err, PP_MODEL, "it takes more than %.1e multiply-adds an image", (double)MOST_WORK);
        work += its_work;
    }
    for (int m = 0; m < program->n_maps; m++)
        if (pp_table_size(&program->maps[m]) > MOST_ENTRIES)
            return pp_fail(err, PP_MODEL, "a map of %d x %d with too much padding around it", program->maps[m].height,
                           program->maps[m].width);
    return PP_OK;
}

static void find_lives(pp_program *program)
{
    for (int i = 0; i < program->n_ops; i++)
        for (int j = 0; j < program->ops[i].n_inputs; j++)
            program->maps[program->ops[i].inputs[j]].last_use = i;
    program->maps[program->output].last_use = program->n_ops;
}

/* A map takes the first buffer that is free when it is made. busy_until: per slot, the last use of what lies in it. */
static pp_code assign_slots(pp_program *program, pp_error *err)
{
    int *busy_until = pp_array_new((size_t)program->n_maps, sizeof *busy_until);
    if (!busy_until)
        return pp_no_memory(err, "the incremental engine");
    for (int i = -1; i < program->n_ops; i++) {
        pp_map *map = &program->maps[i < 0 ? program->input : program->ops[i].output];
        int slot = 0;
        while (slot < program->n_slots && busy_until[slot] >= i)
            slot++;
        program->n_slots = larger(program->n_slots, slot + 1);
        busy_until[slot] = larger(map->last_use, i);
        map->slot = slot;
    }
    free(busy_until);
    return PP_OK;
}

static pp_code prepare_taps(pp_op *op, const pp_map *in, pp_error *err)
{
    const pp_window *window = &op->window;
    ptrdiff_t line = in->margin.left + in->width + in->margin.right;
    op->taps = pp_array_new((size_t)window->height * (size_t)window->width, sizeof *op->taps);
    if (!op->taps)
        return pp_no_memory(err, "the incremental engine");
    for (int y = 0; y < window->height; y++)
        for (int x = 0; x < window->width; x++)
            op->taps[y * window->width + x] = y * window->dilation_y * line + x * window->dilation_x;
    return PP_OK;
}

/* Each group's weights packed by itself, one group behind the other; the bias filled up to whole panels of each group. */
static pp_code pack(pp_op *op, int n_out, const pp_kernel *kernel, pp_error *err)
{
    size_t n_group = (size_t)(n_out / op->groups), k = (size_t)op->window.height * (size_t)op->window.width * (size_t)op->n_in;
    size_t size = pp_packed_size(kernel, n_group, k), padded = pp_packed_size(kernel, n_group, 1);
    float *bias = pp_array_new(padded * (size_t)op->groups, sizeof *bias);
    op->packed = pp_array_new(size * (size_t)op->groups, sizeof *op->packed);
    if (!op->packed || !bias) {
        free(bias);
        return pp_no_memory(err, "weights of the incremental engine");
    }
    for (size_t g = 0; g < (size_t)op->groups; g++) {
        pp_pack_weights(kernel, op->weights + g * n_group * k, n_group, k, op->packed + g * size);
        memcpy(bias + g * padded, op->bias + g * n_group, n_group * sizeof *bias);
    }
    free(op->bias);
    free(op->weights);
    op->bias = bias;
    op->weights = NULL;
    return PP_OK;
}

static pp_code prepare_op(pp_program *program, pp_op *op, const pp_kernel *kernel, pp_error *err)
{
    const pp_map *out = &program->maps[op->output];
    pp_code code = PP_OK;
    op->kernel = kernel;
    if (reads_padding(op))
        code = prepare_taps(op, &program->maps[op->inputs[0]], err);
    if (code == PP_OK && op->type == &pp_op_conv)
        code = pack(op, out->channels, kernel, err);
    if (reads_padding(op))
        op->multiply_adds = (uint64_t)op->window.height * (uint64_t)op->window.width * (uint64_t)op->n_in * (uint64_t)out->channels;
    program->multiply_adds += op->multiply_adds * (uint64_t)out->height * (uint64_t)out->width;
    return code;
}

pp_code pp_program_finish(pp_program *program, const pp_kernel *kernel, pp_error *err)
{
    find_margins(program);
    find_lives(program);
    pp_code code = check_size(program, kernel, err);
    if (code == PP_OK)
        code = assign_slots(program, err);
    for (int i = 0; code == PP_OK && i < program->n_ops; i++)
        code = prepare_op(program, &program->ops[i], kernel, err);
    return code;
}
