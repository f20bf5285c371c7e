/* score.c - what the classifier says of images, without attacking: the first thing to run on a model of one's own, because it shows
 * whether the preprocessing is right. Accuracy and a confusion table where labels are known. */
#include "base/array.h"
#include "base/error.h"
#include "attack/params.h"
#include "oracle/model.h"
#include "report/format.h"
#include "report/text_table.h"

#include <string.h>

/* One image's answer. */
typedef struct answer {
    char *unreadable;   /* why, or NULL */
    int label_class;    /* -1 if no label */
    int decision;
    double *probabilities; /* n_columns */
} answer;

typedef struct scoring {
    pp_model *model;
    const pp_inputs *inputs;
    size_t n, n_columns; /* probability columns: classes, or findings of a multi-label model */
    bool by_finding;
    answer *answers;
    size_t n_unreadable;
} scoring;

static const char *column_name(const scoring *s, size_t k, char number[32])
{
    snprintf(number, 32, "%zu", k);
    if (s->by_finding)
        return s->model->n_output_names ? s->model->output_names[k] : number;
    return pp_model_class_name(s->model, (int)k);
}

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

static pp_code score_image(scoring *s, size_t i, const pp_params *params, float *raw, pp_error *err)
{
    pp_model *model = s->model;
    answer *a = &s->answers[i];
    pp_image *image = NULL;
    pp_error why;
    pp_code code = pp_image_load_as(&image, pp_inputs_path(s->inputs, i), pp_inputs_name(s->inputs, i), model, params, &why);
    if ((code == PP_IO || code == PP_FORMAT) && !params->goal.strict) {
        s->n_unreadable++;
        a->unreadable = malloc(strlen(why.message) + 1);
        return a->unreadable ? (strcpy(a->unreadable, why.message), PP_OK) : pp_no_memory(err, "a message");
    }
    if (code == PP_OK)
        code = pp_model_raw(model, image, raw, &why);
    pp_image_free(image);
    if (code != PP_OK) {
        if (err)
            *err = why;
        return code;
    }
    a->probabilities = pp_array_new(s->n_columns, sizeof *a->probabilities);
    if (!a->probabilities)
        return pp_no_memory(err, "probabilities");
    for (size_t k = 0; k < s->n_columns; k++)
        a->probabilities[k] = s->by_finding ? pp_head_output_probability(&model->head, raw, k)
                                            : pp_head_probability(&model->head, raw, (int)k);
    a->decision = pp_head_decision(&model->head, raw);
    return PP_OK;
}

/* Before any image is scored. Labels of a multi-label model are compared only if one of its findings is looked at. */
static pp_code find_labels(scoring *s, pp_error *err)
{
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < s->n; i++) {
        s->answers[i].label_class = s->answers[i].decision = -1;
        if (!s->by_finding || s->model->positive >= 0)
            code = pp_model_class_of_input(s->model, s->inputs, i, &s->answers[i].label_class, err);
    }
    return code;
}

static pp_code score_all(scoring *s, const pp_params *params, pp_error *err)
{
    float *raw = pp_array_new(s->model->head.n_outputs, sizeof *raw);
    s->answers = pp_array_new(s->n, sizeof *s->answers);
    pp_code code = raw && s->answers ? find_labels(s, err) : pp_no_memory(err, "scores");
    for (size_t i = 0; code == PP_OK && i < s->n; i++)
        code = score_image(s, i, params, raw, err);
    free(raw);
    return code;
}

/* ---- Telling ----------------------------------------------------------------------------------------------------- */

/* The decision as text. Of a multi-label model without --positive: the findings above the threshold. */
static void decision_text(const scoring *s, const answer *a, char text[256])
{
    const pp_model *model = s->model;
    text[0] = '\0';
    if (!s->by_finding || model->positive >= 0) {
        snprintf(text, 256, "%s", pp_model_class_name(model, a->decision));
        return;
    }
    size_t used = 0;
    for (size_t k = 0; k < s->n_columns && used < 200; k++) {
        char number[32];
        if (a->probabilities[k] > model->head.threshold)
            used += (size_t)snprintf(text + used, 256 - used, "%s%.60s", used ? ";" : "", column_name(s, k, number));
    }
    if (!used)
        snprintf(text, 256, "none");
}

