/* learn_mlp_reference.h: the loss of a network in double precision, written from the definitions,
 * for differences and predictions to compare with. */
#ifndef LK_TESTS_LEARN_MLP_REFERENCE_H
#define LK_TESTS_LEARN_MLP_REFERENCE_H

#include "mlp.h"

/* The layers' outputs, [rows, units] each; malloc()ed. flat: all arrays of the network. training:
 * statistics of the batch, and the masks that the trainer's pass has drawn. */
double **reference_outputs(const lk_mlp *network, const lk_mlp_pass *masks, const double *flat,
                           const double *input, int64_t rows, int training);
void reference_free(double **outputs, int layers);

/* The loss of the batch in the trainer's pass at other parameters. */
double reference_loss(const lk_mlp_trainer *trainer, const double *flat);

/* Random rows around a point of each class (classes 0: targets are smooth functions of them), with
 * weights or not. */
void make_rows(int64_t rows, int64_t features, int64_t classes, int64_t targets, int weighted,
               uint64_t seed, lk_dataset *out);

#endif
