/* equivalences.c: losses and algorithms that are the same thing under two names. */
#include "equivalences.h"
#include "design.h"
#include "trial.h"

#include <stdlib.h>
#include <string.h>

lk_status training_rows(experiment *x, const char *name, lk_scale scale, lk_dataset *out)
{
    trial_data parts;
    lk_status status = trial_split(experiment_data(x, name), 0.2, scale, 1, &parts);
    if (!status) status = design_with_constant(&parts.train, out);
    trial_free(&parts);
    return status;
}

static lk_status read_model(const lk_model *model, const lk_dataset *data, double *weights,
                            double *scores, double *probabilities)
{
    lk_tensor view;
    lk_status status = trial_tensor(model, "weight", &view);
    if (!status && weights)
        memcpy(weights, view.data, (size_t)(view.shape[0] * view.shape[1]) * sizeof *weights);
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status && probabilities)
        status = lk_model_probabilities(model, data->rows, scores, probabilities);
    return status;
}

lk_status train_weights(const lk_dataset *data, lk_loss loss, double l2, double *weights,
                        double *scores, double *probabilities)
{
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    options.loss = loss;
    options.l2 = l2;
    options.bias = LK_BIAS_NONE;
    options.tolerance = 1e-12;
    lk_model *model = NULL;
    double *room = malloc((size_t)(data->rows * data->classes) * sizeof *room);
    lk_status status = room ? lk_train_linear(data, &options, &model, NULL)
                            : lk_fail(LK_NO_MEMORY, "no memory for a model's scores");
    if (!status) status = read_model(model, data, weights, scores ? scores : room, probabilities);
    lk_model_free(model);
    free(room);
    return status;
}

static lk_status run(experiment *x)
{
    static lk_status (*const parts[])(experiment *) = {show_logistic_regression,
                                                       show_softmax_regression,
                                                       show_weighting,
                                                       show_support_vectors,
                                                       show_boosting,
                                                       show_perceptron,
                                                       show_two_classes,
                                                       show_divergence,
                                                       show_large_margin,
                                                       show_huber_limits,
                                                       show_overlaps};
    tell(x, "Each part computes one thing in two ways that share as little as possible, on real "
            "data where there is any to be had, and asks how far apart the results are. What is "
            "equal in mathematics differs by rounding; the tolerances leave room for that, and "
            "for the differences by which slopes are measured, and for nothing else.");
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        const lk_status status = parts[k](x);
        if (status) return status;
    }
    return LK_OK;
}

const experiment_info equivalences_experiment = {
    .name = "equivalences",
    .title = "Many classical algorithms are one loss each, minimised",
    .claim = "Logistic regression minimises log loss, the support vector machine hinge loss with "
             "an L2 penalty, AdaBoost exponential loss, the perceptron its own; and losses are "
             "limits, sums and special cases of each other.",
    .data = {"breast_cancer", "digits"},
    .run = run,
};
