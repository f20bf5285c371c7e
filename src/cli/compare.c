/* compare.c - `pinprick compare`: methods side by side on the same images, and the table that says which needs fewer pixels. */
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char DEFAULT_METHODS[] = "pursuit,dgde,onepixel", DEFAULT_BUDGETS[] = "250,500,1000,2000,5000,10000";
enum { MAX_METHODS = 32, MAX_BUDGETS = 64, MAX_WORD = 64 };

/* The words of --methods and the numbers of --budgets. */
typedef struct lists {
    char methods[MAX_METHODS][MAX_WORD];
    uint64_t budgets[MAX_BUDGETS];
    size_t n_methods, n_budgets;
} lists;

/* ---- Lists ------------------------------------------------------------------------------------------------------- */

/* The next word of a list divided by commas. @return false past the last; a word that is too long is cut off */
static bool next_word(const char **list, char word[MAX_WORD])
{
    if (!*list)
        return false;
    size_t n = strcspn(*list, ",");
    snprintf(word, MAX_WORD, "%.*s", (int)n, *list);
    *list = (*list)[n] ? *list + n + 1 : NULL;
    return true;
}

/* A name that is no method is found out when its parameters are made. */
static pp_code list_methods(lists *l, const char *text, pp_error *err)
{
    char word[MAX_WORD];
    for (const char *rest = *text ? text : DEFAULT_METHODS; next_word(&rest, word);) {
        if (l->n_methods == MAX_METHODS)
            return cli_wrong_value(err, "methods", text, "fewer names");
        strcpy(l->methods[l->n_methods++], word);
    }
    return PP_OK;
}

static pp_code list_budgets(lists *l, const char *text, pp_error *err)
{
    char word[MAX_WORD], *end;
    for (const char *rest = *text ? text : DEFAULT_BUDGETS; next_word(&rest, word);) {
        errno = 0;
        unsigned long long budget = strtoull(word, &end, 10);
        bool whole = *word >= '0' && *word <= '9' && *end == '\0' && errno == 0 && budget <= 1000000000000000;
        if (!whole || budget <= (l->n_budgets ? l->budgets[l->n_budgets - 1] : 0) || l->n_budgets == MAX_BUDGETS)
            return cli_wrong_value(err, "budgets", text, "rising numbers of queries, such as 250,500,1000");
        l->budgets[l->n_budgets++] = budget;
    }
    return PP_OK;
}

/* ---- Parameters of each method ----------------------------------------------------------------------------------- */

/* Whether an option is a method's own. */
static bool is_own(const char *method, const char *option)
{
    const pp_section *section;
    for (size_t i = 0; (section = pp_section_at(i)); i++)
        for (const pp_param *row = section->rows; strcmp(section->name, method) == 0 && row->option; row++)
            if (strcmp(row->option, option) == 0)
                return true;
    return false;
}

/* Whether an option is said to others of the methods compared, but not to this one. */
static bool is_for_others(const lists *l, size_t index, const char *option)
{
    bool others = false;
    for (size_t i = 0; i < l->n_methods; i++)
        others = others || is_own(l->methods[i], option);
    return others && !is_own(l->methods[index], option);
}

/* The options that a method takes, and as many queries as the largest budget where none were said. */
static pp_code method_params(pp_params **params, const cli_options *options, const lists *l, size_t index, pp_error *err)
{
    char queries[32];
    cli_options own = *options;
    own.n_said = 0;
    snprintf(queries, sizeof queries, "%" PRIu64, l->budgets[l->n_budgets - 1]);
    own.said[own.n_said].option = "queries";
    own.said[own.n_said++].text = queries;
    for (size_t i = 0; i < options->n_said; i++)
        if (!is_for_others(l, index, options->said[i].option) && own.n_said < sizeof own.said / sizeof *own.said)
            own.said[own.n_said++] = options->said[i];
    return cli_params(params, l->methods[index], &own, err);
}

/* --queries leaves out the budgets above it. 0 is no limit. */
static pp_code cut_budgets(lists *l, const cli_options *options, pp_error *err)
{
    const char *said = NULL;
    for (size_t i = 0; i < options->n_said; i++)
        if (strcmp(options->said[i].option, "queries") == 0)
            said = options->said[i].text;
    uint64_t queries = said ? strtoull(said, NULL, 10) : 0;
    while (queries && l->n_budgets && l->budgets[l->n_budgets - 1] > queries)
        l->n_budgets--;
    return l->n_budgets ? PP_OK : cli_wrong_value(err, "queries", said, "at least the smallest of --budgets");
}

/* ---- The command ------------------------------------------------------------------------------------------------- */

