/* A weak stand-in until the dual has its file. */
#include "linear_problem.h"
__attribute__((weak)) lk_status lk_solve_dual(const lk_linear_problem *p, double *w, double *bias,
                                              lk_linear_report *report)
{
    (void)p, (void)w, (void)bias, (void)report;
    return lk_fail(LK_UNSUPPORTED, "train: no dual");
}
