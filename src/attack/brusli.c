/* brusli.c - BruSLi ("BruSLeAttack: a query-efficient score-based black-box sparse adversarial attack", Vo, Abbasnejad & Ranasinghe, ICLR
 * 2024).
 *
 * A synthetic image of random corner colours is made once; what is searched is which k of its pixels stand in for the original's. Each query
 * exchanges lambda k of them: those that stay are drawn by how often the margin did not fall when they went (fails over visits), those that
 * come by the same and by how far the two images differ there; the start is the best of ten sets drawn so. The new set is kept if the
 * margin falls. lambda falls with the queries as a power and as an exponential. With --pixels K this is the published attack: it ends as
 * soon as K pixels reach the goal.
 *
 * What differs: k descends by itself where none is given (ladder.h), and who stays is drawn by the same weights then. The weights are the
 * means that the authors' code uses; no Dirichlet variable is drawn around them. A colour of the synthetic image is never the original's,
 * since it would change nothing. Targeted goals are searched by the margin too, where the paper takes the cross-entropy. */
#include "attack/ladder.h"
#include "base/param.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct brusli_params {
    uint64_t pixels;
    double lambda, m1, m2;
} brusli_params;

#define BRUSLI(member) PP_FIELD(brusli_params, member)

static const pp_param brusli_rows[] = {
    { "pixels", PP_COUNT, BRUSLI(pixels), 0, 1e9, "0", "K", "pixels", "", "pixels changed; 0: as few as can be found, from 64 down" },
    { "lambda", PP_REAL, BRUSLI(lambda), 0, 1, "0.3", "L", "", "Vo et al. 2024", "share of the pixels exchanged at the beginning" },
    { "lambda-power", PP_REAL, BRUSLI(m1), 0, 10, "0.24", "M1", "", "Vo et al. 2024", "the share falls with query t as (t^-M1 + M2^t) / 2" },
    { "lambda-base", PP_REAL, BRUSLI(m2), 0, 1, "0.997", "M2", "", "Vo et al. 2024", "M2 of that" },
    { 0 },
};

enum { N_FIRST = 10 }; /* random sets, the best of which is the start */
static const double PRIOR = 0.01; /* added to fails and visits */

typedef struct keyed_place {
    double key;
    uint32_t place;
} keyed_place;

/* A place is y * width + x. One that may not be changed has weight 0. */
typedef struct brusli_state {
    pp_ladder ladder;
    size_t n, n_places, n_first; /* members; all places of the image; random sets made */
    bool is_scored;              /* the set was not changed by the ladder since */
    double margin;               /* of the set */
    double *tree;                /* 2 n_places: weights of the places outside the set, summed up (sum tree) */
    keyed_place *ranking;        /* n_places: scratch */
    uint32_t *set, *trial;       /* n_places: members. The first of the set are those that went, of the trial those that came */
    uint32_t *fails, *visits;    /* n_places */
    pp_pixel *synthetic, *pixels; /* n_places: the synthetic image, where pixels may be changed; the candidate's pixels */
} brusli_state;

static void make_synthetic(pp_run *run);
static void give_back(pp_run *run, uint32_t place);
static void fit_to_ladder(pp_run *run);
static size_t n_to_exchange(const pp_run *run);
static void exchange(pp_run *run, size_t n);
static void learn(pp_run *run, size_t n, bool first, const pp_verdict *verdict);

static size_t brusli_state_size(const pp_params *params, size_t n_pixels)
{
    (void)params;
    return sizeof(brusli_state) +
           n_pixels * (2 * sizeof(double) + sizeof(keyed_place) + 4 * sizeof(uint32_t) + 2 * sizeof(pp_pixel));
}

