/* test_pursuit_moves.c - which pixels pursuit tries: each move, and what is chosen of them. */
#include "support.h"

#include "attack/corner.h"
#include "attack/pursuit.h"
#include "attack/toy.h"
#include "base/param.h"

enum { SIDE = 100, N_SEEDS = 40, RADIUS = 16, MOST_SPREAD = 32 };
static const double ALIKE = 0.6;

typedef struct fixture {
    pp_run run;
    pp_params params;
    pursuit_params own;
    pp_image *original, *mask;
    pursuit_state *state;
    pp_set set;
} fixture;

/* As if nothing was observed yet. */
static void forget(fixture *f)
{
    pp_effects_init(&f->state->effects, f->original);
}

/* What a pixel did when it came into the set. */
static void observe(fixture *f, const pp_pixel *pixel, double effect)
{
    pp_effects_add(&f->state->effects, pixel, effect, (pp_context){ f->set.pixels, f->set.n, NULL });
}

static pp_pixel random_pixel(pp_run *run)
{
    pp_pixel pixel = pp_random_place(&run->constraint, &run->rng);
    pp_random_corner(&run->constraint, &run->rng, &pixel);
    return pixel;
}

/* A mid-gray image, a set of 20 members, 30 observations. mask: may be NULL. */
static void set_up(fixture *f, bool gray, pp_image *mask, uint64_t seed)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(pp_image_new(&f->original, SIDE, SIDE, 3, NULL), PP_OK);
    memset(f->original->data, 128, (size_t)SIDE * SIDE * 3);
    f->params.constraint.gray = f->run.gray = gray;
    f->mask = mask;
    f->run.original = f->original;
    f->params.own = &f->own;
    f->run.params = &f->params;
    f->run.state = f->state = calloc(1, sizeof *f->state);
    assert_non_null(f->state);
    assert_int_equal(pp_constraint_init(&f->run.constraint, f->original, mask, &f->params, NULL), PP_OK);
    pp_rng_seed(&f->run.rng, seed);
    forget(f);
    pp_strides_init(&f->state->strides, &f->run.constraint);
    f->set.unit = f->state->effects.unit;
    for (int i = 0; i < 20; i++)
        pp_set_add(&f->set, random_pixel(&f->run), 0, 0);
    for (int i = 0; i < 30; i++) {
        pp_pixel pixel = random_pixel(&f->run);
        observe(f, &pixel, pp_rng_normal(&f->run.rng));
    }
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
    return !strcmp(name, "flipped") && apart == 0 && changed == n_channels && is_corner(pixel);
}

static void each_move_proposes_what_its_name_says(void **state)
{
    (void)state;
    for (int gray = 0; gray < 2; gray++)
        for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
            static fixture f;
            set_up(&f, gray, NULL, seed);
            pp_pixel from = pixel_at(50, 50, gray ? (seed % 2 ? 7 : 0) : seed % 8), pixel;
            forget(&f);
            observe(&f, &from, 1);
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
        bool of_outgoing = !strcmp(name, "shifted") || !strcmp(name, "flipped");
        assert_int_equal(pp_moves[m].propose(&f.run, NULL, &pixel), !of_outgoing);
        n_nothing += of_outgoing;
    }
    assert_int_equal(n_nothing, 2);
    tear_down(&f);
}

static void the_moves_are_words_of_the_parameter_that_leaves_one_out(void **state)
{
    (void)state;
    pursuit_params own = { 0 };
    const pp_param *row = pp_param_find(pp_method_pursuit.rows, "without");
    for (size_t m = 0; m < pp_n_moves; m++) {
        pp_error err;
        assert_ok(pp_param_parse(row, &own, pp_moves[m].name, &err), err);
        assert_int_equal(own.without, pp_moves[m].part);
    }
}

/* Without fresh ones all come from the one pixel that was observed, and are near it. */
static void a_move_that_is_left_out_makes_nothing_up(void **state)
{
    (void)state;
    for (int left_out = 0; left_out < 2; left_out++) {
        static fixture f;
        size_t n_far = 0;
        for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
            pp_pixel observed = pixel_at(50, 50, 7), pixels[PP_MOST_SINGLE];
            set_up(&f, false, NULL, seed);
            f.own.without = left_out ? PP_PART_FRESH : PP_PART_NOTHING;
            forget(&f);
            f.set.n = 0;
            observe(&f, &observed, 1);
            size_t n = pp_propose(&f.run, &f.set, 10, PP_MOST_SINGLE, pixels); /* far more than it did: only what is not known may do that */
            assert_true(n > 0);
            for (size_t i = 0; i < n; i++)
                n_far += distance(&observed, &pixels[i]) > RADIUS + 0.75;
            tear_down(&f);
        }
        assert_true(left_out ? n_far == 0 : n_far > N_SEEDS);
    }
}

