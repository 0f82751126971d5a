/* vmath.h: the branch-free elementary functions of the formulas.
 *
 * Every function takes NaN to NaN. Polynomials are evaluated by Estrin's scheme: an out-of-order
 * window holds only two or three elements' worth of operations, so short dependency chains matter
 * more than few operations. A `tail` is the part of an argument below its last bit. */
#ifndef LK_VMATH_H
#define LK_VMATH_H

#include "real.h"

typedef struct pair {
    real hi, lo;
} pair; /* the unevaluated sum hi + lo, |lo| <= ulp(hi) */

#if LK_REAL == 32
typedef uint32_t ubits;
#define EXPONENT_BIAS 127
#define EXP_LOWEST R(-106.0)  /* 4 e^x rounds to 0 here */
#define EXP_HIGHEST R(89.0)   /* e^x overflows, yet n = x/ln2 stays below 128.5 */
#define EXP_RANGE R(200.0)    /* any positive number times e^x overflows, times e^-x is 0 */
#define LN2_HI R(0x1.62e4p-1) /* 15 bits: the product with an integer up to 512 is exact */
#define LN2_LO R(0x1.7f7d1cp-20)
#define SQRT_HALF_BITS ((ubits)0x3f3504f3)
#define LOG_HUGE R(0x1p32)
#define SMALLEST_NORMAL R(0x1p-126)
#else
typedef uint64_t ubits;
#define EXPONENT_BIAS 1023
#define EXP_LOWEST R(-748.0)
#define EXP_HIGHEST R(710.0)
#define EXP_RANGE R(1460.0)
#define LN2_HI R(0x1.62e42feep-1) /* 32 bits */
#define LN2_LO R(0x1.a39ef35793c76p-33)
#define SQRT_HALF_BITS ((ubits)0x3fe6a09e667f3bcd)
#define LOG_HUGE R(0x1p256)
#define SMALLEST_NORMAL R(0x1p-1022)
#endif
#define LOG2_E R(1.44269504088896340736)
#define LN2 R(0.693147180559945309417)
#define NO_TAIL R(-0.0) /* x + -0.0 is x for every x, so the addition folds away */
#define R_INF R_(inf)()
#define ONE_BITS ((ubits)EXPONENT_BIAS << MANTISSA)

/* 2^n from s = SHIFTER + n, for n in the range of normal exponents. */
LK_FN real r_pow2(real s)
{
    return r_from_bits((bits)(((ubits)r_bits(s) + EXPONENT_BIAS) << MANTISSA));
}

/* Q(r) with e^r = 1 + r + r^2 Q(r) for |r| <= ln2 / 2, where r2 = r^2. Relative error of e^r:
 * 2^-28.2 (f32), 2^-57.9 (f64). */
LK_FN real exp_rest(real r, real r2)
{
#if LK_REAL == 32
    const real q0 = r_fma(R(0.166665182), r, R(0.49999994));
    const real q1 = r_fma(R(0.00836894661), r, R(0.0416682437));
    const real q2 = R(0.00138227793);
    return r_fma(r_fma(q2, r2, q1), r2, q0);
#else
    const real q0 = r_fma(R(0.16666666666666412531), r, R(0.50000000000000106271));
    const real q1 = r_fma(R(0.0083333333334944591039), r, R(0.04166666666653015828));
    const real q2 = r_fma(R(0.00019841269506579748385), r, R(0.0013888888943630204082));
    const real q3 = r_fma(R(2.7557586375895883162e-6), r, R(0.000024801493098818066488));
    const real q4 = r_fma(R(2.5000060220145487927e-8), r, R(2.7630248407465573012e-7));
    const real r4 = r2 * r2;
    return r_fma(r_fma(r_fma(q4, r2, q3), r2, q2), r4, r_fma(q1, r2, q0));
#endif
}

/* e^(x + tail) = 2^n (1 + p), n the integer with s = SHIFTER + n. Scaling is left to the caller as
 * fma(p, 2^n, 2^n), which costs no more than 1 + p and, unlike arithmetic on the exponent bits,
 * keeps NaN. */
