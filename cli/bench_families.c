/* bench_families.c: the speed of losses over rows, regions, features and sequences beside that of a
 * copy. */
#include "bench.h"
#include "format.h"
#include "random_problem.h"
#include "triad.h"

#include <math.h>
#include <stdio.h>

enum { REGIONS = 16, FIRST_ROWS = 512, FIRST_SEQUENCES = 64 };
enum { CLASSES = 1000, LETTERS = 80, FRAMES = 150, HYPOTHESES = 8, TOKENS = 40 };

static int64_t at_least_1(int64_t n) { return n < 1 ? 1 : n; }

/* Utterances of a few seconds over an alphabet, or lists of hypotheses, whose tokens are counted.
 */
static problem_size sequence_size(const bench *b, int is_list)
{
    problem_size size = {1, b->classes ? b->classes : LETTERS, FRAMES};
    if (is_list) size = (problem_size){1, HYPOTHESES, TOKENS};
    size.rows = at_least_1(b->n / (size.classes * size.dims));
    return size;
}

/* The largest problem that is tried. */
static problem_size full_size(const bench *b, const lk_loss_info *info)
{
    const lk_kind kind = info->kind;
    const int64_t classes = b->classes ? b->classes : CLASSES;
    if (kind == LK_KIND_SEQUENCE)
        return sequence_size(b, (int)(info->takes >> LK_ARG_HYPOTHESES & 1));
    const problem_size rows = {at_least_1(b->n / classes), classes, b->dims};
    const problem_size features = {at_least_1(b->n / b->dims), classes, b->dims};
    const int64_t channels = 4;
    const problem_size region = {REGIONS, channels, at_least_1(b->n / (REGIONS * channels))};
    return kind == LK_KIND_ROWS ? rows : kind == LK_KIND_REGION ? region : features;
}

static int prepare(const bench *b, random_problem *p, lk_loss loss, const problem_size *size,
                   error *e)
{
    lk_random r = {1};
    size_t bytes;
    const lk_call modes = LK_CALL_INIT;
    for (int soft = 0; soft < 2; soft++) {
        if (random_problem_create(p, loss, b->dtype, size, soft, &modes, e)) return -1;
        const int is_function = !(p->takes >> LK_ARG_TARGET & 1);
        p->full = 1;
        const uint32_t wanted = 1u << LK_ARG_GRADIENT | 1u << LK_ARG_VALUE;
        random_problem_attach(p, p->needs | wanted | (is_function ? 1u << LK_ARG_UPSTREAM : 0));
        if (lk_workspace_size(loss, NULL, 0, &p->call, &bytes) == LK_OK) {
            random_problem_draw(p, &r, 4);
            return 0;
        }
        if (soft) return error_library(e);
        random_problem_free(p);
    }
    return 0;
}

static double time_call(const random_problem *p, error *e)
{
    lk_result result;
    lk_call call = p->call;
    call.result = &result;
    const double start = seconds_now();
    if (lk_evaluate(p->loss, NULL, 0, &call) != LK_OK) return error_library(e);
    return seconds_now() - start;
}

static double bytes_of(const random_problem *p)
{
    double bytes = 0;
    for (int id = 0; id < LK_ARGUMENTS; id++) {
        const size_t offset = lk_argument_describe((lk_argument_id)id)->offset;
        if (*(const lk_tensor *const *)((const char *)&p->call + offset))
            bytes += (double)p->arrays[id].count * (double)dtype_size(p->arrays[id].dtype);
    }
    return bytes;
}

static int run_problem(const bench *b, family_timing *t, const problem_size *size, double seconds,
                       error *e)
{
    random_problem p;
    int status = prepare(b, &p, t->loss, size, e);
    const double end = seconds_now() + seconds;
    do {
        const double time = status ? -1 : time_call(&p, e);
        if (time < 0) status = -1;
        t->best = fmin(t->best, time);
    } while (!status && seconds_now() < end);
    t->rows = size->rows;
    t->classes = size->classes;
    t->dims = size->dims;
    t->elements = p.arrays[LK_ARG_INPUT].count;
    t->bytes = bytes_of(&p);
    random_problem_free(&p);
    return status;
}

static int64_t fewest_rows(lk_kind kind, int64_t most)
{
    const int64_t few = kind == LK_KIND_LINEAR || kind == LK_KIND_EMBEDDING ? FIRST_ROWS
                        : kind == LK_KIND_SEQUENCE                          ? FIRST_SEQUENCES
                                                                            : most;
    return few < most ? few : most;
}

