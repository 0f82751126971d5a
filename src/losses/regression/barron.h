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
#define BARRON_LIMIT R(-0x1p40) /* from here down (1 + s/b)^(-b/2) rounds to e^(-s/2) */
#define BARRON_ZERO R(0x1p-40)  /* within this of 0 alpha is 0 */
#else
#define BARRON_LIMIT R(-0x1p80)
#define BARRON_ZERO R(0x1p-80)
#endif
#define BARRON_STEEP R(40) /* e^x - 1 rounds to e^x */

/* With b = 2 - alpha and l = log(1 + z), z = (r / c sqrt(b))^2, all is an exponential: of alpha l/2
 * in the value, of -b l/2 in the derivatives. The exponents are pairs, whose rounding alone would
 * cost as many ULP as they are large. At -inf both are -(r/c)^2 / 2; there and at 2, b serves as
 * 1. */
LK_FN jet barron(real input, real target, const real *p)
{
    const real alpha = p[0], c = p[1], r = input - target, u = r_abs(r) / c, flat = c * c;
    const int square = alpha == R(2), limit = alpha < BARRON_LIMIT, plain = square | limit;
    const real b = plain ? R(1) : R(2) - alpha, b_lo = plain ? R(0) : (R(2) - b) - alpha;
    const real root = r_sqrt(b), root_lo = (r_fma(-root, root, b) + b_lo) / (root + root);
    const real width = c * root, width_lo = r_fma(c, root_lo, r_fma(c, root, -width));
    const pair scale = {width, width_lo};
    const ratio q = ratio_of(r, scale);
    const pair l = ratio_log1p(r, scale, q);
    const real z = q.square.hi;
    const int large = ratio_is_large(r, scale);

    const int above = z < EXP_RANGE + EXP_RANGE;
    const real s = above ? R(-0.5) * z : -EXP_RANGE, s_lo = above ? R(-0.5) * q.square.lo : R(0);
    const real h = R(0.5) * alpha, hl = h * l.hi, hl_lo = r_fma(h, l.lo, r_fma(h, l.hi, -hl));
    const real rise = limit ? s : hl, rise_lo = limit ? s_lo : hl_lo;
    const real k = square ? R(0) : R(-0.5) * b, k_lo = R(-0.5) * b_lo, kl = k * l.hi;
    const real kl_lo = r_fma(k_lo, l.hi, r_fma(k, l.lo, r_fma(k, l.hi, -kl)));
    const real fall = limit ? s : kl, fall_lo = limit ? s_lo : kl_lo;

    /* (b / alpha) (e^x - 1); far up with e^x last, which may overflow before the product does. */
    const int steep = rise > BARRON_STEEP, zero = r_abs(alpha) < BARRON_ZERO;
    const real ratio_b = b / (zero ? R(1) : alpha), growth = r_expm1_tail(rise, rise_lo);
    const real power = r_exp_times(steep ? ratio_b : R(0), rise, rise_lo);
    const real general = zero ? R(0.5) * b * l.hi : steep ? power : ratio_b * growth;
    const int quadratic = square | (z < RATIO_SMALL / b); /* z may be no normal number */
    const real value = quadratic ? R(0.5) * u * u : limit ? -growth : general;

    /* |r/c| e^(-b l/2); where the ratio is large its product with the power, sqrt(b) e^(m l). */
    const int fold = large & !plain;
    const real m = R(0.5) - R(0.5) * b, ml = m * l.hi;
    const real ml_lo = r_fma(k_lo, l.hi, r_fma(m, l.lo, r_fma(m, l.hi, -ml)));
    const real start = fold ? root / c : large ? R(0) : r_abs(r) / flat;
    const real pull = r_exp_times(start, fold ? ml : fall, fold ? ml_lo : fall_lo);

    /* (1 + (alpha - 1) z) / (1 + z), and its part 1 / (1 + z) in the power where alpha is 1. The
     * power is 0 before the bound matters. */
    const int one = alpha == R(1);
    const real lean = limit ? R(0) : alpha - R(1), y = z > R(1) ? R(1) / z : z;
    const real bracket = (z > R(1) ? lean + y : r_fma(lean, y, R(1))) / (R(1) + y);
    const real raw = one ? R(1) : limit ? (R(1) - z) - q.square.lo : bracket;
    const real bend = raw > R(-0x1p20) ? raw : R(-0x1p20);
    const real three = R(-1.5) * l.hi, three_lo = r_fma(R(-1.5), l.hi, -three) - R(1.5) * l.lo;
    const real fade = r_exp_times(r_abs(bend) / flat, one ? three : fall, one ? three_lo : fall_lo);
    const jet j = jet_of(value, square ? r / flat : r_copysign(pull, r), r_copysign(fade, bend));
    return with_upper(with_fisher(j, r_exp_times(R(1) / flat, fall, fall_lo)), R(1) / flat);
}
