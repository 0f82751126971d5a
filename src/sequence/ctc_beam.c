/* ctc_beam.c: one step of the search takes every prefix of the beam by the blank, by its last label
 * again, and by new labels; paths of the same prefix meet in its node. All logarithms are relative
 * to the best prefix's, so that they stay small however many frames there are. */
#include "ctc_beam.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 32 };

static int exceeds(const double *block, double least)
{
    int any = 0;
    for (int l = 0; l < BLOCK; l++) any |= block[l] > least;
    return any;
}

/* Blocks without a class that could enter are passed over: nearly all of a large alphabet. */
int lk_ctc_pick(const double *scores, int64_t classes, int64_t skip, lk_best_list *list)
{
    list->n = 0;
    for (int64_t from = 0; from < classes; from += BLOCK) {
        const int64_t end = classes - from < BLOCK ? classes : from + BLOCK;
        const double least =
            list->n > 0 && list->n == list->limit ? list->items[0].score : -HUGE_VAL;
        if (end == from + BLOCK && !exceeds(scores + from, least)) continue;
        for (int64_t c = from; c < end; c++)
            if (c != skip && scores[c] > -HUGE_VAL && lk_best_offer(list, scores[c], c) < 0)
                return 1;
    }
    lk_best_sort(list);
    return 0;
}

/* ---- memory -------------------------------------------------------------------------------------
 */

static int resize_entries(lk_beam_entry **entries, int64_t room)
{
    lk_beam_entry *moved = realloc(*entries, (size_t)room * sizeof *moved);
    if (moved) *entries = moved;
    return !moved;
}

static int resize_numbers(double **numbers, int64_t room)
{
    double *moved = realloc(*numbers, (size_t)room * sizeof *moved);
    if (moved) *numbers = moved;
    return !moved;
}

static int make_room(lk_ctc_beam *b, int64_t n)
{
    if (n <= b->room) return 0;
    const int64_t room = n > 2 * b->room ? n : 2 * b->room;
    if ((uint64_t)room > SIZE_MAX / sizeof *b->now) return 1;
    if (resize_entries(&b->now, room) || resize_entries(&b->next, room) ||
        resize_numbers(&b->stay, room) || resize_numbers(&b->extended, room) ||
        resize_numbers(&b->with_blank, room) || resize_numbers(&b->total, room))
        return 1;
    b->room = room;
    return 0;
}

/* Of the extensions of one prefix by a new label, only those by the best `width` labels can enter
 * the beam: each of the better ones has a prefix of its own that scores no less. One more, because
 * the prefix's last label may be among them, which extends it only after a blank. */
int lk_ctc_beam_make(lk_ctc_beam *b)
{
    const int64_t most = b->classes - 1;
    b->labels.limit = b->width < most ? b->width + 1 : most;
    b->candidates.limit = b->width;
    b->log_probability = malloc((size_t)(b->labels.limit + 1) * sizeof(double));
    b->is_child = calloc((size_t)b->classes, 1);
    return !b->log_probability || !b->is_child;
}

void lk_ctc_beam_free(lk_ctc_beam *b)
{
    free(b->now);
    free(b->next);
    free(b->stay);
    free(b->extended);
    free(b->with_blank);
    free(b->total);
    free(b->labels.items);
    free(b->candidates.items);
    free(b->log_probability);
    free(b->is_child);
    free(b->trie.nodes);
}

/* ---- the search ---------------------------------------------------------------------------------
 */

int lk_ctc_beam_begin(lk_ctc_beam *b)
{
    if (lk_prefix_clear(&b->trie) || make_room(b, 1)) return 1;
    b->now[0] = (lk_beam_entry){.node = 0, .blank = 0, .label = -HUGE_VAL, .total = 0};
    b->trie.nodes[0].slot = 0;
    b->n = 1;
    b->base = b->base_rest = 0;
    return 0;
}

static double bonus_of(const lk_ctc_beam *b, int64_t length)
{
    return b->length_bonus * (double)length;
}

/* What a prefix gives to its extension by a label: after the same label a blank must come first. */
static double source_of(const lk_ctc_beam *b, const lk_beam_entry *e, int64_t label)
{
    return b->trie.nodes[e->node].label == label ? e->blank : e->total;
}

/* The prefixes of the beam one frame on: they take the blank, or their last label once more, or are
 * reached from the prefix without it. */
