/* test_learn_mahalanobis.c: distances against scikit-learn's and NumPy's. */
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

#include "model.h"
#include "support/learn_numbers.h"

enum { D = 4, N = 60, QUERIES = 50 };

static double *features, *query, *weight;

static int read_numbers(void **state)
{
    (void)state;
    int64_t n;
    features = golden_numbers("mahalanobis.features", &n);
    query = golden_numbers("mahalanobis.query", &n);
    weight = golden_numbers("mahalanobis.weight", &n);
    return 0;
}

static int free_numbers(void **state)
{
    (void)state;
    free(features);
    free(query);
    free(weight);
    return 0;
}

static lk_model *trained(const lk_dataset *d, double shrinkage, double quantile)
{
    lk_model *m;
    if (lk_train_mahalanobis(d, 0, shrinkage, quantile, &m)) fail_msg("%s", lk_last_error());
    assert_int_equal(lk_gaussian_type.check(m), LK_OK);
    return m;
}

static double threshold_of(const lk_model *m)
{
    return *(const double *)lk_model_find(m, "threshold")->data;
}

static void check_distances(const lk_model *m, const lk_dataset *q, const char *golden)
{
    int64_t n;
    double *const expected = golden_numbers(golden, &n), scores[QUERIES];
    assert_int_equal(n, QUERIES);
    assert_int_equal(lk_model_predict(m, q, scores), LK_OK);
    for (int i = 0; i < QUERIES; i++) scores[i] += threshold_of(m);
    assert_all_near(golden, n, scores, expected, 1e-12);
    free(expected);
}

static double golden_number(const char *name, const char *of)
{
    char full[64];
    int64_t n;
    snprintf(full, sizeof full, "%s.%s", name, of);
    double *const numbers = golden_numbers(full, &n), first = numbers[0];
    free(numbers);
    return first;
}

static void is_scikit_learns(void **state)
{
    (void)state;
    static const char *const quantiles[] = {"0", "0.5", "0.95", "1"};
    for (int sparse = 0; sparse < 2; sparse++)
        for (int k = 0; k < 4; k++) {
            lk_dataset d = sparse ? sparse_data(N, D, features, NULL, NULL, 0)
                                  : dense_data(N, D, features, NULL, NULL, 0);
            lk_dataset q = sparse ? sparse_data(QUERIES, D, query, NULL, NULL, 0)
                                  : dense_data(QUERIES, D, query, NULL, NULL, 0);
            lk_model *const m = trained(&d, 0, strtod(quantiles[k], NULL));
            check_distances(m, &q, "mahalanobis.plain");
            assert_near("threshold", k, threshold_of(m),
                        golden_number("mahalanobis.quantile", quantiles[k]), 1e-12);
            lk_model_free(m);
            lk_dataset_free(&d);
            lk_dataset_free(&q);
        }
}

static void weighs_and_shrinks(void **state)
{
    (void)state;
    static const char *const shrinkages[] = {"0", "0.25", "1"};
    lk_dataset d = dense_data(N, D, features, NULL, weight, 0);
    lk_dataset q = dense_data(QUERIES, D, query, NULL, NULL, 0);
    int64_t n;
    double *const mean = golden_numbers("mahalanobis.mean", &n);
    for (int k = 0; k < 3; k++) {
        lk_model *const m = trained(&d, strtod(shrinkages[k], NULL), 0.9);
        char name[64];
        snprintf(name, sizeof name, "mahalanobis.shrunk.%s", shrinkages[k]);
        check_distances(m, &q, name);
        assert_all_near("mean", D, lk_model_find(m, "mean")->data, mean, 1e-14);
        assert_near("threshold", k, threshold_of(m),
                    golden_number("mahalanobis.weighted_quantile", shrinkages[k]), 1e-12);
        lk_model_free(m);
    }
    free(mean);
    lk_dataset_free(&d);
    lk_dataset_free(&q);
}

/* A row has the same bits wherever it stands; the training rows up to the quantile are normal. */
static void knows_its_own_rows(void **state)
{
    (void)state;
    lk_dataset d = dense_data(N, D, features, NULL, NULL, 0);
    lk_model *const m = trained(&d, 0, 0.9);
    double scores[N];
    int64_t classes[N], anomalies = 0;
    assert_int_equal(lk_model_predict(m, &d, scores), LK_OK);
    for (int64_t i = 0; i < N; i++) {
        lk_dataset one;
        double score;
        assert_int_equal(lk_dataset_take(&d, 1, &i, &one), LK_OK);
        assert_int_equal(lk_model_predict(m, &one, &score), LK_OK);
        assert_memory_equal(&score, &scores[i], sizeof score);
        lk_dataset_free(&one);
    }
    assert_int_equal(lk_model_classify(m, N, scores, classes), LK_OK);
    for (int i = 0; i < N; i++) anomalies += classes[i];
    assert_int_equal(anomalies, N / 10);
    double p[2 * N];
    assert_int_equal(lk_model_probabilities(m, N, scores, p), LK_UNSUPPORTED);
    lk_model_free(m);
    lk_dataset_free(&d);
}

