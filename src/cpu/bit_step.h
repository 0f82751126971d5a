/* bit_step.h: one column of a table of edit distances, 64 rows in a word. The includer says what
 * `words` is: a word, or several side by side. */
#ifndef LK_BIT_STEP_H
#define LK_BIT_STEP_H

/* Bit i of `up` is set where the cell of row i is one more than the one above it, of `down` where
 * it is one less. Of the step from the column before, bit i of `levels` is clear where the cell is
 * one more, and of `falls` set where it is one less; level and fall are those of the row above, in
 * bit 0. `equal` tells the rows that hold the column's token. (Myers, J. ACM 46 (1999) 395; with
 * the rises complemented the way from `up` to `up` is four operations shorter.) */
static inline __attribute__((always_inline)) void bit_step(const words *equal, const words *level,
                                                           const words *fall, words *up,
                                                           words *down, words *levels, words *falls)
{
    const words known = *equal | *down, same = *equal | *fall;
    const words sum = (same & *up) + *up;
    *falls = ((sum ^ *up) | same) & *up;
    *levels = (sum | *up | same) & ~*down;
    const words on_level = *levels << 1 | *level, on_fall = *falls << 1 | *fall;
    *up = on_fall | (on_level & ~known);
    *down = known & ~on_level;
}

#endif
