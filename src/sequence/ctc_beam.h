/* ctc_beam.h: prefix beam search over the frames of one sequence (Graves and Jaitly, ICML 2014;
 * Hannun et al., arXiv 1408.2873). */
#ifndef LK_CTC_BEAM_H
#define LK_CTC_BEAM_H

#include "best_list.h"
#include "edit_kernels.h"
#include "prefix_trie.h"

/* Logarithms of the probabilities of all paths that spell a prefix: those that end in the blank,
 * those that end in its last label, and both. */
typedef struct lk_beam_entry {
    int64_t node;
    double blank, label, total;
} lk_beam_entry;

typedef struct lk_ctc_beam {
    const lk_edit_kernels *kernels;
    int64_t classes, blank, width;
    double length_bonus;
    lk_beam_entry *now, *next; /* `n` and room for `room`, best first */
    double *stay, *extended, *with_blank, *total;
    int64_t n, room;
    double base, base_rest;  /* their sum is the logarithm of what all is relative to */
    lk_best_list labels;     /* of a frame */
    lk_best_list candidates; /* orders: an entry; n + entry * labels + rank of its extension */
    double *log_probability; /* of the frame's labels, by rank */
    unsigned char *is_child; /* of each class; 0 between the entries */
    lk_prefix_trie trie;
} lk_ctc_beam;

/* A frame: log-probabilities are (scores - maximum) - log_sum. No score is NaN or inf. */
typedef struct lk_ctc_frame {
    const double *scores;
    double maximum, log_sum;
} lk_ctc_frame;

static inline double lk_log_probability(const lk_ctc_frame *f, int64_t label)
{
    return (f->scores[label] - f->maximum) - f->log_sum;
}

/* The best classes of a frame but `skip` and those of -inf, sorted; of equal ones the lower first.
 * Nonzero: no memory. */
int lk_ctc_pick(const double *scores, int64_t classes, int64_t skip, lk_best_list *list);

/* After the members above `now` are set, the others 0. Nonzero: no memory. */
int lk_ctc_beam_make(lk_ctc_beam *beam);
int lk_ctc_beam_begin(lk_ctc_beam *beam);
int lk_ctc_beam_step(lk_ctc_beam *beam, const lk_ctc_frame *frame);
/* Of an entry, with the bonus for its length. */
double lk_ctc_beam_score(const lk_ctc_beam *beam, int64_t entry);
void lk_ctc_beam_free(lk_ctc_beam *beam);

#endif
