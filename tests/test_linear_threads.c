/* test_linear_threads.c: the loss on a linear layer at shapes of each way its work is cut, against
 * plain sums in double; the same bits for any number of threads, and wherever the arrays lie. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"
#include "support/rng.h"

typedef struct shape {
    int64_t rows, dims, classes;
} shape;

static const shape shapes[] = {
    {1, 1, 1},       {13, 5, 7}, /* one block */
    {700, 64, 64},               /* blocks with sums of their own */
    {700, 100, 300},             /* blocks, and tiles of the gradient of the weights */
    {70, 96, 1100},              /* tiles */
    {300, 7, 5000},              /* more blocks than the row engine takes on one thread: tiles */
    {530, 4100, 6},              /* chunks of rows with many features, the last one shorter */
    {170, 8, 45000},             /* chunks of tiles */
};
enum { SHAPES = sizeof shapes / sizeof *shapes, OUTPUTS = 4 };
static const char *const names[OUTPUTS] = {"value", "gradient", "weights_gradient",
                                           "bias_gradient"};

typedef struct problem {
    shape s;
    int dtype;
    size_t width;
    void *input, *weights, *bias, *out[OUTPUTS];
    double *sample_weight, *upstream, *want[OUTPUTS], *size[OUTPUTS]; /* size: sum of magnitudes */
    int64_t *labels, count[OUTPUTS];
} problem;

static void *room(int64_t n, size_t width)
{
    void *p = calloc((size_t)n + 1, width);
    assert_non_null(p);
    return p;
}

