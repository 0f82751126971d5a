/* test_matrix_product.c: c = a b + beta c against a plain product in double. */
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

/* A matrix within more memory than it needs, all of it poisoned; `gap` more than a line apart. */
typedef struct matrix {
    lk_tensor tensor;
    int64_t shape[2], strides[2], room;
    int width;
    unsigned char *memory;
} matrix;

static double get(const matrix *m, int64_t i, int64_t j)
{
    const int64_t at = i * m->strides[0] + j * m->strides[1];
    return m->width == 4 ? (double)((float *)m->tensor.data)[at] : ((double *)m->tensor.data)[at];
}

static void set(const matrix *m, int64_t i, int64_t j, double x)
{
    const int64_t at = i * m->strides[0] + j * m->strides[1];
    if (m->width == 4)
        ((float *)m->tensor.data)[at] = (float)x;
    else
        ((double *)m->tensor.data)[at] = x;
}

static matrix make(int width, int64_t rows, int64_t columns, int transposed, int64_t gap, rng *r)
{
    matrix m = {.shape = {rows, columns}, .width = width};
    const int64_t apart = (transposed ? rows : columns) + gap;
    m.strides[0] = transposed ? 1 : apart;
    m.strides[1] = transposed ? apart : 1;
    m.room = (transposed ? columns : rows) * apart + 1;
    m.memory = malloc((size_t)(m.room * width));
    assert_non_null(m.memory);
    memset(m.memory, 0xff, (size_t)(m.room * width)); /* NaN */
    m.tensor = lk_view(m.memory, width == 4 ? LK_F32 : LK_F64, 2, m.shape);
    m.tensor.strides = m.strides;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            set(&m, i, j, (double)rng_below(r, 2000001) / 1e6 - 1);
    return m;
}

/* The views point into the matrix: they have to move with it. */
static void settle(matrix *m)
{
    m->tensor.shape = m->shape;
    m->tensor.strides = m->strides;
}

/* What lies between the lines is as it was. */
static void check_gaps(const matrix *m)
{
    int64_t poisoned = 0;
    for (int64_t k = 0; k < m->room; k++)
        poisoned += m->width == 4 ? isnan(((float *)m->tensor.data)[k])
                                  : isnan(((double *)m->tensor.data)[k]);
    assert_int_equal(poisoned, m->room - m->shape[0] * m->shape[1]);
}

static void check(int width, int64_t m, int64_t n, int64_t k, int a_transposed, int b_transposed,
                  int64_t gap, double beta, rng *r)
{
    matrix a = make(width, m, k, a_transposed, gap, r);
    matrix b = make(width, k, n, b_transposed, 2 * gap, r), c = make(width, m, n, 0, gap, r);
    settle(&a), settle(&b), settle(&c);
    double *const old = malloc((size_t)(m * n + 1) * sizeof *old);
    assert_non_null(old);
    for (int64_t i = 0; i < m * n; i++) old[i] = get(&c, i / n, i % n);
    for (int64_t i = 0; beta == 0 && i < m * n; i++) set(&c, i / n, i % n, NAN);
    if (lk_matrix_product(&a.tensor, &b.tensor, beta, &c.tensor)) fail_msg("%s", lk_last_error());
    const double unit = width == 4 ? FLT_EPSILON : DBL_EPSILON;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = beta == 0 ? 0 : beta * old[i * n + j], size = fabs(sum);
            for (int64_t l = 0; l < k; l++) {
                sum += get(&a, i, l) * get(&b, l, j);
                size += fabs(get(&a, i, l) * get(&b, l, j));
            }
            /* (k + 2) roundings, each of at most half a unit of the sum of magnitudes */
            if (!(fabs(get(&c, i, j) - sum) <= (double)(k + 2) * unit * size))
                fail_msg("[%lld, %lld] of %lld x %lld x %lld is %.17g; expected %.17g",
                         (long long)i, (long long)j, (long long)m, (long long)n, (long long)k,
                         get(&c, i, j), sum);
        }
    check_gaps(&c);
    free(old);
    free(a.memory);
    free(b.memory);
    free(c.memory);
}

