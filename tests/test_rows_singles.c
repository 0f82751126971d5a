/* test_rows_singles.c: many rows at once are what each row is by itself, one class included. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"

enum { ROWS = 101, MOST = 3 };

typedef struct rows {
    int64_t shape[2], one[2], count;
    double input[ROWS * MOST], target[ROWS * MOST], weight[ROWS], value[ROWS];
    double gradient[ROWS * MOST], curvature[ROWS * MOST], target_gradient[ROWS * MOST];
    int64_t label[ROWS];
} rows;

static void fill(rows *r, int64_t classes)
{
    memset(r, 0, sizeof *r);
    r->count = ROWS;
    r->shape[0] = ROWS;
    r->one[0] = 1;
    r->shape[1] = r->one[1] = classes;
    for (int64_t i = 0; i < ROWS * classes; i++) {
        r->input[i] = -0.01 - fmod(0.37 * (double)(i * i), 3);
        r->target[i] = i % 7 ? fmod(0.13 * (double)i, 1) : 0;
    }
    for (int64_t i = 0; i < ROWS; i++) {
        r->weight[i] = i % 5 ? 0.5 + 0.01 * (double)i : 0;
        r->label[i] = i % 11 == 3 ? -100 : i % classes;
    }
    r->input[6 * classes] = NAN;
    r->input[9 * classes] = -INFINITY;
}

/* Rows first .. first + n - 1 of `from`, results to the same rows of `to`. */
static void run(lk_loss loss, const rows *from, rows *to, int64_t first, int64_t n)
{
    const int64_t shape[2] = {n, from->shape[1]}, at = first * from->shape[1];
    const uint32_t takes = lk_loss_takes(loss, NULL);
    const int soft = loss != LK_NLL && loss != LK_MULTICLASS_HINGE;
    const lk_tensor input = lk_view(from->input + at, LK_F64, 2, shape),
                    target = soft ? lk_view(from->target + at, LK_F64, 2, shape)
                                  : lk_vector(from->label + first, LK_I64, shape),
                    weight = lk_vector(from->weight + first, LK_F64, shape),
                    value = lk_vector(to->value + first, LK_F64, shape),
                    gradient = lk_view(to->gradient + at, LK_F64, 2, shape),
                    curvature = lk_view(to->curvature + at, LK_F64, 2, shape),
                    by_target = lk_view(to->target_gradient + at, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.weight = &weight;
    call.value = &value;
    call.gradient = &gradient;
    call.curvature = &curvature;
    if (takes >> LK_ARG_TARGET_GRADIENT & 1u && soft) call.target_gradient = &by_target;
    call.reduction = LK_NONE;
    if (lk_evaluate(loss, NULL, 0, &call)) fail_msg("%s", lk_last_error());
}

static void same(const double *a, const double *b, int64_t n, const char *loss, const char *what)
{
    for (int64_t i = 0; i < n; i++)
        if (!(a[i] == b[i] || (isnan(a[i]) && isnan(b[i]))))
            fail_msg("%s: %s[%lld] is %.17g, and %.17g by itself", loss, what, (long long)i, a[i],
                     b[i]);
}

static void test_rows_by_themselves(void **state)
{
    (void)state;
    static const lk_loss losses[] = {LK_NLL, LK_KL_DIVERGENCE, LK_JS_DIVERGENCE,
                                     LK_MULTICLASS_HINGE};
    static rows together, alone;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++)
        for (int64_t classes = 1; classes <= MOST; classes++) {
            const char *const name = lk_loss_describe(losses[k])->name;
            fill(&together, classes);
            fill(&alone, classes);
            run(losses[k], &together, &together, 0, ROWS);
            for (int64_t i = 0; i < ROWS; i++) run(losses[k], &alone, &alone, i, 1);
            same(together.value, alone.value, ROWS, name, "value");
            same(together.gradient, alone.gradient, ROWS * classes, name, "gradient");
            same(together.curvature, alone.curvature, ROWS * classes, name, "curvature");
            same(together.target_gradient, alone.target_gradient, ROWS * classes, name,
                 "target_gradient");
            if (losses[k] == LK_KL_DIVERGENCE) assert_true(isnan(together.value[6]));
            assert_true(together.value[10] == 0); /* its weight is 0 */
        }
}

/* ---- softmax and log_softmax ------------------------------------------------------------------
 */

enum { WIDE = 131, GROUPS = 67 };

