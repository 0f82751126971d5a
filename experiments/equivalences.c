/* equivalences.c: losses and algorithms that are the same thing under two names. */
#include "equivalences.h"

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
