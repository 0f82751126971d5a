#define _DEFAULT_SOURCE
#include "train_watch.h"

#include "catalogue.h"
#include "format.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Seconds between two drawings of the bar, and between two lines where there is no terminal. */
static const double bar_pause = 0.1, line_pause = 10;

/* ---- interrupts ---------------------------------------------------------------------------------
 */

static volatile sig_atomic_t interrupted;
static struct sigaction before[2];
static const int stopping[2] = {SIGINT, SIGTERM};

/* SA_RESETHAND has put the default back: the next one ends the program. */
static void stop_soon(int sent)
{
    interrupted = 1;
    for (int k = 0; k < 2; k++)
        if (stopping[k] != sent && before[k].sa_handler != SIG_IGN) signal(stopping[k], SIG_DFL);
}

static void catch_interrupts(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = stop_soon;
    action.sa_flags = SA_RESTART | (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    interrupted = 0;
    for (int k = 0; k < 2; k++) {
        sigaction(stopping[k], NULL, &before[k]);
        if (before[k].sa_handler != SIG_IGN) sigaction(stopping[k], &action, NULL);
    }
}

int watch_interrupted(void) { return interrupted != 0; }

void watch_begin(train_watch *w)
{
    w->bar = !w->json && !w->quiet && is_terminal(stderr);
    w->spoken = 0;
    w->validation_loss = w->validation_metric = NAN;
    catch_interrupts();
}

void watch_end(train_watch *w)
{
    if (w->bar && w->spoken > 0) fprintf(stderr, "\r\033[K");
    if (!interrupted)
        for (int k = 0; k < 2; k++) sigaction(stopping[k], &before[k], NULL);
}

void watch_free(train_watch *w)
{
    free(w->points);
    w->points = NULL;
    w->n_points = w->room = 0;
}

/* ---- what is shown ------------------------------------------------------------------------------
 */

json_t *watch_number(double x) { return isnan(x) ? json_null() : number_json(x); }

static void print_json(const train_watch *w, const lk_progress *p)
{
    json_t *line =
        json_pack("{s:i, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "schema", 1, "event",
                  "progress", w->unit, (json_int_t)p->epoch, "of",
                  p->epochs ? json_integer(p->epochs) : json_null(), "loss", watch_number(p->loss),
                  "validation_loss", watch_number(p->validation_loss), "validation_metric",
                  watch_number(p->validation_metric), "measure", watch_number(p->measure),
                  "learning_rate", watch_number(p->learning_rate), "seconds", p->seconds);
    if (w->members) json_object_set_new(line, "member", json_integer(w->member));
    error told; /* a failure of standard output is found in the end */
    json_line(line, &told);
}

static void add_number(char *text, size_t size, const char *name, double x, int digits)
{
    if (isfinite(x)) append(text, size, "  %s %.*g", name, digits, x);
}

/* The share that is done; NaN when no end is known. */
static double done(const lk_progress *p)
{
    const double steps = p->steps > 0 ? (double)p->step / (double)p->steps : 1;
    return p->epochs > 0 ? ((double)p->epoch - 1 + steps) / (double)p->epochs : NAN;
}

static void describe(const train_watch *w, const lk_progress *p, char *text, size_t size)
{
    const double share = done(p);
    *text = '\0';
    if (w->members) append(text, size, "model %d/%d  ", w->member, w->members);
    append(text, size, "%s %lld", w->unit, (long long)p->epoch);
    if (p->epochs) append(text, size, "/%lld", (long long)p->epochs);
    if (share > 0 && share < 1 && p->seconds > 1) {
        const long left = lround(p->seconds * (1 - share) / share);
        append(text, size, "  %ld:%02ld left", left / 60, left % 60);
    }
    add_number(text, size, "loss", p->loss, 4);
    if (isnan(w->validation_metric)) add_number(text, size, "validation", w->validation_loss, 4);
    add_number(text, size, w->metric, w->validation_metric, 4);
    add_number(text, size, "rate", p->learning_rate, 3);
    add_number(text, size, "gradient", p->epochs && p->steps ? NAN : p->measure, 3);
}

static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* One line: a longer one could not be drawn over. */
static void draw_bar(const lk_progress *p, const char *text)
{
    enum { WIDTH = 12 };
    const double share = done(p);
    char bar[WIDTH + 1];
    for (int k = 0; k < WIDTH; k++) bar[k] = k < share * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    const int room = terminal_width() - 1 - (isnan(share) ? 0 : WIDTH + 3);
    fprintf(stderr, "\r");
    if (!isnan(share))
        fprintf(stderr, "%s[%s]%s ", style_text(stderr, STYLE_GOOD), bar,
                style_text(stderr, STYLE_PLAIN));
    fprintf(stderr, "%.*s\033[K", room > 0 ? room : 0, text);
}

static void show(train_watch *w, const lk_progress *p, int whole)
{
    if (w->json && whole) print_json(w, p);
    const double pause = w->bar ? bar_pause : line_pause;
    const int fresh = w->spoken == 0 && w->bar;
    if (w->json || w->quiet || (!fresh && p->seconds < w->spoken + pause)) return;
    char text[256];
    describe(w, p, text, sizeof text);
    w->spoken = fmax(p->seconds, 1e-9);
    if (w->bar)
        draw_bar(p, text);
    else
        fprintf(stderr, "%s\n", text);
}

/* A curve that has lost a point for want of memory is still one. */
static void remember(train_watch *w, const lk_progress *p)
{
    if (w->n_points == w->room) {
        const int64_t room = w->room ? 2 * w->room : 64;
        watch_point *more = realloc(w->points, (size_t)room * sizeof *more);
        if (!more) return;
        w->points = more;
        w->room = room;
    }
    w->points[w->n_points++] = (watch_point){(double)p->epoch, p->loss, p->validation_loss,
                                             p->validation_metric, p->learning_rate};
}

int watch_progress(void *context, const lk_progress *p)
{
    train_watch *w = context;
    const int whole = p->step >= p->steps;
    w->last_epoch = p->epoch;
    if (whole) {
        w->validation_loss = p->validation_loss;
        w->validation_metric = p->validation_metric;
    }
    if (whole && w->member <= 1) remember(w, p);
    show(w, p, whole);
    if (p->checkpoint && w->keep) w->keep(w->context, p->checkpoint, p->epoch);
    if (!interrupted) return 0;
    if (!w->finish_epoch || whole) return 1;
    if (!w->announced)
        fprintf(stderr, "%slosskit: stopping at the end of %s %lld; once more ends at once\n",
                w->bar ? "\r\033[K" : "", w->unit, (long long)p->epoch);
    w->announced = 1;
    return 0;
}
