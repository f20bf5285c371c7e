/* test_pursuit.c - the few-pixel search: its model against a slow one, its sets, its proposals, and that it finds what is planted. */
#include "support.h"

#include "attack/fixed_k.h"
#include "attack/pursuit.h"

enum { SIDE = 100, N_SEEDS = 40, RADIUS = 16 };
static const double ALIKE = 0.6;

/* A corner colour by its bits. */
static pp_pixel pixel_at(int x, int y, unsigned bits)
{
    return (pp_pixel){ (uint16_t)x, (uint16_t)y, { bits & 1 ? 255 : 0, bits & 2 ? 255 : 0, bits & 4 ? 255 : 0 } };
}

static pp_pixel any_pixel(pp_rng *rng, int side)
{
    int x = (int)pp_rng_below(rng, (uint64_t)side), y = (int)pp_rng_below(rng, (uint64_t)side);
    return pixel_at(x, y, (unsigned)pp_rng_below(rng, 8));
}

/* ---- The model --------------------------------------------------------------------------------------------------- */

enum { MOST_EQUATIONS = 20 };

/* Gaussian elimination with the largest pivot; b becomes the solution. */
static void eliminate(double A[MOST_EQUATIONS][MOST_EQUATIONS], double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t pivot = i;
        for (size_t r = i + 1; r < n; r++)
            pivot = fabs(A[r][i]) > fabs(A[pivot][i]) ? r : pivot;
        for (size_t c = 0; c < n; c++) {
            double swap = A[i][c];
            A[i][c] = A[pivot][c];
            A[pivot][c] = swap;
        }
        double swap = b[i];
        b[i] = b[pivot];
        b[pivot] = swap;
        for (size_t r = 0; r < n; r++) {
            double factor = r == i ? 0 : A[r][i] / A[i][i];
            for (size_t c = i; c < n; c++)
                A[r][c] -= factor * A[i][c];
            b[r] -= factor * b[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        b[i] /= A[i][i];
}

/* Kriging with all observations, those too that share nothing with the pixel. */
static void predict_slowly(const pp_effects *effects, const pp_pixel *pixel, double *mean, double *spread)
{
    double K[MOST_EQUATIONS][MOST_EQUATIONS], weight[MOST_EQUATIONS], average = 0, variance = 0, explained = 0;
    size_t n = effects->n;
    for (size_t i = 0; i < n; i++)
        average += effects->items[i].effect / (double)n;
    for (size_t i = 0; i < n; i++) {
        variance += pow(effects->items[i].effect - average, 2) / (double)n;
        weight[i] = pp_effects_correlation(&effects->items[i].pixel, pixel);
        for (size_t j = 0; j < n; j++)
            K[i][j] = pp_effects_correlation(&effects->items[i].pixel, &effects->items[j].pixel) + (i == j ? effects->items[i].noise : 0);
    }
    eliminate(K, weight, n);
    *mean = average;
    for (size_t i = 0; i < n; i++) {
        *mean += weight[i] * (effects->items[i].effect - average);
        explained += weight[i] * pp_effects_correlation(&effects->items[i].pixel, pixel);
    }
    *spread = sqrt(variance * (1 - explained));
}

/* Within 40 pixels, so that all share something. */
static void the_prediction_is_that_of_a_dense_solver(void **state)
{
    (void)state;
    enum { CLOSE = 40 };
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (size_t n = 2; n < MOST_EQUATIONS; n++)
        for (int repeat = 0; repeat < 20; repeat++) {
            pp_effects effects = { 0 };
            for (size_t i = 0; i < n; i++) {
                pp_pixel pixel = any_pixel(&rng, CLOSE), disturbed = any_pixel(&rng, CLOSE);
                pp_effects_add(&effects, &pixel, pp_rng_normal(&rng));
                if (repeat % 2)
                    pp_effects_disturb(&effects, &disturbed);
            }
            pp_pixel asked = any_pixel(&rng, CLOSE);
            double mean, spread, slow_mean, slow_spread;
            pp_effects_predict(&effects, &asked, &mean, &spread);
            predict_slowly(&effects, &asked, &slow_mean, &slow_spread);
            assert_true(fabs(mean - slow_mean) < 1e-6 && fabs(spread - slow_spread) < 1e-5);
        }
}

static void an_observed_pixel_is_near_its_effect_and_a_far_one_is_the_mean_with_the_full_spread(void **state)
{
    (void)state;
    pp_effects effects = { 0 };
    pp_pixel a = pixel_at(0, 0, 0), b = pixel_at(0, 90, 0), far = pixel_at(500, 500, 0);
    double mean, spread;
    pp_effects_add(&effects, &a, 1);
    pp_effects_add(&effects, &b, 3);
    pp_effects_predict(&effects, &a, &mean, &spread);
    assert_true(fabs(mean - 1) < 0.1 && spread < 0.3 && spread > 0);
    pp_effects_predict(&effects, &b, &mean, &spread);
    assert_true(fabs(mean - 3) < 0.1 && spread < 0.3 && spread > 0);
    pp_effects_predict(&effects, &far, &mean, &spread);
    assert_true(fabs(mean - 2) < 1e-9 && fabs(spread - 1) < 1e-9);
}

static void of_many_observations_the_nearest_count(void **state)
{
    (void)state;
    pp_effects effects = { 0 };
    pp_pixel asked = pixel_at(50, 50, 0);
    double mean, spread;
    for (int i = 0; i < 100; i++) { /* the near ones neither first nor last */
        bool is_near = i >= 40 && i < 60;
        pp_pixel pixel = is_near ? pixel_at(48 + i % 5, 48 + i % 4, 0) : pixel_at(50 + 30 * (i % 2 ? 1 : -1), i, 0);
        pp_effects_add(&effects, &pixel, is_near ? 1 : 0);
    }
    pp_effects_predict(&effects, &asked, &mean, &spread);
    assert_true(mean > 0.9);
}

static void a_change_makes_what_is_near_less_certain_than_what_is_far(void **state)
{
    (void)state;
    pp_effects effects = { 0 };
    pp_pixel a = pixel_at(10, 10, 0), b = pixel_at(10, 55, 0), changed = pixel_at(12, 10, 7);
    double mean, near_before, far_before, near_after, far_after;
    pp_effects_add(&effects, &a, 1);
    pp_effects_add(&effects, &b, 3);
    pp_effects_predict(&effects, &a, &mean, &near_before);
    pp_effects_predict(&effects, &b, &mean, &far_before);
    pp_effects_disturb(&effects, &changed);
    pp_effects_predict(&effects, &a, &mean, &near_after);
    pp_effects_predict(&effects, &b, &mean, &far_after);
    assert_true(far_after > far_before && near_after - near_before > 3 * (far_after - far_before));
}

static void the_oldest_observation_is_overwritten(void **state)
{
    (void)state;
    static pp_effects effects;
    memset(&effects, 0, sizeof effects);
    pp_pixel old = pixel_at(0, 0, 0), other = pixel_at(300, 300, 0), latest = pixel_at(600, 600, 0);
    double mean, spread;
    pp_effects_add(&effects, &old, 100);
    for (int i = 1; i < PP_MOST_OBSERVATIONS; i++)
        pp_effects_add(&effects, &other, i % 2);
    pp_effects_predict(&effects, &old, &mean, &spread);
    assert_true(mean > 90 && effects.n == PP_MOST_OBSERVATIONS);
    pp_effects_add(&effects, &latest, 5);
    assert_int_equal(effects.n, PP_MOST_OBSERVATIONS);
    pp_effects_predict(&effects, &old, &mean, &spread);
    assert_true(mean < 1 && mean == effects.mean);
    pp_effects_predict(&effects, &latest, &mean, &spread);
    assert_true(mean > 4);
    for (int i = 0; i < PP_MOST_OBSERVATIONS; i++)
        pp_effects_add(&effects, &other, 2); /* the mean is of those that are left */
    assert_true(effects.mean == 2 && effects.variance < 1e-9);
}

static void expected_improvement_is_the_integral_over_the_normal_density(void **state)
{
    (void)state;
    enum { N_STEPS = 20000 };
    static const double OVER[] = { -3, 0, 1, 2, 3.5 };
    pp_effects effects = { 0 };
    pp_pixel a = pixel_at(0, 0, 0), b = pixel_at(30, 0, 0), c = pixel_at(10, 20, 3), asked = pixel_at(9, 9, 1);
    double mean, spread;
    pp_effects_add(&effects, &a, 1);
    pp_effects_add(&effects, &b, 3);
    pp_effects_add(&effects, &c, 0);
    pp_effects_predict(&effects, &asked, &mean, &spread);
    for (size_t i = 0; i < sizeof OVER / sizeof *OVER; i++) {
        double low = fmax(OVER[i], mean - 10 * spread), high = mean + 10 * spread, step = (high - low) / N_STEPS, sum = 0;
        for (int k = 0; k < N_STEPS; k++) {
            double value = low + (k + 0.5) * step, z = (value - mean) / spread;
            sum += (value - OVER[i]) * exp(-z * z / 2) / (spread * sqrt(2 * 3.14159265358979)) * step;
        }
        assert_true(fabs(pp_effects_improvement(&effects, &asked, OVER[i]) - sum) < 1e-6);
    }
}

static void the_correlation_is_symmetric_and_1_for_a_pixel_with_itself(void **state)
{
    (void)state;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int i = 0; i < 1000; i++) {
        pp_pixel a = any_pixel(&rng, SIDE), b = any_pixel(&rng, SIDE);
        double both = pp_effects_correlation(&a, &b);
        assert_true(both == pp_effects_correlation(&b, &a) && both >= 0 && both <= 1);
        assert_true(pp_effects_correlation(&a, &a) == 1);
        assert_true(both < 1 || same_pixels(&a, &b, 1));
    }
    pp_pixel a = pixel_at(5, 5, 0), near = pixel_at(7, 5, 0), far = pixel_at(15, 5, 0), one = pixel_at(5, 5, 1), all = pixel_at(5, 5, 7);
    assert_true(pp_effects_correlation(&a, &near) > pp_effects_correlation(&a, &far));
    assert_true(pp_effects_correlation(&a, &one) > pp_effects_correlation(&a, &all));
}

/* ---- Sets -------------------------------------------------------------------------------------------------------- */

/* n members, the i-th at x = i and worth i. */
static void fill(pp_set *set, size_t n)
{
    set->n = 0;
    for (size_t i = 0; i < n; i++)
        pp_set_add(set, pixel_at((int)i, 0, 0), (double)i);
}

static void a_full_set_takes_no_more_and_a_removed_member_gives_its_place_to_the_last(void **state)
{
    (void)state;
    static pp_set set, copy;
    fill(&set, PP_MOST_MEMBERS);
    assert_int_equal(set.n, PP_MOST_MEMBERS);
    set.margin = -1;
    pp_set_copy(&copy, &set);
    pp_set_add(&set, pixel_at(5000, 0, 0), 9);
    assert_true(set.n == PP_MOST_MEMBERS && same_pixels(set.pixels, copy.pixels, set.n) && copy.margin == -1);
    assert_memory_equal(set.worth, copy.worth, sizeof set.worth);
    pp_set_remove(&set, 3);
    assert_true(set.n == PP_MOST_MEMBERS - 1 && set.pixels[3].x == PP_MOST_MEMBERS - 1 && set.worth[3] == PP_MOST_MEMBERS - 1);
    pp_set_remove(&set, set.n - 1);
    assert_true(set.n == PP_MOST_MEMBERS - 2 && set.pixels[set.n - 1].x == PP_MOST_MEMBERS - 3);
}

/* Whatever the order they are named in, the last members among them. */
static void all_that_are_named_go_and_no_other(void **state)
{
    (void)state;
    enum { N = 50, N_GO = 20 };
    static pp_set set;
    pp_rng rng;
    pp_rng_seed(&rng, 1);
    for (int repeat = 0; repeat < 200; repeat++) {
        pp_keyed order[PP_MOST_MEMBERS];
        bool goes[N] = { false };
        fill(&set, N);
        pp_set_order(&set, 5, &rng, order);
        for (size_t i = 0; i < N_GO; i++)
            goes[order[i].index] = true;
        pp_set_remove_all(&set, order, N_GO);
        assert_int_equal(set.n, N - N_GO);
        for (size_t i = 0; i < set.n; i++) {
            assert_true(!goes[set.pixels[i].x] && set.worth[i] == set.pixels[i].x);
            goes[set.pixels[i].x] = true; /* nobody twice */
        }
    }
    pp_keyed order[PP_MOST_MEMBERS];
    fill(&set, PP_MOST_MEMBERS);
    pp_set_order(&set, 0, &rng, order);
    pp_set_remove_all(&set, order, PP_MOST_MEMBERS);
    assert_int_equal(set.n, 0);
}

static void the_least_worth_comes_first_and_noise_blurs_that(void **state)
{
    (void)state;
    static pp_set set;
    static pp_keyed order[PP_MOST_MEMBERS];
    pp_rng rng;
    size_t n_out_of_place = 0;
    pp_rng_seed(&rng, 1);
    fill(&set, PP_MOST_MEMBERS);
    for (size_t i = 0; i < set.n; i++)
        set.worth[i] = -(float)i;
    pp_set_order(&set, 0, &rng, order);
    for (size_t i = 0; i < set.n; i++)
        assert_int_equal(order[i].index, set.n - 1 - i);
    pp_set_order(&set, 0.1, &rng, order);
    for (size_t i = 0; i < set.n; i++)
        n_out_of_place += order[i].index != set.n - 1 - i;
    assert_true(n_out_of_place > set.n / 2 && order[0].index > set.n / 2);
}

static void equal_keys_keep_the_order_of_their_indices(void **state)
{
    (void)state;
    pp_keyed list[] = { { 1, 4 }, { 0, 3 }, { 1, 2 }, { -2, 1 }, { 1, 0 } };
    static const size_t EXPECTED[] = { 1, 3, 0, 2, 4 };
    pp_keyed_sort(list, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(list[i].index, EXPECTED[i]);
}

/* ---- Proposals --------------------------------------------------------------------------------------------------- */

typedef struct fixture {
    pp_run run;
    pp_params params;
    pp_image *original, *mask;
    pursuit_state *state;
    pp_set set;
} fixture;

/* A mid-gray image, a set of 20 members, 30 observations. mask: may be NULL. */
static void set_up(fixture *f, bool gray, pp_image *mask, uint64_t seed)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(pp_image_new(&f->original, SIDE, SIDE, 3, NULL), PP_OK);
    memset(f->original->data, 128, (size_t)SIDE * SIDE * 3);
    f->params.constraint.gray = f->run.gray = gray;
    f->mask = mask;
    f->run.original = f->original;
    f->run.params = &f->params;
    f->run.state = f->state = calloc(1, sizeof *f->state);
    assert_non_null(f->state);
    assert_int_equal(pp_constraint_init(&f->run.constraint, f->original, mask, &f->params, NULL), PP_OK);
    pp_rng_seed(&f->run.rng, seed);
    for (int i = 0; i < 30; i++) {
        pp_pixel pixel = pp_random_pixel(&f->run);
        pp_effects_add(&f->state->effects, &pixel, pp_rng_normal(&f->run.rng));
    }
    for (int i = 0; i < 20; i++)
        pp_set_add(&f->set, pp_random_pixel(&f->run), 0);
}

static void tear_down(fixture *f)
{
    pp_constraint_clear(&f->run.constraint);
    pp_image_free(f->original);
    pp_image_free(f->mask);
    free(f->state);
}

static double distance(const pp_pixel *a, const pp_pixel *b)
{
    return hypot(a->x - b->x, a->y - b->y);
}

static int n_channels_apart(const pp_pixel *a, const pp_pixel *b)
{
    return (a->value[0] != b->value[0]) + (a->value[1] != b->value[1]) + (a->value[2] != b->value[2]);
}

static bool is_gray(const pp_pixel *pixel)
{
    return pixel->value[0] == pixel->value[1] && pixel->value[1] == pixel->value[2];
}

static bool is_corner(const pp_pixel *pixel)
{
    return (uint8_t)(pixel->value[0] + 1) < 2 && (uint8_t)(pixel->value[1] + 1) < 2 && (uint8_t)(pixel->value[2] + 1) < 2;
}

/* What the name of a move says; from: the one pixel observed, or the outgoing one, a corner colour. n_channels: that change at once. */
static bool is_as_named(const char *name, const pp_pixel *from, const pp_pixel *pixel, int n_channels)
{
    double apart = distance(from, pixel), most = RADIUS + 0.75; /* places are whole */
    int changed = n_channels_apart(from, pixel);
    if (!strcmp(name, "fresh"))
        return is_corner(pixel);
    if (!strcmp(name, "good"))
        return apart == 0 && changed == 0;
    if (!strcmp(name, "near-good") || !strcmp(name, "shifted"))
        return apart > 0 && apart <= most && changed == 0;
    if (!strcmp(name, "recoloured"))
        return apart > 0 && apart <= most && changed == n_channels && is_corner(pixel);
    if (!strcmp(name, "flipped"))
        return apart == 0 && changed == n_channels && is_corner(pixel);
    return !strcmp(name, "varied") && apart == 0 && changed <= n_channels;
}

static void each_move_proposes_what_its_name_says(void **state)
{
    (void)state;
    for (int gray = 0; gray < 2; gray++)
        for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
            static fixture f;
            set_up(&f, gray, NULL, seed);
            pp_pixel from = pixel_at(50, 50, gray ? (seed % 2 ? 7 : 0) : seed % 8), pixel;
            f.state->effects = (pp_effects){ 0 };
            pp_effects_add(&f.state->effects, &from, 1);
            for (size_t m = 0; m < pp_n_moves; m++) {
                assert_true(pp_moves[m].propose(&f.run, &from, &pixel));
                if (!is_as_named(pp_moves[m].name, &from, &pixel, gray ? 3 : 1) || (gray && !is_gray(&pixel)))
                    fail_msg("%s: %d,%d %d %d %d", pp_moves[m].name, pixel.x, pixel.y, pixel.value[0], pixel.value[1], pixel.value[2]);
            }
            tear_down(&f);
        }
}

