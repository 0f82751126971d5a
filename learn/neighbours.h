/* neighbours.h: the nearest rows among some of the rows of a data set. */
#ifndef LK_LEARN_NEIGHBOURS_H
#define LK_LEARN_NEIGHBOURS_H

#include <stdint.h>

#include "losskit_learn.h"

/* nearest [n, k]: of each of the n rows with these numbers, the k < n others at the least Euclidean
 * distance, nearest first (equal ones: the first), as places 0 .. n - 1 in `rows`. Compares all
 * pairs. */
lk_status lk_nearest_rows(const lk_dataset *data, int64_t n, const int64_t *rows, int64_t k,
                          int64_t *nearest);

#endif
