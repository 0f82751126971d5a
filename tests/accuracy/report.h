/* report.h: the measured figures as text. */
#ifndef LK_TEST_REPORT_H
#define LK_TEST_REPORT_H

#include <stdio.h>

#include "measure.h"

void report_summary(FILE *out, const record *records, int n);
int report_write(const char *path, const record *records, int n);

#endif
