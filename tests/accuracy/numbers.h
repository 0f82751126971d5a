/* numbers.h: arithmetic of many digits written as expressions. Every function returns a fresh
 * number of a pool that lasts until numbers_reset(). */
#ifndef LK_TEST_NUMBERS_H
#define LK_TEST_NUMBERS_H

#include <mpfr.h>

typedef mpfr_srcptr num;

/* 300 bits leave 200 after the worst cancellation of two terms that are exact to a double's last
 * bit; forms that could lose more (expm1, log1p) have their own function here. */
enum { NUMBERS_PRECISION = 300 };

void numbers_start(void);
void numbers_reset(void); /* all numbers so far become invalid */
void numbers_stop(void);

num n_of(double value);
num n_add(num a, num b);
num n_sub(num a, num b);
num n_mul(num a, num b);
num n_div(num a, num b);
num n_neg(num a);
num n_abs(num a);
num n_sqr(num a);
num n_sqrt(num a);
num n_exp(num a); /* finite: beyond e^(+-1e6) the exponent stays there */
num n_expm1(num a);
num n_log(num a);
num n_log1p(num a);
num n_tanh(num a);
num n_max(num a, num b);
num n_min(num a, num b);
num n_half(num a);
num n_twice(num a);
num n_scale(num a, long exponent); /* a 2^exponent */
num n_pi(void);
num n_ln2(void);
num n_sigmoid(num z);  /* 1 / (1 + e^-z) */
num n_softplus(num z); /* log(1 + e^z) */

int n_less(num a, num b);
int n_sign(num a);

#endif
