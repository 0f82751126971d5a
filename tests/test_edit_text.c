/* test_edit_text.c: what is valid text, what are words, and calls that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "losskit.h"

/* The edits of two texts, which may hold zero bytes. */
static lk_edits edits_of(lk_tokens tokens, const char *h, size_t h_size, const char *r,
                         size_t r_size)
{
    const int64_t h_end[2] = {0, (int64_t)h_size}, r_end[2] = {0, (int64_t)r_size};
    const lk_sequences a = {h, tokens, 1, h_end}, b = {r, tokens, 1, r_end};
    lk_edits e;
    assert_int_equal(lk_edit_distance(&a, &b, NULL, &e, NULL), LK_OK);
    return e;
}

static void expect_invalid(const char *text, size_t size, const char *place)
{
    char sentence[128];
    for (int words = 0; words < 2; words++)
        for (int k = 0; k < 2; k++) {
            const lk_tokens kind = words ? LK_TOKENS_WORDS : LK_TOKENS_CHARACTERS;
            const int64_t good_ends[] = {0, 1, 2, 4}, bad_ends[] = {0, 2, 4, 4 + (int64_t)size};
            char all[64] = "good";
            memcpy(all + 4, text, size);
            const lk_sequences good = {"good", kind, 3, good_ends}, bad = {all, kind, 3, bad_ends};
            int64_t distances[3];
            const lk_sequences *const h = k ? &good : &bad, *const r = k ? &bad : &good;
            assert_int_equal(lk_edit_distance(h, r, distances, NULL, NULL), LK_OUT_OF_DOMAIN);
            strcpy(sentence, k ? "edit_distance: references[2] is not UTF-8 at byte "
                               : "edit_distance: hypotheses[2] is not UTF-8 at byte ");
            assert_string_equal(lk_last_error(), strcat(sentence, place));
            char letters[64];
            assert_int_equal(lk_edit_alignment(h, r, 1, letters, sizeof letters), LK_OK);
            assert_int_equal(lk_edit_alignment(h, r, 2, letters, sizeof letters), LK_OUT_OF_DOMAIN);
            assert_non_null(strstr(lk_last_error(), "edit_alignment: "));
        }
}
#define BYTES(text) text, sizeof text - 1

static void test_invalid(void **state)
{
    (void)state;
    expect_invalid(BYTES("\xff"), "0 (0xff)");
    expect_invalid(BYTES("abc\x80"), "3 (0x80)");                /* continues nothing */
    expect_invalid(BYTES("12345678901234567\xff"), "17 (0xff)"); /* behind whole words */
    expect_invalid(BYTES("\xc0\x80"), "0 (0xc0)");               /* overlong NUL */
    expect_invalid(BYTES("\xc1\xbf"), "0 (0xc1)");               /* overlong */
    expect_invalid(BYTES("x\xe0\x9f\xbf"), "1 (0xe0)");          /* overlong */
    expect_invalid(BYTES("\xf0\x8f\xbf\xbf"), "0 (0xf0)");       /* overlong */
    expect_invalid(BYTES("\xed\xa0\x80"), "0 (0xed)");           /* surrogates */
    expect_invalid(BYTES("\xed\xbf\xbf"), "0 (0xed)");
    expect_invalid(BYTES("\xf4\x90\x80\x80"), "0 (0xf4)"); /* U+110000 */
    expect_invalid(BYTES("\xf5\x80\x80\x80"), "0 (0xf5)");
    expect_invalid(BYTES("\xc3\xa9\xc3"), "2 (0xc3)"); /* truncated */
    expect_invalid(BYTES("\xe2\x82"), "0 (0xe2)");
    expect_invalid(BYTES("\xf0\x9f\x98"), "0 (0xf0)");
    expect_invalid(BYTES("\xe2\x82 "), "0 (0xe2)"); /* not continued */
    expect_invalid(BYTES("\xf0\x9f\x98 "), "0 (0xf0)");
    expect_invalid(BYTES("\xe2\x28\xa1"), "0 (0xe2)");
}

/* The first and the last code point of every length and at both ends of the surrogates. */
static void test_valid(void **state)
{
    static const char text[] =
        "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"
        "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
    (void)state;
    lk_edits e = edits_of(LK_TOKENS_CHARACTERS, BYTES(text), BYTES("\0"));
    assert_int_equal(e.hypothesis_length, 9);
    assert_int_equal(e.reference_length, 1);
    assert_int_equal(e.distance, 9);
    e = edits_of(LK_TOKENS_CHARACTERS, BYTES(text), "\x7f\xc2\x80", 3);
    assert_int_equal(e.distance, 7);
    /* code points that end alike are not the same */
    e = edits_of(LK_TOKENS_CHARACTERS, BYTES("\xc3\xa9\xc3\xa8"), BYTES("\xc2\xa9\xc2\xa8"));
    assert_int_equal(e.substitutions, 2);
}

