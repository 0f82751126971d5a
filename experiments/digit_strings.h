/* digit_strings.h: strings of handwritten digits, made of images set one after the other. */
#ifndef LK_DIGIT_STRINGS_H
#define LK_DIGIT_STRINGS_H

#include "losskit_learn.h"

/* 3 to 6 digits with 0 to 3 empty columns before each and at the end. A frame is a column; what is
 * seen of it is a window of columns around it. */
enum {
    STRING_LEAST = 3,
    STRING_MOST = 6,
    STRING_GAP = 3,
    STRING_HEIGHT = 8,
    STRING_AROUND = 4, /* columns on each side of a frame */
    STRING_FRAMES = STRING_MOST * 8 + (STRING_MOST + 1) * STRING_GAP,
    STRING_COLUMNS = STRING_FRAMES + 2 * STRING_AROUND,
    STRING_WINDOW = (2 * STRING_AROUND + 1) * STRING_HEIGHT
};

typedef struct digit_string {
    float pixels[STRING_COLUMNS * STRING_HEIGHT]; /* column by column, 0 to 1, beyond the ends 0 */
    int32_t frames, length;
    int32_t digit[STRING_MOST];
    int32_t from[STRING_MOST], to[STRING_MOST]; /* the frames of each digit: from <= t < to */
} digit_string;

/* n strings of images [8, 8] of pixels 0 to 16, drawn from the rows of a set; without their empty
 * columns they are 2 to 8 wide. One digit in four, and who happens to, repeats the one before it.
 * free() */
lk_status digit_strings_draw(const lk_dataset *images, int64_t n, uint64_t seed,
                             digit_string **out);

/* The window of frame t, STRING_WINDOW pixels. */
const float *digit_string_window(const digit_string *string, int64_t t);

#endif
