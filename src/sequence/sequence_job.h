/* sequence_job.h: what the losses over sequences share: targets padded or one after the other,
 * weights and values of N sequences. */
#ifndef LK_SEQUENCE_JOB_H
#define LK_SEQUENCE_JOB_H

#include "family.h"
#include "isa.h"

/* `count` sequences of integers: rows of a padded array, or one after the other in a vector. */
typedef struct lk_token_lists {
    const char *loss, *name, *lengths_name; /* for sentences */
    const lk_tensor *tensor, *lengths_tensor;
    lk_array array, lengths; /* lengths.data NULL: all are of length `width` */
    int64_t count, width;    /* width -1: one after the other */
    int64_t longest;
} lk_token_lists;

/* Views and checks the tensors and reads the lengths. `leading`: dimensions before the tokens' of a
 * padded tensor, whose extents are those of `shape`; a vector of tokens with leading 1 holds one
 * sequence after the other, which needs lengths. */
lk_status lk_view_tokens(const char *loss, const char *name, const lk_tensor *tensor,
                         const char *lengths_name, const lk_tensor *lengths, int leading,
                         const int64_t *shape, lk_token_lists *lists);
int64_t lk_token_count(const lk_token_lists *lists, int64_t sequence);
/* Tokens of a sequence that begins at `start`. */
void lk_token_read(const lk_token_lists *lists, int64_t start, int64_t n, int64_t *tokens);

/* A checked call over N sequences. */
typedef struct lk_sequence_job {
    const lk_request *request;
    const lk_call *call;
    const char *name;
    const double *params;
    const lk_isa *isa;
    const lk_kernel_table *kernels; /* of the computation type */
    size_t real_width;
    int64_t count;                     /* N */
    int64_t frames, classes;           /* T, C */
    int64_t frame_step, sequence_step; /* of the row of frame t of sequence n, in rows */
    lk_array input, gradient, curvature;
    lk_array lengths; /* of the frames; data NULL: all T */
    lk_array weights, upstream, values;
    lk_token_lists target;
    int in_place;
    /* of each sequence, in the workspace */
    int64_t *start;                 /* of the target; */
    double *weight, *scale, *value; /* scale: of the derivatives; 0: it takes no part */
} lk_sequence_job;

/* Checks everything but the labels' range. `is_list`: input is [N, K], not frames; then T is 1, and
 * C is K. Reads lengths; writes nothing. */
lk_status lk_sequence_prepare(const lk_request *request, int is_list, lk_sequence_job *job);

/* The same for frames alone: of the call, input, input_lengths and the flags are read. *leading: 1
 * for a batch, 0 for one sequence. */
lk_status lk_sequence_prepare_frames(const lk_call *call, const char *name, lk_sequence_job *job,
                                     int *leading);

int64_t lk_sequence_frames(const lk_sequence_job *job, int64_t sequence);

/* Row (frame t of sequence n) of an array of the input's shape: where the caller has it as
 * contiguous reals, else NULL. */
void *lk_sequence_reach(const lk_sequence_job *job, const lk_array *array, int64_t n, int64_t t);
void lk_sequence_load(const lk_sequence_job *job, const lk_array *array, int64_t n, int64_t t,
                      void *reals);
/* Stores a row, a curvature raised to its floor first, added to what is there when the call
 * accumulates; `room` is a row for that. */
void lk_sequence_finish(const lk_sequence_job *job, const lk_array *array, int64_t n, int64_t t,
                        void *reals, void *room);
/* The same number in every class of a row of each output; `row` is room, too. */
void lk_sequence_fill(const lk_sequence_job *job, int64_t n, int64_t t, double number, void *row,
                      void *room);
/* Stores zeros in frames first .. T - 1 of the outputs; nothing when the call accumulates. */
void lk_sequence_clear(const lk_sequence_job *job, int64_t n, int64_t first, void *zeros);

/* Bytes of what the workspace has for each sequence. */
size_t lk_sequence_columns(const lk_sequence_job *job);
/* Lays that out and fills all but the values; returns what lies behind. */
char *lk_sequence_begin(lk_sequence_job *job, char *workspace);
/* Weighs and stores the values, and fills the result. */
void lk_sequence_report(const lk_sequence_job *job);

/* Every label of every target in [0, C) and not `blank` (-1: none), else a sentence. */
lk_status lk_sequence_check_labels(const lk_sequence_job *job, int64_t blank);

lk_engine lk_run_ctc, lk_run_soft_edit_distance, lk_run_expected_edit_distance;

#endif
