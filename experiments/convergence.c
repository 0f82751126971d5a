/* convergence.c: gradient descent with a fixed step on L1, L2 and smooth L1, in one dimension and
 * on a linear model. */
#include "convergence.h"
#include "trial.h"

#include <math.h>

enum { STEPS = 240, LAST = 40 };
static const double rate = 0.3, start = 5;

static const struct {
    const char *name;
    lk_loss loss;
    int n_params;
    double param, decay; /* the step is rate / (1 + decay k) */
} descents[] = {{"absolute_error", LK_ABSOLUTE_ERROR, 0, 0, 0},
                {"absolute_error, decaying step", LK_ABSOLUTE_ERROR, 0, 0, 0.1},
                {"squared_error", LK_SQUARED_ERROR, 1, 0, 0},
                {"smooth_l1, β = 1", LK_SMOOTH_L1, 1, 1, 0},
                {"smooth_l1, β = 0.1", LK_SMOOTH_L1, 1, 0.1, 0},
                {"huber, δ = 0.1", LK_HUBER, 1, 0.1, 0}};
enum { L1, L1_DECAYING, L2, SMOOTH, SMOOTH_NARROW, HUBER_NARROW, DESCENTS };

/* r before the first and after each step of r -= step dL/dr. */
static lk_status descend(int d, double step, double from, int steps, double *r)
{
    r[0] = from;
    for (int k = 0; k < steps; k++) {
        double slope;
        const lk_status status = trial_curve(descents[d].loss, &descents[d].param,
                                             descents[d].n_params, 1, &r[k], 0, NULL, &slope, NULL);
        if (status) return status;
        r[k + 1] = r[k] - step / (1 + descents[d].decay * k) * slope;
    }
    return LK_OK;
}

static double largest(const double *r, int first, int last)
{
    double most = 0;
    for (int k = first; k <= last; k++) most = fmax(most, fabs(r[k]));
    return most;
}

/* ---- one number that has to become 0 ------------------------------------------------------------
 */

static void tell_descents(experiment *x, double r[][STEPS + 1])
{
    heading(x, "One number, exactly");
    tell(x,
         "A prediction is %g too large, and gradient descent with the step η = %g moves it to its "
         "target: r ← r − η dL/dr. The slope of L1 is ±1 however near the target is, so that the "
         "step never gets shorter: once r is below η the next step jumps over 0, and the one after "
         "jumps back. The slope of L2 is 2r: each step leaves the share |1 − 2η|.",
         start, rate);
    formula(x, "\\frac{d}{dr}|r|=\\operatorname{sign}r\\qquad\\frac{d}{dr}r^2=2r\\qquad"
               "\\frac{d}{dr}\\operatorname{smooth}_\\beta(r)=\\max(-1,\\min(r/\\beta,1))");
    table(x, "The error r after so many steps", "loss|1|10|20|60|239|240");
    static const int shown[] = {1, 10, 20, 60, STEPS - 1, STEPS};
    for (int d = 0; d < DESCENTS; d++) {
        cell(x, "%s", descents[d].name);
        for (int k = 0; k < 6; k++) cell(x, "%.3g", r[d][shown[k]]);
    }
}

static void check_descents(experiment *x, double r[][STEPS + 1])
{
    int crossings = 0;
    for (int k = STEPS - LAST; k < STEPS; k++) crossings += r[L1][k] * r[L1][k + 1] < 0;
    check_near(x, crossings, LAST, 0, "of the last %d steps on L1, how many cross the target",
               LAST);
    check_at_most(x, once(largest(r[L1_DECAYING], STEPS - LAST, STEPS)),
                  rate / (1 + descents[L1_DECAYING].decay * (STEPS - LAST - 1)),
                  "largest |r| of L1's last %d steps when the step decays as η / (1 + k / 10); the "
                  "limit is the step before them",
                  LAST);
    check_at_most(x, once(largest(r[SMOOTH], STEPS, STEPS)), 1e-12,
                  "|r| at the end on smooth L1 with β = 1");
    int settling = 0;
    while (r[SMOOTH][settling] >= 1) settling++;
    check_near(x, r[SMOOTH][settling + 1] / r[SMOOTH][settling], 1 - rate, 1e-12,
               "what a step on smooth L1 leaves of r once |r| < β: 1 − η/β");
    check_near(x, r[SMOOTH][1] - r[L1][1], 0, 0,
               "difference of the first steps on smooth L1 and on L1, far from the target");
    check_at_least(x, once(largest(r[SMOOTH_NARROW], STEPS - LAST, STEPS)), 0.1,
                   "largest |r| of the last %d steps on smooth L1 with β = 0.1: η > 2β is too long "
                   "a step for its parabola, and it bounces as L1 does",
                   LAST);
    check_at_most(
        x, once(largest(r[HUBER_NARROW], STEPS, STEPS)), 1e-6,
        "|r| at the end on huber with δ = 0.1, whose curvature is 1 for every δ and whose "
        "slope is at most δ");
    check_near(x, r[HUBER_NARROW][0] - r[HUBER_NARROW][1], 0.1 * rate, 1e-12,
               "the first step on huber with δ = 0.1: ηδ");
}

