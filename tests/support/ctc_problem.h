/* ctc_problem.h: calls of ctc to test: one utterance, or a batch. */
#ifndef LK_TESTS_CTC_PROBLEM_H
#define LK_TESTS_CTC_PROBLEM_H

#include "losskit.h"
#include "support/rng.h"

typedef struct ctc_options {
    double blank, logits, zero_infinity, torch_gradient;
} ctc_options;

extern const ctc_options ctc_usual;

double ctc_uniform(rng *r); /* in [0, 1) */
/* Scores in [-reach, reach]. */
void ctc_draw(rng *r, double reach, int64_t n, double *x);
lk_status ctc_evaluate(const lk_call *call, ctc_options o);

/* Fails the test when `got` is farther from `want` than limit max(1, |want|). */
void ctc_close_to(double got, double want, double limit, const char *what);

/* The loss of one utterance [T, C] of doubles; gradient and curvature may be NULL. */
double ctc_one(int64_t frames, int64_t classes, const double *x, const int *labels, int n,
               ctc_options o, double *gradient, double *curvature);

enum { CTC_T = 40, CTC_N = 5, CTC_C = 7, CTC_U = 6 };

typedef struct ctc_batch {
    int64_t shape[3], labels[2], count;
    double x[CTC_T * CTC_N * CTC_C], g[CTC_T * CTC_N * CTC_C], value[CTC_N], weight[CTC_N];
    int64_t target[CTC_N * CTC_U], frames[CTC_N], lengths[CTC_N];
    lk_tensor input, gradient, values, weights, targets, input_lengths, target_lengths;
    lk_result result;
    lk_call call;
} ctc_batch;

/* A random one with gradient, values, lengths and result. */
void ctc_batch_make(ctc_batch *b, rng *r);
/* The score of class c in frame t of utterance n. */
double *ctc_score(ctc_batch *b, int t, int n, int c);
/* The call is refused with the sentence and writes nothing. */
void ctc_refused(ctc_batch *b, ctc_options o, lk_status status, const char *sentence);

#endif
