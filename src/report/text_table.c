/* text_table.c - rows of text in aligned columns. */
#include "report/text_table.h"

#include "base/array.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void pp_text_table_init(pp_text_table *table, size_t n_columns)
{
    *table = (pp_text_table){ .n_columns = n_columns };
}

/* What would move a terminal's cursor becomes '?': file names may hold line feeds and escape sequences. */
static void defuse(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

void pp_text_table_add(pp_text_table *table, const char *format, ...)
{
    char *cell = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&cell, format, args);
    va_end(args);
    if (length < 0 ||
        pp_array_grow((void **)&table->cells, &table->capacity, table->n_cells + 1, sizeof *table->cells) != 0) {
        free(length < 0 ? NULL : cell);
        table->failed = 1;
        return;
    }
    defuse(cell);
    table->cells[table->n_cells++] = cell;
}

/* Characters as a terminal counts them: UTF-8 continuation bytes take no room. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool is_number(const char *text)
{
    char *end;
    if (strcmp(text, "inf") == 0) /* a median where most attacks failed */
        return true;
    if (!isdigit((unsigned char)text[*text == '-']))
        return false;
    strtod(text, &end);
    return *end == '\0';
}

typedef struct column {
    size_t width;
    bool numbers; /* nothing but numbers and "-" below the header, and at least one number */
} column;

static column measure(const pp_text_table *table, size_t index)
{
    column found = { 0, false };
    bool others = false;
    for (size_t i = index; i < table->n_cells; i += table->n_columns) {
        const char *cell = table->cells[i];
        size_t n = width_of(cell);
        found.width = n > found.width ? n : found.width;
        if (i < table->n_columns)
            continue;
        found.numbers = found.numbers || is_number(cell);
        others = others || (!is_number(cell) && strcmp(cell, "-") != 0);
    }
    found.numbers = found.numbers && !others;
    return found;
}

int pp_text_table_print(const pp_text_table *table, FILE *out)
{
    column *columns = pp_array_new(table->n_columns, sizeof *columns);
    if (!columns || table->failed) {
        free(columns);
        return -1;
    }
    for (size_t k = 0; k < table->n_columns; k++)
        columns[k] = measure(table, k);
    for (size_t i = 0; i < table->n_cells; i++) {
        const column *c = &columns[i % table->n_columns];
        int pad = (int)(c->width - width_of(table->cells[i]));
        bool first = i % table->n_columns == 0, last = (i + 1) % table->n_columns == 0;
        fprintf(out, "%*s%*s%s", first ? table->indent : 2, "", c->numbers ? pad : 0, "", table->cells[i]);
        fprintf(out, "%*s%s", c->numbers || last ? 0 : pad, "", last ? "\n" : "");
    }
    free(columns);
    return 0;
}

void pp_text_table_clear(pp_text_table *table)
{
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (pp_text_table){ 0 };
}
