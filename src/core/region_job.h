/* region_job.h: a checked call of a loss over regions, shared by its stages. */
#ifndef LK_REGION_JOB_H
#define LK_REGION_JOB_H

#include "family.h"
#include "isa.h"
#include "region_kernels.h"

enum lk_region_form { LK_REGION_RATIO, LK_REGION_L1, LK_REGION_L2, LK_REGION_LOVASZ };

/* The tensors of the input's shape are seen with the elements of a group one after the other:
 * element e of group g has index g * size + e. */
typedef struct lk_region_job {
    const lk_request *request;
    const lk_call *call;
    const lk_loss_info *info;
    const char *name;
    int id;
    double params[LK_MAX_PARAMS];
    const lk_isa *isa;
    const lk_kernel_table *kernels;
    size_t real_width;
    enum lk_region_form form;
    int logits, squared;
    int64_t n, groups, size;
    int64_t group_shape[LK_MAX_DIMS];
    lk_tensor group_frame;
    lk_array input, target, mask, gradient, curvature, target_gradient; /* data NULL: absent */
    lk_array weight, upstream, value;                                   /* one for each group */
    int filtered; /* a mask or an ignored target may take elements out */
    int direct;   /* kernels may run on the caller's arrays where these are contiguous */
    int cut;      /* few large groups: cut into pieces */
    double scale; /* of all derivatives */
    _Atomic int64_t first_bad; /* group with a number outside the domain; groups: none */
} lk_region_job;

/* Fills a job; nothing is written to the caller's arrays. */
lk_status lk_region_prepare(lk_region_job *job, const lk_request *request);

/* What a group came to. */
typedef struct lk_region_group {
    double value;       /* unweighted */
    double scale;       /* of its derivatives */
    int counts;         /* has elements that take part */
    int alive;          /* has derivatives other than 0 */
    lk_region_span jet; /* for the derivatives of its elements */
} lk_region_group;

/* Value, weight and upstream gradient of a group whose elements gave `value`; returns the weighted
 * value. Fills all of group but the jet. */
double lk_region_weigh(const lk_region_job *job, int64_t index, double value, int64_t kept,
                       lk_region_group *group);
void lk_region_store_value(const lk_region_job *job, int64_t index, double value);

/* Scratch for some elements of a group, wide enough for doubles. */
typedef struct lk_region_chunk {
    _Alignas(64) double input[LK_CHUNK], target[LK_CHUNK], keep[LK_CHUNK],
        other_keep[LK_CHUNK], mask[LK_CHUNK], gradient[LK_CHUNK], curvature[LK_CHUNK],
        target_gradient[LK_CHUNK], old[LK_CHUNK];
} lk_region_chunk;

/* Elements first .. first + n - 1 and, when the job is filtered, which of them take part; returns
 * how many do. Those that do not read as elements that add nothing to any sum. */
int64_t lk_region_load(const lk_region_job *job, int64_t first, size_t n, lk_region_chunk *chunk);
/* Floors, takes out, accumulates and stores the derivatives in the chunk. */
void lk_region_finish(const lk_region_job *job, const lk_region_group *group, int64_t first,
                      size_t n, lk_region_chunk *chunk);
/* How many elements of a group take part, or 1 as soon as it is known that some do. */
int64_t lk_region_any(const lk_region_job *job, int64_t index, lk_region_chunk *chunk);
/* Derivatives of 0 for the elements first .. first + n - 1. */
void lk_region_clear(const lk_region_job *job, int64_t first, size_t n, lk_region_chunk *chunk);

void lk_region_report_bad(lk_region_job *job, int64_t group);
/* The first number outside the domain, in the group that was reported, as a sentence. */
lk_status lk_region_explain(const lk_region_job *job);

/* Groups in one task. */
int64_t lk_region_task(const lk_region_job *job);

/* The Lovasz hinge; nothing is kept between groups. */
size_t lk_lovasz_scratch(const lk_region_job *job);
lk_task_body lk_lovasz_task;

/* A sum with the rounding errors of its additions. */
typedef struct lk_exact_sum {
    double sum, rest;
} lk_exact_sum;
static inline void lk_exact_add(lk_exact_sum *s, double x)
{
    const double sum = s->sum + x, part = sum - s->sum;
    s->rest += (s->sum - (sum - part)) + (x - part);
    s->sum = sum;
}
static inline double lk_exact_total(const lk_exact_sum *s)
{
    const double total = s->sum + s->rest;
    return total == total ? total : s->sum; /* the rest of infinity is NaN */
}

#endif
