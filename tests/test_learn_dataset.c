/* test_learn_dataset.c: data sets from every type and layout, sparse ones, rows taken from them,
 * and every sentence about what cannot be one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_numbers.h"
#include "support/view.h"

static const int dtypes[] = {LK_F32, LK_F64, LK_I32, LK_I64, LK_U8, LK_BOOL};
enum { DTYPES = 6, N = 7, D = 5 };

static view numbers(int dtype, int32_t ndim, int64_t rows, int64_t columns, enum view_layout layout,
                    rng *r)
{
    const int64_t shape[2] = {rows, columns};
    view v;
    view_make(&v, dtype, ndim, shape, layout, r);
    for (int64_t i = 0; i < view_count(&v); i++)
        view_set(&v, i, (double)rng_below(r, dtype == LK_BOOL ? 2 : 100));
    return v;
}

/* The tensor of a view points into it. */
static const lk_tensor *settle(view *v)
{
    v->tensor.shape = v->shape;
    if (v->tensor.strides) v->tensor.strides = v->strides;
    return &v->tensor;
}

static void takes_every_type_and_layout(void **state)
{
    (void)state;
    rng r = {1};
    for (int round = 0; round < 8 * DTYPES * DTYPES; round++) {
        const enum view_layout layout = round % 2 ? VIEW_RANDOM : VIEW_PLAIN;
        const int targets = round % 3; /* 0: [N] */
        view x = numbers(dtypes[round % DTYPES], 2, N, D, layout, &r);
        view y = numbers(dtypes[round / DTYPES % DTYPES], targets ? 2 : 1, N, targets, layout, &r);
        view w = numbers(dtypes[(round + 1) % DTYPES], 1, N, 0, layout, &r);
        lk_dataset d;
        if (lk_dataset_create(settle(&x), settle(&y), settle(&w), &d))
            fail_msg("%s", lk_last_error());
        assert_int_equal(d.rows, N);
        assert_int_equal(d.features, D);
        assert_int_equal(d.targets, targets ? targets : 1);
        assert_int_equal(d.classes, 0);
        for (int64_t i = 0; i < N * D; i++) assert_true(d.dense[i] == view_get(&x, i));
        for (int64_t i = 0; i < N * d.targets; i++) assert_true(d.target[i] == view_get(&y, i));
        for (int64_t i = 0; i < N; i++) assert_true(d.weight[i] == view_get(&w, i));
        lk_dataset_free(&d);
        assert_null(d.dense);
        lk_dataset_free(&d);
        view_free(&x);
        view_free(&y);
        view_free(&w);
    }
}

static void takes_nothing(void **state)
{
    (void)state;
    const int64_t none[2] = {0, D}, thin[2] = {N, 0};
    const lk_tensor empty = lk_view(NULL, LK_F32, 2, none), bare = lk_view(NULL, LK_F32, 2, thin);
    lk_dataset d;
    assert_int_equal(lk_dataset_create(&empty, NULL, NULL, &d), LK_OK);
    assert_int_equal(d.rows, 0);
    assert_int_equal(d.targets, 0);
    assert_non_null(d.dense);
    lk_dataset_free(&d);
    assert_int_equal(lk_dataset_create(&bare, NULL, NULL, &d), LK_OK);
    assert_int_equal(d.rows, N);
    assert_int_equal(d.features, 0);
    lk_dataset_free(&d);
}