typedef struct exp_parts {
    real p, s;
} exp_parts;

LK_FN exp_parts exp_reduce(real x, real tail)
{
    const real s = r_fma(x, LOG2_E, SHIFTER), n = s - SHIFTER;
    const real r = r_fma(n, -LN2_LO, r_fma(n, -LN2_HI, x)) + tail, r2 = r * r;
    const exp_parts result = {r_fma(r2, exp_rest(r, r2), r), s};
    return result;
}

/* e^(x + tail) times 2^64 scale, for x <= 0. The power of two is taken 64 too high, where it is
 * normal, so that only the last multiplication can round a subnormal result. What underflows is
 * computed as e^0 and dropped: processors take a hundred cycles over an underflow. */
LK_FN real exp_neg_scaled(real x, real tail, real scale)
{
    const int underflow = x < EXP_LOWEST;
    const exp_parts e = exp_reduce(underflow ? R(0) : x, underflow ? NO_TAIL : tail);
    const real power = r_pow2(e.s + R(64));
    const real y = r_fma(e.p, power, power) * scale;
    return underflow ? R(0) : y;
}

/* e^(x + tail) for x <= 0 and |tail| <= a few ulp(x). */
LK_FN real r_exp_neg_tail(real x, real tail) { return exp_neg_scaled(x, tail, R(0x1p-64)); }

LK_FN real r_exp_neg(real x) { return r_exp_neg_tail(x, NO_TAIL); }

/* e^(x + tail) for every x and |tail| <= a few ulp(x). The power of two is taken 64 nearer to 1
 * than it is, so that it is a normal number; the last multiplication rounds or overflows. */
LK_FN real r_exp_tail(real x, real tail)
{
    const int low = x < EXP_LOWEST;
    const int high = x > EXP_HIGHEST;
    const real t = low ? NO_TAIL : tail, c = low ? EXP_LOWEST : x;
    const exp_parts e = exp_reduce(high ? EXP_HIGHEST : c, high ? NO_TAIL : t);
    const int negative = x < R(0);
    const real power = r_pow2(e.s + (negative ? R(64) : R(-64)));
    return r_fma(e.p, power, power) * (negative ? R(0x1p-64) : R(0x1p64));
}

LK_FN real r_exp(real x) { return r_exp_tail(x, NO_TAIL); }

/* m e^(x + tail) for finite m >= 0 and every x, |tail| <= a few ulp(x); 0 for m = 0. m is scaled
 * by 2^64 towards 1, exactly, so that its product with 1 + p is normal; the exponent that remains
 * is applied in thirds, each a normal power of two. */
LK_FN real r_exp_times(real m, real x, real tail)
{
    const int low = x < -EXP_RANGE;
    const int high = x > EXP_RANGE;
    const real t = low ? NO_TAIL : tail, c = low ? -EXP_RANGE : x;
    const exp_parts e = exp_reduce(high ? EXP_RANGE : c, high ? NO_TAIL : t);
    const int small = m < R(1);
    const real near_one = m * (small ? R(0x1p64) : R(0x1p-64));
    const real n = (e.s - SHIFTER) + (small ? R(-64) : R(64));
    const real third = r_fma(n, R(0.333333333333333333), SHIFTER), a = third - SHIFTER;
    const real power = r_pow2(third), last = r_pow2((n - (a + a)) + SHIFTER);
    return r_fma(near_one, e.p, near_one) * power * power * last;
}

/* e^(x + tail) - 1 for every x, |tail| <= a few ulp(x). With r = rh - nl the reduced argument and
 * rh exact, it is (2^n rh + 2^n - 1) + 2^n (r^2 Q - nl): the large terms round once and what the
 * reduction rounds away stays in the small one. All is halved to keep 2^n finite; n = 0 is done
 * apart because halving would lose the last bit of a subnormal. */
