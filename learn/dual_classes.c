/* dual_classes.c: dual coordinate descent for the multi-class hinge losses. Crammer and Singer,
 * JMLR 2 (2001) 265; Keerthi et al., KDD 2008.
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
 * bend = 1 / (2 C_i). A step improves all variables of one row; its slopes are g_im = margin - z_y
 * + z_m, of one against all margin - z_y and margin + z_m. */
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
    double *a;             /* [rows, outputs] */
    double *squares;       /* [rows] |x|^2 + rho */
    int64_t *labels;       /* [rows] */
    double *scores;        /* [rows, outputs] */
    double *weight;        /* [features, outputs]: what one value of a row meets lies together */
    double *w;             /* [outputs, features], as of the last measurement */
    double *bias, *excess; /* [outputs]; excess: sum of the b */
    double *z, *step;      /* [outputs], of one row */
    double *sorted;        /* [outputs] */
    double *flow, *factor; /* [outputs, outputs], [outputs] */
    double rho, scale;
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

/* All at once. With S the row's sum before, t the sum after, and mu >= 0 for t <= C, the slopes
 * vanish where a_m = max(0, h_m - theta), h_m = a_m + S + g_m / |x|^2 and theta = t (1 + bend /
 * |x|^2) + mu / |x|^2. What is left is a number theta such that these a_m sum to t. */
