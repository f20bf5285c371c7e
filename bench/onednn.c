/* onednn.c - would oneDNN's matrix products be faster than the engine's own kernel? On the rows that candidates with one changed pixel
 * really need, layer by layer, by the processor time of one thread: eight candidates at once, as the engine does it, and one.
 *
 *     build/bench/onednn [--OPTION VALUE ...] MODEL
 *
 * oneDNN has its weights packed beforehand, adds the bias and cuts off below zero as the kernel does, and is made anew for no call. It needs
 * its rows in one matrix: the time to gather windows larger than 1 x 1 is stated apart. Written for oneDNN 2. */
#include "reach.h"

#include "base/array.h"
#include "base/error.h"
#include "report/text_table.h"

#include <dnnl.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { DRAWS = 8, ROUNDS = 7, MOST_TOGETHER = 1 << 14 };

static void require(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "onednn: %s: status %d\n", what, (int)status);
    exit(1);
}

static void *new_array(size_t n, size_t size)
{
    void *array = pp_array_new(n, size);
    if (!array)
        exit(1);
    return array;
}

/* ---- The rows of a layer ----------------------------------------------------------------------------------------- */

typedef struct layer {
    const pp_op *op;
    size_t m, k, n;          /* rows, products of a value, channels out */
    const pp_row **windows;  /* m */
    float *gathered;         /* m x k */
    float *out, *out_onednn; /* m x n */
    float **outs;            /* m */
} layer;

/* Positions of the output of operation `which` that draws of one pixel reach, one draw behind the other, as windows into its input. */
static size_t list_windows(reach *r, const pp_input_plan *plan, int which, int draws, const pp_row **windows)
{
    const pp_op *op = &r->program.ops[which];
    const pp_map *in = &r->program.maps[op->inputs[0]], *out = &r->program.maps[op->output];
    const pp_row *table = (const pp_row *)pp_changes_of(r->batch, op->inputs[0], 0)->table;
    const pp_row_list *list = &r->batch->lists[op->output];
    size_t n = 0;
    pp_rng rng;
    pp_rng_seed(&rng, 1); /* the same pixels for every layer */
    for (int draw = 0; draw < draws; draw++) {
        pp_pixel pixel;
        draw_pixels(&rng, plan, &pixel, 1);
        mark_pixels(r, &pixel, 1);
        for (int i = 0; i <= which; i++)
            pp_spread_changes(r->batch, &r->program.ops[i], 0);
        for (size_t i = 0; i < list->n && n < MOST_TOGETHER; i++) {
            int y = list->rows[i].position / out->width, x = list->rows[i].position % out->width;
            windows[n++] = table + pp_table_index(in, y * op->window.stride_y - op->window.pad_top,
                                                  x * op->window.stride_x - op->window.pad_left);
        }
        forget_all(r);
    }
    return n;
}

static void open_layer(layer *l, reach *r, const pp_input_plan *plan, int which, int draws)
{
    l->op = &r->program.ops[which];
    l->windows = new_array(MOST_TOGETHER, sizeof *l->windows);
    l->m = list_windows(r, plan, which, draws, l->windows);
    l->k = (size_t)l->op->window.height * (size_t)l->op->window.width * (size_t)l->op->n_in;
    l->n = (size_t)r->program.maps[l->op->output].channels;
    l->gathered = new_array(l->m * l->k, sizeof *l->gathered);
    l->out = new_array(l->m * l->n, sizeof *l->out);
    l->out_onednn = new_array(l->m * l->n, sizeof *l->out);
    l->outs = new_array(l->m, sizeof *l->outs);
    for (size_t i = 0; i < l->m; i++)
        l->outs[i] = l->out + i * l->n;
}

static void close_layer(layer *l)
{
    free(l->windows);
    free(l->gathered);
    free(l->out);
    free(l->out_onednn);
    free(l->outs);
}

static void gather(const layer *l)
{
    size_t n_taps = l->k / (size_t)l->op->n_in, size = (size_t)l->op->n_in;
    for (size_t r = 0; r < l->m; r++)
        for (size_t t = 0; t < n_taps; t++)
            memcpy(l->gathered + r * l->k + t * size, l->windows[r][l->op->taps[t]], size * sizeof(float));
}

