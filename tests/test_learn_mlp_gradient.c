/* test_learn_mlp_gradient.c: the gradient of whole networks by every number in them, against
 * central differences of a reference in double precision, where they are good to 1e-8. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/learn_mlp_reference.h"

enum { ROWS = 14, FEATURES = 5, MOST_LAYERS = 3, MOST_TERMS = 3 };

typedef struct problem {
    const char *name;
    int64_t classes, targets; /* classes 0: numbers; -1: several labels */
    int weighted, n_layers;
    lk_layer layers[MOST_LAYERS];
    int n_terms;
    lk_objective terms[MOST_TERMS];
} problem;

#define ONE(loss)               \
    1,                          \
    {                           \
        {                       \
            loss, NULL, 0, 1, 0 \
        }                       \
    }
#define TWO_LAYERS(kind, normal, drop)                     \
    2,                                                     \
    {                                                      \
        {6, kind, normal, drop}, { 4, kind, normal, drop } \
    }
#define TANH TWO_LAYERS(LK_ACTIVATION_TANH, 0, 0)

static const double margin_2[] = {2, 3}, mild_angle[] = {8, 0.3}, mild_cosine[] = {8, 0.2};

static const problem problems[] = {
    {"linear", 3, 1, 0, TWO_LAYERS(LK_ACTIVATION_LINEAR, 0, 0), ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"relu", 3, 1, 0, TWO_LAYERS(LK_ACTIVATION_RELU, 0, 0), ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"prelu", 3, 1, 0, TWO_LAYERS(LK_ACTIVATION_PRELU, 0, 0), ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"tanh", 3, 1, 0, TANH, ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"sigmoid", 3, 1, 0, TWO_LAYERS(LK_ACTIVATION_SIGMOID, 0, 0), ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"batch normalisation", 3, 1, 0, TWO_LAYERS(LK_ACTIVATION_TANH, 1, 0),
     ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"dropout", 3, 1, 0, TWO_LAYERS(LK_ACTIVATION_SIGMOID, 0, 0.4), ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"all at once", 3, 1, 1, TWO_LAYERS(LK_ACTIVATION_PRELU, 1, 0.3),
     ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"no hidden layer", 3, 1, 1, 0, {{0}}, ONE(LK_SOFTMAX_CROSS_ENTROPY)},
    {"two classes", 2, 1, 1, TANH, ONE(LK_LOGISTIC)},
    {"probability", 2, 1, 0, TANH, ONE(LK_BINARY_CROSS_ENTROPY)},
    {"one against the rest", 3, 1, 1, TANH, ONE(LK_SQUARED_HINGE)},
    {"numbers", 0, 2, 1, TANH, ONE(LK_SQUARED_ERROR)},
    {"huber", 0, 1, 0, TANH, ONE(LK_HUBER)},
    {"labels", -1, 3, 1, TANH, ONE(LK_SIGMOID_CROSS_ENTROPY)},
    {"dice", -1, 3, 0, TANH, ONE(LK_DICE)},
    {"norm of rows", 0, 2, 1, TANH, ONE(LK_L2_NORM)},
    {"hinge of rows", 3, 1, 1, TANH, ONE(LK_MULTICLASS_HINGE)},
    {"distribution", 3, 1, 0, TANH, ONE(LK_KL_DIVERGENCE)},
    {"nll", 3, 1, 0, TANH, ONE(LK_NLL)},
    {"last layer", 3, 1, 1, TANH, ONE(LK_LINEAR_CROSS_ENTROPY)},
    {"last layer alone", 3, 1, 0, 0, {{0}}, ONE(LK_LINEAR_CROSS_ENTROPY)},
    {"large margin", 3, 1, 0, TANH, 1, {{LK_LARGE_MARGIN_SOFTMAX, margin_2, 2, 1, 0}}},
    {"arcface", 3, 1, 0, TANH, 1, {{LK_ARCFACE, mild_angle, 2, 1, 0}}},
    {"cosface", 3, 1, 1, TANH, 1, {{LK_COSFACE, mild_cosine, 2, 1, 0}}},
    {"last layer and outputs",
     3,
     1,
     1,
     TANH,
     2,
     {{LK_LINEAR_CROSS_ENTROPY, NULL, 0, 0.7, 0}, {LK_MULTICLASS_HINGE, NULL, 0, 0.4, 0}}},
    {"center",
     3,
     1,
     1,
     TANH,
     2,
     {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0}, {LK_CENTER, NULL, 0, 0.2, 0}}},
    {"contrastive alone", 3, 1, 1, TANH, ONE(LK_CONTRASTIVE)},
    {"cosine below",
     3,
     1,
     0,
     TANH,
     2,
     {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0}, {LK_COSINE_EMBEDDING, NULL, 0, 0.5, 1}}},
    {"triplets",
     3,
     1,
     1,
     TANH,
     2,
     {{LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0}, {LK_TRIPLET_MARGIN, NULL, 0, 0.5, 2}}},
    {"supervised contrastive",
     3,
     1,
     0,
     TANH,
     3,
     {{LK_SUPERVISED_CONTRASTIVE, NULL, 0, 0.3, 0},
      {LK_LINEAR_CROSS_ENTROPY, NULL, 0, 1, 0},
      {LK_CONTRASTIVE, NULL, 0, 0.2, 1}}},
};

