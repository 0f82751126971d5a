/* edits.h: the edit distance of two arrays of tokens, for whoever needs it of many. */
#ifndef LK_EDITS_H
#define LK_EDITS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of workspace for sequences of at most these lengths, alignment slack included. */
size_t lk_edit_workspace(int64_t hypothesis_length, int64_t reference_length);

/* The fewest insertions, deletions and substitutions between the two. */
int64_t lk_edit_count(const int64_t *hypothesis, int64_t hypothesis_length,
                      const int64_t *reference, int64_t reference_length, void *workspace);

#endif
