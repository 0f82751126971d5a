/* test_edit_threads.c: batches of pairs on several threads, and pairs so long that they are worked
 * on in parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "losskit.h"
#include "support/plain_distance.h"
#include "support/rng.h"

/* Texts one after the other; those of the hypotheses are copies with some errors. */
typedef struct batch {
    int64_t count, *offsets[2];
    char *text[2];
    lk_sequences side[2];
} batch;

static batch batch_new(int64_t count, int64_t bytes)
{
    batch b = {.count = count};
    for (int k = 0; k < 2; k++) {
        b.offsets[k] = calloc((size_t)count + 1, sizeof *b.offsets[k]);
        b.text[k] = malloc((size_t)bytes);
        assert_true(b.offsets[k] && b.text[k]);
        b.side[k] = (lk_sequences){b.text[k], LK_TOKENS_CHARACTERS, count, b.offsets[k]};
    }
    return b;
}

static void batch_free(batch *b)
{
    for (int k = 0; k < 2; k++) {
        free(b->offsets[k]);
        free(b->text[k]);
    }
}

/* Pair i of the batch: a reference of `length` letters, and a hypothesis with about percent % of
 * errors, behind `shift` letters of its own. */
static void draw(batch *b, rng *r, int64_t i, int64_t length, int64_t percent, int64_t shift)
{
    char *h = b->text[0] + b->offsets[0][i], *const t = b->text[1] + b->offsets[1][i];
    for (int64_t j = 0; j < length; j++) t[j] = (char)('a' + rng_below(r, 20));
    for (int64_t j = 0; j < shift; j++) *h++ = (char)('a' + rng_below(r, 20));
    for (int64_t j = 0; j < length; j++) {
        const int64_t error = rng_below(r, 100) < percent ? rng_below(r, 3) : 3;
        if (error != 0) *h++ = error == 1 ? (char)('a' + rng_below(r, 20)) : t[j];
        if (error == 2) *h++ = (char)('a' + rng_below(r, 20));
    }
    b->offsets[0][i + 1] = h - b->text[0];
    b->offsets[1][i + 1] = b->offsets[1][i] + length;
}

static int64_t expected_of(const batch *b, int64_t i)
{
    return plain_distance(b->text[0] + b->offsets[0][i], b->offsets[0][i + 1] - b->offsets[0][i],
                          b->text[1] + b->offsets[1][i], b->offsets[1][i + 1] - b->offsets[1][i],
                          1);
}

/* The alignment of the pair adds up to `e`, which has the expected distance. */
static void check_alignment(const batch *b, int64_t i, const lk_edits *e, int64_t expected)
{
    const size_t room = (size_t)(e->hypothesis_length + e->reference_length) + 1;
    char *const letters = malloc(room);
    assert_non_null(letters);
    assert_int_equal(lk_edit_alignment(&b->side[0], &b->side[1], i, letters, room), LK_OK);
    const char *h = b->text[0] + b->offsets[0][i], *t = b->text[1] + b->offsets[1][i];
    int64_t count[256] = {0};
    int wrong = 0;
    for (const char *c = letters; *c; c++) {
        count[(unsigned char)*c]++;
        if (*c == '=' || *c == 'S') wrong |= (*h == *t) != (*c == '=');
        h += *c != 'D';
        t += *c != 'I';
    }
    free(letters);
    assert_false(wrong);
    assert_ptr_equal(h, b->text[0] + b->offsets[0][i + 1]);
    assert_ptr_equal(t, b->text[1] + b->offsets[1][i + 1]);
    assert_int_equal(count['S'], e->substitutions);
    assert_int_equal(count['I'], e->insertions);
    assert_int_equal(count['D'], e->deletions);
    assert_int_equal(e->distance, expected);
    assert_int_equal(e->substitutions + e->insertions + e->deletions, expected);
}

