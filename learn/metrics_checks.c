#include "metrics_checks.h"

#include <math.h>
#include <stdlib.h>

lk_status lk_check_samples(int64_t n, const double *weight, double *total)
{
    if (n < 1)
        return lk_fail(LK_INVALID, "metrics: %lld samples; expected at least 1", (long long)n);
    *total = weight ? 0 : (double)n;
    for (int64_t i = 0; weight && i < n; i++) {
        if (!(weight[i] >= 0) || isinf(weight[i]))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "metrics: weight[%lld] = %g; expected a finite number that is not "
                           "negative",
                           (long long)i, weight[i]);
        *total += weight[i];
    }
    if (!(*total > 0) || isinf(*total))
        return lk_fail(LK_OUT_OF_DOMAIN,
                       "metrics: the sum of the weights is %g; expected a finite one above 0",
                       *total);
    return LK_OK;
}

lk_status lk_check_labels(const char *what, int64_t n, int64_t classes, const int64_t *labels)
{
    for (int64_t i = 0; i < n; i++)
        if (labels[i] < 0 || labels[i] >= classes)
            return lk_fail(LK_OUT_OF_DOMAIN, "metrics: %s[%lld] = %lld is no class in [0, %lld)",
                           what, (long long)i, (long long)labels[i], (long long)classes);
    return LK_OK;
}

static lk_status refuse(const char *what, int64_t i, int64_t columns, double value,
                        const char *expected)
{
    if (columns == 1)
        return lk_fail(LK_OUT_OF_DOMAIN, "metrics: %s[%lld] = %g; expected %s", what, (long long)i,
                       value, expected);
    return lk_fail(LK_OUT_OF_DOMAIN, "metrics: %s[%lld, %lld] = %g; expected %s", what,
                   (long long)(i / columns), (long long)(i % columns), value, expected);
}

lk_status lk_check_scores(int64_t n, int64_t columns, const double *scores)
{
    if (columns < 1)
        return lk_fail(LK_INVALID, "metrics: %lld columns of scores; expected at least 1",
                       (long long)columns);
    for (int64_t i = 0; i < n * columns; i++)
        if (isnan(scores[i])) return refuse("scores", i, columns, scores[i], "a number");
    return LK_OK;
}

lk_status lk_check_range(const char *what, int64_t n, int64_t columns, const double *numbers,
                         double lowest, double highest)
{
    if (columns < 1)
        return lk_fail(LK_INVALID, "metrics: %lld columns of %s; expected at least 1",
                       (long long)columns, what);
    for (int64_t i = 0; i < n * columns; i++)
        if (!(numbers[i] >= lowest && numbers[i] <= highest))
            return refuse(what, i, columns, numbers[i],
                          highest == 1 ? "a probability, 0 to 1" : "a finite number");
    return LK_OK;
}

static int by_value(const void *a, const void *b)
{
    const lk_place *p = a, *q = b;
    if (p->value != q->value) return p->value < q->value ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

void lk_sort_places(lk_place *places, int64_t n)
{
    qsort(places, (size_t)n, sizeof *places, by_value);
}

lk_status lk_mean_loss(lk_loss loss, const double *params, int n_params, const lk_tensor *input,
                       const lk_tensor *target, const double *weight, double *mean)
{
    const lk_tensor weights = lk_vector(weight, LK_F64, input->shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = input;
    call.target = target;
    call.weight = weight ? &weights : NULL;
    call.reduction = weight ? LK_WEIGHTED_MEAN : LK_MEAN;
    call.result = &result;
    const lk_status status = lk_evaluate(loss, params, n_params, &call);
    if (!status) *mean = result.value;
    return status;
}
