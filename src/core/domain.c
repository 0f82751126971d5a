/* domain.c: which number it was. The kernels only tell that there is one, so that they stay fast.
 */
#include <math.h>
#include <stdio.h>

#include "losskit.h"
#include "pointwise_job.h"

static int is_outside(const lk_domain *d, double x)
{
    if (d->kind == 2) return x != d->lowest && x != d->highest && !isnan(x);
    return x < d->lowest || (d->kind == 1 && x == d->lowest) || x > d->highest;
}

static lk_status complain(const lk_job *j, const char *what, const lk_domain *d, int64_t index,
                          double x)
{
    char place[200], bounds[80];
    lk_place(j->call->input, index, place, sizeof place);
    if (d->kind == 2) {
        snprintf(bounds, sizeof bounds, "neither %g nor %g", d->lowest, d->highest);
    } else {
        const int open = d->kind == 1 || isinf(d->lowest);
        snprintf(bounds, sizeof bounds, "outside %c%g, %g%c", open ? '(' : '[', d->lowest,
                 d->highest, isinf(d->highest) ? ')' : ']');
    }
    return lk_fail(LK_OUT_OF_DOMAIN, "%s: %s%s = %g is %s", j->name, what, place, x, bounds);
}

/* As the kernels see it: rounded to the computation type. */
static double rounded(const lk_job *j, double x)
{
    return j->real_width == sizeof(float) ? (double)(float)x : x;
}

static int ignored(const lk_job *j, double target)
{
    const double out = rounded(j, j->call->ignore_target);
    return j->call->flags & LK_IGNORE && (target == out || (isnan(out) && isnan(target)));
}

/* Whether an output computed in place has replaced what the array held. */
static int overwritten(const lk_job *j, const lk_array *array)
{
    const lk_array *const outputs[] = {&j->value, &j->gradient, &j->curvature, &j->target_gradient,
                                       &j->auxiliary_gradient};
    int same;
    for (size_t k = 0; array->data && k < sizeof outputs / sizeof *outputs; k++)
        if (outputs[k]->data && lk_array_overlap(outputs[k], array, &same)) return 1;
    return 0;
}

static lk_status search(const lk_job *j, const char *what, const lk_array *array,
                        const lk_domain *domain)
{
    double x[LK_CHUNK], t[LK_CHUNK];
    if (overwritten(j, array) || (j->call->flags & LK_IGNORE && overwritten(j, &j->target)))
        return LK_OK;
    for (int64_t first = 0; array->data && first < j->n; first += LK_CHUNK) {
        const size_t n = j->n - first < LK_CHUNK ? (size_t)(j->n - first) : (size_t)LK_CHUNK;
        lk_array_load(array, j->isa->f64, sizeof *x, first, n, x);
        lk_array_load(&j->target, j->isa->f64, sizeof *t, first, n, t);
        for (size_t i = 0; i < n; i++)
            if (is_outside(domain, rounded(j, x[i])) && !ignored(j, rounded(j, t[i])))
                return complain(j, what, domain, first + (int64_t)i, x[i]);
    }
    return LK_OK;
}

lk_status lk_explain_domain(const lk_job *j)
{
    static const lk_domain labels_01 = {0, 1, 2};
    const int signs = (j->call->flags & LK_LABELS_01) != 0;
    lk_status status =
        search(j, "target", &j->target, signs ? &labels_01 : &j->info->target_domain);
    if (!status) status = search(j, "input", &j->input, &j->info->input_domain);
    if (!status && j->info->auxiliary)
        status = search(j, j->info->auxiliary, &j->auxiliary, &j->info->auxiliary_domain);
    /* Found by the kernels but not here: an output overwrote its input before the search. */
    return status ? status
                  : lk_fail(LK_OUT_OF_DOMAIN,
                            "%s: a value outside the domain was overwritten by "
                            "an output computed in place",
                            j->name);
}
