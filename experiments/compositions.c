/* compositions.c: convex losses of what is not linear. */
#include "convexity.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

/* ---- squared error of a sigmoid -----------------------------------------------------------------
 */
enum { LOGITS = 4001, DRAWN = 241 };

/* The slope in z of C = a²/2, a = σ(z), the target being 0: a σ'(z). The slope of cross-entropy at
 * that target is σ(z), its curvature σ'(z). */
static lk_status slopes_at(int64_t n, const double *z, double *a, double *slope)
{
    static const double half = 1;
    double *bend = malloc((size_t)n * sizeof *bend);
    if (!bend) return lk_fail(LK_NO_MEMORY, "no memory for slopes");
    lk_status status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, n, z, 0, NULL, a, bend);
    if (!status) status = trial_curve(LK_SQUARED_ERROR, &half, 1, n, a, 0, NULL, slope, NULL);
    for (int64_t k = 0; !status && k < n; k++) slope[k] *= bend[k];
    free(bend);
    return status;
}

/* C'' by central differences of the slope. */
static lk_status bends_at(int64_t n, const double *z, double *a, double *bend)
{
    const double step = 1e-5;
    double *room = malloc((size_t)(3 * n) * sizeof *room);
    if (!room) return lk_fail(LK_NO_MEMORY, "no memory for curvatures");
    double *const at = room, *const up = at + n, *const down = up + n;
    for (int64_t k = 0; k < n; k++) at[k] = z[k] + step;
    lk_status status = slopes_at(n, at, a, up);
    for (int64_t k = 0; k < n; k++) at[k] = z[k] - step;
    if (!status) status = slopes_at(n, at, a, down);
    for (int64_t k = 0; !status && k < n; k++) bend[k] = (up[k] - down[k]) / (2 * step);
    if (!status) status = slopes_at(n, z, a, up);
    free(room);
    return status;
}

static lk_status draw_bends(experiment *x)
{
    static const double plain_focal[] = {2, -1};
    double z[DRAWN], a[DRAWN], bend[DRAWN];
    trial_grid(-6, 6, DRAWN, z);
    figure(x, &(figure_look){.title = "Curvature of losses of a logit, target 0",
                             .alt = "Cross-entropy is above 0 everywhere. Focal loss and squared "
                                    "error through a sigmoid fall below 0 for large logits.",
                             .x_label = "logit z",
                             .y_label = "second derivative"});
    lk_status status =
        trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, DRAWN, z, 0, NULL, NULL, bend);
    if (!status) figure_line(x, "cross-entropy", DRAWN, z, bend);
    if (!status)
        status = trial_curve(LK_SIGMOID_FOCAL, plain_focal, 2, DRAWN, z, 0, NULL, NULL, bend);
    if (!status) figure_line(x, "focal, γ = 2", DRAWN, z, bend);
    if (!status) status = bends_at(DRAWN, z, a, bend);
    if (!status) figure_line(x, "½ squared error of σ(z)", DRAWN, z, bend);
    return status;
}

static lk_status look_at_sigmoid(experiment *x, double *room)
{
    double *const z = room, *const a = z + LOGITS, *const y = a + LOGITS;
    double gap = 0, least = HUGE_VAL;
    int64_t peak = 0;
    tell(x, "Squared error of a sigmoid, C = ½(y − a)² with a = σ(z), for y = 0. The further the "
            "output is from 0 the steeper C gets, but only up to a = 2/3.");
    formula(x, "C'=a^2(1-a)\\qquad C''=a^2(1-a)(2-3a)");
    trial_grid(-8, 8, LOGITS, z);
    lk_status status = slopes_at(LOGITS, z, a, y);
    if (status) return status;
    for (int64_t k = 0; k < LOGITS; k++)
        if (y[k] > y[peak]) peak = k;
    check_near(x, a[peak], 2. / 3, 1e-3, "a where the slope |dC/dz| is largest, of 4001 logits");
    check_near(x, y[peak], 4. / 27, 1e-6, "the largest slope, 4/27");
    status = bends_at(LOGITS, z, a, y);
    if (status) return status;
    for (int64_t k = 0; k < LOGITS; k++) {
        gap = fmax(gap, fabs(y[k] - a[k] * a[k] * (1 - a[k]) * (2 - 3 * a[k])));
        least = fmin(least, y[k]);
    }
    check_at_most(x, once(gap), 1e-9, "C'' by differences against a²(1 − a)(2 − 3a)");
    check_at_most(x, once(least), -0.05, "the smallest C'': not convex");
    status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, LOGITS, z, 0, NULL, NULL, y);
    if (status) return status;
    least = HUGE_VAL;
    for (int64_t k = 0; k < LOGITS; k++) least = fmin(least, y[k]);
    check_at_least(x, once(least), 0, "the smallest curvature of cross-entropy at these logits");
    return draw_bends(x);
}

