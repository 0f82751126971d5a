/* learn_models.h: small models made by hand, one of every kind, for files of models. */
#ifndef TESTS_LEARN_MODELS_H
#define TESTS_LEARN_MODELS_H

#include "model.h"

/* Two features, one output, no classes, huber with delta 0.1; weights 1.5 and -2, bias 0.25. */
lk_model *linear_model(void);
/* Three classes with names, a scaling and notes. */
lk_model *rich_model(void);
/* Two linear models; the second has a scaling. */
lk_model *ensemble_model(void);
/* Hidden layers of 2 (PReLU, batch normalisation, dropout) and 1 units. */
lk_model *mlp_model(void);
lk_model *stumps_model(void);
lk_model *gaussian_model(void);

#endif
