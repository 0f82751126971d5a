/* test_expected_edit_distance.c: the expected edit distance from its definition: distances by
 * recursion, the softmax in long double, derivatives by differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/element_types.h"
#include "support/view.h"

enum { N = 5, K = 6, L = 6, U = 5 };

typedef struct problem {
    double x[N][K], weight[N], upstream[N];
    int64_t reference[N][U], hypothesis[N][K][L], reference_length[N], hypothesis_length[N][K];
} problem;

static problem p;
static struct {
    int dtype, normalize, concatenated, in_place;
    enum view_layout layout;
    double filling;
    lk_call call;
    lk_result result;
    view input, target, target_lengths, hypotheses, hypothesis_lengths;
    view weight, upstream, value, gradient, curvature;
} c;

static double sixteenths(rng *r, int64_t lowest, int64_t highest)
{
    return (double)(lowest + rng_below(r, highest - lowest + 1)) / 16;
}

static void start(uint64_t seed)
{
    const lk_call call = LK_CALL_INIT;
    rng r = {seed};
    memset(&c, 0, sizeof c);
    c.dtype = LK_F64;
    c.filling = -77;
    c.call = call;
    c.call.reduction = LK_SUM;
    for (int n = 0; n < N; n++) {
        p.weight[n] = sixteenths(&r, 1, 20);
        p.upstream[n] = sixteenths(&r, -20, -1);
        p.reference_length[n] = 1 + rng_below(&r, U);
        for (int j = 0; j < U; j++) p.reference[n][j] = rng_below(&r, 3);
        for (int k = 0; k < K; k++) {
            p.x[n][k] = sixteenths(&r, -40, 40);
            p.hypothesis_length[n][k] = rng_below(&r, L + 1);
            for (int i = 0; i < L; i++) p.hypothesis[n][k][i] = rng_below(&r, 3) - 1;
        }
    }
}

/* ---- the definition -------------------------------------------------------------------------- */

static int64_t distance(const int64_t *a, int64_t rows, const int64_t *b, int64_t columns)
{
    if (!rows || !columns) return rows + columns;
    const int64_t del = distance(a, rows - 1, b, columns) + 1;
    const int64_t ins = distance(a, rows, b, columns - 1) + 1;
    const int64_t sub = distance(a, rows - 1, b, columns - 1) + (a[rows - 1] != b[columns - 1]);
    return del < ins ? (del < sub ? del : sub) : (ins < sub ? ins : sub);
}

/* Of sequence n with score k moved by `by`. */
static long double risk(int n, int k, double by)
{
    long double total = 0, sum = 0, most = -INFINITY;
    for (int h = 0; h < K; h++) most = p.x[n][h] > most ? (long double)p.x[n][h] : most;
    for (int h = 0; h < K; h++) {
        const long double e = expl((long double)p.x[n][h] - most + (h == k ? (long double)by : 0));
        const int64_t edits = distance(p.hypothesis[n][h], p.hypothesis_length[n][h],
                                       p.reference[n], p.reference_length[n]);
        sum += e;
        total += e * edits;
    }
    return total / sum / (c.normalize ? p.reference_length[n] : 1);
}

static const double step = 0x1p-10;

static double slope(int n, int k)
{
    const long double near = risk(n, k, step) - risk(n, k, -step);
    const long double far = risk(n, k, 2 * step) - risk(n, k, -2 * step);
    return (double)((8 * near - far) / (12 * (long double)step));
}

static double bend(int n, int k)
{
    const long double near = risk(n, k, step) + risk(n, k, -step);
    const long double far = risk(n, k, 2 * step) + risk(n, k, -2 * step);
    return (double)((16 * near - far - 30 * risk(n, k, 0)) /
                    (12 * (long double)step * (long double)step));
}

/* ---- the call -------------------------------------------------------------------------------- */

static void make_tokens(rng *r)
{
    int64_t total = 0, at = 0;
    const int64_t padded[] = {N, U}, lists[] = {N, K, L};
    for (int n = 0; n < N; n++) total += p.reference_length[n];
    view_make(&c.target, LK_I64, c.concatenated ? 1 : 2, c.concatenated ? &total : padded, c.layout,
              r);
    view_make(&c.hypotheses, LK_I32, 3, lists, c.layout, r);
    for (int n = 0; n < N; n++)
        for (int j = 0; j < U; j++)
            if (!c.concatenated)
                view_set(&c.target, n * U + j, (double)p.reference[n][j]);
            else if (j < p.reference_length[n])
                view_set(&c.target, at++, (double)p.reference[n][j]);
    for (int i = 0; i < N * K * L; i++)
        view_set(&c.hypotheses, i, (double)(&p.hypothesis[0][0][0])[i]);
}

