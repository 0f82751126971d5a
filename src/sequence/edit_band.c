/* edit_band.c: strips of a few blocks, one below the other, each over its part of the columns. */
#include "edit_band.h"

#include <string.h>

#include "edit_strip.h"

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t clamp(int64_t x, int64_t most) { return x < 0 ? 0 : least(x, most); }

size_t lk_edit_band_room(int64_t columns)
{
    return lk_edit_table_room(LK_BIT_LANES) +
           LK_BIT_COLUMNS * (LK_BIT_LANES * sizeof(uint64_t) + LK_EDIT_RING * sizeof(uint16_t)) +
           2 * sizeof(uint64_t) * (size_t)lk_edit_words(columns);
}

static lk_edit_desk place(lk_edit_band *b)
{
    const size_t spans = (size_t)lk_edit_words(b->columns.count);
    lk_edit_desk desk;
    b->level = b->room;
    b->fall = b->level + spans;
    desk.equal = b->fall + spans;
    desk.table = lk_edit_table_in(desk.equal + LK_BIT_COLUMNS * LK_BIT_LANES, LK_BIT_LANES);
    desk.numbers = desk.table.numbers + ((size_t)1 << desk.table.slot_bits);
    return desk;
}

void lk_edit_band_whole(lk_edit_band *b)
{
    b->lower = -b->rows.count;
    b->upper = b->columns.count;
}

void lk_edit_band_limit(lk_edit_band *b, int64_t edits)
{
    const int64_t shift = b->columns.count - b->rows.count;
    const int64_t spare = (edits - (shift < 0 ? -shift : shift)) / 2;
    b->lower = (shift < 0 ? shift : 0) - spare;
    b->upper = (shift > 0 ? shift : 0) + spare;
}

lk_edit_strip lk_edit_band_strip(const lk_edit_band *b, int64_t block, int blocks)
{
    const int64_t m = b->rows.count, n = b->columns.count;
    const int64_t end = least(block + blocks, lk_edit_words(m));
    const int row_slack = lk_edit_slack(m), slack = lk_edit_slack(n);
    lk_edit_strip s = {.block = block, .blocks = (int)(end - block)};
    s.row = block ? block * LK_EDIT_WORD - row_slack : 0;
    s.end_row = end * LK_EDIT_WORD - row_slack;
    s.first = (clamp(s.row + b->lower, n) + slack) / LK_EDIT_WORD;
    s.last = lk_edit_words(clamp(s.end_row + b->upper, n) + slack);
    return s;
}

int64_t lk_edit_strip_size(const lk_edit_strip *s)
{
    return (s->last - s->first) * LK_EDIT_WORD * s->blocks * 2;
}

int64_t lk_edit_band_size(const lk_edit_band *b)
{
    int64_t size = 0;
    for (int64_t block = 0; block < lk_edit_words(b->rows.count); block += LK_EDIT_STRIP) {
        const lk_edit_strip s = lk_edit_band_strip(b, block, LK_EDIT_STRIP);
        size += lk_edit_strip_size(&s);
    }
    return size;
}

/* Lanes that wait for the one above them, or are done before it, cost as much as others: a band
 * must be wide enough. A span of all lanes costs about what it costs 3 blocks to walk it. */
static int is_for_lanes(const lk_edit_band *b, const lk_edit_strip *s)
{
    const int64_t spans = s->last - s->first + s->blocks - 1;
    int64_t walks = 0;
    for (int g = 0; g < s->blocks; g += LK_EDIT_STRIP) {
        const int blocks = (int)least(s->blocks - g, LK_EDIT_STRIP);
        const lk_edit_strip part = lk_edit_band_strip(b, s->block + g, blocks);
        walks += (part.last - part.first) * blocks;
    }
    return 3 * spans < walks;
}

/* Whether every way through the last row has more than b->most edits. Between two cells 64 columns
 * apart the least one is bounded by both; from there on the way to the corner costs at least the
 * diagonals that lie between. */
static int is_hopeless(const lk_edit_band *b, const lk_edit_strip *s)
{
    const int64_t corner =
        lk_edit_words(b->columns.count) * LK_EDIT_WORD - (b->rows.count - s->end_row);
    int64_t right = b->score;
    for (int64_t span = b->last; span-- > b->first;) {
        const int64_t start = span * LK_EDIT_WORD, end = start + LK_EDIT_WORD;
        const int64_t left = right - lk_edit_ones(~b->level[span]) + lk_edit_ones(b->fall[span]);
        const int64_t rest = corner < start ? start - corner : corner > end ? corner - end : 0;
        if ((left + right - LK_EDIT_WORD) / 2 + rest <= b->most) return 0;
        right = left;
    }
    return 1;
}

int64_t lk_edit_band_run(lk_edit_band *b)
{
    const int64_t blocks = lk_edit_words(b->rows.count);
    const size_t spans = (size_t)lk_edit_words(b->columns.count);
    const int slack = lk_edit_slack(b->columns.count);
    lk_edit_desk desk = place(b);
    uint64_t *trace = b->trace;
    memset(b->level, 0, spans * sizeof *b->level);
    memset(b->fall, 0, spans * sizeof *b->fall);
    b->level[0] = ((uint64_t)1 << slack) - 1;
    b->score = -slack;
    b->last = 0;
    for (int64_t block = 0; block < blocks;) {
        lk_edit_strip s = lk_edit_band_strip(b, block, LK_BIT_LANES);
        if (!trace && is_for_lanes(b, &s)) {
            lk_edit_strip_lanes(b, &desk, &s);
        } else {
            s = lk_edit_band_strip(b, block, LK_EDIT_STRIP);
            lk_edit_strip_walk(b, &desk, &s, trace);
            if (trace) trace += lk_edit_strip_size(&s);
        }
        block += s.blocks;
        if (b->most < b->rows.count + b->columns.count && is_hopeless(b, &s)) return s.end_row;
    }
    return b->rows.count;
}
