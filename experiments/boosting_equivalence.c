/* boosting_equivalence.c: AdaBoost is exponential loss, minimised one stump at a time. */
#include "design.h"
#include "equivalences.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 50 };

/* What AdaBoost says of a round, and what is found by computing it again from the losses. */
typedef struct boosted {
    lk_dataset data;
    lk_tensor feature, threshold, right;                     /* of the stumps */
    double *sign, *score, *slope, *share, *vote, *predicted; /* [rows] */
    double told_error[ROUNDS], bound[ROUNDS];
    double loss[ROUNDS], wrong[ROUNDS]; /* mean exponential loss and training error */
    double theta_gap, z_gap, error_gap, share_gap, half_gap, bound_gap, excess; /* the largest */
} boosted;

static int keep_error(void *context, const lk_progress *progress)
{
    ((boosted *)context)->told_error[progress->epoch - 1] = progress->measure;
    return 0;
}

static lk_status make_room(boosted *b)
{
    const size_t n = (size_t)b->data.rows;
    b->sign = calloc(6 * n, sizeof *b->sign);
    if (!b->sign) return lk_fail(LK_NO_MEMORY, "no memory for boosting");
    b->score = b->sign + n;
    b->slope = b->score + n;
    b->share = b->slope + n;
    b->vote = b->share + n;
    b->predicted = b->vote + n;
    for (size_t i = 0; i < n; i++) {
        b->sign[i] = b->data.target[i] > 0 ? 1 : -1;
        b->share[i] = 1 / (double)n;
    }
    b->excess = -HUGE_VAL;
    return LK_OK;
}

/* The mean exponential loss of the scores so far, and its slope in each score. */
static lk_status evaluate(boosted *b, double *loss)
{
    const lk_tensor input = lk_vector(b->score, LK_F64, &b->data.rows),
                    target = lk_vector(b->sign, LK_F64, &b->data.rows),
                    slope = lk_vector(b->slope, LK_F64, &b->data.rows);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = &slope;
    call.result = &result;
    const lk_status status = lk_exponential(&call);
    *loss = result.value;
    return status;
}

static void raise_to(double *largest, double gap)
{
    if (isnan(gap) || gap > *largest) *largest = gap;
}

/* The weighted error of the round's stump under weights in proportion to |slope|, which are those
 * of exp(-y score). */
static double error_of(const boosted *b)
{
    double wrong = 0, all = 0;
    for (int64_t i = 0; i < b->data.rows; i++) {
        all += fabs(b->slope[i]);
        if (b->vote[i] * b->sign[i] < 0) wrong += fabs(b->slope[i]);
    }
    return wrong / all;
}

/* Adds stump t to the score. `before` is the loss without it, and becomes that with it. */
static lk_status add_stump(boosted *b, int t, double *before)
{
    const int64_t n = b->data.rows, feature = ((const int64_t *)b->feature.data)[t];
    const double threshold = ((const double *)b->threshold.data)[t];
    const double right = ((const double *)b->right.data)[t], theta = fabs(right);
    for (int64_t i = 0; i < n; i++) {
        const double v = b->data.dense[i * b->data.features + feature];
        b->vote[i] = (v > threshold) == (right > 0) ? 1 : -1;
    }
    const double error = error_of(b), z = 2 * sqrt(error * (1 - error));
    raise_to(&b->error_gap, fabs(error - b->told_error[t]));
    raise_to(&b->theta_gap, fabs(theta - 0.5 * log((1 - error) / error)));
    for (int64_t i = 0; i < n; i++) {
        b->score[i] += theta * b->vote[i];
        b->share[i] *= exp(-theta * b->sign[i] * b->vote[i]) / z;
    }
    lk_status status = evaluate(b, &b->loss[t]);
    if (status) return status;
    raise_to(&b->z_gap, fabs(b->loss[t] / *before - z));
    raise_to(&b->half_gap, fabs(error_of(b) - 0.5));
    raise_to(&b->bound_gap, fabs(b->loss[t] / b->bound[t] - 1));
    double wrong = 0;
    for (int64_t i = 0; i < n; i++) {
        raise_to(&b->share_gap, fabs(b->share[i] - fabs(b->slope[i]) / b->loss[t]));
        wrong += b->score[i] * b->sign[i] <= 0;
    }
    b->wrong[t] = wrong / (double)n;
    raise_to(&b->excess, b->wrong[t] - b->loss[t]);
    *before = b->loss[t];
    return LK_OK;
}

