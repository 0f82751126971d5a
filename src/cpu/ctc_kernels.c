/* ctc_kernels.c: the recursions of CTC; compiled once per instruction set and width, as
 * pointwise_kernels.c is. */
#include "ctc_kernels.h"

#include "double_lanes.h"
#include "vmath.h"

extern const lk_ctc_kernels LK_SET_NAME(lk_ctc_kernels);

static int gather(size_t n, const void *e, const void *scores, const int32_t *classes,
                  double factor, double *to)
{
    const real *from = e, *a = scores;
    int zero = 0, lost = 0;
    for (size_t k = 0; k < n; k++) {
        const real x = from[classes[k]];
        zero |= x == R(0);
        to[k] = (double)x * factor;
    }
    for (size_t k = 0; zero && k < n; k++)
        lost |= (from[classes[k]] == R(0)) & (a[classes[k]] > -R_INF);
    return lost;
}

static void scatter(size_t n, const double *from, const int32_t *classes, void *row)
{
    real *to = row;
    for (size_t k = 0; k < n; k++) to[classes[k]] = (real)from[k];
}

static void gather_logarithms(size_t n, const void *a, const int32_t *classes, double shift,
                              double *to)
{
    const real *from = a;
    for (size_t k = 0; k < n; k++) to[k] = (double)from[classes[k]] - shift;
}

#if LK_REAL == 64
static int exponentials(size_t n, double *x)
{
    int lost = 0;
    for (size_t k = 0; k < n; k++) {
        const double e = r_exp(x[k]);
        lost |= (e == 0) & (x[k] > -R_INF);
        lost |= e > 2;
        x[k] = e;
    }
    return lost;
}

static double logarithm(double x) { return r_log(x); }

/* ---- probabilities ------------------------------------------------------------------------------
 * Each row is scaled by the power of two that brings the largest state of the row before it near 1:
 * no rounding, and the maximum is known before it is needed. */

INLINE doubles at(const double *x) { return *(const doubles *)(const void *)x; }
INLINE void put(double *x, doubles y) { *(doubles *)(void *)x = y; }
INLINE doubles larger(doubles a, doubles b)
{
    doubles r;
    for (int l = 0; l < WIDTH; l++) r[l] = a[l] > b[l] ? a[l] : b[l];
    return r;
}

INLINE double largest_lane(const doubles *v)
{
    double lanes[LK_LANES], most = 0;
    __builtin_memcpy(lanes, v, sizeof lanes);
    for (int l = 0; l < LK_LANES; l++) most = lanes[l] > most ? lanes[l] : most;
    return most;
}

INLINE double sum_lanes(const doubles *v)
{
    double lanes[LK_LANES];
    __builtin_memcpy(lanes, v, sizeof lanes);
    return lk_add_lanes(lanes);
}

static double largest_of(size_t n, const double *x)
{
    doubles most[VECTORS] = {{0}};
    for (size_t k = 0; k < n; k += LK_LANES)
        UNROLL for (int v = 0; v < VECTORS; v++) most[v] = larger(most[v], at(x + k + v * WIDTH));
    return largest_lane(most);
}

/* 2^-e for x = 2^e (1 + f), and e; what is 0, infinite or NaN stays so whatever the scale. */
INLINE double scale_of(double x, double *exponent)
{
    const int64_t biased = r_bits(x) >> MANTISSA & 2047;
    const int64_t e = (biased < 1 ? 1 : biased > 2045 ? 2045 : biased) - EXPONENT_BIAS;
    *exponent += (double)e;
    return r_from_bits((EXPONENT_BIAS - e) << MANTISSA);
}

/* The rows around one frame. `row` is the stored one: without `meets` it is written. */
typedef struct step {
    size_t width;
    const double *before, *emission, *skip;
    double *next, *row;
    double blank, scale;
    double blank_occupancy, overlap; /* out, with `meets` */
    double log_most;                 /* out: logarithm of what these are relative to */
} step;

/* The first WIDTH states from b + k and l + k on. */
typedef struct states {
    doubles b, l;
} states;

