/* sums.c: see sums.h. */
#include "sums.h"

#include <math.h>
#include <stdlib.h>

#include "points.h"

static double element(const format *f, const void *data, int64_t i)
{
    return f->bits == 24 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

/* Points of the loss whose input is an everyday number, over and over. */
static void fill(const lk_loss_info *info, const double *params, const format *f, int64_t n,
                 void *input, void *target)
{
    enum { POOL = 4000 };
    double *pool = malloc(3 * POOL * sizeof *pool), *x = pool, *y = pool + POOL;
    points_fill(info, params, f, POOL, x, y, pool + 2 * POOL);
    int64_t k = 0;
    for (int64_t i = 0; i < n; k++) {
        const double a = x[k % POOL], b = y[k % POOL];
        if (fabs(a) > 60 || fabs(b) > 1e6) continue;
        if (f->bits == 24) {
            ((float *)input)[i] = (float)a;
            ((float *)target)[i++] = (float)b;
        } else {
            ((double *)input)[i] = a;
            ((double *)target)[i++] = b;
        }
    }
    free(pool);
}

double sums_error(lk_loss loss, const format *f, int64_t n)
{
    const lk_loss_info *info = lk_loss_describe(loss);
    double *x = malloc(3 * (size_t)n * sizeof *x), *y = x + n, *v = y + n;
    double params[LK_MAX_PARAMS];
    for (int k = 0; k < info->n_params; k++) params[k] = info->params[k].preset;
    fill(info, params, f, n, x, y);
    const lk_tensor input = lk_vector(x, f->dtype, &n), target = lk_vector(y, f->dtype, &n);
    const lk_tensor value = lk_vector(v, f->dtype, &n);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.value = &value;
    call.result = &result;
    call.reduction = LK_SUM;
    const lk_status status = lk_evaluate(loss, NULL, 0, &call);
    mpfr_t exact, size;
    mpfr_inits2(2200, exact, size, (mpfr_ptr)NULL); /* wide enough to add doubles exactly */
    mpfr_set_zero(exact, 1);
    mpfr_set_zero(size, 1);
    for (int64_t i = 0; !status && i < n; i++) {
        const double a = element(f, v, i);
        mpfr_add_d(exact, exact, a, MPFR_RNDN);
        mpfr_add_d(size, size, fabs(a), MPFR_RNDN);
    }
    mpfr_sub_d(exact, exact, result.value, MPFR_RNDN);
    mpfr_div(exact, exact, size, MPFR_RNDN);
    const double error = status ? -1 : fabs(mpfr_get_d(exact, MPFR_RNDN));
    mpfr_clears(exact, size, (mpfr_ptr)NULL);
    free(x);
    return error;
}
