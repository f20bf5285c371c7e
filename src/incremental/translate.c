/* translate.c - walks through the nodes that the wanted output needs and has each translated; names, values, attributes. */
#include "incremental/translate.h"

#include "base/array.h"
#include "base/error.h"

#include <limits.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static pp_code name_values(pp_translation *t, const char *input, const char *output, bool *needed, pp_error *err);
static pp_code translate_all(pp_translation *t, const bool *needed, pp_error *err);
static pp_code translate_node(pp_translation *t, pp_error *err);
static pp_code finish_output(pp_translation *t, const char *output, pp_error *err);

/* Of constants, weights and maps each: 2 GiB. VGG-19 has a fourth of it. */
static const size_t MOST_FLOATS = (size_t)1 << 29;

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static pp_value *find(const pp_translation *t, const char *name)
{
    ENTRY *found = NULL, wanted = { .key = (char *)(uintptr_t)name };
    if (*name == '\0' || !hsearch_r(wanted, FIND, &found, t->names))
        return NULL;
    return found->data;
}

/* The value of a name, made if it is new. NULL: no room. */
static pp_value *enter(pp_translation *t, const char *name)
{
    ENTRY *found = NULL, entry = { .key = (char *)(uintptr_t)name, .data = &t->values[t->n_values] };
    if (!hsearch_r(entry, ENTER, &found, t->names))
        return NULL;
    if (found->data == entry.data)
        t->n_values++;
    return found->data;
}

pp_value *pp_input(const pp_translation *t, size_t index)
{
    return index < t->node->n_input ? find(t, t->node->input[index]) : NULL;
}

pp_value *pp_output(const pp_translation *t, size_t index)
{
    return index < t->node->n_output ? find(t, t->node->output[index]) : NULL;
}

pp_code pp_refuse(const pp_translation *t, pp_error *err, const char *format, ...)
{
    char reason[400];
    va_list values;
    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    return pp_fail(err, PP_MODEL, "operator %.60s ('%.100s'): %s", t->node->op_type,
                   *t->node->name ? t->node->name : t->node->n_output ? t->node->output[0] : "", reason);
}

