/* cases.c: see cases.h. */
#include "cases.h"

#include <math.h>

const accuracy_case accuracy_cases[] = {
    {LK_ZERO_ONE, 0, {0}},
    {LK_ZERO_ONE, 1, {0.5}},
    {LK_LOGISTIC, 0, {0}},
    {LK_LOGISTIC, 1, {1}},
    {LK_HINGE, 0, {0}},
    {LK_SQUARED_HINGE, 0, {0}},
    {LK_MODIFIED_HUBER, 0, {0}},
    {LK_RAMP, 0, {0}},
    {LK_RAMP, 1, {-1}},
    {LK_RAMP, 1, {0.7}},
    {LK_EXPONENTIAL, 0, {0}},
    {LK_PERCEPTRON, 0, {0}},
    {LK_SQUARED_ERROR, 0, {0}},
    {LK_SQUARED_ERROR, 1, {1}},
    {LK_ABSOLUTE_ERROR, 0, {0}},
    {LK_HUBER, 0, {0}},
    {LK_HUBER, 1, {1.345}},
    {LK_HUBER, 1, {1e-3}},
    {LK_HUBER, 1, {1e20}},
    {LK_SMOOTH_L1, 0, {0}},
    {LK_SMOOTH_L1, 1, {0}},
    {LK_SMOOTH_L1, 1, {0.11}},
    {LK_SMOOTH_L1, 1, {1e20}},
    {LK_LOG_COSH, 0, {0}},
    {LK_TUKEY_BIWEIGHT, 0, {0}},
    {LK_TUKEY_BIWEIGHT, 2, {0.1, 1}},
    {LK_TUKEY_BIWEIGHT, 2, {1e6, 1}},
    {LK_QUANTILE, 0, {0}},
    {LK_QUANTILE, 1, {0.9}},
    {LK_QUANTILE, 1, {1e-3}},
    {LK_EXPECTILE, 0, {0}},
    {LK_EXPECTILE, 1, {0.9}},
    {LK_EXPECTILE, 1, {1e-3}},
    {LK_EPSILON_INSENSITIVE, 0, {0}},
    {LK_EPSILON_INSENSITIVE, 1, {0}},
    {LK_EPSILON_INSENSITIVE, 1, {3}},
    {LK_SQUARED_LOG_ERROR, 0, {0}},
    {LK_PSEUDO_HUBER, 0, {0}},
    {LK_PSEUDO_HUBER, 1, {1e-3}},
    {LK_PSEUDO_HUBER, 1, {1234.5}},
    {LK_CHARBONNIER, 0, {0}},
    {LK_CHARBONNIER, 1, {1}},
    {LK_CHARBONNIER, 1, {1e6}},
    {LK_CAUCHY, 0, {0}},
    {LK_CAUCHY, 1, {0.01}},
    {LK_CAUCHY, 1, {1e5}},
    {LK_WELSCH, 0, {0}},
    {LK_WELSCH, 1, {0.01}},
    {LK_WELSCH, 1, {1e5}},
    {LK_GEMAN_MCCLURE, 0, {0}},
    {LK_BARRON, 0, {0}},
    {LK_BARRON, 2, {2, 1}},
    {LK_BARRON, 2, {0, 1}},
    {LK_BARRON, 2, {-INFINITY, 1}},
    {LK_BARRON, 2, {-2, 0.3}},
    {LK_BARRON, 2, {1.999, 1}},
    {LK_BARRON, 2, {1e-3, 2}},
    {LK_BARRON, 2, {-1e-9, 1}},
    {LK_BARRON, 2, {-1e6, 3}},
    {LK_BARRON, 2, {-8, 10}},
    {LK_BARRON, 2, {1.5, 1}},
    {LK_POISSON, 0, {0}},
    {LK_POISSON, 1, {1}},
    {LK_GAUSSIAN_NLL, 0, {0}},
    {LK_GAUSSIAN_NLL, 2, {1e-2, 1}},
    {LK_GAMMA, 0, {0}},
    {LK_TWEEDIE, 0, {0}},
    {LK_TWEEDIE, 1, {1.1}},
    {LK_TWEEDIE, 1, {1.9}},
    {LK_TWEEDIE, 1, {1.01}},
    {LK_SIGMOID_CROSS_ENTROPY, 0, {0}},
    {LK_SIGMOID_CROSS_ENTROPY, 2, {3.5, 0}},
    {LK_SIGMOID_CROSS_ENTROPY, 2, {1, 0.1}},
    {LK_SIGMOID_CROSS_ENTROPY, 2, {1, 1e-4}},
    {LK_SIGMOID_CROSS_ENTROPY, 2, {1, 1}},
    {LK_BINARY_CROSS_ENTROPY, 0, {0}},
    {LK_BALANCED_SIGMOID_CROSS_ENTROPY, 1, {0.98}},
    {LK_SIGMOID_FOCAL, 0, {0}},
    {LK_SIGMOID_FOCAL, 2, {0, 0.25}},
    {LK_SIGMOID_FOCAL, 2, {0.5, -1}},
    {LK_SIGMOID_FOCAL, 2, {1, 0.5}},
    {LK_SIGMOID_FOCAL, 2, {5, 0.9}},
    {LK_SIGMOID_FOCAL, 2, {30, -1}},
};
const int n_accuracy_cases = sizeof accuracy_cases / sizeof *accuracy_cases;

