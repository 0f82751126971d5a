/* experiment_list.c: all experiments, in the order of the report. */
#include "experiment.h"

extern const experiment_info saturation_experiment;
extern const experiment_info sequence_labelling_experiment;

const experiment_info *const experiments[] = {&saturation_experiment,
                                              &sequence_labelling_experiment, NULL};
