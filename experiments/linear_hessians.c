/* linear_hessians.c: a convex loss of linear scores is convex in the weights, on real data. */
#include "convexity.h"
#include "design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 7, IMAGES = 300 }; /* points: 0, the trained weights, and random ones */
static const double l2 = 1e-3;

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for a Hessian"); }

/* Point k of the weights. */
static lk_status place(const lk_dataset *data, lk_loss loss, int k, int64_t n, double *weights)
{
    lk_random random = {lk_random_stream(3, (uint64_t)k)};
    memset(weights, 0, (size_t)n * sizeof *weights);
    if (k == 1) return design_train(data, loss, l2, weights, NULL, NULL);
    for (int64_t j = 0; k && j < n; j++) weights[j] = 0.5 * lk_random_normal(&random);
    return LK_OK;
}

/* ---- logistic regression ------------------------------------------------------------------------
 */

/* (1/n) Xᵀ diag(curvatures) X */
static lk_status logistic_hessian(const lk_dataset *data, const double *weights, double *rows,
                                  double *hessian)
{
    double *const scores = rows, *const bends = rows + data->rows;
    lk_status status = design_scores(data, 1, weights, scores);
    if (status) return status;
    const lk_tensor z = lk_vector(scores, LK_F64, &data->rows),
                    t = lk_vector(data->target, LK_F64, &data->rows),
                    h = lk_vector(bends, LK_F64, &data->rows);
    lk_call call = LK_CALL_INIT;
    call.input = &z;
    call.target = &t;
    call.curvature = &h;
    status = lk_sigmoid_cross_entropy(&call, 1, 0);
    return status ? status : design_hessian(data, bends, hessian);
}

static lk_status look_at_logistic(experiment *x, const lk_dataset *data, double *room)
{
    const int64_t d = data->features;
    double *const weights = room, *const values = weights + d, *const hessian = values + d,
                  *const rows = hessian + d * d;
    double least = HUGE_VAL;
    for (int k = 0; k < POINTS; k++) {
        lk_status status = place(data, LK_SIGMOID_CROSS_ENTROPY, k, d, weights);
        if (!status) status = logistic_hessian(data, weights, rows, hessian);
        if (!status) status = eigenvalues(d, hessian, values);
        if (status) return status;
        least = fmin(least, values[0] / values[d - 1]);
    }
    check_at_least(x, once(least), -1e-14,
                   "logistic regression of breast cancer: smallest eigenvalue over the largest, "
                   "at %d points of %d weights",
                   POINTS, (int)d);
    return LK_OK;
}

/* ---- softmax regression -------------------------------------------------------------------------
 */

/* Column (c, k): the scores move by feature k in class c, their slopes by the Hessian of the loss
 * times that, and the gradient in the weights by these. */
static lk_status softmax_hessian(const lk_dataset *data, const int64_t *labels,
                                 const double *weights, double *rows, double *hessian)
{
    const int64_t n = data->rows * data->classes, size = data->classes * data->features;
    double *const scores = rows, *const moved = scores + n, *const slopes = moved + n;
    const int64_t shape[] = {data->rows, data->classes};
    const lk_tensor z = lk_view(scores, LK_F64, 2, shape), v = lk_view(moved, LK_F64, 2, shape),
                    hv = lk_view(slopes, LK_F64, 2, shape),
                    t = lk_vector(labels, LK_I64, &data->rows);
    lk_call call = LK_CALL_INIT;
    call.input = &z;
    call.target = &t;
    call.vector = &v;
    call.hessian_vector = &hv;
    lk_status status = design_scores(data, data->classes, weights, scores);
    for (int64_t j = 0; !status && j < size; j++) {
        const int64_t class = j / data->features, feature = j % data->features;
        memset(moved, 0, (size_t)n * sizeof *moved);
        for (int64_t i = 0; i < data->rows; i++)
            moved[i * data->classes + class] = data->dense[i * data->features + feature];
        status = lk_softmax_cross_entropy(&call, 0, 0, 0, 0);
        if (!status) status = design_gradient(data, data->classes, slopes, hessian + j * size);
    }
    return status;
}

static lk_status look_at_softmax(experiment *x, const lk_dataset *data, double *room,
                                 int64_t *labels)
{
    const int64_t size = data->classes * data->features;
    double *const weights = room, *const values = weights + size, *const hessian = values + size,
                  *const rows = hessian + size * size;
    double least = HUGE_VAL, flat = HUGE_VAL;
    for (int64_t i = 0; i < data->rows; i++) labels[i] = (int64_t)data->target[i];
    for (int k = 0; k < 3; k++) {
        lk_status status = place(data, LK_SOFTMAX_CROSS_ENTROPY, k, size, weights);
        if (!status) status = softmax_hessian(data, labels, weights, rows, hessian);
        if (!status) status = eigenvalues(size, hessian, values);
        if (status) return status;
        int64_t zeros = 0;
        while (zeros < size && values[zeros] < 1e-14 * values[size - 1]) zeros++;
        least = fmin(least, values[0] / values[size - 1]);
        flat = fmin(flat, (double)zeros);
    }
    check_at_least(
        x, once(least), -1e-14,
        "softmax regression of digits: smallest eigenvalue over the largest, at 3 points "
        "of %d weights",
        (int)size);
    check_at_least(x, once(flat), (double)data->features,
                   "directions without curvature: weights that move alike in all classes");
    return LK_OK;
}

/* The first images of the digits, with a constant. */
static lk_status few_images(experiment *x, lk_dataset *out)
{
    int64_t rows[IMAGES];
    lk_dataset all;
    lk_status status = design_rows(x, "digits", LK_SCALE_MAX_ABS, &all);
    if (status) return status;
    for (int64_t i = 0; i < IMAGES; i++) rows[i] = i;
    status = lk_dataset_take(&all, IMAGES, rows, out);
    lk_dataset_free(&all);
    return status;
}

lk_status show_linear_hessians(experiment *x)
{
    lk_dataset rows = {0}, images = {0};
    heading(x, "Linear models");
    tell(x, "Scores that are linear in the weights keep the loss convex: the Hessian is Xᵀ H X, H "
            "being that of the loss in the scores. Looked at with the weights 0, with those that "
            "training finds, and at random ones.");
    lk_status status = design_rows(x, "breast_cancer", LK_SCALE_STANDARD, &rows);
    if (!status) status = few_images(x, &images);
    const size_t d = (size_t)rows.features, size = (size_t)(images.classes * images.features);
    const size_t logistic = d * (d + 2) + 2 * (size_t)rows.rows;
    const size_t softmax = size * (size + 2) + 3 * (size_t)(images.rows * images.classes);
    double *room = malloc((logistic > softmax ? logistic : softmax) * sizeof *room);
    int64_t *labels = malloc((size_t)(images.rows + 1) * sizeof *labels);
    if (!status && (!room || !labels)) status = no_memory();
    if (!status) status = look_at_logistic(x, &rows, room);
    if (!status) status = look_at_softmax(x, &images, room, labels);
    free(room);
    free(labels);
    lk_dataset_free(&rows);
    lk_dataset_free(&images);
    return status;
}
