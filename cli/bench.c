/* bench.c: the speed of losses beside the machine's own triad, measured in one run. */
#include "bench.h"

#include "catalogue.h"
#include "format.h"
#include "losskit.h"
#include "options.h"
#include "random_points.h"
#include "random_problem.h"
#include "triad.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BENCH_THREADS = OPTION_OWN,
    BENCH_SIZE,
    BENCH_CLASSES,
    BENCH_DIMS,
    BENCH_DTYPE,
    BENCH_SECONDS,
    BENCH_SMALL
};

static const struct poptOption bench_table[] = {
    OPTION("threads", BENCH_THREADS, "number of threads; default that of the library", "NUMBER"),
    OPTION("size", BENCH_SIZE, "elements of the input, or tokens of hypotheses; default 4194304",
           "NUMBER"),
    OPTION("classes", BENCH_CLASSES, "classes of losses over scores; default 1000, of sequences 80",
           "NUMBER"),
    OPTION("dims", BENCH_DIMS, "length of a row of features; default 128", "NUMBER"),
    OPTION("dtype", BENCH_DTYPE, "type of the arrays; default f32", "f32|f64"),
    OPTION("seconds", BENCH_SECONDS, "time for each loss; default 0.5", "NUMBER"),
    OPTION_FLAG("small", BENCH_SMALL, "time calls of 1, 16, 256 and 4096 elements, too"),
    OPTIONS_COMMON};

enum { SMALL = 4 };
static const int64_t small_sizes[SMALL] = {1, 16, 256, 4096};

typedef struct timing {
    lk_loss loss;
    const lk_loss_info *info;
    double best, small[SMALL]; /* seconds of a call */
} timing;

size_t bench_width(const bench *b) { return b->dtype == LK_F64 ? sizeof(double) : sizeof(float); }

static int allocate(bench *b, error *e)
{
    b->input = calloc((size_t)b->n, bench_width(b));
    b->target = calloc((size_t)b->n, bench_width(b));
    b->gradient = calloc((size_t)b->n, bench_width(b));
    return b->input && b->target && b->gradient
               ? 0
               : error_set(e, "no memory for arrays of %ld elements", b->n);
}

static void store(const bench *b, void *to, long i, double x)
{
    if (b->dtype == LK_F64)
        ((double *)to)[i] = x;
    else
        ((float *)to)[i] = (float)x;
}

static void fill(const bench *b, const lk_loss_info *info)
{
    lk_random r = {1};
    for (long i = 0; i < b->n; i++) {
        store(b, b->input, i, random_in_domain(&r, &info->input_domain, 4));
        store(b, b->target, i, random_in_domain(&r, &info->target_domain, 3));
    }
}

/* The best seconds per call out of as many rounds as fit into the time. */
static double time_calls(const bench *b, const timing *t, int64_t n, double seconds, error *e)
{
    const double one = 1;
    const float one_f32 = 1;
    const lk_tensor input = lk_vector(b->input, b->dtype, &n);
    const lk_tensor target = lk_vector(b->target, b->dtype, &n);
    const lk_tensor gradient = lk_vector(b->gradient, b->dtype, &n);
    const lk_tensor auxiliary = lk_view(
        b->dtype == LK_F64 ? (const void *)&one : (const void *)&one_f32, b->dtype, 0, NULL);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = &gradient;
    call.result = &result;
    if (t->info->auxiliary && t->info->auxiliary_param < 0) call.auxiliary = &auxiliary;
    /* Enough calls per round that the clock's own time does not show. */
    const int calls = n > 65536 ? 1 : (int)(65536 / n);
    const double end = seconds_now() + seconds;
    double best = HUGE_VAL;
    do {
        const double start = seconds_now();
        for (int k = 0; k < calls; k++)
            if (lk_evaluate(t->loss, NULL, 0, &call) != LK_OK) {
                error_library(e);
                return -1;
            }
        best = fmin(best, (seconds_now() - start) / calls);
    } while (seconds_now() < end);
    return best;
}

static int time_triad(bench *b, double seconds, error *e)
{
    triad *t = triad_create((size_t)b->n, b->dtype == LK_F64, (int)b->threads);
    if (!t) return error_set(e, "no memory or threads for the triad of %ld elements", b->n);
    const double end = seconds_now() + seconds;
    do b->triad = fmin(b->triad, triad_run(t));
    while (seconds_now() < end);
    triad_free(t);
    return 0;
}

