/* loss_identities.c: losses that are other losses, or their limits. */
#include "design.h"
#include "equivalences.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for an identity"); }

/* ---- two classes --------------------------------------------------------------------------------
 */
enum { LOGITS = 161, TARGETS = 3 };

/* Differences of values and of slopes in z from those of softmax cross-entropy of (0, z). */
static lk_status compare_pairs(double target, const double *z, double gaps[2])
{
    static const int64_t shape[] = {LOGITS, 2}, rows = LOGITS;
    double pair[LOGITS][2], soft[LOGITS][2], slopes[LOGITS][2];
    double value[2][LOGITS], slope[2][LOGITS];
    for (int i = 0; i < LOGITS; i++) {
        pair[i][0] = 0;
        pair[i][1] = z[i];
        soft[i][0] = 1 - target;
        soft[i][1] = target;
    }
    const lk_tensor input = lk_view(pair, LK_F64, 2, shape),
                    labels = lk_view(soft, LK_F64, 2, shape),
                    gradient = lk_view(slopes, LK_F64, 2, shape),
                    values = lk_vector(value[1], LK_F64, &rows);
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &labels;
    call.value = &values;
    call.gradient = &gradient;
    call.reduction = LK_NONE;
    lk_status status = lk_softmax_cross_entropy(&call, 0, 0, 0, 0);
    if (!status)
        status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, LOGITS, z, target, value[0],
                             slope[0], NULL);
    if (status) return status;
    for (int i = 0; i < LOGITS; i++) slope[1][i] = slopes[i][1];
    gaps[0] = fmax(gaps[0], largest_difference(LOGITS, value[0], value[1]));
    gaps[1] = fmax(gaps[1], largest_difference(LOGITS, slope[0], slope[1]));
    return LK_OK;
}

/* The largest |dC/da σ'(z) - (a - y)|. σ(z) is the slope of sigmoid_cross_entropy at the target 0,
 * σ'(z) its curvature. */
static lk_status compare_chain(double target, const double *z, double *gap)
{
    double a[LOGITS], bend[LOGITS], by_a[LOGITS], error[LOGITS];
    lk_status status = trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, LOGITS, z, 0, NULL, a, bend);
    if (!status)
        status = trial_curve(LK_BINARY_CROSS_ENTROPY, NULL, 0, LOGITS, a, target, NULL, by_a, NULL);
    if (status) return status;
    for (int i = 0; i < LOGITS; i++) {
        by_a[i] *= bend[i];
        error[i] = a[i] - target;
    }
    *gap = fmax(*gap, largest_difference(LOGITS, by_a, error));
    return LK_OK;
}

lk_status show_two_classes(experiment *x)
{
    static const double targets[TARGETS] = {0, 0.3, 1};
    double wide[LOGITS], narrow[LOGITS], gaps[2] = {0, 0}, chain_gap = 0;
    heading(x, "Two classes: the sigmoid is a softmax, and its loss the slope a − y");
    tell(x,
         "One logit z is a pair of scores (0, z). And cross-entropy of a probability a = σ(z) is "
         "what one finds who asks for a loss whose slope in z is the error a − y itself.");
    formula(x, "\\frac{\\partial C}{\\partial a}\\,\\sigma'(z)=a-y\\quad\\Rightarrow\\quad"
               "\\frac{\\partial C}{\\partial a}=\\frac{a-y}{a(1-a)}");
    trial_grid(-20, 20, LOGITS, wide);
    /* Of a probability nearer to 1 the digits of 1 - a are lost. */
    trial_grid(-5, 5, LOGITS, narrow);
    for (int k = 0; k < TARGETS; k++) {
        lk_status status = compare_pairs(targets[k], wide, gaps);
        if (!status) status = compare_chain(targets[k], narrow, &chain_gap);
        if (status) return status;
    }
    check_at_most(
        x, once(gaps[0]), 1e-14,
        "value of sigmoid_cross_entropy(z) against softmax_cross_entropy(0, z), |z| ≤ 20");
    check_at_most(x, once(gaps[1]), 1e-15, "the same of the slope in z");
    check_at_most(x, once(chain_gap), 1e-12,
                  "binary_cross_entropy's slope in a times σ'(z), against a − y, |z| ≤ 5");
    return LK_OK;
}

