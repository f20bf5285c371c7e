/* pursuit_moves.c - which pixels to try: many are made up in several ways, and those the model expects most of are proposed. The ways are
 * in a table: one can be taken out, and its worth measured. */
#include "attack/pursuit.h"

#include <math.h>

static const double LARGEST_RADIUS = 16; /* pixels */
static const double ALIKE = 0.6;         /* correlation at which one of two proposals is enough */
static const double REACH = 0.4;         /* of the distance that evenly spread members have: within it a place counts less, */
static const double BESIDE = 0.9;        /* by up to so much */
enum { N_MADE_UP = 256, GOOD_ONES = 4, MOST_SPREAD = 32 };

static pursuit_state *state_of(pp_run *run)
{
    return run->state;
}

/* ---- Parts ------------------------------------------------------------------------------------------------------- */

static uint16_t moved(uint16_t at, double by, int length)
{
    int to = (int)lround(at + by);
    return (uint16_t)(to < 0 ? 0 : to >= length ? length - 1 : to);
}

static int n_channels(const pp_run *run)
{
    return run->original->channels == 1 ? 1 : 3;
}

/* The corner colour towards which the pixel's lies, seen from the original's: with --max-change it is no corner itself. */
static void make_corner(const pp_run *run, pp_pixel *pixel)
{
    pp_pixel own = *pixel;
    int all = 0;
    pp_image_get(run->original, &own);
    for (int c = 0; c < n_channels(run); c++)
        all += pixel->value[c] - own.value[c];
    for (int c = 0; c < n_channels(run); c++) {
        int above = run->gray ? all : pixel->value[c] - own.value[c];
        pixel->value[c] = above > 0 || (above == 0 && pixel->value[c] >= 128) ? 255 : 0;
    }
}

/* By a radius of 1 to 16 pixels, small ones as likely as large ones on a logarithmic scale. */
static void jitter(pp_run *run, pp_pixel *pixel)
{
    make_corner(run, pixel);
    double radius = exp(pp_rng_unit(&run->rng) * log(LARGEST_RADIUS)), angle = 2 * 3.14159265358979 * pp_rng_unit(&run->rng);
    pixel->x = moved(pixel->x, radius * cos(angle), run->original->width);
    pixel->y = moved(pixel->y, radius * sin(angle), run->original->height);
}

/* One channel, or all if gray, goes to the other end of the range. */
static void recolour(pp_run *run, pp_pixel *pixel)
{
    int which = (int)pp_rng_below(&run->rng, (uint64_t)n_channels(run));
    make_corner(run, pixel);
    for (int c = 0; c < n_channels(run); c++)
        if (run->gray || c == which)
            pixel->value[c] = pixel->value[c] ? 0 : 255;
}

/* The best of some drawn at random from what was measured. */
static pp_pixel good_one(pp_run *run)
{
    const pp_effects *effects = &state_of(run)->effects;
    const pp_observation *best = NULL;
    for (int i = 0; i < GOOD_ONES; i++) {
        const pp_observation *one = &effects->items[pp_rng_below(&run->rng, effects->n)];
        if (!best || one->effect > best->effect)
            best = one;
    }
    return best->pixel;
}

/* ---- The moves --------------------------------------------------------------------------------------------------- */

static bool propose_fresh(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    (void)outgoing;
    *pixel = pp_random_place(&run->constraint, &run->rng);
    pp_random_corner(&run->constraint, &run->rng, pixel);
    return true;
}

/* One that did well before. */
static bool propose_good(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    (void)outgoing;
    *pixel = good_one(run);
    return true;
}

/* A neighbour of one that did well. */
static bool propose_near_good(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    (void)outgoing;
    *pixel = good_one(run);
    jitter(run, pixel);
    return true;
}

/* The same in another corner colour. */
static bool propose_good_recoloured(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel)
{
    (void)outgoing;
    *pixel = good_one(run);
    jitter(run, pixel);
    recolour(run, pixel);
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
    recolour(run, pixel);
    return true;
}

const pp_move pp_moves[] = {
    { PP_PART_FRESH, "fresh", propose_fresh },
    { PP_PART_GOOD, "good", propose_good },
    { PP_PART_NEAR_GOOD, "near-good", propose_near_good },
    { PP_PART_RECOLOURED, "recoloured", propose_good_recoloured },
    { PP_PART_SHIFTED, "shifted", propose_shifted },
    { PP_PART_FLIPPED, "flipped", propose_flipped },
    { PP_PART_FRESH, "fresh", propose_fresh }, /* twice as often as any other */
};
const size_t pp_n_moves = sizeof pp_moves / sizeof *pp_moves;

/* ---- Choosing ---------------------------------------------------------------------------------------------------- */

/* @return false: nothing, or a pixel that the set cannot take */
static bool make_up(pp_run *run, pp_context set, const pp_move *move, pp_pixel *pixel)
{
    if (!move->propose(run, set.except, pixel) || !pp_may_change(&run->constraint, pixel->x, pixel->y))
        return false;
    pp_clamp_colour(&run->constraint, pixel);
    return !pp_image_has(run->original, *pixel) && pp_may_join(&run->constraint, pixel, set.pixels, set.n, set.except) &&
           !(set.except && pp_same_pixel(set.except, pixel));
}

