/* edit_table.c: where each token stands in a few rows; by value for bytes, else through a hash. */
#include "edit_table.h"

#include <string.h>

enum { BYTES = 256, FIRST_SLOT_BITS = 9 };

static int slot_bits_of(int blocks)
{
    int bits = FIRST_SLOT_BITS;
    while (2 << (bits - FIRST_SLOT_BITS) < blocks) bits++;
    return bits;
}

/* All bytes, or 0 and as many tokens as there are rows; and one number more. */
static size_t numbers_of(int blocks)
{
    const int tokens = LK_EDIT_WORD * blocks + 1;
    return (size_t)(tokens > BYTES ? tokens : BYTES) + 1;
}

size_t lk_edit_table_room(int blocks)
{
    const size_t slots = (size_t)1 << slot_bits_of(blocks);
    return numbers_of(blocks) * (size_t)blocks * sizeof(uint64_t) +
           slots * (sizeof(int64_t) + sizeof(uint16_t));
}

lk_edit_table lk_edit_table_in(void *room, int blocks)
{
    lk_edit_table t = {.equal = room, .slot_bits = slot_bits_of(blocks)};
    t.keys = (int64_t *)(t.equal + numbers_of(blocks) * (size_t)blocks);
    t.numbers = (uint16_t *)(t.keys + ((size_t)1 << t.slot_bits));
    return t;
}

/* The token's slot, or the free one where it belongs. */
static inline size_t slot_of(const lk_edit_table *t, int64_t token)
{
    const size_t last = ((size_t)1 << t->slot_bits) - 1;
    size_t slot = (size_t)((uint64_t)token * 0x9e3779b97f4a7c15u >> (64 - t->slot_bits));
    /* one branch, seldom taken, for two that nobody could predict */
    while (!((t->numbers[slot] == 0) | (t->keys[slot] == token))) slot = (slot + 1) & last;
    return slot;
}

static uint64_t *words_of(const lk_edit_table *t, int number)
{
    return t->equal + (size_t)number * (size_t)t->blocks;
}

static void clear_words(const lk_edit_table *t, int number)
{
    uint64_t *const words = words_of(t, number);
    for (int g = 0; g < t->blocks; g++) words[g] = 0;
}

static inline void mark(const lk_edit_table *t, int number, unsigned bit)
{
    words_of(t, number)[bit / LK_EDIT_WORD] |= (uint64_t)1 << bit % LK_EDIT_WORD;
}

static void fill_bytes(lk_edit_table *t, const lk_edit_side *rows, int64_t from, int count,
                       int first)
{
    const uint8_t *const tokens = (const uint8_t *)rows->tokens + from * rows->step;
    t->apart = BYTES;
    memset(t->equal, 0, sizeof(uint64_t) * (BYTES + 1) * (size_t)t->blocks);
    for (int i = 0; i < count; i++) mark(t, tokens[i * rows->step], (unsigned)(first + i));
}

static void fill_others(lk_edit_table *table, const lk_edit_side *rows, int64_t from, int count,
                        int first)
{
    const lk_edit_table t = *table; /* its members stay in registers */
    int known = 0;
    memset(t.numbers, 0, sizeof *t.numbers << t.slot_bits);
    clear_words(&t, 0);
    for (int i = 0; i < count; i++) {
        const int64_t token = lk_side_token(rows, from + i);
        const size_t slot = slot_of(&t, token);
        const unsigned bit = (unsigned)(first + i);
        if (t.numbers[slot]) {
            mark(&t, t.numbers[slot], bit);
            continue;
        }
        t.keys[slot] = token;
        t.numbers[slot] = (uint16_t)++known;
        clear_words(&t, known);
        words_of(&t, known)[bit / LK_EDIT_WORD] = (uint64_t)1 << bit % LK_EDIT_WORD;
    }
    table->apart = known + 1;
    clear_words(&t, table->apart);
}

void lk_edit_table_fill(lk_edit_table *t, const lk_edit_side *rows, int64_t from, int count,
                        int first, int blocks)
{
    t->blocks = blocks;
    if (rows->width == 1)
        fill_bytes(t, rows, from, count, first);
    else
        fill_others(t, rows, from, count, first);
}

void lk_edit_table_number(const lk_edit_table *t, const lk_edit_side *columns, int64_t from, int n,
                          uint16_t *numbers)
{
    const lk_edit_side part = lk_side_part(columns, from, n);
    const int step = part.step;
    if (part.width == 1) {
        const uint8_t *const bytes = part.tokens;
        for (int j = 0; j < n; j++) numbers[j] = bytes[j * step];
    } else if (part.width == 4) {
        const int32_t *const tokens = part.tokens;
        for (int j = 0; j < n; j++) numbers[j] = t->numbers[slot_of(t, tokens[j * step])];
    } else {
        const int64_t *const tokens = part.tokens;
        for (int j = 0; j < n; j++) numbers[j] = t->numbers[slot_of(t, tokens[j * step])];
    }
}
