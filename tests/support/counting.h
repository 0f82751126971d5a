/* counting.h: whether a program may replace the C library's allocation by one that counts: COUNTING
 * is 1 with glibc, whose own is still to be had by another name, and without a sanitizer that
 * replaces it, too. */
#ifndef LK_TESTS_COUNTING_H
#define LK_TESTS_COUNTING_H

#include <stdlib.h> /* __GLIBC__ */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__GLIBC__) && !defined(SANITIZED) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define COUNTING 1
#else
#define COUNTING 0
#endif

#endif
