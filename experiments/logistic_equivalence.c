/* logistic_equivalence.c: logistic regression is log loss on top of a linear model; weighting a row
 * is repeating it. */
#include "design.h"
#include "equivalences.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

static const double l2 = 0.01, step = 1e-5;

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for a regression"); }

/* ---- logistic regression ------------------------------------------------------------------------
 * Arrays of the rows (scores, slopes, bends, residuals), of the features (w, g, ...) and of their
 * pairs (Hessians). */
typedef struct logistic {
    lk_dataset data;
    double *room, *z, *slope, *bend, *pair;  /* [rows], pair [rows, 2] */
    double *w, *composed, *closed, *shifted; /* [features] */
    double *hessian, *differences;           /* [features, features] */
} logistic;

static lk_status make_room(logistic *l)
{
    const int64_t n = l->data.rows, d = l->data.features;
    l->room = calloc((size_t)(5 * n + 4 * d + 2 * d * d), sizeof *l->room);
    if (!l->room) return no_memory();
    l->z = l->room;
    l->slope = l->z + n;
    l->bend = l->slope + n;
    l->pair = l->bend + n;
    l->w = l->pair + 2 * n;
    l->composed = l->w + d;
    l->closed = l->composed + d;
    l->shifted = l->closed + d;
    l->hessian = l->shifted + d;
    l->differences = l->hessian + d * d;
    return LK_OK;
}

