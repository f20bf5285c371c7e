/* Random classifiers (make_graphs.py), dense and incremental, against ONNX Runtime: every operator that is covered, odd sizes, strides,
 * paddings, groups and dilations, with changes at corners, at borders, scattered, none, and everywhere.
 *
 * PINPRICK_SEED and PINPRICK_GRAPHS choose others, and more of them. A graph that fails stays in the build folder and is named. */
#include "incremental/engines.h"

#include "incremental/translate.h"

#include <glob.h>

static const char FOLDER[] = "incremental-graphs"; /* tests run in the build folder */

static uint64_t setting(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : fallback;
}

/* Has the graphs written. Skips, with a message, where no Python has the package onnx. */
static glob_t make_graphs(void)
{
    static const char *const PYTHONS[] = { "python3", "/usr/bin/python3" };
    char command[1200], script[512];
    glob_t graphs;
    for (size_t i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "%s -c 'import onnx' 2>/dev/null", PYTHONS[i]);
        if (system(command) != 0)
            continue;
        snprintf(command, sizeof command, "rm -rf '%s' && %s '%s' '%s' %llu %llu", FOLDER, PYTHONS[i],
                 repo_file(script, "tests/incremental/make_graphs.py"), FOLDER, (unsigned long long)setting("PINPRICK_SEED", 1),
                 (unsigned long long)setting("PINPRICK_GRAPHS", 400));
        assert_int_equal(system(command), 0);
        snprintf(command, sizeof command, "%s/*.onnx", FOLDER);
        assert_int_equal(glob(command, 0, NULL, &graphs), 0);
        return graphs;
    }
    print_message("skipped: no python3 with the package onnx (scripts/setup --tests installs it)\n");
    skip();
    abort(); /* skip does not return */
}

/* @return whether both engines agree on the graph, before and after a change of base */
static bool agrees(const char *path, uint64_t seed, double change_threshold)
{
    engines both;
    pp_error err;
    pp_rng rng;
    char difference[200];
    bool fine = true;
    if (open_engines(&both, path, 0, 1, change_threshold, &err) != PP_OK) {
        print_message("%s: %s\n", path, err.message);
        return false;
    }
    pp_rng_seed(&rng, seed);
    for (int round = 0; fine && round < 2; round++) {
        pp_image *base = noise_image(&both.plan, &rng);
        special_candidates special = new_candidates(&both.plan, &rng);
        size_t failed = compare_engines(&both, base, special.candidates, N_SPECIAL, difference);
        fine = failed == N_SPECIAL;
        if (!fine)
            print_message("%s: base %d, candidate %zu of %zu pixels: %s\n", path, round, failed, special.candidates[failed].n, difference);
        pp_image_free(base);
        free(special.pixels);
    }
    close_engines(&both);
    return fine;
}

static void check_graphs(double change_threshold)
{
    glob_t graphs = make_graphs();
    size_t n_failed = 0;
    for (size_t i = 0; i < graphs.gl_pathc; i++)
        n_failed += !agrees(graphs.gl_pathv[i], i, change_threshold);
    assert_true(graphs.gl_pathc > 0);
    globfree(&graphs);
    assert_int_equal(n_failed, 0);
}

static void every_operator_agrees_with_onnx_runtime(void **state)
{
    (void)state;
    check_graphs(0);
}

/* What is left out then is less than what the engines differ by. */
static void every_operator_agrees_without_the_smallest_changes_too(void **state)
{
    (void)state;
    check_graphs(1e-6);
}

static bool occurs(const pp_onnx *onnx, const char *op_type)
{
    for (size_t i = 0; i < onnx->graph->n_node; i++)
        if (strcmp(onnx->graph->node[i]->op_type, op_type) == 0)
            return true;
    return false;
}

/* Otherwise the test above would not say what its name says. */
static void every_covered_operator_is_in_some_graph(void **state)
{
    (void)state;
    const pp_translator *const tables[] = { pp_layer_translators, pp_map_translators };
    glob_t graphs = make_graphs();
    size_t counts[2][64] = { { 0 } };
    for (size_t i = 0; i < graphs.gl_pathc; i++) {
        pp_onnx *onnx = NULL;
        pp_error err;
        assert_ok(pp_onnx_open(&onnx, graphs.gl_pathv[i], &err), err);
        for (int t = 0; t < 2; t++)
            for (size_t j = 0; tables[t][j].op_type; j++)
                counts[t][j] += occurs(onnx, tables[t][j].op_type);
        pp_onnx_free(onnx);
    }
    globfree(&graphs);
    for (int t = 0; t < 2; t++)
        for (size_t j = 0; tables[t][j].op_type; j++)
            if (counts[t][j] == 0)
                fail_msg("no graph has the operator %s", tables[t][j].op_type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_agrees_with_onnx_runtime),
        cmocka_unit_test(every_operator_agrees_without_the_smallest_changes_too),
        cmocka_unit_test(every_covered_operator_is_in_some_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
