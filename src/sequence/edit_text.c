/* edit_text.c: UTF-8 as code points or words. Surrogates, overlong forms and what lies beyond
 * U+10FFFF are no code points (The Unicode Standard, table 3-7). */
#include "edit_text.h"

#include <string.h>

/* The bytes of the code point that begins at p, or 0. */
static inline int length_of(const uint8_t *p, const uint8_t *end)
{
    const int first = *p;
    if (first < 0x80) return 1;
    const int length = first < 0xc2   ? 0
                       : first < 0xe0 ? 2
                       : first < 0xf0 ? 3
                       : first < 0xf5 ? 4
                                      : 0;
    if (!length || end - p < length) return 0;
    const int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) return 0;
    for (int i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return length;
}

static inline int32_t code_of(const uint8_t *p, int length)
{
    static const int masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    int32_t code = *p & masks[length];
    for (int i = 1; i < length; i++) code = code << 6 | (p[i] & 0x3f);
    return code;
}

/* Unicode's property White_Space. */
static int is_space(int32_t code)
{
    if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
    if (code < 0x1680) return code == 0x85 || code == 0xa0;
    return code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

int lk_text_is_plain(const lk_text *text)
{
    const uint8_t *const bytes = text->bytes;
    uint64_t all = 0;
    int64_t i = 0;
    for (; i + 8 <= text->size; i += 8) {
        uint64_t eight;
        memcpy(&eight, bytes + i, sizeof eight);
        all |= eight;
    }
    for (; i < text->size; i++) all |= bytes[i];
    return !(all & 0x8080808080808080u);
}

int64_t lk_text_decode(const lk_text *text, int32_t *tokens, int64_t *bad)
{
    const uint8_t *p = text->bytes, *const end = text->size ? p + text->size : p;
    int32_t *to = tokens;
    while (p < end) {
        const int length = length_of(p, end);
        *bad = p - text->bytes;
        if (!length) return -1;
        *to++ = code_of(p, length);
        p += length;
    }
    return to - tokens;
}

int64_t lk_text_count_words(const lk_text *t, int64_t *bad)
{
    const uint8_t *p = t->bytes, *const end = t->size ? p + t->size : p;
    int64_t count = 0;
    for (int inside = 0; p < end;) {
        const int length = length_of(p, end);
        *bad = p - t->bytes;
        if (!length) return -1;
        const int space = is_space(code_of(p, length));
        count += !space && !inside;
        inside = !space;
        p += length;
    }
    return count;
}

/* ---- words ------------------------------------------------------------------------------------
 */

typedef struct word {
    const uint8_t *bytes;
    int64_t size;
} word;

typedef struct dictionary {
    word *words;    /* by number */
    int32_t *slots; /* the number of a word that hashes to here or to a slot before, or -1 */
    size_t last;
    int32_t known;
} dictionary;

static size_t slots_of(int64_t words)
{
    size_t slots = 16;
    while (slots < 2 * (size_t)words) slots *= 2;
    return slots;
}

size_t lk_text_words_room(int64_t words)
{
    return (size_t)words * sizeof(word) + slots_of(words) * sizeof(int32_t);
}

static uint64_t hash_of(const word *w)
{
    uint64_t hash = (uint64_t)w->size;
    int64_t i = 0;
    for (; i + 8 <= w->size; i += 8) {
        uint64_t eight;
        memcpy(&eight, w->bytes + i, sizeof eight);
        hash = (hash ^ eight) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    for (; i < w->size; i++) hash = (hash ^ w->bytes[i]) * 0x100000001b3u;
    hash *= 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static int32_t number_of(dictionary *d, const word *w)
{
    size_t slot = (size_t)hash_of(w) & d->last;
    for (; d->slots[slot] >= 0; slot = (slot + 1) & d->last) {
        const word *const known = &d->words[d->slots[slot]];
        if (known->size == w->size && memcmp(known->bytes, w->bytes, (size_t)w->size) == 0)
            return d->slots[slot];
    }
    d->words[d->known] = *w;
    return d->slots[slot] = d->known++;
}

/* The word that begins at or after *p, which moves past it; size 0: none. */
static word next_word(const uint8_t **p, const uint8_t *end)
{
    const uint8_t *start = *p;
    for (int length; start < end; start += length) {
        length = length_of(start, end);
        if (!is_space(code_of(start, length))) break;
    }
    const uint8_t *stop = start;
    for (int length; stop < end; stop += length) {
        length = length_of(stop, end);
        if (is_space(code_of(stop, length))) break;
    }
    *p = stop;
    return (word){start, stop - start};
}

void lk_text_number_words(const lk_text texts[2], int64_t words, void *room,
                          int32_t *const tokens[2])
{
    const size_t slots = slots_of(words);
    dictionary d = {.words = room, .last = slots - 1};
    d.slots = (int32_t *)(void *)(d.words + words);
    memset(d.slots, 0xff, slots * sizeof *d.slots);
    for (int side = 0; side < 2; side++) {
        if (texts[side].size == 0) continue;
        const uint8_t *p = texts[side].bytes, *const end = p + texts[side].size;
        int32_t *to = tokens[side];
        for (word w; (w = next_word(&p, end)).size > 0;) *to++ = number_of(&d, &w);
    }
}
