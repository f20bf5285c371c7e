/* gnuplot.c - gnuplot is started without a shell, in a folder that holds its script, and its complaint becomes our line. */
#include "report/gnuplot.h"

#include "base/error.h"
#include "report/format.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- Text -------------------------------------------------------------------------------------------------------- */

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

/* In single quotes only the quote itself means anything to gnuplot. */
static void put_byte(FILE *out, char byte)
{
    if (byte == '\'')
        fputs("''", out);
    else
        fputc((unsigned char)byte < ' ' || byte == 127 ? ' ' : byte, out);
}

void pp_gnuplot_text(FILE *out, const char *text, size_t most)
{
    json_t *mended = pp_json_string(text);
    const char *shown = mended ? json_string_value(mended) : "?";
    size_t n = 0, at = 0;
    for (const char *c = shown; *c; c++)
        n += begins_character(*c);
    fputc('\'', out);
    for (const char *c = shown; *c; c++) {
        at += begins_character(*c);
        if (n <= most || at <= most / 2 || at > n - (most - most / 2 - 1))
            put_byte(out, *c);
        else if (at == most / 2 + 1 && begins_character(*c))
            fputs("\xe2\x80\xa6", out); /* three dots, one character */
    }
    fputc('\'', out);
    json_decref(mended);
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

/* The first line of gnuplot's complaint that says something: before it stand the line of the script and a mark under it. */
static pp_code complain(int messages, pp_error *err)
{
    char text[2000];
    ssize_t n = pread(messages, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    char *said = strstr(text, "\"figure.gp\"");
    said = said ? said : text + strspn(text, " \n\t");
    return pp_fail(err, PP_IO, "gnuplot cannot draw the figure: %.*s", (int)strcspn(said, "\n"), *said ? said : "it does not say why");
}

static pp_code start(pid_t *child, const char *dir, int messages, pp_error *err)
{
    char name[] = "gnuplot", no_settings[] = "-d", script[] = "figure.gp", *const arguments[] = { name, no_settings, script, NULL };
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return pp_no_memory(err, "gnuplot");
    int failed = posix_spawn_file_actions_addchdir_np(&actions, dir) || posix_spawn_file_actions_adddup2(&actions, messages, 1) ||
                 posix_spawn_file_actions_adddup2(&actions, messages, 2) ||
                 posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawnp(child, name, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed == ENOENT)
        return pp_fail(err, PP_IO, "gnuplot is not installed, and draws the figures: install it (Debian: gnuplot-nox), or write the numbers as .csv");
    return failed ? pp_fail(err, PP_IO, "gnuplot cannot be started: %s", strerror(failed)) : PP_OK;
}

pp_code pp_gnuplot_run(const char *dir, pp_error *err)
{
    pid_t child = 0;
    int status = 0;
    FILE *messages = tmpfile();
    if (!messages)
        return pp_fail(err, PP_IO, "a temporary file cannot be made: %s", strerror(errno));
    pp_code code = start(&child, dir, fileno(messages), err);
    while (code == PP_OK && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            code = pp_fail(err, PP_IO, "gnuplot cannot be waited for: %s", strerror(errno));
    if (code == PP_OK && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        code = complain(fileno(messages), err);
    fclose(messages);
    return code;
}
