/* linear_smooth.h: the smooth part of a linear problem's objective, which is all but the l1
 * term, with its gradient and its Hessian times a vector. */
#ifndef LK_LEARN_LINEAR_SMOOTH_H
#define LK_LEARN_LINEAR_SMOOTH_H

#include "linear_problem.h"
#include "sample_rows.h"

typedef struct lk_smooth {
    const lk_linear_problem *problem;
    const lk_loss_info *info;
    lk_curvature mode;
    int64_t weights, width; /* numbers of w and of x */
    int64_t units;          /* scores */
    lk_row_sums sums;
    double *room; /* the arrays of [units] and more, in one piece */
    double *scores, *slope, *bend, *vector, *product, *soft_target;
    int64_t *labels;
} lk_smooth;

lk_status lk_smooth_begin(lk_smooth *o, const lk_linear_problem *problem, lk_curvature mode);
/* Also of one that is all 0 or did not begin. */
void lk_smooth_end(lk_smooth *o);
/* The problem's rows, no more than there were, and targets are others now. */
void lk_smooth_read_targets(lk_smooth *o);

/* gradient [width] may be NULL. LK_OUT_OF_DOMAIN: a score or a target is outside the loss's domain,
 * or the gradient too large to square; a step that led there was too long. */
lk_status lk_smooth_at(lk_smooth *o, const double *x, double *value, double *gradient);
/* At the point of the last lk_smooth_at(): the diagonal of the Hessian, raised to be above 0, or
 * all 1 when the loss does not tell it. */
lk_status lk_smooth_diagonal(lk_smooth *o, double *diagonal);
lk_status lk_smooth_hessian(lk_smooth *o, const double *v, double *out);
/* Whether there is a Hessian. */
int lk_smooth_is_curved(const lk_loss_info *info);

/* x [width] becomes start, with the value and the gradient there. first: the norm of the
 * subgradient at 0, to which stopping rules refer; of that at the start where there is none at 0.
 */
lk_status lk_smooth_start(lk_smooth *o, const double *start, double *x, double *value,
                          double *gradient, double *first);

double lk_smooth_penalty(const lk_smooth *o, const double *x); /* the l1 term */
/* The norm of the shortest subgradient of the whole objective, gradient being the smooth part's. */
double lk_smooth_subgradient(const lk_smooth *o, const double *x, const double *gradient);

/* In a fixed order, on one thread: vectors are short next to the rows. */
static inline double lk_dot(int64_t n, const double *a, const double *b)
{
    double s[4] = {0, 0, 0, 0};
    int64_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (int lane = 0; lane < 4; lane++) s[lane] += a[k + lane] * b[k + lane];
    for (; k < n; k++) s[0] += a[k] * b[k];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* y += a x */
static inline void lk_add(int64_t n, double a, const double *x, double *y)
{
    for (int64_t k = 0; k < n; k++) y[k] += a * x[k];
}

#endif
