/* edit_count.h: the distance of two sides. */
#ifndef LK_EDIT_COUNT_H
#define LK_EDIT_COUNT_H

#include "edit_band.h"

/* Bytes for sides of at most these lengths, at an address that is a multiple of 8. */
size_t lk_edit_count_room(int64_t a, int64_t b);

int64_t lk_edit_count_sides(lk_edit_side a, lk_edit_side b, void *room);

#endif
