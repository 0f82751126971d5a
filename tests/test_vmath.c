/* test_vmath.c: the elementary functions of vmath.h against MPFR, in units in the last place of the
 * exact result (of the smallest subnormal where that is below the normal range). Compiled once per
 * width; an argument multiplies the number of samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <mpfr.h>

#include "vmath.h"

#if LK_REAL == 32
enum { PRECISION = 24, MIN_EXPONENT = -125, MAX_EXPONENT = 128, WORKING = 64 };
#define STRIDE 30011u
#define SAMPLES 100000ul
#define SMALLEST R(0x1p-149)
#define LARGEST R(0x1.fffffep127)
#else
enum { PRECISION = 53, MIN_EXPONENT = -1021, MAX_EXPONENT = 1024, WORKING = 128 };
#define SMALLEST R(0x1p-1074)
#define LARGEST R(0x1.fffffffffffffp1023)
#define SAMPLES 150000ul
#endif

static unsigned long density = 1;
static mpfr_t argument, want, scratch;

static uint64_t random_state = 0x9e3779b97f4a7c15u;
static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1du;
}

static real uniform(real low, real high)
{
    return low + (high - low) * R((double)(random_bits() >> 11) * 0x1p-53);
}

static int is_nan(real x) { return x != x; }

static real any_real(void) { return r_from_bits((bits)(random_bits() >> (64 - LK_REAL))); }

/* A part below the last bit of x, up to `ulps` of its units; 0 one time in eight. */
static real below_last_bit(real x, real ulps)
{
    const real next = r_from_bits(r_bits(r_abs(x)) + 1) - r_abs(x);
    return random_bits() % 8 == 0 || !(next < R_INF) ? R(0) : next * uniform(-ulps, ulps);
}

/* |got.hi + got.lo - want| in units in the last place of want; an infinity counts as the power of
 * two after the largest number, and a NaN on one side only as 1e30. */
static double distance(pair got)
{
    if (mpfr_nan_p(want) || is_nan(got.hi) || is_nan(got.lo))
        return mpfr_nan_p(want) && (is_nan(got.hi) || is_nan(got.lo)) ? 0 : 1e30;
    long exponent = mpfr_zero_p(want)  ? MIN_EXPONENT
                    : mpfr_inf_p(want) ? MAX_EXPONENT
                                       : mpfr_get_exp(want);
    if (exponent > MAX_EXPONENT || mpfr_inf_p(want)) {
        mpfr_set_ui_2exp(scratch, 1, MAX_EXPONENT, MPFR_RNDN);
        mpfr_setsign(want, scratch, mpfr_signbit(want), MPFR_RNDN);
        exponent = MAX_EXPONENT;
    }
    if (exponent < MIN_EXPONENT) exponent = MIN_EXPONENT;
    if (r_abs(got.hi) == R_INF) {
        mpfr_set_ui_2exp(scratch, 1, MAX_EXPONENT, MPFR_RNDN);
        mpfr_setsign(scratch, scratch, got.hi < R(0), MPFR_RNDN);
    } else {
        mpfr_set_d(scratch, (double)got.hi, MPFR_RNDN);
    }
    mpfr_sub(want, want, scratch, MPFR_RNDN);
    mpfr_sub_d(want, want, (double)got.lo, MPFR_RNDN);
    mpfr_mul_2si(want, want, PRECISION - exponent, MPFR_RNDN);
    const double units = mpfr_get_d(want, MPFR_RNDN);
    return units < 0 ? -units : units;
}

/* The exact functions: `want` from `argument`. */
static void exact_exp(void) { mpfr_exp(want, argument, MPFR_RNDN); }
static void exact_expm1(void) { mpfr_expm1(want, argument, MPFR_RNDN); }
static void exact_log(void) { mpfr_log(want, argument, MPFR_RNDN); }
static void exact_log1p(void) { mpfr_log1p(want, argument, MPFR_RNDN); }
static void exact_tanh(void) { mpfr_tanh(want, argument, MPFR_RNDN); }

