/* test_learn_dual.c: descent in the dual against optima of conformance/dual.py, its gap, and what
 * has to leave an optimum as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linear_problem.h"

enum { ROWS = 24, FEATURES = 3, CLASSES = 3, MOST = 600 };
enum { MARGIN, NUMBER, LABEL, TARGETS };

typedef struct golden_case {
    char text[160];
    lk_loss loss;
    double params[LK_MAX_PARAMS], l2, objective;
    int n_params, bias, weighted, shifted, target;
} golden_case;

static double features[ROWS * FEATURES], target[TARGETS][ROWS], weight[ROWS], shift[ROWS];
static golden_case cases[MOST];
static int n_cases;

static void read_case(char *line, golden_case *c)
{
    char name[64];
    int used, at;
    snprintf(c->text, sizeof c->text, "%.*s", (int)strcspn(line, "\n"), line);
    assert_int_equal(sscanf(line, "%63s %d%n", name, &c->n_params, &at), 2);
    for (int k = 0; k < c->n_params; k++, at += used)
        assert_int_equal(sscanf(line + at, "%lf%n", &c->params[k], &used), 1);
    assert_int_equal(sscanf(line + at, "%d %d %d %lf %lf", &c->bias, &c->weighted, &c->shifted,
                            &c->l2, &c->objective),
                     5);
    c->loss = lk_loss_by_name(name);
    assert_true(c->loss > 0);
    const char *family = lk_loss_describe(c->loss)->family;
    c->target = !strcmp(family, "margin") ? MARGIN : !strcmp(family, "classes") ? LABEL : NUMBER;
}

static int read_golden(void **state)
{
    (void)state;
    char line[512];
    int row = 0;
    FILE *f = fopen(LOSSKIT_SOURCE_DIR "/tests/conformance/dual.txt", "r");
    if (!f) return 1;
    while (fgets(line, sizeof line, f)) {
        double v[8];
        if (*line == '#') continue;
        if (row == ROWS) {
            assert_true(n_cases < MOST);
            read_case(line, &cases[n_cases++]);
            continue;
        }
        assert_int_equal(sscanf(line, "%lf %lf %lf %lf %lf %lf %lf %lf", v, v + 1, v + 2, v + 3,
                                v + 4, v + 5, v + 6, v + 7),
                         8);
        memcpy(features + row * FEATURES, v, FEATURES * sizeof *v);
        for (int t = 0; t < TARGETS; t++) target[t][row] = v[3 + t];
        weight[row] = v[6];
        shift[row++] = v[7];
    }
    fclose(f);
    return n_cases < 100;
}

/* ---- solutions ----------------------------------------------------------------------------------
 */

static lk_dataset dense_rows(const double *x, int64_t n, int64_t d)
{
    const int64_t shape[] = {n, d};
    const lk_tensor t = lk_view(x, LK_F64, 2, shape);
    lk_dataset data;
    assert_int_equal(lk_dataset_create(&t, NULL, NULL, &data), LK_OK);
    return data;
}

/* Without the zeros. */
static lk_dataset sparse_rows(const double *x, int64_t n, int64_t d)
{
    int64_t *starts = calloc((size_t)n + 1, sizeof *starts);
    int32_t *columns = calloc((size_t)(n * d) + 1, sizeof *columns);
    double *values = calloc((size_t)(n * d) + 1, sizeof *values);
    assert_true(starts && columns && values);
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < d; j++)
            if (x[i * d + j] != 0) {
                columns[k] = (int32_t)j;
                values[k++] = x[i * d + j];
            }
        starts[i + 1] = k;
    }
    lk_dataset data;
    assert_int_equal(lk_dataset_create_sparse(n, d, starts, columns, values, NULL, NULL, &data),
                     LK_OK);
    free(starts);
    free(columns);
    free(values);
    return data;
}

