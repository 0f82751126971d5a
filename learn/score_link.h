/* score_link.h: what the scores of a model say of the probability. */
#ifndef LK_LEARN_SCORE_LINK_H
#define LK_LEARN_SCORE_LINK_H

#include "model.h"

typedef enum lk_link_kind {
    LK_LINK_NONE,    /* nothing */
    LK_LINK_SOFTMAX, /* score = log p up to a constant of the row */
    LK_LINK_LOGIT,   /* score = at * log(p / (1 - p)) */
    LK_LINK_LINEAR   /* score = at + (1 - at) p; p is 0 or 1 beyond */
} lk_link_kind;

typedef struct lk_score_link {
    lk_link_kind kind;
    double at;
} lk_score_link;

/* LK_LINK_NONE: without a sentence. */
lk_score_link lk_link_of(const lk_model *model);
/* Softmax cross-entropy may hold its scores back, softcap * tanh(score / softcap); 0: it does not.
 */
double lk_softcap_of(const lk_model *model);

#endif
