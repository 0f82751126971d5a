#define _GNU_SOURCE
#include "support/guard.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void guard_make(guard *g, size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g->room_size = (bytes + page - 1) / page * page;
    g->map_size = g->room_size + 2 * page;
    void *map = mmap(NULL, g->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) abort();
    g->map = map;
    g->room = g->map + page;
    if (mprotect(g->room, g->room_size, PROT_READ | PROT_WRITE)) abort();
}

void guard_free(guard *g) { munmap(g->map, g->map_size); }

void *guard_end(const guard *g, size_t bytes) { return g->room + g->room_size - bytes; }

void *guard_begin(const guard *g) { return g->room; }
