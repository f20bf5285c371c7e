/* plan.c - compare.json: which methods, seeds and budgets a comparison has. All else is in run.db of its runs. */
#include "audit/plan.h"

#include "attack/method.h"
#include "base/array.h"
#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double MOST_RUNS = 1e6; /* of one method: more is a damaged file */

/* Formats a path of any length. *path: the caller's, free(). */
static pp_code format_path(char **path, pp_error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));
static pp_code format_path(char **path, pp_error *err, const char *format, ...)
{
    char *made = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&made, format, args);
    va_end(args);
    if (length < 0)
        return pp_no_memory(err, "a path");
    *path = made;
    return PP_OK;
}

pp_code pp_plan_run_dir(char **path, const char *dir, const char *method, uint64_t seed, pp_error *err)
{
    return format_path(path, err, "%s/%s-%" PRIu64, dir, method, seed);
}

pp_code pp_check_budgets(const uint64_t *budgets, size_t n, pp_error *err)
{
    if (n == 0)
        return pp_fail(err, PP_ARG, "--budgets: none; expected numbers of queries");
    for (size_t i = 0; i < n; i++)
        if (budgets[i] <= (i ? budgets[i - 1] : 0))
            return pp_fail(err, PP_ARG, "--budgets: %" PRIu64 " after %" PRIu64 "; expected rising numbers of queries", budgets[i],
                           i ? budgets[i - 1] : 0);
    return PP_OK;
}

void pp_plan_clear(pp_plan *plan)
{
    for (size_t i = 0; plan->methods && i < plan->n_methods; i++)
        free(plan->methods[i]);
    free(plan->methods);
    free(plan->budgets);
    *plan = (pp_plan){ 0 };
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static bool has_twin(const pp_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n_methods; i++)
        if (strcmp(plan->methods[i], name) == 0)
            return true;
    return false;
}

/* @return false where the file says what no comparison can be; *code is PP_MEMORY where there is no memory for it */
static bool take_methods(pp_plan *plan, const json_t *array, pp_code *code)
{
    size_t n = json_array_size(array);
    plan->methods = pp_array_new(n, sizeof *plan->methods);
    *code = plan->methods ? PP_OK : PP_MEMORY;
    for (; *code == PP_OK && plan->n_methods < n; plan->n_methods++) {
        const char *name = json_string_value(json_array_get(array, plan->n_methods));
        if (!name || !pp_method_find(name) || has_twin(plan, name))
            return false;
        char *copy = pp_array_new(strlen(name) + 1, 1);
        if (!copy) {
            *code = PP_MEMORY;
            break;
        }
        plan->methods[plan->n_methods] = strcpy(copy, name);
    }
    return n > 0;
}

static bool take_budgets(pp_plan *plan, const json_t *array, pp_code *code)
{
    size_t n = json_array_size(array);
    plan->budgets = pp_array_new(n, sizeof *plan->budgets);
    *code = plan->budgets ? PP_OK : PP_MEMORY;
    for (; *code == PP_OK && plan->n_budgets < n; plan->n_budgets++) {
        json_int_t budget = json_integer_value(json_array_get(array, plan->n_budgets));
        if (budget <= 0)
            return false;
        plan->budgets[plan->n_budgets] = (uint64_t)budget;
    }
    return *code != PP_OK || pp_check_budgets(plan->budgets, n, NULL) == PP_OK;
}

static bool take_seeds(pp_plan *plan, const json_t *object)
{
    const json_t *seed = json_object_get(object, "seed"), *seeds = json_object_get(object, "seeds");
    json_int_t first = json_integer_value(seed), n = json_integer_value(seeds);
    plan->seed = (uint64_t)first;
    plan->n_seeds = (size_t)n;
    return json_is_integer(seed) && first >= 0 && first <= (json_int_t)1e15 && n >= 1 && (double)n <= MOST_RUNS;
}

bool pp_plan_is_in(const char *dir)
{
    char *path = NULL;
    bool is = format_path(&path, NULL, "%s/compare.json", dir) == PP_OK && access(path, F_OK) == 0;
    free(path);
    return is;
}

pp_code pp_plan_read(pp_plan *plan, const char *dir, pp_error *err)
{
    pp_plan made = { 0 };
    char *path = NULL;
    json_error_t why;
    pp_code code = format_path(&path, err, "%s/compare.json", dir);
    if (code != PP_OK)
        return code;
    json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!object && access(path, F_OK) != 0)
        code = pp_fail(err, PP_IO, "%s: no comparison there (no compare.json)", dir);
    else if (!object)
        code = pp_fail(err, PP_FORMAT, "%s: line %d: %s", path, why.line, why.text);
    pp_code taken = PP_OK;
    if (code == PP_OK && !(take_seeds(&made, object) && take_methods(&made, json_object_get(object, "methods"), &taken) &&
                           (taken != PP_OK || take_budgets(&made, json_object_get(object, "budgets"), &taken))))
        code = pp_fail(err, PP_FORMAT, "%s: expected methods that this pinprick knows, a seed, seeds and rising budgets", path);
    if (code == PP_OK && taken != PP_OK)
        code = pp_no_memory(err, "a comparison");
    json_decref(object);
    free(path);
    if (code != PP_OK) {
        pp_plan_clear(&made);
        return code;
    }
    *plan = made;
    return PP_OK;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static json_t *plan_object(const pp_compare_plan *plan, uint64_t seed)
{
    json_t *object = json_object(), *methods = json_array(), *budgets = json_array();
    for (size_t i = 0; i < plan->n_methods; i++)
        json_array_append_new(methods, json_string(plan->methods[i]->method->name));
    for (size_t i = 0; i < plan->n_budgets; i++)
        json_array_append_new(budgets, json_integer((json_int_t)plan->budgets[i]));
    json_object_set_new(object, "methods", methods);
    json_object_set_new(object, "seed", json_integer((json_int_t)seed));
    json_object_set_new(object, "seeds", json_integer((json_int_t)plan->n_seeds));
    json_object_set_new(object, "budgets", budgets);
    return object;
}

pp_code pp_plan_write(const pp_compare_plan *plan, uint64_t seed, const char *dir, pp_error *err)
{
    char *path = NULL, *temporary = NULL;
    json_t *object = plan_object(plan, seed);
    pp_code code = format_path(&path, err, "%s/compare.json", dir);
    if (code == PP_OK)
        code = format_path(&temporary, err, "%s/compare.json.new", dir);
    if (code == PP_OK && (json_dump_file(object, temporary, JSON_INDENT(1)) != 0 || rename(temporary, path) != 0)) {
        code = pp_fail(err, PP_IO, "%s: cannot be written: %s", path, strerror(errno));
        unlink(temporary);
    }
    json_decref(object);
    free(temporary);
    free(path);
    return code;
}
