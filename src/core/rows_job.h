/* rows_job.h: a checked call of a loss over rows of class scores, shared by its stages. */
#ifndef LK_ROWS_JOB_H
#define LK_ROWS_JOB_H

#include "family.h"
#include "isa.h"
#include "row_kernels.h"

/* A tensor of the input's shape with the class axis taken out: class c of a row is c * step
 * elements from its class 0, where `rows` tells. */
typedef struct lk_planes {
    lk_array whole, rows; /* whole.data NULL: absent */
    int64_t step;
} lk_planes;

enum lk_rows_form {
    LK_ROWS_LABEL, /* a function of the label's probability */
    LK_ROWS_DENSE, /* cross-entropy with a target for each class */
    LK_ROWS_OTHER  /* a row kernel of its own */
};

typedef struct lk_rows_job {
    const lk_request *request;
    const lk_call *call;
    const char *name;
    const double *params;
    const lk_isa *isa;
    const lk_kernel_table *kernels;
    size_t real_width;
    enum lk_rows_form form;
    int64_t rows, classes;
    lk_planes input, target, vector, gradient, curvature, product, target_gradient;
    lk_planes function_value, function_upstream; /* of softmax and log_softmax */
    int value_given;                             /* function_value is read */
    lk_array labels, weight, upstream, value;    /* one for each row */
    lk_tensor row_frame;                         /* the shape of the rows */
    int64_t row_shape[LK_MAX_DIMS];
    double *class_weight; /* [classes] in the workspace; NULL: 1 */
    void *class_weight_reals;
    double smoothing, z_loss, softcap;
    int smooth_masked, entropy, log_target;
    int in_place;
    int weighs_mean; /* an LK_MEAN divides by the sum of the labels' class weights */
    double scale;
    size_t lanes; /* rows of a tile; 1: row by row */
    size_t batch; /* rows whose labels and weights are loaded at once: a tile, or several rows */
    lk_task_plan plan;
} lk_rows_job;

/* Fills a job; nothing is written to the caller's arrays. */
lk_status lk_rows_prepare(lk_rows_job *job, const lk_request *request);

/* The label of a row that is to be left out, or one outside [0, classes). */
enum { LK_LABEL_IGNORED = -1, LK_LABEL_OUTSIDE = -2 };
/* Labels of rows first .. first + n - 1. */
void lk_rows_labels(const lk_rows_job *job, int64_t first, size_t n, int64_t *labels);
/* What the sum over the rows is divided by; a label out of range is found on the way. */
lk_status lk_rows_divisor(lk_rows_job *job, double *divisor);
lk_status lk_rows_explain_labels(const lk_rows_job *job);

#endif
