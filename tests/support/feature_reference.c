#include "support/feature_reference.h"

#include <math.h>
#include <string.h>

#include "support/element_types.h"

double random_normal(rng *r)
{
    double sum = -6;
    for (int k = 0; k < 12; k++) sum += (double)(rng_next(r) >> 11) * 0x1p-53;
    return sum;
}

int features_has_labels(lk_loss loss)
{
    return loss == LK_CENTER || loss == LK_SUPERVISED_CONTRASTIVE;
}

void features_make(features *f, lk_loss loss, int64_t n, int64_t d, uint64_t seed)
{
    rng r = {seed};
    const lk_loss_info *info = lk_loss_describe(loss);
    memset(f, 0, sizeof *f);
    f->loss = loss;
    f->n = n;
    f->d = d;
    f->classes = FEATURE_CLASSES;
    for (int k = 0; k < info->n_params; k++) f->params[k] = info->params[k].preset;
    for (int k = 0; k < FEATURE_POINTS; k++)
        for (int64_t i = 0; i < FEATURE_ROWS * FEATURE_SIZE; i++)
            f->point[k][i] = (double)(float)(random_normal(&r) / sqrt((double)d));
    for (int64_t i = 0; i < n; i++) {
        f->label[i] = rng_below(&r, FEATURE_CLASSES - 1); /* the last class is absent */
        f->y[i] = rng_below(&r, 2) ? 1 : loss == LK_CONTRASTIVE ? 0 : -1;
        f->weight[i] = f->upstream[i] = 1;
    }
}

static long double norm_of(const features *f, const double *a, const double *b, double shift,
                           double p)
{
    long double sum = 0, most = 0;
    for (int64_t i = 0; i < f->d; i++) {
        const long double u = fabsl((long double)a[i] - b[i] + shift);
        if (u > most) most = u;
        sum += isinf(p) ? 0 : powl(u, p);
    }
    return isinf(p) ? most : powl(sum, 1 / (long double)p);
}

static long double dot(const features *f, const double *a, const double *b)
{
    long double sum = 0;
    for (int64_t i = 0; i < f->d; i++) sum += (long double)a[i] * b[i];
    return sum;
}

static long double cosine(const features *f, const double *a, const double *b)
{
    const long double lengths = sqrtl(dot(f, a, a)) * sqrtl(dot(f, b, b));
    return lengths == 0 ? 0 : dot(f, a, b) / lengths;
}

static const double *row(const features *f, int which, int64_t i)
{
    return f->point[which] + i * f->d;
}

static long double triplet(const features *f, int64_t i)
{
    const double *a = row(f, FEATURE_X, i), *b = row(f, FEATURE_OTHER, i);
    const double *n = row(f, FEATURE_NEGATIVE, i), *p = f->params;
    const long double near = norm_of(f, a, b, p[3], p[1]);
    long double far = norm_of(f, a, n, p[3], p[1]);
    if (p[2] != 0) far = fminl(far, norm_of(f, b, n, p[3], p[1]));
    return fmaxl(0, near - far + p[0]);
}

/* Cross-entropy of row i of `from` among the rows of `to`. */
static long double info_nce(const features *f, int from, int to, int64_t i)
{
    long double sum = 0, own = 0;
    for (int64_t j = 0; j < f->n; j++) {
        const long double s = cosine(f, row(f, from, i), row(f, to, j)) / f->params[0];
        sum += expl(s);
        if (j == i) own = s;
    }
    return logl(sum) - own;
}

static long double supervised(const features *f, int64_t i)
{
    long double sum = 0, own = 0;
    int64_t positives = 0;
    for (int64_t j = 0; j < f->n; j++) {
        if (j == i || f->label[j] == -100) continue;
        const long double s = cosine(f, row(f, FEATURE_X, i), row(f, FEATURE_X, j)) / f->params[0];
        sum += expl(s);
        if (f->label[j] != f->label[i]) continue;
        own += s;
        positives++;
    }
    return positives ? logl(sum) - own / positives : 0;
}

int feature_counts(const features *f, int64_t i)
{
    int others = 0;
    if (features_has_labels(f->loss) && f->label[i] == -100) return 0;
    if (f->loss != LK_SUPERVISED_CONTRASTIVE) return 1;
    for (int64_t j = 0; j < f->n; j++) others += j != i && f->label[j] == f->label[i];
    return others > 0;
}

long double feature_value(const features *f, int64_t i)
{
    const double *a = row(f, FEATURE_X, i), *b = row(f, FEATURE_OTHER, i), *p = f->params;
    if (!feature_counts(f, i)) return 0;
    switch ((int)f->loss) {
    case LK_CENTER: {
        const long double d = norm_of(f, a, row(f, FEATURE_CENTERS, f->label[i]), 0, 2);
        return d * d / 2;
    }
    case LK_CONTRASTIVE: {
        const long double d = norm_of(f, a, b, 0, 2), rest = fmaxl(p[0] - d, 0);
        return (f->y[i] * d * d + (1 - f->y[i]) * rest * rest) / 2;
    }
    case LK_TRIPLET_MARGIN:
        return triplet(f, i);
    case LK_COSINE_EMBEDDING: {
        const long double lengths = sqrtl(dot(f, a, a) + 1e-12L) * sqrtl(dot(f, b, b) + 1e-12L),
                          c = dot(f, a, b) / lengths;
        return f->y[i] == 1 ? 1 - c : fmaxl(0, c - p[0]);
    }
    case LK_INFO_NCE: {
        const long double one = info_nce(f, FEATURE_X, FEATURE_OTHER, i);
        return p[1] != 0 ? (one + info_nce(f, FEATURE_OTHER, FEATURE_X, i)) / 2 : one;
    }
    default:
        return supervised(f, i);
    }
}

