/* fuzz_model.c - a hostile model file: read, asked all that the library asks, and run by the incremental engine.
 *
 * Beside crashes, these are findings: an answer that depends on the base, on the batch, or on how the image came about; and a file with
 * further outputs that cannot be read any more. Programs that would be slow are built but not run. */
#include "fuzz.h"

#include "oracle/engine.h"
#include "onnx/onnx_file.h"

#include <string.h>

enum {
    MODEL = 200, WEIGHTS = 201, /* numbers of open files, hence names in the folder /proc/self/fd */
    LARGEST_FILE = 1 << 16, LARGEST_SIDE = 64, N_CANDIDATES = 4
};
static const size_t MEMORY = (size_t)16 << 20;
static const uint64_t MOST_MULTIPLY_ADDS = 4000000;

/* ---- Questions --------------------------------------------------------------------------------------------------- */

static void ask_sizes(const pp_onnx *onnx, const pp_onnx_port *output)
{
    static const int64_t DIMS[] = { 1, 3, 16, 16 };
    pp_onnx_op *ops = NULL;
    size_t n_ops = 0;
    uint64_t sum = pp_onnx_parameters(onnx);
    if (pp_onnx_operators(onnx, &ops, &n_ops, NULL) == PP_OK)
        free(ops);
    for (size_t i = 0; i < onnx->graph->n_node && i < 64; i++) {
        sum += pp_onnx_node_multiply_adds(onnx, onnx->graph->node[i], DIMS, 4);
        sum += pp_onnx_node_multiply_adds(onnx, onnx->graph->node[i], output->dims, output->n_dims);
    }
    REQUIRE(sum + 1 != 0 || n_ops > 0);
}

static void ask_for_outputs(const pp_onnx *onnx, const char *name)
{
    const Onnx__NodeProto *last = onnx->graph->node[onnx->graph->n_node - 1];
    const char *names[] = { name, last->n_output ? last->output[0] : name };
    uint8_t *bytes;
    size_t n_bytes;
    if (pp_onnx_with_outputs(onnx, names, 2, &bytes, &n_bytes, NULL) != PP_OK)
        return;
    Onnx__ModelProto *again = onnx__model_proto__unpack(NULL, n_bytes, bytes);
    REQUIRE(again && again->graph && again->graph->n_node == onnx->graph->n_node);
    onnx__model_proto__free_unpacked(again, NULL);
    free(bytes);
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

static int small_side(int64_t stated)
{
    return stated > 0 && stated <= LARGEST_SIDE ? (int)stated : 16;
}

static pp_input_plan make_plan(const pp_onnx_port *input)
{
    const int64_t *d = input->dims;
    pp_input_plan plan = { .width = 16, .height = 16, .channels = 3, .element = PP_ELEMENT_FLOAT32, .scale = 1 / 255.0,
                           .mean = { 0.5, 0.4, 0.3 }, .std = { 0.25, 0.5, 1 } };
    if (input->n_dims != 4)
        return plan;
    plan.nhwc = d[1] != 1 && d[1] != 3 && (d[3] == 1 || d[3] == 3);
    plan.channels = d[plan.nhwc ? 3 : 1] == 1 ? 1 : 3;
    plan.height = small_side(d[plan.nhwc ? 1 : 2]);
    plan.width = small_side(d[plan.nhwc ? 2 : 3]);
    return plan;
}

/* Candidates: nothing, a corner, a few that come twice, a line. */
static void make_candidates(const pp_image *image, pp_pixel pixels[LARGEST_SIDE], pp_candidate candidates[N_CANDIDATES])
{
    uint16_t right = (uint16_t)(image->width - 1), bottom = (uint16_t)(image->height - 1);
    for (int i = 0; i < LARGEST_SIDE; i++)
        pixels[i] = (pp_pixel){ (uint16_t)(i % image->width), bottom / 2, { (uint8_t)(7 * i), 255, 0 } };
    pixels[0] = (pp_pixel){ right, bottom, { 255, 0, 128 } };
    pixels[1] = (pp_pixel){ 0, 0, { 1, 2, 3 } };
    pixels[3] = (pp_pixel){ 0, 0, { 200, 100, 50 } };
    candidates[0] = (pp_candidate){ NULL, 0 };
    candidates[1] = (pp_candidate){ pixels, 1 };
    candidates[2] = (pp_candidate){ pixels, 5 };
    candidates[3] = (pp_candidate){ pixels + 5, (size_t)image->width };
    candidates[3].n = candidates[3].n > LARGEST_SIDE - 5 ? LARGEST_SIDE - 5 : candidates[3].n;
}

static void paint(pp_image *image, const pp_candidate *candidate)
{
    for (size_t i = 0; i < candidate->n; i++) {
        const pp_pixel *pixel = &candidate->pixels[i];
        memcpy(image->data + (pixel->y * image->width + pixel->x) * image->channels, pixel->value, (size_t)image->channels);
    }
}

/* The scores of each candidate: all at once, one by one, and as the new base must be the same to the bit. */
static void score(void *state, pp_image *image, size_t n_outputs)
{
    const pp_engine *engine = &pp_engine_incremental;
    pp_pixel pixels[LARGEST_SIDE];
    pp_candidate candidates[N_CANDIDATES];
    float *scores = malloc(N_CANDIDATES * n_outputs * sizeof *scores), *one = malloc(n_outputs * sizeof *one);
    make_candidates(image, pixels, candidates);
    REQUIRE(scores && one && engine->rebase(state, image, NULL) == PP_OK);
    bool finite = engine->score(state, candidates, N_CANDIDATES, scores, NULL) == PP_OK;
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        bool is_finite = engine->score(state, &candidates[i], 1, one, NULL) == PP_OK;
        REQUIRE(is_finite || !finite);
        REQUIRE(!finite || memcmp(one, scores + i * n_outputs, n_outputs * sizeof *one) == 0);
        if (is_finite)
            memcpy(scores + i * n_outputs, one, n_outputs * sizeof *one);
    }
    paint(image, &candidates[2]);
    bool before = engine->score(state, &candidates[2], 1, one, NULL) == PP_OK;
    REQUIRE(engine->rebase(state, image, NULL) == PP_OK);
    REQUIRE((engine->score(state, &candidates[0], 1, one, NULL) == PP_OK) == before);
    REQUIRE(!before || memcmp(one, scores + 2 * n_outputs, n_outputs * sizeof *one) == 0);
    free(scores);
    free(one);
}

