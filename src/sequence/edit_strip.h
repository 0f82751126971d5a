/* edit_strip.h: a few blocks over their spans of columns, in two ways. */
#ifndef LK_EDIT_STRIP_H
#define LK_EDIT_STRIP_H

#include "bit_kernels.h"
#include "edit_band.h"

enum { LK_EDIT_RING = LK_BIT_LANES /* spans under way in the lanes */ };

/* What a strip needs for itself. */
typedef struct lk_edit_desk {
    lk_edit_table table;
    uint64_t *equal;   /* [LK_BIT_COLUMNS][LK_BIT_LANES] */
    uint16_t *numbers; /* [LK_EDIT_RING][LK_BIT_COLUMNS] */
} lk_edit_desk;

/* Each goes over the strip and moves the band's score, first and last there. The first is for
 * narrow bands and for traces (NULL: none), the second has every block in a lane, a span behind the
 * one above it. */
void lk_edit_strip_walk(lk_edit_band *band, lk_edit_desk *desk, const lk_edit_strip *strip,
                        uint64_t *trace);
void lk_edit_strip_lanes(lk_edit_band *band, lk_edit_desk *desk, const lk_edit_strip *strip);

#endif
