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
    int64_t n, columns;  /* one column: of class 1 out of two; numbers: how many of each sample */
    int64_t classes;     /* 0 for numbers */
    const double *truth; /* [n] classes; [n, columns] numbers */
    const double *predicted;        /* [n, columns]; [n] labels */
    const double *weight;           /* [n] or NULL */
    const char *const *class_names; /* [classes] or NULL: their numbers */
    int64_t positive;               /* the class that matters, out of two */
    double threshold;               /* one column: above it is class 1 */
    double beta;                    /* of F */
    double quantile;                /* of the pinball loss */
    int64_t bins;                   /* of the calibration */
    int quantile_bins;              /* between quantiles, instead of equal ones */
    int64_t top;                    /* k of the top-k accuracy, told when there are more classes */
} scores_question;
/* Positive 1, threshold 0 or, of probabilities, 1/2, beta 1, quantile 1/2, 10 bins, top 5. */
void scores_question_preset(scores_question *q, scores_kind kind);

/* What is not measured, or not defined, is NaN. */
typedef struct scores_report {
    scores_question question;
    int64_t *truth, *predicted; /* classes, [n]; NULL for numbers */
    double *ranks;              /* [n, 2] of two classes, from one column; otherwise NULL */
    double *matrix;             /* confusion, [classes, classes]; NULL for numbers */
    lk_class_metrics *each;     /* [classes] */
    lk_classification summary;
    double *auc, *average_precision; /* [classes], each against the rest; NaN: left out */
    lk_average mean_auc, mean_average_precision;
    double top_accuracy;
    double log_loss, brier; /* of probabilities */
    /* Two classes: of the positive one's probability. More: of the largest probability, where to be
     * right is what counts as positive. */
    lk_calibration calibration;
    lk_regression regression, *outputs; /* mean, [columns] */
} scores_report;

/* On failure out is empty. */
int scores_measure(const scores_question *q, scores_report *out, error *e);
void scores_report_free(scores_report *r);

void scores_report_print(const scores_report *r, FILE *out);
/* The members of a summary: accuracy, classes, averages, confusion ...; NULL: no memory. */
json_t *scores_report_json(const scores_report *r);

enum { CLASS_NAME = 32 };
/* The name of the class, or its number, which is written into the text. */
const char *scores_class_name(const scores_question *q, int64_t k, char text[CLASS_NAME]);
/* AUC and average precision as one number: of two classes the positive one's, of more the mean. */
double scores_auc(const scores_report *r);
double scores_average_precision(const scores_report *r);
/* The share of the class in the truth, by weight. */
double scores_share(const scores_report *r, int64_t k);
/* Class k against the rest, for pictures. Fail where there is no curve; out is then empty. */
int scores_roc(const scores_report *r, int64_t k, lk_curve *out, error *e);
int scores_precision_recall(const scores_report *r, int64_t k, lk_curve *out, error *e);

#endif
