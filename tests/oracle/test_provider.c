/* Which of ONNX Runtime's calls adds a provider, and with what: a library is played that has them all and writes down how it was called. */
#include "support.h"

#include "oracle/provider.h"

#include <string.h>

static char called[600]; /* "CUDA device_id=1 x=y; append" */
static const char *refused;  /* what the library says when it adds one; NULL: it does */
static int n_made, n_freed;

static OrtStatus *const A_STATUS = (OrtStatus *)&called;

static OrtStatus *ORT_API_CALL get_available(char ***out, int *n)
{
    static char *names[] = { "TensorrtExecutionProvider", "CUDAExecutionProvider", "DnnlExecutionProvider", "OpenVINOExecutionProvider",
                             "AzureExecutionProvider", "Plugin", "CPUExecutionProvider" };
    *out = names;
    *n = 7;
    return NULL;
}

static OrtStatus *ORT_API_CALL release_available(char **names, int n)
{
    (void)names, (void)n;
    return NULL;
}

static const char *ORT_API_CALL message_of(const OrtStatus *status)
{
    (void)status;
    return refused;
}

static void ORT_API_CALL release_status(OrtStatus *status)
{
    assert_ptr_equal(status, A_STATUS);
}

static void write_options(const char *what, const char *const *keys, const char *const *values, size_t n)
{
    snprintf(called + strlen(called), sizeof called - strlen(called), "%s", what);
    for (size_t i = 0; i < n; i++)
        snprintf(called + strlen(called), sizeof called - strlen(called), " %s=%s", keys[i], values[i]);
}

static OrtStatus *ORT_API_CALL append_generic(OrtSessionOptions *options, const char *name, const char *const *keys, const char *const *values,
                                              size_t n)
{
    (void)options;
    write_options(name, keys, values, n);
    return refused ? A_STATUS : NULL;
}

