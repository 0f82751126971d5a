/* rows_scratch.c: the scratch of a task over rows, and tiles in and out of it. */
#include "rows_scratch.h"

#include <string.h>

static size_t plane_bytes(const lk_rows_job *j)
{
    const size_t bytes = (size_t)j->classes * j->lanes * j->real_width;
    return (bytes + 63 + 64) & ~(size_t)63;
}

static int is_real(const lk_rows_job *j, const lk_planes *p)
{
    const int element = j->real_width == sizeof(float) ? LK_ELEMENT_F32 : LK_ELEMENT_F64;
    return p->whole.data && p->whole.element == element && (p->step == 1 || j->classes == 1);
}

int lk_rows_is_direct(const lk_rows_job *j, const lk_planes *p)
{
    return j->lanes == 1 && is_real(j, p);
}

/* A buffer of one plane if it is needed; base NULL: only its room. */
static char *take(const lk_rows_job *j, char *base, size_t *used, int needed)
{
    const size_t at = *used;
    if (!needed) return NULL;
    *used += plane_bytes(j);
    return base ? base + at : NULL;
}

/* Lays the scratch out from `base` on, and returns its bytes; base may be NULL for that. */
size_t lk_rows_lay_out(const lk_rows_job *j, char *base, lk_rows_scratch *s)
{
    double *d = (double *)(void *)base;
    const size_t n = j->batch, classes = (size_t)j->classes;
    double **const arrays[] = {
        &s->factor,
        &s->weight,
        &s->class_weight,
        &s->value,
        &s->log_sum,
        &s->sums.maximum,
        &s->sums.offset,
        &s->sums.rest,
        &s->sums.label_exp,
        &s->sums.label_shift,
        &s->sums.target_sum,
        &s->sums.target_shift,
        &s->sums.vector_sum,
        &s->sums.label_vector,
        &s->coefficients.gradient,
        &s->coefficients.label_gradient,
        &s->coefficients.target,
        &s->coefficients.diagonal,
        &s->coefficients.outer,
        &s->coefficients.square,
        &s->coefficients.inverse_sum,
        &s->coefficients.inverse_rest,
        &s->coefficients.label_curvature,
        &s->coefficients.shift,
        &s->coefficients.constant,
        &s->coefficients.label_product,
    };
    const size_t count = sizeof arrays / sizeof *arrays;
    for (size_t k = 0; base && k < count; k++) *arrays[k] = d + k * n;
    s->label = base ? (int64_t *)(void *)(d + count * n) : NULL;
    size_t used = (count + 1) * n * sizeof(double);
    const int function = j->call->target == NULL && j->vector.whole.data;
    const int target = j->form == LK_ROWS_DENSE || j->target.whole.data || function;
    const int keeps = j->target_gradient.whole.data && j->form == LK_ROWS_DENSE;
    s->scores = take(j, base, &used, 1);
    s->target = take(j, base, &used, target);
    s->vector = take(j, base, &used, j->vector.whole.data || !j->call->target);
    s->curvature = take(j, base, &used, j->curvature.whole.data != NULL);
    s->product = take(j, base, &used, j->product.whole.data != NULL);
    s->tanh = take(j, base, &used, j->softcap != 0 || j->form == LK_ROWS_OTHER);
    s->old = take(j, base, &used, 1);
    s->kept = take(j, base, &used, keeps || j->form == LK_ROWS_OTHER);
    s->kept_target = take(j, base, &used, keeps);
    s->gradient = take(j, base, &used, j->form == LK_ROWS_OTHER);
    s->group = base ? base + used : NULL;
    if (!j->call->target)
        used += lk_padded(lk_group_rows(classes) * lk_group_pitch(classes) * j->real_width);
    return used;
}

/* ---- tiles in and out ---------------------------------------------------------------------------
 */

/* Class c of row i goes to [c * lanes + i]. */
static void load(const lk_rows_job *j, const lk_planes *p, int64_t first, size_t n, char *to)
{
    const size_t width = j->real_width;
    for (size_t done = 0; done < n;) {
        const lk_run r = lk_array_run(&p->rows, first + (int64_t)done, n - done);
        const ptrdiff_t plane = (ptrdiff_t)p->step * p->rows.width;
        lk_load *const move = j->kernels->load[p->rows.element];
        if (j->lanes == 1) {
            move((size_t)j->classes, r.at, (ptrdiff_t)p->step, to);
        } else if (is_real(j, p)) {
            j->kernels->row->to_tile(r.n, (size_t)j->classes, r.at, (ptrdiff_t)r.step,
                                     to + done * width, j->lanes);
        } else {
            for (int64_t c = 0; c < j->classes; c++)
                move(r.n, r.at + c * plane, (ptrdiff_t)r.step,
                     to + ((size_t)c * j->lanes + done) * width);
        }
        done += r.n;
    }
}

void lk_rows_store(const lk_rows_job *j, const lk_planes *p, int64_t first, size_t n,
                   const char *from)
{
    const size_t width = j->real_width;
    for (size_t done = 0; done < n;) {
        const lk_run r = lk_array_run(&p->rows, first + (int64_t)done, n - done);
        const ptrdiff_t plane = (ptrdiff_t)p->step * p->rows.width;
        lk_store *const move = j->kernels->store[p->rows.element];
        if (j->lanes == 1) {
            move((size_t)j->classes, from, r.at, (ptrdiff_t)p->step);
        } else if (is_real(j, p)) {
            j->kernels->row->from_tile(r.n, (size_t)j->classes, from + done * width, j->lanes, r.at,
                                       (ptrdiff_t)r.step);
        } else {
            for (int64_t c = 0; c < j->classes; c++)
                move(r.n, from + ((size_t)c * j->lanes + done) * width, r.at + c * plane,
                     (ptrdiff_t)r.step);
        }
        done += r.n;
    }
}

/* Rows beyond the last one repeat it, so that a tile is always full. */
static void fill_up(const lk_rows_job *j, size_t n, char *tile)
{
    const size_t width = j->real_width;
    for (int64_t c = 0; n < j->lanes && c < j->classes; c++) {
        char *row = tile + (size_t)c * j->lanes * width;
        for (size_t i = n; i < j->lanes; i++) memcpy(row + i * width, row + (n - 1) * width, width);
    }
}

void lk_rows_load(const lk_rows_job *j, const lk_planes *p, int64_t first, size_t n, char *to)
{
    load(j, p, first, n, to);
    fill_up(j, n, to);
}

void lk_rows_finish(const lk_rows_job *j, const lk_planes *p, int64_t first, size_t n, char *tile,
                    lk_rows_scratch *s)
{
    if (!p->whole.data) return;
    if (j->call->flags & LK_ACCUMULATE) {
        lk_rows_load(j, p, first, n, s->old);
        for (int64_t c = 0; c < j->classes; c += (int64_t)(LK_CHUNK / j->lanes)) {
            const int64_t rest = j->classes - c, most = (int64_t)(LK_CHUNK / j->lanes);
            const size_t at = (size_t)c * j->lanes * j->real_width;
            j->kernels->add((size_t)(rest < most ? rest : most) * j->lanes, tile + at, s->old + at);
        }
    }
    lk_rows_store(j, p, first, n, tile);
}
