/* gemm.h: matrix products through CBLAS, on one thread. */
#ifndef LK_GEMM_H
#define LK_GEMM_H

#include <stddef.h>
#include <stdint.h>

int lk_gemm_available(void);

/* A matrix in rows of `stride` elements. */
typedef struct lk_matrix {
    char *data;
    int64_t stride;
    int transposed;
} lk_matrix;

/* c = a b + beta c, a m x k, b k x n, in f32 or, width 8, in f64. Extents fit in an int. */
void lk_gemm(size_t width, int64_t m, int64_t n, int64_t k, lk_matrix a, lk_matrix b, double beta,
             lk_matrix c);

/* A threaded OpenBLAS is held to one thread between the two, since losskit spreads the blocks over
 * its own threads: the same bits for any number of them. */
void lk_gemm_begin(void);
void lk_gemm_end(void);

#endif
