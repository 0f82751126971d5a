/* test_learn_split.c: parts of a data set: complete, disjoint, in order, and with every class. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/learn_numbers.h"

enum { MOST = 4000, PARTS = 4 };

static int64_t rows[MOST], sizes[PARTS], again[MOST], other_sizes[PARTS];

static int64_t rows_of_class(const lk_dataset *d, int64_t c, const int64_t *part, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += d->target[part ? part[i] : i] == (double)c;
    return count;
}

/* Every row once, ascending within its part. */
static void check_partition(const lk_dataset *d, int parts)
{
    static unsigned char seen[MOST];
    memset(seen, 0, sizeof seen);
    int64_t at = 0;
    for (int p = 0; p < parts; p++)
        for (int64_t k = 0; k < sizes[p]; k++, at++) {
            assert_in_range(rows[at], 0, d->rows - 1);
            assert_false(seen[rows[at]]++);
            if (k) assert_true(rows[at] > rows[at - 1]);
        }
    assert_int_equal(at, d->rows);
}

static void check_shares(const lk_dataset *d, int parts, const double *fractions)
{
    const int64_t *part = rows;
    for (int p = 0; p < parts; part += sizes[p++]) {
        for (int64_t c = 0; c < d->classes; c++) {
            const double share = fractions[p] * (double)rows_of_class(d, c, NULL, d->rows);
            const double got = (double)rows_of_class(d, c, part, sizes[p]);
            if (!(fabs(got - share) < 1))
                fail_msg("part %d has %g rows of class %lld; expected %g", p, got, (long long)c,
                         share);
        }
        if (!(fabs((double)sizes[p] - fractions[p] * (double)d->rows) < 1.5))
            fail_msg("part %d has %lld of %lld rows", p, (long long)sizes[p], (long long)d->rows);
    }
}

static void keeps_every_class_in_its_share(void **state)
{
    (void)state;
    static const double fractions[][PARTS] = {{0.8, 0.2, 0, 0},
                                              {0.6, 0.2, 0.2, 0},
                                              {0.7, 0.1, 0.1, 0.1},
                                              {0.25, 0.25, 0.25, 0.25},
                                              {1.0 / 3, 1.0 / 3, 1.0 / 3, 0},
                                              {1, 0, 0, 0},
                                              {0, 0.999, 0.001, 0}};
    for (uint64_t seed = 0; seed < 40; seed++) {
        lk_random random = {seed};
        int64_t count[6];
        for (int c = 0; c < 6; c++) count[c] = lk_random_below(&random, seed < 20 ? 9 : 600);
        lk_dataset d = random_classes(6, count, 1, seed);
        for (size_t k = 0; k < sizeof fractions / sizeof *fractions; k++) {
            assert_int_equal(lk_split(&d, PARTS, fractions[k], 1, seed, rows, sizes), LK_OK);
            check_partition(&d, PARTS);
            check_shares(&d, PARTS, fractions[k]);
        }
        lk_dataset_free(&d);
    }
}

static void is_exact_where_the_shares_are_whole(void **state)
{
    (void)state;
    const int64_t count[3] = {1000, 70, 30};
    const double fractions[3] = {0.7, 0.2, 0.1};
    lk_dataset d = random_classes(3, count, 1, 5);
    assert_int_equal(lk_split(&d, 3, fractions, 1, 1, rows, sizes), LK_OK);
    const int64_t *part = rows;
    for (int p = 0; p < 3; part += sizes[p++])
        for (int c = 0; c < 3; c++)
            assert_int_equal(rows_of_class(&d, c, part, sizes[p]),
                             llround(fractions[p] * (double)count[c]));
    lk_dataset_free(&d);
}

/* 0.29 times 100 is 28.999999999999996; what earlier classes are owed changes nothing about it. */
static void knows_whole_shares_in_spite_of_rounding(void **state)
{
    (void)state;
    const double fractions[3] = {0.29, 0.355, 0.355};
    for (int64_t a = 0; a < 12; a++)
        for (int64_t b = 0; b < 12; b++) {
            const int64_t count[3] = {a, b, 100};
            lk_dataset d = random_classes(3, count, 1, 5);
            assert_int_equal(lk_split(&d, 3, fractions, 1, 1, rows, sizes), LK_OK);
            assert_int_equal(rows_of_class(&d, 2, rows, sizes[0]), 29);
            lk_dataset_free(&d);
        }
}