static void without_an_outgoing_member_the_moves_of_it_propose_nothing(void **state)
{
    (void)state;
    static fixture f;
    size_t n_nothing = 0;
    pp_pixel pixel;
    set_up(&f, false, NULL, 1);
    for (size_t m = 0; m < pp_n_moves; m++) {
        const char *name = pp_moves[m].name;
        bool of_outgoing = !strcmp(name, "shifted") || !strcmp(name, "flipped") || !strcmp(name, "varied");
        assert_int_equal(pp_moves[m].propose(&f.run, NULL, &pixel), !of_outgoing);
        n_nothing += of_outgoing;
    }
    assert_int_equal(n_nothing, 3);
    tear_down(&f);
}

/* Of the image, the left so many columns. */
static pp_image *left_columns(int n)
{
    pp_image *mask = NULL;
    assert_int_equal(pp_image_new(&mask, SIDE, SIDE, 1, NULL), PP_OK);
    for (int i = 0; i < SIDE * SIDE; i++)
        mask->data[i] = i % SIDE < n ? 255 : 0;
    return mask;
}

static void proposals_may_join_and_are_not_alike(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        pp_pixel pixels[PP_MOST_SINGLE];
        set_up(&f, seed % 2, seed % 4 < 2 ? left_columns(SIDE / 2) : NULL, seed);
        const pp_pixel *outgoing = seed % 3 ? &f.set.pixels[f.set.n - 1] : NULL;
        size_t n = 1 + seed % (PP_MOST_SINGLE / 2);
        memset(pixels, 0xff, sizeof pixels);
        pp_propose(&f.run, &f.set, outgoing, 0, n, pixels);
        for (size_t i = 0; i < n; i++) {
            assert_true(pp_may_join(&f.run.constraint, &pixels[i], f.set.pixels, f.set.n, outgoing));
            assert_false(pp_image_has(f.original, pixels[i]));
            assert_false(outgoing && same_pixels(outgoing, &pixels[i], 1));
            for (size_t j = 0; j < i; j++)
                assert_true(pp_effects_correlation(&pixels[i], &pixels[j]) <= ALIKE);
        }
        assert_int_equal(pixels[n].x, 0xffff); /* and no more than asked */
        tear_down(&f);
    }
}

