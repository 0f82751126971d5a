#include "train_measures.h"

#include <math.h>

int train_last_part(const train_job *job)
{
    int part = -1;
    for (int k = 0; k < PARTS; k++)
        if (job->measured[k]) part = k;
    return part;
}

static int of_classes(const scores_report *r, double values[TRAIN_MEASURES])
{
    const scores_question *q = &r->question;
    const int scored = q->kind != SCORES_CLASSES;
    values[0] = r->summary.accuracy;
    values[1] = r->summary.balanced_accuracy;
    values[2] = r->summary.macro.f;
    values[3] = r->summary.matthews;
    values[4] = scored ? scores_auc(r) : NAN;
    values[5] = scored ? scores_average_precision(r) : NAN;
    values[6] = r->log_loss;
    values[7] = r->calibration.ece;
    return 8;
}

static int of_numbers(const scores_report *r, double values[TRAIN_MEASURES])
{
    values[0] = r->regression.r2;
    values[1] = r->regression.root_mean_squared_error;
    values[2] = r->regression.mean_absolute_error;
    values[3] = r->regression.median_absolute_error;
    values[4] = r->regression.max_error;
    return 5;
}

int train_measures(const train_job *job, train_measure all[TRAIN_MEASURES])
{
    static const char *const class_names[] = {"accuracy",
                                              "balanced accuracy",
                                              "F1, mean of classes",
                                              "Matthews correlation",
                                              "AUC",
                                              "average precision",
                                              "log loss",
                                              "calibration error"};
    static const char *const number_names[] = {"R2", "root mean squared error",
                                               "mean absolute error", "median absolute error",
                                               "largest error"};
    int n = 0, told = 0;
    for (int part = 0; part < PARTS; part++) {
        double values[TRAIN_MEASURES];
        const scores_report *r = &job->measurements[part].report;
        const int numbers = job->measured[part] && r->question.kind == SCORES_NUMBERS;
        if (job->measured[part]) n = numbers ? of_numbers(r, values) : of_classes(r, values);
        for (int i = 0; i < TRAIN_MEASURES; i++)
            all[i].values[part] = job->measured[part] && i < n ? values[i] : NAN;
        for (int i = 0; job->measured[part] && i < n; i++)
            all[i].name = (numbers ? number_names : class_names)[i];
        for (int i = 0; job->measured[part] && i < n; i++) all[i].is_share = !numbers;
    }
    for (int i = 0; i < n; i++) {
        int known = 0;
        for (int part = 0; part < PARTS; part++) known |= !isnan(all[i].values[part]);
        if (known) all[told++] = all[i];
    }
    return told;
}

const char *train_measure_text(const train_measure *m, int part, char text[NUMBER_TEXT])
{
    const double x = m->values[part];
    if (isnan(x)) return "-";
    snprintf(text, NUMBER_TEXT, m->is_share ? "%.4f" : "%.4g", x);
    return text;
}
