/* typed.c: each loss as a C function with its parameters by name. */
#include "losskit.h"

#define TYPED0(name, id) \
    lk_status lk_##name(const lk_call *call) { return lk_evaluate(id, NULL, 0, call); }
#define TYPED1(name, id, a) \
    lk_status lk_##name(const lk_call *call, double a) { return lk_evaluate(id, &a, 1, call); }
#define TYPED2(name, id, a, b)                                   \
    lk_status lk_##name(const lk_call *call, double a, double b) \
    {                                                            \
        const double params[] = {a, b};                          \
        return lk_evaluate(id, params, 2, call);                 \
    }

#define TYPED3(name, id, a, b, c)                                          \
    lk_status lk_##name(const lk_call *call, double a, double b, double c) \
    {                                                                      \
        const double params[] = {a, b, c};                                 \
        return lk_evaluate(id, params, 3, call);                           \
    }
#define TYPED4(name, id, a, b, c, d)                                                 \
    lk_status lk_##name(const lk_call *call, double a, double b, double c, double d) \
    {                                                                                \
        const double params[] = {a, b, c, d};                                        \
        return lk_evaluate(id, params, 4, call);                                     \
    }
#define TYPED5(name, id, a, b, c, d, e)                                                        \
    lk_status lk_##name(const lk_call *call, double a, double b, double c, double d, double e) \
    {                                                                                          \
        const double params[] = {a, b, c, d, e};                                               \
        return lk_evaluate(id, params, 5, call);                                               \
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
TYPED0(softmax, LK_SOFTMAX)
TYPED0(log_softmax, LK_LOG_SOFTMAX)
TYPED4(softmax_cross_entropy, LK_SOFTMAX_CROSS_ENTROPY, label_smoothing, z_loss, softcap,
       smooth_masked)
TYPED0(nll, LK_NLL)
TYPED2(softmax_focal, LK_SOFTMAX_FOCAL, gamma, alpha)
TYPED2(kl_divergence, LK_KL_DIVERGENCE, logits, log_target)
TYPED2(js_divergence, LK_JS_DIVERGENCE, logits, log_target)
TYPED4(multiclass_hinge, LK_MULTICLASS_HINGE, kind, margin, power, average)
TYPED3(symmetric_cross_entropy, LK_SYMMETRIC_CROSS_ENTROPY, alpha, beta, log_zero)
TYPED1(generalized_cross_entropy, LK_GENERALIZED_CROSS_ENTROPY, q)
TYPED1(poly1, LK_POLY1, epsilon)
TYPED4(linear_cross_entropy, LK_LINEAR_CROSS_ENTROPY, label_smoothing, z_loss, softcap,
       smooth_masked)
TYPED2(large_margin_softmax, LK_LARGE_MARGIN_SOFTMAX, m, lambda)
TYPED2(arcface, LK_ARCFACE, s, m)
TYPED2(cosface, LK_COSFACE, s, m)
TYPED3(dice, LK_DICE, smooth, power, logits)
TYPED4(tversky, LK_TVERSKY, alpha, beta, smooth, logits)
TYPED5(focal_tversky, LK_FOCAL_TVERSKY, alpha, beta, gamma, smooth, logits)
TYPED2(jaccard, LK_JACCARD, smooth, logits)
TYPED0(lovasz_hinge, LK_LOVASZ_HINGE)
TYPED0(l1_norm, LK_L1_NORM)
TYPED0(l2_norm, LK_L2_NORM)
TYPED0(center, LK_CENTER)
TYPED1(contrastive, LK_CONTRASTIVE, margin)
TYPED4(triplet_margin, LK_TRIPLET_MARGIN, margin, p, swap, epsilon)
TYPED2(info_nce, LK_INFO_NCE, temperature, symmetric)
TYPED1(supervised_contrastive, LK_SUPERVISED_CONTRASTIVE, temperature)
TYPED1(cosine_embedding, LK_COSINE_EMBEDDING, margin)
TYPED4(ctc, LK_CTC, blank, logits, zero_infinity, torch_gradient)
TYPED2(soft_edit_distance, LK_SOFT_EDIT_DISTANCE, gamma, logits)
TYPED1(expected_edit_distance, LK_EXPECTED_EDIT_DISTANCE, normalize)