/* ---- Huber --------------------------------------------------------------------------------------
 */
enum { RESIDUALS = 401, DELTAS = 4 };
static const double deltas[DELTAS] = {2, 1, 0.5, 0.1};

static void scale_by(double factor, int64_t n, const double *from, double *to)
{
    for (int64_t k = 0; k < n; k++) to[k] = factor * from[k];
}

/* How far huber / delta is from |r|, and what the largest value of huber is, as delta falls. */
static lk_status show_small_deltas(experiment *x, const double *r, const double *absolute)
{
    enum { STEPS = 5 };
    double delta[STEPS], huber[RESIDUALS], largest[STEPS], gap[STEPS];
    table(x, "Huber loss over |r| ≤ 10",
          "δ|largest value|largest difference of huber/δ from the absolute error");
    for (int k = 0; k < STEPS; k++) {
        delta[k] = pow(10, -k);
        const lk_status status =
            trial_curve(LK_HUBER, &delta[k], 1, RESIDUALS, r, 0, huber, NULL, NULL);
        if (status) return status;
        largest[k] = huber[0];
        scale_by(1 / delta[k], RESIDUALS, huber, huber);
        gap[k] = largest_difference(RESIDUALS, absolute, huber);
        cell(x, "%g", delta[k]);
        cell_number(x, largest[k], 6);
        cell_number(x, gap[k], 6);
    }
    for (int k = 1; k < STEPS; k++)
        check_near(x, gap[k], delta[k] / 2, 1e-12,
                   "largest difference of huber/δ from |r| at δ = %g, which should be δ/2",
                   delta[k]);
    return LK_OK;
}

static lk_status draw_huber(experiment *x)
{
    double r[RESIDUALS], value[RESIDUALS];
    trial_grid(-3, 3, RESIDUALS, r);
    figure(x, &(figure_look){.title = "Huber loss over δ",
                             .alt = "The smaller δ, the closer the curve is to |r|, whose corner "
                                    "it rounds off.",
                             .x_label = "residual r",
                             .y_label = "loss / δ",
                             .y_range = {0, 3}});
    for (int k = 0; k < RESIDUALS; k++) value[k] = fabs(r[k]);
    figure_line(x, "|r|", RESIDUALS, r, value);
    for (int k = 0; k < DELTAS; k++) {
        char label[32];
        const lk_status status =
            trial_curve(LK_HUBER, &deltas[k], 1, RESIDUALS, r, 0, value, NULL, NULL);
        if (status) return status;
        scale_by(1 / deltas[k], RESIDUALS, value, value);
        snprintf(label, sizeof label, "δ = %g", deltas[k]);
        figure_line(x, label, RESIDUALS, r, value);
    }
    return LK_OK;
}

lk_status show_huber_limits(experiment *x)
{
    static const double wide = 1e6, half = 1;
    double r[RESIDUALS], one[RESIDUALS], other[RESIDUALS], gap = 0;
    heading(x, "Huber loss lies between squared and absolute error");
    tell(x, "With δ beyond all residuals it is half the squared error. With a small δ it is nearly "
            "δ|r|. smooth_l1 is the same loss with another scale.");
    formula(x, "\\text{huber}_\\delta(r)=\\delta\\cdot\\text{smooth\\_l1}_{\\beta=\\delta}(r)");
    trial_grid(-10, 10, RESIDUALS, r);
    lk_status status = trial_curve(LK_HUBER, &wide, 1, RESIDUALS, r, 0, one, NULL, NULL);
    if (!status)
        status = trial_curve(LK_SQUARED_ERROR, &half, 1, RESIDUALS, r, 0, other, NULL, NULL);
    if (status) return status;
    check_at_most(x, once(largest_difference(RESIDUALS, one, other)), 1e-14,
                  "huber with δ = 1e6 against ½r² over |r| ≤ 10");
    for (int k = 0; !status && k < DELTAS; k++) {
        status = trial_curve(LK_HUBER, &deltas[k], 1, RESIDUALS, r, 0, one, NULL, NULL);
        if (!status)
            status = trial_curve(LK_SMOOTH_L1, &deltas[k], 1, RESIDUALS, r, 0, other, NULL, NULL);
        scale_by(deltas[k], RESIDUALS, other, other);
        gap = fmax(gap, largest_difference(RESIDUALS, one, other));
    }
    if (status) return status;
    check_at_most(x, once(gap), 1e-14, "huber against δ times smooth_l1, for δ = 2, 1, 0.5, 0.1");
    status = trial_curve(LK_ABSOLUTE_ERROR, NULL, 0, RESIDUALS, r, 0, other, NULL, NULL);
    if (!status) status = show_small_deltas(x, r, other);
    return status ? status : draw_huber(x);
}

