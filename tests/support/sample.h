/* sample.h: the losses of the catalogue and data of their domains, from what they say of
 * themselves. */
#ifndef LK_TESTS_SAMPLE_H
#define LK_TESTS_SAMPLE_H

#include "losskit.h"
#include "support/rng.h"

/* The next loss of the catalogue after id (0: the first); 0 past the last. */
lk_loss next_loss(lk_loss id);
#define FOR_EACH_LOSS(id) for (lk_loss id = next_loss((lk_loss)0); id; id = next_loss(id))

/* The presets, but numbers instead of a word that stands for a statistic of the whole sample: then
 * each element depends on its own numbers only. */
void plain_params(const lk_loss_info *info, double *params);

/* Each parameter at its plain value, one of its bounds (finite in f32) or a named value, in all
 * combinations, one for each `choice` from 0 on; 0 past the last. */
int extreme_params(const lk_loss_info *info, int choice, double *params);

/* Whether the parameter's value is a statistic of the sample. */
int is_statistic(const lk_parameter *parameter, double value);

/* A number of the domain: a multiple of 2^-fraction_bits of magnitude up to about 8, so that it is
 * exact in f32 (16 bits) or in every float type (3 bits). */
double draw(const lk_domain *domain, rng *r, int fraction_bits);

/* Whether the domain holds x (NaN: yes). */
int in_domain(const lk_domain *domain, double x);

int has_target_gradient(const lk_loss_info *info);

#endif