/* Rows of other classes, and of no weight, change nothing. */
static void looks_at_normal_rows_alone(void **state)
{
    (void)state;
    double x[2 * N * D], y[2 * N], w[2 * N];
    for (int i = 0; i < 2 * N; i++) {
        y[i] = i % 2 ? 2 : 1;
        w[i] = i % 2 ? 1 : i == 8 ? 0 : 3;
        for (int j = 0; j < D; j++)
            x[i * D + j] = i % 2 || i == 8 ? 1e3 * i : features[i / 2 * D + j];
    }
    lk_dataset all = dense_data(2 * N, D, x, y, w, 3), normal = {0}, same = {0};
    int64_t rows[N], n = 0;
    for (int64_t i = 0; i < 2 * N; i += 2)
        if (i != 8) rows[n++] = i;
    assert_int_equal(lk_dataset_take(&all, n, rows, &normal), LK_OK);
    lk_model *a, *b;
    assert_int_equal(lk_train_mahalanobis(&all, 1, 0.1, 0.9, &a), LK_OK);
    assert_int_equal(lk_train_mahalanobis(&normal, 1, 0.1, 0.9, &b), LK_OK);
    assert_memory_equal(lk_model_find(a, "cholesky")->data, lk_model_find(b, "cholesky")->data,
                        D * D * sizeof(double));
    assert_true(threshold_of(a) == threshold_of(b));
    assert_int_equal(a->classes, 2);
    assert_int_equal(a->outputs, 1);
    lk_model_free(a);
    lk_model_free(b);
    lk_dataset_free(&all);
    lk_dataset_free(&normal);
    lk_dataset_free(&same);
}

/* Factors of 10^8 between features are no singularity. */
static void does_not_mind_units(void **state)
{
    (void)state;
    const double unit[D] = {1e8, 1e-8, 1, 1e4};
    double x[N * D], q[QUERIES * D];
    for (int i = 0; i < N * D; i++) x[i] = features[i] * unit[i % D];
    for (int i = 0; i < QUERIES * D; i++) q[i] = query[i] * unit[i % D];
    lk_dataset d = dense_data(N, D, x, NULL, NULL, 0), e = dense_data(QUERIES, D, q, NULL, NULL, 0);
    lk_model *const m = trained(&d, 0, 0.5);
    check_distances(m, &e, "mahalanobis.plain");
    lk_model_free(m);
    lk_dataset_free(&d);
    lk_dataset_free(&e);
}

/* The second look at the mean takes back what adding 100,000 numbers has lost. */
static void has_the_mean_to_the_last_digit(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    double *const x = malloc(MANY * sizeof *x);
    assert_non_null(x);
    double sum = 0; /* of what is exact: differences from the first */
    for (int i = 0; i < MANY; i++) {
        x[i] = 1e6 / 3 + (double)(i * 37 % 101);
        sum += x[i] - x[0];
    }
    lk_dataset d = dense_data(MANY, 1, x, NULL, NULL, 0);
    lk_model *const m = trained(&d, 0, 0.5);
    assert_near("mean", 0, *(const double *)lk_model_find(m, "mean")->data, x[0] + sum / MANY,
                DBL_EPSILON);
    lk_model_free(m);
    lk_dataset_free(&d);
    free(x);
}

/* L L^T is the covariance, shrunk off its diagonal, however many features there are; zeros are
 * above. */
static void factors_any_size(void **state)
{
    (void)state;
    enum { MOST = 101, ROWS = 150 };
    static double c[MOST * MOST];
    const int64_t size = ROWS;
    for (int64_t n = 1; n <= MOST; n += n < 10 ? 1 : 13) {
        lk_dataset d = random_classes(1, &size, n, (uint64_t)n);
        lk_model *const m = trained(&d, 0.1, 0.5);
        const double *const l = lk_model_find(m, "cholesky")->data;
        const double *const mean = lk_model_find(m, "mean")->data;
        memset(c, 0, sizeof c);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                for (int64_t r = 0; r < ROWS; r++)
                    c[i * n + j] +=
                        (d.dense[r * n + i] - mean[i]) * (d.dense[r * n + j] - mean[j]) / ROWS;
                if (i != j) c[i * n + j] *= 0.9;
            }
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                double sum = 0;
                for (int64_t k = 0; k < n; k++) sum += l[i * n + k] * l[j * n + k];
                assert_true(fabs(sum - c[i * n + j]) < 1e-13 * sqrt(c[i * n + i] * c[j * n + j]));
                if (j > i) assert_true(l[i * n + j] == 0);
            }
        lk_model_free(m);
        lk_dataset_free(&d);
    }
}

