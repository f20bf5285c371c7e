/* text_table.c - rows of text in aligned columns. */
#include "report/text_table.h"

#include "base/array.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

void pp_text_table_init(pp_text_table *table, size_t n_columns)
{
    *table = (pp_text_table){ .n_columns = n_columns };
}

void pp_text_table_add(pp_text_table *table, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *cell = malloc(strlen(text) + 1);
    if (!cell || pp_array_grow((void **)&table->cells, &table->capacity, table->n_cells + 1, sizeof *table->cells) != 0) {
        free(cell);
        table->failed = 1;
        return;
    }
    table->cells[table->n_cells++] = strcpy(cell, text);
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
    return isdigit((unsigned char)text[*text == '-' && text[1]]) || strcmp(text, "-") == 0;
}

void pp_text_table_print(const pp_text_table *table, FILE *out)
{
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t column = i % table->n_columns, width = 0, n_numbers = 0, n_rows = 0;
        for (size_t k = column; k < table->n_cells; k += table->n_columns, n_rows++) {
            size_t n = width_of(table->cells[k]);
            width = n > width ? n : width;
            n_numbers += k >= table->n_columns && is_number(table->cells[k]);
        }
        int pad = (int)(width - width_of(table->cells[i]));
        bool last = column + 1 == table->n_columns;
        if (n_numbers > 0 && n_numbers + 1 >= n_rows) /* a column of numbers */
            fprintf(out, "%*s%s", pad, "", table->cells[i]);
        else
            fprintf(out, "%s%*s", table->cells[i], last ? 0 : pad, "");
        fputs(last ? "\n" : "  ", out);
    }
}

void pp_text_table_clear(pp_text_table *table)
{
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (pp_text_table){ 0 };
}
