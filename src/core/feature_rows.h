/* feature_rows.h: a checked call of a loss over features: rows of D numbers, one unit each. */
#ifndef LK_FEATURE_ROWS_H
#define LK_FEATURE_ROWS_H

#include "embedding_kernels.h"
#include "family.h"

typedef struct lk_features {
    const lk_request *request;
    const lk_call *call;
    const char *name;
    int64_t n, d, classes;        /* classes: rows of centers */
    const lk_kernel_table *reals; /* of the computation type */
    const lk_kernel_table *wide;  /* doubles: targets, weights, values */
    size_t real_width;
    int labels;   /* the targets are classes */
    int in_place; /* an output is an input */
    double scale; /* of the derivatives, but for weight and upstream */
    lk_array input, other, negative, centers, target, weight, upstream;
    lk_array value, gradient, curvature, other_gradient, negative_gradient, center_step;
} lk_features;

lk_status lk_prepare_features(const lk_request *request, lk_features *f);

/* Whether each row of a matrix is contiguous reals of the computation type; then row i begins
 * i * step elements from the array's data. */
int lk_rows_are_direct(const lk_features *f, const lk_array *array, int64_t *step);

/* The class of a row, exactly, and whether it takes part. */
int64_t lk_label_at(const lk_features *f, int64_t row);
int lk_takes_part(const lk_features *f, int64_t row);

/* Weights and factors of the derivatives of n <= LK_CHUNK rows; both 0 for rows that take no part.
 */
void lk_row_weights(const lk_features *f, int64_t first, size_t n, double *weight, double *scale);

/* Checks every target and sums the weights of the rows that count. */
lk_status lk_scan_rows(lk_features *f, lk_totals *totals);

/* The losses of all rows against all rows have an engine of their own. */
int lk_is_similarity(int id);
lk_status lk_run_similarity(lk_features *f, size_t *bytes);
/* The step of the centers: sorts the rows by class. Bytes of its workspace; the labels have been
 * checked; `step` is [C, D] reals for what has to be stored later, or NULL: stored at once. */
size_t lk_center_step_workspace(const lk_features *f);
void lk_center_step(const lk_features *f, void *workspace, void *step);

#endif
