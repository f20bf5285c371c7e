/* test_audit.c - what the search says is not believed: a result counts if the saved image holds, else it is taken back. */
#include "support.h"

#include "audit/audit.h"
#include "oracle/small_model.h"

#include <unistd.h>

/* An engine that calls every changed image flipped, far from the boundary. */
static pp_code ignore_base(void *state, const pp_image *base, pp_error *err)
{
    (void)state, (void)base, (void)err;
    return PP_OK;
}

static int class_of_original;

static pp_code lie(void *state, const pp_candidate *candidates, size_t n, float *scores, pp_error *err)
{
    (void)state, (void)err;
    for (size_t i = 0; i < n; i++) {
        bool original = candidates[i].n == 0;
        scores[2 * i + (size_t)class_of_original] = original ? 5 : -5;
        scores[2 * i + (size_t)!class_of_original] = 0;
    }
    return PP_OK;
}

static const pp_engine liar = { .name = "liar", .rebase = ignore_base, .score = lie };

static void what_does_not_hold_is_taken_back_with_its_picture(void **state)
{
    (void)state;
    const small_model m = { .n_outputs = 2, .tail = "Softmax" };
    char folder[256], model_path[300], image_path[300], dir[300], path[400], *text;
    pp_params *params;
    pp_inputs *inputs;
    pp_audit *audit;
    pp_error err;
    new_folder(folder);
    snprintf(model_path, sizeof model_path, "%s/model.onnx", folder);
    snprintf(image_path, sizeof image_path, "%s/a.png", folder);
    snprintf(dir, sizeof dir, "%s/run", folder);
    snprintf(path, sizeof path, "%s/adversarial/a.png", dir);
    pp_image *image = small_image(&m, 1);
    assert_ok(pp_image_save_png(image, image_path, &err), err);
    Onnx__ModelProto *proto = new_small_model(&m);
    save_model(proto, model_path);
    free_model(proto);
    assert_ok(pp_params_new(&params, "dgde", &err), err);
    assert_ok(pp_params_set(params, "preset", "unit", &err), err);
    assert_ok(pp_params_set(params, "target-pixels", "1", &err), err);
    assert_ok(pp_inputs_new(&inputs, &err), err);
    assert_ok(pp_inputs_add(inputs, image_path, &err), err);
    assert_ok(pp_audit_create(&audit, dir, model_path, inputs, params, &err), err);
    assert_ok(pp_classify(audit->model, image, NULL, &class_of_original, &err), err);
    audit->model->engine = &liar;
    audit->model->engine_state = audit->model->reference_state;
    audit->model->engine_chosen = true;
    assert_ok(pp_audit_run(audit, NULL, &err), err);
    assert_string_equal(audit->images[0].status, "failed");
    assert_int_not_equal(access(path, F_OK), 0);
    pp_audit_free(audit);
    assert_ok(pp_verify(dir, NULL, &text, &err), err);
    assert_string_equal(text, "0 of 0 saved adversarial images hold\n");
    free(text);
    pp_inputs_free(inputs);
    pp_params_free(params);
    pp_image_free(image);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_hold_is_taken_back_with_its_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