LK_FN real r_expm1_tail(real x, real tail)
{
    const int low = x < R(-40);
    const int high = x > EXP_HIGHEST;
    const real t = low ? NO_TAIL : tail, c = low ? R(-40) : x;
    const real xc = high ? EXP_HIGHEST : c, tc = high ? NO_TAIL : t;
    const real s = r_fma(xc, LOG2_E, SHIFTER), n = s - SHIFTER;
    const real rh = r_fma(n, -LN2_HI, xc), nl = r_fma(n, LN2_LO, -tc), r = rh - nl, r2 = r * r;
    const real rest = r_fma(r2, exp_rest(r, r2), -nl);
    const real half_power = r_pow2(s - R(1));
    const real half = r_fma(half_power, rest, r_fma(half_power, rh, half_power - R(0.5)));
    const real y = n == R(0) ? rh + rest : half + half;
    return x == R(0) ? x + tail : y; /* keeps the sign of a zero */
}

LK_FN real r_expm1(real x) { return r_expm1_tail(x, NO_TAIL); }

#if LK_REAL == 64
/* log(1 + f) - f + small for f in [sqrt(1/2) - 1, 1]. log(1 + f) = 2 atanh(s) with s = f / (2 + f)
 * and f = s (2 + f), whence f - (f^2/2 - s (f^2/2 + z P(z))), z = s^2: f itself enters unrounded.
 * Relative error of log(1 + f) by P: 2^-59.4. */
LK_FN real log1p_rest(real f, real small)
{
    const real s = f / (R(2) + f), z = s * s, z2 = z * z, half = R(0.5) * f * f;
    const real p0 = r_fma(R(0.40000000000155114813), z, R(0.66666666666666309705));
    const real p1 = r_fma(R(0.22222223953640082425), z, R(0.28571428548118142485));
    const real p2 = r_fma(R(0.15386548391142253873), z, R(0.18181744479220717409));
    const real p3 = r_fma(R(0.12104945049847497953), z, R(0.13301121379496293172));
    const real p4 = r_fma(R(0.17009759998022427637), z, R(0.083449702506993853736));
    const real p = r_fma(r_fma(r_fma(r_fma(p4, z2, p3), z2, p2), z2, p1), z2, p0);
    return r_fma(s, r_fma(z, p, half), small - half);
}
#else
/* log(1 + f) - f + small = f^2 (f T(f) - 1/2) + small for f in [sqrt(1/2) - 1, sqrt(2) - 1].
 * Relative error of log(1 + f) by T: 2^-27.2. */
LK_FN real log1p_rest(real f, real small)
{
    const real f2 = f * f, f4 = f2 * f2;
    const real t0 = r_fma(R(-0.250008434), f, R(0.333333313));
    const real t1 = r_fma(R(-0.166224658), f, R(0.200010344));
    const real t2 = r_fma(R(-0.131748214), f, R(0.142072409));
    const real t3 = r_fma(R(-0.0754630491), f, R(0.1272441));
    const real t = r_fma(r_fma(t3, f2, t2), f4, r_fma(t1, f2, t0));
    return r_fma(r_fma(f, t, R(-0.5)), f2, small);
}
#endif

/* log(1 + f) for f in [0, 1]; f32: f + f^2 Q(f), relative error 2^-27.4 by Q. */
LK_FN real r_log1p_unit(real f)
{
#if LK_REAL == 32
    const real f2 = f * f, f4 = f2 * f2;
    const real q0 = r_fma(R(0.333304256), f, R(-0.499999315));
    const real q1 = r_fma(R(0.196882963), f, R(-0.249573991));
    const real q2 = r_fma(R(0.106402077), f, R(-0.153329611));
    const real q3 = r_fma(R(0.0199763887), f, R(-0.0572489649));
    const real q4 = R(-0.0032666265);
    const real a = r_fma(q1, f2, q0), b = r_fma(r_fma(q4, f2, q3), f2, q2);
    return r_fma(r_fma(b, f4, a), f2, f);
#else
    return f + log1p_rest(f, NO_TAIL);
#endif
}

/* w = 2^e (1 + f) with f in [sqrt(1/2) - 1, sqrt(2) - 1] and f exact, for normal w in (0, inf);
 * scale = 2^-e. */