/* One observation did much more than all others: where the moves come upon it, and mostly they do, the first proposal is near it. */
static void proposals_are_where_the_model_expects_most(void **state)
{
    (void)state;
    size_t n_near = 0;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        pp_pixel strong = pixel_at(50, 50, 7), first;
        set_up(&f, false, NULL, seed);
        pp_effects_add(&f.state->effects, &strong, 20);
        pp_propose(&f.run, &f.set, NULL, f.state->effects.mean, 1, &first);
        n_near += pp_effects_correlation(&first, &strong) > 0.3;
        tear_down(&f);
    }
    assert_true(n_near > N_SEEDS * 3 / 4);
}

static bool share_a_place(const pp_pixel *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (pixels[i].x == pixels[j].x && pixels[i].y == pixels[j].y)
                return true;
    return false;
}

/* Black and white did well at the same place: only one of them can come into a set. */
static void no_two_proposals_are_at_the_same_place(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        pp_pixel black = pixel_at(50, 50, 0), white = pixel_at(50, 50, 7), pixels[PP_MOST_SINGLE];
        set_up(&f, true, NULL, seed);
        for (int i = 0; i < 10; i++) {
            pp_effects_add(&f.state->effects, &black, 20);
            pp_effects_add(&f.state->effects, &white, 20);
        }
        pp_propose(&f.run, &f.set, NULL, f.state->effects.mean, 4, pixels);
        assert_false(share_a_place(pixels, 4));
        pp_propose_group(&f.run, &f.set, PP_MOST_SINGLE, pixels);
        assert_false(share_a_place(pixels, PP_MOST_SINGLE));
        tear_down(&f);
    }
}

