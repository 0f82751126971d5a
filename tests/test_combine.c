/* test_combine.c: weighted sums of losses: what is added, what is kept apart, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "losskit.h"

enum { N = 6 };

static const double x_data[N] = {0.5, -2, 3, 0, 1.25, -0.75};
static const double y_data[N] = {1, 1, -1, 0, 1, 2};
static const int64_t length = N;

/* Two terms over the same input: squared_error and a factor times huber (delta 1). */
typedef struct pair {
    double x[N], y[N], gradient[N], curvature[N], values[2][N], target_gradient[N];
    lk_tensor input, target, slope, bend, value[2], target_slope;
    lk_result results[2], total;
    lk_call calls[2];
    lk_term terms[2];
} pair;

static void make(pair *p, double factor)
{
    const lk_call fresh = LK_CALL_INIT;
    memset(p, 0, sizeof *p);
    memcpy(p->x, x_data, sizeof x_data);
    memcpy(p->y, y_data, sizeof y_data);
    for (int i = 0; i < N; i++) p->gradient[i] = p->curvature[i] = p->target_gradient[i] = 777;
    p->input = lk_vector(p->x, LK_F64, &length);
    p->target = lk_vector(p->y, LK_F64, &length);
    p->slope = lk_vector(p->gradient, LK_F64, &length);
    p->bend = lk_vector(p->curvature, LK_F64, &length);
    p->target_slope = lk_vector(p->target_gradient, LK_F64, &length);
    for (int k = 0; k < 2; k++) {
        p->value[k] = lk_vector(p->values[k], LK_F64, &length);
        p->calls[k] = fresh;
        p->calls[k].input = &p->input;
        p->calls[k].target = &p->target;
        p->calls[k].gradient = &p->slope;
        p->calls[k].value = &p->value[k];
        p->calls[k].result = &p->results[k];
        p->terms[k] =
            (lk_term){k ? LK_HUBER : LK_SQUARED_ERROR, NULL, 0, k ? factor : 1, &p->calls[k]};
    }
}

static double huber_value(double r) { return fabs(r) <= 1 ? 0.5 * r * r : fabs(r) - 0.5; }
static double huber_slope(double r) { return fabs(r) <= 1 ? r : r < 0 ? -1 : 1; }

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-14 * (1 + fabs(expected))))
        fail_msg("%.17g, not %.17g", found, expected);
}

static void expect_sum(const pair *p, double factor)
{
    double sums[2] = {0, 0};
    for (int i = 0; i < N; i++) {
        const double r = x_data[i] - y_data[i];
        sums[0] += r * r;
        sums[1] += huber_value(r);
        near(p->values[0][i], r * r);
        near(p->values[1][i], huber_value(r));
        near(p->gradient[i], (2 * r + factor * huber_slope(r)) / N);
    }
    near(p->results[0].value, sums[0] / N);
    near(p->results[1].value, sums[1] / N);
    near(p->total.value, (sums[0] + factor * sums[1]) / N);
    assert_int_equal(p->total.count, N);
    assert_true(p->total.normalizer == 1);
    assert_true(p->results[1].normalizer == N);
}

static void test_shared_gradient(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        pair p;
        const double factor = k == 0 ? 0.1 : k == 1 ? -2 : 0;
        make(&p, factor);
        assert_int_equal(lk_evaluate_sum(p.terms, 2, &p.total), LK_OK);
        expect_sum(&p, factor);
    }
}

static void test_accumulated_gradient(void **state)
{
    pair p;
    (void)state;
    make(&p, 0.1);
    for (int k = 0; k < 2; k++) p.calls[k].flags = LK_ACCUMULATE;
    assert_int_equal(lk_evaluate_sum(p.terms, 2, NULL), LK_OK);
    for (int i = 0; i < N; i++) {
        const double r = x_data[i] - y_data[i];
        near(p.gradient[i], 777 + (2 * r + 0.1 * huber_slope(r)) / N);
    }
}

/* An output of the second term alone beside one that it shares is written, not added to. */
static void test_output_of_one_term(void **state)
{
    pair p;
    (void)state;
    make(&p, 0.5);
    p.calls[1].target_gradient = &p.target_slope;
    p.calls[0].curvature = &p.bend;
    assert_int_equal(lk_evaluate_sum(p.terms, 2, &p.total), LK_OK);
    expect_sum(&p, 0.5);
    for (int i = 0; i < N; i++) {
        const double r = x_data[i] - y_data[i];
        near(p.target_gradient[i], -0.5 * huber_slope(r) / N);
        near(p.curvature[i], 2.0 / N);
    }
}