typedef struct log_parts {
    real f, e, scale;
} log_parts;

LK_FN log_parts log_reduce(real w)
{
    const ubits fraction = ((ubits)1 << MANTISSA) - 1;
    const ubits b = (ubits)r_bits(w) + (ONE_BITS - SQRT_HALF_BITS);
    const ubits digit = (ubits)(EXPONENT_BIAS + MANTISSA) << MANTISSA; /* of 2^MANTISSA */
    const real biased = r_from_bits((bits)((b >> MANTISSA) | digit));
    const real f = r_from_bits((bits)((b & fraction) + SQRT_HALF_BITS)) - R(1);
    const real scale = r_from_bits((bits)(2 * ONE_BITS - (b & ~fraction)));
    const log_parts result = {f, biased - (R((ubits)1 << MANTISSA) + R(EXPONENT_BIAS)), scale};
    return result;
}

/* e ln2 + log(1 + f) + small. e LN2_HI is exact and either 0 or larger than f, so the sum of the
 * two and its rounding error are known. */
LK_FN pair log_sum(real e, real f, real small)
{
    const real a = e * LN2_HI, sum = a + f, error = (a - sum) + f;
    const real rest = log1p_rest(f, r_fma(e, LN2_LO, error + small)), hi = sum + rest;
    const pair result = {hi, (sum - hi) + rest};
    return result;
}

/* The logarithm at 0 (-inf), inf, NaN and below 0 (NaN), whatever y is there. */
LK_FN pair log_ends(real w, pair y)
{
    const int finite = w < R_INF;
    const int positive = w > R(0);
    const real outside = w == R(0) ? -R_INF : R_(nan)("");
    const real hi = finite ? y.hi : w, lo = finite ? y.lo : R(0);
    const pair result = {positive ? hi : outside, positive ? lo : R(0)};
    return result;
}

/* log((w + lo) 2^k) as a pair, for w > 0, |lo| <= ulp(w), integer k with |k| <= 256. Scaling by
 * 2^64 makes w normal, and 2^-e finite. (1 + f) + tail is 1 + g + rest with g + rest = f + tail,
 * and log(1 + g + rest) = log(1 + g) + rest / (1 + g), where rest (1 - g + g^2) is near enough. */
LK_FN pair r_log_pair(real w, real lo, real k)
{
    const int huge = w >= LOG_HUGE;
    const real scale = huge ? R(0x1p-64) : R(0x1p64);
    const log_parts p = log_reduce(w * scale);
    const real tail = lo * scale * p.scale, g = p.f + tail, rest = (p.f - g) + tail;
    const real small = r_fma(-g, r_fma(-g, rest, rest), rest);
    return log_ends(w, log_sum(p.e + (huge ? R(64) : R(-64)) + k, g, small));
}

LK_FN real r_log(real x)
{
    const int subnormal = x < SMALLEST_NORMAL;
    const log_parts p = log_reduce(subnormal ? x * R(0x1p64) : x);
    return log_ends(x, log_sum(subnormal ? p.e - R(64) : p.e, p.f, NO_TAIL)).hi;
}

/* log(1 + x) as a pair, for x >= -1. 1 + x is taken as its rounding w and the error lo of that,
 * which is exact when the smaller term is subtracted last. */
LK_FN pair r_log1p_pair(real x)
{
    const real w = R(1) + x, large = x > R(1) ? x : R(1), little = x > R(1) ? R(1) : x;
    const pair y = r_log_pair(w, little - (w - large), R(0));
    const pair result = {x == R(0) ? x : y.hi, y.lo};
    return result;
}

LK_FN real r_log1p(real x) { return r_log1p_pair(x).hi; }

/* log(1 + e^u). */
LK_FN real r_softplus(real u) { return r_max(u, R(0)) + r_log1p_unit(r_exp_neg(-r_abs(u))); }

/* tanh r = r + r z T(z) for z = r^2 <= 0.4, relative error 2^-27.6 (f32), 2^-60.9 (f64); beyond,
 * 1 - 2 e / (1 + e), e = e^(-2|r|), where only the small quotient carries more than one rounding.
 */
