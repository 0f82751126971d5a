/* edit_calls.c: what a call of lk_edit_distance() for one pair of texts costs a C program.
 *
 *     edit_calls ROUNDS <TWO_LINES       nanoseconds of the fastest round */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "losskit.h"

enum { MOST = 1 << 20 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    static char lines[2][MOST];
    const int rounds = argc > 1 ? atoi(argv[1]) : 10;
    int64_t ends[2][2] = {{0, 0}, {0, 0}}, distance = 0;
    lk_sequences sides[2];
    for (int k = 0; k < 2; k++) {
        if (!fgets(lines[k], sizeof lines[k], stdin)) return 1;
        ends[k][1] = (int64_t)strcspn(lines[k], "\n");
        sides[k] = (lk_sequences){lines[k], LK_TOKENS_CHARACTERS, 1, ends[k]};
    }
    const double cells = (double)ends[0][1] * (double)ends[1][1];
    const int repeat = cells > 1e7 ? 1 : cells > 1e5 ? 50 : 2000;
    double best = 1e300;
    lk_set_num_threads(1);
    for (int round = 0; round < rounds; round++) {
        const double start = now();
        for (int i = 0; i < repeat; i++)
            if (lk_edit_distance(&sides[0], &sides[1], &distance, NULL, NULL)) return 1;
        const double each = (now() - start) / repeat;
        best = each < best ? each : best;
    }
    printf("%.1f\n", best);
    return 0;
}
