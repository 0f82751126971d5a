/* pointwise_job.h: a checked pointwise call, shared by its stages. */
#ifndef LK_POINTWISE_JOB_H
#define LK_POINTWISE_JOB_H

#include "family.h"
#include "isa.h"
#include "losskit.h"
#include "tasks.h"
#include "tensor_view.h"

/* Where a loss's third input comes from. */
enum lk_auxiliary_source { LK_AUX_CONSTANT, LK_AUX_ARRAY, LK_AUX_PER_SAMPLE };

typedef struct lk_job {
    const lk_call *call;
    const lk_loss_info *info; /* of a loss of the catalogue; NULL for the caller's own */
    lk_pointwise_function *custom;
    void *context;
    const char *name;
    int id;
    double params[LK_MAX_PARAMS];
    const lk_isa *isa;
    const lk_kernel_table *kernels; /* of the computation type */
    size_t real_width;              /* of the computation type */
    int64_t n;
    lk_array input, target, auxiliary, weight, upstream; /* data NULL: absent */
    lk_array value, gradient, curvature, target_gradient, auxiliary_gradient;
    enum lk_auxiliary_source auxiliary_source;
    double auxiliary_value;
    const double *sample_auxiliary; /* one for each sample of sample_size elements */
    int64_t sample_size;
    int64_t sample_first; /* of the sample that a statistic is taken of */
    double scale;         /* of all gradients and the curvature */
    int direct;           /* kernels may run on the caller's arrays */
} lk_job;

/* Fills a job from a call; nothing is written to the caller's arrays. */
lk_status lk_prepare(lk_job *job);

/* Tasks of 4096 elements; `job` is the context of the body. */
int lk_run_elements(lk_job *job, lk_task_body *body, lk_totals *totals);

/* The pointwise engine, which sets the floating-point environment itself. */
lk_engine lk_run_pointwise;

/* After kernels reported a number outside the loss's domain: the first one, as a sentence. */
lk_status lk_explain_domain(const lk_job *job);

/* What a loss must know about the whole sample first: automatic beta, MAD scale. */
lk_status lk_statistics_size(const lk_job *job, size_t *bytes);
lk_status lk_statistics(lk_job *job, void *workspace);

#endif
