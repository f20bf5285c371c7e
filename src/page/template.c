/* template.c - text with holes, filled from a JSON object. Escaping is done here and nowhere else, so that it cannot be forgotten. */
#include "page/template.h"

#include "base/error.h"

#include <assert.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Where names are looked up: the innermost item first. */
typedef struct scope {
    const json_t *item;
    const struct scope *outer;
} scope;

/* One hole: kind '#', '^', '/', '&', '>' or 0, its name, and where the text goes on behind it. */
typedef struct tag {
    const char *at, *name, *after;
    size_t n_name;
    char kind;
    int decimals; /* -1: none said */
} tag;

/* The next hole from text on. @return false where there is none before end */
static bool next_tag(tag *t, const char *text, const char *end)
{
    const char *open = memmem(text, (size_t)(end - text), "{{", 2);
    if (!open)
        return false;
    const char *close = memmem(open, (size_t)(end - open), "}}", 2);
    assert(close);
    *t = (tag){ .at = open, .name = open + 2, .after = close + 2, .decimals = -1 };
    if (strchr("#^/&>", *t->name))
        t->kind = *t->name++;
    t->n_name = (size_t)(close - t->name);
    const char *colon = memchr(t->name, ':', t->n_name);
    if (colon) {
        t->decimals = atoi(colon + 1);
        t->n_name = (size_t)(colon - t->name);
    }
    return true;
}

/* The end of the section that begins behind `start`: its closing tag. */
static tag find_end(const tag *start, const char *end)
{
    tag t;
    int depth = 1;
    for (const char *text = start->after; next_tag(&t, text, end); text = t.after) {
        bool same = t.n_name == start->n_name && memcmp(t.name, start->name, t.n_name) == 0;
        depth += same && (t.kind == '#' || t.kind == '^');
        depth -= same && t.kind == '/';
        if (depth == 0)
            return t;
    }
    assert(!"a section without its end");
    abort();
}

/* A member of a member of an item; NULL where it is not there. */
static const json_t *member(const json_t *item, const char *name, size_t n)
{
    while (item && n > 0) {
        char key[64];
        const char *dot = memchr(name, '.', n);
        size_t n_key = dot ? (size_t)(dot - name) : n;
        assert(n_key < sizeof key);
        memcpy(key, name, n_key);
        key[n_key] = '\0';
        item = json_object_get(item, key);
        n -= dot ? n_key + 1 : n_key;
        name += n_key + 1;
    }
    return item;
}

static const json_t *look_up(const scope *s, const tag *t)
{
    if (t->n_name == 1 && *t->name == '.')
        return s->item;
    for (; s; s = s->outer) {
        const json_t *found = member(s->item, t->name, t->n_name);
        if (found)
            return found;
    }
    return NULL;
}

/* ---- One value --------------------------------------------------------------------------------------------------- */

static bool write_escaped(FILE *out, const char *text)
{
    char *escaped = g_markup_escape_text(text, -1);
    bool ok = escaped && fputs(escaped, out) >= 0;
    g_free(escaped);
    return ok;
}

static bool write_value(FILE *out, const json_t *value, const tag *t)
{
    if (json_is_string(value))
        return t->kind == '&' ? fputs(json_string_value(value), out) >= 0 : write_escaped(out, json_string_value(value));
    if (json_is_number(value) && t->decimals >= 0)
        return fprintf(out, "%.*f", t->decimals, json_number_value(value)) > 0;
    if (json_is_integer(value))
        return fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) > 0;
    if (json_is_real(value))
        return fprintf(out, "%.6g", json_real_value(value)) > 0;
    return true;
}

/* ---- The text ---------------------------------------------------------------------------------------------------- */

static bool write_text(FILE *out, const char *text, const char *end, const scope *s);

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) || (json_is_integer(value) && json_integer_value(value) == 0) || (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_string(value) && !*json_string_value(value));
}

static bool write_section(FILE *out, const tag *start, const tag *end, const scope *s)
{
    const json_t *value = look_up(s, start);
    if (start->kind == '^')
        return !is_empty(value) || write_text(out, start->after, end->at, s);
    if (is_empty(value))
        return true;
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        scope inner = { json_is_array(value) ? json_array_get(value, i) : value, s };
        ok = write_text(out, start->after, end->at, &inner);
    }
    return ok;
}

static bool write_text(FILE *out, const char *text, const char *end, const scope *s)
{
    tag t;
    while (next_tag(&t, text, end)) {
        if (fwrite(text, 1, (size_t)(t.at - text), out) != (size_t)(t.at - text))
            return false;
        text = t.after;
        if (t.kind == '#' || t.kind == '^') {
            tag close = find_end(&t, end);
            if (!write_section(out, &t, &close, s))
                return false;
            text = close.after;
        } else if (t.kind == '>') {
            const char *part = json_string_value(look_up(s, &t));
            if (part && !write_text(out, part, part + strlen(part), s))
                return false;
        } else if (!write_value(out, look_up(s, &t), &t)) {
            return false;
        }
    }
    return fwrite(text, 1, (size_t)(end - text), out) == (size_t)(end - text);
}

pp_code pp_template_write(FILE *out, const char *template, const json_t *root, pp_error *err)
{
    scope s = { root, NULL };
    return write_text(out, template, template + strlen(template), &s) ? PP_OK : pp_no_memory(err, "a page");
}
