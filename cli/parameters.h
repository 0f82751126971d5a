/* parameters.h: a loss's parameters as the command line writes them, "name=value". */
#ifndef LK_CLI_PARAMETERS_H
#define LK_CLI_PARAMETERS_H

#include "cli_error.h"
#include "losskit.h"

#include <stddef.h>

typedef struct parameters {
    double values[LK_MAX_PARAMS];
    int set[LK_MAX_PARAMS]; /* given, not preset */
} parameters;

/* The index of the parameter of that name, or -1. */
int parameter_find(const lk_loss_info *info, const char *name);
void parameters_preset(parameters *p, const lk_loss_info *info);
/* Sets one from "name=value"; a second setting of the same one is refused. */
int parameters_set(parameters *p, const lk_loss_info *info, const char *text, error *e);
/* The value's name where it has one. */
void parameter_value_text(const lk_parameter *parameter, double value, char *text, size_t size);
/* "huber(delta=1)"; only those given when `given` is set. */
void parameters_text(const parameters *p, const lk_loss_info *info, int given, char *text,
                     size_t size);

#endif
