/* test_engine_incremental.c - what a candidate scores is a function of its image, to the bit: alone or in any batch, in any order, by one
 * thread or several, whatever base the engine had before and whatever it was told to expect. */
#include "incremental/engines.h"

#include "onnx/make_model.h"

enum { WIDTH = 26, HEIGHT = 21, N_CANDIDATES = 37, N_OUTPUTS = 3, MOST_PIXELS = WIDTH * HEIGHT };

static const pp_input_plan PLAN = { .width = WIDTH, .height = HEIGHT, .channels = 3, .scale = 1 / 255.0, .mean = { 0.5, 0.4, 0.45 },
                                    .std = { 0.25, 0.3, 0.2 } };

/* ---- A network with all kinds of reach ---------------------------------------------------------------------------- */

static void add_random(Onnx__ModelProto *model, pp_rng *rng, const char *name, const char *dims, size_t n, double size)
{
    float *values = calloc(n, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(size * pp_rng_normal(rng));
    add_floats(model, name, dims, values, n);
    free(values);
}

static Onnx__NodeProto *add_windowed(Onnx__ModelProto *model, const char *op, const char *inputs, const char *output, const char *pads,
                                     const char *strides)
{
    Onnx__NodeProto *node = add_node(model, op, inputs, output);
    set_ints(node, "pads", pads);
    set_ints(node, "strides", strides);
    return node;
}

/* x -> convolution, ReLU, max pooling -> b; b -> depthwise, clamped, 1 x 1, + b, ReLU, average pooling -> global average -> matrix -> y */
static Onnx__ModelProto *new_network(void)
{
    Onnx__ModelProto *model = new_model(13);
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    add_input(model, "x", PP_ONNX_FLOAT, "1 3 21 26");
    add_output(model, "y", NULL);
    add_random(model, &rng, "w1", "19 3 3 3", 19 * 27, 0.3);
    add_random(model, &rng, "b1", "19", 19, 0.1);
    add_random(model, &rng, "w2", "19 1 3 3", 19 * 9, 0.4);
    add_random(model, &rng, "w3", "19 19 1 1", 19 * 19, 0.3);
    add_random(model, &rng, "w4", "19 3", 19 * N_OUTPUTS, 0.5);
    add_floats(model, "low", "", (float[]){ -0.2f }, 1);
    add_floats(model, "high", "", (float[]){ 1.5f }, 1);
    add_windowed(model, "Conv", "x w1 b1", "c1", "1 1 1 1", "2 1");
    add_node(model, "Relu", "c1", "r1");
    set_ints(add_windowed(model, "MaxPool", "r1", "b", "1 0 1 1", "1 2"), "kernel_shape", "3 3");
    set_int(add_windowed(model, "Conv", "b w2", "c2", "1 1 1 1", "1 1"), "group", 19);
    add_node(model, "Clip", "c2 low high", "k2");
    add_windowed(model, "Conv", "k2 w3", "c3", "0 0 0 0", "1 1");
    add_node(model, "Add", "c3 b", "s");
    add_node(model, "Relu", "s", "r3");
    set_ints(add_windowed(model, "AveragePool", "r3", "p", "0 0 1 0", "2 2"), "kernel_shape", "3 2");
    add_node(model, "GlobalAveragePool", "p", "g");
    add_node(model, "Flatten", "g", "f");
    add_node(model, "MatMul", "f w4", "y");
    return model;
}

static void *open_network(size_t n_threads, double change_threshold)
{
    pp_onnx *onnx = open_model(new_network());
    void *engine = NULL;
    size_t n_outputs;
    pp_error err;
    assert_ok(pp_incremental_open(&engine, onnx, "x", "y", &PLAN, n_threads, PLENTY, change_threshold, &n_outputs, &err), err);
    assert_int_equal(n_outputs, N_OUTPUTS);
    pp_onnx_free(onnx);
    return engine;
}

/* ---- Candidates, and the scores that each has alone --------------------------------------------------------------- */

typedef struct fixture {
    pp_rng rng;
    pp_image *base;
    pp_pixel *pixels; /* N_CANDIDATES x MOST_PIXELS */
    pp_candidate candidates[N_CANDIDATES];
    double change_threshold;
    float alone[N_CANDIDATES * N_OUTPUTS];
} fixture;

static void rebase(void *engine, const pp_image *base)
{
    pp_error err;
    assert_ok(pp_engine_incremental.rebase(engine, base, &err), err);
}

static void score(void *engine, const pp_candidate *candidates, size_t n, float *scores)
{
    pp_error err;
    assert_ok(pp_engine_incremental.score(engine, candidates, n, scores, &err), err);
}

/* Mostly few pixels, some twice, some in the colour that they have already; one candidate of none, one of all. */
static void draw_candidates(fixture *f)
{
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        pp_pixel *pixels = f->pixels + i * MOST_PIXELS;
        size_t n = i == 0 ? 0 : i == 1 ? MOST_PIXELS : 1 + pp_rng_below(&f->rng, i % 5 == 0 ? 60 : 6);
        for (size_t p = 0; p < n; p++)
            pixels[p] = random_pixel(&PLAN, &f->rng);
        if (n > 3 && i % 3 == 0) {
            const pp_pixel *first = &pixels[0];
            pixels[2].x = first->x;
            pixels[2].y = first->y;
            memcpy(pixels[3].value, f->base->data + (pixels[3].y * WIDTH + pixels[3].x) * 3, 3);
        }
        f->candidates[i] = (pp_candidate){ pixels, n };
    }
}

