/* linear_job.h: a checked call of a loss on top of a linear layer, and its chunk in work. */
#ifndef LK_LINEAR_JOB_H
#define LK_LINEAR_JOB_H

#include "family.h"
#include "isa.h"
#include "rows_job.h"

typedef struct lk_linear_job {
    const lk_request *request;
    const lk_call *call;
    const char *name;
    const lk_isa *isa;
    const lk_kernel_table *kernels;
    size_t width; /* of the computation type */
    int64_t rows, dims, classes;
    int64_t chunk; /* rows at a time */
    lk_array input, weights, bias, gradient, weights_gradient, bias_gradient, value;
    lk_rows_job labels; /* reads labels, weights and the divisor; computes nothing */
    int direct_input, direct_weights, direct_weights_gradient;
    double scale;

    /* in the workspace, in the computation type unless it says double */
    char *w, *dw;            /* [C, D] */
    char *b;                 /* [C] */
    double *db;              /* [C] */
    char *x_room, *dx, *old; /* [chunk, D] */
    char *scores;            /* [chunk, C] */
    int64_t *label;          /* [chunk] */
    double *weight, *upstream, *values;
    double *x_norm, *w_norm;   /* margin losses: [chunk], [C] */
    double *along_x, *along_w; /* what the angle adds along x [chunk] and along W [C] */
    void *rows_workspace;
    size_t rows_bytes;

    int64_t first, n; /* the chunk in work */
    char *x;
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
