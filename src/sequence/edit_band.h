/* edit_band.h: the table of edit distances, row by row, within a band of its diagonals. */
#ifndef LK_EDIT_BAND_H
#define LK_EDIT_BAND_H

#include "edit_table.h"

/* Cell (i, j) is the distance of the first i rows and the first j columns. Cells with j - i in
 * [lower, upper] are worked on; beyond them a cell is one more than its neighbour nearer to the
 * band. So every score is that of some alignment, and exact when the best one stays inside.
 *
 * Blocks are 64 rows, and spans 64 columns; where the lengths are no multiples, the first block and
 * the first span are filled up in front of the first row and column: lk_edit_slack(). */
typedef struct lk_edit_band {
    lk_edit_side rows, columns;
    int64_t lower, upper;
    int64_t most;    /* gives up where every alignment has more edits than this */
    void *room;      /* lk_edit_band_room() */
    uint64_t *trace; /* NULL, or 2 words for each block and column: lk_edit_band_size() spans */
    uint64_t *level, *fall; /* out: the last row's steps, as in bit_step.h; a word for each span */
    int64_t score;          /* out: of the last row after span `last` - 1 */
    int64_t first, last;    /* out: spans that the last row has been worked on */
} lk_edit_band;

/* Blocks, or spans, of a sequence; and what the first one lacks. */
static inline int64_t lk_edit_words(int64_t n) { return (n + LK_EDIT_WORD - 1) / LK_EDIT_WORD; }
static inline int lk_edit_slack(int64_t n) { return (int)(lk_edit_words(n) * LK_EDIT_WORD - n); }

size_t lk_edit_band_room(int64_t columns);

/* All cells, or those that an alignment with `edits` edits can touch; edits is at least the
 * difference of the lengths. */
void lk_edit_band_whole(lk_edit_band *band);
void lk_edit_band_limit(lk_edit_band *band, int64_t edits);

/* Returns the rows that were done: all of them unless it gave up. */
int64_t lk_edit_band_run(lk_edit_band *band);

/* ---- what a trace holds ------------------------------------------------------------------------
 * Strips of up to LK_EDIT_STRIP blocks over their spans, one strip after the other; of each column
 * the words up and down of every block. */
enum { LK_EDIT_STRIP = 4 };

typedef struct lk_edit_strip {
    int64_t block, row, end_row; /* the first of each, and the row after the last */
    int blocks;
    int64_t first, last; /* spans first .. last - 1 */
} lk_edit_strip;

/* The strip of `blocks` blocks, or what is left, that begins with `block`. */
lk_edit_strip lk_edit_band_strip(const lk_edit_band *band, int64_t block, int blocks);
/* Words of a trace. */
int64_t lk_edit_strip_size(const lk_edit_strip *strip);
int64_t lk_edit_band_size(const lk_edit_band *band);

/* Ones in the word. */
static inline int64_t lk_edit_ones(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int64_t)(x * 0x0101010101010101u >> 56);
}

#endif
