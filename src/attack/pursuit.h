/* pursuit.h - the few-pixel search, between its parts: pursuit.c tells the story, pursuit_start.c, pursuit_grow.c, pursuit_shrink.c and
 * pursuit_polish.c are its phases, pursuit_moves.c proposes pixels, pursuit_effects.c says what they would do, pursuit_strides.c where they are
 * likely to count, pursuit_set.c holds sets of them. */
#ifndef PP_ATTACK_PURSUIT_H
#define PP_ATTACK_PURSUIT_H

#include "attack/method.h"

enum {
    PP_MOST_MEMBERS = 1024,     /* of a set */
    PP_MOST_OBSERVATIONS = 512,
    PP_MOST_NEAR_BY = 16,       /* members that an observation remembers */
    PP_AT_ONCE = 16,            /* sets scored in one call */
    PP_MOST_SINGLE = 8,
    PP_PERIOD = 16,             /* pixels after which a classifier's strides are thought to begin anew */
    PP_DROPS_AT_ONCE = 4,       /* ways to drop members tried at once */
    PP_MANY = 32                /* members up to which each is measured */
};

typedef struct pursuit_params {
    uint64_t screen, swaps, rounds, patience, rescue;
    double price, cut, start_share;
    int without; /* a pp_part */
    int start;   /* a pp_start */
} pursuit_params;

/* What it begins with, in the order of the words of --start. */
typedef enum pp_start { PP_START_EMPTY, PP_START_DGDE, PP_START_NOISE } pp_start;

/* What the search can be made to do without, so that the worth of each is measured (bench/ablation.c): moves, then stages. In the order of
 * the words of --without. */
typedef enum pp_part {
    PP_PART_NOTHING, PP_PART_FRESH, PP_PART_GOOD, PP_PART_NEAR_GOOD, PP_PART_RECOLOURED, PP_PART_SHIFTED, PP_PART_FLIPPED,
    PP_PART_MODEL,    /* any of the pixels made up is tried, wherever they are */
    PP_PART_STRIDES,  /* no place in the classifier's strides is favoured */
    PP_PART_SPREAD,   /* places beside members count in full */
    PP_PART_SHARES,   /* each member is left out, be there ever so many; no shares of them */
    PP_PART_EACH,     /* shares of the members are left out, be there ever so few; not each */
    PP_PART_EXCHANGE  /* what does not reach the goal is torn down at once */
} pp_part;
bool pp_does_without(const pp_run *run, pp_part part);

/* ---- The model --------------------------------------------------------------------------------------------------- */

/* The set that effects are asked about: the n pixels but the member `except`, if that is not NULL. Borrowed. */
typedef struct pp_context {
    const pp_pixel *pixels;
    size_t n;
    const pp_pixel *except;
} pp_context;

/* How far the nearest of them is: the square of the distance in pixels; INFINITY if there is none. */
double pp_context_nearest(pp_context set, const pp_pixel *pixel);

/* What a pixel did when it came into a set: how far the margin fell. */
typedef struct pp_observation {
    pp_pixel pixel;
    float effect;
    float extent;                     /* how far the pixel is from the original's, 0.1 to 1.1 */
    size_t n_set, n_near;             /* members of that set, and of these the ones nearest by: */
    pp_pixel near_by[PP_MOST_NEAR_BY];
    double crowd, least;              /* the overlap with the first of them, and with the last if there was no room for more */
    float noise;                      /* of the effect in the context at hand, as a share of the variance */
} pp_observation;

/* Pixels that were measured one by one, the oldest overwritten. */
typedef struct pp_effects {
    pp_observation items[PP_MOST_OBSERVATIONS];
    size_t n, next;
    double mean;            /* of the effects */
    double beside;          /* effect over extent, that is expected beside a member more than alone */
    double scale;           /* root of the mean square of effects over extents, less what is expected of the crowd */
    const pp_image *original; /* borrowed */
    double unit;              /* one pixel, in pixels of a 224 x 224 image if the image is smaller than that; else 1 */
    pp_context now;
} pp_effects;

