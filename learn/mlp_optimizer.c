/* mlp_optimizer.c: a step along the gradient. */
#include <math.h>

#include "mlp.h"

int lk_mlp_moments(lk_optimizer optimizer)
{
    return optimizer == LK_OPTIMIZER_SGD ? 0 : optimizer <= LK_OPTIMIZER_NESTEROV ? 1 : 2;
}

/* Sums of pieces, each in lanes, in their order. */
double lk_mlp_norm(int64_t n, const float *x)
{
    enum { LANES = 8 };
    double total = 0;
    for (int64_t first = 0; first < n; first += LK_MLP_PIECE) {
        const int64_t last = n - first < LK_MLP_PIECE ? n : first + LK_MLP_PIECE;
        double lane[LANES] = {0};
        int64_t i = first;
        for (; i + LANES <= last; i += LANES)
            for (int k = 0; k < LANES; k++) lane[k] += (double)x[i + k] * (double)x[i + k];
        for (; i < last; i++) lane[0] += (double)x[i] * (double)x[i];
        for (int k = 0; k < LANES; k++) total += lane[k];
    }
    return sqrt(total);
}

/* One array of the network: what its elements need. l2 is added to the gradient, decay shrinks the
 * weight itself (AdamW), l1 pulls it to 0 by `threshold` after the step and no further. */
typedef struct update {
    float *w, *first, *second;
    const float *g;
    float scale, l2, decay, threshold, rate, momentum, beta1, rest1, beta2, rest2, epsilon;
} update;

static void descend(void *context, int64_t from, int64_t to)
{
    const update *const u = context;
    float *restrict w = u->w;
    const float *restrict g = u->g;
    for (int64_t i = from; i < to; i++) w[i] -= u->rate * (g[i] * u->scale + u->l2 * w[i]);
}

static void roll(void *context, int64_t from, int64_t to)
{
    const update *const u = context;
    float *restrict w = u->w, *restrict v = u->first;
    const float *restrict g = u->g;
    for (int64_t i = from; i < to; i++) {
        v[i] = u->momentum * v[i] + (g[i] * u->scale + u->l2 * w[i]);
        w[i] -= u->rate * v[i];
    }
}

static void look_ahead(void *context, int64_t from, int64_t to)
{
    const update *const u = context;
    float *restrict w = u->w, *restrict v = u->first;
    const float *restrict g = u->g;
    for (int64_t i = from; i < to; i++) {
        const float slope = g[i] * u->scale + u->l2 * w[i];
        v[i] = u->momentum * v[i] + slope;
        w[i] -= u->rate * (slope + u->momentum * v[i]);
    }
}

/* Kingma and Ba, ICLR 2015; decay: Loshchilov and Hutter, ICLR 2019. Corrections of the bias are in
 * rate and epsilon. */
static void adapt(void *context, int64_t from, int64_t to)
{
    const update *const u = context;
    float *restrict w = u->w, *restrict m = u->first, *restrict v = u->second;
    const float *restrict g = u->g;
    for (int64_t i = from; i < to; i++) {
        const float slope = g[i] * u->scale + u->l2 * w[i];
        m[i] = u->beta1 * m[i] + u->rest1 * slope;
        v[i] = u->beta2 * v[i] + u->rest2 * slope * slope;
        w[i] = w[i] * (1 - u->decay) - u->rate * m[i] / (sqrtf(v[i]) + u->epsilon);
    }
}

static void threshold(void *context, int64_t from, int64_t to)
{
    const update *const u = context;
    for (int64_t i = from; i < to; i++) {
        const float left = fabsf(u->w[i]) - u->threshold;
        u->w[i] = left < 0 ? 0 : copysignf(left, u->w[i]);
    }
}

/* m / (1 - beta1^t) over sqrt(v / (1 - beta2^t)) + epsilon, with both numerator and denominator
 * times sqrt(1 - beta2^t). */
static update prepare(const lk_mlp_options *o, double rate, int64_t t, double norm)
{
    const int adaptive = lk_mlp_moments(o->optimizer) == 2;
    const double first = 1 - pow(o->beta1, (double)t), second = sqrt(1 - pow(o->beta2, (double)t));
    update u = {.scale = (float)(o->clip > 0 && norm > o->clip ? o->clip / norm : 1),
                .rate = (float)(adaptive ? rate * second / first : rate),
                .momentum = (float)o->momentum,
                .beta1 = (float)o->beta1,
                .rest1 = (float)(1 - o->beta1),
                .beta2 = (float)o->beta2,
                .rest2 = (float)(1 - o->beta2),
                .epsilon = (float)(o->epsilon * second)};
    return u;
}

void lk_mlp_optimize(const lk_mlp *network, const lk_mlp_options *o, double rate, int64_t t,
                     double norm, const float *gradient, float *const moments[2])
{
    static lk_mlp_range *const ranges[] = {descend, roll, look_ahead, adapt, adapt};
    update u = prepare(o, rate, t, norm);
    for (int k = 0; k < network->n_layers; k++)
        for (int role = 0; role < LK_MLP_MEAN; role++) {
            const lk_mlp_layer *const l = &network->layers[k];
            const int64_t count = lk_mlp_count(l, (lk_mlp_role)role), at = l->at[role];
            if (!count) continue;
            const int penalised = role == LK_MLP_WEIGHT;
            const int decoupled = o->optimizer == LK_OPTIMIZER_ADAMW;
            u.w = l->value[role];
            u.g = gradient + at;
            u.first = moments[0] ? moments[0] + at : NULL;
            u.second = moments[1] ? moments[1] + at : NULL;
            u.l2 = (float)(penalised && !decoupled ? o->l2 : 0);
            u.decay = (float)(penalised && decoupled ? rate * o->l2 : 0);
            u.threshold = (float)(penalised ? rate * o->l1 : 0);
            lk_mlp_spread(count, ranges[o->optimizer], &u);
            if (u.threshold > 0) lk_mlp_spread(count, threshold, &u);
        }
}
