/* embedding.h: what the loss files of this family are written with. A loss is a function of a few
 * numbers about its rows; these are sums over features in double whatever the computation type, so
 * the formulas are in double too. */
#ifndef LK_EMBEDDING_H
#define LK_EMBEDDING_H

#include "loss_words.h"
#include "vmath.h"

/* A function of the distance of two points a and b: the gradient of a is pull * (a - b), that of b
 * its negative, the curvature of coordinate i pull + bend * ((a_i - b_i) / distance)^2. */
typedef struct gap_jet {
    double value, pull, bend;
} gap_jet;

/* A function of the distances anchor to positive, anchor to negative and positive to negative: the
 * slope along each. */
typedef struct triplet_jet {
    double value, positive, negative, swapped;
} triplet_jet;

/* A function of the cosine of two points. */
typedef struct cosine_jet {
    double value, slope;
} cosine_jet;

/* Softmax cross-entropy of each row's cosines over the temperature. */
typedef struct similarity_rule {
    double temperature;
    int two_sided; /* averaged with the softmax over the rows for each column */
    int by_label;  /* input against itself, the pair (i, i) left out: rows of the same label share
                      the probability; otherwise input against other, where it is on pair (i, i) */
} similarity_rule;

/* The loss of a row: log_total is the logarithm of its sum of exponentials, wanted the mean score
 * of the pairs that share the probability, both less the largest score. */
LK_FN double similarity_value(double log_total, double wanted) { return log_total - wanted; }

#endif