/* What alpha's sums, or beta's, of the row before give to the states of this one. */
INLINE states alpha_sums(const step *s, size_t k)
{
    const double *b = s->before + k, *l = b + s->width;
    const doubles last = at(l - 1); /* of k = 0: the last blank, which is always 0 */
    return (states){at(b) + last, (at(l) + at(b)) + at(s->skip + k) * last};
}
INLINE states beta_sums(const step *s, size_t k)
{
    const double *b = s->before + k, *l = b + s->width;
    return (states){at(b) + at(l), (at(l) + at(b + 1)) + at(s->skip + k + 1) * at(l + 1)};
}

/* One frame of alpha (forward) or beta. alpha's row has the frame's own probabilities in it, beta's
 * not; what the next frame starts from has them in both. Returns its largest state. */
INLINE double take_step(step *s, int forward, int meets)
{
    doubles most[VECTORS] = {{0}}, blanks[VECTORS] = {{0}}, labels[VECTORS] = {{0}};
    double *const row_b = s->row, *const row_l = s->row + s->width;
    double *const next_b = s->next, *const next_l = s->next + s->width;
    const double blank = s->blank * s->scale;
    for (size_t from = 0; from < s->width; from += LK_LANES)
        UNROLL for (int v = 0; v < VECTORS; v++)
        {
            const size_t k = from + (size_t)(v * WIDTH);
            const states sums = forward ? alpha_sums(s, k) : beta_sums(s, k);
            const doubles b = sums.b * blank, l = sums.l * (at(s->emission + k) * s->scale);
            const doubles own_b = forward ? b : sums.b, own_l = forward ? l : sums.l;
            put(next_b + k, b);
            put(next_l + k, l);
            most[v] = larger(most[v], larger(b, l));
            if (meets) {
                const doubles occupied = own_l * at(row_l + k);
                blanks[v] += own_b * at(row_b + k);
                labels[v] += occupied;
                put(row_l + k, occupied);
            } else if (!forward) {
                put(row_b + k, own_b);
                put(row_l + k, own_l);
            }
        }
    if (meets) {
        s->blank_occupancy = sum_lanes(blanks);
        s->overlap = s->blank_occupancy + sum_lanes(labels);
    }
    return largest_lane(most);
}

/* ---- logarithms ---------------------------------------------------------------------------------
 * For utterances whose states are farther apart than a double reaches. */

INLINE double log_add(double a, double b, double c)
{
    const double m = r_max(r_max(a, b), c), shift = m > -R_INF ? m : 0; /* -inf - -inf is NaN */
    return shift + r_log((r_exp_neg(a - shift) + r_exp_neg(b - shift)) + r_exp_neg(c - shift));
}

INLINE void log_step(step *s, int forward, int meets)
{
    const size_t width = s->width;
    const double *const b = s->before, *const l = b + width;
    const double *const emission = s->emission, *const skip = s->skip;
    double *restrict const next = s->next, *restrict const row = s->row;
    for (size_t k = 0; k < width; k++) {
        const double last = forward ? l[(ptrdiff_t)k - 1] : l[k + 1]; /* as in alpha_sums() */
        const double other = forward ? b[k] : b[k + 1];
        const double jump = skip[forward ? k : k + 1] > 0 ? last : -R_INF;
        const double sum_b = log_add(b[k], forward ? last : l[k], -R_INF);
        const double sum_l = log_add(l[k], other, jump);
        const double next_b = sum_b + s->blank, next_l = sum_l + emission[k];
        const double own_b = forward ? next_b : sum_b, own_l = forward ? next_l : sum_l;
        next[k] = next_b;
        next[width + k] = next_l;
        if (meets) {
            row[k] += own_b;
            row[width + k] += own_l;
        } else if (!forward) {
            row[k] = own_b;
            row[width + k] = own_l;
        }
    }
}

/* Occupancies, relative to the largest, of their logarithms; returns the largest logarithm. */
static double log_occupancy(step *s)
{
    const size_t n = 2 * s->width;
    double most = -R_INF, shares[2] = {0, 0};
    for (size_t k = 0; k < n; k++) most = s->row[k] > most ? s->row[k] : most;
    const double shift = most > -R_INF ? most : 0;
    for (size_t k = 0; k < n; k++) s->row[k] = r_exp_neg(s->row[k] - shift);
    for (int part = 0; part < 2; part++) {
        doubles sum[VECTORS] = {{0}};
        const double *x = s->row + (size_t)part * s->width;
        for (size_t k = 0; k < s->width; k += LK_LANES)
            UNROLL for (int v = 0; v < VECTORS; v++) sum[v] += at(x + k + v * WIDTH);
        shares[part] = sum_lanes(sum);
    }
    s->blank_occupancy = shares[0];
    s->overlap = shares[0] + shares[1];
    return shift;
}

