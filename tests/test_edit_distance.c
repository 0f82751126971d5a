/* test_edit_distance.c: distances against a plain table of all cells, counts and alignments against
 * what they have to add up to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../src/sequence/edits.h"
#include "losskit.h"
#include "support/plain_distance.h"
#include "support/rng.h"

enum { MOST = 512 /* tokens of a side */ };

/* Two sequences of integers, which a test turns into whatever it likes. */
typedef struct pair {
    int64_t length[2];
    int64_t tokens[2][MOST];
} pair;

/* Sequences of bytes, of which the second is the first with some noise, or something else. */
static void draw(rng *r, pair *p, int64_t m, int64_t n, int64_t alphabet, int64_t offset)
{
    const int64_t noise = rng_below(r, 4) ? rng_below(r, 12) : 100, shift = rng_below(r, 6);
    p->length[0] = m;
    p->length[1] = n;
    for (int64_t i = 0; i < m; i++) p->tokens[0][i] = offset + rng_below(r, alphabet);
    for (int64_t j = 0; j < n; j++) {
        const int keep = j + shift < m && rng_below(r, 100) >= 3 * noise;
        p->tokens[1][j] = keep ? p->tokens[0][j + shift] : offset + rng_below(r, alphabet);
    }
}

static lk_sequences sequences_of(const void *data, lk_tokens tokens, const int64_t *offsets)
{
    return (lk_sequences){data, tokens, 1, offsets};
}

/* The letters turn the reference into the hypothesis, count what they should, and no way is shorter
 * than they are. */
static void check_letters(const pair *p, const char *letters, const lk_edits *e, int64_t expected)
{
    int64_t i = 0, j = 0, count[256] = {0};
    for (const char *c = letters; *c; c++) {
        count[(unsigned char)*c]++;
        assert_non_null(strchr("=SID", *c));
        if (*c == '=') assert_int_equal(p->tokens[0][i], p->tokens[1][j]);
        if (*c == 'S') assert_int_not_equal(p->tokens[0][i], p->tokens[1][j]);
        i += *c != 'D';
        j += *c != 'I';
    }
    assert_int_equal(i, p->length[0]);
    assert_int_equal(j, p->length[1]);
    assert_int_equal(count['S'], e->substitutions);
    assert_int_equal(count['I'], e->insertions);
    assert_int_equal(count['D'], e->deletions);
    assert_int_equal(e->substitutions + e->insertions + e->deletions, expected);
    assert_int_equal(e->distance, expected);
    assert_int_equal(e->hypothesis_length, p->length[0]);
    assert_int_equal(e->reference_length, p->length[1]);
}

static void check_sequences(const pair *p, const lk_sequences *h, const lk_sequences *r,
                            int64_t expected)
{
    int64_t distance = -1, again = -1;
    lk_edits e, total;
    char letters[2 * MOST + 1];
    assert_int_equal(lk_edit_distance(h, r, &distance, NULL, NULL), LK_OK);
    assert_int_equal(distance, expected);
    assert_int_equal(lk_edit_distance(h, r, &again, &e, &total), LK_OK);
    assert_int_equal(again, expected);
    assert_memory_equal(&e, &total, sizeof e);
    const size_t room = (size_t)(p->length[0] + p->length[1]) + 1;
    assert_int_equal(lk_edit_alignment(h, r, 0, letters, room), LK_OK);
    check_letters(p, letters, &e, expected);
}

