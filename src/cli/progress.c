/* progress.c - what a person sees while a run goes on. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const double REFRESH_SECONDS = 0.1;
enum { MAX_NAME = 36, MIN_NAME = 12, TABLE_WIDTH = 62 /* of the running table beside the name */ };

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int between(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

void cli_progress_init(cli_progress *progress, bool quiet)
{
    struct winsize size = { 0 };
    *progress = (cli_progress){ .quiet = quiet, .terminal = isatty(STDERR_FILENO), .columns = 80, .name_width = MAX_NAME };
    if (!progress->terminal)
        return;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        progress->columns = size.ws_col;
    progress->name_width = between(progress->columns - TABLE_WIDTH, MIN_NAME, MAX_NAME);
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->line_shown)
        fprintf(stderr, "\r\033[K");
    progress->line_shown = false;
}

/* The end of a path is what tells images apart. Cut between characters; what would move the cursor is shown as '?'. */
static const char *short_name(const char *path, int width, char text[MAX_NAME + 4])
{
    size_t n = strlen(path), room = (size_t)width;
    const char *from = n > room ? path + n - (room - 3) : path;
    while (n > room && ((unsigned char)*from & 0xc0) == 0x80)
        from++;
    snprintf(text, MAX_NAME + 4, "%s%s", n > room ? "..." : "", from);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return text;
}

/* Bytes that a terminal gives no room of their own: those that go on with a character. */
static int count_continuations(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) == 0x80;
    return n;
}

static void time_text(double seconds, char text[32])
{
    int whole = (int)seconds;
    if (seconds < 0)
        snprintf(text, 32, "?");
    else if (whole >= 3600)
        snprintf(text, 32, "%d h %02d min", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        snprintf(text, 32, "%d min %02d s", whole / 60, whole % 60);
    else
        snprintf(text, 32, "%d s", whole);
}

static void show_line(cli_progress *progress, const char *line)
{
    fprintf(stderr, "\r%.*s\033[K", progress->columns - 1, line);
    fflush(stderr);
    progress->line_shown = true;
}

/* Looking at the originals. */
static void show_prepared(cli_progress *progress, const pp_progress *now)
{
    char line[300], name[MAX_NAME + 4];
    if (now->note) {
        cli_progress_end(progress);
        fprintf(stderr, "%s\n", now->note);
    }
    if (!progress->terminal)
        return;
    snprintf(line, sizeof line, "looking at image %zu of %zu  %s", now->index + 1, now->n_images,
             short_name(now->path, MAX_NAME, name));
    show_line(progress, line);
}

/* "image i of n", the image's name where there is room for it, and how far its attack is. */
static void show_step(cli_progress *progress, const pp_progress *now)
{
    char line[300], begin[64], rest[200], name[MAX_NAME + 4], left[32], pixels[32];
    if (!progress->terminal || now_seconds() - progress->last_shown < REFRESH_SECONDS)
        return;
    progress->last_shown = now_seconds();
    time_text(now->seconds_left, left);
    snprintf(pixels, sizeof pixels, now->n_pixels ? "%zu" : "-", now->n_pixels);
    snprintf(begin, sizeof begin, "attack %zu of %zu", now->n_finished + 1, now->n_to_attack);
    snprintf(rest, sizeof rest, "%s pixels  P %.4f  %" PRIu64 " queries (%.0f/s)  left: %s", pixels, now->p_original, now->queries,
             now->seconds > 0 ? (double)now->queries / now->seconds : 0, left);
    int room = progress->columns - 1 - (int)strlen(begin) - (int)strlen(rest) - 4;
    if (room < MIN_NAME)
        snprintf(line, sizeof line, "%s  %s", begin, rest);
    else
        snprintf(line, sizeof line, "%s  %s  %s", begin, short_name(now->path, between(room, MIN_NAME, MAX_NAME), name), rest);
    show_line(progress, line);
}

/* One row of the running table. */
static void show_finished(cli_progress *progress, const pp_progress *now)
{
    char name[MAX_NAME + 4], count[32], pixels[32] = "-";
    int width = progress->name_width;
    cli_progress_end(progress);
    if (!progress->header_shown)
        fprintf(stderr, "%9s  %-*s  %-8s  %7s  %8s  %9s  %8s\n", "", width, "image", "status", "pixels", "P(was)", "queries", "seconds");
    progress->header_shown = true;
    snprintf(count, sizeof count, "%zu/%zu", now->n_finished, now->n_to_attack);
    if (now->status == PP_SUCCESS)
        snprintf(pixels, sizeof pixels, "%zu", now->n_pixels);
    short_name(now->path, width, name);
    fprintf(stderr, "%9s  %-*s  %-8s  %7s  %8.4f  %9" PRIu64 "  %8.2f\n", count, width + count_continuations(name), name,
            pp_status_name(now->status), pixels, now->p_original, now->queries, now->seconds);
    if (now->note)
        fprintf(stderr, "  not verified: %s\n", now->note);
}

/* How much of a map is done. */
static void show_map(cli_progress *progress, const pp_progress *now)
{
    char line[300], left[32];
    if (!progress->terminal || now_seconds() - progress->last_shown < REFRESH_SECONDS)
        return;
    progress->last_shown = now_seconds();
    time_text(now->seconds_left, left);
    snprintf(line, sizeof line, "place %zu of %zu  lowest P %.4f%s  %" PRIu64 " queries (%.0f/s)  left: %s", now->n_finished, now->n_to_attack,
             now->p_original, now->n_pixels ? ", flips" : "", now->queries, now->seconds > 0 ? (double)now->queries / now->seconds : 0, left);
    show_line(progress, line);
}

void cli_progress_show(void *user, const pp_progress *now)
{
    cli_progress *progress = user;
    if (progress->quiet)
        return;
    switch (now->what) {
    case PP_PREPARED:
        show_prepared(progress, now);
        break;
    case PP_ENGINE_CHOSEN:
        cli_progress_end(progress);
        fprintf(stderr, "engine: %.*s\n", progress->terminal ? progress->columns - 9 : 1000, now->note);
        break;
    case PP_STEP:
        show_step(progress, now);
        break;
    case PP_FINISHED:
        show_finished(progress, now);
        break;
    case PP_MAP_STEP:
        show_map(progress, now);
        break;
    case PP_RUN_BEGUN:
        cli_progress_end(progress);
        fprintf(stderr, "run %zu of %zu: %s\n", now->index + 1, now->n_images, now->path);
        break;
    }
}
