/* main.c: which command, and the one place where failures are told. */
#include "format.h"
#include "losskit.h"
#include "options.h"
#include "suggest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const command *const commands[] = {&list_command,
                                   &show_command,
                                   &eval_command,
                                   &train_command,
                                   &predict_command,
                                   &metrics_command,
                                   &check_command,
                                   &plot_command,
                                   &bench_command,
                                   &experiment_command,
                                   NULL};

enum { OPTION_VERSION = OPTION_OWN, OPTION_MAN, OPTION_COMPLETION };

static const struct poptOption program_table[] = {
    OPTION_FLAG("version", OPTION_VERSION, "print the version"),
    OPTION_FLAG("man", OPTION_MAN, "print the manual page, for man -l -"),
    OPTION("completion", OPTION_COMPLETION, "print the completion script of a shell",
           "bash|zsh|fish"),
    {"help", 'h', POPT_ARG_NONE, NULL, OPTION_HELP, "print this help", NULL},
    {NULL, '\0', 0, NULL, 0, NULL, NULL}};

static void print_program_help(const options *o)
{
    options_help(o);
    printf("\nCommands:\n");
    for (const command *const *c = commands; *c; c++) {
        printf("  %s", style_text(stdout, STYLE_BOLD));
        print_cell(stdout, (*c)->name, 11, 0);
        printf("%s%s\n", style_text(stdout, STYLE_PLAIN), (*c)->purpose);
    }
    printf("\n`losskit COMMAND --help` tells what a command takes.\n");
}

static int run_program(const options *o, error *e)
{
    const char *shell = option_text(o, OPTION_COMPLETION);
    int choice = 0;
    if (option_choice(o, OPTION_COMPLETION, &choice, e)) return STATUS_USAGE;
    if (option_find(o, OPTION_VERSION))
        printf("losskit %s\n", lk_version());
    else if (option_find(o, OPTION_MAN))
        man_page_print();
    else if (shell)
        completion_print(shell);
    else {
        error_set(e, "a command is missing; `losskit --help` lists them");
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

const command program = {
    .name = NULL,
    .arguments = "COMMAND [ARGUMENT...]",
    .purpose = "Loss functions with value, gradient and curvature",
    .table = program_table,
    .run = run_program,
};

static const command *find_command(const char *name, error *e)
{
    suggestion s;
    suggest_begin(&s, name);
    for (const command *const *c = commands; *c; c++) {
        if (!strcmp((*c)->name, name)) return *c;
        suggest_consider(&s, (*c)->name);
    }
    const char *hint = suggest_hint(&s, "");
    error_set(e, "there is no command \"%.80s\"%s", name,
              *hint ? hint : "; `losskit --help` lists them");
    return NULL;
}

static int run_command(const command *c, int argc, const char **argv, error *e)
{
    options o;
    int status = STATUS_USAGE;
    if (options_parse(&o, c, argc, argv, e) == 0) {
        status = STATUS_OK;
        if (option_find(&o, OPTION_HELP))
            options_help(&o);
        else
            status = c->run(&o, e);
    }
    options_free(&o);
    return status;
}

static int dispatch(int argc, const char **argv, error *e)
{
    options o;
    int status = STATUS_USAGE, first = argc;
    const command *c = NULL;
    if (options_parse(&o, &program, argc, argv, e) == 0) {
        if (option_find(&o, OPTION_HELP)) {
            print_program_help(&o);
            status = STATUS_OK;
        } else if (o.n_arguments > 0 && o.n_given == 0) {
            c = find_command(o.arguments[0], e);
            first = argc - o.n_arguments;
        } else {
            status = program.run(&o, e);
        }
    }
    options_free(&o);
    return c ? run_command(c, argc - first, argv + first, e) : status;
}

/* Data that did not reach its reader is a failure even when every write was buffered. */
static int finish_output(int status, error *e)
{
    errno = 0;
    if (!ferror(stdout) && fflush(stdout) == 0) return status;
    error_set(e, "standard output: %s", errno ? strerror(errno) : "it cannot be written");
    return status ? status : STATUS_FAILED;
}

int main(int argc, char **argv)
{
    /* A reader that goes away is a failed write, told by finish_output(). */
    signal(SIGPIPE, SIG_IGN);
    error e = {"", 0};
    int status = dispatch(argc, (const char **)argv, &e);
    if (status == STATUS_USAGE && e.refused) status = STATUS_FAILED;
    if (status == STATUS_OK || !*e.text) status = finish_output(status, &e);
    if (*e.text) fprintf(stderr, "losskit: %s\n", e.text);
    return status;
}