static void where_nothing_is_left_as_many_are_proposed_all_the_same(void **state)
{
    (void)state;
    static fixture f;
    pp_pixel pixels[PP_MOST_SINGLE];
    set_up(&f, false, left_columns(1), 1);
    f.set.n = 0;
    for (int y = 0; y < SIDE; y++)
        pp_set_add(&f.set, pixel_at(0, y, 0), 0);
    memset(pixels, 0xff, sizeof pixels);
    pp_propose(&f.run, &f.set, NULL, 0, PP_MOST_SINGLE, pixels);
    for (size_t i = 0; i < PP_MOST_SINGLE; i++)
        assert_true(pixels[i].x == 0 && pixels[i].y < SIDE);
    tear_down(&f);
}

static void a_group_has_as_many_pixels_as_asked(void **state)
{
    (void)state;
    static const size_t SIZES[] = { 0, 1, 2, 8, 40, 300, PP_MOST_MEMBERS - 20 };
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        static fixture f;
        static pp_pixel pixels[PP_MOST_MEMBERS];
        set_up(&f, i % 2, i < 5 ? left_columns(SIDE / 2) : NULL, i);
        memset(pixels, 0xff, sizeof pixels);
        pp_propose_group(&f.run, &f.set, SIZES[i], pixels);
        for (size_t p = 0; p < SIZES[i]; p++) {
            assert_true(pixels[p].x < SIDE && pixels[p].y < SIDE && pp_may_change(&f.run.constraint, pixels[p].x, pixels[p].y));
            assert_true(is_gray(&pixels[p]) || !(i % 2));
        }
        assert_int_equal(pixels[SIZES[i]].x, 0xffff);
        tear_down(&f);
    }
}

