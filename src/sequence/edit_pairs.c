/* edit_pairs.c: checks of a call, and its pairs as sides of equal tokens. */
#include "edit_pairs.h"

#include <stdlib.h>

#include "edit_text.h"
#include "losskit.h"

static const char *const names[2] = {"hypotheses", "references"};

/* ---- checks -----------------------------------------------------------------------------------
 */

static size_t token_bytes(lk_tokens tokens)
{
    return tokens == LK_TOKENS_I32 ? 4 : tokens == LK_TOKENS_I64 ? 8 : 1;
}

static lk_status check_side(const char *call, const char *name, const lk_sequences *s)
{
    if (!s) return lk_fail(LK_INVALID, "%s: %s is NULL", call, name);
    if ((unsigned)s->tokens > LK_TOKENS_WORDS)
        return lk_fail(LK_INVALID, "%s: %s.tokens = %d is no lk_tokens", call, name,
                       (int)s->tokens);
    if (s->count < 0)
        return lk_fail(LK_INVALID, "%s: %s.count = %lld is negative", call, name,
                       (long long)s->count);
    if (s->count > 0 && !s->offsets)
        return lk_fail(LK_INVALID, "%s: %s.offsets is NULL", call, name);
    if ((uintptr_t)s->data % token_bytes(s->tokens))
        return lk_fail(LK_INVALID, "%s: %s.data is not aligned to its tokens of %zu bytes", call,
                       name, token_bytes(s->tokens));
    return LK_OK;
}

static lk_status check_offsets(const char *call, const char *name, const lk_sequences *s,
                               int64_t first, int64_t last)
{
    if (first < last && s->offsets[first] < 0)
        return lk_fail(LK_INVALID, "%s: %s.offsets[%lld] = %lld is negative", call, name,
                       (long long)first, (long long)s->offsets[first]);
    for (int64_t i = first; i < last; i++)
        if (s->offsets[i + 1] < s->offsets[i])
            return lk_fail(
                LK_INVALID, "%s: %s.offsets[%lld] = %lld is less than the %lld before it", call,
                name, (long long)(i + 1), (long long)s->offsets[i + 1], (long long)s->offsets[i]);
    if (first < last && !s->data && s->offsets[last] > s->offsets[first])
        return lk_fail(LK_INVALID, "%s: %s.data is NULL", call, name);
    return LK_OK;
}

lk_status lk_edit_check(const lk_edit_pairs *p, int64_t pair)
{
    lk_status status = LK_OK;
    for (int k = 0; k < 2 && !status; k++) status = check_side(p->name, names[k], p->sequences[k]);
    if (status) return status;
    const lk_sequences *const h = p->sequences[0], *const r = p->sequences[1];
    if (h->count != r->count)
        return lk_fail(LK_INVALID, "%s: there are %lld hypotheses but %lld references", p->name,
                       (long long)h->count, (long long)r->count);
    if (h->tokens != r->tokens)
        return lk_fail(LK_INVALID, "%s: hypotheses.tokens = %d, but references.tokens = %d",
                       p->name, (int)h->tokens, (int)r->tokens);
    if (pair < -1 || pair >= h->count)
        return lk_fail(LK_INVALID, "%s: pair = %lld is outside [0, %lld)", p->name, (long long)pair,
                       (long long)h->count);
    const int64_t first = pair < 0 ? 0 : pair, last = pair < 0 ? h->count : pair + 1;
    for (int k = 0; k < 2 && !status; k++)
        status = check_offsets(p->name, names[k], p->sequences[k], first, last);
    return status;
}

/* ---- tokens -----------------------------------------------------------------------------------
 */

static int is_text(const lk_sequences *s) { return s->tokens >= LK_TOKENS_CHARACTERS; }

static lk_text text_of(const lk_sequences *s, int64_t pair)
{
    const uint8_t *const bytes = s->data;
    const int64_t start = s->offsets[pair], size = s->offsets[pair + 1] - start;
    return (lk_text){size ? bytes + start : bytes, size};
}

static lk_edit_side integers_of(const lk_sequences *s, int64_t pair)
{
    const int width = (int)token_bytes(s->tokens);
    const int64_t start = s->offsets[pair], count = s->offsets[pair + 1] - start;
    return (lk_edit_side){count ? (const char *)s->data + start * width : s->data, count, width, 1};
}

/* Rounded up so that what follows stays aligned. */
static size_t padded(int64_t count, size_t bytes)
{
    return ((size_t)count * bytes + 7) & ~(size_t)7;
}

/* At least `size` bytes; NULL: no memory. What was in it is lost. */
static char *reserve(lk_edit_scratch *s, size_t size)
{
    if (size <= sizeof s->near) return (char *)s->near;
    if (size <= s->size) return s->more;
    free(s->more);
    s->size = 0;
    s->more = malloc(size);
    if (s->more) s->size = size;
    return s->more;
}

