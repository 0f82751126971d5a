/* predictions.h: what a model says of rows, as classes, probabilities and numbers. */
#ifndef LK_CLI_PREDICTIONS_H
#define LK_CLI_PREDICTIONS_H

#include "cli_error.h"
#include "losskit_learn.h"
#include "scores_report.h"

typedef struct predictions {
    lk_model_info info; /* lives as long as the model */
    int64_t rows;
    double *scores;        /* [rows, outputs], corrected for the shares where the model says so */
    double *probabilities; /* [rows, classes]; NULL: the loss has none */
    double *numbers; /* [rows, outputs] of a regression: exp(score) where scores are logarithms */
    int64_t *labels; /* [rows]; NULL: numbers */
    int64_t classes; /* of the labels; 0: numbers */
    const char *const *names; /* [classes] */
    int detector;             /* mahalanobis: class 0 is the normal one, class 1 any other */
    const char *detector_names[2];
} predictions;

/* threshold: of two classes, what the probability of the second, or its score where the loss has no
 * probabilities, has to be above; NaN: the usual one. On failure out is empty. */
int predictions_make(const lk_model *model, const lk_dataset *data, double threshold,
                     predictions *out, error *e);
void predictions_free(predictions *p);

/* How good they are. */
typedef struct measurement {
    predictions predictions;
    double *truth, *answers; /* of the question, where they are no arrays of others */
    scores_report report;
} measurement;
/* The data has targets, which outlive the measurement; of a detector `normal` is the class of them
 * that is no anomaly, or -1. On failure out is empty. */
int measure_predictions(const lk_model *model, const lk_dataset *data, int64_t normal,
                        double threshold, measurement *out, error *e);
void measurement_free(measurement *m);

#endif
