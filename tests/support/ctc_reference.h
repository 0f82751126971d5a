/* ctc_reference.h: CTC by its definition: every path over the frames, collapsed. */
#ifndef LK_TESTS_CTC_REFERENCE_H
#define LK_TESTS_CTC_REFERENCE_H

enum { PATH_FRAMES = 6, PATH_CLASSES = 4, PATH_TARGETS = 5461 }; /* targets: 4^0 + ... + 4^6 */

/* Of each target: its probability, and that of its paths that are at class c in frame t. */
typedef struct path_sums {
    int frames, classes, blank;
    long double y[PATH_FRAMES][PATH_CLASSES];
    long double probability[PATH_TARGETS];
    long double at[PATH_TARGETS][PATH_FRAMES][PATH_CLASSES];
} path_sums;

/* Adds up all classes^frames paths of scores [frames][classes], or of log-probabilities. */
void path_sums_make(path_sums *p, int frames, int classes, int blank, const double *scores,
                    int logits);

/* Where a target of n labels is. */
int path_target(const int *labels, int n);

#endif
