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

static lk_status divide(const lk_class_rows *of, int parts, const double *fractions, uint64_t seed,
                        int64_t *rows, int64_t *sizes)
{
    const size_t n = (size_t)of->starts[of->classes], m = (size_t)parts;
    double *const scratch = calloc(3 * m, sizeof *scratch);
    int32_t *const part_of = malloc((n + 1) * sizeof *part_of);
    lk_status status = LK_OK;
    if (!scratch || !part_of) {
        status = lk_fail(LK_NO_MEMORY, "split: no memory for %zu rows", n);
    } else {
        double *const owed = scratch, *const rest = scratch + m, *const share = scratch + 2 * m;
        double sum = 0;
        for (int p = 0; p < parts; p++) sum += fractions[p];
        for (int p = 0; p < parts; p++) share[p] = fractions[p] / sum;
        for (int64_t c = 0; c < of->classes; c++) {
            apportion(lk_class_size(of, c), parts, share, owed, rest, sizes);
            assign(lk_class_size(of, c), of->rows + of->starts[c], parts, sizes,
                   lk_random_stream(seed, (uint64_t)c), part_of);
        }
        collect((int64_t)n, parts, part_of, rows, sizes);
    }
    free(part_of);
    free(scratch);
    return status;
}

lk_status lk_split(const lk_dataset *data, int parts, const double *fractions, int stratified,
                   uint64_t seed, int64_t *rows, int64_t *sizes)
{
    lk_class_rows of;
    lk_status status = check_fractions(parts, fractions);
    if (status) return status;
    if (stratified && data->classes)
        status = lk_class_rows_find("split", data, &of);
    else
        status = lk_class_rows_all("split", data, &of);
    if (status) return status;
    status = divide(&of, parts, fractions, seed, rows, sizes);
    lk_class_rows_free(&of);
    return status;
}