/* Any number of features and rows is right: against plain forward substitution. */
static void measures_any_size(void **state)
{
    (void)state;
    enum { MOST = 70, ROWS = 90 };
    for (int64_t n = 1; n <= MOST; n += n < 10 ? 1 : 15)
        for (int64_t rows = 1; rows < 7; rows++) {
            const int64_t size = ROWS;
            lk_dataset d = random_classes(1, &size, n, (uint64_t)n), q;
            int64_t some[7];
            double scores[7], z[MOST];
            for (int64_t i = 0; i < rows; i++) some[i] = i * 11;
            assert_int_equal(lk_dataset_take(&d, rows, some, &q), LK_OK);
            lk_model *const m = trained(&d, 0.1, 0.5);
            const double *const l = lk_model_find(m, "cholesky")->data;
            const double *const mean = lk_model_find(m, "mean")->data;
            assert_int_equal(lk_model_predict(m, &q, scores), LK_OK);
            for (int64_t i = 0; i < rows; i++) {
                double square = 0;
                for (int64_t j = 0; j < n; j++) {
                    z[j] = q.dense[i * n + j] - mean[j];
                    for (int64_t k = 0; k < j; k++) z[j] -= l[j * n + k] * z[k];
                    z[j] /= l[j * n + j];
                    square += z[j] * z[j];
                }
                assert_near("distance", i, scores[i] + threshold_of(m), sqrt(square), 1e-13);
            }
            lk_model_free(m);
            lk_dataset_free(&q);
            lk_dataset_free(&d);
        }
}

static void refuses(const lk_dataset *d, int64_t normal, double shrinkage, double quantile,
                    lk_status status, const char *told)
{
    lk_model *m = (lk_model *)(uintptr_t)1;
    assert_int_equal(lk_train_mahalanobis(d, normal, shrinkage, quantile, &m), status);
    assert_null(m);
    assert_told(told);
}

static void tells_what_is_singular(void **state)
{
    (void)state;
    double x[N * D];
    memcpy(x, features, sizeof x);
    for (int i = 0; i < N; i++) x[i * D + 3] = 0.1 * x[i * D] - 7 * x[i * D + 1] + 3;
    lk_dataset d = dense_data(N, D, x, NULL, NULL, 0);
    refuses(&d, 0, 0, 0.9, LK_OUT_OF_DOMAIN, "feature 3 follows");
    assert_told("shrinkage");
    lk_model_free(trained(&d, 0.01, 0.9));
    for (int k = 1; k < 40; k++) { /* rounding makes some of the pivots more than 0 */
        for (int i = 0; i < N; i++)
            d.dense[i * D + 3] = 0.1 * k * x[i * D] - 7 * x[i * D + 1] / k + x[i * D + 2];
        refuses(&d, 0, 0, 0.9, LK_OUT_OF_DOMAIN, "singular");
    }
    for (int i = 0; i < N; i++) d.dense[i * D + 2] = 0.1;
    refuses(&d, 0, 0.5, 0.9, LK_OUT_OF_DOMAIN, "feature 2 is constant");
    lk_dataset_free(&d);
    d = dense_data(3, D, features, NULL, NULL, 0); /* fewer rows than features */
    refuses(&d, 0, 0, 0.9, LK_OUT_OF_DOMAIN, "singular");
    lk_model_free(trained(&d, 0.5, 0.9));
    d.rows = 1;
    refuses(&d, 0, 0.5, 0.9, LK_OUT_OF_DOMAIN, "constant");
    lk_dataset_free(&d);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    double y[N];
    for (int i = 0; i < N; i++) y[i] = i % 2;
    lk_dataset d = dense_data(N, D, features, y, NULL, 3);
    refuses(&d, 3, 0, 0.9, LK_INVALID, "class 3");
    refuses(&d, -1, 0, 0.9, LK_INVALID, "class -1");
    refuses(&d, 2, 0, 0.9, LK_INVALID, "no rows of class 2");
    refuses(&d, 0, -0.1, 0.9, LK_INVALID, "shrinkage = -0.1");
    refuses(&d, 0, NAN, 0.9, LK_INVALID, "shrinkage");
    refuses(&d, 0, 0, 1.1, LK_INVALID, "quantile = 1.1");
    d.rows = 0;
    refuses(&d, 0, 0, 0.9, LK_INVALID, "no rows");
    d.rows = N;
    lk_model *const m = trained(&d, 0, 0.9);
    lk_model_remove(m, "threshold");
    assert_int_equal(lk_gaussian_type.check(m), LK_INVALID);
    assert_told("threshold");
    lk_model_free(m);
    for (int i = 0; i < N * D; i++) d.dense[i] *= 1e200;
    refuses(&d, 0, 0, 0.9, LK_OUT_OF_DOMAIN, "range");
    lk_dataset_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_scikit_learns),    cmocka_unit_test(weighs_and_shrinks),
        cmocka_unit_test(knows_its_own_rows),  cmocka_unit_test(looks_at_normal_rows_alone),
        cmocka_unit_test(does_not_mind_units), cmocka_unit_test(tells_what_is_singular),
        cmocka_unit_test(tells_what_is_wrong), cmocka_unit_test(factors_any_size),
        cmocka_unit_test(measures_any_size),   cmocka_unit_test(has_the_mean_to_the_last_digit),
    };
    return cmocka_run_group_tests_name("learn_mahalanobis", tests, read_numbers, free_numbers);
}
