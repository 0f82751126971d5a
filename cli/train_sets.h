/* train_sets.h: the rows of a training: what is trained on, what watches, what measures. */
#ifndef LK_CLI_TRAIN_SETS_H
#define LK_CLI_TRAIN_SETS_H

#include "train_plan.h"

enum { PART_TRAINING, PART_VALIDATION, PART_TEST, PARTS };
const char *part_word(int part); /* "training" */

typedef struct train_sets {
    data_file file;          /* names; its rows have gone to the parts */
    lk_dataset parts[PARTS]; /* scaled; empty where there is none */
    int64_t *rows;           /* numbers of the training rows in the file; NULL: all of them */
    lk_scaling scaling;
    int scaled;
    lk_dataset fit;          /* the training part with the weights of its classes, or resampled */
    int resampled;           /* fit owns all its arrays, otherwise at most its weights */
    double *trained, *prior; /* shares of classes, [classes]; NULL: scores are not corrected */
    int64_t normal;          /* class of mahalanobis */
} train_sets;

/* The result is a STATUS; must be freed after a failure, too. Scaling, weights, shares and
 * resampling come from the training part alone. */
int train_sets_read(const train_plan *p, train_sets *s, error *e);
void train_sets_free(train_sets *s);

#endif
