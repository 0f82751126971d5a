/* imbalance_curves.c: the ROC and the precision-recall curve, and what their axes are. */
#include <math.h>
#include <stdlib.h>

#include "imbalance.h"

enum { CURVES = 4, POINTS = 300 };
static const remedy shown[CURVES] = {REMEDY_NONE, REMEDY_CLASS_WEIGHTS, REMEDY_UNDER,
                                     REMEDY_ANOMALY};
typedef struct curves {
    lk_curve roc, precision_recall;
} curves;

static void free_curves(curves *c)
{
    lk_curve_free(&c->roc);
    lk_curve_free(&c->precision_recall);
}

static lk_status find_curves(const lk_dataset *rows, const double *scores, curves *out)
{
    int64_t *truth;
    lk_status status = rare_truth(rows, &truth);
    if (!status) status = lk_roc_curve(rows->rows, truth, scores, rows->weight, 1, &out->roc);
    if (!status)
        status = lk_precision_recall_curve(rows->rows, truth, scores, rows->weight,
                                           &out->precision_recall);
    free(truth);
    return status;
}

/* Leaves out points that a reader could not tell from the one before. */
static int64_t thin(const lk_curve *curve, double *at, double *value)
{
    int64_t n = 0;
    for (int64_t i = 0; i < curve->n; i++) {
        const int last = i == curve->n - 1;
        if (n && !last && fabs(curve->x[i] - at[n - 1]) + fabs(curve->y[i] - value[n - 1]) < 0.01)
            continue;
        if (n == POINTS && !last) continue;
        if (n == POINTS) n--;
        at[n] = curve->x[i];
        value[n++] = curve->y[i];
    }
    return n;
}

static void draw(experiment *x, const figure_look *look, const lk_curve *const *lines,
                 const double *at, const double *value)
{
    static const char *const labels[CURVES] = {"cross-entropy", "class weights", "under-sampling",
                                               "anomaly detection"};
    figure(x, look);
    for (int c = 0; c < CURVES; c++) {
        double line_at[POINTS], line_value[POINTS];
        const int64_t n = thin(lines[c], line_at, line_value);
        figure_line(x, labels[c], n, line_at, line_value);
    }
    figure_points(x, "●", CURVES, at, value);
}

static double false_positive_rate(const rare_measures *m)
{
    return m->matrix[1] / (m->matrix[0] + m->matrix[1]);
}

lk_status imbalance_curves(experiment *x, const rare_data *data, double l2, const char *roc_title,
                           const char *roc_alt, const char *pr_title, const char *pr_alt)
{
    curves all[CURVES] = {0};
    rare_measures at[CURVES];
    lk_status status = LK_OK;
    for (int c = 0; !status && c < CURVES; c++) {
        double *scores = NULL;
        status = imbalance_scores(shown[c], data, &data->test, l2, 0, &scores);
        if (!status) status = find_curves(&data->test, scores, &all[c]);
        if (!status) status = rare_measure(&data->test, scores, 0, &at[c]);
        free(scores);
    }
    if (!status) {
        const lk_curve *roc[CURVES], *pr[CURVES];
        double rate[CURVES], recall[CURVES], precision[CURVES];
        for (int c = 0; c < CURVES; c++) {
            roc[c] = &all[c].roc;
            pr[c] = &all[c].precision_recall;
            rate[c] = false_positive_rate(&at[c]);
            recall[c] = at[c].recall;
            precision[c] = at[c].precision;
        }
        draw(x,
             &(figure_look){.title = roc_title,
                            .alt = roc_alt,
                            .x_label = "false positive rate",
                            .y_label = "true positive rate (recall)",
                            .x_range = {0, 1},
                            .y_range = {0, 1}},
             roc, rate, recall);
        draw(x,
             &(figure_look){.title = pr_title,
                            .alt = pr_alt,
                            .x_label = "recall",
                            .y_label = "precision",
                            .x_range = {0, 1},
                            .y_range = {0, 1}},
             pr, recall, precision);
    }
    for (int c = 0; c < CURVES; c++) free_curves(&all[c]);
    return status;
}

