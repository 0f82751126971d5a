/* test_learn_resample.c: what over-sampling, under-sampling and SMOTE may and may not do. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "neighbours.h"
#include "sample_rows.h"
#include "support/learn_numbers.h"

enum { D = 4, CLASSES = 4 };
static const int64_t sizes[CLASSES] = {120, 31, 0, 7};

static lk_dataset sample(void)
{
    lk_dataset d = random_classes(CLASSES, sizes, D, 12);
    d.weight = malloc((size_t)d.rows * sizeof *d.weight);
    assert_non_null(d.weight);
    for (int64_t i = 0; i < d.rows; i++) d.weight[i] = 1 + (double)(i % 5);
    return d;
}

static lk_dataset resampled(const lk_dataset *d, lk_resample method, double ratio, uint64_t seed)
{
    lk_resample_options o = LK_RESAMPLE_OPTIONS_INIT;
    o.method = method;
    o.ratio = ratio;
    o.seed = seed;
    lk_dataset out;
    if (lk_resample_rows(d, &o, &out)) fail_msg("%s", lk_last_error());
    return out;
}

static void check_sizes(const lk_dataset *d, const int64_t *expected)
{
    int64_t count[CLASSES] = {0};
    for (int64_t i = 0; i < d->rows; i++) count[(int)d->target[i]]++;
    for (int c = 0; c < CLASSES; c++) assert_int_equal(count[c], expected[c]);
}

static void value_of(const lk_dataset *d, int64_t i, double *x)
{
    memset(x, 0, D * sizeof *x);
    lk_row_add(lk_row_of(d, i), 1, x);
}

/* The row of d that row i of e is, or -1. */
static int64_t find(const lk_dataset *d, const lk_dataset *e, int64_t i)
{
    double x[D], y[D];
    value_of(e, i, x);
    for (int64_t k = 0; k < d->rows; k++) {
        value_of(d, k, y);
        if (!memcmp(x, y, sizeof x) && d->target[k] == e->target[i] && d->weight[k] == e->weight[i])
            return k;
    }
    return -1;
}

static void over_sampling_repeats_rows_of_their_class(void **state)
{
    (void)state;
    for (int sparse = 0; sparse < 2; sparse++)
        for (int half = 0; half < 2; half++) {
            lk_dataset dense = sample(), d = sparse ? made_sparse(&dense, -1) : sample();
            lk_dataset e = resampled(&d, LK_RESAMPLE_OVER, half ? 0.5 : 1, 3);
            const int64_t whole[CLASSES] = {120, 120, 0, 120}, halves[CLASSES] = {120, 60, 0, 60};
            check_sizes(&e, half ? halves : whole);
            for (int64_t i = 0; i < e.rows; i++) {
                const int64_t from = find(&d, &e, i);
                assert_true(i < d.rows ? from == i : from >= 0);
                if (i > d.rows) assert_true(e.target[i] >= e.target[i - 1]);
            }
            lk_dataset_free(&dense);
            lk_dataset_free(&d);
            lk_dataset_free(&e);
        }
}

static void under_sampling_leaves_rows_out(void **state)
{
    (void)state;
    for (int half = 0; half < 2; half++) {
        lk_dataset d = sample(), e = resampled(&d, LK_RESAMPLE_UNDER, half ? 0.5 : 1, 3);
        const int64_t whole[CLASSES] = {7, 7, 0, 7}, twice[CLASSES] = {14, 14, 0, 7};
        check_sizes(&e, half ? twice : whole);
        int64_t last = -1;
        for (int64_t i = 0; i < e.rows; i++) {
            const int64_t from = find(&d, &e, i);
            assert_true(from > last);
            last = from;
        }
        lk_dataset_free(&d);
        lk_dataset_free(&e);
    }
}

/* The rows among which i is to find its k nearest: the squares of all distances, sorted by plain
 * insertion; returns the k-th. */
static double kth_distance(const lk_dataset *d, int64_t i, int64_t k)
{
    double best[8], x[D], y[D];
    int64_t found = 0;
    value_of(d, i, x);
    for (int64_t other = 0; other < d->rows; other++) {
        if (other == i || d->target[other] != d->target[i]) continue;
        value_of(d, other, y);
        double square = 0;
        for (int j = 0; j < D; j++) square += (x[j] - y[j]) * (x[j] - y[j]);
        int64_t at = found < k ? found++ : square < best[k - 1] ? k - 1 : k;
        if (at == k) continue;
        for (; at > 0 && square < best[at - 1]; at--) best[at] = best[at - 1];
        best[at] = square;
    }
    return sqrt(best[found - 1]);
}

