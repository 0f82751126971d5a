/* pointwise_list.h: every pointwise loss, once as a file and once as (name, id). Append only: ids
 * are ABI (see lk_loss). AUX lists the losses with a third input. */
#include "binary/balanced_sigmoid_cross_entropy.h"
#include "binary/binary_cross_entropy.h"
#include "binary/sigmoid_cross_entropy.h"
#include "binary/sigmoid_focal.h"
#include "margin/exponential.h"
#include "margin/hinge.h"
#include "margin/logistic.h"
#include "margin/modified_huber.h"
#include "margin/perceptron.h"
#include "margin/ramp.h"
#include "margin/squared_hinge.h"
#include "margin/zero_one.h"
#include "regression/absolute_error.h"
#include "regression/barron.h"
#include "regression/cauchy.h"
#include "regression/charbonnier.h"
#include "regression/epsilon_insensitive.h"
#include "regression/expectile.h"
#include "regression/gamma.h"
#include "regression/gaussian_nll.h"
#include "regression/geman_mcclure.h"
#include "regression/huber.h"
#include "regression/log_cosh.h"
#include "regression/poisson.h"
#include "regression/pseudo_huber.h"
#include "regression/quantile.h"
#include "regression/smooth_l1.h"
#include "regression/squared_error.h"
#include "regression/squared_log_error.h"
#include "regression/tukey_biweight.h"
#include "regression/tweedie.h"
#include "regression/welsch.h"

/* clang-format off */
#define LK_POINTWISE_LOSSES(PLAIN, AUX)                                    \
    PLAIN(zero_one, LK_ZERO_ONE)                                           \
    PLAIN(logistic, LK_LOGISTIC)                                           \
    PLAIN(hinge, LK_HINGE)                                                 \
    PLAIN(squared_hinge, LK_SQUARED_HINGE)                                 \
    PLAIN(modified_huber, LK_MODIFIED_HUBER)                               \
    PLAIN(ramp, LK_RAMP)                                                   \
    PLAIN(exponential, LK_EXPONENTIAL)                                     \
    PLAIN(perceptron, LK_PERCEPTRON)                                       \
    PLAIN(squared_error, LK_SQUARED_ERROR)                                 \
    PLAIN(absolute_error, LK_ABSOLUTE_ERROR)                               \
    PLAIN(huber, LK_HUBER)                                                 \
    PLAIN(smooth_l1, LK_SMOOTH_L1)                                         \
    PLAIN(log_cosh, LK_LOG_COSH)                                           \
    AUX(tukey_biweight, LK_TUKEY_BIWEIGHT)                                 \
    PLAIN(quantile, LK_QUANTILE)                                           \
    PLAIN(expectile, LK_EXPECTILE)                                         \
    PLAIN(epsilon_insensitive, LK_EPSILON_INSENSITIVE)                     \
    PLAIN(squared_log_error, LK_SQUARED_LOG_ERROR)                         \
    PLAIN(pseudo_huber, LK_PSEUDO_HUBER)                                   \
    PLAIN(charbonnier, LK_CHARBONNIER)                                     \
    PLAIN(cauchy, LK_CAUCHY)                                               \
    PLAIN(welsch, LK_WELSCH)                                               \
    PLAIN(geman_mcclure, LK_GEMAN_MCCLURE)                                 \
    PLAIN(barron, LK_BARRON)                                               \
    PLAIN(poisson, LK_POISSON)                                             \
    AUX(gaussian_nll, LK_GAUSSIAN_NLL)                                     \
    PLAIN(gamma, LK_GAMMA)                                                 \
    PLAIN(tweedie, LK_TWEEDIE)                                             \
    AUX(sigmoid_cross_entropy, LK_SIGMOID_CROSS_ENTROPY)                   \
    PLAIN(binary_cross_entropy, LK_BINARY_CROSS_ENTROPY)                   \
    AUX(balanced_sigmoid_cross_entropy, LK_BALANCED_SIGMOID_CROSS_ENTROPY) \
    PLAIN(sigmoid_focal, LK_SIGMOID_FOCAL)
/* clang-format on */
