/* ctc_utterance.c: the steps of one utterance of CTC. The alphabet is touched twice, by the softmax
 * and by the gradient; in between only the target's own classes are. */
#include <math.h>
#include <string.h>

#include "ctc_job.h"
#include "softmax_row.h"

/* ---- memory -------------------------------------------------------------------------------------
 */

static char *take(char *base, size_t *used, size_t bytes)
{
    char *at = base ? base + *used : NULL;
    *used += lk_padded(bytes);
    return at;
}

static double *take_doubles(char *base, size_t *used, size_t n)
{
    return (double *)(void *)take(base, used, n * sizeof(double));
}

static int32_t *take_classes(char *base, size_t *used, size_t n)
{
    return (int32_t *)(void *)take(base, used, n * sizeof(int32_t));
}

size_t lk_ctc_lay_out(const lk_ctc_job *j, char *base, lk_ctc_utterance *u)
{
    const size_t frames = (size_t)j->s.frames, width = j->width;
    lk_ctc_lattice *x = &u->lattice;
    size_t used = 0;
    x->emission = take_doubles(base, &used, frames * width);
    x->table = take_doubles(base, &used, frames * 2 * width);
    x->blank = take_doubles(base, &used, frames);
    x->overlap = take_doubles(base, &used, frames);
    x->blank_occupancy = take_doubles(base, &used, frames);
    u->sum = take_doubles(base, &used, frames);
    u->shift = take_doubles(base, &used, frames);
    x->skip = take_doubles(base, &used, width + LK_LANES);
    for (int k = 0; k < 2; k++) x->rolling[k] = take_doubles(base, &used, LK_CTC_ROLLING(width));
    u->classes = take_classes(base, &used, width);
    u->distinct = take_classes(base, &used, width);
    u->order = take_classes(base, &used, width);
    u->slot = take_classes(base, &used, width);
    return used;
}

size_t lk_ctc_rows_lay_out(const lk_ctc_job *j, char *base, lk_ctc_rows *rows)
{
    size_t used = 0;
    rows->input = take(base, &used, j->row);
    rows->exponentials = take(base, &used, j->row);
    rows->curvature = take(base, &used, j->row);
    rows->room = take(base, &used, j->row);
    rows->occupancy = take_doubles(base, &used, j->width);
    rows->probability = take_doubles(base, &used, j->width);
    rows->bend = take_doubles(base, &used, j->width);
    return used;
}

/* ---- the target ---------------------------------------------------------------------------------
 */

/* The slot of each label, and how many labels before have the same; `slots` has an entry for each
 * class, `seen` for each slot. */
static void find_distinct(const lk_ctc_job *j, lk_ctc_utterance *u, int32_t *slots, int32_t *seen,
                          int32_t *rank)
{
    memset(slots, 0, (size_t)j->s.classes * sizeof *slots); /* 1 more than the slot */
    u->slots = 0;
    for (int64_t k = 0; k < u->labels; k++) {
        int32_t *slot = &slots[u->classes[k]];
        if (!*slot) {
            u->distinct[u->slots] = u->classes[k];
            seen[u->slots] = 0;
            *slot = (int32_t)++u->slots;
        }
        rank[k] = seen[*slot - 1]++;
    }
    u->distinct[u->slots] = (int32_t)j->blank;
}

/* Sorts the labels by rank. Then each class's derivative is written once, and when the occupancies
 * of equal labels are added up, one does not wait for the other. */
static void sort_labels(lk_ctc_utterance *u, const int32_t *slots, int32_t *next,
                        const int32_t *rank)
{
    memset(next, 0, (size_t)(u->labels + 1) * sizeof *next);
    for (int64_t k = 0; k < u->labels; k++) next[rank[k] + 1]++;
    for (int64_t r = 0; r < u->labels; r++) next[r + 1] += next[r];
    for (int64_t k = 0; k < u->labels; k++) {
        const int32_t i = next[rank[k]]++;
        u->order[i] = (int32_t)k;
        u->slot[i] = slots[u->classes[k]] - 1;
    }
}

/* Labels go through the rolling rows on their way, which nothing needs yet. */
static int64_t read_target(const lk_ctc_job *j, lk_ctc_utterance *u)
{
    lk_ctc_lattice *x = &u->lattice;
    int64_t *labels = (int64_t *)(void *)x->rolling[0], repeats = 0;
    lk_token_read(&j->s.target, j->s.start[u->n], u->labels, labels);
    memset(x->skip, 0, (x->width + LK_LANES) * sizeof *x->skip);
    for (int64_t k = 0; k < u->labels; k++) {
        const int differs = k > 0 && labels[k] != labels[k - 1];
        u->classes[k] = (int32_t)labels[k];
        x->skip[k] = differs;
        repeats += k > 0 && !differs;
    }
    u->classes[u->labels] = (int32_t)j->blank;
    return repeats;
}

