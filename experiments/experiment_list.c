/* experiment_list.c: all experiments, in the order of the report. */
#include "experiment.h"

extern const experiment_info saturation_experiment, outliers_experiment, convergence_experiment,
    sparsity_experiment;

const experiment_info *const experiments[] = {&saturation_experiment, &outliers_experiment,
                                              &convergence_experiment, &sparsity_experiment, NULL};
