/* convergence.h: the parts of the experiment `convergence`. */
#ifndef LK_CONVERGENCE_H
#define LK_CONVERGENCE_H

#include "experiment.h"

/* The same losses on a linear model of real data, with the gradient of all rows. */
lk_status converge_linear(experiment *x);

#endif