static void is_the_plain_product(void **state)
{
    (void)state;
    static const int64_t shapes[][3] = {{1, 1, 1},    {3, 5, 4},     {1, 7, 9},   {8, 1, 3},
                                        {65, 130, 7}, {100, 20, 70}, {7, 300, 2}, {300, 3, 11}};
    static const double betas[] = {0, 1, -0.5};
    rng r = {1};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int form = 0; form < 16; form++)
            for (int k = 0; k < 3; k++)
                check(form & 1 ? 4 : 8, shapes[s][0], shapes[s][1], shapes[s][2], form >> 1 & 1,
                      form >> 2 & 1, form >> 3 ? 3 : 0, betas[k], &r);
}

static void of_nothing_is_beta_c(void **state)
{
    (void)state;
    rng r = {2};
    for (int width = 4; width <= 8; width += 4) {
        for (int k = 0; k < 3; k++) check(width, 5, 6, 0, 0, 0, 0, 0.5 * k, &r);
        check(width, 0, 6, 4, 0, 0, 0, 1, &r);
        check(width, 5, 0, 4, 0, 0, 0, 1, &r);
        check(width, 0, 0, 0, 0, 0, 0, 0, &r);
    }
}

static void threads_make_no_difference(void **state)
{
    (void)state;
    static const int64_t shapes[][3] = {{517, 260, 70}, {40, 2100, 300}, {3000, 5, 300}};
    static const int threads[] = {1, 2, 5};
    rng r = {3};
    for (int width = 4; width <= 8; width += 4)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            const int64_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            matrix a = make(width, m, k, 0, 0, &r), b = make(width, k, n, 1, 0, &r), c[3];
            settle(&a), settle(&b);
            for (int t = 0; t < 3; t++) {
                lk_set_num_threads(threads[t]);
                c[t] = make(width, m, n, 0, 0, &r);
                settle(&c[t]);
                assert_int_equal(lk_matrix_product(&a.tensor, &b.tensor, 0, &c[t].tensor), LK_OK);
                assert_memory_equal(c[t].memory, c[0].memory, (size_t)(m * n * width));
            }
            for (int t = 0; t < 3; t++) free(c[t].memory);
            free(a.memory);
            free(b.memory);
        }
    lk_set_num_threads(0);
}

static void refuses(const lk_tensor *a, const lk_tensor *b, const lk_tensor *c, const char *told)
{
    assert_int_equal(lk_matrix_product(a, b, 0, c), LK_INVALID);
    if (!strstr(lk_last_error(), told))
        fail_msg("\"%s\" says nothing of \"%s\"", lk_last_error(), told);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    double memory[64];
    float small[64] = {0};
    for (int i = 0; i < 64; i++) memory[i] = i;
    int64_t ab[2] = {2, 3}, bc[2] = {3, 4}, ac[2] = {2, 4}, cube[3] = {2, 3, 1};
    int64_t wide[2] = {6, 2}, close[2] = {2, 1}, columns[2] = {1, 2}, negative[2] = {-3, 1};
    const lk_tensor a = lk_view(memory, LK_F64, 2, ab), b = lk_view(memory + 8, LK_F64, 2, bc);
    const lk_tensor c = lk_view(memory + 32, LK_F64, 2, ac);
    assert_int_equal(lk_matrix_product(&a, &b, 0, &c), LK_OK);
    const lk_tensor halves = lk_view(small, LK_F16, 2, ab), floats = lk_view(small, LK_F32, 2, ab);
    const lk_tensor integers = lk_view(memory, LK_I64, 2, ab);
    const lk_tensor over = lk_view(memory + 2, LK_F64, 2, ac),
                    deep = lk_view(memory, LK_F64, 3, cube);
    refuses(&halves, &b, &c, "f32");
    refuses(&floats, &b, &c, "f32");
    refuses(&integers, &b, &c, "");
    refuses(&a, &b, &over, "overlaps");
    refuses(&deep, &b, &c, "a has 3 dimensions");
    refuses(NULL, &b, &c, "a ");
    refuses(&b, &a, &c, "do not fit");
    refuses(&a, &b, &a, "");
    lk_tensor odd = a;
    odd.strides = wide;
    refuses(&odd, &b, &c, "strides (6, 2)");
    odd.strides = close;
    refuses(&odd, &b, &c, "strides (2, 1)");
    odd.strides = negative;
    refuses(&odd, &b, &c, "strides (-3, 1)");
    lk_tensor upright = c;
    upright.strides = columns;
    refuses(&a, &b, &upright, "in rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_plain_product),
        cmocka_unit_test(of_nothing_is_beta_c),
        cmocka_unit_test(threads_make_no_difference),
        cmocka_unit_test(tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("matrix_product", tests, NULL, NULL);
}