static double positive_weight(const truth_point *p) { return 1 + p->auxiliary; }

static double focal_slope(const truth_point *p)
{
    return 1 + 2 * p->params[0] + p->params[0] * fabs(p->input);
}

/* From here on e^-|z| is subnormal: half a unit of it is all that a factor can multiply. */
#define TAIL_F32 0x1.5d58ap+6         /* 126 ln 2 */
#define TAIL_F64 0x1.6232bdd7abcd2p+9 /* 1022 ln 2 */
#define TAIL(loss, output, factor, bound, text)                                    \
    {loss, output, 24, TAIL_F32, factor, bound, text, "e^-\\|z\\| is subnormal"},  \
    {                                                                              \
        loss, output, 53, TAIL_F64, factor, bound, text, "e^-\\|z\\| is subnormal" \
    }
#define WEIGHTED(output) \
    TAIL(LK_SIGMOID_CROSS_ENTROPY, output, positive_weight, 2, "1 + pos_weight")

const accuracy_exception accuracy_exceptions[] = {
    WEIGHTED(TRUTH_VALUE),
    WEIGHTED(TRUTH_GRADIENT),
    WEIGHTED(TRUTH_CURVATURE),
    WEIGHTED(TRUTH_FISHER),
    TAIL(LK_SIGMOID_FOCAL, TRUTH_CURVATURE, focal_slope, 1, "1 + 2 gamma + gamma \\|z\\|"),
};
const int n_accuracy_exceptions = sizeof accuracy_exceptions / sizeof *accuracy_exceptions;

static int is_elementary(lk_loss loss)
{
    switch (loss) {
    case LK_LOGISTIC:
    case LK_EXPONENTIAL:
    case LK_LOG_COSH:
    case LK_SQUARED_LOG_ERROR:
    case LK_PSEUDO_HUBER:
    case LK_CHARBONNIER:
    case LK_CAUCHY:
    case LK_WELSCH:
    case LK_BARRON:
    case LK_POISSON:
    case LK_GAUSSIAN_NLL:
    case LK_GAMMA:
    case LK_TWEEDIE:
    case LK_SIGMOID_CROSS_ENTROPY:
    case LK_BINARY_CROSS_ENTROPY:
    case LK_BALANCED_SIGMOID_CROSS_ENTROPY:
        return 1;
    default:
        return 0;
    }
}

const char accuracy_bound_text[] =
    "2 ULP for losses of plain arithmetic, 3 ULP with exp, log, a root or (tukey_biweight) two "
    "divisions by a scale, 4 + 1.5 gamma for sigmoid_focal (the error of log q counts gamma times "
    "in q^gamma); 1 more for curvature, Fisher weight and the target gradient of "
    "sigmoid_cross_entropy, products of one factor more (2 more for "
    "barron and cauchy). Without FMA twice as much, and for welsch, barron, tweedie and "
    "sigmoid_focal the "
    "size of an exponent besides, 110 (f32) or 750 (f64), because the rounding of the exponent "
    "is not recovered there.";

static int has_exact_exponent(lk_loss loss)
{
    return loss == LK_WELSCH || loss == LK_BARRON || loss == LK_TWEEDIE || loss == LK_SIGMOID_FOCAL;
}

double accuracy_bound(lk_loss loss, const double *params, enum truth_output output, const format *f,
                      int fma)
{
    const int second = output == TRUTH_CURVATURE || output == TRUTH_FISHER ||
                       (output == TRUTH_TARGET && loss == LK_SIGMOID_CROSS_ENTROPY);
    const double value = loss == LK_SIGMOID_FOCAL                           ? 4 + 1.5 * params[0]
                         : is_elementary(loss) || loss == LK_TUKEY_BIWEIGHT ? 3
                                                                            : 2;
    const double bound = value + (!second ? 0 : loss == LK_BARRON || loss == LK_CAUCHY ? 2 : 1);
    if (fma) return bound;
    return 2 * bound + (has_exact_exponent(loss) ? f->bits == 24 ? 110 : 750 : 0);
}
