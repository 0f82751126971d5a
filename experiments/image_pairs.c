#include "image_pairs.h"

#include <math.h>
#include <stdlib.h>

double pair_distance(const double *a, const double *b, int64_t numbers)
{
    double sum = 0;
    for (int64_t d = 0; d < numbers; d++) sum += (a[d] - b[d]) * (a[d] - b[d]);
    return sqrt(sum);
}

lk_status pairs_of(const lk_dataset *data, int64_t numbers, const double *points, pairs *out)
{
    const int64_t n = data->rows * (data->rows - 1) / 2;
    *out = (pairs){.distance = malloc((size_t)(n + 1) * sizeof *out->distance),
                   .similar = malloc((size_t)(n + 1) * sizeof *out->similar)};
    if (!out->distance || !out->similar)
        return lk_fail(LK_NO_MEMORY, "no memory for %lld pairs", (long long)n);
    for (int64_t i = 0; i < data->rows; i++)
        for (int64_t j = 0; j < i; j++) {
            out->distance[out->n] =
                pair_distance(points + i * numbers, points + j * numbers, numbers);
            out->similar[out->n++] = data->target[i] == data->target[j];
        }
    return LK_OK;
}

void pairs_free(pairs *p)
{
    free(p->distance);
    free(p->similar);
}

int64_t pairs_select(const pairs *p, int similar, double *distance)
{
    int64_t n = 0;
    for (int64_t i = 0; i < p->n; i++)
        if (p->similar[i] == similar) distance[n++] = p->distance[i];
    return n;
}

double pairs_mean(const pairs *p, int similar)
{
    double sum = 0, n = 0;
    for (int64_t i = 0; i < p->n; i++) {
        if (p->similar[i] != similar) continue;
        sum += p->distance[i];
        n++;
    }
    return sum / n;
}

lk_status pairs_auc(const pairs *p, double *auc)
{
    double *const score = malloc((size_t)(p->n + 1) * sizeof *score);
    if (!score) return lk_fail(LK_NO_MEMORY, "no memory for %lld scores", (long long)p->n);
    for (int64_t i = 0; i < p->n; i++) score[i] = -p->distance[i];
    const lk_status status = lk_roc_auc(p->n, p->similar, score, NULL, auc);
    free(score);
    return status;
}

double pairs_nearest(const lk_dataset *data, int64_t numbers, const double *points)
{
    int64_t right = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        double least = INFINITY, class = NAN;
        for (int64_t j = 0; j < data->rows; j++) {
            const double d = pair_distance(points + i * numbers, points + j * numbers, numbers);
            if (j == i || d >= least) continue;
            least = d;
            class = data->target[j];
        }
        right += class == data->target[i];
    }
    return (double)right / (double)data->rows;
}