static lk_linear_problem problem_of(const golden_case *c, const lk_dataset *data)
{
    return (lk_linear_problem){.data = data,
                               .loss = c->loss,
                               .params = c->params,
                               .n_params = c->n_params,
                               .l2 = c->l2,
                               .bias = (lk_bias)c->bias,
                               .outputs = c->target == LABEL ? CLASSES : 1,
                               .target = target[c->target],
                               .weight = c->weighted ? weight : NULL,
                               .shift = c->shifted ? shift : NULL,
                               .tolerance = 1e-10,
                               .seed = 5};
}

typedef struct solution {
    double w[CLASSES * FEATURES + CLASSES];
    lk_linear_report report;
} solution;

static solution solve(const lk_linear_problem *p)
{
    solution s;
    memset(&s, 0, sizeof s);
    double *bias = s.w + p->outputs * FEATURES;
    if (lk_solve_dual(p, s.w, bias, &s.report)) fail_msg("%s", lk_last_error());
    return s;
}

/* The objective, from its definition. */
static double objective(const lk_linear_problem *p, const double *w)
{
    const int64_t n = p->data->rows, k = p->outputs;
    double *z = calloc((size_t)(n * k), sizeof *z), sum = 0;
    int64_t *labels = calloc((size_t)n, sizeof *labels);
    assert_true(z && labels);
    for (int64_t i = 0; i < n; i++) {
        labels[i] = (int64_t)p->target[i];
        for (int64_t c = 0; c < k; c++) {
            z[i * k + c] = w[k * FEATURES + c];
            for (int j = 0; j < FEATURES; j++)
                z[i * k + c] += p->data->dense[i * FEATURES + j] * w[c * FEATURES + j];
        }
        if (p->shift) sum += p->shift[i] * z[i];
    }
    const int64_t shape[] = {n, k};
    const lk_tensor input = lk_view(z, LK_F64, k > 1 ? 2 : 1, shape);
    const lk_tensor truth =
        k > 1 ? lk_vector(labels, LK_I64, &n) : lk_vector(p->target, LK_F64, &n);
    const lk_tensor weights = lk_vector(p->weight, LK_F64, &n);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &truth;
    call.weight = p->weight ? &weights : NULL;
    call.result = &result;
    call.reduction = LK_SUM;
    assert_int_equal(lk_evaluate(p->loss, p->params, p->n_params, &call), LK_OK);
    double square = 0;
    for (int64_t c = 0; c < k * (FEATURES + (p->bias == LK_BIAS_PENALISED)); c++)
        square += w[c] * w[c];
    free(z);
    free(labels);
    return (sum + result.value) / (double)n + 0.5 * p->l2 * square;
}

static void near(const char *text, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fabs(want) + 1e-9))
        fail_msg("%s: %.15g, not %.15g", text, got, want);
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void test_optima(void **state)
{
    (void)state;
    const lk_dataset sets[] = {dense_rows(features, ROWS, FEATURES),
                               sparse_rows(features, ROWS, FEATURES)};
    for (int k = 0; k < n_cases; k++)
        for (int sparse = 0; sparse < 2; sparse++) {
            const lk_linear_problem p = problem_of(&cases[k], &sets[sparse]);
            const solution s = solve(&p);
            if (!s.report.converged) fail_msg("%s: not converged", cases[k].text);
            near(cases[k].text, s.report.objective, cases[k].objective, 1e-8);
            lk_linear_problem dense = p;
            dense.data = &sets[0];
            near(cases[k].text, objective(&dense, s.w), s.report.objective, 1e-13);
            if (p.bias == LK_BIAS_NONE && s.w[p.outputs * FEATURES] != 0)
                fail_msg("%s: a bias", cases[k].text);
        }
    lk_dataset_free((lk_dataset *)(uintptr_t)&sets[0]);
    lk_dataset_free((lk_dataset *)(uintptr_t)&sets[1]);
}

