/* edit_side.c: tokens as bytes, and what two sequences begin and end with. */
#include "edit_side.h"

#include <string.h>

int lk_side_is_bytes(const lk_edit_side *side)
{
    const int32_t *const narrow = side->tokens;
    const int64_t *const wide = side->tokens;
    uint64_t all = 0;
    if (side->width == 4)
        for (int64_t i = 0; i < side->count; i++) all |= (uint32_t)narrow[i];
    else if (side->width == 8)
        for (int64_t i = 0; i < side->count; i++) all |= (uint64_t)wide[i];
    return all <= UINT8_MAX;
}

lk_edit_side lk_side_bytes(const lk_edit_side *side, uint8_t *room)
{
    const int32_t *const narrow = side->tokens;
    const int64_t *const wide = side->tokens;
    if (side->width == 4)
        for (int64_t i = 0; i < side->count; i++) room[i] = (uint8_t)narrow[i];
    else
        for (int64_t i = 0; i < side->count; i++) room[i] = (uint8_t)wide[i];
    return (lk_edit_side){room, side->count, 1, 1};
}

static size_t common_start(const char *a, const char *b, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        if (memcmp(a + i, b + i, 8) != 0) break;
    while (i < n && a[i] == b[i]) i++;
    return i;
}

static size_t common_end(const char *a, const char *b, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        if (memcmp(a - i - 8, b - i - 8, 8) != 0) break;
    while (i < n && a[-1 - (ptrdiff_t)i] == b[-1 - (ptrdiff_t)i]) i++;
    return i;
}

static size_t least_bytes(const lk_edit_side *a, const lk_edit_side *b)
{
    return (size_t)(a->count < b->count ? a->count : b->count) * (size_t)a->width;
}

int64_t lk_side_strip_start(lk_edit_side *a, lk_edit_side *b)
{
    const size_t bytes = least_bytes(a, b);
    if (!bytes) return 0;
    const int64_t n = (int64_t)common_start(a->tokens, b->tokens, bytes) / a->width;
    *a = lk_side_part(a, n, a->count - n);
    *b = lk_side_part(b, n, b->count - n);
    return n;
}

int64_t lk_side_strip_end(lk_edit_side *a, lk_edit_side *b)
{
    const size_t bytes = least_bytes(a, b);
    if (!bytes) return 0;
    const char *const end_a = (const char *)a->tokens + a->count * a->width;
    const char *const end_b = (const char *)b->tokens + b->count * b->width;
    const int64_t n = (int64_t)common_end(end_a, end_b, bytes) / a->width;
    a->count -= n;
    b->count -= n;
    return n;
}
