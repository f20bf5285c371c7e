/* main.c - writes the pages that come from the tables, or checks that those in the repository are what would be written.
 *
 *     generate-docs ROOT            rewrites docs/parameters.md and man/pinprick.1 below ROOT
 *     generate-docs --check ROOT    says of each whether it is fresh; exit status 1 if one is not
 */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *path;
    void (*write)(FILE *out);
} PAGES[] = { { "docs/parameters.md", write_parameters }, { "man/pinprick.1", write_manual } };
enum { N_PAGES = sizeof PAGES / sizeof *PAGES };

/* A page as text. free(); NULL if there is no memory. */
static char *page_text(void (*write)(FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    write(out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* Whether the file holds exactly this text. */
static bool file_holds(const char *path, const char *text)
{
    FILE *in = fopen(path, "rb");
    size_t n = strlen(text), n_read = 0;
    char *found = malloc(n + 1);
    if (in && found)
        n_read = fread(found, 1, n + 1, in);
    bool same = n_read == n && memcmp(found, text, n) == 0;
    free(found);
    if (in)
        fclose(in);
    return same;
}

static bool write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    bool written = out && fputs(text, out) >= 0;
    if (out && fclose(out) != 0)
        written = false;
    if (!written)
        perror(path);
    return written;
}

static bool check_file(const char *path, const char *text)
{
    bool fresh = file_holds(path, text);
    printf("%s %s is what the tables say\n", fresh ? "ok" : "not ok", path);
    if (!fresh)
        fprintf(stderr, "%s differs from what the tables say: run \"make docs\"\n", path);
    return fresh;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0, good = true;
    if (argc != 2 && !check) {
        fprintf(stderr, "usage: generate-docs [--check] ROOT\n");
        return 2;
    }
    for (size_t i = 0; i < N_PAGES; i++) {
        char path[1000];
        char *text = page_text(PAGES[i].write);
        snprintf(path, sizeof path, "%s/%s", argv[argc - 1], PAGES[i].path);
        good &= text && (check ? check_file : write_file)(path, text);
        free(text);
    }
    return good ? 0 : 1;
}