static void test_single_term(void **state)
{
    pair p;
    (void)state;
    make(&p, 3);
    assert_int_equal(lk_evaluate_sum(p.terms + 1, 1, &p.total), LK_OK);
    for (int i = 0; i < N; i++) near(p.gradient[i], 3 * huber_slope(x_data[i] - y_data[i]) / N);
    near(p.total.value, 3 * p.results[1].value);
    p.calls[1].gradient = &p.input; /* in place */
    assert_int_equal(lk_evaluate_sum(p.terms + 1, 1, &p.total), LK_OK);
    for (int i = 0; i < N; i++) near(p.x[i], 3 * huber_slope(x_data[i] - y_data[i]) / N);
}

/* A factor of 0 takes an infinite term away; a term of its own is cleared all the same. */
static void test_factor_zero(void **state)
{
    pair p;
    (void)state;
    make(&p, 0);
    p.terms[1].loss = LK_EXPONENTIAL;
    for (int i = 0; i < N; i++) p.y[i] = -1;
    p.x[2] = 1e6;
    assert_int_equal(lk_evaluate_sum(p.terms, 2, &p.total), LK_OK);
    assert_true(isinf(p.results[1].value));
    near(p.total.value, p.results[0].value);
    for (int i = 0; i < N; i++) near(p.gradient[i], 2 * (p.x[i] + 1) / N);
    p.calls[1].gradient = &p.bend;
    p.calls[1].target_gradient = NULL;
    assert_int_equal(lk_evaluate_sum(p.terms + 1, 1, &p.total), LK_OK);
    assert_true(p.total.value == 0);
    for (int i = 0; i < N; i++) assert_true(p.curvature[i] == 0);
}

static void test_empty(void **state)
{
    static const int64_t none = 0;
    pair p;
    (void)state;
    make(&p, 0.1);
    p.input = p.target = p.slope = p.value[0] = p.value[1] = lk_vector(NULL, LK_F64, &none);
    assert_int_equal(lk_evaluate_sum(p.terms, 2, &p.total), LK_OK);
    assert_true(p.total.value == 0 && p.total.count == 0);
}

/* ---- terms of other families ----------------------------------------------------------------- */

enum { ROWS = 3, CLASSES = 2 };

/* 3 rows of 2 numbers, which are scores of one term and features of the other. */
static void test_cross_entropy_and_center(void **state)
{
    static const int64_t labels[ROWS] = {1, 0, 1}, rows = ROWS, shape[2] = {ROWS, CLASSES},
                         square[2] = {CLASSES, CLASSES};
    static const double x[ROWS][CLASSES] = {{0.5, -1}, {2, 0.25}, {0, 3}};
    static const double c[CLASSES][CLASSES] = {{1, 0}, {-0.5, 2}};
    const double factor = 0.01;
    double gradient[ROWS][CLASSES], step[CLASSES][CLASSES];
    (void)state;
    for (int i = 0; i < ROWS * CLASSES; i++) gradient[i / CLASSES][i % CLASSES] = NAN;
    for (int i = 0; i < CLASSES * CLASSES; i++) step[i / CLASSES][i % CLASSES] = NAN;
    const lk_tensor input = lk_view(x, LK_F64, 2, shape),
                    slope = lk_view(gradient, LK_F64, 2, shape);
    const lk_tensor target = lk_vector(labels, LK_I64, &rows);
    const lk_tensor centers = lk_view(c, LK_F64, 2, square),
                    steps = lk_view(step, LK_F64, 2, square);
    lk_call calls[2] = {LK_CALL_INIT, LK_CALL_INIT};
    for (int k = 0; k < 2; k++) {
        calls[k].input = &input;
        calls[k].target = &target;
        calls[k].gradient = &slope;
    }
    calls[1].centers = &centers;
    calls[1].center_step = &steps;
    const lk_term terms[2] = {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, &calls[0]},
                              {LK_CENTER, NULL, 0, factor, &calls[1]}};
    lk_result total;
    assert_int_equal(lk_evaluate_sum(terms, 2, &total), LK_OK);
    double value = 0, sums[CLASSES][CLASSES] = {{0}}, counts[CLASSES] = {0};
    for (int i = 0; i < ROWS; i++) {
        const int64_t y = labels[i];
        const double all = exp(x[i][0]) + exp(x[i][1]);
        value += log(all) - x[i][y];
        counts[y]++;
        for (int j = 0; j < CLASSES; j++) {
            const double r = x[i][j] - c[y][j];
            value += factor * 0.5 * r * r;
            near(gradient[i][j], (exp(x[i][j]) / all - (j == y) + factor * r) / ROWS);
            sums[y][j] -= r;
        }
    }
    near(total.value, value / ROWS);
    /* What is to be subtracted from the centers: it knows neither factor nor reduction. */
    for (int y = 0; y < CLASSES; y++)
        for (int j = 0; j < CLASSES; j++) near(step[y][j], sums[y][j] / (1 + counts[y]));
}

