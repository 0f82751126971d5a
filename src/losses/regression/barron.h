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
             "at alpha = 2, 0 and -inf are exact. Convex for alpha >= 1, Lipschitz for "
             "alpha <= 1, bounded for alpha < 0 by |alpha - 2| / |alpha|.",
};

#if LK_REAL == 32
#define BARRON_LIMIT R(-0x1p40) /* (1 + s/b)^(-b/2) and e^(-s/2) agree below */
#else
#define BARRON_LIMIT R(-0x1p80)
#endif

/* With b = 2 - alpha and l = log(1 + z), z = (r / c sqrt(b))^2, all is an exponential: of alpha l/2
 * in the value, of -b l/2 in the derivatives. Both exponents are pairs, whose rounding alone would
 * cost as many ULP as they are large; in the limit -inf they are both -(r/c)^2 / 2. */
LK_FN jet barron(real input, real target, const real *p)
{
    const real alpha = p[0], c = p[1], r = input - target;
    const int square = alpha == R(2), limit = alpha < BARRON_LIMIT, plain = square | limit;
    const real b = plain ? R(1) : R(2) - alpha, b_lo = plain ? R(0) : (R(2) - b) - alpha;
    const real root = r_sqrt(b), root_lo = (r_fma(-root, root, b) + b_lo) / (root + root);
    const real width = c * root, width_lo = r_fma(c, root, -width) + c * root_lo;
    const pair scale = {width, width_lo};
    const ratio q = ratio_of(r, scale);
    const pair l = ratio_log1p(r, scale, q);
    const real u = r_abs(r) / c, z = q.square.hi;
    const int large = ratio_is_large(r, scale);

    /* The exponents. */
    const real k = R(-0.5) * b, h = R(0.5) * alpha, kl = k * l.hi, hl = h * l.hi;
    const real kl_lo = r_fma(k, l.lo, r_fma(k, l.hi, -kl)) - R(0.5) * b_lo * l.hi;
    const int below = R(0.5) * z < EXP_RANGE;
    const real s = below ? R(-0.5) * z : -EXP_RANGE, s_lo = below ? R(-0.5) * q.square.lo : R(0);
    const real fall = limit ? s : square ? R(0) : kl;
    const real fall_lo = limit ? s_lo : square ? R(0) : kl_lo;
    const real rise = limit ? s : hl;
    const real rise_lo = limit ? s_lo : r_fma(h, l.lo, r_fma(h, l.hi, -hl));

    /* (b / alpha) (e^x - 1) = (b l / 2) (e^x - 1) / x; far up e^x comes last, it may overflow. */
    const real growth = r_expm1_tail(rise, rise_lo);
    const real slow = R(0.5) * b * l.hi * (rise == R(0) ? R(1) : growth / rise);
    const real steep = r_exp_times(rise > R(40) ? b / alpha : R(0), rise, rise_lo);
    const real general = rise > R(40) ? steep : slow;
    const real value = square ? R(0.5) * u * u : limit ? -growth : general;
    const int tiny = z < RATIO_SMALL / b; /* also where z is no longer a normal number */

    /* |r/c| e^(-b l/2) for large ratios: sqrt(b) e^((1-b) l/2), all one exponential. */
    const real m = R(0.5) - R(0.5) * b, ml = m * l.hi;
    const int fold = large & !plain;
    const real ml_lo = r_fma(m, l.lo, r_fma(m, l.hi, -ml)) - R(0.5) * b_lo * l.hi;
    const real pull = r_exp_times((fold ? root : large & limit ? R(0) : u) / c, fold ? ml : fall,
                                  fold ? ml_lo : fall_lo);
    (void)tiny;
    (void)value;
    return jet_of(value, r_copysign(pull, r), pull);
}
