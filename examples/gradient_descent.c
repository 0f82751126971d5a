/* A line fitted to points with gross outliers: the typed loss functions inside a gradient descent
 * of one's own. Squared error is dragged away; Huber and Tukey are not.
 *
 *     cc gradient_descent.c $(pkg-config --cflags --libs losskit) -lm */
#include <math.h>
#include <stdio.h>

#include <losskit.h>

enum { POINTS = 64 };

typedef struct line {
    double slope, intercept;
} line;

typedef lk_status loss(const lk_call *call);
static lk_status squared(const lk_call *call) { return lk_squared_error(call, 1); }
static lk_status huber(const lk_call *call) { return lk_huber(call, 0.5); }
static lk_status tukey(const lk_call *call) { return lk_tukey_biweight(call, 4.6851, 0.5); }

/* y = 2 x + 1 with a small ripple; every eighth point is far off. */
static void make_points(double *x, double *y)
{
    for (int i = 0; i < POINTS; i++) {
        x[i] = (double)i / POINTS;
        y[i] = 2 * x[i] + 1 + 0.1 * sin(37.0 * i) + (i % 8 == 7 ? 20 : 0);
    }
}

/* 2000 steps from `start`; nonzero when the loss fails. */
static int descend(loss *l, const double *x, const double *y, line start, line *fit)
{
    double prediction[POINTS], gradient[POINTS];
    int64_t n = POINTS;
    const lk_tensor input = lk_vector(prediction, LK_F64, &n), target = lk_vector(y, LK_F64, &n);
    const lk_tensor slope = lk_vector(gradient, LK_F64, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = &slope;

    *fit = start;
    for (int step = 0; step < 2000; step++) {
        for (int i = 0; i < POINTS; i++) prediction[i] = fit->slope * x[i] + fit->intercept;
        if (l(&call)) return 1;
        double d_slope = 0, d_intercept = 0;
        for (int i = 0; i < POINTS; i++) {
            d_slope += gradient[i] * x[i];
            d_intercept += gradient[i];
        }
        fit->slope -= 0.5 * d_slope;
        fit->intercept -= 0.5 * d_intercept;
    }
    return 0;
}

int main(void)
{
    double x[POINTS], y[POINTS];
    line by_squares, by_huber, by_tukey;
    const line zero = {0, 0};
    make_points(x, y);
    /* Tukey's loss is not convex: it starts where Huber's ended. */
    if (descend(squared, x, y, zero, &by_squares) || descend(huber, x, y, zero, &by_huber) ||
        descend(tukey, x, y, by_huber, &by_tukey)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return 1;
    }
    printf("the truth       y = 2.000 x + 1.000\n");
    printf("squared_error   y = %.3f x + %.3f\n", by_squares.slope, by_squares.intercept);
    printf("huber           y = %.3f x + %.3f\n", by_huber.slope, by_huber.intercept);
    printf("tukey_biweight  y = %.3f x + %.3f\n", by_tukey.slope, by_tukey.intercept);
    return 0;
}