static pp_code brusli_init(pp_run *run, pp_error *err)
{
    (void)err;
    const brusli_params *params = run->params->own;
    brusli_state *state = run->state;
    size_t n = state->n_places = (size_t)run->original->width * (size_t)run->original->height;
    state->tree = (double *)(state + 1);
    state->ranking = (keyed_place *)(state->tree + 2 * n);
    state->set = (uint32_t *)(state->ranking + n);
    state->trial = state->set + n;
    state->fails = state->trial + n;
    state->visits = state->fails + n;
    state->synthetic = (pp_pixel *)(state->visits + n);
    state->pixels = state->synthetic + n;
    const pp_constraint *c = &run->constraint;
    state->n_first = c->n_places > 1 ? 0 : N_FIRST; /* there are no others */
    pp_ladder_begin(&state->ladder, run, params->pixels, c->n_places > 1 ? c->n_places / 2 : 1);
    make_synthetic(run);
    for (size_t i = 0; i < c->n_places; i++)
        give_back(run, c->places[i]);
    return PP_OK;
}

static void express(brusli_state *state, const uint32_t *places)
{
    for (size_t i = 0; i < state->n; i++)
        state->pixels[i] = state->synthetic[places[i]];
}

/* One query: the set with some members exchanged, or the set itself where it is new; in the beginning sets of their own. */
static pp_code brusli_step(pp_run *run, pp_error *err)
{
    brusli_state *state = run->state;
    fit_to_ladder(run);
    bool first = state->n_first < N_FIRST;
    size_t n = !state->is_scored ? 0 : first ? state->n : n_to_exchange(run), n_scored;
    state->n_first += first;
    express(state, state->set);
    pp_code code = pp_oracle_expect(run->oracle, state->pixels, state->n, err);
    exchange(run, n);
    express(state, state->trial);
    pp_candidate candidate = { state->pixels, state->n };
    pp_verdict verdict;
    if (code == PP_OK)
        code = pp_oracle_score(run->oracle, &candidate, 1, &verdict, &n_scored, err);
    if (code != PP_OK)
        return code;
    learn(run, n, first, &verdict);
    if (verdict.reached) {
        pp_run_report(run, state->pixels, state->n, &verdict);
        state->n_first = N_FIRST;
    }
    pp_ladder_step(&state->ladder, run, verdict.reached);
    return PP_OK;
}

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

static void make_synthetic(pp_run *run)
{
    brusli_state *state = run->state;
    const pp_constraint *c = &run->constraint;
    for (size_t i = 0; i < c->n_places; i++) {
        pp_pixel *pixel = &state->synthetic[c->places[i]];
        pixel->x = (uint16_t)(c->places[i] % (size_t)run->original->width);
        pixel->y = (uint16_t)(c->places[i] / (size_t)run->original->width);
        do
            pp_random_corner(c, &run->rng, pixel);
        while (pp_image_has(run->original, *pixel));
    }
}

/* How often it was no gain to be without the pixel, of the times it was looked at. */
static double worth(const brusli_state *state, uint32_t place)
{
    return (state->fails[place] + PRIOR) / (state->visits[place] + PRIOR);
}

/* How far the synthetic image is from the original there, in (0, 1]. */
static double difference(const pp_run *run, uint32_t place)
{
    const brusli_state *state = run->state;
    const pp_image *original = run->original;
    double sum = 0;
    for (int c = 0; c < original->channels; c++)
        sum += abs(original->data[place * (size_t)original->channels + (size_t)c] - state->synthetic[place].value[c]);
    return sum / 255 / original->channels;
}

static void set_weight(brusli_state *state, uint32_t place, double weight)
{
    size_t i = state->n_places + place;
    state->tree[i] = weight;
    for (i /= 2; i > 0; i /= 2)
        state->tree[i] = state->tree[2 * i] + state->tree[2 * i + 1];
}

/* The place is outside the set, with the weight it has now. */
static void give_back(pp_run *run, uint32_t place)
{
    set_weight(run->state, place, worth(run->state, place) * difference(run, place));
}

/* A place outside the set, by weight; its weight is 0 then. */
static uint32_t draw_place(pp_run *run)
{
    brusli_state *state = run->state;
    size_t i;
    do {
        double at = pp_rng_unit(&run->rng) * state->tree[1];
        for (i = 1; i < state->n_places;) {
            i *= 2;
            if (at >= state->tree[i])
                at -= state->tree[i++];
        }
    } while (state->tree[i] <= 0); /* rounding may lead past the last */
    set_weight(state, (uint32_t)(i - state->n_places), 0);
    return (uint32_t)(i - state->n_places);
}

