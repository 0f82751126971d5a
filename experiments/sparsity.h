/* sparsity.h: the parts of the experiment `sparsity`. */
#ifndef LK_SPARSITY_H
#define LK_SPARSITY_H

#include "experiment.h"

/* Made data: FEATURES features, each correlated with its neighbour, of which every fifth has a
 * weight. Diabetes: its ten features and 40 of noise. */
enum { FEATURES = 50, RELEVANT = 10, DIABETES_FEATURES = 10, LAMBDAS = 17 };
enum { TRAIN = 100, VALIDATION = 100, TEST = 1000 };
typedef enum data_source { MADE, DIABETES, SOURCES } data_source;
typedef enum penalty { L1, L2, PENALTIES } penalty;

static const double correlation = 0.5, noise = 2; /* of the made data */

typedef struct fit {
    double weight[FEATURES], bias, size; /* size: the norm that was penalised */
    double train, validation, test;      /* mean squared errors */
} fit;

/* Of all seeds. */
typedef struct outcome {
    measurement train[PENALTIES][LAMBDAS], test[PENALTIES][LAMBDAS], plain_test;
    /* at the penalty of the least validation error; zeros: shares of the weights */
    measurement chosen[PENALTIES], chosen_test[PENALTIES], useless_zeros[PENALTIES],
        useful_zeros[PENALTIES], zeros_by_sgd;
    measurement bias_gap[PENALTIES]; /* at the largest: between the bias and the mean target */
    int shrinks[PENALTIES], fits_worse[PENALTIES]; /* steps of the penalty */
    fit first[PENALTIES];                          /* the chosen one of the first seed */
} outcome;

/* The penalties, four in a factor of ten. */
double sparsity_lambda(int step);
/* Of the made data. */
double sparsity_weight(int j);
/* One seed; from: the diabetes data. */
lk_status sparsity_try(data_source source, const lk_dataset *from, uint64_t seed, outcome *out);

#endif
