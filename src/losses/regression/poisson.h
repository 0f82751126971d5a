/* Poisson loss: the negative log-likelihood of a count under the logarithm of its mean. */
#include "log_link.h"

static const lk_loss_info poisson_info = {
    .name = "poisson",
    .family = "regression",
    .title = "Poisson negative log-likelihood",
    .tex = "e^x-t\\,x",
    .gradient_tex = "e^x-t",
    .curvature_tex = "e^x",
    .fisher_tex = "e^x",
    .target_gradient_tex = "-x",
    .source = "Nelder and Wedderburn, J. R. Statist. Soc. A 135 (1972) 370",
    .input = "logarithm of the predicted mean",
    .target = "count, or any number at least 0",
    .input_domain = LK_REALS,
    .target_domain = LK_CLOSED(0, HUGE_VAL),
    .traits = LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_PROPER,
    .axis = LK_AXIS_INPUT,
    .n_params = 1,
    .params = {{.name = "full",
                .preset = 0,
                .lowest = 0,
                .highest = 1,
                .named = {{"no", 0}, {"yes", 1}},
                .meaning = "1: adds Stirling's approximation of log t! for t > 1, which does not "
                           "depend on the input: t log t - t + log(2 pi t) / 2"}},
    .auxiliary_param = -1,
    .notes = "The value may be negative. With full the gradient of the target gains "
             "log t + 1/(2t) for t > 1.",
    .elsewhere = "PyTorch poisson_nll_loss and scikit-learn HalfPoissonLoss: the same; PyTorch's "
                 "log_input=True is the default. Keras Poisson takes the mean, not its logarithm, "
                 "and adds 1e-7 to it in the logarithm. LightGBM poisson: the curvature is "
                 "exp(0.7) times as large (poisson_max_delta_step).",
};

/* e^v - 1 - v for v = u + tail, which does not cancel near 0. With v = n ln2 + s and
 * e^s = 1 + s + s^2 Q it is 2^n s^2 Q + (2^n - 1)(1 + s) - n ln2; halved to keep 2^n finite. */
LK_FN real exp_excess(real u, real tail)
{
    const int low = u < R(-80);
    const int high = u > EXP_HIGHEST;
    const real c = low ? R(-80) : high ? EXP_HIGHEST : u, t = low | high ? R(0) : tail;
    const real shifted = r_fma(c, LOG2_E, SHIFTER), n = shifted - SHIFTER;
    const real s = r_fma(n, -LN2_LO, r_fma(n, -LN2_HI, c)) + t, s2 = s * s;
    const real rest = s2 * exp_rest(s, s2), power = r_pow2(shifted - R(1)), less = power - R(0.5);
    const real large = r_fma(R(-0.5) * n, LN2_HI, r_fma(less, s, less));
    const real half = r_fma(power, rest, r_fma(R(-0.5) * n, LN2_LO, large));
    return n == R(0) ? rest : low ? R(-1) - u : half + half;
}

/* Targets past 2^64 are scaled down, for e^x and t x may overflow where their difference does not.
 * With Stirling's terms the value is t (e^v - 1 - v) + log(2 pi t) / 2, v = x - log t: the large
 * terms have cancelled by hand. */
LK_FN jet poisson(real input, real target, const real *p)
{
    const real x = input, t = target;
    const int stirling = (p[0] > R(0.5)) & (t > R(1)), huge = t > R(0x1p64);
    const real scale = huge ? R(0x1p-64) : R(1), back = huge ? R(0x1p64) : R(1), ts = t * scale;
    const real xc = x < EXP_RANGE ? x : EXP_RANGE, c = -ts * xc, c_lo = -r_fma(ts, xc, c);
    const exp_product e = exp_product_of(scale, x, NO_TAIL);
    const real plain = plus(e, c, c < R_INF ? c_lo : R(0)) * back, power = r_exp(x);

    const pair l = r_log_pair(t, R(0), R(0));
    const real v = x - l.hi, d = v - x, v_lo = ((x - (v - d)) - (l.hi + d)) - l.lo;
    const real full = r_fma(t, exp_excess(v, v_lo), R(0.5) * (l.hi + R(1.83787706640934548356)));
    const jet j = jet_of(stirling ? full : plain, plus(e, -ts, R(0)) * back, power);
    const real slope = stirling ? (R(0.5) / t - v) - v_lo : -x;
    return with_target_gradient(with_fisher(j, power), slope);
}
