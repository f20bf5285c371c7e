/* test_layers.c - one direction of dependency, and each third-party library in its own folder: read off the #include lines of src/. */
#include "support.h"

#include <dirent.h>
#include <string.h>

/* What a folder may include: its own headers, those of these folders, and those of these libraries. */
typedef struct layer {
    const char *folder, *below, *libraries;
} layer;

static const layer LAYERS[] = {
    { "base", "pinprick", "nettle/" },
    { "mpi", "pinprick base", "mpi.h" },
    { "image", "pinprick base", "vips/ csv.h openjpeg.h dcmtk/" },
    { "onnx", "pinprick base", "jansson.h" },
    { "oracle", "pinprick base image onnx", "onnxruntime_c_api.h" },
    { "incremental", "pinprick base onnx oracle", "" }, /* an engine: nobody includes it */
    { "attack", "pinprick base image oracle", "" }, /* knows nothing of ONNX */
    { "store", "pinprick base attack", "sqlite3.h" },
    { "audit", "pinprick base mpi image oracle attack store", "jansson.h" },
    { "report", "pinprick base image onnx oracle attack store audit", "jansson.h csv.h archive.h archive_entry.h glib.h" },
    { "cli", "pinprick", "" }, /* whatever the command line can do, a user of the library can do */
};
enum { N_LAYERS = sizeof LAYERS / sizeof *LAYERS };

/* C11, POSIX, what the GNU C library adds, and the compiler's own: every folder may use it. */
static const char STANDARD[] =
    " assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h signal.h stdalign.h"
    " stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h tgmath.h time.h uchar.h wchar.h"
    " wctype.h dirent.h fcntl.h fnmatch.h ftw.h glob.h iconv.h langinfo.h libgen.h poll.h pthread.h pwd.h regex.h sched.h search.h semaphore.h"
    " spawn.h strings.h termios.h unistd.h utime.h wordexp.h sys/file.h sys/ioctl.h sys/mman.h sys/resource.h sys/select.h"
    " sys/socket.h sys/stat.h sys/statvfs.h sys/time.h sys/types.h sys/uio.h sys/utsname.h sys/wait.h endian.h fts.h getopt.h"
    " sys/random.h sys/sendfile.h sys/syscall.h sys/sysinfo.h immintrin.h xmmintrin.h "
    "arm_neon.h "
    "algorithm cctype cmath cstdio cstdlib cstring iterator mutex new string vector "; /* C++, of dicom.cc */

/* Whether a word of the list is the first n bytes of text; one that ends in '/' stands for all that begins with it. */
static bool is_listed(const char *list, const char *text, size_t n)
{
    while (*list) {
        size_t n_word = strcspn(list, " ");
        bool prefix = n_word > 0 && list[n_word - 1] == '/';
        if (n_word > 0 && (prefix ? n > n_word : n == n_word) && strncmp(list, text, n_word) == 0)
            return true;
        list += n_word + (list[n_word] == ' ');
    }
    return false;
}

static const layer *find_layer(const char *folder)
{
    for (size_t i = 0; i < N_LAYERS; i++)
        if (strcmp(LAYERS[i].folder, folder) == 0)
            return &LAYERS[i];
    return NULL;
}

/* target: what stands between the quotes or brackets. @return NULL, or what is wrong */
static const char *complaint(const layer *from, char open, const char *target)
{
    if (open == '<' && is_listed(STANDARD, target, strlen(target)))
        return NULL;
    if (open == '<')
        return is_listed(from->libraries, target, strlen(target)) ? NULL : "a library that this folder does not have";
    if (strcmp(target, "onnx_subset.pb-c.h") == 0) /* made from the .proto; brings protobuf-c with it */
        return strcmp(from->folder, "onnx") == 0 ? NULL : "protobuf-c is onnx's";
    size_t n = strcspn(target, "/");
    bool own = n == strlen(from->folder) && strncmp(target, from->folder, n) == 0;
    return own || is_listed(from->below, target, n) ? NULL : "against the direction of dependency";
}

static size_t check_file(const layer *from, const char *path)
{
    char line[512], open, target[256];
    size_t n_wrong = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, " # include %c%255[^\">]", &open, target) != 2)
            continue;
        const char *why = complaint(from, open, target);
        if (why)
            print_error("%s includes %s: %s\n", path, target, why);
        n_wrong += why != NULL;
    }
    fclose(file);
    return n_wrong;
}

/* Calls visit with each entry of a folder; returns the sum of what it says. */
static size_t each_entry(const char *folder, const layer *from, size_t (*visit)(const layer *from, const char *folder, const char *name))
{
    size_t sum = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (*entry->d_name != '.')
            sum += visit(from, folder, entry->d_name);
    closedir(entries);
    return sum;
}

static size_t n_files, n_cpp;

static size_t visit_file(const layer *from, const char *folder, const char *name)
{
    char path[2048];
    size_t n = strlen(name);
    bool cpp = n > 3 && strcmp(name + n - 3, ".cc") == 0;
    if (n < 2 || (strcmp(name + n - 2, ".c") != 0 && strcmp(name + n - 2, ".h") != 0 && !cpp))
        return 0;
    n_cpp += cpp;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    n_files++;
    return check_file(from, path);
}

static size_t visit_folder(const layer *none, const char *src, const char *name)
{
    (void)none;
    char path[1024];
    if (strchr(name, '.')) /* meson.build */
        return 0;
    const layer *from = find_layer(name);
    if (!from) {
        print_error("src/%s: a folder that this test knows nothing of\n", name);
        return 1;
    }
    snprintf(path, sizeof path, "%s/%s", src, name);
    return each_entry(path, from, visit_file);
}

static void every_include_goes_down_and_each_library_has_its_folder(void **state)
{
    (void)state;
    char src[512];
    assert_int_equal(each_entry(repo_file(src, "src"), NULL, visit_folder), 0);
    assert_true(n_files > 50); /* it did read them */
}

static void the_public_header_includes_only_the_standard(void **state)
{
    (void)state;
    static const layer PUBLIC = { "none", "", "" };
    char path[512];
    assert_int_equal(check_file(&PUBLIC, repo_file(path, "include/pinprick/pinprick.h")), 0);
}

static void a_wrong_include_would_be_seen(void **state)
{
    (void)state;
    assert_non_null(complaint(find_layer("attack"), '"', "onnx/onnx_file.h"));
    assert_non_null(complaint(find_layer("attack"), '"', "store/store.h"));
    assert_non_null(complaint(find_layer("attack"), '<', "vips/vips.h"));
    assert_non_null(complaint(find_layer("cli"), '"', "oracle/model.h"));
    assert_non_null(complaint(find_layer("oracle"), '"', "onnx_subset.pb-c.h"));
    assert_null(complaint(find_layer("image"), '<', "vips/vips.h"));
    assert_null(complaint(find_layer("image"), '<', "stdio.h"));
    assert_null(complaint(find_layer("image"), '"', "base/error.h"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_include_goes_down_and_each_library_has_its_folder),
        cmocka_unit_test(the_public_header_includes_only_the_standard),
        cmocka_unit_test(a_wrong_include_would_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