/* After any number of passes the gap bounds how far the objective is from the optimum. */
static void test_gap(void **state)
{
    (void)state;
    lk_dataset data = dense_rows(features, ROWS, FEATURES);
    int finite = 0, positive = 0;
    for (int k = 0; k < n_cases; k++)
        for (int64_t passes = 1; passes < 40; passes = 2 * passes + 1) {
            lk_linear_problem p = problem_of(&cases[k], &data);
            p.iterations = passes;
            const lk_linear_report r = solve(&p).report;
            assert_true(r.iterations <= passes);
            assert_int_equal(r.solver, LK_SOLVER_DUAL);
            const double slack = 1e-9 * (1 + fabs(r.objective));
            if (!(r.objective >= cases[k].objective - slack) ||
                !(r.objective - r.gap <= cases[k].objective + slack) || !(r.gap >= -slack))
                fail_msg("%s, %d passes: objective %.12g, gap %g", cases[k].text, (int)passes,
                         r.objective, r.gap);
            finite += isfinite(r.gap) != 0;
            positive += r.gap > slack;
        }
    lk_dataset_free(&data);
    assert_true(finite > 3 * n_cases && positive > n_cases);
}

/* Looser stopping rules stop earlier, and keep their promise. */
static void test_tolerance(void **state)
{
    (void)state;
    lk_dataset data = dense_rows(features, ROWS, FEATURES);
    int64_t passes[4] = {0, 0, 0, 0};
    static const double tolerances[] = {0, 1e-3, 1e-6, 1e-10};
    for (int k = 0; k < n_cases; k++)
        for (int t = 0; t < 4; t++) {
            lk_linear_problem p = problem_of(&cases[k], &data);
            p.tolerance = tolerances[t];
            const lk_linear_report r = solve(&p).report;
            assert_true(r.converged);
            assert_true(r.gap <= (t ? tolerances[t] : 1e-2) * fabs(r.objective) + 1e-12);
            passes[t] += r.iterations;
        }
    lk_dataset_free(&data);
    assert_true(passes[1] < passes[2] && passes[2] < passes[3] && passes[0] < passes[2]);
}

/* A weight of 2 is the row twice, a weight of 0 is no row. */
static void test_weights_are_repetitions(void **state)
{
    (void)state;
    enum { MOST_ROWS = 3 * ROWS };
    static const double times[] = {2, 0, 1, 3, 1};
    double x[MOST_ROWS * FEATURES], y[MOST_ROWS], counts[ROWS];
    lk_dataset once = dense_rows(features, ROWS, FEATURES);
    for (int k = 0; k < n_cases; k++) {
        if (cases[k].weighted) continue;
        int64_t n = 0;
        for (int i = 0; i < ROWS; i++) {
            counts[i] = times[i % 5];
            for (int c = 0; c < (int)counts[i]; c++, n++) {
                memcpy(x + n * FEATURES, features + i * FEATURES, FEATURES * sizeof *x);
                y[n] = target[cases[k].target][i];
            }
        }
        lk_dataset repeated = dense_rows(x, n, FEATURES);
        lk_linear_problem p = problem_of(&cases[k], &repeated);
        p.target = y;
        const double want = solve(&p).report.objective;
        p = problem_of(&cases[k], &once);
        p.weight = counts;
        p.l2 *= (double)n / ROWS; /* the mean is over more rows there */
        near(cases[k].text, solve(&p).report.objective * ROWS / (double)n, want, 2e-9);
        lk_dataset_free(&repeated);
    }
    lk_dataset_free(&once);
}

static void same_bits(const solution *a, const solution *b)
{
    assert_memory_equal(a->w, b->w, sizeof a->w);
    assert_memory_equal(&a->report.gap, &b->report.gap, sizeof a->report.gap);
    assert_int_equal(a->report.iterations, b->report.iterations);
}

static void test_threads_and_seeds(void **state)
{
    (void)state;
    lk_dataset data = dense_rows(features, ROWS, FEATURES);
    int differ = 0;
    for (int k = 0; k < n_cases; k += 5) {
        lk_linear_problem p = problem_of(&cases[k], &data);
        lk_set_num_threads(1);
        const solution one = solve(&p);
        lk_set_num_threads(5);
        const solution five = solve(&p);
        lk_set_num_threads(0);
        same_bits(&one, &five);
        p.seed++;
        const solution other = solve(&p);
        differ += memcmp(one.w, other.w, sizeof one.w) != 0;
        near(cases[k].text, other.report.objective, one.report.objective, 1e-9);
    }
    lk_dataset_free(&data);
    assert_true(differ > 5);
}

