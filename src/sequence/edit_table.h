/* edit_table.h: where each token stands in a few blocks of 64 rows, as bits. */
#ifndef LK_EDIT_TABLE_H
#define LK_EDIT_TABLE_H

#include "edit_side.h"

enum { LK_EDIT_WORD = 64 /* rows of a block: bits of a word */ };

/* Tokens are told by number: a byte by its value, another by what `numbers` has for it, 0 when it
 * stands in no row. */
typedef struct lk_edit_table {
    uint64_t *equal;       /* [number][block] */
    int64_t *keys;         /* a hash of tokens that are no bytes, a quarter full at most */
    uint16_t *numbers;     /* 0: the slot is free */
    int slot_bits, blocks; /* blocks: filled */
    int apart; /* a number that is no token's; its words are 0 until the caller sets them */
} lk_edit_table;

/* Bytes for a table of up to `blocks` blocks, at a multiple of 8. */
size_t lk_edit_table_room(int blocks);
lk_edit_table lk_edit_table_in(void *room, int blocks);

/* Rows from .. from + count - 1 stand at bits first, first + 1 .. of `blocks` words. */
void lk_edit_table_fill(lk_edit_table *table, const lk_edit_side *rows, int64_t from, int count,
                        int first, int blocks);

/* The numbers of columns from .. from + n - 1. */
void lk_edit_table_number(const lk_edit_table *table, const lk_edit_side *columns, int64_t from,
                          int n, uint16_t *numbers);

#endif
