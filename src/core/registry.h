/* registry.h: the catalogue by id and by name. */
#ifndef LK_REGISTRY_H
#define LK_REGISTRY_H

#include "losskit.h"

/* The loss with this id with its checked parameters in p[LK_MAX_PARAMS]; NULL after lk_fail. */
const lk_loss_info *lk_resolve(lk_loss loss, const double *params, int n_params, double *p);

#endif
