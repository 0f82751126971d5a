/* scores_report.h: measures predictions and tells the result as text and as JSON. */
#ifndef LK_CLI_SCORES_REPORT_H
#define LK_CLI_SCORES_REPORT_H

#include "cli_error.h"
#include "losskit_learn.h"

#include <jansson.h>
#include <stdio.h>

/* What the predictions are. */
typedef enum scores_kind {
    SCORES_CLASSES,       /* labels */
    SCORES_RANKS,         /* any numbers that rise with the belief in a class */
    SCORES_PROBABILITIES, /* of classes */
    SCORES_NUMBERS        /* of a regression */
} scores_kind;

/* The arrays are the caller's and outlive the report. */
typedef struct scores_question {
    scores_kind kind;
    int64_t n, columns;  /* columns 1: of class 1 out of two; numbers: how many of each sample */
    int64_t classes;     /* 0 for numbers */
    const double *truth; /* [n] classes; [n, columns] numbers */
    const double *predicted;        /* [n, columns]; [n] labels */
    const double *weight;           /* [n] or NULL */
    const char *const *class_names; /* [classes] or NULL: their numbers */
    double threshold;               /* one column: above it is class 1 */
    double beta;                    /* of F */
    double quantile;                /* of the pinball loss */
    int64_t bins;                   /* of the calibration */
    int quantile_bins;
    int64_t top; /* k of the top-k accuracy, with more than two classes; 0: none */
} scores_question;
/* One column: threshold 0, 1/2 for probabilities; beta 1, quantile 1/2, 10 bins. */
void scores_question_preset(scores_question *q, scores_kind kind);

/* What is not measured is NaN. */
typedef struct scores_report {
    scores_question question;
    int64_t *truth, *predicted; /* classes, [n]; NULL for numbers */
    double *matrix;             /* confusion, [classes, classes] */
    lk_class_metrics *each;     /* [classes] */
    lk_classification summary;
    /* Of scores and probabilities. Two classes: of class 1; more: the mean of each class against
     * the rest. */
    double *auc, *average_precision; /* [classes], NaN: the class is left out */
    lk_average mean_auc, mean_average_precision;
    double top_accuracy;
    double log_loss, brier; /* of probabilities */
    /* Two classes: of the probability of class 1. More: of the largest probability, where being
     * right is what counts as positive. */
    lk_calibration calibration;
    lk_regression regression;
} scores_report;

/* On failure out is empty. */
int scores_measure(const scores_question *q, scores_report *out, error *e);
void scores_report_free(scores_report *r);
void scores_report_print(const scores_report *r, FILE *out);
json_t *scores_report_json(const scores_report *r); /* NULL: no memory */

/* The class k as it is called: its name or its number, in text where that is written. */
const char *scores_class_name(const scores_question *q, int64_t k, char text[32]);
/* The curves of class `k` against the rest, for pictures. Fail where it has none. */
int scores_roc(const scores_report *r, int64_t k, lk_curve *out, error *e);
int scores_precision_recall(const scores_report *r, int64_t k, lk_curve *out, error *e);

#endif