/* Whether z = a + u (b - a) with u in [0, 1], to rounding. */
static int on_segment(const double *z, const double *a, const double *b, double *u)
{
    double along = 0, length = 0, off = 0;
    for (int j = 0; j < D; j++) {
        along += (z[j] - a[j]) * (b[j] - a[j]);
        length += (b[j] - a[j]) * (b[j] - a[j]);
    }
    *u = length > 0 ? along / length : 0;
    for (int j = 0; j < D; j++) off += fabs(z[j] - a[j] - *u * (b[j] - a[j]));
    return off < 1e-12 && *u >= -1e-12 && *u <= 1 + 1e-12;
}

/* Every new point lies between a row of its class and one of the row's 5 nearest. */
static int has_origin(const lk_dataset *d, const lk_dataset *e, int64_t i)
{
    double z[D], a[D], b[D], u;
    value_of(e, i, z);
    for (int64_t k = 0; k < d->rows; k++) {
        if (d->target[k] != e->target[i]) continue;
        value_of(d, k, a);
        const double reach = kth_distance(d, k, 5);
        for (int64_t l = 0; l < d->rows; l++) {
            if (d->target[l] != e->target[i] || l == k) continue;
            value_of(d, l, b);
            double square = 0;
            for (int j = 0; j < D; j++) square += (a[j] - b[j]) * (a[j] - b[j]);
            if (sqrt(square) <= reach * (1 + 1e-12) && on_segment(z, a, b, &u) &&
                fabs(e->weight[i] - d->weight[k] - u * (d->weight[l] - d->weight[k])) < 1e-6)
                return 1;
        }
    }
    return 0;
}

static void smote_stays_between_neighbours_of_a_class(void **state)
{
    (void)state;
    const int64_t expected[CLASSES] = {120, 120, 0, 120};
    for (int sparse = 0; sparse < 2; sparse++) {
        lk_dataset dense = sample(), d = sparse ? made_sparse(&dense, -1) : sample();
        lk_dataset e = resampled(&d, LK_RESAMPLE_SMOTE, 1, 3);
        check_sizes(&e, expected);
        int64_t fresh = 0;
        for (int64_t i = 0; i < e.rows; i++) {
            const int64_t from = find(&d, &e, i);
            if (i < d.rows) assert_int_equal(from, i);
            if (i < d.rows) continue;
            fresh += from < 0;
            if (!has_origin(&d, &e, i)) fail_msg("point %lld comes from nowhere", (long long)i);
        }
        assert_true(fresh > (e.rows - d.rows) * 9 / 10);
        if (sparse) { /* as a data set that a caller could have made */
            lk_dataset whole;
            assert_int_equal(lk_dataset_create_sparse(e.rows, e.features, e.starts, e.columns,
                                                      e.values, e.target, e.weight, &whole),
                             LK_OK);
            lk_dataset_free(&whole);
        }
        lk_dataset_free(&dense);
        lk_dataset_free(&d);
        lk_dataset_free(&e);
    }
}

static void neighbours_are_those_of_brute_force(void **state)
{
    (void)state;
    enum { N = 700, K = 7 };
    const int64_t one[1] = {N};
    static int64_t rows[N], nearest[N * K];
    for (int sparse = 0; sparse < 2; sparse++) {
        lk_dataset dense = random_classes(1, one, D, 2);
        for (int64_t i = 0; i < N * D; i++) dense.dense[i] += 1e7; /* what they share cancels */
        lk_dataset d = sparse ? made_sparse(&dense, -1) : random_classes(1, one, D, 2);
        for (int64_t i = 0; i < N; i++) rows[i] = i;
        assert_int_equal(lk_nearest_rows(sparse ? &d : &dense, N, rows, K, nearest), LK_OK);
        for (int64_t i = 0; i < N; i++)
            for (int64_t k = 0; k < K; k++) {
                double x[D], y[D], square = 0;
                value_of(&dense, i, x);
                value_of(&dense, nearest[i * K + k], y);
                for (int j = 0; j < D; j++) square += (x[j] - y[j]) * (x[j] - y[j]);
                assert_int_not_equal(nearest[i * K + k], i);
                assert_near("distance", i, sqrt(square), kth_distance(&dense, i, k + 1), 1e-9);
            }
        lk_dataset_free(&dense);
        lk_dataset_free(&d);
    }
}

