/* row_transpose.h: between rows that are contiguous each and rows that lie side by side; part of
 * row_kernels.c. */
#ifndef LK_ROW_TRANSPOSE_H
#define LK_ROW_TRANSPOSE_H

#include "kernel_set.h"

enum { SQUARE = 4 }; /* numbers on a side: vectors of the oldest instruction set */
typedef real square_row
    __attribute__((vector_size(SQUARE * sizeof(real)), may_alias, aligned(sizeof(real))));

#ifdef __clang__
#define LACE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef bits square_places __attribute__((vector_size(SQUARE * sizeof(real))));
#define LACE(a, b, ...) __builtin_shuffle(a, b, (square_places){__VA_ARGS__})
#endif
#define LACE_LOW(a, b) LACE(a, b, 0, 4, 1, 5)
#define LACE_HIGH(a, b) LACE(a, b, 2, 6, 3, 7)

INLINE void transpose_square(const real *from, ptrdiff_t from_step, real *to, ptrdiff_t to_step)
{
    square_row x[SQUARE];
    for (int i = 0; i < SQUARE; i++)
        x[i] = *(const square_row *)(const void *)(from + i * from_step);
    const square_row even = LACE_LOW(x[0], x[2]), even_end = LACE_HIGH(x[0], x[2]);
    const square_row odd = LACE_LOW(x[1], x[3]), odd_end = LACE_HIGH(x[1], x[3]);
    *(square_row *)(void *)to = LACE_LOW(even, odd);
    *(square_row *)(void *)(to + to_step) = LACE_HIGH(even, odd);
    *(square_row *)(void *)(to + 2 * to_step) = LACE_LOW(even_end, odd_end);
    *(square_row *)(void *)(to + 3 * to_step) = LACE_HIGH(even_end, odd_end);
}

/* The last squares overlap those before them. */
static void transpose(size_t rows, size_t columns, const void *from, ptrdiff_t from_step, void *to,
                      ptrdiff_t to_step)
{
    const real *a = from;
    real *b = to;
    if (rows < SQUARE || columns < SQUARE) {
        for (size_t c = 0; c < columns; c++)
            for (size_t r = 0; r < rows; r++)
                b[(ptrdiff_t)c * to_step + (ptrdiff_t)r] = a[(ptrdiff_t)r * from_step + (ptrdiff_t)c];
        return;
    }
    for (size_t i = 0; i < rows; i += SQUARE) {
        const ptrdiff_t r = (ptrdiff_t)(i + SQUARE <= rows ? i : rows - SQUARE);
        for (size_t k = 0; k < columns; k += SQUARE) {
            const ptrdiff_t c = (ptrdiff_t)(k + SQUARE <= columns ? k : columns - SQUARE);
            transpose_square(a + r * from_step + c, from_step, b + c * to_step + r, to_step);
        }
    }
}

#endif
