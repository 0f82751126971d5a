/* A loss that the library does not have, through the library's engine: weights, reductions,
 * strides, threads and reproducible sums come with it.
 *
 * The loss is asymmetric: linex, e^(a r) - a r - 1, where overestimates cost more for a > 0. */
#include <math.h>
#include <stdio.h>

#include <losskit.h>

static void linex(size_t n, const double *input, const double *target, void *context, double *value,
                  double *gradient, double *curvature)
{
    const double a = *(const double *)context;
    for (size_t i = 0; i < n; i++) {
        const double r = input[i] - target[i];
        value[i] = expm1(a * r) - a * r;
        if (gradient) gradient[i] = a * expm1(a * r);
        if (curvature) curvature[i] = a * a * exp(a * r);
    }
}

int main(void)
{
    double prediction[] = {-1, -0.5, 0, 0.5, 1}, truth = 0, gradient[5], curvature[5], a = 2;
    const double weights[] = {1, 1, 4, 1, 1};
    int64_t n = 5;
    const lk_tensor x = lk_vector(prediction, LK_F64, &n), y = lk_view(&truth, LK_F64, 0, NULL);
    const lk_tensor w = lk_vector(weights, LK_F64, &n), g = lk_vector(gradient, LK_F64, &n);
    const lk_tensor h = lk_vector(curvature, LK_F64, &n);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.target = &y;
    call.weight = &w;
    call.gradient = &g;
    call.curvature = &h;
    call.result = &result;
    call.reduction = LK_WEIGHTED_MEAN;
    if (lk_evaluate_custom(linex, &a, &call)) return fprintf(stderr, "%s\n", lk_last_error()), 1;

    printf("weighted mean %.6f over weights that sum to %g\n", result.value, result.normalizer);
    for (int i = 0; i < 5; i++)
        printf("r = %4.1f   gradient %9.6f   curvature %9.6f\n", prediction[i], gradient[i],
               curvature[i]);
    return 0;
}
