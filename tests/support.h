/* support.h - what all tests share: cmocka, temporary folders, and where the repository and the test data lie. */
#ifndef PP_TESTS_SUPPORT_H
#define PP_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Fails with the library's own message. */
#define assert_ok(call, err) \
    do { \
        if ((call) != 0) \
            fail_msg("%s: %s", #call, (err).message); \
    } while (0)

/* A file of the repository. Static buffer of the caller. */
static inline const char *repo_file(char path[512], const char *name)
{
    const char *root = getenv("PINPRICK_SOURCE");
    snprintf(path, 512, "%s/%s", root ? root : ".", name);
    return path;
}

/* A file of the test data that not every machine has. Skips the test, with a message, where it is not there. */
static inline const char *data_file(char path[512], const char *name)
{
    const char *root = getenv("PINPRICK_DATA");
    snprintf(path, 512, "%s/%s", root ? root : "", name);
    if (!root || access(path, R_OK) != 0) {
        print_message("skipped: no test data at %s\n", path);
        skip();
    }
    return path;
}

/* A new folder under TMPDIR, removed by remove_folder. */
static inline const char *new_folder(char path[256])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, 256, "%s/pinprick-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void remove_folder(const char *path)
{
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

#endif