static void make(void)
{
    const int64_t by_unit[] = {N}, by_pair[] = {N, K};
    view *const units[] = {&c.weight, &c.upstream, &c.value, &c.target_lengths};
    view *const pairs[] = {&c.input, &c.gradient, &c.curvature, &c.hypothesis_lengths};
    rng r = {5};
    for (int k = 0; k < 4; k++) {
        view_make(units[k], k < 3 ? c.dtype : LK_I32, 1, by_unit, c.layout, &r);
        view_make(pairs[k], k < 3 ? c.dtype : LK_I64, 2, by_pair, c.layout, &r);
    }
    make_tokens(&r);
    for (int n = 0; n < N; n++) {
        view_set(&c.weight, n, p.weight[n]);
        view_set(&c.upstream, n, p.upstream[n]);
        view_set(&c.value, n, c.filling);
        view_set(&c.target_lengths, n, (double)p.reference_length[n]);
        for (int k = 0; k < K; k++) {
            view_set(&c.input, n * K + k, p.x[n][k]);
            view_set(&c.gradient, n * K + k, c.filling);
            view_set(&c.curvature, n * K + k, c.filling);
            view_set(&c.hypothesis_lengths, n * K + k, (double)p.hypothesis_length[n][k]);
        }
    }
    c.call.input = &c.input.tensor;
    c.call.target = &c.target.tensor;
    c.call.target_lengths = &c.target_lengths.tensor;
    c.call.hypotheses = &c.hypotheses.tensor;
    c.call.hypothesis_lengths = &c.hypothesis_lengths.tensor;
    c.call.weight = &c.weight.tensor;
    c.call.upstream = &c.upstream.tensor;
    c.call.value = &c.value.tensor;
    c.call.gradient = c.in_place ? &c.input.tensor : &c.gradient.tensor;
    c.call.curvature = &c.curvature.tensor;
    c.call.result = &c.result;
}

static void unmake(void)
{
    view *const views[] = {
        &c.input,    &c.target, &c.target_lengths, &c.hypotheses, &c.weight,
        &c.upstream, &c.value,  &c.gradient,       &c.curvature,  &c.hypothesis_lengths};
    for (size_t k = 0; k < sizeof views / sizeof *views; k++) view_free(views[k]);
}

static void run(void)
{
    make();
    if (lk_expected_edit_distance(&c.call, c.normalize)) fail_msg("%s", lk_last_error());
}

static void expect(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * (1 + fabs(want))))
        fail_msg("%s is %.17g, not %.17g", what, got, want);
}

static double divisor_of(int n)
{
    double weights = 0;
    for (int k = 0; k < N; k++) weights += p.weight[k];
    switch (c.call.reduction) {
    case LK_MEAN:
    case LK_BATCH_MEAN:
        return N;
    case LK_WEIGHTED_MEAN:
        return weights;
    case LK_LENGTH_MEAN:
        return N * (double)p.reference_length[n];
    default:
        return 1;
    }
}

static void check(double tolerance)
{
    double sum = 0;
    run();
    const double before = c.call.flags & LK_ACCUMULATE ? c.filling : 0;
    for (int n = 0; n < N; n++) {
        const double want = p.weight[n] * (double)risk(n, 0, 0);
        const double scale = p.weight[n] * p.upstream[n] / divisor_of(n);
        sum += want / divisor_of(n);
        expect("the value", view_get(&c.value, n), want, tolerance);
        for (int k = 0; k < K; k++) {
            const view *g = c.in_place ? &c.input : &c.gradient;
            double h = scale * bend(n, k);
            const double floor = fabs(scale) * c.call.curvature_floor;
            if (c.call.flags & LK_CURVATURE_FLOOR && h < floor) h = floor;
            expect("the gradient", view_get(g, n * K + k), before + scale * slope(n, k), tolerance);
            expect("the curvature", view_get(&c.curvature, n * K + k), before + h, tolerance);
        }
    }
    expect("the result", c.result.value, sum, tolerance);
    unmake();
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        for (int k = 0; k < 8; k++) {
            start(seed);
            c.normalize = k & 1;
            c.concatenated = (k & 2) != 0;
            c.layout = k & 4 ? VIEW_RANDOM : VIEW_PLAIN;
            check(1e-10);
        }
}