static void smote_of_one_and_two_rows(void **state)
{
    (void)state;
    const int64_t few[3] = {9, 1, 2};
    lk_dataset d = random_classes(3, few, D, 12);
    d.weight = calloc((size_t)d.rows, sizeof *d.weight);
    lk_dataset e = resampled(&d, LK_RESAMPLE_SMOTE, 1, 3);
    assert_int_equal(e.rows, 27);
    for (int64_t i = d.rows; i < e.rows; i++) {
        if (e.target[i] == 1) assert_true(find(&d, &e, i) >= 0);
        if (e.target[i] == 2) assert_true(find(&d, &e, i) < 0);
    }
    lk_dataset_free(&d);
    lk_dataset_free(&e);
}

static void noise_has_the_deviations_of_the_features(void **state)
{
    (void)state;
    const int64_t two[2] = {20000, 10};
    lk_dataset d = random_classes(2, two, D, 12), e;
    for (int64_t i = 0; i < d.rows; i++) d.dense[i * D + 1] *= 100, d.dense[i * D + 2] = 5;
    lk_scaling s;
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_STANDARD, &s), LK_OK);
    lk_resample_options o = LK_RESAMPLE_OPTIONS_INIT;
    o.noise = 0.01;
    assert_int_equal(lk_resample_rows(&d, &o, &e), LK_OK);
    assert_memory_equal(e.dense, d.dense, (size_t)(d.rows * D) * sizeof(double));
    double square[D] = {0};
    for (int64_t i = d.rows; i < e.rows; i++) {
        double best = HUGE_VAL;
        int64_t from = -1;
        for (int64_t k = 0; k < d.rows; k++) { /* the 10 rows are far apart */
            if (d.target[k] != 1) continue;
            double far = 0;
            for (int j = 0; j < D; j++)
                far += fabs(e.dense[i * D + j] - d.dense[k * D + j]) * s.factor[j];
            if (far < best) best = far, from = k;
        }
        for (int j = 0; j < D; j++)
            square[j] += pow((e.dense[i * D + j] - d.dense[from * D + j]) * s.factor[j], 2);
        assert_true(e.dense[i * D + 2] == 5);
    }
    for (int j = 0; j < D; j++)
        if (j != 2) assert_near("noise", j, sqrt(square[j] / 19990) / 0.01, 1, 0.03);
    lk_scaling_free(&s);
    lk_dataset_free(&d);
    lk_dataset_free(&e);
}

/* The objective over repeated rows is that over the old ones, each weighed by how often it is
 * there.
 */
