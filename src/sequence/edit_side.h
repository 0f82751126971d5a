/* edit_side.h: one side of a pair of sequences, whatever its tokens are made of. */
#ifndef LK_EDIT_SIDE_H
#define LK_EDIT_SIDE_H

#include <stddef.h>
#include <stdint.h>

/* Tokens of `width` bytes (1, 4 or 8), read forwards (step 1) or backwards (step -1). Two sides
 * that are compared have the same width. */
typedef struct lk_edit_side {
    const void *tokens; /* the first one to be read */
    int64_t count;
    int width, step;
} lk_edit_side;

static inline int64_t lk_side_token(const lk_edit_side *s, int64_t i)
{
    if (s->width == 1) return ((const uint8_t *)s->tokens)[i * s->step];
    if (s->width == 4) return ((const int32_t *)s->tokens)[i * s->step];
    return ((const int64_t *)s->tokens)[i * s->step];
}

static inline lk_edit_side lk_side_part(const lk_edit_side *s, int64_t from, int64_t count)
{
    lk_edit_side part = *s;
    part.tokens = (const char *)s->tokens + from * s->step * s->width;
    part.count = count;
    return part;
}

static inline lk_edit_side lk_side_reversed(const lk_edit_side *s)
{
    lk_edit_side back = *s;
    if (s->count) back.tokens = (const char *)s->tokens + (s->count - 1) * s->step * s->width;
    back.step = -s->step;
    return back;
}

/* Whether all tokens are bytes; and as bytes, in `room`. They are read forwards. */
int lk_side_is_bytes(const lk_edit_side *side);
lk_edit_side lk_side_bytes(const lk_edit_side *side, uint8_t *room);

/* Takes what both begin with off them and returns its length; likewise what both end with. They are
 * read forwards. */
int64_t lk_side_strip_start(lk_edit_side *a, lk_edit_side *b);
int64_t lk_side_strip_end(lk_edit_side *a, lk_edit_side *b);

#endif