static void test_reductions(void **state)
{
    (void)state;
    for (int reduction = LK_MEAN; reduction <= LK_LENGTH_MEAN; reduction++) {
        start(4);
        c.call.reduction = (lk_reduction)reduction;
        check(1e-10);
    }
}

static void test_options(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        start(12);
        c.in_place = k & 1;
        c.filling = -0.25;
        if (k & 2 && !c.in_place) c.call.flags |= LK_ACCUMULATE;
        if (k & 4) {
            c.call.flags |= LK_CURVATURE_FLOOR;
            c.call.curvature_floor = -0.05;
        }
        check(1e-10);
    }
}

static void test_dtypes(void **state)
{
    static const struct {
        int dtype;
        double tolerance;
    } kinds[] = {{LK_F32, 1e-6}, {LK_F16, 2e-3}, {LK_BF16, 2e-2}};
    (void)state;
    for (int k = 0; k < 3; k++) {
        start(21);
        c.dtype = kinds[k].dtype;
        c.layout = VIEW_RANDOM;
        check(kinds[k].tolerance);
    }
}

/* Two hypotheses a unit apart, one of them almost certain: the gradient is p (1 - p) to all its
 * digits, though R - mean is 1e-12 at that one. */
static void test_near_certainty(void **state)
{
    static const int32_t tokens[] = {1, 2};
    const int64_t pair[] = {1, 2}, list[] = {1, 2, 1}, target[] = {1, 1};
    const double q = exp(-27) / (1 + exp(-27)), want = q / (1 + exp(-27));
    (void)state;
    for (int k = 0; k < 4; k++) {
        const int likely = k & 1;
        const double x[] = {likely ? -27 : 0, likely ? 0 : -27};
        const int32_t reference[] = {k & 2 ? 2 : 1};
        const double sign = k & 2 ? -1 : 1;
        double g[2];
        const lk_tensor in = lk_view(x, LK_F64, 2, pair), out = lk_view(g, LK_F64, 2, pair);
        const lk_tensor h = lk_view(tokens, LK_I32, 3, list);
        const lk_tensor y = lk_view(reference, LK_I32, 2, target);
        lk_call call = LK_CALL_INIT;
        call.input = &in;
        call.target = &y;
        call.hypotheses = &h;
        call.gradient = &out;
        assert_int_equal(lk_expected_edit_distance(&call, 0), LK_OK);
        assert_true(fabs(g[0] + sign * want) < 1e-15 * want);
        assert_true(fabs(g[1] - sign * want) < 1e-15 * want);
    }
}

static void test_masks_and_nan(void **state)
{
    (void)state;
    start(3);
    p.x[0][2] = -INFINITY;
    p.x[1][2] = NAN;
    for (int k = 0; k < K; k++) p.x[2][k] = -INFINITY;
    p.x[3][4] = INFINITY;
    p.x[4][4] = NAN;
    p.upstream[4] = 0;
    run();
    expect("the value", view_get(&c.value, 0), p.weight[0] * (double)risk(0, 0, 0), 1e-12);
    assert_true(view_get(&c.gradient, 2) == 0 && view_get(&c.curvature, 2) == 0);
    for (int n = 1; n < 4; n++)
        for (int k = 0; k < K; k++) {
            assert_true(isnan(view_get(&c.value, n)));
            assert_true(isnan(view_get(&c.gradient, n * K + k)));
            assert_true(isnan(view_get(&c.curvature, n * K + k)));
        }
    for (int k = 0; k < K; k++) {
        assert_true(isfinite(view_get(&c.gradient, k)) && isfinite(view_get(&c.curvature, k)));
        assert_true(view_get(&c.gradient, 4 * K + k) == 0);
        assert_true(view_get(&c.curvature, 4 * K + k) == 0);
    }
    unmake();
}

