/* dual.h: what the descents in the dual have in common. */
#ifndef LK_LEARN_DUAL_H
#define LK_LEARN_DUAL_H

#include "linear_problem.h"
#include "sample_rows.h"

/* The rows that a descent goes over, and how far it is. */
typedef struct lk_dual_course {
    int64_t *order;       /* [rows]: active rows first, then those that shrinking left out */
    int64_t active, used; /* used: rows that have a weight */
    double violation;     /* largest slope that the last pass found on a way that is open */
    double drift;         /* largest change of a free bias by its multiplier after that pass */
    double steepest;      /* the slopes' scale */
    lk_random random;
} lk_dual_course;

/* A pass over the active rows, which may take rows out whose slopes are against them by more than
 * limit. Sets violation and drift. */
typedef void lk_dual_pass(void *state, lk_dual_course *course, double limit);
/* Objective and gap; the gap is HUGE_VAL where the dual point is not feasible. */
typedef lk_status lk_dual_measure(void *state, lk_linear_report *report);

/* Passes over fewer and fewer rows until the violation is below a threshold, then over all rows,
 * until such a pass stays below it, with its drift. Only then the gap is measured, and the
 * threshold lowered by what the gap still lacks. Fills the report. */
lk_status lk_dual_descend(const lk_linear_problem *problem, lk_dual_course *course,
                          lk_dual_pass *pass, lk_dual_measure *measure, void *state,
                          lk_linear_report *report);

/* The k-th row of the order out of the active ones; the one that takes its place is next. */
static inline void dual_leave_out(lk_dual_course *c, int64_t k)
{
    const int64_t row = c->order[k];
    c->order[k] = c->order[--c->active];
    c->order[c->active] = row;
}

/* The next row is anywhere in memory. */
static inline void dual_prefetch(const lk_dual_course *c, const lk_dataset *data, int64_t k)
{
#if defined(__GNUC__)
    if (k >= c->active) return;
    const lk_sample_row r = lk_row_of(data, c->order[k]);
    __builtin_prefetch(r.values);
    if (r.columns) __builtin_prefetch(r.columns);
#else
    (void)c, (void)data, (void)k;
#endif
}

/* What a bias adds to |x|^2: nothing without one, 1 for a penalised one; dual.c tells of a free
 * one, which may have to go as far as reach. */
double lk_dual_rho(const lk_linear_problem *problem, double reach);

/* The sum over the rows of weight * loss. */
lk_status lk_dual_loss(const lk_linear_problem *problem, const lk_tensor *scores,
                       const lk_tensor *target, double *sum);

/* lk_solve_dual() for multiclass_hinge. */
lk_linear_solver lk_solve_dual_classes;

#endif
