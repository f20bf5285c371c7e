/* test_changes.c - how changes spread from map to map, against the definition: an output position changes if a tap of its window lies on a
 * changed input position; and how they die. */
#include "support.h"

#include "base/rng.h"
#include "incremental/batch.h"

#include <math.h>
#include <string.h>

/* ---- Spreading --------------------------------------------------------------------------------------------------- */

/* One operation on one or two inputs, and a batch for it. */
typedef struct toy_spread {
    pp_program program;
    pp_base base;
    pp_batch *batch;
} toy_spread;

static void close_toy(toy_spread *toy)
{
    pp_batch_free(toy->batch);
    pp_base_clear(&toy->base, &toy->program);
    pp_program_clear(&toy->program);
}

static void finish_toy(toy_spread *toy, int n_lanes)
{
    pp_error err;
    assert_ok(pp_program_finish(&toy->program, &pp_kernel_portable, &err), err);
    assert_ok(pp_base_new(&toy->base, &toy->program, &err), err);
    assert_ok(pp_batch_new(&toy->batch, &toy->program, &toy->base, n_lanes, &err), err);
}

static int below(pp_rng *rng, int n)
{
    return (int)pp_rng_below(rng, (uint64_t)n);
}

/* A window that fits an input of height x width at least once. Padding may be wider than the window. */
static pp_window draw_window(pp_rng *rng)
{
    return (pp_window){ .height = 1 + below(rng, 5), .width = 1 + below(rng, 5), .stride_y = 1 + below(rng, 4), .stride_x = 1 + below(rng, 4),
                        .dilation_y = 1 + below(rng, 3), .dilation_x = 1 + below(rng, 3), .pad_top = below(rng, 6),
                        .pad_left = below(rng, 6) };
}

/* Positions along an axis, with some padding behind too. */
static int output_length(pp_rng *rng, int length, int size, int stride, int dilation, int pad)
{
    int room = length + pad + below(rng, 6) - (size - 1) * dilation - 1;
    return room < 0 ? 1 : room / stride + 1;
}

static void make_windowed(toy_spread *toy, pp_rng *rng, bool with_second)
{
    pp_window window = draw_window(rng);
    int height = 1 + below(rng, 17), width = 1 + below(rng, 17);
    int height_out = output_length(rng, height, window.height, window.stride_y, window.dilation_y, window.pad_top);
    int width_out = output_length(rng, width, window.width, window.stride_x, window.dilation_x, window.pad_left);
    memset(toy, 0, sizeof *toy);
    int first = pp_program_add_map(&toy->program, height, width, 1), second = pp_program_add_map(&toy->program, height_out, width_out, 1);
    int out = pp_program_add_map(&toy->program, height_out, width_out, 1);
    pp_op *op = pp_program_add_op(&toy->program, &pp_op_max_pool, (int[]){ first, second }, with_second ? 2 : 1, out);
    assert_true(first == 0 && second == 1 && out == 2 && op);
    op->window = window;
    op->reaches[0] = PP_REACH_WINDOW;
    toy->program.input = first;
    toy->program.output = out;
    finish_toy(toy, 2);
}

/* Marks some positions of a map in a lane, as an earlier operation would have. Frames may be larger than what is in them. */
static void mark_some(pp_batch *batch, pp_rng *rng, int map, int lane)
{
    int height = batch->program->maps[map].height, width = batch->program->maps[map].width;
    pp_changes *changes = pp_changes_of(batch, map, lane);
    int n = below(rng, 4);
    changes->top = changes->bottom = changes->left = changes->right = 0;
    for (int i = 0; i < n; i++) {
        int y = below(rng, height), x = below(rng, width);
        bool is_first = changes->n_rows == 0;
        changes->n_rows += !changes->marks[y * width + x];
        changes->marks[y * width + x] = 1;
        changes->top = is_first || y < changes->top ? y : changes->top;
        changes->bottom = is_first || y >= changes->bottom ? y + 1 : changes->bottom;
        changes->left = is_first || x < changes->left ? x : changes->left;
        changes->right = is_first || x >= changes->right ? x + 1 : changes->right;
    }
    if (n > 0 && below(rng, 2)) /* something at the frame's corner has died */
        changes->top = changes->left = 0;
}

static bool is_marked(const pp_batch *batch, int map, int lane, int y, int x)
{
    const pp_map *m = &batch->program->maps[map];
    return y >= 0 && y < m->height && x >= 0 && x < m->width && pp_changes_of(batch, map, lane)->marks[y * m->width + x];
}

