/* metrics.h: what the parts of `losskit metrics` share. */
#ifndef LK_CLI_METRICS_H
#define LK_CLI_METRICS_H

#include "array.h"
#include "options.h"
#include "scores_report.h"

enum {
    METRICS_CER = OPTION_OWN,
    METRICS_WER,
    METRICS_PER_LINE,
    METRICS_THREADS,
    METRICS_TASK,
    METRICS_POSITIVE,
    METRICS_THRESHOLD,
    METRICS_WEIGHT,
    METRICS_BETA,
    METRICS_BINS,
    METRICS_QUANTILE_BINS,
    METRICS_TOP,
    METRICS_QUANTILE,
    METRICS_PLOT,
    METRICS_CURVE,
    METRICS_SIZE
};

/* Each answers a STATUS. */
int metrics_of_texts(const options *o, error *e);
int metrics_of_arrays(const options *o, error *e);

/* The arrays of a comparison, as numbers, and the labels that occur in them. */
typedef struct metrics_arrays {
    const char *predictions_path, *truth_path, *weight_path;
    array predictions, truth, weight; /* f64; the labels replaced by classes */
    double *labels;                   /* [n_labels], ascending; class k is labels[k] */
    char **names;                     /* [n_labels], the labels as text */
    int64_t n_labels;
    int chosen; /* the task was not given */
} metrics_arrays;

/* Reads them, finds out what they are unless *kind is given (given 1), and sets the question's
 * arrays and counts. */
int metrics_arrays_read(metrics_arrays *a, int given, scores_kind *kind, scores_question *q,
                        error *e);
/* The class whose label is the number that the text is; -1 and a sentence. */
int metrics_find_class(const metrics_arrays *a, const char *text, int64_t *k, error *e);
void metrics_arrays_free(metrics_arrays *a);

extern const char metrics_task_words[];  /* of scores_kind */
extern const char metrics_curve_words[]; /* of metrics_curve */
typedef enum metrics_curve {
    CURVE_ROC,
    CURVE_PR,
    CURVE_CALIBRATION,
    CURVE_CONFUSION
} metrics_curve;

/* How it is drawn is checked before anything is read, and drawn at the end. */
typedef struct metrics_picture {
    const char *path; /* NULL: none */
    metrics_curve curve;
    int given; /* the curve was named */
    int width, height, png;
} metrics_picture;
int metrics_picture_read(const options *o, metrics_picture *p, error *e);
int metrics_picture_check(metrics_picture *p, scores_kind kind, error *e);
int metrics_picture_draw(const metrics_picture *p, const scores_report *r, error *e);

#endif