/* As 32-bit and 64-bit integers, and what the losses call. */
static void check_integers(const pair *p, int64_t expected)
{
    int32_t narrow[2][MOST];
    int64_t offsets[2][2];
    for (int k = 0; k < 2; k++) {
        offsets[k][0] = 0;
        offsets[k][1] = p->length[k];
        for (int64_t i = 0; i < p->length[k]; i++) narrow[k][i] = (int32_t)p->tokens[k][i];
    }
    for (int swap = 0; swap < 2; swap++) {
        const int h = swap, r = !swap;
        pair turned = *p;
        if (swap) {
            turned.length[0] = p->length[1];
            turned.length[1] = p->length[0];
            memcpy(turned.tokens[0], p->tokens[1], sizeof p->tokens[1]);
            memcpy(turned.tokens[1], p->tokens[0], sizeof p->tokens[0]);
        }
        lk_sequences a = sequences_of(narrow[h], LK_TOKENS_I32, offsets[h]);
        lk_sequences b = sequences_of(narrow[r], LK_TOKENS_I32, offsets[r]);
        check_sequences(&turned, &a, &b, expected);
        a = sequences_of(p->tokens[h], LK_TOKENS_I64, offsets[h]);
        b = sequences_of(p->tokens[r], LK_TOKENS_I64, offsets[r]);
        check_sequences(&turned, &a, &b, expected);
    }
    char *workspace = malloc(lk_edit_workspace(p->length[0], p->length[1]) + 1);
    assert_non_null(workspace);
    assert_int_equal(
        lk_edit_count(p->tokens[0], p->length[0], p->tokens[1], p->length[1], workspace + 1),
        expected);
    free(workspace);
}

static size_t put_code(int64_t code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    const int long_form = code >= 0x10000;
    to[0] = (char)(long_form ? 0xf0 | code >> 18 : 0xe0 | code >> 12);
    if (long_form) to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[1 + long_form] = (char)(0x80 | (code >> 6 & 0x3f));
    to[2 + long_form] = (char)(0x80 | (code & 0x3f));
    return (size_t)(3 + long_form);
}

/* As text whose code points are the tokens, from `base` on, and whose words are. */
static void check_text(const pair *p, int64_t base, int64_t expected)
{
    static char text[2][16 * MOST];
    int64_t offsets[2][2] = {{0, 0}, {0, 0}};
    for (int words = 0; words < 2; words++) {
        for (int k = 0; k < 2; k++) {
            size_t size = 0;
            for (int64_t i = 0; i < p->length[k]; i++) {
                const int64_t first = words ? base + 0x4000 : base; /* no white space there */
                const int64_t token = first + p->tokens[k][i];
                if (words && (i || token % 2)) text[k][size++] = i % 3 ? ' ' : '\t';
                if (words) text[k][size++] = (char)('a' + token % 26);
                size += put_code(token, text[k] + size);
            }
            offsets[k][1] = (int64_t)size;
        }
        const lk_tokens kind = words ? LK_TOKENS_WORDS : LK_TOKENS_CHARACTERS;
        const lk_sequences h = sequences_of(text[0], kind, offsets[0]);
        const lk_sequences r = sequences_of(text[1], kind, offsets[1]);
        check_sequences(p, &h, &r, expected);
    }
}

static void check_pair(const pair *p, int texts)
{
    const int64_t expected =
        plain_distance(p->tokens[0], p->length[0], p->tokens[1], p->length[1], 8);
    check_integers(p, expected);
    if (texts) {
        check_text(p, 'A', expected); /* plain ASCII when the alphabet is small */
        check_text(p, 0x7f0, expected);
        check_text(p, 0xfff0, expected);
    }
}

static const int64_t alphabets[] = {1, 2, 4, 26, 300, 5000};
enum { ALPHABETS = sizeof alphabets / sizeof *alphabets };

static void test_borders(void **state)
{
    static const int64_t lengths[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 191, 192, 193, 200, 257};
    enum { LENGTHS = sizeof lengths / sizeof *lengths };
    rng r = {1};
    pair p = {.length = {0}};
    (void)state;
    for (int a = 0; a < LENGTHS; a++)
        for (int b = 0; b < LENGTHS; b++) {
            const int64_t alphabet = alphabets[rng_below(&r, ALPHABETS)];
            draw(&r, &p, lengths[a], lengths[b], alphabet, 0);
            check_pair(&p, 1);
        }
}

static void test_random_lengths(void **state)
{
    rng r = {2};
    pair p = {.length = {0}};
    (void)state;
    for (int round = 0; round < 3000; round++) {
        const int64_t alphabet = alphabets[rng_below(&r, ALPHABETS)];
        const int64_t offset = round % 2 ? 0 : -alphabet / 2 - 1;
        draw(&r, &p, rng_below(&r, 201), rng_below(&r, 201), alphabet, offset);
        check_pair(&p, round % 2);
    }
}