static void make_problem(const problem *p, lk_dataset *data)
{
    const int several = p->classes < 0;
    make_rows(ROWS, FEATURES, several ? 0 : p->classes, p->targets, p->weighted, 11, data);
    for (int64_t i = 0; several && i < ROWS * p->targets; i++)
        data->target[i] = data->target[i] > 0.3 * (double)(i % p->targets);
}

/* Weights, and what is 0 or 1 at first, at random places. */
static void disturb(const lk_mlp *network, double *flat)
{
    float *const narrow = malloc((size_t)network->numbers * sizeof *narrow);
    lk_random random = {5};
    lk_mlp_save(network, narrow);
    for (int64_t i = 0; i < network->numbers; i++)
        narrow[i] += (float)(0.3 * (lk_random_unit(&random) - 0.5));
    lk_mlp_restore(network, narrow);
    for (int64_t i = 0; i < network->numbers; i++) flat[i] = (double)narrow[i];
    free(narrow);
}

static int is_trained(const lk_mlp *network, int64_t at)
{
    for (int k = 0; k < network->n_layers; k++)
        for (int role = LK_MLP_MEAN; role < LK_MLP_ROLES; role++) {
            const lk_mlp_layer *const l = &network->layers[k];
            const int64_t count = lk_mlp_count(l, (lk_mlp_role)role);
            if (count && at >= l->at[role] && at < l->at[role] + count) return 0;
        }
    return 1;
}

static void check_problem(const problem *p)
{
    lk_dataset data;
    make_problem(p, &data);
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.layers = p->layers;
    options.n_layers = p->n_layers;
    options.objective = p->terms;
    options.n_objective = p->n_terms;
    lk_mlp_trainer t;
    if (lk_mlp_trainer_open(&data, &options, &t)) fail_msg("%s: %s", p->name, lk_last_error());
    t.counters[LK_MLP_STEP] = 1000;
    double *const flat = malloc((size_t)t.network.numbers * sizeof *flat);
    disturb(&t.network, flat);
    for (int k = 0; k < t.objective.n_terms; k++)
        for (int64_t i = 0; t.objective.terms[k].centers && i < 3 * 4; i++)
            t.objective.terms[k].centers[i] = 0.1f * (float)(i % 5);

    int64_t numbers[ROWS];
    for (int64_t i = 0; i < ROWS; i++) numbers[i] = (i * 5) % ROWS;
    double loss;
    if (lk_mlp_trainer_gradient(&t, numbers, ROWS, &loss)) fail_msg("%s", lk_last_error());
    const double want = reference_loss(&t, flat), step = 1e-5;
    if (!(fabs(loss - want) <= 1e-5 * fabs(want) + 1e-6))
        fail_msg("%s: loss %.9g, expected %.9g", p->name, loss, want);

    double scale = 0;
    for (int64_t i = 0; i < t.network.numbers; i++)
        scale = fmax(scale, fabs((double)t.gradient[i]));
    assert_true(scale > 1e-3);
    for (int64_t i = 0; i < t.network.numbers; i++) {
        const double at = flat[i];
        flat[i] = at + step;
        const double above = reference_loss(&t, flat);
        flat[i] = at - step;
        const double below = reference_loss(&t, flat);
        flat[i] = at;
        const double slope = is_trained(&t.network, i) ? (above - below) / (2 * step) : 0;
        if (!(fabs(slope - (double)t.gradient[i]) <= 1e-5 * scale))
            fail_msg("%s: gradient[%lld] = %.9g, differences say %.9g", p->name, (long long)i,
                     (double)t.gradient[i], slope);
    }
    free(flat);
    lk_mlp_trainer_close(&t);
    lk_dataset_free(&data);
}

static void test_gradients_are_slopes(void **state)
{
    for (size_t k = 0; k < sizeof problems / sizeof *problems; k++) check_problem(&problems[k]);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients_are_slopes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