typedef struct scores {
    double input[GROUPS * WIDE], upstream[GROUPS * WIDE];
    double value[GROUPS * WIDE], gradient[GROUPS * WIDE];
} scores;

/* Rows first .. first + n - 1 of so many classes. */
static lk_status transform(lk_loss loss, scores *s, int64_t classes, int64_t first, int64_t n,
                           uint32_t flags, lk_result *result)
{
    const int64_t shape[2] = {n, classes}, at = first * classes;
    const lk_tensor input = lk_view(s->input + at, LK_F64, 2, shape),
                    upstream = lk_view(s->upstream + at, LK_F64, 2, shape),
                    value = lk_view(s->value + at, LK_F64, 2, shape),
                    gradient = lk_view(s->gradient + at, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input, call.upstream = &upstream;
    call.value = &value, call.gradient = &gradient;
    call.flags = flags;
    call.result = result;
    return lk_evaluate(loss, NULL, 0, &call);
}

static void draw_scores(scores *s, int64_t classes)
{
    for (int64_t i = 0; i < GROUPS * classes; i++) {
        s->input[i] = fmod(0.37 * (double)(i * i), 19) - 9;
        s->upstream[i] = fmod(0.29 * (double)(i * i), 3) - 1;
    }
    s->input[3 * classes] = NAN;
    s->input[5 * classes] = -INFINITY;
    s->input[7 * classes] = 400;
    for (int64_t c = 0; c < classes; c++) s->input[8 * classes + c] = -INFINITY;
}

/* A row is the same in a group, alone, with the sum asked for, and by plain arithmetic. */
static void test_functions_of_rows(void **state)
{
    (void)state;
    static const int64_t counts[] = {1, 2, 15, 16, 17, 63, 64, 65, 120, WIDE};
    static const lk_loss functions[] = {LK_SOFTMAX, LK_LOG_SOFTMAX};
    static scores s, alone;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        for (int f = 0; f < 2; f++) {
            const int64_t n = counts[k], all = GROUPS * n;
            const char *const name = lk_loss_describe(functions[f])->name;
            draw_scores(&s, n);
            draw_scores(&alone, n);
            lk_result sum;
            assert_int_equal(transform(functions[f], &s, n, 0, GROUPS, 0, NULL), LK_OK);
            for (int64_t i = 0; i < GROUPS; i++)
                assert_int_equal(transform(functions[f], &alone, n, i, 1, 0, &sum), LK_OK);
            same(s.value, alone.value, all, name, "value");
            same(s.gradient, alone.gradient, all, name, "gradient");
            for (int64_t i = 0; i < GROUPS; i++) {
                const double *a = s.input + i * n, *u = s.upstream + i * n;
                double most = a[0], total = 0, slope = 0;
                for (int64_t c = 1; c < n; c++) most = fmax(most, a[c]);
                for (int64_t c = 0; c < n; c++) total += exp(a[c] - most);
                for (int64_t c = 0; c < n; c++) slope += u[c] * (f ? 1 : exp(a[c] - most) / total);
                for (int64_t c = 0; c < n; c++) {
                    const double p = exp(a[c] - most) / total, y = f ? a[c] - most - log(total) : p;
                    const double g = f ? u[c] - p * slope : p * (u[c] - slope);
                    const double value = s.value[i * n + c], own = s.gradient[i * n + c];
                    if (isnan(total)) {
                        assert_true(isnan(value) && isnan(own));
                        continue;
                    }
                    assert_true(value == y || fabs(value - y) <= 1e-14 * fmax(1, fabs(y)));
                    assert_true(fabs(own - g) <= 1e-13);
                }
            }
        }
}

/* From the value of a call before: softmax to the bit, log_softmax nearly. */
static void test_gradient_of_a_value(void **state)
{
    (void)state;
    static scores s, given;
    for (int64_t n = 1; n <= WIDE; n += 13) {
        draw_scores(&s, n);
        for (int f = 0; f < 2; f++) {
            const lk_loss loss = f ? LK_LOG_SOFTMAX : LK_SOFTMAX;
            assert_int_equal(transform(loss, &s, n, 0, GROUPS, 0, NULL), LK_OK);
            given = s;
            memset(given.gradient, 0xff, sizeof given.gradient);
            memset(given.input, 0, sizeof given.input); /* plays no part */
            assert_int_equal(transform(loss, &given, n, 0, GROUPS, LK_VALUE_GIVEN, NULL), LK_OK);
            same(given.value, s.value, GROUPS * n, "given", "value");
            if (!f) same(given.gradient, s.gradient, GROUPS * n, "softmax", "gradient");
            for (int64_t i = 0; i < GROUPS * n; i++)
                assert_true((isnan(given.gradient[i]) && isnan(s.gradient[i])) ||
                            fabs(given.gradient[i] - s.gradient[i]) <= 1e-13);
        }
    }
}

/* Rows that take no part have gradient 0 whatever the weights of classes are. */
static void test_classes_without_rows(void **state)
{
    (void)state;
    enum { FEW = 3, LABELS = 4 };
    static const lk_loss losses[] = {LK_NLL, LK_MULTICLASS_HINGE, LK_SOFTMAX_CROSS_ENTROPY};
    static const double input[FEW * LABELS] = {-1, -2, -3, -4, -2, -1, -4, -3, -3, -3, -1, -2};
    static const double class_weight[LABELS] = {INFINITY, 1, 2, NAN}, upstream[FEW] = {1, 1, 0};
    static const int64_t label[FEW] = {1, -100, 3}, shape[2] = {FEW, LABELS}, wide = LABELS;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        double gradient[FEW * LABELS];
        const lk_tensor x = lk_view(input, LK_F64, 2, shape), y = lk_vector(label, LK_I64, shape);
        const lk_tensor g = lk_view(gradient, LK_F64, 2, shape);
        const lk_tensor w = lk_vector(class_weight, LK_F64, &wide);
        const lk_tensor u = lk_vector(upstream, LK_F64, shape);
        lk_call call = LK_CALL_INIT;
        call.input = &x, call.target = &y, call.gradient = &g;
        call.class_weight = &w, call.upstream = &u, call.reduction = LK_NONE;
        assert_int_equal(lk_evaluate(losses[k], NULL, 0, &call), LK_OK);
        for (int c = 0; c < LABELS; c++) {
            assert_true(isfinite(gradient[c]));
            assert_true(gradient[LABELS + c] == 0 && gradient[2 * LABELS + c] == 0);
        }
    }
}

