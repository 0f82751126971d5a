/* identity.h: data and comparisons for tests that two losses are the same thing. */
#ifndef LK_TESTS_IDENTITY_H
#define LK_TESTS_IDENTITY_H

#include "losskit.h"

enum { N = 7, C = 5, D = 3, ALL = N * C };
extern const int64_t score_shape[2], row_shape[1], feature_shape[2], layer_shape[2];

/* Random scores in (-3, 3), labels and distributions; features and weights of a linear layer. */
typedef struct data {
    double scores[ALL], soft[ALL], features[N * D], layer[C * D];
    int64_t labels[N];
} data;

typedef struct answer {
    double value[ALL], gradient[ALL], second[ALL]; /* second: of the layer's weights */
    lk_result result;
} answer;

void make_data(data *d);

/* Fails the test when the call fails. */
void run_call(lk_loss loss, const double *params, int n_params, lk_call *call);
/* A loss of N x C scores, value and gradient, reduction sum; without labels and soft a function. */
answer row_answer(lk_loss loss, const double *params, int n_params, const double *scores,
                  const int64_t *labels, const double *soft);

/* Fails the test where they differ by more than tolerance times element and mean magnitude. */
void check_same(const double *got, const double *want, int n, double tolerance, const char *what);
void check_rows(const answer *got, const answer *want, double tolerance, const char *what);

#endif
