/* edit_text.c: UTF-8 as code points or words. Surrogates, overlong forms and what lies beyond
 * U+10FFFF are no code points (The Unicode Standard, table 3-7). */
#include "edit_text.h"

#include <string.h>

/* A code point of `length` bytes, which is returned; 0: it is none. */
static inline int read_long(const uint8_t *p, const uint8_t *end, int length, int32_t least,
                            int32_t *code)
{
    if (end - p < length) return 0;
    int32_t c = *p & 0x7f >> length, wrong = 0;
    for (int i = 1; i < length; i++) {
        wrong |= (p[i] & 0xc0) ^ 0x80;
        c = c << 6 | (p[i] & 0x3f);
    }
    *code = c;
    const int is_surrogate = (c & ~0x7ff) == 0xd800;
    return wrong | (c < least) | (c > 0x10ffff) | is_surrogate ? 0 : length;
}

/* The code point that begins at p, and how many bytes it has; 0: none does. Branches, not a table
 * of lengths: the processor need not wait for one length to begin with the next. */
static inline int read_code(const uint8_t *p, const uint8_t *end, int32_t *code)
{
    *code = *p;
    if (*p < 0x80) return 1;
    if (*p < 0xc2) return 0;
    if (*p < 0xe0) return read_long(p, end, 2, 0x80, code);
    if (*p < 0xf0) return read_long(p, end, 3, 0x800, code);
    return *p < 0xf5 ? read_long(p, end, 4, 0x10000, code) : 0;
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
        const int length = read_code(p, end, to++);
        *bad = p - text->bytes;
        if (!length) return -1;
        p += length;
    }
    return to - tokens;
}

int64_t lk_text_count_words(const lk_text *t, int64_t *bad)
{
    const uint8_t *p = t->bytes, *const end = t->size ? p + t->size : p;
    int64_t count = 0;
    for (int inside = 0; p < end;) {
        int32_t code;
        const int length = read_code(p, end, &code);
        *bad = p - t->bytes;
        if (!length) return -1;
        const int space = is_space(code);
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
    int32_t code;
    for (int length; start < end; start += length) {
        length = read_code(start, end, &code);
        if (!is_space(code)) break;
    }
    const uint8_t *stop = start;
    for (int length; stop < end; stop += length) {
        length = read_code(stop, end, &code);
        if (is_space(code)) break;
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
