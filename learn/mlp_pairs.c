/* mlp_pairs.c: second and third points for losses of pairs and triples, from the same batch. */
#include <string.h>

#include "mlp.h"

/* Row numbers of the batch by class: those of class c are by_class[class_start[c]] ... */
static void sort_by_class(const lk_mlp_objective *o)
{
    const int64_t classes = o->targets.classes, rows = o->targets.rows;
    int64_t *const start = o->class_start;
    memset(start, 0, (size_t)(classes + 2) * sizeof *start);
    for (int64_t i = 0; i < rows; i++) start[o->labels[i] + 2]++;
    for (int64_t c = 2; c < classes + 2; c++) start[c] += start[c - 1];
    for (int64_t i = 0; i < rows; i++) o->by_class[start[o->labels[i] + 1]++] = i;
}

/* Another row of the same class; -1: there is none. */
static int64_t draw_same(const lk_mlp_objective *o, int64_t row, lk_random *random)
{
    const int64_t from = o->class_start[o->labels[row]], to = o->class_start[o->labels[row] + 1];
    if (to - from < 2) return -1;
    const int64_t drawn = o->by_class[from + lk_random_below(random, to - from - 1)];
    return drawn == row ? o->by_class[to - 1] : drawn; /* the last one stands in for the row */
}

static int64_t draw_different(const lk_mlp_objective *o, int64_t row, lk_random *random)
{
    const int64_t from = o->class_start[o->labels[row]], to = o->class_start[o->labels[row] + 1];
    const int64_t others = o->targets.rows - (to - from);
    if (others < 1) return -1;
    const int64_t drawn = lk_random_below(random, others);
    return o->by_class[drawn < from ? drawn : drawn + to - from];
}

/* Half the pairs are similar, where the batch has both kinds; a row without any partner gets
 * weight 0, and itself. */
void lk_mlp_draw_partners(lk_mlp_objective *o, lk_mlp_term *t, uint64_t seed)
{
    lk_random random = {seed};
    const float apart = t->loss == LK_COSINE_EMBEDDING ? -1 : 0;
    sort_by_class(o);
    for (int64_t i = 0; i < o->targets.rows; i++) {
        const int64_t same = draw_same(o, i, &random), different = draw_different(o, i, &random);
        const int similar = lk_random_unit(&random) < 0.5;
        int64_t first = same;
        int missing = same < 0 || different < 0;
        if (t->view == LK_MLP_PAIRS) {
            first = (similar && same >= 0) || different < 0 ? same : different;
            missing = first < 0;
            t->target[i] = first == same ? 1 : apart;
        } else {
            t->partner[1][i] = missing ? i : different;
        }
        t->partner[0][i] = missing ? i : first;
        t->partner_weight[i] = missing ? 0 : o->weight[i];
    }
}
