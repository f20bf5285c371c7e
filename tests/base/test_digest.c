/* test_digest.c - SHA-256 against the examples of FIPS 180-2. */
#include "support.h"

#include "base/digest.h"

#include <string.h>

static void it_is_sha_256(void **state)
{
    (void)state;
    static const char *const EXAMPLES[][2] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < sizeof EXAMPLES / sizeof *EXAMPLES; i++) {
        pp_digest digest = pp_digest_of(NULL, 0, EXAMPLES[i][0], strlen(EXAMPLES[i][0]));
        assert_string_equal(digest.hex, EXAMPLES[i][1]);
    }
}

static void the_text_is_that_of_the_bytes(void **state)
{
    (void)state;
    pp_digest digest = pp_digest_of(NULL, 0, "abc", 3);
    for (size_t i = 0; i < sizeof digest.bytes; i++) {
        char two[3];
        snprintf(two, sizeof two, "%02x", digest.bytes[i]);
        assert_memory_equal(digest.hex + 2 * i, two, 2);
    }
}

static void head_and_data_count_as_one_after_the_other(void **state)
{
    (void)state;
    pp_digest whole = pp_digest_of(NULL, 0, "abcdef", 6);
    for (size_t n = 0; n <= 6; n++) {
        pp_digest parts = pp_digest_of("abcdef", n, &"abcdef"[n], 6 - n);
        assert_memory_equal(&parts, &whole, sizeof whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_sha_256),
        cmocka_unit_test(the_text_is_that_of_the_bytes),
        cmocka_unit_test(head_and_data_count_as_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
