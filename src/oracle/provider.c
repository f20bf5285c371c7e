/* provider.c - ONNX Runtime's execution providers, by the names that users know.
 *
 * What the library was built with it lists itself ("CUDAExecutionProvider"); a user names the part before "ExecutionProvider", in any case.
 * Most are added by one generic call. A few have a call of their own with a struct that is made, filled by keys and values, and handed over. */
#include "oracle/provider.h"

#include "base/array.h"
#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char ENDING[] = "ExecutionProvider";
enum { MOST_OPTIONS = 64 };

/* "cuda:device_id=1,..." taken apart in a copy. */
typedef struct provider {
    char *copy;
    const char *name;
    const char *keys[MOST_OPTIONS], *values[MOST_OPTIONS];
    size_t n;
} provider;

/* ---- What was said ----------------------------------------------------------------------------------------------- */

/* *p: zero before; its copy is the caller's, free(), also on failure. */
static pp_code take_apart(provider *p, const char *text, pp_error *err)
{
    p->copy = pp_array_new(strlen(text) + 1, 1);
    if (!p->copy)
        return pp_no_memory(err, "a provider");
    p->name = strcpy(p->copy, text);
    char *rest = strchr(p->copy, ':');
    if (rest)
        *rest++ = '\0';
    while (rest) {
        char *pair = rest, *comma = strchr(rest, ','), *value = strchr(rest, '=');
        if (comma)
            *comma = '\0';
        rest = comma ? comma + 1 : NULL;
        if (!value || value == pair || (comma && value > comma) || !value[1] || p->n == MOST_OPTIONS)
            return pp_fail(err, PP_ARG, "--provider: '%s'; expected a name, or NAME:KEY=VALUE,KEY=VALUE", text);
        *value = '\0';
        p->keys[p->n] = pair;
        p->values[p->n++] = value + 1;
    }
    return PP_OK;
}

/* ---- What there is ----------------------------------------------------------------------------------------------- */

/* Bytes of "CUDAExecutionProvider" before the ending. */
static size_t short_size(const char *full)
{
    size_t n = strlen(full), n_ending = sizeof ENDING - 1;
    return n > n_ending && strcmp(full + n - n_ending, ENDING) == 0 ? n - n_ending : n;
}

static bool is_named(const char *full, const char *name)
{
    size_t n = short_size(full);
    return (strlen(name) == n && strncasecmp(full, name, n) == 0) || strcasecmp(full, name) == 0;
}

/* "cpu, azure" */
static void list_names(char text[400], char **available, int n)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = n - 1; i >= 0 && used < 300; i--) { /* the library lists what it prefers first; cpu is the last */
        const char *name = available[i];
        size_t n_name = short_size(name);
        used += (size_t)snprintf(text + used, 400 - used, "%s%.*s", used ? ", " : "", (int)(n_name < 80 ? n_name : 80), name);
    }
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

/* The part of the library's own name before the ending, as the library spells it. */
static pp_code find_provider(char found[80], const OrtApi *api, const char *name, const char *version, pp_error *err)
{
    char **available = NULL, names[400];
    int n = 0;
    OrtStatus *status = api->GetAvailableProviders(&available, &n);
    if (status) {
        api->ReleaseStatus(status);
        return pp_fail(err, PP_MODEL, "--provider: ONNX Runtime %s cannot tell what it has", version);
    }
    found[0] = '\0';
    for (int i = 0; i < n && !*found; i++)
        if (is_named(available[i], name))
            snprintf(found, 80, "%.*s", (int)short_size(available[i]), available[i]);
    list_names(names, available, n);
    status = api->ReleaseAvailableProviders(available, n);
    if (status)
        api->ReleaseStatus(status);
    return *found ? PP_OK : pp_fail(err, PP_ARG, "--provider: '%s' is not in this ONNX Runtime %s, which has: %s", name, version, names);
}

/* ---- Adding it --------------------------------------------------------------------------------------------------- */