/* Enough rows that most are left out, and products that several threads share. */
static void test_shrinking(void **state)
{
    (void)state;
    enum { MANY = 6000, WIDE = FEATURES };
    double *x = calloc(MANY * WIDE, sizeof *x), *y = calloc(MANY, sizeof *y);
    assert_true(x && y);
    lk_random random = {11};
    for (int i = 0; i < MANY; i++) {
        for (int j = 0; j < WIDE; j++) x[i * WIDE + j] = lk_random_normal(&random);
        y[i] = x[i * WIDE] - x[i * WIDE + 1] + 0.3 * lk_random_normal(&random) > 0.2 ? 1 : -1;
    }
    lk_dataset data = dense_rows(x, MANY, WIDE);
    for (int bias = 0; bias < 3; bias++) {
        const golden_case c = {.loss = LK_HINGE, .l2 = 1e-3, .bias = bias};
        lk_linear_problem p = problem_of(&c, &data);
        p.target = y;
        const solution s = solve(&p);
        assert_true(s.report.converged);
        /* The objective's slope is 0, but for rows on their kink, which have a choice. */
        double slope[WIDE + 1] = {0}, choice[WIDE + 1] = {0};
        int kinks = 0;
        for (int i = 0; i < MANY; i++) {
            double z = s.w[WIDE];
            for (int j = 0; j < WIDE; j++) z += s.w[j] * x[i * WIDE + j];
            const int kink = fabs(y[i] * z - 1) < 1e-5;
            kinks += kink;
            for (int j = 0; j <= WIDE; j++) {
                const double v = j < WIDE ? x[i * WIDE + j] : 1;
                if (kink)
                    choice[j] += fabs(v) / MANY;
                else if (y[i] * z < 1)
                    slope[j] -= y[i] * v / MANY;
            }
        }
        assert_true(kinks < 10);
        for (int j = 0; j < WIDE + (bias != LK_BIAS_NONE); j++) {
            const double pull = j == WIDE && bias == LK_BIAS_FREE ? 0 : p.l2 * s.w[j];
            assert_true(fabs(slope[j] + pull) <= choice[j] + 1e-9);
        }
        lk_set_num_threads(1);
        const solution alone = solve(&p);
        lk_set_num_threads(0);
        same_bits(&s, &alone);
    }
    lk_dataset_free(&data);
    free(x);
    free(y);
}

static void test_one_class_and_few_rows(void **state)
{
    (void)state;
    double ones[ROWS];
    for (int i = 0; i < ROWS; i++) ones[i] = 1;
    for (int64_t n = 1; n <= ROWS; n += ROWS - 1) {
        lk_dataset data = dense_rows(features, n, FEATURES);
        for (int k = 0; k < n_cases; k++) {
            if (cases[k].shifted) continue;
            lk_linear_problem p = problem_of(&cases[k], &data);
            p.target = ones;
            const solution s = solve(&p);
            if (!s.report.converged) fail_msg("%s: not converged", cases[k].text);
            const int constant = p.bias == LK_BIAS_FREE; /* serves all rows at no cost */
            if (constant && !(s.report.objective <= 1e-9)) fail_msg("%s", cases[k].text);
        }
        lk_dataset_free(&data);
    }
}

static void test_nothing_to_learn(void **state)
{
    (void)state;
    double none[ROWS] = {0};
    none[3] = 1e-320; /* of which nothing can be divided */
    lk_dataset data = dense_rows(features, ROWS, FEATURES), empty = dense_rows(features, ROWS, 0);
    for (int k = 0; k < n_cases; k++) {
        if (cases[k].shifted) continue;
        lk_linear_problem p = problem_of(&cases[k], &data);
        p.weight = none;
        solution s = solve(&p);
        assert_true(s.report.converged && s.report.objective < 1e-300);
        p = problem_of(&cases[k], &empty); /* the bias alone */
        double bias[CLASSES] = {0};
        lk_linear_report r;
        if (lk_solve_dual(&p, bias, bias, &r)) fail_msg("%s", lk_last_error());
        if (!r.converged) fail_msg("%s: not converged", cases[k].text);
    }
    lk_dataset_free(&data);
    lk_dataset_free(&empty);
}

