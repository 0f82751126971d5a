/* numbers.c: a pool of MPFR numbers. */
#include "numbers.h"

#include <stdlib.h>

enum { POOL = 4096 };
static mpfr_t pool[POOL];
static int used;

void numbers_start(void)
{
    for (int i = 0; i < POOL; i++) mpfr_init2(pool[i], NUMBERS_PRECISION);
}

void numbers_reset(void) { used = 0; }

void numbers_stop(void)
{
    for (int i = 0; i < POOL; i++) mpfr_clear(pool[i]);
    mpfr_free_cache();
}

static mpfr_ptr fresh(void)
{
    if (used == POOL) abort();
    return pool[used++];
}

#define UNARY(name, function)      \
    num name(num a)                \
    {                              \
        mpfr_ptr c = fresh();      \
        function(c, a, MPFR_RNDN); \
        return c;                  \
    }
#define BINARY(name, function)        \
    num name(num a, num b)            \
    {                                 \
        mpfr_ptr c = fresh();         \
        function(c, a, b, MPFR_RNDN); \
        return c;                     \
    }
BINARY(n_add, mpfr_add)
BINARY(n_sub, mpfr_sub)
BINARY(n_mul, mpfr_mul)
BINARY(n_div, mpfr_div)
BINARY(n_max, mpfr_max)
BINARY(n_min, mpfr_min)
UNARY(n_neg, mpfr_neg)
UNARY(n_abs, mpfr_abs)
UNARY(n_sqr, mpfr_sqr)
UNARY(n_sqrt, mpfr_sqrt)
UNARY(n_log, mpfr_log)
UNARY(n_log1p, mpfr_log1p)
UNARY(n_tanh, mpfr_tanh)

/* Far outside every floating format, yet products and powers with it stay numbers. */
static num within_reach(num a) { return n_max(n_min(a, n_of(1e6)), n_of(-1e6)); }

num n_exp(num a)
{
    mpfr_ptr c = fresh();
    mpfr_exp(c, within_reach(a), MPFR_RNDN);
    return c;
}

num n_expm1(num a)
{
    mpfr_ptr c = fresh();
    mpfr_expm1(c, within_reach(a), MPFR_RNDN);
    return c;
}

num n_of(double value)
{
    mpfr_ptr c = fresh();
    mpfr_set_d(c, value, MPFR_RNDN);
    return c;
}

num n_scale(num a, long exponent)
{
    mpfr_ptr c = fresh();
    mpfr_mul_2si(c, a, exponent, MPFR_RNDN);
    return c;
}
num n_half(num a) { return n_scale(a, -1); }
num n_twice(num a) { return n_scale(a, 1); }

num n_pi(void)
{
    mpfr_ptr c = fresh();
    mpfr_const_pi(c, MPFR_RNDN);
    return c;
}

num n_ln2(void)
{
    mpfr_ptr c = fresh();
    mpfr_const_log2(c, MPFR_RNDN);
    return c;
}

/* Of the two forms the one whose exponential is small, so that neither 1 is swamped. */
num n_sigmoid(num z)
{
    const num e = n_exp(n_neg(n_abs(z))), d = n_add(n_of(1), e);
    return n_div(n_sign(z) < 0 ? e : n_of(1), d);
}

num n_softplus(num z) { return n_add(n_max(z, n_of(0)), n_log1p(n_exp(n_neg(n_abs(z))))); }

int n_less(num a, num b) { return mpfr_less_p(a, b) != 0; }
int n_sign(num a) { return mpfr_sgn(a); }
