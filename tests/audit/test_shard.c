/* Parts of a run: what --shard takes, and that each image is in one of them. */
#include "support.h"

#include "audit/shard.h"
#include "base/digest.h"

#include <string.h>

static void text_is_a_part_and_how_many_there_are(void **state)
{
    (void)state;
    static const struct { const char *text; uint64_t index, n; } GOOD[] = {
        { "", 1, 1 }, { "1/1", 1, 1 }, { "1/4", 1, 4 }, { "4/4", 4, 4 }, { "17/1000000", 17, 1000000 } };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        pp_shard shard = { 0 };
        pp_error err;
        assert_ok(pp_shard_parse(&shard, GOOD[i].text, &err), err);
        assert_true(shard.index == GOOD[i].index && shard.n == GOOD[i].n);
    }
}

static void other_text_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const BAD[] = { "0/4", "5/4", "1", "1/", "/4", "1/0", "1/4x", "x1/4", "1 /4", "1/ 4", "-1/4", "1/-4", "+1/4", "1/1000001",
                                       "1/99999999999999999999", "1/4/4", "/", " " };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        pp_shard shard = { 8, 9 };
        pp_error err = { 0 };
        assert_int_equal(pp_shard_parse(&shard, BAD[i], &err), PP_ARG);
        assert_true(shard.index == 8 && shard.n == 9 && strstr(err.message, "--shard: '") && strstr(err.message, "expected I/N"));
    }
}

static void each_image_is_in_one_part_and_parts_are_alike(void **state)
{
    (void)state;
    enum { N_IMAGES = 3000, N_PARTS = 7 };
    size_t n_in[N_PARTS] = { 0 };
    for (uint32_t i = 0; i < N_IMAGES; i++) {
        pp_digest digest = pp_digest_of(NULL, 0, &i, sizeof i);
        size_t n_parts = 0;
        for (uint64_t part = 1; part <= N_PARTS; part++) {
            bool has = pp_shard_has(&(pp_shard){ part, N_PARTS }, digest.hex);
            n_parts += has;
            n_in[part - 1] += has;
        }
        assert_int_equal(n_parts, 1);
        assert_true(pp_shard_has(&(pp_shard){ 1, 1 }, digest.hex));
    }
    for (size_t i = 0; i < N_PARTS; i++)
        assert_in_range(n_in[i], N_IMAGES / N_PARTS - 100, N_IMAGES / N_PARTS + 100); /* five standard deviations */
}

/* Stored runs and other machines go by it: a change would lose images between parts. */
static void the_part_is_the_hash_modulo_their_number(void **state)
{
    (void)state;
    const char *hash = "0000000000000000ffffffffffffffffffffffffffffffffffffffffffffffff", *other = "000000000000011f";
    assert_true(pp_shard_has(&(pp_shard){ 1, 1000 }, hash));
    assert_true(pp_shard_has(&(pp_shard){ 0x11 % 10 + 1, 10 }, other)); /* the first 15 digits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_a_part_and_how_many_there_are),
        cmocka_unit_test(other_text_is_refused_and_changes_nothing),
        cmocka_unit_test(each_image_is_in_one_part_and_parts_are_alike),
        cmocka_unit_test(the_part_is_the_hash_modulo_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
