/* suggest.h: "did you mean". */
#ifndef LK_CLI_SUGGEST_H
#define LK_CLI_SUGGEST_H

enum { SUGGEST_WORD = 49, SUGGEST_HINT = 96 };

typedef struct suggestion {
    const char *word;
    int distance;
    char best[SUGGEST_WORD];
    char hint[SUGGEST_HINT];
} suggestion;

void suggest_begin(suggestion *s, const char *word);
void suggest_consider(suggestion *s, const char *candidate);
/* " (did you mean PREFIXcandidate?)", or "" when nothing comes near. */
const char *suggest_hint(suggestion *s, const char *prefix);

#endif
