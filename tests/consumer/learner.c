/* learner.c: the smallest program that uses losskit's training from outside. */
#include <losskit_learn.h>

#include <stdio.h>

int main(void)
{
    const double points[] = {0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 6};
    const int32_t labels[] = {0, 0, 0, 1, 1, 1};
    const int64_t shape[] = {6, 2};
    const lk_tensor features = lk_view(points, LK_F64, 2, shape);
    const lk_tensor target = lk_vector(labels, LK_I32, shape);
    static const char bytes[] = "these bytes are no model";
    lk_dataset data;
    lk_model *model, *none;
    lk_linear_options options = LK_LINEAR_OPTIONS_INIT;
    lk_linear_report report;
    double scores[6];
    int64_t classes[6];
    options.loss = LK_HINGE;
    if (lk_dataset_create(&features, &target, NULL, &data) || lk_dataset_set_classes(&data, 2) ||
        lk_train_linear(&data, &options, &model, &report) ||
        lk_model_predict(model, &data, scores) || lk_model_classify(model, 6, scores, classes)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return 1;
    }
    int wrong = !report.converged;
    for (int i = 0; i < 6; i++) wrong |= classes[i] != labels[i];
    wrong |= lk_model_read(bytes, sizeof bytes, &none) != LK_INVALID || none != NULL;
    printf("losskit %s: %lld rows, objective %.6f by %s; \"%s\"\n", lk_version(),
           (long long)data.rows, report.objective, lk_solver_name(report.solver), lk_last_error());
    lk_model_free(model);
    lk_dataset_free(&data);
    return wrong;
}
