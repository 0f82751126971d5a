/* threads.h: the one loop over threads. */
#ifndef LK_THREADS_H
#define LK_THREADS_H

#include <stddef.h>

typedef void lk_task(void *context, size_t index);

/* Runs task(context, 0 .. n-1), each once, on up to lk_num_threads() threads, and returns when all
 * are done. A caller that finds the threads busy does all of it itself. */
void lk_parallel(size_t n, lk_task *task, void *context);

#endif