/* ---- Dice and Jaccard ---------------------------------------------------------------------------
 */

/* 1 - loss of every image: what is predicted are its grey pixels, the truth its bright ones. */
static lk_status overlap(const lk_dataset *images, const double *truth, lk_loss loss, double smooth,
                         double *coefficient)
{
    /* dice: smooth, power, logits; jaccard: smooth, logits */
    const double params[] = {smooth, loss == LK_DICE, 0};
    const int64_t shape[] = {images->rows, images->features};
    const lk_tensor p = lk_view(images->dense, LK_F64, 2, shape),
                    g = lk_view(truth, LK_F64, 2, shape),
                    value = lk_vector(coefficient, LK_F64, &images->rows);
    lk_call call = LK_CALL_INIT;
    call.input = &p;
    call.target = &g;
    call.value = &value;
    const lk_status status = lk_evaluate(loss, params, loss == LK_DICE ? 3 : 2, &call);
    for (int64_t i = 0; i < images->rows; i++) coefficient[i] = 1 - coefficient[i];
    return status;
}

static lk_status compare_overlaps(experiment *x, const lk_dataset *images, double *room)
{
    const int64_t rows = images->rows, n = rows * images->features;
    double *const truth = room, *const dice = truth + n, *const jaccard = dice + rows;
    for (int64_t k = 0; k < n; k++) truth[k] = images->dense[k] > 0.5;
    lk_status status = overlap(images, truth, LK_DICE, 1, dice);
    for (int same = 0; !status && same < 2; same++) {
        status = overlap(images, truth, LK_JACCARD, same ? 1 : 0.5, jaccard);
        for (int64_t i = 0; i < rows; i++) jaccard[i] = 2 * jaccard[i] / (1 + jaccard[i]);
        const double gap = largest_difference(rows, dice, jaccard);
        if (status) break;
        if (same)
            check_at_least(x, once(gap), 1e-4, "the same with Jaccard's smoothing 1, as Dice's");
        else
            check_at_most(x, once(gap), 1e-14,
                          "Dice with smoothing 1 against 2J/(1 + J) of Jaccard with smoothing ½");
    }
    return status;
}

lk_status show_overlaps(experiment *x)
{
    trial_data parts;
    heading(x, "Dice is Jaccard by another scale");
    lk_status status = trial_split(experiment_data(x, "digits"), 0.2, LK_SCALE_NONE, 1, &parts);
    if (status) return status;
    lk_dataset *images = &parts.train;
    tell(x,
         "On %lld images of digits the grey pixels, from 0 to 1, are compared with those that are "
         "brighter than ½. As coefficients, one minus the loss, Dice is 2J/(1 + J), provided that "
         "Jaccard's smoothing is half of Dice's.",
         (long long)images->rows);
    formula(x, "D=\\frac{2J}{1+J}");
    const int64_t n = images->rows * images->features;
    for (int64_t k = 0; k < n; k++) images->dense[k] /= 16;
    double *room = calloc((size_t)(n + 2 * images->rows), sizeof *room);
    status = room ? compare_overlaps(x, images, room) : no_memory();
    free(room);
    trial_free(&parts);
    return status;
}
