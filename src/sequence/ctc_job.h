/* ctc_job.h: a checked call of ctc, and the steps that each of its utterances goes through. */
#ifndef LK_CTC_JOB_H
#define LK_CTC_JOB_H

#include "ctc_kernels.h"
#include "row_kernels.h"
#include "sequence_job.h"

typedef struct lk_ctc_job {
    lk_sequence_job s;
    const lk_ctc_kernels *kernels, *wide; /* of the computation type, of doubles */
    int64_t blank;
    int logits, zero_infinity, torch_gradient;
    int derives;  /* a derivative is asked for */
    int keeps;    /* the exponentials wait in the gradient's own memory */
    size_t width; /* of the longest target's lattice */
    size_t row;   /* bytes of a row of reals */
} lk_ctc_job;

/* Of the lattice of a target: see lk_ctc_lattice. */
static inline size_t lk_ctc_width(int64_t labels)
{
    return ((size_t)labels + 2 + LK_LANES - 1) & ~(size_t)(LK_LANES - 1);
}

/* What a thread needs beside the utterance: rows of reals, and numbers for each slot of a frame. */
typedef struct lk_ctc_rows {
    char *input, *exponentials, *curvature, *room;
    double *occupancy, *probability, *bend;
} lk_ctc_rows;
size_t lk_ctc_rows_lay_out(const lk_ctc_job *job, char *base, lk_ctc_rows *rows);

/* One utterance on its way. */
typedef struct lk_ctc_utterance {
    int64_t n;
    int64_t frames, labels; /* of this one */
    int spells;             /* enough frames for the target, and at least one */
    int logarithmic;        /* the lattice is in logarithms */
    _Atomic int lost;       /* a probability that is not 0 was too small for a double */
    lk_ctc_lattice lattice;
    int32_t *classes;  /* of each label, and last the blank */
    int32_t *distinct; /* the class of each slot, a class of the target; last the blank */
    int32_t *order;    /* labels: the first of each slot, then the second ones, and so on */
    int32_t *slot;     /* of the label order[i] at [i] */
    size_t slots;
    double *sum, *shift; /* of each frame: of the exponentials; what the scores are relative to */
} lk_ctc_utterance;

/* Lays an utterance out from `base` on and returns its bytes; base may be NULL for that. */
size_t lk_ctc_lay_out(const lk_ctc_job *job, char *base, lk_ctc_utterance *utterance);

/* The steps, in their order. Frames of one utterance, and its two directions, may go to several
 * threads. `rows` of begin: room for a row. */
void lk_ctc_begin(const lk_ctc_job *job, int64_t n, const lk_ctc_rows *rows, lk_ctc_utterance *u);
void lk_ctc_read_frame(const lk_ctc_job *job, lk_ctc_utterance *u, int64_t t,
                       const lk_ctc_rows *rows);
void lk_ctc_pass_over(const lk_ctc_job *job, lk_ctc_utterance *u, int backward, int phase);
/* Sets the value. Nonzero when states were too far apart for doubles: then read_frame and both
 * passes are to be done again, now in logarithms. */
int lk_ctc_settle(const lk_ctc_job *job, lk_ctc_utterance *u);
void lk_ctc_derive_frame(const lk_ctc_job *job, lk_ctc_utterance *u, int64_t t,
                         const lk_ctc_rows *rows);

#endif
