/* status.h: a failure is a status and one sentence. */
#ifndef LK_STATUS_H
#define LK_STATUS_H

#include "losskit.h"

/* Records the sentence for lk_last_error() of this thread and returns `status`. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
lk_status
lk_fail(lk_status status, const char *format, ...);

#endif
