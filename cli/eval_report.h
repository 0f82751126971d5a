/* eval_report.h: what an evaluation came to, as text and as JSON. */
#ifndef LK_CLI_EVAL_REPORT_H
#define LK_CLI_EVAL_REPORT_H

#include "eval_arrays.h"

typedef struct eval_job {
    expression sum;
    int dtype; /* of the outputs; 0: that of the input */
    long threads;
    const char *reduction;
    eval_arrays arrays;
    lk_call modes;                       /* what the calls of all terms share */
    lk_result results[EXPRESSION_TERMS]; /* of the terms */
    lk_result total;
} eval_job;

int eval_print_json(const eval_job *j, error *e);
/* On standard error when an array goes to standard output. */
void eval_print(const eval_job *j);

int is_standard(const char *path); /* "-", or a part of it */

#endif
