/* edit_strip.c: a strip takes the steps along its upper edge as bits and leaves those along its
 * lower edge, so that nothing else of the table of distances is kept. */
#include "edit_strip.h"

#include <string.h>

#include "isa.h"

typedef uint64_t words;
#include "bit_step.h"

/* Bits, or columns, in front of the first one. */
static uint64_t pads(int slack) { return ((uint64_t)1 << slack) - 1; }

static void fill_table(const lk_edit_band *b, lk_edit_table *t, const lk_edit_strip *s)
{
    const int slack = s->block ? 0 : lk_edit_slack(b->rows.count);
    lk_edit_table_fill(t, &b->rows, s->row, (int)(s->end_row - s->row), slack, s->blocks);
}

static int first_column(const lk_edit_band *b, int64_t span)
{
    return span ? 0 : lk_edit_slack(b->columns.count);
}

/* Numbers of the columns of a span, from its first column on. */
static void number_span(const lk_edit_band *b, const lk_edit_table *t, int64_t span,
                        uint16_t *numbers)
{
    const int skip = first_column(b, span);
    const int64_t from = span * LK_EDIT_WORD + skip - lk_edit_slack(b->columns.count);
    lk_edit_table_number(t, &b->columns, from, LK_EDIT_WORD - skip, numbers + skip);
}

/* The band's score moves down a block, or several, that ends with span last - 1. Beyond the last
 * column of the block above, the row between them rises with every column. */
static void move_down(lk_edit_band *b, int64_t last, uint64_t up, uint64_t down)
{
    b->score += (last - b->last) * LK_EDIT_WORD + lk_edit_ones(up) - lk_edit_ones(down);
    b->last = last;
}

/* ---- block after block ------------------------------------------------------------------------
 */

typedef struct walker {
    uint64_t up[LK_EDIT_STRIP], down[LK_EDIT_STRIP];
} walker;

static inline __attribute__((always_inline)) void walk(int blocks, const uint64_t *equal,
                                                       const uint16_t *numbers, int skip, walker *w,
                                                       uint64_t *level, uint64_t *fall,
                                                       uint64_t *trace)
{
    walker here = *w;
    uint64_t level_steps = *level >> skip, fall_steps = *fall >> skip;
    for (int j = skip; j < LK_EDIT_WORD; j++) {
        const uint64_t *const row = equal + (size_t)numbers[j] * (size_t)blocks;
        uint64_t above = level_steps & 1, below = fall_steps & 1;
        for (int g = 0; g < blocks; g++) {
            uint64_t levels, falls;
            bit_step(&row[g], &above, &below, &here.up[g], &here.down[g], &levels, &falls);
            above = levels >> (LK_EDIT_WORD - 1);
            below = falls >> (LK_EDIT_WORD - 1);
            if (trace) *trace++ = here.up[g];
            if (trace) *trace++ = here.down[g];
        }
        level_steps = level_steps >> 1 | above << (LK_EDIT_WORD - 1);
        fall_steps = fall_steps >> 1 | below << (LK_EDIT_WORD - 1);
    }
    *w = here;
    *level = level_steps | pads(skip);
    *fall = fall_steps;
}

/* The number of blocks and whether there is a trace are constants of each case. */
static void walk_span(int blocks, const uint64_t *equal, const uint16_t *numbers, int skip,
                      walker *w, uint64_t *level, uint64_t *fall, uint64_t *trace)
{
    if (trace)
        walk(blocks, equal, numbers, skip, w, level, fall, trace);
    else if (blocks == 1)
        walk(1, equal, numbers, skip, w, level, fall, NULL);
    else if (blocks == 2)
        walk(2, equal, numbers, skip, w, level, fall, NULL);
    else if (blocks == 3)
        walk(3, equal, numbers, skip, w, level, fall, NULL);
    else
        walk(4, equal, numbers, skip, w, level, fall, NULL);
}

void lk_edit_strip_walk(lk_edit_band *b, lk_edit_desk *desk, const lk_edit_strip *s,
                        uint64_t *trace)
{
    walker w = {.down = {0}};
    uint64_t *const span_trace = trace;
    memset(w.up, 0xff, sizeof w.up);
    if (s->block == 0) w.up[0] <<= lk_edit_slack(b->rows.count);
    fill_table(b, &desk->table, s);
    for (int64_t span = s->first; span < s->last; span++) {
        const int skip = first_column(b, span);
        number_span(b, &desk->table, span, desk->numbers);
        if (trace) trace = span_trace + ((span - s->first) * LK_EDIT_WORD + skip) * 2 * s->blocks;
        walk_span(s->blocks, desk->table.equal, desk->numbers, skip, &w, &b->level[span],
                  &b->fall[span], trace);
    }
    b->first = s->first;
    for (int g = 0; g < s->blocks; g++) move_down(b, s->last, w.up[g], w.down[g]);
}

/* ---- blocks side by side ----------------------------------------------------------------------
 */

