/* progress.c - what a person sees while a run goes on. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const double REFRESH_SECONDS = 0.1;
enum { NAME_WIDTH = 36 };

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void cli_progress_init(cli_progress *progress, bool quiet)
{
    struct winsize size = { 0 };
    *progress = (cli_progress){ .quiet = quiet, .terminal = isatty(STDERR_FILENO), .columns = 80 };
    if (progress->terminal && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        progress->columns = size.ws_col;
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->line_shown)
        fprintf(stderr, "\r\033[K");
    progress->line_shown = false;
}

/* The end of a path is what tells images apart. */
static const char *short_name(const char *path, char text[NAME_WIDTH + 1])
{
    size_t n = strlen(path);
    snprintf(text, NAME_WIDTH + 1, "%s%s", n > NAME_WIDTH ? "..." : "", n > NAME_WIDTH ? path + n - (NAME_WIDTH - 3) : path);
    return text;
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
    char line[300], name[NAME_WIDTH + 1];
    if (now->note) {
        cli_progress_end(progress);
        fprintf(stderr, "%s\n", now->note);
    }
    if (!progress->terminal)
        return;
    snprintf(line, sizeof line, "looking at image %zu of %zu  %s", now->index + 1, now->n_images, short_name(now->path, name));
    show_line(progress, line);
}

static void show_step(cli_progress *progress, const pp_progress *now)
{
    char line[300], name[NAME_WIDTH + 1], left[32], pixels[32];
    if (!progress->terminal || now_seconds() - progress->last_shown < REFRESH_SECONDS)
        return;
    progress->last_shown = now_seconds();
    time_text(now->seconds_left, left);
    snprintf(pixels, sizeof pixels, now->n_pixels ? "%zu" : "-", now->n_pixels);
    snprintf(line, sizeof line, "attack %zu of %zu  %s  %s pixels  P %.4f  %" PRIu64 " queries (%.0f/s)  left: %s", now->n_finished + 1,
             now->n_to_attack, short_name(now->path, name), pixels, now->p_original, now->queries,
             now->seconds > 0 ? (double)now->queries / now->seconds : 0, left);
    show_line(progress, line);
}

/* One row of the running table. */
static void show_finished(cli_progress *progress, const pp_progress *now)
{
    char name[NAME_WIDTH + 1], count[32], pixels[32] = "-";
    cli_progress_end(progress);
    if (!progress->header_shown)
        fprintf(stderr, "%9s  %-*s  %-8s  %7s  %8s  %9s  %8s\n", "", NAME_WIDTH, "image", "status", "pixels", "P", "queries", "seconds");
    progress->header_shown = true;
    snprintf(count, sizeof count, "%zu/%zu", now->n_finished, now->n_to_attack);
    if (now->status == PP_SUCCESS)
        snprintf(pixels, sizeof pixels, "%zu", now->n_pixels);
    fprintf(stderr, "%9s  %-*s  %-8s  %7s  %8.4f  %9" PRIu64 "  %8.2f\n", count, NAME_WIDTH, short_name(now->path, name),
            pp_status_name(now->status), pixels, now->p_original, now->queries, now->seconds);
    if (now->note)
        fprintf(stderr, "  not verified: %s\n", now->note);
}

void cli_progress_show(void *user, const pp_progress *now)
{
    cli_progress *progress = user;
    if (progress->quiet)
        return;
    if (now->what == PP_PREPARED)
        show_prepared(progress, now);
    else if (now->what == PP_STEP)
        show_step(progress, now);
    else
        show_finished(progress, now);
}