static lk_status open_integers(const lk_edit_pairs *p, int64_t pair, lk_edit_room *needs,
                               lk_edit_scratch *scratch, lk_edit_side sides[2], void **room)
{
    for (int k = 0; k < 2; k++) sides[k] = integers_of(p->sequences[k], pair);
    const int narrow = lk_side_is_bytes(&sides[0]) && lk_side_is_bytes(&sides[1]);
    const size_t first = padded(sides[0].count, 1), second = padded(sides[1].count, 1);
    const size_t tokens = narrow ? first + second : 0;
    char *const at = reserve(scratch, tokens + needs(sides[0].count, sides[1].count));
    if (!at) return LK_NO_MEMORY;
    if (narrow) sides[0] = lk_side_bytes(&sides[0], (uint8_t *)at);
    if (narrow) sides[1] = lk_side_bytes(&sides[1], (uint8_t *)at + first);
    *room = at + tokens;
    return LK_OK;
}

static lk_status open_plain(const lk_text texts[2], lk_edit_room *needs, lk_edit_scratch *scratch,
                            lk_edit_side sides[2], void **room)
{
    for (int k = 0; k < 2; k++) sides[k] = (lk_edit_side){texts[k].bytes, texts[k].size, 1, 1};
    *room = reserve(scratch, needs(texts[0].size, texts[1].size));
    return *room ? LK_OK : LK_NO_MEMORY;
}

static lk_status open_characters(const lk_text texts[2], lk_edit_room *needs,
                                 lk_edit_scratch *scratch, lk_edit_side sides[2], void **room)
{
    const size_t first = padded(texts[0].size, sizeof(int32_t));
    const size_t tokens = first + padded(texts[1].size, sizeof(int32_t));
    char *const at = reserve(scratch, tokens + needs(texts[0].size, texts[1].size));
    if (!at) return LK_NO_MEMORY;
    for (int k = 0; k < 2; k++) {
        int32_t *const to = (int32_t *)(void *)(k ? at + first : at);
        int64_t bad;
        sides[k] = (lk_edit_side){to, lk_text_decode(&texts[k], to, &bad), 4, 1};
        if (sides[k].count < 0) return LK_OUT_OF_DOMAIN;
    }
    *room = at + tokens;
    return LK_OK;
}

static lk_status open_words(const lk_text texts[2], lk_edit_room *needs, lk_edit_scratch *scratch,
                            lk_edit_side sides[2], void **room)
{
    int64_t counts[2], bad;
    for (int k = 0; k < 2; k++) {
        counts[k] = lk_text_count_words(&texts[k], &bad);
        if (counts[k] < 0) return LK_OUT_OF_DOMAIN;
    }
    const int64_t sum = counts[0] + counts[1];
    if (sum > INT32_MAX) return LK_NO_MEMORY;
    const size_t first = padded(counts[0], sizeof(int32_t));
    const size_t tokens = first + padded(counts[1], sizeof(int32_t));
    const size_t compute = needs(counts[0], counts[1]), numbering = lk_text_words_room(sum);
    char *const at = reserve(scratch, tokens + (compute > numbering ? compute : numbering));
    if (!at) return LK_NO_MEMORY;
    int32_t *const to[2] = {(int32_t *)(void *)at, (int32_t *)(void *)(at + first)};
    for (int k = 0; k < 2; k++) sides[k] = (lk_edit_side){to[k], counts[k], 4, 1};
    *room = at + tokens;
    lk_text_number_words(texts, sum, *room, to);
    return LK_OK;
}

static lk_status open_text(const lk_edit_pairs *p, int64_t pair, lk_edit_room *needs,
                           lk_edit_scratch *scratch, lk_edit_side sides[2], void **room)
{
    const lk_text texts[2] = {text_of(p->sequences[0], pair), text_of(p->sequences[1], pair)};
    if (p->sequences[0]->tokens == LK_TOKENS_WORDS)
        return open_words(texts, needs, scratch, sides, room);
    return lk_text_is_plain(&texts[0]) && lk_text_is_plain(&texts[1])
               ? open_plain(texts, needs, scratch, sides, room)
               : open_characters(texts, needs, scratch, sides, room);
}

lk_status lk_edit_open(const lk_edit_pairs *p, int64_t pair, lk_edit_room *needs,
                       lk_edit_scratch *scratch, lk_edit_side sides[2], void **room)
{
    return is_text(p->sequences[0]) ? open_text(p, pair, needs, scratch, sides, room)
                                    : open_integers(p, pair, needs, scratch, sides, room);
}

/* ---- failures ---------------------------------------------------------------------------------
 */

lk_status lk_edit_tell_invalid(const lk_edit_pairs *p, int64_t first, int64_t last)
{
    for (int64_t pair = first; pair < last; pair++)
        for (int k = 0; k < 2; k++) {
            const lk_text text = text_of(p->sequences[k], pair);
            int64_t bad = 0;
            if (lk_text_count_words(&text, &bad) >= 0) continue;
            return lk_fail(LK_OUT_OF_DOMAIN, "%s: %s[%lld] is not UTF-8 at byte %lld (0x%02x)",
                           p->name, names[k], (long long)pair, (long long)bad,
                           (unsigned)text.bytes[bad]);
        }
    return LK_OK;
}

lk_status lk_edit_tell_memory(const lk_edit_pairs *p)
{
    return lk_fail(LK_NO_MEMORY, "%s: no memory for a pair of sequences", p->name);
}
