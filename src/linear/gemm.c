/* gemm.c: the one place that knows CBLAS. */
#include "gemm.h"

#ifdef LK_HAVE_CBLAS
#include <cblas.h>
#include <pthread.h>

/* Of OpenBLAS alone; other libraries leave them NULL. */
__attribute__((weak)) void openblas_set_num_threads(int threads);
__attribute__((weak)) int openblas_get_num_threads(void);
__attribute__((weak)) int openblas_get_parallel(void);

/* OpenBLAS built without threads hands out its buffers without a lock, so that two threads in it at
 * once spoil each other's products: there they take turns. The turn is held across a fork, so that
 * the child finds it free. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static void take_turn(void) { pthread_mutex_lock(&turn); }
static void end_turn(void) { pthread_mutex_unlock(&turn); }
static void guard_forks(void) { (void)pthread_atfork(take_turn, end_turn, end_turn); }

static int takes_turns(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!openblas_get_parallel || openblas_get_parallel() != 0) return 0;
    (void)pthread_once(&once, guard_forks);
    return 1;
}

int lk_gemm_available(void) { return 1; }

int lk_gemm_begin(void)
{
    if (!openblas_get_num_threads || !openblas_set_num_threads) return 0;
    const int old = openblas_get_num_threads();
    if (old > 1) openblas_set_num_threads(1);
    return old;
}

void lk_gemm_end(int old)
{
    if (old > 1 && openblas_set_num_threads) openblas_set_num_threads(old);
}

void lk_gemm(size_t width, int64_t m, int64_t n, int64_t k, lk_matrix a, lk_matrix b, double beta,
             lk_matrix c)
{
    const enum CBLAS_TRANSPOSE ta = a.transposed ? CblasTrans : CblasNoTrans;
    const enum CBLAS_TRANSPOSE tb = b.transposed ? CblasTrans : CblasNoTrans;
    const int rows = (int)m, columns = (int)n, inner = (int)k, turns = takes_turns();
    if (turns) take_turn();
    if (width == sizeof(float))
        cblas_sgemm(CblasRowMajor, ta, tb, rows, columns, inner, 1, (const float *)(void *)a.data,
                    (int)a.stride, (const float *)(void *)b.data, (int)b.stride, (float)beta,
                    (float *)(void *)c.data, (int)c.stride);
    else
        cblas_dgemm(CblasRowMajor, ta, tb, rows, columns, inner, 1, (const double *)(void *)a.data,
                    (int)a.stride, (const double *)(void *)b.data, (int)b.stride, beta,
                    (double *)(void *)c.data, (int)c.stride);
    if (turns) end_turn();
}

#else

int lk_gemm_available(void) { return 0; }
int lk_gemm_begin(void) { return 0; }
void lk_gemm_end(int old) { (void)old; }

void lk_gemm(size_t width, int64_t m, int64_t n, int64_t k, lk_matrix a, lk_matrix b, double beta,
             lk_matrix c)
{
    (void)width, (void)m, (void)n, (void)k, (void)a, (void)b, (void)beta, (void)c;
}
#endif
