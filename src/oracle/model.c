/* model.c - the classifier under test: a model file (or a function) with its preprocessing, the meaning of its outputs, and
 * the engine that runs it.
 *
 * Saturated classifiers are the normal case: where P is 1.0 in float32, single pixels cannot be seen in it. So where the
 * graph ends in a Softmax or Sigmoid, the engine is asked for that node's input too, and the search goes by these logits. */
#include "oracle/model.h"

#include "base/array.h"
#include "base/error.h"
#include "base/rng.h"
#include "oracle/preprocess.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const size_t CALLBACK_BATCH = 32; /* callers' functions are mostly faster on a batch */

static pp_code choose_outputs(pp_model *model, const pp_onnx *onnx, const char *output, const pp_hub_config *hub,
                              const pp_model_params *params, pp_error *err);
static pp_code open_session(pp_model *model, const pp_onnx *onnx, const pp_onnx_port *input, pp_error *err);
static pp_code finish_model(pp_model *model, char **class_names, size_t n_names, const pp_model_params *params, pp_error *err);
static pp_code name_classes(pp_model *model, char **class_names, size_t n_names, const pp_model_params *params, pp_error *err);
static pp_code choose_positive(pp_model *model, const char *positive, pp_error *err);
static pp_code check_label_map(const pp_model *model, pp_error *err);
static pp_code probe(pp_model *model, const pp_model_params *params, pp_error *err);

/* ---- Small things ------------------------------------------------------------------------------------------------ */

static pp_code copy_text(char **copy, const char *text, pp_error *err)
{
    size_t size = strlen(text) + 1;
    char *made = malloc(size);
    if (!made)
        return pp_no_memory(err, "a text of the model");
    *copy = memcpy(made, text, size);
    return PP_OK;
}

static size_t count_cores(void)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
}

static size_t quarter_of_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (size_t)pages / 4 * (size_t)size : (size_t)1 << 30;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

static pp_model *new_model(const pp_model_params *params, const pp_engine_params *engine)
{
    pp_model *model = pp_array_new(1, sizeof *model);
    if (!model)
        return NULL;
    model->positive = -1;
    model->n_threads = engine->threads ? engine->threads : count_cores();
    model->head.threshold = params->threshold;
    model->engine_wanted = engine->engine;
    model->dense_from = engine->dense_from ? (size_t)engine->dense_from : SIZE_MAX;
    model->change_threshold = engine->change_threshold;
    model->memory = engine->memory ? (size_t)engine->memory << 20 : quarter_of_memory();
    return model;
}

pp_code pp_model_open_with(pp_model **model, const char *path, const pp_model_params *params, const pp_engine_params *engine,
                           pp_error *err)
{
    pp_onnx *onnx = NULL;
    pp_onnx_port input, output;
    pp_hub_config hub = { 0 };
    pp_model *made = new_model(params, engine);
    if (!made)
        return pp_no_memory(err, "the model");
    made->batch = engine->batch ? engine->batch : 1;
    pp_code code = copy_text(&made->path, path, err);
    if (code == PP_OK)
        code = copy_text(&made->provider, engine->provider, err);
    if (code == PP_OK)
        code = pp_onnx_open(&onnx, path, err);
    if (code == PP_OK)
        code = pp_onnx_image_input(onnx, &input, err);
    if (code == PP_OK)
        code = pp_onnx_first_output(onnx, &output, err);
    if (code == PP_OK)
        code = pp_hub_config_read(&hub, path, *params->labels ? params->labels : NULL,
                                  *params->preprocessor ? params->preprocessor : NULL, err);
    if (code == PP_OK)
        code = pp_preprocess_plan(&made->geometry, &made->plan, made->preprocessing, path, &input, &hub, params, err);
    if (code == PP_OK) {
        made->digest = onnx->digest;
        code = choose_outputs(made, onnx, output.name, &hub, params, err);
    }
    if (code == PP_OK)
        code = copy_text(&made->input_name, input.name, err);
    if (code == PP_OK)
        code = open_session(made, onnx, &input, err);
    pp_onnx_free(onnx);
    if (code == PP_OK)
        code = finish_model(made, hub.class_names, hub.n_classes, params, err);
    pp_hub_config_clear(&hub);
    if (code != PP_OK) {
        pp_model_free(made);
        return code;
    }
    *model = made;
    return PP_OK;
}