static void test_words(void **state)
{
    static const char spaces[] = "\t\n\v\f\r \xc2\x85\xc2\xa0\xe1\x9a\x80\xe2\x80\x80\xe2\x80\x8a"
                                 "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80";
    char text[256] = "";
    (void)state;
    lk_edits e = edits_of(LK_TOKENS_WORDS, BYTES(spaces), BYTES("  "));
    assert_int_equal(e.hypothesis_length + e.reference_length, 0);
    strcat(strcat(strcat(strcat(text, spaces), "one"), spaces), "two");
    e = edits_of(LK_TOKENS_WORDS, text, strlen(text), BYTES("one two "));
    assert_int_equal(e.hypothesis_length, 2);
    assert_int_equal(e.distance, 0);
    /* U+200B, U+180E and U+FEFF are none */
    e = edits_of(LK_TOKENS_WORDS,
                 BYTES("a\xe2\x80\x8b"
                       "b c\xe1\xa0\x8e"
                       "d e\xef\xbb\xbf"
                       "f"),
                 BYTES("x y z"));
    assert_int_equal(e.hypothesis_length, 3);
    /* words that begin alike, or hold a zero byte */
    e = edits_of(LK_TOKENS_WORDS, BYTES("longer-words long a\0b"),
                 BYTES("longer-word longer a\0c"));
    assert_int_equal(e.substitutions, 3);
    e = edits_of(LK_TOKENS_WORDS, BYTES("the cat  sat"), BYTES("the dog sat on"));
    assert_int_equal(e.substitutions, 1);
    assert_int_equal(e.deletions, 1);
    assert_int_equal(e.reference_length, 4);
}

/* ---- refusals ---------------------------------------------------------------------------------
 */

static void expect(const char *sentence, const lk_sequences *h, const lk_sequences *r)
{
    int64_t distances[2] = {77, 77};
    lk_edits edits[2], total;
    memset(edits, 7, sizeof edits);
    memset(&total, 7, sizeof total);
    assert_int_equal(lk_edit_distance(h, r, distances, edits, &total), LK_INVALID);
    assert_string_equal(lk_last_error(), sentence);
    assert_int_equal(distances[0], 77);
    assert_int_equal(edits[0].distance, 0x0707070707070707);
    assert_int_equal(total.distance, 0x0707070707070707);
}

static void test_refusals(void **state)
{
    static const int64_t ends[] = {0, 1, 2}, falling[] = {0, 2, 1}, negative[] = {-1, 1, 2};
    static const int64_t tokens[3] = {1, 2, 3};
    const lk_sequences good = {tokens, LK_TOKENS_I64, 2, ends};
    lk_sequences s = good;
    (void)state;
    expect("edit_distance: hypotheses is NULL", NULL, &good);
    expect("edit_distance: references is NULL", &good, NULL);
    s.count = -3;
    expect("edit_distance: references.count = -3 is negative", &good, &s);
    s.count = 1;
    expect("edit_distance: there are 1 hypotheses but 2 references", &s, &good);
    s = good;
    s.tokens = LK_TOKENS_I32;
    expect("edit_distance: hypotheses.tokens = 1, but references.tokens = 0", &good, &s);
    s.tokens = (lk_tokens)4;
    expect("edit_distance: references.tokens = 4 is no lk_tokens", &good, &s);
    s = good;
    s.offsets = NULL;
    expect("edit_distance: hypotheses.offsets is NULL", &s, &good);
    s.offsets = falling;
    expect("edit_distance: hypotheses.offsets[2] = 1 is less than the 2 before it", &s, &good);
    s.offsets = negative;
    expect("edit_distance: references.offsets[0] = -1 is negative", &good, &s);
    s = good;
    s.data = NULL;
    expect("edit_distance: references.data is NULL", &good, &s);
    s.data = (const char *)tokens + 4;
    expect("edit_distance: hypotheses.data is not aligned to its tokens of 8 bytes", &s, &good);
}

static void test_nothing(void **state)
{
    const lk_sequences none = {NULL, LK_TOKENS_WORDS, 0, NULL};
    static const int64_t ends[] = {0, 0};
    const lk_sequences empty = {NULL, LK_TOKENS_I32, 1, ends};
    lk_edits total = {.distance = 9};
    (void)state;
    assert_int_equal(lk_edit_distance(&none, &none, NULL, NULL, &total), LK_OK);
    assert_int_equal(total.distance, 0);
    total.distance = 9;
    assert_int_equal(lk_edit_distance(&empty, &empty, NULL, NULL, &total), LK_OK);
    assert_int_equal(total.distance, 0);
}

static void test_alignment_refusals(void **state)
{
    static const int64_t ends[] = {0, 3};
    const lk_sequences a = {"abc", LK_TOKENS_CHARACTERS, 1, ends};
    char letters[8] = "";
    (void)state;
    assert_int_equal(lk_edit_alignment(&a, &a, 0, letters, 6), LK_INVALID);
    assert_string_equal(
        lk_last_error(),
        "edit_alignment: room = 6 is less than 7, one more than the tokens of both");
    assert_int_equal(lk_edit_alignment(&a, &a, 0, letters, 7), LK_OK);
    assert_string_equal(letters, "===");
    assert_int_equal(lk_edit_alignment(&a, &a, 1, letters, 7), LK_INVALID);
    assert_string_equal(lk_last_error(), "edit_alignment: pair = 1 is outside [0, 1)");
    assert_int_equal(lk_edit_alignment(&a, &a, -1, letters, 7), LK_INVALID);
    assert_int_equal(lk_edit_alignment(&a, &a, 0, NULL, 7), LK_INVALID);
    assert_string_equal(lk_last_error(), "edit_alignment: letters is NULL");
    assert_int_equal(lk_edit_alignment(NULL, &a, 0, letters, 7), LK_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invalid), cmocka_unit_test(test_valid),
        cmocka_unit_test(test_words),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_alignment_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