static row_step step_together(classes_state *s, int64_t i, double limit)
{
    const int64_t y = s->labels[i], n = s->outputs;
    const double c = weight_of(s, i), square = s->squares[i];
    const double high = s->squared ? HUGE_VAL : c, bend = s->squared ? 0.5 / c : 0;
    double *a = s->a + i * n, before = 0;
    row_step out = {0, 1};
    if (square == 0) { /* an empty row moves no weights */
        const double sum = s->squared ? s->margin / bend : c;
        for (int64_t m = 0; m < n; m++) a[m] = m == y ? 0 : sum / (double)(n - 1);
        return out;
    }
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

/* ---- a pass -------------------------------------------------------------------------------------
 */

static void score_row(const classes_state *s, lk_sample_row row)
{
    const int64_t n = s->outputs;
    memcpy(s->z, s->bias, (size_t)n * sizeof *s->z);
    memset(s->step, 0, (size_t)n * sizeof *s->step);
    for (int64_t k = 0; k < row.n; k++) {
        const double value = row.values[k];
        const double *weight = s->weight + (row.columns ? row.columns[k] : k) * n;
        for (int64_t c = 0; c < n; c++) s->z[c] += value * weight[c];
    }
}

static void add_row(const classes_state *s, lk_sample_row row, const double *step)
{
    const int64_t n = s->outputs;
    for (int64_t k = 0; k < row.n; k++) {
        const double value = row.values[k];
        double *weight = s->weight + (row.columns ? row.columns[k] : k) * n;
        for (int64_t c = 0; c < n; c++) weight[c] += value * step[c];
    }
    for (int64_t c = 0; c < n; c++) s->excess[c] += step[c];
}

static void pass(void *state, lk_dual_course *course, double limit)
{
    classes_state *s = state;
    double violation = 0;
    for (int64_t k = 0; k < course->active; k++) {
        const int64_t i = course->order[k];
        const lk_sample_row row = lk_row_of(s->problem->data, i);
        dual_prefetch(course, s->problem->data, k + 2);
        score_row(s, row);
        const row_step step =
            s->kind == CRAMMER_SINGER ? step_together(s, i, limit) : step_by_variables(s, i, limit);
        violation = fmax(violation, step.violation);
        if (step.violation > 0) {
            add_row(s, row, s->step);
            for (int64_t c = 0; c < s->outputs; c++) s->bias[c] += s->rho * s->step[c];
        } else if (step.closed) {
            dual_leave_out(course, k--);
        }
    }
    course->violation = violation;
    course->drift = 0;
    for (int64_t c = 0; c < s->outputs && s->problem->bias == LK_BIAS_FREE; c++) {
        const double step = s->rho * s->excess[c];
        s->bias[c] += step;
        course->drift = fmax(course->drift, fabs(step));
    }
}

/* ---- the gap ------------------------------------------------------------------------------------
 */

/* flow[y, m]: the sum of a_im over the rows of class y. */
static void sum_flows(classes_state *s)
{
    const int64_t n = s->outputs;
    memset(s->flow, 0, (size_t)(n * n) * sizeof *s->flow);
    for (int64_t i = 0; i < s->problem->data->rows; i++)
        for (int64_t m = 0; m < n; m++) s->flow[s->labels[i] * n + m] += s->a[i * n + m];
}

/* A class that nothing comes to, or that nothing leaves, is in balance when nothing flows at all.
 */
static void stop_flows(classes_state *s, int64_t c)
{
    for (int64_t m = 0; m < s->outputs; m++)
        s->flow[c * s->outputs + m] = s->flow[m * s->outputs + c] = 0;
}

/* Diagonal scaling (Osborne, J. ACM 7 (1960) 338) until what comes to each class is what leaves it:
 * flow[y, m] factor[y] / factor[m]. 0: it does not come to that. */
static int balance_flows(classes_state *s)
{
    const int64_t n = s->outputs;
    for (int64_t c = 0; c < n; c++) s->factor[c] = 1;
    for (int sweep = 0; sweep < BALANCING_SWEEPS; sweep++) {
        double off = 0, all = 0;
        for (int64_t c = 0; c < n; c++) {
            double out = 0, in = 0;
            for (int64_t m = 0; m < n; m++) {
                if (m == c) continue;
                out += s->flow[c * n + m] * s->factor[c] / s->factor[m];
                in += s->flow[m * n + c] * s->factor[m] / s->factor[c];
            }
            off += fabs(out - in);
            all += out;
            if (out > 0 && in > 0)
                s->factor[c] *= sqrt(in / out);
            else
                stop_flows(s, c);
        }
        if (off <= 4 * DBL_EPSILON * all) return 1;
    }
    return 0;
}

/* For a free bias: scales the a down to where the b of each class sum to 0. 0: that cannot be. */
static int balance(classes_state *s)
{
    const int64_t n = s->outputs;
    sum_flows(s);
    double most = 0;
    if (s->kind != ONE_VS_ALL) {
        if (!balance_flows(s)) return 0;
        for (int64_t y = 0; y < n; y++)
            for (int64_t m = 0; m < n; m++)
                if (s->flow[y * n + m] > 0) most = fmax(most, s->factor[y] / s->factor[m]);
    }
    for (int64_t m = 0; m < n; m++) {
        const double own = s->flow[m * n + m];
        double others = -own;
        for (int64_t y = 0; y < n; y++) others += s->flow[y * n + m];
        for (int64_t y = 0; y < n; y++) {
            double *f = &s->flow[y * n + m]; /* becomes the factor of its a */
            if (s->kind != ONE_VS_ALL)
                *f = *f > 0 ? s->factor[y] / s->factor[m] / most : 0;
            else if (y == m)
                *f = own > others ? others / own : 1;
            else
                *f = others > own ? own / others : 1;
        }
    }
    for (int64_t i = 0; i < s->problem->data->rows; i++)
        for (int64_t m = 0; m < n; m++) s->a[i * n + m] *= s->flow[s->labels[i] * n + m];
    return 1;
}

/* Weights, bias and excess from the a: sums of many small steps forget their last digits. */
static void refresh(classes_state *s)
{
    const int64_t n = s->outputs, features = s->problem->data->features;
    memset(s->weight, 0, (size_t)(features * n) * sizeof *s->weight);
    memset(s->excess, 0, (size_t)n * sizeof *s->excess);
    for (int64_t i = 0; i < s->problem->data->rows; i++) {
        const double *a = s->a + i * n;
        const int64_t y = s->labels[i];
        double own = s->kind == ONE_VS_ALL ? a[y] : 0, all = 0;
        for (int64_t m = 0; m < n; m++) {
            all += a[m];
            s->step[m] = -a[m];
        }
        s->step[y] = s->kind == ONE_VS_ALL ? own : all;
        if (all > 0) add_row(s, lk_row_of(s->problem->data, i), s->step);
    }
    for (int64_t c = 0; c < n; c++) {
        if (s->problem->bias == LK_BIAS_PENALISED) s->bias[c] = s->excess[c];
        for (int64_t k = 0; k < features; k++) s->w[c * features + k] = s->weight[k * n + c];
    }
}

static double squared_norm(const classes_state *s)
{
    const int64_t n = s->outputs * s->problem->data->features;
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += s->w[k] * s->w[k];
    for (int64_t c = 0; c < s->outputs && s->problem->bias == LK_BIAS_PENALISED; c++)
        sum += s->bias[c] * s->bias[c];
    return sum;
}

static double dual_objective(const classes_state *s)
{
    const int64_t n = s->outputs;
    double sum = 0;
    for (int64_t i = 0; i < s->problem->data->rows; i++) {
        const double *a = s->a + i * n, c = weight_of(s, i);
        double all = 0, squares = 0;
        for (int64_t m = 0; m < n; m++) {
            all += a[m];
            squares += a[m] * a[m];
        }
        if (s->kind == CRAMMER_SINGER) squares = all * all;
        sum += s->margin * all - (s->squared && squares > 0 ? 0.25 / c * squares : 0);
    }
    return s->problem->l2 * (sum - 0.5 * squared_norm(s));
}

static lk_status measure(void *state, lk_linear_report *r)
{
    classes_state *s = state;
    const lk_linear_problem *p = s->problem;
    const int bounds = p->bias != LK_BIAS_FREE || balance(s);
    refresh(s);
    lk_rows_scores(p->data, s->outputs, s->w, s->bias, s->scores);
    const int64_t rows = p->data->rows, shape[] = {rows, s->outputs};
    const lk_tensor scores = lk_view(s->scores, LK_F64, 2, shape);
    const lk_tensor target = lk_vector(s->labels, LK_I64, &rows);
    double sum;
    const lk_status status = lk_dual_loss(p, &scores, &target, &sum);
    if (status) return status;
    r->objective = sum / (double)rows + 0.5 * p->l2 * squared_norm(s);
    r->gap = bounds ? r->objective - dual_objective(s) : HUGE_VAL;
    return LK_OK;
}

/* ---- the solver ---------------------------------------------------------------------------------
 */

static lk_status make_room(classes_state *s, lk_dual_course *course)
{
    const size_t n = (size_t)s->problem->data->rows, k = (size_t)s->outputs;
    const size_t features = (size_t)s->problem->data->features;
    const int fits = n < SIZE_MAX / 16 / k && features < SIZE_MAX / 16 / k && k < SIZE_MAX / 16 / k;
    s->a = fits ? calloc(n * k, sizeof *s->a) : NULL;
    s->scores = fits ? malloc(n * k * sizeof *s->scores) : NULL;
    s->weight = fits ? malloc((features * k + 1) * sizeof *s->weight) : NULL;
    s->flow = fits ? malloc(k * k * sizeof *s->flow) : NULL;
    s->squares = malloc(n * sizeof *s->squares);
    s->labels = malloc(n * sizeof *s->labels);
    s->excess = malloc(5 * k * sizeof *s->excess);
    course->order = malloc(n * sizeof *course->order);
    if (!s->a || !s->scores || !s->weight || !s->flow || !s->squares || !s->labels || !s->excess ||
        !course->order)
        return lk_fail(LK_NO_MEMORY, "train: no memory for %zu rows of %zu classes", n, k);
    s->z = s->excess + k;
    s->step = s->z + k;
    s->sorted = s->step + k;
    s->factor = s->sorted + k;
    return LK_OK;
}

static lk_status read_rows(classes_state *s, lk_dual_course *course)
{
    for (int64_t i = 0; i < s->problem->data->rows; i++) {
        s->squares[i] = lk_row_square(lk_row_of(s->problem->data, i)) + s->rho;
        s->labels[i] = (int64_t)s->problem->target[i];
        if (!isfinite(s->squares[i]))
            return lk_fail(LK_OUT_OF_DOMAIN,
                           "train: the features of row %lld are too large to square", (long long)i);
        const double c = weight_of(s, i);
        if (c > 0 && isfinite(0.5 / c)) course->order[course->used++] = i;
    }
    return LK_OK;
}

lk_status lk_solve_dual_classes(const lk_linear_problem *p, double *w, double *bias,
                                lk_linear_report *report)
{
    classes_state s = {.problem = p, .outputs = p->outputs, .w = w, .bias = bias};
    lk_dual_course course = {.random = {p->seed}};
    s.kind = (int)(p->params[0] + 0.5);
    s.margin = p->params[1];
    s.squared = p->params[2] >= 1.5;
    s.rho = lk_dual_rho(p, s.margin);
    s.scale = 1 / ((double)p->data->rows * p->l2);
    if (p->params[3] != 0) s.scale /= (double)p->outputs; /* the average over the classes */
    course.steepest = s.margin;
    memset(bias, 0, (size_t)p->outputs * sizeof *bias);
    lk_status status = make_room(&s, &course);
    if (!status) status = read_rows(&s, &course);
    if (!status) status = lk_dual_descend(p, &course, pass, measure, &s, report);
    free(s.a);
    free(s.scores);
    free(s.weight);
    free(s.flow);
    free(s.squares);
    free(s.labels);
    free(s.excess);
    free(course.order);
    return status;
}
