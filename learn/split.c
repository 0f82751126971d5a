/* split.c: a data set in parts, class by class. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "class_rows.h"
#include "losskit_learn.h"

static lk_status check_fractions(int parts, const double *fractions)
{
    double sum = 0;
    if (parts < 1) return lk_fail(LK_INVALID, "split: %d parts; expected at least 1", parts);
    for (int p = 0; p < parts; p++) {
        if (!(fractions[p] >= 0 && fractions[p] <= 1))
            return lk_fail(LK_INVALID, "split: fractions[%d] = %g; expected 0 to 1", p,
                           fractions[p]);
        sum += fractions[p];
    }
    if (fabs(sum - 1) > 1e-9)
        return lk_fail(LK_INVALID, "split: the fractions sum to %.10g; expected 1", sum);
    return LK_OK;
}

/* Each part gets the whole rows of its share of n, and the rows that are left go, one each, to the
 * parts that lack most of what they should have by now (`owed` counts it over all classes): by the
 * method of largest remainders, with the sizes of the parts right, too, as far as can be. */
static void apportion(int64_t n, int parts, const double *fractions, double *owed, double *rest,
                      int64_t *sizes)
{
    const double rounding = 1e-12 * (double)n; /* 10 times 0.1 is a whole row */
    int64_t left = n;
    for (int p = 0; p < parts; p++) {
        const double share = (double)n * fractions[p], whole = floor(share + rounding);
        sizes[p] = (int64_t)whole;
        left -= sizes[p];
        rest[p] = share - whole;
        owed[p] += rest[p];
    }
    while (left-- > 0) {
        int neediest = 0;
        for (int p = 1; p < parts; p++) {
            const int may = rest[p] > rounding, must = rest[neediest] <= rounding;
            if (may && (must || owed[p] > owed[neediest])) neediest = p;
        }
        sizes[neediest]++;
        rest[neediest] = 0;
        owed[neediest]--;
    }
}

/* part_of[i] for the n rows with these numbers, which are shuffled. */
static void assign(int64_t n, int64_t *rows, int parts, const int64_t *sizes, uint64_t seed,
                   int32_t *part_of)
{
    lk_random random = {seed};
    lk_random_shuffle(&random, n, rows);
    for (int p = 0; p < parts; p++)
        for (int64_t k = 0; k < sizes[p]; k++) part_of[*rows++] = p;
}

/* The parts one after the other, each in the order of the data. */
static void collect(int64_t n, int parts, const int32_t *part_of, int64_t *rows, int64_t *sizes)
{
    memset(sizes, 0, (size_t)parts * sizeof *sizes);
    for (int64_t i = 0; i < n; i++) sizes[part_of[i]]++;
    int64_t at = 0;
    for (int p = 0; p < parts; p++) {
        const int64_t end = at + sizes[p];
        for (int64_t i = 0; at < end; i++)
            if (part_of[i] == p) rows[at++] = i;
    }
}

/* Data whose rows are all of one class. */
static lk_dataset unclassed(const lk_dataset *data, double *zeros)
{
    lk_dataset d = *data;
    d.target = zeros;
    d.classes = 1;
    return d;
}

lk_status lk_split(const lk_dataset *data, int parts, const double *fractions, int stratified,
                   uint64_t seed, int64_t *rows, int64_t *sizes)
{
    lk_status status = check_fractions(parts, fractions);
    if (status) return status;
    const size_t n = (size_t)data->rows, m = (size_t)parts;
    double *zeros = calloc(n + 1, sizeof *zeros), *scratch = calloc(3 * m, sizeof *scratch);
    int32_t *part_of = malloc((n + 1) * sizeof *part_of);
    lk_class_rows of = {0, NULL, NULL};
    if (!zeros || !scratch || !part_of)
        status = lk_fail(LK_NO_MEMORY, "split: no memory for %lld rows", (long long)data->rows);
    const lk_dataset whole = unclassed(data, zeros);
    if (!status)
        status = lk_class_rows_find("split", stratified && data->classes ? data : &whole, &of);
    if (!status) {
        double *const owed = scratch, *const rest = scratch + m, *const share = scratch + 2 * m;
        double sum = 0;
        for (int p = 0; p < parts; p++) sum += fractions[p];
        for (int p = 0; p < parts; p++) share[p] = fractions[p] / sum;
        for (int64_t c = 0; c < of.classes; c++) {
            apportion(lk_class_size(&of, c), parts, share, owed, rest, sizes);
            assign(lk_class_size(&of, c), of.rows + of.starts[c], parts, sizes,
                   lk_random_stream(seed, (uint64_t)c), part_of);
        }
        collect(data->rows, parts, part_of, rows, sizes);
    }
    lk_class_rows_free(&of);
    free(part_of);
    free(scratch);
    free(zeros);
    return status;
}