/* Nothing is known yet of what changes this image. original: borrowed */
void pp_effects_init(pp_effects *effects, const pp_image *original);
/* The pixel came into that set. */
void pp_effects_add(pp_effects *effects, const pp_pixel *pixel, double effect, pp_context context);
/* What is asked from now on is asked about this set. */
void pp_effects_look_at(pp_effects *effects, pp_context context);
/* What a pixel can be expected to do, and how far that may be off (standard deviation). At least one observation. */
void pp_effects_predict(const pp_effects *effects, const pp_pixel *pixel, double *mean, double *spread);
/* By how much its effect can be expected to exceed `over`, counting less as 0 (expected improvement, Mockus 1975). */
double pp_effects_improvement(const pp_effects *effects, const pp_pixel *pixel, double over);
/* Of the effects of two pixels in the same set, 0 to 1. */
double pp_effects_correlation(double unit, const pp_pixel *a, const pp_pixel *b);
/* How much one pixel changes what the other does, 0 to 1: what two that are near do does not add up. */
double pp_effects_overlap(double unit, const pp_pixel *a, const pp_pixel *b);

/* Where members lie in the classifier's strides: by x and by y, modulo the period. */
typedef struct pp_strides {
    bool tells[2];               /* whether members tell anything by x, by y */
    double favour[2][PP_PERIOD]; /* how much likelier than anywhere a pixel there is worth keeping; above 0 */
} pp_strides;

/* No place is favoured yet. What may be changed of the image says whether any will be. */
void pp_strides_init(pp_strides *strides, const pp_constraint *constraint);
/* These are the members of a set that reaches the goal. What may be chance does not count: of four or fewer nothing does. */
void pp_strides_learn(pp_strides *strides, const pp_pixel *pixels, size_t n);
/* By x and by y together; 1 where nothing is known. */
double pp_strides_favour(const pp_strides *strides, const pp_pixel *pixel);

/* ---- Sets -------------------------------------------------------------------------------------------------------- */

/* A set of pixels. worth: what the margin is thought to rise by if the member goes. doubt: how much has changed near it since that was
 * measured (pp_doubt, summed); 0: it holds; 1 to begin with if it was not. */
typedef struct pp_set {
    size_t n;
    double unit; /* as pp_effects.unit; set once */
    double margin;
    pp_pixel pixels[PP_MOST_MEMBERS];
    float worth[PP_MOST_MEMBERS], doubt[PP_MOST_MEMBERS];
} pp_set;

typedef struct pp_keyed {
    double key;
    size_t index;
} pp_keyed;

void pp_keyed_sort(pp_keyed *list, size_t n); /* the lowest key first */
bool pp_same_pixel(const pp_pixel *a, const pp_pixel *b); /* in place and colour */
void pp_set_make(pp_set *set, const pp_pixel *pixels, size_t n, double worth); /* of each; none was measured. At most PP_MOST_MEMBERS */
void pp_set_copy(pp_set *to, const pp_set *from);
void pp_set_add(pp_set *set, pp_pixel pixel, double worth, double doubt); /* nothing happens if it is full */
void pp_set_remove(pp_set *set, size_t i);                 /* the others keep their order */
void pp_set_remove_all(pp_set *set, pp_keyed *members, size_t n);
/* The pixel takes the member's place. Its worth is as sure as the member's was. */
void pp_set_exchange(pp_set *set, size_t i, pp_pixel pixel, double worth);
/* How much a member's worth is in doubt because a pixel came or went: a little wherever that was. */
double pp_doubt(double unit, const pp_pixel *member, const pp_pixel *pixel);
/* Members by worth, the least first, blurred by `noise` times the mean worth. */
void pp_set_order(const pp_set *set, double noise, pp_rng *rng, pp_keyed order[PP_MOST_MEMBERS]);

/* ---- Proposals --------------------------------------------------------------------------------------------------- */

/* Pixels for a set: the n that promise most over `threshold`, no two much alike. @return how many: fewer if few may join */
size_t pp_propose(pp_run *run, const pp_set *set, double threshold, size_t n, pp_pixel *pixels);

/* One member for another pixel. improvement: by how much the margin can be expected to fall, counting a rise as 0, times what favours its place */
typedef struct pp_exchange {
    pp_pixel pixel;
    size_t member;
    double improvement;
} pp_exchange;

/* At most n exchanges of one of these members, the most promising, no two of the pixels much alike. @return how many */
size_t pp_propose_exchanges(pp_run *run, const pp_set *set, const size_t *members, size_t n_members, size_t n, pp_exchange *exchanges);

/* One way to make up a pixel. @return false if it has nothing to propose */
typedef struct pp_move {
    pp_part part;
    const char *name; /* as --without has it */
    bool (*propose)(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel);
} pp_move;
extern const pp_move pp_moves[];
extern const size_t pp_n_moves;

