/* A linear support vector machine: two clouds of points, trained in the dual, whose gap tells how
 * far the objective can be from the best one. The ramp loss then gives up on outliers.
 *
 *     cc train_svm.c $(pkg-config --cflags --libs losskit_learn) */
#include <stdio.h>

#include <losskit_learn.h>

enum { POINTS = 400 };

/* Class 1 to the upper right of class 0; every tenth point lies far off on the wrong side. */
static lk_status make_points(double *features, double *labels, lk_dataset *data)
{
    const int64_t rows = POINTS, shape[] = {POINTS, 2};
    lk_random random = {7};
    for (int i = 0; i < POINTS; i++) {
        const int above = i % 2, wrong = i % 10 == 0;
        const double centre = wrong ? 8 : above ? 1 : -1;
        features[2 * i] = centre + 0.7 * lk_random_normal(&random);
        features[2 * i + 1] = centre + 0.7 * lk_random_normal(&random);
        labels[i] = above;
    }
    const lk_tensor x = lk_view(features, LK_F64, 2, shape), y = lk_vector(labels, LK_F64, &rows);
    const lk_status status = lk_dataset_create(&x, &y, NULL, data);
    return status ? status : lk_dataset_set_classes(data, 2);
}

static lk_status train(const lk_dataset *data, lk_loss loss)
{
    static double scores[POINTS];
    static int64_t classes[POINTS];
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    lk_linear_report report;
    lk_model *model = NULL;
    options.loss = loss;
    options.l2 = 1e-2; /* the C of a support vector machine is 1 / (rows l2) */
    options.tolerance = 1e-6;
    lk_status status = lk_train_linear(data, &options, &model, &report);
    if (!status) status = lk_model_predict(model, data, scores);
    if (!status) status = lk_model_classify(model, data->rows, scores, classes);
    lk_model_free(model);
    if (status) return status;

    int right = 0, support = 0;
    for (int i = 0; i < POINTS; i++) {
        const double margin = data->target[i] > 0 ? scores[i] : -scores[i];
        right += (double)classes[i] == data->target[i];
        support += margin < 1 + 1e-6;
    }
    printf(
        "%-13s by %-4s: objective %.6f, gap %8.1e, %3d passes: %.1f %% right, %d rows support it\n",
        lk_loss_describe(loss)->name, lk_solver_name(report.solver), report.objective, report.gap,
        (int)report.iterations, 100.0 * right / POINTS, support);
    return LK_OK;
}

int main(void)
{
    static double features[2 * POINTS], labels[POINTS];
    lk_dataset data;
    lk_status status = make_points(features, labels, &data);
    if (!status) status = train(&data, LK_HINGE);
    if (!status) status = train(&data, LK_SQUARED_HINGE);
    if (!status) status = train(&data, LK_RAMP);
    lk_dataset_free(&data);
    if (status) fprintf(stderr, "%s\n", lk_last_error());
    return status != LK_OK;
}
