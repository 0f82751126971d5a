#include "gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, COPY = 1 << 16 };

/* The parent's end of the pipe closes by itself on exec. */
static void become_gnuplot(int in, int out, int messages)
{
    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(messages, STDERR_FILENO) < 0)
        _exit(NOT_FOUND - 1);
    char program[] = "gnuplot", no_settings[] = "-d";
    char *const arguments[] = {program, no_settings, NULL};
    execvp(program, arguments);
    _exit(NOT_FOUND);
}

static void close_files(gnuplot *g)
{
    if (g->script) fclose(g->script);
    if (g->picture) fclose(g->picture);
    if (g->message) fclose(g->message);
    memset(g, 0, sizeof *g);
}

static int start(gnuplot *g, const int ends[2])
{
    fflush(NULL);
    g->process = fork();
    if (g->process != 0) return g->process < 0 ? -1 : 0;
    close(ends[1]);
    become_gnuplot(ends[0], fileno(g->picture), fileno(g->message));
    return -1;
}

int gnuplot_begin(gnuplot *g, error *e)
{
    int ends[2];
    memset(g, 0, sizeof *g);
    g->picture = tmpfile();
    g->message = tmpfile();
    if (!g->picture || !g->message || pipe(ends) != 0) {
        error_set(e, "no temporary file or pipe for gnuplot: %s", strerror(errno));
        close_files(g);
        return -1;
    }
    if (start(g, ends) != 0) {
        error_set(e, "gnuplot cannot be started: %s", strerror(errno));
        close(ends[1]);
    } else {
        g->script = fdopen(ends[1], "w");
    }
    close(ends[0]);
    if (g->script) return 0;
    close_files(g);
    return -1;
}

static int wait_for(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

/* The line that tells most: gnuplot repeats the command and points at it before it says why. */
static void read_message(FILE *message, char *text, size_t size)
{
    char line[256];
    rewind(message);
    *text = '\0';
    while (fgets(line, sizeof line, message)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[strspn(line, " \t^")]) snprintf(text, size, "%s", line + strspn(line, " \t"));
    }
}

static int ends_with(FILE *picture, const char *ending)
{
    char tail[64] = "";
    const size_t length = strlen(ending);
    if (fseek(picture, -(long)sizeof tail / 2, SEEK_END) != 0) return 0;
    const size_t n = fread(tail, 1, sizeof tail - 1, picture);
    for (size_t i = 0; i + length <= n; i++)
        if (!memcmp(tail + i, ending, length)) return 1;
    return 0;
}

/* Where the element begins after the declarations that stand alone in a file. */
static void skip_prolog(FILE *picture)
{
    char start[4096];
    rewind(picture);
    start[fread(start, 1, sizeof start - 1, picture)] = '\0';
    const char *element = strstr(start, "<svg");
    fseek(picture, element ? element - start : 0, SEEK_SET);
}

static int copy_picture(FILE *picture, int inside, atomic_file *file, error *e)
{
    char block[COPY];
    size_t n;
    rewind(picture);
    if (inside) skip_prolog(picture);
    while ((n = fread(block, 1, sizeof block, picture)) > 0)
        if (atomic_write(file, block, n, e)) return -1;
    return ferror(picture) ? error_set(e, "the picture of gnuplot cannot be read back") : 0;
}

int gnuplot_finish(gnuplot *g, const char *ending, atomic_file *file, error *e)
{
    fclose(g->script);
    g->script = NULL;
    const int status = wait_for(g->process);
    char message[200];
    read_message(g->message, message, sizeof message);
    int result;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
        result = error_set(e, "gnuplot is not installed, or not on the PATH; pictures need it");
    else if (WIFSIGNALED(status))
        result = error_set(e, "gnuplot was ended by signal %d", WTERMSIG(status));
    else if (status != 0 || !ends_with(g->picture, ending))
        result =
            error_set(e, "gnuplot failed: %s", *message ? message : "it gave no complete picture");
    else
        result = copy_picture(g->picture, g->inside, file, e);
    close_files(g);
    return result;
}

void gnuplot_abort(gnuplot *g)
{
    kill(g->process, SIGTERM);
    wait_for(g->process);
    close_files(g);
}

void gnuplot_quote(FILE *script, const char *text)
{
    fputc('\'', script);
    /* gnuplot 5.4 takes a text that begins with an apostrophe for an empty one. */
    if (*text == '\'') fputc(' ', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("''", script);
        else if ((unsigned char)*text < 0x20)
            fputc(' ', script);
        else
            fputc(*text, script);
    }
    fputc('\'', script);
}
