/* sequence_losses.h: what the losses of sequences promise, on small examples. */
#ifndef LK_SEQUENCE_LOSSES_H
#define LK_SEQUENCE_LOSSES_H

#include "experiment.h"

/* CTC is a sum over alignments; which labellings fit into how many frames. */
lk_status show_ctc_alignments(experiment *x);
/* Edit distance, and its two forms that have a gradient. */
lk_status show_edit_distances(experiment *x);

#endif
