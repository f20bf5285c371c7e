/* header_example.c - the example at the head of pinprick.h as a program. test_header.c holds the two against each other. */
#include "pinprick/pinprick.h"

#include <stdio.h>

int main(void)
{
    pp_error err;
    pp_params *params = NULL;
    pp_model *model = NULL;
    pp_image *image = NULL;
    pp_result *result = NULL;
    if (pp_params_new(&params, "dgde", &err) || pp_params_set(params, "queries", "2000", &err) ||
        pp_model_open(&model, "model.onnx", params, &err) || pp_image_load(&image, "xray.png", model, params, &err) ||
        pp_attack(&result, model, image, params, &err) < 0)
        fprintf(stderr, "%s\n", err.message);
    else
        printf("%zu pixels after %llu queries\n", result->l0, (unsigned long long)result->queries);
    pp_result_free(result), pp_image_free(image), pp_model_free(model), pp_params_free(params);
    return 0;
}