/* Losses and triad take turns, so that a slow moment of the machine does not hit one alone. */
static int measure(bench *b, timing *timings, int count, error *e)
{
    enum { TURNS = 3 };
    const int progress = is_terminal(stderr);
    for (int k = 0; k < count; k++) timings[k].best = HUGE_VAL;
    b->triad = HUGE_VAL;
    for (int turn = 0; turn < TURNS; turn++) {
        for (int k = 0; k < count; k++) {
            timing *t = &timings[(k * (turn % 2 ? -1 : 1) + (turn % 2 ? count - 1 : 0))];
            if (progress)
                fprintf(stderr, "\r\033[K%d/%d %s", turn * count + k + 1, TURNS * count,
                        t->info->name);
            fill(b, t->info);
            if (k % 4 == 0 && time_triad(b, b->seconds / TURNS, e)) return -1;
            const double best = time_calls(b, t, b->n, b->seconds / TURNS, e);
            if (best < 0) return -1;
            t->best = fmin(t->best, best);
            for (int s = 0; s < SMALL && b->small && turn == 0; s++)
                t->small[s] = time_calls(b, t, small_sizes[s], b->seconds / 8, e);
        }
    }
    if (progress) fprintf(stderr, "\r\033[K");
    return 0;
}

static double bandwidth(const bench *b, double seconds)
{
    return 3e-9 * (double)b->n * (double)bench_width(b) / seconds;
}

static void print_table(const bench *b, const timing *timings, int count)
{
    printf("%s", style_text(stdout, STYLE_BOLD));
    print_cell(stdout, "loss", 35, 0);
    printf("ns/element     GB/s  of triad");
    for (int s = 0; s < SMALL && b->small; s++) printf("  ns, n=%-4lld", (long long)small_sizes[s]);
    printf("%s\n", style_text(stdout, STYLE_PLAIN));
    print_cell(stdout, "(triad)", 35, 0);
    printf("%10.4f  %7.2f  %8.3f\n", 1e9 * b->triad / (double)b->n, bandwidth(b, b->triad), 1.0);
    for (int k = 0; k < count; k++) {
        const timing *t = &timings[k];
        print_cell(stdout, t->info->name, 35, 0);
        printf("%10.4f  %7.2f  %8.3f", 1e9 * t->best / (double)b->n, bandwidth(b, t->best),
               b->triad / t->best);
        for (int s = 0; s < SMALL && b->small; s++) printf("  %10.1f", 1e9 * t->small[s]);
        putchar('\n');
    }
}

static json_t *pointwise_json(const bench *b, const timing *timings, int count)
{
    json_t *losses = json_array();
    for (int k = 0; k < count; k++) {
        const timing *t = &timings[k];
        json_t *loss = json_pack("{s:s, s:f, s:f, s:f}", "loss", t->info->name, "ns_per_element",
                                 1e9 * t->best / (double)b->n, "gb_per_s", bandwidth(b, t->best),
                                 "of_triad", b->triad / t->best);
        json_t *small = json_array();
        for (int s = 0; s < SMALL && b->small; s++)
            json_array_append_new(small, json_pack("{s:I, s:f}", "n", (json_int_t)small_sizes[s],
                                                   "ns_per_call", 1e9 * t->small[s]));
        if (b->small) json_object_set(loss, "small", small);
        json_decref(small);
        json_array_append_new(losses, loss);
    }
    return losses;
}

static json_t *bench_json(const bench *b, const timing *timings, int count,
                          const family_timing *families, int n_families)
{
    json_t *losses = pointwise_json(b, timings, count);
    for (int k = 0; k < n_families; k++)
        json_array_append_new(losses, bench_family_json(b, &families[k]));
    json_t *root = json_pack("{s:i, s:s, s:s, s:I, s:I, s:s}", "schema", 1, "version", lk_version(),
                             "isa", lk_isa_name(), "threads", (json_int_t)b->threads, "n",
                             (json_int_t)b->n, "dtype", b->dtype == LK_F64 ? "f64" : "f32");
    if (count)
        json_object_set_new(root, "triad",
                            json_pack("{s:f, s:f}", "ns_per_element", 1e9 * b->triad / (double)b->n,
                                      "gb_per_s", bandwidth(b, b->triad)));
    json_object_set_new(root, "losses", losses);
    return root;
}

