/* edit_kernels.c: the table of the soft edit distance along anti-diagonals; compiled once per
 * instruction set and width, as pointwise_kernels.c is, of which the tables of f64 have it. */
#include "edit_kernels.h"

#include "kernel_set.h"
#include "vmath.h"

extern const lk_edit_kernels LK_SET_NAME(lk_edit_kernels);

#if LK_REAL == 64
/* An anti-diagonal with room for the lane before the first and behind the last. */
enum { MARGIN = LK_LANES, LINE = MARGIN + LK_EDIT_ROWS + LK_LANES };

/* The lanes of anti-diagonal d that hold cells, in whole rounds. What lies outside the table is
 * computed along with them and looks at cells outside only, but for the borders, which are set. */
typedef struct lanes {
    size_t first, end;
} lanes;

static lanes lanes_of(const lk_edit_strip *s, size_t d)
{
    const size_t first = d > s->columns ? d - s->columns : 0, end = d < s->rows ? d : s->rows;
    return (lanes){first / LK_LANES * LK_LANES, end};
}

/* ---- distances ------------------------------------------------------------------------------- */

typedef struct weights {
    double *deletion, *insertion, *substitution;
} weights;

/* The soft minimum is taken relative to the minimum, so that no exponential overflows and one of
 * them is 1: its logarithm lies in [0, log 3] whatever gamma is. */
INLINE void distance_round(const double *up, const double *left, const double *corner,
                           const double *probability, double gamma, double inverse, double *to,
                           const weights *w)
{
    SIMD for (int l = 0; l < LK_LANES; l++)
    {
        const real deletion = up[l] + R(1), insertion = left[l] + R(1);
        const real substitution = corner[l] + (R(1) - probability[l]);
        const real least = r_min(r_min(deletion, insertion), substitution);
        const real e = r_exp_neg((least - deletion) * inverse);
        const real f = r_exp_neg((least - insertion) * inverse);
        const real g = r_exp_neg((least - substitution) * inverse);
        const real sum = (e + f) + g;
        to[l] = least - gamma * r_log(sum);
        if (w) {
            const real share = R(1) / sum;
            w->deletion[l] = e * share;
            w->insertion[l] = f * share;
            w->substitution[l] = g * share;
        }
    }
}

INLINE void distance_diagonal(const lk_edit_strip *s, size_t d, const double *last,
                              const double *before, double *now, int weighs)
{
    const lanes range = lanes_of(s, d);
    for (size_t r = range.first; r < range.end; r += LK_LANES) {
        const size_t at = d * LK_EDIT_ROWS + r, lane = MARGIN + r;
        const weights w = {weighs ? s->deletion + at : NULL, weighs ? s->insertion + at : NULL,
                           s->substitution + at};
        distance_round(last + lane - 1, last + lane, before + lane - 1, s->substitution + at,
                       s->gamma, R(1) / s->gamma, now + lane, weighs ? &w : NULL);
    }
}

static void forward(const lk_edit_strip *s)
{
    double lines[3][LINE] = {{0}};
    const size_t diagonals = s->rows + s->columns;
    double *before = lines[0], *last = lines[1], *now = lines[2];
    before[MARGIN - 1] = s->above[0];
    last[MARGIN - 1] = s->above[s->columns ? 1 : 0];
    last[MARGIN] = (double)(s->before + 1);
    for (size_t d = 1; d < diagonals; d++) {
        if (s->deletion)
            distance_diagonal(s, d, last, before, now, 1);
        else
            distance_diagonal(s, d, last, before, now, 0);
        /* the borders: column 0, and the row above */
        if (d < s->rows) now[MARGIN + d] = (double)(s->before + d + 1);
        if (d < s->columns) now[MARGIN - 1] = s->above[d + 1];
        if (d >= s->rows) s->above[d - s->rows + 1] = now[MARGIN + s->rows - 1];
        double *const free = before;
        before = last;
        last = now;
        now = free;
    }
    s->above[0] = (double)(s->before + s->rows);
}

/* ---- probabilities of the edits ----------------------------------------------------------------
 * That of a cell is the sum over the edits that lead from it to others; each of these is the
 * probability of the cell that it leads to, times its weight there. */

typedef struct edits {
    double deletion[LINE], insertion[LINE], substitution[LINE];
} edits;

INLINE void edit_round(const lk_edit_strip *s, size_t at, size_t lane, const edits *next,
                       const edits *after, edits *now)
{
    const double *const deletion = s->deletion + at, *const insertion = s->insertion + at;
    double *const substitution = s->substitution + at;
    SIMD for (size_t l = 0; l < LK_LANES; l++)
    {
        const double cell = (next->deletion[lane + l + 1] + next->insertion[lane + l]) +
                            after->substitution[lane + l + 1];
        now->deletion[lane + l] = cell * deletion[l];
        now->insertion[lane + l] = cell * insertion[l];
        now->substitution[lane + l] = substitution[l] = cell * substitution[l];
    }
}

/* Edits into the row below the strip, if there is one. What lies behind the last column begins with
 * no probability and gets it from nowhere. */
static void set_border(const lk_edit_strip *s, size_t d, edits *now)
{
    const size_t below = MARGIN + s->rows, column = d - s->rows;
    const int exists = !s->last && d > s->rows && column <= s->columns;
    now->deletion[below] = exists ? s->below_deletion[column] : 0;
    now->substitution[below] = exists ? s->below_substitution[column] : 0;
}

static void backward(const lk_edit_strip *s)
{
    edits lines[3];
    const size_t diagonals = s->rows + s->columns;
    edits *after = &lines[0], *next = &lines[1], *now = &lines[2];
    __builtin_memset(lines, 0, sizeof lines);
    set_border(s, diagonals + 1, after);
    set_border(s, diagonals, next);
    /* what the path ends with stands for an edit that leads on from the last cell */
    if (s->last) next->insertion[MARGIN + s->rows - 1] = 1;
    for (size_t d = diagonals - 1; d >= 1; d--) {
        const lanes range = lanes_of(s, d);
        for (size_t r = range.first; r < range.end; r += LK_LANES)
            edit_round(s, d * LK_EDIT_ROWS + r, MARGIN + r, next, after, now);
        set_border(s, d, now);
        if (d <= s->columns) {
            s->below_deletion[d] = now->deletion[MARGIN];
            s->below_substitution[d] = now->substitution[MARGIN];
        }
        edits *const free = after;
        after = next;
        next = now;
        now = free;
    }
}

/* ---- logarithms -------------------------------------------------------------------------------
 */

static void add_logarithms(size_t n, const double *a, const double *b, double *to)
{
    SIMD for (size_t k = 0; k < n; k++)
    {
        const real more = r_max(a[k], b[k]), less = r_min(a[k], b[k]);
        const real apart = more == -R_INF ? R(0) : less - more;
        to[k] = more + r_log1p_unit(r_exp_neg(apart));
    }
}

const lk_edit_kernels LK_SET_NAME(lk_edit_kernels) = {
    .forward = forward,
    .backward = backward,
    .add_logarithms = add_logarithms,
};
#else
const lk_edit_kernels LK_SET_NAME(lk_edit_kernels) = {0};
#endif