/* ---- The search -------------------------------------------------------------------------------------------------- */

/* The toy and its image, for a look at the best after each step. */
typedef struct proof {
    const toy *t;
    pp_image *image;
    size_t n_best;
} proof;

static bool flips(const proof *p, const pp_pixel *pixels, size_t n)
{
    memset(p->image->data, 128, (size_t)(TOY_SIDE * TOY_SIDE * 3));
    pp_image_paint(p->image, pixels, n);
    return toy_margin(p->t, p->image->data) < 0;
}

static void check_best(void *user, const pp_run *run)
{
    proof *p = user;
    if (run->n_best == 0)
        return;
    assert_true(flips(p, run->best, run->n_best));
    p->n_best++;
}

/* The first k places of the toy, all of them needed, within the budget. */
static void check_planted(int k, const char *budget, const char *seed)
{
    census c = { .t = { .name = "needed", .channels = 3, .n_outputs = 2, .n_planted = k, .bias = k - 0.5, .weight = 1 } };
    proof p = { .t = &c.t, .image = toy_image(&c.t) };
    const pp_step_watch watch = { .on_step = check_best, .user = &p };
    pp_result *result = attack_counted(&c, "pursuit", &watch, (const char *[]){ "queries", budget, "seed", seed, NULL });
    if (result->status != PP_SUCCESS || result->l0 != (size_t)k)
        fail_msg("%d planted, seed %s: %zu found after %zu queries", k, seed, (size_t)result->l0, (size_t)result->queries);
    for (int i = 0; i < k; i++) {
        bool is_found = false;
        for (int n = 0; n < k; n++)
            is_found |= result->pixels[n].x == TOY_PLACES[i][0] && result->pixels[n].y == TOY_PLACES[i][1];
        assert_true(is_found);
    }
    assert_true(result->n_trace > 0 && flips(&p, result->pixels, result->l0));
    assert_true(k == 1 || p.n_best > 0); /* one pixel ends the run at once */
    for (size_t i = 0; i < result->n_trace; i++) {
        const pp_trace_row *row = &result->trace[i];
        assert_true(row->margin < 0 && (row->n_stored == 0 || flips(&p, row->pixels, row->n_stored)));
    }
    pp_image_free(p.image);
    pp_result_free(result);
}