static int read_bench(const options *o, bench *b, error *e)
{
    int dtype = 0;
    *b = (bench){.n = 4194304, .threads = lk_num_threads(), .dims = 128, .seconds = 0.5};
    if (option_integer(o, BENCH_THREADS, 1, 256, &b->threads, e) ||
        option_integer(o, BENCH_SIZE, 4096, 1L << 32, &b->n, e) ||
        option_integer(o, BENCH_CLASSES, 2, 1L << 24, &b->classes, e) ||
        option_integer(o, BENCH_DIMS, 1, 1L << 24, &b->dims, e) ||
        option_choice(o, BENCH_DTYPE, &dtype, e) ||
        option_number(o, BENCH_SECONDS, 0.001, 3600, &b->seconds, e))
        return -1;
    b->dtype = dtype ? LK_F64 : LK_F32;
    b->small = option_find(o, BENCH_SMALL) != NULL;
    return 0;
}

/* Pointwise losses in one list, the others in another. */
typedef struct lists {
    timing *timings;
    family_timing *families;
    int count, n_families;
} lists;

static int sort_losses(const lk_loss *losses, int count, lists *l, error *e)
{
    l->timings = calloc((size_t)count + 1, sizeof *l->timings);
    l->families = calloc((size_t)count + 1, sizeof *l->families);
    if (!l->timings || !l->families) return error_set(e, "no memory for the timings");
    for (int k = 0; k < count; k++) {
        const lk_loss_info *info = lk_loss_describe(losses[k]);
        if (!random_problem_is_available(losses[k]))
            fprintf(stderr, "losskit: not timed: %s\n", lk_last_error());
        else if (info->kind == LK_KIND_POINTWISE)
            l->timings[l->count++] = (timing){.loss = losses[k], .info = info};
        else
            l->families[l->n_families++].loss = losses[k];
    }
    return 0;
}

static void print_all(const bench *b, const lists *l)
{
    printf("%s, %ld thread%s, n = %ld, %s, value and gradient, mean\n\n", lk_isa_name(), b->threads,
           b->threads == 1 ? "" : "s", b->n, b->dtype == LK_F64 ? "f64" : "f32");
    if (l->count) print_table(b, l->timings, l->count);
    if (l->count && l->n_families) putchar('\n');
    if (l->n_families) bench_print_families(b, l->families, l->n_families);
}

static int run_bench(const options *o, error *e)
{
    bench b;
    lk_loss *losses;
    lists l = {NULL, NULL, 0, 0};
    int count;
    if (read_bench(o, &b, e) || catalogue_select(o->arguments, o->n_arguments, &losses, &count, e))
        return STATUS_USAGE;
    int status = sort_losses(losses, count, &l, e);
    lk_set_num_threads((int)b.threads);
    if (!status && l.count) status = allocate(&b, e) || measure(&b, l.timings, l.count, e);
    if (!status && l.n_families) status = bench_families(&b, l.families, l.n_families, e);
    if (!status && option_find(o, OPTION_JSON))
        status = json_print(bench_json(&b, l.timings, l.count, l.families, l.n_families), e);
    else if (!status)
        print_all(&b, &l);
    free(b.input);
    free(b.target);
    free(b.gradient);
    free(l.timings);
    free(l.families);
    free(losses);
    return status ? STATUS_FAILED : STATUS_OK;
}

static const example bench_examples[] = {
    {"losskit bench --threads 1 --dtype f64", "every loss on one thread in double precision"},
    {"losskit bench softmax_cross_entropy --classes 50257", "rows as long as a vocabulary"},
    {"losskit bench ctc --size 768000 --threads 1", "64 utterances of 150 frames, 80 classes"},
    {"losskit bench huber logistic --small --json", "two losses, small calls, too"},
    {NULL, NULL}};

const command bench_command = {
    .name = "bench",
    .arguments = "[NAME...] [OPTION...]",
    .fewest = 0,
    .most = -1,
    .purpose = "Measure the speed of losses against that of memory",
    .description =
        "Times value and gradient of the mean loss over random inputs, and in turns "
        "with it the triad a = b + s c over arrays of the same type and size with the "
        "same number of threads: both move three arrays. Losses over rows of scores, "
        "regions, features and sequences are compared by the bytes of all their arrays with a "
        "plain copy; those that compare all rows with one another, multiply "
        "matrices, or go along sequences have more to do than to move bytes, and get "
        "fewer rows. Sequences have 150 frames and targets of 40 labels, lists 8 "
        "hypotheses and a reference of 40 tokens. The best pass counts.",
    .table = bench_table,
    .examples = bench_examples,
    .run = run_bench,
};