/* Less than 1 beside a member of the set that is asked about, if that is small: sets that are spread end smaller than those that crowd where
 * single pixels do most. How far that reaches is a share of the distance that as many members have if they are spread evenly. */
static double spread_favour(const pp_run *run, pp_context set, const pp_pixel *pixel)
{
    if (set.n == 0 || set.n > MOST_SPREAD)
        return 1;
    double reach = REACH * sqrt((double)run->constraint.n_places / (double)set.n);
    return 1 - BESIDE * exp(-pp_context_nearest(set, pixel) / (reach * reach));
}

/* How much more a place counts than others. Until something other than noise reached the goal, nothing matters but to reach it. */
static double favour(const pp_run *run, const pp_pixel *pixel)
{
    const pursuit_state *state = run->state;
    double strides = pp_does_without(run, PP_PART_STRIDES) ? 1 : pp_strides_favour(&state->strides, pixel);
    bool may_crowd = !state->has_best || pp_does_without(run, PP_PART_SPREAD);
    return strides * (may_crowd ? 1 : spread_favour(run, state->effects.now, pixel));
}

/* What a pixel can be expected to do beyond the threshold, times what its place counts for: what is proposed is chosen by that. */
static double improvement(pp_run *run, const pp_pixel *pixel, double threshold)
{
    const pursuit_state *state = state_of(run);
    if (pp_does_without(run, PP_PART_MODEL))
        return pp_rng_unit(&run->rng);
    return favour(run, pixel) * pp_effects_improvement(&state->effects, pixel, threshold);
}

/* The next of the moves, round and round, that is in use. */
static const pp_move *next_move(const pp_run *run, size_t *at)
{
    const pp_move *move;
    do
        move = &pp_moves[(*at)++ % pp_n_moves];
    while (pp_does_without(run, move->part));
    return move;
}

/* Or at its place: only one of two there can come into a set. */
static bool is_like_one_of(pp_run *run, const pp_pixel *pixels, size_t n, const pp_pixel *pixel)
{
    for (size_t i = 0; i < n; i++)
        if (pp_effects_correlation(state_of(run)->effects.unit, &pixels[i], pixel) > ALIKE || (pixels[i].x == pixel->x && pixels[i].y == pixel->y))
            return true;
    return false;
}

/* Makes pixels up for a set. @return how many of the n tried may join */
static size_t make_some_up(pp_run *run, pp_context set, double threshold, size_t n, pp_exchange *made)
{
    size_t n_made = 0, at = 0;
    pp_effects_look_at(&state_of(run)->effects, set);
    for (size_t i = 0; i < n; i++)
        if (make_up(run, set, next_move(run, &at), &made[n_made].pixel)) {
            made[n_made].improvement = improvement(run, &made[n_made].pixel, threshold);
            n_made++;
        }
    return n_made;
}

/* The most promising pixel that is not like one of those chosen before. @return n_made: there is none */
static size_t choose_next(pp_run *run, const pp_exchange *made, size_t n_made, const pp_pixel *chosen, size_t n_chosen)
{
    size_t best = n_made;
    for (size_t i = 0; i < n_made; i++)
        if ((best == n_made || made[i].improvement > made[best].improvement) && !is_like_one_of(run, chosen, n_chosen, &made[i].pixel))
            best = i;
    return best;
}

size_t pp_propose(pp_run *run, const pp_set *set, double threshold, size_t n, pp_pixel *pixels)
{
    pp_exchange made[N_MADE_UP];
    size_t n_made = make_some_up(run, (pp_context){ set->pixels, set->n, NULL }, threshold, N_MADE_UP, made), n_chosen = 0;
    for (size_t best; n_chosen < n && (best = choose_next(run, made, n_made, pixels, n_chosen)) < n_made; n_chosen++)
        pixels[n_chosen] = made[best].pixel;
    return n_chosen;
}

size_t pp_propose_exchanges(pp_run *run, const pp_set *set, const size_t *members, size_t n_members, size_t n, pp_exchange *exchanges)
{
    pp_exchange made[N_MADE_UP];
    pp_pixel chosen[PP_MOST_SINGLE];
    size_t n_made = 0, n_chosen = 0, share = N_MADE_UP / n_members;
    for (size_t m = 0; m < n_members; m++) {
        size_t first = n_made, member = members[m];
        pp_context without = { set->pixels, set->n, &set->pixels[member] };
        n_made += make_some_up(run, without, set->worth[member], share, &made[first]);
        for (size_t i = first; i < n_made; i++)
            made[i].member = member;
    }
    for (size_t best; n_chosen < n && (best = choose_next(run, made, n_made, chosen, n_chosen)) < n_made; n_chosen++) {
        exchanges[n_chosen] = made[best];
        chosen[n_chosen] = made[best].pixel;
    }
    return n_chosen;
}
