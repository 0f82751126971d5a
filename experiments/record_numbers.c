/* record_numbers.c: what is measured, and how it is written. */
#include "record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

measurement once(double value) { return (measurement){1, {value}}; }

void measure(measurement *m, double value)
{
    if (m->n < SEEDS) m->value[m->n++] = value;
}

double mean_of(measurement m)
{
    double sum = 0;
    for (int k = 0; k < m.n; k++) sum += m.value[k];
    return sum / m.n;
}

double spread_of(measurement m)
{
    if (m.n == 1) return 0;
    const double mean = mean_of(m);
    double sum = 0;
    for (int k = 0; k < m.n; k++) sum += (m.value[k] - mean) * (m.value[k] - mean);
    return sqrt(sum / (m.n - 1));
}

measurement difference_of(measurement a, measurement b)
{
    measurement d = {a.n < b.n ? a.n : b.n, {0}};
    for (int k = 0; k < d.n; k++) d.value[k] = a.value[k] - b.value[k];
    return d;
}

measurement ratio_of(measurement a, measurement b)
{
    measurement r = {a.n < b.n ? a.n : b.n, {0}};
    for (int k = 0; k < r.n; k++) r.value[k] = a.value[k] / b.value[k];
    return r;
}

/* ---- as text ------------------------------------------------------------------------------------
 */

void number_text(double value, int decimals, char *text, size_t size)
{
    if (isnan(value))
        snprintf(text, size, "–");
    else
        snprintf(text, size, "%.*f", decimals, value == 0 ? 0.0 : value);
}

void measurement_text(measurement m, int decimals, char *text, size_t size)
{
    number_text(mean_of(m), decimals, text, size);
    const size_t used = strlen(text);
    if (m.n > 1) snprintf(text + used, size - used, " ± %.*f", decimals, spread_of(m));
}

/* Enough digits to tell the number from what was asked for. */
static int decimals_of(const check *c)
{
    if (c->kind == CHECK_DIGITS) return c->decimals;
    const double scale = fmax(fabs(mean_of(c->measured)), fabs(c->expected));
    return scale >= 1000 ? 0 : scale >= 10 ? 2 : 4;
}

static void print_shown(const check *c, char *text, size_t size, double number)
{
    /* Errors of rounding would all be 0.0000. */
    const double small = fabs(number);
    if (c->kind != CHECK_DIGITS && (small < 1e-3 || small >= 1e7))
        snprintf(text, size, "%.3g", number == 0 ? 0.0 : number);
    else
        number_text(number, decimals_of(c), text, size);
}

void check_measured_text(const check *c, char *text, size_t size)
{
    if (c->kind == CHECK_TRUE) {
        snprintf(text, size, "%s", c->found);
        return;
    }
    print_shown(c, text, size, mean_of(c->measured));
    const size_t used = strlen(text);
    const double spread = spread_of(c->measured);
    if (c->measured.n > 1 && used < size)
        snprintf(text + used, size - used, " ± %.*f", spread == 0 ? 0 : decimals_of(c), spread);
}

void check_expected_text(const check *c, char *text, size_t size)
{
    static const char *const words[] = {"", "", "at least ", "at most ", ""};
    if (c->kind == CHECK_TRUE) {
        snprintf(text, size, "so");
        return;
    }
    char number[64];
    print_shown(c, number, sizeof number, c->expected);
    snprintf(text, size, "%s%s", words[c->kind], number);
    const size_t used = strlen(text);
    if (c->kind == CHECK_NEAR && used < size)
        snprintf(text + used, size - used, ", to within %.2g", c->tolerance);
}

void table_cell_text(const table_cell *c, char *text, size_t size)
{
    if (!c->expected)
        snprintf(text, size, "%s", c->text);
    else if (c->holds)
        snprintf(text, size, "%s ✓", c->text);
    else
        snprintf(text, size, "%s ✗ %s", c->text, c->expected);
}

int table_cell_right(const record_table *t, int k)
{
    const int below = k + t->columns;
    return t->cells[k < t->columns && below < t->n_cells ? below : k].number;
}
