/* linear_problem.h: what every solver of a linear model solves.
 *
 *     objective(w, b) = 1/n sum over rows of (weight loss(score, target) + shift score)
 *                       + l2 / 2 |w|^2 + l1 |w|_1,    score = row . w + b
 *
 * Pointwise losses have one output; losses of rows have one for each class, with w [outputs,
 * features] and b [outputs]. x is w and, directly behind it, b. */
#ifndef LK_LEARN_LINEAR_PROBLEM_H
#define LK_LEARN_LINEAR_PROBLEM_H

#include <stddef.h>
#include <stdint.h>

#include "losskit_learn.h"

typedef struct lk_linear_problem {
    const lk_dataset *data; /* features alone are used of it; at least one row */
    lk_loss loss;
    const double *params; /* [n_params], as for lk_evaluate(); all of them are there */
    int n_params;
    double l1, l2; /* not negative */
    lk_bias bias;  /* LK_BIAS_PENALISED: b^2 / 2 l2 and l1 |b| belong to the objective */
    int64_t outputs;
    const double *target; /* [rows], coded as lk_code_targets() does */
    const double *weight; /* [rows]; NULL: all 1 */
    const double *shift;  /* [rows]; NULL: all 0; lk_solve_dual() alone takes them */
    double tolerance;     /* 0: the solver's own */
    int64_t iterations;   /* 0: the solver's own limit */
    uint64_t seed;
    double learning_rate; /* 0: from the curvature's bound */
    int64_t batch;
    double start;                   /* when the training began, as lk_linear_progress() counts */
    lk_progress_function *progress; /* may be NULL */
    void *context;
} lk_linear_problem;

/* A solver starts from w and bias (zeros, or a point nearer to the answer, which it may ignore),
 * leaves the solution there and fills all of the report but `solver`. bias lies directly behind w.
 * It is 0 and stays so with LK_BIAS_NONE. Not to converge is no failure. */
typedef lk_status lk_linear_solver(const lk_linear_problem *problem, double *w, double *bias,
                                   lk_linear_report *report);

/* LK_UNSUPPORTED with a sentence where the loss, penalty or bias has no dual here. */
lk_linear_solver lk_solve_dual;
lk_linear_solver lk_solve_newton, lk_solve_lbfgs, lk_solve_proximal, lk_solve_sgd, lk_solve_qr,
    lk_solve_irls, lk_solve_cccp;

/* Newton's method on that curvature of a pointwise loss, which is not negative unless the loss is
 * convex. */
lk_status lk_newton(const lk_linear_problem *problem, lk_curvature curvature, double *w,
                    double *bias, lk_linear_report *report);

/* Tells the progress function; not 0: the training is to end. */
int lk_linear_progress(const lk_linear_problem *problem, int64_t iteration, double objective,
                       double measure);

/* What is computed for a loss on top of a linear layer: the same loss of scores, if there is one.
 */
lk_loss lk_loss_of_scores(lk_loss loss);

#endif
