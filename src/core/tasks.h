/* tasks.h: work over fixed tasks on all threads, summed in an order that does not depend on their
 * number. */
#ifndef LK_TASKS_H
#define LK_TASKS_H

#include <stddef.h>
#include <stdint.h>

#include "pointwise_kernels.h"

/* Work on fewer elements than this stays on the caller's thread: waking sleeping threads costs
 * about 70 microseconds. */
enum { LK_PARALLEL_FROM = 131072 };

typedef struct lk_task_plan {
    int64_t n;       /* units: elements, rows or groups */
    int64_t task;    /* units of one task; part of what the sums depend on */
    int parallel;    /* worth waking the threads */
    size_t scratch;  /* bytes that a running task needs for itself, aligned to 64 */
    void *workspace; /* lk_task_workspace() bytes, aligned to 64; NULL when scratch is 0 */
} lk_task_plan;

typedef struct lk_totals {
    double sum;
    int64_t count;
} lk_totals;

/* Adds units first .. first + n - 1 to the lanes and the count; nonzero: failed. */
typedef int lk_task_body(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                         int64_t *count);

size_t lk_task_workspace(const lk_task_plan *plan);

/* Bytes up to the alignment of what tasks work on. */
static inline size_t lk_padded(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

/* From begin to end, which takes what begin returned, this thread's tasks are cut for one number of
 * threads, whatever lk_set_num_threads() does on another thread meanwhile: the workspace depends on
 * it. Calls nest. */
int lk_begin_tasks(void);
void lk_end_tasks(int outer);
int lk_task_threads(void);

/* Sums over all units: tasks, 16 lanes in each, pairs of lanes, pairs of tasks. Nonzero when a body
 * failed; every task has run all the same. */
int lk_run_tasks(const lk_task_plan *plan, lk_task_body *body, void *context, lk_totals *totals);

#endif
