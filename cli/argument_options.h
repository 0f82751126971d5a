/* argument_options.h: an option for each tensor of a call, from what the library says of it. */
#ifndef LK_CLI_ARGUMENT_OPTIONS_H
#define LK_CLI_ARGUMENT_OPTIONS_H

#include "losskit.h"
#include "options.h"

/* The tensors of lk_call, and the features of the terms of a sum whose other terms have another
 * input. */
enum { SLOT_FEATURES = LK_ARGUMENTS, SLOT_FEATURES_GRADIENT, SLOTS };
enum { OPTION_SLOT = 2000 /* the key of a slot's option is this plus the slot */ };

int slot_is_output(int slot);
/* "grad-target" */
const char *slot_option(int slot, char name[OPTION_NAME]);
/* The tensor of a call that the slot stands for. */
lk_argument_id slot_argument(int slot);

/* Appends the options of all slots, and those that are called like the losses' third inputs. */
void argument_options_add(option_table *table, size_t *n);

#endif