/* L1's bounce is as wide as the step; L2's error shrinks, or grows, by the same factor. */
static lk_status check_rates(experiment *x)
{
    static const double l1_rates[] = {0.3, 0.1, 0.03}, l2_rates[] = {0.1, 0.3, 0.45, 0.9, 1, 1.1};
    double r[STEPS + 1];
    for (int i = 0; i < 3; i++) {
        const lk_status status = descend(L1, l1_rates[i], start, STEPS, r);
        if (status) return status;
        check_near(x, fabs(r[STEPS] - r[STEPS - 1]), l1_rates[i], 1e-12,
                   "width of L1's bounce with the step %g", l1_rates[i]);
    }
    for (int i = 0; i < 6; i++) {
        enum { FEW = 50 };
        const lk_status status = descend(L2, l2_rates[i], start, FEW, r);
        if (status) return status;
        check_near(x, pow(fabs(r[FEW] / start), 1.0 / FEW), fabs(1 - 2 * l2_rates[i]), 1e-9,
                   "what a step of %g on L2 leaves of the error, the mean of %d steps%s",
                   l2_rates[i], FEW,
                   l2_rates[i] > 1    ? ": it diverges"
                   : l2_rates[i] == 1 ? ": from one side to the other, for ever"
                                      : "");
    }
    return LK_OK;
}

static lk_status first_steps(experiment *x)
{
    static const double errors[] = {1, 10, 100};
    static const int shown[] = {L2, L1, SMOOTH};
    double step[3][3], r[2];
    for (int i = 0; i < 3; i++)
        for (int e = 0; e < 3; e++) {
            const lk_status status = descend(shown[i], rate, errors[e], 1, r);
            if (status) return status;
            step[i][e] = r[0] - r[1];
        }
    table(x, "The first step, for errors of different size", "loss|error 1|error 10|error 100");
    for (int i = 0; i < 3; i++) {
        cell(x, "%s", descents[shown[i]].name);
        for (int e = 0; e < 3; e++) cell_number(x, step[i][e], 4);
    }
    check_near(x, step[0][2] / step[0][0], 100, 1e-9,
               "how much longer L2's step is for an error 100 times as large");
    check_near(x, step[1][2] / step[1][0], 1, 1e-9, "the same of L1");
    check_near(x, step[2][2] / step[2][0], 1, 1e-9, "the same of smooth L1");
    return LK_OK;
}

static void draw_descents(experiment *x, double r[][STEPS + 1])
{
    enum { SHOWN = 40 };
    static const int lines[] = {L1, L1_DECAYING, L2, SMOOTH};
    double at[STEPS + 1], size[STEPS + 1];
    trial_grid(0, STEPS, STEPS + 1, at);
    figure(x, &(figure_look){.title = "The way to the target",
                             .alt = "L1 comes down in a straight line and then zigzags around 0; "
                                    "squared error falls at once; smooth L1 bends into 0.",
                             .x_label = "steps",
                             .y_label = "error r"});
    for (int i = 0; i < 4; i++) figure_line(x, descents[lines[i]].name, SHOWN + 1, at, r[lines[i]]);
    figure(x, &(figure_look){.title = "The distance that is left",
                             .alt = "On a logarithmic axis squared error and, from its parabola "
                                    "on, smooth L1 fall in straight lines; L1 stays at the size of "
                                    "its step, and with a decaying step goes down slowly.",
                             .x_label = "steps",
                             .y_label = "larger |r| of two steps",
                             .y_log = 1,
                             .y_range = {1e-8, 10}});
    for (int i = 0; i < 4; i++) {
        const double *way = r[lines[i]];
        int n = 0;
        while (n < STEPS && largest(way, n, n + 1) >= 1e-8) {
            size[n] = largest(way, n, n + 1);
            n++;
        }
        figure_line(x, descents[lines[i]].name, n, at, size);
    }
}

static lk_status run(experiment *x)
{
    double r[DESCENTS][STEPS + 1];
    lk_status status = LK_OK;
    for (int d = 0; !status && d < DESCENTS; d++) status = descend(d, rate, start, STEPS, r[d]);
    if (status) return status;
    tell_descents(x, r);
    check_descents(x, r);
    draw_descents(x, r);
    status = check_rates(x);
    if (!status) status = first_steps(x);
    return status ? status : converge_linear(x);
}

const experiment_info convergence_experiment = {
    .name = "convergence",
    .title = "With a fixed step L1 bounces around the minimum, L2 and smooth L1 settle in it",
    .claim =
        "The slope of L1 has the same size everywhere, so that a fixed step never settles; L2's "
        "steps shrink with the error, but are huge where the error is huge. Smooth L1 has the "
        "better half of both.",
    .data = {"diabetes"},
    .run = run,
};
