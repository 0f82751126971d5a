/* experiment_list.c: all experiments, in the order of the report. */
#include "experiment.h"

extern const experiment_info saturation_experiment;
extern const experiment_info imbalance_experiment;
extern const experiment_info multi_label_experiment;
extern const experiment_info rising_loss_experiment;
extern const experiment_info hinge_rivals_experiment;
extern const experiment_info focal_grid_experiment;
extern const experiment_info natural_prior_experiment;

const experiment_info *const experiments[] = {&saturation_experiment,    &imbalance_experiment,
                                              &multi_label_experiment,   &rising_loss_experiment,
                                              &hinge_rivals_experiment,  &focal_grid_experiment,
                                              &natural_prior_experiment, NULL};
