/* param.c - the parameter table's mechanics. A row says where a value lies and what it may be; each type has one way to be
 * parsed and one to be printed, and what is printed parses to the same value. */
#include "base/param.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pp_code parse_count(const pp_param *row, uint64_t *value, const char *text, pp_error *err);
static pp_code parse_real(const pp_param *row, double *value, const char *text, pp_error *err);
static pp_code parse_flag(const pp_param *row, bool *value, const char *text, pp_error *err);
static pp_code parse_choice(const pp_param *row, int *value, const char *text, pp_error *err);
static pp_code parse_text(char **value, const char *text, pp_error *err);

const pp_param *pp_param_find(const pp_param *rows, const char *option)
{
    for (; rows->option; rows++)
        if (strcmp(rows->option, option) == 0)
            return rows;
    return NULL;
}

pp_code pp_param_parse(const pp_param *row, void *base, const char *text, pp_error *err)
{
    void *field = (char *)base + row->offset;
    switch (row->type) {
    case PP_COUNT:
        return parse_count(row, field, text, err);
    case PP_REAL:
        return parse_real(row, field, text, err);
    case PP_FLAG:
        return parse_flag(row, field, text, err);
    case PP_CHOICE:
        return parse_choice(row, field, text, err);
    case PP_TEXT:
        return parse_text(field, text, err);
    }
    return pp_fail(err, PP_ARG, "--%s: a parameter of unknown type", row->option);
}

pp_code pp_param_defaults(const pp_param *rows, void *base, pp_error *err)
{
    for (const pp_param *row = rows; row->option; row++) {
        pp_code code = pp_param_parse(row, base, row->fallback, err);
        if (code != PP_OK) {
            pp_param_clear(rows, base);
            return code;
        }
    }
    return PP_OK;
}

/* A count or a number in as many digits as it takes to read the same value back. */
static void print_number(char *text, size_t size, double value)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

/* The word at an index of "one|two|three", as its start and length. */
static const char *choice_at(const char *choices, int index, size_t *length)
{
    while (index-- > 0)
        choices = strchr(choices, '|') + 1;
    *length = strcspn(choices, "|");
    return choices;
}

pp_code pp_param_print(const pp_param *row, const void *base, char **text, pp_error *err)
{
    const void *field = (const char *)base + row->offset;
    char number[64];
    const char *value = number;
    size_t length = 0;
    if (row->type == PP_COUNT)
        snprintf(number, sizeof number, "%" PRIu64, *(const uint64_t *)field);
    else if (row->type == PP_REAL)
        print_number(number, sizeof number, *(const double *)field);
    else if (row->type == PP_FLAG)
        value = *(const bool *)field ? "1" : "0";
    else if (row->type == PP_CHOICE)
        value = choice_at(row->choices, *(const int *)field, &length);
    else
        value = *(char *const *)field;
    if (!length)
        length = strlen(value);
    char *copy = malloc(length + 1);
    if (!copy)
        return pp_no_memory(err, row->option);
    memcpy(copy, value, length);
    copy[length] = '\0';
    *text = copy;
    return PP_OK;
}

void pp_param_clear(const pp_param *rows, void *base)
{
    for (; rows->option; rows++) {
        if (rows->type != PP_TEXT)
            continue;
        char **text = (char **)((char *)base + rows->offset);
        free(*text);
        *text = NULL;
    }
}

static pp_code parse_count(const pp_param *row, uint64_t *value, const char *text, pp_error *err)
{
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    bool whole = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
    if (!whole || (double)parsed < row->min || (double)parsed > row->max)
        return pp_fail(err, PP_ARG, "--%s: '%s'; expected a whole number from %.0f to %.0f", row->option, text, row->min,
                       row->max);
    *value = parsed;
    return PP_OK;
}

static pp_code parse_real(const pp_param *row, double *value, const char *text, pp_error *err)
{
    char *end;
    double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed) || parsed < row->min || parsed > row->max)
        return pp_fail(err, PP_ARG, "--%s: '%s'; expected a number from %g to %g", row->option, text, row->min, row->max);
    *value = parsed;
    return PP_OK;
}

static pp_code parse_flag(const pp_param *row, bool *value, const char *text, pp_error *err)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        return pp_fail(err, PP_ARG, "--%s: '%s'; expected 0 or 1", row->option, text);
    *value = *text == '1';
    return PP_OK;
}

static pp_code parse_choice(const pp_param *row, int *value, const char *text, pp_error *err)
{
    size_t length = strlen(text);
    const char *word = row->choices;
    for (int i = 0;; i++) {
        size_t n = strcspn(word, "|");
        if (n == length && strncmp(word, text, n) == 0) {
            *value = i;
            return PP_OK;
        }
        if (word[n] == '\0')
            return pp_fail(err, PP_ARG, "--%s: '%s'; expected one of %s", row->option, text, row->choices);
        word += n + 1;
    }
}

static pp_code parse_text(char **value, const char *text, pp_error *err)
{
    char *copy = malloc(strlen(text) + 1);
    if (!copy)
        return pp_no_memory(err, "an option's text");
    strcpy(copy, text);
    free(*value);
    *value = copy;
    return PP_OK;
}
