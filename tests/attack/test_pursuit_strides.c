/* test_pursuit_strides.c - which places in the strides of a classifier pursuit favours. */
#include "support.h"

#include "attack/corner.h"
#include "attack/pursuit.h"
#include "attack/toy.h"

enum { SIDE = 224 };

typedef struct fixture {
    pp_params params;
    pp_constraint constraint;
    pp_image *image;
    pp_strides strides;
} fixture;

/* mask: may be NULL; the caller's, needed until tear_down. */
static void set_up(fixture *f, int width, int height, const pp_image *mask)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(pp_image_new(&f->image, width, height, 3, NULL), PP_OK);
    assert_int_equal(pp_constraint_init(&f->constraint, f->image, mask, &f->params, NULL), PP_OK);
    pp_strides_init(&f->strides, &f->constraint);
}

static void tear_down(fixture *f)
{
    pp_constraint_clear(&f->constraint);
    pp_image_free(f->image);
}

static double favour_at(const fixture *f, int x, int y)
{
    pp_pixel pixel = pixel_at(x, y, 0);
    return pp_strides_favour(&f->strides, &pixel);
}

/* n members at x of the form first + step * k, and at any y. swapped: x and y the other way round. */
static void learn(fixture *f, size_t n, int first, int step, bool swapped, uint64_t seed)
{
    pp_pixel pixels[256];
    pp_rng rng;
    pp_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        int a = first + step * (int)pp_rng_below(&rng, (uint64_t)(f->image->width / step)), b = (int)pp_rng_below(&rng, (uint64_t)f->image->height);
        pixels[i] = swapped ? pixel_at(b, a, 0) : pixel_at(a, b, 0);
    }
    pp_strides_learn(&f->strides, pixels, n);
}

static bool favours_any(const fixture *f)
{
    for (int axis = 0; axis < 2; axis++)
        for (int place = 0; place < PP_PERIOD; place++)
            if (f->strides.favour[axis][place] != 1)
                return true;
    return false;
}

static void nothing_is_favoured_before_there_are_members(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, SIDE, SIDE, NULL);
    pp_strides_learn(&f.strides, NULL, 0);
    assert_false(favours_any(&f));
    tear_down(&f);
}

static void where_all_members_are_odd_odd_places_are_favoured(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, SIDE, SIDE, NULL);
    learn(&f, 64, 1, 2, false, 1);
    for (int x = 0; x < SIDE; x += 2)
        assert_true(favour_at(&f, x, 5) < 0.1 * favour_at(&f, x + 1, 5));
    learn(&f, 64, 1, 2, true, 1);
    for (int y = 0; y < SIDE; y += 2)
        assert_true(favour_at(&f, 5, y) < 0.1 * favour_at(&f, 5, y + 1));
    tear_down(&f);
}

static void where_members_are_at_one_place_of_the_period_those_around_are_favoured_too(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        fixture f;
        set_up(&f, SIDE, SIDE, NULL);
        learn(&f, 64, 9, PP_PERIOD, swapped, 1);
        const double *favour = f.strides.favour[swapped];
        assert_true(favour[9] > favour[11] && favour[11] > 1 && favour[7] > 1);
        assert_true(favour[1] < 0.3 && favour[15] < 0.3);
        tear_down(&f);
    }
}

/* Of many sets whose members lie anywhere, few favour any place, and those but a little. */
static void chance_is_rarely_taken_for_more(void **state)
{
    (void)state;
    enum { N = 400 };
    int n_favour = 0;
    double most = 0;
    for (uint64_t seed = 0; seed < N; seed++) {
        fixture f;
        set_up(&f, SIDE, SIDE, NULL);
        learn(&f, 20, 0, 1, false, seed);
        n_favour += favours_any(&f);
        for (int place = 0; place < PP_PERIOD; place++)
            most = fmax(most, fmax(f.strides.favour[0][place], f.strides.favour[1][place]));
        tear_down(&f);
    }
    assert_in_range(n_favour, 1, N / 8);
    assert_true(most < 2);
}

/* Where an image or a region is narrow, as many members at some places as chance has there would be taken for more. */
static void where_places_are_few_or_not_as_many_nothing_is_favoured(void **state)
{
    (void)state;
    fixture f;
    set_up(&f, 28, SIDE, NULL);
    assert_true(!f.strides.tells[0] && f.strides.tells[1]);
    learn(&f, 256, 0, 1, false, 1);
    for (int x = 0; x < 28; x++)
        assert_true(f.strides.favour[0][x % PP_PERIOD] == 1);
    tear_down(&f);

    pp_image *mask;
    assert_int_equal(pp_image_new(&mask, SIDE, SIDE, 1, NULL), PP_OK);
    memset(mask->data, 0, (size_t)SIDE * SIDE);
    for (int y = 0; y < SIDE; y++)
        memset(mask->data + (size_t)y * SIDE, 255, 8);
    set_up(&f, SIDE, SIDE, mask);
    assert_true(!f.strides.tells[0] && f.strides.tells[1]);
    tear_down(&f);
    pp_image_free(mask);
}

/* What was learnt before is forgotten: the set at hand tells. */
static void the_last_members_tell(void **state)
{
    (void)state;
    fixture a, b;
    set_up(&a, SIDE, SIDE, NULL);
    set_up(&b, SIDE, SIDE, NULL);
    learn(&a, 64, 1, 2, false, 1);
    learn(&a, 64, 0, 2, false, 2);
    learn(&b, 64, 0, 2, false, 2);
    assert_memory_equal(a.strides.favour, b.strides.favour, sizeof a.strides.favour);
    tear_down(&a);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_favoured_before_there_are_members),
        cmocka_unit_test(where_all_members_are_odd_odd_places_are_favoured),
        cmocka_unit_test(where_members_are_at_one_place_of_the_period_those_around_are_favoured_too),
        cmocka_unit_test(chance_is_rarely_taken_for_more),
        cmocka_unit_test(where_places_are_few_or_not_as_many_nothing_is_favoured),
        cmocka_unit_test(the_last_members_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
