/* plain_distance.h: the edit distance from a plain table of all cells (Wagner and Fischer, J. ACM
 * 21 (1974) 168). */
#ifndef LK_TESTS_PLAIN_DISTANCE_H
#define LK_TESTS_PLAIN_DISTANCE_H

#include <stdint.h>
#include <stdlib.h>

static inline int64_t least_of(int64_t a, int64_t b) { return a < b ? a : b; }

/* Of `width` bytes, 1, 4 or 8. */
static inline int64_t token_at(const void *tokens, int width, int64_t i)
{
    if (width == 1) return ((const unsigned char *)tokens)[i];
    return width == 4 ? ((const int32_t *)tokens)[i] : ((const int64_t *)tokens)[i];
}

static inline int64_t plain_distance(const void *a, int64_t m, const void *b, int64_t n, int width)
{
    int64_t *row = malloc((size_t)(n + 1) * sizeof *row);
    if (!row) abort();
    for (int64_t j = 0; j <= n; j++) row[j] = j;
    for (int64_t i = 1; i <= m; i++) {
        const int64_t token = token_at(a, width, i - 1);
        int64_t diagonal = row[0];
        row[0] = i;
        for (int64_t j = 1; j <= n; j++) {
            const int64_t above = row[j], change = diagonal + (token != token_at(b, width, j - 1));
            row[j] = least_of(change, 1 + least_of(above, row[j - 1]));
            diagonal = above;
        }
    }
    const int64_t distance = row[n];
    free(row);
    return distance;
}

#endif
