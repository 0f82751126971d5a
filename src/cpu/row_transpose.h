/* row_transpose.h: between rows that are contiguous each and rows that lie side by side; part of
 * row_kernels.c. */
#ifndef LK_ROW_TRANSPOSE_H
#define LK_ROW_TRANSPOSE_H

#include "double_lanes.h"

/* Numbers on a side of a square: a vector of the oldest instruction set, and a wide one. */
enum { SQUARE = 4, WIDE = 16 };
typedef real square_row
    __attribute__((vector_size(SQUARE * sizeof(real)), may_alias, aligned(sizeof(real))));
typedef bits square_places __attribute__((vector_size(SQUARE * sizeof(real))));

#ifdef __clang__
#define LACE(places, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define LACE(places, a, b, ...) __builtin_shuffle(a, b, (places){__VA_ARGS__})
#endif
/* The numbers of two rows by turns: the first halves, the second halves. */
#define LACE_LOW(a, b) LACE(square_places, a, b, 0, 4, 1, 5)
#define LACE_HIGH(a, b) LACE(square_places, a, b, 2, 6, 3, 7)

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

#if LK_REAL == 32 && defined(__AVX512F__)
#define HAVE_WIDE 1
typedef real wide_row
    __attribute__((vector_size(WIDE * sizeof(real)), may_alias, aligned(sizeof(real))));
typedef bits wide_places __attribute__((vector_size(WIDE * sizeof(real))));
#define WIDE_LOW(a, b) \
    LACE(wide_places, a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define WIDE_HIGH(a, b) \
    LACE(wide_places, a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

/* Rows i and i + 8 by turns: of the 8 bits of a place, 4 of the row and 4 of the column, each moves
 * up by one and the highest becomes the lowest. After four times row and column have changed. */
INLINE void lace(const wide_row *x, wide_row *y)
{
    UNROLL for (int i = 0; i < WIDE / 2; i++)
    {
        y[2 * i] = WIDE_LOW(x[i], x[i + WIDE / 2]);
        y[2 * i + 1] = WIDE_HIGH(x[i], x[i + WIDE / 2]);
    }
}

INLINE void transpose_wide(const real *from, ptrdiff_t from_step, real *to, ptrdiff_t to_step)
{
    wide_row x[WIDE], y[WIDE];
    UNROLL for (int i = 0; i < WIDE; i++)
    {
        x[i] = *(const wide_row *)(const void *)(from + i * from_step);
    }
    lace(x, y);
    lace(y, x);
    lace(x, y);
    lace(y, x);
    UNROLL for (int i = 0; i < WIDE; i++) { *(wide_row *)(void *)(to + i * to_step) = x[i]; }
}
#endif

typedef void square_kernel(const real *from, ptrdiff_t from_step, real *to, ptrdiff_t to_step);

INLINE void fetch(const real *at, int to_read)
{
    if (to_read)
        __builtin_prefetch(at);
    else
        __builtin_prefetch(at, 1);
}

/* Contiguous rows, `step` apart, into a tile or out of it; the rows come in the order of the
 * caller's memory. The last squares overlap those before them. */
INLINE void move_squares(ptrdiff_t side, square_kernel *square, ptrdiff_t n, ptrdiff_t classes,
                         real *rows, ptrdiff_t step, real *tile, ptrdiff_t lanes, int in)
{
    for (ptrdiff_t i = 0; i < n; i += side) {
        const ptrdiff_t r = i + side <= n ? i : n - side;
        for (ptrdiff_t k = 0; k < classes; k += side) {
            const ptrdiff_t c = k + side <= classes ? k : classes - side;
            real *const row = rows + r * step + c, *const lane = tile + c * lanes + r;
            for (ptrdiff_t l = side; side != SQUARE && l < 2 * side; l++)
                fetch(row + l * step, in); /* the lines of the next rows */
            if (in)
                square(row, step, lane, lanes);
            else
                square(lane, lanes, row, step);
        }
    }
}

INLINE void move_rows(size_t n, size_t classes, real *rows, ptrdiff_t step, real *tile,
                      size_t lanes, int in)
{
    const ptrdiff_t count = (ptrdiff_t)n, width = (ptrdiff_t)classes, apart = (ptrdiff_t)lanes;
    if (count < SQUARE || width < SQUARE) {
        for (ptrdiff_t c = 0; c < width; c++)
            for (ptrdiff_t r = 0; r < count; r++) {
                real *const row = rows + r * step + c, *const lane = tile + c * apart + r;
                *(in ? lane : row) = *(in ? row : lane);
            }
#ifdef HAVE_WIDE
    } else if (count >= WIDE && width >= WIDE) {
        move_squares(WIDE, transpose_wide, count, width, rows, step, tile, apart, in);
#endif
    } else {
        move_squares(SQUARE, transpose_square, count, width, rows, step, tile, apart, in);
    }
}

static void to_tile(size_t n, size_t classes, const void *rows, ptrdiff_t step, void *tile,
                    size_t lanes)
{
    move_rows(n, classes, (real *)rows, step, tile, lanes, 1);
}

static void from_tile(size_t n, size_t classes, const void *tile, size_t lanes, void *rows,
                      ptrdiff_t step)
{
    move_rows(n, classes, rows, step, (real *)tile, lanes, 0);
}

#endif
