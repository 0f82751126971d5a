/* Jensen-Shannon divergence: the mean divergence of two distributions from their middle; symmetric
 * and at most log 2. */
#include "rows.h"

static const lk_loss_info js_divergence_info = {
    .name = "js_divergence",
    .family = "classes",
    .title = "Jensen-Shannon divergence",
    .tex = "\\tfrac12\\textstyle\\sum_j\\left(t_j\\log\\frac{t_j}{m_j}+q_j\\log\\frac{q_j}{m_j}"
           "\\right),\\quad m=\\tfrac12(t+q)",
    .gradient_tex = "\\tfrac12 q\\log(q/m)\\quad(\\text{by }\\log q)",
    .curvature_tex = "\\tfrac12q\\log(q/m)+\\tfrac14 qt/m\\quad(\\text{by }\\log q)",
    .target_gradient_tex = "\\tfrac12\\log(t/m)",
    .source = "Lin, IEEE Trans. Inf. Theory 37 (1991) 145",
    .input = "log-probabilities, or logits",
    .target = "probabilities of the shape of input, or their logarithms",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_BOUNDED,
    .bound = LK_CONSTANT(0.6931471805599454),
    .kind = LK_KIND_ROWS,
    .takes = (LK_ROW_ARGUMENTS | LK_BIT(TARGET_GRADIENT)) & ~LK_BIT(CLASS_WEIGHT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 2,
    .params = {LK_SWITCH("logits", 0, "1: input holds logits, not log-probabilities"),
               LK_SWITCH("log_target", 0, "1: target holds logarithms of probabilities")},
    .axis = LK_AXIS_INPUT,
    .notes = "A probability of 0, in either, adds nothing of its own and has gradient 0.",
    .elsewhere = "scipy.spatial.distance.jensenshannon is the square root of this, and makes both "
                 "sides sum to 1 first. PyTorch, Keras and optax have none.",
};

/* log q/m and log t/m from the difference of the logarithms: with d = log(larger / smaller),
 * log(m / larger) = log((1 + e^-d) / 2) cannot cancel. */
LK_FN log_jet js_divergence(real x, real q, real t, real log_t, const real *p)
{
    (void)p;
    const int no_q = q == R(0), no_t = t == R(0);
    const real d = x - log_t, middle = r_log1p_unit(r_exp_neg(-r_abs(d))) - LN2;
    const real q_log = (d >= R(0) ? R(0) : d) - middle, t_log = (d >= R(0) ? -d : R(0)) - middle;
    const real a = no_t ? LN2 : q_log, b = no_q ? LN2 : t_log; /* log(q / (q / 2)) */
    const real qa = no_q ? R(0) : R(0.5) * q * a, tb = no_t ? R(0) : R(0.5) * t * b;
    const real share = no_q | no_t ? R(0) : R(0.5) * q * t / (q + t);
    return (log_jet){.value = qa + tb,
                     .slope = qa,
                     .bend = qa + share,
                     .target_slope = no_t ? R(0) : R(0.5) * b};
}