static void run_kernel(const layer *l, size_t first, size_t n)
{
    const pp_op *op = l->op;
    pp_conv_call call = { .taps = op->taps, .n_taps = l->k / (size_t)op->n_in, .n_in = (size_t)op->n_in, .n_out = l->n,
                          .weights = op->packed, .bias = op->bias, .low = 0, .high = INFINITY };
    for (size_t end = first + n; first < end; first += PP_ROWS_AT_ONCE) {
        size_t now = end - first < PP_ROWS_AT_ONCE ? end - first : PP_ROWS_AT_ONCE;
        op->kernel->conv(&call, l->windows + first, l->outs + first, NULL, now);
    }
}

/* ---- The same by oneDNN ------------------------------------------------------------------------------------------ */

typedef struct product {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t primitive;
    dnnl_memory_t source, weights, bias, out;
} product;

static dnnl_memory_t new_memory(const dnnl_memory_desc_t *desc, dnnl_engine_t engine, void *values)
{
    dnnl_memory_t memory;
    require(dnnl_memory_create(&memory, desc, engine, values), "memory");
    return memory;
}

static dnnl_memory_desc_t describe(int64_t rows, int64_t columns, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t desc;
    require(dnnl_memory_desc_init_by_tag(&desc, 2, (dnnl_dims_t){ rows, columns }, dnnl_f32, tag), "a description");
    return desc;
}

/* The kernel's panels as a matrix, k x n, which oneDNN then packs in its own way. */
static void pack_for_onednn(product *p, const layer *l, const dnnl_memory_desc_t *packed)
{
    size_t panel = l->op->kernel->panel;
    float *plain = new_array(l->k * l->n, sizeof *plain);
    for (size_t i = 0; i < l->k; i++)
        for (size_t o = 0; o < l->n; o++)
            plain[i * l->n + o] = l->op->packed[o / panel * l->k * panel + i * panel + o % panel];
    dnnl_memory_desc_t desc = describe((int64_t)l->k, (int64_t)l->n, dnnl_ab);
    dnnl_memory_t from = new_memory(&desc, p->engine, plain);
    dnnl_primitive_desc_t reorder;
    dnnl_primitive_t primitive;
    p->weights = new_memory(packed, p->engine, DNNL_MEMORY_ALLOCATE);
    require(dnnl_reorder_primitive_desc_create(&reorder, &desc, p->engine, packed, p->engine, NULL), "packing");
    require(dnnl_primitive_create(&primitive, reorder), "packing");
    dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, p->weights } };
    require(dnnl_primitive_execute(primitive, p->stream, 2, args), "packing");
    require(dnnl_stream_wait(p->stream), "packing");
    dnnl_primitive_destroy(primitive);
    dnnl_primitive_desc_destroy(reorder);
    dnnl_memory_destroy(from);
    free(plain);
}

static dnnl_primitive_attr_t cut_off_below_zero(void)
{
    dnnl_post_ops_t post;
    dnnl_primitive_attr_t attr;
    require(dnnl_post_ops_create(&post), "post-ops");
    require(dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, 0, 0), "post-ops");
    require(dnnl_primitive_attr_create(&attr), "attributes");
    require(dnnl_primitive_attr_set_post_ops(attr, post), "attributes");
    dnnl_post_ops_destroy(post);
    return attr;
}

/* Rows [first, first + m) of a layer. */
static product new_product(const layer *l, size_t first, size_t m)
{
    product p = { 0 };
    int64_t rows = (int64_t)m, k = (int64_t)l->k, n = (int64_t)l->n;
    dnnl_memory_desc_t source = describe(rows, k, dnnl_ab), any = describe(k, n, dnnl_format_tag_any), bias = describe(1, n, dnnl_ab);
    dnnl_memory_desc_t out = describe(rows, n, dnnl_ab);
    dnnl_matmul_desc_t desc;
    dnnl_primitive_desc_t made;
    dnnl_primitive_attr_t attr = cut_off_below_zero();
    require(dnnl_engine_create(&p.engine, dnnl_cpu, 0), "an engine");
    require(dnnl_stream_create(&p.stream, p.engine, dnnl_stream_default_flags), "a stream");
    require(dnnl_matmul_desc_init(&desc, &source, &any, &bias, &out), "a product");
    require(dnnl_primitive_desc_create(&made, &desc, attr, p.engine, NULL), "a product");
    require(dnnl_primitive_create(&p.primitive, made), "a product");
    p.source = new_memory(&source, p.engine, l->gathered + first * l->k);
    p.bias = new_memory(&bias, p.engine, l->op->bias);
    p.out = new_memory(&out, p.engine, l->out_onednn + first * l->n);
    pack_for_onednn(&p, l, dnnl_primitive_desc_query_md(made, dnnl_query_weights_md, 0));
    dnnl_primitive_attr_destroy(attr);
    dnnl_primitive_desc_destroy(made);
    return p;
}

