/* check_finite.c: no finite input gives NaN, over all exponents of both widths. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { TARGETS = 13, OUTPUTS = 3 };

static const double unusual[TARGETS] = {0,   1,    -1,    0.5,  -0.5,  1e-3, 20,
                                        -20, 1e30, -1e30, 3e38, -3e38, 1e-40};

/* An array of either width. */
typedef struct column {
    void *data;
    int dtype;
    int64_t n;
} column;

static int column_make(column *k, int dtype, int64_t n)
{
    *k = (column){calloc((size_t)n, sizeof(double)), dtype, n};
    return k->data ? 0 : -1;
}

static void column_set(column *k, int64_t i, double x)
{
    if (k->dtype == LK_F64)
        ((double *)k->data)[i] = x;
    else
        ((float *)k->data)[i] = (float)x;
}

static double column_get(const column *k, int64_t i)
{
    return k->dtype == LK_F64 ? ((const double *)k->data)[i] : (double)((const float *)k->data)[i];
}

/* Numbers of every exponent and sign for one target; what the domain excludes becomes the target's
 * neighbour in it. Returns how many. */
static int64_t fill_points(const check *c, column *x, column *t, column *a)
{
    const int narrow = x->dtype == LK_F32, low = narrow ? -149 : -1074, high = narrow ? 128 : 1024;
    const double largest = narrow ? FLT_MAX : DBL_MAX;
    int64_t n = 0;
    for (int k = 0; k < TARGETS; k++) {
        if (!domain_contains(&c->info->target_domain, unusual[k])) continue;
        for (int exponent = low; exponent <= high; exponent++)
            for (int side = 0; side < 4; side++) {
                const double size =
                    exponent == high ? largest : ldexp(side & 2 ? 1.75 : 1, exponent);
                const double y = side & 1 ? -size : size;
                if (!domain_contains(&c->info->input_domain, y) || n >= x->n) continue;
                column_set(x, n, y);
                column_set(t, n, unusual[k]);
                column_set(a, n, 1);
                n++;
            }
    }
    return n;
}

static int64_t count_nan(check *c, int dtype, column k[OUTPUTS + 3])
{
    const int64_t n = fill_points(c, &k[0], &k[1], &k[2]);
    lk_tensor views[OUTPUTS + 3];
    for (int i = 0; i < OUTPUTS + 3; i++) views[i] = lk_vector(k[i].data, dtype, &n);
    lk_call call = LK_CALL_INIT;
    call.input = &views[0];
    call.target = &views[1];
    call.auxiliary = c->with_auxiliary ? &views[2] : NULL;
    call.value = &views[3];
    call.gradient = &views[4];
    call.curvature = &views[5];
    call.reduction = LK_NONE;
    if (lk_evaluate(c->loss, c->params, c->info->n_params, &call) != LK_OK) {
        c->failed = 1;
        error_library(c->e);
    }
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++)
        bad += isnan(column_get(&k[3], i)) || isnan(column_get(&k[4], i)) ||
               isnan(column_get(&k[5], i));
    return n ? bad : 1;
}

/* The number of points that give NaN. */
double check_finite(check *c)
{
    static const int dtypes[] = {LK_F32, LK_F64};
    int64_t bad = 0;
    for (int width = 0; width < 2; width++) {
        column k[OUTPUTS + 3] = {{0}};
        int missing = 0;
        for (int i = 0; i < OUTPUTS + 3; i++)
            missing |= column_make(&k[i], dtypes[width], TARGETS * 4 * 2100);
        bad += missing ? 1 : count_nan(c, dtypes[width], k);
        for (int i = 0; i < OUTPUTS + 3; i++) free(k[i].data);
    }
    return (double)bad;
}
