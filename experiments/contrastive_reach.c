#include "contrastive_reach.h"

#include "image_pairs.h"

#include <math.h>
#include <stdlib.h>

static void look_at(const double *distance, const double *gradient, int64_t n, double margin,
                    reach *r)
{
    int64_t near = 0, moved = 0;
    *r = (reach){.pairs = (double)n};
    for (int64_t i = 0; i < n; i++) {
        const double slope = hypot(gradient[2 * i], gradient[2 * i + 1]);
        if (distance[i] >= margin) r->beyond = fmax(r->beyond, slope);
        near += distance[i] < margin;
        moved += distance[i] < margin && slope > 0;
    }
    r->within = (double)moved / (double)near;
}

static lk_status slopes_of(int64_t n, const double *a, const double *b, double margin,
                           double *gradient)
{
    const int64_t shape[2] = {n, 2}, none[1] = {0};
    const double dissimilar = 0;
    lk_tensor target = lk_vector(&dissimilar, LK_F64, shape);
    target.strides = (int64_t *)(uintptr_t)none;
    const lk_tensor input = lk_view(a, LK_F64, 2, shape), other = lk_view(b, LK_F64, 2, shape),
                    slope = lk_view(gradient, LK_F64, 2, shape);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.other = &other;
    call.target = &target;
    call.gradient = &slope;
    call.reduction = LK_NONE;
    return lk_contrastive(&call, margin);
}

lk_status reach_of(const lk_dataset *data, const double *points, double margin, reach *r)
{
    const size_t most = (size_t)(data->rows * (data->rows - 1) / 2);
    double *const a = calloc(7 * most + 1, sizeof *a);
    if (!a) return lk_fail(LK_NO_MEMORY, "no memory for %zu pairs", most);
    double *const b = a + 2 * most, *const gradient = b + 2 * most,
                  *const distance = gradient + 2 * most;
    int64_t n = 0;
    for (int64_t i = 0; i < data->rows; i++)
        for (int64_t j = 0; j < i; j++) {
            if (data->target[i] == data->target[j]) continue;
            for (int d = 0; d < 2; d++) {
                a[2 * n + d] = points[2 * i + d];
                b[2 * n + d] = points[2 * j + d];
            }
            distance[n++] = pair_distance(points + 2 * i, points + 2 * j, 2);
        }
    const lk_status status = slopes_of(n, a, b, margin, gradient);
    if (!status) look_at(distance, gradient, n, margin, r);
    free(a);
    return status;
}
