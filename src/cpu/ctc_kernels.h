/* clang-format off */
/* ctc_kernels.h: what the kernels of every instruction set offer to the engine of CTC: the forward
 * and backward recursions over the states of one utterance.
 *
 * A target of U labels has U + 1 blank states b[0] .. b[U] around its label states l[0] .. l[U-1].
 * With p the probabilities of a frame, alpha that of all prefixes of paths that end in a state, and
 * beta that of all continuations (without the state's own frame), each from the frame before or
 * after:
 *     alpha b[k] = p(blank) (b[k] + l[k-1])
 *     alpha l[k] = p(k) (l[k] + b[k] + skip[k] l[k-1])
 *     beta  b[k] = p(blank) b[k] + p(k) l[k]
 *     beta  l[k] = p(k) l[k] + p(blank) b[k+1] + skip[k+1] p(k+1) l[k+1]
 * skip[k] being 1 where label k differs from label k - 1. Blank and label states lie in arrays of
 * their own, so that neighbours are lanes: no gathers, no state by itself.
 *
 * Both recursions meet: alpha runs over the first half of the frames and beta over the second,
 * storing every row; then each goes on over the rows of the other, and the product, the occupancy,
 * takes the place of the stored row. Two threads can share an utterance, and its table is stored
 * once. */
/* clang-format on */
#ifndef LK_CTC_KERNELS_H
#define LK_CTC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct lk_ctc_lattice {
    size_t frames, labels;
    size_t width;  /* of an array of states: a multiple of LK_LANES, at least labels + 2 */
    size_t middle; /* alpha's first frame on stored rows of beta */
    /* of label k in frame t at [t * width + k]: probabilities with 0 beyond the labels, or their
     * logarithms with -inf; of the blank at [t] */
    double *emission, *blank;
    double *skip;  /* [width + LK_LANES]; 0 beyond the labels */
    double *table; /* [frames][2 * width]: b, l; in the end l holds occupancies */
    double *overlap, *blank_occupancy; /* [frames] out: sum of the occupancies, of the blank's */
    double *rolling[2];                /* of alpha, beta: LK_CTC_ROLLING(width) doubles each */
    double exponent;                   /* alpha is 2^exponent times what is stored */
    double log_probability;            /* out: of the target */
} lk_ctc_lattice;
#define LK_CTC_ROLLING(width) (2 * (2 * (width) + LK_LANES))

/* phase 0: the first half of the recursion's frames, 1: the second. */
typedef void lk_ctc_pass(lk_ctc_lattice *lattice, int phase);

typedef struct lk_ctc_kernels {
    /* to[k] = e[class[k]] * factor; nonzero when an exponential is 0 whose score is not -inf. */
    int (*gather)(size_t n, const void *e, const void *scores, const int32_t *classes,
                  double factor, double *to);
    void (*scatter)(size_t n, const double *from, const int32_t *classes, void *row);
    /* to[k] = a[class[k]] - shift; -inf stays. */
    void (*gather_logarithms)(size_t n, const void *a, const int32_t *classes, double shift,
                              double *to);
    /* in the f64 tables only */
    /* Probabilities of logarithms in place; nonzero when one became 0 that was not, or is above 2:
     * then rows of states may reach farther than the scaled passes allow for. */
    int (*exponentials)(size_t n, double *x);
    double (*logarithm)(double x);
    lk_ctc_pass *scaled[2];      /* alpha, beta on probabilities, rows scaled by powers of two */
    lk_ctc_pass *logarithmic[2]; /* on logarithms */
} lk_ctc_kernels;

#endif