static pp_code create(char **dir, const cli_options *options, lists *l, pp_error *err)
{
    pp_params *params[MAX_METHODS] = { NULL };
    pp_inputs *inputs = NULL;
    pp_code code = cut_budgets(l, options, err);
    for (size_t i = 0; code == PP_OK && i < l->n_methods; i++)
        code = method_params(&params[i], options, l, i, err);
    if (code == PP_OK)
        code = cli_inputs(&inputs, options, 1, err);
    const pp_compare_plan plan = { .methods = (const pp_params *const *)params, .n_methods = l->n_methods, .n_seeds = (size_t)options->seeds,
                                   .budgets = l->budgets, .n_budgets = l->n_budgets };
    if (code == PP_OK)
        code = pp_compare_create(dir, *options->out ? options->out : NULL, options->arguments[0], inputs, &plan, err);
    pp_inputs_free(inputs);
    for (size_t i = 0; i < l->n_methods; i++)
        pp_params_free(params[i]);
    return code;
}

/* Prints the comparison; with the budgets typed, if any. */
static int show(const char *dir, const cli_options *options, const lists *l, pp_code outcome)
{
    char *text;
    pp_error err;
    pp_code code = pp_compare_show(dir, l->budgets, *options->budgets ? l->n_budgets : 0, cli_format_name(options), &text, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    fputs(text, stdout);
    free(text);
    if (outcome == PP_PARTIAL)
        fprintf(stderr, "pinprick: some images could not be read; the rest were done\n");
    return cli_exit_status(outcome);
}

/* Does what is missing in a folder, and prints what it came to. */
static int go_on(const char *dir, const cli_options *options, const lists *l)
{
    pp_error err;
    cli_progress progress;
    cli_progress_init(&progress, options->quiet);
    pp_watch watch = { .progress = cli_progress_show, .user = &progress, .cancel = cli_watch_for_interrupt() };
    pp_code code = pp_compare_run(dir, &watch, &err);
    cli_progress_end(&progress);
    if (code >= 0 && code != PP_INTERRUPTED)
        return show(dir, options, l, code);
    if (code == PP_INTERRUPTED)
        fprintf(stderr, "stopped; go on with: pinprick compare --resume %s\n", dir);
    else
        cli_report(code, &err);
    return cli_exit_status(code);
}

/* A comparison that is there takes what is stored: nothing may be said of the runs, nor where they are kept. */
static const char *what_is_wrong(const cli_options *options)
{
    bool says_more = options->n_said > 0 || cli_has_own(options, "methods") || cli_has_own(options, "seeds") || cli_has_own(options, "out");
    if (*options->resume && (says_more || options->n_arguments > 0 || cli_has_own(options, "budgets")))
        return "--resume DIR goes on with what the comparison began with: no model, images or parameters";
    if (!*options->resume && options->n_arguments == 0)
        return "expected a model and images, or the folder of a comparison";
    if (!*options->resume && options->n_arguments == 1 && says_more)
        return "expected a model and images; of the folder of a comparison only --budgets and --format can be said";
    return NULL;
}

static int run_compare(const cli_options *options)
{
    lists l = { .n_methods = 0 };
    pp_error err;
    char *dir = NULL;
    const char *complaint = what_is_wrong(options);
    if (complaint)
        return cli_wrong_arguments(&cli_compare, complaint);
    pp_code code = list_methods(&l, options->methods, &err);
    if (code == PP_OK)
        code = list_budgets(&l, options->budgets, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (*options->resume)
        return go_on(options->resume, options, &l);
    if (options->n_arguments == 1)
        return show(options->arguments[0], options, &l, PP_OK);
    code = create(&dir, options, &l, &err);
    if (code != PP_OK)
        return cli_report(code, &err);
    if (!options->quiet)
        fprintf(stderr, "comparison folder %s\n", dir);
    int status = go_on(dir, options, &l);
    free(dir);
    return status;
}

static const pp_param compare_rows[] = {
    { "methods", PP_TEXT, offsetof(cli_options, methods), 0, 0, "", "NAME,NAME", "", "", "methods to compare; default: pursuit,dgde,onepixel" },
    { "budgets", PP_TEXT, offsetof(cli_options, budgets), 0, 0, "", "N,N", "", "",
      "numbers of queries at which results are told, rising; default: 250,500,1000,2000,5000,10000, without those above --queries" },
    { "seeds", PP_COUNT, offsetof(cli_options, seeds), 1, 10000, "3", "N", "", "", "runs of each method, with --seed and the numbers after it" },
    { "out", PP_TEXT, offsetof(cli_options, out), 0, 0, "", "DIR", "", "", "where the runs are kept; default: the first free pinprick-compare-<n>" },
    CLI_RESUME_ROW, CLI_FORMAT_ROW, CLI_QUIET_ROW, CLI_HELP_ROW, { 0 },
};
static const char *const sections[] = { "goal", "constraints", "images", "budget", "model", "engine", NULL };

const cli_command cli_compare = {
    .name = "compare", .arguments = "MODEL IMAGES... | DIR", .summary = "methods side by side: pixels at each number of queries",
    .rows = compare_rows, .sections = sections, .with_methods = true, .run = run_compare,
    .description = "Attacks the same images with several methods and seeds, each a run in a folder of its own, and prints for each number of "
                   "queries how few pixels each method had got to by then: success, mean and median with 95 % intervals (bootstrap over images), "
                   "and how often one method beats another. --queries, if not said, is the largest budget. An option that only some of the "
                   "methods have is taken by these. With DIR alone, prints a comparison again, at other --budgets if said.",
};
