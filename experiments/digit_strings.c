#include "digit_strings.h"

#include <stdlib.h>

enum { SIDE = STRING_HEIGHT };

static int column_is_empty(const double *image, int x)
{
    for (int y = 0; y < SIDE; y++)
        if (image[y * SIDE + x] != 0) return 0;
    return 1;
}

static void append(const double *image, digit_string *s)
{
    int first = 0, end = SIDE;
    while (first < SIDE && column_is_empty(image, first)) first++;
    while (end > first && column_is_empty(image, end - 1)) end--;
    s->from[s->length] = s->frames;
    for (int x = first; x < end; x++, s->frames++)
        for (int y = 0; y < SIDE; y++)
            s->pixels[(s->frames + STRING_AROUND) * SIDE + y] = (float)(image[y * SIDE + x] / 16);
    s->to[s->length] = s->frames;
}

static void draw_string(const lk_dataset *images, lk_random *random, digit_string *s)
{
    const int64_t length = STRING_LEAST + lk_random_below(random, STRING_MOST - STRING_LEAST + 1);
    for (; s->length < length; s->length++) {
        s->frames += (int32_t)lk_random_below(random, STRING_GAP + 1);
        const int repeat = s->length && lk_random_below(random, 4) == 0;
        int64_t row;
        do row = lk_random_below(random, images->rows);
        while (repeat && (int32_t)images->target[row] != s->digit[s->length - 1]);
        s->digit[s->length] = (int32_t)images->target[row];
        append(images->dense + row * images->features, s);
    }
    s->frames += (int32_t)lk_random_below(random, STRING_GAP + 1);
}

lk_status digit_strings_draw(const lk_dataset *images, int64_t n, uint64_t seed, digit_string **out)
{
    *out = calloc((size_t)n, sizeof **out);
    if (!*out) return lk_fail(LK_NO_MEMORY, "no memory for %lld strings", (long long)n);
    lk_random random = {seed};
    for (int64_t i = 0; i < n; i++) draw_string(images, &random, &(*out)[i]);
    return LK_OK;
}

const float *digit_string_window(const digit_string *string, int64_t t)
{
    return string->pixels + t * SIDE;
}