static void exact_softplus(void)
{
    mpfr_abs(want, argument, MPFR_RNDN);
    mpfr_neg(want, want, MPFR_RNDN);
    mpfr_exp(want, want, MPFR_RNDN);
    mpfr_log1p(want, want, MPFR_RNDN);
    if (mpfr_sgn(argument) > 0) mpfr_add(want, want, argument, MPFR_RNDN);
}

static void exact_log_cosh(void)
{
    mpfr_abs(want, argument, MPFR_RNDN);
    if (mpfr_cmp_ui(want, 40) < 0) { /* cosh^2 = 1 + sinh^2 */
        mpfr_sinh(want, want, MPFR_RNDN);
        mpfr_sqr(want, want, MPFR_RNDN);
        mpfr_log1p(want, want, MPFR_RNDN);
        mpfr_div_2ui(want, want, 1, MPFR_RNDN);
    } else {
        mpfr_const_log2(scratch, MPFR_RNDN);
        mpfr_sub(want, want, scratch, MPFR_RNDN);
    }
}

static void exact_sech2(void)
{
    mpfr_sech(want, argument, MPFR_RNDN);
    mpfr_sqr(want, want, MPFR_RNDN);
}

/* The functions under test, each as a pair of one argument. */
#define SINGLE(name, ...) \
    static pair try_##name(real x) { return (pair){__VA_ARGS__, R(0)}; }
SINGLE(exp_neg, r_exp_neg(x))
SINGLE(exp, r_exp(x))
SINGLE(expm1, r_expm1(x))
SINGLE(log1p_unit, r_log1p_unit(x))
SINGLE(log, r_log(x))
SINGLE(log_hi, r_log_pair(x, R(0), R(0)).hi)
SINGLE(log1p, r_log1p(x))
SINGLE(softplus, r_softplus(x))
SINGLE(tanh, r_tanh(x))
SINGLE(log_cosh, r_log_cosh(x))
SINGLE(sech2, r_sech2(x))
static pair try_log_pair(real x) { return r_log_pair(x, R(0), R(0)); }
static pair try_log1p_pair(real x) { return r_log1p_pair(x); }

typedef struct unary {
    const char *name;
    pair (*got)(real x);
    void (*exact)(void);
    real low, high;             /* the stated domain */
    double bound, bound_no_fma; /* in units in the last place */
} unary;

typedef struct worst {
    double units;
    real at[3];
} worst;

static void note(worst *w, double units, real a, real b, real c)
{
    if (units > w->units) *w = (worst){units, {a, b, c}};
}

static void check_worst(const char *name, worst w, double bound, double bound_no_fma)
{
#if defined(__FMA__) || defined(__aarch64__)
    (void)bound_no_fma;
    const double limit = bound;
#else
    (void)bound;
    const double limit = bound_no_fma;
#endif
    print_message("%-14s %6.3f of %.1f ULP, at %a %a %a\n", name, w.units, limit, (double)w.at[0],
                  (double)w.at[1], (double)w.at[2]);
    assert_true(w.units <= limit);
}

static void sample(const unary *f, real x, worst *w)
{
    if (x < f->low || x > f->high) return;
    mpfr_set_d(argument, (double)x, MPFR_RNDN);
    f->exact();
    const int zero = mpfr_zero_p(want) && x == R(0), negative = mpfr_signbit(want) != 0;
    const pair got = f->got(x);
    note(w, distance(got), x, R(0), R(0));
    if (zero) assert_int_equal(r_copysign(R(1), got.hi) < R(0), negative);
}