/* The mean log loss of the scores X w: value, gradient by the chain rule, curvature by score. */
static lk_status log_loss(logistic *l, double *value, double *gradient)
{
    lk_status status = design_scores(&l->data, 1, l->w, l->z);
    if (status) return status;
    const lk_tensor z = lk_vector(l->z, LK_F64, &l->data.rows),
                    t = lk_vector(l->data.target, LK_F64, &l->data.rows),
                    slope = lk_vector(l->slope, LK_F64, &l->data.rows),
                    bend = lk_vector(l->bend, LK_F64, &l->data.rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &z;
    call.target = &t;
    call.gradient = &slope;
    call.curvature = &bend;
    call.result = &result;
    status = lk_sigmoid_cross_entropy(&call, 1, 0);
    *value = result.value;
    return status ? status : design_gradient(&l->data, 1, l->slope, gradient);
}

/* By central differences: the gradient of the value, and each row of the Hessian of the gradient.
 */
static lk_status differences(logistic *l, double *gradient)
{
    const int64_t d = l->data.features;
    lk_status status = LK_OK;
    for (int64_t k = 0; !status && k < d; k++) {
        const double kept = l->w[k];
        double up, down;
        double *const row = l->differences + k * d;
        l->w[k] = kept + step;
        status = log_loss(l, &up, row);
        l->w[k] = kept - step;
        if (!status) status = log_loss(l, &down, l->shifted);
        l->w[k] = kept;
        if (status) break;
        gradient[k] = (up - down) / (2 * step);
        for (int64_t j = 0; j < d; j++) row[j] = (row[j] - l->shifted[j]) / (2 * step);
    }
    return status;
}

/* The textbook: (1/n) Xᵀ(σ - y) and (1/n) Xᵀ diag(σ(1 - σ)) X, σ being the model's probability. */
static lk_status closed_forms(logistic *l)
{
    const int64_t n = l->data.rows;
    for (int64_t i = 0; i < n; i++) {
        const double p = l->pair[2 * i + 1];
        l->slope[i] = (p - l->data.target[i]) / (double)n;
        l->bend[i] = p * (1 - p) / (double)n;
    }
    lk_status status = design_gradient(&l->data, 1, l->slope, l->closed);
    if (!status) status = design_hessian(&l->data, l->bend, l->hessian);
    return status;
}

/* `logistic` of labels ±1 and sigmoid_cross_entropy of 0 and 1, at the model's scores. */
static lk_status same_as_margin_loss(logistic *l, double gaps[2])
{
    const int64_t n = l->data.rows;
    const lk_tensor z = lk_vector(l->z, LK_F64, &n), t = lk_vector(l->data.target, LK_F64, &n);
    double *const of[2][2] = {{l->slope, l->bend}, {l->pair, l->pair + n}};
    lk_status status = LK_OK;
    for (int k = 0; !status && k < 2; k++) {
        const lk_tensor value = lk_vector(of[k][0], LK_F64, &n),
                        gradient = lk_vector(of[k][1], LK_F64, &n);
        lk_call call = LK_CALL_INIT;
        call.input = &z;
        call.target = &t;
        call.value = &value;
        call.gradient = &gradient;
        call.reduction = LK_NONE;
        call.flags = k ? LK_LABELS_01 : 0;
        status = k ? lk_logistic(&call, 0) : lk_sigmoid_cross_entropy(&call, 1, 0);
    }
    for (int o = 0; o < 2; o++) gaps[o] = largest_difference(n, of[0][o], of[1][o]);
    return status;
}

static lk_status compare_logistic(experiment *x, logistic *l)
{
    const int64_t d = l->data.features;
    double value, gaps[2];
    lk_status status = design_train(&l->data, LK_SIGMOID_CROSS_ENTROPY, l2, l->w, NULL, l->pair);
    double *const slopes = l->composed;
    if (!status) status = differences(l, slopes);
    if (!status) status = closed_forms(l);
    if (status) return status;
    check_at_most(x, once(largest_difference(d, slopes, l->closed)), 1e-9,
                  "gradient of the mean log loss, by differences, against (1/n)Xᵀ(σ − y)");
    check_at_most(x, once(largest_difference(d * d, l->differences, l->hessian)), 1e-9,
                  "Hessian, by differences, against (1/n)Xᵀ diag(σ(1 − σ)) X");
    status = log_loss(l, &value, l->composed);
    if (status) return status;
    check_at_most(x, once(largest_difference(d, l->composed, l->closed)), 1e-14,
                  "gradient of sigmoid_cross_entropy times X against (1/n)Xᵀ(σ − y)");
    for (int64_t k = 0; k < d; k++) l->shifted[k] = -l2 * l->w[k];
    check_at_most(x, once(largest_difference(d, l->closed, l->shifted)), 1e-9,
                  "(1/n)Xᵀ(σ − y) against −λw, which it is at the optimum");
    status = same_as_margin_loss(l, gaps);
    if (status) return status;
    check_at_most(x, once(gaps[0]), 1e-14,
                  "value of sigmoid_cross_entropy(z, t) against logistic at m = (2t − 1)z");
    check_at_most(x, once(gaps[1]), 1e-14, "the same of the gradient");
    return LK_OK;
}

lk_status show_logistic_regression(experiment *x)
{
    logistic l = {.room = NULL};
    heading(x, "Logistic regression is log loss");
    lk_status status = design_rows(x, "breast_cancer", LK_SCALE_STANDARD, &l.data);
    if (status) return status;
    tell(x,
         "The score of a row is linear, z = w·x, and its loss is sigmoid_cross_entropy. A model "
         "of %lld rows of breast cancer data and %lld standardised features, one of them always "
         "1, is trained with L2 penalty λ = %g. At its weights the loss's derivatives, measured "
         "by central differences, are compared with the formulas of logistic regression, where σ "
         "is the probability that the model gives.",
         (long long)l.data.rows, (long long)l.data.features, l2);
    formula(x, "\\nabla L=\\tfrac1n X^\\top(\\sigma-y)\\qquad "
               "\\nabla^2L=\\tfrac1n X^\\top\\operatorname{diag}(\\sigma(1-\\sigma))X");
    status = make_room(&l);
    if (!status) status = compare_logistic(x, &l);
    free(l.room);
    lk_dataset_free(&l.data);
    return status;
}

/* ---- weights ------------------------------------------------------------------------------------
 */

/* Each row as often as its weight says; without weights. */
static lk_status repeat_rows(const lk_dataset *data, lk_dataset *out)
{
    double sum = 0;
    for (int64_t i = 0; i < data->rows; i++) sum += data->weight[i];
    int64_t *rows = malloc((size_t)sum * sizeof *rows), n = 0;
    if (!rows) return no_memory();
    for (int64_t i = 0; i < data->rows; i++)
        for (int k = 0; k < (int)data->weight[i]; k++) rows[n++] = i;
    const lk_status status = lk_dataset_take(data, n, rows, out);
    free(rows);
    for (int64_t i = 0; !status && i < n; i++) out->weight[i] = 1;
    return status;
}

lk_status show_weighting(experiment *x)
{
    lk_dataset data, repeated = {0};
    heading(x, "Weighting a row by 3 is having it 3 times");
    tell(x, "Rows of the breast cancer data get the weights 1, 2 and 3 in turn, or are there so "
            "many times. The objective divides by the number of rows, which is another then: the "
            "penalty of the repeated rows is made smaller by as much.");
    lk_status status = design_rows(x, "breast_cancer", LK_SCALE_STANDARD, &data);
    if (status) return status;
    double *w = malloc((size_t)(2 * data.features) * sizeof *w);
    data.weight = malloc((size_t)data.rows * sizeof *data.weight);
    if (!w || !data.weight) status = no_memory();
    for (int64_t i = 0; !status && i < data.rows; i++) data.weight[i] = 1 + (double)(i % 3);
    if (!status) status = repeat_rows(&data, &repeated);
    if (!status) status = design_train(&data, LK_LOGISTIC, l2, w, NULL, NULL);
    const double share = (double)data.rows / (double)repeated.rows;
    if (!status)
        status = design_train(&repeated, LK_LOGISTIC, l2 * share, w + data.features, NULL, NULL);
    if (!status)
        check_at_most(x, once(largest_difference(data.features, w, w + data.features)), 1e-9,
                      "logistic regression's weights from %lld weighted rows against %lld rows",
                      (long long)data.rows, (long long)repeated.rows);
    free(w);
    lk_dataset_free(&repeated);
    lk_dataset_free(&data);
    return status;
}
