/* gemm.c: the one place that knows CBLAS. */
#include "gemm.h"

#include "losskit.h"

#ifdef LK_HAVE_CBLAS
#include <cblas.h>
#include <pthread.h>

/* Of OpenBLAS alone; other libraries leave them NULL. */
__attribute__((weak)) void openblas_set_num_threads(int threads);
__attribute__((weak)) int openblas_get_num_threads(void);
__attribute__((weak)) int openblas_get_parallel(void);

/* OpenBLAS built without threads hands out its buffers without a lock, so that two threads in it at
 * once spoil each other's products: there they take turns. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
/* Who is between begin and end. The threads are given back by the last one out: by the first, they
 * would come back while another still counts on having one. */
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static int holders, threads;

/* Both are held across a fork, so that the child finds them free. The child has none of the threads
 * that were inside. */
static void before_fork(void)
{
    pthread_mutex_lock(&door);
    pthread_mutex_lock(&turn);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&turn);
    pthread_mutex_unlock(&door);
}

static void after_fork_child(void)
{
    holders = 0;
    after_fork();
}

static void guard_forks(void) { (void)pthread_atfork(before_fork, after_fork, after_fork_child); }

static int takes_turns(void) { return openblas_get_parallel && openblas_get_parallel() == 0; }

int lk_gemm_available(void) { return 1; }

void lk_gemm_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, guard_forks);
    if (!openblas_get_num_threads || !openblas_set_num_threads) return;
    pthread_mutex_lock(&door);
    if (holders++ == 0) {
        threads = openblas_get_num_threads();
        if (threads > 1) openblas_set_num_threads(1);
    }
    pthread_mutex_unlock(&door);
}

void lk_gemm_end(void)
{
    if (!openblas_get_num_threads || !openblas_set_num_threads) return;
    pthread_mutex_lock(&door);
    if (--holders == 0 && threads > 1) openblas_set_num_threads(threads);
    pthread_mutex_unlock(&door);
}

void lk_blas_begin(void)
{
    lk_gemm_begin();
    if (takes_turns()) pthread_mutex_lock(&turn);
}

void lk_blas_end(void)
{
    if (takes_turns()) pthread_mutex_unlock(&turn);
    lk_gemm_end();
}

void lk_gemm(size_t width, int64_t m, int64_t n, int64_t k, lk_matrix a, lk_matrix b, double beta,
             lk_matrix c)
{
    const enum CBLAS_TRANSPOSE ta = a.transposed ? CblasTrans : CblasNoTrans;
    const enum CBLAS_TRANSPOSE tb = b.transposed ? CblasTrans : CblasNoTrans;
    const int rows = (int)m, columns = (int)n, inner = (int)k, turns = takes_turns();
    if (turns) pthread_mutex_lock(&turn);
    if (width == sizeof(float))
        cblas_sgemm(CblasRowMajor, ta, tb, rows, columns, inner, 1, (const float *)(void *)a.data,
                    (int)a.stride, (const float *)(void *)b.data, (int)b.stride, (float)beta,
                    (float *)(void *)c.data, (int)c.stride);
    else
        cblas_dgemm(CblasRowMajor, ta, tb, rows, columns, inner, 1, (const double *)(void *)a.data,
                    (int)a.stride, (const double *)(void *)b.data, (int)b.stride, beta,
                    (double *)(void *)c.data, (int)c.stride);
    if (turns) pthread_mutex_unlock(&turn);
}

#else

int lk_gemm_available(void) { return 0; }
void lk_gemm_begin(void) {}
void lk_gemm_end(void) {}
void lk_blas_begin(void) {}
void lk_blas_end(void) {}

void lk_gemm(size_t width, int64_t m, int64_t n, int64_t k, lk_matrix a, lk_matrix b, double beta,
             lk_matrix c)
{
    (void)width, (void)m, (void)n, (void)k, (void)a, (void)b, (void)beta, (void)c;
}
#endif