/* The four calls of a provider that has its own. */
#define PLAY(Name, Options) \
    static OrtStatus *ORT_API_CALL create_##Name(Options **out) \
    { \
        *out = (Options *)&n_made; \
        n_made++; \
        return NULL; \
    } \
    static OrtStatus *ORT_API_CALL update_##Name(Options *own, const char *const *keys, const char *const *values, size_t n) \
    { \
        assert_ptr_equal(own, &n_made); \
        write_options(#Name, keys, values, n); \
        return NULL; \
    } \
    static OrtStatus *ORT_API_CALL append_##Name(OrtSessionOptions *options, const Options *own) \
    { \
        (void)options; \
        assert_ptr_equal(own, &n_made); \
        write_options("; append " #Name, NULL, NULL, 0); \
        return refused ? A_STATUS : NULL; \
    } \
    static void ORT_API_CALL release_##Name(Options *own) \
    { \
        assert_ptr_equal(own, &n_made); \
        n_freed++; \
    }
PLAY(CUDA, OrtCUDAProviderOptionsV2)
PLAY(TensorRT, OrtTensorRTProviderOptionsV2)
PLAY(Dnnl, OrtDnnlProviderOptions)

static const OrtApi LIBRARY = {
    .GetAvailableProviders = get_available, .ReleaseAvailableProviders = release_available,
    .GetErrorMessage = message_of, .ReleaseStatus = release_status, .SessionOptionsAppendExecutionProvider = append_generic,
    .CreateCUDAProviderOptions = create_CUDA, .UpdateCUDAProviderOptions = update_CUDA,
    .SessionOptionsAppendExecutionProvider_CUDA_V2 = append_CUDA, .ReleaseCUDAProviderOptions = release_CUDA,
    .CreateTensorRTProviderOptions = create_TensorRT, .UpdateTensorRTProviderOptions = update_TensorRT,
    .SessionOptionsAppendExecutionProvider_TensorRT_V2 = append_TensorRT, .ReleaseTensorRTProviderOptions = release_TensorRT,
    .CreateDnnlProviderOptions = create_Dnnl, .UpdateDnnlProviderOptions = update_Dnnl,
    .SessionOptionsAppendExecutionProvider_Dnnl = append_Dnnl, .ReleaseDnnlProviderOptions = release_Dnnl,
};

static pp_code append(const char *text, pp_error *err)
{
    called[0] = '\0';
    return pp_provider_append(&LIBRARY, NULL, text, "1.2.3", err);
}

static int start(void **state)
{
    (void)state;
    refused = NULL;
    n_made = n_freed = 0;
    return 0;
}

static void the_processor_needs_no_call(void **state)
{
    (void)state;
    pp_error err;
    static const char *const NAMES[] = { "", "cpu", "CPU", "CPUExecutionProvider" };
    for (size_t i = 0; i < 4; i++) {
        assert_ok(append(NAMES[i], &err), err);
        assert_string_equal(called, "");
    }
    assert_int_equal(append("cpu:a=1", &err), PP_ARG);
    assert_string_equal(err.message, "--provider: cpu takes no options");
}

static void those_with_a_call_of_their_own_are_made_filled_and_freed(void **state)
{
    (void)state;
    pp_error err;
    assert_ok(append("cuda:device_id=1,cudnn_conv_algo_search=DEFAULT", &err), err);
    assert_string_equal(called, "CUDA device_id=1 cudnn_conv_algo_search=DEFAULT; append CUDA");
    assert_ok(append("tensorrt:trt_engine_cache_path=/a:b=c", &err), err);
    assert_string_equal(called, "TensorRT trt_engine_cache_path=/a:b=c; append TensorRT");
    assert_ok(append("dnnl", &err), err);
    assert_string_equal(called, "; append Dnnl");
    assert_int_equal(n_made, 3);
    assert_int_equal(n_freed, 3);
}

static void the_others_go_by_the_generic_call_as_it_spells_them(void **state)
{
    (void)state;
    pp_error err;
    assert_ok(append("openvino:device_type=CPU", &err), err);
    assert_string_equal(called, "OpenVINO device_type=CPU");
    assert_ok(append("azure", &err), err);
    assert_string_equal(called, "AZURE");
    assert_ok(append("plugin:k=v", &err), err);
    assert_string_equal(called, "Plugin k=v");
}

static void one_that_is_missing_is_told_with_what_there_is(void **state)
{
    (void)state;
    pp_error err;
    assert_int_equal(append("rocm:device_id=0", &err), PP_ARG);
    assert_string_equal(err.message, "--provider: 'rocm' is not in this ONNX Runtime 1.2.3, which has: cpu, plugin, azure, openvino, dnnl, "
                                     "cuda, tensorrt");
    assert_int_equal(append("cud", &err), PP_ARG); /* no beginnings */
    assert_string_equal(called, "");
}

static void one_that_cannot_be_used_is_told_with_the_librarys_reason(void **state)
{
    (void)state;
    pp_error err;
    refused = "no driver\nat line 3";
    assert_int_equal(append("cuda", &err), PP_MODEL);
    assert_string_equal(err.message, "--provider cuda: ONNX Runtime cannot use it: no driver");
    assert_int_equal(append("openvino", &err), PP_MODEL);
    assert_int_equal(n_made, n_freed);
}

static void options_that_are_none_are_refused(void **state)
{
    (void)state;
    pp_error err;
    static const char *const TEXTS[] = { "cuda:", "cuda:a", "cuda:=1", "cuda:a=", "cuda:a=1,", "cuda:a=1,,b=2", "cuda:a,b=1" };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        assert_int_equal(append(TEXTS[i], &err), PP_ARG);
        assert_non_null(strstr(err.message, TEXTS[i]));
        assert_string_equal(called, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_processor_needs_no_call, start),
        cmocka_unit_test_setup(those_with_a_call_of_their_own_are_made_filled_and_freed, start),
        cmocka_unit_test_setup(the_others_go_by_the_generic_call_as_it_spells_them, start),
        cmocka_unit_test_setup(one_that_is_missing_is_told_with_what_there_is, start),
        cmocka_unit_test_setup(one_that_cannot_be_used_is_told_with_the_librarys_reason, start),
        cmocka_unit_test_setup(options_that_are_none_are_refused, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