/* One observation did much more than all others, and the model is not asked. */
static void without_the_model_any_pixel_made_up_is_proposed(void **state)
{
    (void)state;
    size_t n_near = 0;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        pp_pixel strong = pixel_at(50, 50, 7), first;
        set_up(&f, false, NULL, seed);
        f.own.without = PP_PART_MODEL;
        observe(&f, &strong, 20);
        pp_propose(&f.run, &f.set, f.state->effects.mean, 1, &first);
        n_near += pp_effects_correlation(f.state->effects.unit, &first, &strong) > 0.3;
        tear_down(&f);
    }
    assert_true(n_near < N_SEEDS / 2);
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
        size_t n = 1 + seed % (PP_MOST_SINGLE / 2);
        memset(pixels, 0xff, sizeof pixels);
        size_t n_proposed = pp_propose(&f.run, &f.set, 0, n, pixels);
        assert_true(n_proposed > 0 && n_proposed <= n);
        n = n_proposed;
        for (size_t i = 0; i < n; i++) {
            assert_true(pp_may_join(&f.run.constraint, &pixels[i], f.set.pixels, f.set.n, NULL));
            assert_false(pp_image_has(f.original, pixels[i]));
            for (size_t j = 0; j < i; j++)
                assert_true(pp_effects_correlation(f.state->effects.unit, &pixels[i], &pixels[j]) <= ALIKE);
        }
        assert_int_equal(pixels[n].x, 0xffff); /* and no more than asked */
        tear_down(&f);
    }
}

static void exchanges_are_of_the_members_named_and_the_most_promising_comes_first(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        static const size_t MEMBERS[] = { 17, 3, 8 };
        pp_exchange exchanges[PP_MOST_SINGLE];
        set_up(&f, seed % 2, seed % 4 < 2 ? left_columns(SIDE / 2) : NULL, seed);
        size_t n_members = 1 + seed % 3, n = pp_propose_exchanges(&f.run, &f.set, MEMBERS, n_members, 4, exchanges);
        assert_true(n > 0 && n <= 4);
        for (size_t i = 0; i < n; i++) {
            const pp_exchange *e = &exchanges[i];
            const pp_pixel *outgoing = &f.set.pixels[e->member];
            bool is_named = false;
            for (size_t m = 0; m < n_members; m++)
                is_named |= e->member == MEMBERS[m];
            assert_true(is_named && pp_may_join(&f.run.constraint, &e->pixel, f.set.pixels, f.set.n, outgoing));
            assert_false(pp_image_has(f.original, e->pixel) || same_pixels(outgoing, &e->pixel, 1));
            assert_true(i == 0 || e->improvement <= exchanges[i - 1].improvement);
            for (size_t j = 0; j < i; j++)
                assert_true(pp_effects_correlation(f.state->effects.unit, &e->pixel, &exchanges[j].pixel) <= ALIKE);
        }
        tear_down(&f);
    }
}

/* Two members, of which one is worth much: nothing is expected of an exchange of that. */
static void of_two_members_the_one_of_less_worth_goes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        static const size_t MEMBERS[] = { 0, 1 };
        pp_exchange exchange;
        set_up(&f, false, NULL, seed);
        f.set.worth[0] = 100;
        assert_int_equal(pp_propose_exchanges(&f.run, &f.set, MEMBERS, 2, 1, &exchange), 1);
        assert_int_equal(exchange.member, 1);
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
        observe(&f, &strong, 20);
        pp_propose(&f.run, &f.set, f.state->effects.mean, 1, &first);
        n_near += pp_effects_correlation(f.state->effects.unit, &first, &strong) > 0.3;
        tear_down(&f);
    }
    assert_true(n_near > N_SEEDS * 3 / 4);
}

/* The distance to the nearest member but one, which may be NULL. */
static double to_nearest(const pp_set *set, const pp_pixel *pixel, const pp_pixel *except)
{
    double least = INFINITY;
    for (size_t m = 0; m < set->n; m++)
        if (&set->pixels[m] != except)
            least = fmin(least, distance(pixel, &set->pixels[m]));
    return least;
}

/* Of the proposals for a set of so many members, seed by seed, those with a member within so many pixels. */
static size_t count_beside(bool has_best, pp_part without, size_t n_members, double within)
{
    size_t n_beside = 0;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        pp_pixel pixels[PP_MOST_SINGLE];
        set_up(&f, false, NULL, seed);
        f.state->has_best = has_best;
        f.own.without = without;
        f.set.n = 0;
        for (size_t i = 0; i < n_members; i++)
            pp_set_add(&f.set, random_pixel(&f.run), 0, 0);
        size_t n = pp_propose(&f.run, &f.set, 0, 4, pixels);
        for (size_t i = 0; i < n; i++)
            n_beside += to_nearest(&f.set, &pixels[i], NULL) <= within;
        tear_down(&f);
    }
    return n_beside;
}