/* ---- a product of two weights -------------------------------------------------------------------
 */
enum { SIDE = 81 };

/* Values above it are drawn as it is: the valleys would be lost beside the slopes. */
static const double ceiling = 0.6;

/* ½(w₁w₂ − 1)²: a network of one linear hidden unit, input and target 1. */
static lk_status product_loss(void *context, const double *weights, double *value)
{
    static const double half = 1;
    const double output = weights[0] * weights[1];
    (void)context;
    return trial_curve(LK_SQUARED_ERROR, &half, 1, 1, &output, 1, value, NULL, NULL);
}

static lk_status draw_product(experiment *x)
{
    static const double valley[2][2] = {{-1, 1}, {-1, 1}}, saddle = 0;
    double axis[SIDE], *surface = malloc(sizeof *surface * SIDE * SIDE);
    if (!surface) return lk_fail(LK_NO_MEMORY, "no memory for a surface");
    lk_status status = LK_OK;
    trial_grid(-2, 2, SIDE, axis);
    for (int i = 0; !status && i < SIDE; i++)
        for (int j = 0; !status && j < SIDE; j++) {
            double *at = &surface[i * SIDE + j];
            status = product_loss(NULL, (double[]){axis[j], axis[i]}, at);
            *at = fmin(*at, ceiling);
        }
    figure(x, &(figure_look){.title = "½(w₁w₂ − 1)², drawn as 0.6 where it is more",
                             .alt = "Two curved valleys, one in each of the corners where both "
                                    "weights have the same sign, with a saddle between them at the "
                                    "origin.",
                             .x_label = "w₁",
                             .y_label = "w₂",
                             .x_range = {-2, 2},
                             .y_range = {-2, 2},
                             .equal_units = 1});
    figure_surface(x, SIDE, SIDE, surface);
    figure_points(x, "saddle ½", 1, &saddle, &saddle);
    figure_points(x, "minimum 0", 2, valley[0], valley[1]);
    free(surface);
    return status;
}

static lk_status look_at_product(experiment *x)
{
    double point[2], hessian[4], values[2], loss[3];
    tell(x, "The smallest network: one linear unit in a hidden layer, so that the output is w₁w₂x. "
            "With x = 1 and the target 1 the loss is ½(w₁w₂ − 1)². It is 0 at (1, 1) and at "
            "(−1, −1), and ½ half way between, where it has a saddle.");
    formula(x, "\\nabla^2\\tfrac12(w_1w_2-1)^2=\\begin{pmatrix}w_2^2&2w_1w_2-1\\\\2w_1w_2-1&"
               "w_1^2\\end{pmatrix}");
    lk_status status = LK_OK;
    for (int k = 0; !status && k < 3; k++) {
        point[0] = point[1] = k - 1;
        status = product_loss(NULL, point, &loss[k]);
    }
    for (int at = 0; !status && at < 2; at++) {
        point[0] = point[1] = at;
        status = hessian_by_differences(2, point, 1e-3, product_loss, NULL, hessian);
        if (!status) status = eigenvalues(2, hessian, values);
        if (status) break;
        check_near(x, values[0], at ? 0 : -1, 1e-5, "smaller eigenvalue at (%d, %d)", at, at);
        check_near(x, values[1], at ? 2 : 1, 1e-5, "larger eigenvalue at (%d, %d)", at, at);
    }
    if (status) return status;
    check_near(x, loss[1] - (loss[0] + loss[2]) / 2, 0.5, 1e-12,
               "how far the loss at the origin is above the mean of (1, 1) and (−1, −1)");
    return draw_product(x);
}

lk_status show_compositions(experiment *x)
{
    heading(x, "Convex losses of what is not linear");
    double *room = malloc(sizeof *room * 3 * LOGITS);
    if (!room) return lk_fail(LK_NO_MEMORY, "no memory for curvatures");
    lk_status status = look_at_sigmoid(x, room);
    free(room);
    return status ? status : look_at_product(x);
}
