/* test_embedding_blocks.c: the losses of all pairs on more rows than a block of columns holds,
 * against plain double loops; derivatives along random directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "losskit.h"
#include "support/feature_reference.h"

enum { N = 1100, D = 4, CLASSES = 40 };
static const double temperature = 0.2;

static double x[N * D], other[N * D], unit[2][N * D];
static double value[N], gradient[N * D], other_gradient[N * D], curvature[N * D];
static int64_t label[N];

static void fill_points(void)
{
    rng r = {3};
    for (int i = 0; i < N * D; i++) {
        /* Later rows lie closer to one another, so that sums over early blocks have to shrink. */
        const double drift = i / D > 700 ? 3 : 0;
        x[i] = random_normal(&r) + drift;
        other[i] = random_normal(&r) + drift;
    }
    for (int i = 0; i < N; i++) label[i] = rng_below(&r, CLASSES) * 1000000007;
}

static void normalise(const double *from, double *to)
{
    for (int i = 0; i < N; i++) {
        double square = 0;
        for (int k = 0; k < D; k++) square += from[i * D + k] * from[i * D + k];
        for (int k = 0; k < D; k++) to[i * D + k] = from[i * D + k] / sqrt(square);
    }
}

static double score(int a, int i, int b, int j)
{
    double sum = 0;
    for (int k = 0; k < D; k++) sum += unit[a][i * D + k] * unit[b][j * D + k];
    return sum / temperature;
}

/* Row i of side a among the rows of side b; by_label: without itself, its class being right. */
static double row_loss(int a, int b, int i, int by_label)
{
    double sum = 0, right = 0;
    int count = 0;
    for (int j = 0; j < N; j++) {
        const double s = score(a, i, b, j);
        if (by_label && j == i) continue;
        sum += exp(s - 1 / temperature);
        if (by_label ? label[j] != label[i] : j != i) continue;
        right += s;
        count++;
    }
    return count ? log(sum) + 1 / temperature - right / count : 0;
}

static double loss_of_row(lk_loss loss, int symmetric, int i)
{
    if (loss == LK_SUPERVISED_CONTRASTIVE) return row_loss(0, 0, i, 1);
    const double one = row_loss(0, 1, i, 0);
    return symmetric ? (one + row_loss(1, 0, i, 0)) / 2 : one;
}

/* The sum over all rows; every class has several, so that each counts. */
static double total(lk_loss loss, int symmetric)
{
    double sum = 0;
    normalise(x, unit[0]);
    normalise(other, unit[1]);
    for (int i = 0; i < N; i++) sum += loss_of_row(loss, symmetric, i);
    return sum;
}

static double run(lk_loss loss, int symmetric)
{
    const int64_t shape[] = {N, D}, rows = N;
    const lk_tensor tx = lk_view(x, LK_F64, 2, shape), to = lk_view(other, LK_F64, 2, shape);
    const lk_tensor tl = lk_vector(label, LK_I64, &rows), tv = lk_vector(value, LK_F64, &rows);
    const lk_tensor tg = lk_view(gradient, LK_F64, 2, shape);
    const lk_tensor tog = lk_view(other_gradient, LK_F64, 2, shape);
    const lk_tensor tc = lk_view(curvature, LK_F64, 2, shape);
    lk_result result = {0, 0, 0};
    lk_call call = LK_CALL_INIT;
    call.reduction = LK_SUM;
    call.input = &tx;
    call.value = &tv;
    call.gradient = &tg;
    call.curvature = &tc;
    call.result = &result;
    if (loss == LK_INFO_NCE) {
        call.other = &to;
        call.other_gradient = &tog;
        assert_int_equal(lk_info_nce(&call, temperature, symmetric), LK_OK);
    } else {
        call.target = &tl;
        assert_int_equal(lk_supervised_contrastive(&call, temperature), LK_OK);
    }
    assert_int_equal(result.count, N);
    return result.value;
}

static void expect_near(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * (1 + fabs(want))))
        fail_msg("%s is %.15g, not %.15g", what, got, want);
}

static double moved_total(lk_loss loss, int symmetric, double *points, const double *way, double h)
{
    double kept[N * D];
    memcpy(kept, points, sizeof kept);
    for (int i = 0; i < N * D; i++) points[i] += h * way[i];
    const double sum = total(loss, symmetric);
    memcpy(points, kept, sizeof kept);
    return sum;
}

static void expect_slope(const char *what, lk_loss loss, int symmetric, double *points,
                         const double *slopes, uint64_t seed)
{
    const double h = 1e-5;
    static double way[N * D];
    rng r = {seed};
    double along = 0;
    for (int i = 0; i < N * D; i++) {
        way[i] = random_normal(&r);
        along += way[i] * slopes[i];
    }
    const double want = (moved_total(loss, symmetric, points, way, h) -
                         moved_total(loss, symmetric, points, way, -h)) /
                        (2 * h);
    expect_near(what, along, want, 1e-6);
}

static void check(lk_loss loss, int symmetric)
{
    fill_points();
    const double sum = run(loss, symmetric);
    expect_near("the sum", sum, total(loss, symmetric), 1e-12);
    for (int i = 0; i < N; i += 97)
        expect_near("a value", value[i], loss_of_row(loss, symmetric, i), 1e-12);
    expect_slope("along the gradient", loss, symmetric, x, gradient, 1);
    if (loss == LK_INFO_NCE)
        expect_slope("along other_gradient", loss, symmetric, other, other_gradient, 2);
    for (int at = 50; at < N * D; at += 2101) {
        static double way[N * D];
        const double h = 3e-3;
        memset(way, 0, sizeof way);
        way[at] = 1;
        const double middle = total(loss, symmetric);
        const double near = moved_total(loss, symmetric, x, way, h) +
                            moved_total(loss, symmetric, x, way, -h) - 2 * middle;
        const double far = moved_total(loss, symmetric, x, way, 2 * h) +
                           moved_total(loss, symmetric, x, way, -2 * h) - 2 * middle;
        expect_near("curvature", curvature[at], (16 * near - far) / (12 * h * h), 1e-4);
    }
}

static void test_info_nce(void **state)
{
    (void)state;
    check(LK_INFO_NCE, 0);
}
static void test_symmetric_info_nce(void **state)
{
    (void)state;
    check(LK_INFO_NCE, 1);
}
static void test_supervised_contrastive(void **state)
{
    (void)state;
    check(LK_SUPERVISED_CONTRASTIVE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info_nce),
        cmocka_unit_test(test_symmetric_info_nce),
        cmocka_unit_test(test_supervised_contrastive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
