/* failing_allocations.h: a program that includes it has every allocation of a call fail once. Its
 * malloc() and the rest replace the C library's, so just one file of the program may. */
#ifndef LK_TESTS_FAILING_ALLOCATIONS_H
#define LK_TESTS_FAILING_ALLOCATIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "counting.h"
#include "learn_numbers.h"

#if COUNTING
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *memory);
static int counting, live, until_failure;

static int fails(void) { return counting && until_failure-- == 0; }

/* Replace the C library's for this program; counting is on while one thread runs. */
void *malloc(size_t size)
{
    void *const memory = fails() ? NULL : __libc_malloc(size);
    live += counting && memory;
    return memory;
}

void *calloc(size_t count, size_t size)
{
    void *const memory = fails() ? NULL : __libc_calloc(count, size);
    live += counting && memory;
    return memory;
}

void *realloc(void *old, size_t size)
{
    void *const memory = fails() ? NULL : __libc_realloc(old, size);
    live += counting && memory && !old;
    return memory;
}

void free(void *memory)
{
    live -= counting && memory;
    __libc_free(memory);
}
#endif

typedef lk_status attempt(const lk_dataset *data);

/* Fails the first allocation, then the second, until there are no more; of hundreds, some. */
static void exhaust(attempt *run, const lk_dataset *data)
{
    if (run(data)) fail_msg("%s", lk_last_error());
#if COUNTING
    lk_status status = LK_NO_MEMORY;
    int attempts = 0;
    for (; status; attempts += 1 + attempts / 100) {
        live = 0;
        until_failure = attempts;
        counting = 1;
        status = run(data);
        counting = 0;
        if (status && status != LK_NO_MEMORY) fail_msg("%s", lk_last_error());
        if (status) assert_told("no memory");
        assert_int_equal(live, 0);
    }
    assert_true(attempts > 2);
#endif
}

#endif