void lk_ctc_begin(const lk_ctc_job *j, int64_t n, const lk_ctc_rows *rows, lk_ctc_utterance *u)
{
    u->n = n;
    u->frames = lk_sequence_frames(&j->s, n);
    u->labels = lk_token_count(&j->s.target, n);
    u->lost = u->logarithmic = 0;
    u->lattice.frames = (size_t)u->frames;
    u->lattice.middle = (size_t)u->frames / 2;
    u->lattice.labels = (size_t)u->labels;
    u->lattice.width = lk_ctc_width(u->labels);
    const int64_t repeats = read_target(j, u);
    u->spells = u->frames > 0 && u->frames >= u->labels + repeats;
    if (!u->spells) return;
    int32_t *slots = (int32_t *)(void *)rows->room, *seen = u->order;
    int32_t *rank = (int32_t *)(void *)u->lattice.rolling[0];
    find_distinct(j, u, slots, seen, rank);
    sort_labels(u, slots, (int32_t *)(void *)u->lattice.rolling[1], rank);
}

/* ---- the frames ---------------------------------------------------------------------------------
 */

static const void *input_row(const lk_ctc_job *j, const lk_ctc_utterance *u, int64_t t,
                             const lk_ctc_rows *rows)
{
    const void *row = lk_sequence_reach(&j->s, &j->s.input, u->n, t);
    if (row) return row;
    lk_sequence_load(&j->s, &j->s.input, u->n, t, rows->input);
    return rows->input;
}

/* The exponentials of a row with their sum, and what the scores are taken relative to. */
static void exponentiate(const lk_ctc_job *j, const void *scores, void *e, double *sum,
                         double *shift)
{
    const lk_softmax_sums s = lk_softmax_row(j->s.kernels, (size_t)j->s.classes, scores, e);
    *sum = s.sum;
    *shift = s.maximum - s.offset;
}

/* Where the exponentials of a frame are, or go to, until its gradient is made of them. */
static void *exponentials_row(const lk_ctc_job *j, const lk_ctc_utterance *u, int64_t t,
                              const lk_ctc_rows *rows)
{
    return j->keeps ? lk_sequence_reach(&j->s, &j->s.gradient, u->n, t) : rows->exponentials;
}

static void finish_emission(lk_ctc_utterance *u, int64_t t, double nothing)
{
    const lk_ctc_lattice *x = &u->lattice;
    double *p = x->emission + (size_t)t * x->width;
    x->blank[t] = p[u->labels];
    for (size_t k = (size_t)u->labels; k < x->width; k++) p[k] = nothing;
}

static void read_logarithms(const lk_ctc_job *j, lk_ctc_utterance *u, int64_t t, const void *input)
{
    const double sum = u->sum[t] * LK_ROW_SUM_SCALE;
    const double shift = j->logits ? u->shift[t] + j->wide->logarithm(sum) : 0;
    double *p = u->lattice.emission + (size_t)t * u->lattice.width;
    j->kernels->gather_logarithms((size_t)u->labels + 1, input, u->classes, shift, p);
}

void lk_ctc_read_frame(const lk_ctc_job *j, lk_ctc_utterance *u, int64_t t, const lk_ctc_rows *rows)
{
    const void *input = input_row(j, u, t, rows);
    const size_t n = (size_t)u->labels + 1;
    double *p = u->lattice.emission + (size_t)t * u->lattice.width;
    int lost = 0;
    if (u->logarithmic) {
        read_logarithms(j, u, t, input);
        finish_emission(u, t, -HUGE_VAL);
        return;
    }
    if (j->logits) {
        void *e = exponentials_row(j, u, t, rows);
        exponentiate(j, input, e, &u->sum[t], &u->shift[t]);
        lost = j->kernels->gather(n, e, input, u->classes, 1 / u->sum[t], p);
    } else {
        read_logarithms(j, u, t, input);
        lost = j->wide->exponentials(n, p);
    }
    if (lost) u->lost = 1;
    finish_emission(u, t, 0);
}

void lk_ctc_pass_over(const lk_ctc_job *j, lk_ctc_utterance *u, int backward, int phase)
{
    lk_ctc_pass *const *passes = u->logarithmic ? j->wide->logarithmic : j->wide->scaled;
    passes[backward](&u->lattice, phase);
}

/* ---- the value ----------------------------------------------------------------------------------
 */

/* States that fall below 2^-1022 of their row's scale are lost to alpha or beta. What all paths
 * through them add to the sum of frame t's occupancies, the probability of the target in the
 * frame's scale, is below 2^-1020 a state: nothing, as long as that sum is far above. */
static int is_within_range(const lk_ctc_utterance *u)
{
    int within = !u->lost;
    for (int64_t t = 0; within && t < u->frames; t++)
        within = u->lattice.overlap[t] >= 0x1p-900 && u->lattice.overlap[t] <= 0x1p1000;
    return within;
}

/* Log-probabilities of a distribution are rounded, and may add up to a little more than 1: each by
 * half an ULP of its logarithm, and p log p over the classes is at most log C. */
