/* learn_mlp_training.h: trainings of small networks that have to succeed. */
#ifndef LK_TESTS_LEARN_MLP_TRAINING_H
#define LK_TESTS_LEARN_MLP_TRAINING_H

#include "losskit_learn.h"

/* The preset options with these layers and losses, which have to outlive them. */
lk_mlp_options options_of(const lk_layer *layers, int n_layers, const lk_objective *objective,
                          int n_objective);
lk_model *train(const lk_dataset *data, const lk_mlp_options *o, lk_mlp_report *report);
/* The share of rows whose class is right. */
double accuracy(const lk_model *model, const lk_dataset *data);
/* A loss of rows, at its presets, of the model's scores. */
double mean_loss(lk_loss loss, const lk_model *model, const lk_dataset *data);

#endif
