/* cholesky.c: row by row, each from the finished ones (Banachiewicz). LAPACK's spreads its sums
 * over the threads of BLAS, whose number the caller of losskit does not set and the bits would
 * follow. */
#include "cholesky.h"

#include <float.h>
#include <math.h>

#include "sample_rows.h"

enum { BLOCK = 32 }; /* rows, which wait for each other in their last columns alone */

typedef struct factorization {
    int64_t n, begin; /* of the block */
    double *c;
} factorization;

static double dot(const double *a, const double *b, int64_t n)
{
    return lk_row_dot((lk_sample_row){a, NULL, n}, b);
}

static void solve(const factorization *f, int64_t i, int64_t first, int64_t last)
{
    double *const row = f->c + i * f->n;
    for (int64_t j = first; j < last; j++) {
        const double *const other = f->c + j * f->n;
        row[j] = (row[j] - dot(row, other, j)) / other[j];
    }
}

static void row_task(void *context, size_t index)
{
    const factorization *f = context;
    solve(f, f->begin + (int64_t)index, 0, f->begin);
}

int64_t lk_cholesky(int64_t n, double *c)
{
    factorization f = {n, 0, c};
    for (; f.begin < n; f.begin += BLOCK) {
        const int64_t end = n - f.begin < BLOCK ? n : f.begin + BLOCK;
        lk_parallel((size_t)(end - f.begin), row_task, &f);
        for (int64_t i = f.begin; i < end; i++) {
            double *const row = c + i * n;
            solve(&f, i, f.begin, i);
            /* What the rows before leave of the variance: rounding of it counts as nothing. */
            const double rest = row[i] - dot(row, row, i);
            if (!(rest > 16 * (double)n * DBL_EPSILON * row[i])) return i;
            row[i] = sqrt(rest);
            for (int64_t j = i + 1; j < n; j++) row[j] = 0;
        }
    }
    return -1;
}
