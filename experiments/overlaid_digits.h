/* overlaid_digits.h: pictures with several labels: two images of different digits over each other.
 */
#ifndef LK_OVERLAID_DIGITS_H
#define LK_OVERLAID_DIGITS_H

#include "losskit_learn.h"

/* The labels are the digits 0 to 4: a picture has none of them, one, or two. */
enum { OVERLAID_LABELS = 5, OVERLAID_SIDE = 8, OVERLAID_PIXELS = OVERLAID_SIDE * OVERLAID_SIDE };
enum { OVERLAID_TRAIN = 4000, OVERLAID_VALIDATION = 1000, OVERLAID_TEST = 2000 };

typedef struct overlaid_digits {
    lk_dataset train, validation, test; /* targets [rows, OVERLAID_LABELS], 0 or 1 */
} overlaid_digits;
/* No image of a digit is in two of the three parts. On failure out is empty. */
lk_status overlaid_make(const lk_dataset *digits, uint64_t seed, overlaid_digits *out);
void overlaid_free(overlaid_digits *data);
/* How many labels a row of targets has. */
int overlaid_labels(const double *row);

/* The same for a softmax, whose target is a half for each of two labels: -½ log p_a - ½ log p_b is
 * the sum of two rows of weight ½, one for each label; of a row without labels it is 0. */
lk_status overlaid_as_classes(const lk_dataset *data, lk_dataset *out);

#endif
