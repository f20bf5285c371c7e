/* main.c - pinprick's command line: finds the command and hands over. Whatever it can do, a user of pinprick.h can do. */
#include "cli/options.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static void print_overview(FILE *out)
{
    fprintf(out, "pinprick %s - how few pixels have to change before a classifier changes its mind?\n\n"
                 "usage: pinprick COMMAND [options] ...\n\n", pp_version());
    for (size_t i = 0; cli_commands[i]; i++)
        fprintf(out, "  %-10s%s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fprintf(out, "\n'pinprick COMMAND --help' lists a command's options; 'pinprick --version' says which this is.\n");
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    cli_options options;
    int status = cli_parse(&options, command, argc, argv);
    if (status == 0 && options.help)
        cli_print_help(command, stdout);
    else if (status == 0)
        status = command->run(&options);
    cli_clear(&options, command);
    return status;
}

static int run_named(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0) {
        printf("pinprick %s\n", pp_version());
        return 0;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_overview(stdout);
        return 0;
    }
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return run_command(cli_commands[i], argc - 1, argv + 1);
    if (*name)
        fprintf(stderr, "pinprick: no command '%s'\n\n", name);
    print_overview(stderr);
    return 2;
}

/* What was printed must have arrived: a full disk behind a pipe or a redirection is a failure too. */
static int check_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "pinprick: standard output: %s\n", strerror(errno));
    return status ? status : 1;
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is then an error with a message */
    return check_output(run_named(argc, argv));
}
