/* agree.c - whether two runs are parts of one. */
#include "audit/agree.h"

#include "attack/method.h"
#include "audit/audit.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

pp_code pp_run_kind_read(pp_run_kind *kind, pp_store *store, const char *dir, pp_error *err)
{
    *kind = (pp_run_kind){ .dir = dir };
    pp_code code = pp_store_read_run(store, &kind->run, err);
    if (code == PP_OK)
        code = pp_store_read_params(store, &kind->params, err);
    if (code != PP_OK)
        pp_run_kind_clear(kind);
    return code;
}

void pp_run_kind_clear(pp_run_kind *kind)
{
    pp_run_record_clear(&kind->run);
    pp_params_free(kind->params);
    kind->params = NULL;
}

static pp_code complain(const pp_run_kind *one, const pp_run_kind *other, const char *what, const char *is, const char *was, pp_error *err)
{
    return pp_fail(err, PP_MISMATCH, "%s: cannot be merged with %s: its %s is %s, not %s", other->dir, one->dir, what, is && *is ? is : "none",
                   was && *was ? was : "none");
}

/* Engine and dense-from are what auto found to be faster on each machine; a result is verified by the reference in any case. */
static bool may_differ(const char *option)
{
    static const char *const FREE[] = { "shard", "engine", "dense-from" };
    for (size_t i = 0; i < sizeof FREE / sizeof *FREE; i++)
        if (strcmp(FREE[i], option) == 0)
            return true;
    return pp_audit_is_of_the_machine(option) || pp_audit_names_file(option);
}

typedef struct pair {
    const pp_run_kind *one, *other;
} pair;

static pp_code compare_param(void *user, const char *option, const char *value, pp_error *err)
{
    const pair *runs = user;
    char *is, name[64] = "--";
    if (may_differ(option))
        return PP_OK;
    pp_code code = pp_params_get(runs->other->params, option, &is, err);
    if (code != PP_OK)
        return code;
    strncat(name, option, sizeof name - 3);
    if (strcmp(is, value) != 0)
        code = complain(runs->one, runs->other, name, is, value, err);
    free(is);
    return code;
}

pp_code pp_run_kinds_agree(const pp_run_kind *one, const pp_run_kind *other, pp_error *err)
{
    const pp_run_record *a = &one->run, *b = &other->run;
    const struct { const char *what, *was, *is; } TEXTS[] = {
        { "model (SHA-256)", a->model_sha256, b->model_sha256 },
        { "method", a->method, b->method },
        { "preprocessing", a->preprocessing, b->preprocessing },
        { "list of classes", a->class_names, b->class_names },
        { "source of scores", a->score_source, b->score_source },
        { "mask (SHA-256)", a->mask_sha256, b->mask_sha256 },
        { "version of pinprick", a->version, b->version },
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        if (strcmp(TEXTS[i].was ? TEXTS[i].was : "", TEXTS[i].is ? TEXTS[i].is : "") != 0)
            return complain(one, other, TEXTS[i].what, TEXTS[i].is, TEXTS[i].was, err);
    pair runs = { one, other };
    return pp_params_each(one->params, compare_param, &runs, err);
}