static void test_empty_references(void **state)
{
    (void)state;
    start(3);
    p.reference_length[1] = 0;
    run(); /* not normalised: the mean length of the hypotheses */
    expect("the value", view_get(&c.value, 1), p.weight[1] * (double)risk(1, 0, 0), 1e-12);
    unmake();
    for (int k = 0; k < K; k++) p.hypothesis_length[1][k] = 0;
    c.normalize = 1;
    run();
    assert_true(view_get(&c.value, 1) == 0 && view_get(&c.gradient, K) == 0);
    unmake();
    p.hypothesis_length[1][3] = 2;
    make();
    view_remember(&c.gradient);
    view_remember(&c.value);
    assert_int_equal(lk_expected_edit_distance(&c.call, 1), LK_OUT_OF_DOMAIN);
    assert_string_equal(lk_last_error(),
                        "expected_edit_distance: the reference of sequence 1 is empty, and its "
                        "hypothesis 3 has 2 tokens: normalize = 1 divides by the reference's "
                        "length");
    assert_false(view_changed(&c.gradient) || view_changed(&c.value));
    unmake();
}

static void expect_failure(lk_status status, const char *sentence)
{
    view_remember(&c.gradient);
    view_remember(&c.value);
    assert_int_equal(lk_expected_edit_distance(&c.call, 0), status);
    assert_string_equal(lk_last_error(), sentence);
    assert_false(view_changed(&c.gradient) || view_changed(&c.value));
    unmake();
    start(3);
    make();
}

static void test_wrong_arguments(void **state)
{
    const int64_t wrong[] = {N, K + 1, L};
    (void)state;
    start(3);
    make();
    view_set(&c.hypothesis_lengths, 2 * K + 1, L + 1);
    expect_failure(LK_OUT_OF_DOMAIN,
                   "expected_edit_distance: hypothesis_lengths[2, 1] = 7 is outside [0, 6]");
    c.hypotheses.tensor = lk_view(c.hypotheses.memory, LK_I32, 3, wrong);
    expect_failure(LK_INVALID, "expected_edit_distance: hypotheses needs the shape [5, 6] and a "
                               "dimension for its tokens");
    c.call.hypotheses = &c.input.tensor;
    expect_failure(LK_INVALID, "expected_edit_distance: hypotheses is a floating array; it must be "
                               "i32, i64 or u8");
    c.call.hypotheses = NULL;
    expect_failure(LK_INVALID, "expected_edit_distance: hypotheses is NULL");
    c.call.input_lengths = &c.target_lengths.tensor;
    expect_failure(LK_INVALID, "expected_edit_distance takes no input_lengths");
    unmake();
}

static void test_threads_and_workspace(void **state)
{
    enum { LISTS = 60, EACH = 20, LONG = 70 };
    static int32_t tokens[LISTS * EACH * LONG], references[LISTS * LONG];
    static float x[LISTS * EACH], g[2][LISTS * EACH];
    const int64_t pair[] = {LISTS, EACH}, list[] = {LISTS, EACH, LONG}, padded[] = {LISTS, LONG};
    const lk_tensor in = lk_view(x, LK_F32, 2, pair), h = lk_view(tokens, LK_I32, 3, list);
    const lk_tensor y = lk_view(references, LK_I32, 2, padded);
    lk_result result[2];
    size_t bytes;
    rng r = {8};
    (void)state;
    for (int i = 0; i < LISTS * EACH * LONG; i++) tokens[i] = (int32_t)rng_below(&r, 4);
    for (int i = 0; i < LISTS * LONG; i++) references[i] = (int32_t)rng_below(&r, 4);
    for (int i = 0; i < LISTS * EACH; i++) x[i] = (float)rng_below(&r, 64) / 16;
    for (int threads = 1; threads <= 4; threads++) {
        const int which = threads > 1;
        const lk_tensor out = lk_view(g[which], LK_F32, 2, pair);
        lk_call call = LK_CALL_INIT;
        lk_set_num_threads(threads);
        call.input = &in;
        call.target = &y;
        call.hypotheses = &h;
        call.gradient = &out;
        call.result = &result[which];
        memset(g[1], 0, sizeof g[1]);
        assert_int_equal(lk_workspace_size(LK_EXPECTED_EDIT_DISTANCE, NULL, 0, &call, &bytes), 0);
        call.workspace = malloc(bytes);
        call.workspace_size = bytes;
        assert_int_equal(lk_expected_edit_distance(&call, 0), LK_OK);
        free(call.workspace);
        assert_true(threads == 1 || !memcmp(g[0], g[1], sizeof g[0]));
        assert_true(threads == 1 || !memcmp(&result[0], &result[1], sizeof result[0]));
    }
    lk_set_num_threads(0);
    assert_true(g[0][0] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition),
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_dtypes),
        cmocka_unit_test(test_near_certainty),
        cmocka_unit_test(test_masks_and_nan),
        cmocka_unit_test(test_empty_references),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_threads_and_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
