/* experiment_list.c: all experiments, in the order of the report. */
#include "experiment.h"

extern const experiment_info saturation_experiment;
extern const experiment_info sequence_labelling_experiment;
extern const experiment_info segmentation_experiment;

const experiment_info *const experiments[] = {
    &saturation_experiment, &sequence_labelling_experiment, &segmentation_experiment, NULL};