static void test_nan_is_the_worst_class(void **state)
{
    (void)state;
    static const double crammer_singer[4] = {1, 1, 1, 0};
    static const int64_t label = 3, shape[2] = {1, 4}, one = 1;
    for (int place = 0; place < 3; place++) {
        double input[4] = {0.5, 3, -2, 1};
        input[place] = NAN;
        const lk_tensor x = lk_view(input, LK_F64, 2, shape), y = lk_vector(&label, LK_I64, &one);
        lk_result result;
        lk_call call = LK_CALL_INIT;
        call.input = &x, call.target = &y, call.result = &result;
        assert_int_equal(lk_evaluate(LK_MULTICLASS_HINGE, crammer_singer, 4, &call), LK_OK);
        assert_true(isnan(result.value));
    }
}

static void test_given_value_is_refused(void **state)
{
    (void)state;
    static scores s;
    lk_result result;
    draw_scores(&s, 3);
    assert_int_equal(transform(LK_SOFTMAX, &s, 3, 0, 4, LK_VALUE_GIVEN, &result), LK_UNSUPPORTED);
    assert_string_equal(lk_last_error(),
                        "softmax: result is not there with LK_VALUE_GIVEN, only gradient is");
    const int64_t shape[2] = {4, 3};
    const lk_tensor input = lk_view(s.input, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.flags = LK_VALUE_GIVEN;
    assert_int_equal(lk_log_softmax(&call), LK_INVALID);
    assert_string_equal(lk_last_error(), "log_softmax: value is NULL, yet LK_VALUE_GIVEN");
    const int64_t one[2] = {1, 1};
    lk_tensor value = lk_view(s.value, LK_F64, 2, one);
    call.value = &value; /* nothing to compute, yet it has to fit */
    assert_int_equal(lk_log_softmax(&call), LK_INVALID);
    value = lk_view(s.value, LK_F64, 2, shape);
    assert_int_equal(lk_log_softmax(&call), LK_OK);
    assert_int_equal(lk_softmax(&call), LK_OK);
    assert_int_equal(lk_kl_divergence(&call, 0, 0), LK_INVALID);
    assert_string_equal(lk_last_error(), "kl_divergence takes no flags 0x40");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_by_themselves),   cmocka_unit_test(test_functions_of_rows),
        cmocka_unit_test(test_gradient_of_a_value),  cmocka_unit_test(test_given_value_is_refused),
        cmocka_unit_test(test_classes_without_rows), cmocka_unit_test(test_nan_is_the_worst_class)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
