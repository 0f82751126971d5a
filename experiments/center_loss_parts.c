/* center_loss_parts.c: what center loss has in it, and what not. */
#include "center_loss.h"
#include "feature_plane.h"

#include <math.h>
#include <stdlib.h>

/* Of points around the middles of their classes; each: the values of single rows. */
static lk_status center_loss_of(int64_t rows, const double *points, const int64_t *labels,
                                double centers[DIGITS][2], double *each, double *loss)
{
    const int64_t shape[2] = {rows, 2}, of_centers[2] = {DIGITS, 2};
    const lk_tensor input = lk_view(points, LK_F64, 2, shape),
                    target = lk_vector(labels, LK_I64, shape),
                    center = lk_view(centers, LK_F64, 2, of_centers),
                    value = lk_vector(each, LK_F64, shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.centers = &center;
    call.value = &value;
    call.result = &result;
    const lk_status status = lk_center(&call);
    if (!status) *loss = result.value;
    return status;
}

/* Two pixels of each image serve as features: the loss knows nothing of networks. */
lk_status center_loss_parts(experiment *x, const lk_dataset *digits)
{
    enum { FIRST = 20, SECOND = 43, APART = 1024 };
    const int64_t n = digits->rows;
    double *const points = calloc((size_t)(2 * n), sizeof *points);
    double *const each = malloc((size_t)n * sizeof *each);
    int64_t *const labels = malloc((size_t)n * sizeof *labels);
    double middle[DIGITS][2], here = NAN, apart = NAN, least = INFINITY, half = 0;
    lk_status status = LK_NO_MEMORY;
    if (!points || !each || !labels) {
        (void)lk_fail(status, "no memory for %lld points", (long long)n);
        goto end;
    }
    for (int64_t i = 0; i < n; i++) {
        points[2 * i] = digits->dense[i * digits->features + FIRST];
        points[2 * i + 1] = digits->dense[i * digits->features + SECOND];
        labels[i] = (int64_t)digits->target[i];
    }
    plane_middles(digits, points, middle);
    status = center_loss_of(n, points, labels, middle, each, &here);
    if (status) goto end;
    for (int64_t i = 0; i < n; i++) {
        const double *const m = middle[labels[i]];
        const double a = points[2 * i] - m[0], b = points[2 * i + 1] - m[1];
        least = fmin(least, each[i]);
        half += (a * a + b * b) / (double)(2 * n);
    }
    for (int64_t i = 0; i < n; i++) points[2 * i] += (double)(APART * labels[i]);
    for (int c = 0; c < DIGITS; c++) middle[c][0] += APART * c;
    status = center_loss_of(n, points, labels, middle, each, &apart);
    if (status) goto end;
    heading(x, "What the loss is made of");
    tell(x,
         "Two pixels of each of the %lld digits as features, and the middles of the classes as "
         "centers. Then class c is moved by %d c, its center with it.",
         (long long)n, APART);
    refute(
        x, "Center loss has a leading minus, and makes the distances between classes smaller.",
        "It is half the squared distance of a feature from the center of its own class, never "
        "below 0. No distance between classes is in it. What it makes small, against the distances "
        "between classes, are those within.");
    check_at_least(x, once(least), 0, "the least center loss of a row");
    check_near(x, here, half, 1e-12 * half, "center loss, against ½ of the mean squared distance");
    check_near(x, apart, here, 1e-9 * here,
               "center loss after the classes were moved apart, against before");
end:
    free(points);
    free(each);
    free(labels);
    return status;
}