typedef struct fleet {
    lk_bit_lanes lanes;
    lk_edit_strip block[LK_BIT_LANES];             /* each a strip of its own */
    uint64_t up[LK_BIT_LANES], down[LK_BIT_LANES]; /* at the end of each */
} fleet;

/* The number is multiplied by the blocks, so that it is an index of the table. */
static void ready_span(const lk_edit_band *b, lk_edit_desk *desk, int64_t span)
{
    uint16_t *const numbers = desk->numbers + span % LK_EDIT_RING * LK_BIT_COLUMNS;
    const int skip = first_column(b, span);
    for (int j = 0; j < skip; j++) numbers[j] = (uint16_t)desk->table.apart;
    number_span(b, &desk->table, span, numbers);
    for (int j = 0; j < LK_BIT_COLUMNS; j++)
        numbers[j] = (uint16_t)(numbers[j] * desk->table.blocks);
}

static void enter_span(const lk_edit_band *b, fleet *f, int lane, int64_t span)
{
    f->lanes.level[lane] = b->level[span];
    f->lanes.fall[lane] = b->fall[span];
    if (span > f->block[lane].first) return;
    f->lanes.up[lane] = ~(uint64_t)0;
    f->lanes.down[lane] = 0;
    if (f->block[lane].block == 0) f->lanes.up[lane] <<= lk_edit_slack(b->rows.count);
}

static const uint16_t *span_numbers(const lk_edit_desk *desk, int64_t span)
{
    return desk->numbers + span % LK_EDIT_RING * LK_BIT_COLUMNS;
}

static void look_up_lane(const lk_edit_desk *desk, int lane, int64_t span)
{
    const uint16_t *const numbers = span_numbers(desk, span);
    const uint64_t *const table = desk->table.equal + lane;
    uint64_t *const equal = desk->equal + lane;
    for (int j = 0; j < LK_BIT_COLUMNS; j++) equal[j * LK_BIT_LANES] = table[numbers[j]];
}

/* All lanes column by column, so that whole lines are written. */
static void look_up_all(const lk_edit_desk *desk, int64_t head)
{
    const uint64_t *const table = desk->table.equal;
    const uint16_t *numbers[LK_BIT_LANES];
    for (int l = 0; l < LK_BIT_LANES; l++) numbers[l] = span_numbers(desk, head - l);
    uint64_t *equal = desk->equal;
    for (int j = 0; j < LK_BIT_COLUMNS; j++, equal += LK_BIT_LANES) {
        equal[0] = table[numbers[0][j] + 0];
        equal[1] = table[numbers[1][j] + 1];
        equal[2] = table[numbers[2][j] + 2];
        equal[3] = table[numbers[3][j] + 3];
        equal[4] = table[numbers[4][j] + 4];
        equal[5] = table[numbers[5][j] + 5];
        equal[6] = table[numbers[6][j] + 6];
        equal[7] = table[numbers[7][j] + 7];
    }
}

static void leave_span(lk_edit_band *b, fleet *f, int lane, int64_t span)
{
    b->level[span] = f->lanes.level[lane];
    b->fall[span] = f->lanes.fall[lane];
    f->up[lane] = f->lanes.up[lane];
    f->down[lane] = f->lanes.down[lane];
}

static int is_on(const fleet *f, int lane, int64_t span)
{
    return span >= f->block[lane].first && span < f->block[lane].last;
}

void lk_edit_strip_lanes(lk_edit_band *b, lk_edit_desk *desk, const lk_edit_strip *s)
{
    const lk_bit_kernels *const kernels = lk_isa_current()->f64->bits;
    fleet f = {.down = {0}};
    for (int l = 0; l < s->blocks; l++) f.block[l] = lk_edit_band_strip(b, s->block + l, 1);
    memset(f.up, 0xff, sizeof f.up);
    memset(desk->equal, 0, sizeof *desk->equal * LK_BIT_COLUMNS * LK_BIT_LANES);
    fill_table(b, &desk->table, s);
    /* no cell in front of the first one counts: there all tokens are the same */
    if (s->block == 0)
        desk->table.equal[desk->table.apart * s->blocks] = pads(lk_edit_slack(b->rows.count));
    for (int64_t head = s->first; head < s->last + s->blocks - 1; head++) {
        if (head < s->last) ready_span(b, desk, head);
        int on = 0;
        for (int l = 0; l < s->blocks; l++)
            if (is_on(&f, l, head - l)) on++, enter_span(b, &f, l, head - l);
        if (on == LK_BIT_LANES) look_up_all(desk, head);
        for (int l = 0; l < s->blocks && on < LK_BIT_LANES; l++)
            if (is_on(&f, l, head - l)) look_up_lane(desk, l, head - l);
        kernels->columns(desk->equal, &f.lanes);
        for (int l = 0; l < s->blocks; l++)
            if (is_on(&f, l, head - l)) leave_span(b, &f, l, head - l);
    }
    b->first = f.block[s->blocks - 1].first;
    for (int l = 0; l < s->blocks; l++) move_down(b, f.block[l].last, f.up[l], f.down[l]);
}