/* The features of a training step: their gradient comes from both terms, whichever is first. */
typedef struct step {
    double x[ROWS * CLASSES], w[CLASSES * CLASSES], c[CLASSES * CLASSES];
    double gradient[ROWS * CLASSES], weights_gradient[CLASSES * CLASSES],
        center_step[CLASSES * CLASSES];
    lk_result total;
} step;

static lk_status run_step(step *s, int center_first, int derivatives)
{
    static const int64_t labels[ROWS] = {1, 0, 1}, rows = ROWS, shape[2] = {ROWS, CLASSES},
                         square[2] = {CLASSES, CLASSES};
    const lk_tensor x = lk_view(s->x, LK_F64, 2, shape),
                    slope = lk_view(s->gradient, LK_F64, 2, shape);
    const lk_tensor w = lk_view(s->w, LK_F64, 2, square), c = lk_view(s->c, LK_F64, 2, square);
    const lk_tensor w_slope = lk_view(s->weights_gradient, LK_F64, 2, square);
    const lk_tensor c_step = lk_view(s->center_step, LK_F64, 2, square);
    const lk_tensor target = lk_vector(labels, LK_I64, &rows);
    lk_call layer = LK_CALL_INIT, center = LK_CALL_INIT;
    layer.input = center.input = &x;
    layer.target = center.target = &target;
    layer.weights = &w;
    center.centers = &c;
    if (derivatives) {
        layer.gradient = center.gradient = &slope;
        layer.weights_gradient = &w_slope;
        center.center_step = &c_step;
    }
    lk_term terms[2];
    terms[center_first] = (lk_term){LK_LINEAR_CROSS_ENTROPY, NULL, 0, 2, &layer};
    terms[!center_first] = (lk_term){LK_CENTER, NULL, 0, 0.3, &center};
    return lk_evaluate_sum(terms, 2, &s->total);
}

static double slope_of(step *s, double *number)
{
    const double h = 0x1p-14, x = *number;
    *number = x + h;
    assert_int_equal(run_step(s, 0, 0), LK_OK);
    const double above = s->total.value;
    *number = x - h;
    assert_int_equal(run_step(s, 0, 0), LK_OK);
    *number = x;
    return (above - s->total.value) / (2 * h);
}

static void test_training_step(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        step s = {{0.5, -1, 2, 0.25, 0, 3},
                  {1, -0.5, 0.25, 2},
                  {1, 0, -0.5, 2},
                  {0},
                  {0},
                  {0},
                  {0, 0, 0}};
        for (int i = 0; i < ROWS * CLASSES; i++) s.gradient[i] = NAN;
        for (int i = 0; i < CLASSES * CLASSES; i++) s.weights_gradient[i] = s.center_step[i] = NAN;
        if (run_step(&s, first, 1) == LK_UNSUPPORTED) skip(); /* built without BLAS */
        for (int i = 0; i < ROWS * CLASSES; i++)
            assert_true(fabs(s.gradient[i] - slope_of(&s, &s.x[i])) < 1e-7);
        for (int i = 0; i < CLASSES * CLASSES; i++)
            assert_true(fabs(s.weights_gradient[i] - slope_of(&s, &s.w[i])) < 1e-7);
        near(s.center_step[0], (1 - 2) / 2.0); /* class 0 has the one row (2, 0.25) */
        near(s.center_step[1], (0 - 0.25) / 2.0);
    }
}