pp_code pp_model_from_callback_with(pp_model **model, const pp_callback *spec, const pp_model_params *params,
                                    const pp_engine_params *engine, pp_error *err)
{
    if (spec->width < 1 || spec->height < 1 || spec->width > 65535 || spec->height > 65535 || spec->n_outputs < 1 ||
        (spec->channels != 1 && spec->channels != 3))
        return pp_fail(err, PP_ARG, "%s: %dx%d, %d channels, %d outputs; expected sides up to 65535, 1 or 3 channels, "
                       "at least one output", spec->name, spec->width, spec->height, spec->channels, spec->n_outputs);
    pp_model *made = new_model(params, engine);
    if (!made)
        return pp_no_memory(err, "the model");
    made->batch = engine->batch ? engine->batch : CALLBACK_BATCH;
    made->geometry = (pp_geometry){ .width = spec->width, .height = spec->height, .channels = spec->channels,
                                    .resample = PP_RESAMPLE_BILINEAR };
    made->plan = (pp_input_plan){ .width = spec->width, .height = spec->height, .channels = spec->channels };
    made->head.n_outputs = (size_t)spec->n_outputs;
    made->head.logits = params->output == PP_OUTPUT_AUTO || params->output == PP_OUTPUT_LOGITS;
    made->head.softmax = params->output != PP_OUTPUT_SIGMOID && spec->n_outputs > 1;
    snprintf(made->score_source, sizeof made->score_source, "what the function returns, as %s",
             made->head.logits ? "logits" : "probabilities");
    snprintf(made->preprocessing, sizeof made->preprocessing, "the function's own");
    int32_t sizes[4] = { spec->width, spec->height, spec->channels, spec->n_outputs };
    made->digest = pp_digest_of(sizes, sizeof sizes, spec->name, strlen(spec->name));
    made->reference = &pp_engine_callback;
    pp_code code = copy_text(&made->path, spec->name, err);
    if (code == PP_OK)
        code = pp_preprocess_window(&made->geometry, params, err);
    if (code == PP_OK)
        code = pp_callback_open(&made->reference_state, spec, made->batch, err);
    if (code == PP_OK)
        code = finish_model(made, (char **)(uintptr_t)spec->class_names, /* only read */
                            spec->class_names ? (size_t)(spec->n_outputs > 1 ? spec->n_outputs : 2) : 0, params, err);
    if (code != PP_OK) {
        pp_model_free(made);
        return code;
    }
    *model = made;
    return PP_OK;
}

void pp_model_free(pp_model *model)
{
    if (!model)
        return;
    if (model->engine_state && model->engine_state != model->reference_state)
        model->engine->close(model->engine_state);
    if (model->reference_state)
        model->reference->close(model->reference_state);
    free_texts(model->names, model->n_names);
    free_texts(model->index_names, (size_t)model->head.n_classes);
    free_texts(model->output_names, model->n_output_names);
    pp_image_free(model->blank);
    free(model->label_map);
    free(model->provider);
    free(model->input_name);
    free(model->output_name);
    free(model->path);
    free(model);
}

/* Which tensor is read, and what it means. n_outputs is not known yet: a head with one output loses its softmax later. */
static pp_code choose_outputs(pp_model *model, const pp_onnx *onnx, const char *output, const pp_hub_config *hub,
                              const pp_model_params *params, pp_error *err)
{
    pp_onnx_head found = pp_onnx_find_head(onnx, output);
    pp_activation meant = params->output == PP_OUTPUT_SOFTMAX   ? PP_ACTIVATION_SOFTMAX
                          : params->output == PP_OUTPUT_SIGMOID ? PP_ACTIVATION_SIGMOID
                          : params->output == PP_OUTPUT_LOGITS  ? PP_ACTIVATION_NONE
                                                                : found.activation;
    bool file_has_logits = meant == PP_ACTIVATION_NONE;
    bool take_input = !file_has_logits && found.activation == meant && found.logits && !params->scores_only;
    model->head.logits = file_has_logits || take_input;
    model->ends_in_softmax = meant == PP_ACTIVATION_SOFTMAX;
    model->head.softmax = model->ends_in_softmax || (file_has_logits && !hub->multi_label);
    if (take_input)
        snprintf(model->score_source, sizeof model->score_source, "logits: '%s', the input of the last %s", found.logits,
                 found.last_op);
    else if (file_has_logits)
        snprintf(model->score_source, sizeof model->score_source, "logits: the file's output '%s'", output);
    else
        snprintf(model->score_source, sizeof model->score_source, "probabilities: the file's output '%s'", output);
    return copy_text(&model->output_name, take_input ? found.logits : output, err);
}

