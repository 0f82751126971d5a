#include "argument_options.h"

#include "catalogue.h"

#include <stdio.h>
#include <string.h>

lk_argument_id slot_argument(int slot)
{
    return slot == SLOT_FEATURES            ? LK_ARG_INPUT
           : slot == SLOT_FEATURES_GRADIENT ? LK_ARG_GRADIENT
                                            : (lk_argument_id)slot;
}

int slot_is_output(int slot) { return lk_argument_describe(slot_argument(slot))->output; }

static void with_dashes(char *name)
{
    for (char *p = name; *p; p++)
        if (*p == '_') *p = '-';
}

/* A gradient is called "grad", and after what it is the gradient of. */
const char *slot_option(int slot, char name[OPTION_NAME])
{
    static const char gradient[] = "_gradient";
    const char *member = lk_argument_describe(slot_argument(slot))->name;
    const size_t length = strlen(member), end = strlen(gradient);
    if (slot >= LK_ARGUMENTS)
        snprintf(name, OPTION_NAME, "%s", slot == SLOT_FEATURES ? "features" : "grad-features");
    else if (slot == LK_ARG_GRADIENT)
        snprintf(name, OPTION_NAME, "grad");
    else if (length > end && !strcmp(member + length - end, gradient))
        snprintf(name, OPTION_NAME, "grad-%.*s", (int)(length - end), member);
    else
        snprintf(name, OPTION_NAME, "%s", member);
    with_dashes(name);
    return name;
}

static const char *slot_meaning(int slot)
{
    return slot == SLOT_FEATURES            ? "the input of losses over features"
           : slot == SLOT_FEATURES_GRADIENT ? "the gradient of the features"
                                            : lk_argument_describe((lk_argument_id)slot)->meaning;
}

static char *append_entry(option_table *t, size_t *n, int key, const char *meaning,
                          const char *argument)
{
    const struct poptOption entry = OPTION(t->names[*n], key, meaning, argument);
    t->entries[*n] = entry;
    return t->names[(*n)++];
}

/* The names of the losses' third inputs, each once. */
static void add_third_inputs(option_table *t, size_t *n)
{
    const size_t first = *n;
    int id = 0;
    for (const lk_loss_info *info; (info = catalogue_next(&id)) && *n + 1 < OPTIONS_MAX;) {
        if (!info->auxiliary) continue;
        char *name = t->names[*n];
        snprintf(name, OPTION_NAME, "%s", info->auxiliary);
        with_dashes(name);
        size_t k = first;
        while (k < *n && strcmp(t->names[k], name) != 0) k++;
        if (k == *n) append_entry(t, n, OPTION_ALIAS, "the third input by its own name", "FILE");
    }
}

void argument_options_add(option_table *t, size_t *n)
{
    for (int output = 0; output < 2; output++)
        for (int slot = 0; slot < SLOTS && *n + 1 < OPTIONS_MAX; slot++) {
            if (slot_is_output(slot) != output) continue;
            slot_option(slot, t->names[*n]);
            append_entry(t, n, OPTION_SLOT + slot, slot_meaning(slot), output ? "OUT" : "FILE");
            if (slot == LK_ARG_AUXILIARY) add_third_inputs(t, n);
        }
}
