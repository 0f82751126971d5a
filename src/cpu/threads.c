/* threads.c: pthreadpool behind one function; a pool belongs to the process that made it. */
#define _GNU_SOURCE

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "losskit.h"

enum { MOST_THREADS = 1024 };

static _Atomic int wanted; /* by lk_set_num_threads; 0: the default */

static int available_cpus(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set)) return CPU_COUNT(&set);
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

static int default_threads(void)
{
    const char *text = getenv("LOSSKIT_THREADS");
    char *end = NULL;
    const long n = text ? strtol(text, &end, 10) : 0;
    return n >= 1 && *end == '\0' ? (int)(n < MOST_THREADS ? n : MOST_THREADS) : available_cpus();
}

int lk_num_threads(void)
{
    static _Atomic int preset; /* threads that race here find the same */
    if (!preset) preset = default_threads();
    const int n = wanted;
    return n ? n : preset;
}

void lk_set_num_threads(int threads)
{
    wanted = threads < 0 ? 0 : threads < MOST_THREADS ? threads : MOST_THREADS;
}

#ifdef LK_HAVE_PTHREADPOOL
#include <pthread.h>
#include <pthreadpool.h>

#if defined(__SANITIZE_THREAD__)
#define LK_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LK_TSAN 1
#endif
#endif
#ifdef LK_TSAN /* the pool's own synchronisation is not instrumented: tell the sanitizer of it */
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define ACQUIRE(address) __tsan_acquire(address)
#define RELEASE(address) __tsan_release(address)
#else
#define ACQUIRE(address) ((void)(address))
#define RELEASE(address) ((void)(address))
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards all below */
static pthreadpool_t pool;
static int pool_threads;

typedef struct work {
    lk_task *task;
    void *context;
} work;

static void run(void *argument, size_t index)
{
    work *w = argument;
    ACQUIRE(w);
    w->task(w->context, index);
    RELEASE(w);
}

/* The mutex is held across a fork so that the child finds it free; the threads of the parent's pool
 * do not exist in the child, so the child forgets that pool (its memory cannot be given back). */
static void before_fork(void) { pthread_mutex_lock(&mutex); }
static void after_fork_parent(void) { pthread_mutex_unlock(&mutex); }
static void after_fork_child(void)
{
    pool = NULL;
    pthread_mutex_unlock(&mutex);
}

static pthreadpool_t pool_locked(void)
{
    static int guarded;
    if (!guarded) guarded = !pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    const int n = lk_num_threads();
    if (pool && pool_threads != n) {
        pthreadpool_destroy(pool);
        pool = NULL;
    }
    if (!pool && n > 1 && guarded) pool = pthreadpool_create((size_t)n);
    pool_threads = n;
    return pool;
}

__attribute__((destructor)) static void destroy_pool(void)
{
    if (pthread_mutex_trylock(&mutex)) return; /* work is under way: the process is ending anyway */
    if (pool) pthreadpool_destroy(pool);
    pool = NULL;
    pthread_mutex_unlock(&mutex);
}

/* A second caller, or a task that calls losskit itself, finds the pool busy and works alone. The
 * mutex is held throughout, so nobody destroys a pool in use and a fork waits for the end of the
 * work. Workers sleep afterwards: spinning ones would take the cores from the caller. */
void lk_parallel(size_t n, lk_task *task, void *context)
{
    work w = {task, context};
    pthreadpool_t p = NULL;
    if (n > 1 && !pthread_mutex_trylock(&mutex)) {
        p = pool_locked();
        if (p) {
            RELEASE(&w);
            pthreadpool_parallelize_1d(p, run, &w, n, PTHREADPOOL_FLAG_YIELD_WORKERS);
            ACQUIRE(&w);
        }
        pthread_mutex_unlock(&mutex);
    }
    for (size_t i = 0; !p && i < n; i++) task(context, i);
}

#else

void lk_parallel(size_t n, lk_task *task, void *context)
{
    for (size_t i = 0; i < n; i++) task(context, i);
}

#endif