/* One with a struct of its own: made, filled, handed over, and freed, since the session takes a copy. */
#define OWN_CALL(function, Options, create, update, append, release) \
    static OrtStatus *function(const OrtApi *api, OrtSessionOptions *session_options, const provider *p) \
    { \
        Options *own = NULL; \
        OrtStatus *status = api->create(&own); \
        if (!status && p->n) \
            status = api->update(own, p->keys, p->values, p->n); \
        if (!status) \
            status = api->append(session_options, own); \
        if (own) \
            api->release(own); \
        return status; \
    }
OWN_CALL(append_cuda, OrtCUDAProviderOptionsV2, CreateCUDAProviderOptions, UpdateCUDAProviderOptions,
         SessionOptionsAppendExecutionProvider_CUDA_V2, ReleaseCUDAProviderOptions)
OWN_CALL(append_tensorrt, OrtTensorRTProviderOptionsV2, CreateTensorRTProviderOptions, UpdateTensorRTProviderOptions,
         SessionOptionsAppendExecutionProvider_TensorRT_V2, ReleaseTensorRTProviderOptions)
OWN_CALL(append_dnnl, OrtDnnlProviderOptions, CreateDnnlProviderOptions, UpdateDnnlProviderOptions,
         SessionOptionsAppendExecutionProvider_Dnnl, ReleaseDnnlProviderOptions)
OWN_CALL(append_cann, OrtCANNProviderOptions, CreateCANNProviderOptions, UpdateCANNProviderOptions,
         SessionOptionsAppendExecutionProvider_CANN, ReleaseCANNProviderOptions)
OWN_CALL(append_rocm, OrtROCMProviderOptions, CreateROCMProviderOptions, UpdateROCMProviderOptions,
         SessionOptionsAppendExecutionProvider_ROCM, ReleaseROCMProviderOptions)

static const struct {
    const char *name;
    OrtStatus *(*append)(const OrtApi *api, OrtSessionOptions *session_options, const provider *p);
} OWN_CALLS[] = {
    { "CUDA", append_cuda }, { "Tensorrt", append_tensorrt }, { "Dnnl", append_dnnl }, { "CANN", append_cann }, { "ROCM", append_rocm },
};

/* Where the generic call spells a name in another way than the library's list. */
static const char *const SPELLINGS[][2] = {
    { "Azure", "AZURE" }, { "Xnnpack", "XNNPACK" }, { "Dml", "DML" }, { "WebGpu", "WebGPU" }, { "NvTensorRTRTX", "NvTensorRtRtx" },
};

static OrtStatus *append_found(const OrtApi *api, OrtSessionOptions *session_options, const char *found, const provider *p)
{
    for (size_t i = 0; i < sizeof OWN_CALLS / sizeof *OWN_CALLS; i++)
        if (strcasecmp(OWN_CALLS[i].name, found) == 0)
            return OWN_CALLS[i].append(api, session_options, p);
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof *SPELLINGS; i++)
        if (strcmp(SPELLINGS[i][0], found) == 0)
            found = SPELLINGS[i][1];
    return api->SessionOptionsAppendExecutionProvider(session_options, found, p->keys, p->values, p->n);
}

static pp_code append_provider(const OrtApi *api, OrtSessionOptions *session_options, const provider *p, const char *version, pp_error *err)
{
    char found[80];
    pp_code code = find_provider(found, api, p->name, version, err);
    if (code != PP_OK)
        return code;
    if (strcmp(found, "CPU") == 0)
        return p->n ? pp_fail(err, PP_ARG, "--provider: cpu takes no options") : PP_OK;
    OrtStatus *status = append_found(api, session_options, found, p);
    if (!status)
        return PP_OK;
    const char *message = api->GetErrorMessage(status);
    pp_fail(err, PP_MODEL, "--provider %s: ONNX Runtime cannot use it: %.*s", p->name, (int)strcspn(message, "\n"), message);
    api->ReleaseStatus(status);
    return PP_MODEL;
}

pp_code pp_provider_append(const OrtApi *api, OrtSessionOptions *session_options, const char *text, const char *version, pp_error *err)
{
    provider p = { 0 };
    if (!*text)
        return PP_OK;
    pp_code code = take_apart(&p, text, err);
    if (code == PP_OK)
        code = append_provider(api, session_options, &p, version, err);
    free(p.copy);
    return code;
}
