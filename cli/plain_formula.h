/* plain_formula.h: a formula in TeX as text for a terminal. */
#ifndef LK_CLI_PLAIN_FORMULA_H
#define LK_CLI_PLAIN_FORMULA_H

#include <stddef.h>

enum { FORMULA_TEXT = 1024 };

/* Covers the TeX of the catalogue; what it does not know stays as it is. */
void plain_formula(const char *tex, char *text, size_t size);

#endif
