/* test_learn_scaling.c: scalings against scikit-learn's, and what they do with constants, sparse
 * rows and the ends of the range of doubles. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_numbers.h"

static const struct {
    lk_scale kind;
    const char *golden;
} kinds[] = {{LK_SCALE_STANDARD, "scaling.standard"},
             {LK_SCALE_MIN_MAX, "scaling.min_max"},
             {LK_SCALE_MAX_ABS, "scaling.max_abs"}};

static void is_scikit_learns(void **state)
{
    (void)state;
    int64_t n;
    double *const x = golden_numbers("scaling.features", &n);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double *const expected = golden_numbers(kinds[k].golden, &n);
        lk_dataset d = dense_data(n / 5, 5, x, NULL, NULL, 0);
        lk_scaling scaling;
        assert_int_equal(lk_scaling_fit(&d, kinds[k].kind, &scaling), LK_OK);
        assert_int_equal(scaling.features, 5);
        assert_int_equal(lk_scaling_apply(&scaling, &d), LK_OK);
        /* The second feature is 1e4 with a deviation of 1e-3: 7 of the 16 digits are gone. */
        for (int64_t i = 0; i < n; i++)
            assert_near(kinds[k].golden, i, d.dense[i], expected[i], i % 5 == 1 ? 1e-8 : 1e-14);
        lk_scaling_free(&scaling);
        assert_null(scaling.shift);
        lk_dataset_free(&d);
        free(expected);
    }
    free(x);
}

/* Deviations of 1 around 1e9 .. 1e15: the mean and variance are those of the integers. */
static void survives_a_large_mean(void **state)
{
    (void)state;
    for (double far = 1; far < 1e16; far *= 1e3) {
        const double x[8] = {far + 1, far + 2, far + 3, far + 4,
                             far + 1, far + 2, far + 3, far + 4};
        lk_dataset d = dense_data(8, 1, x, NULL, NULL, 0);
        lk_scaling s;
        assert_int_equal(lk_scaling_fit(&d, LK_SCALE_STANDARD, &s), LK_OK);
        assert_near("shift", 0, s.shift[0], far + 2.5, DBL_EPSILON);
        assert_near("factor", 0, s.factor[0], 1 / sqrt(1.25), 1e-15);
        lk_scaling_free(&s);
        lk_dataset_free(&d);
    }
}

static void makes_constants_0(void **state)
{
    (void)state;
    enum { N = 33, D = 4 };
    double x[N][D];
    for (int i = 0; i < N; i++) {
        x[i][0] = 0.1;
        x[i][1] = i % 2 ? 0.1 + 0.2 : 0.3; /* but for rounding */
        x[i][2] = i;
        x[i][3] = 0;
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        lk_dataset d = dense_data(N, D, x[0], NULL, NULL, 0);
        lk_scaling s;
        assert_int_equal(lk_scaling_fit(&d, kinds[k].kind, &s), LK_OK);
        d.dense[0] = 77; /* not only where it was seen */
        assert_int_equal(lk_scaling_apply(&s, &d), LK_OK);
        for (int i = 0; i < N; i++) {
            assert_true(d.dense[i * D] == 0 && d.dense[i * D + 1] == 0 && d.dense[i * D + 3] == 0);
            if (i) assert_true(d.dense[i * D + 2] != d.dense[(i - 1) * D + 2]);
        }
        lk_scaling_free(&s);
        lk_dataset_free(&d);
    }
}

static void ignores_weights(void **state)
{
    (void)state;
    const double x[3] = {1, 2, 6}, weight[3] = {1, 0, 5};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        lk_dataset with = dense_data(3, 1, x, NULL, weight, 0);
        lk_dataset without = dense_data(3, 1, x, NULL, NULL, 0);
        lk_scaling a, b;
        assert_int_equal(lk_scaling_fit(&with, kinds[k].kind, &a), LK_OK);
        assert_int_equal(lk_scaling_fit(&without, kinds[k].kind, &b), LK_OK);
        assert_true(a.shift[0] == b.shift[0] && a.factor[0] == b.factor[0]);
        lk_scaling_free(&a);
        lk_scaling_free(&b);
        lk_dataset_free(&with);
        lk_dataset_free(&without);
    }
}

static void scales_sparse_rows_by_their_largest_alone(void **state)
{
    (void)state;
    const double x[12] = {0, 2, -4, 3, /**/ 1, 0, 0, 3, /**/ 0, -8, 1, 3};
    lk_dataset d = sparse_data(3, 4, x, NULL, NULL, 0), e = dense_data(3, 4, x, NULL, NULL, 0);
    lk_scaling s, t;
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_STANDARD, &s), LK_UNSUPPORTED);
    assert_told("sparse");
    assert_null(s.shift);
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_MIN_MAX, &s), LK_UNSUPPORTED);
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_MAX_ABS, &s), LK_OK);
    assert_int_equal(lk_scaling_fit(&e, LK_SCALE_MAX_ABS, &t), LK_OK);
    assert_memory_equal(s.factor, t.factor, 4 * sizeof(double));
    assert_true(s.factor[0] == 1 && s.factor[1] == 0.125 && s.factor[2] == 0.25);
    assert_true(s.factor[3] == 0); /* always 3 */
    assert_int_equal(lk_scaling_apply(&s, &d), LK_OK);
    const double scaled[8] = {0.25, -1, 0, 1, 0, -1, 0.25, 0};
    assert_all_near("scaled", 8, d.values, scaled, 0);
    lk_scaling_free(&t);
    assert_int_equal(lk_scaling_fit(&e, LK_SCALE_STANDARD, &t), LK_OK);
    assert_int_equal(lk_scaling_apply(&t, &d), LK_UNSUPPORTED);
    assert_told("shifted by");
    assert_all_near("untouched", 8, d.values, scaled, 0);
    lk_scaling_free(&s);
    lk_scaling_free(&t);
    lk_dataset_free(&d);
    lk_dataset_free(&e);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    const double x[4] = {1, -1.7e308, 2, 1.7e308};
    lk_dataset d = dense_data(2, 2, x, NULL, NULL, 0);
    lk_scaling s;
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_MIN_MAX, &s), LK_OUT_OF_DOMAIN);
    assert_told("feature 1");
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_STANDARD, &s), LK_OUT_OF_DOMAIN);
    assert_null(s.factor);
    assert_int_equal(lk_scaling_fit(&d, (lk_scale)9, &s), LK_INVALID);
    d.rows = 0;
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_STANDARD, &s), LK_INVALID);
    assert_told("no rows");
    assert_int_equal(lk_scaling_fit(&d, LK_SCALE_NONE, &s), LK_OK);
    d.rows = 2;
    assert_int_equal(lk_scaling_apply(&s, &d), LK_OK);
    assert_all_near("unscaled", 4, d.dense, x, 0);
    d.features = 1;
    assert_int_equal(lk_scaling_apply(&s, &d), LK_INVALID);
    assert_told("of 2 features, for data of 1");
    lk_scaling_free(&s);
    lk_dataset_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_scikit_learns),
        cmocka_unit_test(survives_a_large_mean),
        cmocka_unit_test(makes_constants_0),
        cmocka_unit_test(ignores_weights),
        cmocka_unit_test(scales_sparse_rows_by_their_largest_alone),
        cmocka_unit_test(tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("learn_scaling", tests, NULL, NULL);
}