static int set_up_with(void **state, double change_threshold)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    pp_rng_seed(&f->rng, 7);
    f->base = noise_image(&PLAN, &f->rng);
    f->pixels = calloc(N_CANDIDATES * MOST_PIXELS, sizeof *f->pixels);
    assert_non_null(f->pixels);
    draw_candidates(f);
    f->change_threshold = change_threshold;
    void *engine = open_network(1, change_threshold);
    rebase(engine, f->base);
    for (size_t i = 0; i < N_CANDIDATES; i++)
        score(engine, &f->candidates[i], 1, f->alone + i * N_OUTPUTS);
    pp_engine_incremental.close(engine);
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, 0);
}

/* So much that many changes are not followed. */
static int set_up_inexact(void **state)
{
    return set_up_with(state, 0.2);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    pp_image_free(f->base);
    free(f->pixels);
    free(f);
    return 0;
}

/* Scores the candidates in this order, so many in a call, and compares. */
static void check_scores(void *engine, const fixture *f, const size_t order[N_CANDIDATES], size_t at_once)
{
    pp_candidate candidates[N_CANDIDATES];
    float scores[N_CANDIDATES * N_OUTPUTS];
    for (size_t i = 0; i < N_CANDIDATES; i++)
        candidates[i] = f->candidates[order[i]];
    for (size_t first = 0; first < N_CANDIDATES; first += at_once) {
        size_t n = N_CANDIDATES - first < at_once ? N_CANDIDATES - first : at_once;
        score(engine, candidates + first, n, scores + first * N_OUTPUTS);
    }
    for (size_t i = 0; i < N_CANDIDATES; i++)
        assert_memory_equal(scores + i * N_OUTPUTS, f->alone + order[i] * N_OUTPUTS, N_OUTPUTS * sizeof *scores);
}

static void in_order(size_t order[N_CANDIDATES])
{
    for (size_t i = 0; i < N_CANDIDATES; i++)
        order[i] = i;
}

