/* pointwise_list.h: every pointwise loss, once as a file and once as (name, id). Append only: ids
 * are ABI (see lk_loss). AUX lists the losses with a third input. */
#include "binary/sigmoid_cross_entropy.h"
#include "binary/sigmoid_focal.h"
#include "margin/exponential.h"
#include "margin/hinge.h"
#include "margin/logistic.h"
#include "regression/absolute_error.h"
#include "regression/huber.h"
#include "regression/squared_error.h"

/* clang-format off */
#define LK_POINTWISE_LOSSES(PLAIN, AUX)      \
    PLAIN(logistic, LK_LOGISTIC)             \
    PLAIN(hinge, LK_HINGE)                   \
    PLAIN(exponential, LK_EXPONENTIAL)       \
    PLAIN(squared_error, LK_SQUARED_ERROR)   \
    PLAIN(absolute_error, LK_ABSOLUTE_ERROR) \
    PLAIN(huber, LK_HUBER)                   \
    AUX(sigmoid_cross_entropy, LK_SIGMOID_CROSS_ENTROPY) \
    PLAIN(sigmoid_focal, LK_SIGMOID_FOCAL)
/* clang-format on */
