/* text_table.h - rows of text in aligned columns, as a terminal shows them. */
#ifndef PP_REPORT_TEXT_TABLE_H
#define PP_REPORT_TEXT_TABLE_H

#include <stdio.h>

/* Cells are written row by row, each a printf; text_table_print aligns them. Memory that runs out shows when it is printed. */
typedef struct pp_text_table {
    size_t n_columns, n_cells, capacity;
    int indent;   /* blanks before each row */
    char **cells; /* row-major; the first row is the header */
    int failed;
} pp_text_table;

void pp_text_table_init(pp_text_table *table, size_t n_columns);
void pp_text_table_add(pp_text_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Numbers to the right, all else to the left. @return 0; -1 if there was no memory, now or for a cell: nothing is printed then */
int pp_text_table_print(const pp_text_table *table, FILE *out);
void pp_text_table_clear(pp_text_table *table);

#endif
