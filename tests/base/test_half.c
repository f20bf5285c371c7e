/* test_half.c - 16-bit floating-point numbers against the values that the standard gives them. */
#include "support.h"

#include "base/half.h"

static void known_bits_are_known_values(void **state)
{
    (void)state;
    static const struct { uint16_t bits; float value; } KNOWN[] = {
        { 0x0000, 0 },        { 0x3c00, 1 },         { 0xc000, -2 },         { 0x3555, 0.333251953125f }, { 0x7bff, 65504 },
        { 0x0400, 0x1p-14f }, { 0x0001, 0x1p-24f },  { 0x03ff, 1023 * 0x1p-24f }, { 0x7c00, INFINITY },   { 0xfc00, -INFINITY },
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        assert_true(pp_half_to_float(KNOWN[i].bits) == KNOWN[i].value);
        assert_int_equal(pp_half_from_float(KNOWN[i].value), KNOWN[i].bits);
    }
    assert_true(signbit(pp_half_to_float(0x8000)));
    assert_int_equal(pp_half_from_float(-0.0f), 0x8000);
}

static void every_number_survives_the_way_through_float(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits <= UINT16_MAX; bits++) {
        float value = pp_half_to_float((uint16_t)bits);
        if (isnan(value))
            assert_true(isnan(pp_half_to_float(pp_half_from_float(value))));
        else
            assert_int_equal(pp_half_from_float(value), bits);
    }
}

/* Between each two neighbours: the middle goes to the even one, what is a little off it to the nearer one. */
static void rounding_is_to_the_nearest_and_to_even_in_the_middle(void **state)
{
    (void)state;
    for (uint16_t low = 0; low < 0x7bff; low++) {
        float middle = (pp_half_to_float(low) + pp_half_to_float((uint16_t)(low + 1))) / 2;
        assert_int_equal(pp_half_from_float(middle), low + low % 2);
        assert_int_equal(pp_half_from_float(nextafterf(middle, 0)), low);
        assert_int_equal(pp_half_from_float(-nextafterf(middle, INFINITY)), (low + 1) | 0x8000);
    }
    assert_int_equal(pp_half_from_float(65519), 0x7bff);
    assert_int_equal(pp_half_from_float(65520), 0x7c00);
    assert_int_equal(pp_half_from_float(1e-30f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_bits_are_known_values),
        cmocka_unit_test(every_number_survives_the_way_through_float),
        cmocka_unit_test(rounding_is_to_the_nearest_and_to_even_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