static bool reaches(const pp_batch *batch, const pp_op *op, int i, int lane, int y, int x)
{
    const pp_map *in = &batch->program->maps[op->inputs[i]];
    const pp_window *w = &op->window;
    bool any = false;
    if (op->reaches[i] == PP_REACH_SAME)
        return is_marked(batch, op->inputs[i], lane, y, x);
    if (op->reaches[i] == PP_REACH_ALL) {
        for (int p = 0; p < in->height * in->width; p++)
            any |= is_marked(batch, op->inputs[i], lane, p / in->width, p % in->width);
        return any;
    }
    for (int ky = 0; ky < w->height; ky++)
        for (int kx = 0; kx < w->width; kx++)
            any |= is_marked(batch, op->inputs[i], lane, y * w->stride_y - w->pad_top + ky * w->dilation_y,
                             x * w->stride_x - w->pad_left + kx * w->dilation_x);
    return any;
}

/* The marks, the list in order, and the counts are those of the definition. first: rows of earlier lanes in the list. */
static void check_spread(const pp_batch *batch, const pp_op *op, int lane, size_t first)
{
    const pp_map *out = &batch->program->maps[op->output];
    const pp_row_list *list = &batch->lists[op->output];
    const pp_changes *changes = pp_changes_of(batch, op->output, lane);
    size_t at = first;
    assert_int_equal(changes->first_row, first);
    for (int p = 0; p < out->height * out->width; p++) {
        bool expected = false;
        for (int i = 0; i < op->n_inputs; i++)
            expected |= reaches(batch, op, i, lane, p / out->width, p % out->width);
        assert_int_equal(changes->marks[p], expected);
        if (!expected)
            continue;
        assert_true(at < list->n && p / out->width >= changes->top && p / out->width < changes->bottom);
        assert_true(p % out->width >= changes->left && p % out->width < changes->right);
        assert_int_equal(list->rows[at].lane, lane);
        assert_int_equal(list->rows[at++].position, p);
    }
    assert_int_equal(list->n, at);
    assert_int_equal(changes->n_rows, at - first);
}

/* Spreads in two lanes, one after the other. */
static void spread_and_check(toy_spread *toy, pp_rng *rng)
{
    const pp_op *op = &toy->program.ops[0];
    for (int lane = 0; lane < 2; lane++) {
        size_t first = toy->batch->lists[op->output].n;
        for (int i = 0; i < op->n_inputs; i++)
            mark_some(toy->batch, rng, op->inputs[i], lane);
        assert_true(pp_spread_changes(toy->batch, op, lane));
        check_spread(toy->batch, op, lane, first);
    }
}

static void a_window_changes_where_a_tap_lies_on_a_change(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 20000; i++) {
        toy_spread toy;
        make_windowed(&toy, &rng, false);
        spread_and_check(&toy, &rng);
        close_toy(&toy);
    }
}

/* The end of a residual block. */
static void changes_of_several_inputs_are_united(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 2);
    for (int i = 0; i < 5000; i++) {
        toy_spread toy;
        make_windowed(&toy, &rng, true);
        spread_and_check(&toy, &rng);
        close_toy(&toy);
    }
}

/* Global pooling, and a vector that a map is multiplied by. */
static void a_change_that_all_look_at_changes_all(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 3);
    for (int i = 0; i < 500; i++) {
        toy_spread toy = { 0 };
        bool pooled = i % 2;
        int height = 1 + below(&rng, 6), width = 1 + below(&rng, 6), one = pooled ? 1 : height, line = pooled ? 1 : width;
        int map = pp_program_add_map(&toy.program, height, width, 1), vector = pp_program_add_map(&toy.program, 1, 1, 1);
        int out = pp_program_add_map(&toy.program, one, line, 1);
        pp_op *op = pp_program_add_op(&toy.program, pooled ? &pp_op_global_max : &pp_op_multiply, (int[]){ map, vector }, pooled ? 1 : 2, out);
        assert_non_null(op);
        op->reaches[pooled ? 0 : 1] = PP_REACH_ALL;
        toy.program.output = out;
        finish_toy(&toy, 2);
        spread_and_check(&toy, &rng);
        close_toy(&toy);
    }
}

static void everything_means_every_position(void **state)
{
    (void)state;
    pp_rng rng;
    toy_spread toy;
    pp_rng_seed(&rng, 4);
    make_windowed(&toy, &rng, false);
    const pp_op *op = &toy.program.ops[0];
    const pp_map *out = &toy.program.maps[op->output];
    assert_true(pp_change_all(toy.batch, op, 1));
    assert_int_equal(toy.batch->lists[op->output].n, out->height * out->width);
    for (int p = 0; p < out->height * out->width; p++) {
        assert_int_equal(toy.batch->lists[op->output].rows[p].position, p);
        assert_int_equal(toy.batch->lists[op->output].rows[p].lane, 1);
    }
    close_toy(&toy);
}

