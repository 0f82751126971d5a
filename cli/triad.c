#include "triad.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS_MAX = 256, ALIGNMENT = 64 };

typedef struct share {
    struct triad *whole;
    size_t first, n;
    pthread_t thread;
} share;

struct triad {
    void *a, *b, *c;
    size_t n;
    int wide, threads, copy, stop;
    pthread_mutex_t gate; /* closed until the barriers know how many threads there are */
    pthread_barrier_t start, end;
    share shares[THREADS_MAX];
};

double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_floats(float *restrict a, const float *restrict b, const float *restrict c,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
}

static void add_doubles(double *restrict a, const double *restrict b, const double *restrict c,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
}

static void fill(const share *s)
{
    const triad *t = s->whole;
    for (size_t i = s->first; i < s->first + s->n; i++) {
        if (t->wide) {
            ((double *)t->a)[i] = 0;
            ((double *)t->b)[i] = ((double *)t->c)[i] = (double)(i & 15);
        } else {
            ((float *)t->a)[i] = 0;
            ((float *)t->b)[i] = ((float *)t->c)[i] = (float)(i & 15);
        }
    }
}

static void work_once(const share *s)
{
    const triad *t = s->whole;
    const size_t i = s->first, width = t->wide ? sizeof(double) : sizeof(float);
    if (t->copy)
        memcpy((char *)t->a + i * width, (char *)t->b + i * width, s->n * width);
    else if (t->wide)
        add_doubles((double *)t->a + i, (double *)t->b + i, (double *)t->c + i, s->n);
    else
        add_floats((float *)t->a + i, (float *)t->b + i, (float *)t->c + i, s->n);
}

static void *work(void *argument)
{
    const share *s = argument;
    triad *t = s->whole;
    fill(s);
    pthread_mutex_lock(&t->gate);
    pthread_mutex_unlock(&t->gate);
    for (;;) {
        pthread_barrier_wait(&t->start);
        if (t->stop) return NULL;
        work_once(s);
        pthread_barrier_wait(&t->end);
    }
}

static int allocate(triad *t, size_t n, int wide)
{
    const size_t width = wide ? sizeof(double) : sizeof(float);
    const size_t bytes = (n * width + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    t->a = aligned_alloc(ALIGNMENT, bytes);
    t->b = aligned_alloc(ALIGNMENT, bytes);
    t->c = aligned_alloc(ALIGNMENT, bytes);
    return t->a && t->b && t->c ? 0 : -1;
}

static void release(triad *t)
{
    free(t->a);
    free(t->b);
    free(t->c);
    free(t);
}

/* The caller is the first worker. Returns how many there are. */
static int start_workers(triad *t)
{
    int k = 0;
    for (; k < t->threads; k++) {
        share *s = &t->shares[k];
        s->whole = t;
        s->first = t->n * (size_t)k / (size_t)t->threads;
        s->n = t->n * (size_t)(k + 1) / (size_t)t->threads - s->first;
        if (k > 0 && pthread_create(&s->thread, NULL, work, s) != 0) break;
    }
    return k;
}

triad *triad_create(size_t n, int wide, int threads)
{
    triad *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->n = n;
    t->wide = wide;
    t->threads = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    if (allocate(t, n, wide)) {
        release(t);
        return NULL;
    }
    pthread_mutex_init(&t->gate, NULL);
    pthread_mutex_lock(&t->gate);
    const int started = start_workers(t), complete = started == t->threads;
    t->threads = started;
    pthread_barrier_init(&t->start, NULL, (unsigned)started);
    pthread_barrier_init(&t->end, NULL, (unsigned)started);
    pthread_mutex_unlock(&t->gate);
    fill(&t->shares[0]);
    if (complete) return t;
    triad_free(t);
    return NULL;
}

static double run(triad *t, int copy)
{
    t->copy = copy;
    const double start = seconds_now();
    pthread_barrier_wait(&t->start);
    work_once(&t->shares[0]);
    pthread_barrier_wait(&t->end);
    return seconds_now() - start;
}

double triad_run(triad *t) { return run(t, 0); }

double triad_copy(triad *t) { return run(t, 1); }

void triad_free(triad *t)
{
    t->stop = 1;
    pthread_barrier_wait(&t->start);
    for (int k = 1; k < t->threads; k++) pthread_join(t->shares[k].thread, NULL);
    pthread_mutex_destroy(&t->gate);
    pthread_barrier_destroy(&t->start);
    pthread_barrier_destroy(&t->end);
    release(t);
}