static pp_code open_session(pp_model *model, const pp_onnx *onnx, const pp_onnx_port *input, pp_error *err)
{
    const char *names[] = { model->output_name };
    uint8_t *bytes = NULL;
    size_t n_bytes;
    pp_code code = pp_onnx_with_outputs(onnx, names, 1, &bytes, &n_bytes, err);
    if (code != PP_OK)
        return code;
    pp_onnx_session session = {
        .path = model->path, .provider = model->provider, .bytes = bytes, .n_bytes = n_bytes,
        .external_folder = onnx->n_external ? onnx->folder : NULL,
        .input = model->input_name, .output = model->output_name,
        .fixed_batch = input->dims[0] > 0 ? input->dims[0] : 0,
        .n_threads = model->n_threads, .batch = model->batch, .plan = model->plan,
    };
    model->reference = &pp_engine_onnxruntime;
    code = pp_onnxruntime_open(&model->reference_state, &session, &model->head.n_outputs, err);
    free(bytes);
    return code;
}

/* Once the number of outputs is known: classes, names, the positive class, and a first look at what the model answers. */
static pp_code finish_model(pp_model *model, char **class_names, size_t n_names, const pp_model_params *params, pp_error *err)
{
    pp_head *head = &model->head;
    if (head->softmax && head->n_outputs == 1) {
        if (model->ends_in_softmax)
            return pp_fail(err, PP_MODEL, "%s: a Softmax over one output is always 1; say --output sigmoid or logits if that is "
                           "what it is", model->path);
        head->softmax = false;
    }
    head->n_classes = head->softmax ? (int)head->n_outputs : 2;
    pp_code code = copy_text(&model->label_map, params->label_map, err);
    if (code == PP_OK)
        code = pp_image_new(&model->blank, model->geometry.width, model->geometry.height, model->geometry.channels, err);
    if (code == PP_OK)
        code = name_classes(model, class_names, n_names, params, err);
    if (code == PP_OK)
        code = check_label_map(model, err);
    if (code == PP_OK)
        code = probe(model, params, err);
    model->engine = model->reference; /* until pp_model_choose_engine finds a better one */
    model->engine_state = code == PP_OK ? model->reference_state : NULL;
    return code;
}

/* ---- Classes ----------------------------------------------------------------------------------------------------- */

/* n copies into *copies, which pp_model_free frees even if not all could be made. */
static pp_code copy_texts(char ***copies, size_t *n_copies, char **texts, size_t n, pp_error *err)
{
    *copies = pp_array_new(n, sizeof **copies);
    if (!*copies)
        return pp_no_memory(err, "class names");
    for (*n_copies = 0; *n_copies < n; (*n_copies)++) {
        pp_code code = copy_text(&(*copies)[*n_copies], texts[*n_copies], err);
        if (code != PP_OK)
            return code;
    }
    return PP_OK;
}

static pp_code number_classes(pp_model *model, pp_error *err)
{
    model->index_names = pp_array_new((size_t)model->head.n_classes, sizeof *model->index_names);
    if (!model->index_names)
        return pp_no_memory(err, "class names");
    for (int k = 0; k < model->head.n_classes; k++) {
        char number[16];
        snprintf(number, sizeof number, "%d", k);
        pp_code code = copy_text(&model->index_names[k], number, err);
        if (code != PP_OK)
            return code;
    }
    return PP_OK;
}

/* The two classes of one finding: its absence and itself. */
static pp_code name_finding(pp_model *model, const char *finding, pp_error *err)
{
    char absent[256];
    snprintf(absent, sizeof absent, "no %s", finding);
    char *pair[] = { absent, (char *)(uintptr_t)finding }; /* only read */
    return copy_texts(&model->names, &model->n_names, pair, 2, err);
}

static pp_code name_classes(pp_model *model, char **class_names, size_t n_names, const pp_model_params *params, pp_error *err)
{
    const pp_head *head = &model->head;
    bool multi_label = !head->softmax && head->n_outputs > 1;
    bool fits = n_names == 0 || (head->softmax || multi_label ? n_names == head->n_outputs : n_names <= 2);
    if (!fits)
        return pp_fail(err, PP_FORMAT, "%s: %zu class names for %zu outputs; say --labels FILE with one for each", model->path,
                       n_names, head->n_outputs);
    pp_code code = number_classes(model, err);
    if (code == PP_OK && multi_label)
        code = copy_texts(&model->output_names, &model->n_output_names, class_names, n_names, err);
    else if (code == PP_OK && n_names == 1)
        code = name_finding(model, class_names[0], err);
    else if (code == PP_OK)
        code = copy_texts(&model->names, &model->n_names, class_names, n_names, err);
    if (code == PP_OK)
        code = choose_positive(model, params->positive, err);
    return code;
}

