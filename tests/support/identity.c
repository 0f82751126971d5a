#include "support/identity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/rng.h"

const int64_t score_shape[] = {N, C}, row_shape[] = {N}, feature_shape[] = {N, D};
const int64_t layer_shape[] = {C, D};

static double uniform(rng *r) { return (double)(rng_next(r) >> 11) * 0x1p-53; }

void make_data(data *d)
{
    rng r = {2026};
    for (int i = 0; i < ALL; i++) d->scores[i] = 6 * uniform(&r) - 3;
    for (int i = 0; i < N; i++) {
        double sum = 0;
        d->labels[i] = rng_below(&r, C);
        for (int c = 0; c < C; c++) sum += d->soft[i * C + c] = uniform(&r) + 0.01;
        for (int c = 0; c < C; c++) d->soft[i * C + c] /= sum;
    }
    for (int i = 0; i < N * D; i++) d->features[i] = 4 * uniform(&r) - 2;
    for (int i = 0; i < C * D; i++) d->layer[i] = 4 * uniform(&r) - 2;
}

void check_same(const double *got, const double *want, int n, double tolerance, const char *what)
{
    double size = 0;
    for (int i = 0; i < n; i++) size += fabs(want[i]) / n;
    assert_true(size > 0);
    for (int i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= tolerance * (fabs(want[i]) + size)))
            fail_msg("%s: element %d is %.17g, not %.17g", what, i, got[i], want[i]);
}

void run_call(lk_loss loss, const double *params, int n_params, lk_call *call)
{
    if (lk_evaluate(loss, params, n_params, call)) fail_msg("%s", lk_last_error());
}

/* A loss over rows of C scores, value and gradient, reduction sum; target: labels or soft. */
answer row_answer(lk_loss loss, const double *params, int n_params, const double *scores,
                  const int64_t *labels, const double *soft)
{
    answer a;
    const lk_tensor input = lk_view(scores, LK_F64, 2, score_shape);
    const lk_tensor label = lk_view(labels, LK_I64, 1, row_shape);
    const lk_tensor target = lk_view(soft, LK_F64, 2, score_shape);
    const int function = !labels && !soft;
    const lk_tensor value = lk_view(a.value, LK_F64, function ? 2 : 1, score_shape);
    const lk_tensor gradient = lk_view(a.gradient, LK_F64, 2, score_shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = labels ? &label : soft ? &target : NULL;
    call.value = &value;
    call.gradient = &gradient;
    call.result = &a.result;
    call.reduction = function ? LK_NONE : LK_SUM;
    run_call(loss, params, n_params, &call);
    return a;
}

void check_rows(const answer *a, const answer *b, double tolerance, const char *what)
{
    check_same(a->value, b->value, N, tolerance, what);
    check_same(a->gradient, b->gradient, ALL, tolerance, what);
    check_same(&a->result.value, &b->result.value, 1, tolerance, what);
}
