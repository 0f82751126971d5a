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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_by_themselves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