static void test_unary(void **state)
{
    const unary *f = *state;
    static const real special[] = {
        R(0),    R(0.5),   R(0.70710678118654752), R(1),
        R(2),    SMALLEST, SMALLEST_NORMAL,        R(1.41421356237309505),
        LARGEST, R_INF,    R(0.34657359027997264), R(0.69314718055994531)};
    worst w = {0};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        for (bits d = -1; d <= 1; d++) {
            /* Neighbours too; below 0 and above infinity they are NaN. */
            const real x = r_from_bits(r_bits(special[i]) + d);
            sample(f, x, &w);
            sample(f, -x, &w);
        }
#if LK_REAL == 32
    for (uint64_t b = 0; b < (uint64_t)1 << 32; b += STRIDE / density | 1)
        sample(f, r_from_bits((bits)(uint32_t)b), &w);
#endif
    /* Half the samples where the functions bend: exponents -40 to 11. */
    for (unsigned long i = 0; i < SAMPLES * density; i++) {
        const uint64_t exponent = random_bits() % 52 + EXPONENT_BIAS - 40;
        const real x = r_abs(any_real());
        const real bent = r_from_bits(
            (bits)((ubits)r_bits(x) % ((ubits)1 << MANTISSA) | (ubits)exponent << MANTISSA));
        const real y = i & 1 ? bent : x;
        sample(f, i & 2 || f->low >= R(0) ? y : -y, &w);
    }
    check_worst(f->name, w, f->bound, f->bound_no_fma);
}

/* The exact x + tail. */
static void set_argument(real x, real tail)
{
    mpfr_set_d(argument, (double)x, MPFR_RNDN);
    mpfr_add_d(argument, argument, (double)tail, MPFR_RNDN);
}

static void test_tails(void **state)
{
    (void)state;
    worst neg = {0}, exp = {0}, expm1 = {0};
    for (unsigned long i = 0; i < SAMPLES / 4 * density; i++) {
        const real range = i & 1 ? EXP_HIGHEST + R(20) : R(2);
        const real x = uniform(-range, range), tail = below_last_bit(x, R(2));
        set_argument(x, tail);
        exact_exp();
        note(&exp, distance((pair){r_exp_tail(x, tail), R(0)}), x, tail, R(0));
        if (x <= R(0)) {
            exact_exp();
            note(&neg, distance((pair){r_exp_neg_tail(x, tail), R(0)}), x, tail, R(0));
        }
        exact_expm1();
        note(&expm1, distance((pair){r_expm1_tail(x, tail), R(0)}), x, tail, R(0));
    }
    check_worst("exp_neg_tail", neg, 1.5, 1.5);
    check_worst("exp_tail", exp, 1.5, 1.5);
    check_worst("expm1_tail", expm1, 1.5, 1.5);
    const real ends[] = {-R_INF, -LARGEST, LARGEST, R_INF};
    for (size_t i = 0; i < 4; i++) {
        assert_true(r_exp_tail(ends[i], R(1)) == (i < 2 ? R(0) : R_INF));
        assert_true(r_expm1_tail(ends[i], R(1)) == (i < 2 ? R(-1) : R_INF));
        if (i < 2) assert_true(r_exp_neg_tail(ends[i], R(1)) == R(0));
    }
}

static void test_exp_times(void **state)
{
    (void)state;
    worst w = {0};
    for (unsigned long i = 0; i < SAMPLES * density; i++) {
        real m = r_abs(any_real());
        if (!(m < R_INF)) continue;
        if (i % 16 == 0) m = r_from_bits(r_bits(m) % ((bits)1 << MANTISSA)); /* subnormal */
        const real range = i & 1 ? EXP_RANGE : i & 2 ? EXP_HIGHEST : R(2);
        const real x = uniform(-range, range), tail = below_last_bit(x, R(2));
        set_argument(x, tail);
        exact_exp();
        mpfr_mul_d(want, want, (double)m, MPFR_RNDN);
        note(&w, distance((pair){r_exp_times(m, x, tail), R(0)}), m, x, tail);
    }
    check_worst("exp_times", w, 1.5, 2);
    const real x[] = {-R_INF, -LARGEST, R(-1), R(0), R(1), LARGEST, R_INF};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        assert_true(r_exp_times(R(0), x[i], R(0)) == R(0));
        if (i < 2) assert_true(r_exp_times(LARGEST, x[i], R(1)) == R(0));
        if (i > 4) assert_true(r_exp_times(SMALLEST, x[i], R(1)) == R_INF);
    }
    assert_true(is_nan(r_exp_times(R_(nan)(""), R(0), R(0))));
    assert_true(is_nan(r_exp_times(R(1), R_(nan)(""), R(0))));
}