/* Large enough for several threads, with gaps that nobody may touch. */
static void test_threads_and_gaps(void **state)
{
    enum { LARGE = 150001 };
    static double x[LARGE], y[LARGE], shared[2][LARGE], gaps[2][2 * LARGE];
    static const int64_t large = LARGE, stride = 2;
    (void)state;
    for (int i = 0; i < LARGE; i++) x[i] = i % 7 - 3.25, y[i] = i % 5 - 2;
    for (int run = 0; run < 2; run++) {
        for (int i = 0; i < 2 * LARGE; i++) gaps[run][i] = 777;
        const lk_tensor input = lk_vector(x, LK_F64, &large), target = lk_vector(y, LK_F64, &large);
        const lk_tensor slope = lk_vector(shared[run], LK_F64, &large);
        lk_tensor other = lk_vector(gaps[run], LK_F64, &large);
        other.strides = (int64_t *)(uintptr_t)&stride;
        lk_call calls[2] = {LK_CALL_INIT, LK_CALL_INIT};
        for (int k = 0; k < 2; k++) {
            calls[k].input = &input;
            calls[k].target = &target;
            calls[k].gradient = &slope;
            calls[k].reduction = LK_SUM;
        }
        calls[1].target_gradient = &other;
        const lk_term terms[2] = {{LK_SQUARED_ERROR, NULL, 0, 1, &calls[0]},
                                  {LK_HUBER, NULL, 0, 4, &calls[1]}};
        lk_set_num_threads(run ? 4 : 1);
        assert_int_equal(lk_evaluate_sum(terms, 2, NULL), LK_OK);
        for (int i = 0; i < LARGE; i++) {
            near(gaps[run][2 * i], -4 * huber_slope(x[i] - y[i]));
            assert_true(gaps[run][2 * i + 1] == 777);
        }
    }
    lk_set_num_threads(0);
    assert_memory_equal(shared[0], shared[1], sizeof shared[0]);
    assert_memory_equal(gaps[0], gaps[1], sizeof gaps[0]);
}

/* ---- what is refused writes nothing --------------------------------------------------------- */

static void refuse(pair *p, int n_terms, const char *sentence)
{
    pair before = *p;
    assert_int_equal(lk_evaluate_sum(p->terms, n_terms, &p->total), LK_INVALID);
    assert_string_equal(lk_last_error(), sentence);
    assert_memory_equal(p, &before, sizeof before);
}

static void test_refusals(void **state)
{
    pair p;
    (void)state;
    make(&p, NAN);
    refuse(&p, 2, "sum: the factor nan of term 1 (huber) is not finite");
    make(&p, 1);
    refuse(&p, 0, "sum: there are no terms");
    p.terms[1].loss = (lk_loss)0;
    refuse(&p, 2, "there is no loss with id 0");
    make(&p, 1);
    p.calls[1].target = NULL;
    refuse(&p, 2, "huber: target is NULL");
    make(&p, 1);
    p.calls[1].reduction = LK_SUM;
    refuse(&p, 2, "sum: term 1 (huber) has reduction 1, term 0 (squared_error) has 0");
    make(&p, 1);
    p.calls[1].flags = LK_ACCUMULATE;
    refuse(&p, 2,
           "sum: terms 0 (squared_error) and 1 (huber) share gradient; both must "
           "accumulate, or neither");
}

static void test_refused_overlaps(void **state)
{
    pair p;
    (void)state;
    make(&p, 1);
    p.calls[1].value = &p.value[0];
    refuse(&p, 2,
           "sum: value of term 0 (squared_error) overlaps value of term 1 (huber) and "
           "cannot be added to it");
    make(&p, 1);
    p.calls[1].curvature = &p.slope;
    p.calls[1].gradient = NULL;
    refuse(&p, 2,
           "sum: gradient of term 0 (squared_error) overlaps curvature of term 1 (huber) "
           "and cannot be added to it");
    make(&p, 1);
    p.calls[0].gradient = &p.input;
    refuse(&p, 2,
           "sum: gradient of term 0 (squared_error) overlaps input of term 1 (huber), "
           "which it needs");
    make(&p, 1);
    p.calls[1].weight = &p.bend;
    p.calls[1].curvature = &p.bend;
    refuse(&p, 2,
           "sum: curvature of term 1 (huber) lies over its weight, while other outputs of "
           "the term are added to those of earlier terms");
    const int64_t shorter = N - 1;
    make(&p, 1);
    const lk_tensor shifted = lk_vector(p.gradient + 1, LK_F64, &shorter);
    p.input = p.target = p.value[1] = lk_vector(p.x, LK_F64, &shorter);
    p.target = lk_vector(p.y, LK_F64, &shorter);
    p.value[0] = lk_vector(p.values[0], LK_F64, &shorter);
    p.value[1] = lk_vector(p.values[1], LK_F64, &shorter);
    p.slope = lk_vector(p.gradient, LK_F64, &shorter);
    p.calls[1].gradient = &shifted;
    refuse(&p, 2,
           "sum: gradient of term 0 (squared_error) overlaps gradient of term 1 (huber) "
           "and cannot be added to it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_gradient),
        cmocka_unit_test(test_accumulated_gradient),
        cmocka_unit_test(test_output_of_one_term),
        cmocka_unit_test(test_single_term),
        cmocka_unit_test(test_factor_zero),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_cross_entropy_and_center),
        cmocka_unit_test(test_training_step),
        cmocka_unit_test(test_threads_and_gaps),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_overlaps),
    };
    return cmocka_run_group_tests_name("combine", tests, NULL, NULL);
}
