/* rows_scratch.h: the scratch of a task over rows, and tiles in and out of it. */
#ifndef LK_ROWS_SCRATCH_H
#define LK_ROWS_SCRATCH_H

#include "rows_job.h"

/* Scratch of a running task. */
typedef struct lk_rows_scratch {
    int64_t *label;
    double *factor, *weight, *class_weight, *value, *log_sum;
    lk_row_sums sums;
    lk_row_coefficients coefficients;
    char *scores, *target, *vector, *curvature, *product, *tanh, *old, *kept, *kept_target;
    char *gradient; /* of the rows of other forms */
    char *group;    /* of rows of a function */
} lk_rows_scratch;

/* Lays the scratch out from `base` on, and returns its bytes; base may be NULL for that. */
size_t lk_rows_lay_out(const lk_rows_job *job, char *base, lk_rows_scratch *scratch);

/* Whether a row can be worked on where the caller has it. */
int lk_rows_is_direct(const lk_rows_job *job, const lk_planes *planes);

/* Class c of row first + i to [c * lanes + i], and back. A tile is always full: rows beyond the
 * last one repeat it. */
void lk_rows_load(const lk_rows_job *job, const lk_planes *planes, int64_t first, size_t n,
                  char *to);
void lk_rows_store(const lk_rows_job *job, const lk_planes *planes, int64_t first, size_t n,
                   const char *from);
/* Adds what is there when the call accumulates, and stores; nothing when the output is absent. */
void lk_rows_finish(const lk_rows_job *job, const lk_planes *planes, int64_t first, size_t n,
                    char *tile, lk_rows_scratch *scratch);

#endif