static void run_product(const product *p)
{
    dnnl_exec_arg_t args[] = { { DNNL_ARG_SRC, p->source }, { DNNL_ARG_WEIGHTS, p->weights }, { DNNL_ARG_BIAS, p->bias },
                               { DNNL_ARG_DST, p->out } };
    require(dnnl_primitive_execute(p->primitive, p->stream, 4, args), "a product");
    require(dnnl_stream_wait(p->stream), "a product");
}

static void free_product(product *p)
{
    dnnl_memory_destroy(p->source);
    dnnl_memory_destroy(p->weights);
    dnnl_memory_destroy(p->bias);
    dnnl_memory_destroy(p->out);
    dnnl_primitive_destroy(p->primitive);
    dnnl_stream_destroy(p->stream);
    dnnl_engine_destroy(p->engine);
}

/* ---- The comparison ---------------------------------------------------------------------------------------------- */

typedef struct figures {
    double kernel, onednn, gather; /* seconds */
    size_t n_apart, n_apart_onednn, n_layers; /* layers in which a row alone has other bits than among others */
} figures;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

/* Seconds that this thread was at work: what else the machine does counts for little. */
static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Kernel, oneDNN and gathering in turns, each as often as makes some milliseconds. */
static void time_layer(const layer *l, const product *p, figures *f)
{
    double kernel[ROUNDS], onednn[ROUNDS], gathering[ROUNDS];
    int times = 1 + (int)(2e8 / (2.0 * (double)(l->m * l->k * l->n) + 1e6));
    for (int round = -1; round < ROUNDS; round++) { /* the first warms up */
        double start = cpu_now();
        for (int i = 0; i < times; i++)
            run_kernel(l, 0, l->m);
        double middle = cpu_now();
        for (int i = 0; i < times; i++)
            run_product(p);
        double late = cpu_now();
        for (int i = 0; i < times; i++)
            gather(l);
        double end = cpu_now();
        if (round < 0)
            continue;
        kernel[round] = (middle - start) / times;
        onednn[round] = (late - middle) / times;
        gathering[round] = (end - late) / times;
    }
    f->kernel += median(kernel);
    f->onednn += median(onednn);
    f->gather += l->op->window.height * l->op->window.width > 1 ? median(gathering) : 0;
}

/* Whether some of the rows, each alone, come out as among all. Outputs: those of all. */
static void compare_bits(const layer *l, figures *f)
{
    bool is_apart = false, is_apart_onednn = false;
    size_t size = l->n * sizeof(float);
    float *together = new_array(l->n, sizeof *together);
    for (size_t i = 0; i < 8; i++) {
        size_t r = l->m * i / 8;
        memcpy(together, l->out + r * l->n, size);
        run_kernel(l, r, 1);
        is_apart |= memcmp(together, l->out + r * l->n, size) != 0;
        memcpy(together, l->out_onednn + r * l->n, size);
        product alone = new_product(l, r, 1);
        run_product(&alone);
        free_product(&alone);
        is_apart_onednn |= memcmp(together, l->out_onednn + r * l->n, size) != 0;
    }
    free(together);
    f->n_layers++;
    f->n_apart += is_apart;
    f->n_apart_onednn += is_apart_onednn;
}

