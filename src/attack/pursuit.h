/* pursuit.h - the few-pixel search, between its parts: pursuit.c tells the story, pursuit_moves.c proposes pixels, pursuit_archive.c
 * remembers what pixels did. */
#ifndef PP_ATTACK_PURSUIT_H
#define PP_ATTACK_PURSUIT_H

#include "attack/method.h"

enum {
    PP_MOST_MEMBERS = 1024, /* of a set */
    PP_MOST_OBSERVATIONS = 1024,
    PP_AT_ONCE = 16,        /* sets scored in one call */
    PP_DROPS_AT_ONCE = 4,   /* ways to drop members tried at once */
    PP_N_MOVES = 8
};

/* What a pixel did when it came into a set: how far the margin fell. */
typedef struct pp_observation {
    pp_pixel pixel;
    float effect;
} pp_observation;

/* Every pixel that was measured by itself, the oldest overwritten. ranking: indices, best effect first, valid while n_ranked == n. */
typedef struct pp_archive {
    pp_observation items[PP_MOST_OBSERVATIONS];
    size_t n, next;
    uint16_t ranking[PP_MOST_OBSERVATIONS];
    bool ranked;
    double mean, spread; /* of the effects */
} pp_archive;

void pp_archive_add(pp_archive *archive, pp_pixel pixel, double effect);
/* A good one: of the best share (0, 1] of what is remembered. NULL while there is nothing. */
const pp_observation *pp_archive_pick(pp_archive *archive, pp_rng *rng, double share);
/* What a pixel can be expected to do, from those near it in place and colour, and how far that may be off. */
void pp_archive_predict(const pp_archive *archive, pp_pixel pixel, int channels, double *mean, double *spread);

/* A set of pixels. worth: what the margin is thought to rise by if the member goes. */
typedef struct pp_set {
    size_t n;
    double margin;
    pp_pixel pixels[PP_MOST_MEMBERS];
    float worth[PP_MOST_MEMBERS];
} pp_set;

/* How the moves did: proposals made and the part of them that paid, both fading. */
typedef struct pp_record_of_moves {
    double tries[PP_N_MOVES], gains[PP_N_MOVES];
} pp_record_of_moves;

typedef struct pp_keyed {
    double key;
    size_t index;
} pp_keyed;

typedef struct pursuit_state pursuit_state;

/* What the search is at; each ends by saying what comes next. One step of the run is one call. (pursuit.c) */
typedef pp_code (*pp_phase)(pp_run *run, pp_error *err);

struct pursuit_state {
    pp_phase phase;
    pp_archive archive;
    pp_record_of_moves record;
    pp_set now;        /* the set at hand */
    pp_set best;       /* the smallest that reaches the goal */
    pp_set near_miss;  /* smaller than best, and of those the one with the lowest margin */
    pp_set backup;     /* what a rebuild began from */
    bool has_best;
    size_t n_screened, n_tries; /* single pixels measured; tries since the margin last fell */
    double share;      /* of the members, that the next attempt drops or exchanges */
    double cut;        /* of the members, that a try for less leaves out, where there are many */
    bool is_estimate;  /* the margin of the set at hand is not known but estimated */
    pp_pixel pool[PP_AT_ONCE][PP_MOST_MEMBERS]; /* the sets that candidates are */
    pp_keyed orders[PP_DROPS_AT_ONCE][PP_MOST_MEMBERS]; /* members by worth */
    pp_candidate candidates[PP_AT_ONCE];
    pp_verdict verdicts[PP_AT_ONCE];
};

/* One way to propose a pixel. outgoing: the member it would replace, or NULL. @return false if it has nothing to propose */
typedef struct pp_move {
    const char *name;
    bool (*propose)(pp_run *run, const pp_pixel *outgoing, pp_pixel *pixel);
} pp_move;
extern const pp_move pp_moves[PP_N_MOVES];

/* A pixel that may join a set, by a move chosen by how they did. outgoing: the member that it replaces, or NULL. *move: which it was. */
pp_pixel pp_propose(pp_run *run, const pp_pixel *set, size_t n, const pp_pixel *outgoing, int *move);
void pp_moves_learn(pp_record_of_moves *record, int move, bool paid);
bool pp_same_pixel(const pp_pixel *a, const pp_pixel *b);
/* A random place and corner colour. */
pp_pixel pp_random_pixel(pp_run *run);
/* What one move proposes, its colour clamped; false also if the place may not be changed. */
bool pp_propose_by(pp_run *run, int move, const pp_pixel *outgoing, pp_pixel *pixel);

#endif
