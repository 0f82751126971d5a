/* rows_list.h: every loss over rows of class scores, once as a file and once as (name, id). Append
 * only: ids are ABI (see lk_loss). */
#ifndef LK_ROWS_LIST_H
#define LK_ROWS_LIST_H

#include "classes/generalized_cross_entropy.h"
#include "classes/js_divergence.h"
#include "classes/kl_divergence.h"
#include "classes/log_softmax.h"
#include "classes/multiclass_hinge.h"
#include "classes/nll.h"
#include "classes/poly1.h"
#include "classes/softmax.h"
#include "classes/softmax_cross_entropy.h"
#include "classes/softmax_focal.h"
#include "classes/symmetric_cross_entropy.h"

/* clang-format off */
/* functions of the softmax's probability of the label */
#define LK_LABEL_LOSSES(LOSS)                                     \
    LOSS(softmax_cross_entropy, LK_SOFTMAX_CROSS_ENTROPY)         \
    LOSS(softmax_focal, LK_SOFTMAX_FOCAL)                         \
    LOSS(symmetric_cross_entropy, LK_SYMMETRIC_CROSS_ENTROPY)     \
    LOSS(generalized_cross_entropy, LK_GENERALIZED_CROSS_ENTROPY) \
    LOSS(poly1, LK_POLY1)
/* functions of the log-probabilities */
#define LK_FUNCTIONS(LOSS)            \
    LOSS(softmax, LK_SOFTMAX)         \
    LOSS(log_softmax, LK_LOG_SOFTMAX)
/* sums over the classes of functions of log-probabilities */
#define LK_LOG_LOSSES(LOSS)                 \
    LOSS(kl_divergence, LK_KL_DIVERGENCE)   \
    LOSS(js_divergence, LK_JS_DIVERGENCE)
/* functions of the scores themselves */
#define LK_SCORE_LOSSES(LOSS)                   \
    LOSS(nll, LK_NLL)                           \
    LOSS(multiclass_hinge, LK_MULTICLASS_HINGE)
#define LK_ROWS_LOSSES(LOSS) \
    LK_LABEL_LOSSES(LOSS) LK_FUNCTIONS(LOSS) LK_LOG_LOSSES(LOSS) LK_SCORE_LOSSES(LOSS)
/* clang-format on */

#endif
