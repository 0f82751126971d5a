/* rare_class.h: two classes, one of which has one row in a hundred, and how well scores find it. */
#ifndef LK_RARE_CLASS_H
#define LK_RARE_CLASS_H

#include "losskit_learn.h"

/* Class 1 is the rare one. Where there are few rows of it, validation and test keep them all, with
 * weights under which they are one in a hundred. */
typedef struct rare_data {
    lk_dataset train, validation, test;
} rare_data;
void rare_free(rare_data *data); /* leaves it empty */

/* Two round normal clouds in the plane, of standard deviation 1, with their centres 2 apart: they
 * overlap, and a straight line is the best border. Class 1 has every hundredth row. */
lk_status rare_clouds(int64_t rows, uint64_t seed, lk_dataset *out);
lk_status rare_cloud_data(int64_t train, int64_t test, uint64_t seed, rare_data *out);

/* The rows of the digits with class 1 for one digit and 0 for all others: one in ten. */
lk_status rare_one_digit(const lk_dataset *digits, int digit, lk_dataset *out);
/* The same, but one in a hundred. Half of the rows are for training, and of the digit only so many
 * of them that it is one in a hundred; pixels that are constant there are left out, the others
 * standardised. */
lk_status rare_digit_data(const lk_dataset *digits, int digit, uint64_t seed, rare_data *out);

/* Scores of the rows, to be freed; NULL on failure. */
lk_status rare_scores(const lk_model *model, const lk_dataset *data, double **scores);

typedef struct rare_measures {
    double matrix[4]; /* true negatives, false positives, false negatives, true positives */
    double accuracy, precision, recall, f1; /* a row is of class 1 when its score is above */
    double auc, average_precision;          /* of the ranking, at no threshold */
} rare_measures;
lk_status rare_measure(const lk_dataset *data, const double *scores, double threshold,
                       rare_measures *out);
/* The classes as integers; to be freed. */
lk_status rare_truth(const lk_dataset *data, int64_t **truth);
/* How good the probabilities are that belong to the scores; on failure out is empty. */
enum { RARE_BINS = 10 };
typedef struct rare_forecast {
    double log_loss, brier, auc;
    lk_calibration calibration; /* to be freed */
} rare_forecast;
lk_status rare_judge(const lk_model *model, const lk_dataset *data, const double *scores,
                     rare_forecast *out);
/* The threshold with the highest F1 on these rows. */
lk_status rare_best_threshold(const lk_dataset *data, const double *scores, double *threshold);

#endif
