/* row_stage.h: from sums to coefficients, in double; part of row_kernels.c in f64. */
#ifndef LK_ROW_STAGE_H
#define LK_ROW_STAGE_H

#include "row_exponentials.h"
#include "row_kernels.h"
#include "rows_list.h"

#ifdef __clang__
#define STAGE_LOOP /* too many arrays for it; a row's share of the work is small */
#else
#define STAGE_LOOP _Pragma("omp simd")
#endif

/* Values and first derivatives; `more`: the others too. a1 = -dl/du times the class weight. */
INLINE void label_stage(label_jet loss(likelihood, const real *), const lk_row_stage *s, int more)
{
    const lk_row_coefficients *k = &s->out;
    STAGE_LOOP
    for (size_t i = 0; i < s->n; i++) {
        const real rest = s->sums.rest[i] * LK_ROW_SUM_SCALE;
        const real here = s->sums.label_exp[i] * LK_ROW_SUM_SCALE, sum = here + rest;
        const real log_sum = r_log(sum) - s->sums.offset[i];
        const real inverse = R(1) / sum, odds = rest / here;
        const real far = s->sums.label_shift[i] - log_sum;
        const likelihood l = {here * inverse, rest * inverse,
                              odds < R(0x1p900) ? -r_log1p(odds) : far};
        const label_jet j = loss(l, s->params);
        const real w = s->class_weight[i], f = s->factor[i], lse = s->sums.maximum[i] + log_sum;
        const real z = s->z_loss == R(0) ? R(0) : s->z_loss * lse, a1 = -j.slope * w;
        const int out = f == R(0);
        s->value[i] = w * j.value + z * lse;
        s->log_sum[i] = log_sum;
        k->gradient[i] = out ? R(0) : f * (a1 + R(2) * z) * inverse;
        k->label_gradient[i] = out ? R(0) : f * (R(2) * z * l.p - a1 * l.q) + R(0);
        if (more) {
            const real diagonal = a1 + R(2) * z, outer = j.bend_q * w;
            const real square = R(2) * s->z_loss, fi = f * inverse;
            const real mean_rest =
                rest > R(0) ? s->sums.vector_sum[i] * LK_ROW_SUM_SCALE / rest : R(0);
            const real apart = s->sums.label_vector[i] - mean_rest;
            const real mean = l.q * mean_rest + l.p * s->sums.label_vector[i];
            k->diagonal[i] = fi * diagonal;
            k->outer[i] = fi * outer;
            k->square[i] = fi * square;
            k->inverse_sum[i] = out ? R(0) : inverse;
            k->inverse_rest[i] = rest > R(0x1p-120) ? R(1) / rest : R(0);
            k->label_curvature[i] =
                out ? R(0) : f * (diagonal * l.p * l.q + outer * l.q + square * l.p * l.p);
            k->shift[i] = mean;
            k->constant[i] = fi * (square * mean - outer * apart);
            k->label_product[i] = out ? R(0)
                                      : f * (diagonal * l.p * l.q * apart + outer * l.q * apart +
                                             square * l.p * mean);
        }
    }
}

#define STAGE(name, id)                             \
    static void name##_stage(const lk_row_stage *s) \
    {                                               \
        if (s->curvature || s->product)             \
            label_stage(name, s, 1);                \
        else                                        \
            label_stage(name, s, 0);                \
    }
LK_LABEL_LOSSES(STAGE)
#define STAGE_ENTRY(name, id) [id] = name##_stage,
static lk_row_stage_kernel *const label_stages[LK_ROW_SLOTS] = {LK_LABEL_LOSSES(STAGE_ENTRY)};

/* L = sum T (log-sum-exp - a) = W log s + sum T (m - a), W = sum T. */
INLINE void dense_stage_of(const lk_row_stage *s, int more)
{
    const lk_row_coefficients *k = &s->out;
    STAGE_LOOP
    for (size_t i = 0; i < s->n; i++) {
        const real sum = s->sums.rest[i] * LK_ROW_SUM_SCALE, inverse = R(1) / sum;
        const real log_sum = r_log(sum) - s->sums.offset[i];
        const real w = s->sums.target_sum[i], lse = s->sums.maximum[i] + log_sum;
        const real z = s->z_loss == R(0) ? R(0) : s->z_loss * lse, f = s->factor[i];
        const real diagonal = w + R(2) * z;
        const int out = f == R(0);
        s->value[i] = (w == R(0) ? R(0) : w * log_sum) + s->sums.target_shift[i] + z * lse;
        s->log_sum[i] = log_sum;
        k->gradient[i] = out ? R(0) : f * diagonal * inverse;
        k->target[i] = f;
        if (more) {
            const real mean = s->sums.vector_sum[i] * LK_ROW_SUM_SCALE * inverse;
            const real square = R(2) * s->z_loss;
            k->diagonal[i] = f * inverse * diagonal;
            k->outer[i] = R(0);
            k->square[i] = f * inverse * square;
            k->inverse_sum[i] = out ? R(0) : inverse;
            k->inverse_rest[i] = R(0);
            k->shift[i] = mean;
            k->constant[i] = f * inverse * square * mean;
        }
    }
}

static void dense_stage(const lk_row_stage *s)
{
    if (s->curvature || s->product)
        dense_stage_of(s, 1);
    else
        dense_stage_of(s, 0);
}

#endif