static void report(experiment *x, const boosted *b)
{
    check_at_most(x, once(b->error_gap), 1e-12,
                  "weighted error R of the stumps, from exponential loss's slopes, against "
                  "AdaBoost's");
    check_at_most(x, once(b->theta_gap), 1e-10, "θ of the stumps against ½ ln((1 − R)/R)");
    check_at_most(x, once(b->share_gap), 1e-12,
                  "weights, multiplied by exp(−θyh)/Z in each round, against exp(−yf)/Σexp(−yf)");
    check_at_most(x, once(b->z_gap), 1e-12,
                  "factor of the mean loss in a round against 2√(R(1 − R))");
    check_at_most(x, once(b->half_gap), 1e-10,
                  "error of the stump just chosen, under the new weights, against ½");
    check_at_most(x, once(b->bound_gap), 1e-10, "mean of exp(−yf) against ∏Z, relative");
    check_at_most(x, once(b->excess), 0, "training error minus ∏Z, largest of all rounds");
    check_at_most(x, once(largest_difference(b->data.rows, b->score, b->predicted)), 1e-12,
                  "sum of the stumps against the model's score");
    double rounds[ROUNDS];
    trial_grid(1, ROUNDS, ROUNDS, rounds);
    figure(x,
           &(figure_look){.title = "AdaBoost on breast cancer data",
                          .alt = "The mean exponential loss falls in every round and stays above "
                                 "the training error, which falls in steps and reaches 0.",
                          .x_label = "round",
                          .y_label = "mean loss, or share of rows"});
    figure_line(x, "mean exponential loss = ∏Z", ROUNDS, rounds, b->loss);
    figure_line(x, "share of rows that are wrong", ROUNDS, rounds, b->wrong);
}

static lk_status boost(experiment *x, boosted *b)
{
    lk_adaboost_options options = LK_ADABOOST_OPTIONS_INIT;
    options.rounds = ROUNDS;
    options.bounds = b->bound;
    options.progress = keep_error;
    options.context = b;
    lk_model *model;
    int64_t rounds;
    lk_status status = lk_train_adaboost(&b->data, &options, &model, &rounds);
    if (status) return status;
    status = trial_tensor(model, "stump.feature", &b->feature);
    if (!status) status = trial_tensor(model, "stump.threshold", &b->threshold);
    if (!status) status = trial_tensor(model, "stump.right", &b->right);
    if (!status) status = lk_model_predict(model, &b->data, b->predicted);
    if (!status && rounds != ROUNDS)
        status = lk_fail(LK_INVALID, "AdaBoost ended after %lld rounds", (long long)rounds);
    double loss = NAN;
    if (!status) status = evaluate(b, &loss);
    for (int t = 0; !status && t < ROUNDS; t++) status = add_stump(b, t, &loss);
    lk_model_free(model);
    if (!status) report(x, b);
    return status;
}

lk_status show_boosting(experiment *x)
{
    trial_data parts;
    heading(x, "AdaBoost is stagewise minimisation of exponential loss");
    lk_status status =
        trial_split(experiment_data(x, "breast_cancer"), 0.2, LK_SCALE_NONE, 1, &parts);
    if (status) return status;
    tell(x,
         "Each of %d rounds adds θh to the score f, h being a stump: +1 or −1 on either side of a "
         "threshold of one feature. AdaBoost weighs the rows, and takes the stump with the least "
         "weighted error R. All of it is read off the mean exponential loss: its slopes are the "
         "weights, its minimum along h is at θ, and there h has nothing left to give, which is an "
         "error of ½ under the new weights. The loss bounds the training error from above.",
         ROUNDS);
    formula(x, "\\theta=\\tfrac12\\ln\\frac{1-R}R,\\quad w_i\\propto e^{-y_if(x_i)},\\quad "
               "Z=2\\sqrt{R(1-R)},\\quad\\prod Z=\\tfrac1n\\sum_ie^{-y_if(x_i)}");
    boosted b = {.data = parts.train};
    status = make_room(&b);
    if (!status) status = boost(x, &b);
    free(b.sign);
    trial_free(&parts);
    return status;
}