/* ---- Early death ------------------------------------------------------------------------------------------------- */

enum { SIDE = 12 };

/* n taps of a convolution from one channel to one, all of the same weight. */
static pp_op *add_conv(pp_program *program, int input, int size, float weight, float low)
{
    int out = pp_program_add_map(program, SIDE, SIDE, 1);
    pp_op *op = pp_program_add_op(program, &pp_op_conv, &input, 1, out);
    assert_true(out >= 0 && op);
    op->reaches[0] = PP_REACH_WINDOW;
    op->window = (pp_window){ size, size, 1, 1, 1, 1, size / 2, size / 2 };
    op->n_in = 1;
    op->low = low;
    op->weights = calloc((size_t)(size * size), sizeof(float));
    op->bias = calloc(1, sizeof(float));
    assert_true(op->weights && op->bias);
    for (int i = 0; i < size * size; i++)
        op->weights[i] = weight;
    return op;
}

/* Pixels -> (3x3 convolution, ReLU) or (3x3 max pooling) -> 3x3 convolution -> mean. The base is grey. */
static void make_mortal(toy_spread *toy, bool by_pooling)
{
    memset(toy, 0, sizeof *toy);
    int map = pp_program_add_map(&toy->program, SIDE, SIDE, 1);
    toy->program.input = map;
    if (by_pooling) {
        int out = pp_program_add_map(&toy->program, SIDE, SIDE, 1);
        pp_op *op = pp_program_add_op(&toy->program, &pp_op_max_pool, &map, 1, out);
        assert_true(out >= 0 && op);
        op->reaches[0] = PP_REACH_WINDOW;
        op->window = (pp_window){ 3, 3, 1, 1, 1, 1, 1, 1 };
        map = out;
    } else {
        map = add_conv(&toy->program, map, 3, 1, 0)->output;
    }
    map = add_conv(&toy->program, map, 3, 0.5f, -INFINITY)->output;
    int mean = pp_program_add_map(&toy->program, 1, 1, 1);
    pp_op *op = pp_program_add_op(&toy->program, &pp_op_global_average, &map, 1, mean);
    assert_true(mean >= 0 && op);
    op->reaches[0] = PP_REACH_ALL;
    toy->program.output = mean;
    finish_toy(toy, 2);
}

static void set_base(toy_spread *toy, float value)
{
    pp_input_change changes[SIDE * SIDE];
    pp_error err;
    for (int i = 0; i < SIDE * SIDE; i++)
        changes[i] = (pp_input_change){ .position = i, .values = { value } };
    assert_ok(pp_batch_commit(toy->batch, &toy->base, changes, SIDE * SIDE, true, &err), err);
    toy->batch->multiply_adds = 0;
}

/* Multiply-adds that a candidate with these pixels takes; *score: what it has. */
static uint64_t work_for(toy_spread *toy, const pp_input_change *changes, size_t n, float *score)
{
    pp_error err;
    uint64_t before = toy->batch->multiply_adds;
    assert_ok(pp_batch_score(toy->batch, changes, &n, 1, score, &err), err);
    return toy->batch->multiply_adds - before;
}

static pp_input_change change_at(int y, int x, float value)
{
    return (pp_input_change){ .position = y * SIDE + x, .values = { value } };
}

/* Sums below zero are cut off before and after: none of the nine positions goes on. */
static void a_change_that_the_relu_cuts_off_is_followed_no_further(void **state)
{
    (void)state;
    toy_spread toy;
    float base, died, lived, both;
    make_mortal(&toy, false);
    set_base(&toy, -1);
    assert_int_equal(work_for(&toy, NULL, 0, &base), 0);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, 2) }, 1, &died), 9 * 9);
    assert_memory_equal(&died, &base, sizeof base);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, 100) }, 1, &lived), (9 + 25) * 9);
    assert_true(lived > base);
    /* one dies beside one that lives; their windows do not meet */
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(1, 1, 2), change_at(9, 9, 100) }, 2, &both), (9 + 9 + 25) * 9);
    assert_memory_equal(&both, &lived, sizeof both);
    close_toy(&toy);
}

