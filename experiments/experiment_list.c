/* experiment_list.c: all experiments, in the order of the report. */
#include "experiment.h"

extern const experiment_info saturation_experiment;
extern const experiment_info curve_gallery_experiment;
extern const experiment_info softmax_overflow_experiment;
extern const experiment_info equivalences_experiment;
extern const experiment_info outliers_experiment;
extern const experiment_info center_loss_experiment;
extern const experiment_info large_margin_experiment;
extern const experiment_info imbalance_experiment;
extern const experiment_info multi_label_experiment;
extern const experiment_info siamese_experiment;
extern const experiment_info sequence_labelling_experiment;
extern const experiment_info rising_loss_experiment;
extern const experiment_info convexity_experiment;
extern const experiment_info hinge_rivals_experiment;
extern const experiment_info segmentation_experiment;
extern const experiment_info convergence_experiment;
extern const experiment_info sparsity_experiment;
extern const experiment_info focal_grid_experiment;
extern const experiment_info natural_prior_experiment;
extern const experiment_info kl_both_ways_experiment;
extern const experiment_info surfaces_experiment;

const experiment_info *const experiments[] = {
    &saturation_experiment,         &curve_gallery_experiment,
    &softmax_overflow_experiment,   &equivalences_experiment,
    &outliers_experiment,           &center_loss_experiment,
    &large_margin_experiment,       &imbalance_experiment,
    &multi_label_experiment,        &siamese_experiment,
    &sequence_labelling_experiment, &rising_loss_experiment,
    &convexity_experiment,          &hinge_rivals_experiment,
    &segmentation_experiment,       &convergence_experiment,
    &sparsity_experiment,           &focal_grid_experiment,
    &natural_prior_experiment,      &kl_both_ways_experiment,
    &surfaces_experiment,           NULL,
};