static void shuffle(pp_rng *rng, size_t order[N_CANDIDATES])
{
    for (size_t i = N_CANDIDATES; i-- > 1;) {
        size_t j = pp_rng_below(rng, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static const size_t BATCHES[] = { 1, 2, 3, 7, 8, 9, 16, 17, N_CANDIDATES };
enum { N_BATCHES = sizeof BATCHES / sizeof *BATCHES };

/* Batches of many sizes, each in another order. */
static void check_batches(fixture *f, size_t n_threads)
{
    void *engine = open_network(n_threads, f->change_threshold);
    size_t order[N_CANDIDATES];
    in_order(order);
    rebase(engine, f->base);
    for (size_t b = 0; b < N_BATCHES; b++) {
        check_scores(engine, f, order, BATCHES[b]);
        shuffle(&f->rng, order);
    }
    pp_engine_incremental.close(engine);
}

/* ---- The tests --------------------------------------------------------------------------------------------------- */

/* Or the others would say nothing. */
static void candidates_do_differ_from_each_other(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < N_CANDIDATES; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(f->alone + i * N_OUTPUTS, f->alone + j * N_OUTPUTS, N_OUTPUTS * sizeof(float));
}

static void a_candidate_scores_the_same_bits_alone_in_any_batch_and_in_any_order(void **state)
{
    check_batches(*state, 1);
}

static void a_candidate_scores_the_same_bits_by_one_thread_and_by_several(void **state)
{
    check_batches(*state, 2);
    check_batches(*state, 3);
}

/* One thing that can happen to an engine: another image, an image near the base, something to expect, scores asked. */
static void let_something_happen(void *engine, fixture *f)
{
    const pp_candidate *candidate = &f->candidates[pp_rng_below(&f->rng, N_CANDIDATES)];
    pp_image *image = NULL;
    float scores[N_OUTPUTS];
    pp_error err;
    switch (pp_rng_below(&f->rng, 4)) {
    case 0:
        image = noise_image(&PLAN, &f->rng);
        rebase(engine, image);
        break;
    case 1:
        assert_ok(pp_image_copy(&image, f->base, &err), err);
        pp_image_paint(image, candidate->pixels, candidate->n);
        rebase(engine, image);
        break;
    case 2:
        assert_ok(pp_engine_incremental.expect(engine, candidate->pixels, candidate->n, &err), err);
        break;
    default:
        score(engine, candidate, 1, scores);
    }
    pp_image_free(image);
}

static void a_candidate_scores_the_same_bits_whatever_bases_came_before(void **state)
{
    fixture *f = *state;
    size_t order[N_CANDIDATES];
    in_order(order);
    for (size_t n_threads = 1; n_threads <= 2; n_threads++) {
        void *engine = open_network(n_threads, f->change_threshold);
        pp_image *another = noise_image(&PLAN, &f->rng);
        for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
            another->data[i] /= 4;
        rebase(engine, another);
        pp_image_free(another);
        for (int history = 0; history < 25; history++) {
            for (size_t i = pp_rng_below(&f->rng, 8); i-- > 0;)
                let_something_happen(engine, f);
            rebase(engine, f->base);
            check_scores(engine, f, order, 1 + pp_rng_below(&f->rng, N_CANDIDATES));
        }
        pp_engine_incremental.close(engine);
    }
}

static void what_is_expected_changes_no_score(void **state)
{
    fixture *f = *state;
    void *engine = open_network(1, f->change_threshold);
    size_t order[N_CANDIDATES];
    pp_error err;
    in_order(order);
    rebase(engine, f->base);
    for (size_t i = 0; i < N_CANDIDATES; i++) { /* each hint follows another, without a new base between them */
        assert_ok(pp_engine_incremental.expect(engine, f->candidates[i].pixels, f->candidates[i].n, &err), err);
        check_scores(engine, f, order, 8);
    }
    pp_engine_incremental.close(engine);
}

/* The image counts, not whether it is a base or a candidate over one. */
static void a_candidate_scores_the_same_bits_as_its_image_made_the_base(void **state)
{
    fixture *f = *state;
    void *engine = open_network(1, f->change_threshold);
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        pp_image *image = NULL;
        float scores[N_OUTPUTS];
        pp_error err;
        assert_ok(pp_image_copy(&image, f->base, &err), err);
        pp_image_paint(image, f->candidates[i].pixels, f->candidates[i].n);
        rebase(engine, image);
        score(engine, &f->candidates[0], 1, scores);
        assert_memory_equal(scores, f->alone + i * N_OUTPUTS, sizeof scores);
        pp_image_free(image);
    }
    pp_engine_incremental.close(engine);
}

/* ---- With a change threshold --------------------------------------------------------------------------------------- */

static double largest_difference(const float *a, const float *b)
{
    double largest = 0;
    for (size_t i = 0; i < N_CANDIDATES * N_OUTPUTS; i++)
        largest = fmax(largest, fabs((double)a[i] - b[i]));
    return largest;
}

static void a_large_change_threshold_changes_scores_and_a_small_one_next_to_nothing(void **state)
{
    const fixture *exact = *state;
    const double thresholds[] = { 1e-6, 1e-4, 0.2 };
    double differences[3];
    for (size_t i = 0; i < 3; i++) {
        void *other = NULL;
        set_up_with(&other, thresholds[i]);
        differences[i] = largest_difference(exact->alone, ((const fixture *)other)->alone);
        tear_down(&other);
    }
    assert_true(differences[0] < 1e-5);
    assert_true(differences[1] < 1e-3);
    assert_true(differences[2] > 1e-3);
}

/* What is left out is measured on the base, so a score depends on the base; but on that of the last hint alone. */
static void only_what_is_expected_last_changes_inexact_scores(void **state)
{
    fixture *f = *state;
    void *fresh = open_network(1, f->change_threshold), *used = open_network(2, f->change_threshold);
    size_t order[N_CANDIDATES], n_apart = 0;
    pp_error err;
    in_order(order);
    rebase(used, f->base);
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        float kept[N_CANDIDATES * N_OUTPUTS];
        memcpy(kept, f->alone, sizeof kept);
        rebase(fresh, f->base);
        assert_ok(pp_engine_incremental.expect(fresh, f->candidates[i].pixels, f->candidates[i].n, &err), err);
        assert_ok(pp_engine_incremental.expect(used, f->candidates[i].pixels, f->candidates[i].n, &err), err);
        score(fresh, f->candidates, N_CANDIDATES, f->alone);
        check_scores(used, f, order, 1 + i);
        n_apart += memcmp(kept, f->alone, sizeof kept) != 0;
        memcpy(f->alone, kept, sizeof kept);
    }
    assert_true(n_apart > 0);
    pp_engine_incremental.close(fresh);
    pp_engine_incremental.close(used);
}

static void inexact_scores_too_depend_on_no_batch_thread_or_earlier_base(void **state)
{
    check_batches(*state, 1);
    check_batches(*state, 3);
    a_candidate_scores_the_same_bits_whatever_bases_came_before(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_do_differ_from_each_other),
        cmocka_unit_test(a_candidate_scores_the_same_bits_alone_in_any_batch_and_in_any_order),
        cmocka_unit_test(a_candidate_scores_the_same_bits_by_one_thread_and_by_several),
        cmocka_unit_test(a_candidate_scores_the_same_bits_whatever_bases_came_before),
        cmocka_unit_test(what_is_expected_changes_no_score),
        cmocka_unit_test(a_candidate_scores_the_same_bits_as_its_image_made_the_base),
        cmocka_unit_test(a_large_change_threshold_changes_scores_and_a_small_one_next_to_nothing),
        cmocka_unit_test_setup_teardown(only_what_is_expected_last_changes_inexact_scores, set_up_inexact, tear_down),
        cmocka_unit_test_setup_teardown(inexact_scores_too_depend_on_no_batch_thread_or_earlier_base, set_up_inexact, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