static void count_right(const scoring *s, size_t *n_labelled, size_t *n_right)
{
    *n_labelled = *n_right = 0;
    for (size_t i = 0; i < s->n; i++) {
        const answer *a = &s->answers[i];
        if (a->label_class < 0 || a->unreadable)
            continue;
        *n_labelled += 1;
        *n_right += a->label_class == a->decision;
    }
}

static size_t count_pair(const scoring *s, int label_class, int decision)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += !s->answers[i].unreadable && s->answers[i].label_class == label_class && s->answers[i].decision == decision;
    return n;
}

static int print_confusion(const scoring *s, FILE *out)
{
    int n_classes = pp_model_classes(s->model);
    if (n_classes > 20)
        return 0; /* too wide to be read */
    pp_text_table table;
    pp_text_table_init(&table, (size_t)n_classes + 1);
    pp_text_table_add(&table, "label \\ decision");
    for (int k = 0; k < n_classes; k++)
        pp_text_table_add(&table, "%s", pp_model_class_name(s->model, k));
    for (int label = 0; label < n_classes; label++) {
        pp_text_table_add(&table, "%s", pp_model_class_name(s->model, label));
        for (int k = 0; k < n_classes; k++)
            pp_text_table_add(&table, "%zu", count_pair(s, label, k));
    }
    fprintf(out, "\n");
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

static size_t shared_folder(const scoring *s)
{
    const char *first = s->n ? pp_inputs_name(s->inputs, 0) : "";
    size_t n = strlen(first);
    for (size_t i = 0; i < s->n; i++)
        n = pp_shared_folder(first, n, pp_inputs_name(s->inputs, i));
    return n;
}

static int print_answers(const scoring *s, FILE *out)
{
    pp_text_table table;
    char text[256];
    size_t folder = shared_folder(s);
    if (s->n_unreadable == s->n)
        return 0;
    size_t n_shown = s->n_columns > 8 ? 0 : s->n_columns; /* more would be too wide: P of the decision only */
    pp_text_table_init(&table, 3 + (n_shown ? n_shown : 1));
    if (folder)
        fprintf(out, "images in %.*s\n", (int)folder, pp_inputs_name(s->inputs, 0));
    pp_text_table_add(&table, "image");
    pp_text_table_add(&table, "label");
    pp_text_table_add(&table, "decision");
    for (size_t k = 0; k < n_shown; k++)
        pp_text_table_add(&table, "P(%s)", column_name(s, k, text));
    if (!n_shown)
        pp_text_table_add(&table, "P");
    for (size_t i = 0; i < s->n; i++) {
        const answer *a = &s->answers[i];
        const char *label = pp_inputs_label(s->inputs, i);
        if (a->unreadable)
            continue;
        decision_text(s, a, text);
        pp_text_table_add(&table, "%s", pp_inputs_name(s->inputs, i) + folder);
        pp_text_table_add(&table, "%s", label ? label : "-");
        pp_text_table_add(&table, "%s", text);
        for (size_t k = 0; k < n_shown; k++)
            pp_text_table_add(&table, "%.6f", a->probabilities[k]);
        if (!n_shown)
            pp_text_table_add(&table, "%.6f", a->probabilities[s->by_finding ? s->model->head.selected : (size_t)a->decision]);
    }
    int failed = pp_text_table_print(&table, out);
    pp_text_table_clear(&table);
    return failed;
}

static pp_code write_table(const void *what, FILE *out, pp_error *err)
{
    const scoring *s = what;
    size_t n_labelled, n_right;
    int failed = print_answers(s, out);
    for (size_t i = 0; i < s->n; i++)
        if (s->answers[i].unreadable)
            fprintf(out, "%s\n", s->answers[i].unreadable);
    count_right(s, &n_labelled, &n_right);
    if (n_labelled) {
        failed = failed || print_confusion(s, out);
        fprintf(out, "\naccuracy %.4f (%zu of %zu)\n", (double)n_right / (double)n_labelled, n_right, n_labelled);
    }
    return failed ? pp_no_memory(err, "a table") : PP_OK;
}

static pp_code write_csv(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const scoring *s = what;
    char text[256];
    fprintf(out, "path,label,decision,");
    for (size_t k = 0; k < s->n_columns; k++) {
        char name[300];
        snprintf(name, sizeof name, "p_%s", column_name(s, k, text));
        pp_csv_text(out, name, k + 1 == s->n_columns);
    }
    for (size_t i = 0; i < s->n; i++) {
        const answer *a = &s->answers[i];
        const char *label = pp_inputs_label(s->inputs, i);
        pp_csv_text(out, pp_inputs_name(s->inputs, i), false);
        pp_csv_text(out, label ? label : "", false);
        if (!a->unreadable)
            decision_text(s, a, text);
        pp_csv_text(out, a->unreadable ? "unreadable" : text, false);
        for (size_t k = 0; k < s->n_columns; k++) {
            if (!a->unreadable)
                fprintf(out, "%.9g", a->probabilities[k]);
            fputs(k + 1 == s->n_columns ? "\n" : ",", out);
        }
    }
    return PP_OK;
}

static json_t *answer_object(const scoring *s, size_t i)
{
    const answer *a = &s->answers[i];
    const char *label = pp_inputs_label(s->inputs, i);
    char text[256];
    json_t *object = json_object();
    json_object_set_new(object, "path", pp_json_string(pp_inputs_name(s->inputs, i)));
    json_object_set_new(object, "label", pp_json_string(label));
    if (a->unreadable) {
        json_object_set_new(object, "unreadable", pp_json_string(a->unreadable));
        return object;
    }
    decision_text(s, a, text);
    json_object_set_new(object, "decision", pp_json_string(text));
    json_t *probabilities = json_object();
    for (size_t k = 0; k < s->n_columns; k++) {
        char number[32];
        json_object_set_new(probabilities, column_name(s, k, number), pp_json_real(a->probabilities[k]));
    }
    json_object_set_new(object, "probabilities", probabilities);
    return object;
}

static json_t *score_object(const scoring *s)
{
    json_t *images = json_array(), *object = json_object();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(images, answer_object(s, i));
    json_object_set_new(object, "model", pp_json_string(s->model->path));
    json_object_set_new(object, "images", images);
    size_t n_labelled, n_right;
    count_right(s, &n_labelled, &n_right);
    if (n_labelled == 0)
        return object;
    json_object_set_new(object, "labelled", json_integer((json_int_t)n_labelled));
    json_object_set_new(object, "accuracy", json_real((double)n_right / (double)n_labelled));
    json_t *confusion = json_object();
    for (int label = 0; label < pp_model_classes(s->model); label++) {
        json_t *row = json_object();
        for (int k = 0; k < pp_model_classes(s->model); k++)
            json_object_set_new(row, pp_model_class_name(s->model, k), json_integer((json_int_t)count_pair(s, label, k)));
        json_object_set_new(confusion, pp_model_class_name(s->model, label), row);
    }
    json_object_set_new(object, "confusion", confusion);
    return object;
}

pp_code pp_score(pp_model *model, const pp_inputs *inputs, const pp_params *params, const char *format_name, char **text,
                 pp_error *err)
{
    scoring s = { .model = model, .inputs = inputs, .n = pp_inputs_count(inputs) };
    pp_format format;
    char *written = NULL;
    s.by_finding = !model->head.softmax && model->head.n_outputs > 1;
    s.n_columns = s.by_finding ? model->head.n_outputs : (size_t)model->head.n_classes;
    pp_code code = pp_format_find(&format, format_name, err);
    if (code == PP_OK)
        code = score_all(&s, params, err);
    if (code == PP_OK)
        code = format == PP_FORMAT_JSON ? pp_json_text(&written, score_object(&s), err)
                                        : pp_written_text(&written, format == PP_FORMAT_CSV ? write_csv : write_table, &s, err);
    for (size_t i = 0; s.answers && i < s.n; i++) {
        free(s.answers[i].unreadable);
        free(s.answers[i].probabilities);
    }
    free(s.answers);
    if (code != PP_OK)
        return code;
    *text = written;
    return s.n_unreadable ? PP_PARTIAL : PP_OK;
}
