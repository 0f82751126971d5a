/* expression.h: a loss, or a weighted sum of losses, as the command line writes it:
 * "softmax_cross_entropy(label_smoothing=0.1) + 0.01*center". */
#ifndef LK_CLI_EXPRESSION_H
#define LK_CLI_EXPRESSION_H

#include "parameters.h"

enum { EXPRESSION_TERMS = 8, EXPRESSION_TEXT = 512 };

typedef struct expression_term {
    const lk_loss_info *info;
    lk_loss loss;
    parameters parameters;
    double factor;
} expression_term;

typedef struct expression {
    expression_term terms[EXPRESSION_TERMS];
    int n;
    int is_sum; /* more than a loss with its parameters */
} expression;

int expression_parse(expression *x, const char *text, error *e);
/* Of all terms, with every parameter. */
void expression_text(const expression *x, char *text, size_t size);

#endif