static void check_values(const layer *l)
{
    for (size_t i = 0; i < l->m * l->n; i++)
        if (fabsf(l->out[i] - l->out_onednn[i]) > 1e-3f * (1 + fabsf(l->out[i]))) {
            fprintf(stderr, "onednn: %zu x %zu x %zu: value %zu is %g and %g\n", l->m, l->k, l->n, i, (double)l->out[i],
                    (double)l->out_onednn[i]);
            exit(1);
        }
}

static void add_line(pp_text_table *table, const layer *l, const figures *f)
{
    double flops = 2e-9 * (double)(l->m * l->k * l->n);
    pp_text_table_add(table, "%zu x %zu x %zu", l->m, l->k, l->n);
    pp_text_table_add(table, "%.1f", flops / f->kernel);
    pp_text_table_add(table, "%.1f", flops / f->onednn);
    pp_text_table_add(table, "%.2f", f->onednn / f->kernel);
    pp_text_table_add(table, "%.2f", (f->onednn + f->gather) / f->kernel);
}

static void compare_layer(reach *r, const pp_input_plan *plan, int which, int draws, pp_text_table *table, figures *sum)
{
    layer l;
    figures f = { 0 };
    open_layer(&l, r, plan, which, draws);
    gather(&l);
    product p = new_product(&l, 0, l.m);
    run_kernel(&l, 0, l.m);
    run_product(&p);
    check_values(&l);
    compare_bits(&l, sum);
    time_layer(&l, &p, &f);
    add_line(table, &l, &f);
    sum->kernel += f.kernel;
    sum->onednn += f.onednn;
    sum->gather += f.gather;
    free_product(&p);
    close_layer(&l);
}

static void compare(reach *r, const pp_input_plan *plan, int draws)
{
    static const char *const HEADS[] = { "rows x products x channels", "kernel GFLOP/s", "oneDNN GFLOP/s", "oneDNN / kernel", "gathering too" };
    figures sum = { 0 };
    pp_text_table table;
    pp_text_table_init(&table, 5);
    for (int i = 0; i < 5; i++)
        pp_text_table_add(&table, "%s", HEADS[i]);
    for (int i = 0; i < r->program.n_ops; i++)
        if (r->program.ops[i].type == &pp_op_conv && r->program.ops[i].groups == 1)
            compare_layer(r, plan, i, draws, &table, &sum);
    pp_text_table_print(&table, stdout);
    pp_text_table_clear(&table);
    printf("candidates at once: %d; all layers: oneDNN takes %.2f of the kernel's time, %.2f with gathering\n"
           "layers in which a row alone has other bits than among others: kernel %zu, oneDNN %zu of %zu\n\n", draws, sum.onednn / sum.kernel,
           (sum.onednn + sum.gather) / sum.kernel, sum.n_apart, sum.n_apart_onednn, sum.n_layers);
}

static void fill_base(const reach *r)
{
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int m = 0; m < r->program.n_maps; m++) {
        const pp_map *map = &r->program.maps[m];
        for (size_t i = 0; i < (size_t)map->height * (size_t)map->width * (size_t)map->channels; i++)
            r->base.maps[m][i] = pp_rng_unit_float(&rng);
    }
}

int main(int argc, char **argv)
{
    pp_params *params = NULL;
    pp_model *model = NULL;
    reach r = { 0 };
    pp_error err = { .message = "usage: onednn [--OPTION VALUE ...] MODEL" };
    int at = 1;
    if (!getenv("OMP_NUM_THREADS")) { /* oneDNN's threads are settled before main */
        setenv("OMP_NUM_THREADS", "1", 1);
        execv("/proc/self/exe", argv);
    }
    pp_code code = pp_params_new(&params, "dgde", &err);
    for (; code == PP_OK && at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2)
        code = pp_params_set(params, argv[at] + 2, argv[at + 1], &err);
    if (code == PP_OK && at >= argc)
        code = PP_ARG;
    if (code == PP_OK)
        code = pp_model_open(&model, argv[at], params, &err);
    if (code == PP_OK)
        code = open_reach(&r, model, &err);
    if (code == PP_OK) {
        fill_base(&r);
        compare(&r, &model->plan, DRAWS);
        compare(&r, &model->plan, 1);
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    close_reach(&r);
    pp_model_free(model);
    pp_params_free(params);
    return code == PP_OK ? 0 : 1;
}