static void divides_numbers_and_plain_rows_as_a_whole(void **state)
{
    (void)state;
    const int64_t count[2] = {90, 13};
    const double fractions[3] = {0.5, 0.3, 0.2};
    lk_dataset d = random_classes(2, count, 1, 3);
    assert_int_equal(lk_split(&d, 3, fractions, 0, 8, rows, sizes), LK_OK);
    check_partition(&d, 3);
    for (int p = 0; p < 3; p++) assert_true(fabs((double)sizes[p] - 103 * fractions[p]) < 1);
    d.classes = 0;
    assert_int_equal(lk_split(&d, 3, fractions, 1, 8, again, other_sizes), LK_OK);
    assert_memory_equal(rows, again, 103 * sizeof *rows);
    assert_memory_equal(sizes, other_sizes, 3 * sizeof *sizes);
    lk_dataset_free(&d);
}

static void follows_the_seed(void **state)
{
    (void)state;
    const int64_t count[2] = {300, 100};
    const double fractions[2] = {0.75, 0.25};
    lk_dataset d = random_classes(2, count, 1, 3);
    for (int stratified = 0; stratified < 2; stratified++) {
        assert_int_equal(lk_split(&d, 2, fractions, stratified, 8, rows, sizes), LK_OK);
        assert_int_equal(lk_split(&d, 2, fractions, stratified, 8, again, sizes), LK_OK);
        assert_memory_equal(rows, again, 400 * sizeof *rows);
        assert_int_equal(lk_split(&d, 2, fractions, stratified, 9, again, sizes), LK_OK);
        assert_memory_not_equal(rows, again, 400 * sizeof *rows);
    }
    lk_dataset_free(&d);
}

/* Over many seeds each row is in a part as often as its fraction says, within 5 deviations. */
static void favours_no_row(void **state)
{
    (void)state;
    enum { SEEDS = 2000 };
    const int64_t count[2] = {8, 5};
    const double fractions[2] = {0.75, 0.25};
    int first[13] = {0};
    lk_dataset d = random_classes(2, count, 1, 4);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        assert_int_equal(lk_split(&d, 2, fractions, 1, seed, rows, sizes), LK_OK);
        for (int64_t k = 0; k < sizes[0]; k++) first[rows[k]]++;
    }
    for (int i = 0; i < 13; i++) { /* of 5 rows, 4 are in the first part or 3 */
        const double share = d.target[i] == 0 ? 6.0 / 8 : 4.0 / 5;
        assert_true(fabs(first[i] - SEEDS * share) < 5 * sqrt(SEEDS * share * (1 - share)));
    }
    lk_dataset_free(&d);
}

static void takes_few_rows(void **state)
{
    (void)state;
    const double fractions[2] = {0.5, 0.5};
    const int64_t none[2] = {0, 0}, one[2] = {0, 1};
    lk_dataset d = random_classes(2, none, 1, 4);
    assert_int_equal(lk_split(&d, 2, fractions, 1, 0, rows, sizes), LK_OK);
    assert_int_equal(sizes[0] + sizes[1], 0);
    lk_dataset_free(&d);
    d = random_classes(2, one, 1, 4);
    assert_int_equal(lk_split(&d, 2, fractions, 1, 0, rows, sizes), LK_OK);
    assert_int_equal(sizes[0] + sizes[1], 1);
    assert_int_equal(rows[0], 0);
    lk_dataset_free(&d);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    const int64_t count[2] = {5, 5};
    lk_dataset d = random_classes(2, count, 1, 4);
    const double little[2] = {0.5, 0.4}, negative[2] = {1.5, -0.5}, nan[2] = {NAN, 1};
    assert_int_equal(lk_split(&d, 2, little, 1, 0, rows, sizes), LK_INVALID);
    assert_told("sum to 0.9");
    assert_int_equal(lk_split(&d, 2, negative, 1, 0, rows, sizes), LK_INVALID);
    assert_told("fractions[0] = 1.5");
    assert_int_equal(lk_split(&d, 2, nan, 1, 0, rows, sizes), LK_INVALID);
    assert_told("fractions[0]");
    assert_int_equal(lk_split(&d, 0, little, 1, 0, rows, sizes), LK_INVALID);
    assert_told("0 parts");
    d.target[7] = 2;
    const double half[2] = {0.5, 0.5};
    assert_int_equal(lk_split(&d, 2, half, 1, 0, rows, sizes), LK_OUT_OF_DOMAIN);
    assert_told("target[7] = 2");
    lk_dataset_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_every_class_in_its_share),
        cmocka_unit_test(is_exact_where_the_shares_are_whole),
        cmocka_unit_test(knows_whole_shares_in_spite_of_rounding),
        cmocka_unit_test(divides_numbers_and_plain_rows_as_a_whole),
        cmocka_unit_test(follows_the_seed),
        cmocka_unit_test(favours_no_row),
        cmocka_unit_test(takes_few_rows),
        cmocka_unit_test(tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("learn_split", tests, NULL, NULL);
}