static void tells_what_is_no_dense_data(void **state)
{
    (void)state;
    const double zeros[12] = {0}, bad[6] = {0, 1, 2, NAN, HUGE_VAL, -1};
    const int64_t shape[3] = {2, 3, 2}, three = 3, two = 2, negative[2] = {-1, 3};
    const int64_t flat[2] = {2, 3};
    const lk_tensor x = lk_view(zeros, LK_F64, 2, flat), half = lk_view(zeros, LK_F16, 2, flat);
    const lk_tensor cube = lk_view(zeros, LK_F64, 3, shape), line = lk_vector(zeros, LK_F64, &two);
    const lk_tensor longer = lk_vector(zeros, LK_F64, &three);
    const lk_tensor infinite = lk_view(bad, LK_F64, 2, flat),
                    minus = lk_vector(bad + 4, LK_F64, &two);
    const lk_tensor nan = lk_vector(bad + 2, LK_F64, &two),
                    less = lk_view(zeros, LK_F64, 2, negative);
    const struct {
        const lk_tensor *x, *y, *w;
        lk_status status;
        const char *told;
    } cases[] = {
        {NULL, NULL, NULL, LK_INVALID, "features are missing"},
        {&half, NULL, NULL, LK_INVALID, "features has the dtype 2.16"},
        {&x, &half, NULL, LK_INVALID, "target has the dtype"},
        {&x, NULL, &half, LK_INVALID, "weight has the dtype"},
        {&cube, NULL, NULL, LK_INVALID, "features has 3 dimensions"},
        {&line, NULL, NULL, LK_INVALID, "features has 1 dimensions"},
        {&x, &cube, NULL, LK_INVALID, "target has 3 dimensions"},
        {&x, NULL, &x, LK_INVALID, "weight has 2 dimensions"},
        {&x, &longer, NULL, LK_INVALID, "target has 3 rows, features have 2"},
        {&x, &line, &longer, LK_INVALID, "weight has 3 rows"},
        {&less, NULL, NULL, LK_INVALID, "[-1, 3]"},
        {&infinite, NULL, NULL, LK_OUT_OF_DOMAIN, "features[1, 0] = nan"},
        {&x, &nan, NULL, LK_OUT_OF_DOMAIN, "target[1, 0] = nan"},
        {&x, &line, &minus, LK_OUT_OF_DOMAIN, "weight[0, 0] = inf"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        lk_dataset d;
        assert_int_equal(lk_dataset_create(cases[k].x, cases[k].y, cases[k].w, &d),
                         cases[k].status);
        assert_told(cases[k].told);
        assert_null(d.dense);
        assert_int_equal(d.rows, 0);
    }
    const double down[2] = {1, -1};
    const lk_tensor below = lk_vector(down, LK_F64, &two);
    lk_dataset d;
    assert_int_equal(lk_dataset_create(&x, NULL, &below, &d), LK_OUT_OF_DOMAIN);
    assert_told("weight[1, 0] = -1; expected a finite number that is not negative");
}

static void tells_what_is_no_sparse_data(void **state)
{
    (void)state;
    static const struct {
        int64_t rows, features, starts[3];
        int32_t columns[3];
        double values[3], target[2], weight[2];
        lk_status status;
        const char *told;
    } cases[] = {
        {2, 4, {0, 1, 3}, {3, 0, 2}, {1, 2, 3}, {0, 1}, {1, 0}, LK_OK, NULL},
        {-1, 4, {0}, {0}, {0}, {0}, {0}, LK_INVALID, "-1 sparse rows"},
        {2, -4, {0, 1, 3}, {0}, {0}, {0}, {0}, LK_INVALID, "-4 features"},
        {2, (int64_t)1 << 32, {0, 1, 3}, {0}, {0}, {0}, {0}, LK_INVALID, "4294967296 features"},
        {2, 4, {1, 1, 3}, {0}, {0}, {0}, {0}, LK_INVALID, "the first at 1"},
        {2, 4, {0, 3, 2}, {0, 1, 2}, {0}, {0}, {0}, LK_INVALID, "row 1 ends before it starts"},
        {2, 4, {0, 1, 3}, {4, 0, 2}, {0}, {0}, {0}, LK_INVALID, "column 4 in row 0"},
        {2, 4, {0, 1, 3}, {-1, 0, 2}, {0}, {0}, {0}, LK_INVALID, "column -1 in row 0"},
        {2, 4, {0, 1, 3}, {3, 2, 2}, {0}, {0}, {0}, LK_INVALID, "column 2 in row 1"},
        {2, 4, {0, 1, 3}, {3, 2, 1}, {0}, {0}, {0}, LK_INVALID, "column 1 in row 1"},
        {2,
         4,
         {0, 1, 3},
         {3, 0, 2},
         {1, 1, NAN},
         {0},
         {0},
         LK_OUT_OF_DOMAIN,
         "features[1, 2] = nan"},
        {2, 4, {0, 1, 3}, {3, 0, 2}, {1, 1, 1}, {0, NAN}, {0}, LK_OUT_OF_DOMAIN, "target[1, 0]"},
        {2, 4, {0, 1, 3}, {3, 0, 2}, {1, 1, 1}, {0, 0}, {1, -2}, LK_OUT_OF_DOMAIN, "weight[1, 0]"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        lk_dataset d;
        assert_int_equal(lk_dataset_create_sparse(cases[k].rows, cases[k].features, cases[k].starts,
                                                  cases[k].columns, cases[k].values,
                                                  cases[k].target, cases[k].weight, &d),
                         cases[k].status);
        if (cases[k].status) {
            assert_told(cases[k].told);
            assert_null(d.starts);
        } else {
            assert_null(d.dense);
            assert_int_equal(d.targets, 1);
            assert_memory_equal(d.starts, cases[k].starts, 3 * sizeof *d.starts);
            assert_memory_equal(d.columns, cases[k].columns, 3 * sizeof *d.columns);
            assert_memory_equal(d.values, cases[k].values, 3 * sizeof *d.values);
            assert_memory_equal(d.target, cases[k].target, 2 * sizeof *d.target);
            assert_memory_equal(d.weight, cases[k].weight, 2 * sizeof *d.weight);
        }
        lk_dataset_free(&d);
    }
}

static void classes_are_whole_and_below_their_number(void **state)
{
    (void)state;
    static const double targets[][2] = {{0, 2}, {0, 3}, {0, -1}, {0, 0.5}};
    const double x[2] = {0};
    for (int k = 0; k < 4; k++) {
        lk_dataset d = dense_data(2, 1, x, targets[k], NULL, 0);
        assert_int_equal(lk_dataset_set_classes(&d, 3), k ? LK_OUT_OF_DOMAIN : LK_OK);
        if (k) assert_told("target[1] = ");
        assert_int_equal(d.classes, k ? 0 : 3);
        assert_int_equal(lk_dataset_set_classes(&d, 0), LK_INVALID);
        assert_told("0 classes");
        d.targets = 2;
        assert_int_equal(lk_dataset_set_classes(&d, 3), LK_INVALID);
        assert_told("2 targets");
        d.targets = 1;
        lk_dataset_free(&d);
    }
    lk_dataset bare = dense_data(2, 1, x, NULL, NULL, 0);
    assert_int_equal(lk_dataset_set_classes(&bare, 2), LK_INVALID);
    lk_dataset_free(&bare);
}

static void takes_rows_in_any_order(void **state)
{
    (void)state;
    const int64_t sizes[2] = {9, 4}, rows[6] = {12, 0, 0, 7, 3, 12};
    for (int sparse = 0; sparse < 2; sparse++)
        for (int bare = 0; bare < 2; bare++) {
            lk_dataset dense = random_classes(2, sizes, D, 3);
            lk_dataset d = sparse ? made_sparse(&dense, 0) : random_classes(2, sizes, D, 3), e;
            if (bare) {
                free(d.target);
                d.target = NULL;
                d.targets = d.classes = 0;
            } else {
                d.weight = malloc(13 * sizeof *d.weight);
                for (int i = 0; i < 13; i++) d.weight[i] = i;
            }
            assert_int_equal(lk_dataset_take(&d, 6, rows, &e), LK_OK);
            assert_int_equal(e.rows, 6);
            assert_int_equal(e.features, D);
            assert_int_equal(e.classes, d.classes);
            for (int i = 0; i < 6; i++) {
                if (!bare) assert_true(e.target[i] == d.target[rows[i]]);
                if (!bare) assert_true(e.weight[i] == (double)rows[i]);
                if (sparse) {
                    const int64_t n = e.starts[i + 1] - e.starts[i], from = d.starts[rows[i]];
                    assert_int_equal(n, d.starts[rows[i] + 1] - from);
                    assert_memory_equal(e.columns + e.starts[i], d.columns + from, (size_t)n * 4);
                    assert_memory_equal(e.values + e.starts[i], d.values + from, (size_t)n * 8);
                } else {
                    assert_memory_equal(e.dense + i * D, d.dense + rows[i] * D, D * sizeof(double));
                }
            }
            lk_dataset_free(&e);
            assert_int_equal(lk_dataset_take(&d, 0, NULL, &e), LK_OK);
            assert_int_equal(e.rows, 0);
            lk_dataset_free(&e);
            const int64_t wrong[3] = {1, 13, 2}, below = -1;
            assert_int_equal(lk_dataset_take(&d, 3, wrong, &e), LK_INVALID);
            assert_told("rows[1] = 13 is outside [0, 13)");
            assert_int_equal(lk_dataset_take(&d, 1, &below, &e), LK_INVALID);
            assert_told("rows[0] = -1");
            assert_null(e.dense);
            lk_dataset_free(&d);
            lk_dataset_free(&dense);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_type_and_layout),
        cmocka_unit_test(takes_nothing),
        cmocka_unit_test(tells_what_is_no_dense_data),
        cmocka_unit_test(tells_what_is_no_sparse_data),
        cmocka_unit_test(classes_are_whole_and_below_their_number),
        cmocka_unit_test(takes_rows_in_any_order),
    };
    return cmocka_run_group_tests_name("learn_dataset", tests, NULL, NULL);
}
