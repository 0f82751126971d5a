#include "support/region_truth.h"

#include <math.h>
#include <stdlib.h>

static long double sigmoid(long double x) { return 1 / (1 + expl(-x)); }

static long double ratio(lk_loss loss, const double *q, size_t n, const long double *x,
                         const long double *g)
{
    const int logits = q[loss == LK_DICE            ? 2
                         : loss == LK_TVERSKY       ? 3
                         : loss == LK_FOCAL_TVERSKY ? 4
                                                    : 1] != 0;
    long double tp = 0, fp = 0, fn = 0, sizes = 0;
    for (size_t i = 0; i < n; i++) {
        const long double p = logits ? sigmoid(x[i]) : x[i];
        tp += p * g[i];
        fp += p * (1 - g[i]);
        fn += (1 - p) * g[i];
        sizes += loss == LK_DICE && q[1] == 2 ? p * p + g[i] * g[i] : p + g[i];
    }
    if (loss == LK_DICE) return 1 - (2 * tp + q[0]) / (sizes + q[0]);
    if (loss == LK_JACCARD) return 1 - (tp + q[0]) / (tp + fp + fn + q[0]);
    const int focal = loss == LK_FOCAL_TVERSKY;
    const long double smooth = q[focal ? 3 : 2];
    const long double t = 1 - (tp + smooth) / (tp + q[0] * fp + q[1] * fn + smooth);
    return focal ? powl(t, q[2]) : t;
}

typedef struct mistake {
    long double error, positive;
} mistake;

static int by_error(const void *a, const void *b)
{
    const long double x = ((const mistake *)a)->error, y = ((const mistake *)b)->error;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Jaccard loss of the prediction that is wrong at the first k elements. */
static long double jaccard_of_mistakes(const mistake *m, size_t n, size_t k)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < n; i++) {
        const int truth = m[i].positive > 0.5L, prediction = i < k ? !truth : truth;
        both += truth && prediction;
        either += truth || prediction;
    }
    return either ? 1 - (long double)both / (long double)either : 0;
}

static long double lovasz(size_t n, const long double *x, const long double *g)
{
    mistake *m = calloc(n + 1, sizeof *m);
    long double sum = 0;
    for (size_t i = 0; i < n; i++) m[i] = (mistake){g[i] > 0.5L ? 1 - x[i] : 1 + x[i], g[i]};
    qsort(m, n, sizeof *m, by_error);
    for (size_t k = 0; k < n; k++)
        if (m[k].error > 0)
            sum += m[k].error * (jaccard_of_mistakes(m, n, k + 1) - jaccard_of_mistakes(m, n, k));
    free(m);
    return sum;
}

long double region_truth(lk_loss loss, const double *params, size_t n, const long double *input,
                         const long double *target)
{
    long double sum = 0;
    if (n == 0) return 0;
    if (loss == LK_LOVASZ_HINGE) return lovasz(n, input, target);
    if (loss != LK_L1_NORM && loss != LK_L2_NORM) return ratio(loss, params, n, input, target);
    for (size_t i = 0; i < n; i++) {
        const long double r = target ? input[i] - target[i] : input[i];
        sum += loss == LK_L1_NORM ? fabsl(r) : r * r;
    }
    return loss == LK_L1_NORM ? sum : sqrtl(sum);
}

int64_t region_group_of(lk_grouping grouping, int ndim, const int64_t *shape, int64_t index)
{
    int64_t at[8] = {0}, left = index;
    for (int d = ndim - 1; d >= 0; d--) {
        at[d] = left % shape[d];
        left /= shape[d];
    }
    switch (grouping) {
    case LK_PER_SAMPLE:
        return at[0];
    case LK_PER_BATCH:
        return 0;
    case LK_PER_CLASS:
        return at[1];
    case LK_PER_SAMPLE_CLASS:
        return at[0] * shape[1] + at[1];
    case LK_PER_ROW:
        return index / shape[ndim - 1];
    }
    return 0;
}

int64_t region_groups(lk_grouping grouping, int ndim, const int64_t *shape)
{
    int64_t rows = 1;
    for (int d = 0; d + 1 < ndim; d++) rows *= shape[d];
    switch (grouping) {
    case LK_PER_SAMPLE:
        return shape[0];
    case LK_PER_BATCH:
        return 1;
    case LK_PER_CLASS:
        return shape[1];
    case LK_PER_SAMPLE_CLASS:
        return shape[0] * shape[1];
    case LK_PER_ROW:
        return rows;
    }
    return 0;
}