/* ---- frame by frame -----------------------------------------------------------------------------
 */

/* The row that a recursion's next frame starts from; of two, in turns. */
static double *rolling(const lk_ctc_lattice *x, int forward, size_t parity)
{
    return x->rolling[!forward] + (parity & 1) * (2 * x->width + LK_LANES);
}

/* Before its first frame alpha is all in b[0]; after the last one beta is in b[U]. */
INLINE void begin(const lk_ctc_lattice *x, int forward, int logs)
{
    double *row = rolling(x, forward, 0);
    for (size_t k = 0; k < LK_CTC_ROLLING(x->width); k++) row[k] = logs ? -R_INF : 0;
    row[forward ? 0 : x->labels] = logs ? 0 : 1;
}

/* n frames from frame `from` on. Alpha's stored rows are what its next frame starts from. */
INLINE void run(lk_ctc_lattice *x, size_t from, size_t n, int forward, int meets, int logs)
{
    const int stores = forward && !meets;
    const double *before = rolling(x, forward, 0);
    double ignored = 0, *const exponent = forward ? &x->exponent : &ignored;
    double most = logs ? 1 : largest_of(2 * x->width, before);
    for (size_t i = 0; i < n; i++) {
        const size_t t = forward ? from + i : from - i;
        double *const row = x->table + t * 2 * x->width;
        step s = {.width = x->width,
                  .before = before,
                  .emission = x->emission + t * x->width,
                  .skip = x->skip,
                  .next = stores ? row : rolling(x, forward, i + 1),
                  .row = row,
                  .blank = x->blank[t],
                  .scale = scale_of(most, exponent)};
        if (logs)
            log_step(&s, forward, meets);
        else
            most = take_step(&s, forward, meets);
        if (meets && logs) s.log_most = log_occupancy(&s);
        if (meets) {
            x->blank_occupancy[t] = s.blank_occupancy;
            x->overlap[t] = s.overlap;
            /* beta of the last frame is 1, so that alpha's last occupancies add up to the target's
             * probability */
            if (forward && t + 1 == x->frames) x->log_probability = s.log_most + r_log(s.overlap);
        }
        before = s.next;
    }
    double *const last = rolling(x, forward, 0);
    if (n && before != last) __builtin_memcpy(last, before, 2 * x->width * sizeof *last);
}

INLINE void pass(lk_ctc_lattice *x, int phase, int forward, int logs)
{
    const size_t before = x->middle, after = x->frames - x->middle;
    if (phase == 0) begin(x, forward, logs);
    if (phase == 0 && forward) x->exponent = 0;
    if (phase == 0 && forward) run(x, 0, before, 1, 0, logs);
    if (phase == 0 && !forward) run(x, x->frames - 1, after, 0, 0, logs);
    if (phase == 1 && forward) run(x, before, after, 1, 1, logs);
    if (phase == 1 && !forward) run(x, before - 1, before, 0, 1, logs);
    if (phase == 1 && forward)
        x->log_probability =
            r_fma(x->exponent, LN2_HI, r_fma(x->exponent, LN2_LO, x->log_probability));
}

static void scaled_alpha(lk_ctc_lattice *x, int phase) { pass(x, phase, 1, 0); }
static void scaled_beta(lk_ctc_lattice *x, int phase) { pass(x, phase, 0, 0); }
static void log_alpha(lk_ctc_lattice *x, int phase) { pass(x, phase, 1, 1); }
static void log_beta(lk_ctc_lattice *x, int phase) { pass(x, phase, 0, 1); }
#endif

const lk_ctc_kernels LK_SET_NAME(lk_ctc_kernels) = {
    .gather = gather,
    .scatter = scatter,
    .gather_logarithms = gather_logarithms,
#if LK_REAL == 64
    .exponentials = exponentials,
    .logarithm = logarithm,
    .scaled = {scaled_alpha, scaled_beta},
    .logarithmic = {log_alpha, log_beta},
#endif
};
