/* region_lovasz.c: the Lovasz hinge of a group: its positive errors in descending order, each times
 * what the Jaccard loss gains by one more mistake (Berman et al. 2018). */
#include <math.h>
#include <string.h>

#include "region_job.h"

/* A positive error; `place` is 2 * (element of the group) + target. */
typedef struct item {
    uint64_t key; /* ascending keys are descending errors */
    uint64_t place;
} item;

typedef struct found {
    uint64_t errors, positives; /* positive errors; elements with target 1 */
    int64_t kept;
    int bad, nan;
} found;

enum { DIGITS = 8, DIGIT_VALUES = 256, SMALL = 64 };

size_t lk_lovasz_scratch(const lk_region_job *j) { return 2 * (size_t)j->size * sizeof(item) + 64; }

/* The bits of positive doubles are ordered as they are. */
static uint64_t key_of(double error)
{
    uint64_t bits;
    memcpy(&bits, &error, sizeof bits);
    return ~bits;
}

static double error_of(uint64_t key)
{
    const uint64_t bits = ~key;
    double error;
    memcpy(&error, &bits, sizeof error);
    return error;
}

/* Errors are rounded to the type of the computation. */
static void collect(const lk_region_job *j, int64_t first, size_t n, int64_t at, item *items,
                    found *f, lk_region_chunk *c)
{
    const int narrow = j->input.element != LK_ELEMENT_F64;
    f->kept += lk_region_load(j, first, n, c);
    for (size_t i = 0; i < n; i++) {
        if (j->filtered && c->keep[i] == 0) continue;
        const double x = c->input[i], g = c->target[i];
        const int one = g == 1;
        const double exact = one ? 1 - x : 1 + x, error = narrow ? (double)(float)exact : exact;
        f->bad |= !one && g != 0 && g == g;
        f->nan |= x != x || g != g;
        f->positives += (uint64_t)one;
        /* written in any case: a branch on the sign would be mispredicted half of the time */
        items[f->errors] = (item){key_of(error), 2 * ((uint64_t)at + i) + (uint64_t)one};
        f->errors += error > 0;
    }
}

static void sort_small(item *items, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        const item x = items[i];
        uint64_t k = i;
        for (; k > 0 && items[k - 1].key > x.key; k--) items[k] = items[k - 1];
        items[k] = x;
    }
}

static unsigned digit_of(uint64_t key, int digit) { return key >> (8 * digit) & 0xff; }

/* Stable, lowest digit first; digits that all keys share are passed over. Returns where the sorted
 * items are: the other half of the scratch may be used. */
static item *sort(item *items, item *spare, uint64_t n)
{
    uint64_t counts[DIGITS][DIGIT_VALUES];
    if (n <= SMALL) {
        sort_small(items, n);
        return items;
    }
    memset(counts, 0, sizeof counts);
    for (uint64_t i = 0; i < n; i++)
        for (int d = 0; d < DIGITS; d++) counts[d][digit_of(items[i].key, d)]++;
    for (int d = 0; d < DIGITS; d++) {
        uint64_t *starts = counts[d], start = 0;
        if (starts[digit_of(items[0].key, d)] == n) continue;
        for (int v = 0; v < DIGIT_VALUES; v++) {
            const uint64_t count = starts[v];
            starts[v] = start;
            start += count;
        }
        for (uint64_t i = 0; i < n; i++) spare[starts[digit_of(items[i].key, d)]++] = items[i];
        item *const sorted = spare;
        spare = items;
        items = sorted;
    }
    return items;
}

/* What the k-th error weighs: J_k - J_(k-1), without the difference. `missed` targets of 1 are not
 * among the errors before it, `wrong` targets of 0 are. */
static double gain_of(int one, uint64_t missed, uint64_t positives, uint64_t wrong)
{
    const double before = (double)(positives + wrong);
    if (one) return 1 / before;
    if (!positives) return wrong ? 0 : 1;
    return (double)missed / (before * (before + 1));
}

/* The value; slopes, by element, get the unscaled gradient when they are not NULL. */
static double walk(const item *items, const found *f, double *slopes)
{
    lk_exact_sum sum = {0, 0};
    uint64_t missed = f->positives;
    for (uint64_t k = 0; k < f->errors; k++) {
        const int one = items[k].place & 1;
        const double gain = gain_of(one, missed, f->positives, k - (f->positives - missed));
        missed -= (uint64_t)one;
        if (gain != 0) lk_exact_add(&sum, gain * error_of(items[k].key));
        if (slopes) slopes[items[k].place >> 1] = one ? -gain : gain;
    }
    return lk_exact_total(&sum);
}

/* slopes NULL: the group holds a NaN. */
static void write_group(const lk_region_job *j, const lk_region_group *group, int64_t index,
                        const double *slopes, lk_region_chunk *c)
{
    for (int64_t done = 0; done < j->size; done += LK_CHUNK) {
        const int64_t first = index * j->size + done, rest = j->size - done;
        const size_t n = rest < LK_CHUNK ? (size_t)rest : (size_t)LK_CHUNK;
        if (!group->alive) {
            lk_region_clear(j, first, n, c);
            continue;
        }
        if (j->filtered) (void)lk_region_load(j, first, n, c);
        for (size_t i = 0; i < n; i++) {
            c->gradient[i] = slopes ? slopes[done + (int64_t)i] * group->scale : NAN;
            c->curvature[i] = slopes ? 0 : NAN;
        }
        lk_region_finish(j, group, first, n, c);
    }
}

static found collect_group(const lk_region_job *j, int64_t index, item *items, lk_region_chunk *c)
{
    found f = {0, 0, 0, 0, 0};
    for (int64_t done = 0; done < j->size; done += LK_CHUNK) {
        const int64_t rest = j->size - done;
        const size_t n = rest < LK_CHUNK ? (size_t)rest : (size_t)LK_CHUNK;
        collect(j, index * j->size + done, n, done, items, &f, c);
    }
    return f;
}

/* Returns the weighted value. */
static double run_group(const lk_region_job *j, int64_t index, const found *f, item *items,
                        lk_region_group *group, lk_region_chunk *c)
{
    item *const spare = items + j->size;
    const item *sorted = f->nan ? items : sort(items, spare, f->errors);
    double *slopes = (double *)(void *)(sorted == items ? spare : items);
    const int wanted = j->gradient.data || j->curvature.data;
    if (f->nan || !wanted) slopes = NULL;
    for (int64_t i = 0; slopes && i < j->size; i++) slopes[i] = 0;
    const double value = f->nan ? NAN : walk(sorted, f, slopes);
    const double weighted = lk_region_weigh(j, index, value, f->kept, group);
    if (wanted) write_group(j, group, index, slopes, c);
    return weighted;
}

int lk_lovasz_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                   int64_t *count)
{
    lk_region_job *j = context;
    lk_region_chunk c;
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        const int64_t index = first + (int64_t)i;
        lk_region_group group;
        item *const items = scratch;
        const found f = collect_group(j, index, items, &c);
        if (f.bad) {
            lk_region_report_bad(j, index);
            failed = 1;
            continue;
        }
        const double value = run_group(j, index, &f, items, &group, &c);
        lanes[i % LK_LANES] += value;
        *count += group.counts;
        lk_region_store_value(j, index, value);
    }
    return failed;
}
