/* report.h: the measured figures as text. */
#ifndef LK_TEST_REPORT_H
#define LK_TEST_REPORT_H

#include <stdio.h>

#include "measure.h"

/* One line for each loss and type: the worst of its values and gradients, and of the rest. */
void report_summary(FILE *out, const record *records, int n);

/* Every figure, as Markdown. */
int report_write(const char *path, const char *command, const record *records, int n,
                 double worst_sum);

#endif
