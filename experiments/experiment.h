/* experiment.h: a claim about losses, put to the test.
 *
 * An experiment is one file. Its run() computes with losskit, and writes down what it finds: text,
 * formulas, tables, figures, and checks, each of which says what was claimed, what was measured and
 * whether it holds. Who runs it decides what becomes of that: see record.h.
 *
 * Writing never fails: what goes wrong is kept, and the experiment ends as failed. Texts are copied
 * and UTF-8. The same experiment writes the same down on every run: random numbers come from seeds,
 * and there is no clock. */
#ifndef LK_EXPERIMENT_H
#define LK_EXPERIMENT_H

#include "losskit_learn.h"

typedef struct experiment experiment;

enum { EXPERIMENT_DATA = 3 };
typedef struct experiment_info {
    const char *name;                  /* "saturation" */
    const char *title;                 /* a sentence without its full stop */
    const char *claim;                 /* what is said of losses, in a sentence or two */
    const char *data[EXPERIMENT_DATA]; /* sets that it needs, by name; NULL ends them */
    const char *extra;                 /* a set that it uses where there is one; or NULL */
    lk_status (*run)(experiment *x);
} experiment_info;
extern const experiment_info *const experiments[]; /* in the order of the report; ends with NULL */

/* One of the sets of info.data, all rows, features as the file has them; or, where there is one,
 * info.extra; otherwise NULL. It is shared and must not be changed. */
const lk_dataset *experiment_data(experiment *x, const char *name);

/* ---- text ---------------------------------------------------------------------------------------
 */
void heading(experiment *x, const char *text);
void tell(experiment *x, const char *format, ...) LK_PRINTF(2, 3); /* a paragraph */
void formula(experiment *x, const char *tex);

/* ---- checks -------------------------------------------------------------------------------------
 * A measured number, or several, one for each seed: told as their mean and standard deviation
 * (n - 1), and the mean is what has to hold. A NaN never holds. */
enum { SEEDS = 5 };
typedef struct measurement {
    int n;
    double value[SEEDS];
} measurement;
measurement once(double value);
void measure(measurement *m, double value); /* appends */
double mean_of(measurement m);
double spread_of(measurement m); /* 0 of a single number */
/* a - b, seed by seed: of trials that share data and start the difference is what counts. */
measurement difference_of(measurement a, measurement b);
measurement ratio_of(measurement a, measurement b); /* a / b, likewise */

/* `what` says what was measured: "accuracy with lambda = 0.1". */
/* The number rounds to the expected one at so many decimals: a published figure is met. */
void check_digits(experiment *x, double measured, double expected, int decimals, const char *what,
                  ...) LK_PRINTF(5, 6);
void check_near(experiment *x, double measured, double expected, double tolerance, const char *what,
                ...) LK_PRINTF(5, 6);
/* Limits are fixed before the experiment is run. */
void check_at_least(experiment *x, measurement m, double limit, const char *what, ...)
    LK_PRINTF(4, 5);
void check_at_most(experiment *x, measurement m, double limit, const char *what, ...)
    LK_PRINTF(4, 5);
/* What is no number: "accuracy grows with every step". found says what was seen. */
void check_true(experiment *x, int holds, const char *found, const char *what, ...) LK_PRINTF(4, 5);

/* A popular claim that is wrong, and the right one; the next of these checks shows it. */
void refute(experiment *x, const char *claim, const char *truth);

/* ---- tables -------------------------------------------------------------------------------------
 * A row is full, and the next begins, when it has as many cells as there are columns. Columns are
 * separated by '|'; the first one names the rows. A last row that is not full is a mistake. */
void table(experiment *x, const char *caption, const char *columns);
void cell(experiment *x, const char *format, ...) LK_PRINTF(2, 3);
void cell_number(experiment *x, double value, int decimals);
void cell_measured(experiment *x, measurement m, int decimals); /* mean ± deviation */
/* A number that is a check, too: it has to round to the expected one, as in check_digits(). For
 * tables of published figures; the row, the column and the caption say what was measured. */
void cell_digits(experiment *x, double measured, double expected, int decimals);

/* ---- figures ------------------------------------------------------------------------------------
 */
typedef struct figure_look {
    const char *title;
    const char *alt; /* what a reader who does not see it should know: one or two sentences */
    const char *x_label, *y_label;
    double x_range[2], y_range[2]; /* equal ends: from the data */
    int x_log, y_log;
    int equal_units;               /* of both axes: in a plane of features */
    const char *x_names, *y_names; /* of 0, 1, 2… on the axis, separated by '|'; NULL: numbers */
} figure_look;
/* Begins a figure; what follows is drawn into it, in this order. Figures one after the other stand
 * side by side where there is room. */
void figure(experiment *x, const figure_look *look);
/* Labels go into the legend; NULL: not in it. Copied; NaN lifts the pen. Among points a line
 * without a label is drawn in grey, for guidance. */
void figure_line(experiment *x, const char *label, int64_t n, const double *at,
                 const double *value);
/* A dashed vertical line of the frame's height. */
void figure_mark(experiment *x, const char *label, double at);
/* Points; of a label of one character that character is the point. */
enum { FIGURE_POINTS = 1500 }; /* the most in a figure */
void figure_points(experiment *x, const char *label, int64_t n, const double *at,
                   const double *value);
/* Bars from 0 to the value, `width` wide in units of x: of a histogram. */
void figure_bars(experiment *x, const char *label, int64_t n, const double *at, const double *value,
                 double width);
/* value [rows, columns] over the ranges of the look, which must be given: their ends are the
 * middles of the outer fields, and the first row lies at the low end of y. Drawn in shades with a
 * scale. Alone in its figure but for lines and points. */
void figure_surface(experiment *x, int64_t rows, int64_t columns, const double *value);

#endif
