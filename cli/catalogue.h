/* catalogue.h: the losses of the library, by name and as words and JSON. */
#ifndef LK_CLI_CATALOGUE_H
#define LK_CLI_CATALOGUE_H

#include "cli_error.h"
#include "losskit.h"

#include <jansson.h>
#include <stddef.h>

/* The next loss after *id, which starts at 0 and receives its id; NULL past the last. */
const lk_loss_info *catalogue_next(int *id);

/* The loss of that name, or NULL and a sentence. */
const lk_loss_info *catalogue_find(const char *name, lk_loss *loss, error *e);

/* The losses of that name list, or all when it is empty, in *losses, which the caller frees. */
int catalogue_select(const char *const *names, int n_names, lk_loss **losses, int *count, error *e);

double affine_value(const lk_affine *a, const double *params);

/* The name of the trait that has this index, or NULL past the last; *bit receives its flag. */
const char *trait_word(int index, uint32_t *bit);
void traits_text(uint32_t traits, char *text, size_t size); /* "convex, smooth" */
void domain_text(const lk_domain *d, char *text, size_t size);
void affine_text(const lk_loss_info *info, const lk_affine *a, char *text, size_t size);
const char *kind_word(lk_kind kind);       /* "rows" */
const char *axis_word(lk_axis axis);       /* "margin" */
const char *axis_definition(lk_axis axis); /* "margin m = y f(x)" */

json_t *number_json(double x); /* a string for what JSON has no number for */
json_t *loss_json(lk_loss loss, const lk_loss_info *info);
/* {"schema": 1, "version": ..., "losses": [...]} of one family, or of all when it is NULL. */
json_t *catalogue_json(const char *family);
/* Prints and releases it: indented, or as one of several lines that a reader gets at once. */
int json_print(json_t *value, error *e);
int json_line(json_t *value, error *e);

#endif