/* The last point of a curve whose scores are all above 0. */
static int64_t point_above(const lk_curve *curve)
{
    int64_t at = 0;
    while (at + 1 < curve->n && curve->threshold[at + 1] > 0) at++;
    return at;
}

static void check_matrix(experiment *x, const rare_data *data, const double *scores,
                         const rare_measures *m)
{
    const double tn = m->matrix[0], fp = m->matrix[1], fn = m->matrix[2], tp = m->matrix[3];
    double taken = 0, rare = 0, both = 0; /* counted row by row */
    for (int64_t i = 0; i < data->test.rows; i++) {
        taken += scores[i] > 0;
        rare += data->test.target[i];
        both += scores[i] > 0 && data->test.target[i] > 0;
    }
    tell(x,
         "With class weights, of the test rows of the first seed: %.0f true positives (TP), %.0f "
         "false positives (FP), %.0f false negatives (FN), %.0f true negatives (TN). Counted row "
         "by row, %.0f rows were taken for rare and %.0f are rare, %.0f are both.",
         tp, fp, fn, tn, taken, rare, both);
    table(x, "Formulas for precision and recall", "of|formula|gives|counted");
    cell(x, "precision, as said"), cell(x, "TP/(TP + NP), NP = FN + TN");
    cell_number(x, tp / (tp + fn + tn), 4), cell_number(x, both / taken, 4);
    cell(x, "precision, in truth"), cell(x, "TP/(TP + FP)");
    cell_number(x, tp / (tp + fp), 4), cell_number(x, both / taken, 4);
    cell(x, "recall, as said"), cell(x, "TP/(TP + TN)");
    cell_number(x, tp / (tp + tn), 4), cell_number(x, both / rare, 4);
    cell(x, "recall, in truth"), cell(x, "TP/(TP + FN)");
    cell_number(x, tp / (tp + fn), 4), cell_number(x, both / rare, 4);
    refute(x, "Precision = TP/(TP + NP).", "Precision = TP/(TP + FP).");
    check_near(x, tp / (tp + fp), both / taken, 1e-12,
               "TP/(TP + FP), and the share of the rows taken for rare that are");
    check_at_least(x, once(fabs(tp / (tp + fn + tn) - both / taken)), 0.01,
                   "how far TP/(TP + NP) is from that share");
    refute(x, "Recall = TP/(TP + TN).", "Recall = TP/(TP + FN).");
    check_near(x, tp / (tp + fn), both / rare, 1e-12,
               "TP/(TP + FN), and the share of the rare rows that are found");
    check_at_least(x, once(fabs(tp / (tp + tn) - both / rare)), 0.1,
                   "how far TP/(TP + TN) is from that share");
}

static double apart(double x, double y, double at_x, double at_y)
{
    return fmax(fabs(x - at_x), fabs(y - at_y));
}

lk_status imbalance_definitions(experiment *x, const rare_data *data, double l2)
{
    curves c = {0};
    rare_measures m;
    double *scores = NULL;
    lk_status status = imbalance_scores(REMEDY_CLASS_WEIGHTS, data, &data->test, l2, 0, &scores);
    if (!status) status = rare_measure(&data->test, scores, 0, &m);
    if (!status) status = find_curves(&data->test, scores, &c);
    if (!status) {
        check_matrix(x, data, scores, &m);
        const int64_t r = point_above(&c.roc), p = point_above(&c.precision_recall);
        refute(
            x, "The ROC curve has the recall on its x axis.",
            "ROC: x is the false positive rate FP/(FP + TN), y the true positive rate. Precision "
            "against recall: x is the recall, y the precision.");
        check_near(x, apart(c.roc.x[r], c.roc.y[r], false_positive_rate(&m), m.recall), 0, 1e-12,
                   "how far the ROC curve's point at threshold ½ is from x = FP/(FP + TN) = %.4f, "
                   "y = recall = %.4f",
                   false_positive_rate(&m), m.recall);
        check_near(x,
                   apart(c.precision_recall.x[p], c.precision_recall.y[p], m.recall, m.precision),
                   0, 1e-12,
                   "how far the other curve's point is from x = recall = %.4f, y = precision = "
                   "%.4f",
                   m.recall, m.precision);
    }
    free(scores);
    free_curves(&c);
    return status;
}
