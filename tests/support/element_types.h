/* element_types.h: reading and writing single elements of every dtype, converted independently of
 * the library. */
#ifndef LK_TESTS_ELEMENTS_H
#define LK_TESTS_ELEMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "losskit.h"

double half_to_double(uint16_t bits);
uint16_t half_from_double(double x); /* to nearest even; NaN becomes 0x7e00 */
double bfloat_to_double(uint16_t bits);
uint16_t bfloat_from_double(double x); /* to nearest even; NaN becomes 0x7fc0 */

size_t element_width(int dtype);
const char *element_name(int dtype);
double element_get(const void *array, int dtype, int64_t index);
void element_set(void *array, int dtype, int64_t index, double x);

/* The same bits, or both NaN. */
int element_same(const void *a, int64_t i, const void *b, int64_t k, int dtype);
/* Index of the first of n elements that differ; -1 when there is none. */
int64_t first_difference(const void *a, const void *b, int dtype, int64_t n);

#endif
