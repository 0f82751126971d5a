/* edit_trace.c: an alignment, from its end. Where the words of the band fit into the room they are
 * kept and followed back; a larger table is halved at the cell of its middle row that the distances
 * from both corners agree on (Hirschberg, Comm. ACM 18 (1975) 341), within the band that the
 * distance leaves. */
#include "edit_trace.h"

#include <string.h>

#include "edit_count.h"

enum { MOST_TRACE = 1 << 18 /* words kept at a time */ };

typedef struct tracer {
    lk_edit_script *script;
    int swapped;       /* rows are the reference */
    uint64_t *trace;   /* [MOST_TRACE], or what is needed at most */
    char *room, *back; /* of bands */
} tracer;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t most_trace(int64_t a, int64_t b)
{
    const int64_t words = 2 * LK_EDIT_WORD * lk_edit_words(least(a, b));
    const int64_t spans = lk_edit_words(greatest(a, b));
    return words == 0 || spans < MOST_TRACE / words ? spans * words : MOST_TRACE;
}

size_t lk_edit_trace_room(int64_t a, int64_t b)
{
    return 2 * lk_edit_band_room(greatest(a, b)) + (size_t)most_trace(a, b) * sizeof(uint64_t);
}

/* ---- letters ----------------------------------------------------------------------------------
 */

static void tell(tracer *t, char letter, int64_t n)
{
    lk_edit_script *const s = t->script;
    if (letter == 'I') s->insertions += n;
    if (letter == 'D') s->deletions += n;
    if (letter == 'S') s->substitutions += n;
    if (s->letters) memset(s->letters -= n, letter, (size_t)n);
}

static char row_letter(const tracer *t) { return t->swapped ? 'D' : 'I'; }
static char column_letter(const tracer *t) { return t->swapped ? 'I' : 'D'; }

/* ---- small tables -----------------------------------------------------------------------------
 */

/* Where a trace is being followed: cell (i, j), in rows and in columns with the slack in front. */
typedef struct cursor {
    const lk_edit_band *band;
    lk_edit_strip strip;
    const uint64_t *words; /* of the strip */
    int64_t i, j;
} cursor;

static void enter_strip_of(cursor *c)
{
    while (c->i <= c->strip.row) {
        c->strip = lk_edit_band_strip(c->band, c->strip.block - LK_EDIT_STRIP, LK_EDIT_STRIP);
        c->words -= lk_edit_strip_size(&c->strip);
    }
}

/* Bit of the cell's row in the words of column `column` - 1: 0 for up, 1 for down. */
static int bit_at(const cursor *c, int64_t column, int which)
{
    const lk_edit_strip *const s = &c->strip;
    const int64_t bit = c->i - 1 + lk_edit_slack(c->band->rows.count) - s->block * LK_EDIT_WORD;
    const int64_t at = (column - 1 - s->first * LK_EDIT_WORD) * s->blocks + bit / LK_EDIT_WORD;
    return (int)(c->words[2 * at + which] >> bit % LK_EDIT_WORD & 1);
}

/* Whether cell (i, j - 1) is one less than (i - 1, j - 1). In the columns without words, in front
 * of the band, cells only rise. */
static int falls_before(const cursor *c, int64_t start)
{
    return c->j - 1 > greatest(start, c->strip.first * LK_EDIT_WORD) && bit_at(c, c->j - 1, 1);
}

static void follow(tracer *t, const lk_edit_band *b)
{
    const int64_t slack = lk_edit_slack(b->columns.count);
    const int64_t block = (lk_edit_words(b->rows.count) - 1) / LK_EDIT_STRIP * LK_EDIT_STRIP;
    cursor c = {.band = b, .strip = lk_edit_band_strip(b, block, LK_EDIT_STRIP)};
    c.words = b->trace + lk_edit_band_size(b) - lk_edit_strip_size(&c.strip);
    c.i = b->rows.count;
    c.j = b->columns.count + slack;
    while (c.i > 0 && c.j > slack) {
        enter_strip_of(&c);
        if (bit_at(&c, c.j, 0)) {
            tell(t, row_letter(t), 1);
            c.i--;
        } else if (falls_before(&c, slack)) {
            tell(t, column_letter(t), 1);
            c.j--;
        } else {
            c.i--;
            c.j--;
            const int same =
                lk_side_token(&b->rows, c.i) == lk_side_token(&b->columns, c.j - slack);
            tell(t, same ? '=' : 'S', 1);
        }
    }
    tell(t, row_letter(t), c.i);
    tell(t, column_letter(t), c.j - slack);
}

/* One row: a column that holds its token, the last one, or none. */
static void place_row(tracer *t, const lk_edit_side *row, const lk_edit_side *columns)
{
    const int64_t token = lk_side_token(row, 0);
    int64_t j = columns->count - 1;
    while (j >= 0 && lk_side_token(columns, j) != token) j--;
    const int found = j >= 0;
    if (!found) j = 0;
    tell(t, column_letter(t), columns->count - 1 - j);
    tell(t, found ? '=' : 'S', 1);
    tell(t, column_letter(t), j);
}

/* ---- large tables -----------------------------------------------------------------------------
 */

