/* truth.c: the table of exact losses and their conditioning. */
#include "truth.h"

#include "truth_losses.h"

truth_function *truth_of(lk_loss loss)
{
    static truth_function *const table[] = {
        [LK_ZERO_ONE] = truth_zero_one,
        [LK_LOGISTIC] = truth_logistic,
        [LK_HINGE] = truth_hinge,
        [LK_SQUARED_HINGE] = truth_squared_hinge,
        [LK_MODIFIED_HUBER] = truth_modified_huber,
        [LK_RAMP] = truth_ramp,
        [LK_EXPONENTIAL] = truth_exponential,
        [LK_PERCEPTRON] = truth_perceptron,
        [LK_SQUARED_ERROR] = truth_squared_error,
        [LK_ABSOLUTE_ERROR] = truth_absolute_error,
        [LK_HUBER] = truth_huber,
        [LK_SMOOTH_L1] = truth_smooth_l1,
        [LK_LOG_COSH] = truth_log_cosh,
        [LK_TUKEY_BIWEIGHT] = truth_tukey_biweight,
        [LK_QUANTILE] = truth_quantile,
        [LK_EXPECTILE] = truth_expectile,
        [LK_EPSILON_INSENSITIVE] = truth_epsilon_insensitive,
        [LK_SQUARED_LOG_ERROR] = truth_squared_log_error,
        [LK_PSEUDO_HUBER] = truth_pseudo_huber,
        [LK_CHARBONNIER] = truth_charbonnier,
        [LK_CAUCHY] = truth_cauchy,
        [LK_WELSCH] = truth_welsch,
        [LK_GEMAN_MCCLURE] = truth_geman_mcclure,
        [LK_BARRON] = truth_barron,
        [LK_POISSON] = truth_poisson,
        [LK_GAUSSIAN_NLL] = truth_gaussian_nll,
        [LK_GAMMA] = truth_gamma,
        [LK_TWEEDIE] = truth_tweedie,
        [LK_SIGMOID_CROSS_ENTROPY] = truth_sigmoid_cross_entropy,
        [LK_BINARY_CROSS_ENTROPY] = truth_binary_cross_entropy,
        [LK_BALANCED_SIGMOID_CROSS_ENTROPY] = truth_balanced_sigmoid_cross_entropy,
        [LK_SIGMOID_FOCAL] = truth_sigmoid_focal,
    };
    const size_t n = sizeof table / sizeof *table;
    return (size_t)loss < n ? table[loss] : NULL;
}

truth truth_at(lk_loss loss, const truth_point *point, int sign, long shift)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    truth t = {.input = n_of(point->input),
               .target = n_of(point->target),
               .auxiliary = n_of(point->auxiliary)};
    for (int k = 0; k < LK_MAX_PARAMS; k++) t.p[k] = n_of(point->params[k]);
    t.u = info->axis == LK_AXIS_RESIDUAL ? n_sub(t.input, t.target)
          : info->axis == LK_AXIS_MARGIN ? n_mul(t.input, t.target)
                                         : t.input;
    if (sign) {
        t.u = n_add(t.u, n_scale(sign < 0 ? n_neg(t.u) : t.u, shift));
        if (info->axis == LK_AXIS_INPUT) t.input = t.u;
    }
    truth_of(loss)(&t);
    /* Whatever depends on the residual alone has this gradient of the target. */
    if (info->traits & LK_DISTANCE_BASED && t.out[TRUTH_GRADIENT]) {
        t.out[TRUTH_TARGET] = n_neg(t.out[TRUTH_GRADIENT]);
        t.term[TRUTH_TARGET] = t.term[TRUTH_GRADIENT];
    }
    return t;
}

num truth_sensitivity(lk_loss loss, const truth_point *point, const truth *at,
                      enum truth_output output)
{
    enum { STEP = -100 };
    const truth moved = truth_at(loss, point, 1, STEP);
    return n_scale(n_abs(n_sub(moved.out[output], at->out[output])), -STEP);
}
