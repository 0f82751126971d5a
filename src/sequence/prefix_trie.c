/* prefix_trie.c: nodes in one array, those taken away in a list of their own. */
#include "prefix_trie.h"

#include <stddef.h>
#include <stdlib.h>

static int make_room(lk_prefix_trie *t)
{
    const int64_t room = t->room < 64 ? 64 : 2 * t->room;
    if ((uint64_t)room > SIZE_MAX / sizeof *t->nodes) return 1;
    lk_prefix *nodes = realloc(t->nodes, (size_t)room * sizeof *nodes);
    if (!nodes) return 1;
    t->nodes = nodes;
    t->room = room;
    return 0;
}

int lk_prefix_clear(lk_prefix_trie *t)
{
    if (!t->room && make_room(t)) return 1;
    t->n = 1;
    t->unused = LK_NO_PREFIX;
    t->nodes[0] = (lk_prefix){LK_NO_PREFIX, LK_NO_PREFIX, LK_NO_PREFIX, LK_NO_PREFIX, -1, 0, -1};
    return 0;
}

int64_t lk_prefix_child(lk_prefix_trie *t, int64_t parent, int64_t label)
{
    for (int64_t k = t->nodes[parent].child; k != LK_NO_PREFIX; k = t->nodes[k].next)
        if (t->nodes[k].label == label) return k;
    int64_t node = t->unused;
    if (node != LK_NO_PREFIX) {
        t->unused = t->nodes[node].next;
    } else {
        if (t->n == t->room && make_room(t)) return LK_NO_PREFIX;
        node = t->n++;
    }
    lk_prefix *const above = &t->nodes[parent];
    t->nodes[node] = (lk_prefix){.parent = parent,
                                 .child = LK_NO_PREFIX,
                                 .next = above->child,
                                 .before = LK_NO_PREFIX,
                                 .slot = -1,
                                 .length = above->length + 1,
                                 .label = label};
    if (above->child != LK_NO_PREFIX) t->nodes[above->child].before = node;
    above->child = node;
    return node;
}

void lk_prefix_release(lk_prefix_trie *t, int64_t node)
{
    while (node > 0 && t->nodes[node].slot == -1 && t->nodes[node].child == LK_NO_PREFIX) {
        lk_prefix *const gone = &t->nodes[node];
        const int64_t parent = gone->parent;
        if (gone->before == LK_NO_PREFIX)
            t->nodes[parent].child = gone->next;
        else
            t->nodes[gone->before].next = gone->next;
        if (gone->next != LK_NO_PREFIX) t->nodes[gone->next].before = gone->before;
        gone->slot = LK_UNUSED_PREFIX;
        gone->next = t->unused;
        t->unused = node;
        node = parent;
    }
}

void lk_prefix_spell(const lk_prefix_trie *t, int64_t node, int64_t *labels)
{
    for (int64_t k = t->nodes[node].length; k-- > 0; node = t->nodes[node].parent)
        labels[k] = t->nodes[node].label;
}