/* ---- The search -------------------------------------------------------------------------------------------------- */

/* What the search is at; each ends by saying what comes next. One step of the run is one call. */
typedef pp_code (*pp_phase)(pp_run *run, pp_error *err);

typedef struct pursuit_state {
    pp_phase phase;
    pp_effects effects;
    pp_strides strides;
    pp_set now;        /* the set at hand */
    pp_set best;       /* the smallest that reaches the goal */
    pp_set near_miss;  /* smaller than best, and of those the one with the lowest margin */
    bool has_best;
    size_t n_screened, n_tries; /* single pixels measured; tries since the margin last fell */
    bool is_known;     /* whether the margin of the set at hand was measured */
    double share;      /* of the members, that the next attempt drops or exchanges */
    size_t n_rounds;   /* generations since a member last came in */
    size_t n_generations; /* while nothing has reached the goal */
    pp_pixel pool[PP_AT_ONCE][PP_MOST_MEMBERS]; /* the sets that candidates are */
    pp_keyed orders[PP_DROPS_AT_ONCE][PP_MOST_MEMBERS]; /* members by worth */
    pp_candidate candidates[PP_AT_ONCE];
    pp_verdict verdicts[PP_AT_ONCE];
    bool tried_noise;  /* because nothing else had reached the goal for long */
    const struct pp_rung *rung; /* the kind of it that was looked at last */
    double kept;       /* share of a set to begin with, that the largest of its subsets tried next keeps */
    pp_pixel start[];  /* room for every pixel: a set to begin with, in random order */
} pursuit_state;

/* The phases. (pursuit.c, pursuit_start.c, pursuit_grow.c, pursuit_shrink.c, pursuit_polish.c) */
pp_code pp_screen(pp_run *run, pp_error *err);
pp_code pp_thin(pp_run *run, pp_error *err);
pp_code pp_rescue(pp_run *run, pp_error *err);
pp_code pp_grow(pp_run *run, pp_error *err);
pp_code pp_shrink(pp_run *run, pp_error *err);
pp_code pp_measure(pp_run *run, pp_error *err);
pp_code pp_polish(pp_run *run, pp_error *err);

/* The run has a set that reaches the goal, of whatever size: it is to be thinned out. */
void pp_begin_to_thin(pursuit_state *state);
/* Whether noise may be tried: once, where nothing has reached the goal. */
bool pp_may_try_noise(const pp_run *run);
/* Whether it is time to. */
bool pp_wants_noise(const pp_run *run);
/* Whether there is noise that reaches the goal, thinned out to the size of a set, and nothing else does. */
bool pp_has_noise(const pp_run *run);
/* That noise is the set at hand, to be shrunk. */
void pp_take_noise(pp_run *run);
/* Members are to be added to the set at hand. is_known: whether its margin was measured. */
void pp_begin_to_grow(pursuit_state *state, bool is_known);
/* Members of the set at hand are to be left out: it reaches the goal. */
void pp_begin_to_shrink(pp_run *run);
/* Members of the set at hand are to be exchanged; its margin is known. */
void pp_begin_to_polish(pursuit_state *state);

/* The set at hand reaches the goal: it is told, and is the best if it is smaller. */
void pp_take_success(pp_run *run, const pp_verdict *verdict);
/* The set at hand, which reaches the goal, is the best; one pixel is the end. */
void pp_take_best(pp_run *run);
/* pp_take_success, and it is to be shrunk. */
void pp_succeed(pp_run *run, const pp_verdict *verdict);
/* Leaves each of these members out of the set at hand, at most PP_AT_ONCE: what they are worth is known then. In slot i of the pool stands the
 * set without the i-th of them. */
pp_code pp_leave_out(pp_run *run, const size_t *members, size_t n, size_t *n_scored, pp_error *err);
/* Of these members, those whose worth is in doubt come first. @return how many they are */
size_t pp_doubted(const pp_set *set, size_t *members, size_t n);
/* Scores the first n sets of the pool. */
pp_code pp_score_pool(pp_run *run, size_t n, size_t *n_scored, pp_error *err);
/* A slot of the pool, of n members: the set at hand, for the caller to change. */
pp_pixel *pp_pool_slot(pursuit_state *state, size_t slot, size_t n);
/* A slot of the pool: the set at hand without these n members, the others in their order. */
void pp_pool_without(pursuit_state *state, size_t slot, const pp_keyed *members, size_t n);

#endif
