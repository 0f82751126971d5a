#include "suggest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = SUGGEST_WORD - 1 };

static int least(int a, int b) { return a < b ? a : b; }

/* Insertions, deletions, substitutions and exchanges of neighbours that turn a into b. */
static int edit_distance(const char *a, const char *b)
{
    const int n = (int)strlen(a), m = (int)strlen(b);
    int row[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= n; i++) row[i][0] = i;
    for (int j = 0; j <= m; j++) row[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            const int other = a[i - 1] != b[j - 1];
            const int gap = least(row[i - 1][j], row[i][j - 1]) + 1;
            row[i][j] = least(gap, row[i - 1][j - 1] + other);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
        }
    return row[n][m];
}

void suggest_begin(suggestion *s, const char *word)
{
    s->word = word;
    s->best[0] = '\0';
    s->distance = LONGEST;
    s->hint[0] = '\0';
}

/* Half of a name is often all that is remembered: "cross_entropy", "tukey". */
static int is_part(const char *word, const char *candidate)
{
    return strlen(word) >= 3 && strstr(candidate, word) != NULL;
}

void suggest_consider(suggestion *s, const char *candidate)
{
    const size_t length = strlen(s->word);
    if (!length || length > LONGEST || strlen(candidate) > LONGEST) return;
    const int near = length < 4 ? 1 : (int)(length + 2) / 3;
    int distance = edit_distance(s->word, candidate);
    if (distance > near && is_part(s->word, candidate)) distance = near;
    if (distance > near || distance >= s->distance) return;
    strcpy(s->best, candidate);
    s->distance = distance;
}

const char *suggest_hint(suggestion *s, const char *prefix)
{
    if (*s->best) snprintf(s->hint, sizeof s->hint, " (did you mean %s%s?)", prefix, s->best);
    return s->hint;
}
