/* truth_losses.h: one function per loss; see truth.h. */
#ifndef LK_TEST_TRUTH_LOSSES_H
#define LK_TEST_TRUTH_LOSSES_H

#include "truth.h"

truth_function truth_zero_one, truth_logistic, truth_hinge, truth_squared_hinge,
    truth_modified_huber, truth_ramp, truth_exponential, truth_perceptron;
truth_function truth_squared_error, truth_absolute_error, truth_huber, truth_smooth_l1,
    truth_log_cosh, truth_quantile, truth_expectile, truth_epsilon_insensitive,
    truth_squared_log_error, truth_poisson, truth_gaussian_nll, truth_gamma, truth_tweedie;
truth_function truth_tukey_biweight, truth_pseudo_huber, truth_charbonnier, truth_cauchy,
    truth_welsch, truth_geman_mcclure, truth_barron;
truth_function truth_sigmoid_cross_entropy, truth_binary_cross_entropy,
    truth_balanced_sigmoid_cross_entropy, truth_sigmoid_focal;

#endif