LK_FN real r_tanh(real r)
{
    const real a = r_abs(r), z = r * r, z2 = z * z, e = r_exp_neg(R(-2) * a);
#if LK_REAL == 32
    const real t0 = r_fma(R(0.133313105), z, R(-0.333332777));
    const real t1 = r_fma(R(0.020597145), z, R(-0.0537276864));
    const real t2 = R(-0.00565561326);
    const real t = r_fma(r_fma(t2, z2, t1), z2, t0);
#else
    const real t0 = r_fma(R(0.13333333333328964757), z, R(-0.33333333333333307974));
    const real t1 = r_fma(R(0.021869488456865904981), z, R(-0.053968253965627506997));
    const real t2 = r_fma(R(0.0035921121327546098647), z, R(-0.0088632341245425003998));
    const real t3 = r_fma(R(0.00058939989812116123902), z, R(-0.0014557138541231935103));
    const real t4 = r_fma(R(0.000091297982855978608991), z, R(-0.00023686541193870693793));
    const real t5 = r_fma(R(5.9246204924226214127e-6), z, R(-0.000029921935257209874));
    const real z4 = z2 * z2,
               t = r_fma(r_fma(r_fma(t5, z2, t4), z4, r_fma(t3, z2, t2)), z4, r_fma(t1, z2, t0));
#endif
    return r_copysign(z <= R(0.4) ? r_fma(a * z, t, a) : R(1) - (e + e) / (R(1) + e), r);
}

/* log cosh r = z/2 + z^2 G(z) for z = r^2 <= 1, relative error 2^-30.7 (f32), 2^-56.6 (f64);
 * beyond, |r| - ln2 + log(1 + e^(-2|r|)), which cannot overflow. */
LK_FN real r_log_cosh(real r)
{
    const real a = r_abs(r), z = r * r, z2 = z * z, half = R(0.5) * r * r;
    const real far = (a - LN2) + r_log1p_unit(r_exp_neg(R(-2) * a));
#if LK_REAL == 32
    const real g0 = r_fma(R(0.0222216621), z, R(-0.0833333135));
    const real g1 = r_fma(R(0.00216393662), z, R(-0.00674082339));
    const real g2 = r_fma(R(0.00017867233), z, R(-0.000683011313));
    const real g3 = R(-2.62926587e-5);
    const real g = r_fma(r_fma(r_fma(g3, z2, g2), z2, g1), z2, g0);
#else
    const real g0 = r_fma(R(0.022222222222099622196), z, R(-0.083333333333332013833));
    const real g1 = r_fma(R(0.0021869487876852262419), z, R(-0.006746031742036666545));
    const real g2 = r_fma(R(0.00025657644662889642808), z, R(-0.00073860231380513353498));
    const real g3 = r_fma(R(0.00003272308650309720092), z, R(-0.000090971577220217999978));
    const real g4 = r_fma(R(4.1947951022046383398e-6), z, R(-0.000011829542993248239751));
    const real g5 = r_fma(R(3.790653608096339073e-7), z, R(-1.3789493939572225193e-6));
    const real g6 = r_fma(R(7.2924776987832567064e-9), z, R(-7.3754049126216210131e-8));
    const real z4 = z2 * z2, z8 = z4 * z4;
    const real low = r_fma(r_fma(g3, z2, g2), z4, r_fma(g1, z2, g0));
    const real g = r_fma(r_fma(g6, z4, r_fma(g5, z2, g4)), z8, low);
#endif
    return z <= R(1) ? r_fma(z2, g, half) : far;
}

/* 1 / cosh^2 r = 4 e / (1 + e)^2, e = e^(-2|r|); 4 e is formed before e can round as a
 * subnormal, and the square as 1 + e (2 + e), which rounds its large part once. */
LK_FN real r_sech2(real r)
{
    const real e4 = exp_neg_scaled(R(-2) * r_abs(r), NO_TAIL, R(0x1p-62)), e = R(0.25) * e4;
    return e4 / r_fma(e, R(2) + e, R(1));
}

#endif