static double logistic_loss(const lk_dataset *d, const double *times)
{
    const double w[D] = {0.5, -1, 2, 0.25};
    double *const score = malloc((size_t)d->rows * sizeof(double));
    double *const y = malloc((size_t)d->rows * sizeof(double));
    double *const weight = malloc((size_t)d->rows * sizeof(double));
    for (int64_t i = 0; i < d->rows; i++) {
        score[i] = lk_row_dot(lk_row_of(d, i), w);
        y[i] = d->target[i] == 1 ? 1 : -1;
        weight[i] = d->weight[i] * (times ? times[i] : 1);
    }
    const lk_tensor a = lk_vector(score, LK_F64, &d->rows), b = lk_vector(y, LK_F64, &d->rows);
    const lk_tensor c = lk_vector(weight, LK_F64, &d->rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &a;
    call.target = &b;
    call.weight = &c;
    call.result = &result;
    call.reduction = LK_SUM;
    assert_int_equal(lk_logistic(&call, 0), LK_OK);
    free(score);
    free(y);
    free(weight);
    return result.value;
}

static void repetition_is_weight(void **state)
{
    (void)state;
    lk_dataset d = sample(), e = resampled(&d, LK_RESAMPLE_OVER, 1, 4);
    double *const times = calloc((size_t)d.rows, sizeof *times);
    for (int64_t i = 0; i < e.rows; i++) times[find(&d, &e, i)]++;
    assert_near("objective", 0, logistic_loss(&e, NULL), logistic_loss(&d, times), 1e-13);
    assert_true(fabs(logistic_loss(&e, NULL) - logistic_loss(&d, NULL)) > 1);
    free(times);
    lk_dataset_free(&d);
    lk_dataset_free(&e);
}

static void follows_the_seed(void **state)
{
    (void)state;
    lk_dataset d = sample();
    for (lk_resample method = LK_RESAMPLE_OVER; method <= LK_RESAMPLE_SMOTE; method++) {
        lk_dataset a = resampled(&d, method, 1, 3), b = resampled(&d, method, 1, 3);
        lk_dataset c = resampled(&d, method, 1, 4);
        const size_t size = (size_t)(a.rows * D) * sizeof(double);
        assert_memory_equal(a.dense, b.dense, size);
        assert_memory_not_equal(a.dense, c.dense, size);
        lk_dataset_free(&a);
        lk_dataset_free(&b);
        lk_dataset_free(&c);
    }
    lk_dataset e = resampled(&d, LK_RESAMPLE_NONE, 1, 3);
    assert_int_equal(e.rows, d.rows);
    assert_memory_equal(e.dense, d.dense, (size_t)(d.rows * D) * sizeof(double));
    lk_dataset_free(&d);
    lk_dataset_free(&e);
}

static void nothing_stays_nothing(void **state)
{
    (void)state;
    const int64_t none[2] = {0, 0};
    lk_dataset d = random_classes(2, none, D, 1);
    for (lk_resample method = LK_RESAMPLE_NONE; method <= LK_RESAMPLE_SMOTE; method++) {
        lk_dataset e = resampled(&d, method, 1, 3);
        assert_int_equal(e.rows, 0);
        assert_int_equal(e.classes, 2);
        lk_dataset_free(&e);
    }
    lk_dataset_free(&d);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        lk_resample method;
        double ratio, noise;
        int64_t neighbours;
        const char *told;
    } cases[] = {
        {(lk_resample)9, 1, 0, 5, "no method 9"},     {LK_RESAMPLE_OVER, 0, 0, 5, "ratio = 0"},
        {LK_RESAMPLE_OVER, 1.5, 0, 5, "ratio = 1.5"}, {LK_RESAMPLE_OVER, NAN, 0, 5, "ratio"},
        {LK_RESAMPLE_SMOTE, 1, 0, 0, "0 neighbours"}, {LK_RESAMPLE_OVER, 1, -1, 5, "noise = -1"},
        {LK_RESAMPLE_SMOTE, 1, 1, 5, "noise"}};
    lk_dataset d = sample(), e, s = made_sparse(&d, 0);
    lk_resample_options o = LK_RESAMPLE_OPTIONS_INIT;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        o.method = cases[k].method;
        o.ratio = cases[k].ratio;
        o.noise = cases[k].noise;
        o.neighbours = cases[k].neighbours;
        assert_int_equal(lk_resample_rows(&d, &o, &e), LK_INVALID);
        assert_told(cases[k].told);
        assert_null(e.dense);
    }
    const lk_resample_options fresh = LK_RESAMPLE_OPTIONS_INIT;
    o = fresh;
    o.noise = 1;
    assert_int_equal(lk_resample_rows(&s, &o, &e), LK_UNSUPPORTED);
    o = fresh;
    d.target[3] = -1;
    assert_int_equal(lk_resample_rows(&d, &o, &e), LK_OUT_OF_DOMAIN);
    assert_told("target[3] = -1");
    d.classes = 0;
    assert_int_equal(lk_resample_rows(&d, &o, &e), LK_INVALID);
    assert_told("numbers");
    lk_dataset_free(&d);
    lk_dataset_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_sampling_repeats_rows_of_their_class),
        cmocka_unit_test(under_sampling_leaves_rows_out),
        cmocka_unit_test(smote_stays_between_neighbours_of_a_class),
        cmocka_unit_test(neighbours_are_those_of_brute_force),
        cmocka_unit_test(smote_of_one_and_two_rows),
        cmocka_unit_test(noise_has_the_deviations_of_the_features),
        cmocka_unit_test(repetition_is_weight),
        cmocka_unit_test(follows_the_seed),
        cmocka_unit_test(nothing_stays_nothing),
        cmocka_unit_test(tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("learn_resample", tests, NULL, NULL);
}