static void test_log_pair(void **state)
{
    (void)state;
    worst sum = {0}, high = {0};
    for (unsigned long i = 0; i < SAMPLES * density; i++) {
        real w = r_abs(any_real());
        if (i % 4 == 0) w = uniform(R(0.5), R(2));
        if (!(w < R_INF) || w == R(0)) continue;
        const real lo = below_last_bit(w, R(1));
        set_argument(w, lo);
        if (mpfr_sgn(argument) <= 0) continue;
        const long exponent = mpfr_get_exp(argument);
        const long near_one = exponent > 250 ? -250 : exponent < -250 ? 250 : -exponent;
        const long k = i & 1   ? 0
                       : i & 2 ? near_one + (long)(random_bits() % 3)
                               : (long)(random_bits() % 513) - 256;
        mpfr_mul_2si(argument, argument, k, MPFR_RNDN);
        const pair got = r_log_pair(w, lo, R(k));
        exact_log();
        note(&sum, distance(got), w, lo, R(k));
        exact_log();
        note(&high, distance((pair){got.hi, R(0)}), w, lo, R(k));
    }
    check_worst("log_pair", sum, 0.5, 1);
    check_worst("log_pair hi", high, 1, 1);
}

int main(int argc, char **argv)
{
    static const unary table[] = {
        {"exp_neg", try_exp_neg, exact_exp, -R_INF, R(0), 1.5, 1.5},
        {"exp", try_exp, exact_exp, -R_INF, R_INF, 1.5, 1.5},
        {"expm1", try_expm1, exact_expm1, -R_INF, R_INF, 1.5, 1.5},
        {"log1p_unit", try_log1p_unit, exact_log1p, R(0), R(1), 1.5, 2},
        {"log", try_log, exact_log, -R_INF, R_INF, 1, 1},
        {"log_pair k=0", try_log_pair, exact_log, -R_INF, R_INF, 0.5, 0.5},
        {"log_pair.hi k=0", try_log_hi, exact_log, -R_INF, R_INF, 1, 1},
        {"log1p", try_log1p, exact_log1p, -R_INF, R_INF, 1, 1},
        {"log1p_pair", try_log1p_pair, exact_log1p, -R_INF, R_INF, 0.5, 0.5},
        {"softplus", try_softplus, exact_softplus, -R_INF, R_INF, 2, 2.5},
        {"tanh", try_tanh, exact_tanh, -R_INF, R_INF, 1.5, 1.5},
        {"log_cosh", try_log_cosh, exact_log_cosh, -R_INF, R_INF, 1.5, 1.5},
        {"sech2", try_sech2, exact_sech2, -R_INF, R_INF, 2.5, 2.5},
    };
    enum { UNARY = sizeof table / sizeof *table };
    struct CMUnitTest tests[UNARY + 3] = {cmocka_unit_test(test_tails),
                                          cmocka_unit_test(test_exp_times),
                                          cmocka_unit_test(test_log_pair)};
    for (size_t i = 0; i < UNARY; i++)
        tests[3 + i] =
            (struct CMUnitTest){table[i].name, test_unary, NULL, NULL, (void *)&table[i]};
    if (argc > 1) density = strtoul(argv[1], NULL, 10);
    if (density == 0) density = 1;
    mpfr_init2(argument, 4 * WORKING);
    mpfr_init2(want, WORKING);
    mpfr_init2(scratch, WORKING);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mpfr_clears(argument, want, scratch, (mpfr_ptr)0);
    mpfr_free_cache();
    return failed;
}