/* Ten members have 32 pixels from each other if they are spread evenly: the reach is 13. */
static void small_sets_that_reached_the_goal_are_spread(void **state)
{
    (void)state;
    size_t crowded = count_beside(true, PP_PART_SPREAD, 10, 8), spread = count_beside(true, PP_PART_NOTHING, 10, 8);
    assert_true(spread < crowded / 2);
}

static void neither_large_sets_nor_those_that_never_reached_it_are(void **state)
{
    (void)state;
    assert_int_equal(count_beside(false, PP_PART_NOTHING, 10, 8), count_beside(false, PP_PART_SPREAD, 10, 8));
    assert_int_equal(count_beside(true, PP_PART_NOTHING, MOST_SPREAD + 1, 8), count_beside(true, PP_PART_SPREAD, MOST_SPREAD + 1, 8));
    assert_true(count_beside(true, PP_PART_NOTHING, MOST_SPREAD, 8) < count_beside(true, PP_PART_SPREAD, MOST_SPREAD, 8));
}

/* 1, and less the nearer the nearest other member is, by the distance that the members have if spread over what may be changed. */
static double expected_favour(const fixture *f, const pp_pixel *pixel, const pp_pixel *except)
{
    double even = sqrt((double)f->run.constraint.n_places / (double)f->set.n);
    return 1 - 0.9 * exp(-pow(to_nearest(&f->set, pixel, except) / (0.4 * even), 2));
}

static void the_member_that_goes_does_not_crowd_and_the_region_says_what_is_near(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        static fixture f;
        static const size_t MEMBER = 0;
        pp_exchange exchanges[4];
        set_up(&f, false, seed % 2 ? left_columns(SIDE / 2) : NULL, seed);
        f.state->has_best = true;
        f.set.n = 1 + seed % 12;
        size_t n = pp_propose_exchanges(&f.run, &f.set, &MEMBER, 1, 4, exchanges);
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            double by_model = pp_effects_improvement(&f.state->effects, &exchanges[i].pixel, f.set.worth[MEMBER]);
            double expected = expected_favour(&f, &exchanges[i].pixel, &f.set.pixels[MEMBER]) * by_model;
            assert_true(fabs(exchanges[i].improvement - expected) <= 1e-9 * expected);
        }
        tear_down(&f);
    }
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
            observe(&f, &black, 20);
            observe(&f, &white, 20);
        }
        size_t n = pp_propose(&f.run, &f.set, f.state->effects.mean, 4, pixels);
        assert_true(n > 0);
        assert_false(share_a_place(pixels, n));
        tear_down(&f);
    }
}

static void where_nothing_is_left_nothing_is_proposed(void **state)
{
    (void)state;
    static fixture f;
    pp_pixel pixels[PP_MOST_SINGLE];
    set_up(&f, false, left_columns(1), 1);
    f.set.n = 0;
    for (int y = 0; y < SIDE; y++)
        pp_set_add(&f.set, pixel_at(0, y, 0), 0, 0);
    assert_int_equal(pp_propose(&f.run, &f.set, 0, PP_MOST_SINGLE, pixels), 0);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_move_proposes_what_its_name_says),
        cmocka_unit_test(without_an_outgoing_member_the_moves_of_it_propose_nothing),
        cmocka_unit_test(the_moves_are_words_of_the_parameter_that_leaves_one_out),
        cmocka_unit_test(a_move_that_is_left_out_makes_nothing_up),
        cmocka_unit_test(without_the_model_any_pixel_made_up_is_proposed),
        cmocka_unit_test(proposals_may_join_and_are_not_alike),
        cmocka_unit_test(exchanges_are_of_the_members_named_and_the_most_promising_comes_first),
        cmocka_unit_test(of_two_members_the_one_of_less_worth_goes),
        cmocka_unit_test(proposals_are_where_the_model_expects_most),
        cmocka_unit_test(small_sets_that_reached_the_goal_are_spread),
        cmocka_unit_test(the_member_that_goes_does_not_crowd_and_the_region_says_what_is_near),
        cmocka_unit_test(neither_large_sets_nor_those_that_never_reached_it_are),
        cmocka_unit_test(no_two_proposals_are_at_the_same_place),
        cmocka_unit_test(where_nothing_is_left_nothing_is_proposed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
