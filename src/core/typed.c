/* typed.c: each loss as a C function with its parameters by name. */
#include "losskit.h"

#define TYPED0(name, id) \
    lk_status lk_##name(const lk_pointwise *call) { return lk_evaluate(id, NULL, 0, call); }
#define TYPED1(name, id, a) \
    lk_status lk_##name(const lk_pointwise *call, double a) { return lk_evaluate(id, &a, 1, call); }
#define TYPED2(name, id, a, b)                                        \
    lk_status lk_##name(const lk_pointwise *call, double a, double b) \
    {                                                                 \
        const double params[] = {a, b};                               \
        return lk_evaluate(id, params, 2, call);                      \
    }

TYPED1(zero_one, LK_ZERO_ONE, tolerance)
TYPED1(logistic, LK_LOGISTIC, base2)
TYPED0(hinge, LK_HINGE)
TYPED0(squared_hinge, LK_SQUARED_HINGE)
TYPED0(modified_huber, LK_MODIFIED_HUBER)
TYPED1(ramp, LK_RAMP, s)
TYPED0(exponential, LK_EXPONENTIAL)
TYPED0(perceptron, LK_PERCEPTRON)
TYPED1(squared_error, LK_SQUARED_ERROR, half)
TYPED0(absolute_error, LK_ABSOLUTE_ERROR)
TYPED1(huber, LK_HUBER, delta)
TYPED1(smooth_l1, LK_SMOOTH_L1, beta)
TYPED0(log_cosh, LK_LOG_COSH)
TYPED2(tukey_biweight, LK_TUKEY_BIWEIGHT, c, scale)
TYPED1(quantile, LK_QUANTILE, q)
TYPED1(expectile, LK_EXPECTILE, tau)
TYPED1(epsilon_insensitive, LK_EPSILON_INSENSITIVE, epsilon)
TYPED0(squared_log_error, LK_SQUARED_LOG_ERROR)
TYPED1(pseudo_huber, LK_PSEUDO_HUBER, delta)
TYPED1(charbonnier, LK_CHARBONNIER, epsilon)
TYPED1(cauchy, LK_CAUCHY, c)
TYPED1(welsch, LK_WELSCH, c)
TYPED0(geman_mcclure, LK_GEMAN_MCCLURE)
TYPED2(barron, LK_BARRON, alpha, c)
TYPED1(poisson, LK_POISSON, full)
TYPED2(gaussian_nll, LK_GAUSSIAN_NLL, epsilon, full)
TYPED0(gamma, LK_GAMMA)
TYPED1(tweedie, LK_TWEEDIE, power)
TYPED2(sigmoid_cross_entropy, LK_SIGMOID_CROSS_ENTROPY, pos_weight, label_smoothing)
TYPED0(binary_cross_entropy, LK_BINARY_CROSS_ENTROPY)
TYPED1(balanced_sigmoid_cross_entropy, LK_BALANCED_SIGMOID_CROSS_ENTROPY, beta)
TYPED2(sigmoid_focal, LK_SIGMOID_FOCAL, gamma, alpha)