static double get(const problem *p, const void *array, int64_t i)
{
    return p->dtype == LK_F32 ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

static void put(const problem *p, void *array, int64_t i, double x)
{
    if (p->dtype == LK_F32)
        ((float *)array)[i] = (float)x;
    else
        ((double *)array)[i] = x;
}

static double between(rng *r, double low, double high)
{
    return low + (high - low) * (double)rng_below(r, 1000001) / 1e6;
}

static void *drawn(const problem *p, rng *r, int64_t n, double most)
{
    void *a = room(n, p->width);
    for (int64_t i = 0; i < n; i++) put(p, a, i, between(r, -most, most));
    return a;
}

/* Adds to an expected sum, and to what its error is measured by. */
static void add(problem *p, int output, int64_t at, double x)
{
    p->want[output][at] += x;
    p->size[output][at] += fabs(x);
}

/* The scores of a row become the derivatives of the sum of the losses. */
static void expect_row(problem *p, int64_t r, double *scores)
{
    const shape s = p->s;
    const int64_t y = p->labels[r];
    double most = -INFINITY, sum = 0;
    for (int64_t c = 0; c < s.classes; c++) {
        scores[c] = get(p, p->bias, c);
        for (int64_t d = 0; d < s.dims; d++)
            scores[c] += get(p, p->input, r * s.dims + d) * get(p, p->weights, c * s.dims + d);
        most = scores[c] > most ? scores[c] : most;
    }
    if (y < 0) return;
    for (int64_t c = 0; c < s.classes; c++) sum += exp(scores[c] - most);
    add(p, 0, r, p->sample_weight[r] * (most + log(sum) - scores[y]));
    p->size[0][r] += fabs(most) + 1;
    const double factor = p->upstream[r] * p->sample_weight[r];
    for (int64_t c = 0; c < s.classes; c++) {
        const double slope = factor * (exp(scores[c] - most) / sum - (c == y));
        add(p, 3, c, slope);
        for (int64_t d = 0; d < s.dims; d++) {
            add(p, 1, r * s.dims + d, slope * get(p, p->weights, c * s.dims + d));
            add(p, 2, c * s.dims + d, slope * get(p, p->input, r * s.dims + d));
        }
    }
}

static problem make_problem(shape s, int dtype)
{
    rng r = {(uint64_t)(s.rows + s.dims + s.classes)};
    problem p = {.s = s, .dtype = dtype, .width = dtype == LK_F32 ? sizeof(float) : sizeof(double)};
    const int64_t counts[OUTPUTS] = {s.rows, s.rows * s.dims, s.classes * s.dims, s.classes};
    p.input = drawn(&p, &r, counts[1], 2);
    p.weights = drawn(&p, &r, counts[2], 2 / sqrt((double)s.dims));
    p.bias = drawn(&p, &r, counts[3], 1);
    p.labels = room(s.rows, sizeof *p.labels);
    p.sample_weight = room(s.rows, sizeof(double));
    p.upstream = room(s.rows, sizeof(double));
    for (int64_t i = 0; i < s.rows; i++) {
        p.labels[i] = i % 11 == 5 ? -100 : rng_below(&r, s.classes);
        p.sample_weight[i] = between(&r, 0.5, 2);
        p.upstream[i] = between(&r, -1, 1);
    }
    for (int k = 0; k < OUTPUTS; k++) {
        p.count[k] = counts[k];
        p.out[k] = room(counts[k], p.width);
        p.want[k] = room(counts[k], sizeof(double));
        p.size[k] = room(counts[k], sizeof(double));
    }
    double *scores = room(s.classes, sizeof *scores);
    for (int64_t i = 0; i < s.rows; i++) expect_row(&p, i, scores);
    free(scores);
    return p;
}

static void free_problem(problem *p)
{
    for (int k = 0; k < OUTPUTS; k++) free(p->out[k]), free(p->want[k]), free(p->size[k]);
    free(p->input), free(p->weights), free(p->bias), free(p->labels);
    free(p->sample_weight), free(p->upstream);
}

/* Runs it; gap: how many elements the rows of the input and its gradient lie apart. */
static void run(const problem *p, void *input, void *gradient, int64_t gap, uint32_t flags)
{
    const int64_t features[] = {p->s.rows, p->s.dims}, layer[] = {p->s.classes, p->s.dims};
    const int64_t strides[] = {p->s.dims + gap, 1};
    lk_tensor x = lk_view(input, p->dtype, 2, features),
              dx = lk_view(gradient, p->dtype, 2, features);
    if (gap) x.strides = dx.strides = (int64_t *)strides;
    const lk_tensor w = lk_view(p->weights, p->dtype, 2, layer),
                    b = lk_vector(p->bias, p->dtype, layer);
    const lk_tensor y = lk_vector(p->labels, LK_I64, features);
    const lk_tensor sample_weight = lk_vector(p->sample_weight, LK_F64, features);
    const lk_tensor upstream = lk_vector(p->upstream, LK_F64, features);
    const lk_tensor value = lk_vector(p->out[0], p->dtype, features);
    const lk_tensor dw = lk_view(p->out[2], p->dtype, 2, layer),
                    db = lk_vector(p->out[3], p->dtype, layer);
    lk_call call = LK_CALL_INIT;
    call.input = &x, call.weights = &w, call.bias = &b, call.target = &y;
    call.weight = &sample_weight, call.upstream = &upstream;
    call.value = &value, call.gradient = &dx, call.weights_gradient = &dw, call.bias_gradient = &db;
    call.reduction = LK_SUM;
    call.flags = flags;
    assert_int_equal(lk_linear_cross_entropy(&call, 0, 0, 0, 0), LK_OK);
}

static void check_numbers(const problem *p, double factor, const char *how)
{
    /* Errors of sums, also of those expected, grow with the number of terms; that of a score makes
     * the derivatives relatively wrong. */
    const double units = 40 + sqrt((double)(p->s.rows + p->s.dims + p->s.classes));
    const double bound = units * (p->dtype == LK_F32 ? FLT_EPSILON : DBL_EPSILON);
    for (int k = 0; k < OUTPUTS; k++)
        for (int64_t i = 0; i < p->count[k]; i++) {
            const double times = k ? factor : 1, want = times * p->want[k][i];
            const double got = get(p, p->out[k], i);
            if (!(fabs(got - want) <= bound * times * p->size[k][i]))
                fail_msg("%s, [%lld, %lld] x %lld, %s[%lld]: %.9g, not %.9g", how,
                         (long long)p->s.rows, (long long)p->s.dims, (long long)p->s.classes,
                         names[k], (long long)i, got, want);
        }
}

typedef struct kept {
    void *out[OUTPUTS];
} kept;

static kept keep(const problem *p)
{
    kept k;
    for (int i = 0; i < OUTPUTS; i++) {
        k.out[i] = room(p->count[i], p->width);
        memcpy(k.out[i], p->out[i], (size_t)p->count[i] * p->width);
    }
    return k;
}

static void check_bits(const problem *p, const kept *k, const char *how)
{
    for (int i = 0; i < OUTPUTS; i++)
        if (memcmp(k->out[i], p->out[i], (size_t)p->count[i] * p->width))
            fail_msg("%s, [%lld, %lld] x %lld: other bits in %s", how, (long long)p->s.rows,
                     (long long)p->s.dims, (long long)p->s.classes, names[i]);
}

/* Rows, and their gradient, that lie apart; then the gradient over the input. */
static void check_layouts(const problem *p, const kept *first)
{
    enum { GAP = 3 };
    const int64_t dims = p->s.dims, apart = dims + GAP;
    char *x = room(p->s.rows * apart, p->width), *dx = room(p->s.rows * apart, p->width);
    const size_t line = (size_t)dims * p->width, step = (size_t)apart * p->width;
    for (int64_t r = 0; r < p->s.rows; r++)
        memcpy(x + (size_t)r * step, (char *)p->input + (size_t)r * line, line);
    run(p, x, dx, GAP, 0);
    for (int64_t r = 0; r < p->s.rows; r++)
        memcpy((char *)p->out[1] + (size_t)r * line, dx + (size_t)r * step, line);
    check_bits(p, first, "rows apart");
    memcpy(p->out[1], p->input, (size_t)p->s.rows * line);
    run(p, p->out[1], p->out[1], 0, 0);
    check_bits(p, first, "in place");
    free(x), free(dx);
}

static void check_problem(shape s, int dtype)
{
    static const int threads[] = {2, 3, 8};
    problem p = make_problem(s, dtype);
    lk_set_num_threads(1);
    run(&p, p.input, p.out[1], 0, 0);
    check_numbers(&p, 1, "one thread");
    kept first = keep(&p);
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        lk_set_num_threads(threads[t]);
        for (int k = 0; k < OUTPUTS; k++) memset(p.out[k], 0xff, (size_t)p.count[k] * p.width);
        run(&p, p.input, p.out[1], 0, 0);
        check_bits(&p, &first, "more threads");
    }
    check_layouts(&p, &first);
    for (int k = 0; k < OUTPUTS; k++) memcpy(p.out[k], first.out[k], (size_t)p.count[k] * p.width);
    run(&p, p.input, p.out[1], 0, LK_ACCUMULATE);
    check_numbers(&p, 2, "accumulated");
    lk_set_num_threads(0);
    for (int k = 0; k < OUTPUTS; k++) free(first.out[k]);
    free_problem(&p);
}

static void test_floats(void **state)
{
    for (int k = 0; k < SHAPES; k++) check_problem(shapes[k], LK_F32);
    (void)state;
}

static void test_doubles(void **state)
{
    for (int k = 0; k < SHAPES; k++) check_problem(shapes[k], LK_F64);
    (void)state;
}

static void test_no_rows_clear_the_gradients(void **state)
{
    problem p = make_problem((shape){0, 4, 3}, LK_F32);
    memset(p.out[2], 0xff, (size_t)p.count[2] * p.width);
    memset(p.out[3], 0xff, (size_t)p.count[3] * p.width);
    run(&p, p.input, p.out[1], 0, 0);
    check_numbers(&p, 1, "no rows");
    free_problem(&p);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floats),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_no_rows_clear_the_gradients),
    };
    return cmocka_run_group_tests_name("linear_threads", tests, NULL, NULL);
}
