/* edit_trace.h: an alignment with the fewest edits. */
#ifndef LK_EDIT_TRACE_H
#define LK_EDIT_TRACE_H

#include "edit_side.h"

/* The alignment is told from its end. */
typedef struct lk_edit_script {
    int64_t insertions, deletions, substitutions;
    char *letters; /* NULL, or where the next letter goes in front of */
} lk_edit_script;

/* Bytes for sides of at most these lengths, at an address that is a multiple of 8. */
size_t lk_edit_trace_room(int64_t hypothesis, int64_t reference);

void lk_edit_trace(lk_edit_side hypothesis, lk_edit_side reference, void *room,
                   lk_edit_script *script);

#endif