/* Lengths around what is banded and what is halved, and few or many errors. */
static void test_long_pairs(void **state)
{
    static const struct {
        int64_t length, percent, shift;
    } cases[] = {{1100, 2, 0},  {2000, 1, 300}, {1500, 100, 0}, {3000, 10, 0},  {3000, 30, 100},
                 {4000, 2, 40}, {5000, 0, 900}, {1030, 60, 5},  {70, 50, 6000}, {6000, 100, 0}};
    enum { CASES = sizeof cases / sizeof *cases };
    rng r = {5};
    (void)state;
    batch b = batch_new(CASES, 200000);
    for (int i = 0; i < CASES; i++)
        draw(&b, &r, i, cases[i].length, cases[i].percent, cases[i].shift);
    int64_t distances[CASES];
    lk_edits edits[CASES];
    assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], distances, NULL, NULL), LK_OK);
    assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], NULL, edits, NULL), LK_OK);
    for (int i = 0; i < CASES; i++) {
        const int64_t expected = expected_of(&b, i);
        assert_int_equal(distances[i], expected);
        check_alignment(&b, i, &edits[i], expected);
    }
    batch_free(&b);
}

/* Hundreds to thousands of letters, of which a part has moved in front of its neighbours: the best
 * alignment leaves the diagonal where a band would not expect it. */
static void move_part(batch *b, rng *r, int64_t i)
{
    char *const h = b->text[0] + b->offsets[0][i];
    const int64_t length = b->offsets[0][i + 1] - b->offsets[0][i];
    const int64_t part = rng_below(r, least_of(length / 4 + 1, 250));
    const int64_t gap = rng_below(r, length / 4 + 1);
    const int64_t start = length - part - gap - rng_below(r, length / 4 + 1);
    char moved[256];
    memcpy(moved, h + start + gap, (size_t)part);
    memmove(h + start + part, h + start, (size_t)gap);
    memcpy(h + start, moved, (size_t)part);
}

static void test_moved_parts(void **state)
{
    enum { PAIRS = 150, MOST = 1700 };
    rng r = {9};
    (void)state;
    batch b = batch_new(PAIRS, 2 * PAIRS * MOST);
    for (int i = 0; i < PAIRS; i++) {
        draw(&b, &r, i, 200 + rng_below(&r, MOST - 200), rng_below(&r, 4), rng_below(&r, 20));
        move_part(&b, &r, i);
    }
    int64_t distances[PAIRS];
    lk_edits edits[PAIRS];
    assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], distances, NULL, NULL), LK_OK);
    assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], NULL, edits, NULL), LK_OK);
    for (int i = 0; i < PAIRS; i++) {
        const int64_t expected = expected_of(&b, i);
        assert_int_equal(distances[i], expected);
        check_alignment(&b, i, &edits[i], expected);
    }
    batch_free(&b);
}

/* A few letters against so many that even one row is not kept. */
static void test_short_and_long(void **state)
{
    enum { LENGTH = 300000, CASES = 3 };
    static const struct {
        const char *hypothesis;
        int64_t distance;
    } cases[CASES] = {{"###", LENGTH}, {"a#", LENGTH - 1}, {"xy#yx", LENGTH - 2}};
    rng r = {10};
    (void)state;
    for (int k = 0; k < CASES; k++) {
        batch b = batch_new(1, LENGTH);
        const size_t size = strlen(cases[k].hypothesis);
        for (int64_t j = 0; j < LENGTH; j++) b.text[1][j] = (char)('a' + rng_below(&r, 3));
        /* one x early and one late, with neither of the letters y on the right side of them */
        if (k == 2) b.text[1][1000] = b.text[1][LENGTH - 1000] = 'x';
        memcpy(b.text[0], cases[k].hypothesis, size);
        b.offsets[0][1] = (int64_t)size;
        b.offsets[1][1] = LENGTH;
        lk_edits e;
        assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], NULL, &e, NULL), LK_OK);
        check_alignment(&b, 0, &e, cases[k].distance);
        batch_free(&b);
    }
}

