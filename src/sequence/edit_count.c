/* edit_count.c: the distance alone. Short sequences are one word; long ones are tried within a band
 * (Ukkonen, Inform. Control 64 (1985) 100) that grows until the distance is proved. */
#include "edit_count.h"

#include "edits.h"

typedef uint64_t words;
#include "bit_step.h"

enum {
    FIRST_SPARE = 128,  /* edits that the first band allows beyond the difference of the lengths */
    BANDED_FROM = 1024, /* rows; below, all cells cost no more than a narrow band */
    GROW_MOST = 16,
    ENOUGH = 16 /* a band with this part of the distances tells the rate of edits well */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

size_t lk_edit_count_room(int64_t a, int64_t b)
{
    return least(a, b) <= LK_EDIT_WORD ? lk_edit_table_room(1) : lk_edit_band_room(greatest(a, b));
}

/* ---- one word ---------------------------------------------------------------------------------
 */

typedef struct column_words {
    uint64_t up, down;
} column_words;

static inline void step(uint64_t equal, column_words *w)
{
    static const uint64_t rise = 0, fall = 0;
    uint64_t levels, falls;
    bit_step(&equal, &rise, &fall, &w->up, &w->down, &levels, &falls);
}

/* The first row is at bit 0: nothing below the last one matters. */
static int64_t count_word(const lk_edit_side *rows, const lk_edit_side *columns, void *room)
{
    const uint64_t used = ~(uint64_t)0 >> (LK_EDIT_WORD - rows->count);
    lk_edit_table table = lk_edit_table_in(room, 1);
    column_words w = {~(uint64_t)0, 0};
    lk_edit_table_fill(&table, rows, 0, (int)rows->count, 0, 1);
    const uint64_t *const equal = table.equal;
    if (columns->width == 1) {
        const uint8_t *const bytes = columns->tokens;
        for (int64_t j = 0; j < columns->count; j++) step(equal[bytes[j]], &w);
    } else {
        uint16_t numbers[LK_EDIT_WORD];
        for (int64_t at = 0; at < columns->count; at += LK_EDIT_WORD) {
            const int n = (int)least(LK_EDIT_WORD, columns->count - at);
            lk_edit_table_number(&table, columns, at, n, numbers);
            for (int j = 0; j < n; j++) step(equal[numbers[j]], &w);
        }
    }
    return columns->count + lk_edit_ones(w.up & used) - lk_edit_ones(w.down & used);
}

/* ---- bands ------------------------------------------------------------------------------------
 */

/* How many edits to allow after a band that allowed b->most and was done to row `done`. */
static int64_t next_limit(const lk_edit_band *b, int64_t done)
{
    const double rate = (double)b->most / (double)done;
    const int64_t expected = (int64_t)(1.25 * rate * (double)b->rows.count);
    const int tells = b->most >= b->columns.count / ENOUGH;
    const int64_t bound = tells ? expected : least(expected, GROW_MOST * b->most);
    const int64_t guess = greatest(tells ? b->most + b->most / 4 : 2 * b->most, bound);
    /* a score is that of some alignment: so many edits are enough for certain */
    return done == b->rows.count ? least(guess, b->score) : guess;
}

static int64_t count_banded(lk_edit_band *b)
{
    const int64_t m = b->rows.count, n = b->columns.count;
    b->most = n - m + FIRST_SPARE;
    while (m > BANDED_FROM && b->most < n) {
        lk_edit_band_limit(b, b->most);
        const int64_t done = lk_edit_band_run(b);
        if (done == m && b->score <= b->most) return b->score;
        b->most = next_limit(b, done);
    }
    b->most = m + n;
    lk_edit_band_whole(b);
    lk_edit_band_run(b);
    return b->score;
}

int64_t lk_edit_count_sides(lk_edit_side a, lk_edit_side b, void *room)
{
    lk_side_strip_start(&a, &b);
    lk_side_strip_end(&a, &b);
    const lk_edit_side rows = a.count <= b.count ? a : b, columns = a.count <= b.count ? b : a;
    if (rows.count == 0) return columns.count;
    if (rows.count <= LK_EDIT_WORD) return count_word(&rows, &columns, room);
    lk_edit_band band = {.rows = rows, .columns = columns, .room = room};
    return count_banded(&band);
}

/* ---- arrays of 64-bit tokens ------------------------------------------------------------------
 */

static size_t bytes_of(int64_t count) { return ((size_t)count + 7) & ~(size_t)7; }

size_t lk_edit_workspace(int64_t hypothesis_length, int64_t reference_length)
{
    return 8 + lk_edit_band_room(greatest(hypothesis_length, reference_length)) +
           bytes_of(hypothesis_length) + bytes_of(reference_length);
}

int64_t lk_edit_count(const int64_t *hypothesis, int64_t hypothesis_length,
                      const int64_t *reference, int64_t reference_length, void *workspace)
{
    uint8_t *const room = (uint8_t *)workspace + (8 - (uintptr_t)workspace % 8) % 8;
    uint8_t *const bytes = room + lk_edit_band_room(greatest(hypothesis_length, reference_length));
    lk_edit_side h = {hypothesis, hypothesis_length, 8, 1};
    lk_edit_side r = {reference, reference_length, 8, 1};
    if (lk_side_is_bytes(&h) && lk_side_is_bytes(&r)) {
        h = lk_side_bytes(&h, bytes);
        r = lk_side_bytes(&r, bytes + bytes_of(hypothesis_length));
    }
    return lk_edit_count_sides(h, r, room);
}
