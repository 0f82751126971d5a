/* prefix_trie.h: labellings that share their beginnings: each is a node, and the path from the root
 * spells it. */
#ifndef LK_PREFIX_TRIE_H
#define LK_PREFIX_TRIE_H

#include <stdint.h>

typedef struct lk_prefix {
    int64_t parent, child, next, before; /* first child, neighbours among siblings; -1: none */
    int64_t slot;                        /* the owner's; -1: none, and with no child it may go */
    int64_t length;
    int64_t label;
} lk_prefix;

typedef struct lk_prefix_trie {
    lk_prefix *nodes; /* by malloc; node 0 is the root, the empty labelling */
    int64_t n, room, unused;
} lk_prefix_trie;

enum { LK_NO_PREFIX = -1, LK_UNUSED_PREFIX = -2 };

/* The root alone. Nonzero: no memory. */
int lk_prefix_clear(lk_prefix_trie *trie);
/* The child with this label, made if need be; LK_NO_PREFIX: no memory. */
int64_t lk_prefix_child(lk_prefix_trie *trie, int64_t parent, int64_t label);
/* Takes away the node if it has neither slot nor child, then its parent likewise. The slot of what
 * is taken away becomes LK_UNUSED_PREFIX. */
void lk_prefix_release(lk_prefix_trie *trie, int64_t node);
/* Its `length` labels. */
void lk_prefix_spell(const lk_prefix_trie *trie, int64_t node, int64_t *labels);

#endif
