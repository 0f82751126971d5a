/* guard.h: arrays that end or begin at a page that must not be touched. */
#ifndef LK_TESTS_GUARD_H
#define LK_TESTS_GUARD_H

#include <stddef.h>

typedef struct guard {
    unsigned char *map, *room;
    size_t room_size, map_size;
} guard;

/* Room for `bytes`, between two pages without access. */
void guard_make(guard *g, size_t bytes);
void guard_free(guard *g);
/* `bytes` that end at the page behind the room, or begin right after the page before it. */
void *guard_end(const guard *g, size_t bytes);
void *guard_begin(const guard *g);

#endif