static void test_threads(void **state)
{
    enum { PAIRS = 1500, THREADS = 4 };
    static int64_t distances[THREADS][PAIRS];
    static lk_edits edits[THREADS][PAIRS], totals[THREADS];
    rng r = {6};
    (void)state;
    batch b = batch_new(PAIRS, 2000000);
    for (int i = 0; i < PAIRS; i++)
        draw(&b, &r, i,
             i == 20   ? 9000
             : i % 100 ? rng_below(&r, 60)
                       : 1200,
             rng_below(&r, 40), rng_below(&r, 9));
    for (int threads = 1; threads < THREADS; threads++) {
        lk_set_num_threads(threads);
        assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], distances[threads],
                                          edits[threads], &totals[threads]),
                         LK_OK);
        assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], distances[0], NULL, NULL), LK_OK);
        assert_memory_equal(distances[0], distances[threads], sizeof distances[0]);
        assert_memory_equal(edits[1], edits[threads], sizeof edits[0]);
        assert_memory_equal(&totals[1], &totals[threads], sizeof totals[0]);
    }
    lk_set_num_threads(0);
    int64_t sum = 0, letters = 0;
    for (int i = 0; i < PAIRS; i++) {
        sum += distances[1][i];
        letters += edits[1][i].reference_length;
        if (i % 50) assert_int_equal(distances[1][i], expected_of(&b, i));
    }
    assert_int_equal(totals[1].distance, sum);
    assert_int_equal(totals[1].reference_length, letters);
    batch_free(&b);
}

/* Invalid text late in a batch is found whatever thread comes across it, and the first one told. */
static void test_first_failure(void **state)
{
    enum { PAIRS = 4000 };
    rng r = {7};
    (void)state;
    batch b = batch_new(PAIRS, 800000);
    for (int i = 0; i < PAIRS; i++) draw(&b, &r, i, 100, 10, 0);
    b.text[1][b.offsets[1][3999] + 5] = (char)0xc0;
    b.text[0][b.offsets[0][3001] + 7] = (char)0xff;
    b.text[1][b.offsets[1][3001] + 3] = (char)0xff;
    for (int threads = 1; threads < 4; threads++) {
        lk_set_num_threads(threads);
        assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], NULL, NULL, NULL),
                         LK_OUT_OF_DOMAIN);
        assert_string_equal(lk_last_error(),
                            "edit_distance: hypotheses[3001] is not UTF-8 at byte 7 (0xff)");
    }
    lk_set_num_threads(0);
    batch_free(&b);
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* A million letters, of which 1000 are changed to one that the reference lacks, 700 here and there
 * and 2000 at once are missing. At most the unchanged ones can match, so that no alignment has
 * fewer edits. */
static void test_million(void **state)
{
    enum { LENGTH = 1000000, CHANGED = 1000, MISSING = 700, BLOCK = 2000, MOST_KILOBYTES = 24000 };
    rng r = {8};
    (void)state;
    batch b = batch_new(1, LENGTH);
    char *h = b.text[0];
    for (int64_t j = 0; j < LENGTH; j++) b.text[1][j] = (char)('a' + rng_below(&r, 20));
    for (int64_t j = 0; j < LENGTH; j++) {
        const int64_t kind = j % 1000;
        const int is_missing = (kind == 300 && j / 1000 < MISSING) ||
                               (j >= 400400 && j < 400400 + BLOCK && kind != 300 && kind != 500);
        if (!is_missing) *h++ = kind == 500 ? '#' : b.text[1][j];
    }
    b.offsets[0][1] = h - b.text[0];
    b.offsets[1][1] = LENGTH;
    const int64_t missing = LENGTH - b.offsets[0][1];
    int64_t distance;
    lk_edits e;
    memset(b.text[0] + b.offsets[0][1], 0, (size_t)missing);
    const long before = peak_kilobytes();
    assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], &distance, NULL, NULL), LK_OK);
    assert_int_equal(distance, CHANGED + missing);
    assert_int_equal(lk_edit_distance(&b.side[0], &b.side[1], NULL, &e, NULL), LK_OK);
    assert_true(peak_kilobytes() - before < MOST_KILOBYTES);
    check_alignment(&b, 0, &e, CHANGED + missing);
    batch_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_pairs),     cmocka_unit_test(test_moved_parts),
        cmocka_unit_test(test_short_and_long), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_first_failure),  cmocka_unit_test(test_million),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
