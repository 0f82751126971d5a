/* mlp_failure.c: why a training is no longer finite, from what can be measured afterwards. */
#include <math.h>
#include <stdio.h>

#include "mlp.h"

enum { CAUSE = 320 };

double lk_mlp_largest(int64_t n, const float *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return (double)x[i];
        most = fmax(most, fabs((double)x[i]));
    }
    return most;
}

/* Largest number of the layers' weights and biases. */
static double largest_weight(const lk_mlp *network)
{
    double most = 0;
    for (int k = 0; k < network->n_layers; k++)
        for (int role = 0; role < LK_MLP_MEAN; role++) {
            const lk_mlp_layer *const l = &network->layers[k];
            const double own = lk_mlp_largest(lk_mlp_count(l, (lk_mlp_role)role), l->value[role]);
            if (!isfinite(own)) return own;
            most = fmax(most, own);
        }
    return most;
}

static int trace_not_finite(const lk_mlp_trainer *t)
{
    for (int k = 0; k < lk_mlp_layers_run(t); k++)
        if (!isfinite(lk_mlp_largest(t->pass.rows * t->network.layers[k].units,
                                     t->pass.traces[k].output)))
            return k;
    return -1;
}

/* How many times longer the last finite gradient is than the shortest of those remembered. */
static double growth(const lk_mlp_trainer *t, int64_t *steps)
{
    const int64_t n = t->n_norms < LK_MLP_HISTORY ? t->n_norms : LK_MLP_HISTORY;
    double last = 0, shortest = HUGE_VAL;
    *steps = 0;
    for (int64_t k = t->n_norms - n; k < t->n_norms; k++) {
        const double norm = t->norms[k % LK_MLP_HISTORY];
        if (!isfinite(norm)) continue;
        last = norm;
        shortest = fmin(shortest, norm);
        ++*steps;
    }
    return shortest > 0 && last > 0 ? last / shortest : 1;
}

/* The cause that came first: data, then the steps that made weights large, then the loss itself.
 * numbers: of the batch's rows. */
static void find_cause(const lk_mlp_trainer *t, const int64_t *numbers, char text[CAUSE])
{
    const double large_input = 1e4, large_weight = 1e4, large_growth = 100;
    const lk_mlp_pass *const p = &t->pass;
    const double input = lk_mlp_largest(p->rows * t->network.features, p->input);
    const double weight = largest_weight(&t->network);
    const int layer = trace_not_finite(t);
    const int64_t row = lk_mlp_objective_bad_row(&t->objective, &t->network, p);
    const long long passed = (long long)t->counters[LK_MLP_STEP];
    int64_t steps;
    const double grown = growth(t, &steps);
    if (!isfinite(input))
        snprintf(text, CAUSE, "the batch's features are beyond what f32 holds: scale them");
    else if (input > large_input)
        snprintf(text, CAUSE, "features are as large as %g: scale them", input);
    else if (grown >= large_growth)
        snprintf(text, CAUSE,
                 "the gradient grew by a factor of %.3g in the last %lld steps: the learning rate "
                 "%g is too high",
                 grown, (long long)steps, t->rate);
    else if (passed > 0 && !(weight <= large_weight))
        snprintf(text, CAUSE,
                 "weights are as large as %g after step %lld: the learning rate %g is "
                 "too high",
                 weight, passed, t->rate);
    else if (layer >= 0)
        snprintf(text, CAUSE,
                 "the outputs of layer %d overflow: its weights, up to %g, are too large", layer,
                 weight);
    else if (row >= 0)
        snprintf(text, CAUSE, "the loss of row %lld is not finite by itself",
                 (long long)numbers[row]);
    else
        snprintf(text, CAUSE, "the gradient overflows on its way back through the layers");
}

lk_status lk_mlp_failure(const lk_mlp_trainer *t, const char *what, int64_t step,
                         const int64_t *numbers)
{
    char cause[CAUSE];
    find_cause(t, numbers, cause);
    return lk_fail(LK_OUT_OF_DOMAIN,
                   "train: %s in epoch %lld, step %lld, a batch of %lld rows that begins with row "
                   "%lld: %s",
                   what, (long long)t->counters[LK_MLP_EPOCH] + 1, (long long)step + 1,
                   (long long)t->pass.rows, (long long)numbers[0], cause);
}
