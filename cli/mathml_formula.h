/* mathml_formula.h: a formula in TeX for HTML, without scripts and fonts. */
#ifndef LK_CLI_MATHML_FORMULA_H
#define LK_CLI_MATHML_FORMULA_H

#include <stdio.h>

/* Appends the formula as MathML Core: <math display="block">...</math>, or inline. Covers the TeX
 * of the catalogue and of the experiments; a macro that it does not know appears as its name, in
 * <mtext>. Any text gives well-formed XML: what has no place is left out, and an operand that lies
 * within 64 others becomes an ellipsis. */
void mathml_formula(FILE *out, const char *tex, int block);

#endif
