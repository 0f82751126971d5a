/* plot_options.h: the keys of the options of `losskit plot`, which two files read. */
#ifndef LK_CLI_PLOT_OPTIONS_H
#define LK_CLI_PLOT_OPTIONS_H

#include "options.h"

enum {
    PLOT_OUTPUT = OPTION_OWN,
    PLOT_PARAM,
    PLOT_WHAT,
    PLOT_RANGE,
    PLOT_Y_RANGE,
    PLOT_TARGET,
    PLOT_AUXILIARY,
    PLOT_SCORES,
    PLOT_INPUT_LENGTHS,
    PLOT_TARGET_LENGTHS,
    PLOT_SEQUENCE,
    PLOT_BATCH_FIRST,
    PLOT_SIZE,
    PLOT_TITLE,
    PLOT_LABELS
};

#endif