/* Integers that only differ in their upper half, and the largest. */
static void test_wide_integers(void **state)
{
    rng r = {3};
    (void)state;
    for (int round = 0; round < 60; round++) {
        pair p = {.length = {0}};
        draw(&r, &p, rng_below(&r, 150), rng_below(&r, 150), 6, 0);
        static const int64_t tokens[] = {
            INT64_MIN, INT64_MAX, 1, 1 + ((int64_t)1 << 32), -1, -1 - ((int64_t)1 << 40)};
        for (int k = 0; k < 2; k++)
            for (int64_t i = 0; i < p.length[k]; i++) p.tokens[k][i] = tokens[p.tokens[k][i]];
        const int64_t expected =
            plain_distance(p.tokens[0], p.length[0], p.tokens[1], p.length[1], 8);
        const int64_t offsets[2][2] = {{0, p.length[0]}, {0, p.length[1]}};
        const lk_sequences a = sequences_of(p.tokens[0], LK_TOKENS_I64, offsets[0]);
        const lk_sequences b = sequences_of(p.tokens[1], LK_TOKENS_I64, offsets[1]);
        check_sequences(&p, &a, &b, expected);
    }
}

static void test_known(void **state)
{
    static const struct {
        const char *hypothesis, *reference, *letters;
        int64_t characters, words;
    } cases[] = {{"kitten", "sitting", "S===S=D", 3, 1},
                 {"", "", "", 0, 0},
                 {"abc", "", "III", 3, 1},
                 {"", "ab c", "DDDD", 4, 2},
                 {"same words", "same words", "==========", 0, 0},
                 {"the cat sat", "the cat sat down", "===========DDDDD", 5, 1},
                 {"na\xc3\xafve", "naive", "==S==", 1, 1}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const int64_t h_end[2] = {0, (int64_t)strlen(cases[k].hypothesis)};
        const int64_t r_end[2] = {0, (int64_t)strlen(cases[k].reference)};
        char letters[64];
        lk_sequences h = sequences_of(cases[k].hypothesis, LK_TOKENS_CHARACTERS, h_end);
        lk_sequences r = sequences_of(cases[k].reference, LK_TOKENS_CHARACTERS, r_end);
        int64_t distance;
        assert_int_equal(lk_edit_distance(&h, &r, &distance, NULL, NULL), LK_OK);
        assert_int_equal(distance, cases[k].characters);
        assert_int_equal(lk_edit_alignment(&h, &r, 0, letters, sizeof letters), LK_OK);
        assert_string_equal(letters, cases[k].letters);
        h.tokens = r.tokens = LK_TOKENS_WORDS;
        assert_int_equal(lk_edit_distance(&h, &r, &distance, NULL, NULL), LK_OK);
        assert_int_equal(distance, cases[k].words);
    }
}

static void test_error_rate(void **state)
{
    lk_edits e = {.distance = 3, .reference_length = 4, .hypothesis_length = 2};
    double rate = -1;
    (void)state;
    assert_int_equal(lk_error_rate(&e, &rate), LK_OK);
    assert_true(rate == 0.75);
    memset(&e, 0, sizeof e);
    assert_int_equal(lk_error_rate(&e, &rate), LK_OK);
    assert_true(rate == 0);
    e.distance = e.insertions = e.hypothesis_length = 3;
    assert_int_equal(lk_error_rate(&e, &rate), LK_OUT_OF_DOMAIN);
    assert_string_equal(lk_last_error(),
                        "error_rate: the reference is empty, but the hypothesis has 3 tokens");
    assert_int_equal(lk_error_rate(NULL, &rate), LK_INVALID);
    assert_int_equal(lk_error_rate(&e, NULL), LK_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),          cmocka_unit_test(test_borders),
        cmocka_unit_test(test_random_lengths), cmocka_unit_test(test_wide_integers),
        cmocka_unit_test(test_error_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
