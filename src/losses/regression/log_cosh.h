/* Log-cosh loss: squared error for small residuals, absolute error for large ones, smooth between.
 */
#include "pointwise.h"

static const lk_loss_info log_cosh_info = {
    .name = "log_cosh",
    .family = "regression",
    .title = "Log-cosh loss",
    .tex = "\\log\\cosh r",
    .gradient_tex = "\\tanh r",
    .curvature_tex = "\\operatorname{sech}^2 r",
    .fisher_tex = "\\tanh(r)/r",
    .upper_tex = "1",
    .source = "Green, IEEE Trans. Med. Imaging 9 (1990) 84",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits =
        LK_CONVEX | LK_DIFFERENTIABLE | LK_SMOOTH | LK_LIPSCHITZ | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .lipschitz = LK_CONSTANT(1),
    .auxiliary_param = -1,
    .notes = "r^2 / 2 near 0, |r| - log 2 far out; it has no scale of its own.",
    .elsewhere = "Keras LogCosh and optax log_cosh: the same. PyTorch has none; the logarithm of "
                 "the cosine written out is inf in f32 beyond a residual of 89.",
};

LK_FN jet log_cosh(real input, real target, const real *p)
{
    (void)p;
    const real r = input - target, slope = r_tanh(r);
    const jet j = jet_of(r_log_cosh(r), slope, r_sech2(r));
    return with_upper(with_fisher(j, r == R(0) ? R(1) : slope / r), R(1));
}
