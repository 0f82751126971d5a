/* experiment_list.c: all experiments, in the order of the report. */
#include "experiment.h"

extern const experiment_info saturation_experiment;
extern const experiment_info equivalences_experiment;
extern const experiment_info center_loss_experiment;
extern const experiment_info large_margin_experiment;
extern const experiment_info siamese_experiment;
extern const experiment_info rising_loss_experiment;
extern const experiment_info convexity_experiment;
extern const experiment_info hinge_rivals_experiment;

const experiment_info *const experiments[] = {
    &saturation_experiment,   &equivalences_experiment, &center_loss_experiment,
    &large_margin_experiment, &siamese_experiment,      &rising_loss_experiment,
    &convexity_experiment,    &hinge_rivals_experiment, NULL};