/* A class or finding by name (any case) or index. @return -1 if there is none */
static int find_name(char **names, size_t n_names, size_t n, const char *text)
{
    for (size_t i = 0; i < n_names; i++)
        if (strcasecmp(names[i], text) == 0)
            return (int)i;
    char *end;
    long index = strtol(text, &end, 10);
    return end != text && *end == '\0' && index >= 0 && (size_t)index < n ? (int)index : -1;
}

/* The names there are, as a hint in a message. */
static void list_names(char text[400], char **names, size_t n_names, size_t n)
{
    size_t used = 0;
    text[0] = '\0';
    if (n_names == 0)
        snprintf(text, 400, "0 to %zu", n - 1);
    for (size_t i = 0; i < n_names && used < 300; i++)
        used += (size_t)snprintf(text + used, 400 - used, "%s%.80s", i ? ", " : "", names[i]);
}

static pp_code choose_positive(pp_model *model, const char *positive, pp_error *err)
{
    pp_head *head = &model->head;
    bool multi_label = !head->softmax && head->n_outputs > 1;
    char **names = multi_label ? model->output_names : model->names;
    size_t n_names = multi_label ? model->n_output_names : model->n_names;
    size_t n = multi_label ? head->n_outputs : (size_t)head->n_classes;
    if (!*positive) {
        model->positive = n == 2 && !multi_label ? 1 : -1;
        return PP_OK;
    }
    int index = find_name(names, n_names, n, positive);
    if (index < 0) {
        char known[400];
        list_names(known, names, n_names, n);
        return pp_fail(err, PP_ARG, "--positive: '%s' is no class of %s; it has %s", positive, model->path, known);
    }
    model->positive = multi_label ? 1 : index;
    if (!multi_label)
        return PP_OK;
    head->selected = (size_t)index;
    char number[32];
    snprintf(number, sizeof number, "finding %d", index);
    return name_finding(model, n_names ? names[index] : number, err);
}

/* What "LABEL=CLASS,..." says of a label: the class's text in *class_text (with its length), or false. */
static bool look_up_label(const char *map, const char *label, size_t n_label, const char **class_text, size_t *n_class)
{
    while (*map) {
        size_t n_entry = strcspn(map, ","), n_key = strcspn(map, "=,");
        if (n_key < n_entry && n_key == n_label && strncasecmp(map, label, n_key) == 0) {
            *class_text = map + n_key + 1;
            *n_class = n_entry - n_key - 1;
            return true;
        }
        map += n_entry + (map[n_entry] == ',');
    }
    return false;
}

static pp_code find_plain_class(const pp_model *model, const char *text, int *index)
{
    *index = find_name(model->names, model->n_names, (size_t)model->head.n_classes, text);
    if (*index < 0 && find_name(model->output_names, model->n_output_names, 0, text) >= 0)
        *index = 0; /* another finding of a multi-label model */
    return *index >= 0 ? PP_OK : PP_ARG;
}

pp_code pp_model_find_class(const pp_model *model, const char *label, int *index, pp_error *err)
{
    const char *mapped;
    size_t n_mapped;
    char text[256];
    int found;
    bool is_mapped = look_up_label(model->label_map, label, strlen(label), &mapped, &n_mapped);
    snprintf(text, sizeof text, "%.*s", is_mapped ? (int)n_mapped : 255, is_mapped ? mapped : label);
    if (find_plain_class(model, text, &found) != PP_OK) {
        char known[400];
        list_names(known, model->names, model->n_names, (size_t)model->head.n_classes);
        return pp_fail(err, PP_ARG, "'%s' is no class of %s, which has %s", text, model->path, known);
    }
    *index = found;
    return PP_OK;
}

/* Each entry must be LABEL=CLASS with a class that there is. */
static pp_code check_label_map(const pp_model *model, pp_error *err)
{
    for (const char *map = model->label_map; *map;) {
        size_t n_entry = strcspn(map, ","), n_key = strcspn(map, "=,");
        char text[256];
        int index;
        if (n_key == 0 || n_key >= n_entry)
            return pp_fail(err, PP_ARG, "--label-map: '%.*s'; expected LABEL=CLASS,LABEL=CLASS", (int)n_entry, map);
        snprintf(text, sizeof text, "%.*s", (int)(n_entry - n_key - 1), map + n_key + 1);
        if (find_plain_class(model, text, &index) != PP_OK) {
            char known[400];
            list_names(known, model->names, model->n_names, (size_t)model->head.n_classes);
            return pp_fail(err, PP_ARG, "--label-map: '%s' is no class of %s, which has %s", text, model->path, known);
        }
        map += n_entry + (map[n_entry] == ',');
    }
    return PP_OK;
}

