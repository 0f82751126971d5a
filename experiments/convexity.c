/* convexity.c: which losses, and which functions made of them, curve downwards somewhere. */
#include "convexity.h"

#include <lapacke.h>
#include <stdio.h>
#include <stdlib.h>

lk_status eigenvalues(int64_t n, double *matrix, double *values)
{
    const lapack_int size = (lapack_int)n, ask = -1;
    lapack_int info;
    double wanted;
    LAPACK_dsyev("N", "U", &size, matrix, &size, values, &wanted, &ask, &info);
    const lapack_int n_work = (lapack_int)wanted;
    double *work = malloc((size_t)n_work * sizeof *work);
    if (!work) return lk_fail(LK_NO_MEMORY, "no memory for eigenvalues");
    lk_blas_begin();
    LAPACK_dsyev("N", "U", &size, matrix, &size, values, work, &n_work, &info);
    lk_blas_end();
    free(work);
    return info ? lk_fail(LK_OUT_OF_DOMAIN,
                          "the eigenvalues of a matrix of %lld rows are not found", (long long)n)
                : LK_OK;
}

static lk_status value_at(int64_t i, double up, int64_t j, double right, double *point,
                          point_function *function, void *context, double *value)
{
    const double kept[2] = {point[i], point[j]};
    point[i] += up;
    point[j] += right;
    const lk_status status = function(context, point, value);
    point[i] = kept[0];
    point[j] = kept[1];
    return status;
}

lk_status hessian_by_differences(int64_t n, double *point, double step, point_function *function,
                                 void *context, double *hessian)
{
    double corner[4];
    lk_status status = LK_OK;
    for (int64_t i = 0; !status && i < n; i++)
        for (int64_t j = 0; !status && j <= i; j++) {
            for (int k = 0; !status && k < 4; k++)
                status = value_at(i, k < 2 ? step : -step, j, k % 2 ? -step : step, point, function,
                                  context, &corner[k]);
            hessian[i * n + j] = hessian[j * n + i] =
                (corner[0] - corner[1] - corner[2] + corner[3]) / (4 * step * step);
        }
    return status;
}

void check_count(experiment *x, int counted, int expected, int of, const char *what)
{
    char found[32];
    snprintf(found, sizeof found, "%d of %d", counted, of);
    check_true(x, counted == expected, found, "%s: %d", what, expected);
}

static lk_status run(experiment *x)
{
    static lk_status (*const parts[])(experiment *) = {
        show_pointwise_curvatures, show_row_hessians, show_linear_hessians,
        show_compositions,         show_networks,     show_permutation};
    tell(x, "A function of one number that has a second derivative is convex where that is never "
            "negative; one of several numbers, where no eigenvalue of its Hessian is. Both can be "
            "looked at in so many points. One negative curvature, in one direction of one point, "
            "refutes convexity; to find none proves nothing, however many points there are.");
    formula(x, "f\\text{ convex}\\iff f''\\ge0\\text{ everywhere},\\qquad "
               "f\\text{ convex}\\iff\\lambda_{\\min}(\\nabla^2f)\\ge0\\text{ everywhere}");
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        const lk_status status = parts[k](x);
        if (status) return status;
    }
    return LK_OK;
}

const experiment_info convexity_experiment = {
    .name = "convexity",
    .title = "Convex losses are convex in a model's weights only while the model is linear",
    .claim = "Log loss, hinge and squared error are convex, ramp, Tukey's biweight and focal loss "
             "are not. Under a linear model a convex loss stays convex in the weights; a sigmoid "
             "before squared error, or a hidden layer, ends that.",
    .data = {"breast_cancer", "digits"},
    .run = run,
};