/* Some losses compare every row with every other, or go along sequences step by step: their
 * problems stay small enough for a few calls within the time. */
static int time_family(const bench *b, family_timing *t, double seconds, error *e)
{
    const lk_loss_info *info = lk_loss_describe(t->loss);
    problem_size size = full_size(b, info);
    const int64_t most = size.rows;
    size.rows = fewest_rows(info->kind, most);
    for (;; size.rows = 2 * size.rows < most ? 2 * size.rows : most) {
        t->best = HUGE_VAL;
        if (run_problem(b, t, &size, 0, e)) return -1;
        if (size.rows == most || t->best > seconds / 8) break;
    }
    return run_problem(b, t, &size, seconds, e);
}

static int time_copy(bench *b, double seconds, error *e)
{
    triad *t = triad_create((size_t)b->n, b->dtype == LK_F64, (int)b->threads);
    if (!t) return error_set(e, "no memory or threads for a copy of %ld elements", b->n);
    const double end = seconds_now() + seconds;
    do b->copy = fmin(b->copy, triad_copy(t));
    while (seconds_now() < end);
    triad_free(t);
    return 0;
}

int bench_families(bench *b, family_timing *timings, int count, error *e)
{
    const int progress = is_terminal(stderr);
    b->copy = HUGE_VAL;
    for (int k = 0; k < count; k++) {
        if (progress)
            fprintf(stderr, "\r\033[K%d/%d %s", k + 1, count,
                    lk_loss_describe(timings[k].loss)->name);
        if (k % 4 == 0 && time_copy(b, b->seconds / 4, e)) return -1;
        if (time_family(b, &timings[k], b->seconds, e)) return -1;
    }
    if (progress) fprintf(stderr, "\r\033[K");
    return 0;
}

static double copy_bandwidth(const bench *b)
{
    return 2e-9 * (double)b->n * (double)bench_width(b) / b->copy;
}

static void size_text(const family_timing *t, char *text, size_t size)
{
    const lk_loss_info *info = lk_loss_describe(t->loss);
    const lk_kind kind = info->kind;
    *text = '\0';
    if (info->takes >> LK_ARG_INPUT_LENGTHS & 1) {
        append(text, size, "%lld x %lld x %lld", (long long)t->dims, (long long)t->rows,
               (long long)t->classes);
        return;
    }
    append(text, size, "%lld x %lld", (long long)t->rows,
           (long long)(kind == LK_KIND_EMBEDDING ? t->dims : t->classes));
    if (kind == LK_KIND_LINEAR || kind == LK_KIND_REGION || kind == LK_KIND_SEQUENCE)
        append(text, size, " x %lld", (long long)t->dims);
}

void bench_print_families(const bench *b, const family_timing *timings, int count)
{
    printf("%s", style_text(stdout, STYLE_BOLD));
    print_cell(stdout, "loss", 30, 0);
    print_cell(stdout, "size", 20, 0);
    printf("ns/element     GB/s   of copy%s\n", style_text(stdout, STYLE_PLAIN));
    print_cell(stdout, "(copy)", 50, 0);
    printf("%10.4f  %7.2f  %8.3f\n", 1e9 * b->copy / (double)b->n, copy_bandwidth(b), 1.0);
    for (int k = 0; k < count; k++) {
        const family_timing *t = &timings[k];
        char size[80];
        const double bandwidth = 1e-9 * t->bytes / t->best;
        size_text(t, size, sizeof size);
        print_cell(stdout, lk_loss_describe(t->loss)->name, 30, 0);
        print_cell(stdout, size, 20, 0);
        printf("%10.4f  %7.2f  %8.3f\n", 1e9 * t->best / (double)t->elements, bandwidth,
               bandwidth / copy_bandwidth(b));
    }
}

json_t *bench_family_json(const bench *b, const family_timing *t)
{
    const double bandwidth = 1e-9 * t->bytes / t->best;
    char size[80];
    size_text(t, size, sizeof size);
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "loss", lk_loss_describe(t->loss)->name,
                     "size", size, "ns_per_element", 1e9 * t->best / (double)t->elements,
                     "gb_per_s", bandwidth, "ns_per_call", 1e9 * t->best, "of_copy",
                     bandwidth / copy_bandwidth(b));
}