pp_code pp_reserve(const pp_translation *t, size_t *taken, size_t n, const char *what, pp_error *err)
{
    if (n > t->most_floats - *taken)
        return pp_fail(err, PP_MODEL, "its %s take more than %zu MiB", what, t->most_floats >> 18);
    *taken += n;
    return PP_OK;
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

bool pp_is_map(const pp_value *value)
{
    return value && value->kind == PP_VALUE_MAP;
}

const pp_map *pp_map_of(const pp_translation *t, const pp_value *value)
{
    return &t->program->maps[value->map];
}

int pp_map_dims(const pp_translation *t, const pp_value *value, int64_t dims[PP_MAX_DIMS])
{
    const pp_map *map = pp_map_of(t, value);
    int h = map->height, w = map->width, c = map->channels;
    int rest = value->split ? c / value->split : 0;
    int all[][5] = {
        [PP_LAYOUT_NCHW] = { 1, c, h, w },
        [PP_LAYOUT_NHWC] = { 1, h, w, c },
        [PP_LAYOUT_FLAT] = { 1, c * h * w },
        [PP_LAYOUT_FLAT_HWC] = { 1, c * h * w },
        [PP_LAYOUT_PLANE] = { 1, h, w },
        [PP_LAYOUT_SPLIT] = { 1, value->swapped ? rest : value->split, value->swapped ? value->split : rest, h, w },
    };
    static const int N_DIMS[] = { [PP_LAYOUT_NCHW] = 4, [PP_LAYOUT_NHWC] = 4, [PP_LAYOUT_FLAT] = 2, [PP_LAYOUT_FLAT_HWC] = 2,
                                  [PP_LAYOUT_PLANE] = 3, [PP_LAYOUT_SPLIT] = 5 };
    int n = N_DIMS[value->layout];
    for (int i = 0; i < n; i++)
        dims[i] = all[value->layout][i];
    return n;
}

void pp_alias(pp_translation *t, const pp_value *value, pp_layout layout)
{
    pp_value *out = pp_output(t, 0);
    int n_uses = out->n_uses;
    *out = *value;
    out->n_uses = n_uses;
    out->is_shared = value->is_shared || value->n_uses > 1;
    out->layout = layout;
}

/* ---- Attributes -------------------------------------------------------------------------------------------------- */

int64_t pp_attr_int(const pp_translation *t, const char *name, int64_t fallback)
{
    const Onnx__AttributeProto *attribute = pp_onnx_attribute(t->node, name);
    return attribute ? attribute->i : fallback;
}

float pp_attr_float(const pp_translation *t, const char *name, float fallback)
{
    const Onnx__AttributeProto *attribute = pp_onnx_attribute(t->node, name);
    return attribute ? attribute->f : fallback;
}

size_t pp_attr_ints(const pp_translation *t, const char *name, int64_t *values, size_t max)
{
    const Onnx__AttributeProto *attribute = pp_onnx_attribute(t->node, name);
    for (size_t i = 0; attribute && i < attribute->n_ints && i < max; i++)
        values[i] = attribute->ints[i];
    return attribute ? attribute->n_ints : 0;
}

int pp_list_of(const pp_translation *t, const char *name, size_t input, int64_t *values, size_t max)
{
    const pp_value *value = pp_input(t, input);
    size_t n = pp_attr_ints(t, name, values, max);
    if (n)
        return n <= max ? (int)n : -1;
    if (!value || value->kind != PP_VALUE_INTS || value->n > max)
        return -1;
    memcpy(values, value->ints, value->n * sizeof *values);
    return (int)value->n;
}

int pp_axis(int64_t axis, int n_dims)
{
    axis += axis < 0 ? n_dims : 0;
    return axis >= 0 && axis < n_dims ? (int)axis : -1;
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

static size_t count_names(const Onnx__GraphProto *graph)
{
    size_t n = graph->n_initializer + 2;
    for (size_t i = 0; i < graph->n_node; i++)
        n += graph->node[i]->n_output;
    return n;
}

static void clear(pp_translation *t)
{
    for (size_t i = 0; t->values && i < t->n_values; i++) {
        free(t->values[i].floats);
        free(t->values[i].ints);
    }
    free(t->values);
    if (t->names)
        hdestroy_r(t->names);
}

pp_code pp_translate(pp_program *program, const pp_onnx *onnx, const char *input, const char *output, int height, int width,
                     int channels, bool nhwc, size_t memory, pp_error *err)
{
    struct hsearch_data names = { 0 };
    size_t n_names = count_names(onnx->graph);
    size_t room = memory / sizeof(float), image_floats = (size_t)height * (size_t)width * (size_t)channels;
    pp_translation t = { .onnx = onnx, .program = program, .most_floats = room < MOST_FLOATS ? room : MOST_FLOATS };
    bool *needed = pp_array_new(onnx->graph->n_node, sizeof *needed);
    t.values = pp_array_new(n_names, sizeof *t.values);
    if (needed && t.values && hcreate_r(n_names + n_names / 2 + 1, &names))
        t.names = &names;
    pp_code code = t.names ? name_values(&t, input, output, needed, err) : pp_no_memory(err, "the incremental engine");
    if (code == PP_OK)
        code = pp_reserve(&t, &t.map_floats, image_floats, "maps", err);
    if (code == PP_OK) {
        pp_value *image = find(&t, input);
        program->input = pp_program_add_map(program, height, width, channels);
        image->kind = PP_VALUE_MAP;
        image->map = program->input;
        image->op = -1;
        image->layout = nhwc ? PP_LAYOUT_NHWC : PP_LAYOUT_NCHW;
        code = program->input >= 0 ? translate_all(&t, needed, err) : pp_no_memory(err, "the incremental engine");
    }
    if (code == PP_OK)
        code = finish_output(&t, output, err);
    clear(&t);
    free(needed);
    return code;
}

/* Enters all names; marks the nodes that the output needs, from the last to the first, and counts who uses what. */
static pp_code name_values(pp_translation *t, const char *input, const char *output, bool *needed, pp_error *err)
{
    const Onnx__GraphProto *graph = t->onnx->graph;
    bool room = enter(t, input) && enter(t, output);
    for (size_t i = 0; room && i < graph->n_initializer; i++)
        room = !*graph->initializer[i]->name || enter(t, graph->initializer[i]->name);
    for (size_t i = 0; room && i < graph->n_node; i++)
        for (size_t j = 0; room && j < graph->node[i]->n_output; j++)
            room = !*graph->node[i]->output[j] || enter(t, graph->node[i]->output[j]);
    if (!room)
        return pp_no_memory(err, "the incremental engine");
    find(t, output)->n_uses = 1;
    for (size_t i = graph->n_node; i-- > 0;) {
        const Onnx__NodeProto *node = graph->node[i];
        for (size_t j = 0; j < node->n_output && !needed[i]; j++) {
            const pp_value *made = find(t, node->output[j]);
            needed[i] = made && made->n_uses > 0;
        }
        for (size_t j = 0; needed[i] && j < node->n_input; j++) {
            pp_value *used = find(t, node->input[j]);
            if (used && used->n_uses < INT_MAX)
                used->n_uses++;
        }
    }
    return PP_OK;
}

static pp_code translate_all(pp_translation *t, const bool *needed, pp_error *err)
{
    const Onnx__GraphProto *graph = t->onnx->graph;
    pp_code code = PP_OK;
    for (size_t i = 0; code == PP_OK && i < graph->n_initializer; i++) {
        pp_value *value = find(t, graph->initializer[i]->name);
        if (value && value->n_uses && value->kind == PP_VALUE_NONE)
            code = pp_constant_of(t, graph->initializer[i], value, err);
    }
    for (size_t i = 0; code == PP_OK && i < graph->n_node; i++) {
        t->node = graph->node[i];
        if (needed[i])
            code = translate_node(t, err);
    }
    return code;
}

static const pp_translator *find_translator(const pp_translator *table, const char *op_type)
{
    for (; table->op_type; table++)
        if (strcmp(table->op_type, op_type) == 0)
            return table;
    return NULL;
}

static pp_code translate_node(pp_translation *t, pp_error *err)
{
    const Onnx__NodeProto *node = t->node;
    if (!pp_onnx_is_op(node, node->op_type))
        return pp_refuse(t, err, "is of the domain '%.60s', not of the standard", node->domain);
    for (size_t i = 0; i < node->n_input; i++) {
        const pp_value *value = pp_input(t, i);
        if (*node->input[i] && (!value || value->kind == PP_VALUE_NONE))
            return pp_refuse(t, err, "its input '%.100s' is not there before it", node->input[i]);
    }
    for (size_t i = 0; i < node->n_output; i++)
        if (pp_output(t, i) && pp_output(t, i)->kind != PP_VALUE_NONE)
            return pp_refuse(t, err, "'%.100s' is made twice", node->output[i]);
    if (!pp_output(t, 0))
        return pp_refuse(t, err, "has no output");
    bool done = false;
    pp_code code = pp_translate_constant(t, &done, err);
    if (code != PP_OK || done)
        return code;
    const pp_translator *found = find_translator(pp_layer_translators, node->op_type);
    if (!found)
        found = find_translator(pp_map_translators, node->op_type);
    if (!found)
        return pp_refuse(t, err, "is not covered");
    if (node->n_input == 0 || !pp_input(t, 0))
        return pp_refuse(t, err, "has no input");
    if (!found->takes_constant && !pp_is_map(pp_input(t, 0)))
        return pp_refuse(t, err, "of a constant is not covered");
    return found->translate(t, err);
}

/* The output must be one row of scores. */
static pp_code finish_output(pp_translation *t, const char *output, pp_error *err)
{
    const pp_value *value = find(t, output);
    if (!pp_is_map(value))
        return pp_fail(err, PP_MODEL, "output '%.100s' does not depend on the image", output);
    const pp_map *map = pp_map_of(t, value);
    if (map->height != 1 || map->width != 1)
        return pp_fail(err, PP_MODEL, "output '%.100s' is a map of %d x %d; expected one row of scores", output, map->height, map->width);
    if (value->op < 0)
        return pp_fail(err, PP_MODEL, "output '%.100s' is the image itself", output);
    t->program->output = value->map;
    return PP_OK;
}
