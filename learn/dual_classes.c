/* dual_classes.c: dual coordinate descent for the multi-class hinge losses. Crammer and Singer, JMLR
 * 2 (2001) 265; Keerthi et al., KDD 2008.
 *
 * As in dual.c, with K variables a_im >= 0 for each row. Row i of class y adds b_ik x_i to the
 * weights of class k, where
 *
 *     one against all     b_iy = a_iy,              b_im = -a_im,    a_im <= C_i
 *     Weston, Watkins     b_iy = sum of the a_im,   b_im = -a_im,    a_im <= C_i, m not y
 *     Crammer, Singer     the same                                   sum of the a_im <= C_i
 *
 * and D(a) = margin sum of a_im - 1/2 |W|^2. Squared losses have no upper limit and lose
 * bend / 2 times the sum of a_im^2 (Crammer and Singer: of the square of the row's sum), with
 * bend = 1 / (2 C_i). A step improves all variables of one row; its slopes are g_im = margin - z_y +
 * z_m, of one against all margin - z_y and margin + z_m. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dual.h"
#include "sample_rows.h"

enum { WESTON_WATKINS, CRAMMER_SINGER, ONE_VS_ALL, BALANCING_SWEEPS = 1000 };

typedef struct classes_state {
    const lk_linear_problem *problem;
    int kind, squared;
    double margin;
    int64_t outputs;
    double *a;       /* [rows, outputs] */
    double *squares; /* [rows] |x|^2 + rho */
    int64_t *labels; /* [rows] */
    int64_t *order, active, used;
    double *weight; /* [features, outputs]: what one value of a row meets lies together */
    double *w;      /* [outputs, features], at each measurement */
    double *bias, *excess, rho;
    double *scores;                       /* [rows, outputs] */
    double *z, *step, *sorted, *flow, *d; /* [outputs]; flow [outputs, outputs] */
    double scale, violation;
    lk_random random;
} classes_state;

static double weight_of(const classes_state *s, int64_t i)
{
    return s->scale * (s->problem->weight ? s->problem->weight[i] : 1);
}

/* ---- the step of a row --------------------------------------------------------------------------
 * From the scores z: the new a, and in `step` what is added to the b of the row. */

typedef struct row_step {
    double violation; /* largest change of a slope that a variable made by itself */
    int closed;       /* no variable can move, by more than `limit` */
} row_step;

/* Variables one after the other. */
static row_step step_by_variables(classes_state *s, int64_t i, double limit)
{
    const int pairs = s->kind == WESTON_WATKINS;
    const double c = weight_of(s, i), square = s->squares[i];
    const double high = s->squared ? HUGE_VAL : c, bend = s->squared ? 0.5 / c : 0;
    const double q = fmax((pairs ? 2 : 1) * square + bend, DBL_MIN);
    const int64_t y = s->labels[i];
    row_step out = {0, 1};
    for (int64_t m = 0; m < s->outputs; m++) {
        if (pairs && m == y) continue;
        double *a = &s->a[i * s->outputs + m];
        const double lead = pairs ? s->z[y] - s->z[m] : m == y ? s->z[y] : -s->z[m];
        const double slope = s->margin - lead - bend * *a;
        out.closed &= (*a <= 0 && slope < -limit) || (*a >= high && slope > limit);
        const double to = fmin(fmax(*a + slope / q, 0), high), by = to - *a;
        if (by == 0) continue;
        out.violation = fmax(out.violation, fabs(by) * q);
        *a = to;
        const double own = pairs || m == y ? by : 0, other = m == y ? 0 : -by;
        s->step[y] += own;
        s->z[y] += own * square;
        s->step[m] += other;
        s->z[m] += other * square;
    }
    return out;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* All at once. With S the row's sum before, t the sum after, and mu >= 0 for t <= C, the slopes vanish
 * where a_m = max(0, h_m - theta), h_m = a_m + S + g_m / |x|^2 and theta = t (1 + bend / |x|^2) + mu
 * / |x|^2. What is left is a number theta such that these a_m sum to t. */
static row_step step_together(classes_state *s, int64_t i, double limit)
{
    const int64_t y = s->labels[i], n = s->outputs;
    const double c = weight_of(s, i), square = s->squares[i];
    const double high = s->squared ? HUGE_VAL : c, bend = s->squared ? 0.5 / c : 0;
    double *a = s->a + i * n, before = 0;
    row_step out = {0, 1};
    for (int64_t m = 0; m < n; m++) before += a[m];
    int64_t others = 0;
    for (int64_t m = 0; m < n; m++) {
        if (m == y) continue;
        const double slope = s->margin - s->z[y] + s->z[m];
        out.closed &= a[m] <= 0 && slope < -limit;
        s->sorted[others++] = s->z[m] = a[m] + before + slope / square;
    }
    qsort(s->sorted, (size_t)others, sizeof *s->sorted, descending);
    double sum = 0, theta = 0;
    const double share = 1 / (1 + bend / square);
    for (int64_t r = 0; r < others && s->sorted[r] > theta; r++) {
        sum += s->sorted[r];
        theta = sum / ((double)(r + 1) + share);
        if (theta * share > high) theta = (sum - high) / (double)(r + 1);
    }
    for (int64_t m = 0; m < n; m++) {
        if (m == y) continue;
        const double to = fmax(s->z[m] - theta, 0), by = to - a[m];
        out.violation = fmax(out.violation, fabs(by) * square);
        a[m] = to;
        s->step[m] = -by;
        s->step[y] += by;
    }
    return out;
}