long double feature_objective(const features *f, double divisor)
{
    long double sum = 0;
    for (int64_t i = 0; i < f->n; i++)
        if (f->weight[i] != 0) sum += f->upstream[i] * f->weight[i] * feature_value(f, i);
    return sum / divisor;
}

/* Points are doubles, so the steps are powers of two and exact. */
static long double moved(features *f, int which, int64_t element, double by, double divisor)
{
    const double old = f->point[which][element];
    f->point[which][element] = old + by;
    const long double result = feature_objective(f, divisor);
    f->point[which][element] = old;
    return result;
}

double feature_slope(features *f, int which, int64_t element, double divisor)
{
    const double h = 0x1p-17;
    return (double)((moved(f, which, element, h, divisor) - moved(f, which, element, -h, divisor)) /
                    (2 * h));
}

double feature_bend(features *f, int64_t element, double divisor)
{
    const double h = 0x1p-14;
    return (double)((moved(f, 0, element, h, divisor) - 2 * moved(f, 0, element, 0, divisor) +
                     moved(f, 0, element, -h, divisor)) /
                    ((long double)h * h));
}

static int takes(const features *f, lk_argument_id id)
{
    return (int)(lk_loss_describe(f->loss)->takes >> id & 1);
}

static void fill(void *to, int dtype, const double *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) element_set(to, dtype, i, from[i]);
}

void feature_call_make(feature_call *c, const features *f, int dtype)
{
    const lk_call blank = LK_CALL_INIT;
    memset(c, 0, sizeof *c);
    c->call = blank;
    c->dtype = dtype;
    c->rows = f->n;
    c->points_shape[0] = f->n;
    c->points_shape[1] = c->centers_shape[1] = f->d;
    c->centers_shape[0] = f->classes;
    lk_tensor *const in[] = {&c->input, &c->other, &c->negative, &c->centers};
    lk_tensor *const out[] = {&c->gradient, &c->other_gradient, &c->negative_gradient,
                              &c->curvature, &c->center_step};
    for (int k = 0; k < FEATURE_POINTS; k++) {
        fill(c->in[k], dtype, f->point[k], (k == FEATURE_CENTERS ? f->classes : f->n) * f->d);
        *in[k] =
            lk_view(c->in[k], dtype, 2, k == FEATURE_CENTERS ? c->centers_shape : c->points_shape);
    }
    for (int k = 0; k <= FEATURE_STEP; k++)
        *out[k] =
            lk_view(c->out[k], dtype, 2, k == FEATURE_STEP ? c->centers_shape : c->points_shape);
    memcpy(c->y, f->y, sizeof c->y);
    memcpy(c->w, f->weight, sizeof c->w);
    memcpy(c->u, f->upstream, sizeof c->u);
    c->target = features_has_labels(f->loss) ? lk_vector(f->label, LK_I64, &c->rows)
                                             : lk_vector(c->y, LK_F64, &c->rows);
    c->weight = lk_vector(c->w, LK_F64, &c->rows);
    c->upstream = lk_vector(c->u, LK_F64, &c->rows);
    c->value = lk_vector(c->row_out, dtype, &c->rows);
    c->call.input = &c->input;
    if (takes(f, LK_ARG_TARGET)) c->call.target = &c->target;
    if (takes(f, LK_ARG_OTHER)) c->call.other = &c->other;
    if (takes(f, LK_ARG_NEGATIVE)) c->call.negative = &c->negative;
    if (takes(f, LK_ARG_CENTERS)) c->call.centers = &c->centers;
    c->call.value = &c->value;
    c->call.gradient = &c->gradient;
    c->call.curvature = &c->curvature;
    if (takes(f, LK_ARG_OTHER_GRADIENT)) c->call.other_gradient = &c->other_gradient;
    if (takes(f, LK_ARG_NEGATIVE_GRADIENT)) c->call.negative_gradient = &c->negative_gradient;
    if (takes(f, LK_ARG_CENTER_STEP)) c->call.center_step = &c->center_step;
    c->call.result = &c->result;
}

lk_status feature_call_run(feature_call *c, const features *f)
{
    return lk_evaluate(f->loss, f->params, lk_loss_describe(f->loss)->n_params, &c->call);
}

double feature_out(const feature_call *c, int which, int64_t element)
{
    return element_get(c->out[which], c->dtype, element);
}

double feature_row_value(const feature_call *c, int64_t i)
{
    return element_get(c->row_out, c->dtype, i);
}