static void run(const pp_onnx *onnx, const char *input, const char *output, const pp_input_plan *plan)
{
    void *state;
    size_t n_outputs;
    pp_image *image;
    if (pp_incremental_open(&state, onnx, input, output, plan, 1, MEMORY, 0, &n_outputs, NULL) != PP_OK)
        return;
    REQUIRE(pp_image_new(&image, plan->width, plan->height, plan->channels, NULL) == PP_OK);
    for (int i = 0; i < plan->width * plan->height * plan->channels; i++)
        image->data[i] = (uint8_t)(i * 37 % 251);
    if (pp_incremental_dense_multiply_adds(state) <= MOST_MULTIPLY_ADDS)
        score(state, image, n_outputs);
    REQUIRE(pp_incremental_multiply_adds(state) <= 16 * pp_incremental_dense_multiply_adds(state));
    pp_image_free(image);
    pp_engine_incremental.close(state);
}

/* ---- The target -------------------------------------------------------------------------------------------------- */

/* The model, and a file of weights beside it that it may name. */
static void make_files(void)
{
    static bool made;
    uint8_t weights[1024];
    if (made)
        return;
    for (size_t i = 0; i < sizeof weights; i++) /* small numbers, half of them negative */
        weights[i] = i % 4 < 2 ? (uint8_t)(i * 29) : i % 4 == 2 ? 0 : i % 8 < 4 ? 0x3e : 0xbe;
    make_memory_file(MODEL);
    make_memory_file(WEIGHTS);
    fill_memory_file(WEIGHTS, weights, sizeof weights);
    made = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pp_onnx *onnx;
    pp_onnx_port input, output;
    if (size > LARGEST_FILE)
        return 0;
    make_files();
    fill_memory_file(MODEL, data, size);
    if (pp_onnx_open(&onnx, "/proc/self/fd/200", NULL) != PP_OK)
        return 0;
    if (pp_onnx_first_output(onnx, &output, NULL) == PP_OK) {
        pp_onnx_head head = pp_onnx_find_head(onnx, output.name);
        ask_sizes(onnx, &output);
        ask_for_outputs(onnx, head.logits ? head.logits : output.name);
        if (pp_onnx_image_input(onnx, &input, NULL) == PP_OK) {
            pp_input_plan plan = make_plan(&input);
            run(onnx, input.name, output.name, &plan);
            if (head.logits)
                run(onnx, input.name, head.logits, &plan);
        }
    }
    pp_onnx_free(onnx);
    return 0;
}