static int offer_prefixes(lk_ctc_beam *b, const lk_ctc_frame *f)
{
    const double blank = lk_log_probability(f, b->blank);
    for (int64_t s = 0; s < b->n; s++) {
        const lk_beam_entry *const e = &b->now[s];
        const lk_prefix *const p = &b->trie.nodes[e->node];
        const double y = e->node ? lk_log_probability(f, p->label) : -HUGE_VAL;
        const int64_t from = e->node ? b->trie.nodes[p->parent].slot : -1;
        b->with_blank[s] = e->total + blank;
        b->stay[s] = e->label + y;
        b->extended[s] = from < 0 ? -HUGE_VAL : source_of(b, &b->now[from], p->label) + y;
    }
    b->kernels->add_logarithms((size_t)b->n, b->stay, b->extended, b->stay);
    b->kernels->add_logarithms((size_t)b->n, b->with_blank, b->stay, b->total);
    for (int64_t s = 0; s < b->n; s++) {
        const double score = b->total[s] + bonus_of(b, b->trie.nodes[b->now[s].node].length);
        if (score > -HUGE_VAL && lk_best_offer(&b->candidates, score, s) < 0) return 1;
    }
    return 0;
}

static void mark_children(lk_ctc_beam *b, const lk_beam_entry *e, unsigned char mark)
{
    const lk_prefix *const nodes = b->trie.nodes;
    for (int64_t k = nodes[e->node].child; k != LK_NO_PREFIX; k = nodes[k].next)
        if (nodes[k].slot >= 0) b->is_child[nodes[k].label] = mark;
}

/* Extensions of an entry that are not in the beam. Labels come best first, so the first that does
 * not enter is the last, but for the entry's own label, whose extension is another sum. */
static int offer_extensions(lk_ctc_beam *b, int64_t s)
{
    const lk_beam_entry *const e = &b->now[s];
    const lk_prefix *const p = &b->trie.nodes[e->node];
    const double bonus = bonus_of(b, p->length + 1);
    int kept = 1;
    mark_children(b, e, 1);
    for (int64_t r = 0; r < b->labels.n && kept >= 0; r++) {
        const int64_t label = b->labels.items[r].order;
        const double score = (source_of(b, e, label) + b->log_probability[r]) + bonus;
        if (b->is_child[label]) continue;
        kept = score > -HUGE_VAL ? lk_best_offer(&b->candidates, score, b->n + s * b->labels.n + r)
                                 : 0;
        if (kept == 0 && label != p->label) break;
    }
    mark_children(b, e, 0);
    return kept < 0;
}

/* The chosen candidate number i as an entry of the next beam. Nonzero: no memory. */
static int take(lk_ctc_beam *b, int64_t i)
{
    const int64_t order = b->candidates.items[i].order;
    lk_beam_entry *const to = &b->next[i];
    if (order < b->n) {
        *to = (lk_beam_entry){b->now[order].node, b->with_blank[order], b->stay[order],
                              b->total[order]};
    } else {
        const int64_t s = (order - b->n) / b->labels.n, r = (order - b->n) % b->labels.n;
        const int64_t label = b->labels.items[r].order;
        const double y = source_of(b, &b->now[s], label) + b->log_probability[r];
        *to = (lk_beam_entry){lk_prefix_child(&b->trie, b->now[s].node, label), -HUGE_VAL, y, y};
        if (to->node == LK_NO_PREFIX) return 1;
    }
    b->trie.nodes[to->node].slot = i;
    return 0;
}

/* Neumaier's sum. */
static void add_to_base(lk_ctc_beam *b, double x)
{
    const double sum = b->base + x;
    b->base_rest += fabs(b->base) >= fabs(x) ? (b->base - sum) + x : (x - sum) + b->base;
    b->base = sum;
}

static int advance(lk_ctc_beam *b)
{
    const int64_t n = b->candidates.n;
    if (make_room(b, n)) return 1;
    for (int64_t s = 0; s < b->n; s++) b->trie.nodes[b->now[s].node].slot = -1;
    for (int64_t i = 0; i < n; i++)
        if (take(b, i)) return 1;
    for (int64_t s = 0; s < b->n; s++) lk_prefix_release(&b->trie, b->now[s].node);
    const double best = n ? b->next[0].total : 0;
    for (int64_t i = 0; i < n; i++) {
        b->next[i].blank -= best;
        b->next[i].label -= best;
        b->next[i].total -= best;
    }
    add_to_base(b, best);
    lk_beam_entry *const free_entries = b->now;
    b->now = b->next;
    b->next = free_entries;
    b->n = n;
    return 0;
}

int lk_ctc_beam_step(lk_ctc_beam *b, const lk_ctc_frame *f)
{
    if (lk_ctc_pick(f->scores, b->classes, b->blank, &b->labels)) return 1;
    for (int64_t r = 0; r < b->labels.n; r++)
        b->log_probability[r] = lk_log_probability(f, b->labels.items[r].order);
    b->candidates.n = 0;
    if (offer_prefixes(b, f)) return 1;
    for (int64_t s = 0; s < b->n; s++)
        if (offer_extensions(b, s)) return 1;
    lk_best_sort(&b->candidates);
    return advance(b);
}

double lk_ctc_beam_score(const lk_ctc_beam *b, int64_t entry)
{
    const lk_beam_entry *const e = &b->now[entry];
    return (b->base + (b->base_rest + e->total)) + bonus_of(b, b->trie.nodes[e->node].length);
}