static void a_change_below_the_maximum_is_followed_no_further(void **state)
{
    (void)state;
    toy_spread toy;
    float base, died, lived;
    make_mortal(&toy, true);
    set_base(&toy, 3);
    assert_int_equal(work_for(&toy, NULL, 0, &base), 0);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, -50) }, 1, &died), 0);
    assert_memory_equal(&died, &base, sizeof base);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, 50) }, 1, &lived), 25 * 9);
    assert_true(lived > base);
    close_toy(&toy);
}

/* What died in one lane lives in the other; and nothing of a batch is left for the next. */
static void lanes_die_alone(void **state)
{
    (void)state;
    toy_spread toy;
    pp_input_change changes[] = { change_at(5, 5, 2), change_at(5, 5, 100) };
    float one, scores[2], again;
    pp_error err;
    make_mortal(&toy, false);
    set_base(&toy, -1);
    work_for(&toy, &changes[1], 1, &one);
    assert_ok(pp_batch_score(toy.batch, changes, (size_t[]){ 1, 1 }, 2, scores, &err), err);
    assert_float_equal(scores[0], 0, 0);
    assert_memory_equal(&scores[1], &one, sizeof one);
    assert_int_equal(work_for(&toy, NULL, 0, &again), 0);
    assert_float_equal(again, 0, 0);
    close_toy(&toy);
}

/* ---- Changes too small to follow ---------------------------------------------------------------------------------- */

static void limits_are_shares_of_the_root_mean_square(void **state)
{
    (void)state;
    toy_spread toy;
    make_mortal(&toy, false);
    for (int i = 0; i < SIDE * SIDE; i++) {
        toy.base.maps[0][i] = i % 2 ? -3 : 4;
        toy.base.maps[1][i] = 0;
        toy.base.maps[2][i] = i ? 1 : INFINITY;
    }
    toy.base.maps[3][0] = 5;
    pp_base_set_limits(&toy.base, &toy.program, 0.01);
    assert_float_equal(toy.base.limits[0], 0.01 * sqrt(12.5), 1e-7);
    assert_float_equal(toy.base.limits[1], 0, 0);
    assert_float_equal(toy.base.limits[2], 0, 0); /* nothing is small beside what is no number */
    assert_float_equal(toy.base.limits[3], 0, 0); /* nothing comes after one position */
    close_toy(&toy);
}

/* Nine rows of the first map rise by as much as the pixel does. */
static void a_change_within_the_limit_is_followed_no_further(void **state)
{
    (void)state;
    toy_spread toy;
    float base, died, lived;
    make_mortal(&toy, false);
    set_base(&toy, 3);
    toy.base.limits[1] = 0.25f;
    work_for(&toy, NULL, 0, &base);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, 3.25f) }, 1, &died), 9 * 9);
    assert_memory_equal(&died, &base, sizeof base);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, 2.75f) }, 1, &died), 9 * 9);
    assert_memory_equal(&died, &base, sizeof base);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, 3.375f) }, 1, &lived), (9 + 25) * 9);
    assert_true(lived > base);
    assert_int_equal(work_for(&toy, (pp_input_change[]){ change_at(5, 5, NAN) }, 1, &lived), (9 + 25) * 9);
    close_toy(&toy);
}

/* Or small steps would take it anywhere. */
static void the_base_itself_follows_every_change(void **state)
{
    (void)state;
    toy_spread toy;
    pp_error err;
    make_mortal(&toy, false);
    set_base(&toy, 3);
    toy.base.limits[1] = toy.base.limits[2] = 0.25f;
    assert_float_equal(toy.base.maps[1][5 * SIDE + 5], 27, 0);
    assert_ok(pp_batch_commit(toy.batch, &toy.base, (pp_input_change[]){ change_at(5, 5, 3.125f) }, 1, false, &err), err);
    assert_float_equal(toy.base.maps[1][5 * SIDE + 5], 27.125f, 0);
    assert_float_equal(toy.base.maps[2][5 * SIDE + 5], (9 * 27 + 9 * 0.125f) / 2, 0);
    close_toy(&toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_changes_where_a_tap_lies_on_a_change),
        cmocka_unit_test(changes_of_several_inputs_are_united),
        cmocka_unit_test(a_change_that_all_look_at_changes_all),
        cmocka_unit_test(everything_means_every_position),
        cmocka_unit_test(a_change_that_the_relu_cuts_off_is_followed_no_further),
        cmocka_unit_test(a_change_below_the_maximum_is_followed_no_further),
        cmocka_unit_test(lanes_die_alone),
        cmocka_unit_test(limits_are_shares_of_the_root_mean_square),
        cmocka_unit_test(a_change_within_the_limit_is_followed_no_further),
        cmocka_unit_test(the_base_itself_follows_every_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
