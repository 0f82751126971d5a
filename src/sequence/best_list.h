/* best_list.h: the best of many, kept in a heap whose root is the worst of them. */
#ifndef LK_BEST_LIST_H
#define LK_BEST_LIST_H

#include <stddef.h>
#include <stdint.h>

typedef struct lk_ranked {
    double score;
    int64_t order;
} lk_ranked;

typedef struct lk_best_list {
    lk_ranked *items; /* by malloc */
    int64_t n, room, limit;
} lk_best_list;

/* Keeps it if it is among the `limit` best so far; of equal scores the one offered first is better,
 * so orders must grow from offer to offer. 1: kept, 0: not, -1: no memory. */
int lk_best_offer(lk_best_list *list, double score, int64_t order);
/* Best first; ends the offers. */
void lk_best_sort(lk_best_list *list);

#endif
