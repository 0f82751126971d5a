/* Barron's general robust loss: one family from squared error through pseudo-Huber, Cauchy and
 * Geman-McClure to Welsch. */
#include "ratio.h"

static const lk_loss_info barron_info = {
    .name = "barron",
    .family = "regression",
    .title = "Barron's general robust loss",
    .tex = "\\frac{|\\alpha-2|}{\\alpha}\\left(\\left(\\frac{(r/c)^2}{|\\alpha-2|}+1\\right)"
           "^{\\alpha/2}-1\\right)",
    .gradient_tex = "\\frac{r}{c^2}(1+z)^{\\alpha/2-1},\\quad z=\\frac{(r/c)^2}{|\\alpha-2|}",
    .curvature_tex = "\\frac{1}{c^2}(1+z)^{\\alpha/2-2}(1+(\\alpha-1)z)",
    .fisher_tex = "\\frac{1}{c^2}(1+z)^{\\alpha/2-1}",
    .upper_tex = "1/c^2",
    .source = "Barron, CVPR 2019, arXiv:1701.03077",
    .input = "prediction",
    .target = "any real",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_DIFFERENTIABLE | LK_SMOOTH | LK_SYMMETRIC | LK_DISTANCE_BASED,
    .n_params = 2,
    .params = {{.name = "alpha",
                .preset = 1,
                .lowest = -HUGE_VAL,
                .highest = 2,
                .meaning = "shape: 2 squared error, 1 pseudo_huber, 0 cauchy, -2 geman_mcclure, "
                           "-inf welsch"},
               {.name = "c",
                .preset = 1,
                .lowest = 1e-15,
                .highest = 1e15,
                .meaning = "residual scale within which the loss is quadratic"}},
    .auxiliary_param = -1,
    .notes = "The value is a function of r/c; curvature 1/c^2 at r = 0 for every alpha. The limits "
             "at alpha = 2, 0 and -inf are included. Convex for alpha >= 1, Lipschitz for "
             "alpha <= 1, bounded for alpha < 0 by |alpha - 2| / |alpha|.",
    .elsewhere = "The authors' robust_loss_pytorch: lossfun(x, alpha, scale) is the same; it also "
                 "takes alpha = inf and has an approximate form, off unless asked for. PyTorch "
                 "itself, Keras and optax have none.",
};

#if LK_REAL == 32
#define BARRON_MOST R(0x1p40)   /* b from which (1 + s/b)^(-b/2) rounds to e^(-s/2) */
#define BARRON_LEAST R(0x1p-60) /* b so small that (s/b + 1)^(-b/2) rounds to 1 */
#define BARRON_ZERO R(0x1p-40)  /* alpha so small that (z + 1)^(alpha/2) - 1 is a logarithm */
#else
#define BARRON_MOST R(0x1p80)
#define BARRON_LEAST R(0x1p-100)
#define BARRON_ZERO R(0x1p-80)
#endif
#define BARRON_STEEP R(40) /* e^x - 1 rounds to e^x */

/* With b = 2 - alpha and l = log(1 + z), z = (r / c sqrt(b))^2, all is an exponential: of alpha l/2
 * in the value, of -b l/2 in the derivatives. The exponents are pairs, whose rounding alone would
 * cost as many ULP as they are large. */
LK_FN jet barron(real input, real target, const real *p)
{
    const real alpha = r_max(p[0], R(2) - BARRON_MOST), c = p[1], r = input - target;
    const real a = finite_size(r), u = a / c, c2 = c * c, gap = R(2) - alpha;
    const real b = gap + (p[0] == R(2) ? BARRON_LEAST : R(0)), b_lo = (R(2) - gap) - alpha;
    const real root = r_sqrt(b), root_lo = (r_fma(-root, root, b) + b_lo) / (root + root);
    const real width = c * root, width_lo = r_fma(c, root_lo, r_fma(c, root, -width));
    const pair scale = {width, width_lo};
    const ratio q = ratio_of(a, scale);
    const pair l = ratio_log1p(a, scale, q);
    const real z = q.square.hi;

    /* (b / alpha) (e^x - 1), x = alpha l/2; far up with e^x last, for it may overflow alone. */
    const real h = R(0.5) * alpha, x = h * l.hi, x_lo = r_fma(h, l.lo, r_fma(h, l.hi, -x));
    const int zero = r_abs(alpha) < BARRON_ZERO;
    const int steep = x > BARRON_STEEP;
    const real factor = b / (zero ? R(1) : alpha), growth = factor * r_expm1_tail(x, x_lo);
    const real power = r_exp_times(steep ? factor : R(0), x, x_lo);
    const real curved = zero ? R(0.5) * b * l.hi : steep ? power : growth;
    const real parabola = R(0.5) * u * u;
    const int tiny = z < RATIO_SMALL / b; /* and perhaps no normal number */
    const int infinite = (r_abs(r) == R_INF) & (alpha >= R(0));
    const real finite = alpha == R(2) ? parabola : tiny ? parabola : curved;
    const real value = infinite ? R_INF : finite;

    /* |r|/c^2 e^(-b l/2), where the ratio is large as sqrt(b)/c e^((1 - b) l/2). */
    const real k = R(-0.5) * b, k_lo = R(-0.5) * b_lo, fall = k * l.hi;
    const real fall_lo = r_fma(k_lo, l.hi, r_fma(k, l.lo, r_fma(k, l.hi, -fall)));
    const real m = R(0.5) + k, fold = m * l.hi;
    const real fold_lo = r_fma(k_lo, l.hi, r_fma(m, l.lo, r_fma(m, l.hi, -fold)));
    const int large = ratio_is_large(a, scale);
    const real pull =
        r_exp_times(large ? root / c : a / c2, large ? fold : fall, large ? fold_lo : fall_lo);
    const real slope = alpha == R(2) ? a / c2 : pull;

    /* (1 + (alpha - 1) z) / (1 + z), or, where alpha is 1, with that denominator in the power. The
     * power is 0 before the bound matters. */
    const real lean = alpha - R(1), y = z > R(1) ? R(1) / z : z;
    const real share = (z > R(1) ? lean + y : r_fma(lean, y, R(1))) / (R(1) + y);
    const real bend = lean == R(0) ? R(1) : r_max(share, R(-0x1p20));
    const real three = R(-1.5) * l.hi, three_lo = r_fma(R(-1.5), l.hi, -three) - R(1.5) * l.lo;
    const real fade = r_exp_times(r_abs(bend) / c2, lean == R(0) ? three : fall,
                                  lean == R(0) ? three_lo : fall_lo);
    const jet j = jet_of(value, r_copysign(slope, r), r_copysign(fade, bend));
    return with_upper(with_fisher(j, r_exp_times(R(1) / c2, fall, fall_lo)), R(1) / c2);
}