/* A shift that all rows have to answer with the slope that it takes, while the first pass sends
 * them the other way: there is no bound until they have turned round. */
static void test_no_bound_yet(void **state)
{
    (void)state;
    double low[ROWS], pushed[ROWS];
    for (int i = 0; i < ROWS; i++) {
        low[i] = -5 - target[NUMBER][i];
        pushed[i] = 0.9;
    }
    lk_dataset data = dense_rows(features, ROWS, FEATURES);
    const golden_case c = {.loss = LK_ABSOLUTE_ERROR, .l2 = 0.1, .target = NUMBER};
    lk_linear_problem p = problem_of(&c, &data);
    p.target = low;
    p.shift = pushed;
    p.iterations = 1;
    assert_true(solve(&p).report.gap == HUGE_VAL);
    p.iterations = 0;
    const lk_linear_report r = solve(&p).report;
    assert_true(r.converged && r.gap <= 1e-10 * fabs(r.objective));
    lk_dataset_free(&data);
}

static void refused(const lk_linear_problem *p, lk_status want, const char *word)
{
    solution s;
    memset(&s, 0, sizeof s);
    assert_int_equal(lk_solve_dual(p, s.w, s.w + p->outputs * FEATURES, &s.report), want);
    if (!strstr(lk_last_error(), word)) fail_msg("\"%s\" without %s", lk_last_error(), word);
}

static void test_refusals(void **state)
{
    (void)state;
    double huge[ROWS * FEATURES];
    for (int k = 0; k < ROWS * FEATURES; k++) huge[k] = features[k] * 1e200;
    lk_dataset data = dense_rows(features, ROWS, FEATURES);
    lk_dataset large = dense_rows(huge, ROWS, FEATURES);
    const golden_case *const pick[] = {&cases[0], &cases[n_cases - 1]};
    for (int k = 0; k < 2; k++) {
        lk_linear_problem p = problem_of(pick[k], &data);
        p.l1 = 0.25;
        refused(&p, LK_UNSUPPORTED, "l1 = 0.25");
        p = problem_of(pick[k], &data);
        p.l2 = 0;
        refused(&p, LK_UNSUPPORTED, "l2 = 0");
        p.l2 = 1e-320;
        refused(&p, LK_UNSUPPORTED, "l2 = ");
        p = problem_of(pick[k], &large);
        refused(&p, LK_OUT_OF_DOMAIN, "row 0");
    }
    lk_linear_problem p = problem_of(&cases[0], &data);
    p.loss = LK_LOGISTIC;
    refused(&p, LK_UNSUPPORTED, "logistic");
    double far[ROWS];
    for (int i = 0; i < ROWS; i++) far[i] = 1e308;
    p.loss = LK_ABSOLUTE_ERROR;
    p.target = far;
    refused(&p, LK_OUT_OF_DOMAIN, "objective");
    lk_dataset_free(&data);
    lk_dataset_free(&large);
}

static int stop_at_third(void *context, const lk_progress *progress)
{
    int *calls = context;
    assert_true(progress->loss > 0 && progress->measure >= 0);
    return ++*calls == 3;
}

static void test_progress(void **state)
{
    (void)state;
    lk_dataset data = dense_rows(features, ROWS, FEATURES);
    lk_linear_problem p = problem_of(&cases[0], &data);
    int calls = 0;
    p.tolerance = 1e-14;
    p.progress = stop_at_third;
    p.context = &calls;
    const solution s = solve(&p);
    assert_int_equal(calls, 3);
    assert_true(s.report.stopped);
    lk_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optima),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_tolerance),
        cmocka_unit_test(test_weights_are_repetitions),
        cmocka_unit_test(test_threads_and_seeds),
        cmocka_unit_test(test_shrinking),
        cmocka_unit_test(test_one_class_and_few_rows),
        cmocka_unit_test(test_nothing_to_learn),
        cmocka_unit_test(test_no_bound_yet),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, read_golden, NULL);
}
