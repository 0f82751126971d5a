/* best_list.c: a heap of the best. */
#include "best_list.h"

#include <stdlib.h>

static int is_worse(const lk_ranked *a, const lk_ranked *b)
{
    return a->score < b->score || (a->score == b->score && a->order > b->order);
}

static void swap(lk_ranked *a, lk_ranked *b)
{
    const lk_ranked old = *a;
    *a = *b;
    *b = old;
}

static void sink(lk_ranked *items, int64_t n, int64_t at)
{
    for (int64_t worst = at;; at = worst) {
        for (int64_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
            if (is_worse(&items[child], &items[worst])) worst = child;
        if (worst == at) return;
        swap(&items[at], &items[worst]);
    }
}

static int make_room(lk_best_list *l)
{
    const int64_t room = l->room > l->limit / 2 ? l->limit : l->room < 8 ? 16 : 2 * l->room;
    if ((uint64_t)room > SIZE_MAX / sizeof *l->items) return 1;
    lk_ranked *items = realloc(l->items, (size_t)room * sizeof *items);
    if (!items) return 1;
    l->items = items;
    l->room = room;
    return 0;
}

int lk_best_offer(lk_best_list *l, double score, int64_t order)
{
    if (l->n == l->limit) {
        if (l->n == 0 || !(score > l->items[0].score)) return 0;
        l->items[0] = (lk_ranked){score, order};
        sink(l->items, l->n, 0);
        return 1;
    }
    if (l->n == l->room && make_room(l)) return -1;
    int64_t at = l->n++;
    l->items[at] = (lk_ranked){score, order};
    while (at > 0 && is_worse(&l->items[at], &l->items[(at - 1) / 2])) {
        swap(&l->items[at], &l->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return 1;
}

void lk_best_sort(lk_best_list *l)
{
    for (int64_t n = l->n; n > 1;) {
        swap(&l->items[0], &l->items[--n]);
        sink(l->items, n, 0);
    }
}
