#include "region_losses.h"

#include <math.h>

static lk_status region(lk_loss loss, const double *params, int n_params, int64_t n,
                        const double *p, const double *target, double *value, double *gradient)
{
    const lk_tensor input = lk_vector(p, LK_F64, &n), truth = lk_vector(target, LK_F64, &n);
    const lk_tensor slope = lk_vector(gradient, LK_F64, &n);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &truth;
    call.gradient = gradient ? &slope : NULL;
    call.grouping = LK_PER_BATCH;
    call.result = &result;
    const lk_status status = lk_evaluate(loss, params, n_params, &call);
    *value = result.value;
    return status;
}

/* The largest difference of Dice and 2 J / (1 + J). */
static lk_status compare(int64_t predictions, int64_t images, int64_t pixels, const double *p,
                         const double *truth, double *worst)
{
    const double dice[3] = {1, 1, 0}, jaccard[2] = {0.5, 0}; /* smoothing first */
    *worst = 0;
    for (int64_t k = 0; k < predictions * images; k++, p += pixels) {
        const double *const right = truth + k % images * pixels;
        double d, j;
        lk_status status = region(LK_DICE, dice, 3, pixels, p, right, &d, NULL);
        if (!status) status = region(LK_JACCARD, jaccard, 2, pixels, p, right, &j, NULL);
        if (status) return status;
        *worst = fmax(*worst, fabs((1 - d) - 2 * (1 - j) / (2 - j)));
    }
    return LK_OK;
}

lk_status show_region_identities(experiment *x, int64_t predictions, int64_t images, int64_t pixels,
                                 const double *probability, const double *truth)
{
    double worst;
    lk_status status = compare(predictions, images, pixels, probability, truth, &worst);
    if (status) return status;
    enum { EMPTY = 100, WRONG = 9 };
    double p[EMPTY] = {0}, nothing[EMPTY] = {0}, gradient[EMPTY], value[3];
    const double dice[3] = {1, 1, 0}, without[3] = {0, 1, 0}; /* smoothing first */
    status = region(LK_DICE, dice, 3, EMPTY, p, nothing, &value[0], NULL);
    for (int i = 0; i < WRONG; i++) p[i] = 1;
    if (!status) status = region(LK_DICE, dice, 3, EMPTY, p, nothing, &value[1], gradient);
    const double slope = gradient[0];
    if (!status) status = region(LK_DICE, without, 3, EMPTY, p, nothing, &value[2], gradient);
    if (status) return status;

    heading(x, "Dice, Jaccard, and an image without foreground");
    tell(x, "Dice counts the overlap against the sizes of both regions, Jaccard, or IoU, against "
            "their union. One follows from the other, with probabilities for pixels, too, when "
            "Jaccard's smoothing is half of Dice's: they rank predictions alike.");
    formula(x, "D=\\frac{2I+\\varepsilon}{\\sum p+\\sum g+\\varepsilon},\\quad "
               "J=\\frac{I+\\varepsilon/2}{\\sum p+\\sum g-I+\\varepsilon/2},\\quad "
               "D=\\frac{2J}{1+J}");
    check_at_most(x, once(worst), 1e-12,
                  "largest difference of Dice and 2 J / (1 + J) over all test images and losses");
    tell(
        x,
        "Where there is nothing to find, the overlap is 0 whatever is predicted. The smoothing ε "
        "= 1 then makes the empty prediction right, and %d wrong pixels cost 1 − 1/%d with a slope "
        "that takes them away. Without smoothing they cost 1, few or many, and the slope is 0.",
        WRONG, WRONG + 1);
    check_near(x, value[0], 0, 0, "dice of nothing for nothing, ε = 1");
    check_near(x, value[1], 0.9, 1e-12, "dice of %d wrong pixels, ε = 1", WRONG);
    check_near(x, slope, 0.01, 1e-12, "its slope by one of them, 1 / (%d + ε)²", WRONG);
    check_near(x, value[2], 1, 1e-12, "dice of %d wrong pixels, ε = 0", WRONG);
    check_near(x, gradient[0], 0, 0, "its slope by one of them, ε = 0");
    return LK_OK;
}