static void it_finds_what_is_planted_and_every_stage_reaches_the_goal(void **state)
{
    (void)state;
    static const char *const SEEDS[] = { "1", "2", "3" };
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++) {
        check_planted(1, "1000", SEEDS[i]);
        check_planted(3, "3000", SEEDS[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prediction_is_that_of_a_dense_solver),
        cmocka_unit_test(an_observed_pixel_is_near_its_effect_and_a_far_one_is_the_mean_with_the_full_spread),
        cmocka_unit_test(of_many_observations_the_nearest_count),
        cmocka_unit_test(a_change_makes_what_is_near_less_certain_than_what_is_far),
        cmocka_unit_test(the_oldest_observation_is_overwritten),
        cmocka_unit_test(expected_improvement_is_the_integral_over_the_normal_density),
        cmocka_unit_test(the_correlation_is_symmetric_and_1_for_a_pixel_with_itself),
        cmocka_unit_test(a_full_set_takes_no_more_and_a_removed_member_gives_its_place_to_the_last),
        cmocka_unit_test(all_that_are_named_go_and_no_other),
        cmocka_unit_test(the_least_worth_comes_first_and_noise_blurs_that),
        cmocka_unit_test(equal_keys_keep_the_order_of_their_indices),
        cmocka_unit_test(each_move_proposes_what_its_name_says),
        cmocka_unit_test(without_an_outgoing_member_the_moves_of_it_propose_nothing),
        cmocka_unit_test(proposals_may_join_and_are_not_alike),
        cmocka_unit_test(proposals_are_where_the_model_expects_most),
        cmocka_unit_test(no_two_proposals_are_at_the_same_place),
        cmocka_unit_test(where_nothing_is_left_as_many_are_proposed_all_the_same),
        cmocka_unit_test(a_group_has_as_many_pixels_as_asked),
        cmocka_unit_test(it_finds_what_is_planted_and_every_stage_reaches_the_goal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
