#include "support/ctc_reference.h"

#include <math.h>
#include <string.h>

int path_target(const int *labels, int n)
{
    int first = 0, code = 0;
    for (int k = 0, power = 1; k < n; k++, power *= PATH_CLASSES) {
        first += power;
        code = code * PATH_CLASSES + labels[k];
    }
    return first + code;
}

static void add_path(path_sums *p, const int *path)
{
    int labels[PATH_FRAMES], n = 0;
    long double product = 1;
    for (int t = 0; t < p->frames; t++) {
        product *= p->y[t][path[t]];
        if (path[t] != p->blank && (t == 0 || path[t] != path[t - 1])) labels[n++] = path[t];
    }
    const int target = path_target(labels, n);
    p->probability[target] += product;
    for (int t = 0; t < p->frames; t++) p->at[target][t][path[t]] += product;
}

void path_sums_make(path_sums *p, int frames, int classes, int blank, const double *scores,
                    int logits)
{
    int path[PATH_FRAMES] = {0}, t;
    memset(p, 0, sizeof *p);
    p->frames = frames;
    p->classes = classes;
    p->blank = blank;
    for (t = 0; t < frames; t++) {
        const double *a = scores + t * classes;
        long double most = -HUGE_VALL, sum = 0;
        for (int c = 0; c < classes; c++) most = fmaxl(most, a[c]);
        for (int c = 0; c < classes; c++) sum += expl((long double)a[c] - most);
        for (int c = 0; c < classes; c++)
            p->y[t][c] = logits ? expl((long double)a[c] - most) / sum : expl(a[c]);
    }
    do {
        add_path(p, path);
        for (t = 0; t < frames && ++path[t] == classes; t++) path[t] = 0;
    } while (t < frames);
}
