/* learner.c: the smallest program that uses losskit's training from outside. */
#include <losskit_learn.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    const double points[] = {0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 6};
    const int32_t labels[] = {0, 0, 0, 1, 1, 1};
    const int64_t shape[] = {6, 2};
    const lk_tensor features = lk_view(points, LK_F64, 2, shape);
    const lk_tensor target = lk_vector(labels, LK_I32, shape);
    static const char bytes[] = "these bytes are no model";
    lk_dataset data;
    lk_model *model;
    lk_random random = {1};
    if (lk_dataset_create(&features, &target, NULL, &data) || lk_dataset_set_classes(&data, 2)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return 1;
    }
    const lk_status status = lk_model_read(bytes, sizeof bytes, &model);
    printf("losskit %s: %lld rows, %.3f; \"%s\"\n", lk_version(), (long long)data.rows,
           lk_random_unit(&random), lk_last_error());
    const int wrong = data.rows != 6 || status != LK_INVALID || model || !strlen(lk_last_error());
    lk_dataset_free(&data);
    return wrong;
}
