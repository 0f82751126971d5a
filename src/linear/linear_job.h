/* linear_job.h: a checked call of a loss on top of a linear layer, and its chunk in work. */
#ifndef LK_LINEAR_JOB_H
#define LK_LINEAR_JOB_H

#include "family.h"
#include "isa.h"
#include "rows_job.h"

typedef struct lk_block_sum {
    lk_result result;
    lk_status status;
} lk_block_sum;

typedef struct lk_linear_job {
    const lk_request *request;
    const lk_call *call;
    const char *name;
    const lk_isa *isa;
    const lk_kernel_table *kernels;
    size_t width; /* of the computation type */
    int64_t rows, dims, classes;
    int64_t chunk;   /* rows at a time */
    int64_t block;   /* rows of a task when it does all for them; else the chunk */
    int by_rows;     /* whether it does */
    int sums_blocks; /* whether each block also sums its own gradient of the weights and bias */
    lk_array input, weights, bias, gradient, weights_gradient, bias_gradient, value;
    lk_rows_job labels; /* reads labels, weights and the divisor; computes nothing */
    int direct_input, direct_weights, direct_gradient, direct_weights_gradient;
    int adds_weights; /* dw holds a part of the sum */
    double scale;

    /* in the workspace, in the computation type unless it says double */
    char *w, *dw;           /* [C, D] */
    char *b;                /* [C] */
    double *db;             /* [C] */
    char *x_room, *dx_room; /* [chunk, D] */
    char *scores;           /* [chunk, C] */
    int64_t *label;         /* [chunk] */
    double *weight, *upstream, *values;
    double *x_norm, *w_norm;   /* margin losses: [chunk], [C] */
    double *along_x, *along_w; /* what the angle adds along x [chunk] and along W [C] */
    lk_block_sum *block_sums;  /* [blocks] */
    char *block_dw;            /* [blocks, C, D] */
    double *block_db;          /* [blocks, C] */
    void *rows_workspace;
    size_t rows_bytes; /* of a block */

    int64_t first, n; /* the chunk in work */
    char *x, *dx;
} lk_linear_job;

static inline double lk_real_at(const lk_linear_job *j, const char *array, int64_t i)
{
    return j->width == sizeof(float) ? (double)((const float *)(const void *)array)[i]
                                     : ((const double *)(const void *)array)[i];
}
static inline void lk_set_real(const lk_linear_job *j, char *array, int64_t i, double x)
{
    if (j->width == sizeof(float))
        ((float *)(void *)array)[i] = (float)x;
    else
        ((double *)(void *)array)[i] = x;
}

/* Sets how the rows are cut; depends on the shape alone. */
void lk_linear_cut(lk_linear_job *job);
int64_t lk_linear_blocks(const lk_linear_job *job); /* of a chunk */
/* The loss of the scores of n rows, which become its gradient in place; bytes not NULL: only the
 * bytes of its workspace. */
lk_status lk_linear_run_rows(const lk_linear_job *job, lk_result *result, size_t *bytes);
/* Rows first .. first + n - 1: all outputs but those of the parameters, which are added up. */
lk_status lk_linear_chunk(lk_linear_job *job, lk_totals *totals);
/* Adds what is there when the call accumulates, and stores. */
void lk_linear_finish(const lk_linear_job *job, const lk_array *array, int64_t at, int64_t n,
                      char *reals);

/* Whether the loss changes the label's score by its angle, or takes all as cosines. */
int lk_margin_is_angular(const lk_linear_job *job); /* L-Softmax with m > 1 */
int lk_margin_is_cosine(const lk_linear_job *job);  /* ArcFace, CosFace */
/* Norms of all weights; before the first chunk. */
void lk_margin_begin(lk_linear_job *job);
/* From plain scores of the chunk to those of the loss. */
void lk_margin_scores(lk_linear_job *job);
/* From the gradient of the loss's scores to what multiplies W and x. */
void lk_margin_gradient(lk_linear_job *job);
/* What the norms and angles add to dx of the chunk, and, after the last, to dW. */
void lk_margin_finish_input(lk_linear_job *job);
void lk_margin_finish_weights(lk_linear_job *job);

#endif