/* ---- The first look ---------------------------------------------------------------------------------------------- */

static void fill_with_noise(pp_image *image, uint64_t seed)
{
    pp_rng rng;
    pp_rng_seed(&rng, seed);
    size_t n = (size_t)image->width * (size_t)image->height * (size_t)image->channels;
    for (size_t i = 0; i < n; i++)
        image->data[i] = (uint8_t)pp_rng_below(&rng, 256);
}

static bool looks_like_probabilities(const float *raw, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (raw[i] < 0 || raw[i] > 1)
            return false;
        sum += raw[i];
    }
    return fabs(sum - 1) < 1e-3;
}

/* Two noise images, the first of them twice: the same question must get the same answer, and probabilities must be such. */
static pp_code probe(pp_model *model, const pp_model_params *params, pp_error *err)
{
    pp_head *head = &model->head;
    size_t n = head->n_outputs;
    float *answers = pp_array_new(3 * n, sizeof *answers);
    pp_image *image = NULL;
    pp_code code = answers ? pp_image_copy(&image, model->blank, err) : pp_no_memory(err, "scores");
    for (size_t i = 0; code == PP_OK && i < 3; i++) {
        fill_with_noise(image, i / 2);
        code = pp_model_raw(model, image, answers + i * n, err);
    }
    for (size_t i = 0; code == PP_OK && i < n; i++) {
        double difference = fabs((double)answers[i] - answers[n + i]);
        if (difference > 1e-5 * (1 + fabs((double)answers[i])))
            code = pp_fail(err, PP_MODEL, "%s: the same image got %g and then %g: the model is random (dropout left on?); "
                           "pinprick needs one that always answers the same", model->path, (double)answers[i],
                           (double)answers[n + i]);
        else if (!head->logits && (answers[i] < -1e-3f || answers[i] > 1.001f))
            code = pp_fail(err, PP_MODEL, "%s: a probability of %g; say --output logits if its output is no probability",
                           model->path, (double)answers[i]);
    }
    bool disguised = code == PP_OK && head->softmax && head->logits && params->output == PP_OUTPUT_AUTO &&
                     looks_like_probabilities(answers, n) && looks_like_probabilities(answers + 2 * n, n);
    if (disguised) {
        head->logits = false;
        snprintf(model->score_source, sizeof model->score_source,
                 "probabilities: the output's values lie in 0..1 and sum to 1, though no Softmax was found");
    }
    pp_image_free(image);
    free(answers);
    return code;
}

/* ---- What others ask --------------------------------------------------------------------------------------------- */

pp_code pp_model_raw(pp_model *model, const pp_image *image, float *raw, pp_error *err)
{
    pp_candidate unchanged = { NULL, 0 };
    pp_code code = model->reference->rebase(model->reference_state, image, err);
    if (code != PP_OK)
        return code;
    code = model->reference->score(model->reference_state, &unchanged, 1, raw, err);
    model->reference->rebase(model->reference_state, model->blank, NULL); /* image is borrowed for this call only */
    return code;
}

pp_code pp_classify(pp_model *model, const pp_image *image, double *probabilities, int *decision, pp_error *err)
{
    float *raw = pp_array_new(model->head.n_outputs, sizeof *raw);
    if (!raw)
        return pp_no_memory(err, "scores");
    pp_code code = pp_model_raw(model, image, raw, err);
    if (code == PP_OK) {
        if (probabilities)
            pp_head_probabilities(&model->head, raw, probabilities);
        *decision = pp_head_decision(&model->head, raw);
    }
    free(raw);
    return code;
}

int pp_model_width(const pp_model *model)
{
    return model->geometry.width;
}

int pp_model_height(const pp_model *model)
{
    return model->geometry.height;
}

int pp_model_channels(const pp_model *model)
{
    return model->geometry.channels;
}

int pp_model_classes(const pp_model *model)
{
    return model->head.n_classes;
}

const char *pp_model_class_name(const pp_model *model, int index)
{
    if (index < 0 || index >= model->head.n_classes)
        return "";
    return model->n_names ? model->names[index] : model->index_names[index];
}
