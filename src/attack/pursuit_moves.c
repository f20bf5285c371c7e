/* pursuit_moves.c - ways to propose a pixel, in a table: one can be taken out, and its worth measured. Which is used is drawn by how they
 * did lately. */
#include "attack/pursuit.h"

#include <math.h>
#include <string.h>

static const double LEAST_SHARE = 0.15;  /* of the proposals, divided among the moves: none dies out */
static const double FADING = 0.98;       /* of the record, with each try */
static const double GOOD_SHARE = 0.25;   /* of the archive, that "good" pixels are drawn from */
static const double LARGEST_RADIUS = 8;  /* pixels */
enum { N_THOMPSON = 24, DRAWS_AT_MOST = 20 };

static pursuit_state *state_of(pp_run *run)
{
    return run->state;
}

bool pp_same_pixel(const pp_pixel *a, const pp_pixel *b)
{
    return a->x == b->x && a->y == b->y && memcmp(a->value, b->value, sizeof a->value) == 0;
}

/* ---- Parts ------------------------------------------------------------------------------------------------------- */

pp_pixel pp_random_pixel(pp_run *run)
{
    pp_pixel pixel = pp_random_place(&run->constraint, &run->rng);
    pp_random_corner(&run->constraint, &run->rng, &pixel);
    return pixel;
}

static uint16_t moved(pp_run *run, uint16_t at, double by, int length)
{
    int to = (int)lround(at + by);
    (void)run;
    return (uint16_t)(to < 0 ? 0 : to >= length ? length - 1 : to);
}

/* By a radius of 1 to 8 pixels, small ones as likely as large ones on a logarithmic scale. */
static void jitter(pp_run *run, pp_pixel *pixel)
{
    double radius = exp(pp_rng_unit(&run->rng) * log(LARGEST_RADIUS)), angle = 2 * 3.14159265358979 * pp_rng_unit(&run->rng);
    pixel->x = moved(run, pixel->x, radius * cos(angle), run->original->width);
    pixel->y = moved(run, pixel->y, radius * sin(angle), run->original->height);
}

/* ---- The moves --------------------------------------------------------------------------------------------------- */

static bool propose_fresh(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    (void)outgoing;
    *pixel = pp_random_pixel(run);
    return true;
}

/* One that did well before. */
static bool propose_good(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    (void)outgoing;
    const pp_observation *seen = pp_archive_pick(&state_of(run)->archive, &run->rng, GOOD_SHARE);
    if (seen)
        *pixel = seen->pixel;
    return seen != NULL;
}

/* A neighbour of one that did well. */
static bool propose_near_good(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    if (!propose_good(run, outgoing, pixel))
        return false;
    jitter(run, pixel);
    return true;
}

/* The member that goes, moved. */
static bool propose_shifted(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    if (!outgoing)
        return false;
    *pixel = *outgoing;
    jitter(run, pixel);
    return true;
}

/* The member that goes with one channel at the other end (gray: all). */
static bool propose_flipped(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    if (!outgoing)
        return false;
    *pixel = *outgoing;
    int which = (int)pp_rng_below(&run->rng, (uint64_t)run->original->channels);
    for (int c = 0; c < 3; c++)
        if (c < run->original->channels && (run->gray || c == which))
            pixel->value[c] = pixel->value[c] >= 128 ? 0 : 255;
    return true;
}

/* The member that goes with one channel anywhere. */
static bool propose_varied(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    if (!outgoing)
        return false;
    *pixel = *outgoing;
    int which = (int)pp_rng_below(&run->rng, (uint64_t)run->original->channels);
    uint8_t value = (uint8_t)pp_rng_below(&run->rng, 256);
    for (int c = 0; c < 3; c++)
        if (c < run->original->channels && (run->gray || c == which))
            pixel->value[c] = value;
    return true;
}

/* Of some, the one that promises most, by a draw from what the archive predicts (Thompson 1933). */
static bool propose_predicted(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    pursuit_state *state = state_of(run);
    double best = -INFINITY;
    if (state->archive.n == 0)
        return false;
    for (int i = 0; i < N_THOMPSON; i++) {
        pp_pixel one;
        double mean, spread;
        if (i % 3 == 0)
            propose_fresh(run, outgoing, &one);
        else
            propose_near_good(run, outgoing, &one);
        if (!pp_may_change(&run->constraint, one.x, one.y))
            continue;
        if (i % 3 == 1)
            pp_random_corner(&run->constraint, &run->rng, &one);
        pp_archive_predict(&state->archive, one, run->original->channels, &mean, &spread);
        double draw = mean + spread * pp_rng_normal(&run->rng);
        if (draw > best) {
            best = draw;
            *pixel = one;
        }
    }
    return true;
}

/* DE/rand/1 on the places of good ones: x_r1 + F (x_r2 - x_r3), F = 0.5 (Storn & Price 1997). */
static bool propose_difference(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    pp_pixel a, b;
    if (!propose_good(run, outgoing, pixel) || !propose_good(run, outgoing, &a) || !propose_good(run, outgoing, &b))
        return false;
    pixel->x = moved(run, pixel->x, 0.5 * ((int)a.x - (int)b.x), run->original->width);
    pixel->y = moved(run, pixel->y, 0.5 * ((int)a.y - (int)b.y), run->original->height);
    return true;
}

const pp_move pp_moves[PP_N_MOVES] = {
    { "fresh", propose_fresh },         { "good", propose_good },           { "near-good", propose_near_good },
    { "shifted", propose_shifted },     { "flipped", propose_flipped },     { "varied", propose_varied },
    { "predicted", propose_predicted }, { "difference", propose_difference },
};

/* ---- Choosing ---------------------------------------------------------------------------------------------------- */

static int choose_move(pp_run *run)
{
    const pp_record_of_moves *record = &state_of(run)->record;
    double chance[PP_N_MOVES], total = 0;
    for (int i = 0; i < PP_N_MOVES; i++)
        total += chance[i] = (record->gains[i] + 1) / (record->tries[i] + 2);
    double at = pp_rng_unit(&run->rng);
    for (int i = 0; i < PP_N_MOVES - 1; i++) {
        at -= (1 - LEAST_SHARE) * chance[i] / total + LEAST_SHARE / PP_N_MOVES;
        if (at < 0)
            return i;
    }
    return PP_N_MOVES - 1;
}

bool pp_propose_by(pp_run *run, int move, const pp_pixel *outgoing, pp_pixel *pixel)
{
    if (!pp_moves[move].propose(run, outgoing, pixel) || !pp_may_change(&run->constraint, pixel->x, pixel->y))
        return false;
    pp_clamp_colour(&run->constraint, pixel);
    return true;
}

pp_pixel pp_propose(pp_run *run, const pp_pixel *set, size_t n, const pp_pixel *outgoing, int *move)
{
    pp_pixel pixel;
    for (int i = 0; i < DRAWS_AT_MOST; i++) {
        *move = choose_move(run);
        if (!pp_propose_by(run, *move, outgoing, &pixel) || pp_image_has(run->original, pixel) ||
            !pp_may_join(&run->constraint, &pixel, set, n, outgoing))
            continue;
        if (!outgoing || !pp_same_pixel(outgoing, &pixel))
            return pixel;
    }
    *move = 0;
    return pp_random_pixel(run);
}

void pp_moves_learn(pp_record_of_moves *record, int move, bool paid)
{
    record->tries[move] = FADING * record->tries[move] + 1;
    record->gains[move] = FADING * record->gains[move] + paid;
}