static double rounding_of(const lk_ctc_job *j, const lk_ctc_utterance *u)
{
    const double epsilon = j->s.input.element == LK_ELEMENT_F64   ? 0x1p-53
                           : j->s.input.element == LK_ELEMENT_F32 ? 0x1p-24
                           : j->s.input.element == LK_ELEMENT_F16 ? 0x1p-11
                                                                  : 0x1p-8;
    const double logs = j->logits ? 1 : 1 + j->wide->logarithm((double)j->s.classes);
    return (double)u->frames * logs * epsilon;
}

int lk_ctc_settle(const lk_ctc_job *j, lk_ctc_utterance *u)
{
    double *value = &j->s.value[u->n];
    if (!u->spells) {
        *value = u->frames == 0 && u->labels == 0 ? 0 : HUGE_VAL;
    } else {
        const double log = u->lattice.log_probability;
        if (!u->logarithmic && (log == log || u->lost) && !is_within_range(u)) {
            u->logarithmic = 1;
            return 1;
        }
        *value = log >= 0 && log <= rounding_of(j, u) ? 0 : -log;
    }
    u->spells = u->spells && *value != HUGE_VAL;
    if (*value == HUGE_VAL && j->zero_infinity) *value = 0;
    return 0;
}

/* ---- the derivatives ----------------------------------------------------------------------------
 */

/* Probability and occupancy of each slot in a frame. */
static void collect(const lk_ctc_job *j, const lk_ctc_utterance *u, int64_t t,
                    const lk_ctc_rows *rows)
{
    const lk_ctc_lattice *x = &u->lattice;
    const double *states = x->table + (size_t)t * 2 * x->width + x->width;
    const double *p = x->emission + (size_t)t * x->width, inverse = 1 / x->overlap[t];
    double *o = rows->occupancy, *y = rows->probability;
    for (size_t d = 0; d < u->slots; d++) {
        o[d] = states[u->order[d]];
        y[d] = p[u->order[d]];
    }
    for (int64_t i = (int64_t)u->slots; i < u->labels; i++) o[u->slot[i]] += states[u->order[i]];
    o[u->slots] = x->blank_occupancy[t];
    y[u->slots] = x->blank[t];
    for (size_t d = 0; d <= u->slots; d++) o[d] *= inverse;
    if (u->logarithmic) (void)j->wide->exponentials(u->slots + 1, y);
}

/* What every class has, before the occupancies: scale y, scale y (1 - y), or 0. Returns whether the
 * gradient has y in it. */
static int derive_alphabet(const lk_ctc_job *j, const lk_ctc_utterance *u, int64_t t, void *e,
                           void *gradient, void *curvature, const lk_ctc_rows *rows)
{
    const double scale = j->s.scale[u->n];
    double inverse, sum = 0, shift = 0;
    if (!j->logits && !j->torch_gradient) {
        if (gradient) memset(gradient, 0, j->row);
        if (curvature) memset(curvature, 0, j->row);
        return 0;
    }
    if (!j->keeps || !j->logits) exponentiate(j, input_row(j, u, t, rows), e, &sum, &shift);
    if (j->logits) {
        inverse = 1 / (u->sum[t] * LK_ROW_SUM_SCALE);
    } else {
        inverse = sum == sum ? shift : NAN; /* of a class that the value does not see */
        (void)j->wide->exponentials(1, &inverse);
    }
    lk_softmax_derive(j->s.kernels, (size_t)j->s.classes, e, inverse, scale * inverse, 0, gradient,
                      curvature);
    return 1;
}

void lk_ctc_derive_frame(const lk_ctc_job *j, lk_ctc_utterance *u, int64_t t,
                         const lk_ctc_rows *rows)
{
    const double scale = j->s.scale[u->n], value = j->s.value[u->n];
    if (!u->spells || scale == 0 || value != value) {
        const double nothing = scale != 0 && value != value ? NAN : 0;
        lk_sequence_fill(&j->s, u->n, t, nothing, rows->exponentials, rows->room);
        return;
    }
    void *const e = exponentials_row(j, u, t, rows);
    void *const gradient = j->s.gradient.data ? e : NULL;
    void *const curvature = j->s.curvature.data ? rows->curvature : NULL;
    const int with_y = derive_alphabet(j, u, t, e, gradient, curvature, rows);
    collect(j, u, t, rows);
    double *const o = rows->occupancy, *const y = rows->probability, *const h = rows->bend;
    const size_t n = u->slots + 1;
    if (curvature) {
        for (size_t d = 0; d < n; d++)
            h[d] = scale * ((with_y ? y[d] * (1 - y[d]) : 0) - o[d] * (1 - o[d]));
        j->kernels->scatter(n, h, u->distinct, curvature);
        lk_sequence_finish(&j->s, &j->s.curvature, u->n, t, curvature, rows->room);
    }
    if (!gradient) return;
    for (size_t d = 0; d < n; d++) o[d] = scale * ((with_y ? y[d] : 0) - o[d]);
    j->kernels->scatter(n, o, u->distinct, gradient);
    if (!j->keeps) lk_sequence_finish(&j->s, &j->s.gradient, u->n, t, gradient, rows->room);
}