/* Cells of the last row of a band, from the last column on backwards. */
typedef struct last_row {
    const lk_edit_band *band;
    int64_t column, value; /* the column in front of which the cell stands */
} last_row;

/* What the cell in front of the column is more than the one after it. */
static int64_t step_of(const lk_edit_band *b, int64_t column)
{
    const int64_t at = column + lk_edit_slack(b->columns.count);
    const int64_t span = at / LK_EDIT_WORD, bit = at % LK_EDIT_WORD;
    return (int64_t)(b->fall[span] >> bit & 1) + (int64_t)(b->level[span] >> bit & 1) - 1;
}

static void step_back(last_row *r) { r->value += step_of(r->band, --r->column); }

static int64_t first_cell(const lk_edit_band *b)
{
    return greatest(0, b->first * LK_EDIT_WORD - lk_edit_slack(b->columns.count));
}

static int64_t last_cell(const lk_edit_band *b)
{
    return b->last * LK_EDIT_WORD - lk_edit_slack(b->columns.count);
}

/* Steps of the upper half from its last cell to the column, and value there. */
static int64_t value_at(const lk_edit_band *b, int64_t column)
{
    last_row r = {b, last_cell(b), b->score};
    while (r.column > column) step_back(&r);
    return r.value;
}

typedef struct crossing {
    int64_t column, before, after; /* edits of both parts */
} crossing;

/* The least sum of cells of the upper half and of the lower one, which was read backwards: its
 * column k is column n - k. */
static crossing meet(const lk_edit_band *upper, const lk_edit_band *lower)
{
    const int64_t n = upper->columns.count;
    const int64_t high = least(last_cell(upper), n - first_cell(lower));
    const int64_t low = greatest(first_cell(upper), n - last_cell(lower));
    last_row a = {upper, low, value_at(upper, low)};
    last_row b = {lower, n - low, value_at(lower, n - low)};
    crossing best = {-1, 0, 0};
    for (int64_t column = low; column <= high; column++) {
        if (best.column < 0 || a.value + b.value < best.before + best.after)
            best = (crossing){column, a.value, b.value};
        if (column == high) break;
        a.value -= step_of(upper, a.column++);
        step_back(&b);
    }
    return best;
}

static crossing halve(tracer *t, const lk_edit_side *rows, const lk_edit_side *columns,
                      int64_t edits)
{
    const int64_t middle = rows->count / 2;
    const lk_edit_band whole = {.rows = *rows, .columns = *columns};
    lk_edit_band upper = whole, lower = whole;
    lk_edit_band_limit(&upper, edits);
    lower.lower = upper.lower;
    lower.upper = upper.upper;
    upper.rows = lk_side_part(rows, 0, middle);
    upper.room = t->room;
    const lk_edit_side rest = lk_side_part(rows, middle, rows->count - middle);
    lower.rows = lk_side_reversed(&rest);
    lower.columns = lk_side_reversed(columns);
    lower.room = t->back;
    upper.most = lower.most = rows->count + columns->count;
    lk_edit_band_run(&upper);
    lk_edit_band_run(&lower);
    return meet(&upper, &lower);
}

/* ---- all --------------------------------------------------------------------------------------
 */

/* The recursion halves the rows, so that it is as deep as their count has bits. */
static void align(tracer *t, lk_edit_side rows, lk_edit_side columns, int64_t edits)
{
    const int64_t start = lk_side_strip_start(&rows, &columns);
    tell(t, '=', lk_side_strip_end(&rows, &columns));
    lk_edit_band b = {.rows = rows, .columns = columns, .room = t->room, .trace = t->trace};
    lk_edit_band_limit(&b, edits);
    if (rows.count == 0 || columns.count == 0) {
        tell(t, row_letter(t), rows.count);
        tell(t, column_letter(t), columns.count);
    } else if (lk_edit_band_size(&b) <= MOST_TRACE) {
        b.most = rows.count + columns.count;
        lk_edit_band_run(&b);
        follow(t, &b);
    } else if (rows.count == 1) {
        place_row(t, &rows, &columns);
    } else {
        const int64_t middle = rows.count / 2, m = rows.count - middle;
        const crossing c = halve(t, &rows, &columns, edits);
        align(t, lk_side_part(&rows, middle, m),
              lk_side_part(&columns, c.column, columns.count - c.column), c.after);
        align(t, lk_side_part(&rows, 0, middle), lk_side_part(&columns, 0, c.column), c.before);
    }
    tell(t, '=', start);
}

void lk_edit_trace(lk_edit_side hypothesis, lk_edit_side reference, void *room,
                   lk_edit_script *script)
{
    const int64_t longer = greatest(hypothesis.count, reference.count);
    const int swapped = hypothesis.count > reference.count;
    tracer t = {.script = script, .swapped = swapped, .room = room};
    t.back = t.room + lk_edit_band_room(longer);
    t.trace = (uint64_t *)(void *)(t.back + lk_edit_band_room(longer));
    const int64_t edits = lk_edit_count_sides(hypothesis, reference, room);
    if (swapped)
        align(&t, reference, hypothesis, edits);
    else
        align(&t, hypothesis, reference, edits);
}
