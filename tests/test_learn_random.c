/* test_learn_random.c: the random numbers of training: splitmix64 as published, and without bias.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_numbers.h"

/* The reference implementation's first numbers for this seed (Vigna, prng.di.unimi.it). */
static void bits_are_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[5] = {6457827717110365317u, 3203168211198807973u,
                                         9817491932198370423u, 4593380528125082431u,
                                         16408922859458223821u};
    lk_random r = {1234567};
    for (int k = 0; k < 5; k++) assert_true(lk_random_bits(&r) == expected[k]);
}

static void unit_is_a_multiple_below_1(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    lk_random r = {1}, bits = {1};
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        const double u = lk_random_unit(&r);
        assert_true(u >= 0 && u < 1);
        assert_true(u * 0x1p53 == (double)(lk_random_bits(&bits) >> 11));
        sum += u;
        square += u * u;
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    assert_true(fabs(square / N - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N));
}

/* chi^2 over k cells has the mean k - 1 and the variance 2 (k - 1). */
static void check_cells(const int64_t *count, int cells, double draws)
{
    double chi = 0;
    for (int c = 0; c < cells; c++)
        chi += pow((double)count[c] - draws / cells, 2) / (draws / cells);
    if (!(fabs(chi - (cells - 1)) < 5 * sqrt(2.0 * (cells - 1)) + 5))
        fail_msg("chi^2 = %g in %d cells", chi, cells);
}

static void below_is_even(void **state)
{
    (void)state;
    enum { N = 200000 };
    static const int64_t bounds[] = {1, 2, 3, 7, 10, 64, 97};
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
        lk_random r = {b};
        int64_t count[97] = {0};
        for (int i = 0; i < N; i++) {
            const int64_t k = lk_random_below(&r, bounds[b]);
            assert_in_range(k, 0, bounds[b] - 1);
            count[k]++;
        }
        check_cells(count, (int)bounds[b], N);
    }
}

/* 3 * 2^61 divides 2^64 two and two thirds times: a remainder alone would favour its lower half. */
static void below_has_no_bias_of_the_remainder(void **state)
{
    (void)state;
    enum { N = 100000 };
    const int64_t n = (int64_t)3 << 61;
    assert_true(n > 0);
    lk_random r = {5};
    int64_t count[3] = {0};
    for (int i = 0; i < N; i++) count[lk_random_below(&r, n) >> 61]++;
    check_cells(count, 3, N);
}

/* The first four moments of N(0, 1), and how often it is beyond 1, 2, 3 and 4. */
static void normal_is_normal(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    static const double moment[5] = {1, 0, 1, 0, 3}, variance[5] = {0, 1, 2, 15, 96};
    static const double beyond[4] = {0.31731050786, 0.04550026390, 0.00269979606, 6.3342484e-5};
    double sum[5] = {0}, count[4] = {0}, lag = 0, last = 0;
    lk_random r = {9};
    for (int i = 0; i < N; i++) {
        const double x = lk_random_normal(&r);
        assert_true(isfinite(x));
        for (int k = 0; k < 5; k++) sum[k] += pow(x, k);
        for (int k = 0; k < 4; k++) count[k] += fabs(x) > k + 1;
        lag += x * last;
        last = x;
    }
    for (int k = 1; k < 5; k++)
        assert_true(fabs(sum[k] / N - moment[k]) < 5 * sqrt(variance[k] / N));
    for (int k = 0; k < 4; k++)
        assert_true(fabs(count[k] - N * beyond[k]) < 5 * sqrt(N * beyond[k]));
    assert_true(fabs(lag / N) < 5 * sqrt(1.0 / N));
}

static void shuffle_is_an_even_permutation(void **state)
{
    (void)state;
    enum { N = 5, TIMES = 60000 };
    int64_t at[N][N] = {{0}}, orders[120] = {0};
    lk_random r = {3};
    for (int t = 0; t < TIMES; t++) {
        int64_t items[N] = {0, 1, 2, 3, 4};
        int seen = 0, order = 0;
        lk_random_shuffle(&r, N, items);
        for (int i = 0; i < N; i++) {
            seen |= 1 << items[i];
            at[i][items[i]]++;
            int smaller = 0; /* its digit in the factorial numbers */
            for (int j = i + 1; j < N; j++) smaller += items[j] < items[i];
            order = order * (N - i) + smaller;
        }
        assert_int_equal(seen, (1 << N) - 1);
        orders[order]++;
    }
    for (int i = 0; i < N; i++) check_cells(at[i], N, TIMES);
    check_cells(orders, 120, TIMES);
    int64_t none = 7;
    lk_random_shuffle(&r, 0, NULL);
    lk_random_shuffle(&r, 1, &none);
    assert_int_equal(none, 7);
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void check_distinct(uint64_t *numbers, size_t n)
{
    qsort(numbers, n, sizeof *numbers, compare);
    for (size_t i = 1; i < n; i++) assert_true(numbers[i] != numbers[i - 1]);
}

/* No two of a thousand seeds' first hundred streams begin with the same number, and neighbours have
 * nothing in common. */
static void streams_differ(void **state)
{
    (void)state;
    enum { SEEDS = 1000, STREAMS = 100 };
    static uint64_t first[SEEDS * STREAMS];
    double same = 0, last = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        for (uint64_t index = 0; index < STREAMS; index++) {
            lk_random r = {lk_random_stream(seed, index)};
            assert_true(lk_random_stream(seed, index) == r.state);
            first[seed * STREAMS + index] = lk_random_bits(&r);
            const double u = lk_random_unit(&r) - 0.5;
            same += 12 * u * last;
            last = u;
        }
    assert_true(fabs(same) < 5 * sqrt(SEEDS * STREAMS));
    check_distinct(first, SEEDS * STREAMS);
    for (int index = 0; index < STREAMS; index++) { /* nor is one a later part of another */
        lk_random r = {lk_random_stream(1, (uint64_t)index)};
        for (int k = 0; k < SEEDS; k++) first[index * SEEDS + k] = lk_random_bits(&r);
    }
    check_distinct(first, SEEDS * STREAMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_splitmix64), cmocka_unit_test(unit_is_a_multiple_below_1),
        cmocka_unit_test(below_is_even),       cmocka_unit_test(below_has_no_bias_of_the_remainder),
        cmocka_unit_test(normal_is_normal),    cmocka_unit_test(shuffle_is_an_even_permutation),
        cmocka_unit_test(streams_differ),
    };
    return cmocka_run_group_tests_name("learn_random", tests, NULL, NULL);
}