static int by_key_falling(const void *left, const void *right)
{
    const keyed_place *a = left, *b = right;
    return a->key != b->key ? (a->key < b->key) - (a->key > b->key) : (a->place > b->place) - (a->place < b->place);
}

/* Puts the members in the order in which they are to go. Those at the end stay as if drawn one after the other by their worth: exponential
 * variables with it as rate, the smallest last (Efraimidis & Spirakis 2006). */
static void order_members(pp_run *run)
{
    brusli_state *state = run->state;
    for (size_t i = 0; i < state->n; i++)
        state->ranking[i] = (keyed_place){ -log(1 - pp_rng_unit(&run->rng)) / worth(state, state->set[i]), state->set[i] };
    qsort(state->ranking, state->n, sizeof *state->ranking, by_key_falling);
    for (size_t i = 0; i < state->n; i++)
        state->set[i] = state->ranking[i].place;
}

/* ---- The search -------------------------------------------------------------------------------------------------- */

/* The ladder asks for fewer or more pixels. */
static void fit_to_ladder(pp_run *run)
{
    brusli_state *state = run->state;
    size_t k = state->ladder.k;
    if (state->n != k)
        state->is_scored = false;
    if (state->n > k) {
        size_t n_gone = state->n - k;
        order_members(run);
        for (size_t i = 0; i < n_gone; i++)
            give_back(run, state->set[i]);
        memmove(state->set, state->set + n_gone, k * sizeof *state->set);
        state->n = k;
    }
    while (state->n < k)
        state->set[state->n++] = draw_place(run);
}

/* The authors' power step decay. t counts the queries from 1. */
static double lambda_at(const brusli_params *params, uint64_t t)
{
    return params->lambda * (pow((double)t, -params->m1) + pow(params->m2, (double)t)) / 2;
}

static size_t n_to_exchange(const pp_run *run)
{
    const brusli_state *state = run->state;
    size_t n = (size_t)(lambda_at(run->params->own, run->oracle->queries) * (double)state->n);
    return run->constraint.n_places == 1 ? 0 : n ? n : 1;
}

/* The trial: the set, whose first n members are exchanged for others. */
static void exchange(pp_run *run, size_t n)
{
    brusli_state *state = run->state;
    if (n)
        order_members(run);
    memcpy(state->trial, state->set, state->n * sizeof *state->set);
    for (size_t i = 0; i < n; i++)
        state->trial[i] = draw_place(run);
}

/* The trial becomes the set if the margin falls. What went was looked at, and what came. first: the set was a start of its own, which says
 * nothing of those that went. */
static void learn(pp_run *run, size_t n, bool first, const pp_verdict *verdict)
{
    brusli_state *state = run->state;
    bool keep = !state->is_scored || verdict->margin < state->margin || verdict->reached;
    for (size_t i = 0; i < n && !first; i++) {
        state->visits[state->set[i]]++;
        state->fails[state->set[i]] += !keep;
    }
    for (size_t i = 0; i < state->n; i++)
        state->visits[state->trial[i]]++;
    for (size_t i = 0; i < n; i++)
        give_back(run, keep ? state->set[i] : state->trial[i]);
    if (!keep)
        return;
    uint32_t *old = state->set;
    state->set = state->trial;
    state->trial = old;
    state->margin = verdict->margin;
    state->is_scored = true;
}

const pp_method pp_method_brusli = {
    .name = "brusli",
    .summary = "BruSLi: exchange of some of k pixels by what was learnt, k descending",
    .source = "Vo et al. 2024",
    .rows = brusli_rows,
    .own_size = sizeof(brusli_params),
    .keeps = PP_KEEPS_REGION | PP_KEEPS_CHANGE,
    .n_changes = 4,
    .needs_scores = true,
    .state_size = brusli_state_size,
    .init = brusli_init,
    .step = brusli_step,
};
